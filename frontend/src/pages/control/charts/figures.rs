//! The six charts, out of what is known: headers, which are the chain's, and what the relay has measured.

use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::{Arrival, BlockFigure, Sample};

use super::chart::{Along, Chart, Column, Mark};
use crate::operator::Series;
use crate::text;
use crate::words;

/// Bars of the intervals, up to five times the mean: beyond is less than one in a hundred.
const BINS: u32 = 20;
const REACH: f64 = 5.0;

/// As many as the relay keeps.
const MAX_SAMPLES: usize = 720;
const MAX_ARRIVALS: usize = 500;

/// What charts are made of.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Known {
    pub blocks: Vec<BlockFigure>,
    pub samples: Vec<Sample>,
    pub arrivals: Vec<Arrival>,
    /// Seconds that the network wants between blocks.
    pub spacing: u32,
}

impl Known {
    /// What came since the last look.
    pub fn add(&mut self, series: Series) {
        keep_newest(&mut self.samples, series.samples, MAX_SAMPLES);
        keep_newest(&mut self.arrivals, series.arrivals, MAX_ARRIVALS);
    }

    /// When the newest of it was measured.
    pub fn newest(&self) -> Time {
        let (sample, arrival) = (self.samples.last().map(|it| it.at), self.arrivals.last().map(|it| it.at));
        sample.max(arrival).unwrap_or_default()
    }

    pub fn charts(&self) -> [Chart; 6] {
        [self.hashrate(), self.intervals(), self.difficulty(), self.propagation(), self.stale(), self.mempool()]
    }

    fn hashrate(&self) -> Chart {
        let newest = self.samples.last().map_or(0.0, |sample| sample.proven);
        Chart {
            name: "hashrate",
            title: text!("control-chart-hashrate"),
            unit: "H/s".to_owned(),
            about: text!("control-chart-hashrate-about", rate = words::hashrate(newest)),
            along: Along::Time,
            columns: vec![
                column(text!("control-chart-proven"), "proven_hashes_per_second", Mark::Line, 0),
                column(text!("control-chart-claimed"), "claimed_hashes_per_second", Mark::Dashed, 0),
            ],
            rows: self.sampled(|sample| vec![sample.proven, sample.claimed]),
        }
    }

    /// How many intervals are how long, beside what a memoryless search with the wanted mean gives.
    fn intervals(&self) -> Chart {
        #[expect(clippy::cast_precision_loss, reason = "seconds between blocks")]
        let intervals: Vec<f64> =
            self.blocks.iter().filter_map(since_parent).map(|interval| interval.max(0) as f64).collect();
        let (mean, bin) = (f64::from(self.spacing.max(1)), f64::from(self.spacing.max(1)) * REACH / f64::from(BINS));
        let is_last = |number: u32| number + 1 == BINS;
        let rows = (0..BINS).map(|number| {
            let from = f64::from(number) * bin;
            // The last bar has all that are longer.
            let to = if is_last(number) { f64::INFINITY } else { from + bin };
            let found = intervals.iter().filter(|interval| (from..to).contains(interval)).count();
            #[expect(clippy::cast_precision_loss, reason = "a chart's blocks")]
            let found = found as f64;
            (from, vec![found, expected(intervals.len(), mean, from, to)])
        });
        let rows = if intervals.is_empty() { Vec::new() } else { rows.collect() };
        #[expect(clippy::cast_precision_loss, reason = "a chart's blocks")]
        let observed = intervals.iter().sum::<f64>() / intervals.len().max(1) as f64;
        let (observed, wanted) = (words::seconds(observed), words::seconds(mean));
        Chart {
            name: "intervals",
            title: text!("control-chart-intervals"),
            unit: text!("control-chart-found"),
            about: if intervals.is_empty() {
                text!("control-chart-intervals-none", wanted = wanted)
            } else {
                text!("control-chart-intervals-about", count = intervals.len(), observed = observed, wanted = wanted)
            },
            along: Along::Seconds,
            columns: vec![
                column(text!("control-chart-found"), "blocks", Mark::Bars, 0),
                column(text!("control-chart-expected"), "expected_blocks", Mark::Line, 1),
            ],
            rows,
        }
    }

    fn difficulty(&self) -> Chart {
        let newest = self.blocks.last().map_or(0.0, |block| block.difficulty);
        let row = |block: &BlockFigure| (f64::from(block.height), vec![block.difficulty]);
        Chart {
            name: "difficulty",
            title: text!("control-chart-difficulty"),
            unit: "×".to_owned(),
            about: text!("control-chart-difficulty-about", difficulty = words::difficulty(newest)),
            along: Along::Height,
            columns: vec![column(text!("control-chart-difficulty"), "difficulty", Mark::Steps, 2)],
            // Genesis was not mined.
            rows: self.blocks.iter().filter(|block| block.height > 0).map(row).collect(),
        }
    }

    fn propagation(&self) -> Chart {
        #[expect(clippy::cast_precision_loss, reason = "microseconds of a block's way")]
        let millis = |arrival: &Arrival| arrival.took_micros as f64 / 1_000.0;
        let mut sorted: Vec<f64> = self.arrivals.iter().map(millis).collect();
        sorted.sort_by(f64::total_cmp);
        let median = sorted.get(sorted.len() / 2).map_or_else(|| "–".to_owned(), |it| words::figure(*it, 1));
        Chart {
            name: "propagation",
            title: text!("control-chart-propagation"),
            unit: "ms".to_owned(),
            about: text!("control-chart-propagation-about", count = sorted.len(), median = median),
            along: Along::Height,
            columns: vec![column(text!("control-chart-millis"), "milliseconds", Mark::Dots, 1)],
            rows: self.arrivals.iter().map(|arrival| (f64::from(arrival.height), vec![millis(arrival)])).collect(),
        }
    }

    fn stale(&self) -> Chart {
        let newest = self.samples.last().map_or((0, 0.0), |sample| (sample.stale_blocks, stale_percent(sample)));
        let percent = words::percent(newest.1 / 100.0);
        Chart {
            name: "stale",
            title: text!("control-chart-stale"),
            unit: "%".to_owned(),
            about: text!("control-chart-stale-about", count = newest.0, percent = percent),
            along: Along::Time,
            columns: vec![column(text!("control-chart-stale-percent"), "stale_percent", Mark::Line, 2)],
            rows: self.sampled(|sample| vec![stale_percent(sample)]),
        }
    }

    fn mempool(&self) -> Chart {
        let newest = self.samples.last().map_or(0, |sample| sample.mempool);
        Chart {
            name: "mempool",
            title: text!("control-chart-mempool"),
            unit: text!("control-chart-waiting"),
            about: text!("control-chart-mempool-about", count = newest),
            along: Along::Time,
            columns: vec![column(text!("control-chart-waiting"), "transactions", Mark::Steps, 0)],
            rows: self.sampled(|sample| vec![f64::from(u32::try_from(sample.mempool).unwrap_or(u32::MAX))]),
        }
    }

    fn sampled(&self, figures: impl Fn(&Sample) -> Vec<f64>) -> Vec<(f64, Vec<f64>)> {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53")]
        let row = |sample: &Sample| (sample.at.0 as f64, figures(sample));
        self.samples.iter().map(row).collect()
    }
}

fn keep_newest<T>(known: &mut Vec<T>, new: Vec<T>, most: usize) {
    known.extend(new);
    known.drain(..known.len().saturating_sub(most));
}

/// Seconds since the parent's date. Genesis is dated by the network's parameters: what comes after it says nothing.
pub fn since_parent(block: &BlockFigure) -> Option<i64> {
    block.interval.filter(|_| block.height > 1)
}

/// Of all blocks that anybody has shown, genesis aside.
fn stale_percent(sample: &Sample) -> f64 {
    let stale = f64::from(u32::try_from(sample.stale_blocks).unwrap_or(u32::MAX));
    let all = stale + f64::from(sample.height);
    if all > 0.0 { 100.0 * stale / all } else { 0.0 }
}

/// How many of `count` intervals a memoryless search with this mean has between `from` and `to`, all in one unit.
fn expected(count: usize, mean: f64, from: f64, to: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a chart's blocks")]
    let count = count as f64;
    count * ((-from / mean).exp() - (-to / mean).exp())
}

fn column(name: String, key: &'static str, mark: Mark, digits: u8) -> Column {
    Column { name, key, mark, digits }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::BlockHash;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn known() -> Known {
        let block = |height: u32, interval| BlockFigure { height, time: height * 10, interval, difficulty: 2.0 };
        let sample = |at, stale_blocks| Sample {
            at: Time(at),
            nodes: 3,
            claimed: 20.0,
            proven: 10.0,
            height: 90,
            mempool: 4,
            mempool_bytes: 800,
            stale_blocks,
        };
        Known {
            blocks: vec![
                block(7, None),
                block(8, Some(1)),
                block(9, Some(12)),
                block(10, Some(500)),
                block(11, Some(-3)),
            ],
            samples: vec![sample(5_000, 0), sample(10_000, 10)],
            arrivals: vec![Arrival { at: Time(1), hash: BlockHash([1; 32]), height: 9, took_micros: 2_500 }],
            spacing: 10,
        }
    }

    #[test]
    fn every_interval_is_in_a_bar_and_the_expectation_adds_up() {
        let chart = known().intervals();
        let sum = |column: usize| chart.rows.iter().map(|(_, figures)| figures[column]).sum::<f64>();
        assert!((sum(0) - 4.0).abs() < 1e-9 && (sum(1) - 4.0).abs() < 1e-9, "{:?}", chart.rows);
        // 1 s and what went backwards in the first, the long one in the last.
        assert_eq!((chart.rows[0].1[0], chart.rows[19].1[0]), (2.0, 1.0));
    }

    #[test]
    fn half_of_the_expected_intervals_are_shorter_than_ln_2_of_the_mean() {
        let half = expected(2, 10.0, 0.0, 10.0 * std::f64::consts::LN_2);
        assert!((half - 1.0).abs() < 1e-9, "{half}");
    }

    #[test]
    fn figures_are_what_was_measured() {
        let known = known();
        let stale: Vec<f64> = known.stale().rows.iter().map(|(_, figures)| figures[0]).collect();
        assert_eq!(stale, [0.0, 10.0]);
        assert_eq!(known.propagation().rows, [(9.0, vec![2.5])]);
        assert_eq!(known.hashrate().rows[1], (10_000.0, vec![10.0, 20.0]));
        assert!(Known::default().charts().iter().all(Chart::is_empty));
    }
}
