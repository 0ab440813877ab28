//! `/links/…/fault` and `/partition`: what the operator has links do to frames, and how it divides the network. `/topology`
//! shows both to everyone.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;
use utoipa::ToSchema;

use super::peers::{self, PeerEntry, find_node};
use super::topology::{find_both, find_linkable, keep_orders, refusal};
use super::{Json, Path, Problem};
use crate::AppState;
use crate::operator::Operator;
use crate::switchboard::Changed;
use crate::switchboard::topology::LinkError;

/// Two nodes and what their link does
#[derive(Serialize, ToSchema)]
pub struct FaultAnswer {
    nodes: [NodeId; 2],
    /// `null`: nothing any more.
    fault: Option<LinkFault>,
}

/// How the network is to be divided
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"groups": [["ada", "bob"]]}))]
pub struct WantedPartition {
    /// Ids, names or addresses of nodes that belong together, at most 8 groups of them. Everyone else is one group more.
    #[schema(min_items = 1, max_items = 8)]
    groups: Vec<Vec<String>>,
}

/// The groups, and what it changed
#[derive(Serialize, ToSchema)]
pub struct PartitionAnswer {
    groups: Vec<Vec<NodeId>>,
    #[serde(flatten)]
    changed: Changed,
}

/// Have the link of two nodes delay, lose or slow down frames
///
/// Both nodes do it to what they send to each other, if they follow the host, now and whenever they are linked again. Setting the
/// topology takes it away.
#[utoipa::path(put, path = "/links/{a}/{b}/fault", tag = "operator", request_body = LinkFault,
    params(
        ("a" = String, Path, description = "A node's id, name or address", example = "ada"),
        ("b" = String, Path, description = "Another's", example = "bob"),
    ),
    responses(
        (status = 200, description = "They were told", body = FaultAnswer),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "A node is on another relay, its name is not unique, or too many links have a fault"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn set_fault(
    _: Operator,
    State(relay): State<AppState>,
    Path((a, b)): Path<(String, String)>,
    Json(fault): Json<LinkFault>,
) -> Result<Json<FaultAnswer>, Problem> {
    fault.check().map_err(|error| Problem::bad_request(error.to_string()))?;
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &[a, b])?;
    relay.switchboard.set_fault_for_host(a.id, b.id, fault).map_err(|error| refusal(error, a, b))?;
    tracing::info!(a = %a.id, b = %b.id, ?fault, "the host gave a link a fault");
    keep_orders(&relay).await?;
    Ok(Json(FaultAnswer { nodes: [a.id, b.id], fault: Some(fault) }))
}

/// Take a link's fault away
#[utoipa::path(delete, path = "/links/{a}/{b}/fault", tag = "operator",
    params(
        ("a" = String, Path, description = "A node's id, name or address", example = "ada"),
        ("b" = String, Path, description = "Another's", example = "bob"),
    ),
    responses(
        (status = 200, description = "It has none any more", body = FaultAnswer),
        (status = 404, description = "There is no such node, or no fault between the two"),
        (status = 409, description = "A node is on another relay, or its name is not unique"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn clear_fault(
    _: Operator,
    State(relay): State<AppState>,
    Path((a, b)): Path<(String, String)>,
) -> Result<Json<FaultAnswer>, Problem> {
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &[a, b])?;
    relay.switchboard.clear_fault_for_host(a.id, b.id).ok_or_else(|| {
        let detail = format!("the link of {} and {} has no fault; GET /topology lists those that have", a.name, b.name);
        Problem::not_found(detail)
    })?;
    tracing::info!(a = %a.id, b = %b.id, "the host took a link's fault away");
    keep_orders(&relay).await?;
    Ok(Json(FaultAnswer { nodes: [a.id, b.id], fault: None }))
}

/// Divide the network into parts that cannot reach each other
///
/// All links between the parts are cut until the host heals the network or sets the topology anew; within a part nodes are
/// linked as the topology asks for.
#[utoipa::path(put, path = "/partition", tag = "operator", request_body = WantedPartition,
    responses(
        (status = 200, description = "It is in these parts", body = PartitionAnswer),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "A node is in two groups or on another relay, or that is one part"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn part(
    _: Operator,
    State(relay): State<AppState>,
    Json(WantedPartition { groups }): Json<WantedPartition>,
) -> Result<Json<PartitionAnswer>, Problem> {
    let known = peers::list(&relay).await?;
    let find = |names: &Vec<String>| names.iter().map(|name| find_linkable(&known, name)).collect();
    let groups: Vec<Vec<&PeerEntry>> = groups.iter().map(find).collect::<Result<_, Problem>>()?;
    if groups.is_empty() || groups.iter().any(Vec::is_empty) {
        return Err(Problem::bad_request(
            "groups: name at least one node in each group; everyone else is one group more",
        ));
    }
    let groups: Vec<Vec<NodeId>> =
        groups.into_iter().map(|nodes| nodes.into_iter().map(|node| node.id).collect()).collect();
    let changed = relay.switchboard.part_for_host(&groups).map_err(|error| match error {
        LinkError::InTwoGroups(id) => {
            let name = find_node(&known, &id.to_string()).map_or_else(|_| id.to_string(), |node| node.name.clone());
            Problem::new(StatusCode::CONFLICT, format!("{name} is named twice; a node is in one group"))
        }
        other => Problem::new(StatusCode::CONFLICT, other.to_string()),
    })?;
    tracing::info!(groups = groups.len(), cut = changed.cut, "the host divided the network");
    keep_orders(&relay).await?;
    Ok(Json(PartitionAnswer { groups, changed }))
}

/// Make the network whole again
///
/// The links are back that the partition cut. A network that is whole stays as it is.
#[utoipa::path(delete, path = "/partition", tag = "operator",
    responses(
        (status = 200, description = "It is whole", body = PartitionAnswer),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn heal(_: Operator, State(relay): State<AppState>) -> Result<Json<PartitionAnswer>, Problem> {
    let changed = relay.switchboard.heal_for_host();
    tracing::info!(made = changed.made, "the host healed the network");
    keep_orders(&relay).await?;
    Ok(Json(PartitionAnswer { groups: Vec::new(), changed }))
}
