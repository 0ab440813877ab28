//! The fork tree and its time machine on real pages, in a real Chromium: two parts of a network that went their own ways become one again, and a
//! teacher who has only a keyboard sees on the control panel what was lost and what has won.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::eventually;
use tabchain_tests::process::RelayProcess;

async fn wait_summary(tab: &Tab, what: &str, start: &str) {
    tab.wait_value("tree-summary", what, |summary| summary.starts_with(start)).await;
}

async fn press(tab: &Tab, keys: &[&str]) {
    for key in keys {
        tab.press("tree", key).await;
    }
}

async fn wait_focus(tab: &Tab, said: &str) {
    tab.wait_value("tree-focus", "the block in focus is told", |focus| focus.starts_with(said)).await;
}

/// Takes ada's links with bob and with the relay's own node, which is returned as `/peers` shows it.
async fn cut_ada_off(relay: &RelayProcess) -> Value {
    let peers = relay.get("/peers").await;
    let resident = peers.as_array().unwrap().iter().find(|peer| peer["resident"] == true).unwrap();
    for other in ["bob", resident["id"].as_str().unwrap()] {
        let (status, answer) = relay.call(Method::DELETE, &format!("/links/ada/{other}"), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }
    resident.clone()
}

/// Ada is cut off and finds three blocks; bob and the relay find two. When ada is back, theirs are lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_fork_and_its_reorg_are_seen_with_the_keyboard_alone() {
    let class = Class::of(&["ada", "bob"]).await;
    let panel = class.panel().await;
    let relay = &class.relay;
    relay.mine_blocks("bob", 1).await;
    class.wait_for_relays_tip().await;
    wait_summary(&panel, "the panel shows the block", "Chain of 1 block, no stale branch in the last 50").await;

    let resident = cut_ada_off(relay).await;
    relay.mine_blocks("bob", 2).await;
    relay.mine(&json!({ "nodes": ["ada"], "blocks": 3, "hashrate_limit": 20 })).await;
    panel.wait_value("tree-elsewhere", "ada is told to be elsewhere", |text| text.starts_with("ada follows")).await;
    eventually("ada has found three blocks", async || {
        let height = relay.peer("ada").await.and_then(|ada| ada["height"].as_u64());
        if height == Some(4) { Ok(()) } else { Err(format!("{height:?}")) }
    })
    .await;
    wait_summary(&panel, "the panel shows bob's chain", "Chain of 3 blocks, no stale branch").await;
    panel.to_front().await;
    // What ada follows is in the picture, although no node on this side has it.
    panel.wait_value("tree-hollow", "ada's blocks are shown", |text| text == "hollow: elsewhere").await;
    press(&panel, &["End"]).await;
    wait_focus(&panel, "Block 3 by bob, the tip, 1 other block beside it").await;
    press(&panel, &["ArrowDown"]).await;
    wait_focus(&panel, "Block 3 by ada, seen in another part of the network").await;
    // Her blocks may come one after the other; where there is none to the right, the focus stays.
    eventually("ada's newest block is shown", async || {
        press(&panel, &["ArrowRight"]).await;
        let focus = panel.value("tree-focus").await?;
        let is_newest = focus.starts_with("Block 4 by ada, seen in another part of the network, ada here");
        if is_newest { Ok(()) } else { Err(focus) }
    })
    .await;
    press(&panel, &["Enter"]).await;
    let is_judged = |words: &str| words.contains("this node does not have it. Its header");
    panel.wait_value("block-not-here", "the details say what is known of it", is_judged).await;
    panel.screenshot("tree-partition").await;
    press(&panel, &["Escape"]).await;

    panel.keep_history("tree-step").await;
    let (status, answer) = relay.post("/links", &json!({ "nodes": ["ada", resident["id"]] })).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    panel.wait_value("tree-said", "the reorg is said", |said| said == "Reorg: 2 blocks lost, 3 won.").await;
    wait_summary(&panel, "the lost branch stays", "Chain of 4 blocks, 1 stale branch in the last 50, tip found by ada")
        .await;
    let steps: [&dyn Fn(&str) -> bool; 3] =
        [&|step| step.starts_with("Fork point: block 1"), &|step| step == "2 blocks lost, 3 won.", &str::is_empty];
    panel.wait_history("the reorg plays", &steps[..1]).await;
    panel.screenshot("tree-reorg").await;
    panel.wait_history("to its end, and is over", &steps).await;

    // Along the chain, into the branch, and back.
    press(&panel, &["End"]).await;
    wait_focus(&panel, "Block 4 by ada, the tip").await;
    press(&panel, &["ArrowLeft", "ArrowLeft"]).await;
    wait_focus(&panel, "Block 2 by ada, 3 confirmations, 1 other block beside it").await;
    press(&panel, &["ArrowDown"]).await;
    wait_focus(&panel, "Block 2 by bob, stale").await;
    press(&panel, &["ArrowRight"]).await;
    wait_focus(&panel, "Block 3 by bob, stale").await;
    press(&panel, &["Enter"]).await;
    panel.wait_value("block-standing", "the details say so", |standing| standing.starts_with("stale")).await;
    let lost = panel.value("block-details").await.expect("its hash");
    assert_eq!(relay.get(&format!("/blocks/{lost}")).await["confirmations"], 0);
    for (screen, name) in [(Screen::Desktop, "tree"), (Screen::DarkDesktop, "tree-dark"), (Screen::Phone, "tree-phone")]
    {
        panel.show_on(screen).await;
        let down = "document.querySelector('.tree').scrollIntoView({ block: 'start' })";
        panel.evaluate::<()>(format!("void {down}")).await.ok();
        panel.screenshot(name).await;
    }
    panel.show_on(Screen::Desktop).await;
    press(&panel, &["Escape"]).await;
    let is_closed = "document.querySelector('[data-test=block-details]') === null";
    eventually("Escape closes them", async || match panel.evaluate::<bool>(is_closed.to_owned()).await {
        Ok(true) => Ok(()),
        other => Err(format!("{other:?}")),
    })
    .await;
    press(&panel, &["Home"]).await;
    wait_focus(&panel, "Block 0, the first one").await;

    // Replayed from the list, for as long as the node remembers.
    panel.wait_value("tree-reorgs", "it is in the list", |count| count == "1").await;
    panel.keep_history("tree-step").await;
    panel.click("tree-replay").await;
    panel.wait_history("it plays again", &[&|step| step.starts_with("Disconnect: 2 blocks above block 1")]).await;

    // The panel stands still; the network does not.
    panel.click("tree-freeze").await;
    panel.wait_value("tree-frozen", "since when is told", |text| text.starts_with("Frozen at")).await;
    relay.mine_blocks("bob", 1).await;
    assert_eq!(relay.height().await, 5, "the network goes on");
    assert_eq!(panel.value("control-height").await.as_deref(), Ok("4"));
    let summary = panel.value("tree-summary").await.expect("a summary");
    assert!(summary.starts_with("Chain of 4 blocks"), "{summary}");
    panel.click("tree-freeze").await;
    wait_summary(&panel, "then it takes up what is new", "Chain of 5 blocks, 1 stale branch").await;

    // A node's own view of the same, from what it has kept itself.
    let bob = &class.tabs[1];
    bob.to_front().await;
    wait_summary(bob, "bob has lost his blocks", "Chain of 5 blocks, 1 stale branch").await;
    press(bob, &["End", "ArrowLeft", "ArrowLeft", "ArrowDown", "Enter"]).await;
    wait_focus(bob, "Block 3 by bob, stale").await;
    bob.wait_value("block-details", "the same block", |hash| hash == lost).await;
    bob.screenshot("tree-own").await;
}

/// The slider of the time machine, moved to so many seconds after its beginning.
async fn slide(tab: &Tab, seconds: u64) {
    tab.fill("tree-slider", &seconds.to_string()).await;
}

/// Presses "what happened before" until the picture is summed up like that.
async fn step_back_to(tab: &Tab, start: &str) {
    while !tab.value("tree-summary").await.is_ok_and(|summary| summary.starts_with(start)) {
        let before = tab.attribute("tree-past", "at").await.expect("it is there");
        tab.click("tree-earlier").await;
        eventually("another moment is shown", async || match tab.attribute("tree-past", "at").await? {
            same if same == before => Err(same),
            _ => Ok(()),
        })
        .await;
    }
}

/// Ada is cut off and finds two blocks, while bob and the relay have one. On the panel a teacher goes back to before the reorg, and
/// asks what had happened if ada's first block had not been held up.
#[tokio::test(flavor = "multi_thread")]
async fn one_looks_back_at_a_fork_and_asks_what_if() {
    let class = Class::of(&["ada", "bob"]).await;
    let panel = class.panel().await;
    let relay = &class.relay;
    relay.mine_blocks("bob", 1).await;
    class.wait_for_relays_tip().await;
    let resident = cut_ada_off(relay).await;
    relay.mine_blocks("bob", 1).await;
    relay.mine(&json!({ "nodes": ["ada"], "blocks": 2, "hashrate_limit": 20 })).await;
    eventually("ada has found two blocks", async || {
        let height = relay.peer("ada").await.and_then(|ada| ada["height"].as_u64());
        if height == Some(3) { Ok(()) } else { Err(format!("{height:?}")) }
    })
    .await;
    let (status, answer) = relay.post("/links", &json!({ "nodes": ["ada", resident["id"]] })).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    wait_summary(&panel, "ada's chain has won", "Chain of 3 blocks, 1 stale branch").await;
    panel.to_front().await;
    panel.wait_value("tree-past", "it is the present", |words| words.starts_with("Now. Remembered since")).await;

    // Back, moment by moment, to where bob's block was the tip.
    step_back_to(&panel, "Chain of 2 blocks, no stale branch in the last 50, tip found by bob").await;
    panel.wait_value("tree-past", "the moment is told", |words| words.starts_with("At ")).await;
    press(&panel, &["End"]).await;
    wait_focus(&panel, "Block 2 by bob, the tip").await;
    press(&panel, &["ArrowDown"]).await;
    wait_focus(&panel, "Block 2 by ada, not known yet").await;
    for (screen, name) in
        [(Screen::Desktop, "tree-past"), (Screen::DarkDesktop, "tree-past-dark"), (Screen::Phone, "tree-past-phone")]
    {
        panel.show_on(screen).await;
        panel.screenshot(name).await;
    }
    panel.show_on(Screen::Desktop).await;

    // What others said then: ada was elsewhere.
    panel.fill("tree-witness", "ada").await;
    panel.wait_value("tree-past", "it is her word", |words| words.ends_with("what ada said")).await;
    panel.fill("tree-witness", resident["name"].as_str().expect("a name")).await;

    // The slider's beginning is before all blocks, its end is now.
    slide(&panel, 0).await;
    wait_summary(&panel, "nothing had been found", "Chain of 0 blocks").await;
    panel.click("tree-now").await;
    wait_summary(&panel, "the present is back", "Chain of 3 blocks, 1 stale branch").await;

    // If ada's first block had come in time, bob's would have been the second.
    press(&panel, &["End", "ArrowLeft", "Enter"]).await;
    wait_focus(&panel, "Block 2 by ada").await;
    panel.fill("what-if-seconds", "600").await;
    panel.click("what-if-ask").await;
    panel
        .wait_value("what-if-verdict", "the lab answers", |verdict| {
            verdict.contains("this node would have followed 2 by ada") && verdict.ends_with("then both are the same.")
        })
        .await;
    assert_eq!(panel_row(&panel, "what-if-was").await, ["", "2 by bob", "3 by ada"]);
    assert_eq!(panel_row(&panel, "what-if-would").await, ["2 by ada", "3 by ada"]);
    panel.screenshot("tree-what-if").await;
    panel.fill("what-if-seconds", "0").await;
    panel.click("what-if-ask").await;
    panel
        .wait_value("what-if-verdict", "no change, no difference", |verdict| verdict.starts_with("Nothing would have"))
        .await;

    // A node's own memory of the same.
    let bob = &class.tabs[1];
    bob.to_front().await;
    wait_summary(bob, "bob follows ada", "Chain of 3 blocks, 1 stale branch").await;
    step_back_to(bob, "Chain of 2 blocks, no stale branch in the last 50, tip found by bob").await;
    bob.screenshot("tree-past-own").await;
    bob.click("tree-now").await;
    wait_summary(bob, "and follows ada now", "Chain of 3 blocks, 1 stale branch").await;
}

/// What the stretches of a picture of what-if say.
async fn panel_row(panel: &Tab, mark: &str) -> Vec<String> {
    let script = format!("[...document.querySelectorAll('[data-test={mark}] li')].map((item) => item.textContent)");
    panel.evaluate(script).await.expect("it is shown")
}

/// A person adds a block where it likes, with its own node: beside the chain first, and with a second one in the chain's place.
#[tokio::test(flavor = "multi_thread")]
async fn a_block_is_mined_where_the_person_likes() {
    let class = Class::of(&["ada", "bob"]).await;
    let ada = &class.tabs[0];
    class.relay.mine_blocks("bob", 2).await;
    class.wait_for_relays_tip().await;
    wait_summary(ada, "bob's blocks are here", "Chain of 2 blocks, no stale branch").await;
    press(ada, &["End", "ArrowLeft"]).await;
    wait_focus(ada, "Block 1 by bob").await;
    press(ada, &["Enter"]).await;
    ada.wait_value("block-standing", "it is looked at", |standing| standing.contains('2')).await;
    ada.click("mine-here").await;
    wait_summary(ada, "ada's is beside the chain", "Chain of 2 blocks, 1 stale branch").await;
    ada.screenshot("tree-mined-beside").await;
    eventually("a class sees it, too", async || {
        let tree = class.relay.get("/tree").await;
        let blocks = tree["blocks"].as_array().expect("a list").iter();
        let stale: Vec<_> = blocks.filter(|block| block["active"] == false).map(|block| &block["height"]).collect();
        if stale == [2] { Ok(()) } else { Err(tree.to_string()) }
    })
    .await;

    press(ada, &["End", "ArrowDown"]).await;
    wait_focus(ada, "Block 2 by ada, stale").await;
    press(ada, &["Enter"]).await;
    ada.wait_value("block-standing", "it is looked at", |standing| standing.starts_with("stale")).await;
    ada.click("mine-here").await;
    wait_summary(ada, "two in a row win", "Chain of 3 blocks, 1 stale branch").await;
    class.relay.wait_for_height(3).await;
    class.wait_for_relays_tip().await;
}
