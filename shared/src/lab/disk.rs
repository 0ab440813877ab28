//! A simulated store: records under keys, and writes that become durable one after the other, each all or nothing.
//!
//! Writes keep their order, as they do in `IndexedDB` and redb; so a crash leaves the first few of those that were waiting.

use std::collections::{BTreeMap, HashSet, VecDeque};

use crate::chain::store::{Change, Key, Record};
use crate::node::StoreId;
use crate::primitives::BlockHash;

#[derive(Debug)]
pub struct Disk {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    waiting: VecDeque<Write>,
    /// Keys that were ever durable.
    held: HashSet<Key>,
    /// The node's tip as of the last durable write; `None` if what is durable holds a better one, which the node was still
    /// replaying.
    tip: Option<BlockHash>,
}

#[derive(Debug)]
struct Write {
    id: StoreId,
    changes: Vec<Change>,
    tip: Option<BlockHash>,
}

impl Disk {
    pub fn new(genesis: BlockHash) -> Self {
        Self { records: BTreeMap::new(), waiting: VecDeque::new(), held: HashSet::new(), tip: Some(genesis) }
    }

    /// Takes a write in; `tip` is the tip of a node that starts when the write is durable, if that is known.
    pub fn submit(&mut self, id: StoreId, changes: Vec<Change>, tip: Option<BlockHash>) {
        self.waiting.push_back(Write { id, changes, tip });
    }

    /// Makes the oldest waiting write durable.
    pub fn commit(&mut self) -> Option<StoreId> {
        let write = self.waiting.pop_front()?;
        self.tip = write.tip;
        for change in write.changes {
            match change {
                Change::Put(key, value) => {
                    self.held.insert(key);
                    self.records.insert(key.to_bytes(), value);
                }
                Change::Delete(key) => {
                    self.records.remove(&key.to_bytes());
                }
            }
        }
        Some(write.id)
    }

    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// The machine loses power: the first `done` waiting writes are durable, the others never were.
    pub fn crash(&mut self, done: usize) {
        for _ in 0..done {
            self.commit();
        }
        self.waiting.clear();
    }

    /// Loses a durable record, as no disk should. Returns whether there was one.
    pub fn lose(&mut self, position: usize) -> bool {
        let key = self.records.keys().nth(position).cloned();
        key.is_some_and(|key| self.records.remove(&key).is_some())
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// All records in the order of their keys, with their bytes.
    pub fn bytes(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.records.iter().map(|(key, value)| (key.as_slice(), value.as_slice()))
    }

    /// What a node that starts is given.
    pub fn load(&self) -> Vec<Record> {
        self.bytes().filter_map(|(key, value)| Record::from_bytes(key, value).ok()).collect()
    }

    /// A record for each key.
    pub fn read(&self, keys: &[Key]) -> Vec<Option<Record>> {
        let read = |key: &Key| Record::from_bytes(&key.to_bytes(), self.records.get(&key.to_bytes())?).ok();
        keys.iter().map(read).collect()
    }

    pub fn has_held(&self, key: &Key) -> bool {
        self.held.contains(key)
    }

    pub fn tip(&self) -> Option<BlockHash> {
        self.tip
    }
}
