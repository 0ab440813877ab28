//! The node's side of shares: gathers what its miners find under the host's target, until it is time to hand it in.
//!
//! A driver tells it of the host's wish, of each job and of each solution, and sends what [`ShareCollector::take`] gives
//! a few times a second. It keeps the jobs' proofs itself: the node forgets a job with its tip, and the last shares on
//! that tip were work all the same.

use std::collections::{HashSet, VecDeque};

use super::share::{JobProof, MAX_SHARES_PER_MESSAGE, Shares};
use super::{Job, Solution};
use crate::primitives::{CompactTarget, Header, Target};

/// Jobs whose proofs are kept: the miners' own, the one before it, which some still work on for a moment, and two for a
/// network whose tips follow each other closely.
const MAX_JOBS: usize = 4;

#[derive(Debug, Default)]
pub struct ShareCollector {
    wish: Option<(CompactTarget, Target)>,
    /// Oldest first.
    jobs: VecDeque<CollectedJob>,
}

#[derive(Debug)]
struct CollectedJob {
    job: Job,
    proof: JobProof,
    /// Nothing may be handed in twice, whatever the miners were given twice.
    known: HashSet<(u32, u32)>,
    waiting: Vec<(u32, u32)>,
}

impl ShareCollector {
    /// What the host wants, or `None` when there is no host to prove anything to. Returns what was found under the target
    /// before.
    pub fn wish(&mut self, target: Option<CompactTarget>) -> Vec<Shares> {
        let found = self.take();
        self.wish = target.and_then(|bits| Some((bits, bits.to_target().ok()?)));
        found
    }

    /// The target that miners should report hits of, if there is one.
    pub fn target(&self) -> Option<CompactTarget> {
        self.wish.map(|(bits, _)| bits)
    }

    /// A job that miners are given. Its proof is asked for when it is needed, and once.
    pub fn job(&mut self, job: Job, proof: impl FnOnce() -> Option<JobProof>) {
        if self.wish.is_none() || self.jobs.iter().any(|known| known.job.id == job.id) {
            return;
        }
        let Some(proof) = proof() else { return };
        // The oldest goes without what waits there only if four jobs came within a moment.
        if self.jobs.len() == MAX_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(CollectedJob { job, proof, known: HashSet::new(), waiting: Vec::new() });
    }

    /// A miner's solution, of the block's target or of the share target. Returns whether the node must hear of it: it is a
    /// block, as far as is known here.
    pub fn found(&mut self, Solution { job: id, version, nonce }: Solution) -> bool {
        let Some(collected) = self.jobs.iter_mut().find(|collected| collected.job.id == id) else { return true };
        let Job { header, algorithm, .. } = collected.job;
        let hash = algorithm.hash(&Header { version, nonce, ..header }.to_array());
        // A miner may have searched under another target until a moment ago. What exceeds a message is not kept: the host's
        // next wish will ask for less.
        if let Some((_, target)) = self.wish
            && target.is_met_by(&hash)
            && collected.waiting.len() < MAX_SHARES_PER_MESSAGE
            && collected.known.insert((version, nonce))
        {
            collected.waiting.push((version, nonce));
        }
        header.bits.to_target().is_ok_and(|target| target.is_met_by(&hash))
    }

    /// Whether there is something to hand in.
    pub fn has_shares(&self) -> bool {
        self.jobs.iter().any(|collected| !collected.waiting.is_empty())
    }

    /// What waits to be handed in, a message a job.
    pub fn take(&mut self) -> Vec<Shares> {
        let Some((target, _)) = self.wish else { return Vec::new() };
        let with_shares = self.jobs.iter_mut().filter(|collected| !collected.waiting.is_empty());
        let message = |collected: &mut CollectedJob| {
            let found = std::mem::take(&mut collected.waiting);
            Shares { proof: collected.proof.clone(), target, found, hidden: Vec::new() }
        };
        with_shares.map(message).collect()
    }
}
