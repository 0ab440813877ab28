### The frame around every page, states that any page may be in, and units.
###
### Words of this project, the same everywhere: block, chain, tip, height, fork, fork point, reorg, stale block, mining,
### miner, hash rate, difficulty, target, share, mempool ("waiting to be mined"), payment, fee, recovery phrase, node, peer,
### relay, link (between nodes), host (who runs the class), tab.

frame-pages = Pages
frame-skip = Skip to the content
frame-my-node = My node
frame-control = Control panel
frame-explorer = Explorer
frame-lab = Lab
frame-learn = Lessons
frame-language = Language
frame-page-loading = Loading …
frame-page-failed = This page could not be loaded, because the relay does not answer. Reload it to try again.
frame-rest-late = The rest of this page is not here yet: the relay does not answer, or has another version by now. It is asked again every two seconds; if that does not help, reload the page.

frame-not-found = Not found
frame-not-found-title = There is no page here
frame-not-found-why = The address may be mistyped. Everything that there is can be reached from the bar above.
frame-to-my-node = To my node

frame-just-now = just now
frame-copy = Copy
frame-copied = Copied
frame-selected = Selected
frame-qr = QR code of the join link
frame-relay-silent = The relay does not answer.
frame-relay-nonsense = The relay's answer makes no sense here: { $error }.
frame-relay-status = The relay answered with status { $status }.
frame-only-watching = This tab may only watch: it was not opened with the host's link.

frame-fault-delay = { $time } of delay
frame-fault-jitter = up to { $time } of jitter
frame-fault-loss = { $percent } % loss
frame-fault-limit = a limit of { $rate } kB/s
frame-and = { $first } and { $last }

frame-refused-balance = { $has } are there, { $needs } are needed
frame-refused-fee = a fee of at least { $fee } is needed
frame-refused-replacement = another payment has this number; one with a fee of at least { $fee } takes its place
frame-refused-many = too many payments wait already; try again after the next block
frame-refused-full = only payments with a higher fee are taken now
frame-refused-known = this payment waits already
frame-refused-zero = a payment moves more than nothing
frame-refused-nonce = the chain holds a payment with this number already
frame-refused-signature = the signature does not match the sender’s key
frame-amount-format = write an amount as coins, like 2 or 0.25
frame-amount-decimals = an amount has at most eight decimals
frame-amount-negative = an amount cannot be negative
frame-amount-large = no more than 21 million coins can ever exist
frame-address-mistyped = some character of the address is mistyped or missing
frame-address-prefix = an address begins with tab1
frame-address-length = the address has the wrong length
frame-memo-long = at most { $most } bytes; this one is longer

frame-role-honest = honest
frame-role-selfish = selfish miner
frame-role-withholder = withholding miner
frame-role-double-spender = double-spender
frame-role-merchant = merchant, { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}
frame-refuses = { $name } refuses: { $reason }
