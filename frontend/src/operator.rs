//! The relay's REST interface as the control panel and the lab use it, and the token with which the host steers.

mod stream;

use gloo_net::http::{Request, RequestBuilder, Response};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::node::session::{Arrival, Sample};
use tabchain_shared::node::snapshot::{BlockView, MiningWait, NodeKind, Snapshot};
use tabchain_shared::node::timeline::{TimelinePart, TipView};
use tabchain_shared::node::tree_view::{TreeOverview, TreePart};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{Address, Amount, BlockHash, Decode, Header, NodeId, Txid};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{LinkReport, LinkTransport};

use crate::text;
use wasm_bindgen::JsValue;
use web_sys::Storage;

pub use stream::events;

/// Kept for as long as the tab, so that a reloaded panel still steers.
const TOKEN_KEY: &str = "tabchain-operator-token";

/// What the relay shows of a node; absent is what the node has not told, or only its own relay knows.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Peer {
    pub id: NodeId,
    pub name: String,
    pub kind: NodeKind,
    /// Lives in the relay itself.
    pub resident: bool,
    /// The own node of the relay that it is connected to.
    pub relay: Option<NodeId>,
    pub address: Option<Address>,
    pub balance: Option<Amount>,
    pub tip: Option<BlockHash>,
    pub height: Option<u32>,
    /// The peer from which it got its tip; absent if it found that itself.
    pub tip_from: Option<NodeId>,
    /// Hashes per second, as the node claims.
    pub hashrate: Option<f64>,
    /// Hashes per second, as its shares prove.
    pub proven_hashrate: Option<f64>,
    /// How many of them there are.
    pub proven_shares: Option<u32>,
    /// The claim has been far from that for a while.
    pub claim_doubted: bool,
    pub mining: Option<bool>,
    /// Why its miners rest although mining is switched on.
    pub waits: Option<MiningWait>,
    /// What its miners keep to; absent: they search as fast as they can.
    pub limit: Option<HashrateLimit>,
    pub links: Vec<LinkReport>,
    pub follows_host: Option<bool>,
    /// The part that the host has it play; absent of nodes that only another relay knows.
    pub role: Option<Role>,
    /// Of a part that has one.
    pub score: Option<Score>,
}

impl Peer {
    /// Links that go from browser to browser.
    pub fn webrtc_links(&self) -> usize {
        self.links.iter().filter(|link| link.transport == LinkTransport::Webrtc).count()
    }

    /// Milliseconds, the median of those links for which the node has measured any.
    pub fn round_trip(&self) -> Option<u64> {
        let mut measured: Vec<u64> = self.links.iter().filter_map(|link| link.round_trip).collect();
        measured.sort_unstable();
        measured.get(measured.len() / 2).copied()
    }
}

/// The network's shape and its links.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Topology {
    #[serde(flatten)]
    pub shape: Shape,
    pub links: Vec<Link>,
    /// Pairs whose links the host has cut.
    pub cut: Vec<[NodeId; 2]>,
    /// Parts that the host has divided the network into, besides that of everyone else; none while it is whole.
    pub groups: Vec<Vec<NodeId>>,
    /// What the host has links do to frames.
    pub faults: Vec<Fault>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Fault {
    pub nodes: [NodeId; 2],
    pub fault: LinkFault,
}

/// Which nodes are linked; as the relay's flag `--topology` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Shape {
    pub shape: ShapeName,
    /// Of the random one alone: how many others each node is linked with, besides the relay's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degree: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ShapeName {
    Random,
    Mesh,
    Star,
    Ring,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Link {
    pub ends: [LinkSide; 2],
    pub made_by: MadeBy,
}

/// What one of a link's nodes says of it, as soon as it does.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct LinkSide {
    pub node: NodeId,
    pub transport: Option<LinkTransport>,
    pub round_trip: Option<u64>,
    /// It does to what it sends what the host's fault says.
    pub faulty: bool,
}

impl Link {
    /// What the two ends measure differs by chance; this is the mean, ms.
    pub fn round_trip(&self) -> Option<u64> {
        let measured: Vec<u64> = self.ends.iter().filter_map(|end| end.round_trip).collect();
        (!measured.is_empty()).then(|| measured.iter().sum::<u64>() / measured.len() as u64)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MadeBy {
    Shape,
    Host,
}

/// How many links an order made and cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Changed {
    pub made: usize,
    pub cut: usize,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MineOrder {
    pub nodes: Nodes,
    pub action: MineAction,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blocks: Option<u32>,
    /// Hashes per second for each node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hashrate_limit: Option<f64>,
    /// For each node the part of the time that its workers compute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub machine_share: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Nodes {
    /// Written `"all"`.
    All(All),
    Some(Vec<NodeId>),
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum All {
    All,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MineAction {
    Start,
    Stop,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MineAnswers {
    pub answers: Vec<MineAnswer>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct MineAnswer {
    pub name: String,
    pub answer: Outcome,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    Accepted,
    Refused { reason: String },
    NoAnswer { reason: String },
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewTransaction {
    pub sender: NodeId,
    pub receiver: NodeId,
    pub amount: Amount,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Sent {
    pub txid: Txid,
}

const BENCHMARK: &str = "/benchmarks/pow";
const TOPOLOGY: &str = "/topology";
const PARTITION: &str = "/partition";

/// What the relay measured of its own machine, natively.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Benchmark {
    pub state: BenchmarkState,
    /// `x86_64 linux`
    pub machine: String,
    pub cores: usize,
    /// In the order of the algorithms, as far as the run has come.
    pub figures: Vec<BenchmarkFigure>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BenchmarkState {
    Idle,
    Running,
    Done,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct BenchmarkFigure {
    pub algorithm: Algorithm,
    pub kernel: String,
    pub lanes: u32,
    /// Hashes per second of one thread.
    pub hashrate: f64,
}

/// What an RFC 9457 answer says to a person.
#[derive(Deserialize)]
struct Problem {
    title: Option<String>,
    detail: Option<String>,
}

fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// Takes the token out of the address bar (`/control#token=…`), where it would end up in screenshots, into this tab's storage,
/// from which the control panel has it. Without storage it stays in the bar until the panel's program is here.
pub fn take_token() {
    if let (Some(token), Some(storage)) = (token_in_address(), storage())
        && storage.set_item(TOKEN_KEY, &token).is_ok()
    {
        clear_address();
    }
}

fn token_in_address() -> Option<String> {
    Some(window().location().hash().ok()?.strip_prefix("#token=")?.to_owned())
}

fn clear_address() {
    let location = window().location();
    let address = location.pathname().unwrap_or_default() + &location.search().unwrap_or_default();
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}

/// The host's token, if this tab has it.
#[derive(Clone, Copy)]
pub struct Operator {
    token: RwSignal<Option<String>>,
}

impl Operator {
    /// With the token that the page took, or had to leave in the address bar.
    pub fn of_this_tab() -> Self {
        let left = token_in_address().inspect(|_| clear_address());
        let token = left.or_else(|| storage()?.get_item(TOKEN_KEY).ok().flatten());
        Self { token: RwSignal::new(token.filter(|token| !token.is_empty())) }
    }

    pub fn may_steer(self) -> bool {
        self.token.read().is_some()
    }

    pub async fn mine(self, order: &MineOrder) -> Result<MineAnswers, String> {
        self.post("/mine", order).await
    }

    pub async fn new_transaction(self, transaction: &NewTransaction) -> Result<Sent, String> {
        self.post("/new-transaction", transaction).await
    }

    pub async fn set_topology(self, shape: Shape) -> Result<Changed, String> {
        self.ask(Request::put(TOPOLOGY), Some(&shape)).await
    }

    pub async fn make_link(self, nodes: [NodeId; 2]) -> Result<Changed, String> {
        #[derive(Serialize)]
        struct Wanted {
            nodes: [NodeId; 2],
        }
        self.post("/links", &Wanted { nodes }).await
    }

    pub async fn cut_link(self, [a, b]: [NodeId; 2]) -> Result<Changed, String> {
        self.ask(Request::delete(&format!("/links/{a}/{b}")), None::<&()>).await
    }

    /// Has a node play a part.
    pub async fn set_role(self, node: NodeId, role: Role) -> Result<(), String> {
        let request = Request::put(&format!("/peers/{node}/role"));
        self.ask(request, Some(&role)).await.map(|_: serde_json::Value| ())
    }

    /// Has a link delay, lose or slow down frames.
    pub async fn set_fault(self, [a, b]: [NodeId; 2], fault: LinkFault) -> Result<(), String> {
        self.ask(Request::put(&format!("/links/{a}/{b}/fault")), Some(&fault)).await.map(|_: serde_json::Value| ())
    }

    pub async fn clear_fault(self, [a, b]: [NodeId; 2]) -> Result<(), String> {
        let request = Request::delete(&format!("/links/{a}/{b}/fault"));
        self.ask(request, None::<&()>).await.map(|_: serde_json::Value| ())
    }

    /// Divides the network: these nodes, and everyone else.
    pub async fn part(self, nodes: Vec<NodeId>) -> Result<Changed, String> {
        #[derive(Serialize)]
        struct Wanted {
            groups: [Vec<NodeId>; 1],
        }
        self.ask(Request::put(PARTITION), Some(&Wanted { groups: [nodes] })).await
    }

    pub async fn heal(self) -> Result<Changed, String> {
        self.ask(Request::delete(PARTITION), None::<&()>).await
    }

    async fn post<Answer: DeserializeOwned>(self, path: &str, body: &impl Serialize) -> Result<Answer, String> {
        self.ask(Request::post(path), Some(body)).await
    }

    async fn ask<Answer: DeserializeOwned>(
        self,
        request: RequestBuilder,
        body: Option<&impl Serialize>,
    ) -> Result<Answer, String> {
        let token = self.token.get_untracked().ok_or_else(|| text!("frame-only-watching"))?;
        let request = request.header("Authorization", &format!("Bearer {token}"));
        let request = match body {
            Some(body) => request.json(body),
            None => request.build(),
        };
        let response = request.map_err(unreachable)?.send().await.map_err(unreachable)?;
        if response.status() == 401 {
            self.forget();
        }
        read(response).await
    }

    /// The relay was started anew with another token, or the link was mistyped.
    fn forget(self) {
        if let Some(storage) = storage() {
            let _ = storage.remove_item(TOKEN_KEY);
        }
        self.token.set(None);
    }
}

/// Every node that the relay knows, its own included.
pub async fn peers() -> Result<Vec<Peer>, String> {
    get("/peers").await
}

/// The little of a [`Peer`] that a node's page and the explorer need.
#[derive(Debug, Clone, Deserialize)]
pub struct Neighbour {
    pub name: String,
    pub address: Option<Address>,
    pub mining: Option<bool>,
}

/// Every node that the relay knows, for a node's page and the explorer: they do without the code that reads all of a peer.
pub async fn neighbours() -> Result<Vec<Neighbour>, String> {
    get("/peers").await
}

/// What the relay's own node shows.
pub async fn status() -> Result<Snapshot, String> {
    #[derive(Deserialize)]
    struct Status {
        node: Snapshot,
    }
    get("/status").await.map(|status: Status| status.node)
}

/// All blocks at so many heights that the relay's node knows.
pub async fn tree(from: u32, limit: usize) -> Result<TreePart, String> {
    get(&format!("/tree?from={from}&limit={limit}")).await
}

/// Its chain between two heights from afar.
pub async fn tree_overview(from: u32, to: u32) -> Result<TreeOverview, String> {
    get(&format!("/tree/overview?from={from}&to={to}")).await
}

/// What a node came to believe; of the relay's own, if `node` names none.
pub async fn timeline(node: Option<NodeId>, from: u32) -> Result<TimelinePart, String> {
    let whose = node.map_or_else(String::new, |node| format!("&node={node}"));
    get(&format!("/timeline?from={from}{whose}")).await
}

/// The tip that a node said to follow.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SaidTip {
    pub name: String,
    pub tip: TipView,
}

/// Which tip each node said to follow at a moment.
pub async fn tips_at(time: Time) -> Result<Vec<SaidTip>, String> {
    get(&format!("/timeline/tips?at={}", time.0)).await
}

/// What the relay's node saw of the fork that a block is part of, as JSON.
pub async fn fork(block: &BlockHash) -> Result<String, String> {
    let response = fetch(&format!("/timeline/fork?block={block}"), "application/json").await?;
    if response.ok() { response.text().await.map_err(unreachable) } else { Err(problem(response).await) }
}

/// A block, however old.
pub async fn block(hash: &BlockHash) -> Result<BlockView, String> {
    get(&format!("/blocks/{hash}")).await
}

/// The network's parameters.
pub async fn params() -> Result<Params, String> {
    #[derive(Deserialize)]
    struct Network {
        params: Params,
    }
    get("/network").await.map(|network: Network| network.params)
}

/// The active chain's headers from a height on, as many as come at once: 2 000.
pub async fn headers(from: u32) -> Result<Vec<Header>, String> {
    let bytes = get_bytes(&format!("/headers?from={from}")).await?;
    let headers = bytes.chunks(Header::SIZE).map(Header::from_bytes).collect::<Result<_, _>>();
    headers.map_err(|error| format!("The relay's headers make no sense here: {error}."))
}

/// What the relay measured lately.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Series {
    pub samples: Vec<Sample>,
    pub arrivals: Vec<Arrival>,
}

pub async fn series(after: Time) -> Result<Series, String> {
    get(&format!("/series?after={}", after.0)).await
}

/// How the network is linked.
pub async fn topology() -> Result<Topology, String> {
    get(TOPOLOGY).await
}

/// How fast the relay's machine hashes, as far as that is known.
pub async fn benchmark() -> Result<Benchmark, String> {
    get(BENCHMARK).await
}

/// Has the relay's machine measured, unless that is under way or was done a moment ago.
pub async fn start_benchmark() -> Result<Benchmark, String> {
    read(Request::post(BENCHMARK).send().await.map_err(unreachable)?).await
}

/// An answer in JSON.
pub async fn get<Answer: DeserializeOwned>(path: &str) -> Result<Answer, String> {
    read(fetch(path, "application/json").await?).await
}

/// An answer in bytes.
pub async fn get_bytes(path: &str) -> Result<Vec<u8>, String> {
    let response = fetch(path, "application/octet-stream").await?;
    if response.ok() { response.binary().await.map_err(unreachable) } else { Err(problem(response).await) }
}

async fn fetch(path: &str, kind: &str) -> Result<Response, String> {
    reading(path, kind).send().await.map_err(unreachable)
}

/// A relay may answer readings only to who has a token, the host's or one for reading.
fn reading(path: &str, kind: &str) -> RequestBuilder {
    let token = storage().and_then(|storage| storage.get_item(TOKEN_KEY).ok().flatten());
    let request = Request::get(path).header("Accept", kind);
    match token {
        Some(token) => request.header("Authorization", &format!("Bearer {token}")),
        None => request,
    }
}

async fn read<Answer: DeserializeOwned>(response: Response) -> Result<Answer, String> {
    if response.ok() {
        return response.json().await.map_err(|error| text!("frame-relay-nonsense", error = error.to_string()));
    }
    Err(problem(response).await)
}

/// What a refusal says to a person.
async fn problem(response: Response) -> String {
    let status = response.status();
    let problem = response.json::<Problem>().await.ok();
    let words = problem.and_then(|problem| problem.detail.or(problem.title));
    words.unwrap_or_else(|| text!("frame-relay-status", status = status))
}

fn unreachable(_: gloo_net::Error) -> String {
    unanswered()
}

fn unanswered() -> String {
    text!("frame-relay-silent")
}
