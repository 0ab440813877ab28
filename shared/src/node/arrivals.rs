//! What is remembered of recent blocks for display, the oldest out first: when they were accepted, who sent them, and what they cost on
//! the wire. Bounded by [`Config::remembered_blocks`](super::Config).
//!
//! Almost every question is for the newest, which lies apart. The others are looked through from the end on; and there is one of these
//! for each of thousands of nodes, so it keeps eight bytes of a hash, and those side by side.

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
    newest: Option<(Mark, T)>,
    /// Of all others, oldest first.
    marks: VecDeque<Mark>,
    /// In the same order.
    kept: VecDeque<T>,
    limit: usize,
}

impl<T: Default> OfBlocks<T> {
    pub fn new(limit: usize) -> Self {
        Self { newest: None, marks: VecDeque::new(), kept: VecDeque::new(), limit }
    }

    pub fn get(&self, hash: &BlockHash) -> Option<&T> {
        let mark = mark(hash);
        match &self.newest {
            Some((newest, of_block)) if *newest == mark => Some(of_block),
            _ => self.place(mark).map(|place| &self.kept[place]),
        }
    }

    /// What is kept of this block; if there is nothing, and no room, the oldest goes.
    pub fn entry(&mut self, hash: &BlockHash) -> &mut T {
        let mark = mark(hash);
        if self.newest.as_ref().is_none_or(|(newest, _)| *newest != mark) {
            if let Some(place) = self.place(mark) {
                return &mut self.kept[place];
            }
            self.make_room();
        }
        &mut self.newest.get_or_insert_with(|| (mark, T::default())).1
    }

    fn place(&self, mark: Mark) -> Option<usize> {
        self.marks.iter().rposition(|other| *other == mark)
    }

    /// What is the newest so far joins the others.
    fn make_room(&mut self) {
        let Some((mark, of_block)) = self.newest.take() else { return };
        self.marks.push_back(mark);
        self.kept.push_back(of_block);
        if self.marks.len() >= self.limit {
            self.marks.pop_front();
            self.kept.pop_front();
        }
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
