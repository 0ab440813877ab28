//! Channels to other tabs, as they concern the driver: signals that come and go, what the page says of its connections,
//! and the carrying out of what the paths decide.

use tabchain_shared::node::io::{Input, PeerId};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::wire::pieces::MIN_PIECE_BYTES;
use tabchain_shared::wire::signal::{ChannelNumber, Signal, max_message_bytes};
use tabchain_shared::wire::switchboard::{LinkId, MAX_SIGNAL_BYTES, NodeControl, ToRelay};

use super::Driver;
use super::channels::ChannelEvent;
use super::path::{Effect, Way};
use crate::bridge::{ChannelId, ChannelNews};
use crate::browser;

impl Driver {
    /// A signal from the driver at the other end of a link.
    pub(super) fn signalled(&mut self, link: LinkId, bytes: &[u8]) {
        let now = browser::now();
        if self.links.signal_came(link, now) {
            match Signal::from_bytes(bytes) {
                Ok(Signal::Offer { channel, sdp }) => self.channel_offered(link, channel, sdp),
                Ok(Signal::Answer { channel, sdp }) => {
                    if let Some(id) = self.links.attempt(link, channel)
                        && !self.channels.answered(id, sdp)
                    {
                        self.give_up(id, "the other end takes only tiny messages");
                    }
                }
                Ok(Signal::Candidate { channel, candidate }) => {
                    if let Some(id) = self.links.attempt(link, channel) {
                        self.channels.candidate_came(id, candidate);
                    }
                }
                Ok(Signal::Decline { channel }) => {
                    if let Some(id) = self.links.attempt(link, channel) {
                        self.links.channel_closed(id, now);
                    }
                }
                Ok(signal @ (Signal::Switched { .. } | Signal::Adopted { .. } | Signal::Reset)) => {
                    self.links.signalled(link, &signal, now);
                    self.way_changed();
                }
                // A newer build may say more than this one knows.
                Err(error) => browser::log(&format!("a signal that is none: {error}")),
            }
        }
        self.follow_links();
    }

    fn channel_offered(&mut self, link: LinkId, number: ChannelNumber, sdp: String) {
        if self.channels.are_full() || max_message_bytes(&sdp) < MIN_PIECE_BYTES {
            return self.signal(link, &Signal::Decline { channel: number });
        }
        let id = self.channels.next_id();
        if let Some(node) = self.links.offered(link, id, number, browser::now()) {
            self.channels.answer(id, node, number, sdp);
        }
    }

    /// What the page says of its connections.
    pub(super) fn channel_news(&mut self, news: ChannelNews) {
        match news {
            ChannelNews::Described { channel, sdp } => {
                if let (Some((number, we_offered)), Some(link)) =
                    (self.channels.attempt(channel), self.links.link_of(channel))
                {
                    let signal = if we_offered {
                        Signal::Offer { channel: number, sdp }
                    } else {
                        Signal::Answer { channel: number, sdp }
                    };
                    self.signal(link, &signal);
                }
            }
            ChannelNews::Candidate { channel, candidate } => {
                if self.channels.candidate_goes(channel)
                    && let (Some((number, _)), Some(link)) =
                        (self.channels.attempt(channel), self.links.link_of(channel))
                {
                    self.signal(link, &Signal::Candidate { channel: number, candidate });
                }
            }
            ChannelNews::Ended { channel, reason } => self.give_up(channel, &reason),
        }
        self.follow_links();
    }

    pub(super) fn channel_event(&mut self, id: ChannelId, event: ChannelEvent) {
        match event {
            ChannelEvent::Arrived(channel) => self.channels.arrived(id, channel),
            ChannelEvent::Open => {
                self.channels.opened(id);
                self.links.channel_opened(id, browser::now());
                self.way_changed();
            }
            ChannelEvent::Message(piece) => match self.channels.join(id, &piece) {
                Ok(frame) => {
                    if let Some(frame) = frame {
                        self.links.frame_on_channel(id, frame, browser::now());
                    }
                    self.bound_channels();
                }
                Err(error) => {
                    browser::log(&format!("cutting a link: {error}"));
                    self.links.cut_channel(id);
                }
            },
            ChannelEvent::Drained => return self.channels.drained(id),
            ChannelEvent::Closed => self.links.channel_closed(id, browser::now()),
        }
        self.follow_links();
    }

    /// Every second: ends what takes too long, and begins what is due.
    pub(super) fn tend_channels(&mut self) {
        let now = browser::now();
        self.links.check(now);
        for id in self.channels.overdue(now) {
            self.give_up(id, "no way was found");
        }
        self.channels.forget_others(|node| self.links.is_linked(node));
        let peers = self.resident.as_ref().map(|resident| resident.node.peer_views()).unwrap_or_default();
        // Only tabs have channels; who is none would never answer.
        for peer in peers.into_iter().filter(|peer| peer.kind == NodeKind::Tab) {
            if self.links.may_offer(peer.node) && self.channels.may_try(peer.node, now) {
                let (id, number) =
                    (self.channels.next_id(), ChannelNumber(u32::from_le_bytes(browser::random_bytes())));
                self.links.offer(peer.node, id, number);
                self.channels.offer(id, peer.node, number);
            }
        }
        self.follow_links();
    }

    /// A frame of the node's, on the way that counts. What the relay carries is gathered first: a frame for several leaves once.
    pub(super) fn send_at_once(&mut self, peer: PeerId, frame: Vec<u8>) {
        match self.links.way_out(peer) {
            Some(Way::Carried(link)) => self.gathered.add(link, frame),
            Some(Way::Channel(id)) if self.channels.send(id, frame) => {
                self.bound_channels();
                self.follow_links();
            }
            Some(Way::Channel(_)) => {
                browser::log("cutting a link: the other end does not read");
                self.links.cut(peer);
                self.follow_links();
            }
            None => {}
        }
    }

    pub(super) fn send_gathered(&mut self) {
        for part in self.gathered.take() {
            self.uplink.send(&part.to_message());
        }
    }

    /// What strangers make this tab hold is bounded over all channels, too.
    fn bound_channels(&mut self) {
        while let Some(id) = self.channels.excess(|id| self.links.early_bytes(id)) {
            browser::log("cutting a link: too much waits behind all channels, and behind this one the most");
            self.links.cut_channel(id);
            // The channel goes with it.
            self.channels.close(id);
        }
    }

    /// Carries out what became of the links.
    pub(super) fn follow_links(&mut self) {
        for effect in self.links.take_effects() {
            match effect {
                Effect::Connect { peer, node, we_initiated } => {
                    self.feed(Input::PeerConnected { peer, node, we_initiated });
                }
                Effect::Disconnect { peer } => {
                    self.faults.forget(peer);
                    self.faults.forget_others(|node| self.links.is_linked(node));
                    self.remember_gone(peer);
                    self.feed(Input::PeerDisconnected { peer });
                }
                Effect::Deliver { peer, frame } => {
                    self.feed(Input::FrameReceived { peer, frame: frame.into() });
                    continue;
                }
                Effect::Signal { link, signal } => {
                    // It must not overtake a frame.
                    self.send_gathered();
                    self.signal(link, &signal);
                }
                Effect::Close(id) => self.channels.close(id),
                Effect::Unlink(link) => {
                    self.send_gathered();
                    self.uplink.send_control(NodeControl::Unlink { link });
                }
            }
            self.way_changed();
        }
    }

    /// The page and the relay are to see how each node is reached now.
    fn way_changed(&mut self) {
        self.view_changed();
        self.report_changed();
    }

    /// Ends an attempt and tells the other end, or takes note that a channel is gone.
    fn give_up(&mut self, id: ChannelId, reason: &str) {
        browser::log(&format!("a channel to another tab ended: {reason}"));
        if let (Some((number, _)), Some(link)) = (self.channels.attempt(id), self.links.link_of(id)) {
            self.signal(link, &Signal::Decline { channel: number });
        }
        self.links.channel_closed(id, browser::now());
    }

    fn signal(&mut self, link: LinkId, signal: &Signal) {
        let signal = signal.to_bytes();
        // The relay would close the connection over a longer one.
        if signal.len() <= MAX_SIGNAL_BYTES {
            self.uplink.send(&ToRelay::Signal { link, signal }.to_bytes());
        }
    }
}
