//! Experiments as data: the same file gives the same bytes on every platform, in steps or at once, in whatever order; and wrong
//! settings are named.

use sha2::{Digest, Sha256};
use tabchain_shared::lab::arena::Topology;
use tabchain_shared::lab::experiment::results::Results;
use tabchain_shared::lab::experiment::{
    DoubleSpend, Experiment, HashrateStep, Partition, Plan, Player, Propagation, Selfish, Spec, StaleRate, Tournament,
    World,
};
use tabchain_shared::lab::plot;
use tabchain_shared::lab::strategy::Strategy;
use wasm_bindgen_test::wasm_bindgen_test;

fn spec(experiment: Plan) -> Spec {
    Spec { title: "small".into(), seed: 7, runs: 2, experiment }
}

/// One of each kind, so small that a browser takes moments for it.
fn small() -> Vec<Spec> {
    let topologies = vec![Topology::Random { links: 2 }, Topology::Star];
    let stale = StaleRate { nodes: 6, blocks: 40, intervals: vec![5.0], topologies, ..StaleRate::default() };
    let world = StaleRate { nodes: 20, world: World::Simblock2019, ..stale.clone() };
    let selfish = Selfish { alphas: vec![0.4], gammas: vec![0.5], blocks: 60, ..Selfish::default() };
    let double = DoubleSpend { shares: vec![0.3], confirmations: vec![1, 3], attempts: 10, ..DoubleSpend::default() };
    let step =
        HashrateStep { factors: vec![4.0], half_life: 12_000, half_lives: 1, looks: 2, ..HashrateStep::default() };
    let player = |name: &str, strategy| Player { name: name.into(), share: 1.0, strategy };
    let players = vec![
        player("victim", Strategy::Honest),
        player("censor", Strategy::Censor),
        player("spy", Strategy::HeadersOnly),
    ];
    [
        Plan::StaleRate(stale),
        Plan::StaleRate(world),
        Plan::Propagation(Propagation { hops: 3, blocks: 10, ..Propagation::default() }),
        Plan::Selfish(selfish),
        Plan::DoubleSpend(double),
        Plan::HashrateStep(step),
        Plan::Partition(Partition { nodes: 4, lengths: vec![3], ..Partition::default() }),
        Plan::Tournament(Tournament { players, blocks: 100, ..Tournament::default() }),
    ]
    .map(spec)
    .to_vec()
}

fn bytes(results: &Results) -> Vec<u8> {
    serde_json::to_vec(results).unwrap()
}

/// A change of what nodes say or of what is drawn changes the digest; then the new one is written here, once both platforms agree
/// on it.
#[wasm_bindgen_test(unsupported = test)]
fn results_are_the_same_bytes_on_wasm32_and_native() {
    let mut hasher = Sha256::new();
    for spec in small() {
        let results = Experiment::new(spec.clone()).unwrap().run();
        assert!(results.is_complete());
        for row in &results.rows {
            assert!(row.figures.iter().all(|figure| figure.estimate.is_some()), "{row:?}");
        }
        hasher.update(bytes(&results));
        hasher.update(results.to_csv());
        hasher.update(plot::picture(&spec, &results));
    }
    assert_eq!(hex::encode(hasher.finalize()), "202d9d4445990a259606da5ebb17106e2111428a8b4f00b59154080057a8df42");
}

#[wasm_bindgen_test(unsupported = test)]
fn neither_steps_nor_the_order_of_jobs_change_anything() {
    for spec in small().into_iter().take(4) {
        let whole = bytes(&Experiment::new(spec.clone()).unwrap().run());
        let mut in_steps = Experiment::new(spec.clone()).unwrap();
        let mut last = 0;
        while in_steps.progress().done < in_steps.progress().jobs {
            assert!(in_steps.progress().done >= last);
            last = in_steps.step(500).done;
        }
        assert_eq!(bytes(&in_steps.results()), whole);
        let mut backwards = Experiment::new(spec.clone()).unwrap();
        for index in (0..spec.jobs()).rev() {
            backwards.absorb(spec.job(index).step(u64::MAX / 2).expect("it runs to its end"));
        }
        assert_eq!(bytes(&backwards.results()), whole);
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_done_is_shown_before_the_end() {
    let mut experiment = Experiment::new(small().remove(4)).unwrap();
    assert_eq!(experiment.results().rows[0].figures[0].estimate, None);
    while experiment.step(1_000).done == 0 {}
    let results = experiment.results();
    assert!(!results.is_complete());
    assert_eq!(results.rows[0].runs, 1);
    assert!(results.rows[0].figures[0].band.is_some());
}

#[wasm_bindgen_test(unsupported = test)]
fn each_wrong_setting_is_named() {
    let setting = |experiment: Plan| spec(experiment).check().unwrap_err().setting;
    assert_eq!(setting(Plan::StaleRate(StaleRate { nodes: 1, ..StaleRate::default() })), "nodes");
    assert_eq!(setting(Plan::StaleRate(StaleRate { intervals: vec![], ..StaleRate::default() })), "intervals");
    assert_eq!(setting(Plan::StaleRate(StaleRate { intervals: vec![f64::NAN], ..StaleRate::default() })), "intervals");
    assert_eq!(setting(Plan::Selfish(Selfish { alphas: vec![0.5], ..Selfish::default() })), "alphas");
    assert_eq!(setting(Plan::Selfish(Selfish { strategy: Strategy::Honest, ..Selfish::default() })), "strategy");
    assert_eq!(setting(Plan::Selfish(Selfish { heard_first: vec![1], ..Selfish::default() })), "heard_first");
    let early = DoubleSpend { give_up: 3, ..DoubleSpend::default() };
    assert_eq!(setting(Plan::DoubleSpend(early)), "confirmations");
    assert_eq!(setting(Plan::Partition(Partition { shares: vec![0.6], ..Partition::default() })), "shares");
    assert_eq!(setting(Plan::Tournament(Tournament { players: vec![], ..Tournament::default() })), "players");
    let many = Spec { runs: 100_000, ..small().remove(0) };
    assert_eq!(many.check().unwrap_err().setting, "runs");
    assert_eq!(Spec { title: " ".into(), ..small().remove(0) }.check().unwrap_err().setting, "title");
    assert!(small().iter().all(|spec| spec.check().is_ok()));
}
