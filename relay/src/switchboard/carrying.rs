//! Frames on their way from one node to another, or to many.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkEnd, LinkId, Part};

use super::Switchboard;
use super::topology::{CutLink, OtherEnd, Pair};
use crate::bus::message::Carried;
use crate::socket::outbox::Pushed;
use crate::socket::{Closing, Outbox, Outgoing, Unflushed};

/// What became of a carried frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carriage {
    Carried,
    /// It is for the resident node; the caller brings it there.
    ToResident,
    /// It waits to go over the bus; the caller waits for room there.
    ToOtherRelay,
    /// The link ended while the frame was on its way.
    JustCut,
    UnknownLink,
}

/// What became of a frame for many links, besides being carried.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// One of the links is with the resident node; the caller brings it there.
    pub to_resident: Option<LinkId>,
    /// Some of them go over the bus; the caller waits for room there.
    pub to_other_relays: bool,
    /// How many of the links there never were.
    pub unknown: usize,
}

impl Switchboard {
    /// Passes a carried envelope on as it is: a link has the same number at both ends. It is written with what follows.
    pub fn carry(&self, from: NodeId, link: LinkId, envelope: &Bytes, unflushed: &mut Unflushed) -> Carriage {
        // What came before goes before, and may be what ends this link.
        self.settle(unflushed);
        let (other, outbox) = {
            let state = self.state();
            match state.topology.other_end(link, from) {
                OtherEnd::JustCut => return Carriage::JustCut,
                OtherEnd::Unknown => return Carriage::UnknownLink,
                OtherEnd::Node(other) => {
                    (other, state.connections.get(&other).map(|end| Arc::clone(&end.newcomer.outbox)))
                }
            }
        };
        self.count_carried(1, envelope.len());
        let Some(outbox) = outbox else {
            // Only the resident is linked without being connected, and nodes of other relays.
            if other == self.resident {
                return Carriage::ToResident;
            }
            let kind = Carried::of(envelope);
            self.carry_away(link, kind, &envelope[CARRIED_HEAD_BYTES..]);
            return Carriage::ToOtherRelay;
        };
        if let Pushed::Overdrawn(link) = unflushed.append(&outbox, Outgoing::passed_on(link, envelope.clone())) {
            self.end_overdrawn(link, &outbox);
        }
        Carriage::Carried
    }

    /// Passes a frame on over each of these links, one piece of memory for all. It is written with what follows.
    pub fn spread(&self, from: NodeId, links: &[LinkId], frame: &Bytes, unflushed: &mut Unflushed) -> Spread {
        // Who is at the other ends was looked up a moment ago. A link that was cut since had this frame on the way.
        if unflushed.joins_burst(links, frame) {
            self.count_carried(links.len(), links.len() * (CARRIED_HEAD_BYTES + frame.len()));
            return Spread::default();
        }
        // What came before goes before, and may be what ends one of these links.
        self.settle(unflushed);
        let mut spread = Spread::default();
        let mut ends = Vec::with_capacity(links.len());
        let mut away = Vec::new();
        {
            let state = self.state();
            for &link in links {
                match state.topology.other_end(link, from) {
                    OtherEnd::JustCut => {}
                    OtherEnd::Unknown => spread.unknown += 1,
                    OtherEnd::Node(other) => match state.connections.get(&other) {
                        Some(end) => ends.push((link, Arc::clone(&end.newcomer.outbox))),
                        None if other == self.resident => spread.to_resident = Some(link),
                        None => away.push(link),
                    },
                }
            }
        }
        spread.to_other_relays = !away.is_empty();
        let receivers = ends.len() + away.len() + usize::from(spread.to_resident.is_some());
        self.count_carried(receivers, receivers * (CARRIED_HEAD_BYTES + frame.len()));
        // The next frame may join if it has nowhere else to go.
        let joining = if ends.len() == links.len() { links } else { &[] };
        unflushed.begin_burst(joining, ends, frame, |link, outbox| self.end_overdrawn(link, outbox));
        for link in away {
            self.carry_away(link, Carried::Frame, frame);
        }
        spread
    }

    /// Sends a frame of the resident node. A link that has just ended is no matter: the notice is on its way.
    pub fn send_from_resident(&self, part: Part, unflushed: &mut Unflushed) {
        let links: Vec<LinkId> = part.links.into_iter().collect();
        self.spread(self.resident, &links, &part.frame.into(), unflushed);
        self.settle(unflushed);
    }

    /// Gives what a sender has on the way to the outboxes, so that what is said to them now comes later.
    pub fn settle(&self, unflushed: &mut Unflushed) {
        unflushed.settle(|link, outbox| self.end_overdrawn(link, outbox));
    }

    /// Writes what a sender has on the way, in several turns if there is much.
    pub async fn flush(&self, unflushed: &mut Unflushed) {
        unflushed.flush(|link, outbox| self.end_overdrawn(link, outbox)).await;
    }

    /// What came over the bus, which is not read in turns as a socket is.
    pub(super) fn pass_at_once(&self, outbox: &Outbox, link: LinkId, envelope: Bytes) {
        match outbox.append(Outgoing::passed_on(link, envelope)) {
            Pushed::First => outbox.flush(),
            Pushed::Taken => {}
            Pushed::Overdrawn(link) => self.end_overdrawn(link, outbox),
        }
    }

    /// Over this link came most of what waits for a node, which is more than it may be made to hold.
    fn end_overdrawn(&self, link: LinkId, outbox: &Outbox) {
        let mut state = self.state();
        let Some([one, other]) = state.topology.ends(link).map(Pair::nodes) else { return };
        if one == self.resident || other == self.resident {
            // Our own node floods nobody.
            return outbox.close(Closing::TOO_SLOW);
        }
        self.counters.overdrawn_links_cut.fetch_add(1, Ordering::Relaxed);
        let mut changes = state.topology.cut(link, one, &mut rand::rng());
        changes.cut.push(CutLink { id: link, end: one, reason: LinkEnd::Cut });
        self.tell(&mut state, &changes);
    }

    fn count_carried(&self, frames: usize, bytes: usize) {
        self.counters.frames_carried.fetch_add(frames as u64, Ordering::Relaxed);
        self.counters.bytes_carried.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}
