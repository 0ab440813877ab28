//! Twelve tabs and the relay's node in a ring, in a real Chromium: a payment and a block reach those who are six hops away,
//! and the host sees and changes the links meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_tests::browser::{Browser, Screen, Tab};
use tabchain_tests::class::wait_for_tip_of;
use tabchain_tests::eventually;
use tabchain_tests::process::{RelayProcess, TOKEN};

const TABS: usize = 12;

/// Who is linked with whom, by id.
type Neighbours = BTreeMap<String, BTreeSet<String>>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// As the relay has made the links.
async fn made(relay: &RelayProcess) -> Neighbours {
    let mut neighbours = Neighbours::new();
    for link in relay.get("/topology").await["links"].as_array().expect("a list") {
        let [a, b] = [0, 1].map(|end| text(&link["ends"][end]["node"]));
        neighbours.entry(a.clone()).or_default().insert(b.clone());
        neighbours.entry(b).or_default().insert(a);
    }
    neighbours
}

/// As the nodes themselves report those with whom they have shaken hands.
async fn reported(relay: &RelayProcess) -> Neighbours {
    let peers = relay.get("/peers").await;
    let links =
        |peer: &Value| peer["links"].as_array().expect("a list").iter().map(|link| text(&link["node"])).collect();
    peers.as_array().expect("a list").iter().map(|peer| (text(&peer["id"]), links(peer))).collect()
}

/// Waits until every node says that it has just the links that the relay has made.
async fn settled(relay: &RelayProcess) -> Neighbours {
    eventually("every node has its links", async || {
        let (mut made, reported) = (made(relay).await, reported(relay).await);
        // Whoever has none is in no link.
        for node in reported.keys() {
            made.entry(node.clone()).or_default();
        }
        if made == reported { Ok(made) } else { Err(format!("made {made:?}, reported {reported:?}")) }
    })
    .await
}

/// Links on the shortest way.
fn hops(neighbours: &Neighbours, from: &str, to: &str) -> Option<usize> {
    let mut reached = BTreeSet::from([from]);
    let mut hops = 0;
    while !reached.contains(to) {
        let next: BTreeSet<&str> = reached
            .iter()
            .flat_map(|node| &neighbours[*node])
            .map(String::as_str)
            .chain(reached.iter().copied())
            .collect();
        if next.len() == reached.len() {
            return None;
        }
        reached = next;
        hops += 1;
    }
    Some(hops)
}

async fn wait_for_one_tip(relay: &RelayProcess, tabs: &[Tab]) {
    wait_for_tip_of(relay, &tabs.iter().collect::<Vec<_>>()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_and_a_block_cross_a_ring_of_twelve_tabs() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for number in 0..TABS {
        tabs.push(browser.open_node(&relay.link_to_mine(&format!("tab-{number:02}"))).await);
    }
    let peers = relay.wait_for_nodes(TABS + 1).await;
    let resident = text(&peers.iter().find(|peer| peer["resident"] == true).expect("the relay's own")["id"]);
    settled(&relay).await;

    let (status, answer) = relay.call(Method::PUT, "/topology", &json!({ "shape": "ring" })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let ring = settled(&relay).await;
    assert_eq!(ring.len(), TABS + 1);
    assert!(ring.values().all(|neighbours| neighbours.len() == 2), "{ring:?}");
    assert_eq!(ring[&resident].len(), 2, "ten tabs have no link with the relay's node");

    // The tab across from the relay's node mines. Its block reaches the relay and everyone else over the tabs between.
    let farthest = ring.keys().find(|node| hops(&ring, node, &resident) == Some(TABS / 2)).expect("thirteen in a ring");
    let opposite = ring.keys().find(|node| hops(&ring, node, farthest) == Some(TABS / 2)).expect("thirteen in a ring");
    relay.mine_blocks(farthest, 2).await;
    wait_for_one_tip(&relay, &tabs).await;

    // A payment crosses the ring the same way, and whoever is across from the payer mines it.
    let payment = json!({ "sender": farthest, "receiver": resident, "amount": "12.5" });
    let (status, answer) = relay.post("/new-transaction", &payment).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
    for tab in &tabs {
        tab.wait_value("mempool-size", "the payment waits in every tab", |size| size == "1").await;
    }
    relay.mine_blocks(opposite, 1).await;
    wait_for_one_tip(&relay, &tabs).await;
    let paid = relay.get(&format!("/transactions/{}", text(&answer["txid"]))).await;
    assert_eq!(paid["height"], 3, "{paid}");
    assert_eq!(made(&relay).await, ring, "nobody needed another link for it");

    let panel = look_at_the_links(&browser, &relay, &ring, &resident).await;
    // Without its two cut links the ring is in two parts, and each goes on alone.
    let cut_off = settled(&relay).await;
    assert_eq!(hops(&cut_off, &resident, farthest), None, "{cut_off:?}");
    let height = relay.height().await;
    relay.mine(&json!({ "nodes": [farthest], "blocks": 1, "hashrate_limit": 20 })).await;
    let far_height = async || {
        relay.get("/peers").await.as_array().and_then(|peers| {
            peers.iter().find(|peer| peer["id"] == json!(farthest)).and_then(|peer| peer["height"].as_u64())
        })
    };
    eventually("the part without the relay has a block", async || {
        let now = far_height().await;
        if now == Some(height + 1) { Ok(()) } else { Err(format!("{now:?}")) }
    })
    .await;
    assert_eq!(relay.height().await, height, "and the part with the relay has not");
    // One link by hand, and they are one network again.
    panel.fill("link-a", farthest).await;
    panel.fill("link-b", &resident).await;
    panel.click("link-make").await;
    panel.wait_value("links-answer", "the link is made", |text| text.starts_with("Linked")).await;
    relay.wait_for_height(height + 1).await;
    wait_for_one_tip(&relay, &tabs).await;

    // A shape set anew forgets what was done by hand.
    panel.fill("topology-shape", "random").await;
    panel.fill("topology-degree", "3").await;
    panel.show_on(Screen::Phone).await;
    show_links(&panel, "links-random-phone").await;
    panel.click("topology-apply").await;
    let is_random = |text: &str| text.starts_with("Random, 3 others each") && !text.contains("by hand");
    panel.wait_value("topology", "the panel shows the new shape", is_random).await;
    panel.show_on(Screen::Desktop).await;
    show_links(&panel, "links-random").await;
    let random = settled(&relay).await;
    assert!(random[&resident].len() == TABS && random.values().all(|neighbours| neighbours.len() >= 4), "{random:?}");
}

async fn show_links(panel: &Tab, name: &str) {
    let down = "document.querySelector('.links').scrollIntoView({ block: 'end' })";
    panel.evaluate::<()>(format!("void {down}")).await.ok();
    panel.screenshot(name).await;
}

/// The panel shows the ring, and cuts it in two places: on both sides of the relay's node.
async fn look_at_the_links(browser: &Browser, relay: &RelayProcess, ring: &Neighbours, resident: &str) -> Tab {
    let watcher = browser.open(&format!("{}/control", relay.url)).await;
    watcher.click("stage-network").await;
    watcher
        .wait_value("topology", "who only watches sees the links, too", |text| text.starts_with("Ring · 13 links"))
        .await;
    let is_locked = "document.querySelector('.links fieldset').disabled \
                     && document.querySelector('[data-test=link-cut]').disabled";
    assert_eq!(watcher.evaluate::<bool>(is_locked.to_owned()).await, Ok(true));

    let panel = browser.open(&format!("{}/control#token={TOKEN}", relay.url)).await;
    panel.click("stage-network").await;
    panel.wait_value("topology", "the panel shows the ring", |text| text.starts_with("Ring · 13 links")).await;
    panel.wait_value("node-links", "a node has its two links", |text| text.trim_start().starts_with('2')).await;
    for (screen, name) in [
        (Screen::Desktop, "links"),
        (Screen::DarkDesktop, "links-dark"),
        (Screen::Phone, "links-phone"),
        (Screen::DarkPhone, "links-phone-dark"),
    ] {
        panel.show_on(screen).await;
        show_links(&panel, name).await;
    }
    panel.show_on(Screen::Desktop).await;
    panel.evaluate::<()>("void window.scrollTo(0, 0)".to_owned()).await.ok();
    panel.screenshot("control-ring").await;

    let peers = relay.get("/peers").await;
    let name_of = |id: &str| {
        text(
            &peers.as_array().expect("a list").iter().find(|peer| peer["id"] == json!(id)).expect("it is there")["name"],
        )
    };
    for neighbour in &ring[resident] {
        let mut names = [name_of(neighbour), name_of(resident)];
        names.sort();
        let row = json!(format!("[data-ends=\"{}\"] button", names.join(" ")));
        let cut = format!("(() => {{ const b = document.querySelector({row}); b?.click(); return !!b; }})()");
        eventually("the link can be cut", async || match panel.evaluate::<bool>(cut.clone()).await {
            Ok(true) => Ok(()),
            other => Err(format!("{names:?}: {other:?}")),
        })
        .await;
        let gone = format!("document.querySelector({row}) === null");
        eventually("the link is gone from the panel", async || match panel.evaluate::<bool>(gone.clone()).await {
            Ok(true) => Ok(()),
            other => Err(format!("{names:?}: {other:?}")),
        })
        .await;
    }
    panel.wait_value("links-answer", "the panel says what it means", |text| text.contains("stay apart")).await;
    panel.wait_value("topology", "the cuts are counted", |text| text.ends_with("2 cut by hand")).await;
    panel
}
