//! What this tab keeps in `IndexedDB`: the records of the chain and who the node is. One database for each network and
//! slot, so that two nodes of one browser never meet.
//!
//! A browser may refuse (private windows): then the node lives in memory, key and all. It may run full: then nothing more is
//! written, and what is there is still read, since memory no longer holds all of it. It may clear the database under us: then
//! at least the key is written once more ([`Storage::reopen`]). In each case the page says so, from [`Storage::view`].

use std::pin::pin;
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use idb::request::GetStoreRequest;
use idb::{Database, DatabaseEvent, Error, Factory, KeyRange, ObjectStoreParams, Query, TransactionMode};
use js_sys::Uint8Array;
use serde::{Deserialize, Serialize};
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::primitives::{NetworkId, SecretKey};
use wasm_bindgen::{JsCast, JsValue};

use super::{Happening, Happenings, phrase};
use crate::bridge::{StorageProblem, StorageView};
use crate::browser;

const RECORDS: &str = "records";
const IDENTITY: &str = "identity";
/// Records read at a time, so that the node can answer its page in between: they are checked by every rule.
const BATCH: u32 = 200;
/// Times that a database which the browser clears is opened anew.
const MAX_REOPENINGS: u32 = 10;
/// A browser whose storage hangs (some do, after a crash) must not keep the node from starting, nor from all else.
const TIMEOUT_MILLIS: u32 = 5_000;

/// Who the node is, and what its person decided for good. A field that is added later needs `#[serde(default)]`, or the
/// keys of earlier versions become unreadable.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Identity {
    /// Of the secret key.
    #[serde(with = "hex")]
    seed: [u8; 32],
    pub name: String,
    pub follows_host: bool,
}

impl Identity {
    pub fn new(name: String) -> Self {
        Self { seed: browser::random_bytes(), name, follows_host: true }
    }

    pub fn key(&self) -> SecretKey {
        SecretKey::from_seed(self.seed)
    }

    /// The secret key in words that a person can write down.
    pub fn phrase(&self) -> String {
        phrase::of(&self.seed)
    }

    /// The same node with the key of a recovery phrase, or what is wrong with the phrase.
    pub fn with_phrase(&self, words: &str) -> Result<Self, String> {
        Ok(Self { seed: phrase::read(words)?, ..self.clone() })
    }
}

pub struct Storage {
    name: String,
    /// `Err` says why nothing is stored.
    database: Result<Rc<Database>, StorageProblem>,
    /// Why no records are written any more, if they are not.
    full: Option<StorageProblem>,
    reopenings: u32,
}

impl Storage {
    /// Opens the database of a slot on a network, or falls back to memory.
    pub async fn open(network: NetworkId, slot: &str, happenings: &Happenings) -> Self {
        let name = format!("tabchain-{network}-{slot}");
        let mut storage = Self { name, database: Err(StorageProblem::Silent), full: None, reopenings: 0 };
        storage.connect(happenings).await;
        storage
    }

    /// Opens the database once more, after the browser has cleared it.
    pub async fn reopen(&mut self, happenings: &Happenings) {
        self.reopenings += 1;
        self.connect(happenings).await;
    }

    /// Whether the database was lost, and not so often that it is lost for good.
    pub fn may_reopen(&self) -> bool {
        (1..MAX_REOPENINGS).contains(&self.reopenings)
    }

    async fn connect(&mut self, happenings: &Happenings) {
        let name = self.name.clone();
        let opened = in_time(async move { open(&name).await.map_err(problem) }).await;
        self.database = opened.map(|mut database| {
            let happenings = happenings.clone();
            database.on_close(move |_| happenings.tell(Happening::StorageLost));
            Rc::new(database)
        });
    }

    pub fn view(&self) -> StorageView {
        match (&self.database, &self.full) {
            (Err(reason), _) => StorageView::MemoryOnly(reason.clone()),
            (Ok(_), Some(reason)) => StorageView::Stopped(reason.clone()),
            (Ok(_), None) => StorageView::Saving,
        }
    }

    /// Whether chain and keys are lost when the tab closes.
    pub fn is_memory_only(&self) -> bool {
        self.database.is_err()
    }

    /// From now on no records are written. Those that are there stay, and are read.
    pub fn stop_writing(&mut self, reason: StorageProblem) {
        browser::log_error(&format!("storage: {reason}"));
        self.full.get_or_insert(reason);
    }

    /// From now on nothing is stored or read.
    pub fn give_up(&mut self, reason: StorageProblem) {
        browser::log_error(&format!("storage: {reason}"));
        self.database = Err(reason);
    }

    /// `None` for a new node, or when the storage is of no use; then it has been given up.
    pub async fn load_identity(&mut self) -> Option<Identity> {
        let database = self.database.clone().ok()?;
        let read = in_time(async move { read_identity(&database).await.map_err(problem) });
        let reason = match read.await {
            Ok(None) => return None,
            Ok(Some(value)) => match value.as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                Some(identity) => return Some(identity),
                // It may hold money. Having given up, nothing is written over it.
                None => StorageProblem::KeyUnreadable,
            },
            Err(reason) => reason,
        };
        self.give_up(reason);
        None
    }

    /// Reads a batch of records, those after `last_key`. Without a key of the last of them, they were all.
    pub fn read_records(
        &self,
        last_key: Option<JsValue>,
    ) -> impl Future<Output = Result<Batch, StorageProblem>> + use<> {
        let database = self.database.clone();
        async move {
            // What is not there was read already.
            let Ok(database) = database else { return Ok(Batch::default()) };
            read_batch(&database, last_key.as_ref()).await.map_err(problem)
        }
    }

    /// Begins to write, and resolves once the changes are durable. Writes are carried out in the order of these calls.
    pub fn write(&self, changes: &[Change]) -> impl Future<Output = Result<(), StorageProblem>> + use<> {
        let pending = match &self.database {
            Ok(database) if self.full.is_none() => begin_write(database, changes).map(Some).map_err(problem),
            // Given up, or never there: the page says so, and memory is as durable as it gets.
            _ => Ok(None),
        };
        async {
            match pending? {
                Some(transaction) => committed(transaction).await,
                None => Ok(()),
            }
        }
    }

    /// Begins to read, after all writes that were begun, and resolves to a record for each key. What is absent, does not
    /// decode or cannot be read is `None`: the node says what that means.
    pub fn read(&self, keys: &[Key]) -> impl Future<Output = Vec<Option<Record>>> + use<> {
        let keys = keys.to_vec();
        let pending = match &self.database {
            Ok(database) => {
                begin_read(database, &keys).inspect_err(|error| browser::log_error(&error.to_string())).ok()
            }
            Err(_) => None,
        };
        async move {
            let mut records = Vec::with_capacity(keys.len());
            let mut pending = pending.unwrap_or_default().into_iter();
            for key in keys {
                let value = match pending.next() {
                    Some(request) => request.await.ok().flatten(),
                    None => None,
                };
                records.push(value.and_then(|value| Record::from_bytes(&key.to_bytes(), &bytes_of(&value)).ok()));
            }
            records
        }
    }

    pub fn write_identity(&self, identity: &Identity) -> impl Future<Output = Result<(), StorageProblem>> + use<> {
        let pending = match &self.database {
            Ok(database) => begin_write_identity(database, identity).map(Some).map_err(problem),
            Err(_) => Ok(None),
        };
        async {
            match pending? {
                Some(transaction) => committed(transaction).await,
                None => Ok(()),
            }
        }
    }
}

/// For whatever the driver's loop waits for: what does not answer in time has failed.
pub async fn in_time<T: 'static>(
    access: impl Future<Output = Result<T, StorageProblem>> + 'static,
) -> Result<T, StorageProblem> {
    before(TimeoutFuture::new(TIMEOUT_MILLIS), access).await
}

/// What takes longer goes on unheard, since the browser may yet answer whom it was asked by.
async fn before<T: 'static>(
    limit: impl Future<Output = ()>,
    access: impl Future<Output = Result<T, StorageProblem>> + 'static,
) -> Result<T, StorageProblem> {
    let (answer, answered) = oneshot::channel();
    wasm_bindgen_futures::spawn_local(async {
        let _ = answer.send(access.await);
    });
    match select(answered, pin!(limit)).await {
        Either::Left((Ok(result), _)) => result,
        Either::Left((Err(_), _)) | Either::Right(_) => Err(StorageProblem::Silent),
    }
}

async fn open(name: &str) -> Result<Database, Error> {
    let mut request = Factory::new()?.open(name, Some(1))?;
    request.on_upgrade_needed(|event| {
        if let Ok(database) = event.database() {
            for store in [RECORDS, IDENTITY] {
                // A store that cannot be made shows as an error of the first transaction.
                let _ = database.create_object_store(store, ObjectStoreParams::new());
            }
        }
    });
    request.await
}

async fn read_identity(database: &Database) -> Result<Option<JsValue>, Error> {
    let store = database.transaction(&[IDENTITY], TransactionMode::ReadOnly)?.object_store(IDENTITY)?;
    store.get(JsValue::from(IDENTITY))?.await
}

/// Some records in the order of their keys.
#[derive(Default)]
pub struct Batch {
    pub records: Vec<Record>,
    /// Where the next batch begins; absent when there are no more.
    pub last_key: Option<JsValue>,
}

async fn read_batch(database: &Database, last_key: Option<&JsValue>) -> Result<Batch, Error> {
    let store = database.transaction(&[RECORDS], TransactionMode::ReadOnly)?.object_store(RECORDS)?;
    let range = || last_key.map(|key| KeyRange::lower_bound(key, Some(true)).map(Query::from)).transpose();
    let keys = store.get_all_keys(range()?, Some(BATCH))?;
    let values = store.get_all(range()?, Some(BATCH))?;
    let (keys, values) = (keys.await?, values.await?);
    let records = keys.iter().zip(&values).filter_map(|(key, value)| {
        // What does not decode counts as absent: peers have the block.
        Record::from_bytes(&bytes_of(key), &bytes_of(value)).ok()
    });
    Ok(Batch { records: records.collect(), last_key: keys.last().cloned() })
}

fn begin_read(database: &Database, keys: &[Key]) -> Result<Vec<GetStoreRequest>, Error> {
    let store = database.transaction(&[RECORDS], TransactionMode::ReadOnly)?.object_store(RECORDS)?;
    keys.iter().map(|key| store.get(js_bytes(&key.to_bytes()))).collect()
}

fn begin_write(database: &Database, changes: &[Change]) -> Result<idb::Transaction, Error> {
    let transaction = database.transaction(&[RECORDS], TransactionMode::ReadWrite)?;
    let store = transaction.object_store(RECORDS)?;
    for change in changes {
        match change {
            Change::Put(key, value) => {
                store.put(&js_bytes(value), Some(&js_bytes(&key.to_bytes())))?;
            }
            Change::Delete(key) => {
                store.delete(js_bytes(&key.to_bytes()))?;
            }
        }
    }
    Ok(transaction)
}

fn begin_write_identity(database: &Database, identity: &Identity) -> Result<idb::Transaction, Error> {
    let transaction = database.transaction(&[IDENTITY], TransactionMode::ReadWrite)?;
    let text = serde_json::to_string(identity).expect("an identity is plain data");
    transaction.object_store(IDENTITY)?.put(&text.into(), Some(&IDENTITY.into()))?;
    Ok(transaction)
}

async fn committed(transaction: idb::Transaction) -> Result<(), StorageProblem> {
    match transaction.await {
        Ok(result) if result.is_committed() => Ok(()),
        Ok(_) => Err(StorageProblem::Full),
        Err(error) => Err(problem(error)),
    }
}

fn js_bytes(bytes: &[u8]) -> JsValue {
    Uint8Array::from(bytes).into()
}

/// Keys come back as `ArrayBuffer`, values as the `Uint8Array` that was put.
fn bytes_of(value: &JsValue) -> Vec<u8> {
    value.dyn_ref::<Uint8Array>().map_or_else(|| Uint8Array::new(value).to_vec(), Uint8Array::to_vec)
}

fn problem(error: Error) -> StorageProblem {
    match error {
        Error::DomException(exception) if exception.name() == "QuotaExceededError" => StorageProblem::Full,
        Error::IndexedDbNotFound(_) => StorageProblem::Refused,
        other => StorageProblem::Failed(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use std::future::{pending, ready};

    use super::*;

    #[test]
    async fn storage_that_does_not_answer_is_not_waited_for() {
        assert_eq!(before(ready(()), pending::<Result<(), _>>()).await, Err(StorageProblem::Silent));
        assert_eq!(before(pending(), ready(Ok(7))).await, Ok(7));
        assert_eq!(before(pending(), ready(Err::<(), _>(StorageProblem::Full))).await, Err(StorageProblem::Full));
    }

    #[test]
    fn the_keys_of_the_first_version_stay_readable() {
        let text = format!(r#"{{"seed":"{}","name":"alice","follows_host":false}}"#, "07".repeat(32));
        let identity: Identity = serde_json::from_str(&text).unwrap();
        assert_eq!((identity.seed, identity.name.as_str(), identity.follows_host), ([7; 32], "alice", false));
    }
}
