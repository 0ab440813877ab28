//! Old blocks, which memory no longer holds, back from the store: for peers that ask for them, for a replay of a better
//! chain that forks off below memory's reach, and for the transfers that such a chain leaves behind.

use std::collections::VecDeque;

use litemap::LiteMap;

use super::Node;
use super::config::{MAX_READS, MAX_READS_PER_PEER, READ_BACK_BATCH};
use super::io::{Event, LoadId, Output, PeerId};
use super::snapshot::STUCK;
use crate::chain::TipChange;
use crate::chain::block_index::Status;
use crate::chain::store::{Key, Record};
use crate::primitives::encode::encode_count;
use crate::primitives::{Block, BlockHash, Encode, Transaction};
use crate::wire::{InventoryItem, Message};

/// A block in the store, by its height and hash.
type Stored = (u32, BlockHash);

#[derive(Debug, Default)]
pub(super) struct ReadBack {
    next: u64,
    waiting: LiteMap<LoadId, Purpose>,
    /// What peers have asked for and the store has not been asked for yet.
    queue: VecDeque<(PeerId, Vec<Stored>)>,
    /// Disconnected blocks whose transfers are to wait for a block again, the next one first.
    left_behind: VecDeque<Stored>,
}

/// What is done with blocks when they come.
#[derive(Debug)]
enum Purpose {
    /// They are sent to a peer, which asked for these.
    Serve(PeerId, Vec<BlockHash>),
    Replay(Vec<BlockHash>),
    ReturnTransfers,
}

impl ReadBack {
    /// Blocks that wait to be read, or are being read, for one peer.
    fn reads_for(&self, peer: PeerId) -> usize {
        let queued = self.queue.iter().filter(|(other, _)| *other == peer).map(|(_, blocks)| blocks.len());
        let waiting = self.waiting.values().filter_map(|purpose| match purpose {
            Purpose::Serve(other, hashes) if *other == peer => Some(hashes.len()),
            _ => None,
        });
        queued.chain(waiting).sum()
    }

    /// Blocks that are being read for peers, whether these are still there or not.
    fn reads(&self) -> usize {
        let serving = |purpose: &Purpose| if let Purpose::Serve(_, hashes) = purpose { hashes.len() } else { 0 };
        self.waiting.values().map(serving).sum()
    }

    fn is_reading(&self, wanted: fn(&Purpose) -> bool) -> bool {
        self.waiting.values().any(wanted)
    }

    fn has_left_behind(&self) -> bool {
        !self.left_behind.is_empty() || self.is_reading(|purpose| matches!(purpose, Purpose::ReturnTransfers))
    }

    pub fn peer_gone(&mut self, peer: PeerId) {
        self.queue.retain(|(other, _)| *other != peer);
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        out.extend(self.next.to_le_bytes());
        encode_count(self.waiting.len(), out);
        for id in self.waiting.keys() {
            out.extend(id.0.to_le_bytes());
        }
        let queued = self.queue.iter().flat_map(|(_, blocks)| blocks);
        for list in [queued.collect::<Vec<_>>(), self.left_behind.iter().collect()] {
            encode_count(list.len(), out);
            for (_, hash) in list {
                hash.encode(out);
            }
        }
    }
}

impl Node {
    /// How many blocks more the store may be asked for on behalf of a peer.
    pub(super) fn reads_left(&self, peer: PeerId) -> usize {
        MAX_READS_PER_PEER.saturating_sub(self.read_back.reads_for(peer))
    }

    /// The height of a block whose body has come.
    pub(super) fn stored_height(&self, hash: &BlockHash) -> Option<u32> {
        let (height, status) = self.chain.index().place(hash)?;
        matches!(status, Status::Stored { .. }).then_some(height)
    }

    /// Sends blocks to a peer as soon as the store has given them.
    pub(super) fn serve_from_store(&mut self, peer: PeerId, blocks: Vec<Stored>) {
        if !blocks.is_empty() {
            self.read_back.queue.push_back((peer, blocks));
            self.continue_reading();
        }
    }

    /// Asks for what is needed next, unless that is under way.
    pub(super) fn continue_reading(&mut self) {
        self.finish_restoring();
        if !self.read_back.is_reading(|purpose| matches!(purpose, Purpose::Replay(_))) {
            let wanted = self.chain.wanted_bodies(READ_BACK_BATCH);
            if !wanted.is_empty() {
                let hashes = wanted.iter().map(|(_, hash)| *hash).collect();
                self.load(wanted, Purpose::Replay(hashes));
            }
        }
        if !self.read_back.is_reading(|purpose| matches!(purpose, Purpose::ReturnTransfers))
            && !self.read_back.left_behind.is_empty()
        {
            let count = self.read_back.left_behind.len().min(READ_BACK_BATCH);
            let blocks = self.read_back.left_behind.drain(..count).collect();
            self.load(blocks, Purpose::ReturnTransfers);
        }
        while self.read_back.reads() < MAX_READS
            && let Some((peer, blocks)) = self.read_back.queue.pop_front()
        {
            let hashes = blocks.iter().map(|(_, hash)| *hash).collect();
            self.load(blocks, Purpose::Serve(peer, hashes));
        }
    }

    /// A replay has disconnected these, newest first. Their transfers come back oldest first, as nonces demand.
    pub(super) fn return_transfers_of(&mut self, left_behind: &[Stored]) {
        self.read_back.left_behind.extend(left_behind.iter().rev());
    }

    /// The record of the tip, if nothing has still to return from the chain of an earlier one.
    pub(super) fn tip_record(&self) -> Option<crate::chain::store::Change> {
        (!self.read_back.has_left_behind()).then(|| Record::put_tip(self.chain.tip()))
    }

    fn load(&mut self, blocks: Vec<Stored>, purpose: Purpose) {
        let keys = blocks.into_iter().map(|(height, hash)| Key::Block { height, hash }).collect();
        let id = LoadId(self.read_back.next);
        self.read_back.next += 1;
        self.read_back.waiting.insert(id, purpose);
        self.outputs.push_back(Output::Load { id, keys });
    }

    pub(super) fn loaded(&mut self, id: LoadId, records: Vec<Option<Record>>) {
        let mut records = records.into_iter();
        // Whatever is not the block that was asked for is as good as absent.
        let mut next = |hash: &BlockHash| match records.next().flatten() {
            Some(Record::Block { block, .. }) if block.hash() == *hash => Some(*block),
            _ => None,
        };
        match self.read_back.waiting.remove(&id) {
            Some(Purpose::Serve(peer, hashes)) => {
                let blocks = hashes.iter().map(|hash| (*hash, next(hash))).collect();
                self.serve(peer, blocks);
            }
            Some(Purpose::Replay(hashes)) => {
                // What came after storing has failed is in memory alone.
                let in_memory = |hash| self.chain.body(hash).map(|body| body.to_block());
                let blocks = hashes.iter().map(|hash| (*hash, next(hash).or_else(|| in_memory(hash)))).collect();
                self.replay(blocks);
            }
            Some(Purpose::ReturnTransfers) => self.return_transfers(records.flatten()),
            None => {}
        }
        self.continue_reading();
    }

    fn return_transfers(&mut self, records: impl Iterator<Item = Record>) {
        for record in records {
            let Record::Block { block, .. } = record else { continue };
            for transaction in block.transactions {
                if let Transaction::Transfer(transfer) = transaction {
                    // One that the new chain holds or contradicts is refused, and that is right.
                    let _ = self.admit(transfer, None);
                }
            }
        }
        if let Some(tip) = self.tip_record() {
            self.store_then(vec![tip], Vec::new());
        }
    }

    fn serve(&mut self, peer: PeerId, blocks: Vec<(BlockHash, Option<Block>)>) {
        if !self.is_ready(peer) {
            return;
        }
        let mut missing = Vec::new();
        for (hash, block) in blocks {
            match block {
                Some(block) => self.send(peer, Message::Block(Box::new(block))),
                None => missing.push(InventoryItem::Block(hash)),
            }
        }
        if !missing.is_empty() {
            self.send(peer, Message::NotFound(missing));
        }
    }

    fn replay(&mut self, blocks: Vec<(BlockHash, Option<Block>)>) {
        for (hash, block) in blocks {
            let Some(block) = block else {
                // The replay may have been led elsewhere meanwhile.
                if self.chain.wanted_bodies(1).iter().any(|(_, wanted)| *wanted == hash) {
                    self.chain.give_up_replay();
                }
                break;
            };
            match self.chain.read_back(block) {
                Ok(None) => {}
                Ok(Some(change)) => {
                    self.tip_moved(change);
                    break;
                }
                Err(error) => {
                    self.emit(Event::Notice(format!("a chain with more work breaks a rule: {error}")));
                    break;
                }
            }
        }
        self.weigh_chains();
        if self.chain.is_stuck() {
            self.emit(Event::Notice(STUCK.into()));
        }
        self.emit(Event::Changed);
    }

    /// Follows the best chain, if that is another one by now: what had outranked it has proved invalid, or it came meanwhile.
    pub(super) fn weigh_chains(&mut self) {
        if let Some(change) = self.chain.activate() {
            self.tip_moved(change);
        }
    }

    /// The tip has moved, and every block on the way is stored already.
    fn tip_moved(&mut self, change: TipChange) {
        let mut changes = Vec::new();
        let effects = self.tip_changed(change, false, &mut changes);
        self.store_then(changes, effects);
    }
}
