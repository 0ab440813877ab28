//! The resident node's records in redb.
//!
//! | file | what it owns |
//! | --- | --- |
//! | `opening` | whose file it is, whether it is sound, and what becomes of one that is not |
//! | `overlay` | reading a database file without changing it |
//! | `thread` | writes and reads in order, beside the node |
//!
//! [`Store::write`] is one transaction of redb, and `Durability::Immediate`, redb's default: it returns after `fsync`, and
//! whatever happens before leaves the database as it was. The changes of one tip change come in one call. Each value is
//! stored behind a checksum, because a disk may give back other bytes than it was given; a record that fails it counts as
//! absent (peers have the block). When a write has failed, nothing is written any more, and what is on the disk is still
//! read.

mod opening;
mod overlay;
#[cfg(test)]
mod power_cuts;
mod thread;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::primitives::{Block, BlockHash, NetworkId};

pub use thread::StoreThread;

/// Records as `shared::chain::store` defines them; before each value its CRC-32, little endian.
const RECORDS: TableDefinition<&[u8], &[u8]> = TableDefinition::new("records");
/// Size of one part of the records when they are read at the start; a block may have megabytes.
const LOAD_BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Raised whenever an older program would misread what a newer one writes.
const SCHEMA: u32 = 1;

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
    #[error("there is no chain in this directory")]
    Absent,
    #[error("the database is damaged: {0}")]
    Damaged(String),
    #[error("the disk is full, or this user may take no more of it")]
    DiskFull,
    #[error("the database: {0}")]
    Database(redb::Error),
    #[error("the database file: {0}")]
    File(#[from] std::io::Error),
}

impl From<redb::Error> for StoreError {
    fn from(error: redb::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, QuotaExceeded, StorageFull, UnexpectedEof};
        match error {
            redb::Error::Corrupted(what) => Self::Damaged(what),
            redb::Error::DatabaseAlreadyOpen | redb::Error::LockProtocolMismatch => Self::InUse,
            redb::Error::Io(error) => match error.kind() {
                InvalidData | UnexpectedEof => Self::Damaged(error.to_string()),
                StorageFull | QuotaExceeded => Self::DiskFull,
                _ => Self::Database(redb::Error::Io(error)),
            },
            other => Self::Database(other),
        }
    }
}

/// Any of redb's errors, by way of the one that holds them all.
macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                redb::Error::from(error).into()
            }
        }
    )*};
}

from_redb!(CommitError, DatabaseError, StorageError, TableError, TransactionError);

/// redb trusts pages that it has checked once, and may panic when they have changed behind its back.
fn guarded<T>(work: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(StoreError::Damaged("redb met a page that makes no sense".into())))
}

/// Opens another handle that sees what the disk holds and writes nothing to it.
type View = Box<dyn Fn() -> Result<Database, StoreError> + Send>;

pub struct Store {
    database: Arc<Database>,
    reader: Reader,
    view: View,
    /// Keeps other processes away.
    _lock: Option<File>,
}

/// Reads records beside the thread that writes them; sees what is durable. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    database: Arc<RwLock<Arc<Database>>>,
}

impl Store {
    fn new(database: Database, view: View, lock: Option<File>) -> Self {
        let database = Arc::new(database);
        let reader = Reader { database: Arc::new(RwLock::new(Arc::clone(&database))) };
        Self { database, reader, view, _lock: lock }
    }

    /// Reads all records in the order of their keys, in parts. Those that are damaged are deleted.
    pub fn load(&self, mut each: impl FnMut(Vec<Record>)) -> Result<(), StoreError> {
        let mut damaged = Vec::new();
        let mut batch = Vec::new();
        let mut batch_bytes = 0;
        for entry in self.reader.database().begin_read()?.open_table(RECORDS)?.iter()? {
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
        self.reader.clone()
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
        guarded(|| {
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
        })
    }

    /// For when a write has failed: redb's handle then refuses to read as well. Readers get one that sees what the disk
    /// holds; the old one stays, and refuses writes.
    fn read_only_from_now_on(&self) {
        match guarded(|| (self.view)()) {
            Ok(view) => *self.reader.database.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view),
            Err(error) => tracing::error!("what is stored cannot be read any more either: {error}"),
        }
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
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
        guarded(|| self.read(keys)).unwrap_or_else(|error| {
            tracing::error!("reading from the database: {error}");
            keys.iter().map(|_| None).collect()
        })
    }

    fn database(&self) -> Arc<Database> {
        Arc::clone(&self.database.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self, keys: &[Key]) -> Result<Vec<Option<Record>>, StoreError> {
        let records = self.database().begin_read()?.open_table(RECORDS)?;
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

#[cfg(test)]
pub(crate) mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::primitives::{Memo, Transaction};

    use super::*;

    pub(super) const NETWORK: NetworkId = NetworkId([1, 2, 3, 4]);

    /// A block that carries a text by which its bytes can be found.
    pub(super) fn block(text: &str) -> Block {
        let mut block = Params::regtest().genesis();
        let Transaction::Coinbase(coinbase) = &mut block.transactions[0] else { panic!("genesis has a coinbase") };
        coinbase.tag = Memo::new(text).unwrap();
        block.header.nonce = crc32fast::hash(text.as_bytes());
        block
    }

    pub(super) fn loaded(store: &Store) -> Vec<Record> {
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
}
