//! Beside which blocks a block stands: the active chain straight in lane 0, each stale branch in one lane below it, and lone
//! old losers as ghosts close to the chain. Where along the picture is the axis's business.

use std::collections::{HashMap, HashSet};

use litemap::LiteMap;
use tabchain_shared::primitives::BlockHash;
use tiny_sort::stable;

use super::model::{Block, Model};

/// Lanes for stale branches; what would stand lower is counted.
pub const MAX_LANES: usize = 3;
/// A stale block on which nothing was built becomes a ghost when the tip is so far above it.
const GHOST_DEPTH: u32 = 8;
/// Ghosts of one height that are drawn.
const MAX_GHOSTS: usize = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// 0: on the active chain.
    pub lane: usize,
    /// Small, and close to the chain.
    pub ghost: bool,
}

impl Place {
    /// How far from the chain, in lanes.
    pub fn across(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a few lanes")]
        let lane = self.lane as f64;
        if self.ghost { 0.35 + 0.25 * lane } else { lane }
    }
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    pub places: HashMap<BlockHash, Place>,
    /// Below the chain.
    pub lanes: usize,
    /// Heights with blocks for which there is no lane, and how many.
    pub beyond: LiteMap<u32, usize>,
}

impl Layout {
    /// `believed`: tips of nodes, which are no ghosts however old.
    pub fn of(model: &Model, believed: &HashSet<BlockHash>) -> Self {
        let mut layout = Self::default();
        for block in model.blocks().filter(|block| is_straight(model, block)) {
            layout.places.insert(block.hash, Place { lane: 0, ghost: false });
        }
        // For each lane the heights up to which it is taken.
        let mut taken_to: [Option<u32>; MAX_LANES] = [None; MAX_LANES];
        let mut ghosts: LiteMap<u32, usize> = LiteMap::new();
        for branch in branches(model) {
            let (first, last) = (branch[0], branch[branch.len() - 1]);
            let lonely = branch.len() == 1 && model.children(&first.hash).next().is_none();
            if lonely && first.height + GHOST_DEPTH <= model.height && !believed.contains(&first.hash) {
                let count = ghosts.entry(first.height).or_default();
                *count += 1;
                if *count > MAX_GHOSTS {
                    *layout.beyond.entry(first.height).or_default() += 1;
                } else {
                    layout.places.insert(first.hash, Place { lane: *count, ghost: true });
                }
                continue;
            }
            let parents_lane = layout.places.get(&first.parent).map_or(0, |place| place.lane);
            let is_free = |lane: &usize| taken_to[*lane - 1].is_none_or(|to| to < first.height);
            let Some(lane) = (parents_lane.max(1)..=MAX_LANES).chain(1..parents_lane.max(1)).find(is_free) else {
                for block in branch {
                    *layout.beyond.entry(block.height).or_default() += 1;
                }
                continue;
            };
            taken_to[lane - 1] = Some(last.height);
            layout.lanes = layout.lanes.max(lane);
            for block in branch {
                layout.places.insert(block.hash, Place { lane, ghost: false });
            }
        }
        if layout.lanes == 0 && !ghosts.is_empty() {
            layout.lanes = 1;
        }
        layout
    }
}

/// On the active chain, or, when one looks back, on the way to where that leads.
fn is_straight(model: &Model, block: &Block) -> bool {
    block.active || model.is_ahead(&block.hash)
}

/// Stale blocks in chains, each as long as it can be, lowest block first; the chain that begins lowest comes first, of those
/// that begin together the longest.
fn branches(model: &Model) -> Vec<Vec<&Block>> {
    let stale: Vec<&Block> = model.blocks().filter(|block| !is_straight(model, block)).collect();
    // How many blocks the longest chain on top of each has. Heights rise, so children come before their parents from behind.
    let mut above: HashMap<BlockHash, u32> = HashMap::new();
    for block in stale.iter().rev() {
        let own = above.get(&block.hash).copied().unwrap_or(0) + 1;
        let below = above.entry(block.parent).or_default();
        *below = own.max(*below);
    }
    let length = |block: &Block| above.get(&block.hash).copied().unwrap_or(0);
    let mut chains = Vec::new();
    let mut seen: HashSet<BlockHash> = HashSet::new();
    let mut starts = stale;
    stable::sort_by_key(&mut starts, |block| (block.height, std::cmp::Reverse(length(block))));
    for start in starts {
        if !seen.insert(start.hash) {
            continue;
        }
        let mut chain = vec![start];
        let mut at = start;
        while let Some(next) = model
            .children(&at.hash)
            .filter(|child| !is_straight(model, child) && !seen.contains(&child.hash))
            .max_by_key(|child| length(child))
        {
            seen.insert(next.hash);
            chain.push(next);
            at = next;
        }
        chains.push(chain);
    }
    chains
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::tests::{hash, model, straight};
    use super::*;

    fn place(layout: &Layout, name: u32) -> Option<(usize, bool)> {
        layout.places.get(&hash(name)).map(|place| (place.lane, place.ghost))
    }

    #[test]
    fn the_active_chain_is_straight_and_a_stale_branch_keeps_its_lane() {
        let mut blocks = straight(4);
        blocks.extend([(1_002, 1, 2, false), (1_003, 1_002, 3, false), (2_003, 2, 3, false)]);
        let layout = Layout::of(&model(&blocks), &HashSet::new());
        assert_eq!([1, 2, 3, 4].map(|name| place(&layout, name)), [Some((0, false)); 4]);
        assert_eq!([1_002, 1_003].map(|name| place(&layout, name)), [Some((1, false)); 2]);
        assert_eq!((place(&layout, 2_003), layout.lanes), (Some((2, false)), 2));
    }

    #[test]
    fn a_lane_is_used_again_when_its_branch_has_ended() {
        let mut blocks = straight(6);
        blocks.extend([(1_002, 1, 2, false), (1_005, 4, 5, false), (1_006, 1_005, 6, false)]);
        let layout = Layout::of(&model(&blocks), &HashSet::new());
        assert_eq!((place(&layout, 1_006), layout.lanes), (Some((1, false)), 1));
    }

    #[test]
    fn a_branch_of_a_branch_stands_beside_it() {
        let mut blocks = straight(5);
        blocks.extend([
            (1_002, 1, 2, false),
            (1_003, 1_002, 3, false),
            (1_004, 1_003, 4, false),
            (2_003, 1_002, 3, false),
        ]);
        let layout = Layout::of(&model(&blocks), &HashSet::new());
        assert_eq!((place(&layout, 1_004), place(&layout, 2_003)), (Some((1, false)), Some((2, false))));
    }

    #[test]
    fn lone_old_losers_become_ghosts_unless_somebody_believes_in_them() {
        let mut blocks = straight(20);
        blocks.extend([(1_005, 4, 5, false), (1_012, 11, 12, false), (1_013, 12, 13, false)]);
        let model = model(&blocks);
        let layout = Layout::of(&model, &HashSet::new());
        assert_eq!([1_005, 1_012].map(|name| place(&layout, name)), [Some((1, true)); 2]);
        assert_eq!(place(&layout, 1_013), Some((1, false)), "not so old yet");
        let believed = Layout::of(&model, &HashSet::from([hash(1_005)]));
        assert_eq!(place(&believed, 1_005), Some((1, false)));
    }

    #[test]
    fn what_is_not_drawn_is_counted() {
        let mut blocks = straight(2);
        blocks.extend((0..5).map(|name| (1_000 + name, 1, 2, false)));
        let layout = Layout::of(&model(&blocks), &HashSet::new());
        assert_eq!((layout.lanes, layout.beyond), (MAX_LANES, LiteMap::from_iter([(2, 2)])));
    }
}
