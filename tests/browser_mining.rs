//! Mining in tabs as the host sees it, in a real Chromium against a real relay process: what tabs prove, beside what they
//! were told, and blocks under algorithms that are the network's choice.

use std::time::Duration;

use serde_json::{Value, json};
use tabchain_shared::pow::Algorithm;
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::class::wait_for_tip_of;
use tabchain_tests::network_file::{self, MET_IN_64_HASHES, NOBODY_MEETS};
use tabchain_tests::process::{RelayProcess, TOKEN};
use tabchain_tests::{eventually, eventually_within};

/// Hashes per second.
const LIMITS: [(&str, f64); 4] = [("alice", 400.0), ("bob", 800.0), ("carol", 1_200.0), ("dave", 1_600.0)];
/// With so many shares a proven rate is off by 2.4 % (standard deviation), so that luck makes it 10 % once in 20 000 times.
const ENOUGH_SHARES: u64 = 1_700;
/// At 32 a second they take 53 seconds, and a pause of some seconds on a loaded machine has them begin anew.
const SHARES_PATIENCE: Duration = Duration::from_mins(4);
/// Of the rate that was set.
const TOLERANCE: f64 = 0.1;

/// The acceptance test of limits and shares: four tabs on a limit each prove just those, and with them the parts of the
/// whole that the host has set.
#[tokio::test(flavor = "multi_thread")]
async fn tabs_prove_the_shares_that_the_host_has_set() {
    let data = tempfile::tempdir().expect("a data folder");
    // Nothing but the limits decides how much is hashed.
    let network = network_file::write(data.path(), Algorithm::Sha256d, NOBODY_MEETS);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network]);
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for (name, _) in LIMITS {
        tabs.push(browser.open_node(&format!("{}/?node={name}&mine", relay.url)).await);
    }
    relay.wait_for_nodes(LIMITS.len() + 1).await;
    for (name, limit) in LIMITS {
        relay.mine(&json!({ "nodes": [name], "hashrate_limit": limit })).await;
    }

    // All in one look: while one is waited for, another may have to begin anew.
    let peers = eventually_within(SHARES_PATIENCE, "each has handed in enough shares", async || {
        let peers = relay.get("/peers").await;
        let find = |name: &str| peers.as_array()?.iter().find(|peer| peer["name"] == name).cloned();
        let peers: Vec<Value> = LIMITS.iter().map(|(name, _)| find(name)).collect::<Option<_>>().ok_or("absent")?;
        let shares: Vec<Option<u64>> = peers.iter().map(|peer| peer["proven_shares"].as_u64()).collect();
        if shares.iter().all(|shares| *shares >= Some(ENOUGH_SHARES)) { Ok(peers) } else { Err(format!("{shares:?}")) }
    })
    .await;
    let kernel = tabs[0].value("miner-kernel").await.expect("shown");
    assert!(kernel.ends_with("4 lanes (SIMD)"), "{kernel}");
    let below = "document.querySelector('[data-test=miner-switches]').scrollIntoView({ block: 'end' })";
    tabs[0].evaluate::<()>(format!("void {below}")).await.ok();
    tabs[0].screenshot("mining-workers").await;
    let shares = &relay.get("/status").await["switchboard"]["shares"];
    println!("{shares}");
    let mut proven = Vec::new();
    for ((name, limit), peer) in LIMITS.iter().zip(peers) {
        let rate = peer["proven_hashrate"].as_f64().expect("proven");
        println!("{name}: limit {limit}, claims {}, proves {rate:.0} by {}", peer["hashrate"], peer["proven_shares"]);
        assert_eq!(peer["claim_doubted"], false, "{peer}");
        proven.push(rate);
    }
    let (whole, set): (f64, f64) = (proven.iter().sum(), LIMITS.iter().map(|(_, limit)| limit).sum());
    for ((name, limit), rate) in LIMITS.iter().zip(proven) {
        assert!((rate / limit - 1.0).abs() < TOLERANCE, "{name} proves {rate} H/s on a limit of {limit}");
        let (part, part_set) = (rate / whole, limit / set);
        assert!((part / part_set - 1.0).abs() < TOLERANCE, "{name} does {part} of the work instead of {part_set}");
    }
    assert_eq!(shares["forged"], 0, "{shares}");

    let panel = browser.open(&format!("{}/control#token={TOKEN}", relay.url)).await;
    wait_for_proof(&panel).await;
    panel.screenshot("control-proven").await;
}

/// The panel shows what is proven beside what is claimed.
async fn wait_for_proof(panel: &Tab) {
    panel.wait_value("proven", "the first node's proven rate is shown", |text| text.ends_with("H/s")).await;
    let doubt = panel.value("doubt").await;
    assert!(doubt.is_err(), "nothing to doubt: {doubt:?}");
}

/// Each tab finds so many blocks.
const BLOCKS: u32 = 5;

/// On a network of a file's making, tabs mine blocks under its algorithm, and the relay takes them.
async fn tabs_mine_under(algorithm: Algorithm) {
    let data = tempfile::tempdir().expect("a data folder");
    let network = network_file::write(data.path(), algorithm, MET_IN_64_HASHES);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network]);
    let browser = Browser::launch().await;
    let names = ["alice", "bob"];
    let mut tabs = Vec::new();
    for name in names {
        tabs.push(browser.open_node(&relay.link_to_mine(name)).await);
    }
    relay.wait_for_nodes(names.len() + 1).await;
    // A block in about 0.6 s for each of them, so that few are stale.
    relay.mine(&json!({ "nodes": names, "blocks": BLOCKS, "hashrate_limit": 100 })).await;
    let rates = tabs[0].wait_value("miner-rates", "the worker's rate is shown", |rates| !rates.is_empty()).await;
    assert!(rates.split(' ').all(|rate| rate.parse::<f64>().is_ok()), "{rates}");
    let lanes = if algorithm.has_kernels() { "4 lanes (SIMD)" } else { "1 lane (SIMD)" };
    tabs[0].wait_value("miner-kernel", "so is what it hashes with", |kernel| kernel.ends_with(lanes)).await;
    for name in names {
        eventually(&format!("{name} has found its blocks"), async || {
            let peer = relay.peer(name).await.ok_or("absent")?;
            if peer["mining"] == false { Ok(()) } else { Err(peer.to_string()) }
        })
        .await;
    }
    // Two that found their last blocks at once each keep their own until there is one more.
    relay.mine_blocks(names[0], 1).await;
    let tip = wait_for_tip_of(&relay, &tabs.iter().collect::<Vec<_>>()).await;
    let headers = relay.headers().await;
    let mined = &headers[1..];
    assert!(mined.len() >= BLOCKS as usize, "{} blocks", mined.len());
    assert_eq!(headers.last().map(|header| header.hash().to_string()), Some(tip));
    let meet = |algorithm: Algorithm| {
        mined.iter().filter(|header| algorithm.is_met(header, header.bits.to_target().expect("a target"))).count()
    };
    assert_eq!(meet(algorithm), mined.len());
    assert!(meet(Algorithm::Sha256d) < mined.len(), "the algorithm is the file's");
    tabs[0].screenshot(&format!("mining-{}", algorithm.name())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_mine_a_scrypt_network_that_the_relay_verifies() {
    tabs_mine_under(Algorithm::Scrypt).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_mine_an_argon2id_network_that_the_relay_verifies() {
    tabs_mine_under(Algorithm::Argon2id).await;
}

/// Whoever mines without knowing that nothing is hashed would wait for ever: the page says so, and what may be why.
#[tokio::test(flavor = "multi_thread")]
async fn a_tab_whose_miner_script_is_blocked_says_so() {
    let data = tempfile::tempdir().expect("a data folder");
    let network = network_file::write(data.path(), Algorithm::Sha256d, NOBODY_MEETS);
    let relay = RelayProcess::start(data.path(), 0, &["--network", &network]);
    let browser = Browser::launch().await;
    let simd = browser.open_with_blocker(&relay.link_to_mine("alice"), "*/miner_worker_simd*").await;
    let none = browser.open_with_blocker(&relay.link_to_mine("bob"), "*/miner_worker*").await;
    relay.wait_for_nodes(3).await;
    relay.mine(&json!({ "nodes": ["alice", "bob"], "hashrate_limit": 100 })).await;
    let says = async |tab: &Tab, words: &str| {
        tab.wait_value("miner-problem", "the page says what is wrong", |text| text.contains(words)).await
    };
    says(&simd, "mines with the plain one").await;
    simd.wait_value("hashrate", "the plain miner hashes", |rate| rate.parse().is_ok_and(|rate: f64| rate > 0.0)).await;
    says(&none, "this tab cannot mine; a content blocker may be why").await;
    assert_eq!(none.value("hashrate").await.as_deref(), Ok("0"));
    none.wait_value("hashing", "nobody is told to wait for it", |text| text.contains("something is in the way")).await;
    none.screenshot("mining-blocked").await;
}
