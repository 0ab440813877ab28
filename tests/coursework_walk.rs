//! The walk of the coursework that this project descends from, with two real processes: register one node with the
//! other, look at the peers, mine a block, send a transaction, mine another, and find both chains alike.

use serde_json::{Value, json};
use tabchain_shared::pow::Algorithm;
use tabchain_tests::eventually;
use tabchain_tests::network_file::{self, NOBODY_MEETS};
use tabchain_tests::process::RelayProcess;

/// What two nodes must agree on. (When each received a block is its own affair.)
fn essence(chain: &Value) -> Value {
    let blocks = chain["chain"].as_array().expect("blocks").iter();
    let blocks: Vec<_> = blocks.map(|block| json!([block["hash"], block["height"], block["transactions"]])).collect();
    json!([chain["network"], chain["length"], chain["tip"], blocks])
}

async fn wait_until_alike(one: &RelayProcess, other: &RelayProcess, length: u64) -> Value {
    eventually("both chains are alike", async || {
        let (here, there) = (essence(&one.get("/chain").await), essence(&other.get("/chain").await));
        if here == there && here[1] == length { Ok(here) } else { Err(format!("{here}\nand\n{there}")) }
    })
    .await
}

async fn wait_for_balance(relay: &RelayProcess, address: &Value, balance: &str) {
    let path = format!("/accounts/{}", address.as_str().expect("an address"));
    eventually(&format!("{path} holds {balance}"), async || {
        let account = relay.get(&path).await;
        if account["balance"] == balance { Ok(()) } else { Err(account.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn two_nodes_on_two_ports() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = RelayProcess::start(directories[0].path(), 0, &["--name", "first"]);
    let second = RelayProcess::start(directories[1].path(), 0, &["--name", "second"]);

    // Register the second node with the first, in the coursework's own words.
    let (status, found) = second.post("/register-with", &json!({ "node_address": first.url })).await;
    assert_eq!(status, 200, "{found}");
    for relay in [&first, &second] {
        let peers = relay.wait_for_nodes(2).await;
        let mut names: Vec<_> = peers.iter().map(|peer| peer["name"].as_str().expect("a name")).collect();
        names.sort_unstable();
        assert_eq!(names, ["first", "second"]);
    }

    // Mine one block, with the second node.
    second.mine(&json!({ "nodes": ["second"], "blocks": 1, "hashrate_limit": 20 })).await;
    wait_until_alike(&first, &second, 2).await;

    // A host orders its own nodes, and may pay any node that its relay knows by name.
    let to_first = json!({ "sender": "second", "receiver": "first", "amount": 999 });
    let (status, refused) = second.post("/new-transaction", &to_first).await;
    assert_eq!(status, 422, "{refused}");
    assert!(refused["detail"].as_str().unwrap().contains("insufficient-balance"), "{refused}");

    // The miner pays the other; the first relay's host gives the order, as both nodes are on its list.
    let peers = first.get("/peers").await;
    let address = |name: &str| {
        let peer = peers.as_array().unwrap().iter().find(|peer| peer["name"] == name).expect("listed");
        peer["address"].clone()
    };
    let payment = json!({ "sender": "second", "receiver": "first", "amount": "12.5", "fee": "0.5" });
    let (status, accepted) = first.post("/new-transaction", &payment).await;
    assert_eq!(status, 202, "{accepted}");
    for relay in [&first, &second] {
        eventually("the transaction waits everywhere", async || {
            let waiting = relay.get("/unconfirmed-transactions").await;
            if waiting["transactions"][0]["txid"] == accepted["txid"] { Ok(()) } else { Err(waiting.to_string()) }
        })
        .await;
    }

    // Mine it.
    first.mine(&json!({ "nodes": ["first"], "blocks": 1, "hashrate_limit": 20 })).await;
    let alike = wait_until_alike(&first, &second, 3).await;
    assert_eq!(alike[3][2][2][1]["txid"], accepted["txid"], "the block holds the transaction");
    for relay in [&first, &second] {
        // A block's reward, what was paid, and the fee.
        wait_for_balance(relay, &address("first"), "63").await;
        wait_for_balance(relay, &address("second"), "37").await;
    }

    // Neither forgets what it has stored when it dies; the second joins again by itself.
    for relay in [&first, &second] {
        relay.wait_until_stored().await;
    }
    let first = first.crash_and_restart(directories[0].path(), &["--name", "first"]);
    assert_eq!(essence(&first.get("/chain").await), alike);
    let second = second.crash_and_restart(directories[1].path(), &["--name", "second"]);
    assert_eq!(essence(&second.get("/chain").await), alike);
    first.wait_for_nodes(2).await;
    second.mine_blocks("second", 1).await;
    wait_until_alike(&first, &second, 4).await;
}

#[tokio::test]
async fn a_relay_that_joins_catches_up_and_follows() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = RelayProcess::start(directories[0].path(), 0, &["--name", "first"]);
    first.mine_blocks("first", 2).await;
    let second = RelayProcess::start(directories[1].path(), 0, &["--name", "second", "--join", &first.url]);
    wait_until_alike(&first, &second, 3).await;
    // Following is the default: the first relay's host orders the second's node.
    first.mine_blocks("second", 1).await;
    wait_until_alike(&first, &second, 4).await;
}

#[tokio::test]
async fn a_node_may_refuse_to_follow() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let first = RelayProcess::start(directories[0].path(), 0, &["--name", "first"]);
    let second =
        RelayProcess::start(directories[1].path(), 0, &["--name", "second", "--join", &first.url, "--no-follow-host"]);
    first.wait_for_nodes(2).await;
    let (status, answer) = first.post("/mine", &json!({ "nodes": ["second"], "blocks": 1 })).await;
    assert_eq!((status.as_u16(), &answer["answers"][0]["answer"]["kind"]), (202, &json!("refused")), "{answer}");
    assert_eq!(second.height().await, 0);
}

/// Hashes a second, and shares after which luck alone puts the proven rate 25 % off once in 60 000 times.
const LIMIT: f64 = 1_000.0;
const ENOUGH_SHARES: u64 = 300;

#[tokio::test]
async fn a_relay_that_joins_proves_its_rate_to_the_host() {
    let directories = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let network = network_file::write(directories[0].path(), Algorithm::Sha256d, NOBODY_MEETS);
    let first = RelayProcess::start(directories[0].path(), 0, &["--name", "first", "--network", &network]);
    let arguments = ["--name", "second", "--network", &network, "--join", &first.url];
    let second = RelayProcess::start(directories[1].path(), 0, &arguments);
    first.wait_for_nodes(2).await;
    first.mine(&json!({ "nodes": ["second"], "hashrate_limit": LIMIT })).await;
    let shown = async || {
        let peers = first.get("/peers").await;
        peers.as_array().expect("a list").iter().find(|peer| peer["name"] == "second").expect("listed").clone()
    };
    eventually("the second node has handed in enough shares", async || {
        let peer = shown().await;
        let enough = peer["proven_shares"].as_u64().is_some_and(|shares| shares >= ENOUGH_SHARES);
        if enough { Ok(()) } else { Err(peer.to_string()) }
    })
    .await;
    let peer = shown().await;
    let proven = peer["proven_hashrate"].as_f64().expect("proven");
    assert!((proven / LIMIT - 1.0).abs() < 0.25, "{peer}");
    assert_eq!(peer["claim_doubted"], false, "{peer}");
    let shares = &first.get("/status").await["switchboard"]["shares"];
    assert_eq!((&shares["provers"], &shares["forged"]), (&json!(1), &json!(0)), "{shares}");
    // Its own host looks at its machine: nothing is proven inside a process.
    let own = &second.get("/status").await["switchboard"]["shares"];
    assert_eq!((&own["provers"], &own["counted"]), (&json!(0), &json!(0)), "{own}");
    // Who rests proves nothing.
    first.mine(&json!({ "nodes": ["second"], "action": "stop" })).await;
    eventually("nothing stands as proven", async || {
        let peer = shown().await;
        if peer["proven_hashrate"] == 0.0 { Ok(()) } else { Err(peer.to_string()) }
    })
    .await;
}
