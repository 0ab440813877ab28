//! The tree of blocks as pages draw it: every block between two heights, stale ones included, or for a look from afar which
//! branches there are and who mined how much. From memory alone, and bounded, so that anybody may ask.

use std::collections::{HashMap, HashSet};

use litemap::LiteMap;
use serde::{Deserialize, Serialize};
use tiny_sort::stable;

use super::Node;
use super::io::{PeerId, Time};
use super::snapshot::ReorgView;
use crate::chain::TipChange;
use crate::chain::tree::{MinerNumber, TreeEntry};
use crate::primitives::{Address, BlockHash};

/// Heights in one answer: more than a wide screen has room for.
pub const MAX_TREE_HEIGHTS: usize = 500;
/// Blocks in one answer, about 250 bytes each as JSON. An answer ends before the height that would exceed it.
pub const MAX_TREE_BLOCKS: usize = 2_000;
/// Stretches of the chain whose miners are counted: one for every few pixels.
const MAX_STRETCHES: u32 = 256;
/// Miners of a stretch that are named; the rest is what is missing to its length. As many as there are colours.
const MAX_STRETCH_MINERS: usize = 8;
/// Stale branches in an overview, the highest.
const MAX_BRANCHES: usize = 500;
/// A stale branch that is longer than this nobody looks at block by block.
const MAX_BARE_BRANCH: usize = 144;
/// Headers without bodies among which such branches are looked for, the newest: more of them are a download.
const MAX_BARE_HEADERS: usize = 1_000;
/// Reorgs that are remembered, the newest.
const REMEMBERED_REORGS: usize = 16;

/// Every block between two heights that this node knows
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreePart {
    pub tip: BlockHash,
    /// Of the tip.
    pub height: u32,
    /// By height; of one height the active block comes first, then the others as they came.
    pub blocks: Vec<TreeBlock>,
    /// Those that `miner` of a block counts from 0.
    pub miners: Vec<TreeMiner>,
    /// Blocks at these heights that there was no room for.
    pub left_out: usize,
    /// Height to go on `from`, if there is more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeBlock {
    pub hash: BlockHash,
    pub parent: BlockHash,
    pub height: u32,
    /// Which of `miners`; absent for genesis.
    pub miner: Option<u32>,
    /// The date in its header.
    pub time: u32,
    /// On the active chain; otherwise the block is stale, or `elsewhere`.
    pub active: bool,
    /// This node does not have it. Others in another part of the network follow it, or did so last, and have shown its header and its
    /// coinbase, which were judged; its payments were not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub elsewhere: bool,
    /// When this node accepted it; absent for older blocks, and for those loaded from the store.
    pub received: Option<Time>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeMiner {
    pub address: Address,
    /// As in the last of its blocks; may be empty.
    pub name: String,
}

/// The chain from afar
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TreeOverview {
    pub tip: BlockHash,
    /// Of the tip.
    pub height: u32,
    /// Height at which the first stretch begins.
    pub from: u32,
    /// Heights in a stretch; the last one may have fewer.
    pub stretch: u32,
    pub stretches: Vec<Stretch>,
    /// Of the whole tree, not only at these heights.
    pub stale_blocks: usize,
    /// The highest stale branches of the whole tree, at most 500.
    pub branches: Vec<BranchView>,
    /// Those that `miner` counts from 0.
    pub miners: Vec<TreeMiner>,
    /// The newest reorgs since the node started, newest first.
    pub reorgs: Vec<ReorgView>,
}

/// Who mined how many of a stretch's blocks, at most eight, most first; the rest is other miners'.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stretch {
    pub blocks: u32,
    pub shares: Vec<Share>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Share {
    pub miner: u32,
    pub blocks: u32,
}

/// A stale branch
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BranchView {
    /// Its last block.
    pub tip: BlockHash,
    /// Of the last block that it shares with the active chain.
    pub fork_height: u32,
    pub length: u32,
    /// Whose it is; absent if more than one mined it.
    pub miner: Option<u32>,
}

/// Numbers an answer's miners from 0.
#[derive(Default)]
struct Cast {
    miners: Vec<TreeMiner>,
    numbers: HashMap<MinerNumber, u32>,
}

impl Cast {
    fn number(&mut self, node: &Node, miner: MinerNumber) -> u32 {
        *self.numbers.entry(miner).or_insert_with(|| {
            let known = node.chain.miner(miner);
            self.miners.push(TreeMiner { address: known.address, name: known.name.to_string() });
            u32::try_from(self.miners.len() - 1).expect("an answer is bounded")
        })
    }
}

impl Node {
    /// All blocks at `limit` heights, bounded by [`MAX_TREE_HEIGHTS`] and [`MAX_TREE_BLOCKS`].
    pub fn tree_part(&self, from: u32, limit: usize) -> TreePart {
        let end = self.chain.tree_height();
        let mut cast = Cast::default();
        let (mut blocks, mut left_out, mut next) = (Vec::new(), 0, None);
        for (taken, height) in (from..=end).enumerate() {
            let here = self.chain.blocks_at(height);
            let is_full = !blocks.is_empty() && blocks.len() + here.len() > MAX_TREE_BLOCKS;
            if taken == limit.min(MAX_TREE_HEIGHTS) || is_full {
                next = Some(height);
                break;
            }
            left_out += here.len().saturating_sub(MAX_TREE_BLOCKS);
            blocks.extend(here.iter().take(MAX_TREE_BLOCKS).map(|block| self.tree_block(block, &mut cast)));
        }
        let (tip, height) = (self.chain.tip(), self.chain.height());
        TreePart { tip, height, blocks, miners: cast.miners, left_out, next }
    }

    fn tree_block(&self, block: &TreeEntry, cast: &mut Cast) -> TreeBlock {
        let header = block.entry.header;
        TreeBlock {
            hash: block.hash,
            parent: header.prev_blockhash,
            height: block.entry.height,
            miner: block.miner.map(|miner| cast.number(self, miner)),
            time: header.time,
            active: block.active,
            elsewhere: false,
            received: self.received_at(&block.hash),
        }
    }

    /// The active chain between two heights in a few hundred stretches, and the whole tree's branches and reorgs. `from` is
    /// rounded down, so that a stretch stays the same when the chain grows.
    pub fn tree_overview(&self, from: u32, to: u32) -> TreeOverview {
        let height = self.chain.height();
        let to = to.min(height);
        let span = to.saturating_sub(from) + 1;
        // One stretch more than that if the first is cut short by rounding.
        let stretch = span.div_ceil(MAX_STRETCHES - 1).next_power_of_two();
        let from = from - from % stretch;
        let mut cast = Cast::default();
        let starts = (from..=to).step_by(stretch as usize);
        let stretches = starts.map(|start| self.stretch(start, to.min(start + (stretch - 1)), &mut cast)).collect();
        let branches = self.chain.stale_branches(MAX_BRANCHES).into_iter().map(|branch| BranchView {
            tip: branch.tip,
            fork_height: branch.fork_height,
            length: branch.length,
            miner: branch.miner.map(|miner| cast.number(self, miner)),
        });
        TreeOverview {
            tip: self.chain.tip(),
            height,
            from,
            stretch,
            stretches,
            stale_blocks: self.chain.stale_count(),
            branches: branches.collect(),
            miners: cast.miners,
            reorgs: self.reorgs.iter().cloned().collect(),
        }
    }

    fn stretch(&self, start: u32, end: u32, cast: &mut Cast) -> Stretch {
        let mut counts: LiteMap<MinerNumber, u32> = LiteMap::new();
        for miner in (start..=end).filter_map(|height| self.chain.miner_at(height)) {
            *counts.entry(miner).or_default() += 1;
        }
        let mut most: Vec<(MinerNumber, u32)> = counts.into_iter().collect();
        // Stable: of equals the one that came first.
        stable::sort_by_key(&mut most, |(_, blocks)| std::cmp::Reverse(*blocks));
        let named = most.into_iter().take(MAX_STRETCH_MINERS);
        let shares = named.map(|(miner, blocks)| Share { miner: cast.number(self, miner), blocks }).collect();
        Stretch { blocks: end - start + 1, shares }
    }

    /// Branches that have no more work than this node's chain and of which bodies are missing: those, lowest first, and a peer that has
    /// shown the last. A node asks for none of them by itself.
    pub fn bare_branches(&self) -> Vec<(PeerId, Vec<BlockHash>)> {
        let index = self.chain.index();
        let bare: Vec<BlockHash> = index.without_bodies().take(MAX_BARE_HEADERS).collect();
        let parents = bare.iter().filter_map(|hash| Some(index.get(hash)?.header.prev_blockhash));
        let parents: HashSet<BlockHash> = parents.collect();
        let ends = bare.iter().filter(|hash| !parents.contains(hash) && self.better_chain(**hash).is_none());
        let branches = ends.filter_map(|end| {
            let peer = self.peers.iter().find(|(_, peer)| peer.ready && peer.knows_block(end))?;
            let mut missing: Vec<BlockHash> = index.missing_below(*end).take(MAX_BARE_BRANCH + 1).collect();
            missing.reverse();
            (missing.len() <= MAX_BARE_BRANCH).then_some((*peer.0, missing))
        });
        branches.collect()
    }

    pub(super) fn remember_reorg(&mut self, change: &TipChange, returned: usize) {
        let lost = change.disconnected.first().map(|body| body.hash());
        let lost_tip =
            lost.or_else(|| change.left_behind.first().map(|(_, hash)| *hash)).expect("a reorg loses blocks");
        self.reorgs.push_front(ReorgView {
            at: self.now,
            fork_height: change.fork_height,
            lost_tip,
            won_tip: self.chain.tip(),
            disconnected: change.depth(),
            connected: (self.chain.height() - change.fork_height) as usize,
            returned,
        });
        self.reorgs.truncate(REMEMBERED_REORGS);
    }
}
