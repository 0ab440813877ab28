//! The hashing loops that `cargo xtask bench pow` compares, one list for a native build and one for wasm.
//!
//! Ours are the very loops that miners run, with a target that no hash meets. Beside them stands what a program without
//! such a loop would do with the crate `sha2`: hash 80 bytes twice, or keep the midstate. What JavaScript has to offer is
//! in `web/field.mjs`.

use std::hint::black_box;

use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::pow::{Algorithm, Kernel};
use tabchain_shared::primitives::{CompactTarget, Header};
use wasm_bindgen::prelude::wasm_bindgen;

/// No hash meets it in the lifetime of a benchmark.
const UNREACHABLE: CompactTarget = CompactTarget(0x0300_0001);

/// Tries as many nonces as it is told, from the first one on.
type Loop = Box<dyn FnMut(u32, u32)>;

pub struct Contestant {
    pub algorithm: Algorithm,
    /// What tells it from the others of its algorithm.
    pub name: String,
    run: Loop,
}

impl Contestant {
    fn new(algorithm: Algorithm, name: impl Into<String>, run: impl FnMut(u32, u32) + 'static) -> Self {
        Self { algorithm, name: name.into(), run: Box::new(run) }
    }

    pub fn run(&mut self, start: u32, count: u32) {
        (self.run)(start, count);
    }
}

/// Everything that this build can run.
pub fn contestants() -> Vec<Contestant> {
    let header = Header { bits: UNREACHABLE, ..Params::classroom().genesis().header };
    let target = UNREACHABLE.to_target().expect("a positive number of three bytes");
    let kernels = Kernel::available().into_iter();
    let ours = kernels.map(|kernel| {
        let mut search = NonceSearch::new(Algorithm::Sha256d, &header, target, kernel);
        Contestant::new(Algorithm::Sha256d, kernel.name(), move |start, count| {
            black_box(search.run(start, count));
        })
    });
    let sha2 = [
        Contestant::new(Algorithm::Sha256d, "sha2 naive", move |start, count| sha2_naive(header, start, count)),
        Contestant::new(Algorithm::Sha256d, "sha2 midstate", move |start, count| sha2_midstate(header, start, count)),
    ];
    let others = Algorithm::LIVE.into_iter().filter(|algorithm| *algorithm != Algorithm::Sha256d);
    let others = others.map(|algorithm| {
        // The fastest is the last: `available` lists them from narrow to wide.
        let kernel = Kernel::available().pop().expect("every build has one");
        let mut search = NonceSearch::new(algorithm, &header, target, kernel);
        Contestant::new(algorithm, "tabchain", move |start, count| {
            black_box(search.run(start, count));
        })
    });
    ours.chain(sha2).chain(others).collect()
}

/// What the definition says: both hashes from their beginning.
fn sha2_naive(header: Header, start: u32, count: u32) {
    let mut bytes = header.to_array();
    for offset in 0..count {
        bytes[76..].copy_from_slice(&start.wrapping_add(offset).to_le_bytes());
        let hash = Sha256::digest(Sha256::digest(bytes));
        // No target is met; the comparison keeps the hash from being left out.
        black_box(hash[31] == 0 && hash[30] == 0 && hash[29] == 0 && hash[28] == 0);
    }
}

/// What everybody does who mines with a library: the first 64 bytes are hashed once.
fn sha2_midstate(header: Header, start: u32, count: u32) {
    const INITIAL_STATE: [u32; 8] =
        [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
    let bytes = header.to_array();
    let (head, rest) = bytes.split_first_chunk::<64>().expect("a header has 80 bytes");
    let mut midstate = INITIAL_STATE;
    compress256(&mut midstate, &[*head]);
    let mut tail = [0; 64];
    tail[..16].copy_from_slice(rest);
    tail[16] = 0x80;
    tail[56..].copy_from_slice(&(80_u64 * 8).to_be_bytes());
    let mut outer = [0; 64];
    outer[32] = 0x80;
    outer[56..].copy_from_slice(&(32_u64 * 8).to_be_bytes());
    for offset in 0..count {
        tail[12..16].copy_from_slice(&start.wrapping_add(offset).to_le_bytes());
        let mut inner = midstate;
        compress256(&mut inner, &[tail]);
        for (bytes, word) in outer.chunks_exact_mut(4).zip(inner) {
            bytes.copy_from_slice(&word.to_be_bytes());
        }
        let mut state = INITIAL_STATE;
        compress256(&mut state, &[outer]);
        black_box(state[7] == 0);
    }
}

/// The contestants, as JavaScript sees them.
#[wasm_bindgen]
pub struct Field(Vec<Contestant>);

#[wasm_bindgen]
impl Field {
    #[wasm_bindgen(constructor)]
    #[expect(clippy::new_without_default, reason = "JavaScript knows no Default")]
    pub fn new() -> Self {
        Self(contestants())
    }

    /// A JSON list of `[algorithm, name]`.
    pub fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|contestant| (contestant.algorithm.name(), &contestant.name)).collect();
        serde_json::to_string(&names).expect("texts are plain data")
    }

    /// The algorithm's hash of a header, for what JavaScript's packages must agree with.
    pub fn hash(algorithm: &str, header: &[u8]) -> Vec<u8> {
        let algorithm = Algorithm::LIVE.into_iter().find(|known| known.name() == algorithm).expect("one of `names`");
        algorithm.hash(header.try_into().expect("a header has 80 bytes")).to_vec()
    }

    /// Lets one of them try nonces. The index is a position in [`Field::names`].
    pub fn run(&mut self, index: usize, start: u32, count: u32) {
        self.0[index].run(start, count);
    }
}
