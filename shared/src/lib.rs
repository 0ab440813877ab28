//! Tabchain's core: everything that must be the same to the bit in a tab, in the relay and in a test.
//!
//! No clock, no I/O, no randomness of its own, no `async`. Layers, each using only those above it (a test in
//! `tests/tidy.rs` checks the imports):
//!
//! 1. [`primitives`]: hashes, amounts, targets, keys, transactions, blocks, and their bytes.
//! 2. [`pow`]: proof-of-work hashes.
//! 3. [`consensus`]: the rules, one error variant each.
//! 4. [`chain`]: block tree, active chain, ledger, store schema. A reorg is a value, [`chain::TipChange`].
//! 5. [`mempool`]: transfers that wait.
//! 6. [`mining`]: block templates and nonce search.
//! 7. [`wire`]: messages between nodes, frames between a node and a relay, and a chain as a file.
//! 8. [`node`]: all of it as one value, `handle(now, Input)` and `poll_output()`.
//! 9. [`lab`]: nodes on a simulated network, and what must always hold there.
//!
//! # Glossary
//!
//! *bits* is a compact target; *target* the 256-bit threshold; *work* the expected hashes of a block; *chainwork* their
//! sum. The *active chain* has the most chainwork; its last block is the *tip*. A *reorg* disconnects to the *fork point*
//! and connects another chain. *Stale*: valid, off the active chain. *Subsidy*: new coins; *reward*: subsidy and fees.
//! *Relay* is the server, so a node *announces*.

pub mod chain;
pub mod consensus;
pub mod lab;
pub mod mempool;
pub mod mining;
pub mod node;
pub mod pow;
pub mod primitives;
pub mod wire;
