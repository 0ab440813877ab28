//! How long a tab that slept takes to be where the network is.

use std::time::Instant;

use tabchain_tests::browser::Browser;
use tabchain_tests::devtools::DevTools;
use tabchain_tests::process::RelayProcess;

/// An hour, at a block every ten seconds.
const SLEPT_MILLIS: i64 = 3_600_000;
const BLOCKS: u64 = 360;

pub async fn measure() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("sleeper")).await;
    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    let worker = devtools.worker("node_worker").await;
    devtools.freeze().await;
    devtools.shift_clock(&worker, SLEPT_MILLIS).await;
    relay.mine_itself(BLOCKS).await;
    let tip = relay.tip().await;
    let start = Instant::now();
    devtools.thaw().await;
    tab.wait_value("tip-hash", "the tab has the network's tip", |hash| hash == tip).await;
    println!("\nA tab that slept for an hour, frozen by its browser, while {BLOCKS} blocks were found");
    println!("  awake again, it has the network's tip after {:>6} ms", start.elapsed().as_millis());
}
