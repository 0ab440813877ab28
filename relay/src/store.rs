//! The resident node's records in redb, and the thread that writes them.
//!
//! Each value is stored behind a checksum, because a disk may give back other bytes than it was given; a record that
//! fails it counts as absent (peers have the block). The database knows its schema and its network, and refuses others.

use std::path::Path;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use redb::{Database, DatabaseError, ReadableDatabase, ReadableTable, TableDefinition};
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::node::io::{Input, LoadId, StoreId};
use tabchain_shared::primitives::{Block, BlockHash, NetworkId};

/// Records as `shared::chain::store` defines them; before each value its CRC-32, little endian.
const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
const META: TableDefinition<&str, u32> = TableDefinition::new("meta");
const META_SCHEMA: &str = "schema";
const META_NETWORK: &str = "network";
/// Raised whenever an older program would misread what a newer one writes.
const SCHEMA: u32 = 1;
/// redb would take a gigabyte; a relay reads its records at the start, and now and then an old block.
const CACHE_BYTES: usize = 64 * 1024 * 1024;
/// Size of one part of the records when they are read at the start; a block may have megabytes.
const LOAD_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Writes that wait are made durable together, at most this many: one wait for the disk serves them all.
const MAX_GROUPED_WRITES: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another process uses this data directory; stop it, or choose another with --data-dir")]
    InUse,
    #[error("a newer version of tabchain wrote this data (schema {found}, this one knows {SCHEMA}); use that version")]
    NewerSchema { found: u32 },
    #[error(
        "the data here belongs to network {found}, not {expected}; choose another --data-dir or the network it is for"
    )]
    OtherNetwork { found: NetworkId, expected: NetworkId },
    #[error("the database: {0}")]
    Database(#[from] redb::Error),
}

/// Any of redb's errors is the environment's failure to us.
macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Database(error.into())
            }
        }
    )*};
}

from_redb!(CommitError, StorageError, TableError, TransactionError);

#[derive(Debug)]
pub struct Store {
    database: Arc<Database>,
}

/// Reads records beside the thread that writes them; sees what is durable. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    database: Arc<Database>,
}

impl Store {
    /// Opens the database, or makes one for this network. Whatever is refused is left as it is.
    pub fn open(path: &Path, network: NetworkId) -> Result<Self, StoreError> {
        let database = Database::builder().set_cache_size(CACHE_BYTES).create(path).map_err(|error| match error {
            DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch => StoreError::InUse,
            other => StoreError::Database(other.into()),
        })?;
        let transaction = database.begin_write()?;
        {
            let mut meta = transaction.open_table(META)?;
            let schema = meta.get(META_SCHEMA)?.map(|value| value.value());
            let found = meta.get(META_NETWORK)?.map(|value| NetworkId(value.value().to_le_bytes()));
            if let Some(found) = schema.filter(|found| *found > SCHEMA) {
                return Err(StoreError::NewerSchema { found });
            }
            if let Some(found) = found.filter(|found| *found != network) {
                return Err(StoreError::OtherNetwork { found, expected: network });
            }
            meta.insert(META_SCHEMA, SCHEMA)?;
            meta.insert(META_NETWORK, u32::from_le_bytes(network.0))?;
            transaction.open_table(RECORDS)?;
        }
        transaction.commit()?;
        Ok(Self { database: Arc::new(database) })
    }

    /// Reads all records in the order of their keys, in parts. Those that are damaged are deleted.
    pub fn load(&self, mut each: impl FnMut(Vec<Record>)) -> Result<(), StoreError> {
        let mut damaged = Vec::new();
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        for entry in self.database.begin_read()?.open_table(RECORDS)?.iter()? {
            let (key, value) = entry?;
            let (key, value) = (key.value(), value.value());
            match checked(value).and_then(|value| Record::from_bytes(key, value).map_err(|error| error.to_string())) {
                Ok(record) => {
                    batch.push(record);
                    batch_bytes += value.len();
                }
                Err(error) => {
                    tracing::warn!(key = hex::encode(key), "a stored record is damaged and is dropped: {error}");
                    damaged.push(key.to_vec());
                }
            }
            if batch_bytes >= LOAD_BATCH_BYTES {
                each(std::mem::take(&mut batch));
                batch_bytes = 0;
            }
        }
        if !batch.is_empty() {
            each(batch);
        }
        if !damaged.is_empty() {
            self.delete(&damaged)?;
        }
        Ok(())
    }

    pub fn reader(&self) -> Reader {
        Reader { database: Arc::clone(&self.database) }
    }

    fn delete(&self, keys: &[Vec<u8>]) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        {
            let mut records = transaction.open_table(RECORDS)?;
            for key in keys {
                records.remove(key.as_slice())?;
            }
        }
        Ok(transaction.commit()?)
    }

    /// Makes changes durable, all or none.
    pub fn write<'a>(&self, changes: impl IntoIterator<Item = &'a Change>) -> Result<(), StoreError> {
        let transaction = self.database.begin_write()?;
        {
            let mut records = transaction.open_table(RECORDS)?;
            for change in changes {
                match change {
                    Change::Put(key, value) => {
                        records.insert(key.to_bytes().as_slice(), with_checksum(value).as_slice())?;
                    }
                    Change::Delete(key) => {
                        records.remove(key.to_bytes().as_slice())?;
                    }
                }
            }
        }
        Ok(transaction.commit()?)
    }
}

impl Reader {
    /// `None` for what is not there or is damaged.
    pub fn block(&self, height: u32, hash: BlockHash) -> Option<Block> {
        match self.records(&[Key::Block { height, hash }]).pop()?? {
            Record::Block { block, .. } => Some(*block),
            Record::Mempool(_) | Record::Tip(_) => None,
        }
    }

    /// A record for each key, in order.
    pub fn records(&self, keys: &[Key]) -> Vec<Option<Record>> {
        self.read(keys).unwrap_or_else(|error| {
            tracing::error!("reading from the database: {error}");
            keys.iter().map(|_| None).collect()
        })
    }

    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError> {
        let records = self.database.begin_read()?.open_table(RECORDS)?;
        let read = |key: &Key| {
            let key = key.to_bytes();
            let Some(value) = records.get(key.as_slice())? else { return Ok(None) };
            let record = checked(value.value())
                .and_then(|value| Record::from_bytes(&key, value).map_err(|error| error.to_string()));
            Ok(record
                .inspect_err(|error| tracing::error!(key = hex::encode(&key), "a stored record is damaged: {error}"))
                .ok())
        };
        keys.iter().map(read).collect()
    }
}

fn with_checksum(value: &[u8]) -> Vec<u8> {
    [&crc32fast::hash(value).to_le_bytes(), value].concat()
}

fn checked(stored: &[u8]) -> Result<&[u8], String> {
    let (checksum, value) = stored.split_first_chunk().ok_or("it is too short")?;
    if crc32fast::hash(value) == u32::from_le_bytes(*checksum) { Ok(value) } else { Err("its checksum differs".into()) }
}

/// A thread of its own for the node's writes and reads, in the order in which they are given: waiting for a disk must not
/// hold up the node.
#[derive(Debug)]
pub struct StoreThread {
    tasks: mpsc::Sender<Task>,
    thread: JoinHandle<()>,
}

#[derive(Debug)]
enum Task {
    Write(Write),
    Load { id: LoadId, keys: Vec<Key> },
}

#[derive(Debug)]
struct Write {
    id: StoreId,
    changes: Vec<Change>,
}

impl StoreThread {
    /// `done` is told what became of each task, in order.
    pub fn start(store: Store, done: impl Fn(Input) + Send + 'static) -> Self {
        let (tasks, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(&store, &queue, done))
            .expect("the system can start one more thread");
        Self { tasks, thread }
    }

    /// Never waits; the caller bounds how many writes are unfinished.
    pub fn write(&self, id: StoreId, changes: Vec<Change>) {
        self.give(Task::Write(Write { id, changes }));
    }

    /// Reads records as they are after all earlier writes. Never waits; the node bounds how many reads are unfinished.
    pub fn load(&self, id: LoadId, keys: Vec<Key>) {
        self.give(Task::Load { id, keys });
    }

    fn give(&self, task: Task) {
        self.tasks.send(task).expect("the thread runs as long as tasks can come");
    }

    /// Returns when everything that was given is written.
    pub fn finish(self) {
        drop(self.tasks);
        self.thread.join().expect("the store's thread does not panic");
    }
}

fn run(store: &Store, queue: &mpsc::Receiver<Task>, done: impl Fn(Input)) {
    let mut failure: Option<String> = None;
    let mut next = None;
    while let Some(task) = next.take().or_else(|| queue.recv().ok()) {
        let first = match task {
            Task::Write(write) => write,
            Task::Load { id, keys } => {
                done(Input::Loaded { id, records: store.reader().records(&keys) });
                continue;
            }
        };
        let mut group = vec![first];
        while group.len() < MAX_GROUPED_WRITES && next.is_none() {
            match queue.try_recv() {
                Ok(Task::Write(write)) => group.push(write),
                Ok(load) => next = Some(load),
                Err(_) => break,
            }
        }
        if failure.is_none()
            && let Err(error) = store.write(group.iter().flat_map(|write| &write.changes))
        {
            tracing::error!("storing failed, from here on nothing is stored: {error}");
            failure = Some(error.to_string());
        }
        for write in group {
            done(match &failure {
                None => Input::Stored(write.id),
                Some(reason) => Input::StoreFailed { id: write.id, reason: reason.clone() },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tabchain_shared::consensus::Params;
    use tabchain_shared::primitives::{Memo, Transaction, Txid};

    use super::*;

    const NETWORK: NetworkId = NetworkId([1, 2, 3, 4]);

    /// A block that carries a text by which its bytes can be found.
    fn block(text: &str) -> Block {
        let mut block = Params::regtest().genesis();
        let Transaction::Coinbase(coinbase) = &mut block.transactions[0] else { panic!("genesis has a coinbase") };
        coinbase.tag = Memo::new(text).unwrap();
        block.header.nonce = crc32fast::hash(text.as_bytes());
        block
    }

    fn loaded(store: &Store) -> Vec<Record> {
        let mut records = Vec::new();
        store.load(|batch| records.extend(batch)).unwrap();
        records
    }

    #[test]
    fn what_was_written_is_there_after_reopening_in_key_order() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let (low, high) = (block("low"), block("high"));
        {
            let store = Store::open(&path, NETWORK).unwrap();
            store.write(&[Record::put_block(300, 2, &high), Record::put_block(2, 1, &low)]).unwrap();
            let Change::Put(key, _) = Record::put_block(7, 3, &low) else { panic!("a block is put") };
            store.write(&[Record::put_block(7, 3, &low)]).unwrap();
            store.write(&[Change::Delete(key)]).unwrap();
        }
        let store = Store::open(&path, NETWORK).unwrap();
        let expected = [(1, low), (2, high)].map(|(arrival, block)| Record::Block { arrival, block: Box::new(block) });
        assert_eq!(loaded(&store), expected);
    }

    #[test]
    fn a_second_user_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let _first = Store::open(&path, NETWORK).unwrap();
        assert!(matches!(Store::open(&path, NETWORK), Err(StoreError::InUse)));
    }

    #[test]
    fn another_network_and_a_newer_schema_are_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        drop(Store::open(&path, NETWORK).unwrap());
        let other = NetworkId([9; 4]);
        assert!(matches!(
            Store::open(&path, other),
            Err(StoreError::OtherNetwork { found, expected }) if found == NETWORK && expected == other
        ));
        {
            let database = Database::create(&path).unwrap();
            let transaction = database.begin_write().unwrap();
            transaction.open_table(META).unwrap().insert(META_SCHEMA, SCHEMA + 1).unwrap();
            transaction.commit().unwrap();
        }
        for _ in 0..2 {
            assert!(
                matches!(Store::open(&path, NETWORK), Err(StoreError::NewerSchema { found }) if found == SCHEMA + 1)
            );
        }
    }

    #[test]
    fn a_record_with_a_flipped_byte_is_dropped_and_the_others_stay() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let (sound, flipped) = (block("sound"), block("to be damaged"));
        Store::open(&path, NETWORK)
            .unwrap()
            .write(&[Record::put_block(1, 1, &sound), Record::put_block(2, 2, &flipped)])
            .unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let text = b"to be damaged";
        let places: Vec<usize> =
            (0..bytes.len() - text.len()).filter(|start| bytes[*start..].starts_with(text)).collect();
        assert!(!places.is_empty(), "the block is in the file");
        for place in places {
            bytes[place] ^= 1;
        }
        fs::write(&path, bytes).unwrap();

        let expected = [Record::Block { arrival: 1, block: Box::new(sound) }];
        let store = Store::open(&path, NETWORK).unwrap();
        assert_eq!(loaded(&store), expected);
        assert_eq!(loaded(&store), expected, "the damaged one was deleted");
    }

    #[test]
    fn writes_are_acknowledged_in_order_and_finished_before_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let (sender, acknowledged) = mpsc::channel();
        let thread = StoreThread::start(Store::open(&path, NETWORK).unwrap(), move |input| sender.send(input).unwrap());
        for number in 0..20 {
            thread.write(StoreId(u64::from(number)), vec![Record::put_block(number, 0, &block(&number.to_string()))]);
        }
        thread.write(StoreId(20), vec![Change::Delete(Key::Mempool(Txid::default()))]);
        thread.finish();
        let ids: Vec<u64> = acknowledged
            .iter()
            .map(|input| match input {
                Input::Stored(StoreId(id)) => id,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, (0..=20).collect::<Vec<_>>());
        assert_eq!(loaded(&Store::open(&path, NETWORK).unwrap()).len(), 20);
    }

    #[test]
    fn a_read_sees_the_writes_before_it() {
        let directory = tempfile::tempdir().unwrap();
        let (sender, done) = mpsc::channel();
        let store = Store::open(&directory.path().join("chain.redb"), NETWORK).unwrap();
        let thread = StoreThread::start(store, move |input| sender.send(input).unwrap());
        let (here, absent) = (block("here"), block("absent"));
        let keys = [&absent, &here].map(|block| Key::Block { height: 7, hash: block.hash() });
        thread.write(StoreId(0), vec![Record::put_block(7, 3, &here)]);
        thread.load(LoadId(0), keys.to_vec());
        thread.write(StoreId(1), vec![Change::Delete(keys[1])]);
        thread.load(LoadId(1), keys.to_vec());
        thread.finish();
        let loaded: Vec<Vec<Option<Record>>> = done
            .iter()
            .filter_map(|input| match input {
                Input::Loaded { records, .. } => Some(records),
                _ => None,
            })
            .collect();
        let record = Record::Block { arrival: 3, block: Box::new(here) };
        assert_eq!(loaded, [vec![None, Some(record)], vec![None, None]]);
    }
}
