//! The relay of Tabchain: one process, one port.
//!
//! | file | what it owns |
//! | --- | --- |
//! | `config` | settings from flags, environment and file |
//! | `switchboard`, `socket` | connected nodes, links, and the frames between them; one WebSocket |
//! | `resident`, `store`, `miner` | the relay's own full node, its records in redb, its mining threads |
//! | `archive` | blocks for whoever asks, from the node's memory or the database |
//! | `join` | other relays that the resident has joined |
//! | `bus` | other relays of the same network, over NATS |
//! | `benchmark` | how fast this machine hashes, for the lab |
//! | `server`, `tls`, `proxy` | HTTP connections, encrypted or not, and who is behind a proxy |
//! | `descriptors`, `places`, `request_rate` | what strangers may take of them |
//! | `rest`, `operator` | JSON for programs; who may steer, and who may read |
//! | `events` | what happens in the network, for whoever listens |
//! | `metrics`, `logging` | what is counted for `/metrics`; what is logged |
//! | `web` | the web app, embedded |
//! | `orders` | what the host has ordered of the network, kept over a restart |
//! | `identity`, `files` | the node's key; files of which a crash leaves the old one or the new one |
//! | `commands` | `tabchain inspect`, `verify` and the others that need no running relay |
//!
//! [`Relay::start`] puts them together; `main.rs` adds the command line and the signals.

pub mod archive;
pub mod benchmark;
pub mod bus;
pub mod clock;
pub mod commands;
pub mod config;
pub mod descriptors;
pub mod elsewhere;
pub mod events;
pub mod files;
pub mod identity;
pub mod join;
pub mod logging;
pub mod metrics;
pub mod miner;
pub mod operator;
pub mod orders;
pub mod places;
pub mod proxy;
pub mod request_rate;
pub mod resident;
pub mod rest;
pub mod server;
pub mod socket;
pub mod store;
pub mod switchboard;
pub mod tls;
pub mod web;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::recording::Recorder;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::archive::Archive;
use crate::benchmark::Benchmark;
use crate::clock::now;
use crate::config::Settings;
use crate::elsewhere::Elsewhere;
use crate::join::connect::Trust;
use crate::join::{Credentials, Joins};
use crate::metrics::Metrics;
use crate::operator::{Access, CurrentToken, TokenSource};
use crate::orders::{Orders, Started};
use crate::places::Places;
use crate::proxy::TrustedProxies;
use crate::request_rate::RequestRate;
use crate::resident::driver::Driver;
use crate::resident::recording::Recording;
use crate::resident::{Carrier, CarrierId, Resident};
use crate::rest::events::{MAX_STREAMS, MAX_STREAMS_PER_ADDRESS};
use crate::rest::export::{MAX_EXPORTS, MAX_EXPORTS_PER_ADDRESS};
use crate::rest::unread::{MAX_UNREAD, MAX_UNREAD_PER_ADDRESS};
use crate::server::{Server, ServerLimits};
use crate::store::Store;
use crate::switchboard::Switchboard;
use crate::switchboard::door::{self, Door};
use crate::tls::Tls;

/// The resident's records, in the data directory.
pub const DATABASE_FILE: &str = "chain.redb";
/// Connections get this long to close when the relay stops; then the process ends all the same.
const STOPPING_GRACE: Duration = Duration::from_secs(3);

/// What handlers share. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    pub resident: Resident,
    pub archive: Archive,
    pub switchboard: Arc<Switchboard>,
    pub elsewhere: Arc<Elsewhere>,
    pub orders: Arc<Orders>,
    pub door: Arc<Door>,
    pub joins: Joins,
    pub access: Arc<Access>,
    pub request_rate: Arc<RequestRate>,
    /// Places for streams of events.
    pub event_streams: Arc<Places>,
    /// Bytes of answers that wait to be read.
    pub unread: Arc<Places>,
    /// Places for exports that run at a time.
    pub exports: Arc<Places>,
    pub benchmark: Arc<Benchmark>,
    pub metrics: Arc<Metrics>,
    pub started: Time,
    /// Connections, so that stopping can wait for them.
    pub tasks: TaskTracker,
    pub stop: CancellationToken,
    /// From then on `/health` sends new clients elsewhere; everything else goes on until `stop`.
    pub draining: CancellationToken,
}

/// A running relay.
pub struct Relay {
    state: AppState,
    address: SocketAddr,
    data_dir: PathBuf,
    is_encrypted: bool,
    /// Of the whole process: HTTP server and resident.
    servers: TaskTracker,
    /// The resident has ended although nobody stopped it.
    failed: CancellationToken,
}

impl Relay {
    /// Binds the port, loads the chain, and serves. Waits for a joined relay to name the network, if need be.
    pub async fn start(settings: Settings) -> Result<Self> {
        let Settings { host, port, .. } = &settings;
        let listener = TcpListener::bind((host.as_str(), *port))
            .await
            .with_context(|| format!("listening on {host}, port {port}: choose another with --host or --port"))?;
        let address = listener.local_addr().context("asking for the port")?;
        let tls = settings.tls.clone().map(Tls::new).transpose()?;
        let is_encrypted = tls.is_some();
        let trust = Trust::new(settings.join_ca.as_deref()).context("--join-ca")?;
        let params = match &settings.network {
            Some(params) => params.clone(),
            None => join::adopt_network(&settings.join, &trust).await,
        };
        let data_dir = settings.data_dir(&params)?;
        files::make_directory(&data_dir).with_context(|| format!("making {}", data_dir.display()))?;
        let database = data_dir.join(DATABASE_FILE);
        let store = Store::open(&database, params.network_id()).with_context(|| database.display().to_string())?;
        let key = identity::load_or_create_key(&data_dir)?;
        let operator_token = match settings.operator_token.clone() {
            Some(source) => source,
            None => TokenSource::of_data_dir(&data_dir)?,
        };
        let read_token = settings.read_token.clone().map(CurrentToken::new).transpose()?;
        let access = Arc::new(Access::new(CurrentToken::new(operator_token)?, read_token));

        let (tasks, servers) = (TaskTracker::new(), TaskTracker::new());
        let stop = CancellationToken::new();
        let (resident, requests) = Resident::channel(key.public_key().node_id());
        let switchboard =
            Arc::new(Switchboard::new(params.clone(), resident.id(), settings.topology, settings.ice_servers.clone()));
        let orders = Arc::new(Orders::take_up(&data_dir, Started::with(&settings), Arc::clone(&switchboard)));
        let name = settings.name.clone().unwrap_or_else(|| format!("relay-{}", address.port()));
        let config = Config { recent: settings.recent, ..Config::new(name, NodeKind::Relay, rand::random()) };
        let archive = Archive::new(store.reader());
        let start = now();
        let record = |path: &PathBuf| {
            let (config, params) = (config.clone(), params.clone());
            Recording::create(path, Recorder::new(config, params, key.public_key(), start, settings.record_limit))
        };
        let recording = settings.record.as_ref().map(record).transpose()?;
        let node = Node::new(config, params.clone(), key.clone(), start);
        let metrics = Arc::new(Metrics::default());
        let workers = settings.mining_workers;
        let driver = Driver::new(node, recording, &resident, requests, store, workers, Arc::clone(&metrics))
            .context("loading the chain")?
            .with_events(switchboard.events().clone());
        // The resident outlives the connections, so that what they bring last is still stored.
        let stop_resident = CancellationToken::new();
        let running = servers.spawn(driver.run(stop_resident.clone()));
        let failed = CancellationToken::new();
        servers.spawn(watch_over(running, stop_resident.clone(), failed.clone()));
        resident.carrier_up(CarrierId::SWITCHBOARD, Carrier::Switchboard(Arc::clone(&switchboard))).await;
        servers.spawn({
            let (switchboard, resident, stop) = (Arc::clone(&switchboard), resident.clone(), stop_resident.clone());
            async move { door::keep_resident_told(&switchboard, &resident, &stop).await }
        });

        let credentials = Credentials { key, params, trust };
        let joins = Joins::new(
            credentials,
            resident.clone(),
            Arc::clone(&orders),
            settings.follow_host,
            &data_dir,
            tasks.clone(),
            stop.clone(),
        );
        let state = AppState {
            resident,
            archive,
            switchboard,
            elsewhere: Arc::default(),
            orders,
            door: Arc::new(Door::new(settings.limits)),
            joins,
            access,
            request_rate: Arc::new(RequestRate::new(settings.requests_per_second)),
            event_streams: Arc::new(Places::with_total(MAX_STREAMS_PER_ADDRESS, MAX_STREAMS)),
            unread: Arc::new(Places::with_total(MAX_UNREAD_PER_ADDRESS, MAX_UNREAD)),
            exports: Arc::new(Places::with_total(MAX_EXPORTS_PER_ADDRESS, MAX_EXPORTS)),
            benchmark: Arc::new(Benchmark::new(stop.clone())),
            metrics,
            started: now(),
            tasks,
            stop: stop.clone(),
            draining: CancellationToken::new(),
        };
        look_around(&state, &servers);
        servers.spawn(server(&settings, &state, tls).serve(listener, stop.clone(), STOPPING_GRACE));
        let tasks = state.tasks.clone();
        servers.spawn(async move {
            stop.cancelled().await;
            tasks.close();
            // Who has not closed by then is cut off by the end of the process.
            let _ = timeout(STOPPING_GRACE, tasks.wait()).await;
            stop_resident.cancel();
        });
        bus::start(&state, &settings.bus, settings.advertised(address, is_encrypted), &servers).await?;
        state.joins.start(&settings.join);
        state.orders.begin(&state.resident).await?;
        Ok(Self { state, address, data_dir, is_encrypted, servers, failed })
    }

    pub fn state(&self) -> &AppState {
        &self.state
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Whether it is reached by https and wss alone.
    pub fn is_encrypted(&self) -> bool {
        self.is_encrypted
    }

    pub fn data_dir(&self) -> &std::path::Path {
        &self.data_dir
    }

    pub fn params(&self) -> &Params {
        self.state.switchboard.params()
    }

    /// Waits, usually for ever, for the end of the relay's own node before [`Self::stop`]. Without it a relay only seems
    /// to be one.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Has `/health` send new clients elsewhere from now on, and goes on serving.
    pub fn drain(&self) {
        self.state.draining.cancel();
    }

    /// Closes connections in words, and returns when everything is stored.
    pub async fn stop(self) {
        self.drain();
        self.state.stop.cancel();
        self.servers.close();
        // Longer than the connections' own grace: the store may be busy.
        if timeout(STOPPING_GRACE * 3, self.servers.wait()).await.is_err() {
            tracing::warn!("some connections did not close in time");
        }
    }
}

/// What looks at the network again and again, for charts and pictures.
fn look_around(state: &AppState, servers: &TaskTracker) {
    servers.spawn(rest::series::keep_sampling(state.clone(), state.stop.clone()));
    servers.spawn(elsewhere::keep_looking(state.clone(), state.stop.clone()));
}

fn server(settings: &Settings, state: &AppState, tls: Option<Tls>) -> Server {
    let limits = ServerLimits {
        connections: settings.max_connections,
        sockets_per_address: settings.limits.connections_per_address,
        head_timeout: settings.head_timeout,
    };
    let proxies = TrustedProxies::new(settings.trusted_proxies.iter().copied());
    Server { router: rest::routes::router(state.clone()), limits, tls, proxies, metrics: Arc::clone(&state.metrics) }
}

/// Tells when the resident's loop ends too early: by a panic in it, or because its store's thread is gone.
async fn watch_over(running: JoinHandle<()>, stop: CancellationToken, failed: CancellationToken) {
    let ended = running.await;
    if let Err(error) = &ended {
        tracing::error!("the relay's own node has crashed: {error}");
    } else if !stop.is_cancelled() {
        tracing::error!("the relay's own node has ended, although nobody stopped it");
    }
    if ended.is_err() || !stop.is_cancelled() {
        failed.cancel();
    }
}
