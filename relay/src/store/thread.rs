//! A thread for the store: waiting for a disk must not hold up the node.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Instant;

use tabchain_shared::chain::store::{Change, Key};
use tabchain_shared::node::io::{Input, LoadId, StoreId};

use super::Store;
use crate::metrics::DatabaseMetrics;

/// Writes that wait are made durable together, at most this many: one wait for the disk serves them all, and one failure
/// fails them all.
const MAX_GROUPED_WRITES: usize = 64;

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
    pub fn start(store: Store, metrics: DatabaseMetrics, done: impl Fn(Input) + Send + 'static) -> Self {
        let (tasks, queue) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || run(&store, &queue, &metrics, done))
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

fn run(store: &Store, queue: &mpsc::Receiver<Task>, metrics: &DatabaseMetrics, done: impl Fn(Input)) {
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
        if failure.is_none() {
            let begun = Instant::now();
            match store.write(group.iter().flat_map(|write| &write.changes)) {
                Ok(()) => metrics.commit.observe(begun.elapsed().as_secs_f64()),
                Err(error) => {
                    tracing::error!("storing failed, from here on nothing is stored: {error}");
                    failure = Some(error.to_string());
                    store.read_only_from_now_on();
                }
            }
        }
        let outcome = if failure.is_none() { &metrics.writes } else { &metrics.failures };
        outcome.inc_by(group.len() as u64);
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
    use tabchain_shared::chain::store::Record;
    use tabchain_shared::primitives::Txid;

    use super::super::tests::{NETWORK, block, loaded};
    use super::*;

    #[test]
    fn writes_are_acknowledged_in_order_and_finished_before_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("chain.redb");
        let (sender, acknowledged) = mpsc::channel();
        let store = Store::open(&path, NETWORK).unwrap();
        let thread = StoreThread::start(store, DatabaseMetrics::default(), move |input| sender.send(input).unwrap());
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
        let thread = StoreThread::start(store, DatabaseMetrics::default(), move |input| sender.send(input).unwrap());
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
