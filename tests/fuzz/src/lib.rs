//! Fuzzing of the core. A target takes any bytes and panics when an invariant breaks.
//!
//! | target | feeds | holds it against |
//! | --- | --- | --- |
//! | `bytes` | every decoder of strangers' bytes | what decodes encodes to the same bytes, in bounded memory |
//! | `texts` | parsers of people's and programs' texts | what is read is read again; sound networks work |
//! | `chain` | blocks and headers in any order | a slow, obvious [`model`] |
//! | `node` | a node and its peers, in a small language | the model, and what a driver may rely on |
//!
//! `cargo test` replays `corpus/` and some thousand mutations of it; `cargo xtask fuzz` lets libFuzzer search for as long as
//! one likes. `chain` and `node` read bytes as programs ([`operands`]) that make blocks, with faults or without ([`pool`]).

pub mod bytes;
pub mod chain;
pub mod model;
pub mod mutation;
pub mod node;
pub mod operands;
pub mod pool;
pub mod seeds;
pub mod texts;

use std::sync::LazyLock;

/// Whether programs say what they do, as someone who looks at a finding wants (`cargo xtask fuzz TARGET --replay FILE`).
pub static IS_TRACED: LazyLock<bool> = LazyLock::new(|| std::env::var_os("TABCHAIN_FUZZ_TRACE").is_some());

/// Something to fuzz.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    pub name: &'static str,
    /// Panics when an invariant breaks.
    pub run: fn(&[u8]),
    /// Longest input that is tried, bytes.
    pub max_len: usize,
}

pub const TARGETS: [Target; 4] = [
    Target { name: "bytes", run: bytes::run, max_len: 4_096 },
    Target { name: "texts", run: texts::run, max_len: 2_048 },
    Target { name: "chain", run: chain::run, max_len: 512 },
    Target { name: "node", run: node::run, max_len: 1_024 },
];

/// The target of that name.
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
