//! Blocks that the resident's memory has let go come back from its database: over REST, and after a restart.

use std::time::Duration;

use serde_json::Value;
use tabchain::Relay;
use tabchain::config::{Options, Settings};
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::node::Command;
use tabchain_shared::primitives::{Block, Decode, MerkleRoot, Txid};
use tokio::time::timeout;

const HEIGHT: u32 = 30;
const PATIENCE: Duration = Duration::from_mins(1);

/// A relay whose node remembers no more than the last five blocks.
async fn start(data_dir: &std::path::Path) -> Relay {
    let options = Options {
        port: Some(0),
        data_dir: Some(data_dir.to_owned()),
        network: Some("regtest".into()),
        ..Options::default()
    };
    let mut settings = Settings::resolve(options, Some("token-for-tests".into())).unwrap();
    settings.recent = RecentLimits { blocks: 5, ..RecentLimits::default() };
    Relay::start(settings).await.unwrap()
}

async fn mine(relay: &Relay, blocks: u32) {
    let mut changes = relay.state().resident.changes();
    let order = Command::StartMining { blocks: Some(blocks), limit: None };
    relay.state().resident.order(order).await.unwrap();
    let mined = async {
        while relay.state().resident.query(|node| node.chain().height()).await.unwrap() < HEIGHT {
            changes.changed().await.unwrap();
        }
    };
    timeout(PATIENCE, mined).await.expect("regtest blocks are mined at once");
    let mut look = tokio::time::interval(Duration::from_millis(5));
    let written = async {
        while relay.state().resident.unfinished_writes() > 0 {
            look.tick().await;
        }
    };
    timeout(PATIENCE, written).await.expect("blocks are written");
}

async fn get(relay: &Relay, path: &str) -> reqwest::Response {
    let response = reqwest::get(format!("http://{}{path}", relay.address())).await.unwrap();
    assert_eq!(response.status(), 200, "{path}");
    response
}

async fn json(relay: &Relay, path: &str) -> Value {
    serde_json::from_slice(&get(relay, path).await.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn old_blocks_are_read_from_the_database() {
    let data_dir = tempfile::tempdir().unwrap();
    let mut relay = start(data_dir.path()).await;
    mine(&relay, HEIGHT).await;
    for restarted in [false, true] {
        if restarted {
            relay.stop().await;
            relay = start(data_dir.path()).await;
        }
        let in_memory = relay.state().resident.query(|node| node.chain().bodies().count()).await.unwrap();
        assert!(in_memory <= 10, "{in_memory} blocks are in memory");

        let chain = json(&relay, "/chain").await;
        let blocks = chain["chain"].as_array().unwrap();
        assert_eq!((blocks.len(), &chain["next"]), (31, &Value::Null));
        for (parent, block) in blocks.iter().zip(&blocks[1..]) {
            assert_eq!(block["prev_blockhash"], parent["hash"]);
        }
        let page = json(&relay, "/chain?from=3&limit=4").await;
        assert_eq!(page["chain"], Value::from(blocks[3..7].to_vec()));
        assert_eq!(page["next"], 7);

        let old = json(&relay, "/blocks/2").await;
        assert_eq!(&old, &blocks[2]);
        let hash = old["hash"].as_str().unwrap();
        assert_eq!(json(&relay, &format!("/blocks/{hash}")).await, old);
        let raw = get(&relay, "/blocks/2/raw").await.bytes().await.unwrap();
        let raw = Block::from_bytes(&raw).unwrap();
        assert_eq!(raw.hash().to_string(), hash);

        let txid = old["transactions"][0]["txid"].as_str().unwrap();
        let transaction = json(&relay, &format!("/transactions/{txid}")).await;
        assert_eq!((&transaction["height"], &transaction["confirmations"]), (&2.into(), &29.into()));
        assert_eq!(transaction["block"], old["hash"]);
        let proof = json(&relay, &format!("/transactions/{txid}/proof")).await;
        let root = MerkleRoot(txid.parse::<Txid>().unwrap().0);
        assert_eq!(proof["merkle_root"], root.to_string(), "of a block with one transaction");

        let account = json(&relay, &format!("/accounts/{}", old["miner"].as_str().unwrap())).await;
        let history = account["history"].as_array().unwrap();
        let heights: Vec<u64> = history.iter().map(|view| view["height"].as_u64().unwrap()).collect();
        assert_eq!(heights, (1..=30).rev().collect::<Vec<_>>());
    }
    relay.stop().await;
}
