//! What the host does to this node's links: frames that the node sends are held back or lost as the fault in force says, on
//! the relay's links as on channels, and the page is told.
//!
//! A fault is an order: a node that does not follow the host sends as before. Who is linked with whom is the host's to say in
//! either case.

use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use litemap::LiteMap;
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::{HeldFrames, LinkFault};
use tabchain_shared::wire::switchboard::{LinkId, MAX_TOLD_CUTS, Separation};

use super::{Driver, Happening};
use crate::bridge::{Interference, NamedFault, NamedNode};
use crate::browser;

#[derive(Default)]
pub struct Faults {
    by_node: LiteMap<NodeId, LinkFault>,
    held: HeldFrames<PeerId>,
    separation: Separation,
    /// What peers were called that are gone.
    names: HashMap<NodeId, String>,
    wake: Option<Timeout>,
}

impl Faults {
    /// Nodes towards which this one does what a fault says, if it follows the host.
    pub fn has(&self, node: NodeId) -> bool {
        self.by_node.contains_key(&node)
    }

    /// There is no such link any more.
    pub fn forget_others(&mut self, is_linked: impl Fn(NodeId) -> bool) {
        self.by_node.retain(|node, _| is_linked(*node));
    }

    pub fn forget(&mut self, peer: PeerId) {
        self.held.forget(peer);
    }

    pub fn set_separation(&mut self, separation: Separation) {
        self.separation = separation;
    }

    fn remember_name(&mut self, node: NodeId, name: String) {
        let cut = &self.separation.cut;
        if self.names.len() > MAX_TOLD_CUTS {
            self.names.retain(|node, _| cut.contains(node));
        }
        self.names.insert(node, name);
    }

    /// For the page. `name_of`: what peers are called now.
    pub fn view(&self, name_of: impl Fn(NodeId) -> Option<String>) -> Interference {
        let named = |node| NamedNode { node, name: name_of(node).or_else(|| self.names.get(&node).cloned()) };
        Interference {
            faults: self.by_node.iter().map(|(node, fault)| NamedFault { node: named(*node), fault: *fault }).collect(),
            part: self.separation.part,
            cut: self.separation.cut.iter().map(|node| named(*node)).collect(),
        }
    }
}

impl Driver {
    /// The host's word on a link.
    pub(super) fn fault_ordered(&mut self, link: LinkId, fault: Option<LinkFault>) {
        if let Some(node) = self.links.node_of(link) {
            // A newer relay may allow more than this build can do.
            self.set_fault(node, fault.filter(|fault| fault.check().is_ok()));
        }
    }

    pub(super) fn set_fault(&mut self, node: NodeId, fault: Option<LinkFault>) {
        let before = match fault {
            Some(fault) => self.faults.by_node.insert(node, fault),
            None => self.faults.by_node.remove(&node),
        };
        if fault.is_none()
            && let Some(peer) = self.links.peer_of(node)
        {
            self.faults.held.release(peer);
            self.send_due();
        }
        if before != fault {
            self.view_changed();
            self.report_changed();
        }
    }

    /// The person follows the host no more: nothing is held back for it.
    pub(super) fn release_all(&mut self) {
        for node in self.faults.by_node.keys() {
            if let Some(peer) = self.links.peer_of(*node) {
                self.faults.held.release(peer);
            }
        }
        self.send_due();
    }

    /// A peer goes. Should the host have cut the link, the page is to name the node; and the other end may close its channel before the
    /// relay has told this one why.
    pub(super) fn remember_gone(&mut self, peer: PeerId) {
        let views = self.resident.as_ref().map(|resident| resident.node.peer_views()).unwrap_or_default();
        if let Some(view) = views.into_iter().find(|view| view.peer == peer) {
            self.faults.remember_name(view.node, view.name);
        }
    }

    /// A frame of the node's, by way of what the host does to that link.
    pub(super) fn send(&mut self, peer: PeerId, frame: Vec<u8>) {
        let follows = self.resident.as_ref().is_some_and(|resident| resident.identity.follows_host);
        let fault = self.links.node_of_peer(peer).filter(|_| follows).and_then(|node| self.faults.by_node.get(&node));
        let draws = [browser::random_fraction(), browser::random_fraction()];
        match self.faults.held.pass(peer, millis(), frame, fault, draws) {
            Some(frame) => self.send_at_once(peer, frame),
            None => self.wake_for_held(),
        }
    }

    /// Sends what has been held back for long enough.
    pub(super) fn send_due(&mut self) {
        for (peer, frame) in self.faults.held.take_due(millis()) {
            self.send_at_once(peer, frame);
        }
        self.send_gathered();
        self.wake_for_held();
    }

    fn wake_for_held(&mut self) {
        let happenings = self.happenings.clone();
        self.faults.wake = self.faults.held.next_due().map(|at| {
            let pause = u32::try_from(at.saturating_sub(millis())).unwrap_or(u32::MAX).min(1 << 30);
            Timeout::new(pause, move || happenings.tell(Happening::FramesDue))
        });
    }
}

/// On a clock that is never set back.
fn millis() -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and far below 2^53")]
    let millis = browser::monotonic_millis() as u64;
    millis
}
