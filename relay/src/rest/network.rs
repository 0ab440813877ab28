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
use utoipa::ToSchema;

use super::{Json, Problem};
use crate::AppState;
use crate::clock::now;
use crate::join::JoinStatus;
use crate::switchboard::SwitchboardStatus;

/// A node that does not answer within this is not healthy.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);

/// Which network this is
#[derive(Serialize, ToSchema)]
pub struct NetworkAnswer {
    name: String,
    network_id: NetworkId,
    genesis: BlockHash,
    protocol: u32,
    params: Params,
}

/// How this relay does
#[derive(Serialize, ToSchema)]
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

/// It is well
#[derive(Serialize, ToSchema)]
pub struct HealthAnswer {
    status: &'static str,
    node: NodeId,
    height: u32,
}

/// Which network this is, with its parameters
#[utoipa::path(get, path = "/network", tag = "network",
    responses((status = 200, description = "The same for the life of the relay", body = NetworkAnswer)))]
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

/// How this relay does: its own node, its connections, relays that it has joined
#[utoipa::path(get, path = "/status", tag = "network",
    responses((status = 200, description = "As it is now", body = StatusAnswer)))]
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

/// For whatever watches over services: 200, or 503 with the reason
///
/// It asks the relay's own node, so it also fails when that hangs. It needs no token, and has an answer for who only wants to
/// know whether to restart.
#[utoipa::path(get, path = "/health", tag = "network",
    responses(
        (status = 200, description = "The node answers, and what it accepts is stored", body = HealthAnswer),
        (status = 503, description = "The node hangs, can store nothing, or is about to stop"),
    ))]
pub async fn health(State(relay): State<AppState>) -> Result<Json<HealthAnswer>, Problem> {
    let unwell = |detail: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail);
    if relay.draining.is_cancelled() {
        return Err(unwell("stopping: send new clients elsewhere".into()));
    }
    if let Some(failure) = relay.resident.read_only() {
        return Err(unwell(failure.to_string()));
    }
    let asked = relay.resident.query(|node: &Node| (node.id(), node.chain().height()));
    let (node, height) =
        timeout(HEALTH_TIMEOUT, asked).await.map_err(|_| unwell("the relay's node is too busy to answer".into()))??;
    Ok(Json(HealthAnswer { status: "ok", node, height }))
}
