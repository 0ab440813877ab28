//! How the difficulty answers when the hash rate changes at once.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, Measure, Run, SpecError, exact_link, expect, expect_all, float, links};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;
use crate::lab::theory::difficulty;

const NODES: usize = 2;
/// Of the link between them, one way, ms.
const DELAY: u64 = 20;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HashrateStep {
    /// What the hash rate is multiplied by at the beginning.
    pub factors: Vec<f64>,
    /// Between blocks as the rules want it, seconds.
    pub spacing: u32,
    /// Seconds.
    pub half_life: u32,
    /// How long to watch, in half-lives, and how often to look in each.
    pub half_lives: usize,
    pub looks: usize,
}

impl Default for HashrateStep {
    fn default() -> Self {
        // Bitcoin Cash's, of which a half-life has 288 blocks.
        Self { factors: vec![10.0, 0.1], spacing: 600, half_life: 172_800, half_lives: 5, looks: 4 }
    }
}

/// The closed form holds in the limit of many blocks a half-life; of few, difficulties that are looked at by the clock are those
/// that last, and so the higher ones. What a block does to the difficulty in the mean is known exactly.
const FIGURES: [Figure; 3] = [
    Figure { name: "difficulty", unit: "" },
    Figure { name: "a block's factor over its mean", unit: "" },
    Figure { name: "blocks", unit: "blocks" },
];

impl Kind for HashrateStep {
    fn check(&self) -> Result<(), SpecError> {
        expect_all(&self.factors, |factor| (0.001..=1_000.0).contains(&factor), "factors", "from 0.001 to 1000")?;
        expect((10..=86_400).contains(&self.spacing), "spacing", "from 10 to 86400 s")?;
        let blocks = self.half_life / self.spacing;
        expect((1..=10_000).contains(&blocks), "half_life", "from one to ten thousand spacings")?;
        expect((1..=20).contains(&self.half_lives), "half_lives", "from 1 to 20")?;
        expect((1..=100).contains(&self.looks), "looks", "from 1 to 100")
    }

    fn cases(&self) -> usize {
        self.factors.len()
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        let row = |look: usize| {
            let time = float(look) / float(self.looks);
            vec![("half-lives", Value::Number(time)), ("factor", Value::Number(self.factors[case]))]
        };
        (1..=self.half_lives * self.looks).map(row).collect()
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, case: usize, row: usize, figure: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        let half_life = f64::from(self.half_life);
        let seconds = float(row + 1) / float(self.looks) * half_life;
        let (step, source) = (self.factors[case], "ASERT's closed form");
        match figure {
            0 => vec![(source, difficulty::after_step(step, seconds, half_life))],
            1 => vec![("exponential times", 1.0)],
            _ => vec![(source, difficulty::blocks_after_step(step, seconds, half_life) / f64::from(self.spacing))],
        }
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let setting = Setting {
            interval: f64::from(self.spacing),
            half_life: Some(self.half_life),
            miners: vec![Miner { share: 1.0 / float(NODES), strategy: Strategy::Honest }; NODES],
            links: links(Topology::Line.pairs(NODES, &mut Random::new(seed)), &exact_link(DELAY)),
            gamma: None,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        let mut arena = Arena::new(setting, seed);
        arena.set_hashrate(self.factors[case]);
        // The rule sets the difficulty from the third block on.
        Box::new(StepRun { arena, spec: self.clone(), factor: self.factors[case], judged: 3, rows: Vec::new() })
    }
}

struct StepRun {
    arena: Arena,
    spec: HashrateStep,
    factor: f64,
    /// Blocks whose effect on the difficulty has been looked at.
    judged: u32,
    rows: Vec<Vec<Measure>>,
}

impl Run for StepRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        let end = self.arena.events().saturating_add(events);
        while self.rows.len() < self.spec.half_lives * self.spec.looks {
            if self.arena.events() >= end {
                return None;
            }
            let looks = self.rows.len() as u64 + 1;
            let due = looks * u64::from(self.spec.half_life) * 1_000 / self.spec.looks as u64;
            self.arena.pass(due.saturating_sub(self.arena.elapsed()));
            let difficulty = self.arena.difficulty(0);
            let blocks = self.arena.node(0).chain().height();
            let factors = self.factors();
            self.rows.push(vec![
                Measure::mean([difficulty]),
                Measure::ratio(factors),
                Measure::mean([f64::from(blocks)]),
            ]);
        }
        Some(std::mem::take(&mut self.rows))
    }
}

impl StepRun {
    /// Of each block since the last look: by what the difficulty after it was multiplied, and by what in the mean. A look ends with
    /// a block, so that no block is left out for having taken long.
    fn factors(&mut self) -> Vec<(f64, f64)> {
        let found = self.arena.record().found().len();
        self.arena.run_until_found(found + 1, u64::MAX / 2);
        let sigma = f64::from(self.spec.spacing) / f64::from(self.spec.half_life);
        let chain = self.arena.node(0).chain();
        let start = chain.params().start_bits.to_target().expect("ours is valid").work().to_f64();
        let difficulty = |height: u32| {
            let header = chain.index().get(&chain.hash_at(height)?)?.header;
            Some(header.bits.to_target().ok()?.work().to_f64() / start)
        };
        let heights = self.judged..chain.height();
        self.judged = self.judged.max(chain.height());
        let pair = |height: u32| {
            let (own, next) = (difficulty(height)?, difficulty(height + 1)?);
            Some((next / own, difficulty::mean_factor(own, self.factor, sigma)))
        };
        heights.filter_map(pair).collect()
    }
}
