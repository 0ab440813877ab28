### `/` 上的付款、付款记录、通讯录与密钥。

wallet-qr = 显示为二维码
wallet-qr-why = 扫描它的人会打开本页，收款人已填成你。
wallet-qr-label = 向本节点付款的链接二维码
wallet-other-tabs = 你另外 { $count } 个标签页的钱不在这里
wallet-other-tabs-why = 每个标签页都是独立的节点，有自己的密钥和钱。打开本标签页时，这个浏览器里还开着下面这些。要花那里的钱，请到那个标签页去，或从那里发过来；如果已经关闭，就重新打开：

## 付款

wallet-send-money = 付款
wallet-send-to = 付给……
wallet-send-to-whom = 付给 { $name }
wallet-to = 收款人
wallet-to-what = 名字或地址
wallet-amount = 金额
wallet-fee-and-message = 手续费与留言
wallet-message = 留言，人人可见
wallet-send = 发送
wallet-sent = 已发送。
wallet-sent-waits = 已发送，正在等待下一个区块（交易 …{ $txid }）。
wallet-sent-nobody = 已发送，但现在没有人在挖矿：要等有人挖矿（交易 …{ $txid }）。
wallet-sent-offline = 已保存在此标签页：你不在网络上，回来后就会发出（交易 …{ $txid }）。
wallet-not-sent = 未发送：{ $reason }。
wallet-ambiguous = 有好几个节点叫 { $name }。请按地址选择。
wallet-nobody = 写上付给谁：名字或地址。
wallet-unknown = 这里没有叫 { $name } 的节点。
wallet-bad-address = 这样送不到：{ $reason }。
wallet-bad-amount = 金额：{ $reason }。
wallet-bad-fee = 手续费：{ $reason }。
wallet-bad-message = 留言：{ $reason }。
wallet-fee = 给矿工的手续费
wallet-fee-in-coins = 手续费（TAB）
wallet-fee-next = 下一个区块
wallet-fee-next-when = 进入下一个区块
wallet-fee-soon = 尽快
wallet-fee-soon-when = { $blocks } 个区块之内
wallet-fee-cheapest = 最便宜
wallet-fee-cheapest-enough = 目前足以进入下一个区块
wallet-fee-cheapest-when = 大约 { $blocks } 个区块之后
wallet-fee-own = 自己定

## 通讯录

wallet-book = 通讯录
wallet-book-empty = 还没有人：其他节点会以名字出现在这里，你保存的会一直留着。
wallet-book-is-saved = 已保存
wallet-book-save = 保存
wallet-book-forget = 删除
wallet-book-saved = { $name } 已在通讯录中。
wallet-book-forgotten = { $name } 已不在通讯录中。
wallet-book-name = 名字
wallet-book-address = 地址
wallet-book-bad-name = 名字为一行内的 1 到 64 个字符。
wallet-book-full = 通讯录最多 { $names } 个名字。请先删除一个。

## 付款记录

wallet-payments = 我的付款
wallet-no-payments = 还没有。你付出和收到的都会列在这里。
wallet-from-whom = 来自 { $name }
wallet-to-whom = 付给 { $name }
wallet-to-yourself = 付给自己
wallet-waits-next = 等待下一个区块。
wallet-waits-raise = 大约还要等 { $blocks } 个区块：别人付的手续费更高，排在前面。提高手续费就会更快。
wallet-waits-long = 大约还要等 { $blocks } 个区块：别人付的手续费更高，排在前面。
wallet-waits-nobody = 等待区块，而现在没有人在挖矿。
wallet-blocked = 卡住了。你的付款按编号顺序挖出，而排在这笔之前的第 { $number } 号不见了。你发的下一笔会用这个编号。
wallet-confirmed = 在区块 { $height } 中：{ $count } 次确认
wallet-settled = 在区块 { $height } 中，{ $count } 次确认：已很难撤销
wallet-returned = 装着它的区块 { $height } 输给了更长的链，所以它又在等待。
wallet-undone-block = 已作废。装着它的区块 { $height } 输给了更长的链，而那条链以别的方式花掉了同一笔币。
wallet-undone = 已作废。它还没进区块，所用的币就随落败的区块消失了，或被手续费更高的付款挤出了队列。你没有被扣款。
wallet-send-again = 再发一次
wallet-sent-again = 已再次发送：见新的一行。
wallet-fill-gap = 用一笔付给自己的款填补空缺
wallet-raise = 提高手续费
wallet-raise-new = 新的手续费（TAB）
wallet-raise-send = 重新发送
wallet-raise-least = 至少 { $fee }。付款保留原来的编号，所以两者只有一个能被挖出。
wallet-fee-of = 手续费 { $fee }。
wallet-replaces = 取代了手续费为 { $fee } 的同一笔付款。
wallet-not-replaced = 未替换：{ $reason }。

## 密钥

wallet-phrase = 助记词
wallet-phrase-why = 24 个单词就是本节点的密钥。浏览器数据丢失时，凭它们可以取回钱；谁读到它们，谁就能花掉这些钱。
wallet-phrase-show = 显示单词
wallet-phrase-hide = 隐藏单词
wallet-restore = 使用你抄下的密钥
wallet-restore-warning = 这会替换本节点的密钥。请先抄下它自己的单词：没有它们，现在的钱就永远找不回来了。
wallet-restore-words = 24 个单词
wallet-restore-do = 替换本节点的密钥
wallet-restore-ask = 这里的 { $balance } 属于本节点现在的密钥。没有那把密钥自己的 24 个单词，这笔钱就永远取不到了。
wallet-restore-ask-empty = 本节点现在的密钥没有钱。以后再发到它地址的钱，没有它自己的 24 个单词就取不到。
wallet-restore-yes = 替换
wallet-restore-no = 保留旧密钥
wallet-file-save = 连同通讯录保存到文件
wallet-file-open = 或打开在这里保存过的文件
wallet-file-opened = 已填入 { $name } 的单词，文件中的名字也在通讯录里了。
wallet-file-none = 这个文件不是节点的钱包。
wallet-file-version = 这个文件属于另一个版本。
wallet-file-large = 这个文件太大，不可能是钱包。
wallet-file-unread = 浏览器无法读取这个文件。
wallet-that-is-you = 这是你自己：请选择别人；若要付给自己，请填写你的地址。
