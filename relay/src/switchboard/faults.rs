//! How a host makes links bad or the network fall apart, and how the nodes concerned hear of it.

use std::collections::HashMap;

use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{LinkId, MAX_TOLD_CUTS, NetworkPart, RelayControl, Separation};

use super::topology::{LinkError, Pair};
use super::{Changed, Notice, State, Switchboard};

impl Switchboard {
    /// The host has the link of two nodes do this to frames, now and whenever there is one.
    pub fn set_fault_for_host(&self, a: NodeId, b: NodeId, fault: LinkFault) -> Result<Changed, LinkError> {
        let mut state = self.state();
        let changes = state.topology.set_fault(a, b, fault)?;
        state.host_has_ordered(false);
        self.tell_fault(&mut state, Pair::new(a, b));
        Ok(self.tell(&mut state, &changes))
    }

    /// The host takes a fault away. `None`: there is none between these two.
    pub fn clear_fault_for_host(&self, a: NodeId, b: NodeId) -> Option<Changed> {
        let mut state = self.state();
        let changes = state.topology.clear_fault(a, b)?;
        state.host_has_ordered(false);
        self.tell_fault(&mut state, Pair::new(a, b));
        Some(self.tell(&mut state, &changes))
    }

    /// The host divides the network: these groups, and everyone else.
    pub fn part_for_host(&self, groups: &[Vec<NodeId>]) -> Result<Changed, LinkError> {
        let mut state = self.state();
        let changes = state.topology.part(groups, &mut rand::rng())?;
        state.host_has_ordered(false);
        let told = self.tell(&mut state, &changes);
        state.tell_separations();
        Ok(told)
    }

    /// The host makes the network whole again.
    pub fn heal_for_host(&self) -> Changed {
        let mut state = self.state();
        let changes = state.topology.heal(&mut rand::rng());
        state.host_has_ordered(false);
        let told = self.tell(&mut state, &changes);
        state.tell_separations();
        told
    }

    /// Tells the ends of a link what it does now. Ends of a link that comes later are told then.
    pub(super) fn tell_fault(&self, state: &mut State, pair: Pair) {
        let [a, b] = pair.nodes();
        let Some(link) = state.topology.link_between(a, b) else { return };
        let fault = state.topology.fault_of(a, b);
        for end in [a, b] {
            self.say_fault(state, end, link, fault);
        }
    }

    /// An offered link of which no node has heard yet is no matter: nodes know no fault of a link that is none.
    pub(super) fn say_fault(&self, state: &mut State, end: NodeId, link: LinkId, fault: Option<LinkFault>) {
        if end == self.resident {
            state.notices.push_back(Notice::LinkFault { link, fault });
            self.noticed.notify_one();
        } else if let Some(connection) = state.connections.get(&end) {
            connection.newcomer.say(RelayControl::LinkFault { link, fault });
        }
    }
}

impl State {
    /// Tells every node here from whom the host keeps it, if that is not what it was told last.
    pub(super) fn tell_separations(&mut self) {
        let Self { topology, connections, separating, .. } = self;
        let are_any = topology.parts().is_some() || topology.kept_apart().next().is_some();
        if !are_any && !*separating {
            return;
        }
        *separating = are_any;
        let mut cut: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
        for [a, b] in topology.kept_apart().map(Pair::nodes) {
            if topology.has(a) && topology.has(b) {
                for (node, other) in [(a, b), (b, a)] {
                    cut.entry(node).or_default().push(other);
                }
            }
        }
        let parts = topology.parts();
        for (node, connection) in connections {
            let part = parts.map(|parts| NetworkPart { number: parts.number_of(*node), of: parts.count });
            let mut cut = cut.remove(node).unwrap_or_default();
            cut.truncate(MAX_TOLD_CUTS);
            let separation = Separation { part, cut };
            if connection.told != separation {
                connection.shares.set_apart(topology.is_kept_from_resident(*node));
                connection.told.clone_from(&separation);
                connection.newcomer.say(RelayControl::Apart(separation));
            }
        }
    }
}
