//! How long a peer that owes blocks is waited for.
//!
//! A peer that delivers nothing for two seconds loses what it owes, if another one could deliver it: it would hold up the
//! window, or keep a new block from us. First it loses what it was asked for first, and the rest when that has come from
//! elsewhere: behind a slow line everything else stands in line behind the first. Where nobody else has the block, its only
//! source has four times as long before it is asked again, or more where blocks are larger. Four times in vain end the link.
//!
//! The time runs anew when the peer delivers something else, so who delivers steadily is slow and nothing worse. It also runs anew
//! when *anyone* delivers what was asked for earlier: all peers may be behind one connection to a relay, where answers stand in
//! line in the order of the requests. What was asked for later and comes all the same explains nothing.
//!
//! Two seconds are no time for a megabyte at less than four megabits a second. So, as in Bitcoin Core
//! (`BLOCK_STALLING_TIMEOUT_DEFAULT` and `_MAX`, pull request 25880), the time doubles whenever a peer loses a block for it and
//! shrinks to 0.85 of itself with each block that comes. Core's peers are let go then; here the block may still come, late, and be
//! welcome. That tells the two cases apart: the one who was asked instead delivers first, and the line was not at fault; or the
//! block comes late and still before that, and then the time stays above twice what it took. It is never longer than an only source's: Core's 64 seconds
//! suit blocks every ten minutes.

use tiny_sort::unstable;

use super::Node;
use super::config::{MAX_STALLS, STALL_TIMEOUT, block_timeout};
use super::io::PeerId;
use crate::primitives::BlockHash;

/// How long a peer may be quiet that another could take the place of, ms.
#[derive(Debug)]
pub(super) struct StallTimeout(u64);

impl Default for StallTimeout {
    fn default() -> Self {
        Self(STALL_TIMEOUT)
    }
}

impl StallTimeout {
    pub fn millis(&self) -> u64 {
        self.0
    }

    /// A peer has lost a block for it.
    fn was_too_long(&mut self, longest: u64) {
        self.set(self.0 * 2, longest);
    }

    /// A block has come after so many quiet milliseconds, from whoever was asked first.
    pub fn delivered(&mut self, took: u64, longest: u64) {
        self.set((self.0 * 17 / 20).max(took.saturating_mul(2)), longest);
    }

    /// It has come from whoever was asked in the place of another, and before it came from that one.
    pub fn substitute_delivered(&mut self, took: u64, longest: u64) {
        self.set((self.0 / 2).max(took.saturating_mul(2)), longest);
    }

    fn set(&mut self, millis: u64, longest: u64) {
        self.0 = millis.clamp(STALL_TIMEOUT, longest);
    }
}

impl Node {
    /// A peer does not deliver these blocks, or some of them, although it had announced them.
    pub(super) fn blocks_withheld(&mut self, peer: PeerId, hashes: &[BlockHash], may_come: bool) {
        let owed: Vec<BlockHash> =
            hashes.iter().filter(|hash| self.orders.is_asked(peer, hash, |_| true)).copied().collect();
        for hash in &owed {
            self.orders.give_up(peer, *hash, may_come);
        }
        let Some(known) = self.peers.get_mut(&peer).filter(|_| !owed.is_empty()) else { return };
        known.stalls += 1;
        if known.stalls >= MAX_STALLS {
            self.disconnect(peer, "it announced blocks and did not deliver them".into());
        }
    }

    /// Takes overdue blocks from the peers that owe them, one stall a peer and look, and forgets bodies that nothing leads
    /// to any more.
    pub(super) fn check_stalled_blocks(&mut self) {
        self.orders.forgive();
        for peer in self.peers_by_oldest_request() {
            self.check_stalled_peer(peer);
        }
        if self.orders.has_anything_to_forget() {
            let planned = self.planned_blocks();
            self.orders.retain(|hash| planned.contains(hash));
        }
        self.request_blocks();
    }

    /// Whoever was asked first is judged first: its fault may excuse the others.
    fn peers_by_oldest_request(&self) -> Vec<PeerId> {
        let mut requests: Vec<(u64, PeerId)> =
            self.orders.requests().map(|(_, request)| (request.number, request.peer)).collect();
        unstable::sort(&mut requests);
        let mut peers = Vec::new();
        for (_, peer) in requests {
            if !peers.contains(&peer) {
                peers.push(peer);
            }
        }
        peers
    }

    fn check_stalled_peer(&mut self, peer: PeerId) {
        let longest = block_timeout(self.chain.params().max_block_bytes);
        let patience = self.orders.stall_timeout.millis();
        let may_be_the_line = self.orders.awaits_substitute_of(peer);
        let (mut without_excuse, mut replaceable) = (Vec::new(), Vec::new());
        for (hash, request) in self.orders.requests().filter(|(_, request)| request.peer == peer) {
            let quiet = self.now.millis_since(request.quiet_since);
            if quiet >= longest {
                without_excuse.push(*hash);
            } else if quiet >= patience && !may_be_the_line && self.has_other_source(peer, hash) {
                replaceable.push((request.number, *hash));
            }
        }
        unstable::sort(&mut replaceable);
        if without_excuse.is_empty() && self.peers.get(&peer).is_some_and(|known| known.stalls == 0) {
            replaceable.truncate(1);
        }
        if !replaceable.is_empty() {
            self.orders.stall_timeout.was_too_long(longest);
        }
        let mut overdue = without_excuse;
        overdue.extend(replaceable.into_iter().map(|(_, hash)| hash));
        self.blocks_withheld(peer, &overdue, true);
    }

    fn has_other_source(&self, peer: PeerId, hash: &BlockHash) -> bool {
        self.peers.keys().any(|other| *other != peer && self.is_planned_by(*other, hash))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_timeout_doubles_decays_and_stays_above_what_blocks_take() {
        let longest = 8_000;
        let mut timeout = StallTimeout::default();
        for expected in [4_000, 8_000, 8_000] {
            timeout.was_too_long(longest);
            assert_eq!(timeout.millis(), expected);
        }
        for expected in [6_800, 5_780, 4_913] {
            timeout.delivered(100, longest);
            assert_eq!(timeout.millis(), expected);
        }
        timeout.substitute_delivered(100, longest);
        assert_eq!(timeout.millis(), 2_456);
        timeout.delivered(2_700, longest);
        assert_eq!(timeout.millis(), 5_400);
        timeout.delivered(u64::MAX, longest);
        assert_eq!(timeout.millis(), longest);
        for _ in 0..20 {
            timeout.delivered(0, longest);
        }
        assert_eq!(timeout.millis(), STALL_TIMEOUT);
    }
}
