//! The paths to all nodes that this one is linked with: which of the relay's links, which channel and which of the
//! node's peers belong together. Links are numbered anew on every connection to the relay, peers never in the node's
//! life.
//!
//! How one path changes is `path`'s; here is looked up whom something concerns, and strangers' signals are counted.

use std::collections::HashMap;

use tabchain_shared::node::io::{PeerId, Time};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::signal::{ChannelNumber, Signal};
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

use super::path::{Effect, Effects, Path, Way};
use crate::bridge::ChannelId;

/// Signals that one node may send at once: those of several attempts with many candidates each. Beyond it the link is
/// cut.
const SIGNAL_BURST: f64 = 128.0;
/// And for as long as it likes, a second: an attempt takes seconds, and the pauses between them grow.
const SIGNALS_PER_SECOND: f64 = 8.0;

#[derive(Debug, Default)]
pub struct Links {
    paths: HashMap<NodeId, Entry>,
    effects: Effects,
}

#[derive(Debug)]
struct Entry {
    path: Path,
    /// Signals that may still come at once, and since when that is so.
    allowance: f64,
    counted: Time,
}

impl Entry {
    /// Counts a signal; `false` for one too many.
    fn allows_signal(&mut self, now: Time) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an hour is as good as for ever")]
        let seconds = now.millis_since(self.counted) as f64 / 1_000.0;
        self.counted = now;
        self.allowance = SIGNAL_BURST.min(self.allowance + seconds * SIGNALS_PER_SECOND) - 1.0;
        self.allowance >= 0.0
    }
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
            self.paths.insert(node, Entry { path, allowance: SIGNAL_BURST, counted: now });
        }
    }

    pub fn down(&mut self, link: LinkId, reason: LinkEnd) {
        self.with(
            |path| path.link() == Some(link),
            |path, effects| match reason {
                LinkEnd::Cut => path.end(effects),
                LinkEnd::Left => path.link_lost(effects),
            },
        );
    }

    /// The connection to the relay is gone, and with it every link; who is there directly stays.
    pub fn relay_lost(&mut self) {
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

    pub fn check(&mut self, now: Time) {
        for entry in self.paths.values_mut() {
            entry.path.check(now, &mut self.effects);
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

    pub fn channel_opened(&mut self, channel: ChannelId) {
        self.with(|path| path.channel() == Some(channel), |path, effects| path.opened(channel, effects));
    }

    pub fn channel_closed(&mut self, channel: ChannelId, now: Time) {
        self.with(|path| path.channel() == Some(channel), |path, effects| path.closed(channel, now, effects));
    }

    /// Counts a signal that came on this link. Whether it is to be read: one too many cuts the link.
    pub fn signal_came(&mut self, link: LinkId, now: Time) -> bool {
        let Some(entry) = self.paths.values_mut().find(|entry| entry.path.link() == Some(link)) else { return false };
        let allowed = entry.allows_signal(now);
        if !allowed {
            let node = entry.path.node();
            entry.path.cut(&mut self.effects);
            self.forget_if_over(node);
        }
        allowed
    }

    /// Their `switched`, `adopted` or `reset`; other signals do not concern the path.
    pub fn signalled(&mut self, link: LinkId, signal: &Signal, now: Time) {
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
    pub fn offered(&mut self, link: LinkId, id: ChannelId, number: ChannelNumber) -> Option<NodeId> {
        let entry = self.paths.values_mut().find(|entry| entry.path.link() == Some(link))?;
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
        nodes.sort_unstable_by_key(|node| node.0);
        nodes
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
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const NODE: NodeId = NodeId([1; 8]);
    const LINK: LinkId = LinkId(1);

    fn linked() -> Links {
        let mut links = Links::default();
        links.up(LINK, NODE, true, Time(0));
        assert_eq!(links.take_effects(), [Effect::Connect { peer: PeerId(1), node: NODE, we_initiated: true }]);
        links
    }

    #[test]
    fn a_link_is_a_peer_until_it_is_gone() {
        let mut links = linked();
        assert_eq!(links.way_out(PeerId(1)), Some(Way::Carried(LINK)));
        links.frame_carried(LINK, vec![7]);
        links.down(LINK, LinkEnd::Left);
        let delivered = Effect::Deliver { peer: PeerId(1), frame: vec![7] };
        assert_eq!(links.take_effects(), [delivered, Effect::Disconnect { peer: PeerId(1) }]);
        assert!(!links.is_linked(NODE));
        links.frame_carried(LINK, vec![8]);
        assert_eq!(links.take_effects(), []);
        // The same node again is another peer.
        links.up(LinkId(2), NODE, false, Time(0));
        assert_eq!(links.take_effects(), [Effect::Connect { peer: PeerId(2), node: NODE, we_initiated: false }]);
    }

    #[test]
    fn a_peer_that_the_node_cuts_is_unlinked() {
        let mut links = linked();
        links.cut(PeerId(1));
        assert_eq!(links.take_effects(), [Effect::Unlink(LINK), Effect::Disconnect { peer: PeerId(1) }]);
        assert!(!links.is_linked(NODE));
    }

    #[test]
    fn a_node_is_never_two_peers_at_once() {
        let mut links = linked();
        links.up(LinkId(2), NODE, true, Time(0));
        let again = Effect::Connect { peer: PeerId(2), node: NODE, we_initiated: true };
        assert_eq!(links.take_effects(), [Effect::Disconnect { peer: PeerId(1) }, again]);
    }

    #[test]
    fn too_many_signals_cut_the_link() {
        let mut links = linked();
        let count = (0..1_000).take_while(|_| links.signal_came(LINK, Time(0))).count();
        assert_eq!(count, 128);
        assert_eq!(links.take_effects(), [Effect::Unlink(LINK), Effect::Disconnect { peer: PeerId(1) }]);

        let mut links = linked();
        assert!((0..10_000).all(|tick| links.signal_came(LINK, Time(tick * 125))), "eight a second are fine for ever");
    }

    #[test]
    fn with_the_relay_go_all_links_but_the_direct_ones() {
        let mut links = linked();
        links.up(LinkId(2), NodeId([2; 8]), true, Time(0));
        links.offer(NODE, ChannelId(1), ChannelNumber(9));
        links.channel_opened(ChannelId(1));
        links.signalled(LINK, &Signal::Switched { channel: ChannelNumber(9) }, Time(0));
        links.take_effects();
        assert_eq!(links.direct(), [NODE]);
        links.relay_lost();
        assert_eq!(links.take_effects(), [Effect::Disconnect { peer: PeerId(2) }]);
        assert_eq!(links.way_out(PeerId(1)), Some(Way::Channel(ChannelId(1))));
        links.end_all();
        assert_eq!(links.take_effects(), [Effect::Close(ChannelId(1)), Effect::Disconnect { peer: PeerId(1) }]);
    }
}
