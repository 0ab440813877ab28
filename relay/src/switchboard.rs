//! Introduces nodes to each other and carries what they say, unread.
//!
//! It knows every connected node, who is linked with whom (`topology`), and the host's orders that wait for an answer.
//! How a connection comes to be is in `door`; how frames pass from node to node is in `carrying`, and how bytes move in
//! `socket`; what nodes prove of their speed is in `shares`; how a host makes links bad is in `faults`; nodes of other relays, if there is
//! a bus, are in `away`. Nothing
//! here waits: queues are bounded. What concerns the resident node is queued as [`Notice`]s, which `door` delivers: in their
//! order, and before any frame that follows from them.

pub mod away;
pub mod carrying;
pub mod door;
mod faults;
pub mod proven;
pub mod said_tips;
pub mod shares;
mod tally;
pub mod topology;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::config::{MAX_PEERS_RELAY, MAX_REPORTED_LINKS};
use tabchain_shared::node::io::{Answer, Command, CommandId, Time};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::timeline::TipView;
use tabchain_shared::primitives::{Address, BlockHash, NodeId};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::message::MAX_NAME_BYTES;
use tabchain_shared::wire::switchboard::{FromRelay, IceServer, LinkId, NodeReport, RelayControl, Separation};
use tokio::sync::{Notify, oneshot};

use crate::bus::message::Epoch;
use crate::bus::outgoing::Outgoing;
use crate::clock::now;
use crate::events::{Events, Happening, MAX_LISTED};
use crate::socket::{Closing, Outbox};
use away::{Away, BusStatus, Versions};
pub use said_tips::SaidTip;
use said_tips::SaidTips;
use shares::{Proven, ShareDesk, ShareOffice, ShareStatus};
pub use tally::Tally;
use topology::{Changes, CutLink, LinkError, MAX_LINKS, MadeBy, OtherEnd, Pair, Shape, ShapeError, Topology};

#[derive(Debug)]
pub struct Switchboard {
    params: Params,
    resident: NodeId,
    ice_servers: Vec<IceServer>,
    events: Events,
    state: Mutex<State>,
    /// There are notices for the resident.
    noticed: Notify,
    /// Held by whoever delivers them.
    delivery: tokio::sync::Mutex<()>,
    counters: Counters,
    shares: Arc<ShareOffice>,
    /// To other relays; the same as in the state, for who waits for room there.
    bus: OnceLock<Arc<Outgoing>>,
}

#[derive(Debug)]
struct State {
    topology: Topology,
    connections: HashMap<NodeId, Connection>,
    orders: HashMap<CommandId, PendingOrder>,
    /// For the resident, the oldest first.
    notices: VecDeque<Notice>,
    last_serial: u64,
    last_order: u64,
    said_tips: SaidTips,
    /// Some node was told that it is kept from others.
    separating: bool,
    /// Of the orders that are carried out, among those of other relays' hosts.
    ordered: Versions,
    /// Who gives orders here, as other relays are told.
    author: Epoch,
    /// Absent without a bus.
    away: Option<Away>,
}

#[derive(Debug)]
struct Connection {
    serial: Serial,
    newcomer: Newcomer,
    report: Option<NodeReport>,
    shares: Arc<ShareDesk>,
    since: Time,
    /// From whom the host keeps it, as it was told last.
    told: Separation,
}

/// A node that was taken in.
#[derive(Debug)]
pub struct Admission {
    pub serial: Serial,
    /// Takes the shares of this connection.
    pub shares: Arc<ShareDesk>,
}

/// Tells a node's connections apart, when it connects again before the old connection is known to be dead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Serial(u64);

/// A node that has proved who it is.
#[derive(Debug)]
pub struct Newcomer {
    pub id: NodeId,
    pub address: Address,
    pub kind: NodeKind,
    pub name: String,
    /// Nodes with which it says to have channels.
    pub channels: Vec<NodeId>,
    pub outbox: Arc<Outbox>,
}

#[derive(Debug)]
struct PendingOrder {
    node: NodeId,
    answer: oneshot::Sender<Answer>,
}

/// What the resident node has to be told, in this order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Notice {
    LinkUp { link: LinkId, node: NodeId, we_initiate: bool },
    LinkDown { link: LinkId },
    LinkFault { link: LinkId, fault: Option<LinkFault> },
}

/// The network's shape and every link.
#[derive(Debug, Clone, PartialEq)]
pub struct TopologyView {
    pub shape: Shape,
    pub links: Vec<(Pair, MadeBy)>,
    /// That the host wants linked, wherever they are.
    pub wished: BTreeSet<Pair>,
    pub kept_apart: Vec<Pair>,
    /// Parts of the network that the host has named; everyone else is one more. None while it is whole.
    pub groups: Vec<Vec<NodeId>>,
    pub faults: Vec<(Pair, LinkFault)>,
}

/// What an order of the host changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Changed {
    /// Links made.
    pub made: usize,
    /// Links cut.
    pub cut: usize,
}

/// Since the process started.
#[derive(Debug, Default)]
struct Counters {
    frames_received: AtomicU64,
    bytes_received: AtomicU64,
    frames_carried: AtomicU64,
    bytes_carried: AtomicU64,
    malformed_messages: AtomicU64,
    slow_readers_cut: AtomicU64,
    overdrawn_links_cut: AtomicU64,
}

/// For `/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SwitchboardStatus {
    pub connections: usize,
    pub links: usize,
    pub topology: Shape,
    pub frames_received: u64,
    pub bytes_received: u64,
    pub frames_carried: u64,
    pub bytes_carried: u64,
    pub malformed_messages: u64,
    pub slow_readers_cut: u64,
    /// Over which one node sent more than the other could take.
    pub overdrawn_links_cut: u64,
    pub shares: ShareStatus,
    /// `null` without other relays.
    pub bus: Option<BusStatus>,
}

/// A connected node, as far as the switchboard knows it.
#[derive(Debug, Clone)]
pub struct ConnectedNode {
    pub id: NodeId,
    pub name: String,
    pub kind: NodeKind,
    pub address: Address,
    pub report: Option<NodeReport>,
    /// Of its hash rate; `None` if it was never asked.
    pub proven: Option<Proven>,
    pub links: Vec<NodeId>,
    pub since: Time,
}

impl Switchboard {
    pub fn new(params: Params, resident: NodeId, shape: Shape, ice_servers: Vec<IceServer>) -> Self {
        Self {
            shares: Arc::new(ShareOffice::new(params.algorithm)),
            params,
            resident,
            ice_servers,
            events: Events::default(),
            state: Mutex::new(State {
                topology: Topology::new(resident, shape),
                connections: HashMap::new(),
                orders: HashMap::new(),
                notices: VecDeque::new(),
                last_serial: 0,
                last_order: 0,
                said_tips: SaidTips::default(),
                separating: false,
                ordered: Versions::INITIAL,
                // Without a bus no process has a number; its node's will do to tell orders of two relays apart that meet later.
                author: Epoch(u64::from_le_bytes(resident.0)),
                away: None,
            }),
            noticed: Notify::new(),
            delivery: tokio::sync::Mutex::new(()),
            counters: Counters::default(),
            bus: OnceLock::new(),
        }
    }

    pub fn params(&self) -> &Params {
        &self.params
    }

    pub fn resident(&self) -> NodeId {
        self.resident
    }

    /// Where everybody can hear who comes and goes; others may have more to tell there.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// What those who enter are told.
    pub fn welcome(&self) -> RelayControl {
        RelayControl::Welcome { node: self.resident, ice_servers: self.ice_servers.clone() }
    }

    /// Takes a node in and introduces it. An older connection of the same node is closed.
    #[must_use]
    pub fn admit(&self, newcomer: Newcomer) -> Admission {
        let mut state = self.state();
        if let Some(old) = state.connections.get(&newcomer.id) {
            old.newcomer.outbox.close(Closing::REPLACED);
            self.take_out(&mut state, newcomer.id);
        }
        let since = self.take_over(&mut state, newcomer.id);
        if let Some(relays) = state.welcome_addresses().filter(|_| newcomer.kind == NodeKind::Tab) {
            newcomer.say(relays);
        }
        state.last_serial += 1;
        let serial = Serial(state.last_serial);
        let id = newcomer.id;
        let shares = Arc::new(ShareDesk::new(Arc::clone(&self.shares), id, newcomer.address));
        let changes = state.topology.add(id, &newcomer.channels, &mut rand::rng());
        let Newcomer { name, kind, address, .. } = &newcomer;
        let connected = Happening::PeerConnected { node: id, name: name.clone(), kind: *kind, address: *address };
        self.events.publish(now(), &connected);
        let (told, report) = (Separation::default(), None);
        let connection = Connection { serial, newcomer, report, shares: Arc::clone(&shares), since, told };
        state.connections.insert(id, connection);
        self.tell(&mut state, &changes);
        state.tell_separations();
        Admission { serial, shares }
    }

    /// A connection ended.
    pub fn leave(&self, node: NodeId, serial: Serial) {
        let mut state = self.state();
        if state.is_current(node, serial) {
            self.take_out(&mut state, node);
        }
    }

    /// A node (or the resident) does not want a link any more. `false`: it has no such link.
    pub fn unlink(&self, by: NodeId, link: LinkId) -> bool {
        let mut state = self.state();
        match state.topology.other_end(link, by) {
            OtherEnd::Unknown => false,
            OtherEnd::JustCut => true,
            OtherEnd::Node(_) => {
                let changes = state.topology.cut(link, by, &mut rand::rng());
                self.tell(&mut state, &changes);
                true
            }
        }
    }

    /// How many links a node has.
    fn links_of(&self, node: NodeId) -> usize {
        self.state().topology.neighbours(node).len()
    }

    /// Closes a node's connection if an end cut its link with the resident, which the shape asks for: that link is made only
    /// for those who connect. The caller knows that the two are not linked by way of another relay either.
    pub fn close_if_unlinked(&self, node: NodeId) {
        let state = self.state();
        if let Some(connection) = state.connections.get(&node)
            && state.topology.has_to_return(node)
        {
            connection.newcomer.outbox.close(Closing::UNLINKED);
        }
    }

    pub fn topology(&self) -> TopologyView {
        let state = self.state();
        TopologyView {
            shape: state.topology.shape(),
            links: state.topology.links().map(|(_, pair, made_by)| (pair, made_by)).collect(),
            wished: state.topology.wished_links().collect(),
            kept_apart: state.topology.kept_apart().collect(),
            groups: state.topology.groups(),
            faults: state.topology.faults().collect(),
        }
    }

    /// The host gives the network another shape, while it runs.
    pub fn set_shape(&self, shape: Shape) -> Result<Changed, ShapeError> {
        let mut state = self.state();
        let faults: Vec<Pair> = state.topology.faults().map(|(pair, _)| pair).collect();
        let changes = state.topology.set_shape(shape, &mut rand::rng())?;
        state.host_has_ordered(true);
        let told = self.tell(&mut state, &changes);
        for pair in faults {
            self.tell_fault(&mut state, pair);
        }
        state.tell_separations();
        Ok(told)
    }

    /// The host links two nodes.
    pub fn link_for_host(&self, a: NodeId, b: NodeId) -> Result<Changed, LinkError> {
        let mut state = self.state();
        let State { topology, connections, away, .. } = &mut *state;
        let is_relay = |node| match connections.get(&node) {
            Some(end) => end.newcomer.kind == NodeKind::Relay,
            None => away.as_ref().and_then(|away| away.kind_of(node)).is_none_or(|kind| kind == NodeKind::Relay),
        };
        let most = |node| if is_relay(node) { MAX_PEERS_RELAY } else { MAX_LINKS };
        let changes = topology.link_for_host(a, b, most)?;
        state.host_has_ordered(false);
        let made_elsewhere = state.are_elsewhere(a, b) && !state.say_that_they_are_linked(a, b);
        let told = self.tell(&mut state, &changes);
        state.tell_separations();
        Ok(Changed { made: told.made + usize::from(made_elsewhere), ..told })
    }

    /// The host cuts the link of two nodes.
    pub fn cut_for_host(&self, a: NodeId, b: NodeId) -> Result<Changed, LinkError> {
        let mut state = self.state();
        let cut_elsewhere = state.are_elsewhere(a, b);
        if cut_elsewhere && !state.say_that_they_are_linked(a, b) {
            return Err(LinkError::NotLinked);
        }
        let changes = state.topology.cut_for_host(a, b)?;
        state.host_has_ordered(false);
        let told = self.tell(&mut state, &changes);
        state.tell_separations();
        Ok(Changed { cut: told.cut + usize::from(cut_elsewhere), ..told })
    }

    /// Keeps what a node says of itself, but not an address that it has not proved to be its own.
    pub fn report(&self, node: NodeId, serial: Serial, mut report: NodeReport) -> Result<(), InvalidReport> {
        if !is_sound_name(&report.name) {
            return Err(InvalidReport);
        }
        let mut guard = self.state();
        let state = &mut *guard;
        if state.is_current(node, serial)
            && let Some(connection) = state.connections.get_mut(&node)
        {
            report.address = connection.newcomer.address;
            // A control message has room for more that say little.
            report.links.truncate(MAX_REPORTED_LINKS);
            connection.newcomer.name.clone_from(&report.name);
            let tip = TipView { hash: report.tip, height: report.height };
            state.said_tips.said(node, &report.name, tip, now());
            connection.report = Some(report);
            if let Some(away) = &mut state.away {
                away.reported(node);
            }
        }
        Ok(())
    }

    /// Gives a connected node the host's order. `None`: it is not connected. The answer may never come.
    pub fn order(&self, node: NodeId, command: Command) -> Option<oneshot::Receiver<Answer>> {
        let mut state = self.state();
        // Whoever gave up waiting has dropped the receiver.
        state.orders.retain(|_, order| !order.answer.is_closed());
        state.last_order += 1;
        let id = CommandId(state.last_order);
        state.connections.get(&node)?.newcomer.say(RelayControl::Order { id, command });
        let (answer, receiver) = oneshot::channel();
        state.orders.insert(id, PendingOrder { node, answer });
        Some(receiver)
    }

    /// A node answers an order. `false`: it was not given that order, or nobody waits any more.
    pub fn answer(&self, node: NodeId, id: CommandId, answer: Answer) -> bool {
        let mut state = self.state();
        if state.orders.get(&id).is_none_or(|order| order.node != node) {
            return false;
        }
        state.orders.remove(&id).is_some_and(|order| order.answer.send(answer).is_ok())
    }

    pub fn connected(&self) -> Vec<ConnectedNode> {
        let state = self.state();
        let mut nodes: Vec<_> = state
            .connections
            .values()
            .map(|connection| {
                let Newcomer { id, address, kind, name, .. } = &connection.newcomer;
                ConnectedNode {
                    id: *id,
                    name: name.clone(),
                    kind: *kind,
                    address: *address,
                    report: connection.report.clone(),
                    proven: connection.shares.proven(Instant::now()),
                    links: state.topology.neighbours(*id),
                    since: connection.since,
                }
            })
            .collect();
        nodes.sort_by_key(|node| (node.since, node.id));
        nodes
    }

    /// Which block each node says to follow that is connected here, or to another relay on the bus.
    pub fn tips(&self) -> Vec<(NodeId, BlockHash)> {
        let state = self.state();
        let connected = state.connections.iter().map(|(id, connection)| (*id, connection.report.as_ref()));
        let away = state.away.iter().flat_map(Away::nodes).map(|(_, card)| (card.id, card.report.as_ref()));
        connected.chain(away).filter_map(|(id, report)| Some((id, report?.tip))).collect()
    }

    pub fn status(&self) -> SwitchboardStatus {
        let state = self.state();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SwitchboardStatus {
            connections: state.connections.len(),
            links: state.topology.link_count(),
            topology: state.topology.shape(),
            frames_received: count(&self.counters.frames_received),
            bytes_received: count(&self.counters.bytes_received),
            frames_carried: count(&self.counters.frames_carried),
            bytes_carried: count(&self.counters.bytes_carried),
            malformed_messages: count(&self.counters.malformed_messages),
            slow_readers_cut: count(&self.counters.slow_readers_cut),
            overdrawn_links_cut: count(&self.counters.overdrawn_links_cut),
            shares: self.shares.status(),
            bus: state.away.as_ref().map(Away::status),
        }
    }

    /// Waits until there are notices for the resident.
    async fn noticed(&self) {
        self.noticed.notified().await;
    }

    fn first_notice(&self) -> Option<Notice> {
        self.state().notices.front().copied()
    }

    /// Only whoever holds the delivery takes any away.
    fn first_notice_delivered(&self) {
        self.state().notices.pop_front();
    }

    fn take_out(&self, state: &mut State, node: NodeId) {
        if let Some(connection) = state.connections.remove(&node) {
            connection.shares.depart();
            self.events.publish(now(), &Happening::PeerLeft { node });
            state.said_tips.left(node, now());
        }
        // Nobody will answer these any more: dropping the sender tells those who wait.
        state.orders.retain(|_, order| order.node != node);
        let changes = state.topology.remove(node, &mut rand::rng());
        self.tell(state, &changes);
        state.tell_separations();
        self.let_go(state, node);
    }

    /// Tells connected nodes what changed for them; what concerns the resident is queued.
    fn tell(&self, state: &mut State, changes: &Changes) -> Changed {
        let unheard_of = state.tell_other_relays(changes);
        let is_heard_of = |id: &LinkId| !unheard_of.contains(id);
        for link in changes.new.iter().filter(|link| is_heard_of(&link.id)) {
            for (end, node, we_initiate) in [(link.initiator, link.other, true), (link.other, link.initiator, false)] {
                self.say_link_up(state, end, link.id, node, we_initiate);
            }
        }
        let State { connections, notices, .. } = state;
        let mut cut = BTreeSet::new();
        for CutLink { id, end, reason } in &changes.cut {
            cut.insert(*id);
            if !is_heard_of(id) {
                continue;
            }
            if *end == self.resident {
                notices.push_back(Notice::LinkDown { link: *id });
            } else if let Some(end) = connections.get(end) {
                end.newcomer.say(RelayControl::LinkDown { link: *id, reason: *reason });
            }
        }
        if !notices.is_empty() {
            self.noticed.notify_one();
        }
        let count = Changed { made: changes.new.len(), cut: cut.len() };
        if count.made + count.cut > 0 {
            self.events.publish(now(), &links_event(changes, count));
        }
        count
    }

    /// Tells the node at one end, if it is here, of a link and of what the host has it do.
    fn say_link_up(&self, state: &mut State, end: NodeId, link: LinkId, node: NodeId, we_initiate: bool) {
        if end == self.resident {
            state.notices.push_back(Notice::LinkUp { link, node, we_initiate });
            self.noticed.notify_one();
        } else if let Some(connection) = state.connections.get(&end) {
            connection.newcomer.say(RelayControl::LinkUp { link, node, we_initiate });
        }
        if let Some(fault) = state.topology.fault_of(end, node) {
            self.say_fault(state, end, link, Some(fault));
        }
    }

    fn count_received(&self, bytes: usize) {
        self.counters.frames_received.fetch_add(1, Ordering::Relaxed);
        self.counters.bytes_received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn count_malformed(&self) {
        self.counters.malformed_messages.fetch_add(1, Ordering::Relaxed);
    }

    fn count_slow_reader(&self) {
        self.counters.slow_readers_cut.fetch_add(1, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while it was held is a bug that has been reported; the others' connections go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn is_current(&self, node: NodeId, serial: Serial) -> bool {
        self.connections.get(&node).is_some_and(|connection| connection.serial == serial)
    }
}

impl Newcomer {
    fn say(&self, control: RelayControl) {
        self.outbox.push(FromRelay::Control(control).to_bytes());
    }
}

/// For whoever listens. A cut is told to both ends, of which one may be gone; then there is nothing to tell of it but that.
fn links_event(changes: &Changes, Changed { made, cut }: Changed) -> Happening {
    let made_pairs = changes.new.iter().take(MAX_LISTED).map(|link| [link.initiator, link.other]).collect();
    let mut ends: BTreeMap<LinkId, Vec<NodeId>> = BTreeMap::new();
    for link in &changes.cut {
        ends.entry(link.id).or_default().push(link.end);
    }
    let cut_pairs = ends.into_values().filter_map(|ends| ends.try_into().ok()).take(MAX_LISTED).collect();
    Happening::Links { made, cut, made_pairs, cut_pairs }
}

/// Whether a node may call itself so: names stand in logs and on terminals, where control characters would do things.
pub fn is_sound_name(name: &str) -> bool {
    !name.trim().is_empty() && name.len() <= MAX_NAME_BYTES && !name.chars().any(char::is_control)
}

/// The name in a report is missing, too long, or has control characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidReport;
