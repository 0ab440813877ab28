//! What a peer has or was told of, so that nothing is announced to it twice: bounded, the oldest out first.
//!
//! There is one of these for every link, so it is small: eight bytes are kept of a hash, and a table that finds them only where there
//! are too many to look through. Whoever makes two things that agree in these bytes hides one of them from peers that know the
//! other, and both are their own.

use std::collections::VecDeque;

use hashbrown::HashTable;

use crate::wire::InventoryItem;

/// Up to so many are looked through from the newest on, which is what is asked for mostly: four cache lines.
const LOOKED_THROUGH: usize = 32;

/// The leading bytes of a hash, which proof of work leaves as random as any: its zeros are at the other end.
type Mark = u64;

#[derive(Debug, Default)]
pub(super) struct KnownInventory {
    /// Oldest first.
    order: VecDeque<Mark>,
    /// The same, once they are more than [`LOOKED_THROUGH`].
    table: HashTable<Mark>,
}

fn mark(item: &InventoryItem) -> Mark {
    let (bytes, kind) = match item {
        InventoryItem::Transaction(txid) => (&txid.0, 0),
        InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => (&hash.0, 1),
    };
    let leading = u64::from_le_bytes(*bytes.first_chunk().expect("a hash has 32 bytes"));
    // A block and a transaction are never one thing.
    leading & !1 | kind
}

impl KnownInventory {
    /// Takes an item in, in the place of the oldest if there are `limit`; `false` if it is known.
    pub fn learns(&mut self, item: &InventoryItem, limit: usize) -> bool {
        let mark = mark(item);
        if self.contains(mark) {
            return false;
        }
        if self.order.len() >= limit
            && let Some(oldest) = self.order.pop_front()
            && let Ok(place) = self.table.find_entry(oldest, |other| *other == oldest)
        {
            place.remove();
        }
        self.order.push_back(mark);
        if !self.table.is_empty() {
            self.table.insert_unique(mark, mark, |mark| *mark);
        } else if self.order.len() > LOOKED_THROUGH {
            self.table.reserve(self.order.len(), |mark| *mark);
            for mark in &self.order {
                self.table.insert_unique(*mark, *mark, |mark| *mark);
            }
        }
        true
    }

    fn contains(&self, mark: Mark) -> bool {
        if self.table.is_empty() {
            self.order.iter().rev().any(|other| *other == mark)
        } else {
            self.table.find(mark, |other| *other == mark).is_some()
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::node::config::MAX_KNOWN_INVENTORY;
    use crate::primitives::{BlockHash, Txid, sha256d};

    fn item(number: usize) -> InventoryItem {
        InventoryItem::Transaction(Txid(sha256d(&number.to_le_bytes())))
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn of_what_a_peer_knows_the_oldest_is_forgotten() {
        for limit in [1, LOOKED_THROUGH, LOOKED_THROUGH + 1, MAX_KNOWN_INVENTORY] {
            let mut known = KnownInventory::default();
            assert!((0..=limit).all(|number| known.learns(&item(number), limit)), "{limit}");
            assert_eq!(known.order.len(), limit);
            assert!((1..=limit).all(|number| !known.learns(&item(number), limit)), "{limit}");
            assert!(known.learns(&item(0), limit), "{limit}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_block_is_one_thing_in_whatever_form_and_no_transaction() {
        let mut known = KnownInventory::default();
        let hash = sha256d(b"a block");
        let items = [
            InventoryItem::Block(BlockHash(hash)),
            InventoryItem::CompactBlock(BlockHash(hash)),
            InventoryItem::Transaction(Txid(hash)),
        ];
        assert_eq!(items.map(|item| known.learns(&item, 10)), [true, false, true]);
    }
}
