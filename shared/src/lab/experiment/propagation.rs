//! How long a block takes over hops: a line of nodes, of which the first finds all blocks.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, Measure, Run, SpecError, exact_link, expect, expect_all, links};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::link::LinkSettings;
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Propagation {
    /// How far from the finder the last node is.
    pub hops: usize,
    pub blocks: usize,
    /// Between blocks, seconds.
    pub interval: f64,
    /// Of a link, one way, ms.
    pub delays: Vec<u64>,
    /// Up to so much more, ms, drawn for each message.
    pub jitter: u64,
    pub block_bytes: u64,
    /// Of a link, bytes a second.
    pub bandwidth: u64,
}

impl Default for Propagation {
    fn default() -> Self {
        Self {
            hops: 8,
            blocks: 500,
            interval: 600.0,
            delays: vec![50, 200],
            jitter: 20,
            block_bytes: 500_000,
            bandwidth: 2_500_000,
        }
    }
}

const FIGURES: [Figure; 1] = [Figure { name: "delay", unit: "s" }];

impl Kind for Propagation {
    fn check(&self) -> Result<(), SpecError> {
        expect((1..=200).contains(&self.hops), "hops", "from 1 to 200")?;
        expect((2..=100_000).contains(&self.blocks), "blocks", "from 2 to 100000")?;
        expect((1.0..=86_400.0).contains(&self.interval), "interval", "from 1 to 86400 s")?;
        expect_all(&self.delays, |millis| millis <= 60_000, "delays", "at most 60000 ms")?;
        expect(self.jitter <= 60_000, "jitter", "at most 60000 ms")?;
        expect(self.block_bytes <= 1_000_000_000, "block_bytes", "at most 1000000000")?;
        expect((1_000..=1_000_000_000_000).contains(&self.bandwidth), "bandwidth", "from 1000 to 10^12 bytes a second")
    }

    fn cases(&self) -> usize {
        self.delays.len()
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        #[expect(clippy::cast_precision_loss)]
        let number = |number: u64| Value::Number(number as f64);
        (1..=self.hops as u64)
            .map(|hop| vec![("hops", number(hop)), ("delay of a link", number(self.delays[case]))])
            .collect()
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    /// A hop is three messages, header, question and block; the last one also takes its time on the link.
    fn theories(&self, case: usize, row: usize, _: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        #[expect(clippy::cast_precision_loss)]
        let float = |number: u64| number as f64;
        let message = float(self.delays[case]) + float(self.jitter) / 2.0;
        let hop = 3.0 * message + float(self.block_bytes * 1_000 / self.bandwidth);
        vec![("three messages a hop", float(row as u64 + 1) * hop / 1_000.0)]
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let nodes = self.hops + 1;
        let link = LinkSettings { bandwidth: self.bandwidth, jitter: self.jitter, ..exact_link(self.delays[case]) };
        let share = |node: usize| if node == 0 { 1.0 } else { 0.0 };
        let setting = Setting {
            interval: self.interval,
            half_life: None,
            miners: (0..nodes).map(|node| Miner { share: share(node), strategy: Strategy::Honest }).collect(),
            links: links(Topology::Line.pairs(nodes, &mut Random::new(seed)), &link),
            gamma: None,
            block_bytes: Some(self.block_bytes),
            compact_bytes: Some(self.block_bytes),
            regions: None,
        };
        let mut arena = Arena::new(setting, seed);
        arena.keep_delays();
        Box::new(PropagationRun { arena, blocks: self.blocks, hops: self.hops })
    }
}

struct PropagationRun {
    arena: Arena,
    blocks: usize,
    hops: usize,
}

impl Run for PropagationRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        if !self.arena.run_until_found(self.blocks, events) {
            return None;
        }
        self.arena.settle(self.hops as u64 * 1_000_000);
        let of_node = |node: usize| self.arena.record().delays_of(node).map(|millis| f64::from(millis) / 1_000.0);
        Some((1..=self.hops).map(|node| vec![Measure::mean(of_node(node))]).collect())
    }
}
