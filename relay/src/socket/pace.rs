//! How many messages a connection may have taken in a second. Whoever sends more waits: nothing is lost, and nobody is cut for
//! having much to say.

use std::time::Duration;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::token_bucket::{Allowance, TokenBucket};
use tokio::time::Instant;

/// Messages a second of one node, each counted once for every receiver, unless the host says otherwise. A node at which all
/// payments of a network begin, 2 000 a second, and which gives each to nine peers, stays below it.
pub const DEFAULT_MESSAGES_PER_SECOND: u32 = 20_000;
/// Seconds of that rate that may come at once: what a node that comes back passes on.
const BURST_SECONDS: u64 = 5;
/// Between two looks whether there is room again.
const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub struct Pace {
    /// Absent: as fast as it likes.
    bucket: Option<TokenBucket>,
    since: Instant,
}

impl Pace {
    /// 0: any number.
    pub fn new(messages_per_second: u32) -> Self {
        let rate = u64::from(messages_per_second);
        let bucket = (rate > 0).then(|| TokenBucket::full(Allowance::a_second(rate, rate * BURST_SECONDS), Time(0)));
        Self { bucket, since: Instant::now() }
    }

    /// Counts a message for so many receivers.
    pub fn count(&mut self, receivers: usize) {
        if let Some(bucket) = &mut self.bucket {
            bucket.take(receivers as u64);
        }
    }

    /// Whether the next message has to wait.
    pub fn is_used_up(&mut self) -> bool {
        // By the clock that only goes forward.
        let now = Time(u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX));
        self.bucket.as_mut().is_some_and(|bucket| bucket.is_empty(now))
    }

    /// Waits until the next message may come.
    pub async fn rest(&mut self) {
        while self.is_used_up() {
            tokio::time::sleep(PAUSE).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_and_what_follows_waits() {
        let rate = 100;
        let (mut pace, begun) = (Pace::new(rate), Instant::now());
        pace.count(usize::try_from(u64::from(rate) * BURST_SECONDS).unwrap() - 1);
        assert!(!pace.is_used_up());
        // One that is for many takes the time of as many.
        pace.count(21);
        assert!(pace.is_used_up());
        pace.rest().await;
        assert!(begun.elapsed() >= Duration::from_millis(200), "{:?}", begun.elapsed());
        let mut unbounded = Pace::new(0);
        unbounded.count(usize::MAX);
        assert!(!unbounded.is_used_up());
    }
}
