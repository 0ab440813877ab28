### `/`: this tab's node.

my-node-blocks = Blocks
my-node-this-node = this node
my-node-balance = Balance
my-node-once-mined = { $coins } can be spent now
my-node-address = Address
my-node-height = Height
my-node-tip = Tip
my-node-difficulty = Difficulty

## How far the node has come

my-node-not-started = Not started
my-node-reading-back = Reading its own chain back: { $count ->
    [one] { $count } block
   *[other] { $count } blocks
} so far
my-node-no-answer = Connected, but no other node answers
my-node-alone = No other node here
my-node-weighing = Weighing a long chain: { $have } of { $of } headers
my-node-learning-headers = Learning headers: { $have } of { $of }
my-node-catching-up = Catching up: { $have } of { $of } blocks
my-node-current = Up to date

## The one button, and how it goes

my-node-what = Tabchain is a blockchain that lives in browser tabs. This tab is one of its nodes: it checks every block itself.
my-node-press = Press the button, and this device looks for the next block. Whoever finds it earns play coins.
my-node-getting-ready = Getting ready…
my-node-start-mining = Start mining
my-node-stop-mining = Stop mining
my-node-found = { $count ->
    [one] { $count } block found
   *[other] { $count } blocks found
}
my-node-energy-about = About { $energy } a block (a rough figure: { $watts } W a busy core)
my-node-energy-at-most = At most { $energy } a block (a rough figure: { $watts } W a busy core)
my-node-mining = Mining
my-node-mining-on = on
my-node-mining-to-go = { $count ->
    [one] on, { $count } block to go
   *[other] on, { $count } blocks to go
}
my-node-mining-off = off
my-node-network = Network
my-node-connecting = connecting
my-node-connected = connected since { $time }
my-node-connected-to = connected to { $relay } since { $time }
my-node-looking = looking for the relay since { $time }
my-node-offline = switched off at { $time }
my-node-hashing-now = Hashing now
my-node-hashing-yes = yes
my-node-hashing-no = no
my-node-hashing-starting = starting
my-node-hashing-hindered = no, something is in the way
my-node-waits-slept = it slept for { $duration } and catches up with the network first
my-node-waits-catching-up = it is catching up with the network first
my-node-waits-dates = the chain's dates are ahead of the clock; mining goes on in { $duration }
my-node-peers = Peers
my-node-paused-hidden = paused: this tab is hidden
my-node-paused-battery = paused: the battery is low

## The question before the first hash

my-node-agree-title = Mine on this device?
my-node-agree-host-asks = The host asks this device to mine
my-node-agree-processor = Mining keeps this device's processor busy: the device gets warm, and a battery empties faster.
my-node-agree-coins = It earns play coins of this network, and nothing else.
my-node-agree-stop = You can stop it at any time. While “Follow the host” is on in the settings, the host can start and stop it too, and pay with this node’s coins.
my-node-agree-yes = Mine on this device
my-node-agree-not-now = Not now
my-node-share-title = How much of this machine
my-node-share-all = All of it
my-node-share-half = Half
my-node-share-little = Little
my-node-cores = { $count ->
    [one] { $count } core
   *[other] { $count } cores
}

## What waits, and who is linked

my-node-waiting = Waiting to be mined
my-node-none-waits = No payment waits.
my-node-waiting-more = and { $count } more
my-node-waiting-fee = fee { $fee }
my-node-you = you
my-node-linked = Linked nodes
my-node-none-linked = No other node is linked to this one.
my-node-link-direct = direct
my-node-link-carried = by way of the relay
my-node-round-trip = { $millis } ms
my-node-kind-tab = tab
my-node-kind-relay = relay
my-node-peer-showed = showed block { $height } last, { $ago }
my-node-peer-ahead = ahead, at block { $height }
my-node-peer-level = same height

## Settings

my-node-settings = Settings
my-node-name = Name
my-node-name-save = Save
my-node-name-saved = Saved.
my-node-name-length = A name has 1 to 64 characters.
my-node-name-ordinary = A name is one line of ordinary characters.
my-node-name-refused = Not renamed: { $reason }.
my-node-follow = Follow the host
my-node-follow-why = The host's panel may start and stop mining here, send this node's money, and make its links slow or lossy.
my-node-offline-switch = Work offline
my-node-offline-why = Leave the network and go on alone, to see what a split does to a chain.
my-node-workers = Miner workers
my-node-workers-switched = The newest job reached all of them within { $millis } ms.
my-node-pause-hidden = Pause when hidden
my-node-pause-hidden-why = Miners rest while another tab or window covers this one.
my-node-pause-battery = Pause on low battery
my-node-battery-why = Miners rest at { $percent } % and below, unless it is charging.
my-node-battery-unknown = This browser does not tell pages about its battery.
my-node-agreed = You agreed to mining on this device.
my-node-not-agreed = Nothing mines here before you have agreed to it.
my-node-withdraw = Withdraw
my-node-compare = Compare with another node's tip
my-node-compare-hint = height and hash, as its page shows them
my-node-compare-button = Compare
my-node-compare-both = Type the block's height, a space, and its hash of 64 digits.
my-node-compare-no-height = { $height } is no height: it has only digits.
my-node-compare-no-hash = A hash has 64 digits, 0 to 9 and a to f.
my-node-compare-refused = Not compared: { $reason }.
my-node-compare-asked = This node asks its peers for that block. If none of them shows it, an alarm comes up in half a minute.

## Notices

my-node-reload = Reload this page
my-node-relay-gone-alone = The relay has been gone since { $time }. This node keeps its chain, goes on by itself and reconnects when the relay is back.
my-node-relay-gone-alone-others = The relay has been gone since { $time }. This node keeps its chain, goes on by itself and reconnects when it or another relay answers.
my-node-relay-gone-linked = The relay has been gone since { $time }. This node keeps its chain, goes on over { $count ->
    [one] { $count } direct link
   *[other] { $count } direct links
} and reconnects when the relay is back.
my-node-relay-gone-linked-others = The relay has been gone since { $time }. This node keeps its chain, goes on over { $count ->
    [one] { $count } direct link
   *[other] { $count } direct links
} and reconnects when it or another relay answers.
my-node-slept = This tab slept for { $duration }; it catches up with the network before it mines.
my-node-alarm-stuck = The network follows a chain that this node cannot change to: it parted from this node's chain so long ago that old blocks are needed, and they cannot be read back from this device's storage. Start this node anew (reload the page), and it fetches them from its peers.
my-node-alarm-unshown = Another source follows block { $hash } at height { $height }, and none of this node's peers has shown it: they are cut off from the network, or keep blocks from this node. Connect to another relay, or ask others what their nodes show.
my-node-alarm-withheld = A chain with more work than this node's is known, and no peer gives its blocks: they may be gone, or be kept from this node. Connect to other nodes; until then this node goes on with what it has.
my-node-miners-plain = The fast miner could not be started, so this tab mines with the plain one, several times slower. Reload the page to try the fast one again.
my-node-miners-blocked = This browser does not let the page start miner workers, so this tab cannot mine; a content blocker may be why. Its node still checks every block and payment. Start mining again to retry.
my-node-miners-dying = Miner workers have failed again and again, so there are fewer now. Reload the page to start all of them.
my-node-stale-tip = No block has come for { $quiet }, though almost all come within { $usual }: nobody mines, or this node's peers keep blocks from it.
my-node-restarted = The node failed at { $time } and was started again; its chain, its key and its money are where they were. ({ $reason })
my-node-other-tab = { $wish } is open in another tab; this one is { $name }.
my-node-same-name = Another node is called { $name } too. Give this one a name of its own in the settings below.
my-node-saving-stopped = No more blocks are saved: { $reason }. The node goes on in this tab's memory, and its key is kept. Reload this page when there is room; it then fetches what was not saved.
my-node-memory-only = Nothing is saved: { $reason }. The node works, but its chain, its keys and its money are gone when this tab closes. The recovery phrase in the settings brings the key back.
my-node-storage-silent = this browser's storage does not answer
my-node-storage-full = this browser's storage is full
my-node-storage-refused = this browser gives this page no storage
my-node-storage-key-unreadable = the key that is stored here could not be read and was left untouched
my-node-storage-cleared = this browser has cleared what this page had saved
my-node-storage-failed = this browser's storage failed: { $error }
my-node-storage-elsewhere = this node is open in another tab
my-node-ended = The node stopped: this node is open in another tab; close one of them and reload.
my-node-no-worker = This browser cannot start the worker that holds the node.
my-node-no-program = its program could not be loaded
my-node-silent = it did not answer any more
my-node-keeps-failing = The node stopped { $count } times in a row, at last with: { $reason }.
my-node-failed-unanswered = the node failed before it answered; see whether it was done, and try again
my-node-joined = You joined with a link that lets the host mine on this device. Mining keeps its processor busy, warms it and drains a battery; you can stop it at any time, and choose pauses in the settings below.
my-node-joined-read = I have read this
my-node-joined-withdraw = Do not mine here
my-node-host-asks = The host asks this device to mine.
my-node-host-answer = Answer
my-node-clock-ahead = This machine's clock is { $off } ahead of the relay's. Other nodes hold back blocks that are mined here with a date too far in their future; set the clock, then reload this page.
my-node-clock-behind = This machine's clock is { $off } behind the relay's. Blocks of other nodes may look as if they came from the future and have to wait; set the clock, then reload this page.
my-node-clock-behind-held = This machine's clock is { $off } behind the relay's, so { $count ->
    [one] { $count } block of other nodes waits
   *[other] { $count } blocks of other nodes wait
} here until it has reached their date. Set the clock, then reload this page.
my-node-reorg = At { $time } a longer chain won: { $lost ->
    [one] { $lost } block was
   *[other] { $lost } blocks were
} replaced by { $won }{ $returned ->
    [0] .
    [one] , { $returned } payment went back to the queue.
   *[other] , { $returned } payments went back to the queue.
}

## What the host does to links

my-node-host-parts = The host has divided the network into { $count } parts that cannot reach each other; this node is in part { $number }.
my-node-host-cut-one = The host has cut your link to { $who }.
my-node-host-cut = The host has cut your links to { $who }.
my-node-host-fault-one = The host has put { $fault } on your link to { $who }.
my-node-host-fault = The host has put { $fault } on your links to { $who }.
my-node-host-not-followed = This node does not follow the host and sends as before; what comes to it may be late.
my-node-nameless = node { $id }
my-node-many-nodes = { $count } nodes
my-node-plays-selfish = The host has this tab play the selfish miner: it keeps the blocks that it finds to itself, and shows them when that costs the others most.
my-node-hides = { $count ->
    [one] It hides one block now.
   *[other] It hides { $count } blocks now.
}
my-node-plays-withholder = The host has this tab withhold blocks: it keeps those that it finds to itself, and shows them as a table says.
my-node-plays-double-spender = The host has this tab play the double-spender: it pays a merchant, and mines in secret what takes the payment back. So far { $won } of { $count } attempts succeeded.
my-node-plays-merchant = The host has this tab play a merchant: it delivers after { $count ->
    [one] { $count } confirmation
   *[other] { $count } confirmations
}.
my-node-sold = Delivered: { $count }, of these taken back: { $lost }; waiting: { $waiting }.
my-node-is-off = You have taken this node off the network: it hears nobody, and nobody hears it.
my-node-go-back = Go back to the network
