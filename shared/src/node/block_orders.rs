//! Which blocks are on order of whom, which have come before their parents, and which may come although somebody else was
//! asked for them since. Who is asked for what is decided in `block_download.rs`, and how long for in `stalls.rs`.

use std::collections::{BTreeMap, BTreeSet};

use litemap::LiteMap;

use super::config::{MAX_BYTES_AHEAD, MAX_BYTES_ON_ORDER, MAX_LATE_BLOCKS, MIN_BLOCKS_ON_ORDER};
use super::io::{PeerId, Time};
use super::stalls::StallTimeout;
use crate::primitives::encode::encode_count;
use crate::primitives::hash::BlockHashMap;
use crate::primitives::{Block, BlockHash, Encode};
use crate::wire::InventoryItem;
use crate::wire::compact_block::PartialBlock;

#[derive(Debug, Default)]
pub(super) struct BlockOrders {
    in_flight: LiteMap<BlockHash, Request>,
    /// Made so far.
    requests_made: u64,
    /// Requests whose blocks somebody else was asked for since, or has sent, by who was asked and their numbers: an honest
    /// answer may be on its way. At most [`MAX_LATE_BLOCKS`] of a peer; the oldest is forgotten.
    late: BTreeMap<(PeerId, u64), Late>,
    pub stall_timeout: StallTimeout,
    /// Bodies that came before their parents, by parent and hash, and who sent them. Only what was asked for waits, once it is
    /// sure to be its header's, and only as long as a peer's plan leads to it.
    waiting: BTreeMap<(BlockHash, BlockHash), Waiting>,
    waiting_bytes: usize,
    /// What a block is expected to take, going by recent ones. 0 before the first.
    usual_bytes: usize,
    /// Peers that were asked for a block in vain, so that another is asked next. Forgotten at each look for overdue blocks:
    /// an only peer is asked again, but not at once and for ever.
    failed: BlockHashMap<Vec<PeerId>>,
    /// Blocks whose compact form was of no use.
    in_full: BTreeSet<BlockHash>,
}

#[derive(Debug)]
pub(super) struct Request {
    pub peer: PeerId,
    /// Since when nothing has come that explains why this has not.
    pub quiet_since: Time,
    /// Requests are numbered in the order in which they were sent.
    pub number: u64,
    form: Form,
    /// Somebody else was asked before, and was not waited for any longer.
    is_substitute: bool,
}

#[derive(Debug)]
struct Late {
    hash: BlockHash,
    quiet_since: Time,
}

#[derive(Debug)]
pub(super) struct Waiting {
    pub from: PeerId,
    pub block: Block,
    pub height: u32,
    pub bytes: usize,
}

/// What a peer was asked for.
#[derive(Debug)]
pub(super) enum Form {
    Full,
    Compact,
    /// The transactions that this one lacks.
    Partial(Box<PartialBlock>),
}

impl BlockOrders {
    pub fn peer_gone(&mut self, peer: PeerId) {
        self.in_flight.retain(|_, request| request.peer != peer);
        self.late.retain(|(other, _), _| *other != peer);
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.in_flight.len(), out);
        for (hash, request) in self.in_flight.iter() {
            hash.encode(out);
            out.extend(request.peer.0.to_le_bytes());
            out.push(match request.form {
                Form::Full => 0,
                Form::Compact => 1,
                Form::Partial(_) => 2,
            });
        }
        encode_count(self.late.len(), out);
        out.extend(self.stall_timeout.millis().to_le_bytes());
        encode_count(self.waiting.len(), out);
        encode_count(self.waiting_bytes, out);
        encode_count(self.usual_bytes, out);
        encode_count(self.in_full.len(), out);
    }

    pub fn requests(&self) -> impl Iterator<Item = (&BlockHash, &Request)> {
        self.in_flight.iter()
    }

    pub fn is_on_order(&self, hash: &BlockHash) -> bool {
        self.in_flight.contains_key(hash)
    }

    /// A larger block counts at once, smaller ones little by little.
    pub fn learn_size(&mut self, bytes: usize) {
        self.usual_bytes = bytes.max(self.usual_bytes / 4 * 3 + bytes / 4);
    }

    /// Beyond [`MAX_BYTES_AHEAD`] those go that are needed last; they are asked for again when there is room.
    pub fn keep_waiting(&mut self, waiting: Waiting) {
        self.waiting_bytes += waiting.bytes;
        let replaced = self.waiting.insert((waiting.block.header.prev_blockhash, waiting.block.hash()), waiting);
        self.waiting_bytes -= replaced.map_or(0, |replaced| replaced.bytes);
        while self.waiting_bytes > MAX_BYTES_AHEAD {
            let furthest = self.waiting.iter().max_by_key(|(_, waiting)| waiting.height).map(|(key, _)| *key);
            let Some(dropped) = furthest.and_then(|key| self.waiting.remove(&key)) else { return };
            self.waiting_bytes -= dropped.bytes;
        }
    }

    /// Whether any body has come before its parent.
    pub fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub fn is_waiting(&self, parent: BlockHash, hash: BlockHash) -> bool {
        self.waiting.contains_key(&(parent, hash))
    }

    /// All that waited for this parent.
    pub fn take_waiting(&mut self, parent: BlockHash) -> Vec<(BlockHash, Waiting)> {
        let keys = self.waiting.range((parent, BlockHash([0; 32]))..=(parent, BlockHash([0xff; 32])));
        let keys: Vec<(BlockHash, BlockHash)> = keys.map(|(key, _)| *key).collect();
        let taken: Vec<(BlockHash, Waiting)> =
            keys.into_iter().filter_map(|key| Some((key.1, self.waiting.remove(&key)?))).collect();
        self.waiting_bytes -= taken.iter().map(|(_, waiting)| waiting.bytes).sum::<usize>();
        taken
    }

    /// Forgets whatever was asked for and has not been judged.
    pub fn forget_all(&mut self) {
        self.in_flight.clear();
        (self.late, self.waiting) = (BTreeMap::new(), BTreeMap::new());
        self.waiting_bytes = 0;
        self.in_full.clear();
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

    /// A peer is not waited for any longer: its block may come late, or its answer was that it has none.
    pub fn give_up(&mut self, peer: PeerId, hash: BlockHash, may_come: bool) {
        if self.is_asked(peer, &hash, |_| true)
            && let Some(request) = self.in_flight.remove(&hash)
        {
            if !matches!(request.form, Form::Full) {
                self.want_in_full(hash);
            }
            if may_come {
                self.may_come_late(hash, &request);
            }
        }
        self.failed.entry(hash).or_default().push(peer);
    }

    fn may_come_late(&mut self, hash: BlockHash, request: &Request) {
        let peer = request.peer;
        self.late.insert((peer, request.number), Late { hash, quiet_since: request.quiet_since });
        let of_peer = || self.late.range((peer, 0)..=(peer, u64::MAX));
        if of_peer().count() > MAX_LATE_BLOCKS
            && let Some(oldest) = of_peer().next().map(|(key, _)| *key)
        {
            self.late.remove(&oldest);
        }
    }

    pub fn forgive(&mut self) {
        self.failed.clear();
    }

    /// Notes a request, in the place of an earlier one for the same block.
    pub fn ask(&mut self, peer: PeerId, hash: BlockHash, now: Time, form: Form) {
        self.requests_made += 1;
        let is_substitute = self.late.iter().any(|((other, _), late)| *other != peer && late.hash == hash);
        let request = Request { peer, quiet_since: now, number: self.requests_made, form, is_substitute };
        self.in_flight.insert(hash, request);
    }

    /// These are sent now: answers may stand in line in the order in which requests were sent, not in which they were planned.
    pub fn sent(&mut self, peer: PeerId, items: &[InventoryItem]) {
        for item in items {
            if let InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) = item
                && let Some(request) = self.in_flight.get_mut(hash).filter(|request| request.peer == peer)
            {
                self.requests_made += 1;
                request.number = self.requests_made;
            }
        }
    }

    /// Whether the peer was asked for this block and has not sent it, in time or late.
    pub fn is_owed(&self, peer: PeerId, hash: &BlockHash) -> bool {
        self.is_asked(peer, hash, |_| true) || self.late_number(peer, hash).is_some()
    }

    /// Whether somebody else was asked for what this peer has not delivered, and has not delivered either.
    pub fn awaits_substitute_of(&self, peer: PeerId) -> bool {
        let mut late = self.late.range((peer, 0)..=(peer, u64::MAX)).map(|(_, late)| late);
        late.any(|late| self.in_flight.get(&late.hash).is_some_and(|request| request.peer != peer))
    }

    fn late_number(&self, peer: PeerId, hash: &BlockHash) -> Option<u64> {
        let mut of_peer = self.late.range((peer, 0)..=(peer, u64::MAX));
        of_peer.find(|(_, late)| late.hash == *hash).map(|((_, number), _)| *number)
    }

    /// A peer delivers what it owes. Whatever it owes besides, and whatever anyone was asked for later, may have been in line
    /// behind that: all peers may share one connection to a relay. `is_here`: the block had come before. `longest` is what an only
    /// source is waited for.
    pub fn delivered(&mut self, peer: PeerId, hash: &BlockHash, is_here: bool, now: Time, longest: u64) {
        let number = if self.is_asked(peer, hash, |_| true)
            && let Some(request) = self.in_flight.remove(hash)
        {
            let took = now.millis_since(request.quiet_since);
            if request.is_substitute {
                self.stall_timeout.substitute_delivered(took, longest);
            } else {
                self.stall_timeout.delivered(took, longest);
            }
            request.number
        } else {
            let Some(number) = self.late_number(peer, hash) else { return };
            let Some(late) = self.late.remove(&(peer, number)) else { return };
            // Once it has come from elsewhere, it says how slow this peer is, and nothing of the line.
            if !is_here {
                self.stall_timeout.delivered(now.millis_since(late.quiet_since), longest);
            }
            number
        };
        let in_flight =
            self.in_flight.iter_mut().map(|(_, request)| (request.peer, request.number, &mut request.quiet_since));
        let late = self.late.iter_mut().map(|((peer, number), late)| (*peer, *number, &mut late.quiet_since));
        for (other, later, quiet_since) in in_flight.chain(late) {
            if other == peer || later > number {
                *quiet_since = now;
            }
        }
        self.forget(hash);
    }

    /// What was asked before a sleep is owed from now on, or everybody would be overdue at once.
    pub fn wait_anew(&mut self, now: Time) {
        let in_flight = self.in_flight.iter_mut().map(|(_, request)| &mut request.quiet_since);
        for quiet_since in in_flight.chain(self.late.values_mut().map(|late| &mut late.quiet_since)) {
            *quiet_since = now;
        }
    }

    pub fn clock_was_set_back(&mut self, now: Time) {
        let in_flight = self.in_flight.iter_mut().map(|(_, request)| &mut request.quiet_since);
        for quiet_since in in_flight.chain(self.late.values_mut().map(|late| &mut late.quiet_since)) {
            *quiet_since = now.min(*quiet_since);
        }
    }

    /// Whether a peer owes a block, in such a form, and nobody else was asked for it since.
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
        let requests = self.in_flight.iter().map(|(_, request)| request);
        let compact = requests.filter(|request| !matches!(request.form, Form::Full));
        (compact.clone().filter(|request| request.peer == peer).count(), compact.count())
    }

    pub fn want_in_full(&mut self, hash: BlockHash) {
        self.in_full.insert(hash);
    }

    pub fn is_wanted_in_full(&self, hash: &BlockHash) -> bool {
        self.in_full.contains(hash)
    }

    /// Nobody has to send this block any more; who was asked may have done so.
    pub fn forget(&mut self, hash: &BlockHash) {
        if let Some(request) = self.in_flight.remove(hash) {
            self.may_come_late(*hash, &request);
        }
        self.failed.remove(hash);
        self.in_full.remove(hash);
    }

    pub fn may_ask(&self, peer: PeerId, hash: &BlockHash) -> bool {
        !self.in_flight.contains_key(hash) && !self.failed.get(hash).is_some_and(|failed| failed.contains(&peer))
    }

    /// Whether a further block fits in. The one that holds up all others always does.
    pub fn has_room(&self, most_bytes: usize, is_next: bool) -> bool {
        let usual = if self.usual_bytes == 0 { most_bytes } else { self.usual_bytes.min(most_bytes) };
        let on_order = self.in_flight.len();
        if on_order < MIN_BLOCKS_ON_ORDER && is_next {
            return true;
        }
        let bytes = (on_order + 1) * usual;
        (on_order < MIN_BLOCKS_ON_ORDER || bytes <= MAX_BYTES_ON_ORDER) && bytes + self.waiting_bytes <= MAX_BYTES_AHEAD
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

    /// Of late blocks a peer may still send so many; the oldest is forgotten.
    #[wasm_bindgen_test(unsupported = test)]
    fn what_may_come_late_is_bounded() {
        let mut orders = BlockOrders::default();
        let hash = |number: usize| BlockHash([u8::try_from(number).unwrap(); 32]);
        for number in 0..=MAX_LATE_BLOCKS {
            orders.ask(PeerId(1), hash(number), Time(0), Form::Full);
            orders.give_up(PeerId(1), hash(number), true);
        }
        assert_eq!(orders.late.len(), MAX_LATE_BLOCKS);
        assert_eq!([0, 1, MAX_LATE_BLOCKS].map(|number| orders.is_owed(PeerId(1), &hash(number))), [false, true, true]);
    }

    /// What is needed first stays, in whatever order bodies come, and rivals on one parent wait side by side.
    #[wasm_bindgen_test(unsupported = test)]
    fn what_waits_is_bounded_by_bytes() {
        let mut orders = BlockOrders::default();
        for (height, nonce) in [(9, 1), (7, 2), (8, 3), (7, 4), (10, 5)] {
            orders.keep_waiting(waiting(height, nonce));
            assert!(orders.waiting_bytes <= MAX_BYTES_AHEAD);
        }
        let parent = Params::regtest().genesis().header.prev_blockhash;
        let mut left: Vec<u32> =
            orders.take_waiting(parent).iter().map(|(_, waiting)| waiting.block.header.nonce).collect();
        left.sort_unstable();
        assert_eq!((left, orders.waiting_bytes), (vec![2, 4], 0));
    }
}
