//! `/network`, `/status` and `/health`: which network this is, and how this relay does.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Node;
use tabchain_shared::node::snapshot::Snapshot;
use tabchain_shared::primitives::{BlockHash, NetworkId, NodeId};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tokio::time::timeout;

use super::{Json, Problem};
use crate::AppState;
use crate::clock::now;
use crate::join::JoinStatus;
use crate::switchboard::SwitchboardStatus;

/// A node that does not answer within this is not healthy.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Serialize)]
pub struct NetworkAnswer {
    name: String,
    network_id: NetworkId,
    genesis: BlockHash,
    protocol: u32,
    params: Params,
}

#[derive(Serialize)]
pub struct StatusAnswer {
    version: &'static str,
    uptime_seconds: u64,
    node: Snapshot,
    /// Of the node: what it shows and the disk does not hold yet.
    unfinished_writes: usize,
    switchboard: SwitchboardStatus,
    /// Relays that this one has joined, or tries to.
    joined: Vec<JoinStatus>,
}

#[derive(Serialize)]
pub struct HealthAnswer {
    status: &'static str,
    node: NodeId,
    height: u32,
}

pub async fn network(State(relay): State<AppState>) -> Json<NetworkAnswer> {
    let params = relay.switchboard.params().clone();
    Json(NetworkAnswer {
        name: params.name.clone(),
        network_id: params.network_id(),
        genesis: params.genesis().hash(),
        protocol: PROTOCOL_VERSION,
        params,
    })
}

pub async fn status(State(relay): State<AppState>) -> Result<Json<StatusAnswer>, Problem> {
    Ok(Json(StatusAnswer {
        version: env!("CARGO_PKG_VERSION"),
        uptime_seconds: now().millis_since(relay.started) / 1000,
        node: relay.resident.query(Node::snapshot).await?,
        unfinished_writes: relay.resident.unfinished_writes(),
        switchboard: relay.switchboard.status(),
        joined: relay.joins.status(),
    }))
}

pub async fn health(State(relay): State<AppState>) -> Result<Json<HealthAnswer>, Problem> {
    let asked = relay.resident.query(|node: &Node| (node.id(), node.chain().height()));
    let (node, height) = timeout(HEALTH_TIMEOUT, asked)
        .await
        .map_err(|_| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "the relay's node is too busy to answer"))??;
    Ok(Json(HealthAnswer { status: "ok", node, height }))
}
