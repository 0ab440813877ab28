//! The switchboard's side of the bus: nodes of other relays, links with them, and what relays owe each other.
//!
//! Everything here happens while the switchboard's state is held, and so in one order with what happens to its own nodes;
//! nothing waits. Three files are plain data: what other relays have told (`roster`), what they are to be told (`presence`),
//! and the counts of links with their nodes (`cross_links`). The others say what follows from it for this relay: where a
//! node is (`placing`), who is linked with whom (`linking`), who hears what (`telling`), and what hosts order (`ordering`).
//! Without a bus there is none of this.

mod cross_links;
mod linking;
mod ordering;
mod placing;
mod presence;
mod roster;
mod telling;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use serde::Serialize;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::{CommandId, Time};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId, NodeReport};

use super::{State, Switchboard};
use crate::bus::address::PageAddress;
use crate::bus::message::{Destination, Epoch, NodeCard, Packet, Policy, PolicyVersion, Said};
use crate::bus::outgoing::Outgoing;
use cross_links::CrossLinks;
use presence::Presence;
use roster::Roster;

/// How often this relay says that it is there.
const BEAT: Duration = Duration::from_secs(1);
/// Links are looked through for missing ones so often, and soon after something was lost.
const MEND: Duration = Duration::from_secs(10);
/// Orders of other relays' hosts that are remembered, so that one that comes twice is carried out once.
const REMEMBERED_ORDERS: usize = 16_384;

/// What a switchboard on a bus has besides.
#[derive(Debug)]
pub(super) struct Away {
    epoch: Epoch,
    outgoing: Arc<Outgoing>,
    /// Where browsers reach this relay.
    address: Option<PageAddress>,
    roster: Roster,
    presence: Presence,
    links: CrossLinks,
    /// Nodes of other relays that the topology has, as which connection of which relay.
    placed: HashMap<NodeId, (Time, Epoch)>,
    /// Of this relay's own node.
    resident: NodeCard,
    /// Pairs, ours first, whose link was lost by no wish of theirs.
    parted: Vec<[NodeId; 2]>,
    mend_at: Instant,
    beat_at: Instant,
    budgeted: Instant,
    orders: VecDeque<(Epoch, CommandId)>,
    known_orders: HashSet<(Epoch, CommandId)>,
    /// What tabs were told last.
    told_addresses: BTreeSet<PageAddress>,
}

/// Of the newest order of a host that is carried out here, and of the newest that set the shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Versions {
    pub newest: PolicyVersion,
    pub shape: PolicyVersion,
}

impl Versions {
    pub const INITIAL: Self = Self { newest: PolicyVersion::INITIAL, shape: PolicyVersion::INITIAL };

    fn of(policy: &Policy) -> Self {
        Self { newest: policy.version, shape: policy.shaped }
    }
}

/// For `/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct BusStatus {
    /// Whether the bus is there now.
    pub connected: bool,
    /// Other relays of the network.
    pub relays: usize,
    /// Nodes on them, their own included.
    pub nodes: usize,
    /// Links between nodes here and there.
    pub links: usize,
}

/// A node of another relay.
#[derive(Debug, Clone)]
pub struct AwayNode {
    /// The own node of the relay that it is connected to.
    pub relay: NodeId,
    pub card: NodeCard,
}

/// What the caller has to do with something that came over the bus.
#[derive(Debug)]
pub enum Errand {
    /// A frame for the relay's own node.
    Frame { link: LinkId, frame: Bytes },
    /// Another relay's host orders a node that is here.
    Order { from: Epoch, id: CommandId, node: NodeId, command: Command },
}

impl Switchboard {
    /// Joins other relays over a bus. Once in a switchboard's life, before nodes come.
    pub fn join_bus(&self, epoch: Epoch, outgoing: Arc<Outgoing>, address: Option<PageAddress>, resident: NodeCard) {
        // It is told of before anything can be told to it.
        let _ = self.bus.set(Arc::clone(&outgoing));
        let at = Instant::now();
        let mut away = Away {
            epoch,
            outgoing,
            address,
            roster: Roster::default(),
            presence: Presence::default(),
            links: CrossLinks::default(),
            placed: HashMap::new(),
            resident,
            parted: Vec::new(),
            mend_at: at,
            beat_at: at,
            budgeted: at,
            orders: VecDeque::new(),
            known_orders: HashSet::new(),
            told_addresses: BTreeSet::new(),
        };
        away.presence.changed(away.resident.id);
        away.roster.learn_addresses(away.address.clone());
        let mut state = self.state();
        state.author = epoch;
        state.away = Some(away);
    }

    /// Waits until there is room on the bus. Without one there always is.
    pub(super) async fn room_on_bus(&self) {
        if let Some(outgoing) = self.bus.get() {
            outgoing.room().await;
        }
    }

    /// What is due by now. To be called some times a second.
    pub fn tend_bus(&self, at: Instant) {
        let mut state = self.state();
        let Some(away) = &mut state.away else { return };
        for silent in away.roster.silent(at) {
            tracing::warn!(relay = %silent, "another relay is silent: its nodes are taken for gone");
            let touched = state.away.as_mut().map(|away| away.roster.forget(silent)).unwrap_or_default();
            self.place_all(&mut state, touched);
        }
        state.offer_again(at);
        if let Some(away) = &state.away
            && away.mend_at <= at
        {
            self.mend(&mut state, at);
        }
        state.tell_presence(at);
        let policy = state.ordered.newest;
        if let Some(away) = &mut state.away {
            for relay in away.roster.take_unknown(at) {
                away.say(Destination::One(relay), &Said::AskRoster);
            }
            if away.beat_at <= at {
                away.beat_at = at + BEAT;
                away.beat(policy);
            }
        }
        state.tell_addresses();
    }

    /// This relay stops.
    pub fn leave_bus(&self) {
        if let Some(away) = &self.state().away {
            away.say(Destination::Everyone, &Said::Goodbye);
        }
    }

    /// What the relay's own node says of itself.
    pub fn report_resident(&self, report: NodeReport) {
        if let Some(away) = &mut self.state().away
            && away.resident.report.as_ref() != Some(&report)
        {
            away.resident.name.clone_from(&report.name);
            away.resident.report = Some(report);
            away.presence.reported(away.resident.id);
        }
    }

    /// Something that another relay says.
    pub fn bus_said(&self, from: Epoch, said: Said, at: Instant) -> Option<Errand> {
        let mut state = self.state();
        let away = state.away.as_mut()?;
        // Ourselves: whoever speaks to everyone hears it, too.
        if from == away.epoch {
            return None;
        }
        match said {
            Said::Beat { resident, address, last_event, policy } => {
                self.heard_beat(&mut state, from, resident, address, last_event, policy, at);
            }
            Said::Goodbye => {
                let touched = away.roster.remove(from);
                self.place_all(&mut state, touched);
            }
            Said::Happened { first, events } => {
                let touched = away.roster.happened(from, first, events);
                self.place_all(&mut state, touched);
            }
            Said::AskRoster => state.tell_roster(from),
            Said::Roster { last_event, part, parts, nodes, addresses } => {
                away.roster.learn_addresses(addresses);
                let touched = away.roster.part(from, last_event, (part, parts), nodes);
                self.place_all(&mut state, touched);
            }
            Said::AskPolicy => {
                let policy = state.policy();
                state.say(Destination::One(from), &Said::Policy(policy));
            }
            Said::Policy(policy) => self.obey(&mut state, &policy),
            Said::Offer { link, initiator, since, other, firm } => {
                self.offered(&mut state, (from, link), (initiator, since), other, firm);
            }
            Said::Accept { link, mine } => self.accepted(&mut state, from, link, mine),
            Said::Refuse { link, reason } => state.refused(from, link, reason, at),
            Said::Unlink { offered_by, link, reason } => self.unlinked(&mut state, from, offered_by, link, reason, at),
            Said::NoSuchLink { link } => {
                if let Some(link) = away.links.numbered_there(from, link) {
                    self.lose_link(&mut state, link, LinkEnd::Left, at);
                }
            }
            Said::Order { id, node, command } => {
                let is_to_be_done = command.may_be_ordered() && away.is_new_order(from, id);
                return is_to_be_done.then_some(Errand::Order { from, id, node, command });
            }
            Said::Answer { id, node, answer } => {
                drop(state);
                match answer {
                    Some(answer) => {
                        self.answer(node, id, answer);
                    }
                    None => self.forget_order(node, id),
                }
            }
        }
        None
    }

    /// Nodes that other relays have and this one has not.
    pub fn nodes_away(&self) -> Vec<AwayNode> {
        let state = self.state();
        let Some(away) = &state.away else { return Vec::new() };
        let mut nodes: Vec<AwayNode> =
            away.nodes().map(|(relay, card)| AwayNode { relay, card: card.clone() }).collect();
        nodes.sort_by_key(|node| (node.card.since, node.card.id));
        nodes
    }

    /// Whether a node is another relay's own.
    pub fn is_other_resident(&self, node: NodeId) -> bool {
        self.state().away.as_ref().is_some_and(|away| away.roster.is_resident(node))
    }

    /// Whether pages of this origin are those of a relay of the same network.
    pub fn is_sister(&self, origin: &str) -> bool {
        let state = self.state();
        let Some(away) = &state.away else { return false };
        origin.parse().is_ok_and(|origin: PageAddress| away.roster.addresses().contains(&origin))
    }
}

impl State {
    fn say(&self, to: Destination, said: &Said) {
        if let Some(away) = &self.away {
            away.say(to, said);
        }
    }
}

impl Away {
    /// Nodes that other relays have and this one has not, each with the node of its relay.
    pub(super) fn nodes(&self) -> impl Iterator<Item = (NodeId, &NodeCard)> {
        self.roster.nodes().filter(|(_, card)| self.placed.contains_key(&card.id))
    }

    fn say(&self, to: Destination, said: &Said) {
        // What is lost here is lost like anything on a bus: it is asked for again.
        let _ = self.outgoing.push(to, Packet::said(self.epoch, said));
    }

    fn mend_soon(&mut self) {
        self.mend_at = self.mend_at.min(Instant::now() + BEAT / 2);
    }

    pub(super) fn status(&self) -> BusStatus {
        BusStatus {
            connected: self.outgoing.is_connected(),
            relays: self.roster.relay_count(),
            nodes: self.placed.len(),
            links: self.links.count(),
        }
    }

    pub(super) fn reported(&mut self, node: NodeId) {
        self.presence.reported(node);
    }
}
