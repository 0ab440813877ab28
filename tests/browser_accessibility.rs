//! Every page in a real Chromium, looked at by axe-core: WCAG 2.2 AA as far as a program can judge it, light and dark, and on a phone.
//!
//! `cargo xtask test browser` installs axe-core and names it in `AXE_CORE`.

use serde_json::json;
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::eventually;

/// Levels of WCAG, and what axe's makers hold everyone should do besides.
const RUN: &str = "window.verdict = null;
    axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(
      (results) => { window.verdict = results.violations.flatMap((violation) => violation.nodes.map((node) =>
        `${violation.id}: ${node.target.join(' ')}: ${node.failureSummary}`)); },
      (error) => { window.verdict = [String(error)]; });";

fn axe_core() -> String {
    let file = std::env::var("AXE_CORE").expect("AXE_CORE names axe.min.js; `cargo xtask test browser` sets it");
    std::fs::read_to_string(file).expect("axe.min.js can be read")
}

/// What axe-core finds on a page, on each screen.
async fn violations(tab: &Tab, page: &str, axe: &str) -> Vec<String> {
    let is_there = "window.axe !== undefined".to_owned();
    if !tab.evaluate::<bool>(is_there).await.expect("an answer") {
        tab.evaluate::<bool>(format!("{axe}; true")).await.expect("axe-core runs");
    }
    let mut found = Vec::new();
    for screen in [Screen::Desktop, Screen::DarkDesktop, Screen::Phone] {
        tab.show_on(screen).await;
        tab.to_front().await;
        tab.evaluate::<bool>(format!("document.getAnimations().forEach((it) => it.finish()); {RUN} true"))
            .await
            .expect("axe-core begins");
        let violations: Vec<String> = eventually(&format!("axe-core is done with {page}"), async || {
            let verdict: Option<Vec<String>> = tab.evaluate("window.verdict".into()).await?;
            verdict.ok_or_else(|| "not yet".to_owned())
        })
        .await;
        found.extend(violations.iter().map(|violation| format!("{page}, {screen:?}: {violation}")));
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_for_everyone() {
    let axe = axe_core();
    let class = Class::of(&["ada", "bob"]).await;
    class.relay.mine_itself(2).await;
    let payment = json!({ "sender": "ada", "receiver": "bob", "amount": 0.5 });
    class.relay.mine_blocks("ada", 1).await;
    let (status, sent) = class.relay.post("/new-transaction", &payment).await;
    assert!(status.is_success(), "{sent}");
    class.wait_for_relays_tip().await;
    let mut found = violations(&class.tabs[0], "a node's page", &axe).await;
    found.extend(violations(&class.panel().await, "the control panel", &axe).await);
    class.relay.mine_itself(1).await;

    let txid = sent["txid"].as_str().expect("a payment has a name");
    let address = class.relay.peer("bob").await.expect("bob is here")["address"].clone();
    let address = address.as_str().expect("an address");
    for (path, mark) in [
        ("/explore".to_owned(), "block-link"),
        ("/explore/block/4".to_owned(), "block-hash"),
        (format!("/explore/transaction/{txid}"), "proof"),
        (format!("/explore/address/{address}"), "account-balance"),
        ("/lab/pow".to_owned(), "lab-state"),
        ("/no/such/page".to_owned(), "no-page"),
    ] {
        let tab = class.browser.open(&format!("{}{path}", class.relay.url)).await;
        tab.wait_value(mark, &format!("{path} is shown"), |_| true).await;
        found.extend(violations(&tab, &path, &axe).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
