### `/control`：主持人的面板。用语见 frame.ftl。

control-limit-examples = 上限可写成每秒哈希次数，如 4、20000、20k 或 1.5M，也可写成每台机器的比例，如 25%；留空表示不设上限。

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
