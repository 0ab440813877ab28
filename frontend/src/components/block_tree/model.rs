//! What the picture knows of the tree: the blocks that it has been told, by hash and by height, and for everything else which
//! branches there are. Blocks come with each look at the node's newest ones, and in parts when a person looks further back.

mod branches;
mod then;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::{BlockView, ReorgView};
use tabchain_shared::node::timeline::TipView;
use tabchain_shared::node::tree_view::{TreeMiner, TreeOverview, TreePart};
use tabchain_shared::primitives::{Address, BlockHash};
use tiny_sort::{stable, unstable};

use crate::components::palette::Palette;
use crate::text;
use crate::words;
pub use branches::Branch;
pub use then::{Known, Then};

/// Blocks that are kept; beyond that those far from where the person looks are forgotten, and fetched again when needed.
const MAX_BLOCKS: usize = 20_000;
/// Heights on both sides of where the person looks that are kept then.
const KEPT_AROUND: u32 = 4_000;

#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub hash: BlockHash,
    pub parent: BlockHash,
    pub height: u32,
    /// By its place in [`Model::miners`]; absent for genesis.
    pub miner: Option<usize>,
    pub time: u32,
    pub active: bool,
    /// The node does not have it: other parts of the network follow it.
    pub elsewhere: bool,
    pub received: Option<Time>,
    /// Known of the newest alone.
    pub payments: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miner {
    pub address: Address,
    pub name: String,
    pub colour: usize,
}

/// The newest blocks, as a node shows them several times a second.
#[derive(Debug, Clone, PartialEq)]
pub struct News {
    pub tip: BlockHash,
    pub height: u32,
    /// Newest first; whole heights but for the lowest.
    pub blocks: Vec<BlockView>,
    pub last_reorg: Option<ReorgView>,
    /// Payments that wait for a block.
    pub waiting: usize,
    /// Whether so many blocks come that none is shown arriving.
    pub rushed: bool,
}

/// Who mined how much of the heights from `from` on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Strip {
    pub from: u32,
    pub stretch: u32,
    /// For each stretch its length, and miners with their blocks, in the order of the miners.
    pub shares: Vec<(u32, Vec<(usize, u32)>)>,
}

impl Strip {
    /// The height after its last.
    pub fn end(&self) -> u32 {
        self.from + self.shares.iter().map(|(blocks, _)| blocks).sum::<u32>()
    }
}

#[derive(Debug, Default)]
pub struct Model {
    pub tip: Option<BlockHash>,
    pub height: u32,
    pub waiting: usize,
    pub reorgs: Vec<ReorgView>,
    pub miners: Vec<Miner>,
    numbers: HashMap<Address, usize>,
    palette: Palette,
    blocks: HashMap<BlockHash, Block>,
    /// Heights that are known with all their blocks: the active one first, then the others as they came.
    heights: BTreeMap<u32, Vec<BlockHash>>,
    /// Those that are `elsewhere`.
    elsewhere: HashSet<BlockHash>,
    /// As the node told it from afar.
    told: Vec<Branch>,
    /// Whether the node has shown its newest blocks yet.
    has_heard: bool,
    /// Its newest reorg at that time.
    last_reorg: Option<ReorgView>,
    then: Option<Then>,
    /// The tip of now, while another moment is looked at.
    present: Option<TipView>,
    /// Blocks that were not known then.
    unknown: HashSet<BlockHash>,
    /// Those of them that are to follow on the tip.
    ahead: HashSet<BlockHash>,
}

impl Model {
    pub fn block(&self, hash: &BlockHash) -> Option<&Block> {
        self.blocks.get(hash)
    }

    /// `None`: that height is not known here yet.
    pub fn at(&self, height: u32) -> Option<&[BlockHash]> {
        self.heights.get(&height).map(Vec::as_slice)
    }

    pub fn active_at(&self, height: u32) -> Option<&Block> {
        self.at(height)?.iter().filter_map(|hash| self.block(hash)).find(|block| block.active)
    }

    /// Whether the node knows of blocks that it does not have.
    pub fn sees_others(&self) -> bool {
        !self.elsewhere.is_empty()
    }

    /// The lowest of them.
    pub fn lowest_of_others(&self) -> Option<u32> {
        self.elsewhere.iter().filter_map(|hash| Some(self.block(hash)?.height)).min()
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.heights.values().flatten().filter_map(|hash| self.blocks.get(hash))
    }

    pub fn children(&self, hash: &BlockHash) -> impl Iterator<Item = &Block> {
        let above = self.block(hash).and_then(|block| self.at(block.height + 1)).unwrap_or_default();
        above.iter().filter_map(|child| self.block(child)).filter(move |child| child.parent == *hash)
    }

    /// What the miner of a block calls itself, or else its address.
    pub fn miner_name(&self, block: &Block) -> String {
        block.miner.map_or_else(|| text!("tree-genesis"), |miner| self.miners[miner].name.clone())
    }

    /// The highest height of the picture.
    pub fn top(&self) -> u32 {
        self.heights.last_key_value().map_or(self.height, |(height, _)| self.height.max(*height))
    }

    /// Takes up what a node shows of its newest blocks. Returns a reorg that is new.
    pub fn hear(&mut self, news: &News) -> Option<ReorgView> {
        let lowest = news.blocks.last().map_or(0, |block| block.height);
        let is_whole = |height: u32| height > lowest || height == 0;
        let heights = news.blocks.iter().map(|block| block.height).filter(|it| is_whole(*it));
        let mut heights: Vec<u32> = heights.collect();
        unstable::sort(&mut heights);
        heights.dedup();
        let shown: HashSet<BlockHash> = news.blocks.iter().map(|block| block.hash).collect();
        for height in &heights {
            // Stale blocks that the node has in its storage alone are not shown, and stay.
            self.heights.entry(*height).or_default().retain(|hash| !shown.contains(hash));
        }
        // The newest name of a miner counts.
        for view in news.blocks.iter().rev().filter(|view| view.height > 0) {
            self.number(view.miner, &view.tag);
        }
        for view in news.blocks.iter().filter(|block| heights.binary_search(&block.height).is_ok()) {
            let miner = self.numbers.get(&view.miner).copied().filter(|_| view.height > 0);
            self.insert(Block {
                hash: view.hash,
                parent: view.prev_blockhash,
                height: view.height,
                miner,
                time: view.time,
                active: view.active,
                elsewhere: false,
                received: view.received,
                payments: Some(view.transaction_count.saturating_sub(1)),
            });
        }
        self.waiting = news.waiting;
        let has_heard = std::mem::replace(&mut self.has_heard, true);
        let before = std::mem::replace(&mut self.last_reorg, news.last_reorg.clone());
        let reorg = news.last_reorg.clone().filter(|reorg| has_heard && before.as_ref() != Some(reorg));
        self.follow(news.tip, news.height, reorg.as_ref().map(|reorg| reorg.fork_height));
        if let Some(reorg) = news.last_reorg.as_ref().filter(|reorg| self.reorgs.first() != Some(*reorg)) {
            self.reorgs.insert(0, reorg.clone());
        }
        reorg
    }

    /// Takes up all blocks of some heights, and forgets which others were elsewhere there.
    pub fn add_part(&mut self, part: &TreePart, heights: Range<u32>) {
        let is_there = |hash: &&BlockHash| self.block(hash).is_some_and(|block| heights.contains(&block.height));
        let told_before: Vec<BlockHash> = self.elsewhere.iter().filter(is_there).copied().collect();
        for hash in told_before {
            self.remove(&hash);
        }
        let miners = self.numbers_in(part);
        for block in &part.blocks {
            if self.block(&block.hash).is_some_and(|known| known.payments.is_some()) {
                continue;
            }
            self.remove(&block.hash);
            self.insert(Block {
                hash: block.hash,
                parent: block.parent,
                height: block.height,
                miner: block.miner.and_then(|miner| miners.get(miner as usize).copied()),
                time: block.time,
                active: block.active,
                elsewhere: block.elsewhere,
                received: block.received,
                payments: None,
            });
        }
        if let Some(tip) =
            self.tip.filter(|tip| *tip != part.tip && (self.then.is_none() || self.blocks.contains_key(tip)))
        {
            // The node has moved on since it answered.
            self.follow(tip, self.height, None);
        }
    }

    /// Takes up the branches and reorgs of the whole tree, and returns the strip for drawing.
    pub fn add_overview(&mut self, overview: &TreeOverview) -> Strip {
        let miners = self.numbers_of(&overview.miners);
        let number = |miner: u32| miners.get(miner as usize).copied();
        self.told = overview
            .branches
            .iter()
            .map(|branch| Branch {
                tip: branch.tip,
                fork_height: branch.fork_height,
                length: branch.length,
                miner: branch.miner.and_then(number),
                elsewhere: false,
            })
            .collect();
        self.reorgs.clone_from(&overview.reorgs);
        let shares = overview.stretches.iter().map(|stretch| {
            let shares = stretch.shares.iter().filter_map(|share| Some((number(share.miner)?, share.blocks)));
            let mut shares: Vec<(usize, u32)> = shares.collect();
            // Everybody's bands lie beside each other through the whole strip.
            unstable::sort(&mut shares);
            (stretch.blocks, shares)
        });
        Strip { from: overview.from, stretch: overview.stretch, shares: shares.collect() }
    }

    /// A block and those below it, down to a height; as far as they are known.
    pub fn path_down(&self, tip: BlockHash, height: u32) -> Vec<BlockHash> {
        let blocks = std::iter::successors(self.block(&tip), |block| self.block(&block.parent));
        blocks.take_while(|block| block.height > height).map(|block| block.hash).collect()
    }

    /// Forgets what is far from `height`, if there is too much.
    pub fn forget_far_from(&mut self, height: u32) {
        if self.blocks.len() <= MAX_BLOCKS {
            return;
        }
        let near = height.saturating_sub(KEPT_AROUND)..=height.saturating_add(KEPT_AROUND);
        let newest = self.height.saturating_sub(KEPT_AROUND);
        self.heights.retain(|height, _| near.contains(height) || *height >= newest);
        let heights = &self.heights;
        self.blocks.retain(|_, block| heights.contains_key(&block.height));
        let blocks = &self.blocks;
        self.elsewhere.retain(|hash| blocks.contains_key(hash));
    }

    fn insert(&mut self, block: Block) {
        let here = self.heights.entry(block.height).or_default();
        if block.active {
            here.insert(0, block.hash);
        } else {
            here.push(block.hash);
        }
        if block.elsewhere {
            self.elsewhere.insert(block.hash);
        } else {
            self.elsewhere.remove(&block.hash);
        }
        self.blocks.insert(block.hash, block);
    }

    /// As if it had never been told.
    fn remove(&mut self, hash: &BlockHash) {
        let Some(block) = self.blocks.remove(hash) else { return };
        self.elsewhere.remove(hash);
        if let Some(here) = self.heights.get_mut(&block.height) {
            here.retain(|it| it != hash);
            if here.is_empty() {
                self.heights.remove(&block.height);
            }
        }
    }

    /// The same of a part. What nobody has judged as a block's own miner takes no known one's name.
    fn numbers_in(&mut self, part: &TreePart) -> Vec<usize> {
        let own = part.blocks.iter().filter(|block| !block.elsewhere).filter_map(|block| block.miner);
        let own: HashSet<u32> = own.collect();
        let numbers = (0..).zip(&part.miners).map(|(place, miner)| match self.numbers.get(&miner.address) {
            Some(known) if !own.contains(&place) => *known,
            _ => self.number(miner.address, &miner.name),
        });
        numbers.collect()
    }

    fn numbers_of(&mut self, miners: &[TreeMiner]) -> Vec<usize> {
        miners.iter().map(|miner| self.number(miner.address, &miner.name)).collect()
    }

    fn number(&mut self, address: Address, tag: &str) -> usize {
        let tag = tag.trim();
        let name = if tag.is_empty() { words::short_address(&address) } else { tag.to_owned() };
        if let Some(number) = self.numbers.get(&address) {
            let known = &mut self.miners[*number];
            if known.name != name {
                known.name = name;
            }
            return *number;
        }
        let colour = self.palette.colour(address);
        self.miners.push(Miner { address, name, colour });
        self.numbers.insert(address, self.miners.len() - 1);
        self.miners.len() - 1
    }

    /// Marks what is active below a tip, and forgets heights of which it can no longer be told. `fork_height`: of a reorg that
    /// came since the last time.
    fn follow(&mut self, tip: BlockHash, height: u32, fork_height: Option<u32>) {
        (self.tip, self.height) = (Some(tip), height);
        let above: Vec<u32> = self.heights.range(height.saturating_add(1)..).map(|(height, _)| *height).collect();
        for height in above {
            self.activate(height, None);
        }
        let mut at = tip;
        let mut height = height;
        while let Some(block) = self.blocks.get(&at).cloned() {
            height = block.height;
            let parent = self.blocks.get(&block.parent).map(|parent| parent.active);
            self.activate(height, Some(at));
            match parent {
                // From here on down nothing has changed.
                Some(true) if fork_height.is_none_or(|fork| height <= fork + 1) => return,
                _ if height == 0 => return,
                _ => {}
            }
            at = block.parent;
            height -= 1;
        }
        // The way down is not known: what lies beside it may be out of date.
        let floor = match (self.heights.contains_key(&height), fork_height) {
            (_, Some(fork)) => fork + 1,
            (true, None) => 0,
            (false, None) => return,
        };
        let doubtful: Vec<u32> = self.heights.range(floor..=height.max(floor)).map(|(height, _)| *height).collect();
        for height in doubtful {
            for hash in self.heights.remove(&height).unwrap_or_default() {
                self.blocks.remove(&hash);
                self.elsewhere.remove(&hash);
            }
        }
    }

    fn activate(&mut self, height: u32, active: Option<BlockHash>) {
        let Some(here) = self.heights.get_mut(&height) else { return };
        // Stable: the others stay as they came.
        stable::sort_by_key(here, |hash| Some(*hash) != active);
        for hash in here.iter() {
            if let Some(block) = self.blocks.get_mut(hash) {
                block.active = Some(*hash) == active;
                if block.active {
                    block.elsewhere = false;
                    self.elsewhere.remove(hash);
                }
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use tabchain_shared::node::tree_view::TreeBlock;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const ALL: Range<u32> = 0..u32::MAX;

    pub fn hash(name: u32) -> BlockHash {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&name.to_le_bytes());
        BlockHash(bytes)
    }

    /// A part with blocks of which are given: name, parent's name, height, active. Everything is one miner's.
    pub fn part(blocks: &[(u32, u32, u32, bool)]) -> TreePart {
        let tip = blocks.iter().filter(|block| block.3).max_by_key(|block| block.2).expect("an active block");
        TreePart {
            tip: hash(tip.0),
            height: tip.2,
            blocks: blocks
                .iter()
                .map(|(name, parent, height, active)| TreeBlock {
                    hash: hash(*name),
                    parent: hash(*parent),
                    height: *height,
                    miner: (*height > 0).then_some(0),
                    time: 0,
                    active: *active,
                    elsewhere: false,
                    received: None,
                })
                .collect(),
            miners: vec![TreeMiner { address: Address([1; 20]), name: "ada".into() }],
            left_out: 0,
            next: None,
        }
    }

    pub fn model(blocks: &[(u32, u32, u32, bool)]) -> Model {
        let part = part(blocks);
        let mut model = Model { tip: Some(part.tip), height: part.height, ..Model::default() };
        model.add_part(&part, ALL);
        model
    }

    /// Genesis and a straight chain up to a height; each block is called as its height, and 1 000 more when it is stale.
    pub fn straight(height: u32) -> Vec<(u32, u32, u32, bool)> {
        (0..=height).map(|at| (at, at.saturating_sub(1), at, true)).collect()
    }

    pub fn reorg(fork_height: u32, lost: u32, won: u32) -> ReorgView {
        ReorgView {
            at: Time(1),
            fork_height,
            lost_tip: hash(lost),
            won_tip: hash(won),
            disconnected: 2,
            connected: 3,
            returned: 4,
        }
    }

    pub fn active(model: &Model) -> Vec<BlockHash> {
        model.blocks().filter(|block| block.active).map(|block| block.hash).collect()
    }

    #[test]
    fn after_a_reorg_what_was_stale_is_active() {
        let mut blocks = straight(4);
        blocks.extend([(1_003, 2, 3, false), (1_004, 1_003, 4, false)]);
        let mut model = model(&blocks);
        let mut news = part(&[(1_005, 1_004, 5, true)]);
        news.blocks.extend(part(&straight(1)).blocks);
        model.add_part(&news, ALL);
        model.follow(hash(1_005), 5, Some(2));
        assert_eq!(active(&model), [0, 1, 2, 1_003, 1_004, 1_005].map(hash));
        assert_eq!(model.at(3), Some([hash(1_003), hash(3)].as_slice()));
    }

    #[test]
    fn heights_that_a_deep_reorg_may_have_changed_are_forgotten() {
        let mut model = model(&straight(9));
        // The tip's parent was never told.
        model.add_part(&TreePart { tip: hash(2_020), height: 20, ..part(&[(2_020, 2_019, 20, true)]) }, ALL);
        model.follow(hash(2_020), 20, Some(4));
        assert_eq!(active(&model), [0, 1, 2, 3, 4, 2_020].map(hash));
        assert_eq!(model.at(5), None);
    }

    #[test]
    fn a_chain_that_only_grew_keeps_what_is_known() {
        let mut model = model(&straight(9));
        model.add_part(&TreePart { tip: hash(2_020), height: 20, ..part(&[(2_020, 2_019, 20, true)]) }, ALL);
        model.follow(hash(2_020), 20, None);
        assert_eq!(active(&model).len(), 11);
    }

    #[test]
    fn what_is_elsewhere_is_told_anew_each_time() {
        let mut model = model(&straight(3));
        let mut told = part(&straight(3));
        let others = part(&[(1_003, 2, 3, false), (1_004, 1_003, 4, false)].map(|it| (it.0, it.1, it.2, true))).blocks;
        told.blocks.extend(others.into_iter().map(|block| TreeBlock { active: false, elsewhere: true, ..block }));
        model.add_part(&told, ALL);
        assert_eq!((model.top(), model.branches().len(), model.sees_others()), (4, 1, true));
        // Of other heights nothing was told.
        model.add_part(&part(&straight(2)), 0..3);
        assert!(model.block(&hash(1_004)).is_some());
        // The host has made the network whole, and they are the node's own.
        model.add_part(&part(&[(3, 2, 3, true), (1_003, 2, 3, false)]), 3..5);
        assert_eq!((model.top(), model.sees_others()), (3, false));
        assert!(model.block(&hash(1_003)).is_some_and(|block| !block.elsewhere));
    }

    /// Blocks of others: name, parent's name, height.
    fn others(blocks: &[(u32, u32, u32)]) -> Vec<TreeBlock> {
        let blocks: Vec<_> = blocks.iter().map(|(name, parent, height)| (*name, *parent, *height, true)).collect();
        part(&blocks).blocks.into_iter().map(|block| TreeBlock { active: false, elsewhere: true, ..block }).collect()
    }

    #[test]
    fn what_wins_is_elsewhere_no_more_and_a_stale_block_below_stays_one() {
        let mut blocks = straight(3);
        blocks.push((1_003, 2, 3, false));
        let mut model = model(&blocks);
        let mut told = part(&blocks);
        told.blocks.extend(others(&[(1_004, 1_003, 4), (1_005, 1_004, 5)]));
        model.add_part(&told, ALL);
        let found: Vec<_> = model.branches().iter().map(|it| (it.tip, it.length, it.elsewhere)).collect();
        assert_eq!(found, [(hash(1_003), 1, false), (hash(1_005), 3, true)]);
        assert_eq!(model.lowest_of_others(), Some(4));
        model.follow(hash(1_005), 5, Some(2));
        assert!(!model.sees_others() && active(&model).contains(&hash(1_004)));
        assert!(model.block(&hash(1_004)).is_some_and(|block| block.active && !block.elsewhere));
    }

    #[test]
    fn who_is_named_elsewhere_alone_keeps_its_name() {
        let mut model = model(&straight(3));
        let mut told = part(&straight(3));
        told.blocks.retain(|block| block.miner.is_none());
        told.miners[0].name = "mallory".into();
        told.blocks.extend(others(&[(1_003, 2, 3)]));
        model.add_part(&told, 0..1);
        assert_eq!(model.miner_name(model.block(&hash(3)).unwrap()), "ada");
    }

    #[test]
    fn a_miner_keeps_its_number_and_colour() {
        let mut model = model(&straight(3));
        let colour = model.miners[0].colour;
        model.add_part(&part(&[(4, 3, 4, true)]), ALL);
        assert_eq!((model.miners.len(), model.miners[0].colour), (1, colour));
        assert_eq!(model.miner_name(model.block(&hash(4)).unwrap()), "ada");
        assert_eq!(model.miner_name(model.block(&hash(0)).unwrap()), "genesis");
    }
}
