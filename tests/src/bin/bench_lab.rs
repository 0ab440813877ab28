//! How fast the lab is: blocks times nodes a CPU second, with real nodes and real messages, and what memory they take.
//! `cargo xtask bench lab`.
//!
//! Every node makes eight links out, as in Bitcoin; blocks come every ten minutes, and a link takes 100 ms. Handshakes come
//! before the clock starts.

use std::process::ExitCode;

use rustix::time::{ClockId, clock_gettime};
use tabchain_shared::lab::Random;
use tabchain_shared::lab::arena::{Arena, Link, Miner, Setting, Topology};
use tabchain_shared::lab::link::LinkSettings;
use tabchain_shared::lab::strategy::Strategy;

/// Nodes, and blocks that take some seconds at most.
const SIZES: [(usize, usize); 4] = [(100, 2_000), (600, 400), (2_000, 100), (10_000, 20)];
const GOAL: f64 = 300_000.0;

fn main() -> ExitCode {
    println!("nodes  links  blocks  events a block and node  blocks x nodes a CPU second  of the goal  KB a node");
    let mut rates = Vec::new();
    for (nodes, blocks) in SIZES {
        let before = memory();
        let mut arena = Arena::new(setting(nodes), 1);
        let links = arena.links();
        let (start, events) = (cpu_seconds(), arena.events());
        assert!(arena.run_until_found(blocks, u64::MAX / 2));
        arena.settle(600_000);
        let seconds = cpu_seconds() - start;
        let work = float(nodes) * float(blocks);
        let rate = work / seconds;
        #[expect(clippy::cast_precision_loss)]
        let per_event = (arena.events() - events) as f64 / work;
        let kilobytes = (memory() - before) / float(nodes);
        println!(
            "{nodes:>5}  {links:>5}  {blocks:>6}  {per_event:>23.1}  {rate:>27.0}  {:>10.2}  {kilobytes:>9.0}",
            rate / GOAL
        );
        rates.push(rate);
    }
    println!(
        "goal: {GOAL} at 600 nodes, and half of what is reached there at 10 000 ({:.2} of it)",
        rates[3] / rates[1]
    );
    ExitCode::SUCCESS
}

fn setting(nodes: usize) -> Setting {
    let link = LinkSettings { delay: 100, jitter: 0, ..LinkSettings::reliable() };
    let pairs = Topology::Random { links: 8 }.pairs(nodes, &mut Random::new(1));
    Setting {
        interval: 600.0,
        half_life: None,
        miners: vec![Miner { share: 1.0 / float(nodes), strategy: Strategy::Honest }; nodes],
        links: pairs.into_iter().map(|nodes| Link { nodes, directions: [link.clone(), link.clone()] }).collect(),
        gamma: None,
        block_bytes: None,
        compact_bytes: None,
        regions: None,
    }
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

#[expect(clippy::cast_precision_loss)]
fn float(count: usize) -> f64 {
    count as f64
}
