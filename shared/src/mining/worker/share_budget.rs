//! How many shares a worker may tell its driver of, so that a rate which jumps floods nobody.
//!
//! A share target fits the rate of a moment ago. Between a jump (a tab that comes to the front, a limit that is lifted) and
//! the host's next wish, or when a host asks for nearly every hash, shares come as fast as the machine hashes, and each would
//! cost a message, the driver's time, and a batch that ends with it. All workers of a node together therefore tell as
//! many as the host would count at most; a worker whose part of these is used up searches for blocks alone until some time
//! has passed. So in a surge the proven rate stays below the true one, and never exceeds it. At the rate that is asked for
//! the budget is used to a quarter, and what a worker may save up is so much that luck alone practically never uses it up:
//! every share is told, and the proven rate is fair.

use crate::mining::share::{MAX_SHARES_PER_MESSAGE, MAX_SHARES_PER_SECOND, SURPLUS};

/// What each worker may save up at least, however many share the budget. Shares that arrive by luck at half of the budget's
/// rate exceed this less than once in 10^8 (a queue with one server and a fixed service time).
const LEAST_BURST: f64 = 16.0;

/// Of one worker: a token bucket.
#[derive(Debug)]
pub struct ShareBudget {
    workers: f64,
    left: f64,
    /// In milliseconds.
    since: f64,
}

impl Default for ShareBudget {
    fn default() -> Self {
        Self { workers: 1.0, left: f64::INFINITY, since: f64::NEG_INFINITY }
    }
}

impl ShareBudget {
    /// Among so many workers the node's budget is split. What is used up stays used up.
    pub fn split_among(&mut self, workers: u32) {
        self.workers = f64::from(workers);
    }

    /// Whether another share may be told now.
    pub fn has_room(&mut self, now: f64) -> bool {
        let millis = (now - self.since).max(0.0);
        self.since = now.max(self.since);
        #[expect(clippy::cast_precision_loss)]
        let burst = (MAX_SHARES_PER_MESSAGE as f64 / self.workers).max(LEAST_BURST);
        let earned = millis / 1000.0 * MAX_SHARES_PER_SECOND * SURPLUS / self.workers;
        self.left = (self.left + earned).min(burst);
        self.left >= 1.0
    }

    pub fn spend(&mut self) {
        self.left -= 1.0;
    }
}
