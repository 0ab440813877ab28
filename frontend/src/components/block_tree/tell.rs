//! The picture in words: its summary, the block in focus, and what a reorg does.

use std::collections::HashMap;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::ReorgView;
use tabchain_shared::primitives::BlockHash;

use super::model::{Block, Branch, Model};
use super::motion::Step;
use crate::text;
use crate::words;

/// Heights below the tip whose stale branches the summary counts.
const LATELY: u32 = 50;

/// A block that comes so long after its date was not found when it came: the node has caught up. Milliseconds; who mines takes the
/// date when a search begins, which is rarely longer ago.
const CAUGHT_UP: u64 = 120_000;

/// What the summary says, but for how long ago the tip came.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    height: u32,
    /// Stale branches of late.
    stale: usize,
    /// Who found the tip, and when.
    tip: Option<(String, Found)>,
}

/// When a block was found, as well as this node can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It came here at once.
    Came(Time),
    /// It came later, or nobody remembers when: its miner wrote this date into it.
    Dated(Time),
}

impl Found {
    fn of(block: &Block) -> Self {
        let dated = Time(u64::from(block.time) * 1000);
        match block.received {
            Some(came) if came.millis_since(dated) <= CAUGHT_UP => Self::Came(came),
            _ => Self::Dated(dated),
        }
    }
}

impl Summary {
    pub fn of(model: &Model) -> Self {
        let stale = model.branches();
        let is_late = |it: &&Branch| it.fork_height + it.length + LATELY > model.height;
        let stale = stale.iter().filter(is_late).filter(|it| !it.elsewhere).count();
        let tip = model.tip.and_then(|tip| model.block(&tip)).filter(|tip| tip.height > 0);
        Self { height: model.height, stale, tip: tip.map(|tip| (model.miner_name(tip), Found::of(tip))) }
    }

    /// `Chain of 1,240 blocks, 2 stale branches in the last 50, tip found by ada 12s ago.`
    pub fn tell(&self, millis_since: impl Fn(Time) -> u64) -> String {
        let (height, stale, lately) = (self.height, self.stale, LATELY);
        let Some((name, found)) = &self.tip else {
            return text!("tree-summary", height = height, stale = stale, lately = lately);
        };
        let (Found::Came(time) | Found::Dated(time)) = *found;
        let (name, ago) = (name.as_str(), words::ago(millis_since(time)));
        match found {
            Found::Came(_) => {
                text!("tree-summary-tip", height = height, stale = stale, lately = lately, name = name, ago = ago)
            }
            Found::Dated(_) => {
                text!("tree-summary-dated", height = height, stale = stale, lately = lately, name = name, ago = ago)
            }
        }
    }
}

/// Who believes in a block as the tip.
pub fn chip(names: &[String]) -> String {
    match names {
        [name] => text!("tree-one-here", name = name.as_str()),
        many => text!("tree-nodes-here", count = many.len()),
    }
}

/// A block, for who cannot see it or points at it: parts with commas between them.
pub fn block(model: &Model, block: &Block, believers: &HashMap<BlockHash, Vec<String>>) -> String {
    let found = if block.height == 0 {
        text!("tree-first-block")
    } else {
        text!("tree-block-by", height = block.height, name = model.miner_name(block))
    };
    let standing = if model.was_announced(&block.hash) {
        text!("tree-announced")
    } else if !model.was_known(&block.hash) {
        text!("tree-not-yet")
    } else if block.elsewhere {
        text!("tree-elsewhere")
    } else if !block.active {
        text!("tree-stale")
    } else if model.height == block.height {
        text!("tree-the-tip")
    } else {
        text!("tree-confirmations", count = model.height - block.height + 1)
    };
    let payments = block.payments.filter(|count| *count > 0).map(|count| text!("tree-payments", count = count));
    let rivals = model.at(block.height).map_or(0, <[BlockHash]>::len).saturating_sub(1);
    let rivals = (rivals > 0).then(|| text!("tree-rivals", count = rivals));
    let here = believers.get(&block.hash).map(|names| chip(names));
    let parts = [Some(found), Some(standing), payments, rivals, here];
    parts.into_iter().flatten().collect::<Vec<_>>().join(&text!("tree-comma"))
}

/// A stale branch whose blocks are not here.
pub fn branch(model: &Model, branch: &Branch) -> String {
    let (count, height) = (branch.length, branch.fork_height);
    match branch.miner {
        None => text!("tree-branch", count = count, height = height),
        Some(miner) => {
            text!("tree-branch-by", count = count, name = model.miners[miner].name.as_str(), height = height)
        }
    }
}

/// Who follows a block that this node does not have.
pub fn elsewhere(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [name] => Some(text!("tree-one-elsewhere", name = name.as_str())),
        many => Some(text!("tree-nodes-elsewhere", count = many.len())),
    }
}

pub fn hidden(heights: u32) -> String {
    text!("tree-hidden", count = heights)
}

/// `2 blocks lost, 3 won; 4 payments return`
pub fn result(reorg: &ReorgView) -> String {
    text!("tree-result", lost = reorg.disconnected, won = reorg.connected, returned = reorg.returned)
}

/// What a reorg does at the moment.
pub fn step(reorg: &ReorgView, step: Step) -> String {
    match step {
        Step::Before => text!("tree-step-before"),
        Step::Disconnect => {
            text!("tree-step-disconnect", count = reorg.disconnected, height = reorg.fork_height)
        }
        Step::Fork => text!("tree-step-fork", height = reorg.fork_height),
        Step::Connect => text!("tree-step-connect", count = reorg.connected),
        Step::After => text!("tree-step-after", result = result(reorg)),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::model::tests::{hash, model, reorg as view, straight};
    use super::*;

    #[test]
    fn the_summary_counts_what_happened_lately() {
        let mut blocks = straight(100);
        blocks.extend([(1_010, 9, 10, false), (1_060, 59, 60, false), (1_061, 1_060, 61, false)]);
        let told = Summary::of(&model(&blocks)).tell(|_| 12_000);
        assert_eq!(told, "Chain of 100 blocks, 1 stale branch in the last 50, tip by ada, dated 12s ago.");
        assert_eq!(Summary::of(&model(&straight(0))).tell(|_| 0), "Chain of 0 blocks, no stale branch in the last 50.");
    }

    #[test]
    fn a_block_that_came_long_after_its_date_is_as_old_as_its_date() {
        let chain = model(&straight(2));
        let dated = Time(10_000_000);
        let found = |received| Found::of(&Block { received, time: 10_000, ..chain.block(&hash(2)).unwrap().clone() });
        assert_eq!(found(None), Found::Dated(dated));
        assert_eq!(found(Some(Time(10_009_000))), Found::Came(Time(10_009_000)));
        assert_eq!(found(Some(Time(9_990_000))), Found::Came(Time(9_990_000)), "its miner's clock is ahead");
        assert_eq!(found(Some(Time(13_600_000))), Found::Dated(dated), "after a reload nothing is new");
    }

    #[test]
    fn a_block_is_told_with_its_rivals_and_believers() {
        let mut blocks = straight(3);
        blocks.push((1_002, 1, 2, false));
        let model = model(&blocks);
        let believers =
            HashMap::from([(hash(3), vec!["ada".to_owned(), "bob".to_owned()]), (hash(1_002), vec!["eve".to_owned()])]);
        let told = |name| block(&model, model.block(&hash(name)).unwrap(), &believers);
        assert_eq!(told(0), "Block 0, the first one, 4 confirmations");
        assert_eq!(told(3), "Block 3 by ada, the tip, 2 nodes here");
        assert_eq!(told(1_002), "Block 2 by ada, stale, 1 other block beside it, eve here");
    }

    #[test]
    fn a_reorg_is_told_in_words() {
        assert_eq!(result(&view(7, 1, 2)), "2 blocks lost, 3 won; 4 payments return");
        assert_eq!(step(&view(7, 1, 2), Step::Fork), "Fork point: block 7 is the last that both chains share.");
    }
}
