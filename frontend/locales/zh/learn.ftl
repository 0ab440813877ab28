### `/learn`：课程。

learn-title = 课程
learn-intro = 在真实运行的网络上进行的八节短课。你操作自己的节点；只有当节点的状态证明你做到了，一步才算完成。
learn-all = 全部课程
learn-next = 下一课：{ $lesson }
learn-again = 重新开始这一课
learn-steps = { $steps } 步
learn-steps-taken = 已完成 { $taken } / { $steps } 步
learn-all-taken = 全部完成，做得好！
learn-learned = ✓ 已学会
learn-step-taken = 已完成
learn-step-open = 待完成
learn-step-closed = 完成前面的步骤后开放
learn-step-next = ✓ 完成。请继续第 { $next } 步。
learn-step-last = ✓ 完成，整节课也学完了。
learn-changed = （已改变）
learn-put-back = 恢复原样

## 学习者的节点，以及多节课共用的操作

learn-your-node = 你的节点
learn-no-node = 你的节点正在启动……
learn-height = 高度 { $height }
learn-peers = { $peers } 个对等节点
learn-alone = 已离开网络
learn-not-alone = 你的节点又回到了网络上，请先离开。
learn-leave = 离开网络
learn-go-back = 回到网络
learn-mine-one = 挖一个区块
learn-mine-stop = 停止挖矿
learn-mine-allow = 允许这台设备挖矿……
learn-pay-myself = 给自己付 { $amount }
learn-poor = 你的节点还没有币。找到区块的人会得到币：先挖一个吧。
learn-sent = 已发送。
learn-refused = 你的节点拒绝了：{ $reason }。
learn-waiting = { $payments ->
    [0] 没有付款在等待。
   *[other] 有 { $payments } 笔付款在等待。
}
learn-no-block = 还没有挖出的区块。挖出第一个吧。
learn-will-succeed = 会成功
learn-will-fail = 会失败
learn-as-you-said = 和你说的一样。
learn-other-than-you-said = 和你说的不一样。

## 哈希与随机数

learn-hash = 哈希与随机数
learn-hash-about = 哈希就像指纹：任何改动都会得到另一个。把指纹当作一个数，只要它不大于一个上限（目标值），区块就找到了。为此，矿工不断改变其中的一个数：随机数（nonce）。
learn-hash-1 = 改一个数字，证明就没了
learn-hash-1-do = 这是最新区块的区块头。改动它的随机数：哈希立刻就变了。继续改，直到它不再足够小。
learn-field-prev = 前一个区块
learn-field-root = 默克尔根
learn-field-time = 时间
learn-field-bits = 位值
learn-nonce = 随机数
learn-nonce-less = −1: 减一
learn-nonce-more = +1: 加一
learn-nonce-wrong = 随机数（nonce）是 0 到 { $most } 之间的整数。
learn-hash-of = 哈希（{ $algorithm }）
learn-target = 目标值：哈希不得大于它
learn-hash-small = 哈希不大于目标值：这是一个区块。
learn-hash-large = 哈希大于目标值：这不是区块。
learn-hash-2 = 亲手找一个随机数
learn-hash-2-do = 找一个随机数，使哈希以 { $digits } 个零开头。平均要试 { $tries } 次，谁也无法预知是哪一次。
learn-try-one = 试一次
learn-try-many = 试 { $tries } 次
learn-tried = 试了 { $tries } 次，都不够好。
learn-found-after = { $tries ->
    [1] 第一次就找到了，运气真好。
   *[other] 试了 { $tries } 次后找到。
}
learn-hash-3 = 让你的节点来找
learn-hash-3-do = 你的节点做同样的事，快上几千倍，并把自己的名字写进区块。让它找一个。
learn-hash-3-done = 你的节点用随机数 { $nonce } 找到了区块 { $height }。这里重新计算了它的哈希，确实足够小。平均需要 { $hashes } 次哈希。

## 区块与默克尔树

learn-merkle = 区块与默克尔树
learn-merkle-about = 区块头里只有一个哈希，却代表了全部交易。哈希两两配对，直到只剩一个。
learn-merkle-1 = 把两笔付款放进一个区块
learn-merkle-1-do = 给自己发两笔付款，然后赶在别人之前挖一个区块。它至少需要三笔交易：第一笔是矿工的奖励。
learn-merkle-2 = 改动一笔付款
learn-merkle-2-do = 每一行都由上一行算出。让第一笔付款多转一点点，看看哪些哈希变了。
learn-merkle-leaves = 交易
learn-merkle-level = 配对
learn-merkle-root = 默克尔根
learn-merkle-header = 区块头里写的是：
learn-merkle-fits = 区块头指的就是这些交易。
learn-merkle-differs = 区块头指的是另外的交易。
learn-merkle-missing = 最新的区块里没有含三笔交易的。像第一步那样做一个。
learn-merkle-change = 改动第一笔付款
learn-merkle-3 = 恢复原样
learn-merkle-3-do = 用上面的按钮把付款恢复原样：同样的字节永远得到同样的根。
learn-merkle-4 = 用几个哈希来证明
learn-merkle-4-do = 有人只有区块头，想要证明付款在区块里。在每一行选出它的邻居；依次合并哈希后，必须得到区块头里的根。
learn-merkle-payment = 这笔付款：
learn-merkle-neighbour = 邻居 { $number }
learn-merkle-reached = 它们得出：
learn-merkle-proven = 这就是区块头里的根：付款在这个区块里。
learn-merkle-unproven = 这不是区块头里的根。看看上面的树：谁挨着谁？

## 链与篡改

learn-chain = 链与篡改
learn-chain-about = 每个区块都写着前一个区块的哈希。所以没有人能改动旧区块而让其余部分保持不变。
learn-chain-1 = 伪造一个旧区块
learn-chain-1-do = 在本页的一份副本里，往这几个区块中最旧的那个写点别的。区块自己会怎么说？
learn-block = 区块 { $height }
learn-names = 指向
learn-is = 自身
learn-chain-short = 这需要 { $blocks } 个挖出的区块。再挖一些。
learn-chain-tag = 矿工写进去的内容
learn-chain-whole = 它的交易就是区块头所指的那些。
learn-chain-not-whole = 它的交易不是区块头所指的那些。每个节点都会拒绝它。
learn-chain-linked = 下一个区块指向它。
learn-chain-not-linked = 下一个区块指向别的区块：这个孤立了。
learn-chain-2 = 修好区块，弄断链
learn-chain-2-do = 伪造者把新的默克尔根放进区块头。你也这样做，再看看下一个区块。
learn-chain-new-root = 放入新的默克尔根
learn-chain-3 = 算算要做多少工作
learn-chain-3-do = 伪造的区块 { $height } 有了新的哈希，需要新的工作量证明；它上面的每个区块也一样，因为各自指向的区块都变了。链顶是区块 { $tip }，而其他人还在继续挖。
learn-chain-count = 有多少个区块要重新挖？
learn-chain-right = 对。而且要比其他所有人加起来还快。
learn-chain-wrong = 不是这个数。把伪造的区块和它上面的所有区块都算上。

## 密钥与签名

learn-keys = 密钥与签名
learn-keys-about = 只有持有私钥的人才能为付款签名。人人都能检查签名，而它只适用于一笔付款。
learn-keys-1 = 为付款签名
learn-keys-1-do = 这会在你的浏览器里生成一把练习用的密钥，并用它为一笔练习付款签名。
learn-keys-sign = 签名
learn-keys-from = 付款人（公钥）
learn-keys-amount = 金额
learn-keys-signature = 签名
learn-keys-valid = 签名有效。
learn-keys-invalid = 签名与这笔付款不符。
learn-keys-2 = 改动已签名的内容
learn-keys-2-do = 小偷把金额改成十倍，签名保持不变。
learn-keys-2-question = 检查签名：
learn-keys-2-told = 签名是为原来的金额做的，不适用于别的内容。
learn-keys-3 = 重新签名
learn-keys-3-do = 持有密钥的人可以改金额：重新签名后，新的付款就有效。
learn-keys-change = 改动金额
learn-keys-sign-again = 重新签名
learn-keys-4 = 骗骗你自己的节点
learn-keys-4-do = 现在用真的钱。给自己发一笔付款；趁它还在等待，把金额和手续费调高，再把结果交给你的节点。
learn-keys-waits = 这笔付款在等待：
learn-keys-4-question = 把改动过的付款交给你的节点：

## 交易池与手续费

learn-fees = 交易池与手续费
learn-fees-about = 付款要等矿工把它放进区块。矿工先选报酬最高的。
learn-fees-1 = 发一笔便宜的付款
learn-fees-1-do = 给自己发一笔付款，只给矿工节点所接受的最低手续费：{ $cheapest }。通常的手续费是 { $usual }。
learn-fees-others = 如果一直有人在挖矿，你还没看到它就已经进了区块。那就再发一笔。
learn-fees-none = 你没有付款在等待。发一笔。
learn-fees-waits = 你的付款 { $payment } 在等待，手续费 { $fee }。
learn-fees-2 = 加得太少，替换不了
learn-fees-2-do = 等待中的付款可以用更高的手续费重发。试试只加最小的一点。
learn-fees-2-question = 手续费只多 0.00000001 TAB：
learn-fees-3 = 替换它
learn-fees-3-do = 新的付款必须为自己在网络上的传播付费。把手续费提高到通常水平：旧的付款消失，新的沿用它的编号，两者只有一个能被挖出。
learn-fees-raise = 提高手续费
learn-fees-4 = 看看手续费归谁
learn-fees-4-do = 挖一个区块，或等别人挖。它的奖励是新币加上其中所有付款的手续费。
learn-fees-4-done = { $miner } 挖出了含有你付款的区块 { $height }，得到手续费 { $fees }。

## 分叉与重组

learn-fork = 分叉与重组
learn-fork-about = 同一个区块后面可以接两个区块。这时链就分叉了，直到一边的工作量更多：所有人都转到那一边。
learn-fork-1 = 离开网络
learn-fork-1-do = 让你的节点离开网络。它听不到别人，别人也听不到它。
learn-fork-2 = 独自挖矿
learn-fork-2-do = 让你的节点找到一个别人都不知道的区块。别人和你从同一个区块继续：这就是分叉。
learn-fork-2-done = 你的分支有 { $blocks } 个别人没有的区块。
learn-fork-3 = 回来
learn-fork-3-do = 哪个分支会赢？工作量多的那个。回到网络，看看大家最后认同哪一个。
learn-fork-won = 你的分支工作量更多：其他人会接受它。
learn-fork-undecided = 两个分支工作量相同，或者其他人还在告知。由下一个区块决定。
learn-fork-lost = 你的节点转到了其他人的分支：撤回了高度 { $height } 以上自己的 { $lost } 个区块，接上了他们的 { $won } 个。
learn-fork-4 = 在重组中失去一个区块
learn-fork-4-do = 看看自己的区块落败。如果刚才是你赢了，就再离开一次，挖一个区块，等别人挖得更多之后再回来。
learn-fork-helper = 这里没有别人挖矿？
learn-fork-open-helper = 在另一个标签页打开第二个节点，在你离开时让它挖矿。

## 难度

learn-difficulty = 难度
learn-difficulty-about = 目标值越小，一个区块需要的哈希次数越多。网络会调整它，让区块保持应有的节奏。
learn-difficulty-1 = 让难度翻倍
learn-difficulty-1-do = 这是最新区块的目标值。把它除一下，使一个区块需要两倍的哈希次数。
learn-target-now = 当前目标值
learn-hashes-now = 每个区块平均的哈希次数
learn-difficulty-divide = 把目标值除以
learn-target-new = 新目标值
learn-hashes-new = 此时每个区块的哈希次数
learn-difficulty-twice = 工作量正好两倍。
learn-difficulty-not-twice = 工作量不是两倍。
learn-difficulty-2 = 让它上升
learn-difficulty-2-do = 一个区块应当用 { $spacing } 秒。要在多少秒内找到，下一个才会变难？
learn-difficulty-seconds = 这个区块用了多少秒
learn-difficulty-changes = 下一个区块需要 { $factor } 倍的哈希次数。
learn-difficulty-fixed = 这个网络的难度是固定的；这里用的是课堂网络的规则。
learn-difficulty-3 = 让它下降
learn-difficulty-3-do = 目标是 { $spacing } 秒，一个区块要用多久，下一个才会变容易？
learn-difficulty-4 = 预言下一个区块
learn-difficulty-4-do = 难度不由任何人决定：它由之前的区块推出。这里预先算好。挖一个区块或等一个，然后比较。
learn-difficulty-foretold = 区块 { $height } 的位值必须是 { $bits }：平均 { $hashes } 次哈希。
learn-difficulty-true = 区块 { $height } 的位值是 { $bits }，和预言一致。
learn-difficulty-false = 这个区块的位值和预言不同。

## 分裂与愈合

learn-partition = 分裂与愈合
learn-partition-about = 网络分裂时，每一部分各自继续。愈合之后只留下一段历史，另一段里的付款会回来重新等待。
learn-partition-1 = 把网络分开
learn-partition-1-do = 让你的节点离开网络：现在有两部分，你的，和其他所有人的。
learn-partition-2 = 在你这边付款
learn-partition-2-do = 给自己发一笔付款并把它挖进区块。在你这边它已确认；另一边从没听说过它。
learn-partition-confirmed = 你最新的付款在区块 { $height } 里，有 { $blocks } 次确认。
learn-partition-returned = 你最新的付款又在等待：装着它的区块 { $height } 落败了。
learn-partition-waits = 你最新的付款在等待。
learn-partition-3 = 让它愈合
learn-partition-3-do = 回到网络。如果其他人的工作量更多，你的区块会落败，付款重新等待；否则他们会接受你的区块和其中的付款。
learn-partition-4 = 让它尘埃落定
learn-partition-4-do = 所有人都遵循的链里有了付款，它才算数。挖一个区块或等一等，直到你没有付款在等待。
learn-fork-back-already = 你的节点在网络上。要带着自己的分支回来，请先离开，独自挖矿，然后再回来。
