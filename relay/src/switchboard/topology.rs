//! Who is linked with whom, and who should be: plain data, no sockets.
//!
//! Every node is linked with the resident and with up to [`WANTED_DEGREE`] others at random, which keeps the network
//! connected with high probability and its diameter small. A link has one number, used at both ends, so that a carried
//! frame goes out as it came in.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use rand::Rng;
use rand::seq::IteratorRandom;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

/// Other nodes, besides the resident, that a node is introduced to (Bitcoin Core's outbound full-relay connections).
pub const WANTED_DEGREE: usize = 8;
/// Nobody is introduced to a node with this many links: those that came early would carry the network.
const MAX_DEGREE: usize = 24;
/// Links that ended are remembered for a while: frames for them may be on the way.
const REMEMBERED_CUTS: usize = 64;
/// Others that a node is remembered not to want, the oldest forgotten: more than a class has, and few enough to look
/// through. A node that comes again after so many others is at worst cut once more.
const MAX_AVOIDED: usize = 256;

#[derive(Debug)]
pub struct Topology {
    resident: NodeId,
    nodes: HashMap<NodeId, Node>,
    links: HashMap<LinkId, [NodeId; 2]>,
    last_link: u32,
}

#[derive(Debug, Default)]
struct Node {
    /// Links with others, the resident left out.
    links: BTreeMap<LinkId, NodeId>,
    resident_link: Option<LinkId>,
    cut: VecDeque<LinkId>,
    /// Others that one of the two did not want to be linked with, oldest first.
    avoided: VecDeque<NodeId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLink {
    pub id: LinkId,
    /// Speaks first.
    pub initiator: NodeId,
    pub other: NodeId,
}

/// A link that is no more, at an end that has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutLink {
    pub id: LinkId,
    pub end: NodeId,
    pub reason: LinkEnd,
}

/// What a change of the topology means for those in it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub cut: Vec<CutLink>,
    pub new: Vec<NewLink>,
}

/// Where a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherEnd {
    Node(NodeId),
    /// There was such a link a moment ago.
    JustCut,
    /// There was none; the sender is confused or makes numbers up.
    Unknown,
}

impl Topology {
    pub fn new(resident: NodeId) -> Self {
        Self { resident, nodes: HashMap::new(), links: HashMap::new(), last_link: 0 }
    }

    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// Adds a node that is not there, and introduces it: first to those with which it has channels from before.
    pub fn add(&mut self, node: NodeId, channels: &[NodeId], rng: &mut impl Rng) -> Changes {
        self.nodes.insert(node, Node::default());
        let mut changes = Changes::default();
        changes.new.push(self.link(node, self.resident));
        for &other in channels {
            let entry = &self.nodes[&node];
            let known = other == node || entry.links.values().any(|linked| *linked == other);
            if !known && self.nodes.get(&other).is_some_and(|candidate| !candidate.avoided.contains(&node)) {
                changes.new.push(self.link(node, other));
            }
        }
        self.fill_up(node, rng, &mut changes);
        changes
    }

    /// Takes a node out, and finds new links for those who lost one. Only ends that stay are told.
    pub fn remove(&mut self, node: NodeId, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let Some(gone) = self.nodes.remove(&node) else { return changes };
        if let Some(id) = gone.resident_link {
            self.links.remove(&id);
            changes.cut.push(CutLink { id, end: self.resident, reason: LinkEnd::Left });
        }
        for (&id, &other) in &gone.links {
            self.links.remove(&id);
            self.forget(other, id);
            changes.cut.push(CutLink { id, end: other, reason: LinkEnd::Left });
        }
        // Whoever returns is judged anew; what is kept of those who left would only grow.
        for entry in self.nodes.values_mut() {
            entry.avoided.retain(|avoided| *avoided != node);
        }
        for &other in gone.links.values() {
            self.fill_up(other, rng, &mut changes);
        }
        changes
    }

    /// Cuts a link because the node at one end wants it, and does not link the two again. Only the other end is told.
    pub fn cut(&mut self, id: LinkId, by: NodeId, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let OtherEnd::Node(other) = self.other_end(id, by) else { return changes };
        self.links.remove(&id);
        changes.cut.push(CutLink { id, end: other, reason: LinkEnd::Cut });
        for (node, avoided) in [(by, other), (other, by)] {
            self.forget(node, id);
            if let Some(node) = self.nodes.get_mut(&node) {
                node.avoid(avoided);
            }
        }
        for node in [by, other] {
            self.fill_up(node, rng, &mut changes);
        }
        changes
    }

    pub fn other_end(&self, id: LinkId, from: NodeId) -> OtherEnd {
        match self.links.get(&id) {
            Some([a, b]) if *a == from => OtherEnd::Node(*b),
            Some([a, b]) if *b == from => OtherEnd::Node(*a),
            _ if self.nodes.get(&from).is_some_and(|node| node.cut.contains(&id)) => OtherEnd::JustCut,
            _ => OtherEnd::Unknown,
        }
    }

    /// Everyone that a node is linked with, the resident included.
    pub fn neighbours(&self, node: NodeId) -> Vec<NodeId> {
        let Some(entry) = self.nodes.get(&node) else { return Vec::new() };
        entry.resident_link.map(|_| self.resident).into_iter().chain(entry.links.values().copied()).collect()
    }

    fn fill_up(&mut self, node: NodeId, rng: &mut impl Rng, changes: &mut Changes) {
        let Some(entry) = self.nodes.get(&node) else { return };
        let missing = WANTED_DEGREE.saturating_sub(entry.links.len());
        if missing == 0 {
            return;
        }
        let neighbours: HashSet<NodeId> = entry.links.values().copied().collect();
        let candidates = self.nodes.iter().filter(|(id, candidate)| {
            **id != node
                && candidate.links.len() < MAX_DEGREE
                && !neighbours.contains(id)
                && !entry.avoided.contains(id)
                // One of the two may have forgotten what the other remembers.
                && !candidate.avoided.contains(&node)
        });
        let chosen = candidates.map(|(id, _)| *id).choose_multiple(rng, missing);
        for other in chosen {
            changes.new.push(self.link(node, other));
        }
    }

    fn link(&mut self, initiator: NodeId, other: NodeId) -> NewLink {
        let id = self.unused_link();
        self.links.insert(id, [initiator, other]);
        for (end, opposite) in [(initiator, other), (other, initiator)] {
            if let Some(node) = self.nodes.get_mut(&end) {
                if opposite == self.resident {
                    node.resident_link = Some(id);
                } else {
                    node.links.insert(id, opposite);
                }
            }
        }
        NewLink { id, initiator, other }
    }

    /// Numbers count up. After four billion links they begin again, and pass over those still in use.
    fn unused_link(&mut self) -> LinkId {
        loop {
            self.last_link = self.last_link.wrapping_add(1);
            let id = LinkId(self.last_link);
            if !self.links.contains_key(&id) {
                return id;
            }
        }
    }

    fn forget(&mut self, node: NodeId, id: LinkId) {
        let Some(node) = self.nodes.get_mut(&node) else { return };
        node.links.remove(&id);
        if node.resident_link == Some(id) {
            node.resident_link = None;
        }
        if node.cut.len() == REMEMBERED_CUTS {
            node.cut.pop_front();
        }
        node.cut.push_back(id);
    }
}

impl Node {
    fn avoid(&mut self, other: NodeId) {
        if self.avoided.contains(&other) {
            return;
        }
        if self.avoided.len() == MAX_AVOIDED {
            self.avoided.pop_front();
        }
        self.avoided.push_back(other);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const RESIDENT: NodeId = NodeId([0xff; 8]);

    fn node(number: u8) -> NodeId {
        NodeId([number; 8])
    }

    fn network(size: u8) -> (Topology, StdRng) {
        let mut rng = StdRng::seed_from_u64(7);
        let mut topology = Topology::new(RESIDENT);
        for number in 0..size {
            topology.add(node(number), &[], &mut rng);
        }
        (topology, rng)
    }

    /// Both ends know a link, nobody is linked twice with the same node, and degrees are as wanted.
    fn check(topology: &Topology) {
        for (&id, &[a, b]) in &topology.links {
            assert_eq!(topology.other_end(id, a), OtherEnd::Node(b));
            assert_eq!(topology.other_end(id, b), OtherEnd::Node(a));
        }
        let count = topology.nodes.len();
        for (id, entry) in &topology.nodes {
            let neighbours: HashSet<_> = entry.links.values().collect();
            assert_eq!(neighbours.len(), entry.links.len(), "{id} is linked twice with the same node");
            assert!(!neighbours.contains(id), "{id} is linked with itself");
            assert!(entry.links.len() >= WANTED_DEGREE.min(count - 1), "{id} has {} links", entry.links.len());
            assert!(entry.links.len() <= MAX_DEGREE);
        }
    }

    #[test]
    fn everyone_is_linked_with_the_resident_and_some_others() {
        for size in [1, 2, 9, 60] {
            let (topology, _) = network(size);
            check(&topology);
            for number in 0..size {
                assert!(topology.neighbours(node(number)).contains(&RESIDENT));
            }
        }
    }

    #[test]
    fn a_newcomer_speaks_first() {
        let (mut topology, mut rng) = network(20);
        let changes = topology.add(node(20), &[], &mut rng);
        assert_eq!(changes.new.len(), WANTED_DEGREE + 1);
        assert!(changes.new.iter().all(|link| link.initiator == node(20)));
        assert_eq!(changes.new[0].other, RESIDENT);
    }

    #[test]
    fn those_who_lost_a_link_get_another() {
        let (mut topology, mut rng) = network(40);
        for number in 0..25 {
            let told: HashSet<_> = topology.neighbours(node(number)).into_iter().collect();
            let changes = topology.remove(node(number), &mut rng);
            assert_eq!(changes.cut.iter().map(|cut| cut.end).collect::<HashSet<_>>(), told);
            check(&topology);
        }
    }

    #[test]
    fn two_that_were_cut_apart_stay_apart() {
        let (mut topology, mut rng) = network(2);
        let id = *topology.nodes[&node(0)].links.keys().next().expect("two nodes are linked");
        let changes = topology.cut(id, node(0), &mut rng);
        assert_eq!(changes, Changes { cut: vec![CutLink { id, end: node(1), reason: LinkEnd::Cut }], new: vec![] });
        topology.add(node(2), &[], &mut rng);
        assert!(!topology.neighbours(node(0)).contains(&node(1)));
    }

    #[test]
    fn who_left_is_no_longer_avoided() {
        let (mut topology, mut rng) = network(2);
        let id = *topology.nodes[&node(0)].links.keys().next().expect("two nodes are linked");
        topology.cut(id, node(0), &mut rng);
        topology.remove(node(1), &mut rng);
        assert!(topology.nodes[&node(0)].avoided.is_empty());
        topology.add(node(1), &[], &mut rng);
        assert!(topology.neighbours(node(0)).contains(&node(1)));
    }

    #[test]
    fn a_node_that_avoids_many_forgets_the_oldest_and_is_still_introduced() {
        let (mut topology, mut rng) = network(1);
        let stranger = |number: usize| {
            let [.., high, low] = number.to_be_bytes();
            NodeId([0xee, 0, 0, 0, 0, 0, high, low])
        };
        let picky = topology.nodes.get_mut(&node(0)).expect("it is there");
        for number in 0..=MAX_AVOIDED {
            picky.avoid(stranger(number));
        }
        assert_eq!(picky.avoided.len(), MAX_AVOIDED);
        for (number, linked) in [(0, true), (1, false), (MAX_AVOIDED, false), (MAX_AVOIDED + 1, true)] {
            topology.add(stranger(number), &[], &mut rng);
            assert_eq!(topology.neighbours(node(0)).contains(&stranger(number)), linked, "{number}");
        }
        // What only one of the two remembers counts as well.
        topology.add(node(1), &[], &mut rng);
        topology.remove(node(1), &mut rng);
        let mut newcomer = Node::default();
        newcomer.avoid(node(0));
        topology.nodes.insert(node(1), newcomer);
        topology.fill_up(node(0), &mut rng, &mut Changes::default());
        assert!(!topology.neighbours(node(0)).contains(&node(1)));
    }

    #[test]
    fn a_link_belongs_to_its_ends_and_is_remembered_for_a_while() {
        let (mut topology, mut rng) = network(3);
        let (&id, &other) = topology.nodes[&node(0)].links.iter().next().expect("linked");
        let third = (1..3).map(node).find(|id| *id != other).expect("three nodes");
        assert_eq!(topology.other_end(id, third), OtherEnd::Unknown);
        topology.remove(other, &mut rng);
        assert_eq!(topology.other_end(id, node(0)), OtherEnd::JustCut);
        assert_eq!(topology.other_end(LinkId(999), node(0)), OtherEnd::Unknown);
    }
}
