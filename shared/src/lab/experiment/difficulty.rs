//! How the difficulty answers when the hash rate changes at once.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, Measure, Run, SpecError, Theory, expect, expect_all, float};
use crate::lab::arena::{self, Arena, Miner, Setting};
use crate::lab::strategy::Strategy;
use crate::lab::theory::difficulty::{self, Rule};

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

/// The closed form holds in the limit of many blocks a half-life and without rounding; beside it stand the means of the rule as it is.
/// What a block does to the difficulty in the mean is known for any number of blocks.
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

    fn theories(&self, case: usize, row: usize, figure: usize, measured: &[Measure]) -> Vec<(&'static str, f64)> {
        self.theory(case)(row, figure, measured)
    }

    fn theory(&self, case: usize) -> Theory<'_> {
        let (step, half_life) = (self.factors[case], f64::from(self.half_life));
        let looks: Vec<f64> =
            (1..=self.half_lives * self.looks).map(|look| float(look) / float(self.looks) * half_life).collect();
        let answers = self.rule().after_step(step, &looks);
        let (ours, limit) = ("the rule as it rounds", "ASERT's closed form");
        Box::new(move |row, figure, _| match figure {
            0 => vec![(ours, answers[row].difficulty), (limit, difficulty::after_step(step, looks[row], half_life))],
            1 => vec![("exponential times", 1.0)],
            _ => {
                let closed = difficulty::blocks_after_step(step, looks[row], half_life) / f64::from(self.spacing);
                vec![(ours, answers[row].blocks), (limit, closed)]
            }
        })
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        // One miner: with several, some of the work would go into blocks of one height.
        let setting = Setting {
            interval: f64::from(self.spacing),
            half_life: Some(self.half_life),
            miners: vec![Miner { share: 1.0, strategy: Strategy::Honest }],
            links: Vec::new(),
            gamma: None,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        let mut arena = Arena::new(setting, seed);
        arena.set_hashrate(self.factors[case]);
        // The second block is the first whose time counts.
        Box::new(StepRun { arena, spec: self.clone(), factor: self.factors[case], judged: 2, rows: Vec::new() })
    }
}

impl HashrateStep {
    fn rule(&self) -> Rule {
        Rule { spacing: self.spacing, half_life: self.half_life, start: arena::start_target() }
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
    /// a block and counts it, so that none is left out for having taken long.
    fn factors(&mut self) -> Vec<(f64, f64)> {
        let found = self.arena.record().found().len();
        self.arena.run_until_found(found + 1, u64::MAX / 2);
        let (rule, sigma) = (self.spec.rule(), f64::from(self.spec.spacing) / f64::from(self.spec.half_life));
        let chain = self.arena.node(0).chain();
        let start = rule.start.work().to_f64();
        let difficulty = |height: u32| {
            let header = chain.index().get(&chain.hash_at(height)?)?.header;
            Some(header.bits.to_target().ok()?.work().to_f64() / start)
        };
        let heights = self.judged..=chain.height();
        self.judged = self.judged.max(chain.height() + 1);
        // And of the block that comes next.
        let difficulties: Vec<f64> = heights.filter_map(difficulty).chain([self.arena.difficulty(0)]).collect();
        let factor = |own: f64, next: f64| {
            let mean = difficulty::mean_factor(own, self.factor, sigma) * (1.0 + rule.drift(own, self.factor));
            (next / own, mean)
        };
        difficulties.windows(2).map(|pair| factor(pair[0], pair[1])).collect()
    }
}
