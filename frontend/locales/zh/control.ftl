### `/control`：主持人的面板。用语见 frame.ftl。

control-limit-examples = 上限可写成每秒哈希次数，如 4、20000、20k 或 1.5M，也可写成每台机器的比例，如 25%；留空表示不设上限。
