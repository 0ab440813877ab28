//! What frames brought to honest nodes: bytes by message, and for each block in how many forms it came.

use std::collections::BTreeMap;

use crate::primitives::BlockHash;
use crate::wire::Message;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Frames and their bytes by receiver and by the message's name.
    pub received: BTreeMap<(usize, &'static str), Amount>,
    /// By receiver and block.
    pub bodies: BTreeMap<(usize, BlockHash), Bodies>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amount {
    pub frames: u64,
    pub bytes: u64,
}

/// How often a block came to a node, in each form, and the bytes of all of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bodies {
    pub full: u64,
    pub compact: u64,
    /// Single transactions, that a compact block lacked.
    pub transactions: u64,
    pub bytes: u64,
}

impl Traffic {
    pub(super) fn arrived(&mut self, node: usize, frame: &[u8]) {
        let Ok(message) = Message::from_frame(frame) else { return };
        let bytes = frame.len() as u64;
        let amount = self.received.entry((node, message.name())).or_default();
        amount.frames += 1;
        amount.bytes += bytes;
        let (hash, count): (_, fn(&mut Bodies) -> &mut u64) = match &message {
            Message::Block(block) => (block.hash(), |bodies| &mut bodies.full),
            Message::CompactBlock(compact) => (compact.header.hash(), |bodies| &mut bodies.compact),
            Message::BlockTransactions(answer) => (answer.block, |bodies| &mut bodies.transactions),
            _ => return,
        };
        let bodies = self.bodies.entry((node, hash)).or_default();
        *count(bodies) += 1;
        bodies.bytes += bytes;
    }

    /// Of these messages, to all nodes.
    pub fn bytes_of(&self, names: &[&str]) -> u64 {
        let received = self.received.iter().filter(|((_, name), _)| names.contains(name));
        received.map(|(_, amount)| amount.bytes).sum()
    }
}
