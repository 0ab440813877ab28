//! `/peers`: every node that this relay knows, its own included.

use std::collections::HashSet;

use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use serde::Serialize;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::Node;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::node::snapshot::{MiningWait, NodeKind, PeerView};
use tabchain_shared::primitives::{Address, Amount, BlockHash, NodeId};
use tabchain_shared::wire::switchboard::{LinkReport, LinkTransport, NodeReport};
use utoipa::ToSchema;

use super::{Json, Page, Problem, Query};
use crate::AppState;
use crate::bus::message::NodeCard;
use crate::resident::Stopped;
use crate::switchboard::ConnectedNode;
use crate::switchboard::away::AwayNode;
use crate::switchboard::shares::Proven;

/// How a node is reached from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Transport {
    /// It is connected to this relay.
    Relay,
    /// It is this relay's own node.
    InProcess,
    /// It is connected to another relay on this one's bus, or is that relay's own.
    Bus,
    /// It is on a relay that this one has joined, and linked with this one's node.
    Joined,
}

/// A node. What it has not told, or what only its own relay knows, is `null`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Peer)]
pub struct PeerEntry {
    pub id: NodeId,
    pub name: String,
    pub kind: NodeKind,
    /// This relay's own node.
    pub resident: bool,
    /// The own node of the relay that it is connected to.
    pub relay: Option<NodeId>,
    pub address: Address,
    pub balance: Option<Amount>,
    pub tip: Option<BlockHash>,
    pub height: Option<u32>,
    /// The peer that sent it its tip; `null` if it found that itself, or has it since before it started.
    pub tip_from: Option<NodeId>,
    /// Hashes per second, as the node itself measures.
    pub hashrate: Option<f64>,
    /// Hashes per second, as the node's shares of the last minute prove to this relay. Of the relay's own node, what it
    /// measures: it has nobody to prove it to.
    pub proven_hashrate: Option<f64>,
    /// How many shares that rests on; it is off by about one part in the square root of them.
    pub proven_shares: Option<u32>,
    /// For most of a minute the node has claimed far more than its shares prove.
    pub claim_doubted: bool,
    pub mining: Option<bool>,
    /// Why its miners rest although mining is switched on: for a better chain, after a sleep, or until the clock has reached the dates
    /// of the chain; `null` while they do not.
    pub waits: Option<MiningWait>,
    /// How fast it may search; `null`: as fast as it can, or it has not told.
    pub limit: Option<HashrateLimit>,
    /// Transactions that wait there.
    pub mempool: Option<usize>,
    /// Nodes that it is linked with.
    pub links: Vec<LinkReport>,
    pub transport: Transport,
    pub follows_host: Option<bool>,
    /// The part that the host has it play.
    pub role: Option<Role>,
    /// Of a double-spender: attempts that have ended and, as far as it knows, succeeded. Of a merchant: sales that it delivered, and
    /// those of them that were taken back.
    pub score: Option<Score>,
    /// Milliseconds since 1970.
    pub connected_since: Option<Time>,
}

/// Nodes in an answer: more than a relay on one machine serves, unless it was set up for it.
const MAX_PEERS: usize = 5_000;

/// Every node that this relay knows, its own first
///
/// At most 5 000 come at once; the header `Link` leads on.
#[utoipa::path(get, path = "/peers", tag = "network", params(Page),
    responses((status = 200, description = "Nodes", body = Vec<PeerEntry>)))]
pub async fn peers(
    State(relay): State<AppState>,
    Query(page): Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let (from, limit) = page.bounds(MAX_PEERS, MAX_PEERS)?;
    let all = list(&relay).await?;
    let end = from.saturating_add(limit);
    let next = (end < all.len()).then_some(end as u64);
    let part: Vec<PeerEntry> = all.into_iter().skip(from).take(limit).collect();
    Ok((page.link(&uri, next), Json(part)))
}

/// The resident first, then connected nodes in the order in which they came, then those of other relays on the bus, then those
/// on joined relays.
pub async fn list(relay: &AppState) -> Result<Vec<PeerEntry>, Stopped> {
    let (resident, linked) = relay.resident.query(|node: &Node| (node.report(true), node.peer_views())).await?;
    let connected = relay.switchboard.connected();
    let away = relay.switchboard.nodes_away();
    // A report has room for some of the links; here all are known.
    let mut links: Vec<LinkReport> = linked.iter().map(PeerView::link).collect();
    relay.resident.faulty_links().mark(&mut links);
    let mut entries = vec![PeerEntry { links, ..PeerEntry::resident(relay, resident) }];
    entries.extend(connected.into_iter().map(|node| PeerEntry::connected(relay.resident.id(), node)));
    entries.extend(away.into_iter().map(PeerEntry::away));
    // With two links to the same node it is still one node.
    let mut seen: HashSet<NodeId> = entries.iter().map(|node| node.id).collect();
    entries.extend(linked.into_iter().filter(|peer| seen.insert(peer.node)).map(PeerEntry::joined));
    Ok(entries)
}

/// The node that a person means, by id, address or name.
pub fn find_node<'a>(nodes: &'a [PeerEntry], wanted: &str) -> Result<&'a PeerEntry, Problem> {
    let wanted = wanted.trim();
    if let Ok(id) = wanted.parse::<NodeId>()
        && let Some(node) = nodes.iter().find(|node| node.id == id)
    {
        Ok(node)
    } else if let Ok(address) = wanted.parse::<Address>() {
        nodes
            .iter()
            .find(|node| node.address == address)
            .ok_or_else(|| Problem::not_found(format!("no connected node has the address {address}")))
    } else {
        let mut named = nodes.iter().filter(|node| node.name == wanted);
        match (named.next(), named.next()) {
            (None, _) => Err(Problem::not_found(format!("no node is called {wanted:?}; GET /peers lists them"))),
            (Some(node), None) => Ok(node),
            (Some(_), Some(_)) => {
                let detail = format!("more than one node is called {wanted:?}; use an id from GET /peers");
                Err(Problem::new(StatusCode::CONFLICT, detail))
            }
        }
    }
}

impl PeerEntry {
    fn resident(relay: &AppState, report: NodeReport) -> Self {
        Self {
            resident: true,
            relay: Some(relay.resident.id()),
            transport: Transport::InProcess,
            proven_hashrate: Some(report.hashrate),
            connected_since: Some(relay.started),
            ..Self::reported(relay.resident.id(), NodeKind::Relay, report)
        }
    }

    fn connected(relay: NodeId, node: ConnectedNode) -> Self {
        let ConnectedNode { id, name, kind, address, report, proven, links, since } = node;
        let entry = if let Some(report) = report {
            Self::reported(id, kind, report)
        } else {
            // Until it says how its links do, they are those that it was given.
            let given = |node| LinkReport { node, transport: LinkTransport::Carried, round_trip: None, faulty: false };
            Self { links: links.into_iter().map(given).collect(), ..Self::silent(id, name, kind, address) }
        };
        Self { relay: Some(relay), connected_since: Some(since), ..entry.with_proven(proven) }
    }

    fn away(AwayNode { relay, card }: AwayNode) -> Self {
        let NodeCard { id, name, kind, address, since, report, proven } = card;
        let entry = match report {
            Some(report) => Self::reported(id, kind, report),
            None => Self::silent(id, name, kind, address),
        };
        // A relay's own node has nobody to prove its hash rate to, there as here.
        let measured = entry.hashrate.filter(|_| id == relay);
        let entry = entry.with_proven(proven);
        Self {
            relay: Some(relay),
            proven_hashrate: entry.proven_hashrate.or(measured),
            transport: Transport::Bus,
            connected_since: Some(since),
            ..entry
        }
    }

    fn with_proven(self, proven: Option<Proven>) -> Self {
        Self {
            proven_hashrate: proven.map(|proven| proven.hashrate),
            proven_shares: proven.map(|proven| proven.shares),
            claim_doubted: proven.is_some_and(|proven| proven.claim_doubted),
            ..self
        }
    }

    fn joined(peer: PeerView) -> Self {
        Self {
            height: Some(peer.height),
            tip: Some(peer.tip),
            transport: Transport::Joined,
            ..Self::silent(peer.node, peer.name, peer.kind, peer.address)
        }
    }

    fn reported(id: NodeId, kind: NodeKind, report: NodeReport) -> Self {
        Self {
            balance: Some(report.balance),
            tip: Some(report.tip),
            height: Some(report.height),
            tip_from: report.tip_from,
            hashrate: Some(report.hashrate),
            mining: Some(report.mining),
            waits: report.waits,
            limit: report.limit,
            mempool: Some(report.mempool),
            links: report.links,
            follows_host: Some(report.follows_host),
            role: Some(report.role),
            score: report.score,
            ..Self::silent(id, report.name, kind, report.address)
        }
    }

    fn silent(id: NodeId, name: String, kind: NodeKind, address: Address) -> Self {
        Self {
            id,
            name,
            kind,
            resident: false,
            relay: None,
            address,
            balance: None,
            tip: None,
            height: None,
            tip_from: None,
            hashrate: None,
            proven_hashrate: None,
            proven_shares: None,
            claim_doubted: false,
            mining: None,
            waits: None,
            limit: None,
            mempool: None,
            links: Vec::new(),
            transport: Transport::Relay,
            follows_host: None,
            role: None,
            score: None,
            connected_since: None,
        }
    }
}
