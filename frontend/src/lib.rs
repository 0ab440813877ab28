//! A tab: three programs from one library, each its own wasm (`src/bin/`).
//!
//! ```text
//! page (main thread)             node worker                     miner workers
//! app, pages, components  ────►  driver: shared::node::Node ───► miner: shared::mining
//!          state          bridge     and its only I/O
//! ```
//!
//! The page shows and asks; the node decides. What crosses a border between the three is a type in [`bridge`] or
//! [`miner`]; nothing is shared.

pub mod app;
pub mod bridge;
mod browser;
mod components;
pub mod driver;
mod energy;
pub mod miner;
mod operator;
mod pages;
mod state;
mod terms;
mod words;
