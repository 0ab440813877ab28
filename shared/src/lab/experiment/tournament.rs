//! Strategies against each other: who earns more than its share of the hash rate.

use serde::{Deserialize, Serialize};

use super::results::Value;
use super::{Figure, Kind, MAX_BLOCKS, Measure, Run, SpecError, exact_link, expect, float, links, miners_of_chain};
use crate::lab::arena::{Arena, Miner, Setting, Topology};
use crate::lab::link::LinkSettings;
use crate::lab::random::Random;
use crate::lab::strategy::Strategy;

/// Blocks of the chain that are counted together. Fortunes of a withholding miner last for some blocks, so single ones are not
/// independent.
const BATCH: usize = 50;
const SETTLING: u64 = 3_600_000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Tournament {
    pub players: Vec<Player>,
    /// Found in each world.
    pub blocks: usize,
    /// Between blocks, seconds.
    pub interval: f64,
    /// Of every link, one way, ms.
    pub delay: u64,
    /// Added to what full and compact blocks take up.
    pub block_bytes: u64,
    /// Of a link, bytes a second.
    pub bandwidth: u64,
    pub topology: Topology,
}

/// One miner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Player {
    pub name: String,
    /// Of the hash rate, relative to the others.
    pub share: f64,
    pub strategy: Strategy,
}

impl Default for Tournament {
    fn default() -> Self {
        let player = |name: &str, share, strategy| Player { name: name.into(), share, strategy };
        Self {
            players: vec![
                player("honest", 0.2, Strategy::Honest),
                player("another honest", 0.2, Strategy::Honest),
                player("headers only", 0.2, Strategy::HeadersOnly),
                player("selfish", 0.4, Strategy::Selfish),
            ],
            blocks: 10_000,
            interval: 60.0,
            delay: 100,
            block_bytes: 1_000_000,
            bandwidth: 1_000_000,
            topology: Topology::Mesh,
        }
    }
}

const FIGURES: [Figure; 2] = [Figure { name: "revenue", unit: "" }, Figure { name: "own blocks stale", unit: "" }];

impl Tournament {
    fn fair_share(&self, player: usize) -> f64 {
        self.players[player].share / self.players.iter().map(|player| player.share).sum::<f64>()
    }
}

impl Kind for Tournament {
    fn check(&self) -> Result<(), SpecError> {
        expect((2..=100).contains(&self.players.len()), "players", "from 2 to 100")?;
        for player in &self.players {
            expect(!player.name.trim().is_empty() && player.name.chars().count() <= 40, "name", "1 to 40 characters")?;
            expect(player.share > 0.0 && player.share <= 1e6, "share", "above 0")?;
            let pays = matches!(player.strategy, Strategy::DoubleSpend { .. });
            expect(!pays, "strategy", "a double-spender has an experiment of its own, double-spend")?;
        }
        expect((2 * BATCH..=MAX_BLOCKS).contains(&self.blocks), "blocks", "from 100 to 200000")?;
        expect((1.0..=86_400.0).contains(&self.interval), "interval", "from 1 to 86400 s")?;
        expect(self.delay <= 600_000, "delay", "at most 600000 ms")?;
        expect(self.block_bytes <= 1_000_000_000, "block_bytes", "at most 1000000000")?;
        expect((1_000..=1_000_000_000_000).contains(&self.bandwidth), "bandwidth", "from 1000 to 10^12 bytes a second")
    }

    fn cases(&self) -> usize {
        1
    }

    fn rows(&self, _: usize) -> Vec<Vec<(&'static str, Value)>> {
        let row = |(index, player): (usize, &Player)| {
            vec![("player", Value::Text(player.name.clone())), ("share", Value::Number(self.fair_share(index)))]
        };
        self.players.iter().enumerate().map(row).collect()
    }

    fn figures(&self) -> &'static [Figure] {
        &FIGURES
    }

    fn theories(&self, _: usize, row: usize, figure: usize, _: &[Measure]) -> Vec<(&'static str, f64)> {
        if figure == 0 { vec![("fair share", self.fair_share(row))] } else { Vec::new() }
    }

    fn start(&self, _: usize, seed: u64) -> Box<dyn Run> {
        let players = self.players.iter().enumerate();
        let miners: Vec<Miner> = players
            .map(|(index, player)| Miner { share: self.fair_share(index), strategy: player.strategy.clone() })
            .collect();
        let link = LinkSettings { bandwidth: self.bandwidth, ..exact_link(self.delay) };
        let setting = Setting {
            interval: self.interval,
            half_life: None,
            links: links(self.topology.pairs(miners.len(), &mut Random::new(seed)), &link),
            miners,
            gamma: None,
            block_bytes: Some(self.block_bytes),
            compact_bytes: Some(self.block_bytes),
            regions: None,
        };
        Box::new(TournamentRun { arena: Arena::new(setting, seed), blocks: self.blocks })
    }
}

struct TournamentRun {
    arena: Arena,
    blocks: usize,
}

impl Run for TournamentRun {
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>> {
        if !self.arena.run_until_found(self.blocks, events) {
            return None;
        }
        self.arena.settle(SETTLING);
        let miners = miners_of_chain(&self.arena);
        let chain = self.arena.node(0).chain();
        let row = |player: usize| {
            let batches = miners
                .chunks_exact(BATCH)
                .map(|batch| (float(batch.iter().filter(|miner| **miner == player).count()), float(BATCH)));
            let own = self.arena.record().found().iter().filter(|found| found.miner == player);
            let stale = own.clone().filter(|found| !chain.is_active(&found.hash)).count();
            vec![Measure::ratio(batches), Measure::share(stale, own.count())]
        };
        Some((0..self.arena.len()).map(row).collect())
    }
}
