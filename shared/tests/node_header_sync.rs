//! Headers first: from whom they come, when others are asked, and what leads nowhere.

#[path = "support/blocks.rs"]
mod blocks;
#[path = "support/dialogue.rs"]
mod dialogue;

use std::collections::BTreeMap;

use blocks::{asked, chain, hashes, headers};
use dialogue::{ALICE, BOB, World, block_on, genesis};
use tabchain_shared::node::config::MAX_COMPACT_DEPTH;
use tabchain_shared::node::io::Input;
use tabchain_shared::node::snapshot::SyncView;
use tabchain_shared::primitives::{BlockHash, Header};
use tabchain_shared::wire::{InventoryItem, Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

/// CASES 67: the same full message again and again leads nowhere.
#[wasm_bindgen_test(unsupported = test)]
fn headers_that_go_in_circles_cost_the_link() {
    let mut world = World::new(1);
    let mut parent = genesis();
    let circle: Vec<Header> = (1..=2_000)
        .map(|height| {
            parent = block_on(&parent, height, genesis().time + height).header;
            parent
        })
        .collect();
    let guest = world.guest(ALICE, 8);
    for round in 0..=11 {
        assert_eq!(world.disconnected, [], "round {round}");
        world.says(ALICE, guest, &Message::Headers(circle.clone()));
    }
    world.assert_disconnected(guest, "in circles");
}

/// The first message of a sync may be long known, from another peer, and so may all that follow.
#[wasm_bindgen_test(unsupported = test)]
fn known_headers_that_lead_on_are_no_circle() {
    let mut world = World::new(2);
    world.mine(ALICE, 2_100);
    world.connect(BOB, ALICE);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    let chain = world.nodes[ALICE].node.chain();
    let all = chain.headers_after(&[], 2_100);
    let guest = world.guest(BOB, 8);
    for _ in 0..8 {
        world.says(BOB, guest, &Message::Headers(all[..2_000].to_vec()));
        world.says(BOB, guest, &Message::Headers(all[2_000..].to_vec()));
    }
    assert_eq!(world.disconnected, []);
}

/// Eight peers do not send a newcomer the whole chain each, and all of them serve its blocks.
#[wasm_bindgen_test(unsupported = test)]
fn headers_come_from_one_peer_and_blocks_from_all() {
    let mut world = World::new(4);
    world.mine(ALICE, 10_100);
    for (a, b) in [(1, 0), (2, 0)] {
        world.connect(a, b);
    }
    assert_eq!(world.tip(2), world.tip(0));
    // All three at once.
    for other in 0..3 {
        world.call(3, other);
    }
    world.settle();
    assert_eq!(world.tip(3), world.tip(0));
    let (mut headers, mut senders) = (0, BTreeMap::new());
    for (_, input) in &world.nodes[3].recorded {
        let Input::FrameReceived { peer, frame } = input else { continue };
        match Message::from_frame(frame) {
            Ok(Message::Headers(shown)) => headers += shown.len(),
            Ok(Message::Block(_)) => *senders.entry(*peer).or_insert(0) += 1,
            _ => {}
        }
    }
    assert!((10_100..10_100 + 2 * 2_000 + 10).contains(&headers), "{headers} headers for 10 100");
    assert!(senders.len() == 3 && senders.values().all(|count| *count > 1_000), "{senders:?}");
}

/// A leader that falls silent does not keep the others from being asked.
#[wasm_bindgen_test(unsupported = test)]
fn a_leader_that_falls_silent_is_followed_by_another() {
    let mut world = World::new(1);
    let blocks = chain(2_100);
    let (leader, other) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, leader, &headers(&blocks[..2_000]));
    world.says(ALICE, other, &headers(&blocks[..2_000]));
    let is_asked = |world: &World| {
        world.to_test.iter().any(|(to, message)| *to == other && matches!(message, Message::GetHeaders(_)))
    };
    assert!(!is_asked(&world));
    world.pass(4_000);
    assert!(!is_asked(&world));
    world.pass(3_000);
    assert!(is_asked(&world));
    world.says(ALICE, other, &headers(&blocks[1_999..]));
    assert_eq!(world.nodes[ALICE].node.chain().index().len(), 2_101);
}

/// What a page shows of a sync, from the first second: headers as far as they are claimed, then blocks.
#[wasm_bindgen_test(unsupported = test)]
fn a_sync_shows_how_far_it_is() {
    let mut world = World::new(1);
    let blocks = chain(2_300);
    let guest = world.stranger(ALICE, 9);
    let network = world.nodes[ALICE].node.chain().network();
    let version = Version { network, height: 2_300, tip: blocks[2_299].hash(), ..dialogue::version(9) };
    let sync = |world: &World| world.nodes[ALICE].node.snapshot().sync;
    assert_eq!(sync(&world), SyncView::Alone);
    world.says(ALICE, guest, &Message::Version(version));
    world.says(ALICE, guest, &Message::Verack);
    assert_eq!(sync(&world), SyncView::LearningHeaders { have: 0, of: 2_300 });
    world.says(ALICE, guest, &headers(&blocks[..2_000]));
    assert_eq!(sync(&world), SyncView::LearningHeaders { have: 2_000, of: 2_300 });
    world.says(ALICE, guest, &headers(&blocks[2_000..]));
    assert_eq!(sync(&world), SyncView::CatchingUp { have: 0, of: 2_300 });
    world.says(ALICE, guest, &Message::Block(Box::new(blocks[0].clone())));
    assert_eq!(sync(&world), SyncView::CatchingUp { have: 1, of: 2_300 });
    assert!(u32::try_from(asked(&world, guest).len()).unwrap() > MAX_COMPACT_DEPTH);
}

/// Who shows two tips of equal work in turn is asked for the first one's chain: to plan a long download anew at each message of
/// eighty bytes would be its to order.
#[wasm_bindgen_test(unsupported = test)]
fn of_equal_tips_a_peer_keeps_the_first_that_it_showed() {
    let mut world = World::new(1);
    let blocks = chain(2);
    let rival = block_on(&blocks[0].header, 2, genesis().time + 7);
    let guest = world.guest(ALICE, 8);
    world.says(ALICE, guest, &headers(&blocks));
    world.says(ALICE, guest, &headers(&[rival]));
    world.says(ALICE, guest, &headers(&blocks[1..]));
    assert_eq!(asked(&world, guest), hashes(&blocks));
}

/// A claim of any height is believed for no longer than headers come.
#[wasm_bindgen_test(unsupported = test)]
fn an_empty_claim_shows_no_progress() {
    let mut world = World::new(1);
    let guest = world.stranger(ALICE, 9);
    let network = world.nodes[ALICE].node.chain().network();
    world.says(ALICE, guest, &Message::Version(Version { network, height: u32::MAX, ..dialogue::version(9) }));
    world.says(ALICE, guest, &Message::Verack);
    world.says(ALICE, guest, &Message::Headers(Vec::new()));
    assert_eq!(world.nodes[ALICE].node.snapshot().sync, SyncView::Current);
}

/// An `inv` of 34 bytes is answered with a locator of up to 3 KiB: not without end.
#[wasm_bindgen_test(unsupported = test)]
fn unknown_blocks_by_inv_are_not_asked_about_without_end() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 8);
    for _ in 0..1_000 {
        world.says(ALICE, guest, &Message::Inv(vec![InventoryItem::Block(BlockHash([7; 32]))]));
    }
    let answers = world.to_test.iter().filter(|(_, message)| matches!(message, Message::GetHeaders(_))).count();
    assert!(answers < 100, "{answers} answers to one hash");
}

/// Nor does one that leads as slowly as it may: two thousand headers every four seconds, when others could show all at once.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_leader_holds_up_nobody() {
    let mut world = World::new(1);
    let blocks = chain(6_100);
    let (leader, other) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, leader, &headers(&blocks[..2_000]));
    world.says(ALICE, other, &headers(&blocks[..2_000]));
    world.to_test.clear();
    world.pass(4_000);
    world.says(ALICE, leader, &headers(&blocks[2_000..4_000]));
    world.pass(2_000);
    let question = |(to, message): &(_, Message)| match message {
        Message::GetHeaders(locator) if *to == other => locator.first().copied(),
        _ => None,
    };
    assert_eq!(world.to_test.iter().find_map(question), Some(blocks[3_998].hash()));
    world.says(ALICE, other, &headers(&blocks[3_999..5_999]));
    world.says(ALICE, other, &headers(&blocks[5_999..]));
    assert_eq!(world.nodes[ALICE].node.chain().index().len(), 6_101);
}
