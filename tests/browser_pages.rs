//! The pages in a real Chromium under the headers that they are served with: nothing that they need is forbidden to them, and
//! calls can be tried at `/docs` without anything from elsewhere.

use tabchain_tests::browser::{Browser, LAN_HOST, Tab};
use tabchain_tests::eventually;
use tabchain_tests::process::{RelayProcess, TOKEN};

/// Keeps whatever the page's policy forbids.
const KEEP_VIOLATIONS: &str = "window.violations = []; document.addEventListener('securitypolicyviolation', \
     (event) => window.violations.push(`${event.violatedDirective} ${event.blockedURI}`));";

async fn assert_no_violations(tab: &Tab, what: &str) {
    let violations: Vec<String> = tab.evaluate("window.violations".into()).await.expect("the script ran first");
    assert!(violations.is_empty(), "{what}: {violations:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_forbids_nothing_that_the_pages_need() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let url = format!("http://{LAN_HOST}:{}", relay.port);

    // The node's workers, its WebSocket and its miners are all under the policy.
    let node = browser.open_after(KEEP_VIOLATIONS, &format!("{url}/?mine")).await;
    node.wait_connected().await;
    relay.wait_for_nodes(2).await;
    assert_no_violations(&node, "a node's page").await;
    let control = browser.open_after(KEEP_VIOLATIONS, &format!("{url}/control#token={TOKEN}")).await;
    eventually("the panel lists the nodes", async || {
        let text: String = control.evaluate("document.body.innerText".into()).await?;
        if text.contains("Links") { Ok(()) } else { Err(text) }
    })
    .await;
    assert_no_violations(&control, "the control panel").await;

    let docs = browser.open_after(KEEP_VIOLATIONS, &format!("{url}/docs#token={TOKEN}")).await;
    eventually("every call is shown", async || {
        let calls: usize = docs.evaluate("document.querySelectorAll('.opblock').length".into()).await?;
        if calls >= 28 { Ok(()) } else { Err(format!("{calls} calls")) }
    })
    .await;
    let hash: String = docs.evaluate("location.hash".into()).await.expect("a text");
    assert!(!hash.contains(TOKEN), "the token is out of the address bar: {hash}");
    assert_no_violations(&docs, "the page for trying calls").await;
    docs.screenshot("docs").await;
}
