//! The wallet on a node's page in a real Chromium: whom one pays and for which fee, and what becomes of a payment, told from the
//! node's own state.

use serde_json::json;
use tabchain_tests::browser::{Screen, Tab};
use tabchain_tests::class::Class;
use tabchain_tests::eventually;

async fn text(tab: &Tab, mark: &str) -> String {
    let script = format!("document.querySelector('[data-test=\"{mark}\"]')?.textContent ?? null");
    eventually(&format!("{mark} is there"), async || {
        tab.evaluate::<Option<String>>(script.clone()).await?.ok_or_else(|| "absent".to_owned())
    })
    .await
}

async fn payment(tab: &Tab, what: &str, state: &str) {
    tab.wait_value("payment", what, |value| value == state).await;
}

async fn address(tab: &Tab) -> String {
    tab.wait_value("address", "the node has an address", |address| address.starts_with("tab1")).await
}

/// A row of the address book or of the linked nodes is found by its name.
async fn press_in_row(tab: &Tab, row: &str, name: &str, label: &str) {
    let script = format!(
        "(() => {{ const row = [...document.querySelectorAll('[data-test={row}]')].find(row => row.textContent.includes({}));
           const button = [...(row?.querySelectorAll('button') ?? [])].find(b => b.textContent.trim() === {});
           button?.click(); return button !== undefined; }})()",
        json!(name),
        json!(label)
    );
    eventually(&format!("{label} beside {name}"), async || {
        if tab.evaluate::<bool>(script.clone()).await? { Ok(()) } else { Err("not there".to_owned()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_chosen_by_name_and_fee_and_replaced_and_confirmed() {
    let class = Class::of(&["ada", "bob"]).await;
    let (ada, bob) = (&class.tabs[0], &class.tabs[1]);
    class.relay.mine_blocks("ada", 1).await;
    class.wait_for_relays_tip().await;

    press_in_row(ada, "peer", "bob", "Send to …").await;
    ada.wait_value("pay-to", "bob is chosen", |to| to == "bob").await;
    ada.fill("pay-amount", "5").await;
    ada.click("fee-cheapest").await;
    ada.click("pay-send").await;
    payment(ada, "the payment waits", "waiting").await;
    payment(bob, "it waits at its recipient's, too", "waiting").await;
    // A page that nobody looks at does not ask who mines.
    ada.to_front().await;
    let told = |told: &str| told == "Waits for a block, and nobody mines now. Fee 0.00000147 TAB.";
    ada.wait_value("payment-told", "it waits in vain, and says so", told).await;

    ada.fill("raise-fee", "0.00000148").await;
    ada.click("raise-send").await;
    ada.wait_value("raise-answer", "too low a fee is refused", |answer| {
        answer.contains("another payment has this number")
    })
    .await;
    ada.fill("raise-fee", "0.25").await;
    ada.click("raise-send").await;
    for tab in [ada, bob] {
        eventually("the dearer one takes its place", async || {
            let waiting = text(tab, "mempool-size").await;
            let fee: String = tab.evaluate("document.querySelector('.mempool li')?.textContent ?? ''".into()).await?;
            if waiting == "1" && fee.contains("fee 0.25") { Ok(()) } else { Err(format!("{waiting}: {fee}")) }
        })
        .await;
    }
    let told =
        |told: &str| told.ends_with("Fee 0.25 TAB. Took the place of the same payment with a fee of 0.00000147 TAB.");
    ada.wait_value("payment-told", "the row tells what it has replaced", told).await;
    ada.reload().await;
    ada.wait_connected().await;
    ada.wait_value("payment-told", "also after a reload", told).await;
    for confirmations in 1..=2 {
        class.relay.mine_blocks("bob", 1).await;
        for tab in [ada, bob] {
            payment(tab, "blocks confirm it", &format!("confirmed {confirmations}")).await;
        }
    }
    ada.screenshot("wallet").await;
    ada.show_on(Screen::Phone).await;
    ada.screenshot("wallet-phone").await;
    let overflow: f64 =
        ada.evaluate("document.documentElement.scrollWidth - innerWidth".into()).await.expect("a number");
    assert!(overflow <= 0.0, "{overflow} px stand over the edge of a phone");
}

/// Whose block lost sees the payment wait again, in words, until a block of the better chain holds it.
#[tokio::test(flavor = "multi_thread")]
async fn a_payment_returns_when_its_block_loses() {
    let class = Class::of(&["ada", "bob"]).await;
    let ada = &class.tabs[0];
    class.relay.mine_blocks("ada", 1).await;
    class.wait_for_relays_tip().await;
    class.relay.mine(&json!({ "nodes": ["ada"], "hashrate_limit": 2 })).await;
    ada.click("offline-toggle").await;
    ada.wait_value("network-state", "ada is alone", |state| state == "offline").await;
    ada.fill("pay-to", &address(&class.tabs[1]).await).await;
    ada.fill("pay-amount", "3").await;
    ada.click("pay-send").await;
    ada.wait_value("payment", "ada mines it herself", |state| state.starts_with("confirmed")).await;
    ada.click("mining-toggle").await;
    ada.wait_value("hashrate", "she rests", |rate| rate.parse::<f64>() == Ok(0.0)).await;
    let alone: u64 = ada.value("tip-height").await.expect("a height").parse().expect("a number");
    class.relay.mine_blocks("bob", alone + 2 - class.relay.height().await).await;
    ada.click("offline-toggle").await;
    payment(ada, "the payment waits again", "returned").await;
    assert!(text(ada, "payment-told").await.contains("lost to a longer chain"));
    ada.screenshot("wallet-returned").await;
    class.relay.wait_for_mempool("bob", 1).await;
    class.relay.mine_blocks("bob", 1).await;
    payment(ada, "the better chain holds it", "confirmed 1").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_book_and_the_key_survive_in_a_file() {
    let class = Class::of(&["ada", "bob"]).await;
    let ada = &class.tabs[0];
    let somebody = "tab1";
    ada.click("contacts-open").await;
    press_in_row(ada, "contact", "bob", "Save").await;
    ada.wait_value("contacts-answer", "bob is saved", |answer| answer.contains("bob is in the address book")).await;
    ada.fill("contact-name", "Grandma").await;
    ada.fill("contact-address", somebody).await;
    ada.click("contact-add").await;
    ada.wait_value("contacts-answer", "a senseless address is refused", |answer| answer.contains("will not arrive"))
        .await;
    // A node that is gone is still in the book.
    class.tabs[1].go("about:blank").await;
    ada.reload().await;
    ada.wait_connected().await;
    class.relay.wait_for_nodes(2).await;
    ada.click("contacts-open").await;
    press_in_row(ada, "contact", "bob", "Send to …").await;
    ada.wait_value("pay-to", "bob's address is chosen", |to| to.starts_with("tab1")).await;

    ada.click("show-phrase").await;
    let (kind, file) = ada.download("export-wallet").await;
    assert_eq!(kind, "application/json");
    let wallet: serde_json::Value = serde_json::from_slice(&file).expect("JSON");
    assert_eq!((&wallet["name"], &wallet["contacts"][0]["name"]), (&json!("ada"), &json!("bob")));
    let phrase = ada.value("phrase").await.expect("24 words");
    assert_eq!(wallet["phrase"], phrase.as_str());

    // Another browser's node becomes ada by that file.
    let other = tabchain_tests::browser::Browser::launch().await;
    let carol = other.open_node(&format!("{}/?node=carol", class.relay.url)).await;
    let drop_file = format!(
        "(() => {{ const input = document.querySelector('[data-test=import-wallet]'); const files = new DataTransfer();
           if (!input) return false;
           files.items.add(new File([{}], 'tabchain-wallet.json', {{ type: 'application/json' }})); input.files = files.files;
           input.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()",
        json!(String::from_utf8(file).expect("text"))
    );
    carol.click("restore-open").await;
    eventually("carol's page takes the file", async || {
        if carol.evaluate::<bool>(drop_file.clone()).await? {
            Ok(())
        } else {
            Err("it does not ask for one yet".to_owned())
        }
    })
    .await;
    carol.wait_value("restore-phrase", "the words are filled in", |words| words == phrase).await;
    let adas = address(ada).await;
    ada.go("about:blank").await;
    carol.click("restore").await;
    carol.click("restore-yes").await;
    carol.wait_value("address", "carol has ada's key", |address| address == adas).await;
    carol.click("contacts-open").await;
    carol.wait_value("contact", "and her address book", |name| name == "bob").await;
}
