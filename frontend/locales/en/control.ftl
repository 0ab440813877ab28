### `/control`: the host's panel.

control-limit-examples = Write the limit as hashes per second, like 4, 20000, 20k or 1.5M, or as a part of each machine, like 25%; leave it empty for none.
