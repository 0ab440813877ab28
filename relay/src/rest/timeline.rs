//! `/timeline`: what a node believed at any moment of late, and what the relay's own node saw of a fork.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use tabchain_shared::node::fork_record::{ForkRecord, NoForkRecord};
use tabchain_shared::node::io::Time;
use tabchain_shared::node::timeline::{MAX_HAPPENINGS, TimelinePart};
use tabchain_shared::primitives::{BlockHash, NodeId};
use utoipa::IntoParams;

use super::{Json, Problem, Query};
use crate::AppState;
use crate::switchboard::SaidTip;

/// Whose timeline, and which part.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// An id from `/peers`; without it the relay's own node.
    #[param(value_type = Option<NodeId>)]
    node: Option<String>,
    /// Number of a happening.
    #[serde(default)]
    #[param(minimum = 0, maximum = 4_294_967_295_u64, default = 0)]
    from: u32,
}

/// What a node came to believe, and when
///
/// Of the relay's own node: each header, block and move of its tip of late, as it saw them. Of another node that is or was connected
/// here, only which tip it said to follow (`reported`). At most 500 happenings come at once; `next` leads on.
#[utoipa::path(get, path = "/timeline", tag = "network", params(Which),
    responses(
        (status = 200, description = "Happenings, the oldest first", body = TimelinePart),
        (status = 404, description = "No such node has told this relay of its tip"),
    ))]
pub async fn timeline(
    State(relay): State<AppState>,
    Query(Which { node, from }): Query<Which>,
) -> Result<Json<TimelinePart>, Problem> {
    let id = match node {
        None => relay.resident.id(),
        Some(text) => text
            .parse::<NodeId>()
            .map_err(|_| Problem::bad_request(format!("node: {text:?} is no id; GET /peers lists them")))?,
    };
    if id == relay.resident.id() {
        return Ok(Json(relay.resident.query(move |node| node.timeline_part(from, MAX_HAPPENINGS)).await?));
    }
    let said = relay.switchboard.timeline_of(id, from, MAX_HAPPENINGS);
    said.map(Json).ok_or_else(|| Problem::not_found(format!("no node {id} has told this relay of its tip")))
}

/// A moment.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Moment {
    /// In milliseconds since 1970.
    #[param(minimum = 0, maximum = 18_446_744_073_709_551_615_u64)]
    at: u64,
}

/// Which tip each node said to follow at a moment
///
/// Of the nodes that were connected to this relay then, as far as it remembers. The relay has not checked what they said.
#[utoipa::path(get, path = "/timeline/tips", tag = "network", params(Moment),
    responses((status = 200, description = "Tips, by the names of their nodes", body = Vec<SaidTip>)))]
pub async fn tips(State(relay): State<AppState>, Query(Moment { at }): Query<Moment>) -> Json<Vec<SaidTip>> {
    Json(relay.switchboard.tips_said_at(Time(at)))
}

/// A block of a fork.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Of {
    /// One that competes with another.
    block: BlockHash,
}

/// What the relay's node saw of a fork
///
/// The blocks above the fork point in the order in which they came, and where the tip went meanwhile: what "what if one had come
/// earlier?" is computed from.
#[utoipa::path(get, path = "/timeline/fork", tag = "network", params(Of),
    responses(
        (status = 200, description = "Blocks and moves of the tip, the oldest first", body = ForkRecord),
        (status = 404, description = "This node does not have that block"),
        (status = 409, description = "Nothing competes with it, or the fork is too deep or too long ago"),
    ))]
pub async fn fork(State(relay): State<AppState>, Query(Of { block }): Query<Of>) -> Result<Json<ForkRecord>, Problem> {
    let record = relay.resident.query(move |node| node.fork_record(block)).await?;
    record.map(Json).map_err(|error| match error {
        NoForkRecord::Unknown => Problem::not_found(error.to_string()),
        NoForkRecord::NoFork | NoForkRecord::TooDeep | NoForkRecord::Forgotten => {
            Problem::new(StatusCode::CONFLICT, error.to_string())
        }
    })
}
