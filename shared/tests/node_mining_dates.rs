//! Where blocks come faster than the clock goes, each dated later than the median before it, the chain's dates run ahead of the clock
//! until a block could only be dated as nobody accepts it. Miners wait then for the clock, and go on by themselves.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, START, World, config, key, nonce_of};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, Input, Timer};
use tabchain_shared::node::snapshot::MiningWait;
use tabchain_shared::node::{Node, Time};
use wasm_bindgen_test::wasm_bindgen_test;

const MAX_FUTURE_SECONDS: u32 = 5;

/// Two nodes of a network that lets nobody date far ahead; Alice is told to mine.
fn network() -> World {
    let params = || Params { max_future_seconds: MAX_FUTURE_SECONDS, ..Params::regtest() };
    let node = |index| Node::new(config(index), params(), key(index), START);
    let mut world = World::of(vec![node(ALICE), node(BOB)]);
    world.connect(ALICE, BOB);
    let order = Command::StartMining { blocks: None, limit: None };
    assert_eq!(world.command(ALICE, order), Some(Answer::Done));
    world
}

/// Alice's miners find block after block while no time passes, until they have no job any more.
fn mine_until_they_rest(world: &mut World) {
    while let Some(job) = world.nodes[ALICE].job {
        let height = world.height(ALICE);
        assert!(height < 1_000, "they never rest");
        world.input(ALICE, Input::NonceFound(job.solution(nonce_of(&job))));
        world.settle();
        assert_eq!(world.height(ALICE), height + 1, "what a job leads to is a block");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn miners_wait_for_the_clock_instead_of_hashing_in_vain() {
    let mut world = network();
    mine_until_they_rest(&mut world);
    let newest = world.nodes[ALICE].node.chain().tip_entry().header.time;
    assert_eq!(newest, START.seconds() + MAX_FUTURE_SECONDS, "they went on for as long as somebody takes their blocks");
    assert_eq!(world.tip(BOB), world.tip(ALICE));

    let view = world.nodes[ALICE].node.snapshot();
    assert_eq!(view.next_block_from, Some(START.plus_millis(1_000)));
    let words = view.mining.waiting_for.expect("it says why");
    assert_eq!(words, "the chain's dates are ahead of the clock; mining goes on in 1 s");
    assert!(view.mining.wanted);
    let told = world.nodes[ALICE].node.report(true);
    assert_eq!((told.mining, told.hashrate, told.waits), (true, 0.0, Some(MiningWait::Clock)), "and tells the relay");
    // Bob would wait as well, and is not asked to mine.
    let bob = world.nodes[BOB].node.snapshot();
    assert_eq!((bob.next_block_from, bob.mining.waiting_for), (view.next_block_from, None));

    world.pass(999);
    assert!(world.nodes[ALICE].job.is_none(), "a millisecond too early");
    world.pass(1);
    let view = world.nodes[ALICE].node.snapshot();
    assert_eq!((view.next_block_from, view.mining.waiting_for), (None, None));
    assert_eq!(world.nodes[ALICE].node.report(true).waits, None);
    let height = world.height(ALICE);
    mine_until_they_rest(&mut world);
    assert!(world.height(ALICE) > height, "they go on by themselves");
    assert!(world.nodes[ALICE].notices.is_empty(), "{:?}", world.nodes[ALICE].notices);
}

/// A clock that was an hour ahead is put right: the chain is as far ahead of it as that.
#[wasm_bindgen_test(unsupported = test)]
fn a_clock_that_is_set_back_takes_the_job_away() {
    let mut world = network();
    mine_until_they_rest(&mut world);
    world.pass(1_000);
    assert!(world.nodes[ALICE].job.is_some());
    world.nodes[ALICE].timers.clear();
    world.now = Time(world.now.0 - 3_600_000);
    world.input(ALICE, Input::TimerFired(Timer::Template));
    assert!(world.nodes[ALICE].job.is_none());
    let words = world.nodes[ALICE].node.snapshot().mining.waiting_for.expect("it says why");
    assert!(words.ends_with("goes on in 1 h"), "{words}");
    world.pass(3_600_000);
    assert!(world.nodes[ALICE].job.is_some());
}

/// A block on an old one is dated after those before it, and theirs are dates of the past.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_elsewhere_waits_for_its_own_dates_only() {
    let mut world = network();
    mine_until_they_rest(&mut world);
    let genesis = world.nodes[ALICE].node.chain().params().genesis().hash();
    assert_eq!(world.command(ALICE, Command::MineOn { parent: genesis }), Some(Answer::Done));
    assert_eq!(world.nodes[ALICE].node.snapshot().next_block_from, None);
    let job = world.nodes[ALICE].job.expect("genesis is old");
    world.input(ALICE, Input::NonceFound(job.solution(nonce_of(&job))));
    assert!(world.nodes[ALICE].notices.is_empty(), "{:?}", world.nodes[ALICE].notices);
}
