### The tree of blocks, on `/` and `/control`.

tree-role = tree of blocks
tree-label = Blocks. Arrow keys move along the chain and between branches, Home and End to its ends, Enter opens a block, plus and minus zoom, 0 goes back to the tip.
tree-frozen = Frozen at { $time }; the network goes on.
tree-empty = The chain appears here as soon as the relay answers.
tree-no-answer = The node does not have it, or does not answer.
tree-elsewhere-why = Nodes in another part of the network follow this block, or did, and this node does not have it. Its header, its proof of work and its miner were judged here; its payments were not.

## Buttons

tree-tools = The picture
tree-zoom-out = Zoom out
tree-zoom-out-key = Zoom out (−)
tree-zoom-in = Zoom in
tree-zoom-in-key = Zoom in (+)
tree-room = { $count ->
    [one] { $count } block
   *[other] { $count } blocks
}
tree-room-why = For so many there is room
tree-skip = Skip straight runs
tree-skip-why = Leave out straight runs of blocks that are far from every fork
tree-recentre = Back to the tip
tree-freeze = Freeze the picture
tree-freeze-why = The network goes on
tree-unfreeze = Let the picture run
tree-hint-fine = Drag or arrow keys move, + and − zoom, 0 goes back
tree-hint-coarse = Two fingers move and zoom

## The picture in words

tree-summary = Chain of { $height ->
    [one] { $height } block
   *[other] { $height } blocks
}, { $stale ->
    [0] no stale branch
    [one] { $stale } stale branch
   *[other] { $stale } stale branches
} in the last { $lately }.
tree-summary-tip = Chain of { $height ->
    [one] { $height } block
   *[other] { $height } blocks
}, { $stale ->
    [0] no stale branch
    [one] { $stale } stale branch
   *[other] { $stale } stale branches
} in the last { $lately }, tip found by { $name } { $ago }.
tree-summary-dated = Chain of { $height ->
    [one] { $height } block
   *[other] { $height } blocks
}, { $stale ->
    [0] no stale branch
    [one] { $stale } stale branch
   *[other] { $stale } stale branches
} in the last { $lately }, tip by { $name }, dated { $ago }.
tree-comma = { ", " }
tree-block = Block { $height }
tree-block-by = Block { $height } by { $name }
tree-first-block = Block 0, the first one
tree-by = { $height } by { $name }
tree-and-below = and { $count } below
tree-genesis = genesis
tree-stale = stale
tree-elsewhere = seen in another part of the network
tree-the-tip = the tip
tree-confirmations = { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}
tree-payments = { $count ->
    [one] { $count } payment
   *[other] { $count } payments
}
tree-no-payments = no payments
tree-next = next
tree-fork-point = fork point
tree-rivals = { $count ->
    [one] { $count } other block beside it
   *[other] { $count } other blocks beside it
}
tree-one-here = { $name } here
tree-nodes-here = { $count } nodes here
tree-branch = { $count ->
    [one] { $count } stale block
   *[other] { $count } stale blocks
} by several above block { $height }
tree-branch-by = { $count ->
    [one] { $count } stale block
   *[other] { $count } stale blocks
} by { $name } above block { $height }
tree-one-elsewhere = { $name } follows a block that this node does not have.
tree-nodes-elsewhere = { $count } nodes follow blocks that this node does not have.
tree-hidden = { $count ->
    [one] { $count } block hidden
   *[other] { $count } blocks hidden
}
tree-hidden-press = { $count ->
    [one] { $count } block hidden
   *[other] { $count } blocks hidden
}. Press to show them.
tree-hidden-enter = { $count ->
    [one] { $count } block hidden
   *[other] { $count } blocks hidden
}. Enter shows them.

## Reorgs

tree-reorgs = { $count ->
    [one] { $count } recent reorg
   *[other] { $count } recent reorgs, newest first
}
tree-reorg = { $time } above block { $height }: { $result }
tree-reorg-said = Reorg: { $result }.
tree-result = { $lost ->
    [one] { $lost } block lost
   *[other] { $lost } blocks lost
}, { $won } won{ $returned ->
    [0] {""}
    [one] ; { $returned } payment returns
   *[other] ; { $returned } payments return
}
tree-replay = Replay
tree-lost = lost
tree-won = won
tree-step-before = A reorg: two chains compete, and the other one has more work now.
tree-step-disconnect = Disconnect: { $count ->
    [one] { $count } block above block { $height } leaves the chain.
   *[other] { $count } blocks above block { $height } leave the chain.
}
tree-step-fork = Fork point: block { $height } is the last that both chains share.
tree-step-connect = Connect: { $count ->
    [one] { $count } block joins the chain.
   *[other] { $count } blocks join the chain.
}
tree-step-after = { $result }.

## Who has which colour

tree-legend = Who found the newest blocks
tree-you = you
tree-others = { $count ->
    [one] and { $count } other
   *[other] and { $count } others
}
tree-dashed = dashed: stale
tree-hollow = hollow: elsewhere

## A chosen block

tree-standing-stale = stale: another branch has more work
tree-standing-active = { $count ->
    [one] on the active chain, { $count } confirmation
   *[other] on the active chain, { $count } confirmations
}
tree-nameless = somebody without a name
tree-in-explorer = In the explorer
tree-close = Close
tree-hash = Hash
tree-parent = Parent
tree-found-by = Found by
tree-dated = Dated
tree-came = Came here
tree-holds = Holds
tree-bytes = { $size } bytes
tree-bytes-came-in = { $size } bytes, came in { $bytes }
tree-reward = Reward
tree-nonce = Nonce
tree-mine-here = Mine a block on this one
tree-mine-why = Your node searches one block that stands here, without payments, and then rests. It is beside the chain, and no other node hears of it, until its branch has more work than the chain, as with two blocks in a row just below the tip.
tree-mine-begun = Your node mines one block here.
tree-mine-agree = Agree to mining first: press the large button above.

## The past

tree-past = Look back
tree-past-whose = Whose past
tree-past-earlier = What happened before
tree-past-later = What happened next
tree-past-now = Now
tree-past-present = Now. Remembered since { $since }.
tree-past-at = At { $time }, { $ago }
tree-past-said = At { $time }, { $ago }: what { $name } said
tree-not-yet = not known yet
tree-announced = only its header is known yet

## What if

tree-what-if = What if it had come
tree-what-if-earlier = seconds earlier?
tree-what-if-ask = Replay
tree-what-if-seconds = Write a number of seconds, an hour at most; a minus means later.
tree-what-if-failed = The lab did not start. Try again when the relay answers.
tree-what-if-same = Nothing would have changed: the same tips at the same times.
tree-what-if-none = none of them
tree-what-if-until = From { $time } on this node would have followed { $would } instead of { $was }, until { $until }; then both are the same.
tree-what-if-for-good = From { $time } on this node would have followed { $would } instead of { $was }, and it still would on another chain.
tree-what-if-waited = It would have waited for the block before it, until { $time }.
tree-what-if-dated = That is before the date in its header: it had hardly been found.
tree-what-if-doubtful = { $count ->
    [one] { $count } block was found here on a tip that this node would not have had; it might have been another.
   *[other] { $count } blocks were found here on tips that this node would not have had; they might have been others.
}
tree-what-if-others = The blocks stay as they were recorded: nobody knows what others would have found.
tree-what-if-was = As it was
tree-what-if-would = As it would have been
