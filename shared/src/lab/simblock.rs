//! The world of 2019 as `SimBlock` has it: six regions, their latencies and bandwidths, how many links nodes make, and how well
//! compact blocks do.
//!
//! Figures and behaviour are those of `SimBlock`'s public settings (dsg-titech/simblock, `simblock.settings`, `Network.java`,
//! `Node.java`; Apache-2.0), facts that its authors took from the Bitcoin network: latencies vary by Pareto's law, a message
//! takes ten milliseconds more, and a node sends bodies one after the other, each when the one before has arrived.

use super::arena::{Link, Miner, Setting, wiring};
use super::link::{LinkSettings, Pace};
use super::random::Random;
use super::strategy::Strategy;

/// North America, Europe, South America, Asia and Pacific, Japan, Australia.
const REGIONS: usize = 6;
/// Mean latencies, ms.
const LATENCY: [[f64; REGIONS]; REGIONS] = [
    [32.0, 124.0, 184.0, 198.0, 151.0, 189.0],
    [124.0, 11.0, 227.0, 237.0, 252.0, 294.0],
    [184.0, 227.0, 88.0, 325.0, 301.0, 322.0],
    [198.0, 237.0, 325.0, 85.0, 58.0, 198.0],
    [151.0, 252.0, 301.0, 58.0, 12.0, 126.0],
    [189.0, 294.0, 322.0, 198.0, 126.0, 16.0],
];
/// Bits a second.
const DOWNLOAD: [u64; REGIONS] = [52_000_000, 40_000_000, 18_000_000, 22_800_000, 22_800_000, 29_900_000];
const UPLOAD: [u64; REGIONS] = [19_200_000, 20_700_000, 5_800_000, 15_700_000, 10_200_000, 11_300_000];
/// Shares of the nodes.
const POPULATION: [f64; REGIONS] = [0.3316, 0.4998, 0.0090, 0.1177, 0.0224, 0.0195];
/// Summed up: shares of the nodes that make 1, 2, 3 … links (Miller et al. 2015).
const LINKS: [f64; 20] = [
    0.025, 0.050, 0.075, 0.10, 0.20, 0.30, 0.40, 0.50, 0.60, 0.70, 0.80, 0.85, 0.90, 0.95, 0.97, 0.97, 0.98, 0.99,
    0.995, 1.0,
];
const BLOCK_BYTES: u64 = 535_000;
const COMPACT_BLOCK_BYTES: u64 = 18_000;
/// Shares of the nodes that use compact blocks, and that come and go.
const USES_COMPACT: f64 = 0.964;
const CHURNS: f64 = 0.976;
/// How often a compact block lacks something, at nodes that stay and at those that come and go.
const LACKS_STAYING: f64 = 0.13;
const LACKS_CHURNING: f64 = 0.27;
/// Share of a block that a staying node lacks then.
const LACKED_STAYING: f64 = 0.01;
/// What one that comes and goes lacks, as a share of the block: points of the distribution that `SimBlock` lists value by value.
const LACKED_CHURNING: [(f64, f64); 10] = [
    (0.0, 0.01),
    (0.575, 0.01),
    (0.645, 0.02),
    (0.686, 0.03),
    (0.739, 0.05),
    (0.806, 0.10),
    (0.873, 0.20),
    (0.916, 0.33),
    (0.95, 0.49),
    (1.0, 0.96),
];
/// On top of a latency, ms: to messages, and to bodies.
const MESSAGE_OVERHEAD: u64 = 10;
const BODY_OVERHEAD: u64 = 2;

#[derive(Debug, Clone)]
pub struct Regions {
    places: Vec<Place>,
}

#[derive(Debug, Clone, Copy)]
struct Place {
    region: usize,
    uses_compact: bool,
    churns: bool,
}

/// A network of so many honest nodes, with a block every `interval` seconds. Hash rates vary by a quarter of their mean.
pub fn world(nodes: usize, interval: f64, random: &mut Random) -> Setting {
    let mut regions = spread(nodes, &sums(&POPULATION));
    random.shuffle(&mut regions);
    let mut wanted = spread(nodes, &LINKS);
    random.shuffle(&mut wanted);
    let wanted: Vec<usize> = wanted.into_iter().map(|index| (index + 1).min(nodes - 1)).collect();
    let [mut compact, mut churning] = [USES_COMPACT, CHURNS].map(|share| spread(nodes, &[1.0 - share, 1.0]));
    random.shuffle(&mut compact);
    random.shuffle(&mut churning);
    let place =
        |node: usize| Place { region: regions[node], uses_compact: compact[node] == 1, churns: churning[node] == 1 };
    let rates: Vec<f64> = (0..nodes).map(|_| (1.0 + 0.25 * normal(random)).max(0.01)).collect();
    let sum: f64 = rates.iter().sum();
    let pairs = wiring::chosen(&wanted, random);
    let link = |nodes| Link { nodes, directions: [LinkSettings::reliable(), LinkSettings::reliable()] };
    Setting {
        interval,
        half_life: None,
        miners: rates.iter().map(|rate| Miner { share: rate / sum, strategy: Strategy::Honest }).collect(),
        links: pairs.into_iter().map(link).collect(),
        gamma: None,
        block_bytes: Some(BLOCK_BYTES),
        compact_bytes: Some(COMPACT_BLOCK_BYTES),
        regions: Some(Regions { places: (0..nodes).map(place).collect() }),
    }
}

/// The twelfth of Irwin and Hall: close to normal, and made of sums only.
fn normal(random: &mut Random) -> f64 {
    (0..12).map(|_| random.unit()).sum::<f64>() - 6.0
}

fn sums(shares: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    shares
        .iter()
        .map(|share| {
            sum += share;
            sum
        })
        .collect()
}

/// As many of each kind as its share says, in order.
fn spread(nodes: usize, cumulative: &[f64]) -> Vec<usize> {
    #[expect(clippy::cast_precision_loss)]
    let place = |node: usize| (node as f64 + 0.5) / nodes as f64;
    let last = cumulative.len() - 1;
    (0..nodes).map(|node| cumulative.partition_point(|sum| *sum < place(node)).min(last)).collect()
}

impl Regions {
    /// How a message of next to no size goes.
    pub(super) fn of_message(&self, from: usize, to: usize, random: &mut Random) -> Pace {
        let delay = self.latency(from, to, random) + MESSAGE_OVERHEAD;
        Pace { delay, jitter: 0, bandwidth: u64::MAX }
    }

    /// How a block or a part of one goes.
    pub(super) fn of_body(&self, from: usize, to: usize, random: &mut Random) -> Pace {
        let bandwidth = UPLOAD[self.places[from].region].min(DOWNLOAD[self.places[to].region]) / 8;
        let delay = self.latency(from, to, random) + BODY_OVERHEAD;
        Pace { delay, jitter: 0, bandwidth }
    }

    /// Bytes of a block in the form that both understand.
    pub(super) fn block_bytes(&self, from: usize, to: usize) -> u64 {
        if self.is_compact(from, to) { COMPACT_BLOCK_BYTES } else { BLOCK_BYTES }
    }

    /// Bytes of the transactions that the receiver of a compact block turns out to lack.
    pub(super) fn lacks(&self, from: usize, to: usize, random: &mut Random) -> Option<u64> {
        if !self.is_compact(from, to) {
            return None;
        }
        let churns = self.places[to].churns;
        if !random.chance(if churns { LACKS_CHURNING } else { LACKS_STAYING }) {
            return None;
        }
        let share = if churns { lacked(random.unit()) } else { LACKED_STAYING };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
        let bytes = (share * BLOCK_BYTES as f64) as u64;
        Some(bytes)
    }

    fn is_compact(&self, from: usize, to: usize) -> bool {
        self.places[from].uses_compact && self.places[to].uses_compact
    }

    /// Pareto's law: a fifth of the mean is its shape, and the mean less five milliseconds its least value.
    fn latency(&self, from: usize, to: usize, random: &mut Random) -> u64 {
        let mean = LATENCY[self.places[from].region][self.places[to].region];
        let drawn = (mean - 5.0) / libm::pow(1.0 - random.unit(), 1.0 / (0.2 * mean));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let millis = (drawn + 0.5) as u64;
        millis
    }
}

fn lacked(rank: f64) -> f64 {
    let after = LACKED_CHURNING.partition_point(|(at, _)| *at <= rank).clamp(1, LACKED_CHURNING.len() - 1);
    let ((from, low), (to, high)) = (LACKED_CHURNING[after - 1], LACKED_CHURNING[after]);
    low + (high - low) * (rank - from) / (to - from)
}
