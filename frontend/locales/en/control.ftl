### `/control`: the host's panel.

control-title = Control panel
control-failing = { $reason } What you see is from { $since }. Trying again every second.
control-steering = You are steering
control-watching = Watching only: open the relay's operator link to steer
control-fact-network = Network
control-fact-height = Height
control-fact-difficulty = Difficulty
control-fact-waiting = Waiting
control-fact-hashrate = All together

## The way in

control-join = Join
control-join-for = What the link is for
control-join-to-mine = and mine
control-join-to-watch = to watch
control-join-link = Join link
control-join-mines = Opening it agrees to mining on that device, and says so there.
control-join-asks = Each person is asked before anything mines on their device.
control-join-local = Phones cannot open this link. Start the relay with { $flag } and open this panel by the machine's network address.

## The picture in the middle

control-stage = The picture
control-stage-chain = Chain
control-stage-network = Network
control-stage-charts = Charts

## Nodes

control-nodes = Nodes
control-nodes-of = { $shown } of { $all }
control-nodes-count = { $count ->
    [one] { $count } node
   *[other] { $count } nodes
}
control-nodes-filter = Filter by name, id or address
control-nodes-none-fits = No node has that in its name, id or address.
control-column-node = Node
control-column-height = Height
control-column-tip = Tip
control-column-hashrate = Hash rate
control-column-share = Proven share
control-column-balance = Balance
control-column-links = Links
control-column-orders = Orders
control-select-shown = Select all that are shown
control-select-node = Select { $name }
control-kind-tab = tab
control-kind-relay = relay
control-kind-this-relay = this relay
control-on-its-own = on its own
control-on-its-own-why = Its person has switched off following the host
control-proven = Proven by its shares of the last minute: { $rate }
control-doubt-unproven = unproven
control-doubt-unproven-why = claims to hash and proves nothing
control-doubt-more = doubted
control-doubt-more-why = claims more than it proves
control-waits-clock = waits for the clock
control-waits-clock-why = should mine and waits: blocks came faster than the clock goes, so the chain’s dates are ahead of it
control-waits-chain = fetches the chain
control-waits-chain-why = should mine and waits: it fetches a better chain first
control-waits-waking = wakes up
control-waits-waking-why = should mine and waits: it has slept and catches up with the network first
control-start = Start
control-stop = Stop
control-start-node = Start mining on { $name }
control-stop-node = Stop mining on { $name }
control-send-to = Send to …
control-send-to-node = Send to { $name }

## Orders to nodes

control-limit = Limit
control-limit-none = none
control-limit-in-force = { $count ->
    [one] limit in force: { $limit } on { $count } node
   *[other] limit in force: { $limit } on each of { $count } nodes
}
control-limit-several = limits in force: different ones on { $count } nodes
control-limit-of-node = at most { $limit }
control-limit-label = Hashes per second, or percent of the machine, for each node
control-limit-examples = Write the limit as hashes per second, like 4, 20000, 20k or 1.5M, or as a part of each machine, like 25%; leave it empty for none.
control-start-all = Start all
control-stop-all = Stop all
control-start-selected = Start selected
control-stop-selected = Stop selected
control-one-node = The node for one block, or for a share
control-mine-one = Mine one block
control-share-label = Percent of the hash rate of all
control-share-set-button = % share: set
control-share-why = Limits hash rates until the chosen node has this share of all that is proven
control-share-bad = Write the share in percent, above 0 and below 100, like 30.
control-share-node-rests = { $name } proves no hash rate: start mining there without a limit, and wait until its shares show how fast it is.
control-share-others-rest = Nobody else proves a hash rate: start mining on other nodes, and { $name } can have a share.
control-share-set = { $name } gets { $percent } % of the hash rate; slowed for it: { $who }. It shows within a minute.
control-order-started = { $who }: started mining
control-order-stopped = { $who }: stopped mining
control-order-one-block = { $who }: mines one block
control-order-refused = { $name } refused: { $reason }

## Payments

control-side = Payments and parameters
control-payment = Payment
control-from = From
control-to = To
control-amount = Amount
control-send = Send
control-sent = Sent (…{ $txid }).
control-two-nodes = It takes two nodes: open another tab.
control-bad-amount = Amount: { $reason }.

control-traffic = Traffic
control-traffic-rate = A second
control-traffic-count = In all
control-traffic-each = TAB each
control-traffic-among-all = Real payments, at random between all nodes that follow the host.
control-traffic-among = { $count ->
    [one] Real payments from the selected node: select one more.
   *[other] Real payments, at random between the { $count } selected nodes.
}
control-traffic-ends = This page sends them: they end when it is closed.
control-traffic-start = Start traffic
control-traffic-stop = Stop traffic
control-traffic-tally = { $sent ->
    [one] { $sent } payment sent, { $refused } refused.
   *[other] { $sent } payments sent, { $refused } refused.
}
control-traffic-nobody = Waiting: nobody has coins to send to somebody else. Have a node mine a block.
control-traffic-refused-often = Stopped, because all were refused.
control-traffic-bad-rate = Payments a second: write a number above 0, at most { $most }.
control-traffic-bad-count = Payments in all: write a whole number from 1 to { $most }.

## The network's parameters

control-about = Parameters
control-about-loading = Asking the relay …
control-about-interval = A block every
control-about-interval-value = { $time }, on average
control-about-difficulty = Difficulty
control-about-retarget = It changes
control-about-half-life = with every block; blocks that are { $time } behind schedule halve it
control-about-never = never
control-about-work = Proof of work
control-about-subsidy = New coins
control-about-halving = They halve
control-about-halving-value = every { $blocks } blocks
control-about-size = Block size
control-about-size-value = at most { $bytes } bytes
control-about-future = Dates ahead
control-about-future-now = { $most } at most; the newest block is { $now } ahead of the clock
control-difficulty-rising = { $now }, rising: a block every { $observed } lately (last { $count }), { $wanted } are wanted
control-difficulty-easing = { $now }, easing: a block every { $observed } lately (last { $count }), { $wanted } are wanted
control-difficulty-stall = { $now }, easing after a stall: observed { $observed }
control-difficulty-steady = { $now }, steady: a block every { $observed } lately (last { $count }), { $wanted } are wanted

## What happened

control-journal = What happened
control-journal-empty = Blocks, arrivals and answers appear here.
control-journal-topic = Which lines are shown
control-topic-all = All
control-topic-blocks = Blocks
control-topic-nodes = Nodes
control-topic-payments = Payments
control-topic-orders = Answers
control-event-block = { $payments ->
    [0] Block { $height } by { $miner }
    [one] Block { $height } by { $miner }, { $payments } payment
   *[other] Block { $height } by { $miner }, { $payments } payments
}
control-event-reorg = { $lost ->
    [one] Reorg above block { $height }: { $lost } block replaced by { $won }
   *[other] Reorg above block { $height }: { $lost } blocks replaced by { $won }
}
control-event-payment = { $from } pays { $to } { $amount }
control-event-joined = { $name } joined
control-event-left = { $name } left
control-event-links = Links: { $made } made, { $cut } cut
control-event-gap = Some lines are missing here. Everything else on the panel is as it is now.
control-events-broken = The relay's events do not come: { $reason } The panel looks every second instead, and tries again.
control-events-nonsense = they make no sense here.

## The session as a file

control-session-save = Save session
control-session-why = Chain, nodes, events and figures as one file, which “tabchain verify” judges
control-session-failed = The session could not be saved: { $reason }

## Links

control-links = Links
control-links-change = Change the links
control-links-count = { $count ->
    [one] { $count } link
   *[other] { $count } links
}
control-links-webrtc = { $count } over WebRTC
control-links-cut = { $count } cut by hand
control-links-none = Open two tabs to see a link.
control-links-more = { $count ->
    [one] and { $count } more link
   *[other] and { $count } more links
}
control-shape = Topology
control-shape-random = Random
control-shape-mesh = Mesh
control-shape-mesh-why = Mesh: everyone with everyone
control-shape-star = Star
control-shape-star-why = Star: all with the relay only
control-shape-ring = Ring
control-shape-ring-why = Ring: two neighbours each
control-shape-set = { $shape }: { $made ->
    [one] { $made } link made
   *[other] { $made } links made
}, { $cut } cut.
control-random-each = { $count ->
    [one] Random, { $count } other each
   *[other] Random, { $count } others each
}
control-degree = Others each
control-bad-degree = Others each: write a whole number, such as 8.
control-apply = Apply
control-link = Link
control-link-with = with
control-link-make = Make link
control-linked = Linked; it stays whatever the topology asks for, until you set one.
control-linked-already = They were linked already; now it is your link.
control-link-cut = Cut. { $a } and { $b } stay apart until you link them again or apply a topology.
control-cut = Cut
control-cut-link = Cut the link between { $a } and { $b }
control-by-hand = by hand
control-way-relay = over the relay
control-way-opening = opening
control-way-changing = changing

## Charts

control-chart-empty = Nothing was measured yet.
control-chart-table = Figures
control-chart-time = Time
control-chart-height = Height
control-chart-from = From
control-chart-csv-label = CSV: { $title }
control-chart-png-label = PNG: { $title }
control-chart-hashrate = Hash rate
control-chart-hashrate-about = { $rate } proven now by shares; the last hour
control-chart-proven = proven
control-chart-claimed = claimed
control-chart-intervals = Between blocks
control-chart-intervals-about = Of the last { $count }: { $observed } on average, { $wanted } wanted
control-chart-found = blocks
control-chart-expected = expected by chance
control-chart-difficulty = Difficulty
control-chart-difficulty-about = { $difficulty } times the easiest, from the headers
control-chart-propagation = Propagation
control-chart-propagation-about = Median { $median } ms of { $count }, from a header heard to its block stored at the relay
control-chart-millis = milliseconds
control-chart-stale = Stale blocks
control-chart-stale-about = { $count } in all, { $percent } of the blocks that the relay knows
control-chart-stale-percent = percent
control-chart-mempool = Waiting payments
control-chart-mempool-about = { $count } wait now; the last hour
control-chart-waiting = payments

## What a host does first

control-steps = Your first three steps
control-steps-close = Got it
control-step-done = done:
control-step-share = Share the link
control-step-share-how = Show the QR code or send the link. Whoever opens it is a node of this network.
control-step-mine = Start mining
control-step-mine-how = Start all nodes, or one of them: who finds a block earns its coins.
control-step-pay = Send a payment
control-step-pay-how = From any node to any other. It waits, and then stands in a block.
control-join-large = Show large
control-join-close = Close
control-chart-intervals-none = No two blocks yet; { $wanted } wanted
control-event-linked = { $links } linked
control-event-unlinked = { $links } not linked any more
