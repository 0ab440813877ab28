//! `/topology` and `/links`: who is linked with whom, for everyone to see and for the operator to change while it runs.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkReport, LinkTransport};

use super::peers::{self, PeerEntry, Transport, find_node};
use super::{Json, Path, Problem, operations};
use crate::AppState;
use crate::operator::Operator;
use crate::switchboard::Changed;
use crate::switchboard::topology::{LinkError, MadeBy, Pair, Shape, ShapeError, ShapeName};

#[derive(Serialize)]
pub struct TopologyAnswer {
    #[serde(flatten)]
    shape: Shape,
    links: Vec<LinkEntry>,
    /// Pairs whose links the operator has cut.
    cut: Vec<[NodeId; 2]>,
}

#[derive(Serialize)]
struct LinkEntry {
    ends: [LinkSide; 2],
    made_by: MadeBy,
}

/// One of a link's nodes, and how it says the link does; `null` before it has shaken hands there and said so.
#[derive(Serialize)]
struct LinkSide {
    node: NodeId,
    name: String,
    transport: Option<LinkTransport>,
    /// Milliseconds.
    round_trip: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedShape {
    shape: ShapeName,
    degree: Option<usize>,
}

#[derive(Serialize)]
pub struct ShapeAnswer {
    #[serde(flatten)]
    shape: Shape,
    #[serde(flatten)]
    changed: Changed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WantedLink {
    /// Ids, names or addresses.
    nodes: [String; 2],
}

#[derive(Serialize)]
pub struct LinkAnswer {
    nodes: [NodeId; 2],
    #[serde(flatten)]
    changed: Changed,
}

pub async fn topology(State(relay): State<AppState>) -> Result<Json<TopologyAnswer>, Problem> {
    let peers = peers::list(&relay).await?;
    let view = relay.switchboard.topology();
    let sides = Sides::new(&peers);
    let links = view.links.into_iter().map(|(pair, made_by)| LinkEntry { ends: sides.of(pair), made_by }).collect();
    let cut = view.kept_apart.into_iter().map(Pair::nodes).collect();
    Ok(Json(TopologyAnswer { shape: view.shape, links, cut }))
}

/// Gives the network another shape at once.
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
    Ok(Json(ShapeAnswer { shape, changed }))
}

/// 201: the two were not linked, and are now. 200: they were, and now it is the operator's link.
pub async fn make_link(
    _: Operator,
    State(relay): State<AppState>,
    Json(WantedLink { nodes }): Json<WantedLink>,
) -> Result<(StatusCode, Json<LinkAnswer>), Problem> {
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &nodes)?;
    let changed = relay.switchboard.link_for_host(a.id, b.id).map_err(|error| refusal(error, a, b))?;
    tracing::info!(a = %a.id, b = %b.id, "the host made a link");
    let status = if changed.made == 0 { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(LinkAnswer { nodes: [a.id, b.id], changed })))
}

/// The two stay apart until the operator links them again or sets the topology anew.
pub async fn cut_link(
    _: Operator,
    State(relay): State<AppState>,
    Path((a, b)): Path<(String, String)>,
) -> Result<Json<LinkAnswer>, Problem> {
    let known = peers::list(&relay).await?;
    let [a, b] = find_both(&known, &[a, b])?;
    let changed = relay.switchboard.cut_for_host(a.id, b.id).map_err(|error| refusal(error, a, b))?;
    tracing::info!(a = %a.id, b = %b.id, "the host cut a link");
    Ok(Json(LinkAnswer { nodes: [a.id, b.id], changed }))
}

fn find_both<'a>(known: &'a [PeerEntry], wanted: &[String; 2]) -> Result<[&'a PeerEntry; 2], Problem> {
    let find = |wanted: &str| {
        let node = find_node(known, wanted)?;
        if node.transport == Transport::Joined { Err(operations::elsewhere(node)) } else { Ok(node) }
    };
    Ok([find(&wanted[0])?, find(&wanted[1])?])
}

/// With the names that the operator knows the nodes by.
fn refusal(error: LinkError, a: &PeerEntry, b: &PeerEntry) -> Problem {
    let name = |id: NodeId| if id == a.id { &a.name } else { &b.name };
    let conflict = |detail| Problem::new(StatusCode::CONFLICT, detail);
    match error {
        LinkError::Itself => Problem::bad_request(format!("{error}: name two different nodes")),
        LinkError::Absent(id) => Problem::not_found(format!("{} has left; GET /peers lists who is there", name(id))),
        LinkError::NotLinked => {
            Problem::not_found(format!("{} and {} are not linked; GET /topology lists the links", a.name, b.name))
        }
        LinkError::Full(id) => conflict(format!("{}: {error}", name(id))),
        LinkError::TooManyWishes => conflict(error.to_string()),
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
                return LinkSide { node, name: String::new(), transport: None, round_trip: None };
            };
            let report = pair.other(node).and_then(|other| links.get(&other));
            LinkSide {
                node,
                name: (*name).to_owned(),
                transport: report.map(|report| report.transport),
                round_trip: report.and_then(|report| report.round_trip),
            }
        })
    }
}
