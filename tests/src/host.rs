//! A relay within the test's own process, and HTTP calls to it.

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use tabchain::Relay;
use tabchain::config::{Options, Settings};
use tempfile::TempDir;

use crate::eventually;

/// Of every such relay.
pub const TOKEN: &str = "a-token-for-tests";
pub const JSON: &str = "application/json";

/// A relay on a free port. The directory outlives it, so that another can be started on the same data.
pub struct Host {
    pub relay: Relay,
    pub http: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("ASCII"))
    }

    /// A problem as RFC 9457 has it, with words for a person.
    pub fn assert_problem(&self, status: u16, words: &str, what: &str) {
        assert_eq!(self.status.as_u16(), status, "{what}: {}", self.text());
        assert_eq!(self.header(CONTENT_TYPE), "application/problem+json", "{what}");
        let problem = self.json();
        assert_eq!(problem["status"], status, "{what}");
        assert!(problem["type"].is_string() && problem["title"].is_string(), "{what}: {problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{what}: {detail:?} should contain {words:?}");
    }
}

impl Host {
    pub async fn start(data_dir: &TempDir) -> Self {
        Self::start_as("host", "regtest", data_dir).await
    }

    pub async fn start_as(name: &str, network: &str, data_dir: &TempDir) -> Self {
        Self::start_with(name, network, data_dir, |_| {}).await
    }

    /// `change`: what this test is about.
    pub async fn start_with(name: &str, network: &str, data_dir: &TempDir, change: impl FnOnce(&mut Settings)) -> Self {
        let options = Options {
            port: Some(0),
            data_dir: Some(data_dir.path().to_owned()),
            network: Some(network.into()),
            name: Some(name.into()),
            ..Options::default()
        };
        let mut settings = Settings::resolve(options, Some(TOKEN.into())).expect("sound settings");
        change(&mut settings);
        Self { relay: Relay::start(settings).await.expect("the relay starts"), http: Client::new() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.relay.address())
    }

    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Answer {
        let mut request = self.http.request(method, self.url(path)).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.expect("the relay answers");
        let (status, headers) = (response.status(), response.headers().clone());
        Answer { status, headers, body: response.bytes().await.expect("a whole answer").to_vec() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], "").await
    }

    pub async fn get_json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        assert_eq!(answer.header(CONTENT_TYPE), JSON, "{path}");
        answer.json()
    }

    /// The operator's call.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.order(Method::POST, path, body).await
    }

    /// The operator's call by that method.
    pub async fn order(&self, method: Method, path: &str, body: &Value) -> Answer {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (CONTENT_TYPE.as_str(), JSON)];
        self.send(method, path, &headers, body.to_string()).await
    }

    pub async fn mine_a_block(&self) {
        self.mine("host", 1).await;
    }

    /// Has the resident, which is called `name`, find so many blocks.
    pub async fn mine(&self, name: &str, blocks: u64) {
        let height = self.height().await;
        let answer = self.post("/mine", &json!({ "nodes": [name], "blocks": blocks, "hashrate_limit": 100 })).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        assert_eq!(answer.json()["answers"][0]["answer"]["kind"], "done");
        eventually("the blocks are found", async || {
            let now = self.height().await;
            if now == height + blocks { Ok(()) } else { Err(format!("height {now}")) }
        })
        .await;
    }

    pub async fn height(&self) -> u64 {
        self.get_json("/chain?limit=1").await["tip"]["height"].as_u64().expect("a number")
    }

    /// The resident pays, and a block confirms it.
    pub async fn pay(&self, receiver: &str, amount: &str) -> String {
        let answer =
            self.post("/new-transaction", &json!({ "sender": "host", "receiver": receiver, "amount": amount })).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
        self.mine_a_block().await;
        answer.json()["txid"].as_str().expect("a txid").to_owned()
    }
}

pub fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}
