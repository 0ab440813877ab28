//! Many simulated networks, one a seed, over all cores: `cargo xtask simulate`.
//!
//! A seed that breaks an invariant is named with the command that replays it alone, and replayed it prints the last events
//! before.

use std::env;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tabchain_shared::lab::world::World;
use tabchain_shared::lab::{Misdeed, Settings, Stats, Violation};

const USAGE: &str = "usage: simulate [--seeds N] [--seed S]";
const DEFAULT_SEEDS: u64 = 200;
/// Events shown of a seed that is run alone.
const TRACE: usize = 60;

enum Request {
    /// Seeds from 0 up.
    Batch(u64),
    One(u64),
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match parse(&arguments) {
        Some(Request::Batch(seeds)) => batch(seeds),
        Some(Request::One(seed)) => one(seed),
        None => {
            eprintln!("{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Option<Request> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        [] => Some(Request::Batch(DEFAULT_SEEDS)),
        ["--seeds", count] => count.parse().ok().filter(|count| *count > 0).map(Request::Batch),
        ["--seed", seed] => seed.parse().ok().map(Request::One),
        _ => None,
    }
}

/// One seed, with its last events if it fails.
fn one(seed: u64) -> ExitCode {
    let start = Instant::now();
    let mut world = World::new(seed, Settings { trace: TRACE, ..Settings::stormy() });
    let result = world.run();
    if result.is_err() {
        println!("The last events, each with its number and its time:");
        for line in world.trace() {
            println!("{line}");
        }
    }
    report(1, world.stats(), start.elapsed());
    println!("  state hash                 {}", hex::encode(world.state_hash()));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(violation) => {
            println!("\n{violation}");
            ExitCode::FAILURE
        }
    }
}

fn batch(seeds: u64) -> ExitCode {
    let start = Instant::now();
    let workers = thread::available_parallelism().map_or(1, usize::from);
    println!("{seeds} seeds on {workers} cores");
    let (results, finished) = mpsc::channel::<(Stats, Result<(), Violation>)>();
    let next = AtomicU64::new(0);
    let mut total = Stats::default();
    let mut violations = Vec::new();
    thread::scope(|scope| {
        for _ in 0..workers {
            let (results, next) = (results.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds {
                        return;
                    }
                    let mut world = World::new(seed, Settings::stormy());
                    let result = world.run();
                    if results.send((world.stats().clone(), result)).is_err() {
                        return;
                    }
                }
            });
        }
        // The workers hold the others; with the last of them the channel ends.
        drop(results);
        for (done, (stats, result)) in (1..).zip(finished) {
            total.add(&stats);
            if let Err(violation) = result {
                println!("\r{violation}");
                violations.push(violation);
            }
            progress(done, seeds);
        }
    });
    report(seeds, &total, start.elapsed());
    if violations.is_empty() {
        println!("\nEvery invariant held.");
        return ExitCode::SUCCESS;
    }
    println!("\n{} of {seeds} seeds broke an invariant. To replay one:", violations.len());
    for violation in violations {
        println!("  cargo xtask simulate --seed {}", violation.seed);
    }
    ExitCode::FAILURE
}

/// A line that rewrites itself at a terminal, and ten lines in a log.
fn progress(done: u64, seeds: u64) {
    if std::io::stdout().is_terminal() {
        print!("\r{done} of {seeds}");
        if done == seeds {
            println!();
        }
        let _ = std::io::stdout().flush();
    } else if done.is_multiple_of(seeds.div_ceil(10)) || done == seeds {
        println!("{done} of {seeds}");
    }
}

fn report(seeds: u64, stats: &Stats, elapsed: Duration) {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let events_per_second = (stats.events as f64 / elapsed.as_secs_f64().max(0.001)) as u64;
    let misdeeds: u64 = stats.misdeeds.values().sum();
    println!("  seeds                      {seeds}");
    println!("  events                     {} ({events_per_second} a second)", stats.events);
    println!("  frames sent                {}", stats.frames);
    println!("  blocks connected           {}", stats.connected);
    println!("  reorgs                     {}, the deepest of {} blocks", stats.reorgs, stats.max_depth);
    println!("  payments accepted          {}", stats.payments);
    println!("  crashes                    {}, {} writes lost", stats.crashes, stats.lost_writes);
    println!("  partitions, links cut      {}, {}", stats.partitions, stats.cuts);
    println!("  misdeeds                   {misdeeds}, {} of {} kinds", stats.misdeeds.len(), Misdeed::ALL.len());
    for (misdeed, count) in &stats.misdeeds {
        println!("    {:<24} {count}", format!("{misdeed:?}"));
    }
}
