//! What messages cost: bytes by peer, and for recent blocks the bytes that brought them here.
//!
//! A block's bytes are those of its announcements, of what this node asked, and of what it got: headers that came in
//! messages of a few, `getdata`, `cmpctblock`, `getblocktxn`, `blocktxn` and `block`. What this node passes on to others
//! counts where it arrives. A header of a long `headers` message is history, not news, and costs the block nothing.

use std::collections::{HashMap, VecDeque};

use super::Node;
use super::config::{MAX_ANNOUNCED_HEADERS, MAX_HEADER_QUESTIONS, MAX_TRACKED_BLOCKS};
use super::io::PeerId;
use crate::primitives::{BlockHash, Header};
use crate::wire::{InventoryItem, Message};

/// Bytes of a block's item in `getdata`.
const ITEM_BYTES: u64 = 33;

/// Bytes so far by block, the oldest block out first.
#[derive(Debug, Default)]
pub(super) struct BlockTraffic {
    bytes: HashMap<BlockHash, u64>,
    order: VecDeque<BlockHash>,
}

impl BlockTraffic {
    pub fn of(&self, hash: &BlockHash) -> Option<u64> {
        self.bytes.get(hash).copied()
    }

    fn add(&mut self, hash: BlockHash, bytes: u64) {
        let so_far = self.bytes.entry(hash).or_default();
        if *so_far == 0 {
            self.order.push_back(hash);
        }
        *so_far += bytes;
        if self.order.len() > MAX_TRACKED_BLOCKS
            && let Some(oldest) = self.order.pop_front()
        {
            self.bytes.remove(&oldest);
        }
    }
}

impl Node {
    /// Counts a frame that has come, by what it turned out to say.
    pub(super) fn count_received(&mut self, message: &Message) {
        let bytes = self.frame_bytes as u64;
        match message {
            Message::Headers(headers) if (1..=MAX_ANNOUNCED_HEADERS).contains(&headers.len()) => {
                // The count's byte and the type's go with the first.
                let rest = bytes - (headers.len() * Header::SIZE) as u64;
                for (index, header) in headers.iter().enumerate() {
                    let extra = if index == 0 { rest } else { 0 };
                    self.block_traffic.add(header.hash(), Header::SIZE as u64 + extra);
                }
            }
            Message::Block(block) => self.block_traffic.add(block.hash(), bytes),
            Message::CompactBlock(compact) => self.block_traffic.add(compact.header.hash(), bytes),
            Message::BlockTransactions(answer) => self.block_traffic.add(answer.block, bytes),
            _ => {}
        }
    }

    /// Sends, notes questions for headers, and counts what it costs: on the peer's account, on that of the blocks that are asked for, and against what the
    /// peer may have served.
    pub(super) fn send(&mut self, peer: PeerId, message: &Message) {
        let frame = message.to_frame();
        match message {
            Message::GetData(items) => {
                for item in items {
                    if let InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) = item {
                        self.block_traffic.add(*hash, ITEM_BYTES);
                    }
                }
            }
            Message::GetBlockTransactions(request) => self.block_traffic.add(request.block, frame.len() as u64),
            _ => {}
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            known.sent_bytes += frame.len() as u64;
            if matches!(message, Message::GetHeaders(_)) {
                known.header_questions = (known.header_questions + 1).min(MAX_HEADER_QUESTIONS);
            }
            if is_served(message) {
                known.limits.served(frame.len());
            }
        }
        self.outputs.push_back(super::Output::Send { peer, frame });
    }
}

/// Sent because it was asked for, as a rule; new headers are few. A whole locator may answer a single hash.
fn is_served(message: &Message) -> bool {
    match message {
        Message::NotFound(_)
        | Message::Headers(_)
        | Message::GetHeaders(_)
        | Message::Block(_)
        | Message::Transaction(_)
        | Message::Pong(_)
        | Message::CompactBlock(_)
        | Message::BlockTransactions(_) => true,
        Message::Version(_)
        | Message::Verack
        | Message::Inv(_)
        | Message::GetData(_)
        | Message::Ping(_)
        | Message::GetBlockTransactions(_) => false,
    }
}
