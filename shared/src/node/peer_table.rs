//! All peers by their numbers. There are some dozens, or two thousand at a relay, and every frame looks for one of them: so their
//! numbers lie side by side, and so do they.

use super::io::PeerId;
use super::peers::Peer;

#[derive(Debug)]
pub(super) struct PeerTable<P = Peer> {
    /// Rising.
    ids: Vec<PeerId>,
    /// In the same order.
    peers: Vec<P>,
    /// The lowest number, where they follow one on the other without a gap, as in a simulation: then a number says where its peer is.
    dense_from: Option<u64>,
    /// Otherwise the one that was looked for last, and where it was: mostly it is looked for again, a dozen times a frame.
    last: Option<(PeerId, usize)>,
}

impl<P> Default for PeerTable<P> {
    fn default() -> Self {
        Self { ids: Vec::new(), peers: Vec::new(), dense_from: None, last: None }
    }
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "it is asked as the standard library's maps are; on wasm32 it is not asked"
)]
impl<P> PeerTable<P> {
    fn place(&self, id: &PeerId) -> Option<usize> {
        if let Some(first) = self.dense_from {
            let place = usize::try_from(id.0.checked_sub(first)?).ok()?;
            return (place < self.peers.len()).then_some(place);
        }
        match self.last {
            Some((last, place)) if last == *id => Some(place),
            _ => self.ids.binary_search(id).ok(),
        }
    }

    /// Numbers have come or gone.
    fn renumbered(&mut self) {
        self.last = None;
        let ends = self.ids.first().zip(self.ids.last());
        let is_dense = |(first, last): &(&PeerId, &PeerId)| last.0 - first.0 == self.ids.len() as u64 - 1;
        self.dense_from = ends.filter(is_dense).map(|(first, _)| first.0);
    }

    pub fn get(&self, id: &PeerId) -> Option<&P> {
        self.place(id).map(|place| &self.peers[place])
    }

    pub fn get_mut(&mut self, id: &PeerId) -> Option<&mut P> {
        let place = self.place(id)?;
        self.last = Some((*id, place));
        Some(&mut self.peers[place])
    }

    pub fn contains_key(&self, id: &PeerId) -> bool {
        self.place(id).is_some()
    }

    pub fn insert(&mut self, id: PeerId, peer: P) {
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
                self.renumbered();
            }
        }
    }

    pub fn remove(&mut self, id: &PeerId) -> Option<P> {
        let place = self.ids.binary_search(id).ok()?;
        self.ids.remove(place);
        let peer = self.peers.remove(place);
        self.renumbered();
        Some(peer)
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

    pub fn values(&self) -> impl Iterator<Item = &P> {
        self.peers.iter()
    }

    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut P> {
        self.peers.iter_mut()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&PeerId, &P)> + Clone {
        self.ids.iter().zip(&self.peers)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&PeerId, &mut P)> {
        self.ids.iter().zip(&mut self.peers)
    }
}

/// Of a peer that is there.
impl<P> std::ops::Index<&PeerId> for PeerTable<P> {
    type Output = P;

    fn index(&self, id: &PeerId) -> &P {
        self.get(id).expect("callers have seen it")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Side by side with a map, while numbers come and go that leave gaps and that leave none.
    #[wasm_bindgen_test(unsupported = test)]
    fn each_peer_is_found_by_its_number_whether_there_are_gaps_or_not() {
        let (mut table, mut model) = (PeerTable::default(), BTreeMap::new());
        let insertions = [7, 8, 9, 12, 3, 10, 11].map(|id| (id, true));
        let removals = [3, 7, 12, 10, 10, 8, 9, 11].map(|id| (id, false));
        for (id, comes) in insertions.into_iter().chain(removals).chain([(5, true), (u64::MAX, true), (0, true)]) {
            if comes {
                table.insert(PeerId(id), id);
                model.insert(PeerId(id), id);
            } else {
                assert_eq!(table.remove(&PeerId(id)), model.remove(&PeerId(id)));
            }
            for id in (0..14).chain([u64::MAX]).map(PeerId) {
                assert_eq!(table.get(&id), model.get(&id));
                assert_eq!(table.get_mut(&id), model.get_mut(&id));
                assert_eq!(table.get(&id), model.get(&id), "found last");
            }
            assert!(table.iter().eq(&model));
        }
    }
}
