//! What hosts have this node's links do: frames that it sends are held back or lost as the fault in force says.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::{HeldFrames, LinkFault};
use tabchain_shared::wire::switchboard::LinkReport;

/// The nodes at the other ends of links with a fault. Written by the node's loop alone, read for what is shown.
#[derive(Debug, Clone, Default)]
pub struct FaultyLinks(Arc<Mutex<BTreeSet<NodeId>>>);

impl FaultyLinks {
    pub fn mark(&self, links: &mut [LinkReport]) {
        let faulty = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for link in links {
            link.faulty = faulty.contains(&link.node);
        }
    }

    fn set(&self, nodes: BTreeSet<NodeId>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = nodes;
    }
}

pub(super) struct Faults {
    by_peer: HashMap<PeerId, (NodeId, LinkFault)>,
    held: HeldFrames<PeerId>,
    /// Times are counted from here, by the clock that only goes forward.
    started: Instant,
    shown: FaultyLinks,
}

impl Faults {
    pub fn new(shown: FaultyLinks) -> Self {
        Self { by_peer: HashMap::new(), held: HeldFrames::default(), started: Instant::now(), shown }
    }

    pub fn set(&mut self, peer: PeerId, node: NodeId, fault: Option<LinkFault>) {
        if let Some(fault) = fault {
            self.by_peer.insert(peer, (node, fault));
        } else {
            self.by_peer.remove(&peer);
            self.held.release(peer);
        }
        self.show();
    }

    /// The peer is gone.
    pub fn forget(&mut self, peer: PeerId) {
        self.held.forget(peer);
        if self.by_peer.remove(&peer).is_some() {
            self.show();
        }
    }

    /// A frame that is to go to a peer, if it is to go now.
    #[must_use]
    pub fn pass(&mut self, peer: PeerId, frame: Vec<u8>) -> Option<Vec<u8>> {
        let fault = self.by_peer.get(&peer).map(|(_, fault)| fault);
        self.held.pass(peer, millis(self.started), frame, fault, rand::random())
    }

    pub fn take_due(&mut self) -> Vec<(PeerId, Vec<u8>)> {
        self.held.take_due(millis(self.started))
    }

    /// When the next frame goes.
    pub fn due(&self) -> Option<Instant> {
        self.held.next_due().map(|at| self.started + Duration::from_millis(at))
    }

    fn show(&self) {
        self.shown.set(self.by_peer.values().map(|(node, _)| *node).collect());
    }
}

fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
