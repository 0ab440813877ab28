//! What withholding blocks earns: Eyal & Sirer 2014, "Majority is not Enough: Bitcoin Mining is Vulnerable".
//!
//! `alpha` is the pool's share of the hash rate, below one half; `gamma` the share of the other miners that mine on the pool's
//! block while two of the same height are about.

/// Their equation 8: the pool's share of the blocks that stay.
pub fn revenue(alpha: f64, gamma: f64) -> f64 {
    let rest = 1.0 - alpha;
    let wins = alpha * rest * rest * (4.0 * alpha + gamma * (1.0 - 2.0 * alpha)) - alpha * alpha * alpha;
    wins / (1.0 - alpha * (1.0 + (2.0 - alpha) * alpha))
}

/// Their Observation 1: the share above which withholding pays.
pub fn threshold(gamma: f64) -> f64 {
    (1.0 - gamma) / (3.0 - 2.0 * gamma)
}

/// What no strategy exceeds when the others mine honestly: each of the pool's blocks may take the place of one of theirs
/// (Sapirshtein, Sompolinsky & Zohar 2016, "Optimal Selfish Mining Strategies in Bitcoin", section 3).
pub fn bound(alpha: f64) -> f64 {
    alpha / (1.0 - alpha)
}
