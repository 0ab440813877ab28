//! The hashing loops that `cargo xtask bench pow` compares, one list for a native build and one for wasm.
//!
//! Ours are the very loops that miners run, with a target that no hash meets. Beside them stands what a program without
//! such a loop would do with the crate `sha2`: hash 80 bytes twice, or keep the midstate, which is what our miners do where
//! no loop of ours runs. What JavaScript has to offer is in `web/field.mjs`.

pub mod lab;
pub mod limit;

use std::hint::black_box;

use sha2::{Digest, Sha256};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::pow::{Algorithm, Kernel};
use tabchain_shared::primitives::{CompactTarget, Header};
use wasm_bindgen::prelude::wasm_bindgen;

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
    let header = Header { bits: CompactTarget::HARDEST, ..Params::classroom().genesis().header };
    let target = CompactTarget::HARDEST.to_target().expect("1 is a target");
    let kernels = Kernel::available().into_iter();
    let ours = kernels.map(|kernel| {
        let mut search = NonceSearch::new(Algorithm::Sha256d, &header, target, kernel);
        // That kernel is what everybody does who mines with the crate: the first 64 bytes are hashed once.
        let name = if kernel == Kernel::Sha2 { "sha2 midstate" } else { kernel.name() };
        Contestant::new(Algorithm::Sha256d, name, move |start, count| {
            black_box(search.run(start, count));
        })
    });
    let naive = Contestant::new(Algorithm::Sha256d, "sha2 naive", move |start, count| sha2_naive(header, start, count));
    let others = Algorithm::LIVE.into_iter().filter(|algorithm| *algorithm != Algorithm::Sha256d);
    let others = others.map(|algorithm| {
        // The fastest is the last: `available` lists them from narrow to wide.
        let kernel = Kernel::available().pop().expect("every build has one");
        let mut search = NonceSearch::new(algorithm, &header, target, kernel);
        Contestant::new(algorithm, "tabchain", move |start, count| {
            black_box(search.run(start, count));
        })
    });
    ours.chain([naive]).chain(others).collect()
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
