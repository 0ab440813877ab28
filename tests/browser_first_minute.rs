//! The first minute of a stranger with a phone, and of a host: what this is and what to press stands on the first screen, and a host's first
//! three steps are ticked by what happens in the network.

use serde_json::json;
use tabchain_tests::browser::Screen;
use tabchain_tests::class::Class;

/// Where an element ends, in pixels from the top of the screen.
fn bottom_of(mark: &str) -> String {
    format!("document.querySelector('[data-test={mark}]').getBoundingClientRect().bottom")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_screen_of_a_phone_holds_what_this_is_and_the_one_thing_to_press() {
    let class = Class::of(&[]).await;
    let tab = class.browser.blank().await;
    tab.show_on(Screen::Phone).await;
    tab.go(&class.relay.url).await;
    tab.wait_value("mining-toggle", "there is something to press", |shown| shown.trim() == "Start mining").await;
    let text: String = tab.evaluate("document.querySelector('main').innerText".into()).await.expect("words");
    let what = text.find("checks every block itself").expect("it says what this is");
    assert!(what < text.find("Start mining").expect("the button"), "and then what to press");
    assert!(tab.evaluate::<f64>(bottom_of("mining-toggle")).await.expect("a place") < 500.0);
    // Nothing else on that screen asks for anything.
    let others = "[...document.querySelectorAll('main input, main select, main textarea')]
        .filter((it) => it.checkVisibility() && it.getBoundingClientRect().top < innerHeight).length";
    assert_eq!(tab.evaluate::<usize>(others.into()).await, Ok(0));
    tab.screenshot("first-minute-phone").await;
    tab.click("mining-toggle").await;
    tab.wait_value("agreement", "the person is asked first", |state| state == "open").await;
}

/// What is loaded behind (docs/decisions/0008-first-load.md) is not waited for by who mines, and comes at once when its code is called.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_hashes_while_the_rest_of_its_page_does_not_come_and_has_it_at_once_when_it_is_called() {
    let class = Class::of(&[]).await;
    let no_rest = "const all = window.fetch;
        window.fetch = (what, ...more) =>
            String(what).includes('_rest.wasm') ? Promise.reject(new TypeError('blocked')) : all(what, ...more);";
    let tab = class.browser.open_after(no_rest, &class.relay.link_to_mine("")).await;
    tab.wait_value("rest-is-late", "the page says that something is missing", |_| true).await;
    tab.wait_value("mining-toggle", "there is something to press", |shown| shown.trim() == "Start mining").await;
    tab.click("mining-toggle").await;
    tab.wait_value("hashrate", "it hashes", |rate| rate.parse::<f64>().is_ok_and(|rate| rate > 0.0)).await;
    // Another page is nothing that a first look needs.
    let press = "document.querySelector('nav a[href=\"/explore\"]').click(), true";
    tab.evaluate::<bool>(press.into()).await.expect("a link");
    tab.wait_value("search", "the explorer is shown", |_| true).await;
    let waited =
        "performance.getEntriesByName(new URL(document.querySelector('link[rel=preload][href$=\"_bg.wasm\"]').href
        .replace('_bg.wasm', '_rest.wasm')).href).some((entry) => entry.initiatorType === 'xmlhttprequest')";
    assert_eq!(tab.evaluate::<bool>(waited.into()).await, Ok(true), "its code came when it was called");
    tab.evaluate::<bool>("history.back(), true".into()).await.expect("a way back");
    tab.wait_value("tip-height", "what waited for the rest is shown", |_| true).await;
    assert!(tab.value("rest-is-late").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hosts_first_steps_are_ticked_by_the_network() {
    let mut class = Class::of(&[]).await;
    let watcher = class.browser.open(&format!("{}/control", class.relay.url)).await;
    watcher.wait_value("control-height", "the panel is there", |_| true).await;
    assert!(watcher.value("first-steps").await.is_err(), "who only watches has nothing to do");

    let panel = class.panel().await;
    let ticked = async |step: &str, what: &str| {
        panel.to_front().await;
        panel.wait_value(&format!("first-step-{step}"), what, |done| done == "true").await;
    };
    for step in ["share", "mine", "pay"] {
        assert_eq!(panel.value(&format!("first-step-{step}")).await.as_deref(), Ok("false"), "{step}");
    }
    panel.screenshot("first-minute-host").await;
    class.tabs.push(class.browser.open_node(&class.relay.link_to_mine("ada")).await);
    ticked("share", "somebody has joined").await;
    assert_eq!(panel.value("first-step-mine").await.as_deref(), Ok("false"));
    class.relay.mine_blocks("ada", 1).await;
    ticked("mine", "a block was found").await;
    assert_eq!(panel.value("first-step-pay").await.as_deref(), Ok("false"));
    let resident = class.relay.get("/status").await["node"]["node"].clone();
    let payment = json!({ "sender": "ada", "receiver": resident, "amount": 1 });
    let (status, sent) = class.relay.post("/new-transaction", &payment).await;
    assert!(status.is_success(), "{sent}");
    ticked("pay", "a payment was sent").await;

    panel.click("first-steps-close").await;
    assert!(panel.value("first-steps").await.is_err(), "read, and gone");
    panel.reload().await;
    panel.wait_value("control-state", "the panel steers again", |state| state == "steering").await;
    assert!(panel.value("first-steps").await.is_err(), "for good");
}
