//! `/topology` and `/links`: who is linked with whom, for everyone to see and for the operator to change while it runs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{LinkReport, LinkTransport};
use utoipa::ToSchema;

use super::peers::{self, PeerEntry, Transport, find_node};
use super::{Json, Path, Problem, operations};
use crate::AppState;
use crate::operator::Operator;
use crate::switchboard::Changed;
use crate::switchboard::topology::{LinkError, MadeBy, Pair, Shape, ShapeError, ShapeName};

/// The network's shape, and every link
#[derive(Serialize, ToSchema)]
#[schema(as = Topology)]
pub struct TopologyAnswer {
    #[serde(flatten)]
    shape: Shape,
    links: Vec<LinkEntry>,
    /// Pairs whose links the operator has cut.
    cut: Vec<[NodeId; 2]>,
    /// Parts that the operator has divided the network into, besides that of everyone else; none while it is whole.
    groups: Vec<Vec<NodeId>>,
    /// What the operator has links do to frames; of some the nodes may be apart or away.
    faults: Vec<FaultEntry>,
}

/// Two nodes, and what their link does
#[derive(Serialize, ToSchema)]
#[schema(as = Fault)]
struct FaultEntry {
    nodes: [NodeId; 2],
    fault: LinkFault,
}

/// A link and its two ends
#[derive(Serialize, ToSchema)]
#[schema(as = Link)]
struct LinkEntry {
    ends: [LinkSide; 2],
    made_by: MadeBy,
}

/// One of a link's nodes, and how it says the link does; `null` before it has shaken hands there and said so.
#[derive(Serialize, ToSchema)]
struct LinkSide {
    node: NodeId,
    name: String,
    transport: Option<LinkTransport>,
    /// Milliseconds.
    round_trip: Option<u64>,
    /// It does to what it sends what the operator's fault says: a node that does not follow the host does not.
    faulty: bool,
}

/// How the nodes are to be linked
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedShape {
    shape: ShapeName,
    /// For `random` only: how many others each node is introduced to.
    #[schema(minimum = 1, maximum = 40)]
    degree: Option<usize>,
}

/// The shape now, and what it changed
#[derive(Serialize, ToSchema)]
pub struct ShapeAnswer {
    #[serde(flatten)]
    shape: Shape,
    #[serde(flatten)]
    changed: Changed,
}

/// Two nodes that are to be linked
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedLink {
    /// Ids, names or addresses.
    #[schema(value_type = Vec<String>, min_items = 2, max_items = 2, example = json!(["ada", "bob"]))]
    nodes: [String; 2],
}

/// The two, and what it changed
#[derive(Serialize, ToSchema)]
pub struct LinkAnswer {
    nodes: [NodeId; 2],
    #[serde(flatten)]
    changed: Changed,
}

/// Who is linked with whom
#[utoipa::path(get, path = "/topology", tag = "network",
    responses((status = 200, description = "The shape and the links", body = TopologyAnswer)))]
pub async fn topology(State(relay): State<AppState>) -> Result<Json<TopologyAnswer>, Problem> {
    let peers = peers::list(&relay).await?;
    let view = relay.switchboard.topology();
    let sides = Sides::new(&peers);
    let mut links = view.links;
    links.extend(links_elsewhere(&peers, &view.wished));
    let links = links.into_iter().map(|(pair, made_by)| LinkEntry { ends: sides.of(pair), made_by }).collect();
    let cut = view.kept_apart.into_iter().map(Pair::nodes).collect();
    let fault_of = |(pair, fault): (Pair, LinkFault)| FaultEntry { nodes: pair.nodes(), fault };
    let faults = view.faults.into_iter().map(fault_of).collect();
    Ok(Json(TopologyAnswer { shape: view.shape, links, cut, groups: view.groups, faults }))
}

/// Give the network another shape, at once
#[utoipa::path(put, path = "/topology", tag = "operator", request_body = WantedShape,
    responses(
        (status = 200, description = "It has that shape", body = ShapeAnswer),
        (status = 409, description = "There are too many nodes for it"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn set_topology(
    _: Operator,
    State(relay): State<AppState>,
    Json(WantedShape { shape, degree }): Json<WantedShape>,
) -> Result<Json<ShapeAnswer>, Problem> {
    let refused = |error: ShapeError| {
        let status = match error {
            ShapeError::MeshTooLarge { .. } => StatusCode::CONFLICT,
            ShapeError::Unknown | ShapeError::DegreeOf(_) | ShapeError::Degree => StatusCode::BAD_REQUEST,
        };
        Problem::new(status, error.to_string())
    };
    let shape = Shape::new(shape, degree).map_err(refused)?;
    let changed = relay.switchboard.set_shape(shape).map_err(refused)?;
    tracing::info!(?shape, made = changed.made, cut = changed.cut, "the host set the topology");
    keep_orders(&relay).await?;
    Ok(Json(ShapeAnswer { shape, changed }))
}

/// Link two nodes
///
/// The link stands above the topology until the host cuts it or sets the topology anew.
#[utoipa::path(post, path = "/links", tag = "operator", request_body = WantedLink,
    responses(
        (status = 200, description = "They were linked, and now it is the host's link", body = LinkAnswer),
        (status = 201, description = "They were not linked, and are now", body = LinkAnswer),
        (status = 404, description = "There is no such node"),
        (status = 409, description = "It cannot be had: a node has too many links, or is on another relay"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn make_link(
    _: Operator,
    State(relay): State<AppState>,
    Json(WantedLink { nodes }): Json<WantedLink>,
) -> Result<(StatusCode, Json<LinkAnswer>), Problem> {
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &nodes)?;
    let changed = relay.switchboard.link_for_host(a.id, b.id).map_err(|error| refusal(error, a, b))?;
    tracing::info!(a = %a.id, b = %b.id, "the host made a link");
    keep_orders(&relay).await?;
    let status = if changed.made == 0 { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(LinkAnswer { nodes: [a.id, b.id], changed })))
}

/// Cut the link of two nodes
///
/// The two stay apart until the host links them again or sets the topology anew.
#[utoipa::path(delete, path = "/links/{a}/{b}", tag = "operator",
    params(
        ("a" = String, Path, description = "A node's id, name or address", example = "ada"),
        ("b" = String, Path, description = "Another's", example = "bob"),
    ),
    responses(
        (status = 200, description = "They are apart", body = LinkAnswer),
        (status = 404, description = "There is no such node, or no such link"),
        (status = 409, description = "It cannot be cut here: a node is on another relay, or its name is not unique"),
        (status = 500, description = "Done, but it could not be kept for the next start"),
    ))]
pub async fn cut_link(
    _: Operator,
    State(relay): State<AppState>,
    Path((a, b)): Path<(String, String)>,
) -> Result<Json<LinkAnswer>, Problem> {
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &[a, b])?;
    let changed = relay.switchboard.cut_for_host(a.id, b.id).map_err(|error| refusal(error, a, b))?;
    tracing::info!(a = %a.id, b = %b.id, "the host cut a link");
    keep_orders(&relay).await?;
    Ok(Json(LinkAnswer { nodes: [a.id, b.id], changed }))
}

/// What was ordered is carried out; before that is said, it is on the disk.
pub(super) async fn keep_orders(relay: &AppState) -> Result<(), Problem> {
    relay.orders.keep().await.map_err(|error| {
        tracing::error!("the host's orders could not be kept: {error}");
        let detail = format!("it is done, but could not be kept for the relay's next start: {error}");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, detail)
    })
}

/// Links of which both ends are on other relays, as they say themselves.
fn links_elsewhere(peers: &[PeerEntry], wished: &BTreeSet<Pair>) -> BTreeMap<Pair, MadeBy> {
    let away: HashSet<NodeId> =
        peers.iter().filter(|peer| peer.transport == Transport::Bus).map(|peer| peer.id).collect();
    let ends = peers.iter().filter(|peer| away.contains(&peer.id));
    let pairs = ends.flat_map(|peer| peer.links.iter().map(|link| [peer.id, link.node]));
    let pairs = pairs.filter(|[_, other]| away.contains(other)).map(|[a, b]| Pair::new(a, b));
    pairs.map(|pair| (pair, if wished.contains(&pair) { MadeBy::Host } else { MadeBy::Shape })).collect()
}

pub(super) fn find_both<'a>(known: &'a [PeerEntry], wanted: &[String; 2]) -> Result<[&'a PeerEntry; 2], Problem> {
    Ok([find_linkable(known, &wanted[0])?, find_linkable(known, &wanted[1])?])
}

/// The node that a person means, if this network's relays link it.
pub(super) fn find_linkable<'a>(known: &'a [PeerEntry], wanted: &str) -> Result<&'a PeerEntry, Problem> {
    let node = find_node(known, wanted)?;
    if node.transport == Transport::Joined { Err(operations::elsewhere(node)) } else { Ok(node) }
}

/// With the names that the operator knows the nodes by.
pub(super) fn refusal(error: LinkError, a: &PeerEntry, b: &PeerEntry) -> Problem {
    let name = |id: NodeId| if id == a.id { &a.name } else { &b.name };
    let conflict = |detail| Problem::new(StatusCode::CONFLICT, detail);
    match error {
        LinkError::Itself => Problem::bad_request(format!("{error}: name two different nodes")),
        LinkError::Absent(id) => Problem::not_found(format!("{} has left; GET /peers lists who is there", name(id))),
        LinkError::NotLinked => {
            Problem::not_found(format!("{} and {} are not linked; GET /topology lists the links", a.name, b.name))
        }
        LinkError::Full(id, _) => conflict(format!("{}: {error}", name(id))),
        LinkError::TooManyWishes
        | LinkError::TooManyFaults
        | LinkError::InTwoGroups(_)
        | LinkError::TooManyGroups
        | LinkError::OnePart => conflict(error.to_string()),
    }
}

/// What nodes say of themselves, to be found by id.
struct Sides<'a>(HashMap<NodeId, (&'a str, HashMap<NodeId, &'a LinkReport>)>);

impl<'a> Sides<'a> {
    fn new(peers: &'a [PeerEntry]) -> Self {
        let links = |peer: &'a PeerEntry| peer.links.iter().map(|link| (link.node, link)).collect();
        Self(peers.iter().map(|peer| (peer.id, (peer.name.as_str(), links(peer)))).collect())
    }

    fn of(&self, pair: Pair) -> [LinkSide; 2] {
        pair.nodes().map(|node| {
            let Some((name, links)) = self.0.get(&node) else {
                // It came after the others were looked at.
                return LinkSide { node, name: String::new(), transport: None, round_trip: None, faulty: false };
            };
            let report = pair.other(node).and_then(|other| links.get(&other));
            LinkSide {
                node,
                name: (*name).to_owned(),
                transport: report.map(|report| report.transport),
                round_trip: report.and_then(|report| report.round_trip),
                faulty: report.is_some_and(|report| report.faulty),
            }
        })
    }
}
