//! The tree of all blocks that have come, for whoever looks at it: who mined each, and what stands beside the active chain.
//! No rule of consensus reads it, and all of it is answered from memory.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;
use std::sync::Arc;

use hashbrown::HashTable;
use tiny_sort::stable;

use super::Chain;
use super::block_index::{Entry, Id, Status};
use crate::consensus::CheckedBlock;
use crate::primitives::{Address, BlockHash, Coinbase, Memo};

/// Stands for a miner in memory, where a header has eight bytes for it and not an address of twenty and a name. Not 0, so
/// that there is room to say that nobody is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinerNumber(NonZeroU32);

/// Who was paid by a coinbase, and what it wrote there: its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miner {
    pub address: Address,
    /// In the block of its that came last.
    pub name: Memo,
}

/// Every miner of a block that has come, by its number. Not bounded but by the work that each of their blocks took.
#[derive(Debug, Default)]
pub(super) struct Miners {
    known: Vec<Miner>,
    /// By their addresses.
    numbers: HashTable<MinerNumber>,
    hasher: RandomState,
}

impl Miners {
    pub fn number(&mut self, coinbase: &Coinbase) -> MinerNumber {
        let hash = self.hasher.hash_one(coinbase.recipient);
        let is_it = |number: &MinerNumber| self.known[place(*number)].address == coinbase.recipient;
        if let Some(number) = self.numbers.find(hash, is_it) {
            let miner = &mut self.known[place(*number)];
            if miner.name != coinbase.tag {
                miner.name = coinbase.tag.clone();
            }
            return *number;
        }
        self.known.push(Miner { address: coinbase.recipient, name: coinbase.tag.clone() });
        let count = u32::try_from(self.known.len()).expect("no more than there are headers");
        let number = MinerNumber(NonZeroU32::new(count).expect("one has just come"));
        let (known, hasher) = (&self.known, &self.hasher);
        self.numbers.insert_unique(hash, number, |number| hasher.hash_one(known[place(*number)].address));
        number
    }
}

fn place(number: MinerNumber) -> usize {
    number.0.get() as usize - 1
}

/// Blocks that are off the active chain, or were at some time: readers leave out those that are back on it.
#[derive(Debug, Default)]
pub(super) struct StaleBlocks(BTreeSet<(u32, BlockHash)>);

impl StaleBlocks {
    fn insert(&mut self, height: u32, hash: BlockHash) {
        self.0.insert((height, hash));
    }

    pub fn remove(&mut self, height: u32, hash: BlockHash) {
        self.0.remove(&(height, hash));
    }
}

/// A block of the tree whose body has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeEntry {
    pub hash: BlockHash,
    pub entry: Entry,
    /// Absent for genesis.
    pub miner: Option<MinerNumber>,
    pub active: bool,
}

/// The blocks from a stale one without children down to the active chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StaleBranch {
    pub tip: BlockHash,
    /// Of the last block that it shares with the active chain.
    pub fork_height: u32,
    pub length: u32,
    /// Who mined all of it; absent if more than one did.
    pub miner: Option<MinerNumber>,
}

impl Chain {
    pub fn miner(&self, number: MinerNumber) -> &Miner {
        &self.miners.known[place(number)]
    }

    /// Who mined a block whose body has come; nobody genesis.
    pub fn miner_of(&self, hash: &BlockHash) -> Option<&Miner> {
        self.index.miner(self.index.id(hash)?).map(|number| self.miner(number))
    }

    /// Who mined the active chain's block at that height.
    pub fn miner_at(&self, height: u32) -> Option<MinerNumber> {
        self.index.miner(self.active.id_at(height)?)
    }

    /// How high the tree is: a stale branch may have more blocks than the active chain, and less work.
    pub fn tree_height(&self) -> u32 {
        self.height().max(self.stale.0.last().map_or(0, |(height, _)| *height))
    }

    /// Stale blocks at these heights, the highest first.
    fn stale_below(&self, end: u32) -> impl Iterator<Item = (u32, BlockHash, Id)> {
        let known = self.stale.0.range(..(end, BlockHash::default())).rev();
        known.filter_map(|(height, hash)| {
            let id = self.index.id(hash)?;
            (!self.is_active_id(id)).then_some((*height, *hash, id))
        })
    }

    pub fn stale_count(&self) -> usize {
        self.stale_below(u32::MAX).count()
    }

    /// All blocks at a height whose bodies have come: the active chain's first, the others as they came.
    pub fn blocks_at(&self, height: u32) -> Vec<TreeEntry> {
        let entry_of = |id: Id, active| TreeEntry {
            hash: self.index.hash(id),
            entry: self.index.entry(id),
            miner: self.index.miner(id),
            active,
        };
        let beside = self.stale_below(height.saturating_add(1)).take_while(|(at, ..)| *at == height);
        let mut beside: Vec<TreeEntry> = beside.map(|(_, _, id)| entry_of(id, false)).collect();
        stable::sort_by_key(&mut beside, |block| match block.entry.status {
            Status::Stored { arrival } => (arrival, block.hash),
            Status::HeaderOnly | Status::Invalid => (u64::MAX, block.hash),
        });
        let active = self.active.id_at(height).map(|id| entry_of(id, true));
        active.into_iter().chain(beside).collect()
    }

    /// The stale branches with the highest tips, the highest first. Looks at each stale block once at most.
    pub fn stale_branches(&self, limit: usize) -> Vec<StaleBranch> {
        let mut has_child: HashSet<BlockHash> = HashSet::new();
        let mut known: HashMap<BlockHash, StaleBranch> = HashMap::new();
        let mut branches = Vec::new();
        for (height, tip, id) in self.stale_below(u32::MAX) {
            // Children come before their parents.
            has_child.insert(self.index.entry(id).header.prev_blockhash);
            if has_child.contains(&tip) {
                continue;
            }
            if branches.len() == limit {
                break;
            }
            branches.push(self.branch_of(height, id, &mut known));
        }
        branches
    }

    fn branch_of(&self, height: u32, tip: Id, known: &mut HashMap<BlockHash, StaleBranch>) -> StaleBranch {
        let mut path = Vec::new();
        let mut below = None;
        for id in self.index.ancestor_ids(tip).take_while(|id| !self.is_active_id(*id)) {
            below = known.get(&self.index.hash(id)).copied();
            if below.is_some() {
                break;
            }
            path.push(id);
        }
        let count = u32::try_from(path.len()).expect("heights are 32 bits");
        let fork_height = below.map_or(height - count, |below| below.fork_height);
        for id in path.into_iter().rev() {
            let miner = self.index.miner(id);
            let branch = StaleBranch {
                tip: self.index.hash(id),
                fork_height,
                length: self.index.height(id) - fork_height,
                miner: miner.filter(|_| below.is_none_or(|below: StaleBranch| below.miner == miner)),
            };
            known.insert(branch.tip, branch);
            below = Some(branch);
        }
        below.expect("the tip is not active")
    }

    /// A block that came and did not become part of the active chain.
    pub(super) fn note_if_stale(&mut self, id: Id) {
        if !self.is_active_id(id) {
            self.stale.insert(self.index.height(id), self.index.hash(id));
        }
    }

    /// Blocks that have just left the active chain.
    pub(super) fn note_disconnected(&mut self, disconnected: &[Arc<CheckedBlock>], left_behind: &[(u32, BlockHash)]) {
        let heights = disconnected.iter().filter_map(|body| Some((self.index.get(&body.hash())?.height, body.hash())));
        for (height, hash) in heights.collect::<Vec<_>>().into_iter().chain(left_behind.iter().copied()) {
            self.stale.insert(height, hash);
        }
    }
}
