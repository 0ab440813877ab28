//! All peers by their numbers. There are some dozens, or two thousand at a relay, and every frame looks for one of them: so their
//! numbers lie side by side, and so do they.

use super::io::PeerId;
use super::peers::Peer;

#[derive(Debug, Default)]
pub(super) struct PeerTable {
    /// Rising.
    ids: Vec<PeerId>,
    /// In the same order.
    peers: Vec<Peer>,
    /// Where the one was that was looked for last: mostly it is looked for again, a dozen times a frame.
    last: usize,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "it is asked as the standard library's maps are; on wasm32 it is not asked"
)]
impl PeerTable {
    fn place(&self, id: &PeerId) -> Option<usize> {
        if self.ids.get(self.last) == Some(id) {
            return Some(self.last);
        }
        self.ids.binary_search(id).ok()
    }

    pub fn get(&self, id: &PeerId) -> Option<&Peer> {
        self.place(id).map(|place| &self.peers[place])
    }

    pub fn get_mut(&mut self, id: &PeerId) -> Option<&mut Peer> {
        self.last = self.place(id)?;
        Some(&mut self.peers[self.last])
    }

    pub fn contains_key(&self, id: &PeerId) -> bool {
        self.place(id).is_some()
    }

    pub fn insert(&mut self, id: PeerId, peer: Peer) {
        match self.ids.binary_search(&id) {
            Ok(place) => self.peers[place] = peer,
            // At the end: later ones have higher numbers.
            Err(place) => {
                if self.peers.len() == self.peers.capacity() {
                    // A peer takes half a kilobyte: twice as much room would mostly stay empty.
                    self.peers.reserve_exact(self.peers.len() / 8 + 4);
                }
                self.ids.insert(place, id);
                self.peers.insert(place, peer);
            }
        }
    }

    pub fn remove(&mut self, id: &PeerId) -> Option<Peer> {
        let place = self.ids.binary_search(id).ok()?;
        self.ids.remove(place);
        Some(self.peers.remove(place))
    }

    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    pub fn keys(&self) -> impl Iterator<Item = &PeerId> {
        self.ids.iter()
    }

    pub fn values(&self) -> impl Iterator<Item = &Peer> {
        self.peers.iter()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut Peer> {
        self.peers.iter_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PeerId, &Peer)> + Clone {
        self.ids.iter().zip(&self.peers)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&PeerId, &mut Peer)> {
        self.ids.iter().zip(&mut self.peers)
    }
}

/// Of a peer that is there.
impl std::ops::Index<&PeerId> for PeerTable {
    type Output = Peer;

    fn index(&self, id: &PeerId) -> &Peer {
        self.get(id).expect("callers have seen it")
    }
}
