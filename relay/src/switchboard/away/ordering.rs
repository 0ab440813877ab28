//! What hosts order: of the network, at any relay, and of nodes on other relays than theirs.

use tabchain_shared::node::Command;
use tabchain_shared::node::io::{Answer, CommandId};
use tabchain_shared::primitives::NodeId;
use tokio::sync::oneshot;

use super::super::topology::Pair;
use super::super::{PendingOrder, State, Switchboard};
use super::{Away, REMEMBERED_ORDERS, Versions};
use crate::bus::message::{Destination, Epoch, Policy, PolicyVersion, Said};

impl Switchboard {
    pub(super) fn obey(&self, state: &mut State, policy: &Policy) {
        if policy.version <= state.ordered.newest {
            return;
        }
        let reshape = policy.shaped != state.ordered.shape;
        state.ordered = Versions::of(policy);
        tracing::info!(shape = ?policy.shape, "another relay's host has ordered the links");
        self.carry_out(state, policy, reshape);
    }

    /// What the host ordered before the process was started anew. Once, before nodes come and before a bus is joined.
    pub fn take_up(&self, policy: &Policy) {
        let mut state = self.state();
        state.ordered = Versions::of(policy);
        self.carry_out(&mut state, policy, true);
    }

    /// All that the host has ordered and that holds.
    pub fn orders(&self) -> Policy {
        self.state().policy()
    }

    fn carry_out(&self, state: &mut State, policy: &Policy, reshape: bool) {
        let changes = state.topology.obey(policy.shape, reshape, &policy.linked, &policy.apart, &mut rand::rng());
        self.tell(state, &changes);
        let changes = state.topology.obey_partition(&policy.groups, &mut rand::rng());
        self.tell(state, &changes);
        let (changes, different) = state.topology.obey_faults(&policy.faults);
        for pair in different {
            self.tell_fault(state, pair);
        }
        self.tell(state, &changes);
        state.tell_separations();
    }

    /// Answers an order of another relay's host.
    pub fn answer_away(&self, to: Epoch, id: CommandId, node: NodeId, answer: Option<Answer>) {
        self.state().say(Destination::One(to), &Said::Answer { id, node, answer });
    }

    /// Has another relay give its node the host's order. `None`: no other relay has it.
    pub fn order_away(&self, node: NodeId, command: Command) -> Option<oneshot::Receiver<Answer>> {
        let mut state = self.state();
        let (_, relay) = *state.away.as_ref()?.placed.get(&node)?;
        state.orders.retain(|_, order| !order.answer.is_closed());
        state.last_order += 1;
        let id = CommandId(state.last_order);
        let (answer, receiver) = oneshot::channel();
        state.orders.insert(id, PendingOrder { node, answer });
        state.say(Destination::One(relay), &Said::Order { id, node, command });
        Some(receiver)
    }

    pub(super) fn forget_order(&self, node: NodeId, id: CommandId) {
        let mut state = self.state();
        if state.orders.get(&id).is_some_and(|order| order.node == node) {
            state.orders.remove(&id);
        }
    }
}

impl State {
    /// The host has ordered something that holds for the whole network: also for relays that come to know of this one later, if it has no
    /// bus yet.
    pub(in crate::switchboard) fn host_has_ordered(&mut self, shape_set: bool) {
        let newest = PolicyVersion { count: self.ordered.newest.count.saturating_add(1), author: self.author };
        self.ordered = Versions { newest, shape: if shape_set { newest } else { self.ordered.shape } };
        if self.away.is_none() {
            return;
        }
        let policy = self.policy();
        self.say(Destination::Everyone, &Said::Policy(policy));
    }

    pub(super) fn policy(&self) -> Policy {
        let pairs = |pairs: &mut dyn Iterator<Item = Pair>| pairs.map(Pair::nodes).collect();
        let Versions { newest, shape } = self.ordered;
        Policy {
            version: newest,
            shaped: shape,
            shape: self.topology.shape(),
            linked: pairs(&mut self.topology.wished_links()),
            apart: pairs(&mut self.topology.kept_apart()),
            groups: self.topology.groups(),
            faults: self.topology.faults().map(|(pair, fault)| (pair.nodes(), fault)).collect(),
        }
    }

    /// Whether other relays have both.
    pub(in crate::switchboard) fn are_elsewhere(&self, a: NodeId, b: NodeId) -> bool {
        self.topology.is_away(a) && self.topology.is_away(b)
    }

    /// Whether one of two nodes of other relays says that it is linked with the other.
    pub(in crate::switchboard) fn say_that_they_are_linked(&self, a: NodeId, b: NodeId) -> bool {
        let Some(away) = &self.away else { return false };
        let says = |node, other| {
            let report = away.roster.card(node).and_then(|card| card.report.as_ref());
            report.is_some_and(|report| report.links.iter().any(|link| link.node == other))
        };
        says(a, b) || says(b, a)
    }
}

impl Away {
    pub(super) fn is_new_order(&mut self, from: Epoch, id: CommandId) -> bool {
        if !self.known_orders.insert((from, id)) {
            return false;
        }
        if self.orders.len() == REMEMBERED_ORDERS
            && let Some(oldest) = self.orders.pop_front()
        {
            self.known_orders.remove(&oldest);
        }
        self.orders.push_back((from, id));
        true
    }
}
