//! Blocks that lost, for whoever looks at the tree. A node asks for bodies of better chains alone: those of others would change nothing
//! for it. But the relay's tree is where a class looks for what became of a fork, so its driver asks for them in the node's place, of the
//! peers that have shown their headers: chains that they have left, and blocks that they have mined beside theirs. They come to the
//! node as blocks that nobody has asked for, and are judged by every rule.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tabchain_shared::node::Node;
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::{InventoryItem, Message};

/// Between two looks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bodies on order of one branch; the next ones are asked for at the next look.
const AT_A_TIME: usize = 16;
/// A body that has not come is asked for again after this, of whoever shows it then.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, Default)]
pub struct Branches {
    looked: Option<Instant>,
    /// When each body was asked for: not more than are missing.
    asked: HashMap<BlockHash, Instant>,
}

impl Branches {
    /// When to look again, if anything is missing.
    pub fn due(&self, node: &Node) -> Option<Instant> {
        let looked = self.looked.filter(|_| node.chain().index().bare() > 0)?;
        Some(looked + INTERVAL)
    }

    /// Frames to send, in this order. One each: who is asked for several at once answers in an order of its own, and a block whose
    /// parent is not here is dropped.
    pub fn ask(&mut self, node: &Node, now: Instant) -> Vec<(PeerId, Vec<u8>)> {
        if self.looked.is_some_and(|looked| now.duration_since(looked) < INTERVAL) {
            return Vec::new();
        }
        self.looked = Some(now);
        self.asked.retain(|hash, at| node.block_place(hash).is_none() && now.duration_since(*at) < PATIENCE);
        let mut frames = Vec::new();
        for (peer, missing) in node.bare_branches() {
            for hash in missing.into_iter().take(AT_A_TIME) {
                self.asked.entry(hash).or_insert_with(|| {
                    frames.push((peer, Message::GetData(vec![InventoryItem::Block(hash)]).to_frame()));
                    now
                });
            }
        }
        frames
    }
}
