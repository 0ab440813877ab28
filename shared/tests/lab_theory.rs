//! The lab's formulas against published tables (`tests/vectors/tables`), and its bands against what they promise.

use serde_json::Value;
use tabchain_shared::consensus::difficulty::factor_on_target;
use tabchain_shared::lab::Random;
use tabchain_shared::lab::arena::start_target;
use tabchain_shared::lab::strategy::Strategy;
use tabchain_shared::lab::strategy::Table;
use tabchain_shared::lab::theory::difficulty::Rule;
use tabchain_shared::lab::theory::{difficulty, double_spend, forks, optimal, selfish, statistics, withholding};
use tabchain_shared::node::role::KnownTable;
use tabchain_shared::primitives::CompactTarget;
use wasm_bindgen_test::wasm_bindgen_test;

macro_rules! table {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../tests/vectors/tables/", $name))).expect($name)
    };
}

/// The entries of an object whose keys are numbers, of which there must be just so many.
fn entries(object: &Value, count: usize) -> Vec<(f64, &Value)> {
    let entries = object.as_object().expect("an object");
    assert_eq!(entries.len(), count, "entries have come or gone");
    entries.iter().map(|(key, value)| (key.parse().unwrap(), value)).collect()
}

#[track_caller]
fn check_close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found}, not {expected}");
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(number: f64) -> u32 {
    number as u32
}

#[wasm_bindgen_test(unsupported = test)]
fn nakamoto_section_11() {
    let table = table!("nakamoto_2008.json");
    for (q, column) in entries(&table["P"], 2) {
        for (z, expected) in entries(column, 11) {
            let expected: f64 = expected.as_str().unwrap().parse().unwrap();
            // Seven digits were printed.
            check_close(double_spend::nakamoto(q, whole(z)), expected, 0.5e-7);
        }
    }
    for (q, z) in entries(&table["z_for_P_below_0_001"], 8) {
        let found = double_spend::confirmations(|z| double_spend::nakamoto(q, z), 0.001);
        assert_eq!(found.map(u64::from), z.as_u64(), "q = {q}");
    }
    check_close(double_spend::nakamoto(0.5, 100), 1.0, 0.0);
}

#[wasm_bindgen_test(unsupported = test)]
fn rosenfeld_every_row() {
    let table = table!("rosenfeld_2014_from_formula.json");
    for (q, row) in entries(&table["percent_by_n_1_to_10"], 25) {
        let row = row.as_array().unwrap();
        assert_eq!(row.len(), 10);
        for (n, percent) in (1..).zip(row) {
            check_close(100.0 * double_spend::rosenfeld(q, n), percent.as_f64().unwrap(), 0.501e-3);
        }
    }
    for (q, row) in entries(&table["confirmations_needed"], 22) {
        for (risk, n) in entries(row, 3) {
            let found = double_spend::confirmations(|n| double_spend::rosenfeld(q, n), risk);
            assert_eq!(found.map(u64::from), n.as_u64(), "q = {q}, risk {risk}");
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn patience_without_end_is_rosenfelds() {
    for q in [0.1, 0.26, 0.4] {
        for n in 1..10 {
            check_close(double_spend::rosenfeld_with_patience(q, n, 400), double_spend::rosenfeld(q, n), 1e-12);
            assert!(double_spend::rosenfeld_with_patience(q, n, n + 3) < double_spend::rosenfeld(q, n));
        }
    }
    // A fair game from the middle.
    check_close(double_spend::rosenfeld_with_patience(0.5, 1, 1), 0.5 + 0.5 * 0.5, 1e-12);
}

#[wasm_bindgen_test(unsupported = test)]
fn who_gives_up_at_any_time_has_the_least_chance() {
    for q in [0.1, 0.3, 0.45] {
        check_close(
            double_spend::rosenfeld_without_patience(q, 1, 1),
            double_spend::rosenfeld_with_patience(q, 1, 1),
            1e-12,
        );
        for n in 1..=6 {
            let chance = |give_up| double_spend::rosenfeld_without_patience(q, n, give_up);
            check_close(chance(400), double_spend::rosenfeld(q, n), 1e-12);
            assert!(chance(1) <= double_spend::rosenfeld_with_patience(q, n, 1) + 1e-12);
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn eyal_and_sirer_on_their_grid() {
    let table = table!("eyal_sirer_2014.json");
    for (alpha, row) in entries(&table["values"], 12) {
        for (gamma, revenue) in entries(row, 5) {
            // The table's 0.333 is a third in its row.
            let alpha = if (alpha - 0.333).abs() < 1e-9 { 1.0 / 3.0 } else { alpha };
            check_close(selfish::revenue(alpha, gamma), revenue.as_f64().unwrap(), 0.51e-6);
        }
    }
    for (gamma, threshold) in entries(&table["thresholds"], 5) {
        let found = selfish::threshold(gamma);
        check_close(found, threshold.as_f64().unwrap(), 0.51e-6);
        if found > 0.0 {
            check_close(selfish::revenue(found, gamma), found, 1e-12);
        }
    }
}

/// Sapirshtein et al. publish 0.37077 for (0.35, 0), and the bound 0.53846 on any strategy.
#[wasm_bindgen_test(unsupported = test)]
fn the_optimal_table_beats_sm1_and_stays_below_the_bound() {
    let (table, revenue) = optimal::solve(0.35, 0.0, 60);
    assert_eq!(table, Table::known(KnownTable::Optimal35And0), "the table that comes along is another one:\n{table}");
    check_close(revenue, 0.370_77, 1e-5);
    assert!(revenue > selfish::revenue(0.35, 0.0) + 0.004);
    check_close(selfish::bound(0.35), 0.538_46, 0.5e-5);
    assert!(revenue < selfish::bound(0.35));
}

/// Where matches win half of the others over: the table that comes along is the best answer, and branches of thirty blocks are long enough.
#[wasm_bindgen_test(unsupported = test)]
fn the_table_for_matches_is_the_best_answer() {
    let (table, revenue) = optimal::solve(0.4, 0.5, 30);
    assert_eq!(table, Table::known(KnownTable::Optimal40And50), "the table that comes along is another one:\n{table}");
    println!("earns {revenue:.5}, SM1 {:.5}", selfish::revenue(0.4, 0.5));
    assert!(revenue > selfish::revenue(0.4, 0.5) && revenue < selfish::bound(0.4));
}

/// A strategy that is played on numbers alone earns in the long run what is known of it: SM1 by its formula, tables by the process that
/// they solve. Without trailing, tables earn a little less, and still more than SM1 where they are at home.
#[wasm_bindgen_test(unsupported = test)]
fn strategies_played_on_numbers_earn_what_is_known() {
    let earns = |strategy: &Strategy, alpha: f64, gamma: f64| {
        let mut random = Random::new(1);
        // Independent chains, long beside the runs in which blocks come.
        let shares: Vec<f64> = (0..200)
            .map(|_| withholding::own_blocks(strategy, alpha, gamma, 5_000, &mut random))
            .map(|own| statistics::count(own as u64) / 5_000.0)
            .collect();
        let (mean, error) = statistics::mean(&shares);
        statistics::Band::around(mean, error, 0.99)
    };
    for (alpha, gamma) in [(0.2, 0.5), (0.35, 0.0), (0.4, 1.0)] {
        let (band, theory) = (earns(&Strategy::Selfish, alpha, gamma), selfish::revenue(alpha, gamma));
        println!("SM1 at ({alpha}, {gamma}): {band:?}, theory {theory:.5}");
        assert!(band.contains(theory));
        let honest = earns(&Strategy::Honest, alpha, gamma);
        assert!(honest.high < 1e-12, "who never publishes has nothing");
    }
    for (table, alpha, gamma, longest) in
        [(KnownTable::Optimal35And0, 0.35, 0.0, 60), (KnownTable::Optimal40And50, 0.4, 0.5, 30)]
    {
        let (table, best) = (Table::known(table), optimal::solve(alpha, gamma, longest).1);
        let band = earns(&Strategy::Table(table.clone()), alpha, gamma);
        let live = earns(&Strategy::Table(table.without_trailing()), alpha, gamma);
        println!("table at ({alpha}, {gamma}): {band:?}, computed {best:.5}; without trailing {live:?}");
        assert!(band.contains(best) && live.high > alpha && live.low < best);
    }
}

/// How far SM1's revenue strays: the variance of many runs on numbers is the one that its cycles have.
#[wasm_bindgen_test(unsupported = test)]
fn the_spread_of_selfish_mining_is_that_of_its_cycles() {
    const BLOCKS: usize = 2_000;
    const RUNS: usize = 1_000;
    for (alpha, gamma) in [(0.2, 0.5), (0.35, 0.0), (0.4, 0.0), (0.4, 1.0)] {
        let mut random = Random::new(7);
        let shares: Vec<f64> = (0..RUNS)
            .map(|_| withholding::own_blocks(&Strategy::Selfish, alpha, gamma, BLOCKS, &mut random))
            .map(|own| statistics::count(own as u64) / statistics::count(BLOCKS as u64))
            .collect();
        // Of so many shares, which are nearly normal, a variance has the relative error √(2 / (n − 1)).
        let error = statistics::mean(&shares).1;
        let measured = error * error * statistics::count((RUNS * BLOCKS) as u64);
        let relative = (2.0 / statistics::count(RUNS as u64 - 1)).sqrt();
        let (band, theory) =
            (statistics::Band::around(measured, relative * measured, 0.99), selfish::spread(alpha, gamma));
        println!("SM1 at ({alpha}, {gamma}): a block's variance {band:?}, theory {theory:.4}");
        assert!(band.contains(theory));
    }
    // Of independent blocks it would be less than a quarter.
    assert!(selfish::spread(0.4, 0.0) > 5.0 * 0.4837 * (1.0 - 0.4837));
}

/// What is called usual of a short run holds for 99 of 100 others, and as often the revenue's band holds what is earned in the long
/// run. Counts are whole numbers, and bounds lie within: so fewer may lie outside, and not more.
#[wasm_bindgen_test(unsupported = test)]
fn bands_of_short_runs_hold_as_often_as_they_say() {
    const RUNS: usize = 300;
    let sm1 = (Strategy::Selfish, 0.4);
    let table = (Strategy::Table(Table::known(KnownTable::Optimal35And0).without_trailing()), 0.35);
    for ((strategy, alpha), gamma, blocks) in
        [(&sm1, 0.0, 30), (&sm1, 0.0, 73), (&sm1, 0.5, 60), (&sm1, 1.0, 73), (&sm1, 0.0, 300), (&table, 0.0, 73)]
    {
        let mean = match strategy {
            Strategy::Selfish => selfish::revenue(*alpha, gamma),
            _ => 0.365,
        };
        let (mut missed, mut unusual) = (0, 0);
        for seed in 0..10 {
            let mut random = Random::new(seed);
            let usual = withholding::usual(strategy, [*alpha, gamma], blocks, 1_000, &mut random);
            for _ in 0..RUNS {
                let own = withholding::own_blocks(strategy, *alpha, gamma, blocks, &mut random);
                unusual += u64::from(!usual.contains(statistics::count(own as u64)));
                missed += u64::from(!withholding::revenue_band(own, blocks, usual, mean).contains(mean));
            }
        }
        let runs = 10 * RUNS as u64;
        let allowed = statistics::binomial_band(runs, 0.01, 0.99);
        println!("{blocks} blocks, alpha {alpha}, gamma {gamma}: {unusual} of {runs} unusual, {missed} bands missed");
        assert!(statistics::count(unusual) / statistics::count(runs) <= allowed.high, "{unusual} of {runs}");
        assert!(missed.abs_diff(unusual) <= 1, "the two say the same, up to rounding");
        // One block among so many weighs little.
        assert!(
            blocks < 300 || allowed.contains(statistics::count(missed) / statistics::count(runs)),
            "{missed} of {runs}"
        );
    }
    // Too few runs say nothing.
    let none = withholding::usual(&Strategy::Selfish, [0.4, 0.0], 10, 100, &mut Random::new(1));
    assert_eq!(none, statistics::Band { low: 0.0, high: 10.0 });
}

#[wasm_bindgen_test(unsupported = test)]
fn decker_and_wattenhofers_fork_rate() {
    let table = table!("decker_wattenhofer_2013.json");
    let number = |name: &str| table[name].as_f64().unwrap();
    let (interval, delay) = (number("mean_block_interval_s"), number("effective_delay_integral_s"));
    check_close(forks::fork_rate(interval, delay), number("model_rate"), 0.5e-4);
    check_close(forks::fork_rate_of_poisson(interval, delay), forks::fork_rate(interval, delay), 1e-4);
    // Half of the hash rate hears of it at once and half after two seconds.
    check_close(forks::effective_delay([(0.0, 1.0), (2.0, 1.0)].into_iter()), 1.0, 0.0);
    check_close(forks::ring_delay(10, 1.0), 2.5, 1e-12);
    // What they counted is what their model says of as many blocks, by chance alone.
    let band = statistics::binomial_band(10_000, number("model_rate"), 0.99);
    println!("model 1.78 % of 10 000 blocks: {:.2} to {:.2} %", 100.0 * band.low, 100.0 * band.high);
    assert!(band.contains(number("observed_rate")), "{band:?}");
}

#[wasm_bindgen_test(unsupported = test)]
fn what_is_left_of_a_step_halves_with_each_half_life() {
    check_close(difficulty::after_step(10.0, 0.0, 100.0), 1.0, 1e-12);
    check_close(difficulty::after_step(10.0, 100.0, 100.0), 5.5, 1e-12);
    check_close(difficulty::after_step(0.1, 200.0, 100.0), 0.325, 1e-12);
    check_close(difficulty::blocks_after_step(10.0, 0.0, 100.0), 0.0, 1e-12);
    // Far beyond the step they come at their pace again, and what came early stays: log2 of the step in half-lives.
    check_close(difficulty::blocks_after_step(8.0, 10_000.0, 100.0), 10_300.0, 1e-6);
    // In equilibrium a block changes the difficulty by little in the mean, and by less the longer the half-life.
    assert!((difficulty::mean_factor(1.0, 1.0, 1.0 / 288.0) - 1.0).abs() < 1e-5);
}

/// What the rule's power of two does to a block in the mean, second by second with the chance of each, against the sum that looks at a
/// few hundred lags: spacings and half-lives of a class, of Bitcoin Cash, and of ten thousand blocks.
#[wasm_bindgen_test(unsupported = test)]
fn rounding_in_the_mean_is_a_sum_over_all_times() {
    for (spacing, half_life) in [(10, 120), (600, 172_800), (600, 1_200), (600, 6_000_000)] {
        let rule = Rule { spacing, half_life, start: start_target() };
        for slowness in [0.1, 1.0, 10.0] {
            let mean = f64::from(spacing) * slowness;
            // Dates are whole seconds: blocks lie k apart by the overlap of an exponential time and two fractions of a second.
            let same = libm::exp(-1.0 / mean);
            let chance = |k: u32| match k {
                0 => 1.0 - mean * (1.0 - same),
                _ => mean * (1.0 - same) * (1.0 - same) * libm::exp(-f64::from(k - 1) / mean),
            };
            let mut rounded = 0.0;
            for k in 0..whole(40.0 * mean) {
                let lag = i64::from(k) - i64::from(spacing);
                rounded += chance(k) / factor_on_target(lag, half_life);
            }
            let exact = difficulty::mean_factor(slowness, 1.0, f64::from(spacing) / f64::from(half_life));
            let (found, expected) = (rule.drift_of_power(slowness), rounded / exact - 1.0);
            println!("{spacing} s, {half_life} s, blocks {slowness} times as slow: {found:.3e}, summed {expected:.3e}");
            // To a thousandth of what a block does that comes at once.
            check_close(found, expected, 1e-3 * f64::from(spacing) / f64::from(half_life));
        }
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_rule_that_rounds_little_answers_as_the_closed_form() {
    // Mantissas just above 2^15 and just below 2^23, where they are cut by the most and by the least.
    let rule = |start: u32| Rule { spacing: 600, half_life: 172_800, start: CompactTarget(start).to_target().unwrap() };
    check_close(rule(0x1d00_8000).cut(1.0), 0.5 / 32_768.0, 1e-12);
    check_close(rule(0x1d7f_ffff).cut(1.0), 0.5 / 8_388_607.0, 1e-12);
    check_close(rule(0x1d00_8000).cut(2.0), 0.5 / 4_194_304.0, 1e-12);
    // With 288 blocks a half-life it differs from the limit by what is computed, a hundredth or so.
    for (step, seconds) in [(10.0, 172_800.0), (0.1, 172_800.0), (2.0, 864_000.0)] {
        let (found, limit) =
            (rule(0x1d00_7fff).after_step(step, &[seconds])[0], difficulty::after_step(step, seconds, 172_800.0));
        assert!((found.difficulty / limit - 1.0).abs() < 0.05, "{found:?} and {limit}");
        let blocks = difficulty::blocks_after_step(step, seconds, 172_800.0) / 600.0;
        assert!((found.blocks / blocks - 1.0).abs() < 0.05, "{found:?} and {blocks}");
    }
    let before = rule(0x1d00_7fff).after_step(0.1, &[600.0])[0];
    assert_eq!((before.difficulty, before.blocks), (1.0, 0.1));
}

#[wasm_bindgen_test(unsupported = test)]
fn quantiles_and_bands_of_textbooks() {
    check_close(statistics::normal_quantile(0.995), 2.575_829_303_548_9, 1e-12);
    // Wilson's own band for 10 of 20 at 95 %.
    let band = statistics::wilson(10, 20, 0.95);
    check_close(band.low, 0.299_298, 1e-6);
    check_close(band.high, 0.700_702, 1e-6);
    check_close(statistics::wilson(0, 20, 0.95).low, 0.0, 0.0);
    check_close(statistics::wilson(20, 20, 0.95).high, 1.0, 0.0);
    // A fair coin tossed 100 times: from 40 to 60 heads in 95 of 100 cases.
    let band = statistics::binomial_band(100, 0.5, 0.95);
    check_close(band.low, 0.40, 1e-12);
    check_close(band.high, 0.60, 1e-12);
    check_close(statistics::binomial_band(50, 0.0, 0.99).high, 0.0, 0.0);
    let (mean, error) = statistics::mean(&[1.0, 2.0, 3.0]);
    check_close(mean, 2.0, 1e-15);
    check_close(error, (1.0_f64 / 3.0).sqrt(), 1e-15);
    let (ratio, error) = statistics::ratio(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]);
    check_close(ratio, 0.5, 1e-15);
    check_close(error, 0.0, 1e-15);
    assert!(statistics::difference_band((10, 100), (12, 100), 0.99).contains(0.02));
    assert!(!statistics::difference_band((10, 1_000), (60, 1_000), 0.99).contains(0.05));
}

/// Wilson's 99 % band misses the truth in about one of a hundred samples.
#[wasm_bindgen_test(unsupported = test)]
fn bands_hold_as_often_as_they_say() {
    let mut random = Random::new(1);
    let mut missed = 0;
    for _ in 0..2_000 {
        let successes = (0..400).filter(|_| random.chance(0.1)).count() as u64;
        missed += u64::from(!statistics::wilson(successes, 400, 0.99).contains(0.1));
    }
    let band = statistics::binomial_band(2_000, 0.01, 0.99);
    println!("missed {missed} of 2000; {:.0} to {:.0} are to be expected", 2_000.0 * band.low, 2_000.0 * band.high);
    assert!(band.contains(statistics::count(missed) / 2_000.0), "{missed} of 2000");
}

/// One attempt says nothing, and the more alike two chances are, the more it takes.
#[wasm_bindgen_test(unsupported = test)]
fn so_many_trials_tell_two_chances_apart() {
    let tell = |first, second, after| statistics::trials_to_tell(first, second, after, 1_000);
    // What is certain is told from two fifths when 0.4^n is below half a hundredth.
    assert_eq!(tell(1.0, 0.4, 0), Some(6));
    assert_eq!(tell(0.4, 1.0, 3), Some(6));
    assert_eq!(tell(1.0, 0.4, 6), Some(7), "asked after six");
    let between = tell(0.64, 0.4, 0).unwrap();
    assert!((90..140).contains(&between), "{between}");
    assert!(tell(0.64, 0.5, 0).unwrap() > between);
    assert_eq!(tell(0.5, 0.5, 0), None);
    assert_eq!(tell(0.5, 0.51, 0), None, "not within a thousand");
}

#[wasm_bindgen_test(unsupported = test)]
fn kolmogorov_and_smirnov_tell_an_exponential_from_another() {
    let mut random = Random::new(2);
    let draws: Vec<f64> = (0..2_000).map(|_| random.exponential(600.0)).collect();
    let (distance, chance) = statistics::kolmogorov_smirnov(&draws, 600.0);
    println!("2000 intervals: distance {distance:.4}, {chance:.3} by chance");
    assert!(chance > 0.01);
    assert!(statistics::kolmogorov_smirnov(&draws, 660.0).1 < 0.01, "ten per cent too slow");
    let uniform: Vec<f64> = (1..=2_000_u32).map(|step| f64::from(step) * 0.6).collect();
    assert!(statistics::kolmogorov_smirnov(&uniform, 600.0).1 < 1e-6);
    // Marsaglia, Tsang & Wang 2003: the limit at 1.628 is one per cent.
    let quantiles: Vec<f64> = (0..10_000_u32).map(|step| -(1.0 - (f64::from(step) + 0.5) / 10_000.0).ln()).collect();
    assert!(statistics::kolmogorov_smirnov(&quantiles, 1.0).1 > 0.999_999);
}
