//! Opens first links in a browser whose program notes what runs, and prints the numbers of the blocks that ran until a tab hashed.
//! `cargo xtask first-load` builds that program and asks.

use std::collections::BTreeSet;

use serde_json::json;
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::eventually;
use tabchain_tests::process::RelayProcess;

/// Keeps the program's exports and the node's worker, and presses the one button as soon as it can be pressed.
const WATCH: &str = "addEventListener('TrunkApplicationStarted', (started) => { window.notes = started.detail.wasm; });
    window.Worker = class extends Worker {
        constructor(program, options) {
            super(program, options);
            if (program.includes('node_worker')) { window.nodeWorker = this; }
        }
    };
    let isPressed = false;
    setInterval(() => {
        const button = document.querySelector('[data-test=mining-toggle]');
        if (button && !button.disabled && !isPressed) { isPressed = true; if (button.ariaPressed !== 'true') { button.click(); } }
    }, 10);";

/// The numbers of the bytes that are not zero.
const OF_THE_PAGE: &str = "window.notes
    ? Array.from(new Uint8Array(notes['~ran'].buffer)).flatMap((ran, block) => (ran ? [block] : []))
    : null";

/// Of this page's own: after a reload the worker of the page before may live on for a moment.
const OF_THE_WORKER: &str = "new Promise((tell) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = (answer) => tell(answer.data);
    nodeWorker.postMessage({ whatRan: port2 }, [port2]);
})";

#[tokio::main]
async fn main() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "classroom"]);
    let mut ran = BTreeSet::new();
    let visits = [("en", Screen::Phone), ("de", Screen::Desktop), ("es", Screen::DarkPhone), ("zh", Screen::Projector)];
    // Each joins those who are there, and learns their blocks.
    let mut there = Vec::new();
    for (language, screen) in visits {
        eprintln!("    {language}");
        let browser = Browser::launch().await;
        let tab = browser.blank().await;
        tab.show_on(screen).await;
        tab.to_front().await;
        tab.run_first(&format!("localStorage.setItem('tabchain-language', {});{WATCH}", json!(language))).await;
        tab.go(&relay.link_to_mine("")).await;
        note_until_it_hashes(&tab, &mut ran).await;
        // And again, with what the first visit left.
        tab.reload().await;
        note_until_it_hashes(&tab, &mut ran).await;
        there.push((browser, tab));
    }
    for number in ran {
        println!("{number}");
    }
}

async fn note_until_it_hashes(tab: &Tab, ran: &mut BTreeSet<u32>) {
    let rate = "Number(document.querySelector('[data-test=hashrate]')?.dataset.value) > 0 ? true : null";
    asked(tab, rate, "the tab hashes").await;
    note(tab, OF_THE_PAGE, ran).await;
    note(tab, OF_THE_WORKER, ran).await;
}

async fn asked(tab: &Tab, script: &str, what: &str) {
    eventually(what, async || {
        let answer: Option<bool> = tab.evaluate(script.to_owned()).await?;
        answer.ok_or_else(|| "not yet".to_owned())
    })
    .await;
}

async fn note(tab: &Tab, script: &str, ran: &mut BTreeSet<u32>) {
    let numbers: Vec<u32> = eventually("what ran is known", async || {
        let numbers: Option<Vec<u32>> = tab.evaluate(script.to_owned()).await?;
        numbers.filter(|numbers| !numbers.is_empty()).ok_or_else(|| "nothing yet".to_owned())
    })
    .await;
    ran.extend(numbers);
}
