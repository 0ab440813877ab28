//! Where the blocks of a tree stand: a column for each height, the active chain straight in the first lane, stale blocks
//! in the lanes below, each branch in one lane as far as it can be.

use std::collections::{BTreeMap, HashMap, HashSet};

use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::primitives::BlockHash;

/// Lanes that are drawn; what would stand lower is counted.
pub const MAX_LANES: usize = 4;

#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    pub blocks: Vec<PlacedBlock>,
    pub links: Vec<Link>,
    pub columns: usize,
    pub lanes: usize,
    pub gaps: Vec<Gap>,
    /// Columns with blocks that are not drawn, and how many.
    pub hidden: Vec<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct PlacedBlock {
    pub block: BlockView,
    pub column: usize,
    pub lane: usize,
}

/// From a block to its parent, as (column, lane).
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    pub child: BlockHash,
    pub from: (usize, usize),
    pub to: (usize, usize),
    pub active: bool,
}

/// Heights that are not shown, as a column of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Gap {
    pub column: usize,
    pub heights: u32,
}

/// Places blocks that come in any order.
pub fn arrange(blocks: &[BlockView]) -> Layout {
    let mut by_height: BTreeMap<u32, Vec<&BlockView>> = BTreeMap::new();
    for block in blocks {
        by_height.entry(block.height).or_default().push(block);
    }
    let (columns_of, gaps, columns) = columns(by_height.keys().copied());

    let mut placed: HashMap<BlockHash, (usize, usize)> = HashMap::new();
    let mut taken: HashSet<(usize, usize)> = HashSet::new();
    let mut hidden: BTreeMap<usize, usize> = BTreeMap::new();
    let mut layout = Layout { blocks: Vec::new(), links: Vec::new(), columns, lanes: 1, gaps, hidden: Vec::new() };
    for (height, mut siblings) in by_height {
        let column = columns_of[&height];
        // A stable order: a later sibling must not push an earlier one away.
        siblings.sort_by_key(|block| (!block.active, block.received, block.hash));
        for block in siblings {
            let parent = placed.get(&block.prev_blockhash).copied();
            let Some(lane) = lane_for(block.active, parent, column, &taken) else {
                *hidden.entry(column).or_default() += 1;
                continue;
            };
            taken.insert((column, lane));
            placed.insert(block.hash, (column, lane));
            layout.lanes = layout.lanes.max(lane + 1);
            if let Some(from) = parent {
                let to = (column, lane);
                layout.links.push(Link { child: block.hash, from, to, active: block.active });
            }
            layout.blocks.push(PlacedBlock { block: block.clone(), column, lane });
        }
    }
    layout.hidden = hidden.into_iter().collect();
    layout
}

/// A column for each height, and one for each run of heights between that is not shown; genesis is height 0.
fn columns(heights: impl Iterator<Item = u32>) -> (HashMap<u32, usize>, Vec<Gap>, usize) {
    let mut columns = HashMap::new();
    let mut gaps = Vec::new();
    let mut next_column = 0;
    let mut next_height = 0;
    for height in heights {
        if height > next_height {
            gaps.push(Gap { column: next_column, heights: height - next_height });
            next_column += 1;
        }
        columns.insert(height, next_column);
        next_column += 1;
        next_height = height + 1;
    }
    (columns, gaps, next_column)
}

fn lane_for(
    active: bool,
    parent: Option<(usize, usize)>,
    column: usize,
    taken: &HashSet<(usize, usize)>,
) -> Option<usize> {
    if active {
        return Some(0);
    }
    let after_parent = parent.map(|(_, lane)| lane).filter(|lane| *lane > 0);
    after_parent.into_iter().chain(1..MAX_LANES).find(|lane| !taken.contains(&(column, *lane)))
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::{Address, Amount, CompactTarget};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn block(name: u8, parent: u8, height: u32, active: bool) -> BlockView {
        BlockView {
            hash: BlockHash([name; 32]),
            prev_blockhash: BlockHash([parent; 32]),
            height,
            time: 0,
            bits: CompactTarget(0x207f_ffff),
            nonce: 0,
            miner: Address([name; 20]),
            tag: String::new(),
            reward: Amount::ZERO,
            size: 0,
            transaction_count: 1,
            active,
            received: None,
            wire_bytes: None,
        }
    }

    fn place(layout: &Layout, name: u8) -> (usize, usize) {
        let placed = layout.blocks.iter().find(|placed| placed.block.hash == BlockHash([name; 32])).unwrap();
        (placed.column, placed.lane)
    }

    #[test]
    fn the_active_chain_is_straight_and_a_stale_branch_keeps_its_lane() {
        let layout = arrange(&[
            block(0, 99, 0, true),
            block(1, 0, 1, true),
            block(2, 1, 2, true),
            block(3, 2, 3, true),
            block(12, 1, 2, false),
            block(13, 12, 3, false),
        ]);
        assert_eq!([0, 1, 2, 3].map(|name| place(&layout, name)), [(0, 0), (1, 0), (2, 0), (3, 0)]);
        assert_eq!([12, 13].map(|name| place(&layout, name)), [(2, 1), (3, 1)]);
        assert_eq!((layout.lanes, layout.columns, layout.links.len()), (2, 4, 5));
    }

    #[test]
    fn what_is_not_shown_is_counted() {
        let mut blocks = vec![block(1, 0, 1_000, true)];
        blocks.extend((2..8).map(|name| block(name, 0, 1_000, false)));
        let layout = arrange(&blocks);
        assert_eq!(layout.gaps, [Gap { column: 0, heights: 1_000 }]);
        assert_eq!(layout.hidden, [(1, 3)]);
        assert_eq!(layout.lanes, MAX_LANES);
    }
}
