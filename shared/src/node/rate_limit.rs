//! What a peer may make this node do in a second, each kind a token bucket. What exceeds it is dropped without score: an
//! honest node does not come near, and if it did, its timeouts would let it ask again.

use super::Node;
use super::config::{
    ANNOUNCEMENT_BURST, ANNOUNCEMENTS_PER_SECOND, HASHING_BURST, HASHING_MICROS_PER_SECOND, REQUEST_COST, SERVED_BURST,
    SERVED_BYTES_PER_SECOND, UNASKED_TRANSACTION_BURST, UNASKED_TRANSACTIONS_PER_SECOND,
};
use super::io::{PeerId, Time};
use super::token_bucket::{Allowance, TokenBucket};

/// The buckets of one peer.
#[derive(Debug, Clone, Copy)]
pub(super) struct RateLimits {
    /// Bytes that are sent because the peer asked for them.
    served: TokenBucket,
    /// Transactions that it announces.
    announced: TokenBucket,
    /// Transactions that it sends though nobody asked.
    unasked: TokenBucket,
    /// Microseconds of hashing for headers that were not kept.
    hashing: TokenBucket,
}

impl RateLimits {
    pub fn new(now: Time) -> Self {
        let full = |a_second, at_once| TokenBucket::full(Allowance::a_second(a_second, at_once), now);
        Self {
            served: full(SERVED_BYTES_PER_SECOND, SERVED_BURST),
            announced: full(ANNOUNCEMENTS_PER_SECOND, ANNOUNCEMENT_BURST),
            unasked: full(UNASKED_TRANSACTIONS_PER_SECOND, UNASKED_TRANSACTION_BURST),
            hashing: full(HASHING_MICROS_PER_SECOND, HASHING_BURST),
        }
    }

    /// What was sent in answer to a request.
    pub fn served(&mut self, bytes: usize) {
        self.served.take(bytes as u64);
    }

    /// What was hashed in vain.
    pub fn hashed(&mut self, micros: u64, now: Time) {
        self.hashing.refill(now);
        self.hashing.take(micros);
    }

    pub fn is_out_of_hashing(&mut self, now: Time) -> bool {
        self.hashing.is_empty(now)
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
        self.peers.get_mut(&peer).is_some_and(|known| known.limits.unasked.takes(now))
    }
}
