//! How long a peer that owes blocks is waited for.
//!
//! As in Bitcoin Core a peer that delivers nothing for two seconds loses what it owes, if another one could deliver it: it
//! would hold up the window, or keep a new block from us. Where nobody else has the block, its only source has four times as
//! long before it is asked again, or more where blocks are larger. Four times in vain end the link.
//!
//! The time runs anew when the peer delivers something else, so who delivers steadily is slow and nothing worse. It also runs anew
//! when *anyone* delivers what was asked for earlier: all peers may be behind one connection to a relay, where answers stand in
//! line in the order of the requests. What was asked for later and comes all the same explains nothing.

use std::collections::BTreeMap;

use super::Node;
use super::config::{MAX_STALLS, STALL_TIMEOUT, block_timeout};
use super::io::PeerId;
use crate::primitives::BlockHash;

impl Node {
    /// A peer does not deliver these blocks, or some of them, although it had announced them.
    pub(super) fn blocks_withheld(&mut self, peer: PeerId, hashes: &[BlockHash]) {
        let owed: Vec<BlockHash> =
            hashes.iter().filter(|hash| self.download.is_asked(peer, hash, |_| true)).copied().collect();
        for hash in &owed {
            self.download.give_up(peer, *hash);
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
        self.download.forgive();
        let only_source_timeout = block_timeout(self.chain.params().max_block_bytes);
        let mut overdue: BTreeMap<PeerId, Vec<BlockHash>> = BTreeMap::new();
        for (hash, request) in self.download.requests() {
            let quiet = self.now.millis_since(request.quiet_since);
            if quiet >= only_source_timeout || (quiet >= STALL_TIMEOUT && self.has_other_source(request.peer, hash)) {
                overdue.entry(request.peer).or_default().push(*hash);
            }
        }
        for (peer, hashes) in overdue {
            self.blocks_withheld(peer, &hashes);
        }
        if self.download.has_anything_to_forget() {
            let planned = self.planned_blocks();
            self.download.retain(|hash| planned.contains(hash));
        }
        self.request_blocks();
    }

    fn has_other_source(&self, peer: PeerId, hash: &BlockHash) -> bool {
        self.peers.keys().any(|other| *other != peer && self.is_planned_by(*other, hash))
    }
}
