//! Several relay processes as one network: what joins a switchboard with those of other relays.
//!
//! | file | what it owns |
//! | --- | --- |
//! | `message` | what relays say to each other, byte for byte |
//! | `outgoing` | what waits to go out |
//! | `nats` | the connection to a NATS server, which carries it |
//! | `address` | where the bus is, and where browsers reach a relay |
//!
//! What it means is decided in `switchboard/away`. The bus may lose, double and reorder messages and may be gone for a while;
//! [decision 0005](../../docs/decisions/0005-bus.md) says how the network lives with that.

pub mod address;
pub mod message;
pub mod nats;
pub mod outgoing;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use axum::body::Bytes;
use futures::{Stream, StreamExt};
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::LinkId;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::task::TaskTracker;

use crate::AppState;
use crate::clock::now;
use crate::resident::{CarrierId, Resident};
use crate::rest::operations::ORDER_TIMEOUT;
use crate::switchboard::Switchboard;
use crate::switchboard::away::Errand;
use crate::switchboard::door;
use address::{BusAddress, PageAddress};
use message::{Content, Epoch, NodeCard, Packet};
use nats::Nats;
use outgoing::Outgoing;

/// How often it is looked what is due. News of nodes' reports wait so long at most.
const TEND_EVERY: Duration = Duration::from_millis(250);
/// How often others are told what the relay's own node says of itself.
const REPORT_INTERVAL: Duration = Duration::from_secs(1);
/// Frames for the resident that wait until it takes them, bytes; beyond, the link ends on which more comes. As much as a
/// node may have on order from all its peers together, four times.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;
/// What a waiting frame takes besides its bytes.
const FRAME_OVERHEAD_BYTES: usize = 64;

/// Has a relay be one of several until it stops: `outgoing` is carried to the others, and `incoming` is what they send.
pub async fn run(
    relay: AppState,
    epoch: Epoch,
    address: Option<PageAddress>,
    outgoing: Arc<Outgoing>,
    incoming: impl Stream<Item = Bytes> + Send + Unpin,
) {
    let AppState { resident, switchboard, .. } = &relay;
    let Ok(report) = resident.report(true).await else { return };
    let card = NodeCard {
        id: resident.id(),
        name: report.name.clone(),
        kind: NodeKind::Relay,
        address: report.address,
        since: now(),
        report: Some(report),
        proven: None,
    };
    switchboard.join_bus(epoch, outgoing, address, card);
    let (inbox, frames) = Inbox::new();
    tokio::select! {
        () = relay.stop.cancelled() => {}
        () = receive(&relay, incoming, &inbox) => {}
        () = inbox.bring(frames, switchboard, resident) => {}
        () = tell_of_resident(switchboard, resident) => {}
    }
    switchboard.leave_bus();
}

/// The same over NATS, among the tasks of the process. Without servers there is no bus.
pub async fn start(
    relay: &AppState,
    servers: &[BusAddress],
    address: Option<PageAddress>,
    tasks: &TaskTracker,
) -> Result<()> {
    if servers.is_empty() {
        return Ok(());
    }
    let (epoch, outgoing) = (Epoch(rand::random()), Arc::new(Outgoing::default()));
    let network = relay.switchboard.params().network_id();
    let (nats, incoming) = Nats::connect(servers, network, epoch, Arc::clone(&outgoing)).await?;
    let relay = relay.clone();
    tasks.spawn(async move {
        tokio::select! {
            () = run(relay, epoch, address, Arc::clone(&outgoing), incoming) => {}
            () = nats.send(&outgoing) => {}
        }
        nats.finish(&outgoing).await;
    });
    Ok(())
}

async fn receive(relay: &AppState, mut incoming: impl Stream<Item = Bytes> + Unpin, inbox: &Inbox) {
    let switchboard = &relay.switchboard;
    let mut ticks = interval(TEND_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let bytes = tokio::select! {
            _ = ticks.tick() => {
                switchboard.tend_bus(Instant::now());
                continue;
            }
            bytes = incoming.next() => bytes,
        };
        let Some(bytes) = bytes else { return };
        let errand = match Packet::read(&bytes) {
            Ok(Packet { from, content: Content::Part(part) }) => switchboard.bus_carried(from, &part, Instant::now()),
            Ok(Packet { from, content: Content::Said(said) }) => switchboard.bus_said(from, *said, Instant::now()),
            Err(error) => {
                tracing::warn!("something on the bus that makes no sense: {error}");
                None
            }
        };
        match errand {
            None => {}
            Some(Errand::Frame { link, frame }) => {
                let is_taken = inbox.push(link, frame);
                if !is_taken {
                    switchboard.break_link(link);
                }
            }
            Some(Errand::Order { from, id, node, command }) => {
                let relay = relay.clone();
                relay.tasks.clone().spawn(async move {
                    // Whoever asked does not wait longer.
                    if let Ok(answer) = timeout(ORDER_TIMEOUT, order(&relay, node, command)).await {
                        relay.switchboard.answer_away(from, id, node, answer);
                    }
                });
            }
        }
    }
}

/// `None`: there is no such node here, or it has left.
async fn order(relay: &AppState, node: NodeId, command: Command) -> Option<Answer> {
    if !command.only_asks() {
        tracing::info!(%node, ?command, "another relay's host orders");
    }
    if node == relay.resident.id() {
        relay.orders.give(&relay.resident, command).await.ok()
    } else {
        relay.switchboard.order(node, command)?.await.ok()
    }
}

async fn tell_of_resident(switchboard: &Switchboard, resident: &Resident) {
    let mut changes = resident.changes();
    while let Ok(report) = resident.report(true).await {
        switchboard.report_resident(report);
        tokio::time::sleep(REPORT_INTERVAL).await;
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// Frames on their way to the resident. Reading the bus does not wait for it: others would wait, too.
struct Inbox {
    frames: mpsc::UnboundedSender<(LinkId, Bytes)>,
    waiting_bytes: AtomicUsize,
}

impl Inbox {
    fn new() -> (Self, mpsc::UnboundedReceiver<(LinkId, Bytes)>) {
        let (frames, receiver) = mpsc::unbounded_channel();
        (Self { frames, waiting_bytes: AtomicUsize::new(0) }, receiver)
    }

    /// `false`: too much waits already.
    fn push(&self, link: LinkId, frame: Bytes) -> bool {
        let bytes = frame.len() + FRAME_OVERHEAD_BYTES;
        if self.waiting_bytes.load(Ordering::Relaxed) + bytes > MAX_WAITING_BYTES {
            return false;
        }
        self.waiting_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.frames.send((link, frame)).is_ok()
    }

    async fn bring(
        &self,
        mut frames: mpsc::UnboundedReceiver<(LinkId, Bytes)>,
        switchboard: &Switchboard,
        resident: &Resident,
    ) {
        while let Some((link, frame)) = frames.recv().await {
            // The resident may not know the link yet.
            door::deliver(switchboard, resident).await;
            resident.frame(CarrierId::SWITCHBOARD, link, frame.to_vec()).await;
            self.waiting_bytes.fetch_sub(frame.len() + FRAME_OVERHEAD_BYTES, Ordering::Relaxed);
        }
    }
}
