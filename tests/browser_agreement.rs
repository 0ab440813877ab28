//! Polite mining in a real Chromium: nothing hashes on a device before its person has agreed, what the host has ordered
//! meanwhile is carried out then, and a pause ends by itself.

use serde_json::{Value, json};
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::eventually;
use tabchain_tests::process::RelayProcess;

/// What the relay says of the node with that name, once it is so.
async fn wait_for_peer(relay: &RelayProcess, name: &str, what: &str, wanted: impl Fn(&Value) -> bool) {
    eventually(what, async || {
        let peers = relay.wait_for_nodes(2).await;
        let peer = peers.into_iter().find(|peer| peer["name"] == name).ok_or("it is not there")?;
        if wanted(&peer) { Ok(()) } else { Err(peer.to_string()) }
    })
    .await;
}

async fn order_is_refused(relay: &RelayProcess, order: &Value) {
    let (_, answer) = relay.post("/mine", order).await;
    let answer = &answer["answers"][0]["answer"];
    assert_eq!(answer["kind"], "refused", "{answer}");
    let reason = answer["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("has not agreed") && reason.contains("being asked"), "{reason}");
}

fn rests(peer: &Value) -> bool {
    peer["hashrate"] == 0.0
}

fn hashes(peer: &Value) -> bool {
    peer["hashrate"].as_f64().is_some_and(|rate| rate > 0.0)
}

async fn is_asked(tab: &Tab) {
    tab.wait_value("agreement", "the person is asked", |state| state == "open").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_mines_what_was_ordered_once_its_person_agrees() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&format!("{}/?node=alice", relay.url)).await;
    wait_for_peer(&relay, "alice", "the tab has joined", |peer| peer["mining"] == false).await;

    order_is_refused(&relay, &json!({ "nodes": ["alice"], "blocks": 3, "hashrate_limit": 20 })).await;
    is_asked(&tab).await;
    for (screen, name) in [(Screen::Phone, "agreement-phone"), (Screen::DarkDesktop, "agreement-dark")] {
        tab.show_on(screen).await;
        tab.screenshot(name).await;
    }
    wait_for_peer(&relay, "alice", "an order is not an agreement", |peer| rests(peer) && peer["mining"] == false).await;
    assert_eq!(relay.height().await, 0);

    // Put off, and then agreed to: exactly the order is carried out.
    tab.click("not-now").await;
    tab.click("answer-host").await;
    is_asked(&tab).await;
    tab.click("agree").await;
    relay.wait_for_height(3).await;
    wait_for_peer(&relay, "alice", "it stops after three blocks", |peer| rests(peer) && peer["mining"] == false).await;

    // The agreement outlives the page, and can be withdrawn while it mines.
    tab.reload().await;
    tab.wait_connected().await;
    relay.mine(&json!({ "nodes": ["alice"], "hashrate_limit": 2 })).await;
    wait_for_peer(&relay, "alice", "it mines again", hashes).await;
    tab.click("withdraw").await;
    wait_for_peer(&relay, "alice", "it rests", |peer| rests(peer) && peer["mining"] == false).await;
    order_is_refused(&relay, &json!({ "nodes": ["alice"], "blocks": 1 })).await;

    // What was stopped before the person agreed does not begin then.
    is_asked(&tab).await;
    relay.mine(&json!({ "nodes": ["alice"], "action": "stop" })).await;
    tab.wait_value("agreement", "the host asks no more", |state| state == "closed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_starts_mining_and_is_asked_once() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "classroom"]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.url).await;
    tab.click("mining-toggle").await;
    is_asked(&tab).await;
    assert_eq!(tab.value("hashrate").await.as_deref(), Ok("0"));
    tab.click("share-1").await;
    tab.click("agree").await;
    tab.wait_value("hashrate", "it mines", |rate| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0)).await;
    tab.wait_value("miner-count", "with as much of the machine as was agreed", |count| count == "1").await;
    tab.wait_value("energy", "the page says what a block costs", |words| words.contains("a busy core")).await;
    tab.show_on(Screen::Phone).await;
    tab.screenshot("mining-phone").await;
    tab.click("mining-toggle").await;
    tab.wait_value("hashrate", "it rests", |rate| rate == "0").await;
    tab.click("mining-toggle").await;
    tab.wait_value("hashrate", "it is not asked again", |rate| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn miners_rest_while_the_tab_is_hidden_if_that_is_wished() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let tab = browser.open_node(&relay.link_to_mine("alice")).await;
    tab.wait_value("joined-to-mine", "the link's meaning is said", |words| words.contains("mine on this device")).await;
    tab.screenshot("joined-to-mine").await;
    tab.click("pause-hidden").await;
    tab.to_front().await;
    relay.mine(&json!({ "nodes": ["alice"], "hashrate_limit": 2 })).await;
    wait_for_peer(&relay, "alice", "it mines", hashes).await;
    let other = browser.open("about:blank").await;
    other.to_front().await;
    tab.wait_value("hashing", "the page says why it rests", |words| words.contains("this tab is hidden")).await;
    wait_for_peer(&relay, "alice", "its miners rest and it still wants to mine", |peer| {
        rests(peer) && peer["mining"] == true
    })
    .await;
    tab.to_front().await;
    wait_for_peer(&relay, "alice", "it goes on by itself", hashes).await;
}
