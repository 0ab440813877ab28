//! Announcing: blocks at once, by the headers of a new tip; transactions in batches, for an `inv` of one costs a frame's
//! overhead for each peer. The first one after a quiet moment goes at once, and those that follow wait for the timer.

use std::collections::VecDeque;

use super::Node;
use super::config::{ANNOUNCE_INTERVAL, MAX_ANNOUNCED_AT_ONCE, MAX_QUEUED_ANNOUNCEMENTS};
use super::io::{Output, PeerId, Timer};
use crate::primitives::Txid;
use crate::primitives::encode::encode_count;
use crate::wire::message::MAX_INVENTORY;
use crate::wire::{Frame, InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct Announcements {
    /// For all peers that do not know them, oldest first.
    queue: VecDeque<Txid>,
    timer_runs: bool,
}

impl Announcements {
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.queue.len(), out);
        out.push(self.timer_runs.into());
    }
}

impl Node {
    /// Tells a new peer what waits here, best paid first. What is not stored yet is announced to it when it is.
    pub(super) fn offer_mempool(&mut self, peer: PeerId) {
        let unannounced = self.storage.unannounced();
        let txids = self.mempool.by_fee_rate().map(|(txid, _)| *txid);
        let txids: Vec<Txid> = txids.filter(|txid| !unannounced.contains(txid)).collect();
        self.announce_to(peer, &txids);
    }

    pub(super) fn announce_transactions(&mut self, txids: &[Txid]) {
        if txids.is_empty() {
            return;
        }
        self.announcements.queue.extend(txids);
        let excess = self.announcements.queue.len().saturating_sub(MAX_QUEUED_ANNOUNCEMENTS);
        self.announcements.queue.drain(..excess);
        if !self.announcements.timer_runs {
            self.announce_batch();
        }
    }

    /// The timer has run out: what has gathered goes, and if that was anything, the next batch has to wait again.
    pub(super) fn announce_batch(&mut self) {
        let queue = &mut self.announcements.queue;
        let count = queue.len().min(MAX_ANNOUNCED_AT_ONCE);
        let batch: Vec<Txid> = queue.drain(..count).filter(|txid| self.mempool.contains(txid)).collect();
        self.announcements.timer_runs = count > 0;
        if count > 0 {
            self.set_timer(Timer::Announce, ANNOUNCE_INTERVAL);
        }
        for peer in self.ready_peers() {
            self.announce_to(peer, &batch);
        }
    }

    fn announce_to(&mut self, peer: PeerId, txids: &[Txid]) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        let items = txids.iter().copied().map(InventoryItem::Transaction);
        let items: Vec<InventoryItem> = items.filter(|item| known.learns(*item)).collect();
        for chunk in items.chunks(MAX_INVENTORY) {
            self.send(peer, Message::Inv(chunk.to_vec()));
        }
    }

    /// Announces a new tip to every peer that does not have it: `frame` holds its header, and those before it that may be new as well.
    pub(super) fn announce_blocks(&mut self, frame: &Frame) {
        let Some((tip, below)) = frame.block_hashes().split_last() else { return };
        for (peer, known) in self.peers.iter_mut().filter(|(_, known)| known.ready) {
            if known.learns(InventoryItem::Block(*tip)) {
                for hash in below {
                    known.learns(InventoryItem::Block(*hash));
                }
                known.is_sent(frame);
                self.outputs.push_back(Output::Send { peer: *peer, frame: frame.clone() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;
    use crate::node::snapshot::NodeKind;
    use crate::node::{Config, Time};
    use crate::primitives::SecretKey;

    #[wasm_bindgen_test(unsupported = test)]
    fn of_what_waits_to_be_announced_the_oldest_goes() {
        let config = Config::new("alice", NodeKind::Tab, 1);
        let mut node = Node::new(config, Params::regtest(), SecretKey::from_seed([1; 32]), Time(0));
        node.announcements.timer_runs = true;
        let old = vec![Txid([1; 32]); 5];
        node.announce_transactions(&old);
        node.announce_transactions(&vec![Txid([2; 32]); MAX_QUEUED_ANNOUNCEMENTS - 2]);
        let queue = &node.announcements.queue;
        assert_eq!(queue.len(), MAX_QUEUED_ANNOUNCEMENTS);
        assert_eq!(queue.iter().filter(|txid| **txid == old[0]).count(), 2);
    }
}
