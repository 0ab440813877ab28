//! The picture of the network in a real Chromium: a host divides a class and heals it, slows a link down and pulls it apart, with the
//! keyboard and with the hand, and each node's own page tells its person.

use reqwest::Method;
use serde_json::{Value, json};
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::{Class, wait_for_one_tip};
use tabchain_tests::eventually;
use tabchain_tests::process::RelayProcess;

/// The host's panel, with the network in its middle.
async fn panel_with_network(class: &Class) -> Tab {
    let panel = class.panel().await;
    panel.click("stage-network").await;
    panel
}

/// Presses a key on a node of the picture.
async fn press_node(panel: &Tab, name: &str, key: &str) {
    let script = format!(
        "(() => {{ const node = document.querySelector('[data-test=network-node][data-name={name}]'); \
           if (!node) return false; node.focus(); \
           node.dispatchEvent(new KeyboardEvent('keydown', {{ key: {}, bubbles: true }})); return true; }})()",
        json!(key)
    );
    eventually(&format!("{name} is in the picture"), async || match panel.evaluate::<bool>(script.clone()).await {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

/// Takes the link that is looked at by its middle, and pulls it so far.
async fn pull(panel: &Tab, pixels: u32) {
    let script = format!(
        "(() => {{ const path = document.querySelector('.network-picture .line.chosen .hit'); \
           if (!path) return false; \
           const middle = path.getPointAtLength(path.getTotalLength() / 2); \
           const edge = path.ownerSVGElement.getBoundingClientRect(); \
           const [x, y] = [edge.left + middle.x, edge.top + middle.y]; \
           const send = (target, kind, dx) => target.dispatchEvent(new PointerEvent(kind, \
             {{ clientX: x + dx, clientY: y, pointerId: 1, bubbles: true }})); \
           send(path, 'pointerdown', 0); \
           for (let dx = 0; dx <= {pixels}; dx += 4) send(path.ownerSVGElement, 'pointermove', dx); \
           send(path.ownerSVGElement, 'pointerup', {pixels}); return true; }})()"
    );
    assert_eq!(panel.evaluate::<bool>(script).await, Ok(true));
}

/// How the relay shows a link, by the names of its ends.
async fn link(relay: &RelayProcess, names: [&str; 2]) -> Option<Value> {
    let topology = relay.get("/topology").await;
    let links = topology["links"].as_array()?.iter();
    let is_meant = |link: &&Value| {
        let ends = link["ends"].as_array().expect("two ends");
        ends.iter().all(|end| names.iter().any(|name| end["name"] == *name))
    };
    links.cloned().collect::<Vec<_>>().iter().find(is_meant).cloned()
}

/// Chooses a link in the panel's list.
async fn choose(class: &Class, panel: &Tab, names: [&str; 2]) {
    let mut ids = Vec::new();
    for name in names {
        ids.push(class.relay.peer(name).await.expect("it is there")["id"].as_str().expect("an id").to_owned());
    }
    ids.sort();
    let option = json!(format!("[data-test=network-choice] option[value=\"{}\"]", ids.join(" ")));
    eventually("the link is in the list", async || {
        let there = panel.evaluate::<bool>(format!("document.querySelector({option}) !== null")).await?;
        if there { Ok(()) } else { Err("it is not".to_owned()) }
    })
    .await;
    panel.fill("network-choice", &ids.join(" ")).await;
    panel.wait_value("network-link", "the link is looked at", |text| text.contains(" – ")).await;
}

async fn wait_until_nothing_is_told(tab: &Tab) {
    let gone = "document.querySelector('[data-test=host-links]') === null";
    eventually("the notice is gone", async || match tab.evaluate::<bool>(gone.to_owned()).await {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
}

async fn show(panel: &Tab, name: &str) {
    let down = "document.querySelector('.network').scrollIntoView({ block: 'start' })";
    panel.evaluate::<()>(format!("void {down}")).await.ok();
    panel.screenshot(name).await;
}

/// Two parts find blocks of their own; healed, the longer chain wins in both, and the others' blocks are lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_network_is_parted_and_healed_in_its_picture() {
    let class = Class::of(&["ada", "bob", "cem", "dora"]).await;
    let (relay, panel) = (&class.relay, panel_with_network(&class).await);
    let tabs: Vec<&Tab> = class.tabs.iter().collect();
    relay.mine_blocks("ada", 1).await;
    class.wait_for_relays_tip().await;
    let summary =
        |summary: &str| summary.starts_with("5 nodes and 10 links") && summary.contains("one tip, at height 1");
    panel.wait_value("network-summary", "everyone is drawn", summary).await;
    panel.to_front().await;
    show(&panel, "network").await;

    press_node(&panel, "ada", " ").await;
    press_node(&panel, "bob", "Enter").await;
    panel.wait_value("partition", "two are selected", |count| count == "2").await;
    panel.click("partition").await;
    panel.wait_value("network-answer", "the host is told", |text| text.contains("6 links cut")).await;
    for (tab, part) in tabs.iter().zip([2, 2, 1, 1]) {
        let told =
            format!("divided the network into 2 parts that cannot reach each other; this node is in part {part}");
        tab.wait_value("host-links", "everyone concerned is told", |text| text.contains(&told)).await;
    }
    relay.mine(&json!({ "nodes": ["ada"], "blocks": 3, "hashrate_limit": 20 })).await;
    wait_for_one_tip(&tabs[..2], 4).await;
    relay.mine(&json!({ "nodes": ["dora"], "blocks": 1, "hashrate_limit": 20 })).await;
    wait_for_one_tip(&tabs[2..], 2).await;
    let two_tips = |text: &str| {
        text.contains("2 tips: 3 nodes at height 2, 2 nodes at height 4.")
            && text.contains("in 2 parts that cannot reach")
    };
    panel.wait_value("network-summary", "the picture has two tips", two_tips).await;
    for (screen, name) in [
        (Screen::Desktop, "network-parts"),
        (Screen::DarkDesktop, "network-parts-dark"),
        (Screen::Phone, "network-parts-phone"),
    ] {
        panel.show_on(screen).await;
        show(&panel, name).await;
    }
    panel.show_on(Screen::Desktop).await;

    panel.click("heal").await;
    wait_for_one_tip(&tabs, 4).await;
    // By as many as had come by then.
    let told = |text: &str| text.contains("1 block was replaced by");
    for tab in &tabs[2..] {
        tab.wait_value("reorg", "who lost a block is told", told).await;
    }
    let whole = |text: &str| text.contains("All follow one tip, at height 4.") && !text.contains("parts");
    panel.wait_value("network-summary", "the picture is whole again", whole).await;
    for tab in &tabs {
        wait_until_nothing_is_told(tab).await;
    }
}

/// A delay that both ends apply shows in what they measure, and only a hand that pulls far enough cuts.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_slowed_down_and_pulled_apart() {
    let class = Class::of(&["ada", "bob"]).await;
    let (relay, panel) = (&class.relay, panel_with_network(&class).await);
    let [ada, bob] = &class.tabs[..] else { panic!("two tabs") };
    panel.to_front().await;
    choose(&class, &panel, ["ada", "bob"]).await;
    panel.show_on(Screen::Laptop).await;
    for mark in ["network", "network-tip", "fault-delay", "fault-apply", "network-cut"] {
        let in_sight = format!(
            "(() => {{ const box = document.querySelector('[data-test={mark}]').getBoundingClientRect(); \
               const seen = document.elementFromPoint(box.left + box.width / 2, box.bottom - 3); \
               return !!seen?.closest('[data-test={mark}]'); }})()"
        );
        eventually(&format!("{mark} is in sight without scrolling"), async || {
            if panel.evaluate::<bool>(in_sight.clone()).await? { Ok(()) } else { Err("it is not".to_owned()) }
        })
        .await;
    }
    panel.show_on(Screen::Desktop).await;
    panel.fill("fault-delay", "soon").await;
    panel.click("fault-apply").await;
    panel
        .wait_value("network-answer", "what makes no sense is said", |text| text.starts_with("Delay, ms: write"))
        .await;
    panel.fill("fault-delay", "2000").await;
    panel.click("fault-apply").await;
    panel.wait_value("network-answer", "the ends were told", |text| text == "Both ends were told: 2 s of delay.").await;
    ada.wait_value("host-links", "ada reads it", |text| text == "The host has put 2 s of delay on your link to bob.")
        .await;
    bob.wait_value("host-links", "and so does bob", |text| text.contains("on your link to ada.")).await;
    panel.wait_value("network-link", "it is in force", |text| text.ends_with(", 2 s of delay")).await;
    show(&panel, "network-fault").await;
    eventually("a ping there and back takes four seconds and more", async || {
        let link = link(relay, ["ada", "bob"]).await.ok_or("no link")?;
        let slow = |end: &Value| end["round_trip"].as_u64().is_some_and(|millis| millis >= 4_000);
        let ends = link["ends"].as_array().ok_or("no ends")?;
        if ends.iter().any(slow) { Ok(()) } else { Err(link.to_string()) }
    })
    .await;

    // Who does not follow the host sends as before, and both sides are told.
    bob.click("follow-toggle").await;
    bob.wait_value("host-links", "bob reads it", |text| text.contains("does not follow the host and sends as before"))
        .await;
    panel.wait_value("network-link", "the host, too", |text| text.contains("bob sends as before")).await;
    bob.click("follow-toggle").await;
    panel.click("fault-clear").await;
    panel.wait_value("network-answer", "it is mended", |text| text == "The link is as good as it was.").await;
    wait_until_nothing_is_told(ada).await;

    pull(&panel, 30).await;
    assert!(link(relay, ["ada", "bob"]).await.is_some(), "a link is elastic");
    pull(&panel, 80).await;
    panel.wait_value("network-answer", "it tears", |text| text.starts_with("Cut.")).await;
    assert!(link(relay, ["ada", "bob"]).await.is_none());
    ada.wait_value("host-links", "ada reads it", |text| text == "The host has cut your link to bob.").await;
    panel
        .wait_value("network-summary", "what is cut stays in sight", |text| text.ends_with("1 link is cut by hand."))
        .await;
    panel.click("network-cut").await;
    panel.wait_value("network-answer", "it is there again", |text| text.contains("are linked again")).await;
    wait_until_nothing_is_told(ada).await;

    // Without the token the picture is only looked at.
    let watcher = class.browser.open(&format!("{}/control", relay.url)).await;
    watcher.click("stage-network").await;
    watcher.wait_value("network-summary", "who only watches sees it, too", |text| text.starts_with("3 nodes")).await;
    let is_locked = "document.querySelector('[data-test=partition]').closest('fieldset').disabled";
    assert_eq!(watcher.evaluate::<bool>(is_locked.to_owned()).await, Ok(true));
    let (status, _) = relay.call(Method::DELETE, "/partition", &json!({})).await;
    assert!(status.is_success(), "a network that is whole stays as it is");
}
