//! Nodes that remember only their last few blocks: what is older comes back from their stores, for peers and for reorgs that
//! go deeper than memory.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_with, config, key, node_with};
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::chain::store::{Key, Record};
use tabchain_shared::node::config::{MAX_BLOCKS_PER_GETDATA, MAX_READS_PER_PEER};
use tabchain_shared::node::io::Input;
use tabchain_shared::node::snapshot::SyncView;
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::node::{Answer, Config};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, BlockHash, Memo, Transfer, Txid};
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// Unconnected nodes that hold five blocks in memory.
fn forgetful(count: usize) -> World {
    let recent = RecentLimits { blocks: 5, ..RecentLimits::default() };
    World::of((0..count).map(|index| node_with(index, Config { recent, ..config(index) }, START)).collect())
}

/// Two blocks by alice that both have. Then they part: alice pays bob and mines 28 blocks, bob 40.
fn parted() -> (World, Txid) {
    let mut world = forgetful(2);
    world.connect(ALICE, BOB);
    world.mine(ALICE, 2);
    world.cut_all(ALICE);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "7") else { panic!("alice has mined") };
    world.mine(ALICE, 28);
    world.mine(BOB, 40);
    (world, txid)
}

#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_is_served_from_the_store() {
    let mut world = forgetful(2);
    world.mine(ALICE, 60);
    assert!(world.nodes[ALICE].node.chain().bodies().count() <= 10);
    world.connect(BOB, ALICE);
    assert_eq!((world.height(BOB), world.tip(BOB)), (60, world.tip(ALICE)));
    assert!(world.disconnected.is_empty());
}

/// CASES 44 and 89: after a partition deeper than memory the chain with more work wins on both sides. The payment that only
/// the losing side had confirmed was acknowledged, so it waits again, on both.
#[wasm_bindgen_test(unsupported = test)]
fn a_partition_deeper_than_memory_heals() {
    let (mut world, payment) = parted();
    assert!(world.nodes[ALICE].node.chain().find_transaction(&payment).is_some());
    world.connect(ALICE, BOB);
    assert_eq!((world.height(ALICE), world.tip(ALICE)), (42, world.tip(BOB)));
    assert_eq!(world.nodes[ALICE].node.chain().ledger(), world.nodes[BOB].node.chain().ledger());
    let snapshot = world.nodes[ALICE].node.snapshot();
    let reorg = snapshot.last_reorg.expect("alice has changed sides");
    assert_eq!((reorg.fork_height, reorg.disconnected, reorg.connected), (2, 28, 40));
    assert_eq!((snapshot.sync, snapshot.alarm), (SyncView::Current, None));
    for node in [ALICE, BOB] {
        assert!(world.nodes[node].node.chain().find_transaction(&payment).is_none());
        assert!(world.nodes[node].node.mempool().contains(&payment), "node {node}");
    }
    world.mine(BOB, 1);
    assert!(world.nodes[ALICE].node.chain().find_transaction(&payment).is_some());
}

/// A tab without storage cannot replay. It stays where it is, does not mine on a lost chain, and says what to do.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_that_cannot_read_back_raises_the_alarm() {
    let (mut world, _) = parted();
    world.nodes[ALICE].store.clear();
    let tip = world.tip(ALICE);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), tip);
    let snapshot = world.nodes[ALICE].node.snapshot();
    assert!(snapshot.alarm.is_some_and(|alarm| alarm.contains("reload the page")));
    assert_eq!(snapshot.sync, SyncView::CatchingUp { have: 30, of: 42 });
    // Started anew it knows nothing, and follows.
    let restarted = node_with(2, config(2), world.now);
    let mut fresh = World::of(vec![restarted]);
    std::mem::swap(&mut fresh.nodes[0], &mut world.nodes[ALICE]);
    world.cut_all(BOB);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
}

/// One peer cannot make the store read without end.
#[wasm_bindgen_test(unsupported = test)]
fn reads_for_one_peer_are_bounded() {
    let mut world = forgetful(1);
    world.mine(ALICE, 100);
    let peer = world.guest(ALICE, 9);
    let old: Vec<BlockHash> = (1..=90).map(|height| world.nodes[ALICE].node.chain().hash_at(height).unwrap()).collect();
    for hashes in old.chunks(MAX_BLOCKS_PER_GETDATA) {
        let items = hashes.iter().copied().map(InventoryItem::Block).collect();
        world.input(ALICE, Input::FrameReceived { peer, frame: Message::GetData(items).to_frame() });
    }
    // Nothing that was read has been delivered yet, so whatever came now was refused.
    let refused: usize = world
        .to_test
        .iter()
        .map(|(_, message)| if let Message::NotFound(items) = message { items.len() } else { 0 })
        .sum();
    assert_eq!(refused, 90 - MAX_READS_PER_PEER);
    world.settle();
    let served = world.to_test.iter().filter(|(_, message)| matches!(message, Message::Block(_))).count();
    assert_eq!(served, MAX_READS_PER_PEER);
}

/// Found by fuzzing: at a restart a stale block, whose key comes first, is the tip until the rest has been replayed. What it
/// holds comes back then, but not in the place of what waited.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_by_replay_keeps_what_waits() {
    let mut world = forgetful(2);
    world.mine(ALICE, 10);
    let chain = world.nodes[ALICE].node.chain();
    let [first, second] = [1, 2].map(|height| chain.index().get(&chain.hash_at(height).unwrap()).unwrap().header);
    let rival = Payment {
        recipient: world.nodes[BOB].node.address(),
        amount: Amount::COIN,
        fee: DEFAULT_FEE,
        nonce: 0,
        memo: Memo::default(),
    };
    let rival = Transfer::sign(chain.network(), &key(ALICE), rival);
    let mut stale = (1..).map(|delay| block_with(&first, 2, first.time + delay, std::slice::from_ref(&rival)));
    let stale = stale.find(|block| block.hash() < second.hash()).expect("hashes differ");
    let guest = world.guest(ALICE, 9);
    world.says(ALICE, guest, &Message::Block(Box::new(stale)));
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "7") else { panic!("alice has mined") };

    let mut again = forgetful(1);
    again.nodes[ALICE].store.clone_from(&world.nodes[ALICE].store);
    let records = world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap());
    again.input(ALICE, Input::RecordsLoaded(records.collect()));
    assert_eq!(again.height(ALICE), 2);
    again.input(ALICE, Input::AllRecordsLoaded);
    again.settle();
    assert_eq!(again.tip(ALICE), world.tip(ALICE));
    assert!(again.nodes[ALICE].node.mempool().contains(&txid));
    assert!(again.nodes[ALICE].store.contains_key(&Key::Mempool(txid).to_bytes()));
}
