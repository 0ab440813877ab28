//! `cargo xtask kill`: kills a relay a thousand times and looks whether it keeps its promises (`kill_rounds`).

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tabchain_tests::kill_rounds::{self, Kept};

const USAGE: &str = "usage: kill [--rounds N] [--seed S]";
const DEFAULT_ROUNDS: u64 = 1_000;
/// Where nobody watches a line that changes, one in so many rounds is reported.
const REPORT_INTERVAL: u64 = 50;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((rounds, seed)) = parse(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::FAILURE;
    };
    println!("{rounds} rounds with seed {seed}");
    let start = Instant::now();
    let kept = kill_rounds::run(rounds, seed, |kept| report(kept, rounds, start)).await;
    let Kept { rounds, payments, blocks, stale_blocks, killed_starts } = kept;
    println!(
        "\n{rounds} kills and {killed_starts} killed starts in {} s: {payments} acknowledged payments and {blocks} \
         announced blocks ({stale_blocks} of them stale) asked for, none missing; every chain is valid",
        start.elapsed().as_secs()
    );
    ExitCode::SUCCESS
}

fn parse(arguments: &[String]) -> Option<(u64, u64)> {
    let (mut rounds, mut seed) = (DEFAULT_ROUNDS, seed_from_clock());
    for pair in arguments.chunks(2) {
        match pair {
            [name, count] if name == "--rounds" => rounds = count.parse().ok().filter(|count| *count > 0)?,
            [name, number] if name == "--seed" => seed = number.parse().ok()?,
            _ => return None,
        }
    }
    Some((rounds, seed))
}

fn seed_from_clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

fn report(kept: &Kept, rounds: u64, start: Instant) {
    let line = format!(
        "round {} of {rounds}, {} s: {} payments and {} blocks kept",
        kept.rounds,
        start.elapsed().as_secs(),
        kept.payments,
        kept.blocks
    );
    if std::io::stdout().is_terminal() {
        print!("\r{line}");
        // A progress line that cannot be shown is no reason to stop.
        let _ = std::io::stdout().flush();
    } else if kept.rounds.is_multiple_of(REPORT_INTERVAL) {
        println!("{line}");
    }
}
