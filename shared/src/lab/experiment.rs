//! Experiments as data: what to simulate and how often, and what came of it beside what theory says.
//!
//! A [`Spec`] names an experiment and its settings; each setting has a default that runs. It falls apart into [`Job`]s, one world
//! each, independent of each other by their seeds: a command runs them on all cores, a worker in a page one after the other with
//! [`Experiment::step`], reporting and stopping in between. The same spec gives the same [`Results`] to the byte, in whatever
//! order jobs are run, natively and on wasm32.

mod difficulty;
mod double_spend;
pub mod measure;
mod partition;
mod propagation;
#[cfg(feature = "reports")]
pub mod report;
pub mod results;
mod selfish;
mod stale_rate;
mod tournament;

use serde::{Deserialize, Serialize};

pub use difficulty::HashrateStep;
pub use double_spend::DoubleSpend;
pub use measure::Measure;
pub use partition::Partition;
pub use propagation::Propagation;
#[cfg(feature = "reports")]
pub use report::Report;
pub use results::Results;
pub use selfish::Selfish;
pub use stale_rate::{StaleRate, World};
pub use tournament::{Player, Tournament};

use super::arena::{Arena, Link};
use super::link::LinkSettings;
use results::{Row, Value};

/// Jobs of one experiment, at most.
pub const MAX_JOBS: usize = 100_000;
/// Nodes of one world, at most: one takes about 100 KB and the memory of its chain's headers.
pub const MAX_NODES: usize = 20_000;
/// Blocks of one world, at most: before the first halving, so that every block pays the same.
pub const MAX_BLOCKS: usize = 200_000;

/// What a file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spec {
    pub title: String,
    #[serde(default = "one")]
    pub seed: u64,
    /// Worlds for each setting, with different seeds.
    #[serde(default = "four")]
    pub runs: usize,
    pub experiment: Plan,
}

/// What to find out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Plan {
    StaleRate(StaleRate),
    Propagation(Propagation),
    Selfish(Selfish),
    DoubleSpend(DoubleSpend),
    HashrateStep(HashrateStep),
    Partition(Partition),
    Tournament(Tournament),
}

/// Why a spec cannot be run: which setting, and what it may be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{setting}: {reason}")]
pub struct SpecError {
    pub setting: String,
    pub reason: String,
}

fn one() -> u64 {
    1
}

fn four() -> usize {
    4
}

/// What an experiment of a kind is made of. A case is a world; it may have several rows, as one propagation has several hops.
trait Kind {
    fn check(&self) -> Result<(), SpecError>;
    /// How many settings there are to run.
    fn cases(&self) -> usize;
    /// What tells the rows of a case apart, by name.
    fn rows(&self, case: usize) -> Vec<Vec<(&'static str, Value)>>;
    fn figures(&self) -> &'static [Figure];
    /// What theory says of a figure in a row, given all that was measured of it.
    fn theories(&self, case: usize, row: usize, figure: usize, measured: &[Measure]) -> Vec<(&'static str, f64)>;
    /// The same for all rows of a case: a kind may have to compute something for them together.
    fn theory(&self, case: usize) -> Theory<'_> {
        Box::new(move |row, figure, measured| self.theories(case, row, figure, measured))
    }
    fn start(&self, case: usize, seed: u64) -> Box<dyn Run>;
}

/// By row and figure, given all that was measured of the row: whose prediction, and which.
type Theory<'a> = Box<dyn Fn(usize, usize, &[Measure]) -> Vec<(&'static str, f64)> + 'a>;

/// A world under way.
trait Run: Send {
    /// Carries out about so many events. At the end what was measured, by row and figure.
    fn step(&mut self, events: u64) -> Option<Vec<Vec<Measure>>>;
}

/// A figure's name and unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figure {
    pub name: &'static str,
    /// Empty for shares and ratios.
    pub unit: &'static str,
}

/// The part of an experiment that runs alone.
pub struct Job {
    pub index: usize,
    run: Box<dyn Run>,
}

/// What a job has measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    index: usize,
    measures: Vec<Vec<Measure>>,
}

/// How far an experiment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub done: usize,
    pub jobs: usize,
}

/// An experiment under way.
pub struct Experiment {
    spec: Spec,
    outcomes: Vec<Option<Outcome>>,
    current: Option<Job>,
}

impl Plan {
    fn kind(&self) -> &dyn Kind {
        match self {
            Self::StaleRate(kind) => kind,
            Self::Propagation(kind) => kind,
            Self::Selfish(kind) => kind,
            Self::DoubleSpend(kind) => kind,
            Self::HashrateStep(kind) => kind,
            Self::Partition(kind) => kind,
            Self::Tournament(kind) => kind,
        }
    }
}

impl Spec {
    /// Whether it can be run.
    pub fn check(&self) -> Result<(), SpecError> {
        expect(!self.title.trim().is_empty() && self.title.chars().count() <= 100, "title", "1 to 100 characters")?;
        expect((1..=MAX_JOBS).contains(&self.runs), "runs", "from 1 to 100000")?;
        self.experiment.kind().check()?;
        let jobs = self.experiment.kind().cases().saturating_mul(self.runs);
        expect((1..=MAX_JOBS).contains(&jobs), "runs", "settings times runs may be 100000 at most")
    }

    /// Worlds to run in all.
    pub fn jobs(&self) -> usize {
        self.experiment.kind().cases() * self.runs
    }

    /// The job of that number, below [`Self::jobs`]. The spec has passed [`Self::check`].
    pub fn job(&self, index: usize) -> Job {
        let (case, run) = (index / self.runs, index % self.runs);
        // Far apart, so that no two jobs of any two seeds draw the same numbers.
        let seed = super::Random::new(self.seed ^ ((case as u64) << 40) ^ ((run as u64) << 16)).bits();
        Job { index, run: self.experiment.kind().start(case, seed) }
    }
}

impl Job {
    /// Carries out about so many events; the outcome at the end.
    pub fn step(&mut self, events: u64) -> Option<Outcome> {
        self.run.step(events).map(|measures| Outcome { index: self.index, measures })
    }
}

impl Experiment {
    pub fn new(spec: Spec) -> Result<Self, SpecError> {
        spec.check()?;
        let jobs = spec.jobs();
        Ok(Self { spec, outcomes: vec![None; jobs], current: None })
    }

    pub fn spec(&self) -> &Spec {
        &self.spec
    }

    pub fn progress(&self) -> Progress {
        Progress { done: self.outcomes.iter().flatten().count(), jobs: self.outcomes.len() }
    }

    /// Carries out about so many events of the job at hand. For whoever runs one job after the other.
    pub fn step(&mut self, events: u64) -> Progress {
        if self.current.is_none() {
            let next = self.outcomes.iter().position(Option::is_none);
            self.current = next.map(|index| self.spec.job(index));
        }
        if let Some(outcome) = self.current.as_mut().and_then(|job| job.step(events)) {
            self.current = None;
            self.absorb(outcome);
        }
        self.progress()
    }

    /// Takes in what a job of this spec has measured elsewhere.
    pub fn absorb(&mut self, outcome: Outcome) {
        let index = outcome.index;
        self.outcomes[index] = Some(outcome);
    }

    /// What has been measured so far: rows whose jobs are not all done rest on fewer runs.
    pub fn results(&self) -> Results {
        let kind = self.spec.experiment.kind();
        let figures = kind.figures();
        let mut rows = Vec::new();
        for case in 0..kind.cases() {
            let outcomes: Vec<&Outcome> =
                self.outcomes[case * self.spec.runs..(case + 1) * self.spec.runs].iter().flatten().collect();
            let theory = kind.theory(case);
            for (row, parameters) in kind.rows(case).into_iter().enumerate() {
                let measured: Vec<Measure> = (0..figures.len())
                    .map(|figure| Measure::merged(outcomes.iter().map(|outcome| &outcome.measures[row][figure])))
                    .collect();
                let theories = |figure| theory(row, figure, &measured);
                rows.push(Row::new(parameters, outcomes.len(), figures, &measured, theories));
            }
        }
        Results { progress: self.progress(), rows }
    }

    /// All of it, one job after the other.
    pub fn run(mut self) -> Results {
        loop {
            let progress = self.step(u64::MAX / 2);
            if progress.done == progress.jobs {
                return self.results();
            }
        }
    }
}

fn expect(holds: bool, setting: &str, reason: &str) -> Result<(), SpecError> {
    if holds { Ok(()) } else { Err(SpecError { setting: setting.to_owned(), reason: reason.to_owned() }) }
}

fn expect_all<T: Copy>(values: &[T], holds: impl Fn(T) -> bool, setting: &str, reason: &str) -> Result<(), SpecError> {
    expect(!values.is_empty(), setting, "give at least one")?;
    expect(values.len() <= 1_000 && values.iter().all(|value| holds(*value)), setting, reason)
}

/// Every pair of nodes is linked alike, both ways.
fn links(pairs: Vec<[usize; 2]>, settings: &LinkSettings) -> Vec<Link> {
    let link = |nodes| Link { nodes, directions: [settings.clone(), settings.clone()] };
    pairs.into_iter().map(link).collect()
}

/// A link without chance.
fn exact_link(delay: u64) -> LinkSettings {
    LinkSettings { delay, jitter: 0, bandwidth: 1_000_000_000, ..LinkSettings::reliable() }
}

/// The active chain as the first node has it, by who mined each block; the least height is 1.
fn miners_of_chain(arena: &Arena) -> Vec<usize> {
    let chain = arena.node(0).chain();
    let heights = 1..=chain.height();
    heights.filter_map(|height| arena.record().miner_of(&chain.hash_at(height)?)).collect()
}

#[expect(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}
