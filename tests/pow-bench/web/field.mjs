// The contestants of a JavaScript engine (Node.js or a browser): our wasm, and what npm offers. Each batch is timed by
// itself; `round` lets everyone run one, in turn, so that a slow moment of the machine hits all alike.

const BATCH_MILLIS = 25;

// As in shared/src/pow/argon2id.rs; `openField` fails if they are not.
const ARGON2_SALT = "Tabchain proof of work";
const ARGON2_KIB = 128;

/// `plain` and `simd` are our module without and with SIMD instructions, as wasm-bindgen made it, initialised; `hashWasm` and
/// `noble` are the packages.
export async function openField({ plain, simd, hashWasm, noble }) {
  const contestants = [
    ...ours(new plain.Field(), (name) => `${name}, no SIMD`),
    ...ours(new simd.Field(), (name) => name),
  ];
  const others = packages(hashWasm, noble, await hashers(hashWasm));
  for (const { algorithm, name, hash } of others) {
    const wanted = plain.Field.hash(algorithm, header(7));
    const given = await hash(header(7));
    if (wanted.join() !== given.join()) throw new Error(`${name} computes another ${algorithm}`);
  }
  for (const { algorithm, name, hash, isAsync } of others) {
    contestants.push({ algorithm, name, run: (isAsync ? slowLoop : loop)(hash) });
  }
  for (const contestant of contestants) contestant.count = await calibrate(contestant);
  return {
    names: contestants.map(({ algorithm, name }) => [algorithm, name]),
    /// Hashes per second of one batch of each.
    async round() {
      const rates = [];
      for (const contestant of contestants) {
        const millis = await timed(contestant, contestant.count);
        rates.push((contestant.count * 1000) / millis);
      }
      return rates;
    },
  };
}

function ours(field, named) {
  const names = JSON.parse(field.names());
  return names.map(([algorithm, name], index) => ({
    algorithm,
    name: named(name),
    run: (start, count) => field.run(index, start, count),
  }));
}

/// How many hashes take about a batch's time, found with code that is warm by then. Twice, because the first may have been
/// held up.
async function calibrate(contestant) {
  for (let count = 1; ; count *= 2) {
    const millis = Math.min(await timed(contestant, count), await timed(contestant, count));
    if (millis >= BATCH_MILLIS / 2) return Math.max(1, Math.round((count * BATCH_MILLIS) / millis));
  }
}

async function timed(contestant, count) {
  const begun = performance.now();
  await contestant.run(0, count);
  return performance.now() - begun;
}

const bytes = new Uint8Array(80).map((_, index) => (index * 73 + 11) & 255);
const view = new DataView(bytes.buffer);

/// An 80-byte header with that nonce; everything else is as good as random.
function header(nonce) {
  view.setUint32(76, nonce >>> 0, true);
  return bytes;
}

const loop = (hash) => (start, count) => {
  for (let offset = 0; offset < count; offset += 1) hash(header(start + offset));
};

const slowLoop = (hash) => async (start, count) => {
  for (let offset = 0; offset < count; offset += 1) await hash(header(start + offset));
};

/// What hash-wasm makes once and uses again, which is its fastest way.
async function hashers(hashWasm) {
  return { sha256: await hashWasm.createSHA256(), blake3: await hashWasm.createBLAKE3() };
}

/// One header's proof-of-work hash with each package, with the parameters of shared/src/pow.
function packages(hashWasm, noble, { sha256, blake3 }) {
  const once = (hasher, message) => hasher.init().update(message).digest("binary");
  const common = { parallelism: 1, hashLength: 32, outputType: "binary" };
  const scrypt = { costFactor: 1024, blockSize: 1, ...common };
  const salt = new TextEncoder().encode(ARGON2_SALT);
  const argon2id = { salt, iterations: 1, memorySize: ARGON2_KIB, ...common };
  return [
    { algorithm: "sha256d", name: "hash-wasm", hash: (message) => once(sha256, once(sha256, message)) },
    { algorithm: "sha256d", name: "@noble/hashes", hash: (message) => noble.sha256(noble.sha256(message)) },
    {
      algorithm: "scrypt",
      name: "hash-wasm",
      isAsync: true,
      hash: (message) => hashWasm.scrypt({ password: message, salt: message, ...scrypt }),
    },
    {
      algorithm: "scrypt",
      name: "@noble/hashes",
      hash: (message) => noble.scrypt(message, message, { N: 1024, r: 1, p: 1, dkLen: 32 }),
    },
    {
      algorithm: "argon2id",
      name: "hash-wasm",
      isAsync: true,
      hash: (message) => hashWasm.argon2id({ password: message, ...argon2id }),
    },
    {
      algorithm: "argon2id",
      name: "@noble/hashes",
      hash: (message) => noble.argon2id(message, salt, { t: 1, m: ARGON2_KIB, p: 1, dkLen: 32 }),
    },
    { algorithm: "blake3", name: "hash-wasm", hash: (message) => once(blake3, message) },
    { algorithm: "blake3", name: "@noble/hashes", hash: (message) => noble.blake3(message) },
  ];
}
