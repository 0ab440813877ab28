//! The relay's own full node, and how the rest of the process talks to it.
//!
//! The node is owned by one loop (`resident/driver`). Everyone else holds a [`Resident`] and sends it requests over one
//! bounded channel: links and frames from the carriers that reach it, commands, and questions as closures.

mod branches;
pub mod driver;
mod faults;
mod first_seen;
mod news;
mod proofs;
pub mod recording;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use tabchain_shared::mining::Solution;
use tabchain_shared::mining::share::Shares;
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::primitives::{CompactTarget, NodeId};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{LinkId, NodeControl, NodeReport, Part, ToRelay};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::socket::{Outbox, Unflushed};
use crate::switchboard::Switchboard;
use faults::FaultyLinks;

/// Requests that wait. A frame may have four megabytes, so the number is small; whoever sends more waits.
const MAX_WAITING_REQUESTS: usize = 64;

/// Names a carrier of links to the resident: its own switchboard, or a connection to a relay that it joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CarrierId(pub u64);

impl CarrierId {
    pub const SWITCHBOARD: Self = Self(0);
}

/// Where the resident's frames go out.
#[derive(Debug, Clone)]
pub enum Carrier {
    Switchboard(Arc<Switchboard>),
    Joined(Arc<Outbox>),
}

impl Carrier {
    fn send(&self, part: Part, unflushed: &mut Unflushed) {
        match self {
            Self::Switchboard(switchboard) => switchboard.send_from_resident(part, unflushed),
            Self::Joined(outbox) => outbox.push(part.to_message()),
        }
    }

    fn unlink(&self, link: LinkId) {
        match self {
            // What follows for the resident reaches it like any other notice.
            Self::Switchboard(switchboard) => {
                switchboard.unlink(switchboard.resident(), link);
            }
            Self::Joined(outbox) => outbox.push(ToRelay::Control(NodeControl::Unlink { link }).to_bytes()),
        }
    }

    fn hand_in(&self, shares: Shares) {
        match self {
            // Our own switchboard asks nobody in its process to prove anything.
            Self::Switchboard(_) => {}
            Self::Joined(outbox) => outbox.push(ToRelay::Control(NodeControl::Shares(shares)).to_bytes()),
        }
    }
}

pub(crate) enum Request {
    CarrierUp {
        via: CarrierId,
        carrier: Carrier,
    },
    /// Takes all its links along.
    CarrierDown {
        via: CarrierId,
    },
    LinkUp {
        via: CarrierId,
        link: LinkId,
        node: NodeId,
        we_initiate: bool,
    },
    LinkDown {
        via: CarrierId,
        link: LinkId,
    },
    /// What the host of that carrier has the link do to frames from now on.
    LinkFault {
        via: CarrierId,
        link: LinkId,
        fault: Option<LinkFault>,
    },
    Frame {
        via: CarrierId,
        link: LinkId,
        frame: Vec<u8>,
    },
    /// A joined relay wants our hash rate proven by shares under this target.
    ShareTarget {
        via: CarrierId,
        bits: CompactTarget,
    },
    Order {
        command: Command,
        answer: oneshot::Sender<Answer>,
    },
    Query(Box<dyn FnOnce(&Node) + Send>),
    NonceFound(Solution),
}

/// Speaks to the resident node. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Resident {
    id: NodeId,
    requests: mpsc::Sender<Request>,
    changes: watch::Sender<()>,
    unfinished_writes: Arc<AtomicUsize>,
    read_only: Arc<OnceLock<ReadOnly>>,
    faulty_links: FaultyLinks,
}

/// Why nothing can be saved any more, as the store said it. Shown as a sentence with what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "this relay only reads: it could not save ({0}). Make room or mend its disk, and start it again; what was saved \
     before is still there"
)]
pub struct ReadOnly(pub(crate) String);

/// The relay is stopping, and its node has gone to rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the relay is stopping")]
pub struct Stopped;

impl Resident {
    pub(crate) fn channel(id: NodeId) -> (Self, mpsc::Receiver<Request>) {
        let (requests, receiver) = mpsc::channel(MAX_WAITING_REQUESTS);
        let (changes, unfinished_writes, read_only) = (watch::Sender::new(()), Arc::default(), Arc::default());
        let faulty_links = FaultyLinks::default();
        (Self { id, requests, changes, unfinished_writes, read_only, faulty_links }, receiver)
    }

    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Asks the node something. The closure runs in the node's own loop, so it should be quick.
    pub async fn query<T: Send + 'static>(&self, ask: impl FnOnce(&Node) -> T + Send + 'static) -> Result<T, Stopped> {
        let (answer, receiver) = oneshot::channel();
        // Who asked may be gone by the time of the answer.
        let ask = Box::new(move |node: &Node| drop(answer.send(ask(node))));
        self.requests.send(Request::Query(ask)).await.map_err(|_| Stopped)?;
        receiver.await.map_err(|_| Stopped)
    }

    /// What the node says of itself.
    pub async fn report(&self, follows_host: bool) -> Result<NodeReport, Stopped> {
        let mut report = self.query(move |node: &Node| node.report(follows_host)).await?;
        self.faulty_links.mark(&mut report.links);
        Ok(report)
    }

    /// Which of its links have a fault in force at this end.
    pub fn faulty_links(&self) -> &FaultyLinks {
        &self.faulty_links
    }

    /// Gives a command and waits for its answer.
    pub async fn order(&self, command: Command) -> Result<Answer, Stopped> {
        let (answer, receiver) = oneshot::channel();
        self.requests.send(Request::Order { command, answer }).await.map_err(|_| Stopped)?;
        receiver.await.map_err(|_| Stopped)
    }

    /// Writes given to the store and not yet durable. Zero after an answer: what it showed survives a crash.
    pub fn unfinished_writes(&self) -> usize {
        self.unfinished_writes.load(Ordering::Relaxed)
    }

    /// Set once a write has failed, until the end of the process: payments are refused, miners rest, and what was stored is
    /// still read.
    pub fn read_only(&self) -> Option<&ReadOnly> {
        self.read_only.get()
    }

    /// Wakes whenever something that a snapshot shows may have changed.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    pub async fn carrier_up(&self, via: CarrierId, carrier: Carrier) {
        self.tell(Request::CarrierUp { via, carrier }).await;
    }

    pub async fn carrier_down(&self, via: CarrierId) {
        self.tell(Request::CarrierDown { via }).await;
    }

    pub async fn link_up(&self, via: CarrierId, link: LinkId, node: NodeId, we_initiate: bool) {
        self.tell(Request::LinkUp { via, link, node, we_initiate }).await;
    }

    pub async fn link_down(&self, via: CarrierId, link: LinkId) {
        self.tell(Request::LinkDown { via, link }).await;
    }

    pub async fn link_fault(&self, via: CarrierId, link: LinkId, fault: Option<LinkFault>) {
        self.tell(Request::LinkFault { via, link, fault }).await;
    }

    pub async fn frame(&self, via: CarrierId, link: LinkId, frame: Vec<u8>) {
        self.tell(Request::Frame { via, link, frame }).await;
    }

    /// The same without waiting; the frame comes back if the node is busy.
    pub fn try_frame(&self, via: CarrierId, link: LinkId, frame: Vec<u8>) -> Result<(), Vec<u8>> {
        match self.requests.try_send(Request::Frame { via, link, frame }) {
            Err(TrySendError::Full(Request::Frame { frame, .. })) => Err(frame),
            // A node that has stopped needs to know nothing any more.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    pub async fn share_target(&self, via: CarrierId, bits: CompactTarget) {
        self.tell(Request::ShareTarget { via, bits }).await;
    }

    async fn tell(&self, request: Request) {
        // A node that has stopped needs to know nothing any more.
        let _ = self.requests.send(request).await;
    }
}
