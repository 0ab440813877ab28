//! Announcements cost little: payments are announced together, what a peer may ask for or tell has a rate, and every byte is
//! counted.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, genesis, key};
use tabchain_shared::node::Input;
use tabchain_shared::node::config::{ANNOUNCEMENT_BURST, SERVED_BURST, UNASKED_TRANSACTION_BURST};
use tabchain_shared::node::io::{Command, PeerId};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Address, Amount, BlockHash, Memo, Transfer, Txid};
use tabchain_shared::wire::{Frame, InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

fn payment(world: &World, nonce: u64) -> Transfer {
    let fee = Amount::from_units(1_000).unwrap();
    let payment = Payment { recipient: Address([7; 20]), amount: Amount::COIN, fee, nonce, memo: Memo::default() };
    Transfer::sign(world.nodes[ALICE].node.chain().network(), &key(ALICE), payment)
}

/// How many transactions each `inv` to a peer named.
fn invs(world: &World, peer: PeerId) -> Vec<usize> {
    let sent = world.to_test.iter().filter(|(to, _)| *to == peer);
    sent.filter_map(|(_, message)| if let Message::Inv(items) = message { Some(items.len()) } else { None }).collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn the_first_payment_is_announced_at_once_and_the_others_together() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let guest = world.guest(ALICE, 9);
    for nonce in 0..20 {
        let transfer = Box::new(payment(&world, nonce));
        world.command(ALICE, Command::Submit { transfer });
    }
    assert_eq!(invs(&world, guest), [1]);
    world.pass(199);
    assert_eq!(invs(&world, guest), [1]);
    world.pass(1);
    assert_eq!(invs(&world, guest), [1, 19]);
    // Quiet again: the timer stops, and the next one goes at once.
    world.pass(1_000);
    let transfer = Box::new(payment(&world, 20));
    world.command(ALICE, Command::Submit { transfer });
    assert_eq!(invs(&world, guest), [1, 19, 1]);
}

/// What was mined, or replaced, before its turn came is not announced.
#[wasm_bindgen_test(unsupported = test)]
fn what_no_longer_waits_is_not_announced() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let guest = world.guest(ALICE, 9);
    for nonce in 0..3 {
        let transfer = Box::new(payment(&world, nonce));
        world.command(ALICE, Command::Submit { transfer });
    }
    let job = world.command(ALICE, Command::StartMining { blocks: Some(1), limit: None });
    assert!(job.is_some());
    let job = world.nodes[ALICE].job.unwrap();
    let mut search = tabchain_shared::mining::nonce_search::NonceSearch::for_bits(job.algorithm, &job.header).unwrap();
    let nonce = search.run(0, 1_000).unwrap();
    world.input(ALICE, Input::NonceFound(job.solution(nonce)));
    world.settle();
    world.pass(1_000);
    assert_eq!(invs(&world, guest), [1]);
}

/// Announcements beyond the rate are not heard, cost no score, and are heard again later.
#[wasm_bindgen_test(unsupported = test)]
fn announcements_have_a_rate() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 9);
    let mut number = 0_u32;
    let mut announce = |world: &mut World, count: usize| {
        let items = (0..count).map(|_| {
            number += 1;
            let mut txid = [0; 32];
            txid[..4].copy_from_slice(&number.to_le_bytes());
            InventoryItem::Transaction(Txid(txid))
        });
        let items: Vec<_> = items.collect();
        world.to_test.clear();
        world.says(ALICE, guest, &Message::Inv(items.clone()));
        // Whatever was asked for is refused at once, so that requests do not pile up.
        world.says(ALICE, guest, &Message::NotFound(items));
        let asked = world.to_test.iter().filter_map(|(_, message)| match message {
            Message::GetData(items) => Some(items.len()),
            _ => None,
        });
        asked.sum::<usize>()
    };
    for _ in 0..ANNOUNCEMENT_BURST / 1_000 {
        assert_eq!(announce(&mut world, 1_000), 1_000);
    }
    assert_eq!(announce(&mut world, 1_000), 0);
    world.pass(100);
    assert_eq!(announce(&mut world, 1_000), 500);
    assert_eq!(world.disconnected, []);
}

/// Whoever sends payments that nobody asked for is not listened to for ever; and an asked one always is.
#[wasm_bindgen_test(unsupported = test)]
fn unasked_payments_have_a_rate() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let guest = world.guest(ALICE, 9);
    let useless = Message::Transaction(Box::new(payment(&world, 1_000)));
    for _ in 0..UNASKED_TRANSACTION_BURST {
        world.says(ALICE, guest, &useless);
    }
    let good = payment(&world, 0);
    world.says(ALICE, guest, &Message::Transaction(Box::new(good.clone())));
    assert_eq!(world.nodes[ALICE].node.mempool().len(), 0);
    world.says(ALICE, guest, &Message::Inv(vec![InventoryItem::Transaction(good.txid())]));
    world.says(ALICE, guest, &Message::Transaction(Box::new(good)));
    assert_eq!(world.nodes[ALICE].node.mempool().len(), 1);
    assert_eq!(world.disconnected, []);
}

/// What is served in a second is bounded: then questions go unanswered, until time has passed.
#[wasm_bindgen_test(unsupported = test)]
fn what_is_served_has_a_rate() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 9);
    let ping = |world: &mut World| {
        world.to_test.clear();
        world.says(ALICE, guest, &Message::Ping(1));
        world.to_test.contains(&(guest, Message::Pong(1)))
    };
    let requests = SERVED_BURST / 1_024 + 100;
    let unknown = Message::GetData(vec![InventoryItem::Block(BlockHash([1; 32]))]).to_frame();
    for _ in 0..requests {
        world.input(ALICE, Input::FrameReceived { peer: guest, frame: unknown.clone().into() });
        world.to_test.clear();
    }
    assert!(!ping(&mut world));
    world.pass(1_000);
    assert!(ping(&mut world));
    assert_eq!(world.disconnected, []);
}

/// The announcement, the question and the answer, to the byte; what a block says of its way here is what came.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_and_a_peer_show_their_bytes() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    let bob = &world.nodes[BOB].node;
    let hash = bob.chain().tip();
    let frames: Vec<&Frame> = world.nodes[BOB]
        .recorded
        .iter()
        .filter_map(|(_, input)| match input {
            Input::FrameReceived { frame, .. } => Some(frame),
            _ => None,
        })
        .collect();
    let compact = frames.iter().find(|frame| frame[0] == 11).unwrap().len() as u64;
    let (announcement, item) = (1 + 1 + 80, 33);
    assert_eq!(bob.block_view(&hash).unwrap().wire_bytes, Some(announcement + item + compact));
    assert_eq!(world.nodes[ALICE].node.block_view(&hash).unwrap().wire_bytes, None, "it is Alice's own");
    let received: u64 = frames.iter().map(|frame| frame.len() as u64).sum();
    let (bob, alice) = (bob.peer_views(), world.nodes[ALICE].node.peer_views());
    assert_eq!((bob[0].received_bytes, alice[0].sent_bytes), (received, received));
    assert_eq!(bob[0].sent_bytes, alice[0].received_bytes);
}

/// A newcomer's old blocks cost what they weigh, not the headers of the whole chain.
#[wasm_bindgen_test(unsupported = test)]
fn old_blocks_show_what_they_weigh() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 9);
    let block = block_on(&genesis(), 1, START.seconds());
    world.says(ALICE, guest, &Message::Block(Box::new(block.clone())));
    let frame = Message::Block(Box::new(block.clone())).to_frame();
    let view = world.nodes[ALICE].node.block_view(&block.hash()).unwrap();
    assert_eq!(view.wire_bytes, Some(frame.len() as u64));
}
