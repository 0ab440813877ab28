//! The figures of the main job, printed by `cargo xtask bench main`: each beside the limit that it is held against.
//!
//! A real relay and a real Chromium, as a class has them, but all on this one machine: its cores are shared by every tab.

use std::path::Path;
use std::time::{Duration, Instant};

use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::primitives::{CompactTarget, Header};
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, quantile};

/// What a cold load may weigh, compressed (bytes), and how long the first hash may take (ms): the page's own goals.
const COLD_LOAD_GOAL: u64 = 350 * 1024;
const FIRST_HASH_GOAL: Duration = Duration::from_secs(2);
/// In the names of programs that are loaded when their pages are wanted, and of what is loaded behind the first part.
const LATER: [&str; 5] = ["explorer", "lab", "lessons", "panel", "_rest.wasm"];
/// Tabs of the propagation figure, and blocks it is taken over.
const TABS: usize = 20;
const BLOCKS: usize = 20;
/// Batches of the native hash rate; the best counts, as noise only slows.
const BATCHES: usize = 10;

#[tokio::main]
async fn main() {
    sizes();
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "classroom"]);
    first_hash_and_hashrate(&relay).await;
    drop(relay);
    let data = tempfile::tempdir().expect("a data folder");
    propagation(&RelayProcess::start(data.path(), 0, &["--network", "regtest"])).await;
}

fn sizes() {
    println!("\nSize, brotli");
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    let mut total = 0;
    let mut files: Vec<_> = std::fs::read_dir(dist).expect("dist/ was built").map_while(Result::ok).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        let Some(original) = name.strip_suffix(".br") else { continue };
        let size = file.metadata().expect("a file").len();
        let is_later = LATER.iter().any(|program| original.contains(program));
        total += if is_later { 0 } else { size };
        if Path::new(original).extension().is_some_and(|extension| extension == "wasm") {
            println!("  {:<40} {:>8} bytes", original.replace("_bg", ""), size);
        }
    }
    println!(
        "  {:<40} {total:>8} bytes, {:.2} of the goal",
        "everything the first link fetches",
        ratio(total, COLD_LOAD_GOAL)
    );
}

async fn first_hash_and_hashrate(relay: &RelayProcess) {
    let browser = Browser::launch().await;
    let start = Instant::now();
    let tab = browser.open(&relay.link_to_mine("")).await;
    tab.wait_connected().await;
    let connected = start.elapsed();
    tab.click("mining-toggle").await;
    hashrate(&tab, |rate| rate > 0.0).await;
    let first = start.elapsed();
    println!("\nTime from opening the link, cold cache");
    println!("  node runs and has found the relay        {:>8} ms", connected.as_millis());
    println!(
        "  first hashes counted on the page         {:>8} ms, {:.2} of the goal",
        first.as_millis(),
        first.as_secs_f64() / FIRST_HASH_GOAL.as_secs_f64()
    );

    tab.fill("miner-count", "1").await;
    let mut best = 0.0_f64;
    for _ in 0..BATCHES {
        // Each wait is for a newer measurement, so that one busy second does not decide.
        let last = tab.value("hashrate").await.expect("a hash rate");
        let rate = hashrate(&tab, |rate| rate.to_string() != last && rate > 0.0).await;
        best = best.max(rate);
    }
    tab.click("mining-toggle").await;
    hashrate(&tab, |rate| rate == 0.0).await;
    let native = native_hashrate();
    println!("\nHash rate of one miner, SHA-256d, best of {BATCHES}");
    println!("  worker in Chromium                       {:>8.2} MH/s", best / 1e6);
    println!("  same search compiled natively            {:>8.2} MH/s, ratio {:.2}", native / 1e6, best / native);
}

async fn hashrate(tab: &Tab, wanted: impl Fn(f64) -> bool) -> f64 {
    let rate = tab.wait_value("hashrate", "the hash rate is measured", |rate| rate.parse().is_ok_and(&wanted)).await;
    rate.parse().expect("just checked")
}

fn native_hashrate() -> f64 {
    let params = Params::classroom();
    // So hard that no hit cuts a batch short.
    let header = Header { bits: CompactTarget::HARDEST, ..params.genesis().header };
    let mut search = NonceSearch::for_bits(params.algorithm, &header).expect("bits are a target");
    let count = 2_000_000_u32;
    (0..BATCHES)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(search.run(0, count));
            f64::from(count) / start.elapsed().as_secs_f64()
        })
        .fold(0.0, f64::max)
}

/// Times at which tabs accepted a block, by their own clocks, which are one clock here.
async fn propagation(relay: &RelayProcess) {
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for _ in 0..TABS {
        tabs.push(browser.open_node(&relay.link_to_mine("")).await);
    }
    relay.wait_for_nodes(TABS + 1).await;
    let finder = tabs[0].value("name").await.expect("a name");
    let mut to_each = Vec::new();
    let mut to_all = Vec::new();
    for _ in 0..BLOCKS {
        relay.mine_blocks(&finder, 1).await;
        let tip = relay.tip().await;
        let mut received = Vec::new();
        for tab in &tabs {
            let at = eventually("every tab has the block", async || {
                let (hash, at) = (tab.value("tip-hash").await?, tab.attribute("tip-hash", "received").await?);
                if hash == tip { at.parse::<u64>().map_err(|error| error.to_string()) } else { Err(hash) }
            })
            .await;
            received.push(at);
        }
        let found = received[0];
        let delays: Vec<u64> = received[1..].iter().map(|at| at.saturating_sub(found)).collect();
        to_all.push(delays.iter().copied().max().unwrap_or(0));
        to_each.extend(delays);
    }
    let status = relay.get("/status").await;
    let mut round_trips: Vec<u64> =
        status["peers"].as_array().into_iter().flatten().filter_map(|peer| peer["round_trip"].as_u64()).collect();
    let hop = quantile(&mut round_trips, 0.5).max(1);
    println!("\nPropagation of a block from its finder to {TABS} tabs, {BLOCKS} blocks");
    for (what, times) in [("to a tab", &mut to_each), ("to all tabs", &mut to_all)] {
        let (p50, p95) = (quantile(times, 0.5), quantile(times, 0.95));
        println!(
            "  {what:<14} p50 {p50:>5} ms, p95 {p95:>5} ms; {:.1} and {:.1} times a message there and back ({hop} ms)",
            ratio(p50, hop),
            ratio(p95, hop)
        );
    }
}

#[expect(clippy::cast_precision_loss)]
fn ratio(value: u64, reference: u64) -> f64 {
    value as f64 / reference as f64
}
