//! The node's side of shares: gathers what its miners find under the host's target, until it is time to hand it in.
//!
//! A driver tells it of the host's wish, of each job and of each solution, and sends what [`ShareCollector::take`] gives
//! a few times a second. It keeps the jobs' proofs itself: the node forgets a job with its tip, and the last shares on
//! that tip were work all the same.

use std::collections::{HashSet, VecDeque};

use super::share::{JobProof, MAX_SHARES_PER_MESSAGE, Shares};
use crate::pow::Algorithm;
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
    id: u64,
    proof: JobProof,
    /// Miners that are given the same job twice find the same again, and nothing may be handed in twice.
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
    pub fn job(&mut self, id: u64, proof: impl FnOnce() -> Option<JobProof>) {
        if self.wish.is_none() || self.jobs.iter().any(|job| job.id == id) {
            return;
        }
        let Some(proof) = proof() else { return };
        // The oldest goes without what waits there only if four jobs came within a moment.
        if self.jobs.len() == MAX_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back(CollectedJob { id, proof, known: HashSet::new(), waiting: Vec::new() });
    }

    /// A miner's solution: of the block's target or of the share target. Beyond what one message holds nothing is kept
    /// until that is sent; the host's next wish will ask for less.
    pub fn found(&mut self, id: u64, version: u32, nonce: u32, algorithm: Algorithm) {
        let Some((_, target)) = self.wish else { return };
        let Some(job) = self.jobs.iter_mut().find(|job| job.id == id) else { return };
        if job.waiting.len() >= MAX_SHARES_PER_MESSAGE {
            return;
        }
        // A miner may have searched under another target until a moment ago.
        let header = Header { version, nonce, ..job.proof.header };
        if target.is_met_by(&algorithm.hash(&header.to_array())) && job.known.insert((version, nonce)) {
            job.waiting.push((version, nonce));
        }
    }

    /// What waits to be handed in, a message a job.
    pub fn take(&mut self) -> Vec<Shares> {
        let Some((target, _)) = self.wish else { return Vec::new() };
        let with_shares = self.jobs.iter_mut().filter(|job| !job.waiting.is_empty());
        let message = |job: &mut CollectedJob| {
            let found = std::mem::take(&mut job.waiting);
            Shares { proof: job.proof.clone(), target, found }
        };
        with_shares.map(message).collect()
    }
}
