//! `tabchain simulate`: runs an experiment of the lab on all cores, and leaves a table, a picture and a sealed report.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use tabchain_shared::lab::experiment::results::{Measured, Results};
use tabchain_shared::lab::experiment::{Experiment, Report as Sealed, Spec};

use super::report::{Fields, Report};
use super::{INTERRUPTED, conclude};

/// Events that a world goes on for before it looks whether it is to stop: some tens of milliseconds.
const EVENTS_A_STEP: u64 = 20_000;
const EXIT_CODES: &str = "Exit codes: 0 done; 2 it could not be done: a file that says something wrong, a disk that is \
                          full; 130 stopped with Ctrl-C, and what was done by then is kept.";

/// Run an experiment in simulated time, on all cores
///
/// The file says what to find out, in TOML or JSON; docs/experiments has one of each kind, and docs/lab.md explains them. The same
/// file and seed give the same results to the byte on every machine. Leaves FILE.csv, FILE.svg and FILE.report.json, which
/// `tabchain verify-report` checks.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Simulate {
    /// The experiment
    file: PathBuf,

    /// Where the results go [default: where the command is started]
    #[arg(long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,

    /// Another seed than the file's
    #[arg(long)]
    seed: Option<u64>,

    /// Other worlds for each setting than the file says
    #[arg(long, value_name = "COUNT")]
    runs: Option<usize>,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl Simulate {
    pub fn run(&self) -> ExitCode {
        match self.simulate() {
            Ok((report, true)) => conclude(Ok(report), self.json),
            Ok((report, false)) => {
                conclude(Ok(report), self.json);
                ExitCode::from(INTERRUPTED)
            }
            Err(error) => conclude(Err(error), self.json),
        }
    }

    /// What was done, and whether that is all.
    fn simulate(&self) -> Result<(Report, bool)> {
        let mut spec = read(&self.file)?;
        spec.seed = self.seed.unwrap_or(spec.seed);
        spec.runs = self.runs.unwrap_or(spec.runs);
        let mut experiment = Experiment::new(spec).context("--runs")?;
        let stop = stop_at_ctrl_c()?;
        run(&mut experiment, &stop, "simulating");
        let results = experiment.results();
        let files = self.write(experiment.spec(), &results)?;
        let mut fields = Fields::default();
        fields.add("title", &experiment.spec().title);
        fields.add("seed", experiment.spec().seed);
        fields.add("worlds", results.progress.done);
        fields.add("of_worlds", results.progress.jobs);
        fields.add_parts("results", table(&results));
        fields.add("files", files);
        Ok((Report::valid(fields), results.is_complete()))
    }

    fn write(&self, spec: &Spec, results: &Results) -> Result<Vec<String>> {
        let folder = self.out.clone().unwrap_or_default();
        fs::create_dir_all(&folder)
            .or_else(|error| if folder.as_os_str().is_empty() { Ok(()) } else { Err(error) })
            .with_context(|| format!("making {}", folder.display()))?;
        let name = self.file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let sealed = Sealed::seal(spec.clone(), results.clone());
        let contents = [("csv", results.to_csv()), ("svg", sealed.picture.clone()), ("report.json", sealed.to_json())];
        let mut files = Vec::new();
        for (kind, content) in contents {
            let path = folder.join(format!("{name}.{kind}"));
            fs::write(&path, content).with_context(|| format!("writing {}", path.display()))?;
            files.push(path.display().to_string());
        }
        Ok(files)
    }
}

/// An experiment's file, or the line and the reason why it is none.
fn read(file: &Path) -> Result<Spec> {
    let text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let spec: Spec = if text.trim_start().starts_with('{') {
        serde_json::from_str(&text).with_context(|| file.display().to_string())?
    } else {
        toml::from_str(&text).with_context(|| file.display().to_string())?
    };
    if let Err(error) = spec.check() {
        match line_of(&text, &error.setting) {
            Some(line) => bail!("{}, line {line}: {error}", file.display()),
            None => bail!("{}: {error}", file.display()),
        }
    }
    Ok(spec)
}

/// The line on which a setting gets its value, in TOML or JSON.
fn line_of(text: &str, setting: &str) -> Option<usize> {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let sets_it = |line: &str| {
        line.match_indices(setting).any(|(at, _)| {
            let after = line[at + setting.len()..].trim_start_matches('"').trim_start();
            !line[..at].ends_with(is_part_of_name) && after.starts_with(['=', ':'])
        })
    };
    (1..).zip(text.lines()).find_map(|(number, line)| sets_it(line).then_some(number))
}

/// All jobs that are not done, on all cores, until told to stop.
pub(super) fn run(experiment: &mut Experiment, stop: &AtomicBool, what: &str) {
    let spec = experiment.spec().clone();
    let jobs = spec.jobs();
    let progress = progress_bar(jobs, what);
    let next = AtomicUsize::new(0);
    let (outcomes, finished) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from).min(jobs) {
            let (outcomes, next, spec) = (outcomes.clone(), &next, &spec);
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= jobs {
                        return;
                    }
                    let mut job = spec.job(index);
                    let outcome = loop {
                        if stop.load(Ordering::Relaxed) {
                            return;
                        }
                        if let Some(outcome) = job.step(EVENTS_A_STEP) {
                            break outcome;
                        }
                    };
                    if outcomes.send(outcome).is_err() {
                        return;
                    }
                }
            });
        }
        // The workers hold the others; with the last of them the channel ends.
        drop(outcomes);
        for (outcome, done) in finished.into_iter().zip(1..) {
            experiment.absorb(outcome);
            progress.inc(1);
            // A line for each hundredth at most, where nobody draws a bar.
            if progress.is_hidden() && done * 100 / jobs > (done - 1) * 100 / jobs {
                eprintln!("{what}: world {done} of {jobs}");
            }
        }
    });
    progress.finish_and_clear();
}

/// Set by the first Ctrl-C; a second one ends at once, as it would without this.
pub(super) fn stop_at_ctrl_c() -> Result<std::sync::Arc<AtomicBool>> {
    let stop = std::sync::Arc::new(AtomicBool::new(false));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().context("catching Ctrl-C")?;
    let (ready, is_ready) = mpsc::channel();
    let told = std::sync::Arc::clone(&stop);
    thread::spawn(move || {
        runtime.block_on(async move {
            let mut interrupts = match Interrupts::catch() {
                Ok(interrupts) => {
                    let _ = ready.send(Ok(()));
                    interrupts
                }
                Err(error) => {
                    let _ = ready.send(Err(error));
                    return;
                }
            };
            interrupts.next().await;
            told.store(true, Ordering::Relaxed);
            eprintln!("Stopping; what is done is kept …");
            interrupts.next().await;
            std::process::exit(INTERRUPTED.into());
        });
    });
    is_ready.recv().context("catching Ctrl-C")?.context("catching Ctrl-C")?;
    Ok(stop)
}

/// Caught from the call on, not from the first poll.
#[cfg(unix)]
struct Interrupts(tokio::signal::unix::Signal);

#[cfg(unix)]
impl Interrupts {
    fn catch() -> io::Result<Self> {
        tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt()).map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

#[cfg(windows)]
struct Interrupts(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Interrupts {
    fn catch() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}

/// A part for each row, its parameters first.
fn table(results: &Results) -> Vec<Fields> {
    let row = |row: &tabchain_shared::lab::experiment::results::Row| {
        let mut fields = Fields::default();
        let parameters = row.parameters.iter().map(|parameter| format!("{} {}", parameter.name, parameter.value));
        fields.add("at", parameters.collect::<Vec<_>>().join(", "));
        fields.add("runs", row.runs);
        fields.add("figures", row.figures.iter().map(in_words).collect::<Vec<_>>());
        fields
    };
    results.rows.iter().map(row).collect()
}

fn in_words(figure: &Measured) -> String {
    let number = |value: f64| format!("{value:.5}");
    let Some(estimate) = figure.estimate else { return format!("{}: nothing was measured", figure.name) };
    let unit = if figure.unit.is_empty() { String::new() } else { format!(" {}", figure.unit) };
    let band = figure.band.map_or(String::new(), |band| format!(" ({} to {})", number(band.low), number(band.high)));
    let theories = figure.theories.iter().map(|theory| format!("; {}: {}", theory.source, number(theory.value)));
    format!("{} {}{unit}{band}{}", figure.name, number(estimate), theories.collect::<String>())
}

/// Drawn on the standard error if that is a terminal.
fn progress_bar(jobs: usize, what: &str) -> ProgressBar {
    let template = "{bar:30} {percent:>3} %  {msg} world {pos} of {len}, {elapsed_precise}, {eta_precise} to go";
    let style = ProgressStyle::with_template(template).expect("the template is sound");
    let progress = ProgressBar::new(jobs as u64).with_style(style).with_message(what.to_owned());
    progress.tick();
    progress
}
