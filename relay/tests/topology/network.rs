//! A topology, who is in it, and what each node was told; and what holds of every shape at any time.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;
use rand::rngs::StdRng;
use tabchain::switchboard::topology::{Changes, LinkError, MAX_LINKS, OtherEnd, Shape, Topology};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

pub const RESIDENT: NodeId = NodeId([0xff; 8]);
pub const SHAPES: [Shape; 5] =
    [Shape::Random { degree: 8 }, Shape::Random { degree: 3 }, Shape::Mesh, Shape::Star, Shape::Ring];

pub fn node(number: usize) -> NodeId {
    NodeId((number as u64).to_be_bytes())
}

/// A topology, who is in it, and what each node was told so far.
pub struct Network {
    pub topology: Topology,
    pub rng: StdRng,
    pub nodes: BTreeSet<NodeId>,
    /// The links of which each node knows.
    pub told: BTreeMap<NodeId, BTreeMap<LinkId, NodeId>>,
}

impl Network {
    pub fn new(shape: Shape, size: usize, seed: u64) -> Self {
        let told = BTreeMap::from([(RESIDENT, BTreeMap::new())]);
        let topology = Topology::new(RESIDENT, shape);
        let mut network = Self { topology, rng: StdRng::seed_from_u64(seed), nodes: BTreeSet::new(), told };
        for number in 0..size {
            network.add(node(number), &[]);
        }
        network
    }

    pub fn add(&mut self, id: NodeId, channels: &[NodeId]) -> Vec<NodeId> {
        let changes = self.topology.add(id, channels, &mut self.rng);
        self.nodes.insert(id);
        self.told.insert(id, BTreeMap::new());
        assert!(changes.new.iter().all(|link| link.other != id), "a newcomer speaks first");
        // A ring that was open may be closed by the way.
        let introduced = changes.new.iter().filter(|link| link.initiator == id).map(|link| link.other).collect();
        self.take_in(&changes, None);
        introduced
    }

    pub fn remove(&mut self, id: NodeId) {
        let changes = self.topology.remove(id, &mut self.rng);
        let lost = self.told.remove(&id).expect("it was there");
        self.nodes.remove(&id);
        let mut told: Vec<NodeId> =
            changes.cut.iter().filter(|cut| cut.reason == LinkEnd::Left).map(|c| c.end).collect();
        told.sort();
        let mut bereft: Vec<NodeId> = lost.into_values().collect();
        bereft.sort();
        assert_eq!(told, bereft, "those who lost a peer are told that it left");
        self.take_in(&changes, None);
    }

    /// One end does not want the link any more.
    pub fn cut(&mut self, id: LinkId, by: NodeId) {
        let changes = self.topology.cut(id, by, &mut self.rng);
        self.take_in(&changes, Some((by, id)));
    }

    pub fn set_shape(&mut self, shape: Shape) -> Changes {
        let changes = self.topology.set_shape(shape, &mut self.rng).expect("it fits");
        self.take_in(&changes, None);
        changes
    }

    pub fn link_for_host(&mut self, a: NodeId, b: NodeId) -> Result<usize, LinkError> {
        let most = |node| if node == RESIDENT { usize::MAX } else { MAX_LINKS };
        let changes = self.topology.link_for_host(a, b, most)?;
        self.take_in(&changes, None);
        Ok(changes.new.len())
    }

    pub fn cut_for_host(&mut self, a: NodeId, b: NodeId) -> Result<(), LinkError> {
        let changes = self.topology.cut_for_host(a, b)?;
        assert!(changes.new.is_empty(), "nothing takes the place of what the host cuts");
        self.take_in(&changes, None);
        Ok(())
    }

    /// What the nodes hear. `cut_by` needs not be told of its own cut.
    pub fn take_in(&mut self, changes: &Changes, cut_by: Option<(NodeId, LinkId)>) {
        for link in &changes.new {
            for (end, other) in [(link.initiator, link.other), (link.other, link.initiator)] {
                let before = self.told.get_mut(&end).expect("only who is there is told").insert(link.id, other);
                assert_eq!(before, None, "a link's number was used before");
            }
        }
        let own = cut_by.into_iter();
        for (end, id) in changes.cut.iter().map(|cut| (cut.end, cut.id)).chain(own) {
            let known = self.told.get_mut(&end).expect("only who is there is told").remove(&id);
            assert!(known.is_some(), "{end} is told of the end of a link that it has not");
        }
    }

    pub fn check(&self) {
        let mut known = BTreeSet::new();
        for (id, pair, _) in self.topology.links() {
            let [a, b] = pair.nodes();
            assert_ne!(a, b);
            assert!(known.insert(pair), "{a} and {b} are linked twice");
            assert_eq!(self.topology.other_end(id, a), OtherEnd::Node(b));
            assert_eq!(self.topology.other_end(id, b), OtherEnd::Node(a));
            assert_eq!((self.told[&a].get(&id), self.told[&b].get(&id)), (Some(&b), Some(&a)));
        }
        assert_eq!(self.told.values().map(BTreeMap::len).sum::<usize>(), 2 * known.len(), "nobody knows of more");
    }

    pub fn is_linked(&self, a: NodeId, b: NodeId) -> bool {
        self.topology.neighbours(a).contains(&b)
    }

    pub fn link(&self, a: NodeId, b: NodeId) -> LinkId {
        *self.told[&a].iter().find(|(_, other)| **other == b).expect("the two are linked").0
    }

    /// Links with others than the resident.
    pub fn degree(&self, node: NodeId) -> usize {
        self.topology.neighbours(node).iter().filter(|other| **other != RESIDENT).count()
    }

    /// Whether everyone among `members` reaches everyone over links between them.
    pub fn is_connected(&self, members: &BTreeSet<NodeId>) -> bool {
        let Some(&first) = members.first() else { return true };
        let (mut reached, mut open) = (BTreeSet::from([first]), vec![first]);
        while let Some(node) = open.pop() {
            for other in self.topology.neighbours(node) {
                if members.contains(&other) && reached.insert(other) {
                    open.push(other);
                }
            }
        }
        reached.len() == members.len()
    }

    pub fn everyone(&self) -> BTreeSet<NodeId> {
        self.nodes.iter().copied().chain([RESIDENT]).collect()
    }

    /// What each shape promises of a network that nobody has cut anything in.
    pub fn check_shape(&self) {
        self.check();
        let count = self.nodes.len();
        assert!(self.is_connected(&self.everyone()));
        for &id in &self.nodes {
            let (degree, with_resident) = (self.degree(id), self.is_linked(id, RESIDENT));
            match self.topology.shape() {
                Shape::Random { degree: wanted } => {
                    assert!(with_resident && degree >= wanted.min(count - 1), "{id} has {degree} links");
                    assert!(degree <= 3 * wanted, "{id} carries the network with {degree} links");
                }
                Shape::Mesh => assert!(with_resident && degree == count - 1, "{id} has {degree} links"),
                Shape::Star => assert!(with_resident && degree == 0, "{id} has {degree} links"),
                Shape::Ring => assert_eq!(degree + usize::from(with_resident), count.min(2), "{id}"),
            }
        }
        if self.topology.shape() == Shape::Ring {
            assert_eq!(self.topology.neighbours(RESIDENT).len(), count.min(2), "the resident is a member like any");
        }
    }
}
