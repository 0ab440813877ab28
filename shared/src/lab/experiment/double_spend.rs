//! How often a payment is taken back, against the attacker's share `q` of the hash rate and the merchant's confirmations `z`.
//!
//! Each attempt is real: the attacker's node pays the merchant's with a signed transfer, its secret branch holds another of the
//! same nonce, and the merchant counts confirmations on its own node's chain.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, Measure, Run, SpecError, exact_link, expect, expect_all, float, links};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;
use crate::lab::theory::double_spend;

/// Of every link, one way, ms: far below the ten minutes between blocks, so that honest miners hardly ever fork.
const DELAY: u64 = 20;
/// Honest nodes, of which the first is the merchant's.
const HONEST: usize = 2;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoubleSpend {
    /// The attacker's shares of the hash rate.
    pub shares: Vec<f64>,
    pub confirmations: Vec<u32>,
    /// The attacker gives up when its branch is so many blocks shorter.
    pub give_up: u32,
    /// In each world.
    pub attempts: u64,
}

impl Default for DoubleSpend {
    fn default() -> Self {
        Self { shares: vec![0.1, 0.2, 0.3, 0.4], confirmations: vec![1, 2, 3, 4, 6, 8, 10], give_up: 30, attempts: 250 }
    }
}

const FIGURES: [Figure; 1] = [Figure { name: "success", unit: "" }];

impl DoubleSpend {
    fn case(&self, index: usize) -> (f64, u32) {
        (self.shares[index / self.confirmations.len()], self.confirmations[index % self.confirmations.len()])
    }
}

impl Kind for DoubleSpend {
    fn check(&self) -> Result<(), SpecError> {
        expect_all(&self.shares, |share| (0.01..=0.49).contains(&share), "shares", "from 0.01 to 0.49")?;
        expect((1..=1_000).contains(&self.give_up), "give_up", "from 1 to 1000")?;
        let reason =
            "from 1 to how far behind the attacker gives up (`give_up`): one that gives up earlier never sees them";
        expect_all(&self.confirmations, |z| (1..=self.give_up).contains(&z), "confirmations", reason)?;
        expect((1..=100_000).contains(&self.attempts), "attempts", "from 1 to 100000")
    }

    fn cases(&self) -> usize {
        self.shares.len() * self.confirmations.len()
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        let (share, confirmations) = self.case(case);
        vec![vec![("confirmations", Value::Number(confirmations.into())), ("q", Value::Number(share))]]
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, case: usize, _: usize, _: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        let (share, confirmations) = self.case(case);
        vec![
            (
                "Rosenfeld 2014, with this patience",
                double_spend::rosenfeld_with_patience(share, confirmations, self.give_up),
            ),
            ("Rosenfeld 2014", double_spend::rosenfeld(share, confirmations)),
            ("Nakamoto 2008", double_spend::nakamoto(share, confirmations)),
        ]
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let (share, confirmations) = self.case(case);
        let mut miners = vec![Miner { share: (1.0 - share) / float(HONEST), strategy: Strategy::Honest }; HONEST];
        miners.push(Miner { share, strategy: Strategy::DoubleSpend { confirmations, give_up: self.give_up } });
        let setting = Setting {
            interval: 600.0,
            half_life: None,
            miners,
            links: links(Topology::Mesh.pairs(HONEST + 1, &mut Random::new(seed)), &exact_link(DELAY)),
            gamma: None,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        Box::new(DoubleSpendRun { arena: Arena::new(setting, seed), attempts: self.attempts })
    }
}

struct DoubleSpendRun {
    arena: Arena,
    attempts: u64,
}

impl Run for DoubleSpendRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        let end = self.arena.events().saturating_add(events);
        while self.arena.attempts(HONEST).0 < self.attempts {
            if self.arena.events() >= end {
                return None;
            }
            let found = self.arena.record().found().len();
            self.arena.run_until_found(found + 1, events);
        }
        let (made, succeeded) = self.arena.attempts(HONEST);
        Some(vec![vec![Measure::Share { successes: succeeded, trials: made }]])
    }
}
