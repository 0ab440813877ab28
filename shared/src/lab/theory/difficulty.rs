//! How ASERT answers a step of the hash rate.
//!
//! The rule (aserti3-2d, in `consensus/difficulty.rs`) multiplies the difficulty by `2^((spacing − t) / half_life)` after a block that
//! took `t`. Where blocks come at the rate `h / D` of the normal one, with hash rate `h` and difficulty `D` both 1 before the
//! step, that is `dD/dt = ln 2 / half_life · (h − D)` in the limit of many blocks a half-life: whatever the step, what is left of it
//! halves with each half-life.

/// Difficulty `seconds` after the hash rate went from 1 to `step`, as a multiple of the one before.
pub fn after_step(step: f64, seconds: f64, half_life: f64) -> f64 {
    step + (1.0 - step) * libm::exp2(-seconds / half_life)
}

/// Of one block found at difficulty `D` and hash rate `h`, times being exponential: the expected factor on the difficulty, exactly.
/// `sigma` is spacing over half-life.
pub fn mean_factor(difficulty: f64, hashrate: f64, sigma: f64) -> f64 {
    libm::exp2(sigma) / (1.0 + difficulty / hashrate * sigma * core::f64::consts::LN_2)
}

/// Expected blocks in the first `seconds` after the step, in units of spacings: the integral of `step / D`.
pub fn blocks_after_step(step: f64, seconds: f64, half_life: f64) -> f64 {
    // ∫ h / (h + (1 − h) 2^(−t/τ)) dt = t + τ/ln 2 · ln(D(t)) with D(0) = 1.
    seconds + half_life / core::f64::consts::LN_2 * libm::log(after_step(step, seconds, half_life))
}
