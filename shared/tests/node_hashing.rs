//! What strangers can make a node hash in vain, where a header's proof of work takes long to check.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, START, World, config, key};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Node;
use tabchain_shared::node::config::{
    HASHING_BURST, HASHING_MICROS_PER_SECOND, MAX_HEADER_QUESTIONS, header_check_micros,
};
use tabchain_shared::node::io::PeerId;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{BlockHash, CompactTarget, Header};
use tabchain_shared::wire::message::MAX_HEADERS;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// An oracle's headers cost a node what scrypt's do, and a test nothing.
fn slow() -> Params {
    Params { algorithm: Algorithm::Oracle, ..Params::regtest() }
}

/// As many as exhaust what may be hashed for a peer.
fn most() -> usize {
    usize::try_from(HASHING_BURST / header_check_micros(Algorithm::Oracle)).unwrap()
}

/// Alice alone, with more work than any flood of these tests shows.
fn established(height: u32) -> World {
    let mut world = World::of(vec![Node::new(config(ALICE), slow(), key(ALICE), START)]);
    world.mine(ALICE, height);
    world
}

fn headers_on(parent: &Header, count: usize, nonce: u32) -> Vec<Header> {
    let grow = |parent: &Header| Header { prev_blockhash: parent.hash(), time: parent.time + 1, nonce, ..*parent };
    std::iter::successors(Some(grow(parent)), |parent| Some(grow(parent))).take(count).collect()
}

fn genesis() -> Header {
    slow().genesis().header
}

/// A child of Alice's tip, which she would keep.
fn next_header(world: &World) -> Header {
    let tip = world.nodes[ALICE].node.chain().tip_entry().header;
    headers_on(&tip, 1, 9)[0]
}

fn knows(world: &World, header: &Header) -> bool {
    world.nodes[ALICE].node.chain().index().get(&header.hash()).is_some()
}

fn questions(world: &mut World, peer: PeerId) -> usize {
    let sent = std::mem::take(&mut world.to_test).into_iter();
    sent.filter(|(to, message)| *to == peer && matches!(message, Message::GetHeaders(_))).count()
}

/// The peer has answered what it was asked for when it shook hands, and shows branches of too little work, none of them twice.
fn flood(world: &mut World, peer: PeerId, headers: usize) {
    world.says(ALICE, peer, &Message::Headers(Vec::new()));
    for (nonce, length) in (100..).zip(std::iter::repeat_n(100, headers.div_ceil(100))) {
        world.says(ALICE, peer, &Message::Headers(headers_on(&genesis(), length, nonce)));
    }
}

/// CASES 47: what nobody asked for is passed over when a peer's budget is used up, and is asked for when it has some again. Nobody
/// is punished, and nobody else is kept from anything.
#[wasm_bindgen_test(unsupported = test)]
fn headers_of_too_little_work_have_a_rate() {
    let mut world = established(300);
    let (peer, other) = (world.guest(ALICE, 90), world.guest(ALICE, 91));
    flood(&mut world, peer, most() + 1_000);
    let next = next_header(&world);
    world.says(ALICE, peer, &Message::Headers(vec![next]));
    assert!(!knows(&world, &next));
    assert_eq!(questions(&mut world, peer), 0);
    let debt = 100 * header_check_micros(Algorithm::Oracle);
    world.pass(debt.div_ceil(HASHING_MICROS_PER_SECOND) * 1_000 + 1_000);
    assert_eq!(questions(&mut world, peer), 1);
    world.says(ALICE, peer, &Message::Headers(vec![next]));
    assert!(knows(&world, &next));
    let rival = headers_on(&world.nodes[ALICE].node.chain().tip_entry().header, 1, 10)[0];
    world.says(ALICE, other, &Message::Headers(vec![rival]));
    assert!(knows(&world, &rival));
    assert_eq!(world.disconnected, []);
}

/// Neither is a block looked at that nobody asked for, nor is anything asked about that the peer names.
#[wasm_bindgen_test(unsupported = test)]
fn blocks_and_names_of_blocks_wait_as_well() {
    let mut world = established(300);
    let peer = world.guest(ALICE, 90);
    flood(&mut world, peer, most() + 200);
    let mut block = world.nodes[ALICE].node.chain().params().genesis();
    block.header = next_header(&world);
    world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
    assert_eq!(world.disconnected, [], "its Merkle root was not looked at");
    questions(&mut world, peer);
    world.says(ALICE, peer, &Message::Inv(vec![InventoryItem::Block(BlockHash([7; 32]))]));
    assert_eq!(questions(&mut world, peer), 0);
    world.pass(10_000);
    assert_eq!(questions(&mut world, peer), 1);
    world.says(ALICE, peer, &Message::Headers(Vec::new()));
    world.says(ALICE, peer, &Message::Block(Box::new(block)));
    world.assert_disconnected(peer, "invalid block");
}

/// The same headers cost nothing a second time, from whichever connection they come.
#[wasm_bindgen_test(unsupported = test)]
fn what_was_hashed_of_late_is_not_hashed_again() {
    let mut world = established(300);
    for id in 90..100 {
        let peer = world.guest(ALICE, id);
        for _ in 0..3 {
            // More than the budget together.
            flood(&mut world, peer, most() / 2);
        }
        let next = headers_on(&world.nodes[ALICE].node.chain().tip_entry().header, 1, u32::from(id))[0];
        world.says(ALICE, peer, &Message::Headers(vec![next]));
        assert!(knows(&world, &next), "guest {id}");
    }
}

/// Who sends headers of which the last breaks a rule is cut off; nobody else pays for the others.
#[wasm_bindgen_test(unsupported = test)]
fn nobody_pays_for_what_was_hashed_for_another() {
    let mut world = established(300);
    let honest = world.guest(ALICE, 90);
    for (id, nonce) in [(91, 5), (92, 6)] {
        let villain = world.guest(ALICE, id);
        let mut headers = headers_on(&genesis(), MAX_HEADERS, nonce);
        headers[MAX_HEADERS - 1].bits = CompactTarget(0);
        world.says(ALICE, villain, &Message::Headers(headers));
        world.assert_disconnected(villain, "invalid header");
        flood(&mut world, honest, 100);
    }
    let next = next_header(&world);
    world.says(ALICE, honest, &Message::Headers(vec![next]));
    assert!(knows(&world, &next));
}

/// Who lets questions pile up is owed no more answers than a few: each may hold two thousand headers.
#[wasm_bindgen_test(unsupported = test)]
fn few_questions_entitle_to_an_answer() {
    let mut world = established(2_300);
    let peer = world.guest(ALICE, 90);
    for number in 0..10 {
        world.says(ALICE, peer, &Message::Inv(vec![InventoryItem::Block(BlockHash([number; 32]))]));
        world.pass(1_000);
    }
    assert_eq!(questions(&mut world, peer), 10);
    for nonce in 0..MAX_HEADER_QUESTIONS {
        world.says(ALICE, peer, &Message::Headers(headers_on(&genesis(), MAX_HEADERS - 1, nonce + 100)));
    }
    let next = next_header(&world);
    world.says(ALICE, peer, &Message::Headers(vec![next]));
    assert!(!knows(&world, &next));
}

/// A long chain is heard out as fast as it may be hashed.
#[wasm_bindgen_test(unsupported = test)]
fn a_pre_sync_goes_on_when_the_peer_may_be_hashed_for() {
    let mut world = established(4_300);
    let peer = world.guest(ALICE, 90);
    let chain = headers_on(&genesis(), 3 * MAX_HEADERS, 5);
    let messages: Vec<&[Header]> = chain.chunks(MAX_HEADERS).collect();
    world.says(ALICE, peer, &Message::Headers(messages[0].to_vec()));
    assert_eq!(questions(&mut world, peer), 1);
    world.says(ALICE, peer, &Message::Headers(messages[1].to_vec()));
    world.pass(5_000);
    assert_eq!(questions(&mut world, peer), 0, "0.8 s of hashing, of which 0.75 s are paid for");
    world.pass(2_000);
    assert_eq!(questions(&mut world, peer), 1);
    for message in messages[2..].iter().chain(&messages) {
        world.pass(2_000);
        world.says(ALICE, peer, &Message::Headers(message.to_vec()));
    }
    assert!(knows(&world, &chain[3 * MAX_HEADERS - 1]));
    assert_eq!(world.disconnected, []);
}

/// An honest sync is bounded by nothing of this: what is kept was not hashed in vain.
#[wasm_bindgen_test(unsupported = test)]
fn a_sync_is_as_fast_as_its_headers_come() {
    let nodes = (0..2).map(|index| Node::new(config(index), slow(), key(index), START));
    let mut world = World::of(nodes.collect());
    world.mine(ALICE, 7_000);
    let before = world.now;
    world.connect(1, ALICE);
    assert_eq!((world.tip(1), world.now), (world.tip(ALICE), before));
}
