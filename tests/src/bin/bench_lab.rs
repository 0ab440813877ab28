//! How fast the lab is: blocks times nodes a CPU second, with real nodes and real messages, and what memory they take; from a hundred
//! nodes to ten thousand, and as the page's worker runs them. `cargo xtask bench lab`.
//!
//! The network is that of `tests/pow-bench/src/lab.rs`. Handshakes come before the clock starts.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use rustix::time::{ClockId, clock_gettime};
use tabchain_pow_bench::lab::Simulation;

/// Nodes, and blocks that take some seconds at most.
const SIZES: [(u32, u32); 4] = [(100, 2_000), (600, 400), (2_000, 100), (10_000, 30)];
const GOAL: f64 = 300_000.0;
/// What a worker is measured with: nodes, blocks a round, and rounds of which the best counts.
const WORKER: (u32, u32, u32) = (600, 60, 3);

fn main() -> ExitCode {
    let arguments: Vec<u32> =
        std::env::args().skip(1).map(|argument| argument.parse().expect("nodes and blocks")).collect();
    if let [nodes, blocks] = arguments[..] {
        measure(nodes, blocks);
        return ExitCode::SUCCESS;
    }
    println!("nodes  links  blocks  events a block and node  blocks x nodes a CPU second  of the goal  KB a node");
    let rates = SIZES.map(in_its_own_process);
    println!(
        "goal: {GOAL} at 600 nodes, and half of what is reached there at 10 000 ({:.2} of it)",
        rates[3] / rates[1]
    );
    let (native, wasm) = (native_rate(), wasm_rate());
    println!("as wasm, with {} nodes: {wasm:.0}, natively {native:.0}: {:.2} of it, goal 0.5", WORKER.0, wasm / native);
    ExitCode::SUCCESS
}

/// So that what others have used is nobody's memory. Prints the line, and answers the rate.
fn in_its_own_process((nodes, blocks): (u32, u32)) -> f64 {
    let output = Command::new(std::env::current_exe().expect("it runs"))
        .args([nodes, blocks].map(|argument| argument.to_string()))
        .output()
        .expect("it starts once more");
    let line = String::from_utf8_lossy(&output.stdout);
    println!("{}", line.trim_end());
    line.split_whitespace().nth(4).and_then(|rate| rate.parse().ok()).expect("a rate")
}

fn measure(nodes: u32, blocks: u32) {
    let before = memory();
    let mut simulation = Simulation::new(nodes);
    let (start, events) = (cpu_seconds(), simulation.arena().events());
    simulation.run(blocks);
    let seconds = cpu_seconds() - start;
    let arena = simulation.arena();
    let work = f64::from(nodes) * f64::from(blocks);
    let rate = work / seconds;
    #[expect(clippy::cast_precision_loss)]
    let per_event = (arena.events() - events) as f64 / work;
    let kilobytes = (memory() - before) / f64::from(nodes);
    let links = arena.links();
    println!(
        "{nodes:>5}  {links:>5}  {blocks:>6}  {per_event:>23.1}  {rate:>27.0}  {:>11.2}  {kilobytes:>9.0}",
        rate / GOAL
    );
}

/// The same as a worker's wasm does, in this process.
fn native_rate() -> f64 {
    let (nodes, blocks, rounds) = WORKER;
    let mut simulation = Simulation::new(nodes);
    simulation.run(blocks);
    let seconds = (2..2 + rounds).map(|round| {
        let start = cpu_seconds();
        simulation.run(round * blocks);
        cpu_seconds() - start
    });
    f64::from(nodes) * f64::from(blocks) / seconds.fold(f64::INFINITY, f64::min)
}

/// In Node.js, whose engine is Chromium's, built as the page's worker is.
fn wasm_rate() -> f64 {
    let (nodes, blocks, rounds) = WORKER;
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("pow-bench").join("web").join("lab.mjs");
    let wasm = PathBuf::from(std::env::var_os("POW_BENCH_WASM").expect("cargo xtask bench lab sets it")).join("plain");
    let output = Command::new("node")
        .arg(script)
        .arg(wasm)
        .args([nodes, blocks, rounds].map(|argument| argument.to_string()))
        .output()
        .expect("Node.js starts");
    let said = String::from_utf8_lossy(&output.stdout);
    let seconds: f64 = said.trim().parse().unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    f64::from(nodes) * f64::from(blocks) / seconds
}

/// Of this process, all threads; there is one.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    #[expect(clippy::cast_precision_loss)]
    let seconds = time.tv_sec as f64 + time.tv_nsec as f64 / 1e9;
    seconds
}

/// Kilobytes that this process has in memory; nothing where the system does not say.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0.0)
}
