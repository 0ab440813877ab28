//! Real nodes in simulated time against the literature: each figure lies inside its 99 % band, computed from the sample's size and
//! printed. Samples take seconds; `cargo xtask simulate --release` sets `LAB_SCALE`, which multiplies them.
#![cfg(not(target_arch = "wasm32"))]

use tabchain_shared::lab::Random;
use tabchain_shared::lab::arena::{Arena, Link, Miner, Setting, Topology, start_target};
use tabchain_shared::lab::experiment::results::{Measured, Results, Row};
use tabchain_shared::lab::experiment::{
    DoubleSpend, Experiment, HashrateStep, Measure, Partition, Plan, Propagation, Selfish, Spec, StaleRate, World,
};
use tabchain_shared::lab::link::LinkSettings;
use tabchain_shared::lab::strategy::{Strategy, Table};
use tabchain_shared::lab::theory::difficulty::{Rule, mean_factor};
use tabchain_shared::lab::theory::statistics::{self, CONFIDENCE, binomial_band, count, difference_band};
use tabchain_shared::lab::theory::{Band, selfish};
use tabchain_shared::node::role::KnownTable;
use tabchain_shared::primitives::Header;

/// How many times the usual sample is taken.
fn scale() -> usize {
    std::env::var("LAB_SCALE").map_or(1, |scale| scale.parse().expect("LAB_SCALE is a number"))
}

/// Whether samples are large enough for what is small.
fn is_long() -> bool {
    scale() >= 10
}

fn run(runs: usize, experiment: Plan) -> Results {
    let spec = Spec { title: "truth".into(), seed: 1, runs: runs * scale(), experiment };
    Experiment::new(spec).unwrap().run()
}

fn band(figure: &Measured) -> Band {
    figure.band.expect("there was something to measure")
}

fn place(row: &Row) -> String {
    let parameter = |parameter: &tabchain_shared::lab::experiment::results::Parameter| {
        format!("{} {}", parameter.name, parameter.value)
    };
    row.parameters.iter().map(parameter).collect::<Vec<_>>().join(", ")
}

/// A figure of every row lies where theory says. Of many bands of 99 % one in a hundred misses by chance alone: so many may, as
/// a binomial count allows, and none may where all of them together have 99 %.
#[track_caller]
fn check_theory(results: &Results, name: &str) {
    let mut missed = Vec::new();
    let together = 1.0 - (1.0 - CONFIDENCE) / count(results.rows.len() as u64);
    for row in &results.rows {
        let figure = row.figure(name).unwrap();
        let (band, theory) = (band(figure), figure.theory().unwrap());
        let wide = figure.measure.band_of(together).unwrap();
        println!(
            "{}: {name} {:.5}, 99 % {:.5} to {:.5}, theory {theory:.5}, sample {}",
            place(row),
            figure.estimate.unwrap(),
            band.low,
            band.high,
            figure.measure.sample()
        );
        assert!(wide.contains(theory), "{}: {theory} is outside of {wide:?}, by which all rows have 99 %", place(row));
        if !band.contains(theory) {
            missed.push(place(row));
        }
    }
    let allowed = binomial_band(results.rows.len() as u64, 1.0 - CONFIDENCE, CONFIDENCE).high;
    let share = count(missed.len() as u64) / count(results.rows.len() as u64);
    assert!(share <= allowed, "outside of their bands: {missed:?}");
}

/// Eyal & Sirer's equation 8 on the whole grid of the published table.
#[test]
fn selfish_mining_earns_what_eyal_and_sirer_say() {
    let alphas = vec![0.1, 0.15, 0.2, 0.25, 0.3, 1.0 / 3.0, 0.35, 0.375, 0.4, 0.425, 0.45, 0.475];
    let gammas = vec![0.0, 0.25, 0.5, 0.75, 1.0];
    let spec = Selfish { alphas, gammas, blocks: 4_000, honest: 2, ..Selfish::default() };
    let results = run(1, Plan::Selfish(spec));
    assert_eq!(results.rows.len(), 60);
    check_theory(&results, "revenue");
}

/// Where nobody sets γ, it is the share of miners that hear the attacker first.
#[test]
fn gamma_follows_from_the_links() {
    let spec = Selfish {
        alphas: vec![0.25, 0.4],
        gammas: vec![],
        heard_first: vec![0, 2, 4],
        honest: 4,
        blocks: 8_000,
        ..Selfish::default()
    };
    check_theory(&run(1, Plan::Selfish(spec)), "revenue");
}

/// Their thresholds: a third where γ is 0, a quarter where it is one half. Below, withholding earns less than the fair share, and
/// above more, by more than chance.
#[test]
fn selfish_mining_pays_above_the_thresholds_only() {
    for (gamma, below, above) in [(0.0, 0.27, 0.4), (0.5, 0.17, 0.33)] {
        let threshold = selfish::threshold(gamma);
        assert!(below < threshold && threshold < above);
        let spec = Selfish {
            alphas: vec![below, above],
            gammas: vec![gamma],
            blocks: 20_000,
            honest: 2,
            ..Selfish::default()
        };
        let results = run(1, Plan::Selfish(spec));
        let bands: Vec<Band> = results.rows.iter().map(|row| band(&row.figures[0])).collect();
        println!(
            "γ {gamma}: at {below} from {:.4} to {:.4}, at {above} from {:.4} to {:.4}",
            bands[0].low, bands[0].high, bands[1].low, bands[1].high
        );
        assert!(bands[0].high < below && bands[1].low > above, "{bands:?}");
    }
}

/// The optimal table for (0.35, 0) earns what its decision process says.
#[test]
fn the_optimal_table_earns_what_was_computed() {
    let strategy = Strategy::Table(Table::known(KnownTable::Optimal35And0));
    let spec =
        Selfish { strategy, alphas: vec![0.35], gammas: vec![0.0], blocks: 40_000, honest: 2, ..Selfish::default() };
    let results = run(1, Plan::Selfish(spec));
    let band = band(&results.rows[0].figures[0]);
    println!(
        "revenue from {:.5} to {:.5}; computed 0.37077, SM1 {:.5}",
        band.low,
        band.high,
        selfish::revenue(0.35, 0.0)
    );
    assert!(band.contains(0.370_77), "{band:?}");
    assert!(!is_long() || band.low > selfish::revenue(0.35, 0.0), "it beats SM1: {band:?}");
    assert!(band.high < selfish::bound(0.35) && band.low > 0.35, "{band:?}");
}

/// Rosenfeld's probability, with payments that are really made and really taken back.
#[test]
fn double_spends_succeed_as_often_as_rosenfeld_says() {
    let spec = DoubleSpend { confirmations: vec![1, 2, 4, 6], attempts: 400, ..DoubleSpend::default() };
    check_theory(&run(1, Plan::DoubleSpend(spec)), "success");
}

/// Decker & Wattenhofer's rate of forks from the measured distribution of delays.
#[test]
fn forks_are_as_frequent_as_delays_say() {
    let spec = StaleRate {
        nodes: 10,
        blocks: 12_000,
        intervals: vec![60.0],
        delays: vec![100, 300],
        block_bytes: vec![0],
        topologies: vec![Topology::Random { links: 2 }, Topology::Ring],
        ..StaleRate::default()
    };
    check_theory(&run(1, Plan::StaleRate(spec)), "stale rate");
}

#[test]
fn a_block_takes_three_messages_a_hop() {
    check_theory(&run(1, Plan::Propagation(Propagation { blocks: 300, ..Propagation::default() })), "delay");
}

/// Ten equal miners, as Andresen simulated them (`bitcoin_miningsim`): single runs of 2016 blocks, which have an uncertainty of their own.
/// His miners stand in a ring, but a block spends its latency once, with its finder, and ten milliseconds a hop; so all others have it
/// after that latency, as here after three messages.
#[test]
fn ten_miners_that_hear_of_blocks_after_a_latency() {
    for (delay, stale) in [(333, 4), (6_667, 62)] {
        let spec = StaleRate {
            nodes: 10,
            blocks: 8_000,
            intervals: vec![600.0],
            delays: vec![delay],
            block_bytes: vec![0],
            topologies: vec![Topology::Mesh],
            ..StaleRate::default()
        };
        let results = run(1, Plan::StaleRate(spec));
        check_difference(&format!("latency {} ms", 3 * delay), &results.rows[0].figures[0], (stale, 2_016));
    }
}

/// Two samples of one probability differ by chance alone.
#[track_caller]
fn check_difference(what: &str, ours: &Measured, theirs: (u64, u64)) {
    let Measure::Share { successes, trials } = ours.measure else { panic!("{ours:?} is no share") };
    let (share, published) = (count(successes) / count(trials), count(theirs.0) / count(theirs.1));
    let band = difference_band((successes, trials), theirs, CONFIDENCE);
    println!(
        "{what}: {share:.5} of {trials}, published {published:.5} of {}; may differ by {:.5}",
        theirs.1, band.high
    );
    assert!(band.contains(share - published), "{share} and {published}, {band:?}");
}

/// `SimBlock`'s world of 2019 at a block every ten seconds, of which it has 9.8 % stale.
#[test]
fn simblocks_world_has_as_many_stale_blocks() {
    let spec = StaleRate {
        nodes: 600,
        blocks: 400,
        intervals: vec![10.0],
        world: World::Simblock2019,
        ..StaleRate::default()
    };
    let results = run(1, Plan::StaleRate(spec));
    let band = band(&results.rows[0].figures[0]);
    for figure in &results.rows[0].figures {
        println!("{} {:?} {:?}", figure.name, figure.estimate, figure.band);
    }
    assert!(band.contains(0.098), "{band:?}");
}

/// The same world at Bitcoin's interval, of which a run of `SimBlock` itself gave 24 stale blocks of 12 024.
#[test]
fn simblocks_world_has_few_stale_blocks_at_ten_minutes() {
    let spec = StaleRate {
        nodes: 600,
        blocks: if is_long() { 600 } else { 150 },
        intervals: vec![600.0],
        world: World::Simblock2019,
        ..StaleRate::default()
    };
    let results = run(1, Plan::StaleRate(spec));
    check_difference("SimBlock's world at ten minutes", &results.rows[0].figures[0], (24, 12_024));
}

/// Honest miners of equal rates, each linked to all others.
fn even(nodes: usize) -> Setting {
    let link = LinkSettings { delay: 20, jitter: 0, ..LinkSettings::reliable() };
    let pairs = Topology::Mesh.pairs(nodes, &mut Random::new(1));
    Setting {
        interval: 600.0,
        half_life: None,
        miners: vec![Miner { share: 1.0 / count(nodes as u64), strategy: Strategy::Honest }; nodes],
        links: pairs.into_iter().map(|nodes| Link { nodes, directions: [link.clone(), link.clone()] }).collect(),
        gamma: None,
        block_bytes: None,
        compact_bytes: None,
        regions: None,
    }
}

/// Between blocks lie exponential times, whoever finds them.
#[test]
fn intervals_are_exponential() {
    let mut setting = even(4);
    for (miner, share) in setting.miners.iter_mut().zip([0.1, 0.2, 0.3, 0.4]) {
        miner.share = share;
    }
    let mut arena = Arena::new(setting, 1);
    arena.run_until_found(5_001, u64::MAX / 2);
    let times: Vec<f64> = arena.record().found().iter().map(|found| count(found.at.0) / 1_000.0).collect();
    let intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let (distance, chance) = statistics::kolmogorov_smirnov(&intervals, 600.0);
    println!("5000 intervals: distance {distance:.4}, {chance:.3} by chance");
    assert!(chance > 1.0 - CONFIDENCE, "{distance} {chance}");
    for (node, share) in [0.1, 0.2, 0.3, 0.4].into_iter().enumerate() {
        let found = arena.record().found().iter().filter(|found| found.miner == node).count();
        let band = binomial_band(5_001, share, CONFIDENCE);
        let measured = count(found as u64) / 5_001.0;
        println!("share {share}: {measured:.4}, 99 % {:.4} to {:.4}", band.low, band.high);
        assert!(band.contains(measured));
    }
}

/// ASERT's answer to a step of ten times and to a tenth, on the clock and block by block: with Bitcoin Cash's half-life, where blocks are
/// few, and with one of thousands of spacings, where the rule's rounding moves the difficulty by more than chance does.
#[test]
fn difficulty_answers_a_step_as_theory_says() {
    let usual = HashrateStep { half_lives: 3, looks: 2, ..HashrateStep::default() };
    let half_life = if is_long() { 6_000_000 } else { 600_000 };
    let slow = HashrateStep { half_life, half_lives: 1, looks: 2, ..HashrateStep::default() };
    for (runs, spec) in [(20, usual), (if is_long() { 5 } else { 20 }, slow)] {
        let results = run(runs, Plan::HashrateStep(spec));
        check_theory(&results, "a block's factor over its mean");
        check_theory(&results, "difficulty");
    }
}

/// The headers of a chain whose hash rate is so many times what its start expects, from block 1 on.
fn chain_after_a_step(factor: f64, half_life: u32, blocks: usize) -> Vec<Header> {
    let mut arena = Arena::new(Setting { half_life: Some(half_life), ..even(1) }, 1);
    arena.set_hashrate(factor);
    arena.run_until_found(blocks, u64::MAX / 2);
    let chain = arena.node(0).chain();
    let header = |height: u32| chain.index().get(&chain.hash_at(height).unwrap()).unwrap().header;
    (1..=chain.height()).map(header).collect()
}

fn target(header: &Header) -> f64 {
    f64::from(header.bits.to_target().unwrap().value())
}

/// Whatever time a block takes, the target after it is the one before, times two to the power of its lag in half-lives, but for what the
/// rule says that it rounds: 2^−16 of a half-life toward the schedule, 0.013 % by the polynomial and half of 2^−16 by its own
/// rounding, and less than one unit of the mantissa, always down.
#[test]
fn every_targets_rounding_is_within_the_rules() {
    for (factor, half_life) in [(10.0, 172_800), (0.1, 172_800), (0.1, 6_000_000), (1.0, 1_200)] {
        let headers = chain_after_a_step(factor, half_life, 2_000);
        let mut widest: f64 = 0.0;
        for three in headers.windows(3) {
            let lag = f64::from(three[1].time - three[0].time) - 600.0;
            let ideal = target(&three[1]) * 2.0_f64.powf(lag / f64::from(half_life));
            let found = target(&three[2]);
            let power = 2.0_f64.powf(-16.0) * 2.0_f64.ln() + 0.000_13 + 2.0_f64.powi(-17);
            // The mantissa's unit: 2^−15 of the target or less.
            let mantissa = f64::from(three[2].bits.0 & 0x00ff_ffff);
            let missed = found / ideal - 1.0;
            assert!(
                missed < power && missed > -power - 1.0 / mantissa,
                "{missed} after {lag} s, half-life {half_life}"
            );
            widest = widest.max(missed.abs());
        }
        println!(
            "hash rate times {factor}, half-life {half_life} s: off by {widest:.2e} at most, in {} blocks",
            headers.len()
        );
    }
}

/// What the rule rounds is not noise: it adds up, by what is computed from a target's mantissa and from how long blocks take.
#[test]
fn what_is_rounded_adds_up_as_computed() {
    for (factor, half_life) in [(10.0, 172_800), (0.1, 172_800), (10.0, 6_000_000), (0.1, 6_000_000), (1.0, 6_000_000)]
    {
        let rule = Rule { spacing: 600, half_life, start: start_target() };
        let headers = chain_after_a_step(factor, half_life, 1_000 * scale());
        let start = target(&headers[0]);
        let pairs = headers.windows(3).map(|three| {
            let lag = f64::from(three[1].time - three[0].time) - 600.0;
            let (own, due) = (target(&three[1]), 2.0_f64.powf(-lag / f64::from(half_life)));
            // Weighted as in a mean of factors.
            let excess = own / target(&three[2]) - due;
            let mean = mean_factor(start / own, factor, 600.0 / f64::from(half_life));
            excess - mean * rule.drift(start / own, factor)
        });
        let computed = headers.windows(3).map(|three| rule.drift(start / target(&three[1]), factor));
        let computed = Measure::mean(computed).estimate().unwrap();
        let difference = Measure::mean(pairs);
        let band = difference.band().unwrap();
        println!(
            "hash rate times {factor}, half-life {half_life} s: computed {computed:.3e} a block, measured {:.3e}, 99 % {:.1e} to {:.1e} beside it",
            computed + difference.estimate().unwrap(),
            band.low,
            band.high
        );
        assert!(band.contains(0.0), "{band:?}");
    }
}

#[test]
fn a_divided_network_undoes_the_shorter_branch() {
    let spec = Partition { lengths: vec![3, 12], ..Partition::default() };
    let results = run(60, Plan::Partition(spec));
    check_theory(&results, "reorg depth");
    let long = results.rows.iter().find(|row| row.number("length") == Some(12.0)).unwrap();
    assert!(band(long.figure("payments undone").unwrap()).low > 1.0);
}
