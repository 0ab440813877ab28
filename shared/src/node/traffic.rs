//! What messages cost: bytes by peer, and for recent blocks the bytes that brought them here.
//!
//! A block's bytes are those of its announcements, of what this node asked, and of what it got: headers that came in
//! messages of a few, `getdata`, `cmpctblock`, `getblocktxn`, `blocktxn` and `block`. What this node passes on to others
//! counts where it arrives. A header of a long `headers` message is history, not news, and costs the block nothing.

use super::Node;
use super::config::{MAX_ANNOUNCED_HEADERS, MAX_HEADER_QUESTIONS};
use super::io::PeerId;
use super::peers::Peer;
use crate::primitives::{BlockHash, Header};
use crate::wire::{Frame, InventoryItem, Message};

/// Bytes of a block's item in `getdata`.
const ITEM_BYTES: u64 = 33;

impl Node {
    /// Counts a frame that has come, by what it turned out to say.
    pub(super) fn count_received(&mut self, message: &Message, hashes: &[BlockHash]) {
        let bytes = self.frame_bytes as u64;
        match message {
            Message::Headers(headers) if (1..=MAX_ANNOUNCED_HEADERS).contains(&headers.len()) => {
                // The count's byte and the type's go with the first.
                let rest = bytes - (headers.len() * Header::SIZE) as u64;
                for (index, hash) in hashes.iter().enumerate() {
                    let extra = if index == 0 { rest } else { 0 };
                    *self.block_traffic.entry(hash) += Header::SIZE as u64 + extra;
                }
            }
            Message::Block(_) | Message::CompactBlock(_) => {
                for hash in hashes {
                    *self.block_traffic.entry(hash) += bytes;
                }
            }
            Message::BlockTransactions(answer) => *self.block_traffic.entry(&answer.block) += bytes,
            _ => {}
        }
    }

    /// Sends, and counts what it costs: on the peer's account, and on that of the blocks that are asked for.
    pub(super) fn send(&mut self, peer: PeerId, message: Message) {
        let frame = Frame::from(message);
        match frame.message() {
            Ok(Message::GetData(items)) => {
                for item in items {
                    if let InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) = item {
                        *self.block_traffic.entry(hash) += ITEM_BYTES;
                    }
                }
            }
            Ok(Message::GetBlockTransactions(request)) => {
                *self.block_traffic.entry(&request.block) += frame.len() as u64;
            }
            _ => {}
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            known.is_sent(&frame);
        }
        self.outputs.push_back(super::Output::Send { peer, frame });
    }
}

impl Peer {
    /// Notes a frame that goes to the peer: a question for headers, what it costs, and that against what the peer may have served.
    pub(super) fn is_sent(&mut self, frame: &Frame) {
        self.sent_bytes += frame.len() as u64;
        let Ok(message) = frame.message() else { return };
        if matches!(message, Message::GetHeaders(_)) {
            self.header_questions = (self.header_questions + 1).min(MAX_HEADER_QUESTIONS);
        }
        if is_served(message) {
            self.served.take(frame.len());
        }
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
