//! A node that slept: a closed laptop, a frozen tab, a stopped process. Whatever it knew of the network is old news, and it
//! must learn so before it mines.
//!
//! Awake, a node hears something at every ping interval at least, if only its own timer. A gap between two inputs that is
//! longer means that nobody ran it. Then its miners rest until a peer with which it shook hands after waking has answered
//! what it asked, and the blocks that this peer showed are here. (Peers from before may have slept beside it, in other tabs
//! of the same laptop.) Who hears of nobody is alone, for good or on purpose, and mines again after [`MAX_WAKING`].
//!
//! A clock that is set forward looks the same and costs a moment's rest. One that is set back, as when a wrong one is put right,
//! leaves dates of the future: whatever began then would be waited for by hours too long. So it begins anew.

use super::Node;
use super::config::{MAX_WAKING, SLEEP_MARGIN};
use super::io::{Event, PeerId, Time};
use crate::wire::Message;

#[derive(Debug, Default)]
pub(super) struct Sleep {
    /// Absent before the first input.
    last_input: Option<Time>,
    waking: Option<Waking>,
}

/// From waking until the node has caught up.
#[derive(Debug)]
struct Waking {
    /// ms.
    slept: u64,
    since: Time,
    /// The peers of before have been asked what is new.
    asked: bool,
    /// A peer that came since has answered.
    heard: bool,
}

impl Sleep {
    /// Milliseconds that the node slept, while it catches up.
    pub fn waking(&self) -> Option<u64> {
        self.waking.as_ref().map(|waking| waking.slept)
    }

    /// Adds nothing for a node that is wide awake.
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        if let Some(waking) = &self.waking {
            out.extend(waking.slept.to_le_bytes());
            out.extend(waking.since.0.to_le_bytes());
            out.push(waking.heard.into());
        }
    }
}

impl Node {
    /// Called with the time of every input, before anything is done about it.
    pub(super) fn notice_sleep(&mut self) {
        let now = self.now;
        let last = self.sleep.last_input.replace(now).unwrap_or(now);
        if let Some(waking) = &mut self.sleep.waking {
            // A clock that is set back must not prolong the rest.
            waking.since = waking.since.min(now);
        }
        if now < last {
            self.clock_was_set_back();
        }
        let slept = now.millis_since(last);
        if slept > SLEEP_MARGIN && slept > self.config.ping_interval + SLEEP_MARGIN {
            self.wake(slept);
        }
    }

    fn clock_was_set_back(&mut self) {
        let now = self.now;
        for known in self.peers.values_mut() {
            known.clock_was_set_back(now);
        }
        self.orders.clock_was_set_back(now);
        self.requests.clock_was_set_back(now);
        self.watch.clock_was_set_back(now);
        self.mining.clock_was_set_back(now);
    }

    fn wake(&mut self, slept: u64) {
        self.sleep.waking = Some(Waking { slept, since: self.now, asked: false, heard: false });
        self.emit(Event::Notice(format!("slept for {}; catching up before mining", in_words(slept))));
        self.rest();
        for known in self.peers.values_mut() {
            // It is owed from now on, as blocks are, or everybody would be overdue at once.
            known.ping = None;
        }
        self.orders.wait_anew(self.now);
        self.emit(Event::Changed);
    }

    /// Of those that are left: the input that woke the node may have been the end of one.
    fn ask_what_is_new(&mut self) {
        for peer in self.ready_peers() {
            self.send(peer, Message::GetHeaders(self.chain.header_locator()));
            self.ping(peer);
        }
    }

    /// The peer answered a ping, and so whatever it was asked before.
    pub(super) fn heard_from(&mut self, peer: PeerId) {
        let Some(connected_at) = self.peers.get(&peer).map(|known| known.connected_at) else { return };
        if let Some(waking) = self.sleep.waking.as_mut().filter(|waking| connected_at >= waking.since) {
            waking.heard = true;
        }
    }

    /// Called after every input: whether what the node woke to is done.
    pub(super) fn finish_waking(&mut self) {
        let Some(waking) = &mut self.sleep.waking else { return };
        if !std::mem::replace(&mut waking.asked, true) {
            self.ask_what_is_new();
        }
        let Some(waking) = &self.sleep.waking else { return };
        let has_caught_up = waking.heard && !self.lacks_blocks();
        if has_caught_up || self.now.millis_since(waking.since) >= MAX_WAKING {
            self.sleep.waking = None;
            self.resume_mining();
            self.emit(Event::Changed);
        }
    }

    /// Whether a peer has shown a better chain, or is about to, whose blocks are not all here.
    fn lacks_blocks(&self) -> bool {
        let has_more = |peer: &super::Peer| peer.pre_sync.is_some() || self.better_chain(peer.tip).is_some();
        self.chain.is_outdone() || self.peers.values().filter(|peer| peer.ready).any(has_more)
    }
}

/// `40 s`, `5 min`, `3 h`: rounded, as one says it.
pub fn in_words(millis: u64) -> String {
    match (millis + 500) / 1_000 {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=3_569 => format!("{} min", (seconds + 30) / 60),
        seconds => format!("{} h", (seconds + 1_800) / 3_600),
    }
}
