//! The vectors of `tests/consensus_vectors.rs`, judged on wasm32 as well: every verdict must be the same in a tab.
#![cfg(target_arch = "wasm32")]

#[path = "../../tests/consensus_vectors.rs"]
mod consensus_vectors;
