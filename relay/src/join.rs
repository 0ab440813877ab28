//! Other relays that this one's node has joined, and keeps joined: it connects again for ever, at growing intervals.
//!
//! A joined relay treats our resident like a tab. Addresses come from the command line (`--join`) and, at run time, from
//! `POST /register-with`; the latter are kept in the data directory and joined again at the next start.

pub mod address;
pub mod connect;
pub mod session;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::Rng;
use serde::Serialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Node;
use tabchain_shared::primitives::NodeId;
use tokio::sync::watch;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use address::{RelayAddress, RelayAddressError};
use connect::Trust;
use session::Surroundings;
pub use session::{Credentials, JoinError};

use crate::files::write_atomically;
use crate::orders::Orders;
use crate::resident::{CarrierId, Resident};
use crate::socket::{Closing, Ended};

/// First and longest pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How long `register-with` waits for a relay that does not answer yet.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(10);
/// Relays joined at once. Each costs a connection and copies of what it hears.
pub const MAX_JOINED: usize = 32;
/// Registered addresses, one a line.
const REGISTERED_FILE: &str = "registered.txt";

/// How a join stands.
#[derive(Debug, Clone)]
enum Progress {
    /// With what went wrong the last time.
    Connecting(Option<JoinError>),
    /// The other relay's own node.
    Joined(NodeId),
}

/// For `/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct JoinStatus {
    #[schema(value_type = String, example = "http://192.168.1.20:8000")]
    pub address: RelayAddress,
    /// The other relay's own node, while joined.
    pub relay: Option<NodeId>,
    /// Why the last attempt failed, while not joined.
    pub problem: Option<String>,
}

/// Why `register-with` did not register.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegisterError {
    #[error("{0}")]
    Join(#[from] JoinError),
    #[error("this relay has joined {MAX_JOINED} others already, which is the limit")]
    TooMany,
    #[error("joined, but the address could not be kept for the next start: {0}")]
    NotKept(String),
}

/// All joins. Cheap to clone.
#[derive(Clone)]
pub struct Joins {
    shared: Arc<Shared>,
}

struct Shared {
    credentials: Credentials,
    resident: Resident,
    orders: Arc<Orders>,
    follows_host: bool,
    registered_file: PathBuf,
    tasks: TaskTracker,
    stop: CancellationToken,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    joins: BTreeMap<RelayAddress, Join>,
    registered: Vec<RelayAddress>,
    last_carrier: u64,
}

struct Join {
    progress: watch::Receiver<Progress>,
    /// Ends just this join.
    stop: CancellationToken,
}

impl Joins {
    pub fn new(
        credentials: Credentials,
        resident: Resident,
        orders: Arc<Orders>,
        follows_host: bool,
        data_dir: &Path,
        tasks: TaskTracker,
        stop: CancellationToken,
    ) -> Self {
        let registered_file = data_dir.join(REGISTERED_FILE);
        let state = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                credentials,
                resident,
                orders,
                follows_host,
                registered_file,
                tasks,
                stop,
                state,
            }),
        }
    }

    /// Joins what the command line names and what was registered before.
    pub fn start(&self, addresses: &[RelayAddress]) {
        let registered = read_registered(&self.shared.registered_file);
        for address in addresses.iter().chain(&registered) {
            if self.join(address).is_none() {
                tracing::warn!("{address} is not joined: {}", RegisterError::TooMany);
            }
        }
        self.state().registered = registered;
    }

    /// Joins a relay and keeps its address. Returns the other relay's own node when the handshake is done.
    pub async fn register(&self, address: RelayAddress) -> Result<NodeId, RegisterError> {
        let known = self.state().joins.contains_key(&address);
        let mut progress = self.join(&address).ok_or(RegisterError::TooMany)?;
        let settled = |progress: &Progress| match progress {
            Progress::Joined(_) => true,
            Progress::Connecting(problem) => problem.as_ref().is_some_and(|problem| !problem.is_passing()),
        };
        // Whether it settled, and how, is in the channel either way.
        let _ = timeout(REGISTER_TIMEOUT, progress.wait_for(settled)).await;
        let progress = progress.borrow().clone();
        let error = match progress {
            Progress::Joined(relay) => {
                self.keep(address).map_err(|error| RegisterError::NotKept(error.to_string()))?;
                return Ok(relay);
            }
            Progress::Connecting(Some(error)) => error,
            Progress::Connecting(None) => {
                JoinError::Unreachable { address: address.clone(), error: "no answer within 10 seconds".into() }
            }
        };
        if !known && let Some(join) = self.state().joins.remove(&address) {
            join.stop.cancel();
        }
        Err(error.into())
    }

    pub fn status(&self) -> Vec<JoinStatus> {
        let state = self.state();
        let status = state.joins.iter().map(|(address, join)| {
            let (relay, problem) = match &*join.progress.borrow() {
                Progress::Joined(relay) => (Some(*relay), None),
                Progress::Connecting(problem) => (None, problem.as_ref().map(ToString::to_string)),
            };
            JoinStatus { address: address.clone(), relay, problem }
        });
        status.collect()
    }

    /// Starts to join, unless that is under way. `None`: too many are.
    fn join(&self, address: &RelayAddress) -> Option<watch::Receiver<Progress>> {
        let mut state = self.state();
        if let Some(join) = state.joins.get(address) {
            return Some(join.progress.clone());
        }
        if state.joins.len() >= MAX_JOINED {
            return None;
        }
        let (sender, progress) = watch::channel(Progress::Connecting(None));
        let stop = self.shared.stop.child_token();
        self.shared.tasks.spawn(self.clone().keep_joined(address.clone(), sender, stop.clone()));
        state.joins.insert(address.clone(), Join { progress: progress.clone(), stop });
        Some(progress)
    }

    async fn keep_joined(self, address: RelayAddress, progress: watch::Sender<Progress>, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let attempt = tokio::select! {
                attempt = self.attempt(&address) => attempt,
                () = stop.cancelled() => return,
            };
            match attempt {
                Ok(session) => {
                    let entered = Instant::now();
                    tracing::info!(relay = %session.relay, "joined {address}");
                    progress.send_replace(Progress::Joined(session.relay));
                    let surroundings = Surroundings {
                        via: self.next_carrier(),
                        resident: &self.shared.resident,
                        orders: &self.shared.orders,
                        follows_host: self.shared.follows_host,
                        tasks: &self.shared.tasks,
                        stop: &stop,
                    };
                    let ended = session.run(surroundings).await;
                    // Who lets us in and soon cuts us each time (a node that bars ours) is not asked ever more often.
                    if entered.elapsed() > LONGEST_PAUSE {
                        pause = FIRST_PAUSE;
                    }
                    if is_replaced(&ended) {
                        pause = LONGEST_PAUSE;
                        tracing::warn!(
                            "another process uses this node's identity at {address}: stop one of the two, or give one a \
                             data directory of its own; trying again in at most {} s",
                            pause.as_secs()
                        );
                    } else {
                        tracing::warn!("{address} is gone ({ended}); it will be joined again");
                    }
                    progress.send_replace(Progress::Connecting(None));
                }
                Err(error) => {
                    tracing::warn!("{error}; trying again in at most {} s", pause.as_secs().max(1));
                    progress.send_replace(Progress::Connecting(Some(error)));
                }
            }
            tokio::select! {
                () = tokio::time::sleep(jittered(pause)) => {}
                () = stop.cancelled() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn attempt(&self, address: &RelayAddress) -> Result<session::Session, JoinError> {
        let name = self.shared.resident.query(|node: &Node| node.name().to_owned()).await;
        let name = name.map_err(|_| JoinError::Stopping)?;
        let credentials = &self.shared.credentials;
        session::greet(address, &credentials.trust).await?.enter(credentials, name).await
    }

    fn next_carrier(&self) -> CarrierId {
        let mut state = self.state();
        state.last_carrier += 1;
        CarrierId(CarrierId::SWITCHBOARD.0 + state.last_carrier)
    }

    /// Writes the address down for the next start.
    fn keep(&self, address: RelayAddress) -> io::Result<()> {
        let mut state = self.state();
        if state.registered.contains(&address) {
            return Ok(());
        }
        let lines: Vec<String> = state.registered.iter().chain([&address]).map(ToString::to_string).collect();
        write_atomically(&self.shared.registered_file, lines.join("\n").as_bytes())?;
        state.registered.push(address);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is a single insertion or removal.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks the relays in turn, until one answers, which network they serve.
pub async fn adopt_network(addresses: &[RelayAddress], trust: &Trust) -> Params {
    let mut pause = FIRST_PAUSE;
    loop {
        for address in addresses {
            match session::greet(address, trust).await {
                Ok(greeted) => return greeted.params,
                Err(error) => tracing::warn!("waiting to learn the network: {error}"),
            }
        }
        tokio::time::sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether the same key connected there from elsewhere. To return at once would push the other out, and so on for ever.
fn is_replaced(ended: &Ended) -> bool {
    matches!(ended, Ended::There(Some(closing)) if closing.code == Closing::REPLACED.code)
}

/// Between half of the pause and all of it, so that those who lost a relay at once do not return at once.
fn jittered(pause: Duration) -> Duration {
    pause.mul_f64(rand::rng().random_range(0.5..=1.0))
}

/// Lines that are no address are left out: the file is for people to edit, too.
fn read_registered(file: &Path) -> Vec<RelayAddress> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            tracing::warn!("{} cannot be read: {error}", file.display());
            return Vec::new();
        }
    };
    let addresses = text.lines().filter(|line| !line.trim().is_empty()).filter_map(|line| {
        let address = line.parse();
        if let Err(error) = &address {
            tracing::warn!("{}: {line:?} is left out: {error}", file.display());
        }
        address.ok()
    });
    addresses.collect()
}
