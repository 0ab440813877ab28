//! How often two blocks are found side by side.
//!
//! Blocks are found at exponential intervals. Those who have not heard of the last one may find a rival to it: Decker &
//! Wattenhofer 2013, "Information Propagation in the Bitcoin Network", section IV.

/// Their equation for at least one rival: `1 − (1 − Pb)^∫(1 − f(t))dt`, with the probability `Pb` that a block is found in a second
/// and the share `f(t)` of the hash rate that knows the block after `t` seconds.
pub fn fork_rate(mean_interval: f64, effective_delay: f64) -> f64 {
    1.0 - libm::pow(1.0 - 1.0 / mean_interval, effective_delay)
}

/// The same in continuous time, as a simulation has it: no rival in a Poisson process of this mean interval.
pub fn fork_rate_of_poisson(mean_interval: f64, effective_delay: f64) -> f64 {
    1.0 - libm::exp(-effective_delay / mean_interval)
}

/// `∫(1 − f(t))dt` of measured delays: the mean of the times at which each one has heard of a block, weighted by hash rate.
pub fn effective_delay(delays: impl Iterator<Item = (f64, f64)>) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (delay, weight) in delays {
        sum += delay * weight;
        weights += weight;
    }
    if weights > 0.0 { sum / weights } else { 0.0 }
}

/// The share of all blocks that is stale, if each fork leaves one block behind: of `1 + F` blocks, `F` are.
pub fn stale_rate(fork_rate: f64) -> f64 {
    fork_rate / (1.0 + fork_rate)
}

/// Effective delay of a ring of `miners` equal ones where a block takes `hop` seconds to the next: the others are 1, 1, 2, 2, …
/// hops away.
pub fn ring_delay(miners: u32, hop: f64) -> f64 {
    let hops = |miner: u32| f64::from(miner.min(miners - miner));
    (1..miners).map(hops).sum::<f64>() * hop / f64::from(miners)
}

/// Expected length of the shorter of two branches that grow apart, each by a Poisson process with so many blocks in the mean:
/// what one side of a divided network has to undo. It is `Σ P(X ≥ k) P(Y ≥ k)` over all k from 1 on.
pub fn shorter_branch(first: f64, second: f64) -> f64 {
    let (mut at, mut more) = ([libm::exp(-first), libm::exp(-second)], [1.0, 1.0]);
    let mut sum = 0.0;
    let mut k = 0.0;
    loop {
        more = [more[0] - at[0], more[1] - at[1]];
        k += 1.0;
        let term = more[0] * more[1];
        // Beyond both means what is left falls faster than any power.
        if term < 1e-12 && k > first.max(second) {
            return sum;
        }
        sum += term;
        at = [at[0] * first / k, at[1] * second / k];
    }
}
