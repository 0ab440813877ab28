//! Who finds the next block, and when.

use super::{Arena, Event};
use crate::lab::random::Random;
use crate::mining::Solution;
use crate::mining::nonce_space::job_version;
use crate::node::{Command, Input, Time};

/// Exponential waits at the network's rate; the winner is drawn by hash rate.
///
/// Where tips differ in difficulty, the rate is that of the easiest, and a winner on a harder one has found a block as often as the
/// ratio of the two says: each machine then finds blocks at its own rate.
#[derive(Debug)]
pub(super) struct Lottery {
    /// Shares of the machines, summed up.
    cumulative: Vec<f64>,
    /// Hashes a second of all.
    hashrate: f64,
    /// At the start.
    base: f64,
    /// Counts beginnings; `None` while nobody mines.
    draw: Option<u64>,
    draws: u64,
    /// When the next nonce is found, in milliseconds with fractions: rounded down a hundred thousand times, blocks would come
    /// too fast.
    next: f64,
    /// The least work that a tip asks for.
    least_work: f64,
}

impl Lottery {
    pub fn new(shares: impl Iterator<Item = f64>, hashrate: f64) -> Self {
        let mut sum = 0.0;
        let cumulative = shares
            .map(|share| {
                sum += share;
                sum
            })
            .collect();
        Self { cumulative, hashrate, base: hashrate, draw: None, draws: 0, next: 0.0, least_work: f64::INFINITY }
    }

    pub fn stop(&mut self) {
        self.draw = None;
    }

    pub fn scale(&mut self, factor: f64) {
        self.hashrate = self.base * factor;
    }

    fn winner(&self, random: &mut Random) -> usize {
        let all = self.cumulative.last().copied().unwrap_or(0.0);
        let drawn = random.unit() * all;
        self.cumulative.partition_point(|sum| *sum <= drawn).min(self.cumulative.len() - 1)
    }
}

impl Arena {
    /// Begins anew, which loses nothing of the wait: it has no memory.
    pub(super) fn start_lottery(&mut self) {
        #[expect(clippy::cast_precision_loss)]
        let now = self.now.0 as f64;
        self.lottery.next = now;
        self.lottery.least_work = self.least_work();
        self.draw_next();
    }

    /// A tip may ask for less work than the wait was drawn for.
    pub(super) fn work_changed(&mut self, work: f64) {
        if self.lottery.draw.is_some() && work < self.lottery.least_work {
            self.start_lottery();
        }
    }

    fn least_work(&self) -> f64 {
        self.machines.iter().map(|machine| machine.work).fold(f64::INFINITY, f64::min)
    }

    fn draw_next(&mut self) {
        let mean = self.lottery.least_work / self.lottery.hashrate * 1_000.0;
        self.lottery.next += self.random.exponential(mean);
        self.lottery.draws += 1;
        self.lottery.draw = Some(self.lottery.draws);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = Time(self.lottery.next as u64).max(self.now);
        self.queue.plan(at, Event::Nonce { draw: self.lottery.draws });
    }

    pub(super) fn nonce_drawn(&mut self, draw: u64) {
        if self.lottery.draw != Some(draw) {
            return;
        }
        let winner = self.lottery.winner(&mut self.random);
        let winner = self.winner_of_match(winner).unwrap_or(winner);
        let easiest = self.lottery.least_work / self.machines[winner].work;
        if easiest >= 1.0 || self.random.chance(easiest) {
            self.find(winner);
        }
        // What was found may have made it harder for all.
        if self.params.half_life.is_some() {
            self.lottery.least_work = self.least_work();
        }
        if self.lottery.draw == Some(draw) {
            self.draw_next();
        }
    }

    /// With γ set, an honest winner is drawn anew while a match is on: so often one on the withholding miner's branch.
    fn winner_of_match(&mut self, winner: usize) -> Option<usize> {
        let gamma = self.setting.gamma?;
        if self.setting.miners[winner].strategy.withholds() {
            return None;
        }
        let head = self.machines.iter().find_map(|machine| machine.strategist.matched_head())?;
        let wanted = self.random.chance(gamma);
        let honest = |node: &usize| !self.setting.miners[*node].strategy.withholds();
        let on_side = |node: &usize| (self.machines[*node].node.chain().tip() == head) == wanted;
        let candidates: Vec<usize> = (0..self.machines.len()).filter(honest).filter(on_side).collect();
        (!candidates.is_empty()).then(|| candidates[self.random.index(candidates.len())])
    }

    fn find(&mut self, machine: usize) {
        if self.finds_by_strategy(machine) {
            return;
        }
        self.command(machine, Command::StartMining { blocks: Some(1), limit: None });
        let nonce = u32::from_le_bytes(self.random.bytes());
        match self.machines[machine].job.take() {
            Some(job) => {
                let solution = Solution { job: job.id, version: job_version(job.id), nonce };
                self.input(machine, Input::NonceFound(solution));
            }
            // It waits for a chain that it has seen the headers of; its hashes are lost.
            None => self.command(machine, Command::StopMining),
        }
    }
}
