//! The lab's worker: runs an experiment on simulated nodes, a moment at a time, and tells what has been measured. A report is judged
//! by running it again.
//!
//! Reports need numbers read to the last bit, which makes every program larger that is built with it. So this is a package of its
//! own, and the page, which only speaks with the worker, takes it without the feature `worker`.

pub mod message;
#[cfg(feature = "worker")]
mod presets;
#[cfg(feature = "worker")]
mod worker;

#[cfg(feature = "worker")]
pub use worker::run;
