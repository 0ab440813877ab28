//! A node that is kept in the dark: it moves its tip for nobody's word, and notices.

#[path = "support/blocks.rs"]
mod blocks;
#[path = "support/dialogue.rs"]
mod dialogue;

use blocks::lively_guest;
use dialogue::{ALICE, BOB, START, World, block_on, genesis, version};
use tabchain_shared::lab::{LinkSettings, Settings};
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::snapshot::Alarm;
use tabchain_shared::primitives::{BlockHash, Transaction};
use tabchain_shared::wire::{Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

fn alarm(world: &World) -> Option<Alarm> {
    world.nodes[ALICE].node.snapshot().alarm
}

/// Lets time pass and answers pings, as a peer does that says nothing else.
fn pass_with(world: &mut World, peers: &[tabchain_shared::node::PeerId], seconds: u32) {
    for _ in 0..seconds {
        world.pass(1_000);
        let pings: Vec<_> = world.to_test.drain(..).collect();
        for (peer, message) in pings {
            if let Message::Ping(nonce) = message
                && peers.contains(&peer)
            {
                world.says(ALICE, peer, &Message::Pong(nonce));
            }
        }
    }
}

/// CASES 76: all peers show a short chain and know of no other; a second source does.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_that_only_a_second_source_knows_raises_an_alarm() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let tip = world.nodes[ALICE].node.chain().tip_entry().header;
    let hostile = [lively_guest(&mut world, 8), lively_guest(&mut world, 9)];
    let hidden = block_on(&tip, 2, START.seconds() + 60);
    let compare = |hash: BlockHash, height| Command::CompareTip { hash, height };
    assert_eq!(world.command(ALICE, compare(tip.hash(), 1)), Some(Answer::Done));
    pass_with(&mut world, &hostile, 40);
    assert_eq!(alarm(&world), None);

    world.to_test.clear();
    world.command(ALICE, compare(hidden.hash(), 2));
    for peer in hostile {
        assert!(world.to_test.iter().any(|(to, message)| *to == peer && matches!(message, Message::GetHeaders(_))));
        world.says(ALICE, peer, &Message::Headers(Vec::new()));
    }
    pass_with(&mut world, &hostile, 29);
    assert_eq!(alarm(&world), None);
    pass_with(&mut world, &hostile, 2);
    assert_eq!(alarm(&world), Some(Alarm::Unshown { hash: hidden.hash(), height: 2 }));
    assert!(world.nodes[ALICE].notices.iter().any(|notice| notice.contains(&hidden.hash().to_string())));
    assert_eq!(world.height(ALICE), 1);

    // One honest peer is enough.
    let honest = world.guest(ALICE, 10);
    world.says(ALICE, honest, &Message::Headers(vec![hidden.header]));
    assert_eq!(alarm(&world), None);
    world.says(ALICE, honest, &Message::Block(Box::new(hidden.clone())));
    assert_eq!(world.tip(ALICE), hidden.hash());
}

/// CASES 76: all peers announce a better chain, and not one of them delivers it.
#[wasm_bindgen_test(unsupported = test)]
fn a_chain_that_nobody_delivers_raises_an_alarm() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let tip = world.tip(ALICE);
    let first = block_on(&genesis(), 1, START.seconds() + 1);
    let second = block_on(&first.header, 2, START.seconds() + 2);
    for id in 0..8 {
        let peer = lively_guest(&mut world, 20 + id);
        world.says(ALICE, peer, &Message::Headers(vec![first.header, second.header]));
        pass_with(&mut world, &[peer], 10);
        assert_eq!(world.tip(ALICE), tip);
    }
    assert_eq!(alarm(&world), Some(Alarm::Withheld));
    let honest = world.guest(ALICE, 60);
    world.says(ALICE, honest, &Message::Headers(vec![first.header, second.header]));
    for block in [first, second] {
        world.says(ALICE, honest, &Message::Block(Box::new(block)));
    }
    assert_eq!((world.height(ALICE), alarm(&world)), (2, None));
}

/// CASES 77: a relay that drops every announcement cannot hide that it does: no block for twelve times the usual wait.
#[wasm_bindgen_test(unsupported = test)]
fn silence_for_longer_than_chance_allows_is_shown() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let spacing = world.nodes[ALICE].node.chain().params().spacing;
    let relay = lively_guest(&mut world, 9);
    pass_with(&mut world, &[relay], 12 * spacing - 2);
    assert_eq!(world.nodes[ALICE].node.snapshot().stale_tip, None);
    pass_with(&mut world, &[relay], 4);
    let stale = world.nodes[ALICE].node.snapshot().stale_tip.unwrap();
    assert_eq!(stale.expected_within, u64::from(12 * spacing));
    assert!(stale.quiet >= stale.expected_within);
    let tip = world.nodes[ALICE].node.chain().tip_entry().header;
    let next = block_on(&tip, 2, world.now.seconds());
    world.says(ALICE, relay, &Message::Headers(vec![next.header]));
    world.says(ALICE, relay, &Message::Block(Box::new(next)));
    assert_eq!(world.nodes[ALICE].node.snapshot().stale_tip, None);
}

/// CASES 77: a node without peers has nobody to blame; what counts is the time since it has had some.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_alone_has_no_stale_tip() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let spacing = world.nodes[ALICE].node.chain().params().spacing;
    world.pass(u64::from(spacing) * 100_000);
    let relay = lively_guest(&mut world, 9);
    pass_with(&mut world, &[relay], 6 * spacing);
    assert_eq!(world.nodes[ALICE].node.snapshot().stale_tip, None);
}

/// CASES 77: whatever is lost, doubled or out of order on the way, each node judges all by itself, and they agree.
#[wasm_bindgen_test(unsupported = test)]
fn a_relay_that_omits_and_reorders_changes_nothing_for_good() {
    let link = LinkSettings { loss: 0.2, duplication: 0.2, reordering: 0.3, ..LinkSettings::reliable() };
    let settings = Settings { link, honest: 4, payment_interval: Some(2_000), storm: 200_000, ..Settings::quiet() };
    let mut world = tabchain_shared::lab::World::new(77, settings);
    world.run().unwrap();
}

/// CASES 78: a relay's node has no more say than anyone's.
#[wasm_bindgen_test(unsupported = test)]
fn an_invalid_block_of_a_relay_is_refused_and_the_tip_kept() {
    let mut world = World::new(2);
    world.mine(ALICE, 2);
    world.connect(ALICE, BOB);
    let (tip, parent) = (world.tip(ALICE), world.nodes[ALICE].node.chain().tip_entry().header);
    let relay = world.stranger(ALICE, 9);
    let network = world.nodes[ALICE].node.chain().network();
    world.says(ALICE, relay, &Message::Version(Version { network, is_relay: true, ..version(9) }));
    world.says(ALICE, relay, &Message::Verack);
    // It says that it is at height 7.
    let invalid = block_on(&parent, 7, START.seconds() + 60);
    assert!(matches!(&invalid.transactions[0], Transaction::Coinbase(coinbase) if coinbase.height == 7));
    let above = block_on(&invalid.header, 4, START.seconds() + 61);
    world.says(ALICE, relay, &Message::Headers(vec![invalid.header, above.header]));
    world.says(ALICE, relay, &Message::Block(Box::new(invalid.clone())));
    world.assert_disconnected(relay, "coinbase-height");
    assert_eq!((world.tip(ALICE), world.tip(BOB)), (tip, tip));
    world.mine(ALICE, 1);
    assert_eq!((world.height(BOB), world.tip(BOB)), (3, world.tip(ALICE)));
}
