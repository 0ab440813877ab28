//! What strangers could fill, or have repeated without end, has the limits that `node/config.rs` names; this is where each of these
//! is met. (Those of one idea are tested with it.)

#[path = "support/blocks.rs"]
mod blocks;
#[path = "support/dialogue.rs"]
mod dialogue;

use blocks::{asked, chain, headers};
use dialogue::{ALICE, BOB, START, World, block_on, config, genesis, node, node_with};
use tabchain_shared::node::Config;
use tabchain_shared::node::config::{
    MAX_ALL_WAITING_ANNOUNCEMENTS, MAX_ANNOUNCED_HEADERS, MAX_BLOCKS_IN_FLIGHT, MAX_HELD_HEADERS,
    MAX_TRANSACTION_REQUESTS, MAX_WAITING_ANNOUNCEMENTS, REORDER_BLOCKS_BELOW, TRANSACTION_TIMEOUT,
};
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::Txid;
use tabchain_shared::wire::message::MAX_INVENTORY;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn one_peer_too_many_is_sent_away() {
    let mut world = World::of(vec![node_with(ALICE, Config { max_peers: 2, ..config(ALICE) }, START)]);
    let peers = [8, 9, 10].map(|id| world.stranger(ALICE, id));
    world.assert_disconnected(peers[2], "2 peers are enough");
    assert_eq!(world.disconnected.len(), 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn headers_of_the_future_do_not_pile_up() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 8);
    let early = START.seconds() + 8_000;
    for second in 0..70 {
        world.says(ALICE, guest, &Message::Headers(vec![block_on(&genesis(), 1, early + second).header]));
    }
    assert_eq!(world.nodes[ALICE].node.snapshot().held_blocks, MAX_HELD_HEADERS);
    assert_eq!(world.disconnected, []);
}

/// After a reorg of thirteen blocks; who lacks more asks for it.
#[wasm_bindgen_test(unsupported = test)]
fn a_long_reorg_is_announced_by_its_newest_headers() {
    let mut world = World::new(2);
    world.mine(ALICE, 12);
    world.mine(BOB, 13);
    let guest = world.guest(ALICE, 9);
    world.connect(ALICE, BOB);
    let announced = world.to_test.iter().filter_map(|(to, message)| match message {
        Message::Headers(headers) if *to == guest => Some(headers.len()),
        _ => None,
    });
    assert_eq!(announced.collect::<Vec<_>>(), [MAX_ANNOUNCED_HEADERS]);
}

/// A request costs a frame's overhead, so several go together: when less than half is owed.
#[wasm_bindgen_test(unsupported = test)]
fn blocks_are_ordered_several_at_a_time() {
    let mut world = World::new(1);
    let blocks = chain(60);
    let guest = world.guest(ALICE, 8);
    world.says(ALICE, guest, &headers(&blocks));
    let mut owed = asked(&world, guest).len();
    let mut orders = Vec::new();
    for block in &blocks[..40] {
        world.to_test.clear();
        world.says(ALICE, guest, &Message::Block(Box::new(block.clone())));
        let more = asked(&world, guest).len();
        owed = owed - 1 + more;
        assert!(owed <= MAX_BLOCKS_IN_FLIGHT);
        if more > 0 {
            orders.push(more);
        }
    }
    let several = MAX_BLOCKS_IN_FLIGHT - REORDER_BLOCKS_BELOW + 1;
    assert!(orders.len() > 2 && orders.iter().all(|more| *more == several), "{orders:?}");
}

fn txid(number: usize) -> Txid {
    let mut txid = [0; 32];
    txid[..8].copy_from_slice(&(number as u64).to_le_bytes());
    Txid(txid)
}

fn announce(world: &mut World, peer: PeerId, numbers: std::ops::Range<usize>) {
    let items: Vec<InventoryItem> = numbers.map(|number| InventoryItem::Transaction(txid(number))).collect();
    for chunk in items.chunks(MAX_INVENTORY) {
        world.says(ALICE, peer, &Message::Inv(chunk.to_vec()));
    }
}

/// How many transactions are asked for until nothing more is, by nodes that have none of them.
fn asked_in_all(world: &mut World) -> usize {
    let mut count = 0;
    loop {
        let orders = std::mem::take(&mut world.to_test).into_iter();
        let orders = orders.filter_map(|(peer, message)| match message {
            Message::GetData(items) => Some((peer, items)),
            _ => None,
        });
        let orders: Vec<_> = orders.collect();
        if orders.is_empty() {
            return count;
        }
        for (peer, items) in orders {
            count += items.len();
            world.says(ALICE, peer, &Message::NotFound(items));
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_one_peer_announces_does_not_wait_without_end() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 8);
    announce(&mut world, guest, 0..MAX_WAITING_ANNOUNCEMENTS);
    world.pass(4_000);
    announce(&mut world, guest, 50_000..50_000 + 2 * MAX_TRANSACTION_REQUESTS);
    assert_eq!(asked_in_all(&mut world), MAX_WAITING_ANNOUNCEMENTS + MAX_TRANSACTION_REQUESTS);
}

/// Whoever announced the most loses what it named last; nobody else loses anything.
#[wasm_bindgen_test(unsupported = test)]
fn what_all_peers_announce_does_not_wait_without_end() {
    let mut world = World::new(1);
    let greedy = MAX_ALL_WAITING_ANNOUNCEMENTS / MAX_WAITING_ANNOUNCEMENTS + 1;
    let modest = world.guest(ALICE, 7);
    let guests: Vec<PeerId> =
        (0..greedy).map(|number| world.guest(ALICE, 20 + u8::try_from(number).unwrap())).collect();
    announce(&mut world, modest, 0..2 * MAX_TRANSACTION_REQUESTS);
    for (guest, number) in guests.iter().zip(1..) {
        announce(&mut world, *guest, number * 1_000_000..number * 1_000_000 + MAX_WAITING_ANNOUNCEMENTS);
    }
    let orders = (greedy + 1) * MAX_TRANSACTION_REQUESTS;
    assert_eq!(asked_in_all(&mut world), MAX_ALL_WAITING_ANNOUNCEMENTS + orders);
}

/// And when it is given up, whoever announces it anew is asked anew.
#[wasm_bindgen_test(unsupported = test)]
fn an_only_announcer_is_waited_for_so_long() {
    let mut world = World::of(vec![node(ALICE, START)]);
    let guest = world.guest(ALICE, 8);
    let orders = |world: &World| world.to_test.iter().filter(|(_, it)| matches!(it, Message::GetData(_))).count();
    announce(&mut world, guest, 7..8);
    world.pass(TRANSACTION_TIMEOUT - 1_000);
    announce(&mut world, guest, 7..8);
    assert_eq!(orders(&world), 1);
    world.pass(2_000);
    announce(&mut world, guest, 7..8);
    assert_eq!(orders(&world), 2);
}
