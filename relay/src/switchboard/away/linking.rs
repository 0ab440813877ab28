//! Links between nodes here and there: offered, taken, refused, lost and made again, and what goes over them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkEnd, LinkId};

use super::super::topology::Changes;
use super::super::{State, Switchboard};
use super::cross_links::{Accepted, CrossLink, Received, Stage};
use super::{Away, BEAT, Errand, MEND};
use crate::bus::message::{Carried, Destination, Epoch, Packet, Part, Refusal, Said, part_count};

impl Switchboard {
    /// A part of a frame or signal for a node here.
    pub fn bus_carried(&self, from: Epoch, part: &Part, at: Instant) -> Option<Errand> {
        let mut state = self.state();
        let away = state.away.as_mut()?;
        match away.links.receive(from, part) {
            Received::Nothing => None,
            Received::Unknown => {
                away.say(Destination::One(from), &Said::NoSuchLink { link: part.link });
                None
            }
            Received::Broken => {
                away.unlink(part.link, LinkEnd::Left);
                self.lose_link(&mut state, part.link, LinkEnd::Left, at);
                None
            }
            Received::Whole(envelope) => {
                let here = away.links.get(part.link)?.here;
                if let Some(connection) = state.connections.get(&here) {
                    let outbox = Arc::clone(&connection.newcomer.outbox);
                    drop(state);
                    self.pass_at_once(&outbox, part.link, envelope);
                    return None;
                }
                // The relay's own node opens no channels, and its frames stay carried.
                (!part.is_signal())
                    .then(|| Errand::Frame { link: part.link, frame: envelope.slice(CARRIED_HEAD_BYTES..) })
            }
        }
    }

    /// The resident takes no more for now: what came on this link is lost, and so the link ends.
    pub fn break_link(&self, link: LinkId) {
        let mut state = self.state();
        if let Some(away) = &state.away {
            away.unlink(link, LinkEnd::Left);
            self.lose_link(&mut state, link, LinkEnd::Left, Instant::now());
        }
    }

    /// Passes a frame or signal on to the relay that has the node at the other end.
    pub(in crate::switchboard) fn carry_away(&self, link: LinkId, kind: Carried, frame: &[u8]) {
        let way = {
            let mut state = self.state();
            let Some(away) = &mut state.away else { return };
            away.links.send(link, part_count(frame)).map(|way| (way, away.epoch, Arc::clone(&away.outgoing)))
        };
        // Before the link stands nobody knows of it, so whoever sends makes its number up.
        let Some(((relay, theirs, first), epoch, outgoing)) = way else { return };
        let mut sent = true;
        for part in Packet::parts(epoch, first, theirs, kind, frame) {
            sent &= outgoing.push(Destination::One(relay), part);
        }
        if !sent {
            self.break_link(link);
        }
    }

    pub(super) fn offered(
        &self,
        state: &mut State,
        (from, theirs): (Epoch, LinkId),
        (initiator, since): (NodeId, Time),
        ours: NodeId,
        firm: bool,
    ) {
        let Some(away) = &state.away else { return };
        let to = Destination::One(from);
        if let Some(mine) = away.links.taken(from, theirs) {
            return away.say(to, &Said::Accept { link: theirs, mine });
        }
        if away.placed.get(&initiator) != Some(&(since, from)) {
            return away.say(to, &Said::Refuse { link: theirs, reason: Refusal::Absent });
        }
        if let Some(known) = state.topology.link_between(initiator, ours) {
            if away.links.is_offered(known) {
                // Both have asked at once. The lower node's relay is answered.
                if ours < initiator {
                    return;
                }
                state.give_up(known, false);
            } else {
                self.lose_link(state, known, LinkEnd::Left, Instant::now());
            }
        }
        let taken = state.topology.take(initiator, ours, firm);
        let Some(away) = &mut state.away else { return };
        match taken {
            Ok(link) => {
                away.links.take(link.id, from, theirs, ours, initiator);
                away.say(to, &Said::Accept { link: theirs, mine: link.id });
                self.link_stands(state, link.id, ours, initiator, false);
            }
            Err(reason) => away.say(to, &Said::Refuse { link: theirs, reason }),
        }
    }

    pub(super) fn accepted(&self, state: &mut State, from: Epoch, link: LinkId, theirs: LinkId) {
        let Some(away) = &mut state.away else { return };
        match away.links.accepted(link, from, theirs) {
            Accepted::Stands { here, there } => self.link_stands(state, link, here, there, true),
            Accepted::Known => {}
            Accepted::Unknown => {
                let (offered_by, reason) = (away.epoch, LinkEnd::Left);
                away.say(Destination::One(from), &Said::Unlink { offered_by, link, reason });
            }
        }
    }

    /// Tells the node here of a link with one elsewhere.
    fn link_stands(&self, state: &mut State, link: LinkId, here: NodeId, there: NodeId, we_initiate: bool) {
        self.say_link_up(state, here, link, there, we_initiate);
    }

    pub(super) fn unlinked(
        &self,
        state: &mut State,
        from: Epoch,
        offered_by: Epoch,
        link: LinkId,
        reason: LinkEnd,
        at: Instant,
    ) {
        let Some(away) = &state.away else { return };
        let ours = if offered_by == away.epoch { Some(link) } else { away.links.taken(from, link) };
        if let Some(link) = ours.filter(|link| away.links.get(*link).is_some_and(|cross| cross.relay == from)) {
            self.lose_link(state, link, reason, at);
        }
    }

    /// A link with another relay's node is no more; the other relay knows.
    pub(super) fn lose_link(&self, state: &mut State, link: LinkId, reason: LinkEnd, at: Instant) {
        let Some(away) = &mut state.away else { return };
        if away.links.is_offered(link) {
            return state.give_up(link, false);
        }
        let Some(cross) = away.links.remove(link) else { return };
        if reason == LinkEnd::Left && matches!(cross.stage, Stage::Standing { offered_here: true, .. }) {
            away.parted.push([cross.here, cross.there]);
        }
        away.mend_at = away.mend_at.min(at + BEAT);
        let changes = state.topology.lose(link, reason);
        self.tell(state, &changes);
    }

    pub(super) fn mend(&self, state: &mut State, at: Instant) {
        let Some(away) = &mut state.away else { return };
        away.mend_at = at + MEND;
        for [here, there] in std::mem::take(&mut away.parted) {
            let changes = state.topology.link_again(here, there);
            self.tell(state, &changes);
        }
        let changes = state.topology.mend(&mut rand::rng());
        self.tell(state, &changes);
    }
}

impl State {
    pub(super) fn refused(&mut self, from: Epoch, link: LinkId, reason: Refusal, at: Instant) {
        let Some(away) = &mut self.away else { return };
        let Some(cross) = away.links.get(link).filter(|cross| cross.relay == from) else { return };
        let pair = [cross.here, cross.there];
        if !away.links.is_offered(link) {
            return;
        }
        if reason == Refusal::Absent {
            // The offer was faster than the news of our node.
            away.parted.push(pair);
            away.mend_at = away.mend_at.min(at + BEAT);
        }
        self.give_up(link, reason == Refusal::Unwanted);
    }

    pub(super) fn offer_again(&mut self, at: Instant) {
        let Some(away) = &mut self.away else { return };
        let (again, given_up) = away.links.take_due(at);
        for link in again {
            self.offer(link);
        }
        for link in given_up {
            if let Some(away) = &self.away {
                away.unlink(link, LinkEnd::Left);
            }
            self.give_up(link, false);
        }
    }

    /// Asks other relays for the new links that end there, and tells them of those that have ended. Returns the links of which
    /// no node here is to hear: they may come to nothing, or have.
    pub(in crate::switchboard) fn tell_other_relays(&mut self, changes: &Changes) -> BTreeSet<LinkId> {
        let mut silent = BTreeSet::new();
        let at = Instant::now();
        for link in &changes.new {
            let Some(away) = &mut self.away else { return silent };
            if let Some(&(_, relay)) = away.placed.get(&link.other) {
                away.links.offer(link.id, relay, link.initiator, link.other, at);
                silent.insert(link.id);
                // Who is offered a link has to know the node.
                self.tell_changes();
                self.offer(link.id);
            }
        }
        for cut in &changes.cut {
            let Some(away) = &mut self.away else { return silent };
            if away.links.is_offered(cut.id) {
                silent.insert(cut.id);
            }
            away.unlink(cut.id, cut.reason);
            away.links.remove(cut.id);
        }
        silent
    }

    pub(super) fn offer(&self, link: LinkId) {
        let Some(away) = &self.away else { return };
        let Some(CrossLink { relay, here, there, .. }) = away.links.get(link) else { return };
        let since = self.connections.get(here).map_or(away.resident.since, |connection| connection.since);
        let firm = self.topology.asks_for(*here, *there);
        let offer = Said::Offer { link, initiator: *here, since, other: *there, firm };
        away.say(Destination::One(*relay), &offer);
    }

    /// An offer of ours comes to nothing.
    pub(super) fn give_up(&mut self, link: LinkId, unwanted: bool) {
        if let Some(away) = &mut self.away {
            away.links.remove(link);
        }
        self.topology.give_up(link, unwanted);
    }
}

impl Away {
    /// Tells the other relay that a link is no more.
    pub(super) fn unlink(&self, link: LinkId, reason: LinkEnd) {
        if let Some(cross) = self.links.get(link) {
            let (offered_by, number) = match cross.stage {
                Stage::Standing { theirs, offered_here: false } => (cross.relay, theirs),
                Stage::Standing { .. } | Stage::Offered { .. } => (self.epoch, link),
            };
            self.say(Destination::One(cross.relay), &Said::Unlink { offered_by, link: number, reason });
        }
    }
}
