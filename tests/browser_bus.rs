//! Three relays on a NATS server, and tabs on each, in a real Chromium: one network, which outlives any of the three.

use std::collections::BTreeSet;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::class::wait_for_one_tip;
use tabchain_tests::eventually;
use tabchain_tests::nats::NatsServer;
use tabchain_tests::process::RelayProcess;

/// Two tabs on each relay.
const TABS: [[&str; 2]; 3] = [["ada", "bob"], ["carol", "dave"], ["erin", "frank"]];

async fn address(tab: &Tab) -> String {
    tab.wait_value("address", "the tab has an address", |address| address.starts_with("tab1")).await
}

async fn mine(relay: &RelayProcess, node: &str, blocks: u64) {
    relay.mine(&json!({ "nodes": [node], "blocks": blocks, "hashrate_limit": 20 })).await;
}

/// Waits until a tab of one relay talks with a tab of another over a channel of their own.
async fn wait_for_a_channel_between_relays(relay: &RelayProcess) {
    eventually("tabs of two relays have a channel", async || {
        let peers = relay.get("/peers").await;
        let relay_of = |node: &Value| {
            let peer = peers.as_array().expect("a list").iter().find(|peer| peer["id"] == *node);
            peer.map(|peer| peer["relay"].clone())
        };
        let topology = relay.get("/topology").await;
        let mut links = topology["links"].as_array().expect("a list").iter();
        let found = links.any(|link| {
            let [a, b] = [&link["ends"][0], &link["ends"][1]];
            a["transport"] == "webrtc" && b["transport"] == "webrtc" && relay_of(&a["node"]) != relay_of(&b["node"])
        });
        if found { Ok(()) } else { Err(topology.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_of_a_relay_that_dies_move_to_another_and_lose_nothing() {
    let nats = NatsServer::start();
    let data: [_; 3] = std::array::from_fn(|_| tempfile::tempdir().expect("a data folder"));
    let mut relays = Vec::new();
    for (data, name) in data.iter().zip(["first", "second", "third"]) {
        relays.push(RelayProcess::start(data.path(), 0, &["--bus", &nats.url(), "--name", name]));
    }
    for relay in &relays {
        relay.wait_for_nodes(3).await;
    }
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for (relay, names) in relays.iter().zip(TABS) {
        for name in names {
            tabs.push(browser.open_node(&relay.link_to_mine(name)).await);
        }
    }
    for relay in &relays {
        relay.wait_for_nodes(9).await;
    }
    let everybody: Vec<&Tab> = tabs.iter().collect();

    // The third relay's host has a tab of the first mine, and pay a tab of the second.
    mine(&relays[2], "ada", 2).await;
    wait_for_one_tip(&everybody, 2).await;
    let payment = json!({ "sender": "ada", "receiver": "carol", "amount": "5" });
    let (status, paid) = relays[2].post("/new-transaction", &payment).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{paid}");
    relays[1].wait_for_mempool("erin", 1).await;
    mine(&relays[1], "erin", 1).await;
    wait_for_one_tip(&everybody, 3).await;
    let carols = address(&tabs[2]).await;
    for relay in &relays {
        relay.wait_for_height(3).await;
        assert_eq!(relay.get(&format!("/accounts/{carols}")).await["balance"], "5", "each relay's node has it");
    }
    wait_for_a_channel_between_relays(&relays[1]).await;
    let before = relays[1].headers().await;
    let mut keys = Vec::new();
    for tab in &tabs {
        keys.push(address(tab).await);
    }

    // A payment waits, and then the first relay dies without a word.
    let payment = json!({ "sender": "ada", "receiver": "carol", "amount": "7" });
    let (status, paid) = relays[1].post("/new-transaction", &payment).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{paid}");
    let gone = relays.remove(0);
    let gone_url = gone.url.clone();
    drop(gone);
    let others: BTreeSet<&str> = relays.iter().map(|relay| relay.url.as_str()).collect();
    for tab in &tabs[..2] {
        eventually("the tab has found another relay", async || {
            let (state, relay) = (tab.value("network-state").await?, tab.attribute("network-state", "relay").await?);
            let moved = state == "connected" && others.contains(relay.as_str());
            if moved { Ok(()) } else { Err(format!("{state} at {relay:?} instead of {gone_url}")) }
        })
        .await;
    }
    for relay in &relays {
        // Two relays, and all the tabs.
        relay.wait_for_nodes(8).await;
    }
    relays[1].wait_for_mempool("ada", 1).await;

    // The same nodes with the same keys, which take orders as before; and what was paid is paid.
    mine(&relays[1], "ada", 1).await;
    wait_for_one_tip(&everybody, 4).await;
    for relay in &relays {
        relay.wait_for_height(4).await;
        assert_eq!(relay.get(&format!("/accounts/{carols}")).await["balance"], "12");
        assert!(relay.headers().await.starts_with(&before), "the same chain, which goes on");
    }
    for (tab, key) in tabs.iter().zip(keys) {
        assert_eq!(address(tab).await, key);
    }
}
