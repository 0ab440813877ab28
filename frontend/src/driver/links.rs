//! Which link of the relay's switchboard is which peer of the node. Links are numbered anew on every connection, peers
//! never in the node's life.

use std::collections::HashMap;

use tabchain_shared::node::io::PeerId;
use tabchain_shared::wire::switchboard::LinkId;

#[derive(Default)]
pub struct Links {
    by_link: HashMap<LinkId, PeerId>,
    by_peer: HashMap<PeerId, LinkId>,
    last_peer: u64,
}

impl Links {
    pub fn up(&mut self, link: LinkId) -> PeerId {
        self.last_peer += 1;
        let peer = PeerId(self.last_peer);
        self.by_link.insert(link, peer);
        self.by_peer.insert(peer, link);
        peer
    }

    /// The relay took a link down.
    pub fn down(&mut self, link: LinkId) -> Option<PeerId> {
        let peer = self.by_link.remove(&link)?;
        self.by_peer.remove(&peer);
        Some(peer)
    }

    /// The node cuts a peer off.
    pub fn cut(&mut self, peer: PeerId) -> Option<LinkId> {
        let link = self.by_peer.remove(&peer)?;
        self.by_link.remove(&link);
        Some(link)
    }

    pub fn peer(&self, link: LinkId) -> Option<PeerId> {
        self.by_link.get(&link).copied()
    }

    pub fn link(&self, peer: PeerId) -> Option<LinkId> {
        self.by_peer.get(&peer).copied()
    }

    /// The connection is gone, and with it every link.
    pub fn clear(&mut self) -> Vec<PeerId> {
        self.by_peer.clear();
        self.by_link.drain().map(|(_, peer)| peer).collect()
    }
}
