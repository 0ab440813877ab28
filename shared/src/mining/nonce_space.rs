//! Which hashes are whose: no two workers of a node try the same header, and none runs out of headers to try.
//!
//! A nonce has 32 bits, which one fast machine uses up in less than a minute. The *extra nonce* is in the version, by
//! version rolling (BIP 320): 16 of its bits mean nothing to the rules and are the miner's. From the highest on:
//!
//! | version bits | | set by |
//! | --- | --- | --- |
//! | 21–28 | the job's number: two templates that are otherwise the same, as within one second, have other headers | the node |
//! | 17–20 | the round: each time that a job is dealt out anew, as to more workers or to one that took a dead one's place | the driver |
//! | 13–16 | the roll: goes up when a worker's part of the nonces is used up | the worker |
//!
//! A round of 16 rolls is 2^36 hashes for all workers together, which 13 GH/s take five seconds for; after as many the node
//! renews its job, with another number and another date. The template itself, and so its Merkle root, stays as it is.

use crate::primitives::{Decode, DecodeError, Encode, Reader};

/// Set by BIP 9 and by everybody since: the version of blocks whose other bits may be signals.
const BASE_VERSION: u32 = 0x2000_0000;
const ROLL_SHIFT: u32 = 13;
const ROUND_SHIFT: u32 = 17;
const JOB_SHIFT: u32 = 21;
/// Rolls of a round, and rounds of a job.
const ROLLS: u32 = 16;
/// What differs between a job's version and that of its solutions.
pub const ROLLED_BITS: u32 = 0xff << ROLL_SHIFT;

/// The version of a job's header. 256 jobs on, it comes again, by then with another date.
pub fn job_version(job: u64) -> u32 {
    BASE_VERSION | u32::from(job.to_le_bytes()[0]) << JOB_SHIFT
}

/// Whether a worker may have made the one version out of the other.
pub fn is_rolled(version: u32, job_version: u32) -> bool {
    version & !ROLLED_BITS == job_version & !ROLLED_BITS
}

/// One worker's part of the nonces of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// From 0 on, below `workers`.
    worker: u32,
    /// That the nonces are shared among.
    workers: u32,
    round: u8,
}

impl Part {
    /// Rounds count on modulo 16: whoever deals a job out more often than that lets work be repeated.
    /// `None` for a worker that is not one of the workers.
    pub fn new(worker: u32, workers: u32, round: u8) -> Option<Self> {
        (worker < workers).then_some(Self { worker, workers, round })
    }

    pub fn workers(&self) -> u32 {
        self.workers
    }

    /// The nonces before the worker's own, for the worker of that number.
    fn before(&self, worker: u32) -> u64 {
        (u64::from(worker) << 32) / u64::from(self.workers)
    }

    fn first_nonce(&self) -> u32 {
        u32::try_from(self.before(self.worker)).expect("below 2^32 for a worker below their number")
    }

    /// How many there are from the first on.
    fn nonces(&self) -> u64 {
        self.before(self.worker + 1) - self.before(self.worker)
    }
}

impl Encode for Part {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.worker.to_le_bytes());
        out.extend(self.workers.to_le_bytes());
        out.push(self.round);
    }
}

impl Decode for Part {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (worker, workers, round) = (reader.u32()?, reader.u32()?, reader.u8()?);
        Self::new(worker, workers, round).ok_or(DecodeError::Unknown { what: "worker", value: worker })
    }
}

/// Where a worker is in its part of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    part: Part,
    job_version: u32,
    roll: u32,
    /// Nonces tried in this roll.
    done: u64,
}

impl Position {
    pub fn start(part: Part, job_version: u32) -> Self {
        Self { part, job_version, roll: 0, done: 0 }
    }

    /// Every roll is used up.
    pub fn is_at_end(&self) -> bool {
        self.roll == ROLLS
    }

    /// The header's version at this position.
    pub fn version(&self) -> u32 {
        let round = u32::from(self.part.round) % ROLLS;
        self.job_version & !ROLLED_BITS | round << ROUND_SHIFT | (self.roll % ROLLS) << ROLL_SHIFT
    }

    /// The next nonce to try.
    pub fn nonce(&self) -> u32 {
        let done = u32::try_from(self.done).expect("a roll that is used up has ended");
        self.part.first_nonce() + done
    }

    /// Nonces that may be tried from here on with this version, at most what a `u32` holds.
    pub fn left(&self) -> u32 {
        let left = if self.is_at_end() { 0 } else { self.part.nonces() - self.done };
        u32::try_from(left).unwrap_or(u32::MAX)
    }

    /// So many nonces have been tried, at most [`Position::left`]. Returns whether the version is another one now.
    pub fn advance(&mut self, hashes: u32) -> bool {
        self.done += u64::from(hashes.min(self.left()));
        let is_used_up = !self.is_at_end() && self.done == self.part.nonces();
        if is_used_up {
            self.roll += 1;
            self.done = 0;
        }
        is_used_up
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// The nonces that a worker tries, as ranges: version, first and last.
    fn walk(part: Part, job_version: u32, step: u32) -> Vec<(u32, u64, u64)> {
        let mut position = Position::start(part, job_version);
        let mut ranges = Vec::new();
        while !position.is_at_end() {
            let count = position.left().min(step);
            let first = u64::from(position.nonce());
            ranges.push((position.version(), first, first + u64::from(count) - 1));
            position.advance(count);
        }
        assert_eq!((position.left(), position.advance(1)), (0, false), "at the end there is no more");
        ranges
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_workers_parts_are_whole_and_apart() {
        for workers in 1..=16 {
            let parts = (0..workers).map(|worker| Part::new(worker, workers, 3).unwrap());
            let mut ranges: Vec<_> = parts.flat_map(|part| walk(part, job_version(5), 1 << 28)).collect();
            ranges.sort_unstable();
            let mut next = (ranges[0].0, 0);
            for (version, first, last) in ranges {
                // A version's first nonce follows the last nonce of the version before it.
                if version != next.0 {
                    assert_eq!(next.1, 1 << 32, "{workers} workers leave nonces of {:x} out", next.0);
                    assert_eq!(version, next.0 + (1 << ROLL_SHIFT));
                    next = (version, 0);
                }
                assert_eq!(first, next.1, "{workers} workers");
                next.1 = last + 1;
            }
            assert_eq!(next, (job_version(5) | 3 << ROUND_SHIFT | 15 << ROLL_SHIFT, 1 << 32));
        }
    }

    /// Sixteen rolls of all nonces: a machine with 13 GH/s searches for five seconds, which is when the job is renewed.
    #[wasm_bindgen_test(unsupported = test)]
    fn no_worker_runs_dry_before_its_job_is_renewed() {
        let part = Part::new(15, 16, 0).unwrap();
        let hashes: u64 = walk(part, job_version(0), u32::MAX).iter().map(|(_, first, last)| last - first + 1).sum();
        assert_eq!(hashes * 16, 1 << 36);
        assert!(hashes * 16 > 5 * 13_000_000_000);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn rounds_and_jobs_share_no_header() {
        let mut versions = HashSet::new();
        for job in 0..256 {
            for round in 0..16 {
                let part = Part::new(0, 1, round).unwrap();
                let mut own: Vec<_> = walk(part, job_version(job), u32::MAX).iter().map(|range| range.0).collect();
                own.dedup();
                assert!(own.iter().all(|version| is_rolled(*version, job_version(job))));
                assert!(own.into_iter().all(|version| versions.insert(version)), "job {job}, round {round}");
            }
        }
        assert_eq!(versions.len(), 1 << 16, "BIP 320 leaves 16 bits");
        assert!(versions.iter().all(|version| version & !0x1fff_e000 == BASE_VERSION));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_version_of_another_job_is_no_roll() {
        assert!(is_rolled(job_version(7) | ROLLED_BITS, job_version(7)));
        for bit in (0..13).chain(21..32) {
            assert!(!is_rolled(job_version(7) ^ 1 << bit, job_version(7)), "bit {bit}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_part_is_that_of_one_of_the_workers() {
        assert_eq!(Part::new(2, 2, 0), None);
        let part = Part::new(1, 3, 9).unwrap();
        assert_eq!(Part::from_bytes(&part.to_bytes()), Ok(part));
        let mut bytes = part.to_bytes();
        bytes[0] = 3;
        assert!(Part::from_bytes(&bytes).is_err());
    }
}
