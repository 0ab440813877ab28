//! What a peer has or was told of, so that nothing is announced to it twice: bounded, the oldest out first.
//!
//! There is one of these for every link, and every announcement asks it, so it is small: eight bytes are kept of a hash, the newest
//! blocks lie where the peer does, and a table finds what is too much to look through. Whoever makes two things that agree in these
//! bytes hides one of them from peers that know the other, and both are their own.

use std::collections::VecDeque;

use hashbrown::HashTable;

use crate::primitives::BlockHash;
use crate::wire::InventoryItem;

/// Blocks that are looked through first: a cache line of them. What is announced is mostly the newest.
pub(super) const NEWEST_BLOCKS: usize = 8;
/// Others are looked through up to so many.
const LOOKED_THROUGH: usize = 32;

/// The leading bytes of a hash, which proof of work leaves as random as any: its zeros are at the other end. 0 stands for none.
type Mark = u64;

#[derive(Debug, Default)]
pub(super) struct KnownInventory {
    newest_blocks: [Mark; NEWEST_BLOCKS],
    /// Where the next one goes; there is the oldest of these.
    next: usize,
    /// Absent until there is something else.
    others: Option<Box<Others>>,
}

#[derive(Debug, Default)]
struct Others {
    blocks: Marks,
    transactions: Marks,
}

fn mark(hash: &[u8; 32]) -> Mark {
    Mark::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
}

impl KnownInventory {
    pub fn read_ahead(&self) -> u64 {
        self.newest_blocks[0]
    }

    /// Takes an item in, in the place of the oldest of its kind if there are `limit`; `false` if it is known. Of blocks there are
    /// [`NEWEST_BLOCKS`] in any case, and of transactions [`LOOKED_THROUGH`].
    pub fn learns(&mut self, item: &InventoryItem, limit: usize) -> bool {
        match item {
            InventoryItem::Transaction(txid) => {
                let transactions = &mut self.others.get_or_insert_default().transactions;
                transactions.learns(mark(&txid.0), limit.max(LOOKED_THROUGH))
            }
            InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => self.learns_block(mark(&hash.0), limit),
        }
    }

    /// Whether a block was taken in that is not forgotten yet.
    pub fn has_block(&self, hash: &BlockHash) -> bool {
        self.has_block_marked(mark(&hash.0))
    }

    fn has_block_marked(&self, mark: Mark) -> bool {
        self.newest_blocks.contains(&mark) || self.others.as_ref().is_some_and(|others| others.blocks.contains(mark))
    }

    fn learns_block(&mut self, mark: Mark, limit: usize) -> bool {
        if self.has_block_marked(mark) {
            return false;
        }
        let oldest = std::mem::replace(&mut self.newest_blocks[self.next], mark);
        self.next = (self.next + 1) % NEWEST_BLOCKS;
        if oldest != 0 && limit > NEWEST_BLOCKS {
            self.others.get_or_insert_default().blocks.learns(oldest, limit - NEWEST_BLOCKS);
        }
        true
    }
}

#[derive(Debug, Default)]
struct Marks {
    /// Oldest first.
    order: VecDeque<Mark>,
    /// The same, once they are more than [`LOOKED_THROUGH`].
    table: HashTable<Mark>,
}

impl Marks {
    fn learns(&mut self, mark: Mark, limit: usize) -> bool {
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

    #[wasm_bindgen_test(unsupported = test)]
    fn of_what_a_peer_knows_the_oldest_is_forgotten() {
        let hash = |number: usize| sha256d(&(number as u64).to_le_bytes());
        let kinds = [|hash| InventoryItem::Transaction(Txid(hash)), |hash| InventoryItem::Block(BlockHash(hash))];
        for (kind, least) in kinds.into_iter().zip([LOOKED_THROUGH, NEWEST_BLOCKS]) {
            let item = |number: usize| kind(hash(number));
            for limit in [1, LOOKED_THROUGH, LOOKED_THROUGH + 1, LOOKED_THROUGH + 9, MAX_KNOWN_INVENTORY] {
                let (mut known, kept) = (KnownInventory::default(), limit.max(least));
                assert!((0..=kept).all(|number| known.learns(&item(number), limit)), "{limit}");
                assert!((1..=kept).all(|number| !known.learns(&item(number), limit)), "{limit}");
                assert!(known.learns(&item(0), limit), "{limit}");
            }
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
