//! The way to a better chain that forks off below what memory can undo: everything from genesis on is applied anew, beside
//! the active chain, from bodies that are read back from the store. Slow, and as exact as the first time; until it is
//! done, the active chain stays.

use super::RecentLimits;
use super::active::ActiveChain;
use super::block_index::{BlockIndex, Id};
use crate::primitives::BlockHash;

#[derive(Debug)]
pub(super) struct Replay {
    pub chain: ActiveChain,
    /// All that is to be applied, by height, genesis included.
    path: Vec<Id>,
}

impl Replay {
    pub fn new(index: &BlockIndex, target: Id, limits: RecentLimits) -> Self {
        let mut path: Vec<Id> = index.ancestor_ids(target).collect();
        path.reverse();
        Self { chain: ActiveChain::new(limits), path }
    }

    /// Height of its end.
    pub fn target_height(&self) -> u32 {
        u32::try_from(self.path.len() - 1).expect("heights are 32 bits")
    }

    /// Whether `id` is its end, or builds on it: then it leads in the right direction.
    pub fn leads_to(&self, index: &BlockIndex, id: Id) -> bool {
        let target = *self.path.last().expect("genesis is always there");
        let mut above = index.ancestor_ids(id).take_while(|id| index.height(*id) >= self.target_height());
        above.any(|id| id == target)
    }

    /// Goes on to `id`, which builds on its end.
    pub fn extend(&mut self, index: &BlockIndex, id: Id) {
        let end = self.path.len();
        self.path.extend(index.ancestor_ids(id).take_while(|id| index.height(*id) as usize >= end));
        self.path[end..].reverse();
    }

    /// What is applied next; `None` at the end.
    pub fn next(&self) -> Option<Id> {
        self.path.get(self.chain.height() as usize + 1).copied()
    }

    /// Height and hash of the next blocks, at most `limit`.
    pub fn wanted(&self, index: &BlockIndex, limit: usize) -> Vec<(u32, BlockHash)> {
        let next = self.path.iter().skip(self.chain.height() as usize + 1).take(limit);
        next.map(|id| (index.height(*id), index.hash(*id))).collect()
    }
}
