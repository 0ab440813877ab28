//! What a relay keeps, whatever happens to its disk, and how its data are saved and brought back.

mod backup;
mod damage;
mod full_disk;

use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::Value;
use tabchain::Relay;
use tabchain::config::{Options, Settings};
use tabchain_shared::chain::RecentLimits;
use tabchain_shared::node;
use tabchain_shared::primitives::BlockHash;
use tokio::time::timeout;

const TOKEN: &str = "a-token-for-tests";
const PATIENCE: Duration = Duration::from_mins(1);

/// A relay on regtest and a free port, whose node remembers only a few blocks: the others come from the database.
async fn start(data_dir: &Path, join: Option<&Relay>) -> Relay {
    Relay::start(settings(data_dir, join)).await.unwrap()
}

fn settings(data_dir: &Path, join: Option<&Relay>) -> Settings {
    let options = Options {
        port: Some(0),
        data_dir: Some(data_dir.to_owned()),
        network: Some("regtest".into()),
        join: join.map(|relay| vec![relay.address().to_string().parse().unwrap()]),
        ..Options::default()
    };
    let mut settings = Settings::resolve(options, Some(TOKEN.into())).unwrap();
    settings.recent = RecentLimits { blocks: 5, ..RecentLimits::default() };
    settings
}

/// The same, after it has mined so many blocks and stored them.
async fn start_and_mine(data_dir: &Path, blocks: u32) -> Relay {
    let relay = start(data_dir, None).await;
    let height = height(&relay).await + blocks;
    mine(&relay, Some(blocks)).await;
    until(&relay, "the blocks are mined", async |relay| self::height(relay).await >= height).await;
    until(&relay, "they are stored", async |relay| relay.state().resident.unfinished_writes() == 0).await;
    relay
}

async fn mine(relay: &Relay, blocks: Option<u32>) -> node::Answer {
    relay.state().resident.order(node::Command::StartMining { blocks, limit: None }).await.unwrap()
}

async fn height(relay: &Relay) -> u32 {
    relay.state().resident.query(|node| node.chain().height()).await.unwrap()
}

async fn tip(relay: &Relay) -> BlockHash {
    relay.state().resident.query(|node| node.chain().tip()).await.unwrap()
}

/// Looks again whenever the node says that something has changed, and now and then without.
async fn until(relay: &Relay, what: &str, is_true: impl AsyncFn(&Relay) -> bool) {
    let mut look = tokio::time::interval(Duration::from_millis(10));
    let waiting = async {
        while !is_true(relay).await {
            look.tick().await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
}

/// The binary with a clean environment.
fn tabchain(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabchain"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TABCHAIN_")) {
        command.env_remove(name);
    }
    command.args(arguments);
    command
}

/// The answer of a command that ends by itself, as JSON, and its exit code.
fn json(output: &Output) -> (i32, Value) {
    let text = String::from_utf8_lossy(&output.stdout);
    let json = serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("not JSON: {text:?} {:?}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().expect("not killed"), json)
}
