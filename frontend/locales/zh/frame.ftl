### 所有页面共用的框架、通用状态与单位。
###
### 用语：block = 区块，chain = 链，tip = 链顶，height = 高度，fork = 分叉，fork point = 分叉点，reorg = 重组，
### stale = 过时（区块），mining = 挖矿，miner = 矿工，hash rate = 算力，difficulty = 难度，target = 目标值，share = 份额，
### mempool = 交易池，payment = 付款，fee = 手续费，recovery phrase = 助记词，node = 节点，peer = 对等节点，relay = 中继，
### link = 连接，host = 主持人，tab = 标签页，Lab = 实验室。称呼：你。

frame-pages = 页面
frame-skip = 跳到内容
frame-my-node = 我的节点
frame-control = 控制面板
frame-explorer = 区块浏览器
frame-lab = 实验室
frame-learn = 课程
frame-language = 语言
frame-page-loading = 正在加载……
frame-page-failed = 中继没有响应，此页面无法加载。请刷新重试。
frame-rest-late = 此页面的其余部分尚未到达：中继没有响应，或者已换成另一个版本。每两秒会重新请求一次；如果没有用，请刷新页面。

frame-not-found = 未找到
frame-not-found-title = 这里没有页面
frame-not-found-why = 地址可能输错了。所有页面都可以从上方的导航栏进入。
frame-to-my-node = 返回我的节点

frame-just-now = 刚刚
frame-copy = 复制
frame-copied = 已复制
frame-selected = 已选中
frame-qr = 加入链接的二维码
frame-relay-silent = 中继没有响应。
frame-relay-nonsense = 无法理解中继的答复：{ $error }。
frame-relay-status = 中继返回状态 { $status }。
frame-only-watching = 此标签页只能观看：它不是通过主持人的链接打开的。

frame-fault-delay = { $time } 延迟
frame-fault-jitter = 最多 { $time } 抖动
frame-fault-loss = { $percent }% 丢失
frame-fault-limit = 限速 { $rate } kB/s
frame-and = { $first }和{ $last }

frame-refused-balance = 现有 { $has }，需要 { $needs }
frame-refused-fee = 手续费至少要 { $fee }
frame-refused-replacement = 另一笔付款已用这个编号；手续费至少 { $fee } 的付款才能取代它
frame-refused-many = 等待的付款已太多；请在下一个区块后再试
frame-refused-full = 现在只接受手续费更高的付款
frame-refused-known = 这笔付款已经在等待
frame-refused-zero = 付款金额必须大于零
frame-refused-nonce = 链上已有这个编号的付款
frame-refused-signature = 签名与发送方的密钥不符
frame-amount-format = 请写出金额，如 2 或 0.25
frame-amount-decimals = 金额最多八位小数
frame-amount-negative = 金额不能为负
frame-amount-large = 币的总量永远不会超过 2100 万
frame-address-mistyped = 地址里有字符写错或缺失
frame-address-prefix = 地址以 tab1 开头
frame-address-length = 地址长度不对
frame-memo-long = 最多 { $most } 字节；这条更长

frame-role-honest = 诚实
frame-role-selfish = 自私矿工
frame-role-withholder = 扣块矿工
frame-role-double-spender = 双花者
frame-role-merchant = 商家，{ $count } 个确认
frame-refuses = { $name } 拒绝：{ $reason }
