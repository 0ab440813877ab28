//! The network without a network: real [`Node`](crate::node::Node)s on a simulated one, event by event in virtual time.
//!
//! Everything that a seed decides is drawn from one generator, so that a seed and its [`Settings`] replay to the last byte,
//! natively and on wasm32. After every event the [`checker`] holds the node that was touched to the invariants of
//! `ARCHITECTURE.md`; what it finds is a [`Violation`], a value that names the seed, the event, the time and the node.
//!
//! Dishonest parts in a live network go by the same [`strategy`]: the [`veil`] and the [`heist`] stand between a live node and its links,
//! and a merchant's [`till`] beside its node.

pub mod arena;
pub mod byzantine;
pub mod checker;
pub mod disk;
pub mod experiment;
pub mod heist;
pub mod link;
pub mod plot;
pub mod queue;
pub mod random;
pub mod settings;
pub mod simblock;
pub mod stats;
pub mod strategy;
pub mod theory;
pub mod till;
pub mod traffic;
pub mod veil;
pub mod what_if;
pub mod world;

pub use byzantine::{Misdeed, Outcome};
pub use checker::{Rule, Violation};
pub use link::LinkSettings;
pub use random::Random;
pub use settings::{Breakage, FaultSettings, Settings, Topology};
pub use stats::Stats;
pub use traffic::Traffic;
pub use world::World;
