### `/control` 上的网络图：节点、连接、链顶，以及主持人对连接的操作。用语见 frame.ftl。

network-title = 网络
network-looking = 正在查看网络。
network-cut-done = 已切断。在你重新连接之前，{ $a } 与 { $b } 保持断开。
network-linked = { $a } 与 { $b } 已重新连接。

network-nodes = { $count } 个节点
network-links = { $count } 条连接

## 文字说明

network-summary = { $nodes }，{ $links }。
network-summary-direct = { $nodes }，{ $links }，其中 { $count } 条在浏览器之间直连。
network-drawn = 图中画出 { $nodes } 及其间的连接。
network-no-tip = 还没有节点报告链顶。
network-one-tip = 全部跟随同一个链顶，高度 { $height }。
network-many-tips = 共跟随 { $count } 个链顶。
network-tips = { $count } 个链顶：{ $list }。
network-tip-nodes = { $nodes }在高度 { $height }
network-in-parts = 网络分成 { $count } 个互不可达的部分。
network-faults = { $count } 条连接有故障。
network-cuts = { $count } 条连接被手动切断。

## 节点与连接

network-height = 高度 { $height }
network-mining = 正在挖矿
network-part = 第 { $number } 部分
network-tab = 标签页
network-relay = 中继
network-native = 独立进程
network-carried = 经由中继
network-webrtc = WebRTC
network-opening = 正在建立
network-cut = 已切断
network-as-before = { $name } 照常发送：该节点不跟随你，或尚未报告。
network-nobody-yet = 两个节点都尚未报告已照此执行。
network-keys = 节点。方向键在节点间移动，空格键选择节点，L 键依次查看其连接，Delete 键切断正在查看的连接。

## 分割

network-divide = 分割网络
network-select = 选择要分开的节点
network-part-selected = 将 { $nodes }与其余分开
network-heal = 恢复网络
network-parted = { $nodes }与其余节点不再互通：切断了 { $links }。
network-healed = 网络恢复完整：建立了 { $links }。

## 正在查看的连接

network-legend = 图中内容
network-hint = 点击连接可查看，拉断即切断。区块沿接收者所报告的连接移动；先后顺序已知，快慢未知。
network-link = 连接
network-none-chosen = 未选择
network-link-does = 该连接的状况
network-delay = 延迟（毫秒）
network-jitter = 抖动（毫秒）
network-loss = 丢失（%）
network-limit = 限速（kB/s）
network-apply = 应用
network-mend = 修复
network-cut-button = 切断
network-link-again = 重新连接
network-told = 已告知两端：{ $fault }。
network-mended = 连接恢复如初。
network-write-number = { $field }：请填写数字，例如 200，或留空。
network-write-fault = 请填写该连接要做什么，例如延迟 2000 毫秒；“修复”会将其取消。
network-choice-cut = { $names }（已切断）

## 表格

network-table = 以表格显示
network-table-label = 网络表格
network-col-node = 节点
network-col-kind = 类型
network-col-tip = 链顶
network-col-linked = 连接到
network-attacker = 不诚实的标签页
