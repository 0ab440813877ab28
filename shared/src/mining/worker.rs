//! A miner worker as a value: what it searches next, for how long, and when it rests. Workers in a browser and in the relay
//! are driven alike, and told the time: milliseconds on a clock that is never set back.
//!
//! ```text
//! loop:  step(now)  ──►  Rest: wait for an assignment
//!                        WaitUntil(then): wait until then, or for an assignment
//!                        Search(count): search(count), then searched(hashes, began, ended)
//! ```
//!
//! Between two steps the driver lets a new assignment in. A batch takes [`BATCH_MILLIS`] or so, and so does, at most, the
//! change to a new tip. Whoever finds a block rests until there is another job, which the node makes of that block: any more
//! of the same would be stale, and on an easy network a flood. Limits are in [`pace`], and how many shares may be told of in
//! [`share_budget`].

mod pace;
mod share_budget;

use std::fmt;

use self::pace::Pace;
use self::share_budget::ShareBudget;
use super::nonce_search::NonceSearch;
use super::nonce_space::{Part, Position};
use super::{HashrateLimit, Job, Solution};
use crate::pow::{Algorithm, Kernel};
use crate::primitives::encode::encode_option;
use crate::primitives::{CompactTarget, Decode, DecodeError, Encode, Header, Reader, Target};

/// How long a batch should take. Long beside what it costs to start one (tens of microseconds in a browser), and short
/// enough that a machine which suddenly runs at a third of its speed still changes jobs within 50 ms. With 6 ms a tab's
/// workers changed faster (p95 28 ms instead of 39, the mean of five runs on a machine with twice as much to do as cores),
/// but kept shares of a busy machine worse (0.82 to 0.95 of what was asked for, in three runs); why is not known.
pub const BATCH_MILLIS: f64 = 12.0;
/// A batch that is cut short by a limit on hashes per second is what the limit allows in this time: fewer wake-ups.
const LIMITED_BATCH_MILLIS: f64 = 50.0;
/// A batch may be so many times as long as the one before; the first is one hash, for it may be a slow algorithm's.
const BATCH_GROWTH: f64 = 8.0;
/// A worker that is asked for fewer hashes a second than this would mostly wait; fewer workers then do it.
const LOWEST_WORKER_HASHRATE: f64 = 2.0;

/// One worker's part of a job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assignment {
    /// The job's number.
    pub job: u64,
    pub header: Header,
    pub algorithm: Algorithm,
    pub part: Part,
    /// Of this worker alone.
    pub limit: Option<HashrateLimit>,
    /// Hashes that meet this are solutions, too. Easier than the header's own target.
    pub share_target: Option<CompactTarget>,
}

impl Assignment {
    /// What the worker of that number does, if it is needed at all. A job that is dealt out again needs another `round`.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float to integer cast saturates")]
    pub fn of(job: &Job, share_target: Option<CompactTarget>, worker: u32, workers: u32, round: u8) -> Option<Self> {
        let workers = match job.limit {
            Some(HashrateLimit::HashesPerSecond(limit)) => ((limit / LOWEST_WORKER_HASHRATE) as u32).clamp(1, workers),
            Some(HashrateLimit::MachineShare(_)) | None => workers,
        };
        let limit = job.limit.map(|limit| match limit {
            HashrateLimit::HashesPerSecond(limit) => HashrateLimit::HashesPerSecond(limit / f64::from(workers)),
            HashrateLimit::MachineShare(_) => limit,
        });
        let Job { id, header, algorithm, .. } = *job;
        // Under a harder one than the header's own, blocks are all the solutions there are.
        let share_target = share_target.filter(|share| share.to_target().ok() > header.bits.to_target().ok());
        let part = Part::new(worker, workers, round)?;
        Some(Self { job: id, header, algorithm, part, limit, share_target })
    }
}

impl Encode for Assignment {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.job.to_le_bytes());
        self.header.encode(out);
        out.push(algorithm_number(self.algorithm));
        self.part.encode(out);
        encode_option(self.limit, out, |limit, out| limit.encode(out));
        encode_option(self.share_target, out, |target, out| out.extend(target.0.to_le_bytes()));
    }
}

impl Decode for Assignment {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            job: reader.u64()?,
            header: Header::decode(reader)?,
            algorithm: numbered_algorithm(reader.u8()?)?,
            part: Part::decode(reader)?,
            limit: reader.option(HashrateLimit::decode)?,
            share_target: reader.option(Reader::u32)?.map(CompactTarget),
        })
    }
}

const ORACLE_NUMBER: u8 = u8::MAX;

/// Only programs of one build tell each other of assignments, so the list's order will do.
fn algorithm_number(algorithm: Algorithm) -> u8 {
    let place = Algorithm::LIVE.iter().position(|live| *live == algorithm);
    place.and_then(|place| u8::try_from(place).ok()).unwrap_or(ORACLE_NUMBER)
}

fn numbered_algorithm(number: u8) -> Result<Algorithm, DecodeError> {
    match Algorithm::LIVE.get(usize::from(number)) {
        Some(algorithm) => Ok(*algorithm),
        None if number == ORACLE_NUMBER => Ok(Algorithm::Oracle),
        None => Err(DecodeError::Unknown { what: "algorithm", value: number.into() }),
    }
}

/// What a worker does next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Nothing, until there is another assignment.
    Rest,
    /// Nothing before that time; it may be infinitely far.
    WaitUntil(f64),
    /// Search so many hashes.
    Search(u32),
}

/// What came of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Batch {
    /// Computed; fewer than asked for when one of them is a solution.
    pub hashes: u32,
    pub solution: Option<Solution>,
}

pub struct Worker {
    kernel: Kernel,
    search: Option<Search>,
    algorithm: Option<Algorithm>,
    /// Hashes that take about [`BATCH_MILLIS`], as far as is known.
    usual_batch: f64,
    pace: Pace,
    share_budget: ShareBudget,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("kernel", &self.kernel).finish_non_exhaustive()
    }
}

impl Worker {
    pub fn new(kernel: Kernel) -> Self {
        Self {
            kernel,
            search: None,
            algorithm: None,
            usual_batch: 1.0,
            pace: Pace::default(),
            share_budget: ShareBudget::default(),
        }
    }

    /// Replaces the last assignment; `None`: rest. What the last one's limit makes the worker wait for goes on under the
    /// same limit.
    pub fn assign(&mut self, assignment: Option<Assignment>, now: f64) {
        self.search = assignment.and_then(|assignment| Search::new(assignment, self.kernel));
        let Some(search) = &self.search else { return };
        if self.algorithm != Some(search.assignment.algorithm) {
            self.algorithm = Some(search.assignment.algorithm);
            self.usual_batch = 1.0;
        }
        self.pace.set_limit(search.assignment.limit, now);
        self.share_budget.split_among(search.assignment.part.workers());
    }

    pub fn step(&mut self, now: f64) -> Step {
        let left = self.search.as_ref().map_or(0, Search::left);
        if left == 0 {
            return Step::Rest;
        }
        let due = self.pace.due(now);
        if due > now {
            return Step::WaitUntil(due);
        }
        if let Some(search) = &mut self.search {
            search.aim(self.share_budget.has_room(now));
        }
        let count = self.usual_batch.min(self.pace.largest_batch()).max(1.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float to integer cast saturates"
        )]
        let count = count as u32;
        // Kernels hash several nonces at a time.
        let whole = count - count % self.kernel.lanes();
        Step::Search(if whole > 0 { whole } else { count }.min(left))
    }

    /// Tries the next `count` hashes, up to the first solution.
    pub fn search(&mut self, count: u32) -> Batch {
        let Some(search) = &mut self.search else { return Batch { hashes: 0, solution: None } };
        let batch = search.run(count, self.kernel);
        if batch.solution.is_some() && !search.is_solved {
            self.share_budget.spend();
        }
        batch
    }

    /// So many hashes took from the one time to the other. Speed and limits follow from it.
    pub fn searched(&mut self, hashes: u32, began: f64, ended: f64) {
        let took = ended - began;
        // A small batch, cut short by a limit or by a solution, says little about a large one.
        if f64::from(hashes) >= self.usual_batch / 2.0 {
            let factor = (BATCH_MILLIS / took.max(0.01)).clamp(1.0 / BATCH_GROWTH, BATCH_GROWTH);
            self.usual_batch = (self.usual_batch * factor).clamp(1.0, f64::from(u32::MAX));
        }
        self.pace.spend(hashes, took, ended);
    }
}

/// An assignment under way.
struct Search {
    assignment: Assignment,
    /// What blocks meet, and what shares meet if they are asked for.
    block_target: Target,
    share_target: Option<Target>,
    /// What is searched for now: one of these.
    target: Target,
    position: Position,
    nonces: NonceSearch,
    /// A block was found.
    is_solved: bool,
}

impl Search {
    /// `None` if bits are no target; no node makes such a job.
    fn new(assignment: Assignment, kernel: Kernel) -> Option<Self> {
        let block_target = assignment.header.bits.to_target().ok()?;
        let share_target = assignment.share_target.and_then(|bits| bits.to_target().ok());
        let target = share_target.unwrap_or(block_target);
        let position = Position::start(assignment.part, assignment.header.version);
        let header = Header { version: position.version(), ..assignment.header };
        let nonces = NonceSearch::new(assignment.algorithm, &header, target, kernel);
        Some(Self { assignment, block_target, share_target, target, position, nonces, is_solved: false })
    }

    /// Searches for shares if they are asked for and `may_tell` of them, else for blocks alone.
    fn aim(&mut self, may_tell: bool) {
        self.target = self.share_target.filter(|_| may_tell).unwrap_or(self.block_target);
        self.nonces.set_target(self.target);
    }

    /// Hashes that may be tried with the next nonces.
    fn left(&self) -> u32 {
        if self.is_solved { 0 } else { self.position.left() }
    }

    fn run(&mut self, count: u32, kernel: Kernel) -> Batch {
        let count = count.min(self.left());
        let (version, start) = (self.position.version(), self.position.nonce());
        let found = self.nonces.run(start, count);
        let hashes = found.map_or(count, |nonce| nonce.wrapping_sub(start) + 1);
        if self.position.advance(hashes) && !self.position.is_at_end() {
            let header = Header { version: self.position.version(), ..self.assignment.header };
            self.nonces = NonceSearch::new(self.assignment.algorithm, &header, self.target, kernel);
        }
        let Some(nonce) = found else { return Batch { hashes, solution: None } };
        self.is_solved = self.is_block(Header { version, nonce, ..self.assignment.header });
        Batch { hashes, solution: Some(Solution { job: self.assignment.job, version, nonce }) }
    }

    /// Whether what meets the target of the search meets the header's own, too.
    fn is_block(&self, header: Header) -> bool {
        self.target == self.block_target || self.assignment.algorithm.is_met(&header, self.block_target)
    }
}
