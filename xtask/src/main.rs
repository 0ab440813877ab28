//! The project's commands: `cargo xtask run`, `build`, `test`, `simulate`, `kill`, `pictures`, `first-load`, `bench` and `fuzz`. They work on a machine that has
//! only Rust and Node.js: whatever else is needed they install themselves, pinned, below `target/tools`.
//!
//! This file reads the command line and starts the binary. `tools` finds and installs, `web` makes `dist/`, `wasm` what in
//! there hashes with SIMD, `first_load` and `split` take the page's program apart, `pow_bench` and `relay_bench` what `bench pow` and `bench relay` compare, `checks` holds the steps of `test`, `fuzz` searches for
//! inputs that break an invariant, `progress` says what is going on and how long it took.

mod checks;
mod first_load;
mod fuzz;
mod pow_bench;
mod progress;
mod relay_bench;
mod split;
mod tools;
mod wasm;
mod web;

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

const HELP: &str = "\
The commands of Tabchain's workspace.

Usage: cargo xtask <COMMAND>

Commands:
  run [-- ARGUMENTS]  Build everything, then start `tabchain` with these arguments.
                      For example: cargo xtask run -- --host 0.0.0.0 --mine
  build               Build everything without starting it: the web app, and target/release/tabchain with the app in it.
  test [WORDS]        Check everything. A word that names a step (fmt, web, clippy, binary, native, interface, bus, wasm,
                      browser) selects it; any other word is a filter on the names of the tests, and without a step selects the
                      four steps that run tests. For example: cargo xtask test native mempool
  simulate [--seeds N | --seed S]
                      Run simulated networks of real nodes, 200 seeds unless told otherwise, and check every invariant;
                      or replay one seed, with its last events if it fails.
  simulate --release [FILTER]
                      Hold the lab against the literature with samples twenty times those of the tests, optimised, every
                      band printed. Takes about five minutes on two cores.
  kill [--rounds N] [--seed S]
                      Kill a relay a thousand times, or N, while it takes payments and mines, and ask after each restart
                      for all that it had acknowledged. A round takes about a second.
  pictures            Take the pictures in docs/pictures: every page of a real network of tabs on a phone, a screen and a
                      projector, light and dark, and the ten seconds in the README. Takes about two minutes.
  first-load          Look which code of the page's program runs until a tab hashes, and list the other, which is then loaded
                      later, in frontend/later.txt. Good to do when the first load has grown. Takes about five minutes.
  bench main          Measure and print the main job's figures: sizes, first hash, hash rate, block propagation.
  bench page [PART]   Measure and print what the first link loads and how soon something is seen and hashed (load), the
                      longest task of the page's thread while thirty nodes mine (tasks), and frames a second of the fork tree
                      at ten thousand and a hundred thousand blocks (frames). Takes about six minutes.
  bench consensus     Measure and print the rules' figures: headers, blocks and signatures a second, each as a ratio to
                      its limit, and memory a header. Takes about a minute.
  bench lab           Measure and print how fast simulated networks of up to 10 000 real nodes run, natively and as wasm, and what
                      memory they take.
                      Takes about a minute.
  bench mining        Measure and print how soon a tab's workers are on a new job, and how well a tab and the relay keep
                      a hash-rate limit. Takes about five minutes.
  bench bus           Measure and print what a frame costs on its way from relay to relay, and what relays tell each other
                      of their nodes. Takes about a minute.
  bench network [PART]
                      Measure and print how a block travels among 200 native nodes and what it costs on the wire
                      (propagation), how soon a sleeping tab is back (resume), how long a newcomer takes to join 100 000
                      blocks, natively and in a tab, and what memory a tab takes (cold-sync). Takes about fifteen minutes.
  bench pow           Measure and print hash rates of one thread: our loops natively, in Node.js and in Chromium, beside
                      the crate sha2 and the npm packages hash-wasm and @noble/hashes. Takes about three minutes once
                      everything is built.
  bench relay [PART]  Measure and print how much the relay passes on beside nats-server and npm's ws (fan-out), what memory
                      a connection takes (idle), how many payments it checks (transactions), and how soon 5 000 nodes are
                      back after a restart (reconnect). Takes about ten minutes once everything is built.
  fuzz [TARGET] [--minutes N]
                      Search for inputs that break the core's invariants, for ten minutes or N. The targets are bytes,
                      texts, chain and node. `fuzz TARGET --replay FILE` runs one input; `fuzz [TARGET] --keep` makes the
                      smallest part of what was found that reaches as much the corpus that every test run replays.

Options:
  -h, --help          Print this help.

Needs Rust (through rustup) and Node.js. The first time, trunk, wasm-bindgen-cli and wasm-opt are installed below
target/tools, unless the pinned versions are on PATH: about 4 minutes on 2 cores. The browser tests take the browser that
$CHROMIUM names or that is on PATH; as root on Debian or Ubuntu a missing one is installed with apt. The step interface needs
Python with its module venv, and installs Schemathesis below target/tools as well.
";

/// How many times the sample of a test a long run takes.
const LONG_RUNS: &str = "20";

fn main() -> ExitCode {
    match run(&env::args().skip(1).collect::<Vec<_>>()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<()> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(());
    };
    // What follows `--` belongs to `tabchain`, even when it says `--help`.
    let own = rest.split(|argument| argument == "--").next().unwrap_or_default();
    if [command].into_iter().chain(own).any(|argument| argument == "--help" || argument == "-h") {
        print!("{HELP}");
        return Ok(());
    }
    match command.as_str() {
        "run" => {
            let for_tabchain = if own.is_empty() { rest.get(1..).unwrap_or_default() } else { rest };
            start(&build()?, for_tabchain)
        }
        "build" if rest.is_empty() => {
            println!("\nReady: {}", build()?.display());
            Ok(())
        }
        "test" => checks::run(rest),
        "simulate" => simulate(rest),
        "kill" => kill(rest),
        "first-load" if rest.is_empty() => first_load::measure(),
        "pictures" if rest.is_empty() => execute(&mut in_browser("pictures")?),
        "bench" if rest == ["main"] => execute(&mut in_browser("bench_main")?),
        "bench" if rest.len() <= 2 && rest.first().is_some_and(|what| what == "page") => {
            execute(in_browser("bench_page")?.arg("--").args(&rest[1..]))
        }
        "bench" if rest == ["mining"] => execute(&mut in_browser("bench_mining")?),
        "bench" if rest.len() <= 2 && rest.first().is_some_and(|what| what == "network") => bench_network(&rest[1..]),
        "bench" if rest.len() <= 2 && rest.first().is_some_and(|what| what == "relay") => relay_bench::run(&rest[1..]),
        "bench" if rest == ["lab"] => {
            let wasm = pow_bench::build(&tools::web_tools()?)?;
            execute(bench("bench_lab").env("POW_BENCH_WASM", wasm))
        }
        "bench" if rest == ["consensus"] => execute(&mut bench("bench_consensus")),
        "bench" if rest == ["bus"] => {
            let nats_server = tools::nats_server()?;
            execute(in_browser("bench_bus")?.env("NATS_SERVER", nats_server).env("RUST_LOG", "error"))
        }
        "bench" if rest == ["pow"] => pow_bench::run(),
        "fuzz" => fuzz::run(rest),
        _ => bail!("`{}` is not a command; `cargo xtask --help` lists them", arguments.join(" ")),
    }
}

/// Builds the web app and the binary that serves it; answers the path of the binary.
fn build() -> Result<PathBuf> {
    let tools = tools::web_tools()?;
    web::build(&tools)?;
    progress::step("Building the tabchain binary (usually 2 min at first, 20 s later)", || {
        execute(cargo().args(["build", "--release", "--package", "tabchain"]))
    })?;
    Ok(binary("release"))
}

/// In the development profile, which optimises the crates that do the work, and which the tests have compiled already; the long
/// runs, which take so much longer than to compile them again, in the release profile.
fn simulate(arguments: &[String]) -> Result<()> {
    if let Some((_, filter)) = arguments.split_first().filter(|(first, _)| *first == "--release") {
        let mut truth = cargo();
        truth.args(["test", "--release", "--package", "tabchain-shared", "--test", "lab_truth"]).args(filter);
        return execute(truth.args(["--", "--nocapture"]).env("LAB_SCALE", LONG_RUNS));
    }
    execute(cargo().args(["run", "--quiet", "--package", "tabchain-tests", "--bin", "simulate", "--"]).args(arguments))
}

/// Both in the development profile, for the checks that a release leaves out.
fn kill(arguments: &[String]) -> Result<()> {
    web::build(&tools::web_tools()?)?;
    execute(cargo().args(["build", "--package", "tabchain"]))?;
    let mut kill = cargo();
    kill.args(["run", "--quiet", "--package", "tabchain-tests", "--bin", "kill", "--"]).args(arguments);
    // A thousand relays' logs would hide how far it is.
    execute(kill.env("TABCHAIN_BINARY", binary("debug")).env("RUST_LOG", "error"))
}

/// Figures of the whole. The programs are beside the tests, because they drive the same relay and browser.
fn in_browser(program: &str) -> Result<Command> {
    let tabchain = build()?;
    let chromium = tools::chromium()?;
    let mut bench = bench(program);
    bench.env("TABCHAIN_BINARY", tabchain).env("CHROMIUM", chromium);
    Ok(bench)
}

/// All of it, or the part that the argument names.
fn bench_network(part: &[String]) -> Result<()> {
    let wasm = pow_bench::build(&tools::web_tools()?)?;
    execute(in_browser("bench_network")?.arg("--").args(part).env("POW_BENCH_WASM", wasm))
}

/// A program among the tests that prints figures, built as what it measures is shipped.
fn bench(program: &str) -> Command {
    let mut bench = cargo();
    bench.args(["run", "--release", "--package", "tabchain-tests", "--bin", program]);
    bench
}

/// Becomes the relay: the process is replaced, so that Ctrl-C and other signals reach it and nothing stands between.
fn start(binary: &Path, arguments: &[String]) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(arguments);
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        Err(command.exec()).with_context(|| format!("starting {}", binary.display()))
    }
    #[cfg(not(unix))]
    execute(&mut command)
}

/// Runs a command to its end; anything but success is an error that names the command.
fn execute(command: &mut Command) -> Result<()> {
    let line = [command.get_program()]
        .into_iter()
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ");
    let status = command.status().with_context(|| format!("starting `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(())
}

/// Cargo in the root of the workspace. The variables that describe xtask's own package are taken away: build scripts
/// that watch them would run again each time that one alternates between `cargo xtask` and plain cargo.
fn cargo() -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root());
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package xtask lies in the workspace")
}

/// Where cargo leaves what it builds.
fn target_dir() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The binary `tabchain` of a profile's directory (`debug` or `release`).
fn binary(profile_dir: &str) -> PathBuf {
    target_dir().join(profile_dir).join(format!("tabchain{}", env::consts::EXE_SUFFIX))
}
