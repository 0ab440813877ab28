//! With the keyboard through the tree: from block to block along parents, children and branches, and over hidden runs.

use tabchain_shared::primitives::BlockHash;
use tiny_sort::stable;

use super::axis::Axis;
use super::layout::Layout;
use super::model::Model;

/// What has the keyboard's attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    Block(BlockHash),
    /// Heights that are not shown.
    Run {
        from: u32,
        to: u32,
    },
    /// The active block at that height, as soon as it is known.
    Height(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    Child,
    Parent,
    /// To the next block of the same height.
    Down,
    Up,
    Tip,
    Genesis,
}

/// Where a move leads; `None` where there is nothing.
pub fn go(model: &Model, axis: &Axis, layout: &Layout, from: Option<Focus>, to: Move) -> Option<Focus> {
    let tip = model.tip.map(Focus::Block);
    match (to, from) {
        (Move::Genesis, _) => Some(at(model, axis, 0)),
        (Move::Tip, _) | (_, None) => tip,
        (Move::Child, Some(Focus::Run { to, .. })) => Some(at(model, axis, to + 1)),
        (Move::Child, Some(Focus::Height(height))) => (height < model.height).then(|| at(model, axis, height + 1)),
        (Move::Parent, Some(Focus::Run { from, .. } | Focus::Height(from))) => {
            from.checked_sub(1).map(|height| at(model, axis, height))
        }
        (Move::Down | Move::Up, Some(Focus::Run { .. } | Focus::Height(_))) => None,
        (Move::Child, Some(Focus::Block(hash))) => {
            let block = model.block(&hash)?;
            // The active one, or else the one in the block's own lane.
            let lane = |hash: &BlockHash| layout.places.get(hash).map_or(usize::MAX, |place| place.lane);
            let own = lane(&hash);
            let child = model.children(&hash).min_by_key(|child| (!child.active, lane(&child.hash).abs_diff(own)));
            match child {
                Some(child) => Some(at_block(axis, child.height, child.hash)),
                None if block.active && block.height < model.height => Some(at(model, axis, block.height + 1)),
                None => None,
            }
        }
        (Move::Parent, Some(Focus::Block(hash))) => {
            let block = model.block(&hash)?;
            let height = block.height.checked_sub(1)?;
            match model.block(&block.parent) {
                Some(parent) => Some(at_block(axis, height, parent.hash)),
                None => Some(at(model, axis, height)),
            }
        }
        (Move::Down | Move::Up, Some(Focus::Block(hash))) => {
            let block = model.block(&hash)?;
            let mut beside: Vec<BlockHash> =
                model.at(block.height)?.iter().filter(|hash| layout.places.contains_key(*hash)).copied().collect();
            stable::sort_by(&mut beside, |a, b| layout.places[a].across().total_cmp(&layout.places[b].across()));
            let position = beside.iter().position(|other| *other == hash)?;
            let next = if to == Move::Down { position.checked_add(1)? } else { position.checked_sub(1)? };
            beside.get(next).map(|hash| Focus::Block(*hash))
        }
    }
}

/// The active block at a height, or the run that hides it.
fn at(model: &Model, axis: &Axis, height: u32) -> Focus {
    let segment = axis.segment_of(height);
    if segment.hidden {
        Focus::Run { from: segment.from, to: segment.to }
    } else {
        model.active_at(height).map_or(Focus::Height(height), |block| Focus::Block(block.hash))
    }
}

fn at_block(axis: &Axis, height: u32, hash: BlockHash) -> Focus {
    let segment = axis.segment_of(height);
    if segment.hidden { Focus::Run { from: segment.from, to: segment.to } } else { Focus::Block(hash) }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::tests::{hash, model, straight};
    use super::*;

    #[test]
    fn arrows_lead_along_the_chain_and_into_branches() {
        let mut blocks = straight(4);
        blocks.extend([(1_002, 1, 2, false), (1_003, 1_002, 3, false)]);
        let model = model(&blocks);
        let (axis, layout) = (Axis::straight(4), Layout::of(&model, &HashSet::new()));
        let go = |from: u32, to| go(&model, &axis, &layout, Some(Focus::Block(hash(from))), to);
        let block = |name| Some(Focus::Block(hash(name)));
        for (from, to, there) in [
            (2, Move::Child, block(3)),
            (4, Move::Child, None),
            (2, Move::Parent, block(1)),
            (0, Move::Parent, None),
            (1, Move::Child, block(2)),
            (2, Move::Down, block(1_002)),
            (1_002, Move::Up, block(2)),
            (1_002, Move::Down, None),
            (1_002, Move::Child, block(1_003)),
            (1_003, Move::Child, None),
            (1_002, Move::Parent, block(1)),
            (1_003, Move::Tip, block(4)),
            (1_003, Move::Genesis, block(0)),
        ] {
            assert_eq!(go(from, to), there, "{from} {to:?}");
        }
    }

    #[test]
    fn a_hidden_run_is_one_stop() {
        let model = model(&straight(100));
        let axis = Axis::skipping(100, 100, []);
        let layout = Layout::of(&model, &HashSet::new());
        let run = Focus::Run { from: 4, to: 63 };
        let go = |from, to| go(&model, &axis, &layout, Some(from), to);
        assert_eq!(go(Focus::Block(hash(3)), Move::Child), Some(run));
        assert_eq!(go(run, Move::Child), Some(Focus::Block(hash(64))));
        assert_eq!(go(Focus::Block(hash(64)), Move::Parent), Some(run));
        assert_eq!(go(run, Move::Parent), Some(Focus::Block(hash(3))));
        assert_eq!(go(run, Move::Down), None);
    }

    #[test]
    fn without_a_focus_the_arrows_lead_to_the_tip() {
        let model = model(&straight(3));
        let layout = Layout::of(&model, &HashSet::new());
        let go = |to| go(&model, &Axis::straight(3), &layout, None, to);
        assert_eq!(go(Move::Parent), Some(Focus::Block(hash(3))));
        assert_eq!(go(Move::Genesis), Some(Focus::Block(hash(0))));
    }
}
