//! Workers that fail, in a real Chromium: the page starts the node anew, and the node its miners.

use serde_json::json;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::devtools::{DevTools, Worker};
use tabchain_tests::eventually;
use tabchain_tests::process::RelayProcess;

/// Asks the node's program for more memory than there can be. The module is the one that runs: a worker has one of each address.
const RUN_OUT_OF_MEMORY: &str =
    "import(new URLSearchParams(location.search).get('program')).then((program) => program.default())
    .then((node) => node.__wbindgen_malloc(0xfffffff0, 1)).catch((error) => setTimeout(() => { throw error; }))";
const FAIL: &str = "void setTimeout(() => { throw new Error('made to fail'); })";
/// Fails wherever it asks for the time, which it does at once. (A worker that is held has no timers yet.)
const FAIL_AT_START: &str = "void (Date.now = () => { throw new Error('made to fail'); })";

/// Never gives its thread back, a moment after it was told so.
const HANG: &str = "void setTimeout(() => { for (;;); })";
/// The page knocks at its worker every ten seconds; here it is every second.
const IMPATIENT: &str = "const every = window.setInterval;
    window.setInterval = (call, millis) => every.call(window, call, millis === 10_000 ? 1_000 : millis);";

async fn values(tab: &Tab) -> [String; 2] {
    let name = tab.wait_value("name", "the tab has a name", |name| !name.is_empty()).await;
    let address = tab.wait_value("address", "the tab has an address", |address| address.starts_with("tab1")).await;
    [name, address]
}

async fn miner_of(devtools: &mut DevTools, node: &Worker) -> Worker {
    devtools.attach_to_workers_of(node).await;
    devtools.worker("miner_worker").await
}

/// CASES 97: out of memory. The node is there again by itself: the same one, with its chain, and it mines on.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_runs_out_of_memory_is_started_anew() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("ada")).await;
    let before = values(&tab).await;
    relay.mine(&json!({ "nodes": ["ada"], "hashrate_limit": 4 })).await;
    relay.wait_for_height(2).await;
    let first_blocks = relay.headers().await;
    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    let node = devtools.worker("node_worker").await;
    devtools.evaluate(&node, RUN_OUT_OF_MEMORY).await.expect("the script is sound");
    let told = |words: &str| words.contains("started again") && words.contains("where they were");
    tab.wait_value("restarted", "the page says what happened", told).await;
    tab.wait_connected().await;
    let height = relay.height().await;
    relay.wait_for_height(height + 2).await;
    assert_eq!(values(&tab).await, before, "the same node");
    assert!(relay.headers().await.starts_with(&first_blocks), "and the same chain, which goes on");
    tab.click("mining-toggle").await;
    eventually("the tab has the relay's tip", async || {
        let (ours, theirs) = (tab.value("tip-hash").await?, relay.tip().await);
        if ours == theirs { Ok(()) } else { Err(format!("{ours}, not {theirs}")) }
    })
    .await;
}

/// CASES 97: a worker that hangs tells nobody. Its page finds out, says so, and starts another.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_hangs_is_started_anew() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_after(IMPATIENT, &relay.url).await;
    tab.wait_connected().await;
    let before = values(&tab).await;
    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    let node = devtools.worker("node_worker").await;
    devtools.evaluate(&node, HANG).await.expect("the script is sound");
    let told = |words: &str| words.contains("started again") && words.contains("did not answer");
    tab.wait_value("restarted", "the page says what happened", told).await;
    tab.wait_connected().await;
    assert_eq!(values(&tab).await, before, "the same node");
}

/// CASES 97: what fails again and again is given up, in words.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_fails_again_and_again_is_given_up() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.url).await;
    let mut devtools = DevTools::attach(&browser, &tab, true).await;
    for _ in 0..6 {
        // Each worker fails as soon as it runs.
        let node = devtools.worker("node_worker").await;
        devtools.evaluate(&node, FAIL_AT_START).await.expect("the script is sound");
        devtools.release(&node).await;
    }
    drop(devtools);
    let told = |words: &str| words.contains("6 times in a row") && words.contains("made to fail");
    tab.wait_value("stopped", "the page says that it gives up", told).await;
    tab.reload().await;
    tab.wait_connected().await;
}

/// CASES 97: a miner that dies is replaced while the node goes on.
#[tokio::test(flavor = "multi_thread")]
async fn a_miner_that_dies_is_replaced() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("ada")).await;
    // So slow that one worker does it all.
    relay.mine(&json!({ "nodes": ["ada"], "hashrate_limit": 2 })).await;
    relay.wait_for_height(1).await;
    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    let node = devtools.worker("node_worker").await;
    let first = miner_of(&mut devtools, &node).await;
    devtools.evaluate(&first, FAIL).await.expect("the script is sound");
    let second = devtools.worker("miner_worker").await;
    assert_ne!(second, first);
    let height = relay.height().await;
    relay.wait_for_height(height + 2).await;
    assert!(tab.value("restarted").await.is_err(), "nobody needs to hear of it");
}
