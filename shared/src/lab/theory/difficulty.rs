//! How ASERT answers a step of the hash rate: in the limit, and as the rule rounds.
//!
//! The rule (aserti3-2d, in `consensus/difficulty.rs`) multiplies the difficulty by `2^((spacing − t) / half_life)` after a block that
//! took `t`. Where blocks come at the rate `h / D` of the normal one, with hash rate `h` and difficulty `D` both 1 before the
//! step, that is `dD/dt = ln 2 / half_life · (h − D)` in the limit of many blocks a half-life: whatever the step, what is left of it
//! halves with each half-life ([`after_step`]).
//!
//! The rule as it is computed is a [`Rule`]. It misses the limit by three things, each small for one block and none of them chance:
//! what it rounds, which adds up as the anchor moves along (`docs/decisions/0001-asert-anchor.md`); that a difficulty that is seen
//! on the clock is as old as the block before; and that the first block's time is not counted.

use core::f64::consts::LN_2;

use crate::consensus::difficulty::factor_on_target;
use crate::primitives::Target;

/// Difficulty `seconds` after the hash rate went from 1 to `step`, as a multiple of the one before.
pub fn after_step(step: f64, seconds: f64, half_life: f64) -> f64 {
    step + (1.0 - step) * libm::exp2(-seconds / half_life)
}

/// Of one block found at difficulty `D` and hash rate `h`, times being exponential: the expected factor on the difficulty, exactly, if
/// nothing were rounded. `sigma` is spacing over half-life.
pub fn mean_factor(difficulty: f64, hashrate: f64, sigma: f64) -> f64 {
    libm::exp2(sigma) / (1.0 + difficulty / hashrate * sigma * LN_2)
}

/// Expected blocks in the first `seconds` after the step, in units of spacings: the integral of `step / D`.
pub fn blocks_after_step(step: f64, seconds: f64, half_life: f64) -> f64 {
    // ∫ h / (h + (1 − h) 2^(−t/τ)) dt = t + τ/ln 2 · ln(D(t)) with D(0) = 1.
    seconds + half_life / LN_2 * libm::log(after_step(step, seconds, half_life))
}

/// Lags that are looked at, at most, to find what rounding does in the mean: where there are more, one stands for an odd number.
const MAX_LAGS: i64 = 256;
/// Blocks that take more than so many times the mean are one in 10^9.
const LONGEST: f64 = 21.0;
/// Of a half-life: meanwhile, what rounding does to a block is taken for the same.
const PARTS: f64 = 4.0;

/// ASERT as a network computes it, anchored at each block's parent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// Seconds.
    pub spacing: u32,
    /// Seconds.
    pub half_life: u32,
    /// Where difficulty is 1.
    pub start: Target,
}

/// Means after a step of the hash rate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answer {
    /// As a multiple of the one before the step.
    pub difficulty: f64,
    pub blocks: f64,
}

impl Rule {
    fn sigma(&self) -> f64 {
        f64::from(self.spacing) / f64::from(self.half_life)
    }

    /// By what part a block found at this difficulty and hash rate raises the difficulty above what [`mean_factor`] says, in the mean.
    pub fn drift(&self, difficulty: f64, hashrate: f64) -> f64 {
        let slowness = difficulty / hashrate;
        let mean = f64::from(self.spacing) * slowness;
        // What keeps its target has nothing cut off.
        let changes = 1.0 - between(mean, self.on_time(), 1.0 / mean);
        self.cut(difficulty) * changes + self.drift_of_power(slowness)
    }

    /// nBits have a mantissa of three bytes, the first below 128, and what is finer is cut off a new target: half a unit in the mean.
    pub fn cut(&self, difficulty: f64) -> f64 {
        let mut mantissa = f64::from(self.start.value()) / difficulty;
        while mantissa >= 8_388_608.0 {
            mantissa /= 256.0;
        }
        0.5 / mantissa
    }

    /// What comes of the exponent, which is a whole number of 65536ths cut toward zero, and of the polynomial in the place of a
    /// power of two: whoever is late by a little is given 0.6955 / 0.6931 of what is due, and whoever is early 0.6914 / 0.6931.
    /// `slowness` is the mean time of a block in spacings.
    pub fn drift_of_power(&self, slowness: f64) -> f64 {
        let (spacing, half_life) = (f64::from(self.spacing), f64::from(self.half_life));
        let mean = spacing * slowness;
        let rate = 1.0 / mean + LN_2 / half_life;
        let ideal = libm::exp2(self.sigma()) / (mean * rate);
        // What all blocks that take so long are due of the mean, and by what part of it they are given too much.
        let due = |times| ideal * between(mean, times, rate);
        let excess =
            |times, lag| between(mean, times, 1.0 / mean) / factor_on_target(lag, self.half_life) / due(times) - 1.0;
        let mut sum = due(self.on_time()) * excess(self.on_time(), 0);
        for (is_late, most) in [(false, spacing), (true, mean * LONGEST - spacing)] {
            // So many lags tell exponents, or seconds, apart.
            #[expect(clippy::cast_possible_truncation)]
            let lags = (most / (half_life / 65_536.0).max(1.0)) as i64 + 1;
            let together = (lags / MAX_LAGS) | 1;
            let times = |from, to| {
                let [from, to] = [from, to].map(|place| seconds(self.least_lag(place)) - 0.5);
                if is_late { [spacing + from, spacing + to] } else { [spacing - to, spacing - from] }
            };
            let mut place = 1;
            while place <= lags {
                let middle = place + together / 2;
                let lag = if is_late { self.least_lag(middle) } else { -self.least_lag(middle) };
                let one = times(middle, middle + 1);
                // No block is found in less than no time.
                if one[1] > 0.0 {
                    sum += due(times(place, place + together)) * excess(one, lag);
                }
                place += together;
            }
        }
        sum / ideal
    }

    /// From when to when a block is found whose lag has the exponent 0.
    fn on_time(&self) -> [f64; 2] {
        let (spacing, first) = (f64::from(self.spacing), seconds(self.least_lag(1)));
        [spacing - first + 0.5, spacing + first - 0.5]
    }

    /// The whole seconds from which on a lag has the place's exponent, or the place's seconds where each has an exponent of its own.
    fn least_lag(&self, place: i64) -> i64 {
        if self.half_life < 65_536 { place } else { (place * i64::from(self.half_life) + 65_535) / 65_536 }
    }

    /// Means on the clock, so many seconds after the step, in rising order, of a network whose first block is still to be found.
    ///
    /// What the schedule would make of a block that is found now, `V = 2^((spacings passed − seconds passed) / half_life)`, falls by
    /// `ln 2 / half_life` a second and rises with each block by the factor `G = 2^σ (1 + drift)`, so that its mean follows a linear
    /// equation as soon as one knows that of `V / D`, by which the last block's age has told on it. For exponential times that is
    /// `1 / (1 + a D)` with `a = σ ln 2 / h`, so `1 − a V`: with that closure `V` relaxes to `h (1 − 1/G) / (σ ln 2)` at the rate
    /// `G ln 2 / half_life`. What is neglected is of the order of `(a D)²`.
    pub fn after_step(&self, step: f64, seconds: &[f64]) -> Vec<Answer> {
        let mut course = Course { rule: *self, step, passed: 0.0, v: 1.0, blocks: 1.0 };
        // The first block takes as long in the mean; its own time is not counted.
        let first = f64::from(self.spacing) / step;
        let answer = |seconds: &f64| {
            if *seconds <= first {
                return Answer { difficulty: 1.0, blocks: seconds / first };
            }
            course.go_on(seconds - first);
            Answer { difficulty: course.difficulty(course.v), blocks: course.blocks }
        };
        seconds.iter().map(answer).collect()
    }
}

/// A network after a step, in the mean, from its first block on.
struct Course {
    rule: Rule,
    step: f64,
    /// Seconds since then.
    passed: f64,
    v: f64,
    blocks: f64,
}

impl Course {
    fn pull(&self) -> f64 {
        self.rule.sigma() * LN_2 / self.step
    }

    fn difficulty(&self, v: f64) -> f64 {
        v / (1.0 - self.pull() * v)
    }

    fn go_on(&mut self, until: f64) {
        let half_life = f64::from(self.rule.half_life);
        let mut parts = libm::ceil((until - self.passed) / half_life * PARTS);
        while parts > 0.0 {
            let part = (until - self.passed) / parts;
            let (middle, ..) = self.relaxed(self.v, part / 2.0);
            let (v, end, rate) = self.relaxed(middle, part);
            // ∫ h / D dt, where 1 / D is 1 / V − a.
            let whole = (part + libm::log(v / self.v) / rate) / end - self.pull() * part;
            self.blocks += whole * self.step / f64::from(self.rule.spacing);
            self.v = v;
            self.passed += part;
            parts -= 1.0;
        }
    }

    /// `V` after a time with the drift that blocks have at `drifting`, where it would end, and at what rate.
    fn relaxed(&self, drifting: f64, time: f64) -> (f64, f64, f64) {
        let growth = libm::exp2(self.rule.sigma()) * (1.0 + self.rule.drift(self.difficulty(drifting), self.step));
        let rate = growth * LN_2 / f64::from(self.rule.half_life);
        let end = (1.0 - 1.0 / growth) / self.pull();
        (end + (self.v - end) * libm::exp(-rate * time), end, rate)
    }
}

/// How much of an exponential time with this mean lies between two moments half a second off whole ones, by the dates of blocks; with
/// another rate, of what falls by that. Dates are whole seconds: two of them lie `k` apart or more with the chance of a time from
/// `k − 1/2` on, times `2 mean · sinh(1 / (2 mean))`.
fn between(mean: f64, [from, to]: [f64; 2], rate: f64) -> f64 {
    let spread = 2.0 * mean * libm::sinh(0.5 / mean);
    let beyond = |time: f64| if time > 0.0 { spread * libm::exp(-time * rate) } else { 1.0 };
    beyond(from) - beyond(to)
}

/// Exact below 2^53.
#[expect(clippy::cast_precision_loss)]
fn seconds(whole: i64) -> f64 {
    whole as f64
}
