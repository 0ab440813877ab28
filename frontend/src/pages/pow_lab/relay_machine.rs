//! The relay's half of a run: asked for over REST, and followed until it is over.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::pow::Algorithm;

use super::figures::{Figure, Machine, Place, kernel_in_words};
use super::{Lab, Progress};
use crate::operator::{self, Benchmark, BenchmarkState};

/// Between two looks at a run.
const POLL_MILLIS: u32 = 250;

/// Ends early, and without a word, when the run is not wanted any more.
pub async fn measure(lab: Lab, run: u32) -> Result<(), String> {
    let mut report = operator::start_benchmark().await?;
    loop {
        if !lab.is_current(run) {
            return Ok(());
        }
        show(lab, &report);
        if report.state != BenchmarkState::Running {
            return Ok(());
        }
        TimeoutFuture::new(POLL_MILLIS).await;
        report = operator::benchmark().await?;
    }
}

fn show(lab: Lab, report: &Benchmark) {
    lab.relay_machine.set(Some(Machine { name: report.machine.clone(), cores: report.cores }));
    for figure in &report.figures {
        if let Some(index) = Algorithm::LIVE.iter().position(|algorithm| *algorithm == figure.algorithm) {
            let kernel = kernel_in_words(&figure.kernel, figure.lanes);
            lab.show(index, Place::Relay, Figure { hashrate: figure.hashrate, kernel, done: true });
        }
    }
    let next = Algorithm::LIVE.get(report.figures.len()).filter(|_| report.state == BenchmarkState::Running);
    lab.relay.set(next.map_or(Progress::Done, |algorithm| Progress::Running(*algorithm)));
}
