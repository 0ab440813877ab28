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

    pub fn target(&self) -> Id {
        *self.path.last().expect("genesis is always there")
    }

    /// Height of its end.
    pub fn target_height(&self) -> u32 {
        u32::try_from(self.path.len() - 1).expect("heights are 32 bits")
    }

    /// Leads to `target` instead, and keeps what both ways share. `false` if memory cannot undo what they do not.
    pub fn redirect(&mut self, index: &BlockIndex, target: Id) -> bool {
        let on_path = |id: Id| self.path.get(index.height(id) as usize) == Some(&id);
        let mut branch: Vec<Id> = index.ancestor_ids(target).take_while(|id| !on_path(*id)).collect();
        let fork_height = index.height(target) - u32::try_from(branch.len()).expect("heights are 32 bits");
        if fork_height < self.chain.floor() {
            return false;
        }
        while self.chain.height() > fork_height {
            self.chain.disconnect_tip();
        }
        branch.reverse();
        self.path.truncate(fork_height as usize + 1);
        self.path.extend(branch);
        true
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
