//! How long a newcomer takes to join a long chain, natively and in a tab, beside the checks that nobody can leave out; and
//! what memory a tab takes.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;
use tabchain::DATABASE_FILE;
use tabchain::store::Store;
use tabchain_pow_bench::limit::judge_blocks;
use tabchain_shared::chain::store::Record;
use tabchain_shared::wire::export::encode_block;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::devtools::DevTools;
use tabchain_tests::long_chain::LongChain;
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually_within, verdict};

const BLOCKS: u32 = 100_000;
const TRANSFERS_PER_BLOCK: u32 = 10;
/// A shorter chain, on which the limit is measured, and at which a tab's memory is looked at as well.
const FEW_BLOCKS: u32 = 10_000;
const LIMIT_ROUNDS: u32 = 3;
/// The time of a first synchronisation in that of the checks alone.
const GOAL: f64 = 1.5;
/// What a whole tab may take, MB: on the shorter chain and on the long one.
const MEMORY_GOALS: [u64; 2] = [150, 200];
const PATIENCE: Duration = Duration::from_mins(30);

pub async fn measure() {
    let few = tempfile::tempdir().expect("a data folder");
    LongChain::on_regtest(FEW_BLOCKS, TRANSFERS_PER_BLOCK).write(few.path());
    let sample = few.path().join("sample.blocks");
    std::fs::write(&sample, exported(few.path())).expect("the disk has room");
    let scale = f64::from(BLOCKS) / f64::from(FEW_BLOCKS);
    let native_limit = native_limit(&sample) * scale;
    let wasm_limit = wasm_limit(&sample) * scale;

    let many = tempfile::tempdir().expect("a data folder");
    LongChain::on_regtest(BLOCKS, TRANSFERS_PER_BLOCK).write(many.path());
    let relay = RelayProcess::start(many.path(), 0, &[]);
    wait_for_height(&relay, BLOCKS).await;
    println!("\nFirst synchronisation with {BLOCKS} blocks of {TRANSFERS_PER_BLOCK} payments");
    let native = native_sync(&relay).await;
    print_sync("a native node", native, native_limit);
    let browser = Browser::launch().await;
    let start = Instant::now();
    let tab = browser.open_node(&relay.link_to_mine("newcomer")).await;
    watch_for_long_tasks(&tab).await;
    wait_for_tab(&tab, BLOCKS).await;
    print_sync("a tab", start.elapsed(), wasm_limit);
    let longest: f64 = tab.evaluate("window.longestTask".to_owned()).await.expect("it was watched");
    println!("  longest task on the tab's page meanwhile {longest:>8.0} ms");
    let at_many = Memory::of(&browser, &tab).await;
    drop((browser, relay));

    let relay = RelayProcess::start(few.path(), 0, &[]);
    wait_for_height(&relay, FEW_BLOCKS).await;
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("newcomer")).await;
    wait_for_tab(&tab, FEW_BLOCKS).await;
    let at_few = Memory::of(&browser, &tab).await;
    println!("\nMemory of a tab's process, page and workers, proportional share");
    for (blocks, memory, goal) in [(FEW_BLOCKS, at_few, MEMORY_GOALS[0]), (BLOCKS, at_many, MEMORY_GOALS[1])] {
        let Memory { process, node, collected } = memory;
        let verdict = verdict(process <= goal);
        println!("  after joining {blocks:>6} blocks               {process:>8} MB; goal {goal} MB {verdict}");
        println!("    of it the node's wasm                     {node:>8} MB");
        println!("    once the browser has collected garbage    {collected:>8} MB");
    }
}

/// In megabytes.
struct Memory {
    /// As the synchronisation leaves it.
    process: u64,
    /// Of the node's program alone.
    node: u64,
    /// The process without what nothing refers to any more; a browser collects it when it finds the time.
    collected: u64,
}

impl Memory {
    async fn of(browser: &Browser, tab: &Tab) -> Self {
        let process = megabytes(browser).await;
        let mut devtools = DevTools::attach(browser, tab, false).await;
        let worker = devtools.worker("node_worker").await;
        let node = devtools.wasm_memory(&worker).await >> 20;
        devtools.on_page("HeapProfiler.collectGarbage", json!({})).await;
        Self { process, node, collected: megabytes(browser).await }
    }
}

fn print_sync(who: &str, time: Duration, limit: f64) {
    let ratio = time.as_secs_f64() / limit;
    let verdict = verdict(ratio <= GOAL);
    println!(
        "  {who:<14} {:>6.1} s, {:>6.0} blocks a second; its checks alone {limit:>6.1} s, ratio {ratio:.2}; goal {GOAL} {verdict}",
        time.as_secs_f64(),
        f64::from(BLOCKS) / time.as_secs_f64(),
    );
}

/// The blocks of a data folder that no relay has open, as `GET /chain/export` would send them.
fn exported(folder: &Path) -> Vec<u8> {
    let network = LongChain::on_regtest(0, 0).params.network_id();
    let store = Store::open(&folder.join(DATABASE_FILE), network).expect("a folder that was just written");
    let mut bytes = Vec::new();
    let each = |records| {
        for record in records {
            if let Record::Block { block, .. } = record {
                encode_block(network, &block, &mut bytes);
            }
        }
    };
    store.load(each).expect("it can be read");
    bytes
}

/// Seconds for the blocks of a file.
fn native_limit(file: &Path) -> f64 {
    let bytes = std::fs::read(file).expect("just written");
    let round = |_| {
        let start = Instant::now();
        assert_eq!(judge_blocks(&bytes), FEW_BLOCKS as usize);
        start.elapsed().as_secs_f64()
    };
    (0..LIMIT_ROUNDS).map(round).fold(f64::INFINITY, f64::min)
}

/// The same as wasm in Node.js, whose engine is Chromium's.
fn wasm_limit(file: &Path) -> f64 {
    let wasm = std::env::var("POW_BENCH_WASM").expect("`cargo xtask bench network` sets it");
    let script: PathBuf = [env!("CARGO_MANIFEST_DIR"), "pow-bench", "web", "limit.mjs"].iter().collect();
    let node = Command::new("node")
        .arg(script)
        .arg(Path::new(&wasm).join("plain"))
        .arg(file)
        .arg(LIMIT_ROUNDS.to_string())
        .output()
        .expect("Node.js runs");
    let printed = String::from_utf8_lossy(&node.stdout);
    printed.trim().parse().unwrap_or_else(|_| panic!("{printed}{}", String::from_utf8_lossy(&node.stderr)))
}

/// From the start of a process without data until it shows the whole chain and its disk holds it.
async fn native_sync(relay: &RelayProcess) -> Duration {
    let data = tempfile::tempdir().expect("a data folder");
    let start = Instant::now();
    let newcomer = RelayProcess::start(data.path(), 0, &["--join", &relay.url]);
    wait_for_height(&newcomer, BLOCKS).await;
    newcomer.wait_until_stored().await;
    start.elapsed()
}

async fn wait_for_height(relay: &RelayProcess, height: u32) {
    eventually_within(PATIENCE, "the relay has the whole chain", async || {
        let now = relay.height().await;
        if now == u64::from(height) { Ok(()) } else { Err(format!("height {now}")) }
    })
    .await;
}

async fn wait_for_tab(tab: &Tab, height: u32) {
    eventually_within(PATIENCE, "the tab has the whole chain", async || {
        let now = tab.value("tip-height").await?;
        if now == height.to_string() { Ok(()) } else { Err(format!("height {now}")) }
    })
    .await;
}

/// From now on `window.longestTask` is the length of the page's longest task, ms; browsers tell of those over 50 ms.
async fn watch_for_long_tasks(tab: &Tab) {
    let watch = "(() => { window.longestTask = 0; new PerformanceObserver((list) => { \
                 for (const task of list.getEntries()) window.longestTask = Math.max(window.longestTask, task.duration); \
                 }).observe({ entryTypes: ['longtask'] }); return true; })()";
    assert!(tab.evaluate::<bool>(watch.to_owned()).await.expect("the page runs"));
}

/// Of the browser's largest renderer process: its memory, and its share of what it has in common with others.
async fn megabytes(browser: &Browser) -> u64 {
    let kilobytes = |pid: u32| {
        let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()
    };
    let largest = browser.renderers().await.into_iter().filter_map(kilobytes).max();
    largest.expect("a system that tells the memory of processes as Linux does") / 1024
}
