//! Tabs as full nodes, in a real Chromium against a real relay process, nothing in between replaced.
//!
//! All of it on regtest with a hash-rate limit, so that a dozen hashes make a chain and the machine stays free.

use serde_json::json;
use tabchain_tests::browser::{LAN_HOST, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::devtools::DevTools;
use tabchain_tests::process::RelayProcess;

const NAMES: [&str; 3] = ["alice", "bob", "carol"];

async fn name(tab: &Tab) -> String {
    // Until it has one, there is an ellipsis.
    tab.wait_value("name", "the tab has a name", |name| !name.is_empty() && name != "…").await
}

async fn address(tab: &Tab) -> String {
    tab.wait_value("address", "the tab has an address", |address| address.starts_with("tab1")).await
}

async fn height(tab: &Tab) -> u64 {
    let height = tab.wait_value("tip-height", "the tab has a tip", |height| height.parse::<u64>().is_ok()).await;
    height.parse().expect("just checked")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_class_mines_one_chain_and_pays() {
    let class = Class::of(&NAMES).await;
    let mut addresses = Vec::new();
    for tab in &class.tabs {
        addresses.push(address(tab).await);
    }
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 3, "three tabs are three nodes: {addresses:?}");

    // The host starts everybody from the panel, and stops everybody when there is a chain.
    let panel = class.panel().await;
    panel.fill("limit", "2").await;
    panel.click("start-all").await;
    class.relay.wait_for_height(5).await;
    for (index, tab) in class.tabs.iter().enumerate() {
        tab.wait_value("hashrate", "every tab hashes", |rate| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0)).await;
        tab.screenshot(&format!("node-{index}")).await;
    }
    panel.screenshot("control").await;
    panel.to_front().await;
    panel.click("stop-all").await;
    class.relay.wait_until_nobody_mines().await;
    // Two tabs that found the last block at once each keep their own until there is one more.
    class.relay.mine_blocks(&name(&class.tabs[0]).await, 1).await;
    class.wait_for_relays_tip().await;

    // A payment made on the panel is mined, and both balances change everywhere.
    let names = [name(&class.tabs[0]).await, name(&class.tabs[1]).await];
    let (sender, recipient) = (address(&class.tabs[0]).await, address(&class.tabs[1]).await);
    let coins = async |address: &str| -> f64 {
        let account = class.relay.get(&format!("/accounts/{address}")).await;
        account["balance"].as_str().expect("coins").parse().expect("a number")
    };
    let (sent_from, had) = (coins(&sender).await, coins(&recipient).await);
    panel.to_front().await;
    panel.fill("tx-sender", &names[0]).await;
    panel.fill("tx-receiver", &names[1]).await;
    panel.fill("tx-amount", "12.5").await;
    panel.click("tx-send").await;
    for tab in &class.tabs {
        tab.wait_value("mempool-size", "the payment waits in every tab", |size| size == "1").await;
    }
    class.relay.mine_blocks(&name(&class.tabs[2]).await, 1).await;
    class.wait_for_relays_tip().await;
    assert!((coins(&sender).await - (sent_from - 12.501)).abs() < 1e-9);
    assert!((coins(&recipient).await - (had + 12.5)).abs() < 1e-9);
    for (tab, address) in [(&class.tabs[0], &sender), (&class.tabs[1], &recipient)] {
        let balance = coins(address).await;
        let shows = |shown: &str| shown.parse::<f64>().is_ok_and(|shown| (shown - balance).abs() < 1e-9);
        tab.wait_value("balance", "the tab shows its new balance", shows).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_is_the_same_node() {
    let class = Class::of(&NAMES[..2]).await;
    let tab = &class.tabs[0];
    class.relay.mine_blocks(&name(tab).await, 3).await;
    let tip = class.wait_for_relays_tip().await;
    let (name_before, address_before) = (name(tab).await, address(tab).await);
    tab.reload().await;
    tab.wait_value("tip-hash", "the chain is back", |hash| hash == tip).await;
    assert_eq!((name(tab).await, address(tab).await), (name_before, address_before));
    tab.wait_value("balance", "the coins are back", |coins| coins == "150").await;
}

/// CASES 91: a tab that asks for a node which another tab runs becomes another node.
#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_never_share_a_node() {
    let class = Class::of(&[]).await;
    let link = format!("{}/?node=ada", class.relay.url);
    let first = class.browser.open_node(&link).await;
    let second = class.browser.open_node(&link).await;
    let third = class.browser.open_node(&class.relay.url).await;
    let fourth = class.browser.open_node(&class.relay.url).await;
    assert_eq!(name(&first).await, "ada");
    assert_ne!(name(&second).await, "ada");
    let mut addresses = Vec::new();
    for tab in [&first, &second, &third, &fourth] {
        addresses.push(address(tab).await);
    }
    addresses.sort();
    addresses.dedup();
    assert_eq!(addresses.len(), 4, "{addresses:?}");
}

/// CASES 91: a worker that is busy answers nobody, and none answers while it is being replaced. Its page does, without Web Locks.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_keeps_its_node_while_its_worker_is_busy_or_replaced() {
    let class = Class::of(&[]).await;
    let link = format!("http://{LAN_HOST}:{}/?node=ada", class.relay.port);
    let tab = class.browser.open_node(&link).await;
    let mut devtools = DevTools::attach(&class.browser, &tab, true).await;
    let worker = devtools.worker("node_worker").await;
    devtools.stop(&worker).await;
    let second = class.browser.open_node(&link).await;
    assert_ne!(name(&second).await, "ada", "a tab has ada, whose worker is busy");
    devtools.go_on(&worker).await;

    devtools.evaluate(&worker, "void setTimeout(() => { throw new Error('made to fail'); })").await.expect("a script");
    // It is held before it runs its first line.
    let next_worker = devtools.worker("node_worker").await;
    let third = class.browser.open_node(&link).await;
    assert_ne!(name(&third).await, "ada", "a tab has ada, which is being started anew");
    devtools.release(&next_worker).await;

    class.relay.wait_for_nodes(4).await;
    class.relay.mine_itself(1).await;
    let tip = class.relay.tip().await;
    for tab in [&tab, &second, &third] {
        tab.wait_value("tip-hash", "every tab goes on as its own node", |hash| hash == tip).await;
    }
    assert_eq!(name(&tab).await, "ada");
    // And whoever leaves gives its node back.
    tab.go("about:blank").await;
    class.relay.wait_for_nodes(3).await;
    let fourth = class.browser.open_node(&link).await;
    assert_eq!(name(&fourth).await, "ada");
}

/// What the relay acknowledged survives a kill −9, and the tabs find it again by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_relay_keeps_its_blocks_and_its_class() {
    let class = Class::of(&NAMES).await;
    let miner = name(&class.tabs[0]).await;
    class.relay.mine_blocks(&miner, 4).await;
    let before = (class.relay.tip().await, class.relay.height().await);
    let class = class.with_another_relay();
    assert_eq!((class.relay.tip().await, class.relay.height().await), before);
    class.wait_connected().await;
    class.relay.wait_for_nodes(4).await;
    class.relay.mine_blocks(&miner, 2).await;
    class.wait_for_relays_tip().await;
}

/// A partition of one: the tab mines alone, returns to a longer chain, and its lost payment waits again everywhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_mined_alone_reorganises_when_it_returns() {
    let class = Class::of(&NAMES[..2]).await;
    let (loner, other) = (&class.tabs[0], &class.tabs[1]);
    let (loner_name, other_name) = (name(loner).await, name(other).await);
    class.relay.mine_blocks(&loner_name, 1).await;
    class.wait_for_relays_tip().await;
    let shared_height = height(loner).await;

    class.relay.mine(&json!({ "nodes": [loner_name], "hashrate_limit": 2 })).await;
    loner.click("offline-toggle").await;
    loner.wait_value("network-state", "the tab is cut off", |state| state == "offline").await;
    loner.fill("pay-to", &address(other).await).await;
    loner.fill("pay-amount", "3").await;
    loner.click("pay-send").await;
    // Mined alone: the payment leaves the loner's mempool into a block that nobody else has.
    loner.wait_value("pay-answer", "the payment is made", |answer| !answer.is_empty()).await;
    let paid = height(loner).await;
    loner
        .wait_value("tip-height", "the loner mines on", |height| height.parse::<u64>().is_ok_and(|h| h > paid + 1))
        .await;
    loner.wait_value("mempool-size", "its payment is in its own chain", |size| size == "0").await;
    loner.click("mining-toggle").await;
    loner.wait_value("hashrate", "the loner rests", |rate| rate.parse::<f64>() == Ok(0.0)).await;
    let (alone, alone_height) = (loner.value("tip-hash").await.expect("a tip"), height(loner).await);

    let relay_height = class.relay.height().await;
    class.relay.mine_blocks(&other_name, alone_height - relay_height + 2).await;
    assert!(class.relay.height().await > alone_height && relay_height >= shared_height);
    loner.click("offline-toggle").await;
    let tip = class.wait_for_relays_tip().await;
    assert_ne!(tip, alone);
    for tab in &class.tabs {
        tab.wait_value("mempool-size", "the lost payment waits again", |size| size == "1").await;
    }
    loner.screenshot("reorganised").await;
    let path = format!("/accounts/{}", address(other).await);
    let coins = async || -> f64 {
        let account = class.relay.get(&path).await;
        account["balance"].as_str().expect("coins").parse().expect("a number")
    };
    let before = coins().await;
    class.relay.mine_blocks(&other_name, 1).await;
    class.wait_for_relays_tip().await;
    // The reward, the payment and its fee.
    assert!((coins().await - (before + 50.0 + 3.0 + 0.001)).abs() < 1e-9);
    other.wait_value("mempool-size", "the payment is mined", |size| size == "0").await;
}

/// Over plain http at a name that is not localhost, browsers take away OPFS, Web Locks and more; a node needs none of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_on_a_lan_is_a_full_node() {
    let class = Class::of(&[]).await;
    let tab = class.browser.open_node(&format!("http://{LAN_HOST}:{}/?mine", class.relay.port)).await;
    assert!(!tab.is_secure_context().await);
    let miner = name(&tab).await;
    class.relay.mine_blocks(&miner, 2).await;
    let tip = class.relay.tip().await;
    tab.wait_value("tip-hash", "the tab has the tip", |hash| hash == tip).await;
    tab.reload().await;
    tab.wait_value("tip-hash", "the chain is back after a reload", |hash| hash == tip).await;
    assert_eq!(name(&tab).await, miner);
}

/// CASES 44 in a browser: while the relay was away the class got another history, longer than what a tab keeps in memory.
/// The tab reads the old blocks back from `IndexedDB`, and follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_follows_a_reorg_deeper_than_its_memory() {
    let mut class = Class::of(&NAMES[..1]).await;
    class.relay.mine_itself(1_050).await;
    class.wait_for_relays_tip().await;

    let rival_data = tempfile::tempdir().expect("a data folder");
    let mut rival = RelayProcess::start(rival_data.path(), 0, &[]);
    rival.mine_itself(1_060).await;
    rival.kill();
    class.relay.kill();
    class.relay = RelayProcess::start(rival_data.path(), class.relay.port, &[]);

    class.wait_for_relays_tip().await;
    assert_eq!(height(&class.tabs[0]).await, 1_060);
    // By as many as had come by then, whatever the page groups its digits with.
    let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
    let replaced = |news: &str| (1_051..=1_060).any(|blocks| digits(news).ends_with(&format!("1050{blocks}")));
    class.tabs[0].wait_value("reorg", "the tab tells what was replaced", replaced).await;
}

/// Who has chosen to be alone is alone after a reload, too, with the chain that the node had; and says where others' money is.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_left_the_network_stays_away_over_a_reload() {
    let class = Class::of(&["ada", "bob"]).await;
    let (ada, bob) = (&class.tabs[0], &class.tabs[1]);
    class.relay.mine_blocks("ada", 1).await;
    class.wait_for_relays_tip().await;
    bob.wait_value("other-tabs", "bob's tab knows that ada's has other money", |names| names == "ada").await;

    ada.click("offline-toggle").await;
    ada.wait_value("network-state", "ada is alone", |state| state == "offline").await;
    class.relay.wait_for_nodes(2).await;
    let key = address(ada).await;
    ada.reload().await;
    ada.wait_value("is-off", "the page says so again", |_| true).await;
    assert_eq!(address(ada).await, key);
    ada.wait_value("tip-height", "its chain is read back", |height| height == "1").await;
    ada.wait_value("network-state", "and is alone", |state| state == "offline").await;
    class.relay.wait_for_nodes(2).await;

    ada.click("go-back").await;
    ada.wait_connected().await;
    class.relay.wait_for_nodes(3).await;
    ada.reload().await;
    ada.wait_connected().await;
}
