### `/control`：主持人的控制面板。用语见 frame.ftl。

control-title = 控制面板
control-failing = { $reason }当前显示的是 { $since } 的状态，每秒重试一次。
control-steering = 你正在控制
control-watching = 只读：如需控制，请打开中继启动时给出的操作链接
control-fact-network = 网络
control-fact-height = 高度
control-fact-difficulty = 难度
control-fact-waiting = 待处理
control-fact-hashrate = 总算力

## 加入方式

control-join = 加入
control-join-for = 链接的用途
control-join-to-mine = 并挖矿
control-join-to-watch = 仅观看
control-join-link = 加入链接
control-join-mines = 打开此链接即同意在该设备上挖矿，页面上也会说明。
control-join-asks = 在任何设备上挖矿之前都会先询问本人。
control-join-local = 手机无法打开此链接。请用 { $flag } 启动中继，并通过这台电脑的网络地址打开本面板。

## 中间的画面

control-stage = 画面
control-stage-chain = 链
control-stage-network = 网络
control-stage-charts = 图表

## 节点

control-nodes = 节点
control-nodes-of = { $all } 个中的 { $shown } 个
control-nodes-count = { $count } 个节点
control-nodes-filter = 按名称、标识或地址筛选
control-nodes-none-fits = 没有节点的名称、标识或地址与之相符。
control-column-node = 节点
control-column-height = 高度
control-column-tip = 链顶
control-column-hashrate = 算力
control-column-share = 已证份额
control-column-balance = 余额
control-column-links = 连接
control-column-orders = 指令
control-select-shown = 选择所有显示的节点
control-select-node = 选择 { $name }
control-kind-tab = 标签页
control-kind-relay = 中继
control-kind-this-relay = 本中继
control-on-its-own = 自主
control-on-its-own-why = 使用者已关闭“跟随主持人”
control-proven = 由最近一分钟的份额证明：{ $rate }
control-doubt-unproven = 未证明
control-doubt-unproven-why = 声称在计算，却没有任何证明
control-doubt-more = 存疑
control-doubt-more-why = 声称的多于能证明的
control-waits-clock = 等待时钟
control-waits-clock-why = 应当挖矿但在等待：区块来得比时钟快，链上的日期超前于时钟
control-waits-chain = 获取链
control-waits-chain-why = 应当挖矿但在等待：先获取更好的链
control-waits-waking = 醒来
control-waits-waking-why = 应当挖矿但在等待：它休眠过，先追上网络
control-start = 启动
control-stop = 停止
control-start-node = 启动 { $name } 的挖矿
control-stop-node = 停止 { $name } 的挖矿
control-send-to = 付款给……
control-send-to-node = 付款给 { $name }

## 给节点的指令

control-limit = 上限
control-limit-none = 无
control-limit-in-force = 生效的上限：{ $count } 个节点，每个 { $limit }
control-limit-several = 生效的上限：{ $count } 个节点各不相同
control-limit-of-node = 最多 { $limit }
control-limit-label = 每个节点每秒的哈希数，或占设备的百分比
control-limit-examples = 请填写每秒哈希数，如 4、20000、20k 或 1.5M，或占每台设备的比例，如 25%；不设上限则留空。
control-start-all = 全部启动
control-stop-all = 全部停止
control-start-selected = 启动所选
control-stop-selected = 停止所选
control-one-node = 用于挖一个区块或设定占比的节点
control-mine-one = 挖一个区块
control-share-label = 占总算力的百分比
control-share-set-button = % 占比：设定
control-share-why = 限制算力，直到所选节点达到已证明总算力的这一占比
control-share-bad = 请填写百分比，大于 0 且小于 100，例如 30。
control-share-node-rests = { $name } 没有可证明的算力：请让它不设上限地挖矿，并等待其份额显示出速度。
control-share-others-rest = 其他节点都没有可证明的算力：请让其他节点挖矿，{ $name } 才能有占比。
control-share-set = { $name } 将占算力的 { $percent } %；为此减速：{ $who }。一分钟内可见。
control-order-started = { $who }：已开始挖矿
control-order-stopped = { $who }：已停止挖矿
control-order-one-block = { $who }：挖一个区块
control-order-refused = { $name } 拒绝：{ $reason }

## 付款

control-side = 付款与参数
control-payment = 付款
control-from = 从
control-to = 至
control-amount = 金额
control-send = 发送
control-sent = 已发送（…{ $txid }）。
control-two-nodes = 需要两个节点：请再打开一个标签页。
control-bad-amount = 金额：{ $reason }。

control-traffic = 流量
control-traffic-rate = 每秒
control-traffic-count = 总数
control-traffic-each = 每笔 TAB
control-traffic-among-all = 真实付款，在所有跟随主持人的节点之间随机进行。
control-traffic-among = { $count ->
    [1] 来自所选节点的真实付款：请再选一个。
   *[other] 真实付款，在所选的 { $count } 个节点之间随机进行。
}
control-traffic-ends = 由本页面发送：关闭页面即停止。
control-traffic-start = 开始流量
control-traffic-stop = 停止流量
control-traffic-tally = 已发送 { $sent } 笔付款，{ $refused } 笔被拒绝。
control-traffic-nobody = 等待中：没有人有可付给他人的币。请让一个节点挖一个区块。
control-traffic-refused-often = 因全部被拒绝而停止。
control-traffic-bad-rate = 每秒付款数：请填写大于 0、至多 { $most } 的数。
control-traffic-bad-count = 付款总数：请填写 1 到 { $most } 之间的整数。

## 网络参数

control-about = 参数
control-about-loading = 正在询问中继……
control-about-interval = 出块间隔
control-about-interval-value = 平均 { $time }
control-about-difficulty = 难度
control-about-retarget = 调整
control-about-half-life = 每个区块都调整；落后计划 { $time } 则减半
control-about-never = 从不
control-about-work = 工作量证明
control-about-subsidy = 新币
control-about-halving = 减半
control-about-halving-value = 每 { $blocks } 个区块
control-about-size = 区块大小
control-about-size-value = 至多 { $bytes } 字节
control-about-future = 允许超前
control-about-future-now = 至多 { $most }；最新区块比时钟超前 { $now }
control-difficulty-rising = { $now }，上升：最近 { $count } 个区块平均间隔 { $observed }，目标 { $wanted }
control-difficulty-easing = { $now }，下降：最近 { $count } 个区块平均间隔 { $observed }，目标 { $wanted }
control-difficulty-stall = { $now }，停顿后下降：观测到 { $observed }
control-difficulty-steady = { $now }，平稳：最近 { $count } 个区块平均间隔 { $observed }，目标 { $wanted }

## 发生了什么

control-journal = 发生了什么
control-journal-empty = 区块、到来的节点和答复会显示在这里。
control-journal-topic = 显示哪些条目
control-topic-all = 全部
control-topic-blocks = 区块
control-topic-nodes = 节点
control-topic-payments = 付款
control-topic-orders = 答复
control-event-block = { $payments ->
    [0] 区块 { $height }，由 { $miner } 挖出
   *[other] 区块 { $height }，由 { $miner } 挖出，{ $payments } 笔付款
}
control-event-reorg = 区块 { $height } 之上发生重组：{ $lost } 个区块被 { $won } 个取代
control-event-payment = { $from } 付给 { $to } { $amount }
control-event-joined = { $name } 加入了
control-event-left = { $name } 离开了
control-event-links = 连接：建立 { $made } 条，断开 { $cut } 条
control-event-gap = 此处缺少若干条记录；面板上的其他内容都是最新的。
control-events-broken = 收不到中继的事件：{ $reason }面板改为每秒查看一次，并继续重试。
control-events-nonsense = 无法理解其内容。

## 会话文件

control-session-save = 保存会话
control-session-why = 将链、节点、事件和数据保存为一个文件，可用“tabchain verify”检验
control-session-failed = 无法保存会话：{ $reason }

## 连接

control-links = 连接
control-links-change = 更改连接
control-links-count = { $count } 条连接
control-links-webrtc = { $count } 条经 WebRTC
control-links-cut = { $count } 条手动断开
control-links-none = 打开两个标签页即可看到连接。
control-links-more = 另有 { $count } 条连接
control-shape = 拓扑
control-shape-random = 随机
control-shape-mesh = 全连接
control-shape-mesh-why = 全连接：每个节点与所有节点相连
control-shape-star = 星形
control-shape-star-why = 星形：所有节点只与中继相连
control-shape-ring = 环形
control-shape-ring-why = 环形：每个节点有两个邻居
control-shape-set = { $shape }：建立 { $made } 条连接，断开 { $cut } 条。
control-random-each = 随机，每个节点连 { $count } 个
control-degree = 每个连几个
control-bad-degree = 每个连几个：请填写整数，例如 8。
control-apply = 应用
control-link = 连接
control-link-with = 与
control-link-make = 建立连接
control-linked = 已连接；无论拓扑如何都会保持，直到你应用新的拓扑。
control-linked-already = 它们已经相连；现在这是你的连接。
control-link-cut = 已断开。{ $a } 与 { $b } 保持断开，直到你重新连接或应用拓扑。
control-cut = 断开
control-cut-link = 断开 { $a } 与 { $b } 之间的连接
control-by-hand = 手动
control-way-relay = 经中继
control-way-opening = 正在建立
control-way-changing = 正在切换

## 图表

control-chart-empty = 尚无测量数据。
control-chart-table = 数据
control-chart-time = 时间
control-chart-height = 高度
control-chart-from = 起
control-chart-csv-label = CSV: { $title }
control-chart-png-label = PNG: { $title }
control-chart-hashrate = 算力
control-chart-hashrate-about = 当前由份额证明 { $rate }；最近一小时
control-chart-proven = 已证明
control-chart-claimed = 声称
control-chart-intervals = 出块间隔
control-chart-intervals-about = 最近 { $count } 个：平均 { $observed }，目标 { $wanted }
control-chart-found = 区块
control-chart-expected = 随机预期
control-chart-difficulty = 难度
control-chart-difficulty-about = 最低难度的 { $difficulty } 倍，依据区块头
control-chart-propagation = 传播
control-chart-propagation-about = { $count } 个的中位数 { $median } 毫秒：中继从听到区块头到存好区块
control-chart-millis = 毫秒
control-chart-stale = 过时区块
control-chart-stale-about = 共 { $count } 个，占中继所知区块的 { $percent }
control-chart-stale-percent = 百分比
control-chart-mempool = 待处理付款
control-chart-mempool-about = 当前 { $count } 笔等待；最近一小时
control-chart-waiting = 付款

## What a host does first

control-steps = 最初的三个步骤
control-steps-close = 知道了
control-step-done = 已完成：
control-step-share = 分享链接
control-step-share-how = 展示二维码或发送链接。打开链接的人就成为本网络的节点。
control-step-mine = 开始挖矿
control-step-mine-how = 启动所有节点或其中一个：谁找到区块，谁就得到其中的币。
control-step-pay = 发送一笔付款
control-step-pay-how = 从任一节点付给另一节点。它先等待，然后进入区块。
control-join-large = 放大显示
control-join-close = 关闭
control-chart-intervals-none = 还没有两个区块；目标间隔 { $wanted }
control-event-linked = { $links } 已连接
control-event-unlinked = { $links } 已断开
