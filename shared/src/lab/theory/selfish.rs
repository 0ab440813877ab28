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

/// How far that strays by chance: the variance of the pool's share of `n` blocks is this over `n`, for many blocks. A renewal-reward
/// process has `Var(own − revenue · all) / E(all)`, over one cycle (Smith 1955, "Regenerative stochastic processes"; Asmussen 2003,
/// "Applied Probability and Queues", chapter VI.3). Cycles of their figure 1, from state 0 to state 0, are an honest block; a match,
/// which the next block decides; or a lead of two or more that is kept until one is left of it. That lasts for `h` honest blocks, the
/// descent of a random walk by one step (Feller, volume 1, chapter XI.3), and brings the pool `h + 1`.
pub fn spread(alpha: f64, gamma: f64) -> f64 {
    let (rest, lead, share) = (1.0 - alpha, 1.0 - 2.0 * alpha, revenue(alpha, gamma));
    let run = 1.0 + rest / lead;
    let run_squared = run * run + alpha * rest / (lead * lead * lead);
    let blocks = rest + 2.0 * alpha * rest + alpha * alpha * run;
    // Of a cycle with so many blocks of the pool's, and so many in all.
    let square = |own: f64, all: f64| (own - share * all) * (own - share * all);
    let matched = alpha * square(2.0, 2.0) + rest * (gamma * square(1.0, 2.0) + (1.0 - gamma) * square(0.0, 2.0));
    let cycle =
        rest * square(0.0, 1.0) + alpha * rest * matched + alpha * alpha * (1.0 - share) * (1.0 - share) * run_squared;
    cycle / blocks
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
