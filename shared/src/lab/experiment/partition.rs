//! What a network that was divided has to undo when it is whole again.
//!
//! On both sides people pay each other meanwhile. Of the payments in blocks that give way, most are mined again; lost are those
//! that the other side's chain contradicts, because their senders paid there as well.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, Measure, Run, SpecError, exact_link, expect, expect_all, float, links};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;
use crate::lab::theory::forks;
use crate::node::Command;
use crate::primitives::{Amount, Memo};

/// Of every link, one way, ms.
const DELAY: u64 = 50;
/// Blocks before the network is divided, so that people own something.
const BEFORE: usize = 12;
/// Blocks after it, with which one side wins and what returned is mined again.
const AFTER: usize = 6;
/// What everybody pays, in units.
const PRICE: u64 = 1_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Partition {
    pub nodes: usize,
    /// Between blocks, seconds.
    pub interval: f64,
    /// How long the network is divided, in intervals.
    pub lengths: Vec<u32>,
    /// Share of the nodes on the smaller side.
    pub shares: Vec<f64>,
    /// Payments that each node makes in an interval while the network is divided.
    pub payments: u32,
}

impl Default for Partition {
    fn default() -> Self {
        Self { nodes: 10, interval: 60.0, lengths: vec![1, 3, 6, 12, 24], shares: vec![0.5, 0.3], payments: 1 }
    }
}

const FIGURES: [Figure; 3] = [
    Figure { name: "reorg depth", unit: "blocks" },
    Figure { name: "payments undone", unit: "payments" },
    Figure { name: "payments lost", unit: "payments" },
];

impl Partition {
    fn case(&self, index: usize) -> (u32, usize) {
        let small = self.shares[index / self.lengths.len()] * float(self.nodes);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let small = (small + 0.5) as usize;
        (self.lengths[index % self.lengths.len()], small.max(1))
    }
}

impl Kind for Partition {
    fn check(&self) -> Result<(), SpecError> {
        expect((2..=200).contains(&self.nodes), "nodes", "from 2 to 200")?;
        expect((10.0..=86_400.0).contains(&self.interval), "interval", "from 10 to 86400 s")?;
        expect_all(&self.lengths, |length| (1..=500).contains(&length), "lengths", "from 1 to 500 intervals")?;
        expect_all(&self.shares, |share| share > 0.0 && share <= 0.5, "shares", "above 0, at most 0.5")?;
        expect(self.payments <= 100, "payments", "at most 100")
    }

    fn cases(&self) -> usize {
        self.lengths.len() * self.shares.len()
    }

    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>> {
        let (length, small) = self.case(case);
        let share = float(small) / float(self.nodes);
        vec![vec![("length", Value::Number(length.into())), ("smaller side", Value::Number(share))]]
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, case: usize, _: usize, figure: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        if figure > 0 {
            return Vec::new();
        }
        let (length, small) = self.case(case);
        let share = float(small) / float(self.nodes);
        let depth = forks::shorter_branch(f64::from(length) * share, f64::from(length) * (1.0 - share));
        vec![("the smaller of two Poisson counts", depth)]
    }

    fn start(&self, case: usize, seed: u64) -> Box<dyn Run> {
        let mut random = Random::new(seed);
        let setting = Setting {
            interval: self.interval,
            half_life: None,
            miners: vec![Miner { share: 1.0 / float(self.nodes), strategy: Strategy::Honest }; self.nodes],
            links: links(Topology::Mesh.pairs(self.nodes, &mut random), &exact_link(DELAY)),
            gamma: None,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        let (length, small) = self.case(case);
        Box::new(PartitionRun {
            arena: Arena::new(setting, seed),
            random,
            small,
            rounds: length * self.payments.max(1),
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            pause: (self.interval * 1_000.0) as u64 / u64::from(self.payments.max(1)),
            pays: self.payments > 0,
        })
    }
}

struct PartitionRun {
    arena: Arena,
    random: Random,
    small: usize,
    rounds: u32,
    pause: u64,
    pays: bool,
}

impl Run for PartitionRun {
    fn step(&mut self, _: u64) -> Option<Vec<Vec<Measure>>> {
        let nodes = self.arena.len();
        self.arena.run_until_found(BEFORE, u64::MAX / 2);
        // Whatever was on its way has arrived.
        self.arena.pass(10_000);
        let sides: Vec<bool> = (0..nodes).map(|node| node < self.small).collect();
        self.arena.divide(sides);
        let before = self.arena.record().reorgs().len();
        for _ in 0..self.rounds {
            self.arena.pass(self.pause);
            for node in 0..if self.pays { nodes } else { 0 } {
                let to = self.arena.node(self.random.index(nodes)).address();
                let amount = Amount::from_units(PRICE).expect("small");
                self.arena.command(node, Command::Pay { recipient: to, amount, fee: None, memo: Memo::default() });
            }
        }
        let undone_by = |arena: &Arena, node: usize| arena.node(node).chain().tip();
        let tips = [undone_by(&self.arena, 0), undone_by(&self.arena, nodes - 1)];
        let found = self.arena.record().found().len();
        self.arena.heal();
        self.arena.run_until_found(found + AFTER, u64::MAX / 2);
        self.arena.settle(600_000);
        let chain = self.arena.node(0).chain();
        // Which side gave way; of two branches of one length, that which the next blocks left.
        let loser = if chain.is_active(&tips[0]) { nodes - 1 } else { 0 };
        let reorgs = &self.arena.record().reorgs()[before..];
        let deepest = reorgs.iter().filter(|reorg| reorg.node == loser).max_by_key(|reorg| reorg.depth);
        let (depth, undone) = deepest.map_or((0, 0), |reorg| (reorg.depth, reorg.transfers.len()));
        let is_lost = |txid: &&crate::primitives::Txid| chain.history().place(txid).is_none();
        let lost = deepest.map_or(0, |reorg| reorg.transfers.iter().filter(is_lost).count());
        let value = |count: usize| Measure::mean([float(count)]);
        Some(vec![vec![value(depth), value(undone), value(lost)]])
    }
}
