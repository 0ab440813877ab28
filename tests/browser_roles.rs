//! Roles that the host gives to tabs, in a real Chromium against a real relay process: what the others see of a dishonest tab, what
//! its own page says, and what comes of it beside what the literature says.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::class::{Class, wait_for_one_tip};
use tabchain_tests::network_file::{self, MET_IN_64_HASHES};
use tabchain_tests::process::{RelayProcess, TOKEN};
use tabchain_tests::{eventually, eventually_within};
use tempfile::TempDir;

/// Hashes a second of each tab before limits are set for a share: a block in 1.6 seconds, so that few are stale by chance.
const HASHRATE: f64 = 40.0;
/// A minute's shares, with which a proven rate is off by less than 3 %.
const SHARES: u64 = 1_200;
const PATIENCE: Duration = Duration::from_mins(5);
/// Of the chain, in which the selfish miner's part is counted.
const BLOCKS: u64 = 60;

struct Network {
    _data: TempDir,
    relay: RelayProcess,
    browser: Browser,
    tabs: Vec<Tab>,
}

impl Network {
    /// A tab for each name; all of them mine.
    async fn mining(names: &[&str]) -> Self {
        let data = tempfile::tempdir().expect("a data folder");
        let network = network_file::write(data.path(), Algorithm::Sha256d, MET_IN_64_HASHES);
        let relay = RelayProcess::start(data.path(), 0, &["--network", &network, "--topology", "mesh"]);
        let browser = Browser::launch().await;
        let mut tabs = Vec::new();
        for name in names {
            tabs.push(browser.open_node(&relay.link_to_mine(name)).await);
        }
        relay.wait_for_nodes(names.len() + 1).await;
        relay.mine(&json!({ "nodes": names, "hashrate_limit": HASHRATE })).await;
        Self { _data: data, relay, browser, tabs }
    }

    async fn wait_for_proof(&self, names: &[&str]) {
        for name in names {
            eventually_within(PATIENCE, &format!("{name} has proved how fast it is"), async || {
                let peer = self.relay.peer(name).await.ok_or("absent")?;
                let is_enough = peer["proven_shares"].as_u64().is_some_and(|shares| shares >= SHARES);
                if is_enough { Ok(()) } else { Err(peer["proven_shares"].to_string()) }
            })
            .await;
        }
    }

    async fn live(&self) -> Tab {
        let live = self.browser.open(&format!("{}/lab/live#token={TOKEN}", self.relay.url)).await;
        live.to_front().await;
        live
    }

    /// A node tells of its part a moment after it has taken it.
    async fn wait_for_role(&self, name: &str, wanted: &Value) {
        eventually(&format!("everybody sees what {name} plays"), async || {
            let role = self.relay.peer(name).await.ok_or("absent")?["role"].clone();
            if role == *wanted { Ok(()) } else { Err(role.to_string()) }
        })
        .await;
    }

    async fn wait_for_limit(&self, name: &str, wanted: f64) {
        eventually(&format!("{name} keeps to {wanted} hashes a second"), async || {
            let limit = self.relay.peer(name).await.ok_or("absent")?["limit"].clone();
            if limit == json!({ "hashes-per-second": wanted }) { Ok(()) } else { Err(limit.to_string()) }
        })
        .await;
    }

    /// Of all that nodes prove.
    async fn proven_share(&self, name: &str) -> f64 {
        let peers = self.relay.get("/peers").await;
        let rates: Vec<(bool, f64)> = peers
            .as_array()
            .expect("a list")
            .iter()
            .map(|peer| (peer["name"] == name, peer["proven_hashrate"].as_f64().unwrap_or(0.0)))
            .collect();
        let own: f64 = rates.iter().filter(|(is_own, _)| *is_own).map(|(_, rate)| rate).sum();
        own / rates.iter().map(|(_, rate)| rate).sum::<f64>()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_selfish_tab_hides_its_blocks_and_everybody_knows_what_it_plays() {
    let names = ["alice", "bob", "carol", "dave", "eve"];
    let network = Network::mining(&names).await;
    let (relay, eve) = (&network.relay, &network.tabs[4]);
    network.wait_for_proof(&names).await;
    let live = network.live().await;
    live.fill("live-node", "eve").await;
    live.fill("live-percent", "40").await;
    live.click("live-start").await;
    live.wait_value("live-state", "she plays", |state| state == "running").await;

    // Everybody is told what she plays, and what she hides nobody but her own person.
    network.wait_for_role("eve", &json!({ "plays": "selfish" })).await;
    eve.wait_value("plays", "her page says it", |text| text.contains("selfish miner")).await;
    let hidden = eventually("she has a block that nobody else has", async || {
        let tip = eve.value("tip-hash").await?;
        let status = relay.status(&format!("/blocks/{tip}")).await;
        let told = relay.peer("eve").await.ok_or("absent")?;
        if status == StatusCode::NOT_FOUND && told["tip"] != tip.as_str() { Ok(tip) } else { Err(status.to_string()) }
    })
    .await;
    println!("hidden for a while: {hidden}");
    let panel = network.browser.open(&format!("{}/control", relay.url)).await;
    panel.to_front().await;
    panel.wait_value("node-role", "a guest's panel says it, too", |text| text == "selfish miner").await;
    panel.wait_value("limit-in-force", "and that the others are slowed down", |text| text.contains("5 nodes")).await;
    panel.screenshot("roles-panel").await;

    // Her work shows although what she works on does not.
    live.to_front().await;
    eventually_within(PATIENCE, "she proves the share that was set", async || {
        let share = network.proven_share("eve").await;
        if (0.34..0.46).contains(&share) { Ok(()) } else { Err(share.to_string()) }
    })
    .await;
    eventually_within(PATIENCE, "there are blocks to count", async || {
        let blocks = blocks(&live).await?;
        if blocks >= BLOCKS { Ok(()) } else { Err(blocks.to_string()) }
    })
    .await;
    // A page that is loaded again goes on counting where it was.
    let counted = blocks(&live).await.expect("it counts");
    live.reload().await;
    live.to_front().await;
    eventually("the page takes the run up again", async || {
        let blocks = blocks(&live).await?;
        if blocks >= counted { Ok(()) } else { Err(format!("{blocks} of {counted}")) }
    })
    .await;
    // What was proven before the limits were set counts for nothing.
    live.wait_value("live-fair", "she has proven a share since", |share| share.parse::<f64>().is_ok()).await;
    assert_eq!(relay.peer("eve").await.expect("still there")["claim_doubted"], false);
    assert_eq!(relay.get("/status").await["switchboard"]["shares"]["forged"], 0);
    live.click("live-start").await;
    live.wait_value("live-state", "it ends", |state| state == "over").await;
    let marks = ["live-plays", "live-enforced", "live-fair", "live-observed", "live-band", "live-theory", "live-gamma"];
    for mark in marks.into_iter().chain(["live-so-far", "live-verdict"]) {
        let text = live.value(mark).await.expect("it is shown");
        println!("{mark}: {text}");
        assert!(text.chars().any(|c| c.is_ascii_alphanumeric()), "{mark}: {text}");
    }
    assert_eq!(live.value("live-enforced").await.as_deref(), Ok("40 %"));
    live.screenshot("roles-live").await;
    // The others were slowed down for it alone.
    for name in &names[..4] {
        network.wait_for_limit(name, HASHRATE).await;
    }
    panel.to_front().await;
    panel.wait_value("limit-in-force", "the panel says what there was before", |text| text.contains("40.0 H/s")).await;
    live.to_front().await;

    // Honest again, she shows all.
    network.wait_for_role("eve", &json!({ "plays": "honest" })).await;
    relay.stop_mining_on_one_chain("alice").await;
    wait_for_one_tip(&network.tabs.iter().collect::<Vec<_>>(), BLOCKS).await;
    eventually("she plays no more", async || eve.value("plays").await.map_or(Ok(()), Err)).await;
    // By a table as well, and a reload makes a tab honest.
    live.fill("live-node", "eve").await;
    live.fill("live-percent", "").await;
    live.fill("live-rules", "optimal-0.4-0.5").await;
    live.click("live-start").await;
    network.wait_for_role("eve", &json!({ "plays": "withholder", "table": "optimal-0.4-0.5" })).await;
    live.wait_value("live-plays", "the page says by what rules", |text| text.contains("40 %")).await;
    eve.wait_value("plays", "she plays again", |text| text.contains("as a table says") && text.contains("0 blocks"))
        .await;
    eve.reload().await;
    eve.wait_connected().await;
    network.wait_for_role("eve", &json!({ "plays": "honest" })).await;
}

/// In a parted network the relay asks those for their chains who follow blocks that its node does not have. Whoever hides some is asked,
/// too, and shows none.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_selfish_tab_hides_is_not_shown_to_the_host_either() {
    let class = Class::of(&["ada", "eve"]).await;
    let (relay, eve) = (&class.relay, &class.tabs[1]);
    let order = async |method: Method, path: &str, body: Value| {
        let (status, answer) = relay.call(method, path, &body).await;
        assert!(status.is_success(), "{path}: {answer}");
    };
    let mine = async |name: &str, blocks: u32| {
        relay.mine(&json!({ "nodes": [name], "blocks": blocks, "hashrate_limit": 20 })).await;
    };
    // Of the blocks that the relay's node does not have, those that a node of this name has mined.
    let shown = async |name: &str| {
        let tree = relay.get("/tree").await;
        let is_its = |block: &&Value| {
            let miner = block["miner"].as_u64().and_then(|place| usize::try_from(place).ok());
            block["elsewhere"] == true && miner.is_some_and(|place| tree["miners"][place]["name"] == name)
        };
        tree["blocks"].as_array().expect("a list").iter().filter(is_its).count()
    };
    order(Method::PUT, "/partition", json!({ "groups": [["ada"], ["eve"]] })).await;
    mine("eve", 1).await;
    eventually("eve says that she is elsewhere", async || {
        let told = relay.peer("eve").await.ok_or("absent")?;
        if told["height"] == 1 { Ok(()) } else { Err(told.to_string()) }
    })
    .await;
    order(Method::PUT, "/peers/eve/role", json!({ "plays": "selfish" })).await;
    mine("eve", 3).await;
    eve.wait_value("plays", "she hides three", |text| text.contains("3 blocks")).await;
    // Nobody is asked at the first look at which it is elsewhere: when ada has been, so has eve.
    mine("ada", 1).await;
    eventually("ada's block is shown", async || match shown("ada").await {
        1 => Ok(()),
        count => Err(count.to_string()),
    })
    .await;
    let seen = shown("eve").await;
    assert!(seen <= 1, "{seen} of eve's blocks are shown: one, at the most, from before she hid any");

    order(Method::PUT, "/peers/eve/role", json!({ "plays": "honest" })).await;
    eventually("honest again, she shows all", async || match shown("eve").await {
        4 => Ok(()),
        count => Err(count.to_string()),
    })
    .await;
}

/// How many the page has counted.
async fn blocks(live: &Tab) -> Result<u64, String> {
    let blocks = live.attribute("live-observed", "blocks").await?;
    blocks.parse().map_err(|_| blocks)
}

/// With most of the work an attacker is sure to succeed in the end, against one confirmation.
#[tokio::test(flavor = "multi_thread")]
async fn a_merchant_that_waits_for_one_confirmation_is_robbed() {
    let names = ["alice", "bob", "carol"];
    let network = Network::mining(&names).await;
    let (relay, merchant, attacker) = (&network.relay, &network.tabs[0], &network.tabs[1]);
    network.wait_for_proof(&names).await;
    let live = network.live().await;
    live.fill("shop-merchant", "alice").await;
    live.fill("shop-attacker", "bob").await;
    live.fill("shop-confirmations", "1").await;
    live.fill("shop-percent", "70").await;
    live.click("shop-start").await;
    live.wait_value("shop-state", "the shop is open", |state| state == "open").await;
    merchant.wait_value("plays", "the merchant is told", |text| text.contains("after 1 confirmation")).await;
    attacker.wait_value("plays", "the attacker is told", |text| text.contains("double-spender")).await;
    network.wait_for_role("alice", &json!({ "plays": "merchant", "confirmations": 1 })).await;

    let robbed = eventually_within(PATIENCE, "the merchant has lost what was paid for delivered goods", async || {
        let lost = live.value("shop-score").await?;
        if lost.parse().is_ok_and(|lost: u64| lost >= 3) { Ok(lost) } else { Err(lost) }
    })
    .await;
    println!("lost after delivery: {robbed}");
    live.screenshot("roles-shop").await;
    for mark in ["shop-share", "shop-delivered", "shop-score", "shop-band", "shop-theory", "shop-verdict"] {
        // Theory waits for a share that is proven.
        let is_told = |text: &str| text.chars().any(|c| c.is_ascii_alphanumeric());
        live.wait_value(mark, "it is told", is_told).await;
    }
    // Its own node judges, and the chain says the same: paid once for each sale that it kept, not for each that it delivered. Nobody finds
    // a block while they are compared.
    relay.mine(&json!({ "action": "stop" })).await;
    relay.wait_until_nobody_mines().await;
    let (address, delivered, lost) =
        eventually("the page shows what the merchant says of the relay's chain", async || {
            let height = relay.height().await;
            let alice = relay.peer("alice").await.ok_or("absent")?;
            let number = async |mark: &str| live.value(mark).await?.parse::<u64>().map_err(|error| error.to_string());
            let (delivered, lost) = (number("shop-delivered").await?, number("shop-score").await?);
            let is_shown = alice["score"] == json!({ "trials": delivered, "successes": lost });
            if is_shown && alice["height"] == height {
                Ok((alice["address"].clone(), delivered, lost))
            } else {
                Err(alice.to_string())
            }
        })
        .await;
    let address = address.as_str().expect("an address");
    let account = relay.get(&format!("/accounts/{address}?limit=100")).await;
    let paid = account["history"].as_array().expect("a list").iter().filter(|entry| is_sale(entry, address)).count();
    println!("delivered {delivered}, lost {lost}; {paid} payments are on the relay's chain");
    // Of two blocks that were found at once, the relay may have another than the merchant.
    assert!((paid as u64).abs_diff(delivered - lost) <= 1, "{account}");
    live.click("shop-start").await;
    live.wait_value("shop-state", "the shop closes", |state| state == "over").await;

    // On the sight of a payment: now each block that the attacker has found before takes one back.
    relay.mine(&json!({ "nodes": names, "hashrate_limit": HASHRATE })).await;
    live.fill("shop-percent", "").await;
    live.fill("shop-confirmations", "0").await;
    live.click("shop-start").await;
    network.wait_for_role("alice", &json!({ "plays": "merchant", "confirmations": 0 })).await;
    eventually_within(PATIENCE, "whoever waits for nothing loses", async || {
        let lost = live.value("shop-score").await?;
        if lost.parse().is_ok_and(|lost: u64| lost >= 3) { Ok(()) } else { Err(lost) }
    })
    .await;
    live.screenshot("roles-shop-at-sight").await;
    println!("{}", live.value("shop-verdict").await.expect("shown"));
    let theory = live.value("shop-theory").await.expect("shown");
    assert_eq!(theory, "100 %");
}

/// A payment of one coin to that address.
fn is_sale(entry: &Value, address: &str) -> bool {
    !entry["sender"].is_null() && entry["recipient"] == address && entry["amount"] == "1"
}
