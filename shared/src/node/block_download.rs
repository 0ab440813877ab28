//! Bodies: which are missing on the way to a better chain, who is asked, and what happens when one comes.
//!
//! Each peer is asked for the chain that it has shown itself, if that has more work than ours: a header whose only source is
//! gone holds up nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::Node;
use super::config::{BLOCK_TIMEOUT, DOWNLOAD_WINDOW, MAX_BLOCKS_IN_FLIGHT, MAX_STALLS, SCORE_INVALID_BLOCK};
use super::io::{Event, PeerId, Time};
use crate::chain::block_index::{Entry, Status};
use crate::chain::{AcceptError, Accepted};
use crate::consensus::{BlockError, HeaderError};
use crate::primitives::encode::encode_count;
use crate::primitives::{Block, BlockHash, Encode};
use crate::wire::{InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct BlockDownload {
    in_flight: BTreeMap<BlockHash, (PeerId, Time)>,
    /// Bodies that came before their parents, by parent, and who sent them. Only what was asked for waits, and only as long
    /// as a peer's plan leads to it.
    waiting: HashMap<BlockHash, (PeerId, Block)>,
    /// Peers that were asked for a block in vain, so that another is asked next. Forgotten at each look for overdue blocks:
    /// an only peer is asked again, but not at once and for ever.
    failed: HashMap<BlockHash, Vec<PeerId>>,
}

/// The bodies missing on the way to a peer's tip, lowest first: computed once a tip, not once a block.
#[derive(Debug, Default)]
pub(super) struct DownloadPlan {
    to: Option<BlockHash>,
    missing: VecDeque<BlockHash>,
}

impl BlockDownload {
    pub fn peer_gone(&mut self, peer: PeerId) {
        self.in_flight.retain(|_, (asked, _)| *asked != peer);
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.in_flight.len(), out);
        for (hash, (peer, _)) in &self.in_flight {
            hash.encode(out);
            out.extend(peer.0.to_le_bytes());
        }
        encode_count(self.waiting.len(), out);
    }

    fn forget(&mut self, hash: &BlockHash) {
        self.in_flight.remove(hash);
        self.failed.remove(hash);
    }

    fn may_ask(&self, peer: PeerId, hash: &BlockHash) -> bool {
        !self.in_flight.contains_key(hash) && !self.failed.get(hash).is_some_and(|failed| failed.contains(&peer))
    }
}

impl Node {
    /// The entry of a chain's tip, if that chain has more work than the active one and no known fault.
    pub(super) fn better_chain(&self, tip: BlockHash) -> Option<Entry> {
        let entry = self.chain.index().get(&tip)?;
        (entry.status != Status::Invalid && entry.chainwork > self.chain.chainwork()).then_some(entry)
    }

    /// Asks peers for the next bodies of their better chains, the least busy peer first, as far as the window reaches.
    pub(super) fn request_blocks(&mut self) {
        if self.storage.is_behind() {
            return;
        }
        let mut free: Vec<(usize, PeerId)> = Vec::new();
        for peer in self.ready_peers() {
            self.plan_download(peer);
            if !self.peers[&peer].plan.missing.is_empty() {
                let busy = self.download.in_flight.values().filter(|(asked, _)| *asked == peer).count();
                free.push((busy, peer));
            }
        }
        let mut asked: BTreeMap<PeerId, Vec<InventoryItem>> = BTreeMap::new();
        while let Some(position) = (0..free.len()).min_by_key(|position| free[*position]) {
            let (busy, peer) = free[position];
            let next = (busy < MAX_BLOCKS_IN_FLIGHT).then(|| self.next_missing(peer)).flatten();
            let Some(hash) = next else {
                free.swap_remove(position);
                continue;
            };
            self.download.in_flight.insert(hash, (peer, self.now));
            asked.entry(peer).or_default().push(InventoryItem::Block(hash));
            free[position].0 += 1;
        }
        for (peer, items) in asked {
            self.send(peer, &Message::GetData(items));
        }
    }

    fn next_missing(&self, peer: PeerId) -> Option<BlockHash> {
        let window = self.peers[&peer].plan.missing.iter().take(DOWNLOAD_WINDOW);
        window.copied().find(|hash| self.download.may_ask(peer, hash) && !self.is_waiting(hash))
    }

    fn is_waiting(&self, hash: &BlockHash) -> bool {
        let parent = self.chain.index().get(hash).map(|entry| entry.header.prev_blockhash);
        parent.and_then(|parent| self.download.waiting.get(&parent)).is_some_and(|(_, block)| block.hash() == *hash)
    }

    /// Brings a peer's plan up to date with its tip and with what has arrived.
    fn plan_download(&mut self, peer: PeerId) {
        let tip = self.peers[&peer].tip;
        let to = self.better_chain(tip).map(|_| tip);
        let index = self.chain.index();
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if known.plan.to != to {
            let path = to.into_iter().flat_map(|tip| index.ancestors(tip));
            let missing = path.take_while(|(_, entry)| entry.status == Status::HeaderOnly).map(|(hash, _)| hash);
            let mut missing: VecDeque<BlockHash> = missing.collect();
            missing.make_contiguous().reverse();
            known.plan = DownloadPlan { to, missing };
        }
        let has_arrived = |hash: &BlockHash| index.get(hash).is_none_or(|entry| entry.status != Status::HeaderOnly);
        while known.plan.missing.front().is_some_and(has_arrived) {
            known.plan.missing.pop_front();
        }
    }

    pub(super) fn block_received(&mut self, peer: PeerId, block: Block) {
        let hash = block.hash();
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Block(hash));
            known.stalls = 0;
            known.last_delivery = self.now;
        }
        self.accept_from_peer(peer, block);
        // What waited for this block can be judged now.
        let mut next = hash;
        while self.stored_height(&next).is_some() {
            let Some((sender, child)) = self.download.waiting.remove(&next) else { break };
            next = child.hash();
            // A fault in it is not the parent's sender's.
            self.accept_from_peer(sender, child);
        }
        self.request_blocks();
    }

    fn accept_from_peer(&mut self, peer: PeerId, block: Block) {
        let hash = block.hash();
        let asked = self.download.in_flight.get(&hash).is_some_and(|(asked, _)| *asked == peer);
        if !asked && self.is_low_work(&block.header) {
            // Nobody sends such a block by mistake, but a peer that has just lost its chain may.
            return;
        }
        let early = asked.then(|| block.clone());
        match self.chain.accept_block(block, self.now.seconds()) {
            Ok(Accepted::AlreadyKnown) => self.download.forget(&hash),
            Ok(accepted) => {
                self.download.forget(&hash);
                self.block_accepted(hash, accepted);
            }
            Err(AcceptError::ParentWithoutBody) => {
                if let Some(block) = early {
                    self.download.forget(&hash);
                    self.download.waiting.insert(block.header.prev_blockhash, (peer, block));
                }
            }
            Err(AcceptError::UnknownParent) => {
                self.send(peer, &Message::GetHeaders(self.chain.header_locator()));
            }
            Err(AcceptError::Invalid(error)) => {
                self.download.in_flight.remove(&hash);
                if error.condemns_header() {
                    self.download.forget(&hash);
                } else {
                    self.download.failed.entry(hash).or_default().push(peer);
                }
                if !matches!(error, BlockError::Header(HeaderError::TimeTooNew { .. })) {
                    self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid block: {error}"));
                }
                self.weigh_chains();
                self.continue_reading();
                self.emit(Event::Changed);
            }
        }
    }

    /// A peer does not deliver these blocks, or some of them, although it had announced them.
    pub(super) fn blocks_withheld(&mut self, peer: PeerId, hashes: &[BlockHash]) {
        let owed = |hash: &&BlockHash| self.download.in_flight.get(hash).is_some_and(|(asked, _)| *asked == peer);
        let owed: Vec<BlockHash> = hashes.iter().filter(owed).copied().collect();
        for hash in &owed {
            self.download.in_flight.remove(hash);
            self.download.failed.entry(*hash).or_default().push(peer);
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
        let now = self.now;
        self.download.failed.clear();
        let is_overdue = |peer: &PeerId, since: Time| {
            let last = self.peers.get(peer).map_or(since, |known| known.last_delivery.max(since));
            now.millis_since(last) >= BLOCK_TIMEOUT
        };
        let in_flight = self.download.in_flight.iter();
        let mut overdue: BTreeMap<PeerId, Vec<BlockHash>> = BTreeMap::new();
        for (hash, (peer, _)) in in_flight.filter(|(_, (peer, since))| is_overdue(peer, *since)) {
            overdue.entry(*peer).or_default().push(*hash);
        }
        for (peer, hashes) in overdue {
            self.blocks_withheld(peer, &hashes);
        }
        if !self.download.waiting.is_empty() {
            let windows = self.peers.values().flat_map(|peer| peer.plan.missing.iter().take(DOWNLOAD_WINDOW));
            let planned: BTreeSet<BlockHash> = windows.copied().collect();
            self.download.waiting.retain(|_, (_, block)| planned.contains(&block.hash()));
        }
        self.request_blocks();
    }
}
