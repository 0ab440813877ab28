//! When the header of the next block was first seen here, so that it can be said how long the block then took.
//!
//! Only frames count: what was mined here or read from the store has not travelled. And only a header that follows the tip:
//! who catches up with many blocks measures the line, not the network.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use tabchain_shared::node::Node;
use tabchain_shared::primitives::BlockHash;

/// Headers whose blocks have not come yet; the oldest makes room. More than a few at once are rivals that lost.
const MAX_WAITING: usize = 16;

/// What a node knew when a frame came.
#[derive(Debug, Clone, Copy)]
pub struct Before {
    best_header: BlockHash,
    height: u32,
    came: Instant,
}

impl Before {
    pub fn of(node: &Node) -> Self {
        let chain = node.chain();
        Self { best_header: chain.index().best_header(), height: chain.height(), came: Instant::now() }
    }
}

#[derive(Debug, Default)]
pub struct FirstSeen {
    waiting: VecDeque<(BlockHash, Instant)>,
}

impl FirstSeen {
    /// Looks whether a frame has made the header of the next block known.
    pub fn look(&mut self, before: Before, node: &Node) {
        let index = node.chain().index();
        let best = index.best_header();
        if best == before.best_header || index.get(&best).is_none_or(|header| header.height != before.height + 1) {
            return;
        }
        if self.waiting.len() == MAX_WAITING {
            self.waiting.pop_front();
        }
        self.waiting.push_back((best, before.came));
    }

    /// The block is here: how long ago its header came, if it travelled.
    pub fn take(&mut self, hash: BlockHash) -> Option<Duration> {
        let place = self.waiting.iter().position(|(waiting, _)| *waiting == hash)?;
        self.waiting.remove(place).map(|(_, came)| came.elapsed())
    }
}
