// A simulated network as wasm: seconds of processor time for so many blocks, the best of some rounds. The first blocks are not
// measured: meanwhile the compiler does its best.
// Arguments: the folder of our wasm, how many nodes, how many blocks a round, and how many rounds.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [wasmFolder, nodes, blocks, rounds] = process.argv.slice(2);
const ours = await import(pathToFileURL(join(wasmFolder, "tabchain_pow_bench.js")));
await ours.default({ module_or_path: await readFile(join(wasmFolder, "tabchain_pow_bench_bg.wasm")) });
const simulation = new ours.Simulation(Number(nodes));
let found = Number(blocks);
simulation.run(found);
let best = Infinity;
for (let round = 0; round < Number(rounds); round += 1) {
  const start = process.cpuUsage();
  found += Number(blocks);
  simulation.run(found);
  const { user, system } = process.cpuUsage(start);
  best = Math.min(best, (user + system) / 1e6);
}
console.log(best);
