//! `GET /chain/export` of a running relay: the file that it sends passes `tabchain verify`, and what it is not allowed to
//! become: a file for HEAD, a burden that grows with the number of strangers, or a chain that never was.

use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tabchain::Relay;
use tabchain::config::{Options, Settings};
use tabchain::rest::export::{MAX_EXPORTS, MAX_EXPORTS_PER_ADDRESS};
use tabchain_shared::chain::RecentLimits;
use tempfile::TempDir;
use tokio::time::timeout;

const TOKEN: &str = "a-token-for-tests";
const PATIENCE: Duration = Duration::from_mins(1);

struct Host {
    relay: Relay,
    http: Client,
    data_dir: TempDir,
}

impl Host {
    async fn start() -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let options = Options {
            port: Some(0),
            data_dir: Some(data_dir.path().to_owned()),
            network: Some("regtest".into()),
            name: Some("host".into()),
            ..Options::default()
        };
        let mut settings = Settings::resolve(options, Some(TOKEN.into())).unwrap();
        // Most of what is exported comes from the database.
        settings.recent = RecentLimits { blocks: 100, ..RecentLimits::default() };
        Self { relay: Relay::start(settings).await.unwrap(), http: Client::new(), data_dir }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.relay.address())
    }

    async fn post(&self, path: &str, body: Value) {
        let request = self.http.post(self.url(path)).bearer_auth(TOKEN).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::ACCEPTED, "{}", answer.text().await.unwrap());
    }

    /// Mines up to that height and waits for it.
    async fn mine_to(&self, height: u32) {
        let mut changes = self.relay.state().resident.changes();
        let now = self.height().await;
        self.post("/mine", json!({ "nodes": ["host"], "blocks": height - now })).await;
        while self.height().await < height {
            changes.changed().await.unwrap();
        }
    }

    async fn height(&self) -> u32 {
        self.relay.state().resident.query(|node| node.chain().height()).await.unwrap()
    }

    async fn export(&self) -> Response {
        self.http.get(self.url("/chain/export")).send().await.unwrap()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_passes_verify() {
    let host = Host::start().await;
    host.mine_to(2).await;
    for (receiver, amount) in [("host", "1.5"), ("host", "2")] {
        host.post("/new-transaction", json!({ "sender": "host", "receiver": receiver, "amount": amount })).await;
    }
    // More than one chunk.
    host.mine_to(600).await;
    let export = host.export().await;
    assert_eq!(export.status(), StatusCode::OK);
    assert_eq!(header(&export, "content-type"), "application/octet-stream");
    assert_eq!(header(&export, "content-disposition"), "attachment; filename=\"tabchain-regtest-600.dat\"");
    assert_eq!(header(&export, "access-control-allow-origin"), "*");
    let file = host.data_dir.path().join("chain.dat");
    fs::write(&file, export.bytes().await.unwrap()).unwrap();

    let output = Command::new(env!("CARGO_BIN_EXE_tabchain")).args(["verify", "--json"]).arg(&file).output().unwrap();
    let verdict: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &verdict["valid"]), (Some(0), &Value::Bool(true)), "{verdict}");
    let (tip, state_hash) = host
        .relay
        .state()
        .resident
        .query(|node| (node.chain().tip(), node.chain().ledger().state_hash()))
        .await
        .unwrap();
    assert_eq!((&verdict["network"], &verdict["height"]), (&"regtest".into(), &600.into()));
    assert_eq!(verdict["tip"], tip.to_string());
    assert_eq!(verdict["state_hash"], hex::encode(state_hash));
    assert_eq!(verdict["transaction_count"], 602);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn head_names_the_file_and_takes_no_place() {
    let host = Host::start().await;
    let places = Arc::clone(&host.relay.state().exports);
    let others = |last: u8| places.take([192, 0, 2, last].into());
    let all = [others(1), others(1), others(2), others(2)];
    assert!(all.iter().all(Option::is_some) && all.len() == MAX_EXPORTS);
    let head = host.http.head(host.url("/chain/export")).send().await.unwrap();
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(header(&head, "content-disposition"), "attachment; filename=\"tabchain-regtest-0.dat\"");
    assert!(head.bytes().await.unwrap().is_empty());
    // Whoever wants the file itself is asked to come back, and then gets it.
    let busy = host.export().await;
    assert_eq!((busy.status(), header(&busy, "retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "10"));
    assert!(busy.text().await.unwrap().contains("exports are running"));
    drop(all);
    // Who takes them slowly does not take all of them.
    let slow = [others(1), others(1)];
    assert!(slow.iter().all(Option::is_some) && slow.len() == MAX_EXPORTS_PER_ADDRESS && others(1).is_none());
    assert_eq!(host.export().await.status(), StatusCode::OK);
    host.relay.stop().await;
}

/// A client that goes away in the middle gives its place back.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_leaves_gives_its_place_back() {
    let host = Host::start().await;
    host.mine_to(300).await;
    for _ in 0..3 * MAX_EXPORTS {
        // One that left may not be noticed at once; its place is awaited.
        let served = async {
            while host.export().await.status() != StatusCode::OK {
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, served).await.expect("a place is free again");
    }
    host.relay.stop().await;
}
