//! The timeline of a node: what it knew and believed at each moment around a reorg, what it forgets, and that nothing depends on it.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, World, config, node, node_with};
use tabchain_shared::node::timeline::{Belief, Happening, Past, TimelinePart, What};
use tabchain_shared::node::{Config, Time};
use tabchain_shared::primitives::BlockHash;
use wasm_bindgen_test::wasm_bindgen_test;

fn timeline(world: &World, index: usize) -> TimelinePart {
    world.nodes[index].node.timeline_part(0, usize::MAX)
}

fn tip(belief: &Belief) -> (BlockHash, u32) {
    belief.tip.map(|tip| (tip.hash, tip.height)).expect("its own node knows it")
}

fn kinds(part: &TimelinePart) -> Vec<(u32, &'static str)> {
    let name = |what: &What| match what {
        What::Headers { .. } => "headers",
        What::Arrived { .. } => "arrived",
        What::Found => "found",
        What::Tip { .. } => "tip",
    };
    part.happenings.iter().map(|it| (it.height, name(&it.what))).collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn a_moment_before_a_reorg_shows_the_tip_of_then() {
    let mut world = World::connected(2);
    world.pass(1_000);
    world.mine(ALICE, 1);
    world.cut_all(ALICE);
    world.pass(1_000);
    world.mine(ALICE, 2);
    let (lost, before) = (world.tip(ALICE), world.now);
    world.pass(1_000);
    world.mine(BOB, 3);
    world.pass(1_000);
    let reorg = world.now;
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));

    let past = Past::new(timeline(&world, ALICE));
    let then = past.at(before);
    assert_eq!(tip(&then), (lost, 3));
    assert_eq!(then.later.len(), 3, "bob's blocks");
    assert!(then.announced.is_empty(), "nor their headers");
    let after = past.at(world.now);
    assert_eq!(tip(&after), (world.tip(BOB), 4));
    assert!(after.later.is_empty());
    assert_eq!(past.next_after(before), Some(reorg));
    assert_eq!(past.last_before(reorg), Some(Time(before.0 - 1_000)), "her last block, a second before");
    let start = past.at(past.since);
    assert_eq!((tip(&start).1, start.later.len()), (0, 6));

    let (bob, id) = (timeline(&world, BOB), world.nodes[ALICE].node.id());
    let first = bob.happenings.iter().find(|it| it.height == 1 && matches!(it.what, What::Arrived { .. }));
    assert_eq!(first.map(|it| it.what), Some(What::Arrived { from: Some(id) }));
    let found = bob.happenings.iter().filter(|it| it.what == What::Found).count();
    assert_eq!(found, 3);
    let moved = timeline(&world, ALICE).happenings.last().map(|it| it.what);
    assert_eq!(moved, Some(What::Tip { disconnected: 2, connected: 3 }), "with the last of bob's blocks");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_block_whose_header_alone_is_known_is_announced() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    let block = world.nodes[ALICE].node.timeline_part(0, 1).happenings[0];
    let part = timeline(&world, BOB);
    let kinds = kinds(&part);
    assert_eq!(kinds, [(1, "headers"), (1, "arrived"), (1, "tip")]);
    let mut apart = part;
    apart.happenings[1].at = apart.happenings[0].at.plus_millis(50);
    apart.happenings[2].at = apart.happenings[1].at;
    let belief = Past::new(apart.clone()).at(apart.happenings[0].at);
    let Belief { announced, later, .. } = &belief;
    assert_eq!((announced.contains(&block.hash), later.contains(&block.hash), tip(&belief).1), (true, true, 0));
}

#[wasm_bindgen_test(unsupported = test)]
fn the_oldest_make_room_and_what_they_led_to_stays() {
    let small = Config { remembered_happenings: 5, ..config(ALICE) };
    let mut world = World::of(vec![node_with(ALICE, small, dialogue::START)]);
    world.mine(ALICE, 4);
    let part = timeline(&world, ALICE);
    assert_eq!(kinds(&part), [(2, "tip"), (3, "found"), (3, "tip"), (4, "found"), (4, "tip")]);
    assert_eq!((part.from, part.first.map(|tip| tip.height), part.next), (3, Some(1), None));
    assert_eq!(tip(&Past::new(part.clone()).at(Time(0))).1, 1);

    // Parts follow on each other, whatever has been forgotten between them.
    let first = world.nodes[ALICE].node.timeline_part(0, 2);
    assert_eq!((first.from, first.next), (3, Some(5)));
    let mut pieces = Past::new(first);
    pieces.extend(&world.nodes[ALICE].node.timeline_part(5, usize::MAX));
    assert_eq!(pieces, Past::new(part));
    assert!(world.nodes[ALICE].node.timeline_part(u32::MAX, 10).happenings.is_empty());
}

/// The figure in `config.rs`.
#[wasm_bindgen_test(unsupported = test)]
fn a_happening_takes_56_bytes() {
    assert_eq!(size_of::<Happening>(), 56);
}

#[wasm_bindgen_test(unsupported = test)]
fn nothing_depends_on_it() {
    let none = Config { remembered_happenings: 0, ..config(ALICE) };
    let (mut one, mut other) = (node(ALICE, dialogue::START), node_with(ALICE, none, dialogue::START));
    for node in [&mut one, &mut other] {
        while node.poll_output().is_some() {}
    }
    let mut worlds = [World::of(vec![one]), World::of(vec![other])];
    for world in &mut worlds {
        world.mine(ALICE, 3);
    }
    let [one, other] = worlds.each_ref().map(|world| &world.nodes[ALICE].node);
    assert_eq!(one.state_hash(), other.state_hash());
    assert!(other.timeline_part(0, 10).happenings.is_empty());
}
