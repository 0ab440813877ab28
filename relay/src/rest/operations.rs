//! What the operator may do: `/new-transaction`, `/mine` and `/register-with`.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::primitives::{Address, Amount, Memo, NodeId, Txid};
use tokio::time::timeout;

use super::peers::{self, PeerEntry, Transport, find_node};
use super::{Json, Problem};
use crate::AppState;
use crate::join::{JoinError, RegisterError, RelayAddress};
use crate::operator::Operator;

/// How long a node may take to answer an order.
const ORDER_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTransaction {
    /// A node's id, name or address.
    sender: String,
    /// An address, or a node's id or name.
    receiver: String,
    amount: Amount,
    fee: Option<Amount>,
    #[serde(default)]
    memo: Memo,
}

#[derive(Serialize)]
pub struct Accepted {
    txid: Txid,
}

/// Asks a node to sign and send. 202: it is in that node's mempool; a miner has yet to take it.
pub async fn new_transaction(
    _: Operator,
    State(relay): State<AppState>,
    Json(request): Json<NewTransaction>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let nodes = peers::list(&relay).await?;
    let sender = find_subordinate(&nodes, &request.sender)?;
    let recipient = find_address(&nodes, &request.receiver)?;
    let command = Command::Pay { recipient, amount: request.amount, fee: request.fee, memo: request.memo };
    match order(&relay, sender, command).await? {
        Outcome::Answered(Answer::Accepted { txid }) => Ok((StatusCode::ACCEPTED, Json(Accepted { txid }))),
        Outcome::Answered(Answer::Refused { reason }) => {
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{} refuses: {reason}", sender.name)))
        }
        Outcome::Answered(Answer::Done) => {
            Err(Problem::new(StatusCode::BAD_GATEWAY, format!("{} gave no txid", sender.name)))
        }
        Outcome::NoAnswer(NoAnswer { reason }) => Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, reason)),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mine {
    #[serde(default)]
    nodes: Nodes,
    #[serde(default)]
    action: Action,
    /// Stop by itself after this many.
    blocks: Option<u32>,
    /// Hashes per second, for each node.
    hashrate_limit: Option<f64>,
    /// For each node the part of the time that its workers compute, above 0 and at most 1.
    machine_share: Option<f64>,
}

impl Mine {
    fn limit(&self) -> Result<Option<HashrateLimit>, Problem> {
        let limit = match (self.hashrate_limit, self.machine_share) {
            (None, None) => return Ok(None),
            (Some(limit), None) => HashrateLimit::HashesPerSecond(limit),
            (None, Some(share)) => HashrateLimit::MachineShare(share),
            (Some(_), Some(_)) => {
                let detail =
                    "hashrate_limit or machine_share: say how many hashes per second, or which part of the machine";
                return Err(Problem::bad_request(detail));
            }
        };
        let field = if self.machine_share.is_some() { "machine_share" } else { "hashrate_limit" };
        limit.check().map_err(|error| Problem::bad_request(format!("{field}: {error}")))?;
        Ok(Some(limit))
    }
}

#[derive(Default, Deserialize)]
#[serde(untagged, expecting = "nodes: \"all\", or a list of node ids or names")]
enum Nodes {
    #[default]
    #[serde(skip)]
    All,
    Word(AllWord),
    Listed(Vec<String>),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum AllWord {
    All,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Start,
    Stop,
}

#[derive(Serialize)]
pub struct MineAnswer {
    answers: Vec<NodeAnswer>,
}

#[derive(Serialize)]
struct NodeAnswer {
    node: NodeId,
    name: String,
    answer: Outcome,
}

/// What became of an order.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Answered(Answer),
    NoAnswer(NoAnswer),
}

/// Written like an [`Answer`] of its own kind.
#[derive(Serialize)]
#[serde(tag = "kind", rename = "no-answer")]
struct NoAnswer {
    reason: String,
}

pub async fn mine(
    _: Operator,
    State(relay): State<AppState>,
    Json(request): Json<Mine>,
) -> Result<(StatusCode, Json<MineAnswer>), Problem> {
    let limit = request.limit()?;
    let Mine { nodes, action, blocks, .. } = request;
    if blocks == Some(0) {
        return Err(Problem::bad_request("blocks: ask for at least 1, or leave it out to mine until told to stop"));
    }
    let command = match action {
        Action::Start => Command::StartMining { blocks, limit },
        Action::Stop if blocks.is_some() || limit.is_some() => {
            return Err(Problem::bad_request("blocks, hashrate_limit and machine_share belong to the action start"));
        }
        Action::Stop => Command::StopMining,
    };
    let known = peers::list(&relay).await?;
    let chosen: Vec<&PeerEntry> = match &nodes {
        Nodes::All | Nodes::Word(AllWord::All) => known.iter().filter(|node| node.follows_host == Some(true)).collect(),
        Nodes::Listed(names) if names.is_empty() => {
            return Err(Problem::bad_request("nodes: name at least one node, or say \"all\""));
        }
        Nodes::Listed(names) => names.iter().map(|name| find_subordinate(&known, name)).collect::<Result<_, _>>()?,
    };
    let answers = join_all(chosen.into_iter().map(async |node| {
        let answer = order(&relay, node, command.clone()).await?;
        Ok::<_, Problem>(NodeAnswer { node: node.id, name: node.name.clone(), answer })
    }));
    let answers = answers.await.into_iter().collect::<Result<_, _>>()?;
    Ok((StatusCode::ACCEPTED, Json(MineAnswer { answers })))
}

/// The coursework calls the field `node_address`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Register {
    #[serde(alias = "node_address")]
    address: RelayAddress,
}

#[derive(Serialize)]
pub struct Registered {
    address: RelayAddress,
    /// The other relay's own node.
    relay: NodeId,
    network: String,
}

pub async fn register_with(
    _: Operator,
    State(relay): State<AppState>,
    Json(Register { address }): Json<Register>,
) -> Result<Json<Registered>, Problem> {
    match relay.joins.register(address.clone()).await {
        Ok(node) => {
            let network = relay.switchboard.params().name.clone();
            Ok(Json(Registered { address, relay: node, network }))
        }
        Err(error) => {
            let status = match &error {
                RegisterError::Join(JoinError::Unreachable { .. }) => StatusCode::GATEWAY_TIMEOUT,
                RegisterError::Join(JoinError::NotARelay { .. }) => StatusCode::BAD_GATEWAY,
                RegisterError::Join(JoinError::OtherNetwork { .. } | JoinError::Refused { .. })
                | RegisterError::TooMany => StatusCode::CONFLICT,
                RegisterError::Join(JoinError::Stopping) => StatusCode::SERVICE_UNAVAILABLE,
                RegisterError::NotKept(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            Err(Problem::new(status, error.to_string()))
        }
    }
}

async fn order(relay: &AppState, node: &PeerEntry, command: Command) -> Result<Outcome, Problem> {
    let asked = async {
        match node.transport {
            Transport::InProcess => relay.resident.order(command).await.map(Some).map_err(Problem::from),
            Transport::Relay => match relay.switchboard.order(node.id, command) {
                // The sender is dropped when the node leaves.
                Some(answer) => Ok(answer.await.ok()),
                None => Ok(None),
            },
            Transport::Joined => Err(elsewhere(node)),
        }
    };
    let silence = match timeout(ORDER_TIMEOUT, asked).await {
        Ok(Ok(Some(answer))) => return Ok(Outcome::Answered(answer)),
        Ok(Ok(None)) => "has left",
        Ok(Err(problem)) => return Err(problem),
        Err(_) => "did not answer within 5 seconds",
    };
    Ok(Outcome::NoAnswer(NoAnswer { reason: format!("{} {silence}", node.name) }))
}

/// The node that a person means, if this relay can order it.
fn find_subordinate<'a>(nodes: &'a [PeerEntry], wanted: &str) -> Result<&'a PeerEntry, Problem> {
    let node = find_node(nodes, wanted)?;
    if node.transport == Transport::Joined { Err(elsewhere(node)) } else { Ok(node) }
}

pub(super) fn elsewhere(node: &PeerEntry) -> Problem {
    Problem::new(StatusCode::CONFLICT, format!("{} is on another relay and takes orders only there", node.name))
}

/// An address stands for itself; otherwise it is a node's.
fn find_address(nodes: &[PeerEntry], wanted: &str) -> Result<Address, Problem> {
    if let Ok(address) = wanted.parse() {
        return Ok(address);
    }
    find_node(nodes, wanted).map(|node| node.address)
}
