//! Commands that need no running relay and trust none: they read, judge by the rules in `shared`, print, and end with an
//! exit code. What they found is a [`Report`], shown as lines or as one JSON object.

pub mod backup;
mod backup_keys;
pub mod documents;
pub mod inspect;
pub mod replay;
pub mod report;
pub mod restore;
pub mod simulate;
pub mod verify;
pub mod verify_report;

use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::Result;
use report::Report;

/// Below the help of each command.
const EXIT_CODES: &str = "Exit codes: 0 valid; 1 it breaks a rule, or its bytes mean nothing; 2 nothing was judged: \
                          wrong usage, or an input that cannot be read. With --json an answer that is not valid has \
                          \"valid\": false and \"error\": \"<rule>: <words>\".";
/// The same for commands that also write.
const EXIT_CODES_OF_WRITERS: &str = "Exit codes: 0 done, and every block was found valid; 1 the chain breaks a rule, and \
                                     nothing was changed; 2 it could not be done: wrong usage, a directory in use, a disk \
                                     that is full. With --json an answer that is not 0 has \"valid\": false and \
                                     \"error\": \"<rule>: <words>\".";
const INVALID: u8 = 1;
const NOT_JUDGED: u8 = 2;
/// Stopped by Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Prints what a command found. An error means that it judged nothing.
fn conclude(outcome: Result<Report>, json: bool) -> ExitCode {
    let (report, code) = match outcome {
        Ok(report) if report.is_valid() => (report, ExitCode::SUCCESS),
        Ok(report) => (report, ExitCode::from(INVALID)),
        Err(error) => (Report::refused(format!("not-judged: {error:#}")), ExitCode::from(NOT_JUDGED)),
    };
    // Whoever reads may have read enough; the verdict is the exit code.
    let _ = if json { writeln!(io::stdout(), "{}", report.to_json()) } else { write!(io::stdout(), "{report}") };
    if !json && let Some(error) = report.error() {
        eprintln!("error: {error}");
    }
    code
}
