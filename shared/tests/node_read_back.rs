//! Nodes that remember only their last few blocks: what is older comes back from their stores, for peers and for reorgs that
//! go deeper than memory.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, block_on, block_with, config, key, node_with};
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::chain::store::{Key, Record};
use tabchain_shared::node::config::{MAX_BLOCKS_PER_GETDATA, MAX_READS, MAX_READS_PER_PEER};
use tabchain_shared::node::snapshot::SyncView;
use tabchain_shared::node::wallet::DEFAULT_FEE;
use tabchain_shared::node::{Answer, Command, CommandId, Config, Input, Node, StoreId, Time};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, BlockHash, Encode, Memo, Transfer, Txid};
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// A node that holds five blocks in memory.
fn forgetful_node(index: usize, now: Time) -> Node {
    let recent = RecentLimits { blocks: 5, ..RecentLimits::default() };
    node_with(index, Config { recent, ..config(index) }, now)
}

/// Unconnected ones.
fn forgetful(count: usize) -> World {
    World::of((0..count).map(|index| forgetful_node(index, START)).collect())
}

/// Two blocks by alice that both have. Then they part: alice pays bob and mines 28 blocks, bob 40.
fn parted() -> (World, Txid) {
    parted_by(40)
}

fn parted_by(blocks: u32) -> (World, Txid) {
    let mut world = forgetful(2);
    world.connect(ALICE, BOB);
    world.mine(ALICE, 2);
    world.cut_all(ALICE);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "7") else { panic!("alice has mined") };
    world.mine(ALICE, 28);
    world.mine(BOB, blocks);
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

/// CASES 92: with a full disk the better chain is part from the store and part in memory alone.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_with_a_full_disk_follows_a_reorg_deeper_than_its_memory() {
    let (mut world, _) = parted();
    world.nodes[ALICE].disk_is_full = true;
    world.mine(ALICE, 1);
    world.connect(ALICE, BOB);
    assert_eq!((world.height(ALICE), world.tip(ALICE)), (42, world.tip(BOB)));
    let snapshot = world.nodes[ALICE].node.snapshot();
    assert_eq!((snapshot.memory_only.as_deref(), snapshot.alarm), (Some("the disk is full"), None));
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

/// What a deep reorg left behind comes back in parts; a second, ordinary reorg in between loses none of it.
#[wasm_bindgen_test(unsupported = test)]
fn a_reorg_on_the_heels_of_a_replay_loses_no_payment() {
    let mut world = forgetful(2);
    world.connect(ALICE, BOB);
    world.mine(ALICE, 2);
    world.cut_all(ALICE);
    world.mine(ALICE, 18);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "7") else { panic!("alice has mined") };
    world.mine(ALICE, 10);
    world.mine(BOB, 40);
    let guest = world.guest(ALICE, 9);
    let rival = {
        let chain = world.nodes[BOB].node.chain();
        let parent = chain.index().get(&chain.hash_at(41).unwrap()).unwrap().header;
        let rival = block_on(&parent, 42, parent.time + 20);
        let child = block_on(&rival.header, 43, parent.time + 30);
        [rival, child]
    };
    world.call(ALICE, BOB);
    while world.tip(ALICE) != world.tip(BOB) {
        let (node, input) = world.in_flight.pop_front().expect("the replay ends before all is said");
        world.input(node, input);
    }
    assert!(!world.nodes[ALICE].node.mempool().contains(&txid), "it is in the second part");
    let headers = rival.iter().map(|block| block.header).collect();
    world.input(ALICE, Input::FrameReceived { peer: guest, frame: Message::Headers(headers).to_frame().into() });
    for block in &rival {
        let frame = Message::Block(Box::new(block.clone())).to_frame();
        world.input(ALICE, Input::FrameReceived { peer: guest, frame: frame.into() });
    }
    assert_eq!(world.tip(ALICE), rival[1].hash());
    world.settle();
    assert!(world.nodes[ALICE].node.mempool().contains(&txid));
}

/// A crash between the end of a replay and the return of what was left behind loses none of it.
#[wasm_bindgen_test(unsupported = test)]
fn payments_left_behind_survive_a_crash() {
    let (mut world, payment) = parted();
    world.call(ALICE, BOB);
    let (old, new) = (world.tip(ALICE), world.tip(BOB));
    let replays = |node: &Node| node.chain().replay_progress().is_some_and(|(replayed, _)| replayed > 0);
    let has_moved = |node: &Node| node.chain().tip() == new;
    for is_moment in [&replays as &dyn Fn(&Node) -> bool, &has_moved] {
        while !is_moment(&world.nodes[ALICE].node) {
            let (node, input) = world.in_flight.pop_front().expect("all moments come");
            world.input(node, input);
        }
        assert!(!world.nodes[ALICE].node.mempool().contains(&payment));
        let mut crashed = World::of(vec![forgetful_node(ALICE, world.now)]);
        crashed.nodes[ALICE].store.clone_from(&world.nodes[ALICE].store);
        crashed.restore(ALICE);
        crashed.settle();
        assert_ne!(crashed.tip(ALICE), old);
        assert!(crashed.nodes[ALICE].node.mempool().contains(&payment), "on {}", crashed.tip(ALICE));
        // And it is not returned for ever: the next start finds nothing to do.
        assert_eq!(crashed.nodes[ALICE].store[&Key::Tip.to_bytes()], crashed.tip(ALICE).to_bytes());
    }
}

/// A stale block that comes first when a chain is restored leads into a dead end, not into a replay.
#[wasm_bindgen_test(unsupported = test)]
fn a_stale_block_does_not_strand_a_restart() {
    let mut world = forgetful(2);
    let guest = world.guest(ALICE, 9);
    world.mine(ALICE, 4);
    let parent = world.nodes[ALICE].node.chain().tip_entry().header;
    world.mine(ALICE, 1);
    let fifth = world.nodes[ALICE].node.chain().tip_entry().header;
    let siblings = (0..).map(|later| block_on(&parent, 5, fifth.time + later));
    let first = siblings.into_iter().find(|block| block.hash() < fifth.hash()).expect("hashes differ");
    world.says(ALICE, guest, &Message::Block(Box::new(first)));
    world.mine(ALICE, 30);
    let mut restarted = World::of(vec![forgetful_node(ALICE, world.now)]);
    restarted.nodes[ALICE].store.clone_from(&world.nodes[ALICE].store);
    restarted.restore(ALICE);
    assert_eq!(restarted.tip(ALICE), world.tip(ALICE));
}

/// While a node that starts has to replay its own chain, a payment cannot be judged, so it is not acknowledged.
#[wasm_bindgen_test(unsupported = test)]
fn payments_wait_for_the_chain_to_be_back() {
    let (mut world, _) = parted();
    world.call(ALICE, BOB);
    while world.nodes[ALICE].node.chain().replay_progress().is_none() {
        let (node, input) = world.in_flight.pop_front().expect("a replay begins");
        world.input(node, input);
    }
    let mut restarted = World::of(vec![forgetful_node(ALICE, world.now)]);
    restarted.nodes[ALICE].store.clone_from(&world.nodes[ALICE].store);
    restarted.restore(ALICE);
    let payment = restarted.payment(ALICE, "3");
    restarted.input(ALICE, Input::Command { id: CommandId(77), command: payment });
    let Some(Answer::Refused { reason }) = restarted.nodes[ALICE].answers.get(&CommandId(77)) else {
        panic!("a replay is under way");
    };
    assert!(reason.contains("try again"), "{reason}");
    restarted.settle();
    assert!(restarted.nodes[ALICE].node.chain().replay_progress().is_none());
}

/// A tab that has lost its storage cannot replay. It stays where it is, does not mine on a lost chain, takes no payments,
/// and says what to do.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_that_cannot_read_back_raises_the_alarm() {
    let (mut world, _) = parted();
    world.nodes[ALICE].store.clear();
    let tip = world.tip(ALICE);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), tip);
    let snapshot = world.nodes[ALICE].node.snapshot();
    assert!(snapshot.alarm.is_some_and(|alarm| alarm.to_string().contains("reload the page")));
    assert_eq!(snapshot.sync, SyncView::CatchingUp { have: 30, of: 42 });
    world.cut_all(ALICE);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    assert!(world.nodes[ALICE].job.is_none(), "alone, too, it knows that its chain is lost");
    assert!(matches!(world.pay(ALICE, BOB, "1"), Answer::Refused { .. }));
    // Started anew it knows nothing, and follows.
    world.nodes[ALICE] = World::of(vec![forgetful_node(ALICE, world.now)]).nodes.remove(ALICE);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
}

/// The alarm is over when the node's own chain has overtaken the one that it could not follow.
#[wasm_bindgen_test(unsupported = test)]
fn the_alarm_ends_when_there_is_nothing_better() {
    let (mut world, _) = parted_by(30);
    world.nodes[ALICE].store.clear();
    world.connect(ALICE, BOB);
    assert!(world.nodes[ALICE].node.snapshot().alarm.is_some());
    let guest = world.guest(ALICE, 9);
    let mut parent = world.nodes[ALICE].node.chain().tip_entry();
    while world.height(ALICE) <= 32 {
        let block = block_on(&parent.header, parent.height + 1, parent.header.time + 1);
        (parent.header, parent.height) = (block.header, parent.height + 1);
        assert!(parent.height < 35, "the chain overtakes");
        world.says(ALICE, guest, &Message::Block(Box::new(block)));
    }
    assert_eq!(world.nodes[ALICE].node.snapshot().alarm, None);
}

/// A disk may give back another block than the one that was asked for.
#[wasm_bindgen_test(unsupported = test)]
fn a_record_of_another_block_is_as_good_as_none() {
    let (mut world, _) = parted();
    let keys: Vec<_> = world.nodes[ALICE].store.keys().take(2).cloned().collect();
    let other = world.nodes[ALICE].store[&keys[0]].clone();
    world.nodes[ALICE].store.insert(keys[1].clone(), other);
    world.connect(ALICE, BOB);
    assert!(world.nodes[ALICE].node.snapshot().alarm.is_some());
}

/// When a store fails, memory is all there is, and lets nothing go any more.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_without_a_store_serves_its_chain() {
    let mut world = forgetful(2);
    world.input(ALICE, Input::StoreFailed { id: StoreId(u64::MAX), reason: "no space left".into() });
    world.mine(ALICE, 60);
    world.nodes[ALICE].store.clear();
    world.connect(BOB, ALICE);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    assert!(world.disconnected.is_empty());
}

/// Peers that come and go do not make the store read without end either.
#[wasm_bindgen_test(unsupported = test)]
fn reads_for_all_peers_are_bounded() {
    let mut world = forgetful(1);
    world.mine(ALICE, 100);
    let old: Vec<BlockHash> = (1..=64).map(|height| world.nodes[ALICE].node.chain().hash_at(height).unwrap()).collect();
    let mut reads = Vec::new();
    for _ in 0..20 {
        let peer = world.guest(ALICE, 9);
        for part in old.chunks(MAX_BLOCKS_PER_GETDATA) {
            let items = part.iter().copied().map(InventoryItem::Block).collect();
            world.input(ALICE, Input::FrameReceived { peer, frame: Message::GetData(items).to_frame().into() });
        }
        world.input(ALICE, Input::PeerDisconnected { peer });
        reads.extend(world.in_flight.drain(..));
    }
    let blocks = |(_, input): &(usize, Input)| match input {
        Input::Loaded { records, .. } => records.len(),
        _ => 0,
    };
    let reads: usize = reads.iter().map(blocks).sum();
    assert!((1..MAX_READS + MAX_BLOCKS_PER_GETDATA).contains(&reads), "{reads}");
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
        world.input(ALICE, Input::FrameReceived { peer, frame: Message::GetData(items).to_frame().into() });
    }
    // Nothing that was read has been delivered yet, so whatever came now was refused.
    let refused: usize = world
        .to_test
        .iter()
        .map(|(_, message)| if let Message::NotFound(items) = message { items.len() } else { 0 })
        .sum();
    assert_eq!(refused, 90 - MAX_READS_PER_PEER);
    world.settle();
    // The test's driver answers reads at once, and takes up the next.
    let served = world.to_test.iter().filter(|(_, message)| matches!(message, Message::Block(_))).count();
    assert_eq!(served, MAX_READS_PER_PEER);
}

/// Found by fuzzing: at a restart a stale block, whose key comes first, is the tip for a moment. What it holds does not come
/// back in the place of what waited.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_past_a_stale_block_keeps_what_waits() {
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
    again.input(ALICE, Input::AllRecordsLoaded);
    again.settle();
    assert_eq!(again.tip(ALICE), world.tip(ALICE));
    assert!(again.nodes[ALICE].node.mempool().contains(&txid));
    assert!(again.nodes[ALICE].store.contains_key(&Key::Mempool(txid).to_bytes()));
}
