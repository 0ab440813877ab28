//! Mining in tabs as the host sees it, in a real Chromium against a real relay process: what tabs prove, beside what they
//! were told.

use serde_json::{Value, json};
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::eventually;
use tabchain_tests::process::{NO_BLOCKS, RelayProcess, TOKEN};

/// Hashes per second.
const LIMITS: [(&str, f64); 4] = [("alice", 400.0), ("bob", 800.0), ("carol", 1_200.0), ("dave", 1_600.0)];
/// With so many shares a proven rate is off by 2.4 % (standard deviation), so that luck makes it 10 % once in 20 000 times.
const ENOUGH_SHARES: u64 = 1_700;
/// Of the rate that was set.
const TOLERANCE: f64 = 0.1;

async fn peer(relay: &RelayProcess, name: &str) -> Option<Value> {
    let peers = relay.get("/peers").await;
    peers.as_array().expect("a list").iter().find(|peer| peer["name"] == name).cloned()
}

/// The acceptance test of limits and shares: four tabs on a limit each prove just those, and with them the parts of the
/// whole that the host has set.
#[tokio::test(flavor = "multi_thread")]
async fn tabs_prove_the_shares_that_the_host_has_set() {
    let data = tempfile::tempdir().expect("a data folder");
    let network = data.path().join("network.toml");
    std::fs::write(&network, NO_BLOCKS).expect("the folder is writable");
    let relay = RelayProcess::start(data.path(), 0, &["--network", network.to_str().expect("a plain path")]);
    let browser = Browser::launch().await;
    let mut tabs = Vec::new();
    for (name, _) in LIMITS {
        tabs.push(browser.open_node(&format!("{}/?node={name}&mine", relay.url)).await);
    }
    relay.wait_for_nodes(LIMITS.len() + 1).await;
    for (name, limit) in LIMITS {
        relay.mine(&json!({ "nodes": [name], "hashrate_limit": limit })).await;
    }

    for (name, _) in LIMITS {
        eventually(&format!("{name} has handed in enough shares"), async || {
            let peer = peer(&relay, name).await.ok_or("absent")?;
            let enough = peer["proven_shares"].as_u64().is_some_and(|shares| shares >= ENOUGH_SHARES);
            if enough { Ok(()) } else { Err(peer["proven_shares"].to_string()) }
        })
        .await;
    }
    let mut proven = Vec::new();
    for (name, limit) in LIMITS {
        let peer = peer(&relay, name).await.expect("still there");
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
    let shares = &relay.get("/status").await["switchboard"]["shares"];
    println!("{shares}");
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
