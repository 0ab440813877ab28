//! Frames a second of the fork tree while somebody moves and zooms it, on chains of ten thousand and a hundred thousand blocks.

use std::time::Duration;

use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::long_chain::LongChain;
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, eventually_within, quantile, verdict};

const CHAINS: [u32; 2] = [10_000, 100_000];
/// Blocks of a stale branch near the tip, so that there is one to draw.
const STALE_BRANCH: u32 = 3;
/// Frames a second, of the 60 that the browser draws.
const GOAL: f64 = 58.0;
/// A relay judges a hundred thousand blocks before it shows them.
const RESTART: Duration = Duration::from_mins(10);

/// Moves and zooms the picture with every frame for eight seconds: in and out, to and fro. Keeps the time between frames.
const DRIVE: &str = "(() => {
    const tree = document.querySelector('[data-test=tree]');
    tree.focus();
    const box = tree.getBoundingClientRect();
    const at = { bubbles: true, cancelable: true, clientX: box.left + box.width / 2, clientY: box.top + box.height / 2 };
    window.intervals = []; window.driven = false;
    let last = null, start = null;
    const frame = (now) => {
        start ??= now;
        if (last !== null) window.intervals.push(now - last);
        last = now;
        const phase = Math.floor((now - start) / 1000) % 8;
        const wheel = [[0, 40], [-25, 0], [0, 40], [25, 0], [0, -40], [-25, 0], [0, -40], [25, 0]][phase];
        tree.dispatchEvent(new WheelEvent('wheel', { ...at, deltaX: wheel[0], deltaY: wheel[1] }));
        if (now - start < 8000) requestAnimationFrame(frame); else window.driven = true;
    };
    requestAnimationFrame(frame);
})()";

pub async fn run() {
    let browser = Browser::launch().await;
    for blocks in CHAINS {
        let data = tempfile::tempdir().expect("a data folder");
        let main = LongChain::on_regtest(blocks, 0);
        let forks_after = blocks - 20;
        let branch = LongChain { blocks: forks_after + STALE_BRANCH, forks_after: Some(forks_after), ..main.clone() };
        branch.write(data.path());
        main.write(data.path());
        let relay = RelayProcess::start(data.path(), 0, &[]);
        eventually_within(RESTART, "the relay has its chain back", async || {
            let height = relay.height().await;
            if height == u64::from(blocks) { Ok(()) } else { Err(format!("height {height}")) }
        })
        .await;
        let tab = browser.open(&format!("{}/control", relay.url)).await;
        tab.show_on(Screen::Desktop).await;
        tab.to_front().await;
        tab.wait_value("tree-summary", "the tree is there", |summary| summary.contains("1 stale branch")).await;
        println!("\nFork tree at {blocks} blocks, moved and zoomed for eight seconds");
        frames(&tab).await;
        // From afar, at its true length.
        tab.click("tree-skip").await;
        for _ in 0..20 {
            tab.click("tree-zoom-out").await;
        }
        println!("  from afar, without skipping straight runs");
        frames(&tab).await;
    }
}

async fn frames(tab: &Tab) {
    tab.evaluate::<bool>(format!("{DRIVE}; true")).await.expect("the script is sound");
    let mut intervals: Vec<f64> = eventually("it was driven", async || {
        let driven: bool = tab.evaluate("window.driven".to_owned()).await?;
        if driven { tab.evaluate("window.intervals".to_owned()).await } else { Err("not yet".to_owned()) }
    })
    .await;
    #[expect(clippy::cast_precision_loss, reason = "some hundred frames")]
    let rate = intervals.len() as f64 * 1_000.0 / intervals.iter().sum::<f64>();
    let (p95, longest) = (quantile(&mut intervals, 0.95), quantile(&mut intervals, 1.0));
    println!("  frames a second                          {rate:>8.1}; goal {GOAL} {}", verdict(rate >= GOAL));
    println!("  between two frames, 95 in 100 and at most {p95:>7.1} ms, {longest:.1} ms");
}
