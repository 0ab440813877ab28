//! Gathers the node's writes: while one transaction of the browser's database is under way, what comes meanwhile waits and
//! goes together into the next. A transaction costs about as much as a hundred records in it, and a node that catches up
//! writes a thousand blocks a second.

use std::collections::VecDeque;

use tabchain_shared::chain::store::Change;
use tabchain_shared::node::io::StoreId;

/// Of changes in one transaction; small enough that little has to be written again by a browser that runs full.
const MAX_BYTES: usize = 256 * 1024;

#[derive(Default)]
pub struct Writes {
    waiting: VecDeque<(StoreId, Vec<Change>)>,
    under_way: usize,
}

impl Writes {
    pub fn push(&mut self, id: StoreId, changes: Vec<Change>) {
        self.waiting.push_back((id, changes));
    }

    /// What the next transaction is to hold, in order, and which writes these are; `None` as long as it has to wait for the
    /// last one. Whoever takes it begins it, and says when it has [`Self::ended`].
    pub fn next(&mut self) -> Option<(Vec<StoreId>, Vec<Change>)> {
        if self.under_way > 0 { None } else { self.next_at_once() }
    }

    /// The same for who cannot wait: a reading has to find what was written before it.
    pub fn next_at_once(&mut self) -> Option<(Vec<StoreId>, Vec<Change>)> {
        let (mut ids, mut all, mut bytes) = (Vec::new(), Vec::new(), 0);
        while bytes < MAX_BYTES
            && let Some((id, changes)) = self.waiting.pop_front()
        {
            bytes += changes.iter().map(Change::size).sum::<usize>();
            ids.push(id);
            all.extend(changes);
        }
        if ids.is_empty() {
            return None;
        }
        self.under_way += 1;
        Some((ids, all))
    }

    pub fn ended(&mut self) {
        self.under_way -= 1;
    }

    /// Nothing is written any more: which writes waited, none of which will be durable.
    pub fn fail_waiting(&mut self) -> Vec<StoreId> {
        self.waiting.drain(..).map(|(id, _)| id).collect()
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::chain::store::Key;
    use tabchain_shared::primitives::Txid;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn write_of(bytes: usize) -> Vec<Change> {
        vec![Change::Put(Key::Tip, vec![0; bytes]), Change::Delete(Key::Mempool(Txid([1; 32])))]
    }

    fn ids(next: Option<(Vec<StoreId>, Vec<Change>)>) -> Vec<u64> {
        next.map(|(ids, _)| ids.into_iter().map(|id| id.0).collect()).unwrap_or_default()
    }

    #[test]
    fn what_comes_during_a_transaction_goes_into_the_next() {
        let mut writes = Writes::default();
        writes.push(StoreId(1), write_of(10));
        assert_eq!(ids(writes.next()), [1]);
        writes.push(StoreId(2), write_of(10));
        writes.push(StoreId(3), write_of(10));
        assert_eq!(ids(writes.next()), [] as [u64; 0]);
        writes.ended();
        let (ids, changes) = writes.next().unwrap();
        assert_eq!((ids, changes.len()), (vec![StoreId(2), StoreId(3)], 4));
    }

    #[test]
    fn what_waits_behind_a_failure_fails() {
        let mut writes = Writes::default();
        writes.push(StoreId(1), write_of(10));
        assert_eq!(ids(writes.next()), [1]);
        writes.push(StoreId(2), write_of(MAX_BYTES));
        writes.push(StoreId(3), write_of(10));
        writes.ended();
        assert_eq!(writes.fail_waiting(), [StoreId(2), StoreId(3)], "more than the next transaction would hold");
        assert_eq!(ids(writes.next()), [] as [u64; 0], "none of them is begun, and so none taken for durable");
        assert_eq!(writes.fail_waiting(), []);
    }

    #[test]
    fn a_reading_does_not_wait_and_a_transaction_has_a_limit() {
        let mut writes = Writes::default();
        for id in 1..=4 {
            writes.push(StoreId(id), write_of(MAX_BYTES / 2));
        }
        assert_eq!(ids(writes.next()), [1, 2]);
        assert_eq!(ids(writes.next_at_once()), [3, 4]);
        writes.ended();
        writes.push(StoreId(5), write_of(10));
        assert_eq!(ids(writes.next()), [] as [u64; 0], "one is under way still");
        writes.ended();
        assert_eq!(ids(writes.next()), [5]);
    }
}
