//! What the first link loads (a node's page, in English, and then a miner worker), and how soon something is seen and hashed.

use std::fs;
use std::path::Path;

use serde_json::json;
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, quantile, verdict};

/// Everything together, compressed.
const SIZE_GOAL: u64 = 350 * 1024;
/// From the link to the first paint and to the first hash, in milliseconds.
const PAINT_GOAL: f64 = 1_000.0;
const HASH_GOAL: f64 = 2_000.0;
/// The link is opened so often, each time by a browser that has nothing yet.
const OPENINGS: usize = 5;

/// What a file of `dist/` belongs to; what few need at once is no part of it.
const PARTS: [(&str, &[&str]); 4] = [
    ("what page and node run until it hashes", &["app-", "node_worker"]),
    ("a miner worker", &["miner_worker_simd"]),
    ("page and styles", &["index.html", ".css", "favicon"]),
    ("texts in English", &["en/frame.ftl", "en/my_node.ftl", "en/wallet.ftl", "en/tree.ftl"]),
];

/// In the name of what is loaded behind (docs/decisions/0008-first-load.md).
const REST: &str = "_rest.wasm";

/// Presses the one button once, as soon as it can be pressed, and keeps when hashes were first counted.
const PRESS: &str = "window.firstHash = null; let isPressed = false;
    const look = setInterval(() => {
        const button = document.querySelector('[data-test=mining-toggle]');
        if (button && !button.disabled && !isPressed) { isPressed = true; button.click(); }
        if (Number(document.querySelector('[data-test=hashrate]')?.dataset.value) > 0) {
            window.firstHash = performance.now();
            clearInterval(look);
        }
    }, 10);";

pub fn sizes() {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist");
    let files: Vec<(String, u64)> = ["", "locales/en/"].into_iter().flat_map(|folder| files(&dist, folder)).collect();
    println!("\nFirst load, brotli");
    let mut total = 0;
    let (behind, files): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.0.contains(REST));
    for (name, marks) in PARTS {
        let is_part = |file: &&(String, u64)| marks.iter().any(|mark| file.0.contains(mark));
        let size: u64 = files.iter().filter(is_part).map(|(_, size)| size).sum();
        assert!(size > 0, "{name} is in dist/");
        println!("  {name:<40} {size:>8} bytes");
        total += size;
    }
    println!("  all together {total:>35} bytes; goal {SIZE_GOAL} {}", verdict(total <= SIZE_GOAL));
    println!("  loaded behind it {:>31} bytes", behind.iter().map(|(_, size)| size).sum::<u64>());
}

/// The files of a folder below `dist/`, with what is sent for each: its compressed twin, if it has one.
fn files(dist: &Path, folder: &str) -> Vec<(String, u64)> {
    let entries =
        fs::read_dir(dist.join(folder)).expect("dist/ was built").map(|entry| entry.expect("it can be read").path());
    let originals = entries.filter(|path| path.is_file() && path.extension().is_none_or(|extension| extension != "br"));
    let with_size = originals.map(|path| {
        let twin = path.with_file_name(format!("{}.br", path.file_name().expect("a name").to_string_lossy()));
        let sent = fs::metadata(&twin).or_else(|_| fs::metadata(&path)).expect("a file").len();
        (format!("{folder}{}", path.file_name().expect("a name").to_string_lossy()), sent)
    });
    with_size.collect()
}

pub async fn times() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "classroom"]);
    let (mut paints, mut hashes) = (Vec::new(), Vec::new());
    let mut waited = 0;
    for _ in 0..OPENINGS {
        let browser = Browser::launch().await;
        let tab = browser.blank().await;
        tab.show_on(Screen::Phone).await;
        tab.to_front().await;
        tab.run_first(PRESS).await;
        tab.go(&relay.link_to_mine("")).await;
        hashes.push(number(&tab, "window.firstHash").await);
        waited += usize::from(number(&tab, &format!("Number({WAITED})")).await > 0.0);
        paints.push(number(&tab, "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null").await);
    }
    println!("\nFrom the link on, cold cache, median of {OPENINGS} and the slowest");
    for (what, times, goal) in
        [("first paint", &mut paints, PAINT_GOAL), ("first hash, pressed at once", &mut hashes, HASH_GOAL)]
    {
        let (median, slowest) = (quantile(times, 0.5), quantile(times, 1.0));
        println!("  {what:<40} {median:>8.0} ms, {slowest:.0} ms; goal {goal} {}", verdict(median <= goal));
    }
    println!(
        "  pages that had to wait for what is loaded behind: {waited} of {OPENINGS} (0, or `cargo xtask first-load` has news)"
    );
}

/// Whether the page called what was not there yet, and waited for it.
const WAITED: &str = "performance.getEntriesByType('resource').some((entry) =>
    entry.name.includes('_rest.wasm') && entry.initiatorType === 'xmlhttprequest')";

async fn number(tab: &Tab, script: &str) -> f64 {
    eventually(script, async || {
        let number: Option<f64> = tab.evaluate(script.to_owned()).await?;
        number.ok_or_else(|| json!(number).to_string())
    })
    .await
}
