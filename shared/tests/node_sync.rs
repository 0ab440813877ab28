//! How nodes come to the same chain: announcements, headers, bodies, partitions, and peers that withhold or mix up blocks.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, CAROL, START, World, block_on, genesis};
use tabchain_shared::node::io::{Answer, Command, Input, Time};
use tabchain_shared::node::snapshot::SyncView;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_mined_block_reaches_every_node() {
    let mut world = World::connected(3);
    world.mine(ALICE, 3);
    assert_eq!(world.height(ALICE), 3);
    for node in [BOB, CAROL] {
        assert_eq!(world.tip(node), world.tip(ALICE));
        assert_eq!(world.balance(node, ALICE), "150");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_block_travels_over_hops() {
    let mut world = World::new(3);
    world.connect(ALICE, BOB);
    world.connect(BOB, CAROL);
    world.mine(ALICE, 2);
    assert_eq!(world.tip(CAROL), world.tip(ALICE));
    // Each tells whom it has it from.
    let sources = [ALICE, BOB, CAROL].map(|node| world.nodes[node].node.report(true).tip_from);
    assert_eq!(sources, [None, Some(world.nodes[ALICE].node.id()), Some(world.nodes[BOB].node.id())]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_catches_up() {
    let mut world = World::new(2);
    world.mine(ALICE, 300);
    world.connect(BOB, ALICE);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    assert_eq!(world.nodes[BOB].node.snapshot().sync, SyncView::Current);
}

/// To send a message costs a tab as much as to check a small block.
#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_orders_several_blocks_at_a_time() {
    let mut world = World::new(2);
    world.mine(ALICE, 300);
    world.connect(BOB, ALICE);
    assert_eq!(world.height(BOB), 300);
    let is_order = |input: &Input| {
        matches!(input, Input::FrameReceived { frame, .. }
            if matches!(Message::from_frame(frame), Ok(Message::GetData(_))))
    };
    let orders = world.nodes[ALICE].recorded.iter().filter(|(_, input)| is_order(input)).count();
    assert!((1..300 / 4).contains(&orders), "{orders} orders for 300 blocks");
}

/// A node that was cut off mined alone; back on the network it follows the chain with more work, and what only its own
/// chain held waits again.
#[wasm_bindgen_test(unsupported = test)]
fn a_partition_heals_and_lost_payments_return() {
    let mut world = World::connected(3);
    world.mine(CAROL, 2);
    world.cut_all(CAROL);
    let Answer::Accepted { txid } = world.pay(CAROL, BOB, "7") else { panic!("carol has 100 coins") };
    world.mine(CAROL, 2);
    assert!(world.nodes[CAROL].node.mempool().is_empty());
    world.mine(ALICE, 3);
    assert_ne!(world.tip(CAROL), world.tip(ALICE));

    world.connect(CAROL, BOB);
    for node in [BOB, CAROL] {
        assert_eq!(world.tip(node), world.tip(ALICE));
        assert!(world.nodes[node].node.mempool().contains(&txid), "node {node}");
    }
    let reorg = world.nodes[CAROL].node.snapshot().last_reorg.expect("carol's two blocks were replaced");
    assert_eq!((reorg.fork_height, reorg.disconnected, reorg.connected, reorg.returned), (2, 2, 3, 1));
    world.mine(BOB, 1);
    assert_eq!(world.balance(CAROL, BOB), "57.001");
}

/// CASES 41.
#[wasm_bindgen_test(unsupported = test)]
fn of_equal_chains_the_first_seen_stays() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    world.mine(BOB, 1);
    let (alice, bob) = (world.tip(ALICE), world.tip(BOB));
    world.connect(ALICE, BOB);
    assert_eq!((world.tip(ALICE), world.tip(BOB)), (alice, bob));
}

/// Headers whose only source is gone keep nobody from mining, nor from a rival block of equal work.
#[wasm_bindgen_test(unsupported = test)]
fn headers_without_a_source_hold_up_nothing() {
    let mut world = World::connected(2);
    let guest = world.guest(ALICE, 90);
    let first = block_on(&genesis(), 1, START.seconds()).header;
    let second = block_on(&first, 2, START.seconds() + 1).header;
    world.says(ALICE, guest, &Message::Headers(vec![first, second]));
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    assert_eq!(world.nodes[ALICE].job, None);
    assert_eq!(world.nodes[ALICE].node.snapshot().sync, SyncView::CatchingUp { have: 0, of: 2 });
    world.input(ALICE, Input::PeerDisconnected { peer: guest });
    assert!(world.nodes[ALICE].job.is_some());
    world.mine(BOB, 1);
    assert_eq!(world.height(ALICE), 1);
}

/// CASES 96: a node whose clock is a day slow waits; it does not ask for the same headers for ever.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_clock_does_not_ask_in_circles() {
    let mut world = World::new(2);
    world.mine(ALICE, 2_100);
    // Bob's clock shows the time at which alice began, less a day.
    world.now = Time(START.0 - 86_400_000);
    world.connect(BOB, ALICE);
    assert_eq!(world.height(BOB), 0);
    let heard = world.nodes[BOB].recorded.iter();
    let frames = heard.filter(|(_, input)| matches!(input, Input::FrameReceived { .. })).count();
    assert!(frames < 20, "{frames} frames");
}

/// CASES 23 and 96: too new is not invalid.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_from_the_future_is_held_and_accepted_in_time() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let block = block_on(&genesis(), 1, START.seconds() + 7_200 + 30);
    world.says(ALICE, peer, &Message::Headers(vec![block.header]));
    assert!(world.nodes[ALICE].notices.iter().any(|notice| notice.contains("ahead of this computer's clock")));
    world.pass(31_000);
    let asked = Message::GetData(vec![InventoryItem::CompactBlock(block.hash())]);
    assert!(world.to_test.contains(&(peer, asked)));
    world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
    assert_eq!(world.tip(ALICE), block.hash());
}

/// CASES 24: a body that does not belong to a header says nothing about the header.
#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_body_does_not_condemn_the_honest_block() {
    let mut world = World::connected(1);
    let honest = block_on(&genesis(), 1, START.seconds());
    let mut wrong = honest.clone();
    wrong.transactions.push(wrong.transactions[0].clone());
    let liar = world.guest(ALICE, 8);
    world.says(ALICE, liar, &Message::Block(Box::new(wrong)));
    world.assert_disconnected(liar, "bad-merkle-root");
    let honest_peer = world.guest(ALICE, 9);
    world.says(ALICE, honest_peer, &Message::Block(Box::new(honest.clone())));
    assert_eq!(world.tip(ALICE), honest.hash());
}

/// CASES 68: a block that one peer announces and withholds is asked of another.
#[wasm_bindgen_test(unsupported = test)]
fn a_withheld_block_is_asked_of_another_peer() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let asked = Message::GetData(vec![InventoryItem::CompactBlock(block.hash())]);
    let silent = world.guest(ALICE, 8);
    let helpful = world.guest(ALICE, 9);
    world.says(ALICE, silent, &Message::Headers(vec![block.header]));
    assert!(world.to_test.contains(&(silent, asked.clone())));
    world.says(ALICE, helpful, &Message::Headers(vec![block.header]));
    assert!(!world.to_test.contains(&(helpful, asked.clone())));
    world.pass(9_000);
    let asked = Message::GetData(vec![InventoryItem::Block(block.hash())]);
    assert!(world.to_test.contains(&(helpful, asked)));
}

/// A peer that says "not found" each time is not asked again at once, or two nodes would shout at each other for ever.
#[wasm_bindgen_test(unsupported = test)]
fn an_only_peer_without_the_block_is_asked_again_later() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let items = vec![InventoryItem::CompactBlock(block.hash())];
    let peer = world.guest(ALICE, 8);
    world.says(ALICE, peer, &Message::Headers(vec![block.header]));
    let asked = |world: &World| {
        world
            .to_test
            .iter()
            .filter(|(_, message)| matches!(message, Message::GetData(items) if items.len() == 1))
            .count()
    };
    assert_eq!(asked(&world), 1);
    world.says(ALICE, peer, &Message::NotFound(items.clone()));
    assert_eq!(asked(&world), 1);
    world.pass(1_500);
    assert_eq!(asked(&world), 2);
}

/// A peer that shows headers and never delivers is let go, however often it says "not found".
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_always_says_not_found_is_let_go() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let guest = world.guest(ALICE, 90);
    world.says(ALICE, guest, &Message::Headers(vec![block.header]));
    for _ in 0..4 {
        assert!(world.disconnected.is_empty());
        world.says(ALICE, guest, &Message::NotFound(vec![InventoryItem::Block(block.hash())]));
        world.pass(1_500);
    }
    world.assert_disconnected(guest, "did not deliver");
}

/// A small question does not get a huge answer.
#[wasm_bindgen_test(unsupported = test)]
fn a_getdata_is_answered_once_a_block_and_within_a_limit() {
    let mut world = World::new(1);
    world.mine(ALICE, 20);
    let guest = world.guest(ALICE, 90);
    let hashes = (1..=20).map(|height| world.nodes[ALICE].node.chain().hash_at(height).unwrap());
    let mut items: Vec<_> = hashes.map(InventoryItem::Block).collect();
    items.extend(items.clone());
    world.says(ALICE, guest, &Message::GetData(items));
    let blocks = world.to_test.iter().filter(|(_, message)| matches!(message, Message::Block(_))).count();
    let missing = world.to_test.iter().find_map(|(_, message)| match message {
        Message::NotFound(items) => Some(items.len()),
        _ => None,
    });
    assert_eq!((blocks, missing), (16, Some(4)));
}

#[wasm_bindgen_test(unsupported = test)]
fn nobody_is_told_or_sent_anything_twice() {
    let mut world = World::connected(3);
    let peer = world.guest(ALICE, 9);
    world.mine(BOB, 1);
    world.mine(CAROL, 1);
    let told = world.to_test.iter().filter(|(to, message)| *to == peer && matches!(message, Message::Headers(_)));
    assert_eq!(told.count(), 2);
    let is_body = |input: &Input| match input {
        Input::FrameReceived { frame, .. } => {
            matches!(Message::from_frame(frame), Ok(Message::Block(_) | Message::CompactBlock(_)))
        }
        _ => false,
    };
    assert_eq!(world.nodes[ALICE].recorded.iter().filter(|(_, input)| is_body(input)).count(), 2);
}

/// CASES 37: what nobody asked for and has no known parent is not kept, however much of it comes. Its sender is asked for the
/// headers that lead there; then bodies may come in any order, because only what was asked for waits for its parent.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_without_a_parent_is_traced_back_and_not_kept() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let time = START.seconds();
    let first = block_on(&genesis(), 1, time);
    let second = block_on(&first.header, 2, time + 1);
    let third = block_on(&second.header, 3, time + 2);
    for block in [&third, &second, &third] {
        // Once a second, whatever it sends.
        world.pass(1_000);
        world.to_test.clear();
        world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
        let asked = world.to_test.drain(..).next();
        assert!(matches!(asked, Some((_, Message::GetHeaders(locator))) if locator == [genesis().hash()]));
    }
    let chain = world.nodes[ALICE].node.chain();
    assert_eq!((chain.index().len(), chain.bodies().count()), (1, 1), "genesis");

    world.says(ALICE, peer, &Message::Headers(vec![first.header, second.header, third.header]));
    assert!(matches!(&world.to_test[..], [(_, Message::GetData(items))] if items.len() == 3));
    for block in [&third, &second, &first] {
        assert_eq!(world.height(ALICE), 0);
        world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
    }
    assert_eq!(world.tip(ALICE), third.hash());
}
