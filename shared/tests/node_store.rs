//! What is announced, acknowledged and found again: the store comes first, and the same inputs give the same node.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, genesis, node};
use tabchain_shared::chain::store::Record;
use tabchain_shared::node::config::{MAX_BLOCKS_IN_FLIGHT, MAX_UNFINISHED_WRITES};
use tabchain_shared::node::io::{Answer, Input};
use tabchain_shared::primitives::{Block, Transaction};
use tabchain_shared::wire::Message;
use wasm_bindgen_test::wasm_bindgen_test;

/// An announced block can always be served, even by a node that crashes right after announcing.
#[wasm_bindgen_test(unsupported = test)]
fn nothing_is_announced_or_acknowledged_before_it_is_stored() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    assert_eq!(world.command(ALICE, payment), None);
    assert!(world.nodes[BOB].node.mempool().is_empty());
    world.mine(ALICE, 1);
    assert_eq!((world.height(ALICE), world.height(BOB)), (2, 1));

    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::Stored(id));
    }
    world.settle();
    assert_eq!(world.height(BOB), 2);
    assert!(world.nodes[ALICE].answers.values().any(|answer| matches!(answer, Answer::Accepted { .. })));
}

/// Found by fuzzing: the greeting offered all that waits, also what was still on its way to the disk.
#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_is_offered_only_what_is_stored() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.cut_all(ALICE);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    world.command(ALICE, payment);
    world.connect(BOB, ALICE);
    assert!(world.nodes[BOB].node.mempool().is_empty());

    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::Stored(id));
    }
    world.settle();
    assert_eq!(world.nodes[BOB].node.mempool().len(), 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_full_disk_is_told_and_the_network_goes_on() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    world.command(ALICE, payment);
    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::StoreFailed { id, reason: "no space left".into() });
    }
    world.settle();
    let refusal = |answer: &Answer| matches!(answer, Answer::Refused { reason } if reason.contains("no space left"));
    assert!(world.nodes[ALICE].answers.values().any(refusal));
    assert_eq!(world.nodes[ALICE].node.snapshot().memory_only.as_deref(), Some("no space left"));
    world.mine(ALICE, 1);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
}

/// CASES 82, in the small: what a restart finds is what was stored, whatever order equal heights are read in.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_ends_at_the_same_tip_with_the_same_mempool() {
    let mut world = World::new(2);
    world.mine(ALICE, 3);
    world.mine(BOB, 3);
    world.connect(ALICE, BOB);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "1") else { panic!("alice has coins on her own chain") };
    let height = |block: &Block| match &block.transactions[0] {
        Transaction::Coinbase(coinbase) => coinbase.height,
        Transaction::Transfer(_) => panic!("coinbase first"),
    };
    let in_key_order: Vec<Record> =
        world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap()).collect();
    let mut equals_swapped = in_key_order.clone();
    equals_swapped.reverse();
    equals_swapped.sort_by_key(|record| match record {
        Record::Block { block, .. } => height(block),
        Record::Mempool(_) | Record::Tip(_) => u32::MAX,
    });
    for records in [in_key_order, equals_swapped] {
        let mut restarted = node(ALICE, world.now);
        restarted.handle(world.now, Input::RecordsLoaded(records));
        restarted.handle(world.now, Input::AllRecordsLoaded);
        assert_eq!(restarted.chain().tip(), world.tip(ALICE));
        assert!(restarted.mempool().contains(&txid));
        assert_eq!(restarted.chain().ledger(), world.nodes[ALICE].node.chain().ledger());
    }
}

/// Found by fuzzing: a stale block that is read back first was the tip when a payment was weighed that cannot be paid on
/// it, and the payment was forgotten.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_weighs_payments_on_the_tip_that_they_waited_on() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    let guest = world.guest(ALICE, 9);
    let mut rivals = (10..).map(|delay| block_on(&genesis(), 1, genesis().time + delay));
    let stale = rivals.find(|block| block.hash() < world.tip(ALICE)).expect("hashes differ");
    // Its header first: a lone block with little work is not taken.
    world.says(ALICE, guest, &Message::Headers(vec![stale.header]));
    world.says(ALICE, guest, &Message::Block(Box::new(stale.clone())));
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "1") else { panic!("alice has coins on her own chain") };

    let records = world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap());
    let records: Vec<Record> = records.collect();
    assert!(matches!(&records[0], Record::Block { block, .. } if **block == stale), "{records:?}");
    let mut restarted = node(ALICE, world.now);
    restarted.handle(world.now, Input::RecordsLoaded(records));
    restarted.handle(world.now, Input::AllRecordsLoaded);
    assert_eq!(restarted.chain().tip(), world.tip(ALICE));
    assert!(restarted.mempool().contains(&txid));
}

/// Same inputs, same state: what `recording.rs` stands on.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_is_a_function_of_its_inputs() {
    let mut world = World::connected(2);
    world.mine(ALICE, 2);
    world.pay(ALICE, BOB, "1");
    world.mine(BOB, 1);
    let mut replayed = node(ALICE, START);
    for (now, input) in &world.nodes[ALICE].recorded {
        replayed.handle(*now, input.clone());
    }
    assert_eq!(replayed.snapshot(), world.nodes[ALICE].node.snapshot());
}

/// CASES 92: what waits for the disk is bounded, or a disk that turns out to be full would have refused blocks that memory has
/// let go.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_disk_slows_the_sync_and_a_full_one_does_not_end_it() {
    let mut world = World::new(2);
    let blocks = 3 * u32::try_from(MAX_UNFINISHED_WRITES).unwrap();
    world.mine(BOB, blocks);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    world.connect(ALICE, BOB);
    let held = |world: &World| world.nodes[ALICE].held_writes.as_ref().unwrap().len();
    let bound = MAX_UNFINISHED_WRITES + MAX_BLOCKS_IN_FLIGHT;
    assert!((MAX_UNFINISHED_WRITES..=bound).contains(&held(&world)), "{} writes wait", held(&world));

    let done = world.nodes[ALICE].held_writes.as_mut().unwrap().drain(..=MAX_BLOCKS_IN_FLIGHT).collect::<Vec<_>>();
    let before = world.height(ALICE);
    for id in done {
        world.input(ALICE, Input::Stored(id));
    }
    world.settle();
    assert!(world.height(ALICE) > before, "it goes on as the disk does");

    let id = world.nodes[ALICE].held_writes.as_mut().unwrap().remove(0);
    world.input(ALICE, Input::StoreFailed { id, reason: "the disk is full".into() });
    world.settle();
    assert_eq!(world.height(ALICE), blocks, "nothing waits for a full disk");
}
