//! Whole networks in simulated time: real nodes, links that fail, crashes, wrong clocks, strangers who break each rule. After
//! every event the checker holds the invariants; the same seed gives the same history everywhere.

use tabchain_shared::lab::world::World;
use tabchain_shared::lab::{
    Breakage, FaultSettings, LinkSettings, Misdeed, Outcome, Rule, Settings, Stats, Topology, Violation,
};
use tabchain_shared::node::Command;
use wasm_bindgen_test::wasm_bindgen_test;

/// Runs a world that must break no rule.
#[track_caller]
fn run(seed: u64, settings: Settings) -> World {
    let mut world = World::new(seed, settings);
    if let Err(violation) = world.run() {
        panic!("{violation}\nif the settings are Settings::stormy: cargo xtask simulate --seed {seed}");
    }
    world
}

/// Runs a world that must break one.
#[track_caller]
fn run_broken(breakage: Breakage) -> Violation {
    let mut world = World::new(1, Settings { breakage: Some(breakage), ..Settings::stormy() });
    world.run().expect_err("the checker bites")
}

fn stormy_seeds(seeds: std::ops::Range<u64>) -> Stats {
    let mut stats = Stats::default();
    for seed in seeds {
        stats.add(run(seed, Settings::stormy()).stats());
    }
    stats
}

/// Fifty seeds keep every invariant, and meet everything that they should.
#[cfg(not(target_arch = "wasm32"))]
#[track_caller]
fn check_batch(seeds: std::ops::Range<u64>) {
    let stats = stormy_seeds(seeds);
    for misdeed in Misdeed::ALL {
        assert!(stats.misdeeds.contains_key(&misdeed), "{misdeed:?} never happened");
    }
    assert!(stats.max_depth >= 3, "{stats:?}");
    for count in [stats.reorgs, stats.crashes, stats.partitions, stats.cuts, stats.payments, stats.blocks_read_back] {
        assert!(count > 50, "{stats:?}");
    }
    // A crash seldom comes in the second that a write takes.
    assert!(stats.lost_writes > 10, "{stats:?}");
}

// Four, so that they share the cores.

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn seeds_0_to_49_keep_every_invariant() {
    check_batch(0..50);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn seeds_50_to_99_keep_every_invariant() {
    check_batch(50..100);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn seeds_100_to_149_keep_every_invariant() {
    check_batch(100..150);
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn seeds_150_to_199_keep_every_invariant() {
    check_batch(150..200);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_few_seeds_keep_every_invariant_on_every_platform() {
    let stats = stormy_seeds(1_000..1_002);
    assert!(stats.events > 10_000 && stats.misdeeds.len() > 20, "{stats:?}");
}

/// Every frame, every event's time and every record goes into the hash. A change of what nodes say or store changes it;
/// then the new one is written here, once both platforms agree on it.
#[wasm_bindgen_test(unsupported = test)]
fn a_seed_has_one_history_on_wasm32_and_native() {
    let settings = || Settings { storm: 120_000, ..Settings::stormy() };
    let hash = |seed| hex::encode(run(seed, settings()).state_hash());
    assert_eq!(hash(7), "94c66599059aedf22a7eb02beeea1a523399df6ece6b9805a13e459a4c560f2a");
    assert_eq!(hash(7), hash(7));
    assert_ne!(hash(7), hash(8));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_quiet_network_follows_its_schedule() {
    let world = run(1, Settings { storm: 600_000, ..Settings::quiet() });
    let height = world.node(0).unwrap().chain().height();
    assert!((45..=75).contains(&height), "{height} blocks in ten minutes at one every ten seconds");
    assert_eq!((world.stats().crashes, world.stats().cuts, world.stats().partitions), (0, 0, 0));
}

#[wasm_bindgen_test(unsupported = test)]
fn blocks_travel_along_a_line_of_nodes() {
    let link = LinkSettings { delay: 500, bandwidth: 5_000, ..LinkSettings::reliable() };
    let settings = Settings { topology: Topology::Line, link, payment_interval: Some(2_000), ..Settings::quiet() };
    let world = run(1, settings);
    assert!(world.stats().payments > 20);
    let mined = world.nodes().filter(|node| node.chain().height() > 5).count();
    assert_eq!(mined, 5);
}

/// The sides grow apart while they cannot talk; healed, the side with less work reorganises.
#[wasm_bindgen_test(unsupported = test)]
fn a_partition_heals_to_one_tip() {
    let mut world = World::new(1, Settings { honest: 4, payment_interval: Some(3_000), ..Settings::quiet() });
    world.pass(60_000).unwrap();
    world.divide(vec![true, true, false, false]);
    world.pass(120_000).unwrap();
    let tip = |world: &World, node| world.node(node).unwrap().chain().tip();
    assert_eq!(tip(&world, 0), tip(&world, 1));
    assert_ne!(tip(&world, 1), tip(&world, 2));
    let depth = world.stats().max_depth;
    world.heal();
    world.calm().unwrap();
    assert_eq!(tip(&world, 0), tip(&world, 3));
    assert!(world.stats().max_depth > depth.max(1), "{} blocks gave way", world.stats().max_depth);
}

/// Whatever was being written, a node starts again with the state of its last durable write, and catches up.
#[wasm_bindgen_test(unsupported = test)]
fn nodes_that_crash_go_on_from_what_they_stored() {
    let faults = FaultSettings { crash_interval: Some(4_000), downtime: 2_000, ..FaultSettings::default() };
    let settings = Settings { faults, store_delay: 3_000, payment_interval: Some(1_000), ..Settings::quiet() };
    let world = run(1, Settings { storm: 300_000, ..settings });
    assert!(world.stats().crashes > 40 && world.stats().lost_writes > 10, "{:?}", world.stats());
}

/// Found by the first seed: a peer that shakes hands is told of the payments that wait, but not of those whose records
/// are still on their way to the disk.
#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_is_not_offered_payments_that_are_not_stored() {
    let faults = FaultSettings { cut_interval: Some(1_000), ..FaultSettings::default() };
    let settings = Settings { faults, store_delay: 3_000, payment_interval: Some(500), ..Settings::quiet() };
    assert!(run(1, settings).stats().payments > 50);
}

/// A clock that is further ahead than the others accept: its blocks are held, judged again, and some stay.
#[wasm_bindgen_test(unsupported = test)]
fn blocks_of_a_fast_clock_are_held_and_not_condemned() {
    let mut world = World::new(1, Settings::quiet());
    let limit = world.node(0).unwrap().chain().params().max_future_seconds;
    world.set_skew(4, i64::from(limit) * 1_000 + 5_000);
    world.pass(600_000).unwrap();
    world.calm().unwrap();
    let fast = world.node(4).unwrap().address();
    let chain = world.node(0).unwrap().chain();
    let active = (1..=chain.height()).filter_map(|height| chain.body(&chain.hash_at(height)?));
    assert!(active.filter(|body| body.coinbase().recipient == fast).count() > 0, "none of its blocks was accepted");
}

/// Of each kind several are done, and each has the outcome that it should, while the honest nodes go on. They do not mine
/// meanwhile: a better block would make a withheld one moot.
#[wasm_bindgen_test(unsupported = test)]
fn each_misdeed_has_its_outcome() {
    for misdeed in Misdeed::ALL {
        let misdeeds = vec![misdeed];
        let quiet = Settings { payment_interval: Some(2_000), ..Settings::quiet() };
        let mut world = World::new(1, Settings { honest: 2, byzantine: 1, misdeeds, ..quiet });
        world.pass(60_000).unwrap();
        for node in 0..2 {
            world.command(node, Command::StopMining).unwrap();
        }
        // Those who came while there was mining have gone when these have passed.
        world.pass(60_000).unwrap();
        let before = world.fates().len();
        world.pass(150_000).unwrap();
        let fates: Vec<_> = world.fates()[before..].iter().map(|(_, reason)| reason.as_deref()).collect();
        assert!(fates.len() >= 4, "{misdeed:?}: {fates:?}");
        let disconnected = fates.iter().filter(|reason| reason.is_some()).count();
        let expected = if misdeed.outcome() == Outcome::Disconnected { fates.len() } else { 0 };
        assert_eq!(disconnected, expected, "{misdeed:?}: {fates:?}");
        world.calm().unwrap();
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_driver_that_acknowledges_early_is_caught() {
    let rule = run_broken(Breakage::AcknowledgesEarly).rule;
    assert!(
        matches!(
            rule,
            Rule::BlockAnnouncedBeforeStored { .. }
                | Rule::TransactionAnnouncedBeforeStored { .. }
                | Rule::AnsweredBeforeStored { .. }
        ),
        "{rule}"
    );
}

#[wasm_bindgen_test(unsupported = test)]
fn a_store_that_loses_records_is_caught() {
    let violation = run_broken(Breakage::LosesRecords);
    assert!(matches!(violation.rule, Rule::RestartedElsewhere { .. }), "{violation}");
    assert_eq!(violation, run_broken(Breakage::LosesRecords), "and the seed replays it");
}
