//! How likely a payment is taken back: Nakamoto's estimate and Rosenfeld's exact answer. They differ by design: Nakamoto takes
//! the attacker's blocks for a Poisson count over the expected time of z blocks, Rosenfeld counts them while the honest
//! miners find theirs (a negative binomial). A simulation meets Rosenfeld's.
//!
//! `q` is the attacker's share of the hash rate, from 0 to 1; from one half on it always succeeds.

/// Nakamoto 2008, "Bitcoin: A Peer-to-Peer Electronic Cash System", section 11: the probability that an attacker with share `q`
/// catches up after the merchant has waited for `z` blocks.
pub fn nakamoto(q: f64, z: u32) -> f64 {
    let p = 1.0 - q;
    if q >= p {
        return 1.0;
    }
    let lambda = f64::from(z) * q / p;
    let mut poisson = libm::exp(-lambda);
    let mut sum = 1.0;
    for k in 0..=z {
        if k > 0 {
            poisson *= lambda / f64::from(k);
        }
        sum -= poisson * (1.0 - libm::pow(q / p, f64::from(z - k)));
    }
    sum
}

/// Rosenfeld 2014, "Analysis of hashrate-based double-spending" (arXiv:1402.2009), equation 1: the probability that an attacker
/// who has mined one block before it pays succeeds against a merchant who waits for `n` confirmations.
pub fn rosenfeld(q: f64, n: u32) -> f64 {
    let p = 1.0 - q;
    if q >= p {
        return 1.0;
    }
    // C(m+n−1, m) p^n q^m, from m = 0 on; the second term of the sum is the same with p and q exchanged.
    let (mut ahead, mut behind) = (libm::pow(p, f64::from(n)), libm::pow(q, f64::from(n)));
    let mut sum = 0.0;
    for m in 0..=n {
        if m > 0 {
            let more = f64::from(m + n - 1) / f64::from(m);
            ahead *= more * q;
            behind *= more * p;
        }
        sum += ahead - behind;
    }
    (1.0 - sum).clamp(0.0, 1.0)
}

/// The same for an attacker who gives up when its branch is `give_up` blocks shorter than the honest one, as one with patience of
/// flesh does: after the confirmations it is a gambler with so much to lose (Feller, volume 1, chapter XIV, equation 2.4).
pub fn rosenfeld_with_patience(q: f64, n: u32, give_up: u32) -> f64 {
    let p = 1.0 - q;
    let mut count = libm::pow(p, f64::from(n));
    let mut success = 0.0;
    let mut slower = 0.0;
    for m in 0..=n {
        if m > 0 {
            count *= f64::from(m + n - 1) / f64::from(m) * q;
        }
        slower += count;
        // With the block mined before, the branch is as long as 1 + m. It has to be one longer than n.
        success += count * overtakes(q, n - m, give_up + 1);
    }
    (success + 1.0 - slower).clamp(0.0, 1.0)
}

/// The same for an attacker who gives up in the moment in which its branch is `give_up` blocks shorter, also while the merchant still
/// waits: as a live node does, which follows the longer chain. Every way there is added up.
pub fn rosenfeld_without_patience(q: f64, n: u32, give_up: u32) -> f64 {
    let longest = n as usize + 1;
    // How likely the attacker's branch is so long, with the block mined before; from `longest` on it has won.
    let mut own = vec![0.0; longest + 1];
    own[1] = 1.0;
    for others in 1..=n as usize {
        // Before the honest miners' next block it finds any number.
        let mut after = vec![0.0; longest + 1];
        let mut carried = 0.0;
        for (length, chance) in own.iter().enumerate() {
            carried += chance;
            after[length] = if length == longest { carried } else { carried * (1.0 - q) };
            carried *= q;
        }
        for (length, chance) in after.iter_mut().enumerate() {
            if others >= length + give_up as usize {
                *chance = 0.0;
            }
        }
        own = after;
    }
    let last = own.iter().enumerate().map(|(length, chance)| {
        let lacking = u32::try_from(longest - length).expect("few");
        chance * if lacking == 0 { 1.0 } else { overtakes(q, lacking, give_up + 1) }
    });
    last.sum()
}

/// Whether someone who lacks `lacking` blocks ever has none lacking, before as many as `ruin` lack.
fn overtakes(q: f64, lacking: u32, ruin: u32) -> f64 {
    let ratio = q / (1.0 - q);
    if lacking >= ruin {
        return 0.0;
    }
    if (ratio - 1.0).abs() < 1e-9 {
        return f64::from(ruin - lacking) / f64::from(ruin);
    }
    let (here, end) = (libm::pow(ratio, f64::from(lacking)), libm::pow(ratio, f64::from(ruin)));
    (here - end) / (1.0 - end)
}

/// The fewest confirmations with which `probability` stays below `risk`; `None` beyond 10 000.
pub fn confirmations(probability: impl Fn(u32) -> f64, risk: f64) -> Option<u32> {
    (0..=10_000).find(|z| probability(*z) < risk)
}
