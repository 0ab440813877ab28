//! What is remembered of recent blocks for display, the oldest out first: when they were accepted, who sent them, and what they cost on
//! the wire. Bounded by [`Config::remembered_blocks`](super::Config).
//!
//! Almost every question is for the newest, so they are looked through from the end on; and there is one of these for each of
//! thousands of nodes, so it keeps eight bytes of a hash.

use std::collections::VecDeque;

use super::io::Time;
use crate::primitives::{BlockHash, NodeId};

/// The leading bytes of a block hash, which proof of work leaves as random as any: its zeros are at the other end.
type Mark = u64;

fn mark(hash: &BlockHash) -> Mark {
    u64::from_le_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes"))
}

/// Something of each recent block.
#[derive(Debug)]
pub(super) struct OfBlocks<T> {
    /// Oldest first.
    kept: VecDeque<(Mark, T)>,
    limit: usize,
}

impl<T: Default> OfBlocks<T> {
    pub fn new(limit: usize) -> Self {
        Self { kept: VecDeque::new(), limit }
    }

    /// Of the newest.
    pub fn read_ahead(&self) -> u64 {
        self.kept.back().map_or(0, |(mark, _)| *mark)
    }

    pub fn get(&self, hash: &BlockHash) -> Option<&T> {
        let mark = mark(hash);
        self.kept.iter().rev().find(|(other, _)| *other == mark).map(|(_, of_block)| of_block)
    }

    /// What is kept of this block; if there is nothing, and no room, the oldest goes.
    pub fn entry(&mut self, hash: &BlockHash) -> &mut T {
        let mark = mark(hash);
        let is_newest = self.kept.back().is_some_and(|(other, _)| *other == mark);
        let newest = is_newest.then(|| self.kept.len() - 1);
        let known = newest.or_else(|| self.kept.iter().rposition(|(other, _)| *other == mark));
        let place = known.unwrap_or_else(|| {
            if self.kept.len() >= self.limit {
                self.kept.pop_front();
            }
            self.kept.push_back((mark, T::default()));
            self.kept.len() - 1
        });
        &mut self.kept[place].1
    }
}

#[derive(Debug, Default)]
pub(super) struct Arrival {
    /// Absent until it is accepted.
    pub at: Option<Time>,
    /// Absent for what was found here.
    pub from: Option<NodeId>,
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::primitives::sha256d;

    #[wasm_bindgen_test(unsupported = test)]
    fn of_blocks_the_oldest_is_forgotten() {
        let hash = |number: u8| BlockHash(sha256d(&[number]));
        let mut bytes = OfBlocks::<u64>::new(3);
        for number in [1, 2, 1, 3, 4] {
            *bytes.entry(&hash(number)) += u64::from(number);
        }
        assert_eq!([1, 2, 3, 4].map(|number| bytes.get(&hash(number)).copied()), [None, Some(2), Some(3), Some(4)]);
    }
}
