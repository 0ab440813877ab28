### The frame around every page, states that any page may be in, and units.
###
### Words of this project, the same everywhere: block, chain, tip, height, fork, fork point, reorg, stale block, mining,
### miner, hash rate, difficulty, target, share, mempool ("waiting to be mined"), payment, fee, recovery phrase, node, peer,
### relay, link (between nodes), host (who runs the class), tab.

frame-pages = Pages
frame-my-node = My node
frame-control = Control panel
frame-explorer = Explorer
frame-lab = Lab
frame-language = Language
frame-page-loading = Loading …
frame-page-failed = This page could not be loaded, because the relay does not answer. Reload it to try again.

frame-not-found = Not found
frame-not-found-title = There is no page here
frame-not-found-why = The address may be mistyped. Everything that there is can be reached from the bar above.
frame-to-my-node = To my node

frame-just-now = just now
frame-copy = Copy
frame-copied = Copied
frame-selected = Selected
frame-qr = QR code of the join link
