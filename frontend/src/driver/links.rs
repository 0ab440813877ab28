//! The paths to all nodes that this one is linked with: which of the relay's links, which channel and which of the
//! node's peers belong together. Links are numbered anew on every connection to the relay, peers never in the node's
//! life.
//!
//! How one path changes is `path`'s; here is looked up whom something concerns, and strangers' signals are counted.

use std::collections::HashMap;

use tabchain_shared::node::io::{PeerId, Time};
use tabchain_shared::node::token_bucket::{Allowance, TokenBucket};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::signal::{ChannelNumber, Signal};
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};
use tiny_sort::unstable;

use super::path::{Effect, Effects, Path, Way};
use crate::bridge::ChannelId;

/// Signals of one node: at once those of several attempts with many candidates each, and for as long as it likes, since
/// an attempt takes seconds, and the pauses between them grow. Beyond it the link is cut.
const SIGNALS: Allowance = Allowance::a_second(8, 128);
/// `reset`s of one node. Each makes a fresh peer of it, to which the node holds nothing against it; channels that break
/// are that frequent only at first, since offers pause longer and longer. Beyond it the link is cut.
const RESETS: Allowance = Allowance { at_once: 6, a_minute: 4 };
/// Offers of one node that are taken up: each costs this tab a connection and up to `MAX_CANDIDATES` addresses to try.
/// Further ones are ignored, as honest nodes pause longer after each attempt that fails.
const OFFERS: Allowance = Allowance { at_once: 6, a_minute: 6 };
/// A relay that is there makes links anew within this, ms, or it does not want them any more.
const RELINK_MILLIS: u64 = 20_000;

#[derive(Debug, Default)]
pub struct Links {
    paths: HashMap<NodeId, Entry>,
    effects: Effects,
    /// Since when there has been a relay that takes us; absent while there is none.
    welcomed: Option<Time>,
}

#[derive(Debug)]
struct Entry {
    path: Path,
    /// When the relay last said that the link is gone.
    unlinked: Time,
    signals: TokenBucket,
    resets: TokenBucket,
    offers: TokenBucket,
}

impl Links {
    /// What is to be done for what was told since last time.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects.list)
    }

    pub fn up(&mut self, link: LinkId, node: NodeId, we_initiate: bool, now: Time) {
        if let Some(entry) = self.paths.get_mut(&node)
            && entry.path.link().is_some()
        {
            // Of a link that was replaced the relay tells before it makes the next; one that forgot to is put right
            // here.
            entry.path.link_lost(&mut self.effects);
            self.forget_if_over(node);
        }
        if let Some(entry) = self.paths.get_mut(&node) {
            entry.path.adopt(link, we_initiate, &mut self.effects);
        } else {
            let path = Path::new(node, link, we_initiate, &mut self.effects);
            let entry = Entry {
                path,
                unlinked: now,
                signals: TokenBucket::full(SIGNALS, now),
                resets: TokenBucket::full(RESETS, now),
                offers: TokenBucket::full(OFFERS, now),
            };
            self.paths.insert(node, entry);
        }
    }

    pub fn down(&mut self, link: LinkId, reason: LinkEnd, now: Time) {
        if let Some(entry) = self.paths.values_mut().find(|entry| entry.path.link() == Some(link)) {
            entry.unlinked = now;
        }
        self.with(
            |path| path.link() == Some(link),
            |path, effects| match reason {
                LinkEnd::Cut => path.end(effects),
                LinkEnd::Left => path.link_lost(effects),
            },
        );
    }

    /// The relay has taken us, and makes links.
    pub fn relay_welcomed(&mut self, now: Time) {
        self.welcomed = Some(now);
    }

    /// The connection to the relay is gone, and with it every link; who is there directly stays.
    pub fn relay_lost(&mut self) {
        self.welcomed = None;
        for entry in self.paths.values_mut() {
            entry.path.link_lost(&mut self.effects);
        }
        self.paths.retain(|_, entry| !entry.path.is_over());
    }

    /// Leaves everybody.
    pub fn end_all(&mut self) {
        for (_, mut entry) in self.paths.drain() {
            entry.path.end(&mut self.effects);
        }
    }

    /// The node cut a peer off, or nothing more can be sent to it.
    pub fn cut(&mut self, peer: PeerId) {
        self.with(|path| path.peer() == Some(peer), Path::cut);
    }

    /// The peer on the other end of this channel breaks the protocol of channels.
    pub fn cut_channel(&mut self, channel: ChannelId) {
        self.with(|path| path.channel() == Some(channel), Path::cut);
    }

    /// Asked about once a second. Who is linked with whom is the host's to say: a channel whose link a relay that is
    /// there does not make again would be one that the host neither sees nor can cut.
    pub fn check(&mut self, now: Time) {
        for entry in self.paths.values_mut() {
            entry.path.check(now, &mut self.effects);
            if let Some(welcomed) = self.welcomed
                && entry.path.link().is_none()
                && now.millis_since(welcomed.max(entry.unlinked)) > RELINK_MILLIS
            {
                entry.path.end(&mut self.effects);
            }
        }
        self.paths.retain(|_, entry| !entry.path.is_over());
    }

    pub fn frame_carried(&mut self, link: LinkId, frame: Vec<u8>) {
        self.with(|path| path.link() == Some(link), |path, effects| path.frame_carried(frame, effects));
    }

    pub fn frame_on_channel(&mut self, channel: ChannelId, frame: Vec<u8>, now: Time) {
        self.with(
            |path| path.channel() == Some(channel),
            |path, effects| path.frame_on_channel(channel, frame, now, effects),
        );
    }

    pub fn channel_opened(&mut self, channel: ChannelId, now: Time) {
        self.with(|path| path.channel() == Some(channel), |path, effects| path.opened(channel, now, effects));
    }

    pub fn channel_closed(&mut self, channel: ChannelId, now: Time) {
        self.with(|path| path.channel() == Some(channel), |path, effects| path.closed(channel, now, effects));
    }

    /// Counts a signal that came on this link. Whether it is to be read: one too many cuts the link.
    pub fn signal_came(&mut self, link: LinkId, now: Time) -> bool {
        let Some(entry) = self.paths.values_mut().find(|entry| entry.path.link() == Some(link)) else { return false };
        let allowed = entry.signals.takes(now);
        if !allowed {
            self.with(|path| path.link() == Some(link), Path::cut);
        }
        allowed
    }

    /// Their `switched`, `adopted` or `reset`; other signals do not concern the path.
    pub fn signalled(&mut self, link: LinkId, signal: &Signal, now: Time) {
        if matches!(signal, Signal::Reset)
            && let Some(entry) = self.paths.values_mut().find(|entry| entry.path.link() == Some(link))
            && !entry.resets.takes(now)
        {
            return self.with(|path| path.link() == Some(link), Path::cut);
        }
        self.with(
            |path| path.link() == Some(link),
            |path, effects| match signal {
                Signal::Switched { channel } => path.switched(*channel, now, effects),
                Signal::Adopted { channel } => path.adopted(*channel, now, effects),
                Signal::Reset => path.reset(now, effects),
                Signal::Offer { .. } | Signal::Answer { .. } | Signal::Candidate { .. } | Signal::Decline { .. } => {}
            },
        );
    }

    /// Whether the end that speaks first may offer this node a channel now.
    pub fn may_offer(&self, node: NodeId) -> bool {
        self.paths.get(&node).is_some_and(|entry| entry.path.may_offer())
    }

    /// An attempt at this end. Ask [`Self::may_offer`] first.
    pub fn offer(&mut self, node: NodeId, id: ChannelId, number: ChannelNumber) {
        if let Some(entry) = self.paths.get_mut(&node) {
            entry.path.offer(id, number);
        }
    }

    /// An attempt of the other end. The node, if the attempt is taken up.
    pub fn offered(&mut self, link: LinkId, id: ChannelId, number: ChannelNumber, now: Time) -> Option<NodeId> {
        let entry = self.paths.values_mut().find(|entry| entry.path.link() == Some(link))?;
        if !entry.offers.takes(now) {
            return None;
        }
        entry.path.offered(id, number, &mut self.effects).then(|| entry.path.node())
    }

    /// The attempt of that number at the other end of this link.
    pub fn attempt(&self, link: LinkId, number: ChannelNumber) -> Option<ChannelId> {
        self.by_link(link)?.attempt(number)
    }

    /// The link on which signals about this channel go.
    pub fn link_of(&self, channel: ChannelId) -> Option<LinkId> {
        self.paths.values().find(|entry| entry.path.channel() == Some(channel))?.path.link()
    }

    /// The node at the other end.
    pub fn node_of(&self, link: LinkId) -> Option<NodeId> {
        self.by_link(link).map(Path::node)
    }

    pub fn node_of_peer(&self, peer: PeerId) -> Option<NodeId> {
        self.paths.values().find(|entry| entry.path.peer() == Some(peer)).map(|entry| entry.path.node())
    }

    pub fn peer_of(&self, node: NodeId) -> Option<PeerId> {
        self.paths.get(&node)?.path.peer()
    }

    /// Which way a frame for this peer goes.
    pub fn way_out(&self, peer: PeerId) -> Option<Way> {
        self.paths.values().find(|entry| entry.path.peer() == Some(peer))?.path.way_out()
    }

    pub fn is_linked(&self, node: NodeId) -> bool {
        self.paths.contains_key(&node)
    }

    /// The nodes whose frames come and go over a channel.
    pub fn direct(&self) -> Vec<NodeId> {
        let mut nodes: Vec<NodeId> =
            self.paths.values().filter(|entry| entry.path.is_direct()).map(|entry| entry.path.node()).collect();
        // Hash maps have another order in each run.
        unstable::sort_by_key(&mut nodes, |node| node.0);
        nodes
    }

    /// Bytes that wait behind this channel for its other end's `switched`.
    pub fn early_bytes(&self, channel: ChannelId) -> usize {
        let mut paths = self.paths.values().map(|entry| &entry.path);
        paths.find(|path| path.channel() == Some(channel)).map_or(0, Path::early_bytes)
    }

    fn by_link(&self, link: LinkId) -> Option<&Path> {
        self.paths.values().map(|entry| &entry.path).find(|path| path.link() == Some(link))
    }

    /// Of the paths that there are, at most a hundred or so, at most one is meant.
    fn with(&mut self, is_meant: impl Fn(&Path) -> bool, act: impl FnOnce(&mut Path, &mut Effects)) {
        if let Some(entry) = self.paths.values_mut().find(|entry| is_meant(&entry.path)) {
            act(&mut entry.path, &mut self.effects);
            let node = entry.path.node();
            self.forget_if_over(node);
        }
    }

    fn forget_if_over(&mut self, node: NodeId) {
        if self.paths.get(&node).is_some_and(|entry| entry.path.is_over()) {
            self.paths.remove(&node);
        }
    }
}

#[cfg(test)]
mod tests;
