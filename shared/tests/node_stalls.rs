//! Peers that owe blocks: who is given up on, when, and who is not; and how much is on order at once.

#[path = "support/blocks.rs"]
mod blocks;
#[path = "support/dialogue.rs"]
mod dialogue;

use std::collections::VecDeque;

use blocks::{asked, chain, hashes, headers, lively_guest};
use dialogue::{ALICE, START, World, block_on};
use tabchain_shared::node::config::{MAX_BYTES_ON_ORDER, block_timeout};
use tabchain_shared::node::io::{Command, PeerId};
use tabchain_shared::primitives::{Block, BlockHash};
use tabchain_shared::wire::{InventoryItem, Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

/// CASES 69: a peer that holds up the window loses what it owes after two seconds, because another could deliver it: first what it
/// was asked for first, and the rest when the other has delivered that.
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_holds_up_the_window_is_replaced_after_two_seconds() {
    let mut world = World::new(1);
    let blocks = chain(4);
    let (silent, helpful) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, silent, &headers(&blocks[..2]));
    world.says(ALICE, helpful, &headers(&blocks));
    assert_eq!(asked(&world, silent), hashes(&blocks[..2]));
    assert_eq!(asked(&world, helpful), hashes(&blocks[2..]));
    for block in &blocks[2..] {
        world.says(ALICE, helpful, &Message::Block(Box::new(block.clone())));
    }
    world.to_test.clear();
    world.pass(1_900);
    assert_eq!(asked(&world, helpful), []);
    world.pass(200);
    assert_eq!(asked(&world, helpful), hashes(&blocks[..1]));
    world.says(ALICE, helpful, &Message::Block(Box::new(blocks[0].clone())));
    world.pass(1_000);
    assert_eq!(asked(&world, helpful), hashes(&blocks[..2]));
    world.says(ALICE, helpful, &Message::Block(Box::new(blocks[1].clone())));
    assert_eq!(world.tip(ALICE), blocks[3].hash());
    assert_eq!(world.disconnected, []);
}

/// CASES 69: who delivers is not stalled, however slow it is, and however many others could deliver faster.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_peer_that_delivers_steadily_keeps_its_blocks() {
    let mut world = World::new(1);
    let blocks = chain(6);
    let (slow, other) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, slow, &headers(&blocks));
    world.says(ALICE, other, &headers(&blocks));
    assert_eq!(asked(&world, slow), hashes(&blocks));
    for block in &blocks {
        world.pass(1_500);
        world.says(ALICE, slow, &Message::Block(Box::new(block.clone())));
    }
    assert_eq!(world.tip(ALICE), blocks[5].hash());
    assert_eq!(asked(&world, other), []);
}

/// CASES 69: an only source has longer, and is asked again before it is let go.
#[wasm_bindgen_test(unsupported = test)]
fn an_only_source_is_waited_for() {
    let mut world = World::new(1);
    let blocks = chain(1);
    let only = world.guest(ALICE, 8);
    world.says(ALICE, only, &headers(&blocks));
    world.pass(7_500);
    assert_eq!(asked(&world, only).len(), 1);
    world.pass(2_000);
    assert_eq!(asked(&world, only).len(), 2);
    world.pass(15_000);
    assert_eq!(world.disconnected, []);
    world.pass(15_000);
    world.assert_disconnected(only, "did not deliver");
}

/// CASES 68 and 69: each time another block is withheld the peer gets less to withhold, and the fourth time it is let go.
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_always_stalls_is_let_go() {
    let mut world = World::new(1);
    let blocks = chain(40);
    let (silent, helpful) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, silent, &headers(&blocks));
    world.says(ALICE, helpful, &headers(&blocks));
    for _ in 0..30 {
        let owed: Vec<BlockHash> = asked(&world, helpful);
        world.to_test.clear();
        for block in blocks.iter().filter(|block| owed.contains(&block.hash())) {
            world.says(ALICE, helpful, &Message::Block(Box::new(block.clone())));
        }
        world.pass(500);
    }
    assert_eq!(world.tip(ALICE), blocks[39].hash());
    world.pass(60_000);
    assert!(world.disconnected.iter().any(|(peer, _)| *peer == silent));
}

/// What is on order is bounded in bytes over all peers: blocks of half a megabyte are asked for a few at a time, small ones
/// in number.
#[wasm_bindgen_test(unsupported = test)]
fn large_blocks_are_ordered_a_few_at_a_time() {
    let mut world = World::new(1);
    let blocks = chain(120);
    let peers: Vec<PeerId> = (0..8).map(|id| world.guest(ALICE, 20 + id)).collect();
    for peer in &peers {
        world.says(ALICE, *peer, &headers(&blocks));
    }
    let on_order = |world: &World| peers.iter().map(|peer| asked(world, *peer).len()).sum::<usize>();
    let most = world.nodes[ALICE].node.chain().params().max_block_bytes as usize;
    // Nothing is known of blocks here yet, but how large they may be.
    assert_eq!(on_order(&world), MAX_BYTES_ON_ORDER / most);
    let mut most_at_once = 0;
    for _ in 0..40 {
        let owed: Vec<(PeerId, BlockHash)> =
            peers.iter().flat_map(|peer| asked(&world, *peer).into_iter().map(|hash| (*peer, hash))).collect();
        most_at_once = most_at_once.max(owed.len());
        world.to_test.clear();
        for (peer, hash) in owed {
            let block = blocks.iter().find(|block| block.hash() == hash).unwrap();
            world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
        }
    }
    assert_eq!(world.tip(ALICE), blocks[119].hash());
    assert!(most_at_once > 2 * (MAX_BYTES_ON_ORDER / most), "{most_at_once}");
}

/// CASES 69: what nobody asked for, and what is known, is no delivery.
#[wasm_bindgen_test(unsupported = test)]
fn a_known_block_does_not_excuse_who_withholds_another() {
    let mut world = World::new(1);
    let blocks = chain(3);
    let (withholder, helpful) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, withholder, &headers(&blocks));
    world.says(ALICE, helpful, &headers(&blocks));
    let known = world.nodes[ALICE].node.chain().params().genesis();
    for _ in 0..3 {
        world.pass(1_000);
        world.says(ALICE, withholder, &Message::Block(Box::new(known.clone())));
    }
    assert_eq!(asked(&world, helpful), hashes(&blocks[..1]), "another source is asked as if nothing had come");
}

/// Headers without bodies must not keep miners resting for ever: two of them, found once, would stop a whole network.
#[wasm_bindgen_test(unsupported = test)]
fn a_chain_that_is_withheld_does_not_stop_mining_for_ever() {
    let mut world = World::new(1);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    assert!(world.nodes[ALICE].job.is_some());
    let guest = world.stranger(ALICE, 8);
    world.says(ALICE, guest, &Message::Version(dialogue::version(8)));
    world.says(ALICE, guest, &Message::Verack);
    world.says(ALICE, guest, &headers(&chain(2)));
    let known = world.nodes[ALICE].node.chain().params().genesis();
    for _ in 0..600 {
        world.pass(1_000);
        world.says(ALICE, guest, &Message::Block(Box::new(known.clone())));
        for (_, message) in std::mem::take(&mut world.to_test) {
            if let Message::Ping(nonce) = message {
                world.says(ALICE, guest, &Message::Pong(nonce));
            }
        }
    }
    assert!(world.nodes[ALICE].job.is_some(), "ten minutes later the miners still rest, and nobody is to blame");
}

/// No body comes twice: rivals on one parent wait for it side by side.
#[wasm_bindgen_test(unsupported = test)]
fn two_blocks_that_wait_for_one_parent_are_asked_for_once_each() {
    let mut world = World::new(1);
    let parent = chain(1).remove(0);
    let rivals = [10, 11].map(|second| block_on(&parent.header, 2, START.seconds() + second));
    let peers = [world.guest(ALICE, 8), world.guest(ALICE, 9)];
    for (peer, rival) in peers.iter().zip(&rivals) {
        world.says(ALICE, *peer, &headers(&[parent.clone(), rival.clone()]));
    }
    for (peer, rival) in peers.iter().zip(&rivals) {
        world.says(ALICE, *peer, &Message::Block(Box::new(rival.clone())));
    }
    for rival in &rivals {
        let times = peers.iter().flat_map(|peer| asked(&world, *peer)).filter(|hash| *hash == rival.hash()).count();
        assert_eq!(times, 1);
    }
}

/// A body that its header does not mean is not kept until its parent comes: only its sender bounds its size and number.
#[wasm_bindgen_test(unsupported = test)]
fn a_body_that_is_not_its_headers_does_not_wait() {
    let mut world = World::new(1);
    let blocks = chain(3);
    let guest = world.guest(ALICE, 8);
    world.says(ALICE, guest, &headers(&blocks));
    let junk = Block { header: blocks[1].header, transactions: blocks[2].transactions.clone() };
    world.says(ALICE, guest, &Message::Block(Box::new(junk)));
    assert_eq!(world.disconnected.len(), 1, "its Merkle root needs no parent to be judged");
}

/// What a node orders at once comes one after the other where all peers are behind one connection to a relay: eight blocks of
/// a megabyte at eight megabits a second. Nobody stalls then, and nothing is asked for twice.
#[wasm_bindgen_test(unsupported = test)]
fn what_is_queued_behind_one_slow_connection_is_not_asked_for_again() {
    let mut world = World::new(1);
    let blocks = chain(8);
    let peers: Vec<PeerId> = (0..8).map(|id| world.guest(ALICE, 20 + id)).collect();
    for (peer, height) in peers.iter().zip(1..) {
        // So that each is asked for one.
        world.says(ALICE, *peer, &headers(&blocks[..height]));
    }
    for peer in &peers {
        world.says(ALICE, *peer, &headers(&blocks));
    }
    let (mut queue, mut orders) = (VecDeque::new(), 0);
    for _ in 0..60 {
        for (peer, message) in std::mem::take(&mut world.to_test) {
            let Message::GetData(items) = message else { continue };
            orders += items.len();
            queue.extend(items.into_iter().map(|item| (peer, item)));
        }
        world.pass(1_000);
        let Some((peer, InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash))) = queue.pop_front() else {
            break;
        };
        let block = blocks.iter().find(|block| block.hash() == hash).unwrap();
        world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
    }
    assert_eq!(world.tip(ALICE), blocks[7].hash());
    assert_eq!((orders, world.disconnected.len()), (8, 0), "orders, and honest peers cut off");
}

/// What somebody sends unasked changes nothing about what another owes.
#[wasm_bindgen_test(unsupported = test)]
fn junk_of_a_stranger_does_not_order_a_block_twice() {
    let mut world = World::new(1);
    let blocks = chain(2);
    let (honest, stranger) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    world.says(ALICE, honest, &headers(&blocks[..1]));
    let junk = Block { header: blocks[0].header, transactions: blocks[1].transactions.clone() };
    world.says(ALICE, stranger, &Message::Block(Box::new(junk)));
    world.assert_disconnected(stranger, "invalid block");
    assert_eq!(asked(&world, honest), hashes(&blocks[..1]));
}

/// Who withholds and is let go for it has only to connect again: the miners rest for half a minute each time.
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_returns_and_withholds_again_does_not_keep_miners_resting() {
    let mut world = World::new(1);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    let blocks = chain(2);
    let mut guest = world.guest(ALICE, 8);
    world.says(ALICE, guest, &headers(&blocks));
    let mut mined = 0;
    for _ in 0..600 {
        if world.disconnected.iter().any(|(gone, _)| *gone == guest) {
            guest = world.stranger(ALICE, 8);
            let version = Version { height: 2, tip: blocks[1].hash(), ..dialogue::version(8) };
            world.says(ALICE, guest, &Message::Version(version));
            world.says(ALICE, guest, &Message::Verack);
        }
        world.pass(1_000);
        mined += u32::from(world.nodes[ALICE].job.is_some());
    }
    assert!(mined > 300, "miners worked for {mined} of 600 seconds");
}

/// The only source of the largest blocks may be behind a megabit a second.
#[wasm_bindgen_test(unsupported = test)]
fn an_only_source_has_the_time_of_the_largest_block() {
    assert_eq!([1_000, 1_000_000, 3_999_999].map(block_timeout), [8_000, 8_000, 31_999]);
}

/// Guests behind one connection that carries a block in so many milliseconds, in the order in which they were asked for. Returns
/// how often each block was asked for.
fn carry(world: &mut World, blocks: &[Block], millis_each: u64) -> Vec<usize> {
    let (mut queue, mut orders, mut busy_until) = (VecDeque::new(), vec![0; blocks.len()], world.now);
    while world.tip(ALICE) != blocks[blocks.len() - 1].hash() || !queue.is_empty() {
        for (peer, message) in std::mem::take(&mut world.to_test) {
            let items = match message {
                Message::GetData(items) => items,
                Message::Ping(nonce) => {
                    world.says(ALICE, peer, &Message::Pong(nonce));
                    continue;
                }
                _ => continue,
            };
            for item in items {
                let (InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash)) = item else { continue };
                let place = blocks.iter().position(|block| block.hash() == hash).unwrap();
                orders[place] += 1;
                busy_until = busy_until.max(world.now).plus_millis(millis_each);
                queue.push_back((busy_until, peer, place));
            }
        }
        world.pass(100);
        while queue.front().is_some_and(|(at, _, _)| *at <= world.now) {
            let (_, peer, place) = queue.pop_front().unwrap();
            world.says(ALICE, peer, &Message::Block(Box::new(blocks[place].clone())));
        }
        assert!(world.now.millis_since(START) < 600_000, "{orders:?}");
    }
    orders
}

/// Megabytes at three megabits a second take longer than a stalling peer is waited for. It costs one body twice, until the node has
/// seen how slow the line is; nobody loses its link, and it does not begin again.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_but_honest_line_gets_each_body_once() {
    for millis_each in [2_700, 3_900, 7_000] {
        let mut world = World::new(1);
        let blocks = chain(40);
        let peers: Vec<PeerId> = (0..3).map(|id| lively_guest(&mut world, 20 + id)).collect();
        for peer in &peers {
            world.says(ALICE, *peer, &headers(&blocks[..20]));
        }
        let orders = carry(&mut world, &blocks[..20], millis_each);
        let twice = orders.iter().filter(|count| **count > 1).count();
        assert!(twice <= 2 && orders.iter().all(|count| *count <= 3), "{millis_each} ms: {orders:?}");
        for tip in 20..40 {
            for peer in &peers {
                world.says(ALICE, *peer, &headers(&blocks[tip..=tip]));
            }
            let orders = carry(&mut world, &blocks[..=tip], millis_each);
            assert_eq!(orders[tip], 1, "{millis_each} ms, block {tip}");
        }
        assert_eq!(world.disconnected, []);
    }
}

/// CASES 69: whoever withholds again and again teaches the node no patience, as long as others deliver at once.
#[wasm_bindgen_test(unsupported = test)]
fn a_withholding_peer_is_replaced_after_two_seconds_each_time() {
    let mut world = World::new(1);
    let blocks = chain(12);
    let helpful = world.guest(ALICE, 9);
    for (id, block) in (20..).zip(&blocks) {
        let withholder = world.guest(ALICE, id);
        for peer in [withholder, helpful] {
            world.says(ALICE, peer, &headers(std::slice::from_ref(block)));
        }
        assert_eq!(asked(&world, withholder), [block.hash()]);
        world.to_test.clear();
        world.pass(3_000);
        assert_eq!(asked(&world, helpful), [block.hash()]);
        world.says(ALICE, helpful, &Message::Block(Box::new(block.clone())));
        assert_eq!(world.tip(ALICE), block.hash());
    }
}

/// CASES 69: nor does one that sends each block when it has come from elsewhere, in order to keep its link and to be waited for longer
/// the next time.
#[wasm_bindgen_test(unsupported = test)]
fn who_delivers_what_has_come_from_elsewhere_is_waited_for_no_longer() {
    let mut world = World::new(1);
    let blocks = chain(12);
    let (withholder, helpful) = (lively_guest(&mut world, 8), lively_guest(&mut world, 9));
    for block in &blocks {
        for peer in [withholder, helpful] {
            world.says(ALICE, peer, &headers(std::slice::from_ref(block)));
        }
        assert_eq!(asked(&world, withholder), [block.hash()]);
        world.pass(3_000);
        assert_eq!(asked(&world, helpful), [block.hash()]);
        for peer in [helpful, withholder] {
            world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
        }
        world.to_test.clear();
    }
    assert_eq!(world.tip(ALICE), blocks[11].hash());
    assert_eq!(world.disconnected, []);
}

/// A body that comes late is taken, and nobody else's fault; whoever was asked instead may send it, too.
#[wasm_bindgen_test(unsupported = test)]
fn a_late_body_is_a_delivery() {
    let mut world = World::new(1);
    let blocks = chain(2);
    let (slow, other) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    for peer in [slow, other] {
        world.says(ALICE, peer, &headers(&blocks));
    }
    world.pass(2_000);
    assert_eq!(asked(&world, other), hashes(&blocks[..1]));
    world.pass(700);
    // Its parent first: the second body was in line behind it, and is not asked of anyone else.
    for block in &blocks {
        world.says(ALICE, slow, &Message::Block(Box::new(block.clone())));
        world.pass(1_900);
    }
    assert_eq!(world.tip(ALICE), blocks[1].hash());
    world.says(ALICE, other, &Message::Block(Box::new(blocks[0].clone())));
    assert_eq!(asked(&world, other), hashes(&blocks[..1]));
    assert_eq!(world.disconnected, []);
}
