### `/learn`: the lessons.

learn-title = Lessons
learn-intro = Eight short lessons on the live network. You act on your own node, and a step is done when your node's state proves it.
learn-all = All lessons
learn-next = Next: { $lesson }
learn-again = Begin this lesson again
learn-steps = { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}
learn-steps-taken = { $taken } of { $steps } steps done
learn-all-taken = All steps done. Well done!
learn-learned = ✓ Learned
learn-step-taken = done
learn-step-open = to do
learn-step-closed = comes after the steps before it
learn-step-next = ✓ Done. Go on with step { $next }.
learn-step-last = ✓ Done, and with it the lesson.
learn-changed = (changed)
learn-put-back = Put it back

## The learner's node, and what several lessons do with it

learn-your-node = Your node
learn-no-node = Your node is starting …
learn-height = Height { $height }
learn-peers = { $peers ->
    [one] { $peers } peer
   *[other] { $peers } peers
}
learn-alone = off the network
learn-not-alone = Your node is on the network again. Leave it first.
learn-leave = Leave the network
learn-go-back = Go back to the network
learn-mine-one = Mine one block
learn-mine-stop = Stop mining
learn-mine-allow = Let this device mine …
learn-pay-myself = Pay yourself { $amount }
learn-poor = Your node has no coins yet. Whoever finds a block gets some: mine one.
learn-sent = Sent.
learn-refused = Your node refused: { $reason }.
learn-waiting = { $payments ->
    [0] No payment waits.
    [one] { $payments } payment waits.
   *[other] { $payments } payments wait.
}
learn-no-block = There is no mined block yet. Mine the first one.
learn-will-succeed = It will succeed
learn-will-fail = It will fail
learn-as-you-said = As you said.
learn-other-than-you-said = Not as you said.

## Hash and nonce

learn-hash = Hash and nonce
learn-hash-about = A hash is a fingerprint: any change gives another one. A block is found when its fingerprint, read as a number, is not larger than a limit, the target. To get there, miners change a number in it again and again: the nonce.
learn-hash-1 = Change one number and lose the proof
learn-hash-1-do = This is the header of the newest block. Change its nonce: the hash is another one at once. Go on until it is no longer small enough.
learn-field-prev = Block before
learn-field-root = Merkle root
learn-field-time = Time
learn-field-bits = Bits
learn-nonce = Nonce
learn-nonce-less = −1: one less
learn-nonce-more = +1: one more
learn-nonce-wrong = A nonce is a whole number from 0 to { $most }.
learn-hash-of = Hash ({ $algorithm })
learn-target = Target: the hash must not be larger
learn-hash-small = The hash is not larger than the target: this is a block.
learn-hash-large = The hash is larger than the target: this is no block.
learn-hash-2 = Search a nonce by hand
learn-hash-2-do = { $digits ->
    [one] Find a nonce with which the hash begins with { $digits } zero. It takes { $tries } tries on average, and nobody can foresee which one it is.
   *[other] Find a nonce with which the hash begins with { $digits } zeros. It takes { $tries } tries on average, and nobody can foresee which one it is.
}
learn-try-one = Try one
learn-try-many = Try { $tries }
learn-tried = { $tries ->
    [one] { $tries } try, none of them good enough.
   *[other] { $tries } tries, none of them good enough.
}
learn-found-after = { $tries ->
    [one] Found at the first try. That was luck.
   *[other] Found after { $tries } tries.
}
learn-hash-3 = Let your node search
learn-hash-3-do = Your node does the same, thousands of times faster and with its own name in the block. Have it find one.
learn-hash-3-done = Your node found block { $height } with the nonce { $nonce }. Its hash was computed anew here, and it is small enough. That takes { $hashes } hashes on average.

## A block and its Merkle tree

learn-merkle = A block and its Merkle tree
learn-merkle-about = A block's header holds one hash that stands for all of its transactions. Hashes are paired until one is left.
learn-merkle-1 = Put two payments into one block
learn-merkle-1-do = Send two payments to yourself, then mine a block before somebody else does. It needs at least three transactions: the miner's reward is the first.
learn-merkle-2 = Change a payment
learn-merkle-2-do = Each row is made of the one above. Let the first payment move a tiny bit more and see which hashes change.
learn-merkle-leaves = Transactions
learn-merkle-level = Pairs
learn-merkle-root = Merkle root
learn-merkle-header = The header says:
learn-merkle-fits = The header means these transactions.
learn-merkle-differs = The header means other transactions.
learn-merkle-missing = There is no block with three transactions among the newest. Make one as in the first step.
learn-merkle-change = Change the first payment
learn-merkle-3 = Put it back
learn-merkle-3-do = Put the payment back as it was with the button above: the same bytes give the same root, always.
learn-merkle-4 = Prove it with few hashes
learn-merkle-4-do = Somebody who has the header only wants proof that the payment is in the block. Choose its neighbour in each row; hashed together in turn they must give the header's root.
learn-merkle-payment = The payment:
learn-merkle-neighbour = Neighbour { $number }
learn-merkle-reached = They give:
learn-merkle-proven = That is the header's root: the payment is in this block.
learn-merkle-unproven = That is not the header's root. Look at the tree above: who stands beside whom?

## A chain and tampering

learn-chain = A chain and tampering
learn-chain-about = Every block names the hash of the one before it. So nobody can change an old block and leave the rest as it is.
learn-chain-1 = Forge an old block
learn-chain-1-do = Write something else into the oldest of these blocks, on a copy here in the page. What does the block itself say to that?
learn-block = Block { $height }
learn-names = names
learn-is = is
learn-chain-short = This needs { $blocks } mined blocks. Mine some more.
learn-chain-tag = What the miner wrote into it
learn-chain-whole = Its transactions are those that its header means.
learn-chain-not-whole = Its transactions are not those that its header means. Every node refuses it.
learn-chain-linked = The next block names it.
learn-chain-not-linked = The next block names another one: this one stands alone.
learn-chain-2 = Mend the block, break the chain
learn-chain-2-do = A forger puts the new Merkle root into the header. Do that, and look at the next block.
learn-chain-new-root = Put the new Merkle root in
learn-chain-3 = Count the work
learn-chain-3-do = The forged block { $height } has a new hash, so it needs a new proof of work, and so does every block above it, for each names another one now. The tip is block { $tip }, and the others go on mining.
learn-chain-count = How many blocks have to be mined anew?
learn-chain-right = Right. And all that faster than everybody else together.
learn-chain-wrong = Not that many. Count the forged block itself and all above it.

## Keys and signatures

learn-keys = Keys and signatures
learn-keys-about = Only who has the secret key can sign a payment. Everybody can check the signature, and it fits one payment only.
learn-keys-1 = Sign a payment
learn-keys-1-do = This makes a practice key in your browser and signs a practice payment with it.
learn-keys-sign = Sign
learn-keys-from = From (public key)
learn-keys-amount = Amount
learn-keys-signature = Signature
learn-keys-valid = The signature is valid.
learn-keys-invalid = The signature does not fit this payment.
learn-keys-2 = Change what was signed
learn-keys-2-do = A thief makes the amount ten times larger and leaves the signature as it is.
learn-keys-2-question = The check of the signature:
learn-keys-2-told = The signature was made for the old amount and fits nothing else.
learn-keys-3 = Sign again
learn-keys-3-do = The owner of the key may change the amount: signed again, the new payment is valid.
learn-keys-change = Change the amount
learn-keys-sign-again = Sign again
learn-keys-4 = Cheat your own node
learn-keys-4-do = Now with real money. Send yourself a payment; while it waits, its amount and its fee are raised and the result is handed to your node.
learn-keys-waits = This payment waits:
learn-keys-4-question = Your node is handed the changed payment:

## Mempool and fees

learn-fees = Mempool and fees
learn-fees-about = A payment waits until a miner puts it into a block. Miners take those first that pay them best.
learn-fees-1 = Send a cheap payment
learn-fees-1-do = Send yourself a payment that leaves the miner no more than the least that nodes accept: { $cheapest }. The usual fee is { $usual }.
learn-fees-others = If somebody mines all the time, it may be in a block before you look. Send another one.
learn-fees-none = None of your payments waits. Send one.
learn-fees-waits = Your payment { $payment } waits with a fee of { $fee }.
learn-fees-2 = Replace it for too little
learn-fees-2-do = A payment that waits can be sent anew with a higher fee. Try it with the smallest possible raise.
learn-fees-2-question = A fee that is higher by 0.00000001 TAB:
learn-fees-3 = Replace it
learn-fees-3-do = The new one must pay for its own way around the network. Raise the fee to the usual one: the old payment goes, the new one has its number, and only one of them can ever be mined.
learn-fees-raise = Raise the fee
learn-fees-4 = See who gets the fee
learn-fees-4-do = Mine a block, or wait until somebody does. Its reward is the new coins and the fees of all payments in it.
learn-fees-4-done = { $miner } mined block { $height } with your payment and got { $fees } in fees.

## A fork and a reorg

learn-fork = A fork and a reorg
learn-fork-about = Two blocks can follow the same one. Then the chain has a fork, until one side has more work: everybody changes to that one.
learn-fork-1 = Leave the network
learn-fork-1-do = Take your node off the network. It hears nothing of the others, and they hear nothing of it.
learn-fork-2 = Mine alone
learn-fork-2-do = Have your node find a block while nobody else knows of it. The others go on from the same block as yours: a fork.
learn-fork-2-done = { $blocks ->
    [one] Your branch has { $blocks } block that nobody else has.
   *[other] Your branch has { $blocks } blocks that nobody else has.
}
learn-fork-3 = Come back
learn-fork-3-do = Which branch will win? The one with more work. Go back and see on which one everybody agrees.
learn-fork-won = Your branch has more work: the others take it over.
learn-fork-undecided = The branches have the same work, or the others are still telling. The next block decides.
learn-fork-lost = Your node changed to the others' branch: it took back { $lost } of its blocks above height { $height } and took over { $won } of theirs.
learn-fork-4 = Lose a block to a reorg
learn-fork-4-do = See your own block lose. If yours won, leave again, mine one block, and let the others find more before you come back.
learn-fork-helper = Nobody else mines here?
learn-fork-open-helper = Open a second node in another tab and have it mine while you are away.

## Difficulty

learn-difficulty = Difficulty
learn-difficulty-about = The smaller the target, the more hashes a block takes. The network moves it so that blocks keep coming at their pace.
learn-difficulty-1 = Make it twice as hard
learn-difficulty-1-do = This is the target of the newest block. Divide it so that a block takes twice as many hashes.
learn-target-now = Target now
learn-hashes-now = Hashes for a block, on average
learn-difficulty-divide = Divide the target by
learn-target-new = New target
learn-hashes-new = Hashes for a block then
learn-difficulty-twice = Twice the work.
learn-difficulty-not-twice = Not twice the work.
learn-difficulty-2 = Make it rise
learn-difficulty-2-do = A block is to take { $spacing } seconds. In how many seconds must one be found so that the next one gets harder?
learn-difficulty-seconds = Seconds that the block took
learn-difficulty-changes = The next block takes { $factor } times as many hashes.
learn-difficulty-fixed = On this network the difficulty is fixed; this is the rule of the classroom's network.
learn-difficulty-3 = Make it fall
learn-difficulty-3-do = And how long must a block take, with { $spacing } seconds as the goal, so that the next one gets easier?
learn-difficulty-4 = Foretell the next block
learn-difficulty-4-do = Nobody decides on the difficulty: it follows from the blocks before. Here it is computed beforehand. Mine a block, or wait for one, and compare.
learn-difficulty-foretold = Block { $height } must have the bits { $bits }: { $hashes } hashes on average.
learn-difficulty-true = Block { $height } has the bits { $bits }, as foretold.
learn-difficulty-false = The block has other bits than foretold.

## Partition and healing

learn-partition = Partition and healing
learn-partition-about = When a network falls apart, each part goes on alone. When it heals, one history remains, and the payments of the other return.
learn-partition-1 = Split the network
learn-partition-1-do = Take your node off the network: now there are two parts, yours and everybody else's.
learn-partition-2 = Pay on your side
learn-partition-2-do = Send yourself a payment and mine it. On your side it is confirmed; the other side has never heard of it.
learn-partition-confirmed = { $blocks ->
    [one] Your newest payment is in block { $height }, with { $blocks } confirmation.
   *[other] Your newest payment is in block { $height }, with { $blocks } confirmations.
}
learn-partition-returned = Your newest payment waits again: block { $height } that held it lost.
learn-partition-waits = Your newest payment waits.
learn-partition-3 = Heal it
learn-partition-3-do = Go back. If the others have more work, your block is lost and your payment waits again; if not, they take over your block with it.
learn-partition-4 = Settle it
learn-partition-4-do = A payment counts when the chain that everybody follows holds it. Mine a block, or wait, until none of your payments waits any more.
learn-fork-back-already = Your node is on the network. To have something to come back with, leave it, mine alone, and then go back.
