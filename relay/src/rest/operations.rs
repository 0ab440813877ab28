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
use tokio::sync::oneshot;
use tokio::time::timeout;
use utoipa::ToSchema;

use super::peers::{self, PeerEntry, Transport, find_node};
use super::{Json, Problem};
use crate::AppState;
use crate::join::{JoinError, RegisterError, RelayAddress};
use crate::operator::Operator;

/// How long a node may take to answer an order.
pub const ORDER_TIMEOUT: Duration = Duration::from_secs(5);

/// A payment that a node is to sign and send
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransaction {
    /// A node's id, name or address.
    #[schema(example = "bob")]
    sender: String,
    /// An address, or a node's id or name.
    #[schema(example = "alice")]
    receiver: String,
    amount: Amount,
    /// The usual one, if it is left out.
    fee: Option<Amount>,
    #[serde(default)]
    memo: Memo,
}

/// The transaction that was made
#[derive(Serialize, ToSchema)]
pub struct Accepted {
    txid: Txid,
}

/// Have a node sign and send a payment
///
/// A miner has yet to take it.
#[utoipa::path(post, path = "/new-transaction", tag = "operator", request_body = NewTransaction,
    responses(
        (status = 202, description = "It is in that node's mempool, and stored there", body = Accepted),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "That name is not unique, or the node is on another relay"),
        (status = 422, description = "The node refuses, for example because it has not so much"),
        (status = 502, description = "The node answered nonsense"),
        (status = 504, description = "The node did not answer, or has left"),
    ))]
pub async fn new_transaction(
    _: Operator,
    State(relay): State<AppState>,
    Json(request): Json<NewTransaction>,
) -> Result<(StatusCode, Json<Accepted>), Problem> {
    let nodes = peers::list(&relay).await?;
    let sender = find_subordinate(&nodes, &request.sender)?;
    let recipient = find_address(&nodes, &request.receiver)?;
    let command = Command::Pay { recipient, amount: request.amount, fee: request.fee, memo: request.memo };
    match carry_out(&relay, sender, command).await? {
        Some(txid) => Ok((StatusCode::ACCEPTED, Json(Accepted { txid }))),
        None => Err(Problem::new(StatusCode::BAD_GATEWAY, format!("{} gave no txid", sender.name))),
    }
}

/// Who is to mine, and how
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"nodes": ["bob"], "blocks": 1, "hashrate_limit": 100}))]
pub struct Mine {
    /// `"all"` that follow the host, or a list of ids, names or addresses.
    #[serde(default)]
    nodes: Nodes,
    #[serde(default)]
    action: Action,
    /// Stop by itself after this many.
    #[schema(minimum = 1, maximum = 4_294_967_295_u64)]
    blocks: Option<u32>,
    /// Hashes per second, for each node; either this or `machine_share`.
    #[schema(exclusive_minimum = 0)]
    hashrate_limit: Option<f64>,
    /// For each node the part of the time that its workers compute, above 0 and at most 1.
    #[schema(exclusive_minimum = 0, maximum = 1)]
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

#[derive(Default, Deserialize, ToSchema)]
#[serde(untagged, expecting = "nodes: \"all\", or a list of node ids or names")]
enum Nodes {
    #[default]
    #[serde(skip)]
    All,
    Word(AllWord),
    Listed(Vec<String>),
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum AllWord {
    All,
}

#[derive(Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Action {
    #[default]
    Start,
    Stop,
}

/// What each node said
#[derive(Serialize, ToSchema)]
pub struct MineAnswer {
    answers: Vec<NodeAnswer>,
}

#[derive(Serialize, ToSchema)]
struct NodeAnswer {
    node: NodeId,
    name: String,
    answer: Outcome,
}

/// What became of an order.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Outcome {
    Answered(Answer),
    NoAnswer(NoAnswer),
}

/// Written like an [`Answer`] of its own kind.
#[derive(Serialize, ToSchema)]
#[serde(tag = "kind", rename = "no-answer")]
pub(super) struct NoAnswer {
    pub reason: String,
}

/// Start or stop mining
#[utoipa::path(post, path = "/mine", tag = "operator", request_body = Mine,
    responses(
        (status = 202, description = "Each node's answer; a node may refuse", body = MineAnswer),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "That name is not unique, or the node is on another relay"),
    ))]
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

/// Another relay. The coursework calls the field `node_address`, which is taken as well.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    /// Plain `http` or `ws`, with a port if that is not 8000.
    #[serde(alias = "node_address")]
    #[schema(value_type = String, example = "http://192.168.1.20:8000")]
    address: RelayAddress,
}

/// The relay that was joined
#[derive(Serialize, ToSchema)]
pub struct Registered {
    #[schema(value_type = String, example = "http://192.168.1.20:8000")]
    address: RelayAddress,
    /// The other relay's own node.
    relay: NodeId,
    network: String,
}

/// Join another relay
///
/// It is joined again after a restart.
#[utoipa::path(post, path = "/register-with", tag = "operator", request_body = Register,
    responses(
        (status = 200, description = "Joined", body = Registered),
        (status = 409, description = "It serves another network, refuses, or is this relay itself"),
        (status = 500, description = "Joined, but it could not be kept for the next start"),
        (status = 502, description = "There is something else than a relay"),
        (status = 504, description = "Nothing answers there"),
    ))]
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

/// Has one node do something, and says so as a problem if it does not: 422 if it refuses, 504 if it is silent. The transaction that
/// was made, if the order was for one.
pub(super) async fn carry_out(relay: &AppState, node: &PeerEntry, command: Command) -> Result<Option<Txid>, Problem> {
    match order(relay, node, command).await? {
        // Whatever it says instead of refusing: what it has done is seen, and not believed.
        Outcome::Answered(Answer::Done | Answer::Chain { .. }) => Ok(None),
        Outcome::Answered(Answer::Accepted { txid }) => Ok(Some(txid)),
        Outcome::Answered(Answer::Refused { reason }) => {
            Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, format!("{} refuses: {reason}", node.name)))
        }
        Outcome::NoAnswer(NoAnswer { reason }) => Err(Problem::new(StatusCode::GATEWAY_TIMEOUT, reason)),
    }
}

async fn order(relay: &AppState, node: &PeerEntry, command: Command) -> Result<Outcome, Problem> {
    let asked = async {
        match node.transport {
            Transport::InProcess => relay.orders.give(&relay.resident, command).await.map(Some).map_err(Problem::from),
            // The sender is dropped when the node leaves.
            Transport::Relay => Ok(answer_of(relay.switchboard.order(node.id, command)).await),
            Transport::Bus => Ok(answer_of(relay.switchboard.order_away(node.id, command)).await),
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

async fn answer_of(ordered: Option<oneshot::Receiver<Answer>>) -> Option<Answer> {
    ordered?.await.ok()
}

/// The node that a person means, if this relay can order it.
pub(super) fn find_subordinate<'a>(nodes: &'a [PeerEntry], wanted: &str) -> Result<&'a PeerEntry, Problem> {
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
