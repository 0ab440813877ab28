//! How many blocks are found in vain, against interval, delay, block size and topology.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{
    Figure, Kind, MAX_BLOCKS, MAX_NODES, Measure, Run, SpecError, exact_link, expect, expect_all, float, links,
};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::link::LinkSettings;
use crate::lab::random::Random;
use crate::lab::simblock;
use crate::lab::strategy::Strategy;
use crate::lab::theory::forks;

/// All that is left to arrive after the last block arrives within this, ms, on any link that a spec may describe.
const SETTLING: u64 = 4 * 3_600_000;

/// Every combination of the settings is a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StaleRate {
    pub nodes: usize,
    /// Found in each world.
    pub blocks: usize,
    /// Between blocks, seconds.
    pub intervals: Vec<f64>,
    pub world: World,
    /// Of a link, one way, ms. A world with regions has its own.
    pub delays: Vec<u64>,
    pub block_bytes: Vec<u64>,
    /// Of a link, bytes a second.
    pub bandwidth: u64,
    pub topologies: Vec<Topology>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// All links are alike.
    Uniform,
    /// `SimBlock`'s six regions and 535 000-byte blocks; delays, sizes, bandwidth and topology are its own.
    #[serde(rename = "simblock-2019")]
    Simblock2019,
}

impl Default for StaleRate {
    fn default() -> Self {
        Self {
            nodes: 20,
            blocks: 2_000,
            intervals: vec![10.0, 60.0, 600.0],
            world: World::Uniform,
            delays: vec![100, 500],
            block_bytes: vec![1_000_000],
            bandwidth: 1_250_000,
            topologies: vec![Topology::Random { links: 4 }],
        }
    }
}

struct Case {
    interval: f64,
    delay: u64,
    block_bytes: u64,
    topology: Topology,
}

const FIGURES: [Figure; 4] = [
    Figure { name: "stale rate", unit: "" },
    Figure { name: "effective delay", unit: "s" },
    Figure { name: "median delay", unit: "s" },
    Figure { name: "90th percentile of delays", unit: "s" },
];

impl StaleRate {
    fn case(&self, index: usize) -> Case {
        if self.world == World::Simblock2019 {
            return Case { interval: self.intervals[index], delay: 0, block_bytes: 0, topology: Topology::Mesh };
        }
        let mut rest = index;
        let mut pick = |len: usize| {
            let at = rest % len;
            rest /= len;
            at
        };
        Case {
            interval: self.intervals[pick(self.intervals.len())],
            delay: self.delays[pick(self.delays.len())],
            block_bytes: self.block_bytes[pick(self.block_bytes.len())],
            topology: self.topologies[pick(self.topologies.len())],
        }
    }

    fn setting(&self, case: &Case, random: &mut Random) -> Setting {
        if self.world == World::Simblock2019 {
            return simblock::world(self.nodes, case.interval, random);
        }
        let link = LinkSettings { bandwidth: self.bandwidth, ..exact_link(case.delay) };
        let share = 1.0 / float(self.nodes);
        Setting {
            interval: case.interval,
            half_life: None,
            miners: vec![Miner { share, strategy: Strategy::Honest }; self.nodes],
            links: links(case.topology.pairs(self.nodes, random), &link),
            gamma: None,
            block_bytes: Some(case.block_bytes),
            compact_bytes: Some(case.block_bytes),
            regions: None,
        }
    }
}

impl Kind for StaleRate {
    fn check(&self) -> Result<(), SpecError> {
        expect((2..=MAX_NODES).contains(&self.nodes), "nodes", "from 2 to 20000")?;
        expect((2..=MAX_BLOCKS).contains(&self.blocks), "blocks", "from 2 to 200000")?;
        expect_all(&self.intervals, |seconds| (0.1..=86_400.0).contains(&seconds), "intervals", "from 0.1 to 86400 s")?;
        expect_all(&self.delays, |millis| millis <= 600_000, "delays", "at most 600000 ms")?;
        expect_all(&self.block_bytes, |bytes| bytes <= 1_000_000_000, "block_bytes", "at most 1000000000")?;
        expect(
            (1_000..=1_000_000_000_000).contains(&self.bandwidth),
            "bandwidth",
            "from 1000 to 10^12 bytes a second",
        )?;
        let is_sound = |topology| match topology {
            Topology::Random { links } => (1..=100).contains(&links),
            Topology::Mesh => self.nodes <= 500,
            Topology::Star => self.nodes <= 2_000,
            Topology::Ring | Topology::Line => true,
        };
        let reason = "random links from 1 to 100; a mesh has at most 500 nodes and a star 2000";
        expect_all(&self.topologies, is_sound, "topologies", reason)
    }

    fn cases(&self) -> usize {
        let intervals = self.intervals.len();
        match self.world {
            World::Simblock2019 => intervals,
            World::Uniform => intervals * self.delays.len() * self.block_bytes.len() * self.topologies.len(),
        }
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        let case = self.case(case);
        let mut row = vec![("interval", Value::Number(case.interval))];
        if self.world == World::Simblock2019 {
            row.push(("world", Value::Text("simblock-2019".into())));
        } else {
            #[expect(clippy::cast_precision_loss)]
            row.extend([
                ("delay", Value::Number(case.delay as f64)),
                ("block bytes", Value::Number(case.block_bytes as f64)),
                ("topology", Value::Text(name(case.topology))),
            ]);
        }
        vec![row]
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, case: usize, _: usize, figure: usize, measured: &[Measure]) -> Vec<(&'static str, f64)> {
        let Some(delay) = measured[1].estimate().filter(|_| figure == 0) else { return Vec::new() };
        let forks = forks::fork_rate_of_poisson(self.case(case).interval, delay);
        vec![("Decker & Wattenhofer 2013, from the measured delay", forks::stale_rate(forks))]
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let setting = self.setting(&self.case(case), &mut Random::new(seed));
        let mut arena = Arena::new(setting, seed);
        arena.keep_delays();
        Box::new(StaleRun { arena, blocks: self.blocks })
    }
}

struct StaleRun {
    arena: Arena,
    blocks: usize,
}

impl Run for StaleRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        if !self.arena.run_until_found(self.blocks, events) {
            return None;
        }
        self.arena.settle(SETTLING);
        let record = self.arena.record();
        let mut delays: Vec<u32> = record.delays().collect();
        delays.sort_unstable();
        let percentile = |percent: usize| {
            let value = delays.get(delays.len() * percent / 100).map(|millis| f64::from(*millis) / 1_000.0);
            Measure::mean(value)
        };
        Some(vec![vec![
            Measure::share(record.stale(self.arena.node(0).chain()), record.found().len()),
            Measure::mean(record.effective_delays()),
            percentile(50),
            percentile(90),
        ]])
    }
}

fn name(topology: Topology) -> String {
    match topology {
        Topology::Mesh => "mesh".into(),
        Topology::Ring => "ring".into(),
        Topology::Line => "line".into(),
        Topology::Star => "star".into(),
        Topology::Random { links } => format!("random, {links} links"),
    }
}
