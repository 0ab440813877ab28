//! Peers that owe blocks: who is given up on, when, and who is not; and how much is on order at once.

use std::collections::BTreeMap;

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, genesis};
use tabchain_shared::node::config::{MAX_BYTES_ON_ORDER, MAX_COMPACT_DEPTH, block_timeout};
use tabchain_shared::node::io::{Command, Input, PeerId};
use tabchain_shared::node::snapshot::SyncView;
use tabchain_shared::primitives::{Block, BlockHash, Header, Txid};
use tabchain_shared::wire::{InventoryItem, Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

/// A chain on genesis.
fn chain(length: u32) -> Vec<Block> {
    let mut parent = genesis();
    (1..=length)
        .map(|height| {
            let block = block_on(&parent, height, START.seconds() + height);
            parent = block.header;
            block
        })
        .collect()
}

fn headers(blocks: &[Block]) -> Message {
    Message::Headers(blocks.iter().map(|block| block.header).collect())
}

/// Blocks that were asked of a peer, in whatever form, in order.
fn asked(world: &World, peer: PeerId) -> Vec<BlockHash> {
    let sent = world.to_test.iter().filter(|(to, _)| *to == peer);
    let items = sent.filter_map(|(_, message)| if let Message::GetData(items) = message { Some(items) } else { None });
    let hashes = items.flatten().filter_map(|item| match item {
        InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => Some(*hash),
        InventoryItem::Transaction(_) => None,
    });
    hashes.collect()
}

fn hashes(blocks: &[Block]) -> Vec<BlockHash> {
    blocks.iter().map(Block::hash).collect()
}

/// CASES 69: a peer that holds up the window loses what it owes after two seconds, because another could deliver it.
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
    world.pass(1_200);
    assert_eq!(asked(&world, helpful), hashes(&blocks[..2]));
    for block in &blocks[..2] {
        world.says(ALICE, helpful, &Message::Block(Box::new(block.clone())));
    }
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
    assert_eq!(asked(&world, helpful), hashes(&blocks), "another source is asked as if nothing had come");
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
    let (mut queue, mut orders) = (std::collections::VecDeque::new(), 0);
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

/// A newcomer in a star has one source: what it cannot ask for at once it asks for later.
#[wasm_bindgen_test(unsupported = test)]
fn what_an_only_peer_announces_beyond_a_thousand_is_asked_for_later() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 8);
    let items: Vec<InventoryItem> = (0..1_500_u64)
        .map(|number| {
            let mut txid = [0; 32];
            txid[..8].copy_from_slice(&number.to_le_bytes());
            InventoryItem::Transaction(Txid(txid))
        })
        .collect();
    for chunk in items.chunks(1_000) {
        world.says(ALICE, guest, &Message::Inv(chunk.to_vec()));
    }
    // All that was asked for is dealt with, however that ends.
    world.says(ALICE, guest, &Message::NotFound(items[..1_000].to_vec()));
    world.pass(30_000);
    let orders = world.to_test.iter().filter_map(|(_, message)| match message {
        Message::GetData(items) => Some(items.len()),
        _ => None,
    });
    assert_eq!(orders.sum::<usize>(), 1_500);
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

/// Who was not asked has nothing to give up; who was, is followed by the next announcer.
#[wasm_bindgen_test(unsupported = test)]
fn only_who_was_asked_for_a_transaction_can_give_it_up() {
    let mut world = World::new(1);
    let (first, second) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    let items = vec![InventoryItem::Transaction(Txid([7; 32]))];
    world.says(ALICE, first, &Message::Inv(items.clone()));
    world.says(ALICE, second, &Message::Inv(items.clone()));
    let orders = |world: &World| -> Vec<PeerId> {
        let sent = world.to_test.iter().filter(|(_, message)| matches!(message, Message::GetData(_)));
        sent.map(|(to, _)| *to).collect()
    };
    world.says(ALICE, second, &Message::NotFound(items.clone()));
    assert_eq!(orders(&world), [first]);
    world.says(ALICE, first, &Message::NotFound(items));
    assert_eq!(orders(&world), [first, second]);
}
