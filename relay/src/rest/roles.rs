//! `/peers/{node}/role`: the part that a node plays, such as the selfish miner.

use axum::extract::{Path, State};
use serde::Serialize;
use tabchain_shared::node::Command;
use tabchain_shared::node::role::Role;
use tabchain_shared::primitives::NodeId;
use utoipa::ToSchema;

use super::operations::{carry_out, find_subordinate};
use super::{Json, Problem, peers};
use crate::AppState;
use crate::operator::Operator;

/// Who plays what now
#[derive(Serialize, ToSchema)]
pub struct RoleAnswer {
    node: NodeId,
    name: String,
    role: Role,
}

/// Have a node play a part
///
/// A tab plays it until it is told to be `honest`, is reloaded or closed, or follows the host no more; what it hides is then shown. It
/// mines as it did before. `GET /peers` tells everybody who plays what.
#[utoipa::path(put, path = "/peers/{node}/role", tag = "operator", request_body = Role,
    params(("node" = String, Path, description = "A node's id, name or address", example = "ada")),
    responses(
        (status = 200, description = "It plays that part", body = RoleAnswer),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "That name is not unique, or the node is on another relay"),
        (status = 422, description = "The node refuses: only tabs that follow the host play parts"),
        (status = 504, description = "The node did not answer, or has left"),
    ))]
pub async fn set_role(
    _: Operator,
    State(relay): State<AppState>,
    Path(node): Path<String>,
    Json(role): Json<Role>,
) -> Result<Json<RoleAnswer>, Problem> {
    role.check().map_err(|error| Problem::bad_request(error.to_string()))?;
    let known = peers::list(&relay).await?;
    let node = find_subordinate(&known, &node)?;
    carry_out(&relay, node, Command::Play { role }).await?;
    tracing::info!(node = %node.id, ?role, "the host gave a node a role");
    Ok(Json(RoleAnswer { node: node.id, name: node.name.clone(), role }))
}
