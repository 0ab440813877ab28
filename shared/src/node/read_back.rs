//! Old blocks, which memory no longer holds, back from the store: for peers that ask for them, for a replay of a better
//! chain that forks off below memory's reach, and for the transfers that such a chain leaves behind.

use std::collections::{BTreeMap, VecDeque};

use super::Node;
use super::config::{MAX_READS_PER_PEER, READ_BACK_BATCH};
use super::io::{Event, LoadId, Output, PeerId};
use crate::chain::block_index::Status;
use crate::chain::store::{Key, Record};
use crate::primitives::encode::encode_count;
use crate::primitives::{Block, BlockHash, Transaction};
use crate::wire::{InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct ReadBack {
    next: u64,
    waiting: BTreeMap<LoadId, Purpose>,
    /// Disconnected blocks whose transfers are to wait for a block again, the next one first.
    left_behind: VecDeque<(u32, BlockHash)>,
}

/// What is done with blocks when they come.
#[derive(Debug)]
enum Purpose {
    /// They are sent to a peer, which asked for these.
    Serve(PeerId, Vec<BlockHash>),
    Replay,
    ReturnTransfers,
}

impl ReadBack {
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        out.extend(self.next.to_le_bytes());
        encode_count(self.waiting.len(), out);
        for id in self.waiting.keys() {
            out.extend(id.0.to_le_bytes());
        }
        encode_count(self.left_behind.len(), out);
    }
}

impl Node {
    /// Whether a peer may make the store work once more.
    pub(super) fn may_read_for(&self, peer: PeerId) -> bool {
        let pending = self.read_back.waiting.values().filter_map(|purpose| match purpose {
            Purpose::Serve(other, hashes) if *other == peer => Some(hashes.len()),
            _ => None,
        });
        pending.sum::<usize>() < MAX_READS_PER_PEER
    }

    /// The height of a block that the store holds.
    pub(super) fn stored_height(&self, hash: &BlockHash) -> Option<u32> {
        let entry = self.chain.index().get(hash)?;
        matches!(entry.status, Status::Stored { .. }).then_some(entry.height)
    }

    /// Sends blocks to a peer as soon as the store has given them.
    pub(super) fn serve_from_store(&mut self, peer: PeerId, blocks: Vec<(u32, BlockHash)>) {
        if !blocks.is_empty() {
            let hashes = blocks.iter().map(|(_, hash)| *hash).collect();
            self.load(blocks, Purpose::Serve(peer, hashes));
        }
    }

    /// Asks for what a replay or abandoned blocks need next, unless that is under way.
    pub(super) fn continue_reading(&mut self) {
        self.admit_loaded();
        let mut under_way = self.read_back.waiting.values();
        let replays = under_way.clone().any(|purpose| matches!(purpose, Purpose::Replay));
        let returns = under_way.any(|purpose| matches!(purpose, Purpose::ReturnTransfers));
        let wanted = if replays { Vec::new() } else { self.chain.wanted_bodies(READ_BACK_BATCH) };
        if !wanted.is_empty() {
            self.load(wanted, Purpose::Replay);
        }
        if !returns && !self.read_back.left_behind.is_empty() {
            let count = self.read_back.left_behind.len().min(READ_BACK_BATCH);
            let blocks = self.read_back.left_behind.drain(..count).collect();
            self.load(blocks, Purpose::ReturnTransfers);
        }
    }

    /// A replay has disconnected these, newest first. Their transfers come back oldest first, as nonces demand.
    pub(super) fn return_transfers_of(&mut self, left_behind: &[(u32, BlockHash)]) {
        self.read_back.left_behind = left_behind.iter().rev().copied().collect();
    }

    fn load(&mut self, blocks: Vec<(u32, BlockHash)>, purpose: Purpose) {
        let keys = blocks.into_iter().map(|(height, hash)| Key::Block { height, hash }).collect();
        let id = LoadId(self.read_back.next);
        self.read_back.next += 1;
        self.read_back.waiting.insert(id, purpose);
        self.outputs.push_back(Output::Load { id, keys });
    }

    pub(super) fn loaded(&mut self, id: LoadId, records: Vec<Option<Record>>) {
        let blocks = records.into_iter().map(|record| match record {
            Some(Record::Block { block, .. }) => Some(*block),
            Some(Record::Mempool(_)) | None => None,
        });
        match self.read_back.waiting.remove(&id) {
            Some(Purpose::Serve(peer, hashes)) => self.serve(peer, &hashes, blocks.collect()),
            Some(Purpose::Replay) => self.replay(blocks.collect()),
            Some(Purpose::ReturnTransfers) => {
                for transaction in blocks.flatten().flat_map(|block| block.transactions) {
                    if let Transaction::Transfer(transfer) = transaction {
                        // One that the new chain holds or contradicts is refused, and that is right.
                        let _ = self.admit(transfer, None);
                    }
                }
            }
            None => {}
        }
        self.continue_reading();
    }

    fn serve(&mut self, peer: PeerId, hashes: &[BlockHash], mut blocks: Vec<Option<Block>>) {
        if !self.is_ready(peer) {
            return;
        }
        let mut missing = Vec::new();
        for (position, hash) in hashes.iter().enumerate() {
            match blocks.get_mut(position).and_then(Option::take).filter(|block| block.hash() == *hash) {
                Some(block) => self.send(peer, &Message::Block(Box::new(block))),
                None => missing.push(InventoryItem::Block(*hash)),
            }
        }
        if !missing.is_empty() {
            self.send(peer, &Message::NotFound(missing));
        }
    }

    fn replay(&mut self, blocks: Vec<Option<Block>>) {
        for block in blocks {
            let Some(block) = block else {
                self.chain.give_up_replay();
                break;
            };
            match self.chain.read_back(block) {
                Ok(None) => {}
                Ok(Some(change)) => {
                    self.replayed(change);
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
            self.emit(Event::Notice(super::snapshot::STUCK.into()));
        }
        self.emit(Event::Changed);
    }

    /// Follows the best chain, if that is another one by now: what had outranked it has proved invalid, or it came meanwhile.
    pub(super) fn weigh_chains(&mut self) {
        if let Some(change) = self.chain.activate() {
            self.replayed(change);
        }
    }

    /// The tip has moved, and every block on the way is stored already.
    pub(super) fn replayed(&mut self, change: crate::chain::TipChange) {
        let (changes, effects) = self.tip_changed(change);
        self.store_then(changes, effects);
    }
}
