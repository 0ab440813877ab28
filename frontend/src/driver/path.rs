//! How the frames of one link go, carried by the relay or over a data channel, and the change from one to the other.
//!
//! The node at the other end is one peer, whichever way its frames take, and none of them may be lost, doubled or
//! overtaken. So each end says on the carried path which frame is its last there (`switched`), and what comes over the
//! channel before that was read waits. A channel that closes takes along what was in it: then both ends say `reset` on
//! the carried path and begin anew, as a fresh peer, behind the other's `reset`. A path that has only one of its two
//! ways left, and does not know that all has arrived from the other, ends. docs/protocol.md, "Tab to tab", has the same
//! from outside.
//!
//! Nothing here knows of browsers: what happens goes in, [`Effects`] come out.

use tabchain_shared::node::io::{PeerId, Time};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::message::MAX_FRAME_BYTES;
use tabchain_shared::wire::signal::{ChannelNumber, Signal};
use tabchain_shared::wire::switchboard::LinkId;

use crate::bridge::ChannelId;

/// Bytes of frames that may wait until the other end's `switched` has been read, which is on its way when the first of
/// them arrives: a whole frame, and what the relay carries meanwhile. Beyond it both ends begin anew.
pub const MAX_EARLY_BYTES: usize = (4 << 20) + MAX_FRAME_BYTES;
/// The same in frames.
pub const MAX_EARLY_FRAMES: usize = 4_096;
/// The other end must answer a `reset` within this, ms; then the link is cut.
const RESET_TIMEOUT_MILLIS: u64 = 15_000;
/// A channel that is open here is open there, too, and the other end's `switched` comes within this, ms; until then what
/// it sends is kept. Then both ends begin anew.
const SWITCH_TIMEOUT_MILLIS: u64 = 15_000;

/// What is to be done, in order.
#[derive(Debug, PartialEq)]
pub enum Effect {
    Connect { peer: PeerId, node: NodeId, we_initiated: bool },
    Disconnect { peer: PeerId },
    Deliver { peer: PeerId, frame: Vec<u8> },
    Signal { link: LinkId, signal: Signal },
    Close(ChannelId),
    Unlink(LinkId),
}

/// Collects them, and numbers peers.
#[derive(Debug, Default)]
pub struct Effects {
    pub list: Vec<Effect>,
    last_peer: u64,
}

impl Effects {
    fn push(&mut self, effect: Effect) {
        self.list.push(effect);
    }

    /// Never the same one twice in the node's life.
    fn next_peer(&mut self) -> PeerId {
        self.last_peer += 1;
        PeerId(self.last_peer)
    }
}

/// Which way a frame goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Carried(LinkId),
    Channel(ChannelId),
}

#[derive(Debug)]
pub struct Path {
    node: NodeId,
    /// The carried path. Without it there is an open channel that both ends have switched to, or the path is over.
    link: Option<LinkId>,
    we_initiate: bool,
    session: Session,
    channel: Option<Channel>,
}

#[derive(Debug)]
enum Session {
    Talking(PeerId),
    /// Our `reset` is sent, the other end's has not been read. There is no channel, and carried frames are old.
    Resetting {
        since: Time,
    },
}

/// An attempt at a channel, or the channel.
#[derive(Debug)]
struct Channel {
    id: ChannelId,
    number: ChannelNumber,
    /// Since when it is open at this end, and our `switched` sent.
    opened: Option<Time>,
    /// Their `switched` has been read.
    heard: bool,
    /// What came over it before that.
    early: Vec<Vec<u8>>,
    early_bytes: usize,
}

impl Channel {
    fn new(id: ChannelId, number: ChannelNumber) -> Self {
        Self { id, number, opened: None, heard: false, early: Vec::new(), early_bytes: 0 }
    }

    fn is_open(&self) -> bool {
        self.opened.is_some()
    }

    fn is_in_use(&self) -> bool {
        self.is_open() || self.heard
    }

    /// Nothing is under way on the carried path any more.
    fn has_taken_over(&self) -> bool {
        self.is_open() && self.heard
    }
}

impl Path {
    /// A link to a node with which there was none.
    pub fn new(node: NodeId, link: LinkId, we_initiate: bool, effects: &mut Effects) -> Self {
        let session = Session::Talking(effects.next_peer());
        let path = Self { node, link: Some(link), we_initiate, session, channel: None };
        path.connect(effects);
        path
    }

    pub fn node(&self) -> NodeId {
        self.node
    }

    pub fn link(&self) -> Option<LinkId> {
        self.link
    }

    /// The node as a peer, unless both ends are about to begin anew.
    pub fn peer(&self) -> Option<PeerId> {
        match self.session {
            Session::Talking(peer) => Some(peer),
            Session::Resetting { .. } => None,
        }
    }

    /// The channel, or the attempt at one.
    pub fn channel(&self) -> Option<ChannelId> {
        self.channel.as_ref().map(|channel| channel.id)
    }

    /// Bytes that came over the channel and wait for the other end's `switched`.
    pub fn early_bytes(&self) -> usize {
        self.channel.as_ref().map_or(0, |channel| channel.early_bytes)
    }

    /// Whether frames go over a channel in both directions.
    pub fn is_direct(&self) -> bool {
        self.channel.as_ref().is_some_and(Channel::has_taken_over)
    }

    /// Whether neither way is left.
    pub fn is_over(&self) -> bool {
        self.link.is_none() && self.channel.is_none()
    }

    /// Which way the node's next frame goes.
    pub fn way_out(&self) -> Option<Way> {
        match &self.channel {
            Some(channel) if channel.is_open() => Some(Way::Channel(channel.id)),
            _ => self.link.map(Way::Carried),
        }
    }

    /// Whether an attempt at a channel may begin. Only the end that speaks first makes offers.
    pub fn may_offer(&self) -> bool {
        self.we_initiate && self.may_attempt()
    }

    fn may_attempt(&self) -> bool {
        self.link.is_some() && self.channel.is_none() && self.peer().is_some()
    }

    /// An attempt begins at this end. Ask [`Self::may_offer`] first.
    pub fn offer(&mut self, id: ChannelId, number: ChannelNumber) {
        self.channel = Some(Channel::new(id, number));
    }

    /// The other end offers a channel. Whether it is taken up; if so, an earlier attempt is over: they gave it up.
    pub fn offered(&mut self, id: ChannelId, number: ChannelNumber, effects: &mut Effects) -> bool {
        if !self.we_initiate && self.channel.as_ref().is_some_and(|channel| !channel.is_in_use()) {
            self.close_channel(effects);
        }
        // Who has a channel and is offered another hears soon that the other end lost it, by its `reset`.
        let taken = !self.we_initiate && self.may_attempt();
        if taken {
            self.channel = Some(Channel::new(id, number));
        }
        taken
    }

    /// The attempt of that number, if it is this path's and not open yet.
    pub fn attempt(&self, number: ChannelNumber) -> Option<ChannelId> {
        self.channel.as_ref().filter(|channel| channel.number == number && !channel.is_open()).map(|channel| channel.id)
    }

    /// The relay links us with a node with which there is a channel.
    pub fn adopt(&mut self, link: LinkId, we_initiate: bool, effects: &mut Effects) {
        self.link = Some(link);
        self.we_initiate = we_initiate;
        if let Some(channel) = &self.channel {
            effects.push(Effect::Signal { link, signal: Signal::Adopted { channel: channel.number } });
        }
    }

    /// The carried path is gone, here or at the other end, with whatever was under way on it.
    pub fn link_lost(&mut self, effects: &mut Effects) {
        self.link = None;
        if !self.is_direct() {
            self.end(effects);
        }
    }

    /// Ends it for good.
    pub fn end(&mut self, effects: &mut Effects) {
        self.link = None;
        self.close_channel(effects);
        self.disconnect(effects);
    }

    /// The other end does what no honest one does, or takes nothing of what it is sent.
    pub fn cut(&mut self, effects: &mut Effects) {
        if let Some(link) = self.link {
            effects.push(Effect::Unlink(link));
        }
        self.end(effects);
    }

    /// Asked about once a second.
    pub fn check(&mut self, now: Time, effects: &mut Effects) {
        if let Session::Resetting { since } = self.session
            && now.millis_since(since) > RESET_TIMEOUT_MILLIS
        {
            self.cut(effects);
        }
        if let Some(Channel { opened: Some(opened), heard: false, .. }) = self.channel
            && now.millis_since(opened) > SWITCH_TIMEOUT_MILLIS
        {
            self.begin_reset(now, effects);
        }
    }

    pub fn frame_carried(&self, frame: Vec<u8>, effects: &mut Effects) {
        // After their `switched` nothing of this conversation comes here: it is from an end that knows of no channel,
        // and its `reset` is on its way.
        let is_old = self.channel.as_ref().is_some_and(|channel| channel.heard);
        if let Session::Talking(peer) = self.session
            && !is_old
        {
            effects.push(Effect::Deliver { peer, frame });
        }
    }

    pub fn frame_on_channel(&mut self, id: ChannelId, frame: Vec<u8>, now: Time, effects: &mut Effects) {
        let (Session::Talking(peer), Some(channel)) = (&self.session, &mut self.channel) else { return };
        if channel.id != id {
            return;
        }
        if channel.heard {
            effects.push(Effect::Deliver { peer: *peer, frame });
        } else if channel.early.len() < MAX_EARLY_FRAMES && channel.early_bytes + frame.len() <= MAX_EARLY_BYTES {
            channel.early_bytes += frame.len();
            channel.early.push(frame);
        } else {
            self.begin_reset(now, effects);
        }
    }

    /// The channel is open at this end.
    pub fn opened(&mut self, id: ChannelId, now: Time, effects: &mut Effects) {
        if let (Some(link), Some(channel)) = (self.link, &mut self.channel)
            && channel.id == id
            && !channel.is_open()
        {
            channel.opened = Some(now);
            effects.push(Effect::Signal { link, signal: Signal::Switched { channel: channel.number } });
        }
    }

    /// The channel, or the attempt at it, is over.
    pub fn closed(&mut self, id: ChannelId, now: Time, effects: &mut Effects) {
        let Some(channel) = self.channel.as_ref().filter(|channel| channel.id == id) else { return };
        if !channel.is_in_use() {
            self.close_channel(effects);
        } else if self.link.is_some() {
            self.begin_reset(now, effects);
        } else {
            self.end(effects);
        }
    }

    /// Their `switched`.
    pub fn switched(&mut self, number: ChannelNumber, now: Time, effects: &mut Effects) {
        let Session::Talking(peer) = self.session else { return };
        match &mut self.channel {
            Some(channel) if channel.number == number => {
                channel.heard = true;
                channel.early_bytes = 0;
                effects.list.extend(channel.early.drain(..).map(|frame| Effect::Deliver { peer, frame }));
            }
            // They send over a channel that is none here.
            _ => self.begin_reset(now, effects),
        }
    }

    /// Their `adopted`.
    pub fn adopted(&mut self, number: ChannelNumber, now: Time, effects: &mut Effects) {
        let is_ours = self.channel.as_ref().is_some_and(|channel| channel.number == number && channel.has_taken_over());
        if self.peer().is_some() && !is_ours {
            self.begin_reset(now, effects);
        }
    }

    /// Their `reset`: an answer to ours, or to be answered.
    pub fn reset(&mut self, now: Time, effects: &mut Effects) {
        if self.peer().is_some() {
            self.begin_reset(now, effects);
        }
        self.session = Session::Talking(effects.next_peer());
        self.connect(effects);
    }

    fn begin_reset(&mut self, now: Time, effects: &mut Effects) {
        let Some(link) = self.link else { return self.end(effects) };
        self.close_channel(effects);
        self.disconnect(effects);
        self.session = Session::Resetting { since: now };
        effects.push(Effect::Signal { link, signal: Signal::Reset });
    }

    fn connect(&self, effects: &mut Effects) {
        if let Session::Talking(peer) = self.session {
            effects.push(Effect::Connect { peer, node: self.node, we_initiated: self.we_initiate });
        }
    }

    fn disconnect(&self, effects: &mut Effects) {
        if let Session::Talking(peer) = self.session {
            effects.push(Effect::Disconnect { peer });
        }
    }

    fn close_channel(&mut self, effects: &mut Effects) {
        if let Some(channel) = self.channel.take() {
            effects.push(Effect::Close(channel.id));
        }
    }
}

#[cfg(test)]
mod tests;
