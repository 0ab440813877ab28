### `/`：本标签页的节点。用语见 frame.ftl。

my-node-blocks = 区块
my-node-this-node = 本节点
my-node-balance = 余额
my-node-once-mined = 现在可用 { $coins }
my-node-address = 地址
my-node-height = 高度
my-node-tip = 链顶
my-node-difficulty = 难度

## 节点的同步进度

my-node-not-started = 尚未启动
my-node-reading-back = 正在读取本地的链：已读 { $count } 个区块
my-node-no-answer = 已连接，但没有其他节点响应
my-node-alone = 没有其他节点
my-node-weighing = 正在评估一条长链：区块头 { $have } / { $of }
my-node-learning-headers = 正在下载区块头：{ $have } / { $of }
my-node-catching-up = 正在同步：区块 { $have } / { $of }
my-node-current = 已同步

## 主按钮与运行状态

my-node-what = Tabchain 是运行在浏览器标签页里的区块链。这个标签页就是其中一个节点：它会亲自验证每个区块。
my-node-press = 按下按钮，这台设备就开始寻找下一个区块。谁找到，谁就得到游戏币。
my-node-getting-ready = 正在准备……
my-node-start-mining = 开始挖矿
my-node-stop-mining = 停止挖矿
my-node-found = 已挖到 { $count } 个区块
my-node-energy-about = 每个区块约 { $energy }（粗略估算：每个满载核心 { $watts } W）
my-node-energy-at-most = 每个区块至多 { $energy }（粗略估算：每个满载核心 { $watts } W）
my-node-mining = 挖矿
my-node-mining-on = 已开启
my-node-mining-to-go = 已开启，还剩 { $count } 个区块
my-node-mining-off = 已关闭
my-node-network = 网络
my-node-connecting = 正在连接
my-node-connected = 自 { $time } 起已连接
my-node-connected-to = 自 { $time } 起已连接到 { $relay }
my-node-looking = 自 { $time } 起正在寻找中继
my-node-offline = 已于 { $time } 断开
my-node-hashing-now = 正在计算
my-node-hashing-yes = 是
my-node-hashing-no = 否
my-node-hashing-starting = 正在启动
my-node-hashing-hindered = 否，遇到了问题
my-node-waits-slept = 否，休眠了 { $duration }，正先与网络同步
my-node-waits-catching-up = 否，正先与网络同步
my-node-waits-dates = 否，链上的日期超前于时钟；{ $duration } 后继续
my-node-peers = 对等节点
my-node-paused-hidden = 已暂停：标签页不可见
my-node-paused-battery = 已暂停：电量不足

## 首次计算前的询问

my-node-agree-title = 在这台设备上挖矿？
my-node-agree-host-asks = 主持人请求这台设备挖矿
my-node-agree-processor = 挖矿会让处理器持续工作：设备会发热，电池消耗更快。
my-node-agree-coins = 得到的只是本网络的游戏币，没有其他价值。
my-node-agree-stop = 你可以随时停止。只要设置中的“跟随主持人”处于开启状态，主持人也可以启动和停止挖矿，并用本节点的币付款。
my-node-agree-yes = 在这台设备上挖矿
my-node-agree-not-now = 暂不
my-node-share-title = 使用这台设备的多少
my-node-share-all = 全部
my-node-share-half = 一半
my-node-share-little = 少量
my-node-cores = { $count } 个核心

## 等待中的付款与已连接的节点

my-node-waiting = 等待上链
my-node-none-waits = 没有等待中的付款。
my-node-waiting-more = 还有 { $count } 笔
my-node-waiting-fee = 手续费 { $fee }
my-node-you = 你
my-node-linked = 已连接的节点
my-node-none-linked = 没有其他节点与本节点连接。
my-node-link-direct = 直连
my-node-link-carried = 经由中继
my-node-round-trip = { $millis } 毫秒
my-node-kind-tab = 标签页
my-node-kind-relay = 中继
my-node-peer-showed = 最近一次显示区块 { $height }，{ $ago }
my-node-peer-ahead = 领先，位于区块 { $height }
my-node-peer-level = 高度相同

## 设置

my-node-settings = 设置
my-node-name = 名称
my-node-name-save = 保存
my-node-name-saved = 已保存。
my-node-name-length = 名称长度为 1 到 64 个字符。
my-node-name-ordinary = 名称只能是一行普通字符。
my-node-name-refused = 未能改名：{ $reason }。
my-node-follow = 跟随主持人
my-node-follow-why = 主持人的面板可以启动和停止这里的挖矿，动用本节点的钱，也可以让本节点的连接变慢或丢失消息。
my-node-offline-switch = 离线工作
my-node-offline-why = 离开网络单独运行，看看网络分裂会对链产生什么影响。
my-node-workers = 矿工线程
my-node-workers-switched = 最新任务在 { $millis } 毫秒内送达所有矿工。
my-node-pause-hidden = 不可见时暂停
my-node-pause-hidden-why = 当本标签页被其他标签页或窗口遮住时，矿工休息。
my-node-pause-battery = 电量不足时暂停
my-node-battery-why = 电量不高于 { $percent }% 且未充电时，矿工休息。
my-node-battery-unknown = 此浏览器不向网页提供电池信息。
my-node-agreed = 你已同意在这台设备上挖矿。
my-node-not-agreed = 在你同意之前，这里不会挖矿。
my-node-withdraw = 撤回
my-node-compare = 与其他节点的链顶比较
my-node-compare-hint = 对方页面上显示的高度和哈希
my-node-compare-button = 比较
my-node-compare-both = 请输入区块高度、一个空格和 64 位的哈希。
my-node-compare-no-height = { $height } 不是高度：高度只包含数字。
my-node-compare-no-hash = 哈希由 64 位 0 到 9、a 到 f 的字符组成。
my-node-compare-refused = 未能比较：{ $reason }。
my-node-compare-asked = 本节点正向对等节点请求该区块。如果没有节点提供，半分钟后会发出警报。

## 通知

my-node-reload = 刷新页面
my-node-relay-gone-alone = 中继自 { $time } 起失去联系。本节点保留自己的链并单独运行，中继恢复后会重新连接。
my-node-relay-gone-alone-others = 中继自 { $time } 起失去联系。本节点保留自己的链并单独运行，该中继或其他中继响应后会重新连接。
my-node-relay-gone-linked = 中继自 { $time } 起失去联系。本节点保留自己的链，通过 { $count } 条直连继续运行，中继恢复后会重新连接。
my-node-relay-gone-linked-others = 中继自 { $time } 起失去联系。本节点保留自己的链，通过 { $count } 条直连继续运行，该中继或其他中继响应后会重新连接。
my-node-slept = 本标签页休眠了 { $duration }；它会先与网络同步，然后再挖矿。
my-node-alarm-stuck = 网络所在的链，本节点无法切换过去：它与本节点的链分开得太久，需要旧区块，而这些区块无法从这台设备的存储中读回。请重新启动本节点（刷新页面），它会向对等节点获取这些区块。
my-node-alarm-unshown = 另一来源所在的区块是高度 { $height } 的 { $hash }，而本节点的对等节点都没有提供它：它们要么与网络隔绝，要么对本节点隐瞒区块。请连接另一个中继，或询问其他人的节点显示什么。
my-node-alarm-withheld = 已知有一条工作量比本节点更大的链，但没有对等节点提供它的区块：这些区块可能已丢失，也可能被隐瞒。请连接其他节点；在此之前，本节点继续使用已有的链。
my-node-miners-plain = 快速矿工无法启动，本标签页改用普通矿工挖矿，速度慢数倍。刷新页面可再次尝试快速矿工。
my-node-miners-blocked = 此浏览器不允许页面启动矿工，因此本标签页无法挖矿，可能是内容拦截器所致。节点仍会验证每个区块和每笔付款。再次开始挖矿即可重试。
my-node-miners-dying = 矿工多次发生故障，因此现在数量减少。刷新页面可重新启动全部矿工。
my-node-stale-tip = 已有 { $quiet } 没有新区块，而区块几乎总会在 { $usual } 内出现：要么无人挖矿，要么对等节点对本节点隐瞒了区块。
my-node-restarted = 节点在 { $time } 发生故障并已重新启动；链、密钥和钱都完好。（{ $reason }）
my-node-other-tab = { $wish } 已在另一个标签页中打开；这里是 { $name }。
my-node-same-name = 还有一个节点也叫 { $name }。请在下方的设置中为本节点另取一个名称。
my-node-saving-stopped = 不再保存区块：{ $reason }。节点在本标签页的内存中继续运行，密钥已保存。有空间后请刷新页面，届时会补取未保存的部分。
my-node-memory-only = 未保存任何内容：{ $reason }。节点可以运行，但关闭标签页后，链、密钥和钱都会丢失。用设置中的助记词可以恢复密钥。
my-node-storage-silent = 此浏览器的存储没有响应
my-node-storage-full = 此浏览器的存储已满
my-node-storage-refused = 此浏览器不为本页面提供存储
my-node-storage-key-unreadable = 保存在这里的密钥无法读取，已原样保留
my-node-storage-cleared = 此浏览器已清除本页面保存的内容
my-node-storage-failed = 此浏览器的存储发生故障：{ $error }
my-node-storage-elsewhere = 本节点已在另一个标签页中打开
my-node-ended = 节点已停止：它已在另一个标签页中打开；请关闭其中一个，然后刷新。
my-node-no-worker = 此浏览器无法启动运行节点的 Worker。
my-node-no-program = 其程序无法加载
my-node-silent = 它不再响应
my-node-keeps-failing = 节点连续停止了 { $count } 次，最后一次的原因：{ $reason }。
my-node-failed-unanswered = 节点在答复前发生故障；请确认操作是否已完成，然后重试
my-node-joined = 你是通过一个允许主持人在这台设备上挖矿的链接加入的。挖矿会占用处理器、使设备发热并消耗电池；你可以随时停止，也可以在下方的设置中选择何时暂停。
my-node-joined-read = 已阅读
my-node-joined-withdraw = 不在这里挖矿
my-node-host-asks = 主持人请求这台设备挖矿。
my-node-host-answer = 答复
my-node-clock-ahead = 这台设备的时钟比中继快 { $off }。在这里挖到的区块日期过于超前，其他节点会将其搁置；请校准时钟，然后刷新页面。
my-node-clock-behind = 这台设备的时钟比中继慢 { $off }。其他节点的区块可能看起来来自未来而不得不等待；请校准时钟，然后刷新页面。
my-node-clock-behind-held = 这台设备的时钟比中继慢 { $off }，因此其他节点的 { $count } 个区块要在这里等到时钟走到它们的日期。请校准时钟，然后刷新页面。
my-node-reorg = { $time } 一条更长的链胜出：{ $lost } 个区块被 { $won } 个区块取代{ $returned ->
    [0] 。
   *[other] ，{ $returned } 笔付款退回交易池。
}

## 主持人对连接的操作

my-node-host-parts = 主持人把网络分成了 { $count } 个互不可达的部分；本节点在第 { $number } 部分。
my-node-host-cut-one = 主持人切断了你与 { $who } 的连接。
my-node-host-cut = 主持人切断了你与 { $who } 的各条连接。
my-node-host-fault-one = 主持人给你与 { $who } 的连接设置了：{ $fault }。
my-node-host-fault = 主持人给你与 { $who } 的各条连接设置了：{ $fault }。
my-node-host-not-followed = 本节点不跟随主持人，照常发送；发给它的内容可能会迟到。
my-node-nameless = 节点 { $id }
my-node-many-nodes = { $count } 个节点
my-node-plays-selfish = 主持人让此标签页扮演自私矿工：它把找到的区块藏起来，在其他人损失最大时才公布。
my-node-hides = 目前隐藏 { $count } 个区块。
my-node-plays-withholder = 主持人让此标签页扣留区块：它把找到的区块留给自己，并按照一张表公布。
my-node-plays-double-spender = 主持人让此标签页扮演双花者：它向商家付款，并秘密挖出撤销该付款的区块。目前 { $count } 次尝试中成功 { $won } 次。
my-node-plays-merchant = 主持人让此标签页扮演商家：在 { $count } 个确认后发货。
my-node-sold = 已发货 { $count } 笔，其中被撤销 { $lost } 笔；等待中 { $waiting } 笔。
my-node-is-off = 你已让本节点离开网络：它听不到别人，别人也听不到它。
my-node-go-back = 回到网络
