//! Bodies: who is asked for which of those that are missing on the way to a better chain, and what happens when one comes.
//!
//! Each peer is asked for the chain that it has shown itself, if that has more work than ours: a header whose only source is
//! gone holds up nothing. What is missing is in `download_plan.rs`, what is on order in `block_orders.rs`, and how long a silent
//! peer is waited for in `stalls.rs`.
//!
//! What is on order is bounded in bytes, over all peers together, by what recent blocks took: all of it may come at once, and
//! through one connection to a relay, which keeps no more than 16 MiB for a slow reader.

use std::collections::VecDeque;

use litemap::LiteMap;

use super::Node;
use super::block_orders::{Form, Waiting};
use super::config::{
    MAX_BLOCKS_IN_FLIGHT, MAX_BLOCKS_OF_STALLED_PEER, REORDER_BLOCKS_BELOW, SCORE_INVALID_BLOCK, block_timeout,
};
use super::download_plan::DownloadPlan;
use super::io::{Event, PeerId};
use crate::chain::block_index::{Standing, Status};
use crate::chain::{AcceptError, Accepted};
use crate::consensus::block_rules::check_identity;
use crate::consensus::{BlockError, HeaderError};
use crate::primitives::hash::BlockHashMap;
use crate::primitives::{Block, BlockHash};
use crate::wire::{InventoryItem, Message};

/// What may be asked for on the way to each tip, lowest first. Many peers have the same tip, and to look through the same window for
/// each of them, at every block that comes, takes longer than to check the block.
type OpenWindows = BlockHashMap<VecDeque<BlockHash>>;

/// How a block came that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Delivery {
    InFull,
    /// From its compact form.
    PutTogether,
}

impl Delivery {
    /// Whether this only says that some transactions with right short ids were others than the block's, which is nobody's fault.
    fn is_put_together_wrongly(self, error: &BlockError) -> bool {
        self == Self::PutTogether && matches!(error, BlockError::MerkleRoot { .. } | BlockError::Mutated)
    }
}

impl Node {
    /// Where a chain's tip stands, if that chain has more work than the active one and no known fault.
    pub(super) fn better_chain(&self, tip: BlockHash) -> Option<Standing> {
        let standing = self.chain.index().standing(&tip)?;
        (standing.status != Status::Invalid && standing.chainwork > self.chain.chainwork()).then_some(standing)
    }

    /// Asks peers for the next bodies of their better chains, the least busy peer first, as far as the window reaches and the
    /// disk keeps up.
    pub(super) fn request_blocks(&mut self) {
        if !self.storage.is_behind() && self.may_miss_blocks() {
            self.request_blocks_of(&self.ready_peers());
        }
    }

    /// The same after one peer has shown more than before: whatever could be asked of the others has been.
    pub(super) fn request_blocks_from(&mut self, peer: PeerId) {
        if !self.storage.is_behind() && self.may_miss_blocks() && self.is_ready(peer) {
            self.request_blocks_of(&[peer]);
        }
    }

    /// Whether anybody can have anything that is missing. If not, as after almost every announcement, no plans are left.
    fn may_miss_blocks(&mut self) -> bool {
        if self.chain.has_better_header() {
            return true;
        }
        if std::mem::take(&mut self.has_plans) {
            for known in self.peers.values_mut() {
                if known.ready && known.plan.to().is_some() {
                    known.plan = DownloadPlan::default();
                }
                self.has_plans |= known.plan.to().is_some();
            }
        }
        false
    }

    fn request_blocks_of(&mut self, peers: &[PeerId]) {
        for peer in peers {
            self.plan_download(*peer);
        }
        if let [peer] = peers {
            return self.request_blocks_of_one(*peer);
        }
        let is_open = |hash: &BlockHash| !self.orders.is_on_order(hash) && !self.is_waiting(hash);
        if !peers.iter().any(|peer| self.peers[peer].plan.window().any(is_open)) {
            // As after most announcements: somebody was asked at the first.
            return;
        }
        let mut on_order: LiteMap<PeerId, usize> = LiteMap::new();
        for (_, request) in self.orders.requests() {
            *on_order.entry(request.peer).or_default() += 1;
        }
        let mut free: Vec<(usize, PeerId)> = Vec::new();
        for peer in peers {
            let on_order = on_order.get(peer).copied().unwrap_or(0);
            if on_order < REORDER_BLOCKS_BELOW && self.peers[peer].plan.window().next().is_some() {
                free.push((on_order, *peer));
            }
        }
        let mut open = OpenWindows::default();
        let mut asked: LiteMap<PeerId, Vec<InventoryItem>> = LiteMap::new();
        while let Some(position) = (0..free.len()).min_by_key(|position| free[*position]) {
            let (busy, peer) = free[position];
            let limit = if self.peers[&peer].stalls > 0 { MAX_BLOCKS_OF_STALLED_PEER } else { MAX_BLOCKS_IN_FLIGHT };
            let next = (busy < limit).then(|| self.next_missing(peer, &mut open)).flatten();
            let Some(hash) = next else {
                free.swap_remove(position);
                continue;
            };
            let item = self.ask(peer, hash);
            asked.entry(peer).or_default().push(item);
            free[position].0 += 1;
        }
        for (peer, items) in asked {
            self.orders.sent(peer, &items);
            self.send(peer, Message::GetData(items));
        }
    }

    /// The same for one peer, whose turn it always is.
    fn request_blocks_of_one(&mut self, peer: PeerId) {
        let mut busy = self.orders.requests().filter(|(_, request)| request.peer == peer).count();
        if busy >= REORDER_BLOCKS_BELOW {
            return;
        }
        let known = &self.peers[&peer];
        let limit = if known.stalls > 0 { MAX_BLOCKS_OF_STALLED_PEER } else { MAX_BLOCKS_IN_FLIGHT };
        let most_bytes = self.chain.params().max_block_bytes as usize;
        let mut items = Vec::new();
        while busy < limit {
            let plan = &self.peers[&peer].plan;
            let may_ask = |hash: &&BlockHash| self.orders.may_ask(peer, hash) && !self.is_waiting(hash);
            let Some(next) = plan.window().find(may_ask).copied() else { break };
            if !self.orders.has_room(most_bytes, plan.window().next() == Some(&next)) {
                break;
            }
            items.push(self.ask(peer, next));
            busy += 1;
        }
        if !items.is_empty() {
            self.orders.sent(peer, &items);
            self.send(peer, Message::GetData(items));
        }
    }

    /// Orders a block of a peer, and answers how it is to be named in the request.
    fn ask(&mut self, peer: PeerId, hash: BlockHash) -> InventoryItem {
        let item = self.item_to_ask(peer, hash);
        let form = if matches!(item, InventoryItem::CompactBlock(_)) { Form::Compact } else { Form::Full };
        self.orders.ask(peer, hash, self.now, form);
        item
    }

    fn next_missing(&self, peer: PeerId, open: &mut OpenWindows) -> Option<BlockHash> {
        let plan = &self.peers[&peer].plan;
        let is_open = |hash: &&BlockHash| !self.orders.is_on_order(hash) && !self.is_waiting(hash);
        let window = open.entry(plan.to()?).or_insert_with(|| plan.window().filter(is_open).copied().collect());
        // Asked of a peer with another tip since.
        while window.pop_front_if(|hash| self.orders.is_on_order(hash)).is_some() {}
        let next = *window.iter().find(|hash| self.orders.may_ask(peer, hash))?;
        let most_bytes = self.chain.params().max_block_bytes as usize;
        self.orders.has_room(most_bytes, plan.window().next() == Some(&next)).then_some(next)
    }

    fn is_waiting(&self, hash: &BlockHash) -> bool {
        if !self.orders.has_waiting() {
            return false;
        }
        let parent = self.chain.index().get(hash).map(|entry| entry.header.prev_blockhash);
        parent.is_some_and(|parent| self.orders.is_waiting(parent, *hash))
    }

    /// `hash` is the block's.
    pub(super) fn block_received(&mut self, peer: PeerId, hash: BlockHash, block: Block, delivery: Delivery) {
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Block(hash));
        }
        if self.orders.is_owed(peer, &hash) {
            self.owed_block_received(peer, hash, block, delivery);
        } else {
            self.unasked_block_received(peer, hash, block);
        }
    }

    /// Only this is a delivery, and only if the block is sound as far as it can be judged now. It may come late, when somebody
    /// else was asked for it since, or has sent it.
    fn owed_block_received(&mut self, peer: PeerId, hash: BlockHash, block: Block, delivery: Delivery) {
        let parent = block.header.prev_blockhash;
        let leads_on = self.mining.has_rested() && self.is_of_better_chain(&hash);
        let is_here = self.stored_height(&hash).is_some() || self.is_waiting(&hash);
        let is_sound = is_here
            || if self.stored_height(&parent).is_some() {
                self.judge_block(peer, hash, block, Some(delivery))
            } else {
                self.let_wait(peer, hash, block, delivery)
            };
        if is_sound {
            let longest = block_timeout(self.chain.params().max_block_bytes);
            self.orders.delivered(peer, &hash, is_here, self.now, longest);
            if let Some(known) = self.peers.get_mut(&peer) {
                known.stalls = 0;
            }
        }
        if is_sound && !is_here {
            if delivery == Delivery::InFull {
                self.orders.learn_size(self.frame_bytes);
            }
            self.watch.delivered(self.now);
            if leads_on {
                self.mining.better_chain_came_on(self.now);
            }
        }
        self.judge_what_waited_for(hash);
        self.request_blocks();
    }

    /// Changes nothing about what others owe, and counts as no delivery; it is judged if its parent is here, and
    /// else dropped.
    fn unasked_block_received(&mut self, peer: PeerId, hash: BlockHash, block: Block) {
        let parent = block.header.prev_blockhash;
        if self.stored_height(&parent).is_none() {
            if !self.chain.index().contains(&parent) && self.stored_height(&hash).is_none() {
                self.ask_for_headers(peer);
            }
            return;
        }
        if self.passes_over(peer, &[hash]) {
            return;
        }
        // Nobody sends a block of low work by mistake, but a peer that has just lost its chain may.
        let is_low_work = self.is_low_work(&block.header);
        self.charge_hashing(peer, is_low_work);
        if !is_low_work {
            self.judge_block(peer, hash, block, None);
            self.judge_what_waited_for(hash);
            self.request_blocks();
        }
    }

    fn judge_what_waited_for(&mut self, parent: BlockHash) {
        if !self.orders.has_waiting() {
            return;
        }
        let mut arrived = vec![parent];
        while let Some(parent) = arrived.pop() {
            if self.stored_height(&parent).is_none() {
                continue;
            }
            for (hash, waiting) in self.orders.take_waiting(parent) {
                // A fault in it is not the parent's sender's.
                self.judge_block(waiting.from, hash, waiting.block, Some(Delivery::InFull));
                arrived.push(hash);
            }
        }
    }

    /// Keeps a body until its parent comes, if it is its header's: that needs no parent to be judged, and what is not costs its
    /// sender alone.
    fn let_wait(&mut self, peer: PeerId, hash: BlockHash, block: Block, delivery: Delivery) -> bool {
        let Some((height, _)) = self.chain.index().place(&hash) else { return false };
        match check_identity(self.chain.params(), &block) {
            Ok(identity) => {
                self.orders.keep_waiting(Waiting { from: peer, block, height, bytes: identity.size });
                true
            }
            Err(error) if delivery.is_put_together_wrongly(&error) => {
                self.ask_in_full(peer, hash);
                false
            }
            Err(error) => {
                self.orders.give_up(peer, hash, false);
                self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid block: {error}"));
                false
            }
        }
    }

    /// Judges a block whose parent is here, by every rule; `true` if it is valid. `delivery` is absent for what nobody asked for.
    fn judge_block(&mut self, peer: PeerId, hash: BlockHash, block: Block, delivery: Option<Delivery>) -> bool {
        match self.chain.accept_hashed_block(block, hash, self.now.seconds()) {
            Ok(Accepted::AlreadyKnown) => true,
            Ok(accepted) => {
                if delivery.is_none() {
                    // Nobody has to send it any more.
                    self.orders.forget(&hash);
                }
                if let Some(sender) = self.peers.get(&peer) {
                    self.arrivals.entry(&hash).from = Some(sender.node);
                }
                self.block_accepted(hash, accepted, false);
                true
            }
            // Its parent is here.
            Err(AcceptError::ParentWithoutBody | AcceptError::UnknownParent) => false,
            Err(AcceptError::Invalid(error)) if delivery.is_some_and(|it| it.is_put_together_wrongly(&error)) => {
                self.ask_in_full(peer, hash);
                false
            }
            Err(AcceptError::Invalid(error)) => {
                if error.condemns_header() {
                    self.orders.forget(&hash);
                } else if delivery.is_some() {
                    self.orders.give_up(peer, hash, false);
                }
                if !matches!(error, BlockError::Header(HeaderError::TimeTooNew { .. })) {
                    self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid block: {error}"));
                }
                self.weigh_chains();
                self.continue_reading();
                self.emit(Event::Changed);
                false
            }
        }
    }
}
