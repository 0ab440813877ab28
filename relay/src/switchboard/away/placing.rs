//! Where each node is: here, or at one of the relays that say to have it.

use std::time::Instant;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;

use super::super::{State, Switchboard};
use super::Away;
use super::roster::Touched;
use crate::bus::address::PageAddress;
use crate::bus::message::{Destination, Epoch, NodeCard, PolicyVersion, Said};
use crate::clock::now;
use crate::events::Happening;
use crate::socket::Closing;

impl Away {
    /// Of a node that another relay has.
    pub(in crate::switchboard) fn kind_of(&self, node: NodeId) -> Option<NodeKind> {
        self.roster.card(node).map(|card| card.kind)
    }
}

impl Switchboard {
    /// A node has connected here: if another relay has it, then no more. Returns since when it counts as being here.
    pub(in crate::switchboard) fn take_over(&self, state: &mut State, node: NodeId) -> Time {
        let Some(away) = &mut state.away else { return now() };
        away.presence.changed(node);
        let since = away.roster.holder(node).map_or(now(), |(since, _)| now().max(since.plus_millis(1)));
        self.displace(state, node);
        since
    }

    /// A node is here no more; another relay may have it.
    pub(in crate::switchboard) fn let_go(&self, state: &mut State, node: NodeId) {
        if let Some(away) = &mut state.away {
            away.presence.changed(node);
            self.place(state, node);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a beat, taken apart")]
    pub(super) fn heard_beat(
        &self,
        state: &mut State,
        from: Epoch,
        resident: NodeId,
        address: Option<PageAddress>,
        last_event: u64,
        policy: PolicyVersion,
        at: Instant,
    ) {
        let Some(away) = &mut state.away else { return };
        if resident == self.resident {
            tracing::error!(
                "another relay has this one's key: two relays must not share a data directory or a copy of one"
            );
            return;
        }
        let is_new = !away.roster.knows(from);
        let touched = away.roster.beat(from, resident, address, last_event, at);
        if is_new && away.roster.knows(from) {
            tracing::info!(relay = %from, "another relay is there");
            // It hears of us at once, and not only at our next beat.
            away.beat_at = at;
        }
        if state.ordered.newest < policy {
            away.say(Destination::One(from), &Said::AskPolicy);
        }
        self.place_all(state, touched);
    }

    pub(super) fn place_all(&self, state: &mut State, touched: Touched) {
        for node in touched {
            self.place(state, node);
        }
    }

    /// Has the topology know a node where it is: here if it is connected here and no other relay took it in later.
    pub(super) fn place(&self, state: &mut State, node: NodeId) {
        let Some(away) = &state.away else { return };
        let holder = away.roster.holder(node);
        if node == self.resident {
            return;
        }
        if let Some(connection) = state.connections.get(&node) {
            if holder.is_none_or(|holder| holder < (connection.since, away.epoch)) {
                return;
            }
            // Its page has connected to another relay.
            connection.newcomer.outbox.close(Closing::REPLACED);
            // This comes back here when it is out.
            return self.take_out(state, node);
        }
        let before = away.placed.get(&node).copied();
        if before == holder {
            return;
        }
        self.displace(state, node);
        let (Some(away), Some((since, relay))) = (&mut state.away, holder) else { return };
        away.placed.insert(node, (since, relay));
        away.mend_soon();
        let is_resident = away.roster.resident_of(relay) == Some(node);
        if let Some(NodeCard { name, kind, address, .. }) = away.roster.card(node) {
            let connected = Happening::PeerConnected { node, name: name.clone(), kind: *kind, address: *address };
            self.events.publish(now(), &connected);
        }
        let changes = state.topology.add_away(node, is_resident);
        self.tell(state, &changes);
        state.tell_separations();
    }

    /// Another relay's node is there no more.
    pub(super) fn displace(&self, state: &mut State, node: NodeId) {
        let Some(away) = &mut state.away else { return };
        if away.placed.remove(&node).is_some() {
            // Nobody will answer these any more.
            state.orders.retain(|_, order| order.node != node);
            let changes = state.topology.remove(node, &mut rand::rng());
            self.events.publish(now(), &Happening::PeerLeft { node });
            self.tell(state, &changes);
            state.tell_separations();
        }
    }
}
