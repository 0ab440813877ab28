//! A disk without room, which a small tmpfs is. Only root may mount one; elsewhere `store/power_cuts.rs` fills a disk of its
//! own making, and here is a line on the standard error.

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tabchain_shared::node::Answer;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, Encode, Memo, SecretKey, Transfer};
use tempfile::TempDir;

use crate::{height, mine, start, tip, until};

/// Room for some hundred blocks.
const ROOM: &str = "size=400k";
const MORE_ROOM: &str = "remount,size=64m";

/// Unmounted when dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        mount(ROOM, directory.path()).then(|| Self(directory))
    }
}

fn mount(options: &str, directory: &Path) -> bool {
    let mut command = Command::new("mount");
    command.args(["-t", "tmpfs", "-o", options, "tabchain-test"]).arg(directory);
    command.output().is_ok_and(|output| output.status.success())
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // A directory that stays mounted is a nuisance, and no fault of what is tested.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// CASES 83.
#[tokio::test]
async fn a_relay_without_room_reads_and_says_so_and_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("SKIPPED: a full disk, because this user may not mount a tmpfs");
        return;
    };
    let relay = start(disk.0.path(), None).await;
    mine(&relay, None).await;
    until(&relay, "the disk is full", async |relay| relay.state().resident.read_only().is_some()).await;
    let is_mining = async |relay: &tabchain::Relay| {
        relay.state().resident.query(|node| node.snapshot().mining.wanted).await.unwrap()
    };
    until(&relay, "its miners rest", async |relay| !is_mining(relay).await).await;
    let Answer::Refused { reason } = mine(&relay, None).await else { panic!("nothing it mined would be kept") };
    assert!(reason.contains("the disk is full") && reason.contains("start it again"), "{reason}");

    let network = relay.params().network_id();
    let key = SecretKey::from_seed([1; 32]);
    let payment = Payment {
        recipient: key.public_key().address(),
        amount: Amount::COIN,
        fee: Amount::COIN,
        nonce: 0,
        memo: Memo::default(),
    };
    let body = hex::encode(Transfer::sign(network, &key, payment).to_bytes());
    let url = |path: &str| format!("http://{}{path}", relay.address());
    let answer = reqwest::Client::new().post(url("/transactions")).body(body).send().await.unwrap();
    assert_eq!(answer.status(), 507);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["detail"], reason.as_str());

    let health = reqwest::get(url("/health")).await.unwrap();
    assert_eq!(health.status(), 503, "whatever watches over it learns that it needs help");

    // Long gone from the node's memory.
    let block: Value = reqwest::get(url("/blocks/3")).await.unwrap().json().await.unwrap();
    assert_eq!(block["height"], 3, "{block}");
    relay.stop().await;

    // Nor does a restart take away what can be read.
    let relay = start(disk.0.path(), None).await;
    let again: Value =
        reqwest::get(format!("http://{}/blocks/3", relay.address())).await.unwrap().json().await.unwrap();
    assert_eq!(again["hash"], block["hash"], "{again}");
    relay.stop().await;

    assert!(mount(MORE_ROOM, disk.0.path()), "who may mount may mount again");
    let relay = start(disk.0.path(), None).await;
    let before = height(&relay).await;
    assert!(before > 3, "{before} blocks were stored");
    let again: Value =
        reqwest::get(format!("http://{}/blocks/3", relay.address())).await.unwrap().json().await.unwrap();
    assert_eq!(again["hash"], block["hash"]);
    mine(&relay, Some(5)).await;
    until(&relay, "it mines again", async |relay| height(relay).await == before + 5).await;
    let stored = async |relay: &tabchain::Relay| relay.state().resident.unfinished_writes() == 0;
    until(&relay, "and stores", stored).await;
    assert_eq!(relay.state().resident.read_only(), None);
    let tip = tip(&relay).await;
    relay.stop().await;
    let relay = start(disk.0.path(), None).await;
    assert_eq!(crate::tip(&relay).await, tip);
    relay.stop().await;
}
