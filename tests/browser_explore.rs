//! The explorer in a real Chromium: what it shows is what it has computed, and a changed byte breaks what it should.

use serde_json::json;
use tabchain_tests::browser::Tab;
use tabchain_tests::class::Class;
use tabchain_tests::eventually;

async fn find(tab: &Tab, text: &str) {
    tab.fill("search", text).await;
    tab.click("search-go").await;
}

/// Presses the byte at a place of the block.
async fn press(tab: &Tab, at: usize) {
    eventually("the byte can be pressed", async || {
        let script =
            format!("(() => {{ const b = document.getElementById('byte-{at}'); b?.click(); return b !== null; }})()");
        if tab.evaluate(script).await? { Ok(()) } else { Err("there is no such byte".to_owned()) }
    })
    .await;
}

async fn broken_rules(tab: &Tab, what: &str, wanted: impl Fn(usize) -> bool) {
    tab.wait_value("rulings", what, |count| count.parse().is_ok_and(&wanted)).await;
}

async fn text(tab: &Tab) -> String {
    tab.evaluate("document.body.innerText".into()).await.expect("a page has text")
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_are_judged_where_they_are_shown_and_a_changed_byte_breaks_its_rule() {
    let class = Class::of(&["ada"]).await;
    class.relay.mine_itself(2).await;
    let resident = class.relay.get("/status").await["node"]["node"].clone();
    let payment = json!({ "sender": resident, "receiver": "ada", "amount": 5 });
    let (status, sent) = class.relay.post("/new-transaction", &payment).await;
    assert!(status.is_success(), "{sent}");
    class.relay.mine_itself(1).await;
    class.wait_for_relays_tip().await;
    let block = class.relay.get("/blocks/3").await;
    assert_eq!(block["transaction_count"], 2, "the payment is in block 3");

    let tab = class.browser.open(&format!("{}/explore", class.relay.url)).await;
    find(&tab, "3").await;
    let hash = tab.wait_value("block-hash", "the block is shown", |hash| !hash.is_empty()).await;
    assert_eq!(block["hash"], hash.as_str());
    broken_rules(&tab, "an honest block breaks nothing", |count| count == 0).await;
    tab.screenshot("explore-block").await;

    // A byte of the date, above which nothing else is changed.
    press(&tab, 70).await;
    tab.wait_value("ladder", "what it does is told", |changed| changed == "true").await;
    tab.click("undo").await;
    broken_rules(&tab, "all is as it was", |count| count == 0).await;

    // A letter of the miner's name; then what a forger would do about it.
    tab.fill("part", "coinbase").await;
    press(&tab, 81 + 35).await;
    broken_rules(&tab, "the body is not the header's any more", |count| count == 1).await;
    assert!(text(&tab).await.contains("Bad-merkle-root"));
    tab.screenshot("explore-tampered").await;
    tab.click("fix-root").await;
    eventually("the forger has a block of its own", async || {
        let count = tab.value("rulings").await?;
        if count == "0" {
            return Ok(());
        }
        // Every second hash is none; then it takes work.
        tab.evaluate::<bool>("document.querySelector('[data-test=mine-again]:not(:disabled)')?.click(); true".into())
            .await?;
        Err(count)
    })
    .await;
    assert!(text(&tab).await.contains("a rival of the tip"));

    // The payment: its signature, its way up to the Merkle root, and who got it.
    let txid = sent["txid"].as_str().expect("a payment has a name");
    find(&tab, txid).await;
    tab.wait_value("signature", "the signature is checked", |words| words.starts_with("valid")).await;
    tab.click("next-hash").await;
    tab.wait_value("proof", "the proof holds", |holds| holds == "true").await;
    tab.screenshot("explore-transaction").await;
    let ada = class.relay.peer("ada").await.expect("ada is here");
    find(&tab, ada["address"].as_str().expect("an address")).await;
    tab.wait_value("account-balance", "five coins came", |coins| coins == "5 TAB").await;

    // What people have: the end of a hash as pages show it, and a name.
    find(&tab, &hash[hash.len() - 8..]).await;
    tab.wait_value("block-hash", "the block whose hash ends so", |found| found == hash).await;
    find(&tab, &txid[txid.len() - 8..]).await;
    tab.wait_value("signature", "the transaction whose txid ends so", |words| words.starts_with("valid")).await;
    find(&tab, "Ada").await;
    tab.wait_value("account-balance", "the account of that node", |coins| coins == "5 TAB").await;

    find(&tab, "no such thing").await;
    eventually("a mistake is answered", async || {
        let text = text(&tab).await;
        if text.contains("“no such thing” is no height") { Ok(()) } else { Err(text) }
    })
    .await;
}

/// Typing and arrows do what a hand does with the mouse.
#[tokio::test(flavor = "multi_thread")]
async fn bytes_are_changed_by_keyboard() {
    let class = Class::of(&[]).await;
    class.relay.mine_itself(1).await;
    let tab = class.browser.open(&format!("{}/explore/block/1", class.relay.url)).await;
    tab.wait_value("block-hash", "the block is shown", |hash| !hash.is_empty()).await;
    let keys = "(() => { document.getElementById('byte-0').focus();
        for (const key of ['ArrowDown', 'ArrowRight', 'a', 'b'])
            document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        return document.activeElement.id; })()";
    let focused: String = tab.evaluate(keys.into()).await.expect("the focus is on a byte");
    assert_eq!(focused, "byte-5", "one field down, one byte on");
    eventually("two digits make a byte", async || {
        let byte: String = tab.evaluate("document.getElementById('byte-5').textContent.trim()".into()).await?;
        if byte == "ab" { Ok(()) } else { Err(byte) }
    })
    .await;
    broken_rules(&tab, "the parent is another one", |count| count >= 1).await;
    assert!(text(&tab).await.contains("Unknown-parent"));
}
