// How long the checks take that no node can leave out: seconds for the blocks of a file, the best of some rounds.
// Arguments: the folder of our wasm, the file, and how many rounds.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [wasmFolder, file, rounds] = process.argv.slice(2);
const ours = await import(pathToFileURL(join(wasmFolder, "tabchain_pow_bench.js")));
await ours.default({ module_or_path: await readFile(join(wasmFolder, "tabchain_pow_bench_bg.wasm")) });
const blocks = await readFile(file);
let best = Infinity;
for (let round = 0; round < Number(rounds); round += 1) {
  const start = performance.now();
  ours.judge_blocks(blocks);
  best = Math.min(best, performance.now() - start);
}
console.log(best / 1000);
