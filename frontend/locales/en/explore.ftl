### `/explore`: blocks, transactions and accounts, taken apart.

explore-search = Height, hash or a part of it, transaction, address or a node's name
explore-search-hint = height, hash, transaction, address or name
explore-find = Find
explore-search-nothing = “{ $wanted }” is no height, no hash, no address that begins with tab1, and no connected node has this name.
explore-search-unknown = The relay's node knows no block and no transaction “{ $wanted }”.
explore-search-no-part = “{ $wanted }” is no connected node's name, and no block's hash and no recent transaction's begins or ends so.
explore-search-several = The hashes of { $count } blocks and transactions begin or end with “{ $wanted }”: write more of the hash that you mean.
explore-search-many = The hashes of more than { $count } blocks and transactions begin or end with “{ $wanted }”: write more of the hash that you mean.
explore-fetching = Fetching it from the relay …
explore-blocks = Blocks of the active chain
explore-newest = Newest
explore-earlier = Earlier
explore-more = and { $count } more
explore-height = Height
explore-hash-ends = Hash ends in
explore-txid-ends = Txid ends in
explore-found-by = Found by
explore-payments = Payments
explore-bytes = Bytes
explore-dated = Dated
explore-genesis = genesis

## What the relay sends

explore-sent-no-block = The relay sent what is no block: { $error }.
explore-sent-no-parent = The relay sent what is no block.
explore-sent-another-block = The relay sent another block than it was asked for: { $hash }.
explore-sent-no-headers = The relay sent what are no headers: { $error }.
explore-another-transaction = The relay sent another transaction than it was asked for.
explore-no-txid = A txid has 64 hexadecimal digits.

## A block

explore-block = Block
explore-block-title = Block { $height }
explore-in-block = block { $height }
explore-the-block = The block
explore-hash = Hash
explore-stands = Stands
explore-standing-stale = stale: another branch has more work
explore-standing-tip = the tip of the active chain
explore-standing-active = on the active chain, { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}
explore-confirmations = { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}
explore-below = ← Block below
explore-above = Block above →
explore-its-bytes = Its bytes
explore-change-bytes = Press a byte to change it, or go there with the arrow keys and type. It changes on this page alone.
explore-part = Part of the block
explore-part-header = header
explore-part-coinbase = coinbase
explore-part-payment = payment { $number }
explore-byte = { $field }, byte { $at }: { $value }
explore-its-header = Its header
explore-bits = { $bits } (difficulty { $difficulty })
explore-its-transactions = Its transactions
explore-new-coins = new coins and fees

## Rules

explore-judged = Judged here, by the code of a node
explore-judged-not = Whether every sender had the coins, and in which order they spent them, takes the whole chain: each node judges that when the block comes.
explore-ruling-kept = yes:
explore-ruling-broken = no:
explore-ruling-open = not judged:
explore-rule-work = Its proof of work meets the target
explore-rule-parent = It names the block below as its parent
explore-rule-context = Its difficulty and date are what the rules ask for
explore-rule-bytes = Its bytes are a block
explore-rule-identity = Its transactions are those that the header means
explore-rule-transactions = Every transaction is well made and signed
explore-rule-coinbase = The miner takes no more than it may
explore-open-unreadable = The bytes are no block.
explore-open-genesis = Genesis follows from the network's parameters, and nobody mined it.
explore-open-below = There is nothing below genesis.
explore-open-not-its-own = They are not the header's.
explore-open-pays-nobody = Genesis pays nobody.
explore-open-unsound = Its transactions are not sound.

## A changed byte

explore-fix-root = Put the new Merkle root in
explore-mine-again = Mine it again
explore-undo = Undo
explore-rung-hash = Hash.
explore-rung-block = Block.
explore-rung-chain = Chain.
explore-rung-nodes = Nodes.
explore-hash-changed = Its hash ended in { $before } and ends in { $now } now.
explore-hash-same = Its hash is the same: that covers the header alone, and the header means other transactions.
explore-hash-none = There is no header any more that could be hashed.
explore-block-kept = It keeps every rule that is judged here: a block of its own, with work of its own.
explore-block-broken = It breaks { $count ->
    [one] { $count } rule
   *[other] { $count } rules
}.
explore-chain-none = No block stands on it yet.
explore-chain-cut = Block { $height } names the old hash as its parent. It and what stands on it, { $count ->
    [one] { $count } block
   *[other] { $count } blocks
} in all, stand on nothing now.
explore-chain-kept = Block { $height } still stands on this header, which belongs to other transactions.
explore-nodes-rival = Other nodes would take it for a rival of the tip, and stay with the one that they saw first.
explore-nodes-stale = Other nodes would take it for a stale branch: the chain that they follow has the work of { $count ->
    [one] { $count } more block
   *[other] { $count } more blocks
}. Who wants to win has to mine all of those again, faster than everybody else goes on.
explore-nodes-wait = Every node lays it aside until its date has come, and judges it then.
explore-nodes-refuse = Every node refuses it, and bars whoever sends it. Their own copies stay as they are.
explore-searching = Searching a nonce: { $tried } tried …
explore-gave-up = No nonce found in half a minute, after { $tried } tries. A forger needs as much work as the network put into it.

## A transaction

explore-transaction = Transaction
explore-the-transaction = The transaction
explore-txid = Txid
explore-waits = It waits to be mined.
explore-kind = Kind
explore-kind-coinbase = coinbase: the miner's reward, which nobody signs
explore-from = From
explore-to = To
explore-amount = Amount
explore-fee = Fee
explore-reward = Reward
explore-tag = Tag
explore-nonce = Nonce
explore-nonce-counted = { $nonce }, counted from 0
explore-message = Message
explore-signature = Signature
explore-signature-open = being checked …
explore-signature-valid = valid: checked here, with the sender's key over these bytes
explore-signature-invalid = invalid: checked here
explore-proof = The proof that it is in its block
explore-proof-why = { $count ->
    [one] The block has { $count } transaction.
   *[other] The block has { $count } transactions.
} { $steps ->
    [0] Its hash is the header's Merkle root itself.
    [one] Of all the others, { $steps } hash is enough to check this one.
   *[other] Of all the others, { $steps } hashes are enough to check this one.
}
explore-proof-txid = Its txid.
explore-proof-alone = It has no neighbour, so it is paired with itself.
explore-proof-right = Its neighbour stands on the right.
explore-proof-left = Its neighbour stands on the left.
explore-proof-of = SHA-256d of
explore-proof-and = and
explore-proof-is = is
explore-proof-progress = { $done } of { $steps } hashes computed
explore-proof-fits = This is the header's Merkle root: the block holds this transaction.
explore-proof-fails = This is not the header's Merkle root.
explore-proof-next = Compute the next hash
explore-proof-all = All of them

## An account

explore-account = Account
explore-the-account = The account
explore-address = Address
explore-balance = Balance
explore-available = Can be spent now
explore-next-nonce = Next nonce
explore-account-source = As the relay's node has computed it from every block of the active chain.
explore-no-history = Nobody has paid this address yet.
explore-mined = mined
explore-from-whom = from
explore-to-whom = to

## The fields of a block. Those of a header keep their names in the protocol.

explore-field-version = version
explore-field-count = count
explore-field-kind = kind
explore-field-height = height
explore-field-network = network id
explore-field-sender = sender's key
explore-field-recipient = recipient
explore-field-reward = reward
explore-field-amount = amount
explore-field-fee = fee
explore-field-text = text
explore-field-signature = signature
explore-why-version = Any value is valid; miners use 16 of its bits as more room for trying.
explore-why-prev-blockhash = The hash of the block below. It makes blocks a chain: whoever changes one changes its hash.
explore-why-merkle-root = One hash for all transactions of the block. Change any of them, and this no longer fits.
explore-why-time = When the miner began on it, as its own clock said, in seconds since 1970; but always later than the median of the eleven blocks below.
explore-why-bits = The target in short form: the block's proof of work must not be above it.
explore-why-nonce = What the miner tried one after the other, until the proof of work met the target.
