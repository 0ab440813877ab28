//! Which headers are worth keeping: those of a chain whose work could matter, so far ahead of its blocks, and so many in all.

#[path = "support/dialogue.rs"]
mod dialogue;
#[path = "support/headers.rs"]
mod headers;
#[path = "support/workshop.rs"]
mod workshop;

use dialogue::{ALICE, BOB, START, World, block_on, config, genesis, node, node_with};
use headers::{asked, established, headers_on, known_headers, show};
use tabchain_shared::chain::Chain;
use tabchain_shared::chain::store::Record;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::header_rules::HeaderContext;
use tabchain_shared::node::config::{LOW_WORK_DEPTH, MAX_BARE_CHAINS};
use tabchain_shared::node::io::PeerId;
use tabchain_shared::node::{Config, Input, Node};
use tabchain_shared::primitives::{CompactTarget, Header};
use tabchain_shared::wire::message::MAX_HEADERS;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// CASES 47.
#[wasm_bindgen_test(unsupported = test)]
fn a_flood_of_low_work_headers_leaves_no_trace() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    for (id, seconds) in [(90, 1), (91, 2), (92, 3)] {
        let peer = world.guest(ALICE, id);
        let flood = headers_on(&genesis(), MAX_HEADERS, seconds);
        show(&mut world, peer, &flood);
        assert_eq!(asked(&mut world, peer), [flood[MAX_HEADERS - 1].hash()]);
        world.says(ALICE, peer, &Message::Headers(Vec::new()));
    }
    assert_eq!(known_headers(&world, ALICE), before);
    assert_eq!(world.disconnected, []);
}

/// One who is behind is no enemy: its short chain is ignored as often as it announces it, by header or by block.
#[wasm_bindgen_test(unsupported = test)]
fn a_minority_is_ignored_in_peace() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let minority = headers_on(&genesis(), 100, 1);
    for length in 50..=100 {
        show(&mut world, peer, &minority[length - 1..length]);
        show(&mut world, peer, &minority[..length]);
    }
    let block = block_on(&genesis(), 1, START.seconds());
    world.says(ALICE, peer, &Message::Block(Box::new(block)));
    assert_eq!(known_headers(&world, ALICE), before);
    assert_eq!(world.disconnected, []);
}

/// A fork a little below the tip is kept, even with less work: it may win yet.
#[wasm_bindgen_test(unsupported = test)]
fn the_limit_is_the_work_of_some_blocks_ago() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let limit = world.height(ALICE) - LOW_WORK_DEPTH;
    let fork_at = |world: &World, height: u32| {
        let chain = world.nodes[ALICE].node.chain();
        let parent = chain.index().get(&chain.hash_at(height).unwrap()).unwrap().header;
        block_on(&parent, height + 1, parent.time + 5).header
    };
    let (low, enough) = (fork_at(&world, limit - 1), fork_at(&world, limit));
    show(&mut world, peer, &[low]);
    assert_eq!(known_headers(&world, ALICE), before);
    show(&mut world, peer, &[enough]);
    assert_eq!(known_headers(&world, ALICE), before + 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_claim_of_work_is_not_work() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let mut headers = headers_on(&genesis(), 100, 1);
    headers[99].bits = CompactTarget(0x1c00_ffff);
    show(&mut world, peer, &headers);
    world.assert_disconnected(peer, "high-hash");
    assert_eq!(known_headers(&world, ALICE), before);
}

#[wasm_bindgen_test(unsupported = test)]
fn headers_of_one_message_follow_each_other() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 90);
    let siblings = [headers_on(&genesis(), 1, 1)[0], headers_on(&genesis(), 1, 2)[0]];
    show(&mut world, peer, &siblings);
    world.assert_disconnected(peer, "no chain");
}

/// CASES 47, the other way round: a network that was split for long comes together on the chain with more work.
#[wasm_bindgen_test(unsupported = test)]
fn an_honest_fork_is_followed_however_deep() {
    let mut world = World::connected(2);
    world.mine(ALICE, 10);
    world.cut_all(BOB);
    world.mine(ALICE, 4_500);
    world.mine(BOB, 4_600);
    let lost = world.tip(ALICE);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
    assert_eq!(world.height(ALICE), 4_610);
    assert!(!world.nodes[ALICE].node.chain().is_active(&lost));
    assert_eq!(world.disconnected, []);
}

/// A newcomer's headers lead its blocks by a bounded distance, and it still arrives.
#[wasm_bindgen_test(unsupported = test)]
fn headers_wait_for_bodies_and_go_on() {
    let ahead = 2_500;
    let newcomer = node_with(BOB, Config { max_headers_ahead: ahead, ..config(BOB) }, START);
    let mut world = World::of(vec![node(ALICE, START), newcomer]);
    world.mine(ALICE, 7_000);
    let (to_bob, to_alice) = (world.new_peer(), world.new_peer());
    world.links.insert((ALICE, to_bob), (BOB, to_alice));
    world.links.insert((BOB, to_alice), (ALICE, to_bob));
    let ids = [ALICE, BOB].map(|index| world.nodes[index].node.id());
    world.input(BOB, Input::PeerConnected { peer: to_alice, node: ids[ALICE], we_initiated: false });
    world.input(ALICE, Input::PeerConnected { peer: to_bob, node: ids[BOB], we_initiated: true });
    let mut waited = false;
    for _ in 0..10 {
        while let Some((index, input)) = world.in_flight.pop_front() {
            world.input(index, input);
            let chain = world.nodes[BOB].node.chain();
            let lead = u32::try_from(chain.index().len()).unwrap() - 1 - chain.height();
            assert!(lead <= ahead, "{lead} headers ahead");
            waited |= lead == ahead;
        }
        world.pass(1_000);
    }
    assert!(waited);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
}

/// Found by fuzzing: a peer leaves when its headers have filled the room and none of its bodies have come. The next one can
/// only show what follows, for which there is no room, and was asked for nothing.
#[wasm_bindgen_test(unsupported = test)]
fn headers_without_room_show_who_has_the_bodies_below() {
    let config = Config { max_headers_ahead: 4, ..config(ALICE) };
    let mut world = World::of(vec![node_with(ALICE, config, START)]);
    let headers = headers_on(&genesis(), 6, 10);
    let gone = world.guest(ALICE, 8);
    show(&mut world, gone, &headers[..4]);
    world.input(ALICE, Input::PeerDisconnected { peer: gone });
    let honest = world.guest(ALICE, 9);
    show(&mut world, honest, &headers[4..]);
    assert_eq!(known_headers(&world, ALICE), 5);
    let mut wanted: Vec<_> = headers[..4].iter().map(|header| InventoryItem::Block(header.hash())).collect();
    wanted[0] = InventoryItem::CompactBlock(headers[0].hash());
    assert!(world.to_test.contains(&(honest, Message::GetData(wanted))), "{:?}", world.to_test);
}

/// A branch of many easy blocks reaches that distance with less work than our chain of few hard ones. No body will ever be
/// asked for to bring it on; it goes on when it has proved to be the better one.
#[wasm_bindgen_test(unsupported = test)]
fn an_easier_branch_goes_on_when_it_is_proved_to_be_better() {
    // Started sixteen times harder than the limit; ten seconds late halve the difficulty.
    let params = Params { half_life: Some(10), start_bits: CompactTarget(0x2007_ffff), ..Params::regtest() };
    let mut ours = Chain::new(params.clone());
    workshop::grow(&mut ours, &workshop::alice(), 20);
    let record = |height: u32| {
        let body = ours.body(&ours.hash_at(height).unwrap()).unwrap();
        Record::Block { arrival: height.into(), block: Box::new(body.to_block()) }
    };
    let alice = Config { max_headers_ahead: 100, ..config(ALICE) };
    let mut world = World::of(vec![Node::new(alice, params.clone(), workshop::alice(), START)]);
    world.input(ALICE, Input::RecordsLoaded((1..=20).map(record).collect()));

    let mut branch = vec![params.genesis().header];
    for height in 1..=400 {
        let context = HeaderContext::new(branch.iter().rev().copied()).unwrap();
        let parent = context.parent;
        let late = if height == 2 { 40 } else { 0 };
        let time = parent.time + params.spacing + late;
        let bits = context.required_bits(&params);
        branch.push(workshop::mine(&params, Header { prev_blockhash: parent.hash(), time, bits, ..parent }));
    }
    let peer = world.guest(ALICE, 90);
    show(&mut world, peer, &branch[1..=2]);
    show(&mut world, peer, &branch[3..]);
    assert_eq!(asked(&mut world, peer), [branch[120].hash()]);
    assert_eq!(world.nodes[ALICE].node.chain().index().len(), 1 + 20 + 120);
    show(&mut world, peer, &branch[121..200]);
    assert_eq!(world.nodes[ALICE].node.chain().index().len(), 1 + 20 + 120);
    show(&mut world, peer, &branch[121..]);
    let first_body = |(_, message): &(PeerId, Message)| match message {
        Message::GetData(items) => items.first().copied(),
        _ => None,
    };
    let wanted = world.to_test.iter().find_map(first_body);
    assert_eq!(wanted, Some(InventoryItem::Block(branch[1].hash())));
    assert_eq!(world.disconnected, []);
}

/// CASES 47, near the tip: a branch there has the work of all below it, and its own blocks may cost next to nothing.
#[wasm_bindgen_test(unsupported = test)]
fn easy_branches_do_not_fill_a_node_with_a_long_chain() {
    let ahead = 100;
    let mut world = World::of(vec![node_with(ALICE, Config { max_headers_ahead: ahead, ..config(ALICE) }, START)]);
    world.mine(ALICE, 300);
    let tip = world.nodes[ALICE].node.chain().tip_entry().header;
    let own = known_headers(&world, ALICE);
    let most = own + MAX_BARE_CHAINS * ahead as usize + own + 90;
    for seconds in 1..=40 {
        let peer = world.guest(ALICE, 100 + u8::try_from(seconds).unwrap());
        show(&mut world, peer, &headers_on(&tip, 90, seconds));
        assert!(known_headers(&world, ALICE) <= most + 90, "{}", known_headers(&world, ALICE));
    }
    assert!(world.nodes[ALICE].notices.iter().any(|notice| notice.contains("asked anew")));
    let helpful = world.guest(ALICE, 99);
    let next = block_on(&tip, 301, tip.time + 1);
    world.says(ALICE, helpful, &Message::Block(Box::new(next.clone())));
    assert_eq!((world.tip(ALICE), world.disconnected.len()), (next.hash(), 0));
}

/// CASES 47, for a newcomer, which has no work to compare with: easy branches, as many as strangers like, fill no memory and keep
/// it from nothing.
#[wasm_bindgen_test(unsupported = test)]
fn easy_branches_do_not_fill_a_newcomer() {
    let ahead = 100;
    let mut world = World::of(vec![node_with(ALICE, Config { max_headers_ahead: ahead, ..config(ALICE) }, START)]);
    let most = (MAX_BARE_CHAINS + 1) * ahead as usize;
    let honest = headers_on(&genesis(), 3, 1_000);
    let first = block_on(&genesis(), 1, START.seconds());
    let helpful = world.guest(ALICE, 80);
    world.says(ALICE, helpful, &Message::Block(Box::new(first.clone())));
    for seconds in 1..=40 {
        let peer = world.guest(ALICE, 100 + u8::try_from(seconds).unwrap());
        world.to_test.clear();
        show(&mut world, peer, &headers_on(&genesis(), 90, seconds));
        assert!(known_headers(&world, ALICE) <= most + 100, "{}", known_headers(&world, ALICE));
    }
    // Those who are there are asked anew, and what has a body stays.
    assert!(world.nodes[ALICE].notices.iter().any(|notice| notice.contains("asked anew")));
    assert_eq!(world.tip(ALICE), first.hash());
    show(&mut world, helpful, &honest);
    assert!(world.nodes[ALICE].node.chain().index().get(&honest[2].hash()).is_some());
    let next = block_on(&first.header, 2, START.seconds() + 1);
    world.says(ALICE, helpful, &Message::Block(Box::new(next.clone())));
    assert_eq!((world.tip(ALICE), world.disconnected.len()), (next.hash(), 0));
}
