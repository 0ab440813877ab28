//! Which branches there are beside the active chain.

use std::collections::{HashMap, HashSet};

use tabchain_shared::primitives::BlockHash;
use tiny_sort::stable;

use super::{Block, Model};

/// A branch beside the active chain: from the block after the fork up to its tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Branch {
    pub tip: BlockHash,
    pub fork_height: u32,
    pub length: u32,
    pub miner: Option<usize>,
    /// The node does not have its tip: others follow it.
    pub elsewhere: bool,
}

impl Model {
    /// Every branch beside the active chain that is known of, the newest fork first. Where others have built on a stale block, it ends one
    /// branch, and theirs goes on from there.
    pub fn branches(&self) -> Vec<Branch> {
        let mut branches: HashMap<BlockHash, Branch> = HashMap::new();
        let is_stale = |block: &&Block| !block.active && self.was_known(&block.hash);
        let own = self.blocks().filter(is_stale).filter(|block| !block.elsewhere);
        let has_child: HashSet<BlockHash> = own.map(|block| block.parent).collect();
        let others = self.elsewhere.iter().filter_map(|hash| self.block(hash));
        let has_other: HashSet<BlockHash> = others.map(|block| block.parent).collect();
        for told in self.told.iter().filter(|told| self.was_known(&told.tip)) {
            let is_past = self.block(&told.tip).is_some_and(|block| block.active) || has_child.contains(&told.tip);
            if !is_past {
                branches.insert(told.tip, *told);
            }
        }
        let is_leaf =
            |block: &&Block| !(has_child.contains(&block.hash) || block.elsewhere && has_other.contains(&block.hash));
        for leaf in self.blocks().filter(is_stale).filter(is_leaf) {
            if let Some(branch) = self.branch_of(leaf) {
                branches.insert(leaf.hash, branch);
            }
        }
        let mut branches: Vec<Branch> = branches.into_values().collect();
        stable::sort_by_key(&mut branches, |branch| (std::cmp::Reverse(branch.fork_height), branch.length, branch.tip));
        branches
    }

    fn branch_of(&self, leaf: &Block) -> Option<Branch> {
        let mut miner = leaf.miner;
        let mut at = leaf;
        loop {
            let parent = self.block(&at.parent)?;
            if parent.active {
                let length = leaf.height - parent.height;
                return Some(Branch {
                    tip: leaf.hash,
                    fork_height: parent.height,
                    length,
                    miner,
                    elsewhere: leaf.elsewhere,
                });
            }
            miner = miner.filter(|miner| parent.miner == Some(*miner));
            at = parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::tests::{hash, model, straight};

    #[test]
    fn a_branch_is_found_with_its_fork_and_length() {
        let mut blocks = straight(5);
        blocks.extend([(1_003, 2, 3, false), (1_004, 1_003, 4, false), (1_005, 4, 5, false)]);
        let model = model(&blocks);
        let found: Vec<_> = model.branches().iter().map(|it| (it.tip, it.fork_height, it.length)).collect();
        assert_eq!(found, [(hash(1_005), 4, 1), (hash(1_004), 2, 2)]);
        assert_eq!(model.path_down(hash(1_004), 2), [hash(1_004), hash(1_003)]);
    }
}
