//! What withholding blocks earns, against the miner's share of the hash rate and γ.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{
    Figure, Kind, MAX_BLOCKS, Measure, Run, SpecError, exact_link, expect, expect_all, float, miners_of_chain,
};
use crate::lab::arena::{Arena, Link, Miner, Setting, Topology};
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;
use crate::lab::theory::selfish;

/// Between two honest miners, one way, ms: a block takes three messages, so 600 ms.
const HONEST_DELAY: u64 = 200;
/// From the withholding miner to those who hear it first, and to it from everybody, ms.
const NEAR: u64 = 10;
/// From it to the others, ms: what it publishes takes two of these, and comes after any honest block; but a block of theirs takes
/// one to it, so that it can still be first with the near ones.
const FAR: u64 = 400;
/// All that is published at the end has arrived after this, ms.
const SETTLING: u64 = 600_000;

/// Every combination of a share and a γ is a world, the withholding miner in it among honest ones of equal rates.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selfish {
    pub strategy: Strategy,
    pub alphas: Vec<f64>,
    /// The share of the honest hash rate that mines on the miner's block during a match. Empty: it follows from `heard_first`.
    pub gammas: Vec<f64>,
    /// How many of the honest miners hear the withholding one before they hear each other; used when `gammas` is empty.
    pub heard_first: Vec<usize>,
    pub honest: usize,
    /// Found in each world.
    pub blocks: usize,
}

impl Default for Selfish {
    fn default() -> Self {
        Self {
            strategy: Strategy::Selfish,
            alphas: vec![0.1, 0.2, 0.25, 0.3, 1.0 / 3.0, 0.35, 0.4, 0.45],
            gammas: vec![0.0, 0.5, 1.0],
            heard_first: vec![],
            honest: 3,
            blocks: 5_000,
        }
    }
}

const FIGURES: [Figure; 2] = [Figure { name: "revenue", unit: "" }, Figure { name: "stale rate", unit: "" }];

impl Selfish {
    /// The share, the γ that is set, and how many hear the miner first.
    fn case(&self, index: usize) -> (f64, Option<f64>, usize) {
        let alpha = self.alphas[index % self.alphas.len()];
        let rest = index / self.alphas.len();
        match self.gammas.get(rest) {
            // The finder of the honest block is on its branch, and all others on that of the match.
            Some(gamma) => (alpha, Some(*gamma), self.honest),
            None => (alpha, None, self.heard_first[rest]),
        }
    }

    /// γ of a case. Where it follows from the links, it is the share that hears the miner first, less a finder among them: who
    /// has found the honest block mines on it.
    fn gamma(&self, case: usize) -> f64 {
        match self.case(case) {
            (_, Some(gamma), _) => gamma,
            (_, None, first) => float(first) * (float(self.honest) - 1.0) / float(self.honest) / float(self.honest),
        }
    }
}

impl Kind for Selfish {
    fn check(&self) -> Result<(), SpecError> {
        let withholds = self.strategy.withholds() && !matches!(self.strategy, Strategy::DoubleSpend { .. });
        expect(withholds, "strategy", "selfish or a table; honest miners withhold nothing, and a tournament has all")?;
        expect_all(&self.alphas, |alpha| (0.01..=0.49).contains(&alpha), "alphas", "from 0.01 to 0.49")?;
        expect((2..=100).contains(&self.honest), "honest", "from 2 to 100")?;
        expect((10..=MAX_BLOCKS).contains(&self.blocks), "blocks", "from 10 to 200000")?;
        if self.gammas.is_empty() {
            return expect_all(
                &self.heard_first,
                |first| first <= self.honest,
                "heard_first",
                "at most as many as `honest`",
            );
        }
        expect(
            self.heard_first.is_empty(),
            "heard_first",
            "leave it out, or `gammas`: γ is set or follows from the links",
        )?;
        expect_all(&self.gammas, |gamma| (0.0..=1.0).contains(&gamma), "gammas", "from 0 to 1")
    }

    fn cases(&self) -> usize {
        self.alphas.len() * self.gammas.len().max(self.heard_first.len())
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        vec![vec![("alpha", Value::Number(self.case(case).0)), ("gamma", Value::Number(self.gamma(case)))]]
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, case: usize, _: usize, figure: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        if figure > 0 {
            return Vec::new();
        }
        let (alpha, gamma) = (self.case(case).0, self.gamma(case));
        let fair = ("fair share", alpha);
        match self.strategy {
            Strategy::Selfish => vec![("Eyal & Sirer 2014, equation 8", selfish::revenue(alpha, gamma)), fair],
            _ => vec![("Sapirshtein et al. 2016, bound on any strategy", selfish::bound(alpha)), fair],
        }
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let (alpha, gamma, first) = self.case(case);
        let attacker = self.honest;
        let share = (1.0 - alpha) / float(self.honest);
        let mut miners = vec![Miner { share, strategy: Strategy::Honest }; self.honest];
        miners.push(Miner { share: alpha, strategy: self.strategy.clone() });
        let mut links =
            super::links(Topology::Mesh.pairs(self.honest, &mut Random::new(seed)), &exact_link(HONEST_DELAY));
        links.extend((0..self.honest).map(|node| {
            let out = if node < first { NEAR } else { FAR };
            Link { nodes: [attacker, node], directions: [exact_link(out), exact_link(NEAR)] }
        }));
        let setting = Setting {
            interval: 600.0,
            half_life: None,
            miners,
            links,
            gamma,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        Box::new(SelfishRun { arena: Arena::new(setting, seed), blocks: self.blocks, attacker, cycles: None })
    }
}

struct SelfishRun {
    arena: Arena,
    blocks: usize,
    attacker: usize,
    /// Cycles that had ended when there were blocks enough.
    cycles: Option<usize>,
}

impl Run for SelfishRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        let end = self.arena.events().saturating_add(events);
        if !self.arena.run_until_found(self.blocks, events) {
            return None;
        }
        // A cycle that is under way is likelier a long one, in which the miner wins; so it is waited for.
        let cycles = *self.cycles.get_or_insert(self.arena.levels(self.attacker).len());
        while self.arena.levels(self.attacker).len() == cycles {
            if self.arena.events() >= end {
                return None;
            }
            let found = self.arena.record().found().len();
            self.arena.run_until_found(found + 1, u64::MAX / 2);
        }
        self.arena.settle(SETTLING);
        let miners = miners_of_chain(&self.arena);
        let cycles = self.arena.levels(self.attacker).windows(2).filter_map(|ends| {
            let blocks = miners.get(ends[0] as usize..ends[1] as usize)?;
            let own = blocks.iter().filter(|miner| **miner == self.attacker).count();
            Some((float(own), float(blocks.len())))
        });
        let stale = self.arena.record().stale(self.arena.node(0).chain());
        Some(vec![vec![Measure::ratio(cycles), Measure::share(stale, self.arena.record().found().len())]])
    }
}
