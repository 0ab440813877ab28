//! `/metrics`: what Prometheus collects. What is counted all along is in `crate::metrics`; what can be looked up is looked up
//! here, when somebody asks.

use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::registry::{Registry, Unit};
use tabchain_shared::mining::block_template::acceptable_from;
use tabchain_shared::node::Node;
use tokio::time::timeout;

use crate::AppState;
use crate::clock::now;
use crate::metrics::{PREFIX, process};
use crate::switchboard::{SwitchboardStatus, Tally};

/// A node that does not answer within this is left out: what the rest shows then is wanted most.
const NODE_TIMEOUT: Duration = Duration::from_secs(2);

/// Figures of this relay for Prometheus
///
/// In the text format 0.0.4. docs/operations.md says what each means, docs/grafana holds a board for them.
#[utoipa::path(get, path = "/metrics", tag = "network",
    responses((status = 200, description = "As they are now", body = String, content_type = "text/plain")))]
pub async fn metrics(State(relay): State<AppState>) -> Response {
    let node = timeout(NODE_TIMEOUT, relay.resident.query(NodeFigures::of)).await;
    let mut figures = Registry::with_prefix(PREFIX);
    register_relay(&mut figures, &relay);
    register_carried(&mut figures, &relay.switchboard.status());
    register_nodes(&mut figures, relay.switchboard.tally());
    if let Ok(Ok(node)) = node {
        node.register(&mut figures);
    }
    let mut text = String::new();
    for registry in [relay.metrics.registry(), &figures, &process::registry(relay.started)] {
        encode(&mut text, registry).expect("a string takes whatever is written");
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response()
}

fn register_relay(registry: &mut Registry, relay: &AppState) {
    let mut gauge = |name: &str, help: &str, value: usize| registry.register(name, help, ConstGauge::new(value));
    gauge("event_streams", "Listeners of /events", relay.event_streams.taken());
    let joined = relay.joins.status().iter().filter(|join| join.relay.is_some()).count();
    gauge("joined_relays", "Other relays that the relay's node has joined", joined);
    gauge("database_unfinished_writes", "Writes that wait for the disk", relay.resident.unfinished_writes());
    let read_only = usize::from(relay.resident.read_only().is_some());
    gauge("database_read_only", "1 after a write has failed: nothing is stored any more", read_only);
    gauge("draining", "1 while the relay is about to stop", usize::from(relay.draining.is_cancelled()));
}

fn register_carried(registry: &mut Registry, status: &SwitchboardStatus) {
    registry.register("links", "Links between nodes", ConstGauge::new(status.links));
    let help = "WebSocket messages received from nodes, after their hello";
    registry.register("frames_received", help, ConstCounter::new(status.frames_received));
    let bytes = ConstCounter::new(status.bytes_received);
    registry.register_with_unit("frames_received", "Bytes of them", Unit::Bytes, bytes);
    let carried = "Frames carried from node to node, unread";
    registry.register("frames_carried", carried, ConstCounter::new(status.frames_carried));
    let bytes = ConstCounter::new(status.bytes_carried);
    registry.register_with_unit("frames_carried", "Bytes of them", Unit::Bytes, bytes);
    let malformed = ConstCounter::new(status.malformed_messages);
    registry.register("malformed_messages", "Messages of nodes that made no sense", malformed);
    let cut = ConstCounter::new(status.slow_readers_cut);
    registry.register(
        "slow_readers_cut",
        "Nodes cut because too much waited for them, and what waited was dropped",
        cut,
    );
    let overdrawn = ConstCounter::new(status.overdrawn_links_cut);
    let help = "Links cut because most of what waited for a node came over them";
    registry.register("overdrawn_links_cut", help, overdrawn);
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

fn register_nodes(registry: &mut Registry, nodes: Tally) {
    let by_kind = Family::<Kind, Gauge>::default();
    for (kind, count) in [("tab", nodes.tabs), ("relay", nodes.relays)] {
        by_kind.get_or_create(&Kind { kind }).set(i64::try_from(count).unwrap_or(i64::MAX));
    }
    registry.register("nodes", "Connected nodes, without the relay's own", by_kind);
    let help = "Hashes a second that connected nodes say to compute";
    registry.register("claimed_hashes_per_second", help, ConstGauge::new(nodes.claimed));
    let help = "Hashes a second that the shares of connected nodes prove";
    registry.register("proven_hashes_per_second", help, ConstGauge::new(nodes.proven));
}

/// Of the relay's own node.
struct NodeFigures {
    height: u32,
    /// Seconds since 1970.
    tip_time: u32,
    /// Seconds.
    next_block_wait: u32,
    best_header_height: u32,
    waiting: usize,
    waiting_bytes: usize,
    hashrate: f64,
}

impl NodeFigures {
    fn of(node: &Node) -> Self {
        let index = node.chain().index();
        let tip = node.chain().tip_entry();
        Self {
            height: tip.height,
            tip_time: tip.header.time,
            next_block_wait: acceptable_from(node.chain(), node.chain().tip())
                .map_or(0, |from| from.saturating_sub(now().seconds())),
            best_header_height: index.get(&index.best_header()).map_or(tip.height, |best| best.height),
            waiting: node.mempool().len(),
            waiting_bytes: node.mempool().bytes(),
            hashrate: node.report(true).hashrate,
        }
    }

    fn register(&self, registry: &mut Registry) {
        registry.register("tip_height", "Height of the active chain", ConstGauge::new(self.height));
        let help = "Date of the tip's header, since 1970";
        registry.register_with_unit("tip_time", help, Unit::Seconds, ConstGauge::new(self.tip_time));
        let help =
            "Until the clock accepts another block, because the chain's dates are ahead of it; no node mines meanwhile";
        registry.register_with_unit("next_block_wait", help, Unit::Seconds, ConstGauge::new(self.next_block_wait));
        let help = "Height to which headers lead; above the tip while blocks are fetched";
        registry.register("best_header_height", help, ConstGauge::new(self.best_header_height));
        registry.register("mempool_transactions", "Transactions that wait", ConstGauge::new(self.waiting));
        registry.register_with_unit("mempool", "Bytes of them", Unit::Bytes, ConstGauge::new(self.waiting_bytes));
        let help = "Hashes a second that the relay's own miners compute";
        registry.register("own_hashes_per_second", help, ConstGauge::new(self.hashrate));
    }
}
