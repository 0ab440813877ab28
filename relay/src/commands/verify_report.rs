//! `tabchain verify-report`: runs a sealed report's experiment again, and says whether it holds.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, bail};
use clap::Args;
use tabchain_shared::lab::experiment::report::{ReportError, VERSION};
use tabchain_shared::lab::experiment::{Experiment, Report as Sealed};

use super::report::{Fields, Report};
use super::simulate::{run, stop_at_ctrl_c};
use super::{EXIT_CODES, conclude};

/// Run a sealed report of an experiment again, trusting nobody
///
/// The report is what `tabchain simulate` or a page has written. It holds if it is as it was sealed, and if its experiment, run
/// again with its seed, gives every figure to the last bit.
#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES)]
pub struct VerifyReport {
    /// The report
    file: PathBuf,

    /// Answer with one JSON object
    #[arg(long)]
    json: bool,
}

impl VerifyReport {
    pub fn run(&self) -> ExitCode {
        conclude(self.judge(), self.json)
    }

    fn judge(&self) -> Result<Report> {
        let json = fs::read_to_string(&self.file).with_context(|| format!("reading {}", self.file.display()))?;
        let report = match Sealed::from_json(&json) {
            Ok(report) => report,
            Err(error) => return Ok(Report::refused(rule(&error))),
        };
        let mut experiment = match Experiment::new(report.spec.clone()) {
            Ok(experiment) => experiment,
            Err(error) => return Ok(Report::refused(rule(&error.into()))),
        };
        let stop = stop_at_ctrl_c()?;
        run(&mut experiment, &stop, "checking");
        if stop.load(Ordering::Relaxed) {
            bail!("stopped before the experiment was run to its end");
        }
        let mut fields = Fields::default();
        fields.add("title", &report.spec.title);
        fields.add("seed", report.spec.seed);
        fields.add("worlds", report.spec.jobs());
        fields.add("made_by_version", &report.version);
        fields.add("checked_by_version", VERSION);
        fields.add("digest", &report.digest);
        Ok(match report.check_against(&experiment.results()) {
            Ok(()) => Report::valid(fields),
            Err(error) => Report::valid(fields).refuse("", rule(&error)),
        })
    }
}

/// Its name, a colon, and words.
fn rule(error: &ReportError) -> String {
    let name = match error {
        ReportError::Malformed(_) => "no-report",
        ReportError::Format(_) => "unknown-format",
        ReportError::Digest { .. } => "broken-seal",
        ReportError::Spec(_) => "bad-experiment",
        ReportError::Partial { .. } => "partial",
        ReportError::Differs(_) => "differs",
    };
    format!("{name}: {error}")
}
