//! Bodies: which are missing on the way to the best header, who is asked, and what happens when one comes.

use std::collections::{BTreeMap, HashMap};

use super::Node;
use super::config::{BLOCK_TIMEOUT, DOWNLOAD_WINDOW, MAX_BLOCKS_IN_FLIGHT, MAX_STALLS, SCORE_INVALID_BLOCK};
use super::io::{Event, PeerId, Time};
use crate::chain::block_index::Status;
use crate::chain::{AcceptError, Accepted};
use crate::primitives::{Block, BlockHash};
use crate::wire::{InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct BlockDownload {
    in_flight: BTreeMap<BlockHash, (PeerId, Time)>,
    /// Bodies that came before their parents, by parent. At most [`DOWNLOAD_WINDOW`], since only those are asked for.
    waiting: HashMap<BlockHash, Block>,
    /// Peers that were asked for a block in vain, so that another is asked next. Forgotten at each look for overdue blocks:
    /// an only peer is asked again, but not at once and for ever.
    failed: HashMap<BlockHash, Vec<PeerId>>,
    /// The way to `planned_for`, lowest first: computed once a best header, not once a block.
    plan: Vec<BlockHash>,
    planned_for: Option<BlockHash>,
}

impl BlockDownload {
    pub fn peer_gone(&mut self, peer: PeerId) {
        self.in_flight.retain(|_, (asked, _)| *asked != peer);
    }

    fn in_flight_from(&self, peer: PeerId) -> usize {
        self.in_flight.values().filter(|(asked, _)| *asked == peer).count()
    }

    fn forget(&mut self, hash: &BlockHash) {
        self.in_flight.remove(hash);
        self.failed.remove(hash);
    }
}

impl Node {
    /// Asks peers for the next bodies on the way to the best header, as far as the window reaches.
    pub(super) fn request_blocks(&mut self) {
        self.plan_download();
        let wanted: Vec<BlockHash> = self
            .download
            .plan
            .iter()
            .take(DOWNLOAD_WINDOW)
            .filter(|hash| !self.download.in_flight.contains_key(hash) && !self.is_waiting(hash))
            .copied()
            .collect();
        let mut asked: BTreeMap<PeerId, Vec<InventoryItem>> = BTreeMap::new();
        for hash in wanted {
            let Some(peer) = self.choose_source(&hash) else { continue };
            self.download.in_flight.insert(hash, (peer, self.now));
            asked.entry(peer).or_default().push(InventoryItem::Block(hash));
        }
        for (peer, items) in asked {
            self.send(peer, &Message::GetData(items));
        }
    }

    fn is_waiting(&self, hash: &BlockHash) -> bool {
        let parent = self.chain.index().get(hash).map(|entry| entry.header.prev_blockhash);
        parent.and_then(|parent| self.download.waiting.get(&parent)).is_some_and(|block| block.hash() == *hash)
    }

    fn plan_download(&mut self) {
        let best = self.chain.index().best_header();
        if self.download.planned_for != Some(best) {
            let missing = |entry: &crate::chain::block_index::Entry| entry.status == Status::HeaderOnly;
            self.download.plan =
                self.chain.index().ancestors(best).take_while(|(_, e)| missing(e)).map(|(hash, _)| hash).collect();
            self.download.plan.reverse();
            self.download.planned_for = Some(best);
        }
        let index = self.chain.index();
        let done = self
            .download
            .plan
            .iter()
            .take_while(|hash| index.get(hash).is_none_or(|entry| entry.status != Status::HeaderOnly))
            .count();
        self.download.plan.drain(..done);
    }

    /// The least busy ready peer that has the block and did not just fail to deliver it.
    fn choose_source(&self, hash: &BlockHash) -> Option<PeerId> {
        let height = self.chain.index().get(hash)?.height;
        let failed = self.download.failed.get(hash);
        self.peers
            .iter()
            .filter(|(id, peer)| {
                peer.ready && peer.height >= height && !failed.is_some_and(|failed| failed.contains(id))
            })
            .map(|(id, _)| (self.download.in_flight_from(*id), *id))
            .filter(|(busy, _)| *busy < MAX_BLOCKS_IN_FLIGHT)
            .min()
            .map(|(_, peer)| peer)
    }

    pub(super) fn block_received(&mut self, peer: PeerId, block: Block) {
        let hash = block.hash();
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Block(hash));
            known.stalls = 0;
        }
        self.accept_from_peer(peer, block);
        // What waited for this block can be judged now.
        let mut next = hash;
        while self.body(&next).is_some() {
            let Some(child) = self.download.waiting.remove(&next) else { break };
            next = child.hash();
            self.accept_from_peer(peer, child);
        }
        self.request_blocks();
    }

    fn accept_from_peer(&mut self, peer: PeerId, block: Block) {
        let hash = block.hash();
        let asked = self.download.in_flight.get(&hash).is_some_and(|(asked, _)| *asked == peer);
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
                    self.download.waiting.insert(block.header.prev_blockhash, block);
                }
            }
            Err(AcceptError::UnknownParent) => {
                self.send(peer, &Message::GetHeaders(self.chain.header_locator()));
            }
            Err(AcceptError::Invalid(error)) => {
                self.download.in_flight.remove(&hash);
                self.download.planned_for = None;
                if error.condemns_header() {
                    self.download.forget(&hash);
                } else {
                    self.download.failed.entry(hash).or_default().push(peer);
                }
                if !matches!(
                    error,
                    crate::consensus::BlockError::Header(crate::consensus::HeaderError::TimeTooNew { .. })
                ) {
                    self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid block: {error}"));
                }
                self.emit(Event::Changed);
            }
        }
    }

    pub(super) fn block_not_found(&mut self, peer: PeerId, hash: BlockHash) {
        if self.download.in_flight.get(&hash).is_some_and(|(asked, _)| *asked == peer) {
            self.download.in_flight.remove(&hash);
            self.download.failed.entry(hash).or_default().push(peer);
        }
    }

    /// Takes overdue blocks from the peers that owe them; a peer that does so often is let go.
    pub(super) fn check_stalled_blocks(&mut self) {
        let now = self.now;
        self.download.failed.clear();
        let stalled: Vec<(BlockHash, PeerId)> = self
            .download
            .in_flight
            .iter()
            .filter(|(_, (_, since))| now.millis_since(*since) >= BLOCK_TIMEOUT)
            .map(|(hash, (peer, _))| (*hash, *peer))
            .collect();
        let mut late_peers: Vec<PeerId> = stalled.iter().map(|(_, peer)| *peer).collect();
        late_peers.sort_unstable();
        late_peers.dedup();
        for (hash, peer) in stalled {
            self.block_not_found(peer, hash);
        }
        for peer in late_peers {
            let Some(known) = self.peers.get_mut(&peer) else { continue };
            known.stalls += 1;
            if known.stalls >= MAX_STALLS {
                self.disconnect(peer, "it announced blocks and did not deliver them".into());
            }
        }
        self.request_blocks();
    }
}
