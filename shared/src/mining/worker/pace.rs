//! Keeps a worker at its limit, over all its jobs together: a new job is no reason for an extra hash.
//!
//! Each batch costs time: hashes under a limit on hashes per second, and under a share of the machine the time that they
//! took, as often as the share goes into 1. The next batch is due when the ones so far are paid for. A timer that fires late
//! is made up for by shorter waits after it; a machine that slept does not make up for its sleep.

use super::LIMITED_BATCH_MILLIS;
use crate::mining::HashrateLimit;

/// What a worker that was held up may catch up on, in milliseconds.
const CATCH_UP_MILLIS: f64 = 250.0;

#[derive(Debug, Default)]
pub struct Pace {
    limit: Option<HashrateLimit>,
    /// When the hashes so far are paid for.
    paid_at: f64,
}

impl Pace {
    /// Nobody waits for what another limit asked for.
    pub fn set_limit(&mut self, limit: Option<HashrateLimit>, now: f64) {
        if self.limit != limit {
            self.limit = limit;
            self.paid_at = now;
        }
    }

    /// Not before this.
    pub fn due(&mut self, now: f64) -> f64 {
        if self.limit.is_none() {
            return now;
        }
        self.paid_at = self.paid_at.max(now - CATCH_UP_MILLIS);
        self.paid_at
    }

    pub fn largest_batch(&self) -> f64 {
        match self.limit {
            Some(HashrateLimit::HashesPerSecond(limit)) => limit * LIMITED_BATCH_MILLIS / 1000.0,
            Some(HashrateLimit::MachineShare(_)) | None => f64::INFINITY,
        }
    }

    /// Hashes done in so many milliseconds, until `now`.
    pub fn spend(&mut self, hashes: u32, millis: f64, now: f64) {
        let cost = match self.limit {
            Some(HashrateLimit::HashesPerSecond(limit)) => f64::from(hashes) * 1000.0 / limit,
            Some(HashrateLimit::MachineShare(share)) => millis / share,
            None => return,
        };
        self.paid_at = self.paid_at.max(now - millis - CATCH_UP_MILLIS) + cost;
    }
}
