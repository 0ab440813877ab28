//! Every page in a real Chromium, looked at by axe-core: light and dark, and on a phone.

use serde_json::json;
use tabchain_tests::axe;
use tabchain_tests::browser::Screen;
use tabchain_tests::class::Class;

const SCREENS: [Screen; 3] = [Screen::Desktop, Screen::DarkDesktop, Screen::Phone];

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_for_everyone() {
    let class = Class::of(&["ada", "bob"]).await;
    class.relay.mine_itself(2).await;
    let payment = json!({ "sender": "ada", "receiver": "bob", "amount": 0.5 });
    class.relay.mine_blocks("ada", 1).await;
    let (status, sent) = class.relay.post("/new-transaction", &payment).await;
    assert!(status.is_success(), "{sent}");
    class.wait_for_relays_tip().await;
    let resident = class.relay.get("/status").await["node"]["node"].as_str().expect("an id").to_owned();
    class.relay.wait_for_mempool(&resident, 1).await;
    let past_the_bar = "(() => { const first = document.querySelector('a, button, input, select'); first.focus(); first.click(); \
                        return [first.dataset.test, document.activeElement.id]; })()";
    let skipped: Vec<String> = class.tabs[0].evaluate(past_the_bar.into()).await.expect("two words");
    assert_eq!(skipped, ["skip", "content"], "the first thing that the tab key comes to leads past the bar");
    let mut found = axe::violations(&class.tabs[0], "a node's page", &SCREENS).await;
    let panel = class.panel().await;
    found.extend(axe::violations(&panel, "the control panel", &SCREENS).await);
    for (stage, side, mark) in
        [("stage-charts", "side-traffic", "chart-intervals"), ("stage-network", "side-about", "link-list")]
    {
        panel.click(stage).await;
        panel.click(side).await;
        panel.wait_value(mark, "it is shown", |_| true).await;
        found.extend(axe::violations(&panel, &format!("the control panel, {stage}"), &SCREENS).await);
    }
    class.relay.mine_itself(1).await;

    let txid = sent["txid"].as_str().expect("a payment has a name");
    let address = class.relay.peer("bob").await.expect("bob is here")["address"].clone();
    let address = address.as_str().expect("an address");
    for (path, mark) in [
        ("/explore".to_owned(), "block-link"),
        ("/explore/block/4".to_owned(), "block-hash"),
        (format!("/explore/transaction/{txid}"), "proof"),
        (format!("/explore/address/{address}"), "account-balance"),
        ("/lab".to_owned(), "experiment-state"),
        ("/learn".to_owned(), "lesson"),
        ("/learn/hash".to_owned(), "hash-is-met"),
        ("/learn/chain".to_owned(), "whole"),
        ("/learn/difficulty".to_owned(), "divisor"),
        ("/lab/live".to_owned(), "live-nodes"),
        ("/lab/pow".to_owned(), "lab-state"),
        ("/no/such/page".to_owned(), "no-page"),
    ] {
        let tab = class.browser.open(&format!("{}{path}", class.relay.url)).await;
        tab.wait_value(mark, &format!("{path} is shown"), |_| true).await;
        found.extend(axe::violations(&tab, &path, &SCREENS).await);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
