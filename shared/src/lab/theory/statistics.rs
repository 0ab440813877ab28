//! Bands: between which values a figure lies by chance alone, from the size of the sample.

use serde::{Deserialize, Serialize};

/// The confidence of every band that the lab shows.
pub const CONFIDENCE: f64 = 0.99;

/// From `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Band {
    pub low: f64,
    pub high: f64,
}

impl Band {
    pub fn contains(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Around a mean with this standard error, for a sample large enough to be normal.
    pub fn around(mean: f64, standard_error: f64, confidence: f64) -> Self {
        let half = normal_quantile(0.5 + confidence / 2.0) * standard_error;
        Self { low: mean - half, high: mean + half }
    }
}

/// Wilson 1927, "Probable inference, the law of succession, and statistical inference": where the probability lies of which
/// `successes` of `trials` were seen.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Band {
    if trials == 0 {
        return Band { low: 0.0, high: 1.0 };
    }
    let (n, z) = (count(trials), normal_quantile(0.5 + confidence / 2.0));
    let share = count(successes) / n;
    let centre = share + z * z / (2.0 * n);
    let half = z * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At the ends rounding would leave a trace of what is exactly nothing.
    let low = if successes == 0 { 0.0 } else { (centre - half) / scale };
    let high = if successes == trials { 1.0 } else { (centre + half) / scale };
    Band { low, high }
}

/// Which shares of `trials` are to be seen of something that has this probability: the exact binomial quantiles.
pub fn binomial_band(trials: u64, probability: f64, confidence: f64) -> Band {
    let tail = (1.0 - confidence) / 2.0;
    let n = count(trials);
    let (mut low, mut high, mut sum) = (None, n, 0.0);
    for k in 0..=trials {
        let at = count(k);
        sum += libm::exp(log_binomial(n, at, probability));
        if low.is_none() && sum > tail {
            low = Some(at);
        }
        if sum >= 1.0 - tail {
            high = at;
            break;
        }
    }
    Band { low: low.unwrap_or(0.0) / n, high: high / n }
}

/// After how many trials, more than `after` and at most `most`, no count is usual of both probabilities any more: whatever is seen then
/// contradicts one of them.
pub fn trials_to_tell(first: f64, second: f64, after: u64, most: u64) -> Option<u64> {
    let is_told = |trials| {
        let [first, second] = [first, second].map(|probability| binomial_band(trials, probability, CONFIDENCE));
        // Both are whole counts, up to rounding.
        let gap = (first.low - second.high).max(second.low - first.high);
        gap * count(trials) > 0.5
    };
    // Too few first, and then enough.
    let (mut few, mut step) = (after, 1);
    while !is_told(few + step) {
        few += step;
        step *= 2;
        if few >= most {
            return None;
        }
    }
    let mut enough = few + step;
    while enough - few > 1 {
        let middle = u64::midpoint(few, enough);
        if is_told(middle) {
            enough = middle;
        } else {
            few = middle;
        }
    }
    Some(enough).filter(|enough| *enough <= most)
}

fn log_binomial(n: f64, k: f64, probability: f64) -> f64 {
    let choices = libm::lgamma(n + 1.0) - libm::lgamma(k + 1.0) - libm::lgamma(n - k + 1.0);
    // 0 · ln 0 is 0 here.
    let part = |count: f64, of: f64| if count == 0.0 { 0.0 } else { count * libm::log(of) };
    choices + part(k, probability) + part(n - k, 1.0 - probability)
}

/// Where two shares differ by no more than chance allows if they are of one probability: the band of their difference (pooled
/// two-proportion test).
pub fn difference_band(first: (u64, u64), second: (u64, u64), confidence: f64) -> Band {
    let trials = (count(first.1), count(second.1));
    let pooled = count(first.0 + second.0) / (trials.0 + trials.1);
    Band::around(0.0, (pooled * (1.0 - pooled) * (1.0 / trials.0 + 1.0 / trials.1)).sqrt(), confidence)
}

/// Mean and standard error of independent values; of fewer than two the error is infinite.
pub fn mean(values: &[f64]) -> (f64, f64) {
    let n = count(values.len() as u64);
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    if values.len() < 2 {
        return (mean, f64::INFINITY);
    }
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0) / n).sqrt())
}

/// Ratio of the sums of independent pairs, and its standard error by the delta method: what a process earns a block when each
/// pair is one cycle of it, from start to start (Smith 1955 for the ratio; Crane & Iglehart 1975 for the error).
pub fn ratio(pairs: &[(f64, f64)]) -> (f64, f64) {
    let n = count(pairs.len() as u64);
    let (above, below) = pairs.iter().fold((0.0, 0.0), |(a, b), pair| (a + pair.0, b + pair.1));
    if below == 0.0 || pairs.len() < 2 {
        return (0.0, f64::INFINITY);
    }
    let ratio = above / below;
    let squares: f64 = pairs.iter().map(|(a, b)| (a - ratio * b) * (a - ratio * b)).sum();
    (ratio, (squares * n / (n - 1.0)).sqrt() / below)
}

/// The value below which a standard normal draw lies with this probability, by bisection on the error function.
pub fn normal_quantile(probability: f64) -> f64 {
    let (mut low, mut high) = (-40.0, 40.0);
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if 0.5 * libm::erfc(-middle / core::f64::consts::SQRT_2) < probability {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// Kolmogorov's distance of these values from an exponential distribution with this mean, and how likely as much or more comes by
/// chance: his limit with the correction of Stephens 1970, good from a handful of values on.
pub fn kolmogorov_smirnov(values: &[f64], mean: f64) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = count(sorted.len() as u64);
    let mut distance: f64 = 0.0;
    for (rank, value) in sorted.iter().enumerate() {
        let expected = 1.0 - libm::exp(-value / mean);
        let rank = count(rank as u64);
        distance = distance.max(expected - rank / n).max((rank + 1.0) / n - expected);
    }
    let root = n.sqrt();
    let scaled = (root + 0.12 + 0.11 / root) * distance;
    if scaled < 0.2 {
        // The series converges slowly there, to 1 within 10^−12.
        return (distance, 1.0);
    }
    let mut sign = 2.0;
    let mut chance = 0.0;
    for term in 1..=100 {
        let term = f64::from(term);
        chance += sign * libm::exp(-2.0 * term * term * scaled * scaled);
        sign = -sign;
    }
    (distance, chance.clamp(0.0, 1.0))
}

/// A count as a float; exact below 2^53.
#[expect(clippy::cast_precision_loss)]
pub fn count(count: u64) -> f64 {
    count as f64
}
