//! How fast this machine hashes natively: every algorithm in turn, on one thread, for the lab's page. Anyone may start it, so
//! it costs a bounded share of the machine: one run at a time, a few seconds long, and not again before [`FRESH_MILLIS`].
//!
//! Each batch is the loop that mines, with a target that no hash meets. Of the kernels that this CPU can run the fastest
//! counts, as it does for the relay's miners; batches of all kernels take turns, so that a noise of the machine falls on all.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::node::io::Time;
use tabchain_shared::pow::{Algorithm, Kernel};
use tabchain_shared::primitives::CompactTarget;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::clock::now;

/// A result this old is still the answer: machines do not change so fast.
const FRESH_MILLIS: u64 = 30_000;
/// For one algorithm, all its kernels together. A slow algorithm takes a batch for each at least.
const ALGORITHM_DURATION: Duration = Duration::from_secs(1);
/// Long beside the two readings of the clock around it.
const BATCH_DURATION: Duration = Duration::from_millis(10);

/// What is known so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Benchmark)]
pub struct Report {
    state: State,
    /// When the last run ended.
    finished: Option<Time>,
    /// `x86_64 linux`
    machine: String,
    cores: usize,
    /// In the order of `algorithms`, as far as the run has come.
    figures: Vec<Figure>,
    algorithms: Vec<Algorithm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = BenchmarkState)]
pub enum State {
    /// Never asked for.
    Idle,
    Running,
    Done,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = BenchmarkFigure)]
struct Figure {
    algorithm: Algorithm,
    /// Where kernels make no difference, the crate of the algorithm.
    kernel: &'static str,
    /// Nonces hashed at once.
    lanes: u32,
    /// Hashes per second of one thread.
    hashrate: f64,
}

#[derive(Debug)]
pub struct Benchmark {
    report: Mutex<Report>,
    stop: CancellationToken,
}

impl Benchmark {
    pub fn new(stop: CancellationToken) -> Self {
        let report = Report {
            state: State::Idle,
            finished: None,
            machine: format!("{} {}", std::env::consts::ARCH, std::env::consts::OS),
            cores: thread::available_parallelism().map_or(1, usize::from),
            figures: Vec::new(),
            algorithms: Algorithm::LIVE.to_vec(),
        };
        Self { report: Mutex::new(report), stop }
    }

    pub fn report(&self) -> Report {
        self.lock().clone()
    }

    /// Starts a run, or joins the one that runs, or takes the last one if that was a moment ago. Returns whether a run is
    /// under way now, and what is known.
    pub fn start(self: &Arc<Self>) -> (bool, Report) {
        let mut report = self.lock();
        let is_fresh = report.finished.is_some_and(|finished| now().millis_since(finished) < FRESH_MILLIS);
        if report.state != State::Running && !is_fresh {
            let benchmark = Arc::clone(self);
            match thread::Builder::new().name("benchmark".into()).spawn(move || benchmark.run()) {
                Ok(_) => {
                    report.state = State::Running;
                    report.figures.clear();
                }
                Err(error) => tracing::warn!("no thread for a benchmark: {error}"),
            }
        }
        (report.state == State::Running, report.clone())
    }

    fn run(&self) {
        for algorithm in Algorithm::LIVE {
            if self.stop.is_cancelled() {
                return;
            }
            let figure = measure(algorithm);
            self.lock().figures.push(figure);
        }
        let mut report = self.lock();
        report.state = State::Done;
        report.finished = Some(now());
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn measure(algorithm: Algorithm) -> Figure {
    let (kernel, hashrate) = fastest_kernel(algorithm, ALGORITHM_DURATION);
    let name = if algorithm.has_kernels() { kernel.name() } else { algorithm.name() };
    Figure { algorithm, kernel: name, lanes: kernel.lanes(), hashrate }
}

/// The kernel that hashes the fastest here, and its hashes per second on one thread. Measured for so long, or until each has
/// had a batch.
pub fn fastest_kernel(algorithm: Algorithm, duration: Duration) -> (Kernel, f64) {
    let mut trials: Vec<Trial> = algorithm.kernels().into_iter().map(|kernel| Trial::new(algorithm, kernel)).collect();
    let start = Instant::now();
    while start.elapsed() < duration || trials.iter().any(|trial| trial.took.is_zero()) {
        trials.iter_mut().for_each(Trial::run);
    }
    let rates = trials.iter().map(|trial| (trial.kernel, trial.hashrate()));
    rates.max_by(|a, b| a.1.total_cmp(&b.1)).expect("every machine has a kernel")
}

/// One kernel's hashes and the time they took.
struct Trial {
    kernel: Kernel,
    search: NonceSearch,
    batch: u32,
    hashes: u64,
    took: Duration,
}

impl Trial {
    fn new(algorithm: Algorithm, kernel: Kernel) -> Self {
        let header = Params::regtest().genesis().header;
        // A batch ends when it is done.
        let target = CompactTarget::HARDEST.to_target().expect("1 is a target");
        let search = NonceSearch::new(algorithm, &header, target, kernel);
        Self { kernel, search, batch: 1, hashes: 0, took: Duration::ZERO }
    }

    fn run(&mut self) {
        let start = Instant::now();
        std::hint::black_box(self.search.run(0, self.batch));
        let took = start.elapsed();
        if took < BATCH_DURATION / 2 {
            // Too short a batch measures the clock.
            self.batch = self.batch.saturating_mul(2);
        } else {
            self.hashes += u64::from(self.batch);
            self.took += took;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    fn hashrate(&self) -> f64 {
        self.hashes as f64 / self.took.as_secs_f64()
    }
}
