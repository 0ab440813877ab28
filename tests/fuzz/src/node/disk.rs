//! The store under a node: it does what it is asked for in order, at once or when the program says so, until it fails.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::node::io::{Input, LoadId, StoreId};
use tabchain_shared::wire::InventoryItem;

/// What is yet to be done.
#[derive(Debug)]
enum Request {
    Write(StoreId, Vec<Change>),
    Read(LoadId, Vec<Key>),
}

#[derive(Debug, Default)]
pub struct Disk {
    records: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What was ever written: it may be announced.
    durable: BTreeSet<InventoryItem>,
    requests: VecDeque<Request>,
    next_write: u64,
    /// Nothing is written any more.
    has_failed: bool,
}

impl Disk {
    /// The same records on a disk that works.
    pub fn copy(&self) -> Self {
        Self { records: self.records.clone(), durable: self.durable.clone(), ..Self::default() }
    }

    /// In the order of their keys.
    pub fn records(&self) -> Vec<Record> {
        self.records.iter().map(|(key, value)| Record::from_bytes(key, value).expect("sound records")).collect()
    }

    pub fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    pub fn holds(&self, key: Key) -> bool {
        self.records.contains_key(&key.to_bytes())
    }

    pub fn has_failed(&self) -> bool {
        self.has_failed
    }

    pub fn fail(&mut self) {
        self.has_failed = true;
    }

    /// Whether the network may know of it: it is durable, or nothing is.
    pub fn may_be_announced(&self, item: &InventoryItem) -> bool {
        self.has_failed || self.durable.contains(item)
    }

    pub fn ask_to_write(&mut self, id: StoreId, changes: Vec<Change>) {
        assert!(id.0 >= self.next_write, "numbers rise");
        self.next_write = id.0 + 1;
        self.requests.push_back(Request::Write(id, changes));
    }

    pub fn ask_to_read(&mut self, id: LoadId, keys: Vec<Key>) {
        self.requests.push_back(Request::Read(id, keys));
    }

    /// Does what was asked for first, and tells the node.
    pub fn serve(&mut self) -> Option<Input> {
        Some(match self.requests.pop_front()? {
            Request::Write(id, _) if self.has_failed => Input::StoreFailed { id, reason: "the disk is gone".into() },
            Request::Write(id, changes) => {
                for change in &changes {
                    self.write(change);
                }
                Input::Stored(id)
            }
            Request::Read(id, keys) => Input::Loaded { id, records: keys.iter().map(|key| self.read(*key)).collect() },
        })
    }

    pub fn write(&mut self, change: &Change) {
        match change {
            Change::Put(key, value) => {
                let record = Record::from_bytes(&key.to_bytes(), value).expect("a node stores sound records");
                match record {
                    Record::Block { block, .. } => {
                        self.durable.insert(InventoryItem::Block(block.hash()));
                    }
                    Record::Mempool(transfer) => {
                        self.durable.insert(InventoryItem::Transaction(transfer.txid()));
                    }
                    Record::Tip(_) => {}
                }
                self.records.insert(key.to_bytes(), value.clone());
            }
            Change::Delete(key) => drop(self.records.remove(&key.to_bytes())),
        }
    }

    fn read(&self, key: Key) -> Option<Record> {
        let key = key.to_bytes();
        self.records.get(&key).map(|value| Record::from_bytes(&key, value).expect("sound records"))
    }
}
