//! Limits on hash rates that experiments set, and what nodes kept to before: that comes back when no experiment needs the limits any
//! more, for a host who mines on afterwards means to have all of the class's work.

use serde::{Deserialize, Serialize};
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::primitives::NodeId;

use crate::operator::Peer;

/// Of a rate that has been written as text and read again.
const ROUNDING: f64 = 1e-9;

/// Nodes that were slowed down.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct HeldLimits(Vec<Held>);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Held {
    node: NodeId,
    before: Option<HashrateLimit>,
    /// Hashes per second.
    set: f64,
}

impl Held {
    /// Whether the node mines, and as slowly as it was told for an experiment: whatever else it keeps to, somebody else ordered.
    fn is_in_force(&self, peer: &Peer) -> bool {
        let is_set = |rate: f64| (rate / self.set - 1.0).abs() < ROUNDING;
        peer.mining == Some(true) && matches!(peer.limit, Some(HashrateLimit::HashesPerSecond(rate)) if is_set(rate))
    }
}

impl HeldLimits {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A node is about to be slowed down. What it kept to before the first experiment stays known.
    pub fn hold(&mut self, peer: &Peer, set: f64) {
        let ours = self.0.iter().position(|held| held.node == peer.id).map(|place| self.0.swap_remove(place));
        let before = ours.filter(|held| held.is_in_force(peer)).map_or(peer.limit, |held| held.before);
        self.0.push(Held { node: peer.id, before, set });
    }

    /// Which nodes are to go back to what. They stay held until they have, as do those that are away.
    pub fn owed(&mut self, peers: &[Peer]) -> Vec<(NodeId, Option<HashrateLimit>)> {
        let peer = |held: &Held| peers.iter().find(|peer| peer.id == held.node);
        self.0.retain(|held| peer(held).is_none_or(|peer| held.is_in_force(peer)));
        self.0.iter().filter(|held| peer(held).is_some()).map(|held| (held.node, held.before)).collect()
    }

    /// It refuses, and is its person's.
    pub fn forget(&mut self, node: NodeId) {
        self.0.retain(|held| held.node != node);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn peer(number: u8, mining: bool, limit: Option<HashrateLimit>) -> Peer {
        let id = NodeId([number; 8]);
        let told = serde_json::json!({
            "id": id, "name": "ada", "kind": "tab", "resident": false, "claim_doubted": false, "links": [], "mining": mining, "limit": limit,
        });
        serde_json::from_value(told).expect("what a relay tells of a node")
    }

    #[test]
    fn what_there_was_before_comes_back() {
        let share = Some(HashrateLimit::MachineShare(0.25));
        let slow = |rate| Some(HashrateLimit::HashesPerSecond(rate));
        let mut held = HeldLimits::default();
        for (number, before) in [(1, None), (2, share), (3, None), (4, None), (5, None)] {
            held.hold(&peer(number, true, before), 40.0 / 3.0);
        }
        let kept = serde_json::to_string(&held).expect("plain data");
        let mut held: HeldLimits = serde_json::from_str(&kept).expect("what was written");
        let peers = [
            peer(1, true, slow(40.0 / 3.0)),
            peer(2, true, slow(13.333_333_333_333_3)),
            // Told something else meanwhile, and stopped.
            peer(3, true, slow(5.0)),
            peer(4, false, slow(40.0 / 3.0)),
        ];
        let before = [(NodeId([1; 8]), None), (NodeId([2; 8]), share)];
        assert_eq!(held.owed(&peers), before);
        assert_eq!(held.owed(&peers[..1]), before[..1], "until it has gone back to it");
        assert_eq!(held.owed(&[peer(1, true, None), peer(2, true, share)]), []);
        assert!(!held.is_empty(), "the fifth is away");
        assert_eq!(held.owed(&[peer(5, true, None)]), [], "and comes back without a limit");
        assert!(held.is_empty());
    }

    #[test]
    fn a_second_experiment_does_not_take_the_first_for_the_state_before() {
        let slow = |rate| Some(HashrateLimit::HashesPerSecond(rate));
        let mut held = HeldLimits::default();
        held.hold(&peer(1, true, slow(100.0)), 40.0);
        held.hold(&peer(1, true, slow(40.0)), 30.0);
        assert_eq!(held.owed(&[peer(1, true, slow(30.0))]), [(NodeId([1; 8]), slow(100.0))]);
        // But what the host has ordered since counts.
        held.hold(&peer(1, true, slow(70.0)), 20.0);
        assert_eq!(held.owed(&[peer(1, true, slow(20.0))]), [(NodeId([1; 8]), slow(70.0))]);
        held.forget(NodeId([1; 8]));
        assert!(held.is_empty());
    }
}
