//! The channels to other tabs, and the attempts to open one: what belongs to each at this end, when the next attempt is
//! made, and what the page is told to do, which alone has `RTCPeerConnection`.
//!
//! Whether a channel counts is decided by the path that it belongs to (`path`); one that the path closes is forgotten
//! here.

mod channel;
mod outgoing;
mod retries;

use std::collections::HashMap;

use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::pieces::{Joiner, MIN_PIECE_BYTES, PieceError};
use tabchain_shared::wire::signal::{ChannelNumber, MAX_CANDIDATES, candidates_in, max_message_bytes};
use tabchain_shared::wire::switchboard::{IceServer, MAX_CHANNELS};

use crate::bridge::{ChannelId, ChannelOrder, FromWorker};
use crate::browser;
pub use channel::{Channel, ChannelEvent, Handover};
use outgoing::Outgoing;
use retries::Retries;

/// An attempt that has not come to an open channel after this, ms, is given up: ICE found no way, or nobody answers.
const ATTEMPT_TIMEOUT_MILLIS: u64 = 15_000;
/// Bytes that the browser may hold for a channel. Above it frames wait here, so that a slow reader shows.
const HIGH_WATER_BYTES: usize = 1 << 20;
/// Bytes that wait behind all channels together, in either direction; beyond it the one with the most is cut. Each may
/// hold some twenty megabytes, and a tab on a phone must not hold that for sixty-four strangers.
const MAX_HELD_BYTES: usize = 64 << 20;

#[derive(Default)]
pub struct Channels {
    by_id: HashMap<ChannelId, Entry>,
    last_id: u32,
    ice_servers: Vec<IceServer>,
    retries: Retries,
}

struct Entry {
    node: NodeId,
    number: ChannelNumber,
    begun: Time,
    opened: Option<Time>,
    /// This end made the offer.
    we_offered: bool,
    /// Absent until the page has handed it over.
    channel: Option<Channel>,
    /// The largest message that the other end takes; known from its description.
    piece_bytes: usize,
    outgoing: Outgoing,
    joiner: Joiner,
    /// Candidates sent and received, in descriptions and by themselves.
    candidates: [usize; 2],
}

impl Channels {
    /// What the host names for channels between networks.
    pub fn set_ice_servers(&mut self, servers: Vec<IceServer>) {
        self.ice_servers = servers;
    }

    pub fn next_id(&mut self) -> ChannelId {
        self.last_id += 1;
        ChannelId(self.last_id)
    }

    /// A tab holds no more channels; further nodes stay on the carried path.
    pub fn are_full(&self) -> bool {
        self.by_id.len() >= MAX_CHANNELS
    }

    /// Whether it is time for an attempt to reach this node.
    pub fn may_try(&self, node: NodeId, now: Time) -> bool {
        !self.are_full() && self.retries.is_due(node, now)
    }

    /// Forgets how attempts went with nodes that are gone.
    pub fn forget_others(&mut self, is_linked: impl Fn(NodeId) -> bool) {
        self.retries.forget_others(is_linked);
    }

    /// Begins an attempt. The page answers with a description.
    pub fn offer(&mut self, id: ChannelId, node: NodeId, number: ChannelNumber) {
        self.by_id.insert(id, Entry::new(node, number, true, browser::now()));
        tell_page(ChannelOrder::Offer { channel: id, ice_servers: self.ice_servers.clone() });
    }

    /// Takes up the other end's attempt.
    pub fn answer(&mut self, id: ChannelId, node: NodeId, number: ChannelNumber, offer: String) {
        let mut entry = Entry::new(node, number, false, browser::now());
        entry.described(&offer);
        self.by_id.insert(id, entry);
        tell_page(ChannelOrder::Answer { channel: id, ice_servers: self.ice_servers.clone(), offer });
    }

    /// The other end takes up our attempt. `false` if it cannot be of use.
    pub fn answered(&mut self, id: ChannelId, answer: String) -> bool {
        let Some(entry) = self.by_id.get_mut(&id).filter(|entry| entry.we_offered) else { return true };
        entry.described(&answer);
        let usable = entry.piece_bytes >= MIN_PIECE_BYTES;
        if usable {
            tell_page(ChannelOrder::Answered { channel: id, answer });
        }
        usable
    }

    /// The other end may be reached there.
    pub fn candidate_came(&mut self, id: ChannelId, candidate: String) {
        if self.by_id.get_mut(&id).is_some_and(|entry| count(&mut entry.candidates[1])) {
            tell_page(ChannelOrder::Candidate { channel: id, candidate });
        }
    }

    /// Whether one more candidate of ours is to be told to the other end.
    pub fn candidate_goes(&mut self, id: ChannelId) -> bool {
        self.by_id.get_mut(&id).is_some_and(|entry| count(&mut entry.candidates[0]))
    }

    /// The number that both ends know an attempt by, and whether this end made it.
    pub fn attempt(&self, id: ChannelId) -> Option<(ChannelNumber, bool)> {
        self.by_id.get(&id).filter(|entry| entry.opened.is_none()).map(|entry| (entry.number, entry.we_offered))
    }

    /// Attempts that have taken too long.
    pub fn overdue(&self, now: Time) -> Vec<ChannelId> {
        let is_overdue =
            |entry: &Entry| entry.opened.is_none() && now.millis_since(entry.begun) > ATTEMPT_TIMEOUT_MILLIS;
        self.by_id.iter().filter(|(_, entry)| is_overdue(entry)).map(|(id, _)| *id).collect()
    }

    /// The page has handed it over.
    pub fn arrived(&mut self, id: ChannelId, channel: Channel) {
        // One that is unknown has been given up meanwhile, and dropping it closes it.
        if let Some(entry) = self.by_id.get_mut(&id) {
            entry.channel = Some(channel);
        }
    }

    pub fn opened(&mut self, id: ChannelId) {
        if let Some(entry) = self.by_id.get_mut(&id) {
            entry.opened.get_or_insert_with(browser::now);
        }
    }

    /// A message came. A frame, when it was its last piece.
    pub fn join(&mut self, id: ChannelId, piece: &[u8]) -> Result<Option<Vec<u8>>, PieceError> {
        self.by_id.get_mut(&id).map_or(Ok(None), |entry| entry.joiner.join(piece))
    }

    /// Sends a frame, or has it wait. `false` if too much waits already: the other end does not read.
    pub fn send(&mut self, id: ChannelId, frame: Vec<u8>) -> bool {
        let Some(entry) = self.by_id.get_mut(&id) else { return true };
        let fits = entry.outgoing.push(frame);
        entry.pump();
        fits
    }

    /// The browser has room again.
    pub fn drained(&mut self, id: ChannelId) {
        if let Some(entry) = self.by_id.get_mut(&id) {
            entry.pump();
        }
    }

    /// The channel to cut, if too much waits behind all of them. `early_bytes`: what the path of each keeps besides.
    pub fn excess(&self, early_bytes: impl Fn(ChannelId) -> usize) -> Option<ChannelId> {
        let held = |entry: &Entry| entry.outgoing.bytes() + entry.joiner.held_bytes();
        let held = self.by_id.iter().map(|(id, entry)| (held(entry) + early_bytes(*id), *id));
        largest_of_too_much(held)
    }

    /// It is over; how it went says when the next attempt is made.
    pub fn close(&mut self, id: ChannelId) {
        if let Some(entry) = self.by_id.remove(&id) {
            let now = browser::now();
            let lasted = entry.opened.map_or(0, |opened| now.millis_since(opened));
            self.retries.ended(entry.node, lasted, now, browser::random_fraction());
            tell_page(ChannelOrder::Close { channel: id });
        }
    }
}

impl Entry {
    fn new(node: NodeId, number: ChannelNumber, we_offered: bool, begun: Time) -> Self {
        Self {
            node,
            number,
            begun,
            opened: None,
            we_offered,
            channel: None,
            piece_bytes: MIN_PIECE_BYTES,
            outgoing: Outgoing::default(),
            joiner: Joiner::default(),
            candidates: [0; 2],
        }
    }

    /// The other end's description came.
    fn described(&mut self, sdp: &str) {
        self.piece_bytes = max_message_bytes(sdp);
        self.candidates[1] += candidates_in(sdp);
    }

    fn pump(&mut self) {
        let Some(channel) = &mut self.channel else { return };
        while channel.buffered() < HIGH_WATER_BYTES
            && let Some(piece) = self.outgoing.next_piece(self.piece_bytes)
        {
            // What cannot be sent is lost with the channel, and its closing tells the path.
            channel.send(&piece);
        }
    }
}

/// Who holds the most, if all together hold more than [`MAX_HELD_BYTES`].
fn largest_of_too_much(held: impl Iterator<Item = (usize, ChannelId)> + Clone) -> Option<ChannelId> {
    let all: usize = held.clone().map(|(bytes, _)| bytes).sum();
    if all > MAX_HELD_BYTES { held.max_by_key(|(bytes, _)| *bytes).map(|(_, id)| id) } else { None }
}

/// Counts a candidate; `false` for one too many.
fn count(candidates: &mut usize) -> bool {
    *candidates += 1;
    *candidates <= MAX_CANDIDATES
}

fn tell_page(order: ChannelOrder) {
    browser::post_to_parent(&FromWorker::Channel(order));
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn of_channels_that_hold_too_much_together_the_largest_goes() {
        let megabytes = [8, 16, 12, 12, 16].map(|it| it << 20);
        let held = megabytes.into_iter().zip((1..).map(ChannelId));
        assert_eq!(largest_of_too_much(held.clone()), None, "as much as may be");
        assert_eq!(largest_of_too_much(held.clone().chain([(1, ChannelId(6)), (1, ChannelId(7))])), Some(ChannelId(5)));
        let mut channels = Channels::default();
        for id in [1, 2] {
            channels.by_id.insert(ChannelId(id), Entry::new(NodeId([1; 8]), ChannelNumber(id), false, Time(0)));
        }
        let early = |id| if id == ChannelId(2) { MAX_HELD_BYTES } else { 0 };
        assert_eq!(channels.excess(early), None);
        assert!(channels.send(ChannelId(1), vec![0]));
        assert_eq!(channels.excess(early), Some(ChannelId(2)), "what waits to be sent counts, too");
    }

    #[test]
    fn candidates_within_a_description_count() {
        let mut entry = Entry::new(NodeId([1; 8]), ChannelNumber(1), false, Time(0));
        entry.described(&"a=candidate:1 1 udp 1 192.0.2.7 51234 typ host\r\n".repeat(MAX_CANDIDATES - 1));
        assert!(count(&mut entry.candidates[1]));
        assert!(!count(&mut entry.candidates[1]), "that is the limit");
        assert!(count(&mut entry.candidates[0]), "ours are counted by themselves");
    }
}
