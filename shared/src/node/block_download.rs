//! Bodies: which are missing on the way to a better chain, who is asked, and what happens when one comes.
//!
//! Each peer is asked for the chain that it has shown itself, if that has more work than ours: a header whose only source is
//! gone holds up nothing. How long a silent peer is waited for is in `stalls.rs`.
//!
//! What is on order is bounded in bytes, over all peers together, by what recent blocks took: all of it may come at once, and
//! through one connection to a relay, which keeps no more than 16 MiB for a slow reader.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::Node;
use super::config::{
    DOWNLOAD_WINDOW, MAX_BLOCKS_IN_FLIGHT, MAX_BLOCKS_OF_STALLED_PEER, MAX_BYTES_AHEAD, MAX_BYTES_ON_ORDER,
    MIN_BLOCKS_ON_ORDER, SCORE_INVALID_BLOCK,
};
use super::io::{Event, PeerId, Time};
use crate::chain::block_index::{Entry, Status};
use crate::chain::{AcceptError, Accepted};
use crate::consensus::block_rules::check_identity;
use crate::consensus::{BlockError, HeaderError};
use crate::primitives::encode::encode_count;
use crate::primitives::{Block, BlockHash, Encode};
use crate::wire::compact_block::PartialBlock;
use crate::wire::{InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct BlockDownload {
    in_flight: BTreeMap<BlockHash, Request>,
    /// Made so far.
    requests_made: u64,
    /// Bodies that came before their parents, by parent and hash, and who sent them. Only what was asked for waits, once it is
    /// sure to be its header's, and only as long as a peer's plan leads to it.
    waiting: BTreeMap<(BlockHash, BlockHash), Waiting>,
    waiting_bytes: usize,
    /// What a block is expected to take, going by recent ones. 0 before the first.
    usual_bytes: usize,
    /// Peers that were asked for a block in vain, so that another is asked next. Forgotten at each look for overdue blocks:
    /// an only peer is asked again, but not at once and for ever.
    failed: HashMap<BlockHash, Vec<PeerId>>,
    /// Blocks whose compact form was of no use.
    in_full: BTreeSet<BlockHash>,
}

#[derive(Debug)]
pub(super) struct Request {
    pub peer: PeerId,
    /// Since when nothing has come that explains why this has not.
    pub quiet_since: Time,
    /// Requests are numbered in the order in which they were made.
    number: u64,
    form: Form,
}

#[derive(Debug)]
struct Waiting {
    from: PeerId,
    block: Block,
    height: u32,
    bytes: usize,
}

/// What a peer was asked for.
#[derive(Debug)]
pub(super) enum Form {
    Full,
    Compact,
    /// The transactions that this one lacks.
    Partial(Box<PartialBlock>),
}

/// The bodies missing on the way to a peer's tip, lowest first: computed once a tip, not once a block.
#[derive(Debug, Default)]
pub(super) struct DownloadPlan {
    to: Option<BlockHash>,
    missing: VecDeque<BlockHash>,
}

impl BlockDownload {
    pub fn peer_gone(&mut self, peer: PeerId) {
        self.in_flight.retain(|_, request| request.peer != peer);
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.in_flight.len(), out);
        for (hash, request) in &self.in_flight {
            hash.encode(out);
            out.extend(request.peer.0.to_le_bytes());
            out.push(match request.form {
                Form::Full => 0,
                Form::Compact => 1,
                Form::Partial(_) => 2,
            });
        }
        encode_count(self.waiting.len(), out);
        encode_count(self.waiting_bytes, out);
        encode_count(self.usual_bytes, out);
        encode_count(self.in_full.len(), out);
    }

    pub fn requests(&self) -> impl Iterator<Item = (&BlockHash, &Request)> {
        self.in_flight.iter()
    }

    /// A larger block counts at once, smaller ones little by little.
    fn learn_size(&mut self, bytes: usize) {
        self.usual_bytes = bytes.max(self.usual_bytes / 4 * 3 + bytes / 4);
    }

    /// Beyond [`MAX_BYTES_AHEAD`] those go that are needed last; they are asked for again when there is room.
    fn keep_waiting(&mut self, waiting: Waiting) {
        self.waiting_bytes += waiting.bytes;
        self.waiting.insert((waiting.block.header.prev_blockhash, waiting.block.hash()), waiting);
        while self.waiting_bytes > MAX_BYTES_AHEAD {
            let furthest = self.waiting.iter().max_by_key(|(_, waiting)| waiting.height).map(|(key, _)| *key);
            let Some(dropped) = furthest.and_then(|key| self.waiting.remove(&key)) else { return };
            self.waiting_bytes -= dropped.bytes;
        }
    }

    /// All that waited for this parent.
    fn take_waiting(&mut self, parent: BlockHash) -> Vec<(BlockHash, Waiting)> {
        let keys = self.waiting.range((parent, BlockHash([0; 32]))..=(parent, BlockHash([0xff; 32])));
        let keys: Vec<(BlockHash, BlockHash)> = keys.map(|(key, _)| *key).collect();
        let taken: Vec<(BlockHash, Waiting)> =
            keys.into_iter().filter_map(|key| Some((key.1, self.waiting.remove(&key)?))).collect();
        self.waiting_bytes -= taken.iter().map(|(_, waiting)| waiting.bytes).sum::<usize>();
        taken
    }

    /// Forgets what no plan leads to.
    pub fn retain(&mut self, is_planned: impl Fn(&BlockHash) -> bool) {
        self.waiting.retain(|(_, hash), _| is_planned(hash));
        self.waiting_bytes = self.waiting.values().map(|waiting| waiting.bytes).sum();
        self.in_full.retain(is_planned);
    }

    pub fn has_anything_to_forget(&self) -> bool {
        !self.waiting.is_empty() || !self.in_full.is_empty()
    }

    /// The peer will not deliver this block for now.
    pub fn give_up(&mut self, peer: PeerId, hash: BlockHash) {
        let request = self.in_flight.remove(&hash);
        if request.is_some_and(|request| !matches!(request.form, Form::Full)) {
            self.want_in_full(hash);
        }
        self.failed.entry(hash).or_default().push(peer);
    }

    pub fn forgive(&mut self) {
        self.failed.clear();
    }

    /// Notes a request, in the place of an earlier one for the same block.
    pub fn ask(&mut self, peer: PeerId, hash: BlockHash, now: Time, form: Form) {
        self.requests_made += 1;
        let request = Request { peer, quiet_since: now, number: self.requests_made, form };
        self.in_flight.insert(hash, request);
    }

    /// A peer delivers what it was asked for. Whatever it owes besides, and whatever anyone was asked for later, may have been
    /// in line behind that: all peers may share one connection to a relay.
    fn delivered(&mut self, peer: PeerId, hash: &BlockHash, now: Time) {
        let Some(number) = self.in_flight.get(hash).map(|request| request.number) else { return };
        for request in self.in_flight.values_mut().filter(|request| request.peer == peer || request.number > number) {
            request.quiet_since = now;
        }
    }

    /// What was asked before a sleep is owed from now on, or everybody would be overdue at once.
    pub fn wait_anew(&mut self, now: Time) {
        for request in self.in_flight.values_mut() {
            request.quiet_since = now;
        }
    }

    /// Whether a peer owes a block, in such a form.
    pub fn is_asked(&self, peer: PeerId, hash: &BlockHash, in_form: impl Fn(&Form) -> bool) -> bool {
        self.in_flight.get(hash).is_some_and(|request| request.peer == peer && in_form(&request.form))
    }

    /// What a peer's `blocktxn` completes. The block is still owed: in full, until it proves complete.
    pub fn take_partial(&mut self, peer: PeerId, hash: &BlockHash) -> Option<PartialBlock> {
        let request = self.in_flight.get_mut(hash).filter(|request| request.peer == peer)?;
        match std::mem::replace(&mut request.form, Form::Full) {
            Form::Partial(partial) => Some(*partial),
            other => {
                request.form = other;
                None
            }
        }
    }

    /// Blocks that a peer, and all peers together, owe in another form than in full.
    pub fn compact_requests(&self, peer: PeerId) -> (usize, usize) {
        let compact = self.in_flight.values().filter(|request| !matches!(request.form, Form::Full));
        (compact.clone().filter(|request| request.peer == peer).count(), compact.count())
    }

    pub fn want_in_full(&mut self, hash: BlockHash) {
        self.in_full.insert(hash);
    }

    pub fn is_wanted_in_full(&self, hash: &BlockHash) -> bool {
        self.in_full.contains(hash)
    }

    fn forget(&mut self, hash: &BlockHash) {
        self.in_flight.remove(hash);
        self.failed.remove(hash);
        self.in_full.remove(hash);
    }

    fn may_ask(&self, peer: PeerId, hash: &BlockHash) -> bool {
        !self.in_flight.contains_key(hash) && !self.failed.get(hash).is_some_and(|failed| failed.contains(&peer))
    }

    /// Whether a further block fits in. The one that holds up all others always does.
    fn has_room(&self, most_bytes: usize, is_next: bool) -> bool {
        let usual = if self.usual_bytes == 0 { most_bytes } else { self.usual_bytes.min(most_bytes) };
        let on_order = self.in_flight.len();
        if on_order < MIN_BLOCKS_ON_ORDER && is_next {
            return true;
        }
        let bytes = (on_order + 1) * usual;
        (on_order < MIN_BLOCKS_ON_ORDER || bytes <= MAX_BYTES_ON_ORDER) && bytes + self.waiting_bytes <= MAX_BYTES_AHEAD
    }
}

impl Node {
    /// The entry of a chain's tip, if that chain has more work than the active one and no known fault.
    pub(super) fn better_chain(&self, tip: BlockHash) -> Option<Entry> {
        let entry = self.chain.index().get(&tip)?;
        (entry.status != Status::Invalid && entry.chainwork > self.chain.chainwork()).then_some(entry)
    }

    /// Asks peers for the next bodies of their better chains, the least busy peer first, as far as the window reaches and the
    /// disk keeps up.
    pub(super) fn request_blocks(&mut self) {
        if self.storage.is_behind() {
            return;
        }
        let mut free: Vec<(usize, PeerId)> = Vec::new();
        for peer in self.ready_peers() {
            self.plan_download(peer);
            if !self.peers[&peer].plan.missing.is_empty() {
                let busy = self.download.in_flight.values().filter(|request| request.peer == peer).count();
                free.push((busy, peer));
            }
        }
        let mut asked: BTreeMap<PeerId, Vec<InventoryItem>> = BTreeMap::new();
        while let Some(position) = (0..free.len()).min_by_key(|position| free[*position]) {
            let (busy, peer) = free[position];
            let limit = if self.peers[&peer].stalls > 0 { MAX_BLOCKS_OF_STALLED_PEER } else { MAX_BLOCKS_IN_FLIGHT };
            let next = (busy < limit).then(|| self.next_missing(peer)).flatten();
            let Some(hash) = next else {
                free.swap_remove(position);
                continue;
            };
            let item = self.item_to_ask(peer, hash);
            let form = if matches!(item, InventoryItem::CompactBlock(_)) { Form::Compact } else { Form::Full };
            self.download.ask(peer, hash, self.now, form);
            asked.entry(peer).or_default().push(item);
            free[position].0 += 1;
        }
        for (peer, items) in asked {
            self.send(peer, &Message::GetData(items));
        }
    }

    fn next_missing(&self, peer: PeerId) -> Option<BlockHash> {
        let missing = &self.peers[&peer].plan.missing;
        let mut window = missing.iter().take(DOWNLOAD_WINDOW).copied();
        let next = window.find(|hash| self.download.may_ask(peer, hash) && !self.is_waiting(hash))?;
        let most_bytes = self.chain.params().max_block_bytes as usize;
        self.download.has_room(most_bytes, missing.front() == Some(&next)).then_some(next)
    }

    /// Whether a peer that has shaken hands could be asked for this block next.
    pub(super) fn is_planned_by(&self, peer: PeerId, hash: &BlockHash) -> bool {
        let known = self.peers.get(&peer).filter(|known| known.ready);
        known.is_some_and(|known| known.plan.missing.iter().take(DOWNLOAD_WINDOW).any(|planned| planned == hash))
    }

    /// All that could be asked for next.
    pub(super) fn planned_blocks(&self) -> BTreeSet<BlockHash> {
        let windows = self.peers.values().flat_map(|peer| peer.plan.missing.iter().take(DOWNLOAD_WINDOW));
        windows.copied().collect()
    }

    fn is_waiting(&self, hash: &BlockHash) -> bool {
        let parent = self.chain.index().get(hash).map(|entry| entry.header.prev_blockhash);
        parent.is_some_and(|parent| self.download.waiting.contains_key(&(parent, *hash)))
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

    /// `frame_bytes` are the block's own; `None` if it was put together from a compact one.
    pub(super) fn block_received(&mut self, peer: PeerId, block: Block, frame_bytes: Option<usize>) {
        let hash = block.hash();
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Block(hash));
        }
        if self.download.is_asked(peer, &hash, |_| true) {
            self.asked_block_received(peer, block, frame_bytes);
        } else {
            self.unasked_block_received(peer, block);
        }
    }

    /// Only this is a delivery, and only if the block is sound as far as it can be judged now.
    fn asked_block_received(&mut self, peer: PeerId, block: Block, frame_bytes: Option<usize>) {
        let (hash, parent) = (block.hash(), block.header.prev_blockhash);
        let leads_on = self.is_of_better_chain(&hash);
        let is_sound = if self.stored_height(&parent).is_some() {
            self.judge_block(peer, block, true)
        } else {
            self.let_wait(peer, block)
        };
        if is_sound {
            self.download.delivered(peer, &hash, self.now);
            self.download.forget(&hash);
            if let Some(bytes) = frame_bytes {
                self.download.learn_size(bytes);
            }
            if let Some(known) = self.peers.get_mut(&peer) {
                known.stalls = 0;
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
    fn unasked_block_received(&mut self, peer: PeerId, block: Block) {
        let (hash, parent) = (block.hash(), block.header.prev_blockhash);
        if self.stored_height(&parent).is_none() {
            if self.chain.index().get(&parent).is_none() && self.stored_height(&hash).is_none() {
                self.ask_for_headers(peer);
            }
        } else if !self.is_low_work(&block.header) {
            // Nobody sends a block of low work by mistake, but a peer that has just lost its chain may.
            self.judge_block(peer, block, false);
            self.judge_what_waited_for(hash);
            self.request_blocks();
        }
    }

    fn judge_what_waited_for(&mut self, parent: BlockHash) {
        let mut arrived = vec![parent];
        while let Some(parent) = arrived.pop() {
            if self.stored_height(&parent).is_none() {
                continue;
            }
            for (hash, waiting) in self.download.take_waiting(parent) {
                // A fault in it is not the parent's sender's.
                self.judge_block(waiting.from, waiting.block, true);
                arrived.push(hash);
            }
        }
    }

    /// Keeps a body until its parent comes, if it is its header's: that needs no parent to be judged, and what is not costs its
    /// sender alone.
    fn let_wait(&mut self, peer: PeerId, block: Block) -> bool {
        let hash = block.hash();
        let Some(height) = self.chain.index().get(&hash).map(|entry| entry.height) else { return false };
        match check_identity(self.chain.params(), &block) {
            Ok(identity) => {
                self.download.keep_waiting(Waiting { from: peer, block, height, bytes: identity.size });
                true
            }
            Err(error) => {
                self.download.give_up(peer, hash);
                self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent an invalid block: {error}"));
                false
            }
        }
    }

    /// Judges a block whose parent is here, by every rule; `true` if it is valid.
    fn judge_block(&mut self, peer: PeerId, block: Block, asked: bool) -> bool {
        let hash = block.hash();
        match self.chain.accept_block(block, self.now.seconds()) {
            Ok(Accepted::AlreadyKnown) => true,
            Ok(accepted) => {
                if !asked {
                    // Nobody has to send it any more.
                    self.download.forget(&hash);
                }
                self.block_accepted(hash, accepted);
                true
            }
            // Its parent is here.
            Err(AcceptError::ParentWithoutBody | AcceptError::UnknownParent) => false,
            Err(AcceptError::Invalid(error)) => {
                if error.condemns_header() {
                    self.download.forget(&hash);
                } else if asked {
                    self.download.give_up(peer, hash);
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

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;

    fn waiting(height: u32, nonce: u32) -> Waiting {
        let mut block = Params::regtest().genesis();
        block.header.nonce = nonce;
        Waiting { from: PeerId(1), block, height, bytes: MAX_BYTES_AHEAD / 2 }
    }

    /// What is needed first stays, in whatever order bodies come, and rivals on one parent wait side by side.
    #[wasm_bindgen_test(unsupported = test)]
    fn what_waits_is_bounded_by_bytes() {
        let mut download = BlockDownload::default();
        for (height, nonce) in [(9, 1), (7, 2), (8, 3), (7, 4), (10, 5)] {
            download.keep_waiting(waiting(height, nonce));
            assert!(download.waiting_bytes <= MAX_BYTES_AHEAD);
        }
        let parent = Params::regtest().genesis().header.prev_blockhash;
        let mut left: Vec<u32> =
            download.take_waiting(parent).iter().map(|(_, waiting)| waiting.block.header.nonce).collect();
        left.sort_unstable();
        assert_eq!((left, download.waiting_bytes), (vec![2, 4], 0));
    }
}
