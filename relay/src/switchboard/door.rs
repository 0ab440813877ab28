//! `GET /ws`: who may come in, the handshake, and what a connected node may say.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;
use hyper::upgrade::{OnUpgrade, Upgraded};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{NodeId, PublicKey};
use tabchain_shared::wire::message::MAX_NAME_BYTES;
use tabchain_shared::wire::switchboard::{
    CARRIED_HEAD_BYTES, Envelope, FromRelay, LinkId, MAX_CHANNELS, NodeControl, RelayControl, ToRelay,
    check_signal_length, is_spread, split_spread, verify_challenge,
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_util::sync::CancellationToken;

use super::carrying::{Carriage, Spread};
use super::shares::ShareDesk;
use super::{Admission, Newcomer, Notice, Serial, Switchboard, is_sound_name};
use crate::AppState;
use crate::clock::now;
use crate::metrics::Refusal;
use crate::places::{Places, counted_address};
use crate::resident::{CarrierId, Resident};
use crate::rest::Problem;
use crate::rest::guard::is_foreign;
use crate::server::{Connection, Encrypted};
use crate::socket::pace::{DEFAULT_MESSAGES_PER_SECOND, Pace};
use crate::socket::pool::Pool;
use crate::socket::{Accepted, Closing, Ended, Listener, Outbox, OutboxBudget, Patience, Unflushed};

/// After this many malformed messages a connection is closed: an honest node sends none, and a few leave room for a
/// node that is newer than this relay.
const MAX_MALFORMED: u32 = 10;
/// Links that a node may cut within [`UNLINK_WINDOW`] besides all that it had: each makes the relay find others, and in a
/// ring others lose theirs. An honest node cuts all of them if it slept, and single ones with those that it has barred.
pub const MAX_UNLINKS: usize = 32;
const UNLINK_WINDOW: Duration = Duration::from_mins(1);
const NOT_A_HELLO: &str = "the first message must be a Hello that this version understands";

/// What a connection is measured against.
#[derive(Debug, Clone, Copy)]
pub struct DoorLimits {
    /// Behind one address there may be a whole classroom. An IPv6 network of 64 bits counts as one.
    pub connections_per_address: usize,
    pub patience: Patience,
    pub outbox: OutboxBudget,
    /// Of one node, counted once for every receiver; 0: any number.
    pub messages_per_second: u32,
}

impl Default for DoorLimits {
    fn default() -> Self {
        Self {
            connections_per_address: 256,
            patience: Patience::default(),
            outbox: OutboxBudget::default(),
            messages_per_second: DEFAULT_MESSAGES_PER_SECOND,
        }
    }
}

#[derive(Debug)]
pub struct Door {
    pub limits: DoorLimits,
    places: Places,
    /// What all sockets hold together.
    pool: Arc<Pool>,
}

impl Door {
    pub fn new(limits: DoorLimits) -> Self {
        Self { limits, places: Places::new(limits.connections_per_address), pool: Arc::default() }
    }
}

/// The WebSocket of nodes
///
/// Its messages are described in docs/protocol.md. Pages of other sites are refused.
#[utoipa::path(get, path = "/ws", tag = "network",
    responses(
        (status = 101, description = "A WebSocket from here on"),
        (status = 400, description = "Not a WebSocket's handshake"),
        (status = 403, description = "A page of another site"),
        (status = 426, description = "The connection cannot be upgraded"),
        (status = 429, description = "This address holds too many connections"),
    ))]
pub async fn connect(
    State(relay): State<AppState>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    mut request: Request,
) -> Result<Response, Problem> {
    if is_foreign(&request) && !is_of_a_sister(&relay.switchboard, &request) {
        relay.metrics.refused(Refusal::ForeignPage);
        // Its scripts must not act with this browser's reach.
        return Err(Problem::new(StatusCode::FORBIDDEN, "pages of other sites may not connect to this relay"));
    }
    let response = create_response_with_body(&request, Body::empty)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, format!("this address speaks WebSocket: {error}")))?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>().ok_or_else(|| {
        Problem::new(StatusCode::UPGRADE_REQUIRED, "a WebSocket needs a connection of its own, by HTTP/1.1")
    })?;
    let place = relay.door.places.take(address.ip()).ok_or_else(|| {
        relay.metrics.refused(Refusal::NodesOfAddress);
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "{} already holds {} connections; the host can allow more with --max-connections-per-address",
                counted_address(address.ip()),
                relay.door.limits.connections_per_address
            ),
        )
    })?;
    // It counts as one of the server's connections for as long as it lasts.
    let connection = request.extensions_mut().remove::<Connection>();
    let tracker = relay.tasks.clone();
    tracker.spawn(async move {
        match upgrade.await {
            Ok(upgraded) => receive(&relay, upgraded).await,
            Err(error) => tracing::debug!(%address, "upgrade failed: {error}"),
        }
        drop((place, connection));
    });
    Ok(response)
}

/// Whether a page of another relay of this network asks: its tabs come here when that relay is gone. As of our own pages, where
/// this request came encrypted the page has to have, too.
fn is_of_a_sister(switchboard: &Switchboard, request: &Request) -> bool {
    let origin = request.headers().get(header::ORIGIN).and_then(|origin| origin.to_str().ok()).unwrap_or_default();
    let is_weaker = request.extensions().get::<Encrypted>().is_some() && !origin.starts_with("https://");
    !is_weaker && switchboard.is_sister(origin)
}

async fn receive(relay: &AppState, upgraded: Upgraded) {
    let Door { limits, pool, .. } = &*relay.door;
    let outbox = Arc::new(Outbox::within(limits.outbox, pool).counted(relay.metrics.sent.clone()));
    let mut socket = Accepted::new(upgraded, &outbox, pool).await;
    // In memory of its own, which goes when it is over: connections last.
    let handshake = Box::pin(shake_hands(&relay.switchboard, &mut socket, &outbox));
    let newcomer = tokio::select! {
        newcomer = timeout(limits.patience.handshake, handshake) => newcomer.unwrap_or(Err(Some(Closing::SILENT))),
        () = relay.stop.cancelled() => Err(Some(Closing::STOPPING)),
    };
    match newcomer {
        Ok(newcomer) => converse(relay, socket, newcomer).await,
        Err(Some(closing)) => {
            if closing != Closing::STOPPING {
                relay.metrics.refused(Refusal::Hello);
            }
            socket.close(&outbox, &closing).await;
        }
        Err(None) => {}
    }
}

/// Challenge, Hello, Welcome; or words why not.
async fn shake_hands(
    switchboard: &Switchboard,
    socket: &mut Accepted,
    outbox: &Arc<Outbox>,
) -> Result<Newcomer, Option<Closing>> {
    let challenge: [u8; 32] = rand::random();
    let params = switchboard.params().clone();
    say(socket, outbox, RelayControl::Challenge { challenge, params, time: now() }).await?;
    let hello = socket.next_message(outbox).await?;
    match judge_hello(switchboard, &challenge, &hello) {
        Ok(accepted) => {
            say(socket, outbox, switchboard.welcome()).await?;
            let (id, address) = (accepted.public_key.node_id(), accepted.public_key.address());
            let Introduced { node_kind: kind, name, channels, .. } = accepted;
            Ok(Newcomer { id, address, kind, name, channels, outbox: Arc::clone(outbox) })
        }
        Err(reason) => {
            tracing::info!("refused a connection: {reason}");
            say(socket, outbox, RelayControl::Refused { reason }).await?;
            Err(Some(Closing::REFUSED))
        }
    }
}

async fn say(socket: &mut Accepted, outbox: &Outbox, control: RelayControl) -> Result<(), Option<Closing>> {
    socket.say(outbox, FromRelay::Control(control).to_bytes()).await
}

struct Introduced {
    public_key: PublicKey,
    node_kind: NodeKind,
    name: String,
    channels: Vec<NodeId>,
}

/// Words for the person behind the other node if it cannot come in.
fn judge_hello(switchboard: &Switchboard, challenge: &[u8; 32], hello: &[u8]) -> Result<Introduced, String> {
    let Ok(ToRelay::Control(hello)) = ToRelay::from_bytes(hello) else { return Err(NOT_A_HELLO.into()) };
    let NodeControl::Hello { network, public_key, signature, node_kind, name, channels } = hello else {
        return Err(NOT_A_HELLO.into());
    };
    let ours = switchboard.params().network_id();
    if network != ours {
        let name = &switchboard.params().name;
        return Err(format!("this relay serves the network {name} ({ours}), not {network}"));
    }
    if !verify_challenge(&public_key, ours, challenge, &signature) {
        return Err("the signature does not prove that this node holds its key".into());
    }
    if public_key.node_id() == switchboard.resident() {
        return Err("this is the relay's own node: a relay cannot join itself".into());
    }
    if switchboard.is_other_resident(public_key.node_id()) {
        return Err("the two relays are on one bus already, and need no other connection".into());
    }
    if !is_sound_name(&name) {
        return Err(format!("a node's name has 1 to {MAX_NAME_BYTES} bytes and no control characters"));
    }
    if channels.len() > MAX_CHANNELS {
        return Err(format!("a node names at most {MAX_CHANNELS} channels, not {}", channels.len()));
    }
    Ok(Introduced { public_key, node_kind, name, channels })
}

/// A node is in: carries for it until its connection ends.
async fn converse(relay: &AppState, socket: Accepted, newcomer: Newcomer) {
    let switchboard = &relay.switchboard;
    let (node, outbox) = (newcomer.id, Arc::clone(&newcomer.outbox));
    tracing::info!(%node, name = newcomer.name, "connected");
    let admission = switchboard.admit(newcomer);
    let serial = admission.serial;
    deliver(switchboard, &relay.resident).await;
    let DoorLimits { patience, messages_per_second, .. } = &relay.door.limits;
    let pace = Pace::new(*messages_per_second);
    let mut conversation = Conversation::new(switchboard, &relay.resident, node, &outbox, admission, pace);
    let reason = socket.pump(&outbox, patience, &relay.stop, &mut conversation).await;
    if reason == Ended::Here(Closing::TOO_SLOW) {
        switchboard.count_slow_reader();
    }
    tracing::info!(%node, %reason, "disconnected");
    switchboard.leave(node, serial);
    deliver(switchboard, &relay.resident).await;
}

/// Tells the resident node of its links whenever something changes there, for as long as the relay runs. Others do it at
/// once where something depends on it; what the resident itself or the host changed is left to this.
pub async fn keep_resident_told(switchboard: &Switchboard, resident: &Resident, stop: &CancellationToken) {
    let telling = async {
        loop {
            switchboard.noticed().await;
            deliver(switchboard, resident).await;
        }
    };
    stop.run_until_cancelled(telling).await;
}

/// Returns when every notice of before the call has reached the resident. Whoever gives up in between loses none.
pub async fn deliver(switchboard: &Switchboard, resident: &Resident) {
    let _turn = switchboard.delivery.lock().await;
    while let Some(notice) = switchboard.first_notice() {
        match notice {
            Notice::LinkUp { link, node, we_initiate } => {
                resident.link_up(CarrierId::SWITCHBOARD, link, node, we_initiate).await;
            }
            Notice::LinkDown { link } => resident.link_down(CarrierId::SWITCHBOARD, link).await,
            Notice::LinkFault { link, fault } => resident.link_fault(CarrierId::SWITCHBOARD, link, fault).await,
        }
        switchboard.first_notice_delivered();
    }
}

struct Conversation<'a> {
    switchboard: &'a Switchboard,
    resident: &'a Resident,
    node: NodeId,
    serial: Serial,
    outbox: &'a Outbox,
    shares: Arc<ShareDesk>,
    malformed: u32,
    unlinks: Unlinks,
    pace: Pace,
    /// Those to whom something is to be written once all that is here has been read.
    unflushed: Unflushed,
}

/// The links that a node may still cut in this window.
#[derive(Debug, Default)]
struct Unlinks {
    since: Option<Instant>,
    left: usize,
}

impl Unlinks {
    /// `false`: too many.
    fn count(&mut self, now: Instant, links: impl FnOnce() -> usize) -> bool {
        if self.since.is_none_or(|since| now.duration_since(since) >= UNLINK_WINDOW) {
            *self = Self { since: Some(now), left: MAX_UNLINKS + links() };
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}

impl Listener for Conversation<'_> {
    async fn frame_came(&mut self) {
        if self.pace.is_used_up() {
            self.switchboard.flush(&mut self.unflushed).await;
            self.pace.rest().await;
        }
        self.pace.count(1);
    }

    async fn caught_up(&mut self) {
        self.switchboard.flush(&mut self.unflushed).await;
    }

    async fn message(&mut self, envelope: Bytes) -> Result<(), Closing> {
        self.switchboard.count_received(envelope.len());
        if is_spread(&envelope) {
            return self.spread(&envelope).await;
        }
        // The head alone names the link; the frame behind it stays unread and uncopied.
        let head = &envelope[..envelope.len().min(CARRIED_HEAD_BYTES)];
        match Envelope::<NodeControl>::from_bytes(head) {
            Ok(Envelope::Carried { link, .. }) => return self.frame(link, &envelope).await,
            Ok(Envelope::Signal { link, .. }) => return self.signal(link, &envelope).await,
            Ok(Envelope::Control(_)) | Err(_) => {}
        }
        // What it says next may end links, and has it wait: what came before is written before. (If somebody else ends a link, the
        // other side may hear of it before the last frames, which it then drops.)
        self.switchboard.flush(&mut self.unflushed).await;
        match ToRelay::from_bytes(&envelope) {
            // In memory of its own: it is rare and large, and a connection is there for long.
            Ok(ToRelay::Control(control)) => Box::pin(self.control(control)).await,
            Ok(ToRelay::Carried { .. } | ToRelay::Signal { .. }) => unreachable!("its head would have named the link"),
            Err(error) => self.malformed(&error.to_string()),
        }
    }
}

impl<'a> Conversation<'a> {
    fn new(
        switchboard: &'a Switchboard,
        resident: &'a Resident,
        node: NodeId,
        outbox: &'a Outbox,
        admission: Admission,
        pace: Pace,
    ) -> Self {
        let Admission { serial, shares } = admission;
        let (unlinks, unflushed) = (Unlinks::default(), Unflushed::default());
        Self { switchboard, resident, node, serial, outbox, shares, malformed: 0, unlinks, pace, unflushed }
    }

    async fn frame(&mut self, link: LinkId, envelope: &Bytes) -> Result<(), Closing> {
        match self.switchboard.carry(self.node, link, envelope, &mut self.unflushed) {
            Carriage::Carried | Carriage::JustCut => Ok(()),
            Carriage::ToOtherRelay => {
                self.wait_for_the_bus().await;
                Ok(())
            }
            Carriage::ToResident => {
                self.give_to_resident(link, &envelope[CARRIED_HEAD_BYTES..]).await;
                Ok(())
            }
            Carriage::UnknownLink => self.malformed("a frame for an unknown link"),
        }
    }

    async fn spread(&mut self, message: &Bytes) -> Result<(), Closing> {
        let (links, frame) = match split_spread(message) {
            Ok(parts) => parts,
            Err(error) => return self.malformed(&error.to_string()),
        };
        // One of them is counted already.
        self.pace.count(links.len() - 1);
        let shared = message.slice_ref(frame);
        let spread = self.switchboard.spread(self.node, &links, &shared, &mut self.unflushed);
        let Spread { to_resident, to_other_relays, unknown } = spread;
        if let Some(link) = to_resident {
            self.give_to_resident(link, frame).await;
        }
        if to_other_relays {
            self.wait_for_the_bus().await;
        }
        (0..unknown).try_for_each(|_| self.malformed("a frame for an unknown link"))
    }

    /// Waits while the bus is busy, and so makes this node wait; others go on.
    async fn wait_for_the_bus(&mut self) {
        self.switchboard.flush(&mut self.unflushed).await;
        self.switchboard.room_on_bus().await;
    }

    /// Waits while the resident is busy, and so makes this node wait; others go on. The resident may not know the link yet.
    async fn give_to_resident(&mut self, link: LinkId, frame: &[u8]) {
        if self.switchboard.first_notice().is_some() {
            self.switchboard.flush(&mut self.unflushed).await;
            deliver(self.switchboard, self.resident).await;
        }
        if let Err(frame) = self.resident.try_frame(CarrierId::SWITCHBOARD, link, frame.to_vec()) {
            self.switchboard.flush(&mut self.unflushed).await;
            self.resident.frame(CarrierId::SWITCHBOARD, link, frame).await;
        }
    }

    async fn signal(&mut self, link: LinkId, envelope: &Bytes) -> Result<(), Closing> {
        if let Err(error) = check_signal_length(envelope.len() - CARRIED_HEAD_BYTES) {
            return self.malformed(&error.to_string());
        }
        match self.switchboard.carry(self.node, link, envelope, &mut self.unflushed) {
            // This process opens no channels, and the frames stay carried.
            Carriage::Carried | Carriage::JustCut | Carriage::ToResident => Ok(()),
            Carriage::ToOtherRelay => {
                self.wait_for_the_bus().await;
                Ok(())
            }
            Carriage::UnknownLink => self.malformed("a signal for an unknown link"),
        }
    }

    async fn control(&mut self, control: NodeControl) -> Result<(), Closing> {
        match control {
            // Nobody changes who they are in the middle of a connection.
            NodeControl::Hello { .. } => {
                self.switchboard.count_malformed();
                Err(Closing::SECOND_HELLO)
            }
            NodeControl::Report(report) => {
                let (mining, hashrate) = (report.mining, report.hashrate);
                if self.switchboard.report(self.node, self.serial, report).is_err() {
                    return self.malformed("a report with an unsound name");
                }
                self.shares.claim(mining, hashrate);
                self.ask_for_shares();
                Ok(())
            }
            NodeControl::Shares(shares) => {
                self.shares.hand_in(self.resident, shares).await?;
                self.ask_for_shares();
                Ok(())
            }
            // An answer that comes too late is no fault.
            NodeControl::Answer { id, answer } => {
                self.switchboard.answer(self.node, id, answer);
                Ok(())
            }
            NodeControl::Unlink { .. }
                if !self.unlinks.count(Instant::now(), || self.switchboard.links_of(self.node)) =>
            {
                Err(Closing::TOO_MANY_UNLINKS)
            }
            NodeControl::Unlink { link } => {
                let known = self.switchboard.unlink(self.node, link);
                deliver(self.switchboard, self.resident).await;
                if known { Ok(()) } else { self.malformed("cuts an unknown link") }
            }
        }
    }

    /// Whatever was just said may change what is wanted.
    fn ask_for_shares(&self) {
        if let Some(bits) = self.shares.next_wish(Instant::now()) {
            self.outbox.push(FromRelay::Control(RelayControl::ShareTarget { bits }).to_bytes());
        }
    }

    fn malformed(&mut self, what: &str) -> Result<(), Closing> {
        tracing::debug!(node = %self.node, "malformed message: {what}");
        self.switchboard.count_malformed();
        self.malformed += 1;
        if self.malformed < MAX_MALFORMED { Ok(()) } else { Err(Closing::MALFORMED) }
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::primitives::SecretKey;
    use tabchain_shared::wire::switchboard::carried;

    use super::*;
    use crate::resident::Request;
    use crate::switchboard::topology::Shape;

    #[test]
    fn cuts_are_counted_by_the_minute() {
        let (mut unlinks, start) = (Unlinks::default(), Instant::now());
        for minute in 0..3 {
            let now = start + minute * UNLINK_WINDOW;
            let links = if minute == 1 { 100 } else { 0 };
            assert!((0..MAX_UNLINKS + links).all(|_| unlinks.count(now, || links)), "minute {minute}");
            assert!(!unlinks.count(now, || links), "minute {minute}");
        }
    }

    /// A frame may come while the notice of its link is still to be delivered.
    #[tokio::test]
    async fn the_resident_hears_of_a_link_before_what_comes_over_it() {
        let (resident, mut requests) = Resident::channel(NodeId([9; 8]));
        let switchboard = Switchboard::new(Params::regtest(), resident.id(), Shape::Star, Vec::new());
        let key = SecretKey::from_seed([1; 32]).public_key();
        let (node, outbox) = (key.node_id(), Arc::new(Outbox::new(OutboxBudget::default())));
        let (kind, name, channels) = (NodeKind::Tab, "ada".to_owned(), Vec::new());
        let newcomer = Newcomer { id: node, address: key.address(), kind, name, channels, outbox: Arc::clone(&outbox) };
        let admission = switchboard.admit(newcomer);
        let (switchboard, resident) = (&switchboard, &resident);
        let mut conversation = Conversation::new(switchboard, resident, node, &outbox, admission, Pace::new(0));
        let only = LinkId(1);
        conversation.message(carried(only, b"hello").into()).await.expect("it is linked");
        let first = requests.try_recv().expect("two requests wait");
        assert!(matches!(first, Request::LinkUp { link, node: other, .. } if (link, other) == (only, node)));
        let second = requests.try_recv().expect("two requests wait");
        assert!(matches!(second, Request::Frame { link, frame, .. } if (link, frame.as_slice()) == (only, b"hello")));
    }
}
