//! What is counted and measured while the relay runs, for `GET /metrics`.
//!
//! | file | what it owns |
//! | --- | --- |
//! | `traffic` | frames to connected nodes |
//! | `requests` | how long HTTP answers take, by route |
//! | `process` | memory, processor time and files of this process |
//! | `recent` | the last hour, for charts |
//!
//! Everything here is an atomic or, where something takes milliseconds anyway (an answer, a commit, a block), a histogram
//! behind a short lock. What can be looked up when somebody asks (heights, queues, who is connected) is not here but in
//! `rest/metrics`. Each relay has a registry of its own, so two in one process, as in tests, do not mix.

pub mod process;
pub mod recent;
pub mod requests;
pub mod traffic;

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::events::Happening;
use recent::Recent;
use requests::Requests;
use traffic::Traffic;

/// In front of the name of everything that is ours.
pub const PREFIX: &str = "tabchain";
/// A commit waits for the disk: a tenth of a millisecond on a good one, seconds on one that is ill.
const COMMIT_BUCKETS: [f64; 12] = [0.000_1, 0.000_25, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.0, 10.0];
/// Between two neighbours it takes milliseconds; over a slow line, or with bodies that do not come, seconds.
const PROPAGATION_BUCKETS: [f64; 12] = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0, 60.0];
/// Honest networks have depths of one and two; beyond a hundred something is broken.
const DEPTH_BUCKETS: [f64; 7] = [1.0, 2.0, 3.0, 6.0, 12.0, 24.0, 100.0];

/// Why somebody was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// All connections are taken, or all of that address.
    NoPlace,
    /// A TLS handshake that failed, or was not complete in time.
    TlsHandshake,
    /// Plain HTTP where TLS is spoken.
    PlainHttp,
    /// A page of another site wanted a WebSocket.
    ForeignPage,
    /// The address holds as many nodes as it may.
    NodesOfAddress,
    /// A node that did not prove itself, or is of another network, or did not speak in time.
    Hello,
}

impl Refusal {
    const ALL: [Self; 6] =
        [Self::NoPlace, Self::TlsHandshake, Self::PlainHttp, Self::ForeignPage, Self::NodesOfAddress, Self::Hello];

    fn labels(self) -> RefusalLabels {
        let reason = match self {
            Self::NoPlace => "no_place",
            Self::TlsHandshake => "tls_handshake",
            Self::PlainHttp => "plain_http",
            Self::ForeignPage => "foreign_page",
            Self::NodesOfAddress => "nodes_of_address",
            Self::Hello => "hello",
        };
        RefusalLabels { reason }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    reason: &'static str,
}

/// Of one relay.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Open ones, of any kind.
    pub connections: Gauge,
    pub accepted: Counter,
    refused: Family<RefusalLabels, Counter>,
    pub sent: Traffic,
    pub requests: Requests,
    blocks: Counter,
    transactions: Counter,
    reorg_depth: Histogram,
    propagation: Histogram,
    pub recent: Recent,
    pub database: DatabaseMetrics,
}

/// What the store's thread measures. Cheap to clone.
#[derive(Debug, Clone)]
pub struct DatabaseMetrics {
    pub commit: Histogram,
    pub writes: Counter,
    pub failures: Counter,
}

impl Default for DatabaseMetrics {
    fn default() -> Self {
        Self { commit: Histogram::new(COMMIT_BUCKETS), writes: Counter::default(), failures: Counter::default() }
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix(PREFIX),
            connections: Gauge::default(),
            accepted: Counter::default(),
            refused: Family::default(),
            sent: Traffic::default(),
            requests: Requests::default(),
            blocks: Counter::default(),
            transactions: Counter::default(),
            reorg_depth: Histogram::new(DEPTH_BUCKETS),
            propagation: Histogram::new(PROPAGATION_BUCKETS),
            recent: Recent::default(),
            database: DatabaseMetrics::default(),
        };
        metrics.register();
        // A counter that is absent until it counts cannot be seen to move for the first time.
        for reason in Refusal::ALL {
            drop(metrics.refused.get_or_create(&reason.labels()));
        }
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("build", "What runs here", Info::new([("version", env!("CARGO_PKG_VERSION"))]));
        registry.register("connections", "Open connections, WebSockets included", self.connections.clone());
        registry.register("connections_accepted", "Connections that were given a place", self.accepted.clone());
        registry.register("connections_refused", "Connections and nodes that were turned away", self.refused.clone());
        self.sent.register(registry);
        self.requests.register(registry);
        registry.register(
            "blocks_connected",
            "Blocks that became part of the active chain and were stored, those of reorgs included",
            self.blocks.clone(),
        );
        registry.register("transactions_accepted", "Transactions that entered the mempool", self.transactions.clone());
        registry.register("reorg_depth_blocks", "Blocks that a reorg disconnected", self.reorg_depth.clone());
        registry.register_with_unit(
            "block_propagation",
            "From the moment in which a frame first made the header of the next block known here to the moment in which that \
             block is stored as the tip; blocks mined here are left out",
            Unit::Seconds,
            self.propagation.clone(),
        );
        let DatabaseMetrics { commit, writes, failures } = self.database.clone();
        registry.register_with_unit("database_commit", "A commit, with its wait for the disk", Unit::Seconds, commit);
        registry.register("database_writes", "Writes acknowledged; several may share a commit", writes);
        registry.register("database_failures", "Writes that failed", failures);
    }

    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    pub fn refused(&self, reason: Refusal) {
        self.refused.get_or_create(&reason.labels()).inc();
    }

    /// Something that `/events` tells of, when it is stored.
    pub fn happened(&self, happening: &Happening) {
        match happening {
            Happening::Block(_) => {
                self.blocks.inc();
            }
            #[expect(clippy::cast_precision_loss, reason = "no chain has so many blocks")]
            Happening::Reorg { disconnected, .. } => self.reorg_depth.observe(*disconnected as f64),
            Happening::Transaction(_) => {
                self.transactions.inc();
            }
            Happening::PeerConnected { .. } | Happening::PeerLeft { .. } | Happening::Links { .. } => {}
        }
    }

    /// A block of somebody else is the tip and stored, so long after its header was first seen.
    pub fn propagated(&self, took: Duration) {
        self.propagation.observe(took.as_secs_f64());
    }
}
