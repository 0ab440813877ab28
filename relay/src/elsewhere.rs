//! Blocks that other nodes follow and the relay's own does not have, because the network is parted: for whoever looks at the tree.
//!
//! The relay's node is a node like any and knows of its own part alone. Its control panel is where a class looks, so when
//! somebody says to follow a block that this node does not have, it is asked for its chain (`shared::node::shown_chain`). What is shown
//! is judged, kept beside the node and never given to it: a look must not heal what the host has parted. It is kept for as long as
//! somebody follows it whom the node cannot follow; and then, because nothing disappears from a tree that people look at, until the
//! node has the blocks itself (`resident/branches.rs`) or its chain has left them far behind.

mod lookout;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tabchain_shared::node::tree_view::{TreeBlock, TreeMiner, TreePart};
use tabchain_shared::primitives::{Address, BlockHash, Header, Work};

pub use lookout::keep_looking;

/// Blocks that are kept, about 200 bytes each; of the branches that somebody follows, then of those with the most work.
const MAX_BLOCKS: usize = 1_000;
/// Blocks of one branch, the newest: no single one takes the place of the others.
const MAX_OF_BRANCH: usize = 250;
/// A branch that nobody follows any more and the node never got is dropped when the node's chain is so many blocks above its end: whoever
/// draws the tree asks for all heights from the lowest such block on.
const MAX_DEPTH: u32 = 144;

/// A block that was shown, and judged as far as that can be.
#[derive(Debug, Clone)]
struct ShownBlock {
    header: Header,
    height: u32,
    /// Of its chain up to it.
    chainwork: Work,
    miner: Address,
    /// Of its miner, as the coinbase has it.
    name: String,
}

type Blocks = HashMap<BlockHash, ShownBlock>;

/// What was shown and is not the node's own.
#[derive(Debug, Default)]
pub struct Elsewhere(Mutex<Blocks>);

/// What of it stands at some heights.
#[derive(Debug)]
pub struct Excerpt {
    /// Lowest first.
    blocks: Vec<(BlockHash, ShownBlock)>,
    /// Where it ends, if there is more.
    next: Option<u32>,
}

impl Elsewhere {
    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        // No code that holds the lock can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands at `limit` heights. To be taken before the node is asked for its own: what it has come to have by then is dropped here.
    pub fn excerpt(&self, from: u32, limit: usize) -> Excerpt {
        let all = self.blocks();
        let end = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX));
        let here = all.iter().filter(|(_, block)| (from..end).contains(&block.height));
        let mut blocks: Vec<(BlockHash, ShownBlock)> = here.map(|(hash, block)| (*hash, block.clone())).collect();
        blocks.sort_by_key(|(hash, block)| (block.height, *hash));
        Excerpt { blocks, next: all.values().any(|block| block.height >= end).then_some(end) }
    }

    /// Each block that is kept, and its parent.
    fn links(&self) -> Vec<(BlockHash, BlockHash)> {
        self.blocks().iter().map(|(hash, block)| (*hash, block.header.prev_blockhash)).collect()
    }

    /// Drops what the node has judged itself, what it has left far behind, and of the rest what there is no room for. `followed`: where
    /// somebody stands whom the node cannot follow. `height` is the node's.
    fn settle(&self, judged: &HashSet<BlockHash>, followed: &HashSet<BlockHash>, height: u32) {
        let mut blocks = self.blocks();
        blocks.retain(|hash, _| !judged.contains(hash));
        let parents: HashSet<BlockHash> = blocks.values().map(|block| block.header.prev_blockhash).collect();
        let counts = |hash: &BlockHash, block: &ShownBlock| {
            followed.contains(hash) || !parents.contains(hash) && block.height.saturating_add(MAX_DEPTH) > height
        };
        let ends = blocks.iter().filter(|(hash, block)| counts(hash, block));
        let mut ends: Vec<_> = ends.map(|(hash, block)| (followed.contains(hash), block.chainwork, *hash)).collect();
        ends.sort_unstable_by_key(|end| Reverse(*end));
        let mut kept = HashSet::new();
        for (_, _, end) in ends {
            let branch = path_down(&blocks, end).take(MAX_OF_BRANCH);
            let more: Vec<BlockHash> = branch.filter(|hash| !kept.contains(hash)).collect();
            if kept.len() + more.len() <= MAX_BLOCKS {
                kept.extend(more);
            }
        }
        blocks.retain(|hash, _| kept.contains(hash));
    }

    /// From a block that was shown downwards, each step twice as far as the one before.
    fn locator(&self, end: BlockHash) -> Vec<BlockHash> {
        let blocks = self.blocks();
        let steps = path_down(&blocks, end).enumerate().filter(|(below, _)| (below + 1).is_power_of_two());
        steps.map(|(_, hash)| hash).collect()
    }
}

impl Excerpt {
    /// Puts it into what the node has told of these heights, behind the node's own blocks of each.
    pub fn add_to(self, part: &mut TreePart) {
        let own: HashSet<BlockHash> = part.blocks.iter().map(|block| block.hash).collect();
        let is_here = |height: u32| part.next.is_none_or(|next| height < next);
        let others: Vec<_> =
            self.blocks.into_iter().filter(|(hash, block)| is_here(block.height) && !own.contains(hash)).collect();
        for (hash, block) in others {
            let number = part.miners.iter().position(|miner| miner.address == block.miner).unwrap_or_else(|| {
                part.miners.push(TreeMiner { address: block.miner, name: block.name });
                part.miners.len() - 1
            });
            part.blocks.push(TreeBlock {
                hash,
                parent: block.header.prev_blockhash,
                height: block.height,
                miner: u32::try_from(number).ok(),
                time: block.header.time,
                active: false,
                elsewhere: true,
                received: None,
            });
        }
        // Stable: the node's own stay in front.
        part.blocks.sort_by_key(|block| block.height);
        part.next = part.next.or(self.next);
    }
}

/// A block that was shown and those below it, as far as they were shown.
fn path_down(blocks: &Blocks, tip: BlockHash) -> impl Iterator<Item = BlockHash> {
    let hashes = std::iter::successors(Some(tip), |hash| Some(blocks.get(hash)?.header.prev_blockhash));
    hashes.take_while(|hash| blocks.contains_key(hash))
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;

    use super::*;

    /// A branch of so many blocks above `parent`, the lowest first, each with one unit of work. Nobody judges them here.
    fn branch(parent: BlockHash, below: u32, length: u32, nonce: u32) -> Vec<(BlockHash, ShownBlock)> {
        let genesis = Params::regtest().genesis().header;
        let mut prev_blockhash = parent;
        let mut chainwork = Work::ZERO;
        let block_at = |height| {
            let header = Header { prev_blockhash, nonce, ..genesis };
            prev_blockhash = header.hash();
            chainwork = chainwork + genesis.bits.to_target().expect("a target").work();
            let miner = Address([u8::try_from(nonce).expect("few miners"); 20]);
            (header.hash(), ShownBlock { header, height, chainwork, miner, name: format!("miner {nonce}") })
        };
        (below + 1..=below + length).map(block_at).collect()
    }

    fn hashes(branch: &[(BlockHash, ShownBlock)]) -> Vec<BlockHash> {
        branch.iter().map(|(hash, _)| *hash).collect()
    }

    fn kept(elsewhere: &Elsewhere) -> HashSet<BlockHash> {
        elsewhere.blocks().keys().copied().collect()
    }

    #[test]
    fn a_locator_leads_down_the_highest_first() {
        let elsewhere = Elsewhere::default();
        let shown = branch(BlockHash([9; 32]), 10, 6, 1);
        let all = hashes(&shown);
        assert!(elsewhere.locator(all[5]).is_empty());
        elsewhere.blocks().extend(shown);
        assert_eq!(elsewhere.locator(all[5]), [all[5], all[4], all[2]]);
        assert_eq!(elsewhere.locator(all[0]), [all[0]]);
    }

    fn none() -> HashSet<BlockHash> {
        HashSet::new()
    }

    #[test]
    fn what_nobody_follows_any_more_stays_until_the_node_has_it() {
        let elsewhere = Elsewhere::default();
        let long = branch(BlockHash([9; 32]), 10, 6, 1);
        let lost = branch(long[2].0, 13, 2, 2);
        let (all, gone) = (hashes(&long), hashes(&lost));
        let both: HashSet<BlockHash> = all.iter().chain(&gone).copied().collect();
        elsewhere.blocks().extend(long.into_iter().chain(lost));
        elsewhere.settle(&none(), &HashSet::from([all[5]]), 14);
        assert_eq!(kept(&elsewhere), both, "two branches, one of them followed");
        elsewhere.settle(&none(), &none(), 14);
        assert_eq!(kept(&elsewhere), both, "none of them followed");
        // Lowest first, as the node gets them.
        elsewhere.settle(&all[..4].iter().copied().collect(), &none(), 14);
        assert_eq!(kept(&elsewhere), [all[4], all[5], gone[0], gone[1]].into());
        elsewhere.settle(&both, &HashSet::from([all[5]]), 14);
        assert!(kept(&elsewhere).is_empty());
    }

    #[test]
    fn what_the_chain_has_left_far_behind_stays_if_it_is_followed() {
        let elsewhere = Elsewhere::default();
        let all = hashes(&branch(BlockHash([9; 32]), 10, 6, 1));
        elsewhere.blocks().extend(branch(BlockHash([9; 32]), 10, 6, 1));
        elsewhere.settle(&none(), &none(), 16 + MAX_DEPTH - 1);
        assert_eq!(kept(&elsewhere).len(), 6);
        elsewhere.settle(&none(), &HashSet::from([all[2]]), 16 + MAX_DEPTH);
        assert_eq!(kept(&elsewhere), all[..3].iter().copied().collect());
        elsewhere.settle(&none(), &none(), 16 + MAX_DEPTH);
        assert!(kept(&elsewhere).is_empty());
    }

    #[test]
    fn no_branch_crowds_out_those_with_more_work_or_that_are_followed() {
        let longest = u32::try_from(MAX_OF_BRANCH).expect("a few hundred") + 50;
        let branches: Vec<_> = (1..=6).map(|nonce| branch(BlockHash([9; 32]), 0, longest - nonce, nonce)).collect();
        let ends: Vec<BlockHash> = branches.iter().map(|branch| branch[branch.len() - 1].0).collect();
        let kept_of = |followed: &[BlockHash]| {
            let elsewhere = Elsewhere::default();
            for branch in &branches {
                elsewhere.blocks().extend(branch.iter().cloned());
            }
            elsewhere.settle(&none(), &followed.iter().copied().collect(), 0);
            let kept = kept(&elsewhere);
            assert_eq!(kept.len(), MAX_BLOCKS);
            assert!(!kept.contains(&branches[0][0].0) && kept.contains(&branches[0][49].0), "the newest of each");
            ends.iter().map(|end| kept.contains(end)).collect::<Vec<_>>()
        };
        assert_eq!(kept_of(&ends), [true, true, true, true, false, false]);
        assert_eq!(kept_of(&[]), [true, true, true, true, false, false]);
        assert_eq!(kept_of(&ends[5..]), [true, true, true, false, false, true]);
    }

    #[test]
    fn a_part_of_the_tree_gets_what_is_at_its_heights() {
        let elsewhere = Elsewhere::default();
        let shown = branch(BlockHash([9; 32]), 1, 4, 1);
        let all = hashes(&shown);
        let own = TreeBlock {
            hash: all[0],
            parent: BlockHash([9; 32]),
            height: 2,
            miner: Some(0),
            time: 0,
            active: true,
            elsewhere: false,
            received: None,
        };
        elsewhere.blocks().extend(shown);
        let node_tells = TreePart {
            tip: all[0],
            height: 2,
            blocks: vec![own],
            miners: vec![TreeMiner { address: Address([1; 20]), name: "ada".into() }],
            left_out: 0,
            next: None,
        };
        let mut part = node_tells.clone();
        elsewhere.excerpt(0, 4).add_to(&mut part);
        let told = part.blocks.iter().map(|block| (block.hash, block.elsewhere));
        // The node has come to have the first meanwhile.
        assert_eq!(told.collect::<Vec<_>>(), [(all[0], false), (all[1], true)]);
        assert_eq!((part.blocks[1].miner, part.miners.len(), part.next), (Some(0), 1, Some(4)));
        let mut rest = TreePart { blocks: Vec::new(), miners: Vec::new(), ..node_tells };
        elsewhere.excerpt(4, 100).add_to(&mut rest);
        assert_eq!(rest.blocks.iter().map(|block| block.hash).collect::<Vec<_>>(), all[2..]);
        assert_eq!((rest.miners[0].name.as_str(), rest.next), ("miner 1", None));
    }
}
