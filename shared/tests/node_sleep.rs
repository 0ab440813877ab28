//! What a node does that was not run for a while: a closed laptop, a frozen tab, a clock that jumps.

#[path = "support/blocks.rs"]
mod blocks;
#[path = "support/dialogue.rs"]
mod dialogue;

use blocks::{asked, chain, hashes, headers};
use dialogue::{ALICE, BOB, CAROL, World};
use tabchain_shared::node::config::MAX_WAKING;
use tabchain_shared::node::io::{Answer, Command, Input, PeerId, Time, Timer};
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

const HOUR: u64 = 3_600_000;

fn start_mining(world: &mut World, node: usize) {
    let answer = world.command(node, Command::StartMining { blocks: None, limit: None });
    assert_eq!(answer, Some(Answer::Done));
}

/// Time passes for everybody but Alice, whose timers come afterwards.
fn alice_sleeps(world: &mut World, millis: u64) {
    let timers = std::mem::take(&mut world.nodes[ALICE].timers);
    world.pass(millis);
    world.nodes[ALICE].timers = timers;
}

fn wake(world: &mut World) {
    world.input(ALICE, Input::TimerFired(Timer::Ping));
}

/// CASES 95: after an hour the connection is dead, and others have mined. The first job is on their tip.
#[wasm_bindgen_test(unsupported = test)]
fn who_slept_catches_up_before_it_mines() {
    let mut world = World::connected(3);
    start_mining(&mut world, ALICE);
    let old_job = world.nodes[ALICE].job.expect("alice mines");
    world.cut_all(ALICE);
    let timers = std::mem::take(&mut world.nodes[ALICE].timers);
    world.pass(HOUR);
    world.mine(BOB, 5);
    world.nodes[ALICE].timers = timers;

    // The first thing that she sees is a block of her own miners, found on the old tip.
    let nonce = dialogue::nonce_of(&old_job);
    world.input(ALICE, Input::NonceFound(old_job.solution(nonce)));
    assert_eq!(world.height(ALICE), 0, "what was found for the old tip is not even a block");
    assert!(world.nodes[ALICE].job.is_none(), "her miners rest");
    let view = world.nodes[ALICE].node.snapshot();
    assert!(view.waking.is_some_and(|slept| slept >= HOUR), "{:?}", view.waking);
    assert!(view.mining.waiting_for.is_some_and(|words| words.contains("slept for 1 h")));

    world.call(ALICE, BOB);
    // Message by message, until she has a job: it is on Bob's tip, and she has announced nothing before.
    while world.nodes[ALICE].job.is_none() {
        let (to, input) = world.in_flight.pop_front().expect("she mines before all is said");
        if let (BOB, Input::FrameReceived { frame, .. }) = (to, &input) {
            let message = Message::from_frame(frame).unwrap();
            let has_news = match &message {
                Message::Headers(headers) => !headers.is_empty(),
                Message::Inv(items) => !items.is_empty(),
                _ => false,
            };
            assert!(!has_news, "she announces {message:?}");
        }
        world.input(to, input);
    }
    assert_eq!(world.nodes[ALICE].job.unwrap().header.prev_blockhash, world.tip(BOB));
    assert_eq!(world.nodes[ALICE].node.snapshot().waking, None);
}

/// Two tabs on one laptop sleep and wake together, with a channel between them that outlived the sleep.
#[wasm_bindgen_test(unsupported = test)]
fn who_slept_beside_it_is_no_witness() {
    let mut world = World::connected(2);
    start_mining(&mut world, ALICE);
    world.now = world.now.plus_millis(HOUR);
    wake(&mut world);
    world.settle();
    assert!(world.nodes[ALICE].job.is_none(), "bob's answer is as old as what she knows herself");
    world.cut_all(ALICE);
    world.connect(ALICE, BOB);
    assert!(world.nodes[ALICE].job.is_some(), "a new handshake counts");
}

#[wasm_bindgen_test(unsupported = test)]
fn who_is_alone_mines_again_after_a_while() {
    let mut world = World::new(1);
    start_mining(&mut world, ALICE);
    alice_sleeps(&mut world, HOUR);
    wake(&mut world);
    let timer = world.nodes[ALICE].timers[&Timer::Ping];
    assert!(timer > world.now);
    world.pass(MAX_WAKING - 1);
    assert!(world.nodes[ALICE].job.is_none());
    // With the next of its timers.
    world.pass(20_000);
    assert!(world.nodes[ALICE].job.is_some());
}

/// A clock that jumps forward is a moment's rest; set back again meanwhile, it must not make it hours.
#[wasm_bindgen_test(unsupported = test)]
fn a_clock_that_is_set_back_does_not_prolong_the_rest() {
    let mut world = World::new(1);
    start_mining(&mut world, ALICE);
    let before = world.now;
    world.now = before.plus_millis(3 * HOUR);
    wake(&mut world);
    assert!(world.nodes[ALICE].job.is_none());
    world.now = before;
    wake(&mut world);
    world.pass(MAX_WAKING + 20_000);
    assert!(world.nodes[ALICE].job.is_some());
}

/// CASES 96: a clock that was hours ahead is put right. What a silent peer owes is asked of another all the same, and what a peer
/// names is asked about.
#[wasm_bindgen_test(unsupported = test)]
fn a_clock_that_is_put_right_has_nobody_wait_for_hours() {
    let mut world = World::new(1);
    let blocks = chain(1);
    let (silent, helpful) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    let names = |byte| Message::Inv(vec![InventoryItem::Block(BlockHash([byte; 32]))]);
    for peer in [silent, helpful] {
        world.says(ALICE, peer, &headers(&blocks));
    }
    world.says(ALICE, helpful, &names(1));
    world.to_test.clear();
    world.now = Time(world.now.0 - 3 * HOUR);
    for at in world.nodes[ALICE].timers.values_mut() {
        // A driver's timers count by themselves.
        at.0 -= 3 * HOUR;
    }
    world.says(ALICE, helpful, &names(2));
    world.pass(4_000);
    assert_eq!(asked(&world, helpful), hashes(&blocks));
    let question = |(to, message): &(PeerId, Message)| *to == helpful && matches!(message, Message::GetHeaders(_));
    assert!(world.to_test.iter().any(question));
}

/// CASES 94: a hidden tab's timers may come once a minute, but its peers' pings keep it awake.
#[wasm_bindgen_test(unsupported = test)]
fn slow_timers_are_no_sleep_while_peers_speak() {
    let mut world = World::connected(3);
    start_mining(&mut world, ALICE);
    for _ in 0..10 {
        // Her own timers come when a minute is over, the others' in time.
        let timers = std::mem::take(&mut world.nodes[ALICE].timers);
        world.pass(60_000);
        world.nodes[ALICE].timers.extend(timers);
        world.settle();
        let view = world.nodes[ALICE].node.snapshot();
        assert_eq!((view.waking, view.peers.len()), (None, 2));
        assert!(world.nodes[ALICE].job.is_some());
    }
}

/// Pings and blocks that were asked for before the sleep are not overdue at once: a channel may have outlived it.
#[wasm_bindgen_test(unsupported = test)]
fn peers_from_before_the_sleep_get_time_to_answer() {
    let mut world = World::connected(2);
    world.nodes[BOB].timers.clear();
    alice_sleeps(&mut world, HOUR);
    for timer in [Timer::Overdue, Timer::Ping] {
        world.input(ALICE, Input::TimerFired(timer));
    }
    world.settle();
    assert_eq!(world.disconnected, Vec::<(PeerId, String)>::new());
    assert_eq!(world.nodes[ALICE].node.snapshot().peers.len(), 1);
}

/// While blocks are missing that the new peer has shown, its answer alone does not end the rest.
#[wasm_bindgen_test(unsupported = test)]
fn headers_alone_do_not_end_the_rest() {
    let mut world = World::new(3);
    world.mine(BOB, 3);
    start_mining(&mut world, ALICE);
    alice_sleeps(&mut world, HOUR);
    wake(&mut world);
    world.call(ALICE, BOB);
    // Bob's blocks get lost on the way; his headers and his pong do not.
    while let Some((to, input)) = world.in_flight.pop_front() {
        let is_block = matches!(&input, Input::FrameReceived { frame, .. }
            if matches!(Message::from_frame(frame), Ok(Message::Block(_))));
        if !is_block {
            world.input(to, input);
        }
    }
    assert!(world.nodes[ALICE].job.is_none());
    assert!(world.nodes[ALICE].node.snapshot().waking.is_some());
    // Asked again, he delivers.
    world.pass(10_000);
    assert_eq!(world.nodes[ALICE].job.map(|job| job.header.prev_blockhash), Some(world.tip(BOB)));
    assert_eq!(world.height(CAROL), 0, "carol is not part of this");
}
