### `/explore`：剖析区块、交易与账户。用语见 frame.ftl。

explore-search = 高度、哈希或其一部分、交易、地址或节点名称
explore-search-hint = 高度、哈希、交易、地址或名称
explore-find = 查找
explore-search-nothing = “{ $wanted }”不是高度，不是哈希，不是以 tab1 开头的地址，也没有已连接的节点叫这个名字。
explore-search-unknown = 中继的节点没有“{ $wanted }”这个区块或交易。
explore-search-no-part = “{ $wanted }”不是已连接节点的名称，也没有区块或近期交易的哈希以此开头或结尾。
explore-search-several = 有 { $count } 个区块和交易的哈希以“{ $wanted }”开头或结尾：请多写几位你要找的哈希。
explore-search-many = 有超过 { $count } 个区块和交易的哈希以“{ $wanted }”开头或结尾：请多写几位你要找的哈希。
explore-fetching = 正在向中继请求……
explore-blocks = 活动链上的区块
explore-newest = 最新
explore-earlier = 更早
explore-more = 还有 { $count } 笔
explore-height = 高度
explore-hash-ends = 哈希末位
explore-txid-ends = 交易 ID 末位
explore-found-by = 矿工
explore-payments = 付款
explore-bytes = 字节
explore-dated = 时间
explore-genesis = 创世区块

## 中继发来的数据

explore-sent-no-block = 中继发来的数据不是区块：{ $error }。
explore-sent-no-parent = 中继发来的数据不是区块。
explore-sent-another-block = 中继发来的不是所请求的区块：{ $hash }。
explore-sent-no-headers = 中继发来的数据不是区块头：{ $error }。
explore-another-transaction = 中继发来的不是所请求的交易。
explore-no-txid = 交易 ID 由 64 位十六进制数字组成。

## 区块

explore-block = 区块
explore-block-title = 区块 { $height }
explore-in-block = 区块 { $height }
explore-the-block = 该区块
explore-hash = 哈希
explore-stands = 状态
explore-standing-stale = 过时：另一分支的工作量更大
explore-standing-tip = 活动链的链顶
explore-standing-active = 在活动链上，{ $count } 次确认
explore-confirmations = { $count } 次确认
explore-below = ← 下方区块
explore-above = 上方区块 →
explore-its-bytes = 它的字节
explore-change-bytes = 点按一个字节即可更改，也可用方向键移到该处再输入。更改只在本页有效。
explore-part = 区块的部分
explore-part-header = 区块头
explore-part-coinbase = 币基交易
explore-part-payment = 付款 { $number }
explore-byte = { $field }，字节 { $at }：{ $value }
explore-its-header = 它的区块头
explore-bits = { $bits }（难度 { $difficulty }）
explore-its-transactions = 交易
explore-new-coins = 新币与手续费

## 规则

explore-judged = 在此用节点的代码评判
explore-judged-not = 每个付款方是否有足够的币、以何种顺序花费，需要整条链才能判断：区块到达时，每个节点都会自行评判。
explore-ruling-kept = 是：
explore-ruling-broken = 否：
explore-ruling-open = 未评判：
explore-rule-work = 工作量证明达到目标值
explore-rule-parent = 以下方区块为父区块
explore-rule-context = 难度和时间符合规则要求
explore-rule-bytes = 字节构成一个区块
explore-rule-identity = 交易正是区块头所指的交易
explore-rule-transactions = 每笔交易格式正确且已签名
explore-rule-coinbase = 矿工所得不超过允许的数额
explore-open-unreadable = 这些字节不是区块。
explore-open-genesis = 创世区块由网络参数推出，并非挖矿所得。
explore-open-below = 创世区块之下没有区块。
explore-open-not-its-own = 这些交易不属于该区块头。
explore-open-pays-nobody = 创世区块不向任何人付款。
explore-open-unsound = 其中的交易有误。

## 更改一个字节

explore-fix-root = 填入新的默克尔根
explore-mine-again = 重新挖矿
explore-undo = 撤销
explore-rung-hash = 哈希。
explore-rung-block = 区块。
explore-rung-chain = 链。
explore-rung-nodes = 节点。
explore-hash-changed = 它的哈希原以 { $before } 结尾，现以 { $now } 结尾。
explore-hash-same = 它的哈希不变：哈希只覆盖区块头，而区块头所指的是别的交易。
explore-hash-none = 已经没有可计算哈希的区块头。
explore-block-kept = 它符合这里评判的每条规则：这是一个有自己工作量的独立区块。
explore-block-broken = 它违反了 { $count } 条规则。
explore-chain-none = 它上面还没有区块。
explore-chain-cut = 区块 { $height } 以旧哈希为父区块。它及其上共 { $count } 个区块现在失去了根基。
explore-chain-kept = 区块 { $height } 仍然接在这个区块头上，但它对应的是别的交易。
explore-nodes-rival = 其他节点会把它当作链顶的竞争者，并继续沿用最先看到的那个。
explore-nodes-stale = 其他节点会把它当作过时分支：它们所在的链多出 { $count } 个区块的工作量。想要胜出，就得把这些区块全部重新挖出，而且要快过其他所有人。
explore-nodes-wait = 每个节点都会先搁置它，等时间到了再评判。
explore-nodes-refuse = 每个节点都会拒绝它，并封禁发送者。它们自己的副本不受影响。
explore-searching = 正在寻找随机数：已尝试 { $tried } 次……
explore-gave-up = 半分钟内尝试了 { $tried } 次，仍未找到随机数。伪造者需要付出与全网相当的工作量。

## 交易

explore-transaction = 交易
explore-the-transaction = 该交易
explore-txid = 交易 ID
explore-waits = 正在等待上链。
explore-kind = 类型
explore-kind-coinbase = 币基交易：矿工的奖励，无需签名
explore-from = 付款方
explore-to = 收款方
explore-amount = 金额
explore-fee = 手续费
explore-reward = 奖励
explore-tag = 标记
explore-nonce = 序号
explore-nonce-counted = { $nonce }，从 0 开始计数
explore-message = 附言
explore-signature = 签名
explore-signature-open = 正在验证……
explore-signature-valid = 有效：已在此用付款方的密钥对这些字节验证
explore-signature-invalid = 无效：已在此验证
explore-proof = 它在区块中的证明
explore-proof-why = 该区块有 { $count } 笔交易。{ $steps ->
    [0] 它的哈希就是区块头的默克尔根。
   *[other] 其余交易只需 { $steps } 个哈希就足以验证这一笔。
}
explore-proof-txid = 它的交易 ID。
explore-proof-alone = 它没有相邻的哈希，因此与自身配对。
explore-proof-right = 相邻的哈希在右边。
explore-proof-left = 相邻的哈希在左边。
explore-proof-of = SHA-256d，输入
explore-proof-and = 与
explore-proof-is = 得到
explore-proof-progress = 已计算 { $steps } 个哈希中的 { $done } 个
explore-proof-fits = 这就是区块头的默克尔根：该区块包含这笔交易。
explore-proof-fails = 这不是区块头的默克尔根。
explore-proof-next = 计算下一个哈希
explore-proof-all = 全部计算

## 账户

explore-account = 账户
explore-the-account = 该账户
explore-address = 地址
explore-balance = 余额
explore-available = 现在可用
explore-next-nonce = 下一个序号
explore-account-source = 由中继的节点根据活动链的每个区块计算得出。
explore-no-history = 还没有人向此地址付款。
explore-mined = 挖矿所得
explore-from-whom = 来自
explore-to-whom = 付给

## 区块的字段。区块头的字段沿用协议中的名称。

explore-field-version = 版本
explore-field-count = 数量
explore-field-kind = 类型
explore-field-height = 高度
explore-field-network = 网络标识
explore-field-sender = 付款方公钥
explore-field-recipient = 收款方
explore-field-reward = 奖励
explore-field-amount = 金额
explore-field-fee = 手续费
explore-field-text = 文本
explore-field-signature = 签名
explore-why-version = 任何值都有效；矿工把其中 16 位用作额外的尝试空间。
explore-why-prev-blockhash = 下方区块的哈希。它把区块连成链：改动任何一个区块，它的哈希就会改变。
explore-why-merkle-root = 概括区块内所有交易的一个哈希。改动任何一笔交易，它就对不上了。
explore-why-time = 矿工开始挖这个区块的时间，以其自己的时钟为准，自 1970 年起的秒数；但总晚于其下方十一个区块时间的中位数。
explore-why-bits = 目标值的缩写形式：区块的工作量证明不得高于它。
explore-why-nonce = 矿工逐一尝试的数，直到工作量证明达到目标值。
