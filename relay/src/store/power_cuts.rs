//! The store on disks that a test has made: one that loses power at every single operation, and one that fills up.
//!
//! Every operation that redb gives the disk is recorded. A power cut after the N-th of them leaves what was synced, and of
//! what came after that any part: whole writes are missing, and those that are there may be torn at a sector. A killed
//! process, whose writes the system finishes, is the mildest of these cases.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex, mpsc};

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use redb::{Database, StorageBackend};
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::node::io::{Input, LoadId, StoreId};
use tabchain_shared::primitives::Txid;

use super::overlay::Overlay;
use super::tests::{NETWORK, block, loaded};
use super::{Store, StoreError, StoreThread};
use crate::metrics::DatabaseMetrics;

/// Disks write this much or nothing.
const SECTOR_BYTES: usize = 512;
/// Random remains of each cut.
const SEEDS: u64 = 3;

#[derive(Debug, Clone)]
enum Operation {
    Write { offset: usize, data: Vec<u8> },
    SetLen(usize),
    Sync,
}

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    done: Vec<Operation>,
    /// Operations after which there is no room any more.
    room_for: Option<usize>,
}

#[derive(Debug, Clone, Default)]
struct Disk(Arc<Mutex<State>>);

impl Disk {
    fn holding(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(State { bytes, ..State::default() })))
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn operations(&self) -> usize {
        self.0.lock().unwrap().done.len()
    }

    fn carry_out(&self, operation: Operation) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.room_for.is_some_and(|room| state.done.len() >= room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        apply(&mut state.bytes, &operation);
        state.done.push(operation);
        Ok(())
    }

    fn store(&self) -> Result<Store, StoreError> {
        let disk = self.clone();
        let view = move || {
            let overlay = Overlay::new(Cursor::new(disk.bytes()))?;
            Ok(Database::builder().create_with_backend(overlay)?)
        };
        Store::on(self.clone(), NETWORK, Box::new(view))
    }
}

fn apply(bytes: &mut Vec<u8>, operation: &Operation) {
    match operation {
        Operation::Write { offset, data } => {
            let end = offset + data.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*offset..end].copy_from_slice(data);
        }
        Operation::SetLen(length) => bytes.resize(*length, 0),
        Operation::Sync => {}
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let offset = usize::try_from(offset).unwrap();
        let state = self.0.lock().unwrap();
        let bytes = state.bytes.get(offset..offset + out.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.carry_out(Operation::SetLen(usize::try_from(length).unwrap()))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.carry_out(Operation::Sync)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.carry_out(Operation::Write { offset: usize::try_from(offset).unwrap(), data: data.to_vec() })
    }
}

/// What the records are after each write; the first entry is before any.
type Expected = Vec<BTreeMap<Vec<u8>, Record>>;

/// The writes of a node: blocks that extend the tip, a reorg, payments that come and are mined.
fn tip_changes() -> (Vec<Vec<Change>>, Expected) {
    let payment = |number: u8| Key::Mempool(Txid([number; 32]));
    let mut writes = Vec::new();
    for number in 1..=6_u8 {
        let body = block(&format!("block {number} {}", "x".repeat(50)));
        let mut changes = vec![Record::put_block(number.into(), number.into(), &body), Record::put_tip(body.hash())];
        changes.push(Change::Delete(payment(number)));
        writes.push(changes);
    }
    // Two blocks and the tip that they lead to are one change.
    let reorg = [block("other 5"), block("other 6")];
    let mut changes: Vec<Change> =
        (5..).zip(&reorg).map(|(height, body)| Record::put_block(height, u64::from(height) + 10, body)).collect();
    changes.push(Record::put_tip(reorg[1].hash()));
    writes.push(changes);

    let mut expected = vec![BTreeMap::new()];
    for changes in &writes {
        let mut records = expected.last().unwrap().clone();
        for change in changes {
            match change {
                Change::Put(key, value) => {
                    let key = key.to_bytes();
                    records.insert(key.clone(), Record::from_bytes(&key, value).unwrap());
                }
                Change::Delete(key) => {
                    records.remove(&key.to_bytes());
                }
            }
        }
        expected.push(records);
    }
    (writes, expected)
}

/// Old or new, and nothing that was acknowledged is lost.
#[track_caller]
fn check(store: &Store, expected: &Expected, acknowledged: usize, what: &str) {
    let found = loaded(store);
    let may_be = expected.iter().skip(acknowledged).take(2);
    let mut states = may_be.map(|records| records.values().cloned().collect::<Vec<_>>());
    assert!(states.any(|records| records == found), "{what}: {acknowledged} writes were acknowledged; found {found:?}");
}

/// CASES 82.
#[test]
fn a_power_cut_at_any_operation_leaves_the_old_tip_or_the_new_one() {
    let (writes, expected) = tip_changes();
    let disk = Disk::default();
    let mut acknowledged_at = Vec::new();
    // A new file is made under another name, and gets its own when it is whole.
    let made;
    {
        let store = disk.store().unwrap();
        made = disk.operations();
        for changes in &writes {
            store.write(changes).unwrap();
            acknowledged_at.push(disk.operations());
        }
    }
    let operations = disk.0.lock().unwrap().done.clone();
    assert!(operations.len() > 5 * writes.len(), "{} operations are cut", operations.len());

    let (mut synced, mut since) = (Vec::new(), Vec::new());
    for (done, operation) in operations.iter().enumerate() {
        if matches!(operation, Operation::Sync) {
            for operation in since.drain(..) {
                apply(&mut synced, operation);
            }
        } else {
            since.push(operation);
        }
        if done < made {
            continue;
        }
        let acknowledged = acknowledged_at.iter().filter(|at| **at <= done + 1).count();
        for seed in 0..SEEDS {
            let mut random = StdRng::seed_from_u64(seed << 32 | done as u64);
            let mut left = synced.clone();
            for operation in &since {
                if random.random() {
                    apply(&mut left, &torn(operation, &mut random));
                }
            }
            let what = format!("cut after operation {done}, seed {seed}");
            let store = Disk::holding(left).store().unwrap_or_else(|error| panic!("{what}: {error}"));
            check(&store, &expected, acknowledged, &what);
        }
    }
}

/// Half of the writes reach the disk as far as some sector only.
fn torn(operation: &Operation, random: &mut StdRng) -> Operation {
    match operation {
        Operation::Write { offset, data } if random.random() => {
            let sectors = random.random_range(0..=data.len() / SECTOR_BYTES);
            Operation::Write { offset: *offset, data: data[..sectors * SECTOR_BYTES].to_vec() }
        }
        other => other.clone(),
    }
}

/// CASES 83, at every operation. The failure is in words, what was acknowledged is still read, nothing more is
/// acknowledged, and when there is room the store opens again and goes on.
#[test]
fn a_full_disk_is_read_and_not_written_and_has_everything_when_there_is_room() {
    let (writes, expected) = tip_changes();
    let all = Disk::default();
    let opened = {
        let store = all.store().unwrap();
        let opened = all.operations();
        for changes in &writes {
            store.write(changes).unwrap();
        }
        opened
    };
    for room in opened..all.operations() {
        let disk = Disk::default();
        disk.0.lock().unwrap().room_for = Some(room);
        let Ok(store) = disk.store() else { panic!("there is room for the beginning") };
        let (sender, done) = mpsc::channel();
        let thread = StoreThread::start(store, DatabaseMetrics::default(), move |input| sender.send(input).unwrap());
        for ((number, changes), after) in (0..).zip(&writes).zip(&expected[1..]) {
            thread.write(StoreId(number), changes.clone());
            // So that they are not grouped: the node may wait for one before it gives the next.
            thread.load(LoadId(number), keys(after));
        }
        thread.finish();
        let mut acknowledged = 0;
        for input in done {
            match input {
                Input::Stored(StoreId(id)) => {
                    assert_eq!(id, acknowledged as u64, "room for {room}: none after a failure");
                    acknowledged += 1;
                }
                Input::StoreFailed { reason, .. } => {
                    assert_eq!(reason, "the disk is full, or this user may take no more of it");
                }
                Input::Loaded { records, .. } => {
                    let found: Vec<Record> = records.into_iter().flatten().collect();
                    for record in expected[acknowledged].values().filter(|record| !matches!(record, Record::Tip(_))) {
                        assert!(found.contains(record), "room for {room}: {record:?} can be read");
                    }
                }
                other => panic!("{other:?}"),
            }
        }
        // Closing in good order may be what there was no room for.
        disk.0.lock().unwrap().room_for = None;
        let store = disk.store().unwrap();
        check(&store, &expected, acknowledged, &format!("room for {room}"));
        store.write(&writes[0]).expect("there is room again");
    }
}

fn keys(records: &BTreeMap<Vec<u8>, Record>) -> Vec<Key> {
    let keys = records.values().filter_map(|record| match record {
        Record::Block { block, .. } => {
            let position = records.keys().find(|key| key.ends_with(&block.hash().0)).expect("its key");
            let height = u32::from_be_bytes(position[1..5].try_into().unwrap());
            Some(Key::Block { height, hash: block.hash() })
        }
        Record::Mempool(_) | Record::Tip(_) => None,
    });
    keys.collect()
}
