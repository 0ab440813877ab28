//! Native miners: threads that search nonces for the resident node's current job.
//!
//! Each thread has its own share of the nonces. A job is searched in batches short enough that a new job is taken up
//! within 50 ms; a thread without a job sleeps. A limit on the hash rate is kept by waiting between batches.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tabchain_shared::mining::Job;
use tabchain_shared::mining::nonce_search::NonceSearch;

/// How long a batch should take. Long beside the cost of starting one, short beside the 50 ms allowed for a switch.
const BATCH_DURATION: Duration = Duration::from_millis(20);
/// Hashes of the first batch, until the speed is known: even a slow algorithm does this in time.
const FIRST_BATCH: u32 = 16;
/// A limited miner that was held up may catch up by this much and no more.
const MAX_CATCHING_UP: Duration = Duration::from_millis(100);

pub struct Miner {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
    workers: usize,
}

struct Shared {
    task: Mutex<Task>,
    changed: Condvar,
    /// Raised with each change of the task, so that a running batch's end need not take the lock.
    generation: AtomicU64,
    hashes: AtomicU64,
    found: Box<dyn Fn(u64, u32) + Send + Sync>,
}

#[derive(Default)]
struct Task {
    job: Option<Job>,
    stopping: bool,
}

/// Workers unless told otherwise: all cores but one, which is left to the node and the switchboard.
pub fn default_workers() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().saturating_sub(1).max(1))
}

impl Miner {
    /// Threads are started with the first job. `found` is called with a job's id and its nonce, at most once a job and
    /// worker.
    pub fn new(workers: usize, found: impl Fn(u64, u32) + Send + Sync + 'static) -> Self {
        let shared = Shared {
            task: Mutex::default(),
            changed: Condvar::new(),
            generation: AtomicU64::new(0),
            hashes: AtomicU64::new(0),
            found: Box::new(found),
        };
        Self { shared: Arc::new(shared), threads: Vec::new(), workers: workers.max(1) }
    }

    /// Replaces the current job; `None`: rest.
    pub fn set_job(&mut self, job: Option<Job>) {
        self.shared.set(|task| task.job = job);
        if job.is_some() && self.threads.is_empty() {
            self.threads = (0..self.workers)
                .map(|index| {
                    let worker = Worker::new(Arc::clone(&self.shared), index, self.workers);
                    std::thread::Builder::new()
                        .name(format!("miner-{index}"))
                        .spawn(move || worker.run())
                        .expect("the system can start a thread for each core")
                })
                .collect();
        }
    }

    /// Hashes since this was last asked.
    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    pub fn take_hash_count(&self) -> f64 {
        self.shared.hashes.swap(0, Ordering::Relaxed) as f64
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

    /// Waits for a job of another generation than `seen`. `None`: stop.
    fn next_job(&self, seen: &mut u64) -> Option<Job> {
        let mut task = self.task();
        loop {
            if task.stopping {
                return None;
            }
            let generation = self.generation.load(Ordering::Acquire);
            if generation != *seen {
                *seen = generation;
                if let Some(job) = task.job {
                    return Some(job);
                }
            }
            task = self.changed.wait(task).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sleeps until then, or until the task changes. `false`: it changed.
    fn sleep_until(&self, due: Instant, seen: u64) -> bool {
        let mut task = self.task();
        loop {
            if self.generation.load(Ordering::Acquire) != seen {
                return false;
            }
            let Some(left) = due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) else {
                return true;
            };
            task = self.changed.wait_timeout(task, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    first_nonce: u32,
    nonces: u64,
    workers: usize,
    /// Hashes a batch may have, from the speed of the ones before.
    batch: u32,
    pace: Pace,
}

impl Worker {
    fn new(shared: Arc<Shared>, index: usize, workers: usize) -> Self {
        let share = |index: usize| (1_u64 << 32) * index as u64 / workers as u64;
        let first_nonce = u32::try_from(share(index)).expect("below 2^32 for an index below the number of workers");
        let nonces = share(index + 1) - share(index);
        Self { shared, first_nonce, nonces, workers, batch: FIRST_BATCH, pace: Pace::new(Instant::now()) }
    }

    fn run(mut self) {
        let mut seen = 0;
        while let Some(job) = self.shared.next_job(&mut seen) {
            if let Some(nonce) = self.search(&job, seen) {
                (self.shared.found)(job.id, nonce);
            }
        }
    }

    /// Ends with a nonce, with another job, or when the share is used up: the node renews its job long before.
    #[expect(clippy::cast_precision_loss, reason = "a number of threads")]
    fn search(&mut self, job: &Job, seen: u64) -> Option<u32> {
        let mut search = NonceSearch::for_bits(job.algorithm, &job.header).ok()?;
        let limit = job.hashrate_limit.map(|limit| limit / self.workers as f64);
        self.pace.set_limit(limit, Instant::now());
        let mut done = 0;
        while done < self.nonces && self.shared.sleep_until(self.pace.due, seen) {
            let left = u32::try_from(self.nonces - done).unwrap_or(u32::MAX);
            let count = self.batch.min(self.pace.largest_batch()).min(left);
            let start = Instant::now();
            let nonce = search.run(self.first_nonce.wrapping_add(done_nonces(done)), count);
            // A hit ends a batch early; how early is known from the nonce.
            let hashes = nonce.map_or(count, |nonce| {
                nonce.wrapping_sub(self.first_nonce.wrapping_add(done_nonces(done))).saturating_add(1)
            });
            self.shared.hashes.fetch_add(u64::from(hashes), Ordering::Relaxed);
            self.pace.spend(hashes, Instant::now());
            if nonce.is_some() {
                return nonce;
            }
            done += u64::from(count);
            if limit.is_none() {
                self.adapt_batch(count, start.elapsed());
            }
        }
        None
    }

    fn adapt_batch(&mut self, count: u32, took: Duration) {
        if took < BATCH_DURATION / 2 {
            self.batch = self.batch.max(count).saturating_mul(2);
        } else if took > BATCH_DURATION {
            self.batch = (self.batch / 2).max(1);
        }
    }
}

/// A position within 2^32 nonces.
fn done_nonces(done: u64) -> u32 {
    u32::try_from(done).expect("a search ends with its share of the 2^32 nonces")
}

/// Spaces hashes out so that a limit is kept over time, however often jobs change.
struct Pace {
    limit: Option<f64>,
    /// Not before this.
    due: Instant,
}

impl Pace {
    fn new(now: Instant) -> Self {
        Self { limit: None, due: now }
    }

    fn set_limit(&mut self, limit: Option<f64>, now: Instant) {
        if self.limit != limit {
            self.limit = limit;
            self.due = now;
        }
    }

    /// As many hashes as the limit allows in the time of a batch.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a float to integer cast saturates")]
    fn largest_batch(&self) -> u32 {
        self.limit.map_or(u32::MAX, |limit| (limit * BATCH_DURATION.as_secs_f64()) as u32).max(1)
    }

    fn spend(&mut self, hashes: u32, now: Instant) {
        let Some(limit) = self.limit else { return };
        let cost = Duration::try_from_secs_f64(f64::from(hashes) / limit).unwrap_or(Duration::MAX);
        let earliest = now.checked_sub(MAX_CATCHING_UP).unwrap_or(now);
        // A limit of almost nothing means never.
        self.due = self.due.max(earliest).checked_add(cost).unwrap_or(now + Duration::from_secs(u32::MAX.into()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tabchain_shared::consensus::Params;
    use tabchain_shared::pow::Algorithm;
    use tabchain_shared::primitives::{CompactTarget, Header};

    use super::*;

    /// No hash meets this in a test's time.
    const HARD: CompactTarget = CompactTarget(0x1a00_ffff);
    /// About 2^12 hashes.
    const EASY: CompactTarget = CompactTarget(0x1f0f_ffff);
    const DEADLINE: Duration = Duration::from_secs(20);

    fn job(id: u64, bits: CompactTarget, hashrate_limit: Option<f64>) -> Job {
        let header = Header { bits, ..Params::regtest().genesis().header };
        Job { id, header, algorithm: Algorithm::Sha256d, hashrate_limit }
    }

    fn miner(workers: usize) -> (Miner, mpsc::Receiver<(u64, u32)>) {
        let (sender, found) = mpsc::channel();
        let report = move |job, nonce| {
            // The test may end before its miners do.
            let _ = sender.send((job, nonce));
        };
        (Miner::new(workers, report), found)
    }

    #[test]
    fn a_found_nonce_meets_the_target() {
        let (mut miner, found) = miner(2);
        let job = job(7, EASY, None);
        miner.set_job(Some(job));
        let (id, nonce) = found.recv_timeout(DEADLINE).unwrap();
        assert_eq!(id, 7);
        let target = EASY.to_target().unwrap();
        assert!(Algorithm::Sha256d.is_met(&Header { nonce, ..job.header }, target));
    }

    #[test]
    fn another_job_is_taken_up_at_once_even_by_a_miner_that_waits_for_its_limit() {
        let (mut miner, found) = miner(1);
        // One hash, then a wait of hours.
        miner.set_job(Some(job(1, HARD, Some(0.0001))));
        miner.set_job(Some(job(2, EASY, None)));
        assert_eq!(found.recv_timeout(DEADLINE).unwrap().0, 2);
    }

    #[test]
    fn shares_of_the_nonces_are_whole_and_apart() {
        for workers in [1, 3, 7] {
            let (miner, _) = miner(workers);
            let mut next = 0_u64;
            for index in 0..workers {
                let worker = Worker::new(Arc::clone(&miner.shared), index, workers);
                assert_eq!(u64::from(worker.first_nonce), next);
                next += worker.nonces;
            }
            assert_eq!(next, 1 << 32);
        }
    }

    /// Virtual time: what the pace allows within a minute is the limit, even if the job changes all the time.
    #[test]
    fn a_limit_is_kept() {
        for limit in [0.5, 3.0, 1000.0] {
            let start = Instant::now();
            let mut now = start;
            let mut pace = Pace::new(now);
            let mut hashes = 0;
            while now < start + Duration::from_mins(1) {
                pace.set_limit(Some(limit), now);
                let batch = pace.largest_batch();
                pace.spend(batch, now);
                hashes += batch;
                now = now.max(pace.due);
            }
            let expected = limit * 60.0;
            assert!((f64::from(hashes) - expected).abs() <= 1.0 + expected / 50.0, "{hashes} for {expected}");
        }
    }
}
