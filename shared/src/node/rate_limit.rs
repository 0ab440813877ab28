//! What a peer may make this node do in a second, each kind a token bucket. What exceeds it is dropped without score: an
//! honest node does not come near, and if it did, its timeouts would let it ask again.

use super::Node;
use super::config::{
    ANNOUNCEMENT_BURST, ANNOUNCEMENTS_PER_SECOND, HASHING_BURST, HASHING_MICROS_PER_SECOND, REQUEST_COST, SERVED_BURST,
    SERVED_BYTES_PER_SECOND, UNASKED_TRANSACTION_BURST, UNASKED_TRANSACTIONS_PER_SECOND,
};
use super::io::{PeerId, Time};
use super::token_bucket::{Allowance, Level};

/// Bytes that are sent because a peer asked for them.
const SERVED: Allowance = Allowance::a_second(SERVED_BYTES_PER_SECOND, SERVED_BURST);
/// Transactions that a peer announces.
const ANNOUNCED: Allowance = Allowance::a_second(ANNOUNCEMENTS_PER_SECOND, ANNOUNCEMENT_BURST);
/// Transactions that a peer sends though nobody asked.
const UNASKED: Allowance = Allowance::a_second(UNASKED_TRANSACTIONS_PER_SECOND, UNASKED_TRANSACTION_BURST);
/// Microseconds of hashing for headers that were not kept.
const HASHING: Allowance = Allowance::a_second(HASHING_MICROS_PER_SECOND, HASHING_BURST);

/// How full the buckets of one peer are, the one first that is asked most.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(super) struct RateLimits {
    served: Level,
    hashing: Level,
    announced: Level,
    unasked: Level,
}

impl RateLimits {
    pub fn new(now: Time) -> Self {
        let [served, hashing, announced, unasked] =
            [SERVED, HASHING, ANNOUNCED, UNASKED].map(|allowance| Level::full(allowance, now));
        Self { served, hashing, announced, unasked }
    }

    /// What was sent in answer to a request.
    pub fn served(&mut self, bytes: usize) {
        self.served.take(bytes as u64);
    }

    /// What was hashed in vain.
    pub fn hashed(&mut self, micros: u64, now: Time) {
        self.hashing.refill(HASHING, now);
        self.hashing.take(micros);
    }

    pub fn is_out_of_hashing(&mut self, now: Time) -> bool {
        self.hashing.is_empty(HASHING, now)
    }
}

impl Node {
    /// Whether a peer's request is heard; it costs something even if nothing comes of it.
    pub(super) fn may_ask(&mut self, peer: PeerId) -> bool {
        let now = self.now;
        let Some(known) = self.peers.get_mut(&peer) else { return false };
        let may = !known.limits.served.is_empty(SERVED, now);
        known.limits.served.take(REQUEST_COST);
        may
    }

    /// How many of a peer's announcements of transactions are heard.
    pub(super) fn heard_announcements(&mut self, peer: PeerId, announced: usize) -> usize {
        let now = self.now;
        self.peers.get_mut(&peer).map_or(0, |known| known.limits.announced.take_up_to(ANNOUNCED, announced, now))
    }

    /// Whether a transaction is looked at that was not asked for.
    pub(super) fn may_send_unasked(&mut self, peer: PeerId) -> bool {
        let now = self.now;
        self.peers.get_mut(&peer).is_some_and(|known| known.limits.unasked.take_up_to(UNASKED, 1, now) == 1)
    }
}
