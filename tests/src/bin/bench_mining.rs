//! How soon miner workers are on a new job and how well they keep a limit, printed by `cargo xtask bench mining`: each figure
//! beside its goal.
//!
//! A real relay and a real Chromium with one tab, on a network whose target nobody meets, so that nothing but the host's
//! orders changes what is hashed. Everything runs on this one machine: what else it does shows in the figures.

use std::time::Duration;

use serde_json::{Value, json};
use tabchain_shared::mining::hashrate::WINDOW_MILLIS;
use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::network_file::{self, NOBODY_MEETS};
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, quantile};

/// A new tip switches every worker within this, in milliseconds.
const SWITCH_GOAL: f64 = 50.0;
/// A limit holds within this part of itself over ten seconds.
const LIMIT_GOAL: f64 = 0.05;
/// Jobs handed out.
const SWITCHES: usize = 60;
/// Hashes per second, of one worker.
const RATES: [f64; 2] = [1e3, 1e6];
const SHARES: [f64; 3] = [0.25, 0.5, 0.9];
/// After an order: until the averages of before are gone from a node's hash rate and from what the relay knows of it.
const SETTLING: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().expect("a data folder");
    let network = network_file::write(data.path(), Algorithm::Sha256d, NOBODY_MEETS);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network, "--name", "relay"]);
    {
        let browser = Browser::launch().await;
        let tab = browser.open_node(&relay.link_to_mine("tab")).await;
        relay.wait_for_nodes(2).await;
        switches(&relay, &tab).await;
        tab.fill("miner-count", "1").await;
        limits(&relay, "tab", "a tab's one worker").await;
    }
    limits(&relay, "relay", "the relay's own miner").await;
}

/// What else the machine does decides how much a worker gets of it, and one that often rests gets the least.
fn load() -> String {
    let average = std::fs::read_to_string("/proc/loadavg").ok();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    match average.as_deref().and_then(|text| text.split(' ').next()) {
        Some(average) => format!("load {average} on {cores} cores"),
        None => format!("{cores} cores"),
    }
}

async fn order(relay: &RelayProcess, node: &str, mut limit: Value) {
    limit["nodes"] = json!([node]);
    relay.mine(&limit).await;
}

/// From when a worker is sent a job until its word is back that it hashes that job alone.
async fn switches(relay: &RelayProcess, tab: &Tab) {
    let workers: usize = tab.value("miner-count").await.ok().and_then(|count| count.parse().ok()).expect("a number");
    order(relay, "tab", json!({})).await;
    tab.wait_value("hashrate", "the workers hash", |rate| rate.parse().is_ok_and(|rate: f64| rate > 0.0)).await;
    let (mut newest, mut each, mut slowest) = (None, Vec::new(), Vec::new());
    while slowest.len() < SWITCHES {
        order(relay, "tab", json!({})).await;
        let switches = eventually("every worker is on a newer job", async || {
            let text = tab.value("miner-switches").await?;
            let switches: Vec<(u64, f64)> = text.split(' ').filter_map(switch).collect();
            let job = switches.first().map(|(job, _)| *job);
            let is_done =
                job > newest && switches.len() == workers && switches.iter().all(|(other, _)| job == Some(*other));
            if is_done { Ok(switches) } else { Err(text) }
        })
        .await;
        newest = switches.first().map(|(job, _)| *job);
        let millis: Vec<f64> = switches.into_iter().map(|(_, millis)| millis).collect();
        slowest.push(millis.iter().copied().fold(0.0, f64::max));
        each.extend(millis);
    }
    println!(
        "\nFrom a new job to its workers, a tab's {workers} workers at full speed, {SWITCHES} jobs; goal {SWITCH_GOAL} ms ({})",
        load()
    );
    for (what, mut millis) in [("each worker", each), ("the slowest of a job", slowest)] {
        let [p50, p95, max] = [0.5, 0.95, 1.0].map(|part| quantile(&mut millis, part));
        let late = millis.iter().filter(|millis| **millis > SWITCH_GOAL).count();
        println!(
            "  {what:<24} p50 {p50:>5.1} ms, p95 {p95:>5.1} ms, max {max:>5.1} ms; {late} of {} late",
            millis.len()
        );
    }
}

/// `job:milliseconds`
fn switch(text: &str) -> Option<(u64, f64)> {
    let (job, millis) = text.split_once(':')?;
    Some((job.parse().ok()?, millis.parse().ok()?))
}

async fn limits(relay: &RelayProcess, node: &str, who: &str) {
    println!(
        "\nHash rate under a limit, {who}, over ten seconds; goal {:.2} to {:.2} ({})",
        1.0 - LIMIT_GOAL,
        1.0 + LIMIT_GOAL,
        load()
    );
    for limit in RATES {
        let rate = rate(relay, node, json!({ "hashrate_limit": limit }), 2).await;
        println!("  {limit:>9} H/s  {rate:>12.1} H/s, ratio {:.3}{}", rate / limit, verdict(rate / limit));
    }
    // What the machine can do differs from one moment to the next, so it is asked before and after each limit.
    let mut before = rate(relay, node, json!({}), 1).await;
    for share in SHARES {
        let limited = rate(relay, node, json!({ "machine_share": share }), 2).await;
        let after = rate(relay, node, json!({}), 1).await;
        let (unlimited, asked) = (f64::midpoint(before, after), share * f64::midpoint(before, after));
        println!(
            "  share {share:<7} {limited:>12.0} H/s of {unlimited:.0} (before and after: {:+.1} %), ratio {:.3}{}",
            (after / before - 1.0) * 100.0,
            limited / asked,
            verdict(limited / asked)
        );
        before = after;
    }
    order(relay, node, json!({ "action": "stop" })).await;
}

/// Hashes per second under a limit, on average over so many windows one after the other.
async fn rate(relay: &RelayProcess, node: &str, limit: Value, windows: u32) -> f64 {
    order(relay, node, limit).await;
    tokio::time::sleep(SETTLING).await;
    let mut sum = 0.0;
    for _ in 0..windows {
        tokio::time::sleep(Duration::from_secs_f64(WINDOW_MILLIS / 1000.0)).await;
        let peer = relay.peer(node).await.expect("it is still there");
        sum += peer["hashrate"].as_f64().expect("it tells its rate");
    }
    sum / f64::from(windows)
}

fn verdict(ratio: f64) -> &'static str {
    if (ratio - 1.0).abs() <= LIMIT_GOAL { "" } else { "  MISSED" }
}
