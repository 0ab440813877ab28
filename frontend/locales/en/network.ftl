### The picture of the network on `/control`: nodes, links, tips, and what a host does to links.

network-title = Network
network-looking = Looking at the network.
network-cut-done = Cut. { $a } and { $b } stay apart until you link them again.
network-linked = { $a } and { $b } are linked again.

network-nodes = { $count ->
    [one] { $count } node
   *[other] { $count } nodes
}
network-links = { $count ->
    [one] { $count } link
   *[other] { $count } links
}

## The picture in words

network-summary = { $nodes } and { $links }.
network-summary-direct = { $nodes } and { $links }, { $count } of them from browser to browser.
network-drawn = { $nodes } are drawn, and the links between those.
network-no-tip = Nobody has told of a tip yet.
network-one-tip = All follow one tip, at height { $height }.
network-many-tips = They follow { $count } tips.
network-tips = { $count } tips: { $list }.
network-tip-nodes = { $nodes } at height { $height }
network-in-parts = The network is in { $count } parts that cannot reach each other.
network-faults = { $count ->
    [one] { $count } link has a fault.
   *[other] { $count } links have a fault.
}
network-cuts = { $count ->
    [one] { $count } link is cut by hand.
   *[other] { $count } links are cut by hand.
}

## Nodes and links

network-height = height { $height }
network-mining = mining
network-part = part { $number }
network-tab = tab
network-relay = relay
network-native = native node
network-carried = over the relay
network-webrtc = WebRTC
network-opening = opening
network-cut = cut
network-as-before = { $name } sends as before: it does not follow you, or has not said yet.
network-nobody-yet = Neither node has said yet that it does so.
network-keys = Nodes. Arrow keys move among them, Space selects one, L looks at its links one after the other, Delete cuts the link that is looked at.

## Parts

network-divide = Divide the network
network-select = Select nodes to part them
network-part-selected = Part { $nodes } from the rest
network-heal = Heal the network
network-parted = { $nodes } and the others cannot reach each other any more: { $links } cut.
network-healed = The network is whole again: { $links } made.

## The link that is looked at

network-legend = What the picture shows
network-hint = Press a link to look at it, pull it apart to cut it. A block moves along the link that its receiver names; in what order is known, how fast is not.
network-link = Link
network-none-chosen = none chosen
network-link-does = What this link does
network-delay = Delay, ms
network-jitter = Jitter, ms
network-loss = Loss, %
network-limit = Limit, kB/s
network-apply = Apply
network-mend = Mend
network-cut-button = Cut
network-link-again = Link again
network-told = Both ends were told: { $fault }.
network-mended = The link is as good as it was.
network-write-number = { $field }: write a number, such as 200, or nothing.
network-write-fault = Write what the link is to do, for example a delay of 2000 ms; Mend takes it away again.
network-choice-cut = { $names } (cut)

## The table

network-table = The same as a table
network-table-label = The network as a table
network-col-node = Node
network-col-kind = Kind
network-col-tip = Tip
network-col-linked = Linked with
network-attacker = dishonest tab
