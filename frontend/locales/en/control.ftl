### `/control`: the host's panel.

control-limit-examples = Write the limit as hashes per second, like 4, 20000, 20k or 1.5M, or as a part of each machine, like 25%; leave it empty for none.

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
