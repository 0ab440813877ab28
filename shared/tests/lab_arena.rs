//! The network that experiments run in: it does what its settings say, and one seed gives one history on every platform.

use std::sync::Arc;

use tabchain_shared::lab::arena::{Arena, Link, Miner, Setting, Topology};
use tabchain_shared::lab::link::LinkSettings;
use tabchain_shared::lab::strategy::Strategy;
use tabchain_shared::lab::{Random, simblock};
use tabchain_shared::node::Command;
use tabchain_shared::primitives::{Amount, Memo};
use wasm_bindgen_test::wasm_bindgen_test;

fn link(delay: u64) -> LinkSettings {
    LinkSettings { delay, jitter: 0, ..LinkSettings::reliable() }
}

/// Honest miners of equal rates.
fn setting(nodes: usize, topology: Topology, delay: u64) -> Setting {
    let share = 1.0 / u32::try_from(nodes).map(f64::from).unwrap();
    let pairs = topology.pairs(nodes, &mut Random::new(1));
    Setting {
        interval: 600.0,
        half_life: None,
        miners: vec![Miner { share, strategy: Strategy::Honest }; nodes],
        links: pairs.into_iter().map(|nodes| Link { nodes, directions: [link(delay), link(delay)] }).collect(),
        gamma: None,
        block_bytes: None,
        compact_bytes: None,
        regions: None,
    }
}

fn run(setting: Setting, seed: u64, blocks: usize) -> Arena {
    let mut arena = Arena::new(setting, seed);
    assert!(arena.run_until_found(blocks, u64::MAX / 2));
    arena.settle(600_000);
    assert_eq!(arena.record().hung_up(), [""; 0], "nobody has a reason to hang up");
    arena
}

#[wasm_bindgen_test(unsupported = test)]
fn everybody_has_every_block() {
    let arena = run(setting(20, Topology::Random { links: 3 }, 50), 1, 100);
    let tip = arena.node(0).chain().tip();
    assert!((0..20).all(|node| arena.node(node).chain().tip() == tip));
    let body = |node: usize| arena.node(node).chain().body(&tip).unwrap();
    assert!((1..20).all(|node| Arc::ptr_eq(body(0), body(node))), "each has judged its own, and memory holds it once");
    let chain = arena.node(0).chain();
    assert_eq!(chain.height() as usize + arena.record().stale(chain), 100);
    assert!(arena.record().stale(chain) <= 2, "three messages of 50 ms a hop against ten minutes");
}

/// A header, a question and a block to every hop.
#[wasm_bindgen_test(unsupported = test)]
fn a_hop_is_three_messages() {
    let mut setting = setting(5, Topology::Line, 100);
    for (node, miner) in setting.miners.iter_mut().enumerate() {
        miner.share = if node == 0 { 1.0 } else { 0.0 };
    }
    let mut arena = Arena::new(setting, 1);
    arena.keep_delays();
    assert!(arena.run_until_found(10, u64::MAX / 2));
    arena.settle(60_000);
    for node in 1..5_u32 {
        let delays: Vec<u32> = arena.record().delays_of(node as usize).collect();
        assert_eq!(delays, vec![node * 300; 10], "node {node}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_divided_network_grows_apart_and_is_whole_again() {
    let mut arena = Arena::new(setting(6, Topology::Mesh, 20), 3);
    arena.run_until_found(5, u64::MAX / 2);
    arena.pass(5_000);
    arena.divide(vec![false, false, false, true, true, true]);
    arena.run_until_found(25, u64::MAX / 2);
    arena.pass(5_000);
    assert_ne!(arena.node(0).chain().tip(), arena.node(5).chain().tip());
    assert_eq!(arena.node(3).chain().tip(), arena.node(5).chain().tip());
    arena.heal();
    arena.run_until_found(28, u64::MAX / 2);
    arena.settle(60_000);
    let tip = arena.node(0).chain().tip();
    assert!((0..6).all(|node| arena.node(node).chain().tip() == tip));
    assert!(arena.record().reorgs().iter().any(|reorg| reorg.depth > 3));
}

/// A change of what nodes say changes the hash; then the new one is written here, once both platforms agree on it.
#[wasm_bindgen_test(unsupported = test)]
fn a_seed_has_one_history_on_wasm32_and_native() {
    let tip = |seed| {
        let mut setting = setting(8, Topology::Random { links: 2 }, 400);
        setting.miners[7].strategy = Strategy::Selfish;
        setting.miners[6].strategy = Strategy::HeadersOnly;
        let arena = run(setting, seed, 200);
        (arena.node(0).chain().tip().to_string(), arena.events())
    };
    assert_eq!(tip(7), tip(7));
    assert_eq!(tip(7).0, "6f37ace6920ef1f63046c179603310bd3e9d6a66fc67c0ea3474d0b6a21fc0ac");
}

/// What a frame says is looked at once for all that receive it. It must be what each of them would have read in its bytes.
#[wasm_bindgen_test(unsupported = test)]
fn a_frame_says_the_same_to_all_that_receive_it() {
    let regions = simblock::world(12, 20.0, &mut Random::new(1));
    let payments = Setting { interval: 20.0, ..setting(12, Topology::Random { links: 3 }, 2_000) };
    for setting in [regions, payments] {
        let histories = [false, true].map(|anew| {
            let mut arena = Arena::new(setting.clone(), 3);
            if anew {
                arena.decode_anew();
            }
            arena.keep_delays();
            for block in 1..60 {
                assert!(arena.run_until_found(block, u64::MAX / 2));
                let recipient = arena.node((block + 1) % 12).address();
                let amount = Amount::from_units(1_000).unwrap();
                arena.command(block % 12, Command::Pay { recipient, amount, fee: None, memo: Memo::default() });
            }
            arena.settle(600_000);
            let states: Vec<_> = (0..arena.len()).map(|node| arena.node(node).state_hash()).collect();
            let record = arena.record();
            (
                states,
                record.found().to_vec(),
                record.reorgs().to_vec(),
                record.delays().collect::<Vec<_>>(),
                arena.events(),
            )
        });
        assert!(histories[0].2.iter().any(|reorg| !reorg.transfers.is_empty()), "payments were undone on the way");
        assert!(histories[0] == histories[1]);
    }
}
