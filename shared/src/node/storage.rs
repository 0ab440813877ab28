//! What is stored, and what waits until it is: nothing is announced or acknowledged before its record is durable.

use std::collections::HashSet;

use litemap::LiteMap;

use super::Node;
use super::config::{MAX_UNFINISHED_WRITES, MAX_UNSTORED_BYTES};
use super::io::{Answer, CommandId, Event, Output, StoreId};
use super::snapshot::STUCK;
use crate::chain::block_index::Status;
use crate::chain::store::{Change, Key, Record};
use crate::mempool::{Mempool, MempoolError, Update};
use crate::primitives::encode::encode_count;
use crate::primitives::{BlockHash, Encode, Transfer, Txid};
use crate::wire::Frame;

#[derive(Debug, Default)]
pub(super) struct Storage {
    next: u64,
    waiting: LiteMap<StoreId, Write>,
    /// Of the writes that wait.
    unstored_bytes: usize,
    /// Why nothing is stored any more.
    pub failed: Option<String>,
    restoring: Restoring,
    /// What waited for a block before the node started, until the tip is back that it waited on.
    loaded: Vec<Transfer>,
    /// [`Key::Tip`] as it was before the node started.
    loaded_tip: Option<BlockHash>,
}

/// A write that is under way.
#[derive(Debug)]
struct Write {
    bytes: usize,
    effects: Vec<Effect>,
}

impl Storage {
    /// Whether the disk has to come after before there may be more blocks.
    pub fn is_behind(&self) -> bool {
        self.failed.is_none()
            && (self.waiting.len() >= MAX_UNFINISHED_WRITES || self.unstored_bytes > MAX_UNSTORED_BYTES)
    }

    /// Transactions that will be announced when they are durable.
    pub fn unannounced(&self) -> HashSet<Txid> {
        let effects = self.waiting.values().flat_map(|write| &write.effects);
        effects
            .filter_map(|effect| match effect {
                Effect::AnnounceTransactions(txids) => Some(txids),
                Effect::AnnounceTip(_) | Effect::AnnounceOwn(_) | Effect::Answer(..) => None,
            })
            .flatten()
            .copied()
            .collect()
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        out.extend(self.next.to_le_bytes());
        encode_count(self.waiting.len(), out);
        for id in self.waiting.keys() {
            out.extend(id.0.to_le_bytes());
        }
        out.push(self.failed.is_some().into());
        out.push(self.restoring as u8);
        self.loaded_tip.unwrap_or_default().encode(out);
        encode_count(self.loaded.len(), out);
        for transfer in &self.loaded {
            transfer.txid().encode(out);
        }
    }
}

/// How far a node that starts has come with what it had stored.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Restoring {
    #[default]
    Done,
    /// It is being given its records.
    Loading,
    /// It has them, and may have to replay the chain to its tip.
    Replaying,
}

/// What a write allows when it is durable.
#[derive(Debug)]
pub(super) enum Effect {
    /// A new tip: the frame holds its header, and those before it that may be new as well.
    AnnounceTip(Frame),
    /// The same of a block of this node's own that is the tip no more, or never was.
    AnnounceOwn(Frame),
    AnnounceTransactions(Vec<Txid>),
    Answer(CommandId, Answer),
}

/// The mempool's records follow the mempool.
pub(super) fn mempool_changes(mempool: &Mempool, update: &Update) -> impl Iterator<Item = Change> {
    let removed = update.removed.iter().map(|txid| Change::Delete(Key::Mempool(*txid)));
    let returned = update.returned.iter().filter_map(|txid| mempool.get(txid)).map(Record::put_mempool);
    removed.chain(returned)
}

impl Node {
    /// The record of a block that the chain has accepted.
    pub(super) fn block_record(&self, hash: &BlockHash) -> Change {
        let standing = self.chain.index().standing(hash).expect("accepted blocks are indexed");
        let Status::Stored { arrival } = standing.status else { panic!("accepted blocks have a body") };
        let body = self.body(hash).expect("the newest block is in memory");
        Record::put_hashed_block(standing.height, arrival, *hash, body.as_ref())
    }

    pub(super) fn store_then(&mut self, changes: Vec<Change>, effects: Vec<Effect>) {
        let id = StoreId(self.storage.next);
        self.storage.next += 1;
        let bytes = changes.iter().map(Change::size).sum();
        self.storage.unstored_bytes += bytes;
        self.storage.waiting.insert(id, Write { bytes, effects });
        self.outputs.push_back(Output::Store { id, changes });
    }

    pub(super) fn stored(&mut self, id: StoreId) {
        let was_behind = self.storage.is_behind();
        let Some(write) = self.storage.waiting.remove(&id) else { return };
        self.storage.unstored_bytes -= write.bytes;
        for effect in write.effects {
            match effect {
                Effect::AnnounceTip(frame) => {
                    // One that was overtaken while the disk was busy is news to nobody.
                    if frame.block_hashes().last().is_some_and(|tip| self.chain.is_active(tip)) {
                        self.announce_blocks(&frame);
                    }
                }
                Effect::AnnounceOwn(frame) => self.announce_blocks(&frame),
                Effect::AnnounceTransactions(txids) => self.announce_transactions(&txids),
                Effect::Answer(id, answer) => self.emit(Event::Answer { id, answer }),
            }
        }
        if was_behind && !self.storage.is_behind() {
            self.request_blocks();
        }
    }

    /// The node goes on in memory: the network still needs its blocks. A person who was about to be told that a payment
    /// is safe is told that it is not.
    pub(super) fn store_failed(&mut self, id: StoreId, reason: String) {
        if let Some(write) = self.storage.waiting.get_mut(&id) {
            for effect in &mut write.effects {
                if let Effect::Answer(_, answer) = effect {
                    *answer = Answer::Refused {
                        reason: format!("it was sent, but could not be saved on this device: {reason}"),
                    };
                }
            }
        }
        self.emit(Event::Notice(format!("nothing can be saved any more: {reason}")));
        self.storage.failed.get_or_insert(reason);
        self.chain.keep_all();
        self.stored(id);
        // It may have waited for the disk, which is no longer waited for.
        self.request_blocks();
        self.emit(Event::Changed);
    }

    /// Takes back what the store held. Every rule is checked again but the one on future dates.
    pub(super) fn records_loaded(&mut self, records: Vec<Record>) {
        self.storage.restoring = Restoring::Loading;
        for record in records {
            match record {
                Record::Block { arrival, block } => {
                    let hash = block.hash();
                    if let Err(error) = self.chain.restore_block(*block, arrival) {
                        self.emit(Event::Notice(format!("stored block {hash} is left out: {error}")));
                    }
                }
                Record::Mempool(transfer) => self.storage.loaded.push(*transfer),
                Record::Tip(tip) => self.storage.loaded_tip = Some(tip),
            }
        }
        self.emit(Event::Changed);
    }

    /// Everything is back that was there before: weigh the chains, and go to work.
    pub(super) fn all_records_loaded(&mut self) {
        self.storage.restoring = Restoring::Replaying;
        // No transfers return from a block that is disconnected here: the way back to the tip is another one than the way
        // there was, and what waited is on record.
        self.chain.activate();
        self.begin_timeline();
        self.continue_reading();
        self.renew_job();
        self.emit(Event::Changed);
    }

    /// Whether the node has not been given all of its records yet.
    pub fn is_loading(&self) -> bool {
        self.storage.restoring == Restoring::Loading
    }

    /// Why a payment cannot be judged now, if it cannot.
    pub(super) fn cannot_pay(&self) -> Option<&'static str> {
        if self.chain.is_stuck() {
            return Some(STUCK);
        }
        (self.storage.restoring != Restoring::Done)
            .then_some("this node is still reading its chain back from its storage; try again in a moment")
    }

    /// Once the tip is back: what waited on it waits again (on another one it might not be paid), and so do the transfers
    /// of blocks that were left behind when the node stopped.
    pub(super) fn finish_restoring(&mut self) {
        if self.storage.restoring != Restoring::Replaying
            || self.chain.replay_progress().is_some()
            || self.chain.is_stuck()
        {
            return;
        }
        self.storage.restoring = Restoring::Done;
        for transfer in std::mem::take(&mut self.storage.loaded) {
            let txid = transfer.txid();
            let gone = match self.mempool.admit(transfer, self.chain.ledger(), self.chain.network()) {
                Ok(replaced) => replaced.iter().map(Transfer::txid).collect(),
                // It came again while a replay was on its way.
                Err(MempoolError::AlreadyKnown) => Vec::new(),
                // Contradicted by a block that is on record, or has come meanwhile.
                Err(_) => vec![txid],
            };
            if !gone.is_empty() {
                self.store_then(gone.into_iter().map(|txid| Change::Delete(Key::Mempool(txid))).collect(), Vec::new());
            }
        }
        if let Some(tip) = self.storage.loaded_tip.take() {
            let branch = self.chain.index().ancestors(tip).take_while(|(hash, _)| !self.chain.is_active(hash));
            let left_behind: Vec<(u32, BlockHash)> = branch.map(|(hash, entry)| (entry.height, hash)).collect();
            self.return_transfers_of(&left_behind);
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

    /// That it asks for nothing then, and what the number of writes does, is in `tests/node_store.rs`.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_few_large_writes_are_too_many_as_well() {
        let config = Config::new("alice", NodeKind::Tab, 1);
        let mut node = Node::new(config, Params::regtest(), SecretKey::from_seed([1; 32]), Time(0));
        node.store_then(vec![Change::Put(Key::Tip, vec![0; MAX_UNSTORED_BYTES])], Vec::new());
        assert!(!node.storage.is_behind());
        node.store_then(vec![Change::Put(Key::Tip, vec![0])], Vec::new());
        assert!(node.storage.is_behind());
        node.stored(StoreId(0));
        assert!(!node.storage.is_behind());
    }
}
