//! The picture in words: its summary, the block in focus, and what a reorg does.

use std::collections::HashMap;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::ReorgView;
use tabchain_shared::primitives::BlockHash;

use super::model::{Block, Branch, Model};
use super::motion::Step;
use crate::words;

/// Heights below the tip whose stale branches the summary counts.
const LATELY: u32 = 50;

/// What the summary says, but for how long ago the tip came.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    words: String,
    /// Who found the tip, and when it came here, or else its date.
    tip: Option<(String, Time)>,
}

impl Summary {
    pub fn of(model: &Model) -> Self {
        let lately = model.branches().iter().filter(|it| it.fork_height + it.length + LATELY > model.height).count();
        let stale = match lately {
            0 => "no stale branch".to_owned(),
            count => words::counted(count, "stale branch", "stale branches"),
        };
        let tip = model.tip.and_then(|tip| model.block(&tip)).filter(|tip| tip.height > 0);
        Self {
            words: format!(
                "Chain of {}, {stale} in the last {LATELY}",
                words::counted(model.height as usize, "block", "blocks")
            ),
            tip: tip.map(|tip| (model.miner_name(tip), came(tip))),
        }
    }

    /// `Chain of 1 240 blocks, 2 stale branches in the last 50, tip found by ada 12 s ago.`
    pub fn tell(&self, millis_since: impl Fn(Time) -> u64) -> String {
        let Some((name, time)) = &self.tip else { return format!("{}.", self.words) };
        format!("{}, tip found by {name} {}.", self.words, words::ago(millis_since(*time)))
    }
}

fn came(block: &Block) -> Time {
    block.received.unwrap_or(Time(u64::from(block.time) * 1000))
}

/// Who believes in a block as the tip.
pub fn chip(names: &[String]) -> String {
    match names {
        [name] => format!("{name} here"),
        many => format!("{} nodes here", words::grouped(many.len() as u64)),
    }
}

/// A block, for who cannot see it or points at it.
pub fn block(model: &Model, block: &Block, believers: &HashMap<BlockHash, Vec<String>>) -> String {
    let by = if block.height == 0 { "the first block".to_owned() } else { format!("by {}", model.miner_name(block)) };
    let standing = if block.active {
        let above = model.height - block.height;
        if above == 0 {
            "the tip".to_owned()
        } else {
            words::counted(above as usize + 1, "confirmation", "confirmations")
        }
    } else {
        "stale".to_owned()
    };
    let payments = match block.payments {
        None | Some(0) => String::new(),
        Some(count) => format!(", {}", words::counted(count, "payment", "payments")),
    };
    let rivals = model.at(block.height).map_or(0, <[BlockHash]>::len).saturating_sub(1);
    let rivals = match rivals {
        0 => String::new(),
        count => format!(", {} beside it", words::counted(count, "other block", "other blocks")),
    };
    let here = believers.get(&block.hash).map(|names| format!(", {}", chip(names))).unwrap_or_default();
    format!("Block {} {by}, {standing}{payments}{rivals}{here}", words::grouped(block.height))
}

/// A stale branch whose blocks are not here.
pub fn branch(model: &Model, branch: &Branch) -> String {
    let by = branch.miner.map_or_else(|| "several".to_owned(), |miner| model.miners[miner].name.clone());
    let blocks = words::counted(branch.length as usize, "stale block", "stale blocks");
    format!("{blocks} by {by} above block {}", words::grouped(branch.fork_height))
}

/// Who follows a block that this node does not have.
pub fn elsewhere(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [name] => Some(format!("{name} follows a block that this node does not have.")),
        many => {
            Some(format!("{} nodes follow blocks that this node does not have.", words::grouped(many.len() as u64)))
        }
    }
}

pub fn hidden(heights: u32) -> String {
    format!("{} hidden", words::counted(heights as usize, "block", "blocks"))
}

/// `2 blocks lost, 3 won; 4 payments return`
pub fn result(reorg: &ReorgView) -> String {
    let lost = words::counted(reorg.disconnected, "block", "blocks");
    let returned = match reorg.returned {
        0 => String::new(),
        1 => "; 1 payment returns".to_owned(),
        count => format!("; {} payments return", words::grouped(count as u64)),
    };
    format!("{lost} lost, {} won{returned}", words::grouped(reorg.connected as u64))
}

/// What a reorg does at the moment.
pub fn step(reorg: &ReorgView, step: Step) -> String {
    let fork = words::grouped(reorg.fork_height);
    match step {
        Step::Before => "A reorg: two chains compete, and the other one has more work now.".to_owned(),
        Step::Disconnect => {
            format!(
                "Disconnect: {} above block {fork} leave the chain.",
                words::counted(reorg.disconnected, "block", "blocks")
            )
        }
        Step::Fork => format!("Fork point: block {fork} is the last that both chains share."),
        Step::Connect => {
            format!("Connect: {} join the chain.", words::counted(reorg.connected, "block", "blocks"))
        }
        Step::After => format!("{}.", result(reorg)),
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
        assert_eq!(told, "Chain of 100 blocks, 1 stale branch in the last 50, tip found by ada 12 s ago.");
        assert_eq!(Summary::of(&model(&straight(0))).tell(|_| 0), "Chain of 0 blocks, no stale branch in the last 50.");
    }

    #[test]
    fn a_block_is_told_with_its_rivals_and_believers() {
        let mut blocks = straight(3);
        blocks.push((1_002, 1, 2, false));
        let model = model(&blocks);
        let believers =
            HashMap::from([(hash(3), vec!["ada".to_owned(), "bob".to_owned()]), (hash(1_002), vec!["eve".to_owned()])]);
        let told = |name| block(&model, model.block(&hash(name)).unwrap(), &believers);
        assert_eq!(told(0), "Block 0 the first block, 4 confirmations");
        assert_eq!(told(3), "Block 3 by ada, the tip, 2 nodes here");
        assert_eq!(told(1_002), "Block 2 by ada, stale, 1 other block beside it, eve here");
    }

    #[test]
    fn a_reorg_is_told_in_words() {
        assert_eq!(result(&view(7, 1, 2)), "2 blocks lost, 3 won; 4 payments return");
        assert_eq!(step(&view(7, 1, 2), Step::Fork), "Fork point: block 7 is the last that both chains share.");
    }
}
