//! `tabchain replay`: lives a recorded node's life again, and tells whether it comes to the same state.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::recording::RecordingError;
use tabchain_shared::node::recording::replay::{Life, Replay as Replayed};

use super::report::{Fields, Report};
use super::{EXIT_CODES, conclude};

/// Read at a time, bytes.
const BUFFER_BYTES: usize = 256 * 1024;

/// Replay what `--record` recorded, and compare the states
///
/// Feeds every recorded input to a new node and holds each checkpoint against the state that this node comes to. A
/// recording that breaks off, as after a crash, is replayed up to there.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct Replay {
    /// The recording
    file: PathBuf,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub fn run(&self) -> ExitCode {
        conclude(self.judge(), self.json)
    }

    fn judge(&self) -> Result<Report> {
        let reading = || format!("reading {}", self.file.display());
        let mut file = File::open(&self.file).with_context(reading)?;
        let progress = progress_bar(file.metadata().with_context(reading)?.len());
        let start = Instant::now();
        let mut replay = Replayed::new();
        let outcome = feed(&mut file, &mut replay, &progress).with_context(reading)?;
        progress.finish_and_clear();
        let fields = |life: &Life| describe(life, start.elapsed().as_secs_f64());
        Ok(match outcome {
            Ok(()) => match replay.finish() {
                Ok(life) => Report::valid(fields(&life)),
                Err(error) => Report::refused(error.to_string()),
            },
            Err(error) => Report::valid(replay.so_far().map(fields).unwrap_or_default()).refuse("", error.to_string()),
        })
    }
}

/// Reads to the end, or to the first thing that is wrong with the recording. An error outside is one of the file's.
fn feed(file: &mut File, replay: &mut Replayed, progress: &ProgressBar) -> io::Result<Result<(), RecordingError>> {
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let count = match file.read(&mut buffer) {
            Ok(0) => return Ok(Ok(())),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if let Err(error) = replay.push(&buffer[..count]) {
            return Ok(Err(error));
        }
        progress.inc(count as u64);
        if let Some(life) = replay.so_far() {
            progress.set_message(format!("input {}, block {}", life.inputs, life.node.chain().height()));
        }
    }
}

fn describe(life: &Life, seconds: f64) -> Fields {
    let chain = life.node.chain();
    let mut fields = Fields::default();
    fields.add("network", &chain.params().name);
    fields.add("network_id", chain.network());
    fields.add("node", life.node.id());
    fields.add("recorded_from_utc", utc(life.started));
    fields.add("recorded_until_utc", utc(life.latest));
    fields.add("recorded_seconds", life.latest.millis_since(life.started) / 1_000);
    fields.add("ending", life.ending.to_string());
    fields.add("inputs", life.inputs);
    fields.add("checkpoints", life.checkpoints);
    fields.add("height", chain.height());
    fields.add("tip", chain.tip());
    fields.add("state_hash", hex::encode(life.node.state_hash()));
    fields.add("seconds", seconds);
    #[allow(clippy::cast_precision_loss, reason = "it is only shown")]
    fields.add("inputs_per_second", (life.inputs as f64 / seconds).round());
    fields
}

/// Absent for a time that no calendar has.
fn utc(time: Time) -> Option<String> {
    let millis = i64::try_from(time.0).ok()?;
    Timestamp::from_millisecond(millis).ok().map(|time| time.to_string())
}

/// Drawn on the standard error if that is a terminal, else not at all.
fn progress_bar(size: u64) -> ProgressBar {
    let template = "{bar:30} {percent:>3} %  {msg}, {elapsed_precise}, {eta_precise} to go";
    ProgressBar::new(size).with_style(ProgressStyle::with_template(template).expect("the template is sound"))
}
