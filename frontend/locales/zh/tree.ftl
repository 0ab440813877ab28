### `/` 与 `/control` 上的区块树。用语见 frame.ftl。

tree-role = 区块树
tree-label = 区块。方向键沿链和在分支之间移动，Home 和 End 键到两端，回车键打开区块，加减号缩放，0 键回到链顶。
tree-frozen = 定格于 { $time }；网络仍在运行。
tree-empty = 中继响应后，链就会显示在这里。
tree-no-answer = 节点没有该数据，或没有响应。
tree-elsewhere-why = 网络另一部分的节点跟随或曾跟随这个区块，而本节点没有它。它的区块头、工作量证明和矿工已在此验证；它的付款没有验证。

## 按钮

tree-tools = 画面
tree-zoom-out = 缩小
tree-zoom-out-key = 缩小（−）
tree-zoom-in = 放大
tree-zoom-in-key = 放大（+）
tree-room = { $count } 个区块
tree-room-why = 画面可容纳的区块数
tree-skip = 略过直段
tree-skip-why = 省略远离分叉的直线段
tree-recentre = 回到链顶
tree-freeze = 定格画面
tree-freeze-why = 网络仍在运行
tree-unfreeze = 继续画面
tree-hint-fine = 拖动或方向键移动，+ 和 − 缩放，0 返回
tree-hint-coarse = 双指移动和缩放

## 画面的文字说明

tree-summary = 链上有 { $height } 个区块，最近 { $lately } 个高度{ $stale ->
    [0] 没有过时分支
   *[other] 有 { $stale } 条过时分支
}。
tree-summary-tip = 链上有 { $height } 个区块，最近 { $lately } 个高度{ $stale ->
    [0] 没有过时分支
   *[other] 有 { $stale } 条过时分支
}，链顶由 { $name } 于{ $ago }挖到。
tree-summary-dated = 链上有 { $height } 个区块，最近 { $lately } 个高度{ $stale ->
    [0] 没有过时分支
   *[other] 有 { $stale } 条过时分支
}，链顶由 { $name } 挖到，标注时间为{ $ago }。
tree-comma = ，
tree-block = 区块 { $height }
tree-block-by = { $name } 挖到的区块 { $height }
tree-first-block = 区块 0，即第一个区块
tree-by = { $height }，{ $name }
tree-and-below = 下方还有 { $count } 个
tree-genesis = 创世区块
tree-stale = 过时
tree-elsewhere = 在网络的另一部分见到
tree-the-tip = 链顶
tree-confirmations = { $count } 次确认
tree-payments = { $count } 笔付款
tree-no-payments = 没有付款
tree-next = 下一个
tree-fork-point = 分叉点
tree-rivals = 同高度还有 { $count } 个区块
tree-one-here = { $name } 在此
tree-nodes-here = { $count } 个节点在此
tree-branch = 区块 { $height } 之上由多方挖到的 { $count } 个过时区块
tree-branch-by = 区块 { $height } 之上由 { $name } 挖到的 { $count } 个过时区块
tree-one-elsewhere = { $name } 所在的区块本节点没有。
tree-nodes-elsewhere = { $count } 个节点所在的区块本节点没有。
tree-hidden = 隐藏了 { $count } 个区块
tree-hidden-press = 隐藏了 { $count } 个区块。点按即可显示。
tree-hidden-enter = 隐藏了 { $count } 个区块。按回车键显示。

## 重组

tree-reorgs = 最近 { $count } 次重组，最新的在前
tree-reorg = { $time}，区块 { $height } 之上：{ $result }
tree-reorg-said = 重组：{ $result }。
tree-result = 失去 { $lost } 个区块，换上 { $won } 个{ $returned ->
    [0] {""}
   *[other] ；{ $returned } 笔付款退回
}
tree-replay = 重放
tree-lost = 失去
tree-won = 换上
tree-step-before = 重组：两条链竞争，另一条链现在的工作量更大。
tree-step-disconnect = 断开：区块 { $height } 之上的 { $count } 个区块离开链。
tree-step-fork = 分叉点：区块 { $height } 是两条链最后一个共同的区块。
tree-step-connect = 接上：{ $count } 个区块加入链。
tree-step-after = { $result }。

## 颜色与矿工

tree-legend = 最新区块的矿工
tree-you = 你
tree-others = 另有 { $count } 个矿工
tree-dashed = 虚线：过时
tree-hollow = 空心：在别处

## 选中的区块

tree-standing-stale = 过时：另一分支的工作量更大
tree-standing-active = 在活动链上，{ $count } 次确认
tree-nameless = 未署名者
tree-in-explorer = 在区块浏览器中查看
tree-close = 关闭
tree-hash = 哈希
tree-parent = 父区块
tree-found-by = 矿工
tree-dated = 时间
tree-came = 到达这里
tree-holds = 内容
tree-bytes = { $size } 字节
tree-bytes-came-in = { $size } 字节，传输 { $bytes } 字节
tree-reward = 奖励
tree-nonce = 随机数
tree-mine-here = 在这个区块上挖一个
tree-mine-why = 你的节点会在这里寻找一个不含付款的区块，然后休息。在它的分支比链拥有更多工作量之前（例如在链顶下面一个区块上连挖两个），它只在链的旁边，其他节点也不知道它。
tree-mine-begun = 你的节点正在这里挖一个区块。
tree-mine-agree = 请先同意挖矿：按上面的大按钮。

## 过去

tree-past = 回看
tree-past-whose = 谁的过去
tree-past-earlier = 之前发生的事
tree-past-later = 之后发生的事
tree-past-now = 现在
tree-past-present = 现在。记录始于 { $since }。
tree-past-at = { $time }，{ $ago }
tree-past-said = { $time }，{ $ago }：{ $name } 所说的
tree-not-yet = 当时未知
tree-announced = 当时只知道区块头

## 如果

tree-what-if = 如果它早到
tree-what-if-earlier = 秒，会怎样？
tree-what-if-ask = 重演
tree-what-if-seconds = 请写一个秒数，最多一小时；负数表示晚到。
tree-what-if-failed = 实验室没有启动。等中继应答后再试。
tree-what-if-same = 什么都不会改变：同样的时刻，同样的链顶。
tree-what-if-none = 其中没有一个
tree-what-if-until = 从 { $time } 起，此节点会跟随 { $would }，而不是 { $was }，直到 { $until }；此后两者相同。
tree-what-if-for-good = 从 { $time } 起，此节点会跟随 { $would }，而不是 { $was }，并且至今仍在另一条链上。
tree-what-if-waited = 它要等前一个区块，直到 { $time }。
tree-what-if-dated = 那早于其区块头中的日期：当时它很可能还没有被找到。
tree-what-if-doubtful = { $count } 个区块是在此节点当时不会有的链顶上找到的；它们也许会是别的区块。
tree-what-if-others = 区块保持记录时的样子：没有人知道别人会找到什么。
tree-what-if-was = 实际情况
tree-what-if-would = 假设情况
