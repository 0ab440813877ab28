//! Who may be a peer and who stays one: the handshake, identity, silence, misbehaviour.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, genesis, version};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Input;
use tabchain_shared::primitives::{NetworkId, SecretKey};
use tabchain_shared::wire::{Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

/// CASES 14.
#[wasm_bindgen_test(unsupported = test)]
fn another_network_is_refused_in_words() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 9);
    world.says(ALICE, peer, &Message::Version(Version { network: NetworkId([9; 4]), ..version(9) }));
    world.assert_disconnected(peer, "on another network (09090909), this is regtest");
}

/// CASES 63, 64 and 65.
#[wasm_bindgen_test(unsupported = test)]
fn the_handshake_comes_first_once_and_from_another_node() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 1);
    world.says(ALICE, peer, &Message::Ping(1));
    world.assert_disconnected(peer, "ping before the handshake");

    let peer = world.stranger(ALICE, 1);
    world.says(ALICE, peer, &Message::Version(version(1)));
    world.says(ALICE, peer, &Message::Version(version(1)));
    world.assert_disconnected(peer, "a second handshake");

    let (peer, own_id) = (world.new_peer(), world.nodes[ALICE].node.id());
    world.input(ALICE, Input::PeerConnected { peer, node: own_id, we_initiated: true });
    world.assert_disconnected(peer, "this node itself");
}

/// Who claims to be another node is shown the door, and the other one is not made to pay for it.
#[wasm_bindgen_test(unsupported = test)]
fn nobody_speaks_in_anothers_name() {
    let mut world = World::new(2);
    let peer = world.stranger(ALICE, 9);
    let bobs_key = SecretKey::from_seed([2; 32]).public_key();
    world.says(ALICE, peer, &Message::Version(Version { public_key: bobs_key, ..version(9) }));
    world.assert_disconnected(peer, "not the node that was introduced");
    world.connect(BOB, ALICE);
    assert_eq!(world.nodes[ALICE].node.snapshot().peers.len(), 1);
}

/// Two nodes that call each other at the same moment end up with one link, not with none.
#[wasm_bindgen_test(unsupported = test)]
fn crossing_calls_leave_one_link() {
    let mut world = World::new(2);
    let ids = [world.nodes[ALICE].node.id(), world.nodes[BOB].node.id()];
    let [a1, b1, a2, b2] = [(); 4].map(|()| world.new_peer());
    for (a, b) in [(a1, b1), (a2, b2)] {
        world.links.insert((ALICE, a), (BOB, b));
        world.links.insert((BOB, b), (ALICE, a));
    }
    world.input(ALICE, Input::PeerConnected { peer: a1, node: ids[1], we_initiated: true });
    world.input(BOB, Input::PeerConnected { peer: b2, node: ids[0], we_initiated: true });
    world.input(BOB, Input::PeerConnected { peer: b1, node: ids[0], we_initiated: false });
    world.input(ALICE, Input::PeerConnected { peer: a2, node: ids[1], we_initiated: false });
    world.settle();
    for node in [ALICE, BOB] {
        assert_eq!(world.nodes[node].node.snapshot().peers.len(), 1, "{:?}", world.disconnected);
    }
}

/// CASES 74.
#[wasm_bindgen_test(unsupported = test)]
fn an_unfinished_handshake_is_closed() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 9);
    world.pass(14_000);
    assert!(world.disconnected.is_empty());
    world.pass(2_000);
    world.assert_disconnected(peer, "did not finish the handshake");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_stops_answering_is_let_go() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    world.pass(90_000);
    world.assert_disconnected(peer, "stopped answering");
}

/// CASES 16 and 79: the sender of an invalid block is barred, and stays so when it returns, until the bar expires.
#[wasm_bindgen_test(unsupported = test)]
fn an_invalid_block_costs_its_sender_the_link() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let mut block = block_on(&genesis(), 1, START.seconds());
    let target = block.header.bits.to_target().unwrap();
    while Params::regtest().algorithm.is_met(&block.header, target) {
        block.header.nonce += 1;
    }
    world.says(ALICE, peer, &Message::Block(Box::new(block)));
    world.assert_disconnected(peer, "high-hash");
    assert_eq!(world.height(ALICE), 0);

    let again = world.stranger(ALICE, 9);
    world.assert_disconnected(again, "barred");
    world.pass(11 * 60_000);
    let later = world.guest(ALICE, 9);
    assert!(world.disconnected.iter().all(|(gone, _)| *gone != later));
}

/// Found by fuzzing: an invalid body that had come before its parent was laid at the door of whoever brought the parent.
#[wasm_bindgen_test(unsupported = test)]
fn an_invalid_early_block_costs_its_own_sender_the_link() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, genesis().time + 10);
    // It says that it is at height 3.
    let invalid = block_on(&block.header, 3, genesis().time + 20);
    let (mallory, honest) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, mallory, &Message::Headers(vec![block.header, invalid.header]));
    world.says(ALICE, mallory, &Message::Block(Box::new(invalid)));
    world.says(ALICE, honest, &Message::Headers(vec![block.header]));
    world.says(ALICE, honest, &Message::Block(Box::new(block)));
    assert_eq!(world.height(ALICE), 1);
    world.assert_disconnected(mallory, "coinbase-height");
    assert!(world.disconnected.iter().all(|(peer, _)| *peer != honest), "{:?}", world.disconnected);
}

/// CASES 66: headers that lead nowhere are asked about a few times, then cost the link.
#[wasm_bindgen_test(unsupported = test)]
fn headers_that_never_connect_cost_the_link() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let parent = block_on(&genesis(), 1, START.seconds()).header;
    let orphan = block_on(&parent, 2, START.seconds() + 1).header;
    for _ in 0..10 {
        world.says(ALICE, peer, &Message::Headers(vec![orphan]));
        world.pass(1_000);
    }
    assert!(world.disconnected.is_empty());
    for _ in 0..5 {
        world.says(ALICE, peer, &Message::Headers(vec![orphan]));
        world.pass(1_000);
    }
    world.assert_disconnected(peer, "do not connect");
}

/// CASES 66, the other way round: a node of a fast network announces hundreds of blocks before the answer to a question comes
/// through a slow line, and is not questioned about each.
#[wasm_bindgen_test(unsupported = test)]
fn what_is_announced_before_an_answer_comes_is_no_misdeed() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let mut blocks = vec![block_on(&genesis(), 1, START.seconds()).header];
    for height in 2..=1_500 {
        blocks.push(block_on(&blocks[blocks.len() - 1], height, START.seconds() + height).header);
    }
    for announced in blocks[500..].chunks(100) {
        for header in announced {
            world.says(ALICE, peer, &Message::Headers(vec![*header]));
        }
        world.pass(500);
    }
    let questions = world.to_test.iter().filter(|(_, message)| matches!(message, Message::GetHeaders(_))).count();
    assert!((1..=6).contains(&questions), "{questions} questions in five seconds");
    world.says(ALICE, peer, &Message::Headers(blocks));
    assert_eq!((world.nodes[ALICE].node.chain().index().len(), world.disconnected.len()), (1_501, 0));
}

/// CASES 1, 3 and 4, at a node.
#[wasm_bindgen_test(unsupported = test)]
fn unknown_messages_are_ignored_and_malformed_ones_cost() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    for _ in 0..100 {
        world.input(ALICE, Input::FrameReceived { peer, frame: vec![250, 1].into() });
        world.input(ALICE, Input::FrameReceived { peer, frame: vec![].into() });
    }
    assert!(world.disconnected.is_empty());
    let mut short = Message::Headers(vec![genesis()]).to_frame();
    short.pop();
    for _ in 0..5 {
        world.input(ALICE, Input::FrameReceived { peer, frame: short.clone().into() });
    }
    world.assert_disconnected(peer, "malformed headers");
}
