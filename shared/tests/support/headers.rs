//! Headers that guests show a node, and what the node asks them. For tests that have [`dialogue`](super::dialogue).

// Each test program uses its part of this.
#![allow(dead_code)]

use tabchain_shared::node::Config;
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::{BlockHash, Header};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::message::MAX_HEADERS;

use super::dialogue::{ALICE, START, World, block_on, node_with};

/// Headers above `parent`, `seconds` apart: different seconds make different chains.
pub fn headers_on(parent: &Header, count: usize, seconds: u32) -> Vec<Header> {
    let mut headers = Vec::with_capacity(count);
    let mut parent = *parent;
    for height in 1..=u32::try_from(count).unwrap() {
        parent = block_on(&parent, height, parent.time + seconds).header;
        headers.push(parent);
    }
    headers
}

pub fn known_headers(world: &World, node: usize) -> usize {
    world.nodes[node].node.chain().index().len()
}

/// What a guest was asked since the last call: the first hash of every locator.
pub fn asked(world: &mut World, peer: PeerId) -> Vec<BlockHash> {
    let messages = std::mem::take(&mut world.to_test).into_iter();
    let locators = messages.filter_map(|(to, message)| match message {
        Message::GetHeaders(locator) if to == peer => Some(locator[0]),
        _ => None,
    });
    locators.collect()
}

/// A guest shows headers, in as many messages as they need.
pub fn show(world: &mut World, peer: PeerId, headers: &[Header]) {
    for message in headers.chunks(MAX_HEADERS) {
        world.says(ALICE, peer, &Message::Headers(message.to_vec()));
    }
}

/// Alice alone with a chain that her guests cannot do better than in one message.
pub fn established(config: Config) -> World {
    let mut world = World::of(vec![node_with(ALICE, config, START)]);
    world.mine(ALICE, 2_300);
    world
}
