//! What a tab keeps in its browser, in a real Chromium: across a reload in the middle of a sync, when there is no more room, and
//! when the browser or its person has cleared it.

use std::cell::RefCell;

use serde_json::json;
use tabchain_shared::wire::{InventoryItem, Message};
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::devtools::DevTools;
use tabchain_tests::long_chain::LongChain;
use tabchain_tests::process::RelayProcess;
use tabchain_tests::{eventually, wiretap};

/// A relay that has been running for long.
fn relay_with(chain: &LongChain) -> (tempfile::TempDir, RelayProcess) {
    let data = tempfile::tempdir().expect("a data folder");
    chain.write(data.path());
    let relay = RelayProcess::start(data.path(), 0, &[]);
    (data, relay)
}

async fn height(tab: &Tab) -> Result<u32, String> {
    tab.value("tip-height").await?.parse().map_err(|_| "no height yet".to_owned())
}

async fn wait_for_height(tab: &Tab, wanted: u32) -> u32 {
    eventually(&format!("the tab is at height {wanted}"), async || {
        let height = height(tab).await?;
        if height >= wanted { Ok(height) } else { Err(format!("at {height}")) }
    })
    .await
}

async fn address(tab: &Tab) -> String {
    tab.wait_value("address", "the tab has an address", |address| address.starts_with("tab1")).await
}

/// What a person does with the page's buttons is done at once, whatever the node is about.
async fn rename(tab: &Tab, name: &str) {
    tab.fill("name-field", name).await;
    tab.click("save-name").await;
    tab.wait_value("name", "the node has its new name", |shown| shown == name).await;
}

/// The page's address for a node, after which developer tools listen to what its worker says from its first line on.
async fn open_and_listen(browser: &Browser, tab: &Tab, url: &str) -> (DevTools, tabchain_tests::devtools::Worker) {
    let mut devtools = DevTools::attach(browser, tab, true).await;
    tab.go(url).await;
    let worker = devtools.worker("node_worker").await;
    wiretap::listen(&mut devtools, &worker).await;
    devtools.release(&worker).await;
    (devtools, worker)
}

fn bodies_asked_for(messages: &[Message]) -> usize {
    let asked = messages.iter().filter_map(|message| match message {
        Message::GetData(items) => Some(items.iter().filter(|item| matches!(item, InventoryItem::Block(_))).count()),
        _ => None,
    });
    asked.sum()
}

/// CASES 90: a reload in the middle of a sync goes on from what is stored. All the while the page says how far it is, and answers.
#[tokio::test(flavor = "multi_thread")]
async fn a_reload_in_mid_sync_goes_on_from_what_is_stored() {
    const BLOCKS: u32 = 4_000;
    let (_data, relay) = relay_with(&LongChain::on_regtest(BLOCKS, 10));
    let browser = Browser::launch().await;
    let tab = browser.open(&relay.url).await;
    wait_for_height(&tab, 200).await;
    rename(&tab, "newcomer").await;
    let progress =
        tab.evaluate::<String>("document.querySelector('[data-test=sync-state]').textContent".to_owned()).await;
    let progress = progress.expect("the page answers");
    assert!(progress.starts_with("Catching up: ") && progress.ends_with("blocks"), "{progress}");
    let before = wait_for_height(&tab, 1_000).await;
    assert!(before < BLOCKS, "the sync was over before the reload: make the chain longer");

    tab.go("about:blank").await;
    relay.wait_for_nodes(1).await;
    let (mut devtools, worker) = open_and_listen(&browser, &tab, &relay.url).await;
    // Every height that the page shows until it is done, in the order in which they are shown.
    let shown = RefCell::new(Vec::new());
    eventually("the tab has the whole chain", async || {
        let height = height(&tab).await?;
        shown.borrow_mut().push(height);
        if height == BLOCKS { Ok(()) } else { Err(format!("at {height}")) }
    })
    .await;
    assert!(shown.borrow().is_sorted(), "{shown:?}");
    assert_eq!(tab.value("name").await, Ok("newcomer".to_owned()));
    let asked = bodies_asked_for(&wiretap::heard(&mut devtools, &worker).await.messages);
    // What was on its way into the database when the page went away is fetched once more.
    assert!(
        asked <= (BLOCKS - before + 300) as usize,
        "{asked} bodies asked for, after {before} of {BLOCKS} were here"
    );
    assert!(asked > 0);
}

/// CASES 92: a browser without room. The node goes on, the page says so, blocks from before are still read, and after a reload
/// with room everything is as it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_browser_keeps_what_it_has_and_says_so() {
    // The fork is below what memory holds, so the better chain is reached through blocks that only the database has.
    let ours = LongChain::on_regtest(2_000, 10);
    let (_data, mut relay) = relay_with(&ours);
    let browser = Browser::launch().await;
    let tab = browser.blank().await;
    let mut devtools = DevTools::attach(&browser, &tab, false).await;
    // For two thirds of the chain, of which a block has two kilobytes.
    let little_room = json!({ "origin": relay.url, "quotaSize": 2_800_000 });
    devtools.on_page("Storage.overrideQuotaForOrigin", little_room).await;
    tab.go(&relay.url).await;
    let key = address(&tab).await;
    let told = |words: &str| words.contains("storage is full") && words.contains("its key is kept");
    tab.wait_value("unsaved", "the page says that nothing more is saved", told).await;
    let stored_at_most = wait_for_height(&tab, 0).await;
    assert!(stored_at_most > 1_100, "so early that memory holds every block: {stored_at_most}");
    wait_for_height(&tab, 2_000).await;

    relay.kill();
    let (_rival_data, rival) = {
        let data = tempfile::tempdir().expect("a data folder");
        LongChain { blocks: 2_050, forks_after: Some(50), ..ours }.write(data.path());
        let relay = RelayProcess::start(data.path(), relay.port, &[]);
        (data, relay)
    };
    let tip = rival.tip().await;
    tab.wait_value("tip-hash", "the tab follows the better chain", |hash| hash == tip).await;

    devtools.on_page("Storage.overrideQuotaForOrigin", json!({ "origin": rival.url })).await;
    tab.reload().await;
    tab.wait_value("tip-hash", "the chain is complete again", |hash| hash == tip).await;
    assert_eq!(address(&tab).await, key, "its key was kept");
    let nothing_to_say = async || tab.value("unsaved").await.map_or(Ok(()), Err);
    eventually("everything is saved", nothing_to_say).await;
}

/// CASES 93: cleared while the tab runs. The node goes on, its key is saved again, and a reload fetches the chain anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_whose_storage_is_cleared_keeps_its_key() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    relay.mine_itself(5).await;
    let browser = Browser::launch().await;
    let tab = browser.open_node(&format!("{}/?node=ada", relay.url)).await;
    wait_for_height(&tab, 5).await;
    let key = address(&tab).await;
    clear(&browser, &tab, &relay).await;
    let told = |words: &str| words.contains("has cleared") && words.contains("its key is kept");
    tab.wait_value("unsaved", "the page says what happened", told).await;
    relay.mine_itself(1).await;
    wait_for_height(&tab, 6).await;
    tab.reload().await;
    wait_for_height(&tab, 6).await;
    assert_eq!(address(&tab).await, key);
}

/// CASES 93: cleared between two visits. The tab is another node then, until its person gives it the words that were written
/// down.
#[tokio::test(flavor = "multi_thread")]
async fn a_written_down_key_comes_back() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &[]);
    let browser = Browser::launch().await;
    let link = relay.link_to_mine("ada");
    let tab = browser.open_node(&link).await;
    relay.mine_blocks("ada", 2).await;
    tab.wait_value("balance", "the tab has money", |coins| coins == "100").await;
    let key = address(&tab).await;
    tab.click("show-phrase").await;
    let phrase = tab.wait_value("phrase", "24 words", |phrase| phrase.split(' ').count() == 24).await;
    tab.screenshot("recovery-phrase").await;

    tab.go("about:blank").await;
    relay.wait_for_nodes(1).await;
    clear(&browser, &tab, &relay).await;
    tab.go(&link).await;
    tab.wait_connected().await;
    assert_ne!(address(&tab).await, key, "another key, and no money");
    let wrong = phrase.rsplit_once(' ').expect("24 words").0.to_owned() + " tabchain";
    tab.fill("restore-phrase", &wrong).await;
    tab.click("restore").await;
    tab.wait_value("restore-at-stake", "the person is asked first", |words| words.contains("holds no money")).await;
    tab.click("restore-yes").await;
    let named = |words: &str| words.contains("word 24, “tabchain”");
    tab.wait_value("restore-answer", "the wrong word is named", named).await;
    tab.fill("restore-phrase", &phrase).await;
    tab.click("restore").await;
    tab.click("restore-no").await;
    assert_ne!(address(&tab).await, key, "nothing has happened yet");
    tab.click("restore").await;
    tab.click("restore-yes").await;
    tab.wait_value("address", "the key is back", |address| address == key).await;
    tab.wait_value("balance", "and with it the money", |coins| coins == "100").await;
}

async fn clear(browser: &Browser, tab: &Tab, relay: &RelayProcess) {
    let mut devtools = DevTools::attach(browser, tab, false).await;
    let everything = json!({ "origin": relay.url, "storageTypes": "all" });
    devtools.on_page("Storage.clearDataForOrigin", everything).await;
}
