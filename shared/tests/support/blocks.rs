//! Chains that guests show a node, and which blocks the node asked them for. For tests that have [`dialogue`](super::dialogue).

// Each test program uses its part of this.
#![allow(dead_code)]

use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::{Block, BlockHash};
use tabchain_shared::wire::{InventoryItem, Message, Version};

use super::dialogue::{ALICE, START, World, block_on, genesis, version};

/// A guest that will answer the ping of its handshake.
pub fn lively_guest(world: &mut World, id: u8) -> PeerId {
    let peer = world.stranger(ALICE, id);
    let network = world.nodes[ALICE].node.chain().network();
    world.says(ALICE, peer, &Message::Version(Version { network, ..version(id) }));
    world.says(ALICE, peer, &Message::Verack);
    peer
}

/// A chain on genesis.
pub fn chain(length: u32) -> Vec<Block> {
    let mut parent = genesis();
    (1..=length)
        .map(|height| {
            let block = block_on(&parent, height, START.seconds() + height);
            parent = block.header;
            block
        })
        .collect()
}

pub fn headers(blocks: &[Block]) -> Message {
    Message::Headers(blocks.iter().map(|block| block.header).collect())
}

/// Blocks that were asked of a peer, in whatever form, in order.
pub fn asked(world: &World, peer: PeerId) -> Vec<BlockHash> {
    let sent = world.to_test.iter().filter(|(to, _)| *to == peer);
    let items = sent.filter_map(|(_, message)| if let Message::GetData(items) = message { Some(items) } else { None });
    let hashes = items.flatten().filter_map(|item| match item {
        InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => Some(*hash),
        InventoryItem::Transaction(_) => None,
    });
    hashes.collect()
}

pub fn hashes(blocks: &[Block]) -> Vec<BlockHash> {
    blocks.iter().map(Block::hash).collect()
}
