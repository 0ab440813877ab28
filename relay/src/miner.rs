//! Native miners: threads that search for the resident node's current job.
//!
//! What each thread searches, when and how fast is [`Worker`]'s business; here it gets its thread, its clock, and the kernel
//! that is the fastest on this machine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tabchain_shared::mining::worker::{Assignment, Step, Worker};
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::pow::{Algorithm, Kernel};
use tabchain_shared::primitives::CompactTarget;

use crate::benchmark::fastest_kernel;

/// Longest wait without a look at the clock; a limit of almost nothing asks for years.
const MAX_WAIT: Duration = Duration::from_hours(1);
/// All kernels are measured for so long together, before the first hash.
const MEASUREMENT: Duration = Duration::from_millis(120);

pub struct Miner {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    workers: u32,
}

struct Shared {
    task: Mutex<Task>,
    changed: Condvar,
    /// Raised with each change of the task, so that between two batches nobody need take the lock.
    generation: AtomicU64,
    hashes: AtomicU64,
    started: Instant,
    /// Measured by the first thread that needs it.
    kernel: OnceLock<Kernel>,
    found: Box<dyn Fn(Solution) + Send + Sync>,
}

#[derive(Default)]
struct Task {
    job: Option<Job>,
    share_target: Option<CompactTarget>,
    /// Of dealing the job out; see `shared::mining::nonce_space`.
    round: u8,
    stopping: bool,
}

/// Workers unless told otherwise: all cores but one, which is left to the node and the switchboard.
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

impl Miner {
    /// Threads are started with the first job. `found` is called with every solution: blocks, and shares if there is a
    /// target for them.
    pub fn new(workers: usize, found: impl Fn(Solution) + Send + Sync + 'static) -> Self {
        let shared = Shared {
            task: Mutex::default(),
            changed: Condvar::new(),
            generation: AtomicU64::new(0),
            hashes: AtomicU64::new(0),
            started: Instant::now(),
            kernel: OnceLock::new(),
            found: Box::new(found),
        };
        let workers = u32::try_from(workers.max(1)).unwrap_or(u32::MAX);
        Self { shared: Arc::new(shared), threads: Vec::new(), workers }
    }

    /// Replaces the current job; `None`: rest. Hashes that meet the target for shares, which is easier than the job's own,
    /// are told, too.
    pub fn set_job(&mut self, job: Option<Job>, share_target: Option<CompactTarget>) {
        self.shared.set(|task| (task.job, task.share_target, task.round) = (job, share_target, 0));
        if job.is_some() && self.threads.is_empty() {
            self.threads = (0..self.workers)
                .map(|index| {
                    let (shared, workers) = (Arc::clone(&self.shared), self.workers);
                    std::thread::Builder::new()
                        .name(format!("miner-{index}"))
                        .spawn(move || shared.mine(index, workers))
                        .expect("the system can start a thread for each core")
                })
                .collect();
        }
    }

    /// The same job, with another target for shares or without one. What was done of it is not repeated.
    pub fn set_share_target(&mut self, share_target: Option<CompactTarget>) {
        if self.shared.task().share_target != share_target {
            let deal = |task: &mut Task| (task.share_target, task.round) = (share_target, task.round.wrapping_add(1));
            self.shared.set(deal);
        }
    }

    pub fn job(&self) -> Option<Job> {
        self.shared.task().job
    }

    /// Hashes since this was last asked.
    pub fn take_hash_count(&self) -> u64 {
        self.shared.hashes.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        self.shared.set(|task| task.stopping = true);
        for thread in self.threads.drain(..) {
            // A panic in a miner has been reported on its own thread.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn task(&self) -> MutexGuard<'_, Task> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, change: impl FnOnce(&mut Task)) {
        let mut task = self.task();
        change(&mut task);
        self.generation.fetch_add(1, Ordering::Release);
        drop(task);
        self.changed.notify_all();
    }

    /// The clock that workers are told: milliseconds.
    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1000.0
    }

    /// What a thread does, until told to stop.
    fn mine(&self, index: u32, workers: u32) {
        let mut worker: Option<Worker> = None;
        let mut seen = 0;
        loop {
            if self.generation.load(Ordering::Acquire) != seen {
                let task = self.task();
                seen = self.generation.load(Ordering::Acquire);
                let Task { job, share_target, round, stopping } = *task;
                drop(task);
                if stopping {
                    return;
                }
                let assignment = job.and_then(|job| Assignment::of(&job, share_target, index, workers, round));
                if let Some(Assignment { algorithm, .. }) = assignment {
                    // A relay's network never changes, and so neither does the algorithm.
                    worker.get_or_insert_with(|| Worker::new(*self.kernel.get_or_init(|| choose_kernel(algorithm))));
                }
                if let Some(worker) = &mut worker {
                    worker.assign(assignment, self.now());
                }
            }
            match worker.as_mut().map_or(Step::Rest, |worker| worker.step(self.now())) {
                Step::Rest => self.wait(MAX_WAIT, seen),
                Step::WaitUntil(then) => {
                    let millis = (then - self.now()).max(0.0);
                    self.wait(Duration::try_from_secs_f64(millis / 1000.0).unwrap_or(MAX_WAIT).min(MAX_WAIT), seen);
                }
                Step::Search(count) => {
                    if let Some(worker) = &mut worker {
                        self.search(worker, count);
                    }
                }
            }
        }
    }

    fn search(&self, worker: &mut Worker, count: u32) {
        let began = self.now();
        let batch = worker.search(count);
        worker.searched(batch.hashes, began, self.now());
        self.hashes.fetch_add(batch.hashes.into(), Ordering::Relaxed);
        if let Some(solution) = batch.solution {
            (self.found)(solution);
        }
    }

    /// At most so long, and not beyond a change of the task.
    fn wait(&self, pause: Duration, seen: u64) {
        let task = self.task();
        if self.generation.load(Ordering::Acquire) == seen {
            // Whoever wakes up early asks for the next step again.
            drop(self.changed.wait_timeout(task, pause).unwrap_or_else(PoisonError::into_inner));
        }
    }
}

fn choose_kernel(algorithm: Algorithm) -> Kernel {
    let (kernel, rate) = fastest_kernel(algorithm, MEASUREMENT);
    tracing::info!(kernel = kernel.name(), hashes_per_second = rate.round(), "miners hash {}", algorithm.name());
    kernel
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tabchain_shared::consensus::Params;
    use tabchain_shared::mining::HashrateLimit;
    use tabchain_shared::primitives::Header;

    use super::*;

    /// No hash meets this in a test's time.
    const HARD: CompactTarget = CompactTarget(0x1a00_ffff);
    /// About 2^12 hashes.
    const EASY: CompactTarget = CompactTarget(0x1f0f_ffff);
    const DEADLINE: Duration = Duration::from_secs(20);

    fn job(id: u64, bits: CompactTarget, limit: Option<HashrateLimit>) -> Job {
        let header = Header { bits, ..Params::regtest().genesis().header };
        Job { id, header, algorithm: Algorithm::Sha256d, limit }
    }

    fn miner(workers: usize) -> (Miner, mpsc::Receiver<Solution>) {
        let (sender, found) = mpsc::channel();
        let report = move |solution| {
            // The test may end before its miners do.
            let _ = sender.send(solution);
        };
        (Miner::new(workers, report), found)
    }

    #[test]
    fn a_solution_meets_the_target() {
        let (mut miner, found) = miner(2);
        let job = job(7, EASY, None);
        miner.set_job(Some(job), None);
        let Solution { job: id, version, nonce } = found.recv_timeout(DEADLINE).unwrap();
        assert_eq!(id, 7);
        let target = EASY.to_target().unwrap();
        assert!(Algorithm::Sha256d.is_met(&Header { version, nonce, ..job.header }, target));
        assert!(miner.take_hash_count() > 0);
    }

    #[test]
    fn shares_are_told_one_after_the_other() {
        let (mut miner, found) = miner(2);
        let job = job(7, HARD, None);
        miner.set_job(Some(job), Some(EASY));
        let mut solutions: Vec<_> = (0..20).map(|_| found.recv_timeout(DEADLINE).unwrap()).collect();
        let target = EASY.to_target().unwrap();
        for Solution { version, nonce, .. } in &solutions {
            assert!(Algorithm::Sha256d.is_met(&Header { version: *version, nonce: *nonce, ..job.header }, target));
        }
        solutions.sort_unstable_by_key(|solution| (solution.version, solution.nonce));
        solutions.dedup();
        assert_eq!(solutions.len(), 20, "no share is found twice");
    }

    /// With the same round, a worker would begin where it began before.
    #[test]
    fn another_share_target_repeats_nothing() {
        let (mut miner, found) = miner(1);
        miner.set_job(Some(job(7, HARD, None)), Some(EASY));
        let first = found.recv_timeout(DEADLINE).unwrap();
        // Twice as easy.
        let easier = CompactTarget(0x1f1f_fffe);
        miner.set_share_target(Some(easier));
        // What was found before that, however much; after it, one more at most is of the batch that was under way.
        while found.try_recv().is_ok() {}
        let after: Vec<_> = (0..3).map(|_| found.recv_timeout(DEADLINE).unwrap()).collect();
        assert!(
            after.iter().any(|solution| solution.version != first.version),
            "{after:?} is of the same round as {first:?}"
        );
    }

    #[test]
    fn another_job_is_taken_up_at_once_even_by_a_miner_that_waits_for_its_limit() {
        let (mut miner, found) = miner(1);
        // One hash, then a wait of hours.
        miner.set_job(Some(job(1, HARD, Some(HashrateLimit::HashesPerSecond(0.0001)))), None);
        miner.set_job(Some(job(2, EASY, None)), None);
        assert_eq!(found.recv_timeout(DEADLINE).unwrap().job, 2);
    }

    #[test]
    fn the_fastest_kernel_is_one_that_this_machine_has() {
        let (kernel, rate) = fastest_kernel(Algorithm::Sha256d, MEASUREMENT);
        assert!(Kernel::available().contains(&kernel));
        assert!(rate > 0.0);
    }
}
