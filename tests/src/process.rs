//! A real `tabchain` process, and the calls that a host makes to it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_shared::primitives::{Decode, Header};

use crate::eventually;

/// Every relay in a test has this operator token.
pub const TOKEN: &str = "a-token-for-tests";

/// A relay that dies with its handle, without a chance to clean up: every drop is a kill −9.
#[derive(Debug)]
pub struct RelayProcess {
    child: Child,
    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub url: String,
    pub port: u16,
    client: reqwest::Client,
}

impl RelayProcess {
    /// Starts a relay and waits until it says where it is: on regtest if `more` names no network. `port` 0: any free one.
    pub fn start(data_dir: &Path, port: u16, more: &[&str]) -> Self {
        let mut child =
            Self::command(data_dir, port).args(more).stdout(Stdio::piped()).spawn().expect("the relay starts");
        let stdout = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(stdout).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| Some(line.strip_prefix("Join:")?.trim().trim_end_matches('/').to_owned()))
            .expect("the relay prints its join link before it ends");
        // Whatever it prints later must have a reader, or the relay would wait for one.
        std::thread::spawn(move || lines.for_each(drop));
        let port = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("the join link ends in a port");
        Self { child, url, port, client: reqwest::Client::new() }
    }

    /// The program that these tests drive.
    pub fn binary() -> String {
        std::env::var("TABCHAIN_BINARY")
            .expect("these tests drive the built relay: run them with `cargo xtask test`, which sets TABCHAIN_BINARY")
    }

    fn command(data_dir: &Path, port: u16) -> Command {
        let mut command = Command::new(Self::binary());
        command.args(["--port", &port.to_string(), "--data-dir"]).arg(data_dir);
        command.env("TABCHAIN_NETWORK", "regtest").env("TABCHAIN_OPERATOR_TOKEN", TOKEN).stdin(Stdio::null());
        command
    }

    /// Starts a relay and kills it so soon after, wherever it is by then.
    pub fn start_and_kill(data_dir: &Path, life: Duration) {
        let mut child = Self::command(data_dir, 0).stdout(Stdio::null()).spawn().expect("the relay starts");
        std::thread::sleep(life);
        // It may have ended by itself; then whoever starts it next will see why.
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Of the process, as the system calls it.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Kills the process at once and starts another one on the same port and data. What it showed is there again only
    /// after [`Self::wait_until_stored`]: the node is ahead of the disk.
    #[must_use]
    pub fn crash_and_restart(mut self, data_dir: &Path, more: &[&str]) -> Self {
        self.kill();
        Self::start(data_dir, self.port, more)
    }

    pub fn kill(&mut self) {
        // It may be dead already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Opening it agrees to mining. `node`: which node the tab should be, or empty.
    pub fn link_to_mine(&self, node: &str) -> String {
        let node = if node.is_empty() { String::new() } else { format!("&node={node}") };
        format!("{}/?mine{node}", self.url)
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.expect("the relay answers");
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        response.json().await.expect("JSON")
    }

    /// How the relay answers, whatever it says.
    pub async fn status(&self, path: &str) -> StatusCode {
        self.client.get(format!("{}{path}", self.url)).send().await.expect("the relay answers").status()
    }

    /// A body that is no JSON.
    pub async fn bytes(&self, path: &str) -> Vec<u8> {
        let response = self.client.get(format!("{}{path}", self.url)).send().await.expect("the relay answers");
        assert_eq!(response.status(), StatusCode::OK, "GET {path}");
        response.bytes().await.expect("a whole body").to_vec()
    }

    /// The node of that name or id as `/peers` lists it, if it does.
    pub async fn peer(&self, node: &str) -> Option<Value> {
        let peers = self.get("/peers").await;
        peers.as_array().expect("a list").iter().find(|peer| peer["name"] == node || peer["id"] == node).cloned()
    }

    /// Waits until so many payments wait with that node. Whoever is to mine a payment has to have it: that the one who made it has it, or
    /// this relay, says nothing of others.
    pub async fn wait_for_mempool(&self, node: &str, payments: usize) {
        eventually(&format!("{payments} payments wait with {node}"), async || {
            let peer = self.peer(node).await.ok_or("it is not there")?;
            if peer["mempool"] == payments { Ok(()) } else { Err(peer.to_string()) }
        })
        .await;
    }

    /// The active chain's first headers, genesis first; at most as many as one answer holds.
    pub async fn headers(&self) -> Vec<Header> {
        let response = self.client.get(format!("{}/headers", self.url)).send().await.expect("the relay answers");
        let bytes = response.bytes().await.expect("80 bytes a header");
        bytes.chunks(Header::SIZE).map(|bytes| Header::from_bytes(bytes).expect("a header")).collect()
    }

    /// An operator's call.
    pub async fn post(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        self.call(Method::POST, path, body).await
    }

    /// An operator's call of that method.
    pub async fn call(&self, method: Method, path: &str, body: &Value) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url)).bearer_auth(TOKEN).json(body);
        let response = request.send().await.expect("the relay answers");
        (response.status(), response.json().await.expect("JSON"))
    }

    /// Tells nodes (`"all"` or a list of ids or names) to mine.
    pub async fn mine(&self, order: &Value) {
        let (status, answer) = self.post("/mine", order).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{answer}");
        for node in answer["answers"].as_array().expect("answers") {
            assert_eq!(node["answer"]["kind"], "done", "{answer}");
        }
    }

    /// Has one node, by its name or id, mine exactly `blocks` and waits until this relay has them, on disk, too.
    pub async fn mine_blocks(&self, node: &str, blocks: u64) {
        let before = self.height().await;
        // A block that it finds before it has the newest one is beside the chain, and makes it no longer.
        eventually(&format!("{node} has what the relay has"), async || {
            let peer = self.peer(node).await.ok_or("it is not there")?;
            if peer["height"].as_u64() >= Some(before) { Ok(()) } else { Err(peer.to_string()) }
        })
        .await;
        self.mine(&json!({ "nodes": [node], "blocks": blocks, "hashrate_limit": 20 })).await;
        self.wait_for_height(before + blocks).await;
        self.wait_until_stored().await;
    }

    /// Tells everybody to stop, and waits until they have, on one chain: of two blocks that were found at once each finder keeps its own until
    /// there is one more, which that node finds.
    pub async fn stop_mining_on_one_chain(&self, finder: &str) {
        self.mine(&json!({ "action": "stop" })).await;
        self.wait_until_nobody_mines().await;
        self.mine_blocks(finder, 1).await;
    }

    pub async fn wait_until_nobody_mines(&self) {
        eventually("nobody mines", async || {
            let peers = self.get("/peers").await;
            let mines = |peer: &&Value| peer["mining"] == true;
            let mining = peers.as_array().expect("a list").iter().filter(mines).count();
            if mining == 0 { Ok(()) } else { Err(format!("{mining} mine")) }
        })
        .await;
    }

    /// Has the relay's own node mine, as fast as it can, and waits until it has so many blocks more.
    pub async fn mine_itself(&self, blocks: u64) {
        let before = self.height().await;
        let peers = self.get("/peers").await;
        let resident = peers.as_array().expect("a list").iter().find(|peer| peer["resident"] == true);
        let resident = resident.expect("the relay lists itself")["id"].clone();
        self.mine(&json!({ "nodes": [resident], "blocks": blocks })).await;
        self.wait_for_height(before + blocks).await;
        self.wait_until_stored().await;
    }

    /// Stops the process where it is, as a machine that is too busy or a network that swallows everything would.
    pub fn pause(&self) {
        self.signal("STOP");
    }

    pub fn resume(&self) {
        self.signal("CONT");
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    fn signal(&self, name: &str) {
        let status = Command::new("kill").args([&format!("-{name}"), &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "kill -{name}");
    }

    /// Waits until all that the relay shows is on its disk.
    pub async fn wait_until_stored(&self) {
        eventually("nothing is left to be written", async || {
            let unfinished = &self.get("/status").await["unfinished_writes"];
            if *unfinished == 0 { Ok(()) } else { Err(format!("{unfinished} writes")) }
        })
        .await;
    }

    pub async fn height(&self) -> u64 {
        self.get("/chain?limit=1").await["tip"]["height"].as_u64().expect("a height")
    }

    pub async fn tip(&self) -> String {
        self.get("/chain?limit=1").await["tip"]["hash"].as_str().expect("a hash").to_owned()
    }

    pub async fn wait_for_height(&self, height: u64) {
        eventually(&format!("the relay is at height {height}"), async || {
            let now = self.height().await;
            if now >= height { Ok(()) } else { Err(format!("height {now}")) }
        })
        .await;
    }

    /// Waits until `/peers` lists this many nodes, the relay's own included.
    pub async fn wait_for_nodes(&self, count: usize) -> Vec<Value> {
        eventually(&format!("{count} nodes are in /peers"), async || {
            let peers = self.get("/peers").await.as_array().expect("a list").clone();
            if peers.len() == count { Ok(peers) } else { Err(format!("{} nodes", peers.len())) }
        })
        .await
    }

    /// The same, and until each has said how it is: one that has not is nobody who follows the host.
    pub async fn wait_for_reports(&self, count: usize) {
        eventually(&format!("{count} nodes have said how they are"), async || {
            let peers = self.wait_for_nodes(count).await;
            let silent = peers.iter().filter(|peer| peer["follows_host"].is_null()).count();
            if silent == 0 { Ok(()) } else { Err(format!("{silent} have not")) }
        })
        .await;
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        self.kill();
    }
}
