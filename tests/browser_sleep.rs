//! Tabs that sleep, in a real Chromium: frozen by the browser, hidden, or on a machine whose clock is wrong.

use serde_json::{Value, json};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{BlockHash, Encode};
use tabchain_shared::wire::Message;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::devtools::{DevTools, clock_ahead_by};
use tabchain_tests::network_file::{self, MET_IN_64_HASHES};
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, wiretap};

const HOUR_MILLIS: i64 = 3_600_000;

async fn wait_for_tip(tab: &Tab, tip: &str) {
    tab.wait_value("tip-hash", "the tab has the network's tip", |hash| hash == tip).await;
}

fn hash_of(tip: &str) -> BlockHash {
    tip.parse().expect("a hash")
}

/// Whether a message carries a block, a header or an announcement that builds on `tip`. What only says where the node stands
/// does not.
fn builds_on(message: &Message, tip: BlockHash) -> bool {
    let is_position = matches!(message, Message::Version(_) | Message::GetHeaders(_));
    !is_position && message.to_frame().windows(32).any(|bytes| bytes == tip.to_bytes())
}

/// CASES 95: a tab that mines is frozen for an hour, while the network goes on. Awake again it finds its connection dead, says
/// so, and mines nothing before it has the network's tip; its first job is on that.
#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_tab_wakes_and_catches_up_before_it_mines() {
    let data = tempfile::tempdir().expect("a data folder");
    // A block a minute, so that the tab has none on its way in the moment in which it is frozen.
    let network = network_file::write(data.path(), Algorithm::Sha256d, MET_IN_64_HASHES);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("alice")).await;
    relay.mine_itself(2).await;
    wait_for_tip(&tab, &relay.tip().await).await;
    relay.mine(&json!({ "nodes": ["alice"], "hashrate_limit": 1 })).await;
    tab.wait_value("hashrate", "it mines", |rate| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0)).await;

    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    let worker = devtools.worker("node_worker").await;
    devtools.freeze().await;
    let old_tip = relay.tip().await;
    devtools.shift_clock(&worker, HOUR_MILLIS).await;
    wiretap::listen(&mut devtools, &worker).await;
    relay.mine_itself(6).await;
    let (new_tip, new_height) = (relay.tip().await, relay.height().await);
    // So long the tab reaches nobody, and can be looked at.
    relay.pause();
    devtools.thaw().await;

    let slept = |words: &str| words.contains("slept for 1 h") && words.contains("before it mines");
    tab.wait_value("slept", "the tab says that it slept", slept).await;
    tab.wait_value("hashrate", "its miners rest", |rate| rate.parse::<f64>() == Ok(0.0)).await;
    let heard = wiretap::heard(&mut devtools, &worker).await;
    assert_eq!(heard.assignments, [], "nobody hashes before it has caught up");

    relay.resume();
    let has_caught_up = |height: &str| height.parse::<u64>().is_ok_and(|height| height >= new_height);
    tab.wait_value("tip-height", "it has caught up", has_caught_up).await;
    relay.mine(&json!({ "nodes": ["alice"], "hashrate_limit": 200 })).await;
    relay.wait_for_height(new_height + 2).await;
    let heard = wiretap::heard(&mut devtools, &worker).await;
    let first = heard.assignments.first().expect("it mines again");
    assert_eq!(first.header.prev_blockhash, hash_of(&new_tip), "its first job is on the network's tip");
    let stale: Vec<&Message> = heard.messages.iter().filter(|message| builds_on(message, hash_of(&old_tip))).collect();
    assert!(stale.is_empty(), "on the old tip it announced {stale:?}");
    let on_new_tip = heard.messages.iter().filter(|message| builds_on(message, hash_of(&new_tip)));
    assert!(on_new_tip.count() > 0, "what would have been announced is seen");
    let gone = async || {
        let notice: Option<String> = tab.value("slept").await.ok();
        notice.map_or(Ok(()), Err)
    };
    eventually("the notice goes when it is no longer true", gone).await;
}

/// CASES 91: a frozen tab cannot say that a node is its own, so another tab becomes that node. The one that slept finds out
/// when it wakes, and gives way: the newer one is never disturbed.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_with_one_node_the_one_that_slept_gives_way() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let link = format!("{}/?node=ada", relay.url);
    for sleeps_long in [false, true] {
        let sleeper = browser.open_node(&link).await;
        let mut devtools = DevTools::attach(&browser, &sleeper, false).await;
        let worker = devtools.worker("node_worker").await;
        devtools.freeze().await;
        let newer = browser.open_node(&link).await;
        newer.wait_value("name", "it is the same node", |name| name == "ada").await;
        let connected_since = connected_since(&relay).await;
        if sleeps_long {
            devtools.shift_clock(&worker, HOUR_MILLIS).await;
        }
        wiretap::listen(&mut devtools, &worker).await;
        devtools.thaw().await;
        let gave_way = |words: &str| words.contains("open in another tab");
        sleeper.wait_value("stopped", "the one that slept says why it stops", gave_way).await;
        assert_eq!(wiretap::heard(&mut devtools, &worker).await.messages, [], "and it has not said a word to anybody");

        relay.mine_itself(1).await;
        wait_for_tip(&newer, &relay.tip().await).await;
        assert_eq!(self::connected_since(&relay).await, connected_since, "the newer one was not disturbed");
        sleeper.go("about:blank").await;
        newer.go("about:blank").await;
        relay.wait_for_nodes(1).await;
    }
}

async fn connected_since(relay: &RelayProcess) -> Value {
    relay.peer("ada").await.expect("it is connected")["connected_since"].clone()
}

/// CASES 94: while another tab is in front, a node stays connected and follows the chain. (That timers which come once a minute
/// are no sleep is a test of the node's.)
#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_tab_follows_the_chain() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&format!("{}/?node=ada", relay.url)).await;
    let in_front = browser.open("about:blank").await;
    in_front.to_front().await;
    let is_hidden = async || {
        let hidden: bool = tab.evaluate("document.hidden".to_owned()).await?;
        if hidden { Ok(()) } else { Err("it is seen".to_owned()) }
    };
    eventually("the tab is hidden", is_hidden).await;
    let before = connected_since(&relay).await;
    relay.mine_itself(3).await;
    let tip = relay.tip().await;
    eventually("the hidden tab has the tip", async || {
        let peer = relay.peer("ada").await.ok_or("not connected")?;
        if peer["tip"] == tip.as_str() { Ok(()) } else { Err(peer["tip"].to_string()) }
    })
    .await;
    assert_eq!(connected_since(&relay).await, before);
    tab.to_front().await;
    wait_for_tip(&tab, &tip).await;
}

/// Opens a node on a machine whose clock is ahead by so much, from the first moment on.
async fn open_with_clock(browser: &Browser, url: &str, ahead_millis: i64) -> (Tab, DevTools) {
    let tab = browser.blank().await;
    let mut devtools = DevTools::attach(browser, &tab, true).await;
    let shifted = json!({ "source": clock_ahead_by(ahead_millis) });
    devtools.on_page("Page.addScriptToEvaluateOnNewDocument", shifted).await;
    tab.go(url).await;
    let worker = devtools.worker("node_worker").await;
    devtools.shift_clock(&worker, ahead_millis).await;
    devtools.release(&worker).await;
    tab.wait_connected().await;
    (tab, devtools)
}

/// CASES 96: three hours behind, the network's new blocks come from the future: they wait, and the page says why.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_far_behind_holds_blocks_and_says_why() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    relay.mine_itself(2).await;
    let browser = Browser::launch().await;
    let (tab, _devtools) = open_with_clock(&browser, &format!("{}/?node=ada", relay.url), -3 * HOUR_MILLIS).await;
    let told = |words: &str| words.contains("3 hr behind the relay's, so 1 block") && words.contains("Set the clock");
    tab.wait_value("clock-off", "the page says what waits and why", told).await;
    assert_eq!(tab.value("tip-height").await, Ok("0".to_owned()), "regtest takes dates up to two hours ahead");
    assert_eq!(tab.value("network-state").await, Ok("connected".to_owned()), "nobody is to blame");
}

/// CASES 96: three hours ahead, nobody takes its blocks, and the page says why. It takes everybody else's.
#[tokio::test(flavor = "multi_thread")]
async fn a_clock_far_ahead_mines_what_nobody_takes_and_says_why() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    relay.mine_itself(2).await;
    let browser = Browser::launch().await;
    let (tab, _devtools) = open_with_clock(&browser, &relay.link_to_mine("ada"), 3 * HOUR_MILLIS).await;
    let told = |words: &str| words.contains("3 hr ahead of the relay's") && words.contains("hold back");
    tab.wait_value("clock-off", "the page says what will become of its blocks", told).await;
    let tip = relay.tip().await;
    wait_for_tip(&tab, &tip).await;
    relay.mine(&json!({ "nodes": ["ada"], "blocks": 1, "hashrate_limit": 20 })).await;
    tab.wait_value("tip-height", "it has its own block", |height| height == "3").await;
    relay.mine_itself(2).await;
    let headers = relay.headers().await;
    assert_eq!(headers[3].prev_blockhash, hash_of(&tip), "the network went on without it");
    wait_for_tip(&tab, &relay.tip().await).await;
}
