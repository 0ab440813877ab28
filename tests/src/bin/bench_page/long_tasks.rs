//! How long the page is deaf to its person while a class of thirty mines: the longest task of its main thread.
//!
//! A machine with two cores does not run thirty tabs at full speed, so most of the class is native nodes. To the page that is measured they are
//! the same: it hears of their blocks and draws them.

use std::time::Duration;

use tabchain_shared::node::io::{Answer, Command};
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::process::RelayProcess;
use tabchain_tests::swarm::Swarm;
use tabchain_tests::verdict;
use tokio::time::{Instant, sleep_until};

/// Milliseconds; also the shortest task that a browser calls long.
const GOAL: f64 = 50.0;
const CLASS: usize = 30;
const TABS: usize = 4;
/// For so long each page is looked at, and every so often somebody finds a block.
const LOOKED_AT: Duration = Duration::from_secs(30);
const SPACING: Duration = Duration::from_millis(500);

const KEEP_LONG_TASKS: &str = "window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((it) => it.duration)))
        .observe({ type: 'longtask', buffered: true });";

pub async fn run() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for number in 1..TABS {
        tabs.push(browser.open_node(&relay.link_to_mine(&format!("tab{number}"))).await);
    }
    let looked_at = browser.blank().await;
    looked_at.show_on(Screen::Desktop).await;
    looked_at.run_first(KEEP_LONG_TASKS).await;
    looked_at.go(&relay.link_to_mine("looked-at")).await;
    looked_at.wait_connected().await;
    let native = CLASS - TABS;
    let swarm = Swarm::of(native, &relay).await;
    relay.wait_for_nodes(CLASS + 1).await;
    println!(
        "\nLongest task of the main thread in {} s, {CLASS} nodes ({TABS} tabs, {native} native), a block every {} ms by one of them",
        LOOKED_AT.as_secs(),
        SPACING.as_millis()
    );
    measure(&relay, &swarm, &looked_at, "a node's page").await;
    let panel = browser.blank().await;
    panel.show_on(Screen::Desktop).await;
    panel.run_first(KEEP_LONG_TASKS).await;
    panel.go(&format!("{}/control", relay.url)).await;
    panel.wait_value("control-height", "the panel is there", |_| true).await;
    measure(&relay, &swarm, &panel, "the control panel").await;
}

async fn measure(relay: &RelayProcess, swarm: &Swarm, tab: &Tab, what: &str) {
    tab.to_front().await;
    // How a page comes to be is another figure.
    tab.evaluate::<bool>("window.tasks = []; true".into()).await.expect("the script is sound");
    let (start, height) = (Instant::now(), relay.height().await);
    for number in 0_usize.. {
        let next = start + SPACING * u32::try_from(number).expect("some dozens");
        if next > start + LOOKED_AT {
            break;
        }
        sleep_until(next).await;
        let finder = &swarm.members[number % swarm.members.len()];
        let answer = finder.command(Command::StartMining { blocks: Some(1), limit: None }).await;
        assert_eq!(answer, Answer::Done, "it finds a block");
    }
    let blocks = relay.height().await - height;
    let tasks: Vec<f64> = tab.evaluate("window.tasks".into()).await.expect("a list");
    let longest = tasks.iter().copied().fold(0.0, f64::max);
    let found = if tasks.is_empty() {
        format!("none of {GOAL} ms")
    } else {
        format!("{longest:.0} ms, {} of {GOAL} ms and more", tasks.len())
    };
    println!("  {what:<40} {found}, {blocks} blocks; goal {GOAL} ms {}", verdict(longest <= GOAL));
}
