//! What other relays, and tabs, are told of this one.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use rand::seq::{IteratorRandom, SliceRandom};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{MAX_ADDRESSES, RelayControl};

use super::super::{Connection, Newcomer, State};
use super::presence::{REPORT_BYTES_PER_SECOND, in_parts};
use super::{Away, BEAT};
use crate::bus::address::PageAddress;
use crate::bus::message::{Destination, Epoch, NodeCard, NodeEvent, PolicyVersion, Said};

impl State {
    pub(in crate::switchboard) fn welcome_addresses(&self) -> Option<RelayControl> {
        let away = self.away.as_ref()?;
        let addresses = away.addresses_for_a_tab();
        (addresses.len() > 1).then_some(RelayControl::Relays { addresses })
    }

    pub(super) fn tell_changes(&mut self) {
        let Self { away: Some(away), connections, .. } = self else { return };
        let Away { presence, resident, .. } = away;
        let mut batches = Vec::new();
        while let Some(batch) = presence.next_changes(|node| card_of(node, resident, connections)) {
            batches.push(batch);
        }
        for (first, events) in batches {
            away.say(Destination::Everyone, &Said::Happened { first, events });
        }
    }

    pub(super) fn tell_presence(&mut self, at: Instant) {
        self.tell_changes();
        let Self { away: Some(away), connections, .. } = self else { return };
        let since = at.duration_since(away.budgeted).min(BEAT).as_millis();
        let mut budget =
            usize::try_from(since).unwrap_or(0) * REPORT_BYTES_PER_SECOND / 1_000 / (1 + away.roster.relay_count());
        away.budgeted = at;
        let Away { presence, resident, .. } = away;
        let mut batches: Vec<(u64, Vec<NodeEvent>)> = Vec::new();
        while let Some(batch) = presence.next_reports(&mut budget, |node| card_of(node, resident, connections)) {
            batches.push(batch);
        }
        for (first, events) in batches {
            away.say(Destination::Everyone, &Said::Happened { first, events });
        }
    }

    /// All our nodes, for one who has missed something.
    pub(super) fn tell_roster(&mut self, to: Epoch) {
        // Those of which nobody has heard are events to come.
        self.tell_changes();
        let Some(away) = &self.away else { return };
        let here = self.connections.keys().copied().chain([away.resident.id]);
        let cards = here.filter_map(|node| card_of(node, &away.resident, &self.connections));
        let parts = in_parts(cards);
        let (last_event, count) = (away.presence.last_event(), u16::try_from(parts.len()).unwrap_or(u16::MAX));
        for (part, nodes) in (0..count).zip(parts) {
            let addresses = if part == 0 { away.roster.addresses().clone() } else { BTreeSet::new() };
            let roster = Said::Roster { last_event, part, parts: count, nodes, addresses };
            away.say(Destination::One(to), &roster);
        }
    }

    /// Tells the tabs where else they can go, when that has changed.
    pub(super) fn tell_addresses(&mut self) {
        let Self { away: Some(away), connections, .. } = self else { return };
        let addresses: BTreeSet<PageAddress> = away.roster.addresses_here().cloned().collect();
        if addresses != away.told_addresses {
            away.told_addresses = addresses;
            for connection in connections.values().filter(|connection| connection.newcomer.kind == NodeKind::Tab) {
                connection.newcomer.say(RelayControl::Relays { addresses: away.addresses_for_a_tab() });
            }
        }
    }
}

impl Away {
    /// `policy`: the newest order that is carried out here.
    pub(super) fn beat(&self, policy: PolicyVersion) {
        let beat = Said::Beat {
            resident: self.resident.id,
            address: self.address.clone(),
            last_event: self.presence.last_event(),
            policy,
        };
        self.say(Destination::Everyone, &beat);
    }

    /// This relay's own first, and some of the others': not the same for every tab, so that those of a relay that ends do not
    /// all go to the same other.
    pub(super) fn addresses_for_a_tab(&self) -> Vec<String> {
        let own = self.address.iter();
        let others = self.roster.addresses_here().filter(|address| Some(*address) != self.address.as_ref());
        let mut chosen = others.choose_multiple(&mut rand::rng(), MAX_ADDRESSES - 1);
        chosen.shuffle(&mut rand::rng());
        own.chain(chosen).map(ToString::to_string).collect()
    }
}

/// What others are told of a node that is here.
fn card_of(node: NodeId, resident: &NodeCard, connections: &HashMap<NodeId, Connection>) -> Option<NodeCard> {
    if node == resident.id {
        return Some(resident.clone());
    }
    connections.get(&node).map(|connection| {
        let Newcomer { id, address, kind, name, .. } = &connection.newcomer;
        NodeCard {
            id: *id,
            name: name.clone(),
            kind: *kind,
            address: *address,
            since: connection.since,
            report: connection.report.clone(),
            proven: connection.shares.proven(Instant::now()),
        }
    })
}
