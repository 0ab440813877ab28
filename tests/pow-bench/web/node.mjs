// The field in Node.js: prints its names, then a round's rates for each line that it reads. Arguments: the folder of our
// wasm, and the folder of the npm packages.

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

import { openField } from "./field.mjs";

const [wasmFolder, packageFolder] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(file));
const module = async (build) => {
  const ours = await load(join(wasmFolder, build, "tabchain_pow_bench.js"));
  await ours.default({ module_or_path: await readFile(join(wasmFolder, build, "tabchain_pow_bench_bg.wasm")) });
  return ours;
};
const noble = {};
for (const part of ["sha2", "scrypt", "argon2", "blake3"]) {
  Object.assign(noble, await load(join(packageFolder, "@noble/hashes", `${part}.js`)));
}
const field = await openField({
  plain: await module("plain"),
  simd: await module("simd"),
  hashWasm: createRequire(join(packageFolder, "/"))("hash-wasm"),
  noble,
});
console.log(JSON.stringify(field.names));
for await (const _ of createInterface({ input: process.stdin })) {
  console.log(JSON.stringify(await field.round()));
}
