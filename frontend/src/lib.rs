//! A tab: a program that is both its page and, in a worker, its node (`src/bin/app.rs`), and one that hashes (the package
//! `tabchain-miner`).
//!
//! ```text
//! page (main thread)             node worker                     miner workers
//! app, pages, components  ────►  driver: shared::node::Node ───► tabchain_miner: shared::mining
//!          state          bridge     and its only I/O
//! ```
//!
//! Pages that few need at once are programs of their own, loaded when they are wanted: see [`programs`].
//!
//! The page also holds the connections to other tabs, which workers cannot make ([`connections`]); the node worker has
//! their channels.
//!
//! The page shows and asks; the node decides. What crosses a border between the three is a type in [`bridge`] or in
//! [`tabchain_miner::message`]; nothing is shared.

pub mod app;
pub mod bridge;
mod browser;
mod components;
mod connections;
pub mod driver;
mod energy;
mod explore;
mod language;
mod lessons;
mod operator;
mod pages;
pub mod programs;
pub mod rest;
mod state;
mod terms;
mod words;
