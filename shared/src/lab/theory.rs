//! What the literature predicts, each formula with its source, and the bands that tell chance from error.
//!
//! Logarithms, powers and exponentials are those of the `libm` crate: a platform's own may differ in the last bit, and results
//! have to be the same bytes everywhere.

pub mod difficulty;
pub mod double_spend;
pub mod forks;
pub mod optimal;
pub mod selfish;
pub mod statistics;
pub mod withholding;

pub use statistics::Band;
