//! What a peer may make this node do in a second, each kind a token bucket. What exceeds it is dropped without score: an
//! honest node does not come near, and if it did, its timeouts would let it ask again.

use super::Node;
use super::config::{
    ANNOUNCEMENT_BURST, ANNOUNCEMENTS_PER_SECOND, REQUEST_COST, SERVED_BURST, SERVED_BYTES_PER_SECOND,
    UNASKED_TRANSACTION_BURST, UNASKED_TRANSACTIONS_PER_SECOND,
};
use super::io::{PeerId, Time};

/// Fills up at a steady rate to a brim; what is done takes out of it, and may leave a debt.
#[derive(Debug, Clone, Copy)]
pub(super) struct TokenBucket {
    per_second: u64,
    /// In thousandths of a token, so that a millisecond's worth is whole.
    level: i64,
    brim: i64,
    at: Time,
}

impl TokenBucket {
    fn full(per_second: u64, burst: u64, now: Time) -> Self {
        let brim = i64::try_from(burst * 1_000).expect("bursts are limits of ours");
        Self { per_second, level: brim, brim, at: now }
    }

    fn refill(&mut self, now: Time) {
        // A month is as good as for ever, and cannot overflow.
        let millis = now.millis_since(self.at).min(30 * 86_400_000);
        let drops = i64::try_from(millis * self.per_second).unwrap_or(i64::MAX);
        self.level = self.level.saturating_add(drops).min(self.brim);
        self.at = now;
    }

    fn take(&mut self, tokens: u64) {
        self.level = self.level.saturating_sub_unsigned(tokens.saturating_mul(1_000));
    }

    /// As many as there are, at most `wanted`; they are gone then.
    fn take_up_to(&mut self, wanted: usize, now: Time) -> usize {
        self.refill(now);
        let granted = usize::try_from(self.level / 1_000).unwrap_or(0).min(wanted);
        self.take(granted as u64);
        granted
    }

    fn is_empty(&mut self, now: Time) -> bool {
        self.refill(now);
        self.level <= 0
    }
}

/// The buckets of one peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateLimits {
    /// Bytes that are sent because the peer asked for them.
    served: TokenBucket,
    /// Transactions that it announces.
    announced: TokenBucket,
    /// Transactions that it sends though nobody asked.
    unasked: TokenBucket,
}

impl RateLimits {
    pub fn new(now: Time) -> Self {
        Self {
            served: TokenBucket::full(SERVED_BYTES_PER_SECOND, SERVED_BURST, now),
            announced: TokenBucket::full(ANNOUNCEMENTS_PER_SECOND, ANNOUNCEMENT_BURST, now),
            unasked: TokenBucket::full(UNASKED_TRANSACTIONS_PER_SECOND, UNASKED_TRANSACTION_BURST, now),
        }
    }

    /// What was sent in answer to a request.
    pub fn served(&mut self, bytes: usize) {
        self.served.take(bytes as u64);
    }
}

impl Node {
    /// Whether a peer's request is heard; it costs something even if nothing comes of it.
    pub(super) fn may_ask(&mut self, peer: PeerId) -> bool {
        let now = self.now;
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        let may = !known.limits.served.is_empty(now);
        known.limits.served.take(REQUEST_COST);
        may
    }

    /// How many of a peer's announcements of transactions are heard.
    pub(super) fn heard_announcements(&mut self, peer: PeerId, announced: usize) -> usize {
        let now = self.now;
        self.peers.get_mut(&peer).map_or(0, |known| known.limits.announced.take_up_to(announced, now))
    }

    /// Whether a transaction is looked at that was not asked for.
    pub(super) fn may_send_unasked(&mut self, peer: PeerId) -> bool {
        let now = self.now;
        self.peers.get_mut(&peer).is_some_and(|known| known.limits.unasked.take_up_to(1, now) == 1)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Time(1_000_000);
        let mut bucket = TokenBucket::full(100, 500, start);
        assert_eq!(bucket.take_up_to(600, start), 500);
        assert_eq!(bucket.take_up_to(1, start), 0);
        assert_eq!(bucket.take_up_to(600, start.plus_millis(10)), 1);
        assert_eq!(bucket.take_up_to(600, start.plus_millis(2_010)), 200);
        assert_eq!(bucket.take_up_to(600, Time(u64::MAX)), 500);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_debt_is_paid_before_anything_else_and_a_clock_set_back_gives_nothing() {
        let start = Time(1_000_000);
        let mut bucket = TokenBucket::full(100, 100, start);
        bucket.take(200);
        assert!(bucket.is_empty(start.plus_millis(1_000)));
        assert!(bucket.is_empty(start));
        assert!(!bucket.is_empty(start.plus_millis(10)));
    }
}
