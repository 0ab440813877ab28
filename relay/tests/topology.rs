//! Shapes of the network as plain data: what each asks for, that the host's links stand above it, and that whoever comes,
//! leaves or cuts, the network stays as it should be.
//!
//! What is held for every shape: both ends know a link, nobody is linked twice with one node or with itself, those told of
//! a change are those whom it concerns. A ring and a mesh are connected again after every departure, the resident left out or
//! not. Random links are that with high probability only; that they are, for degrees from 3 on and without the resident,
//! is tried over many seeds. With the resident every shape is connected as long as nobody cuts a link by hand.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use tabchain::switchboard::topology::{
    Changes, LinkError, MAX_LINKS, MadeBy, OtherEnd, Pair, Shape, ShapeError, Topology,
};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

const RESIDENT: NodeId = NodeId([0xff; 8]);
const SHAPES: [Shape; 5] =
    [Shape::Random { degree: 8 }, Shape::Random { degree: 3 }, Shape::Mesh, Shape::Star, Shape::Ring];

fn node(number: usize) -> NodeId {
    NodeId((number as u64).to_be_bytes())
}

/// A topology, who is in it, and what each node was told so far.
struct Network {
    topology: Topology,
    rng: StdRng,
    nodes: BTreeSet<NodeId>,
    /// The links of which each node knows.
    told: BTreeMap<NodeId, BTreeMap<LinkId, NodeId>>,
}

impl Network {
    fn new(shape: Shape, size: usize, seed: u64) -> Self {
        let told = BTreeMap::from([(RESIDENT, BTreeMap::new())]);
        let topology = Topology::new(RESIDENT, shape);
        let mut network = Self { topology, rng: StdRng::seed_from_u64(seed), nodes: BTreeSet::new(), told };
        for number in 0..size {
            network.add(node(number), &[]);
        }
        network
    }

    fn add(&mut self, id: NodeId, channels: &[NodeId]) -> Vec<NodeId> {
        let changes = self.topology.add(id, channels, &mut self.rng);
        self.nodes.insert(id);
        self.told.insert(id, BTreeMap::new());
        assert!(changes.new.iter().all(|link| link.other != id), "a newcomer speaks first");
        // A ring that was open may be closed by the way.
        let introduced = changes.new.iter().filter(|link| link.initiator == id).map(|link| link.other).collect();
        self.take_in(&changes, None);
        introduced
    }

    fn remove(&mut self, id: NodeId) {
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
    fn cut(&mut self, id: LinkId, by: NodeId) {
        let changes = self.topology.cut(id, by, &mut self.rng);
        self.take_in(&changes, Some((by, id)));
    }

    fn set_shape(&mut self, shape: Shape) -> Changes {
        let changes = self.topology.set_shape(shape, &mut self.rng).expect("it fits");
        self.take_in(&changes, None);
        changes
    }

    fn link_for_host(&mut self, a: NodeId, b: NodeId) -> Result<usize, LinkError> {
        let changes = self.topology.link_for_host(a, b)?;
        self.take_in(&changes, None);
        Ok(changes.new.len())
    }

    fn cut_for_host(&mut self, a: NodeId, b: NodeId) -> Result<(), LinkError> {
        let changes = self.topology.cut_for_host(a, b)?;
        assert!(changes.new.is_empty(), "nothing takes the place of what the host cuts");
        self.take_in(&changes, None);
        Ok(())
    }

    /// What the nodes hear. `cut_by` needs not be told of its own cut.
    fn take_in(&mut self, changes: &Changes, cut_by: Option<(NodeId, LinkId)>) {
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

    fn check(&self) {
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

    fn is_linked(&self, a: NodeId, b: NodeId) -> bool {
        self.topology.neighbours(a).contains(&b)
    }

    fn link(&self, a: NodeId, b: NodeId) -> LinkId {
        *self.told[&a].iter().find(|(_, other)| **other == b).expect("the two are linked").0
    }

    /// Links with others than the resident.
    fn degree(&self, node: NodeId) -> usize {
        self.topology.neighbours(node).iter().filter(|other| **other != RESIDENT).count()
    }

    /// Whether everyone among `members` reaches everyone over links between them.
    fn is_connected(&self, members: &BTreeSet<NodeId>) -> bool {
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

    fn everyone(&self) -> BTreeSet<NodeId> {
        self.nodes.iter().copied().chain([RESIDENT]).collect()
    }

    /// What each shape promises of a network that nobody has cut anything in.
    fn check_shape(&self) {
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

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (1..=8_usize).prop_map(|degree| Shape::Random { degree }),
        Just(Shape::Mesh),
        Just(Shape::Star),
        Just(Shape::Ring),
    ]
}

#[derive(Debug, Clone)]
enum Step {
    Join,
    Leave(prop::sample::Index),
    Reshape(Shape),
    HostLinks(prop::sample::Index, prop::sample::Index),
    HostCuts(prop::sample::Index),
    EndCuts(prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let any = any::<prop::sample::Index>;
    prop_oneof![
        4 => Just(Step::Join),
        3 => any().prop_map(Step::Leave),
        1 => shape().prop_map(Step::Reshape),
        2 => (any(), any()).prop_map(|(a, b)| Step::HostLinks(a, b)),
        1 => any().prop_map(Step::HostCuts),
        2 => any().prop_map(Step::EndCuts),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Comings, goings and changes of shape, in any order: each shape is what it promises after every step.
    #[test]
    fn a_shape_is_kept_by_whoever_comes_and_goes(
        first in shape(),
        steps in prop::collection::vec(prop_oneof![4 => Just(None), 3 => any::<prop::sample::Index>().prop_map(Some)], 1..80),
        then in shape(),
        seed in any::<u64>(),
    ) {
        let mut network = Network::new(first, 5, seed);
        let mut next = 5;
        for (index, step) in steps.iter().enumerate() {
            if index == steps.len() / 2 {
                network.set_shape(then);
            }
            match step {
                None => {
                    network.add(node(next), &[]);
                    next += 1;
                }
                Some(_) if network.nodes.is_empty() => {}
                Some(index) => {
                    let leaver = *index.get(&network.nodes.iter().copied().collect::<Vec<_>>());
                    network.remove(leaver);
                }
            }
            network.check_shape();
        }
    }

    /// Whatever the host and the nodes do as well: both ends know each link, links that the host made stay, and what was
    /// cut stays cut.
    #[test]
    fn what_was_made_stays_and_what_was_cut_stays_cut(
        first in shape(),
        steps in prop::collection::vec(step(), 1..80),
        seed in any::<u64>(),
    ) {
        let mut network = Network::new(first, 8, seed);
        let mut next = 8;
        let (mut made, mut cut) = (BTreeSet::new(), BTreeSet::new());
        for step in steps {
            let everyone: Vec<NodeId> = network.everyone().into_iter().collect();
            let links: Vec<(LinkId, Pair)> = network.topology.links().map(|(id, pair, _)| (id, pair)).collect();
            match step {
                Step::Join => {
                    network.add(node(next), &[]);
                    next += 1;
                }
                Step::Leave(_) if network.nodes.is_empty() => {}
                Step::Leave(index) => {
                    let leaver = *index.get(&network.nodes.iter().copied().collect::<Vec<_>>());
                    network.remove(leaver);
                    made.retain(|pair: &Pair| pair.other(leaver).is_none());
                    cut.retain(|pair: &Pair| pair.other(leaver).is_none());
                }
                Step::Reshape(shape) => {
                    network.set_shape(shape);
                    made.clear();
                    cut.clear();
                    let wanted_by_shape = network.topology.links().all(|(_, _, made_by)| made_by == MadeBy::Shape);
                    prop_assert!(wanted_by_shape);
                }
                Step::HostLinks(a, b) => {
                    let (a, b) = (*a.get(&everyone), *b.get(&everyone));
                    if network.link_for_host(a, b).is_ok() {
                        made.insert(Pair::new(a, b));
                        cut.remove(&Pair::new(a, b));
                    } else {
                        prop_assert_eq!(a, b);
                    }
                }
                Step::HostCuts(_) | Step::EndCuts(_) if links.is_empty() => {}
                Step::HostCuts(index) => {
                    let pair = index.get(&links).1;
                    let [a, b] = pair.nodes();
                    network.cut_for_host(a, b).expect("they are linked");
                    made.remove(&pair);
                    cut.insert(pair);
                }
                Step::EndCuts(index) => {
                    let (id, pair) = *index.get(&links);
                    network.cut(id, pair.nodes()[0]);
                    made.remove(&pair);
                    cut.insert(pair);
                }
            }
            network.check();
            for (linked, pairs) in [(true, &made), (false, &cut)] {
                for pair in pairs {
                    let [a, b] = pair.nodes();
                    prop_assert_eq!(network.is_linked(a, b), linked, "{} {}", a, b);
                }
            }
        }
    }
}

#[test]
fn each_shape_is_what_it_promises_at_any_size() {
    for shape in SHAPES {
        for size in [1, 2, 3, 4, 9, 60] {
            Network::new(shape, size, 7).check_shape();
        }
    }
}

/// A change of shape touches only what has to change.
#[test]
fn links_that_two_shapes_share_stay() {
    for (from, to, kept) in [
        (Shape::Star, Shape::Random { degree: 8 }, 40),
        (Shape::Random { degree: 3 }, Shape::Mesh, usize::MAX),
        (Shape::Mesh, Shape::Star, 40),
        // The walk along the links that are there can close the ring nearly everywhere.
        (Shape::Mesh, Shape::Ring, 41),
        (Shape::Random { degree: 8 }, Shape::Ring, 30),
        (Shape::Ring, Shape::Ring, 41),
        (Shape::Mesh, Shape::Random { degree: 4 }, 100),
    ] {
        let mut network = Network::new(from, 40, 7);
        let before: BTreeMap<Pair, LinkId> = network.topology.links().map(|(id, pair, _)| (pair, id)).collect();
        let changes = network.set_shape(to);
        network.check_shape();
        let after: BTreeMap<Pair, LinkId> = network.topology.links().map(|(id, pair, _)| (pair, id)).collect();
        let stayed = before.iter().filter(|(pair, id)| after.get(pair) == Some(id)).count();
        assert!(stayed >= kept.min(before.len()), "{from:?} to {to:?} kept {stayed} of {} links", before.len());
        assert_eq!(changes.new.len(), after.len() - stayed);
        assert_eq!(changes.cut.len(), 2 * (before.len() - stayed), "both ends are told");
        assert!(changes.cut.iter().all(|cut| cut.reason == LinkEnd::Cut));
    }
}

/// A third of the class closes its laptops at once. Nobody who stays needs the resident to reach the others.
#[test]
fn the_network_survives_that_a_third_leaves_at_once() {
    for (shape, seeds) in
        [(Shape::Random { degree: 3 }, 100), (Shape::Random { degree: 8 }, 30), (Shape::Mesh, 10), (Shape::Ring, 30)]
    {
        for seed in 0..seeds {
            let size = 12 + usize::try_from(seed % 50).expect("small");
            let mut network = Network::new(shape, size, seed);
            let mut leavers: Vec<NodeId> = network.nodes.iter().copied().collect();
            leavers.shuffle(&mut StdRng::seed_from_u64(seed));
            leavers.truncate(size / 3);
            for leaver in leavers {
                network.remove(leaver);
            }
            network.check_shape();
            // In a ring the resident is a member: without it, a line is left.
            assert!(network.is_connected(&network.nodes), "{shape:?}, {size} nodes, seed {seed}");
        }
    }
}

/// The same before anything is repaired: with eight links each, the other two thirds are still one network.
#[test]
fn random_links_hold_before_they_are_repaired() {
    for seed in 0..100 {
        let network = Network::new(Shape::default(), 60, seed);
        let mut nodes: Vec<NodeId> = network.nodes.iter().copied().collect();
        nodes.shuffle(&mut StdRng::seed_from_u64(seed));
        assert!(network.is_connected(&nodes[20..].iter().copied().collect()), "seed {seed}");
    }
}

#[test]
fn a_mesh_that_a_tab_could_not_keep_is_refused() {
    let mut network = Network::new(Shape::Star, MAX_LINKS, 7);
    network.set_shape(Shape::Mesh);
    network.check_shape();
    let mut network = Network::new(Shape::Star, MAX_LINKS + 1, 7);
    let refused = network.topology.set_shape(Shape::Mesh, &mut network.rng);
    assert_eq!(refused, Err(ShapeError::MeshTooLarge { nodes: MAX_LINKS + 2 }));
    assert_eq!(network.topology.shape(), Shape::Star, "and nothing has changed");
}

/// Whoever comes too late for a place with everyone is linked with the resident and with those who have room.
#[test]
fn a_mesh_that_grows_too_large_gives_newcomers_what_there_is_room_for() {
    let mut network = Network::new(Shape::Mesh, MAX_LINKS + 20, 7);
    assert!(network.nodes.iter().all(|node| network.topology.neighbours(*node).len() <= MAX_LINKS));
    assert!(network.nodes.iter().all(|node| network.is_linked(*node, RESIDENT)));
    let late: Vec<NodeId> = (MAX_LINKS..MAX_LINKS + 20).map(node).collect();
    assert!(late.iter().all(|a| late.iter().all(|b| a == b || network.is_linked(*a, *b))));
    // Who leaves makes room.
    (0..20).for_each(|number| network.remove(node(number)));
    network.check_shape();
}

#[test]
fn the_host_links_and_cuts_by_hand() {
    for shape in SHAPES {
        let mut network = Network::new(shape, 12, 7);
        let (linked, unlinked) = {
            let mut pairs: Vec<Pair> = network
                .everyone()
                .iter()
                .flat_map(|a| {
                    network.everyone().into_iter().filter(|b| *b > *a).map(|b| Pair::new(*a, b)).collect::<Vec<_>>()
                })
                .collect();
            pairs.shuffle(&mut network.rng);
            let is_linked = |pair: &&Pair| network.is_linked(pair.nodes()[0], pair.nodes()[1]);
            (*pairs.iter().find(is_linked).expect("some are"), pairs.iter().find(|pair| !is_linked(pair)).copied())
        };
        let [a, b] = linked.nodes();
        network.cut_for_host(a, b).expect("they are linked");
        assert_eq!(network.cut_for_host(a, b), Err(LinkError::NotLinked));
        assert_eq!(network.topology.kept_apart().collect::<Vec<_>>(), [linked]);
        if let Some(pair) = unlinked {
            let [a, b] = pair.nodes();
            assert_eq!(network.link_for_host(a, b), Ok(1), "{shape:?}");
            assert_eq!(network.link_for_host(b, a), Ok(0), "nothing changes the second time");
            let made = network.topology.links().find(|(_, link, _)| *link == pair).expect("it is there").2;
            assert_eq!(made, MadeBy::Host);
        }
        // Both hold while others come and go, and when one of the two has been away.
        let mover = *[a, b].iter().find(|node| **node != RESIDENT).expect("one of the two is no resident");
        for number in 20..30 {
            network.add(node(number), &[]);
        }
        network.remove(mover);
        network.add(mover, &[]);
        assert!(!network.is_linked(a, b), "{shape:?}");
        if let Some([a, b]) = unlinked.map(Pair::nodes) {
            assert!(network.is_linked(a, b), "{shape:?}");
        }
        // The host makes the link again; and a shape set anew forgets what was done by hand.
        assert_eq!(network.link_for_host(a, b), Ok(1));
        network.cut_for_host(a, b).expect("they are linked");
        network.set_shape(shape);
        network.check_shape();
        assert_eq!(network.topology.kept_apart().count(), 0);
    }
}

#[test]
fn what_the_host_cannot_link_is_said() {
    let mut network = Network::new(Shape::Mesh, MAX_LINKS, 7);
    assert_eq!(network.link_for_host(node(1), node(1)), Err(LinkError::Itself));
    assert_eq!(network.link_for_host(node(1), node(999)), Err(LinkError::Absent(node(999))));
    network.add(node(500), &[]);
    assert_eq!(network.link_for_host(node(500), node(3)), Err(LinkError::Full(node(3))));
    network.cut_for_host(node(3), node(4)).expect("they are linked");
    assert_eq!(network.link_for_host(node(500), node(3)), Ok(1), "there is room now");
}

#[test]
fn a_node_with_channels_is_linked_with_those_first() {
    let partners = [node(31), node(36), node(39)];
    for shape in [Shape::Random { degree: 3 }, Shape::Mesh] {
        let mut network = Network::new(shape, 40, 7);
        let introduced = network.add(node(99), &partners);
        assert_eq!(introduced[..4], [RESIDENT, node(31), node(36), node(39)], "{shape:?}");
        network.check_shape();
    }
    // A star has no room for them; in a ring it is beside one.
    let mut star = Network::new(Shape::Star, 40, 7);
    assert_eq!(star.add(node(99), &partners), [RESIDENT]);
    for seed in 0..20 {
        let mut ring = Network::new(Shape::Ring, 40, seed);
        let [before, after]: [NodeId; 2] = ring.add(node(99), &partners).try_into().expect("two");
        assert!(partners.contains(&before) || partners.contains(&after));
        ring.check_shape();
    }
    // Nobody is overrun by what a node claims, and what is nobody's business is passed over.
    let everyone: Vec<NodeId> = (0..60).map(node).collect();
    let mut network = Network::new(Shape::Random { degree: 3 }, 40, 7);
    network.add(node(99), &[&everyone[..], &[RESIDENT, node(99)]].concat());
    network.check_shape();
    // The host's cut stands.
    network.remove(node(99));
    network.add(node(99), &[node(39)]);
    network.cut_for_host(node(99), node(39)).expect("linked for their channel");
    network.remove(node(99));
    assert!(!network.add(node(99), &[node(39)]).contains(&node(39)));
}

/// All come back after the relay was away, each with the channels that it had, one after another.
#[test]
fn a_ring_that_returns_with_its_channels_finds_most_of_its_links_again() {
    let before = Network::new(Shape::Ring, 12, 7);
    let mut after = Network::new(Shape::Ring, 0, 8);
    for id in &before.nodes {
        after.add(*id, &before.topology.neighbours(*id));
    }
    after.check_shape();
    let found = before.topology.links().filter(|(_, pair, _)| after.is_linked(pair.nodes()[0], pair.nodes()[1]));
    assert!(found.count() >= 7, "12 newcomers at random would find two again");
}

#[test]
fn a_ring_in_which_two_do_not_want_each_other_closes_around_them() {
    for seed in 0..50 {
        let mut ring = Network::new(Shape::Ring, 10, seed);
        let everyone: Vec<NodeId> = ring.everyone().into_iter().collect();
        let by = *everyone.choose(&mut ring.rng).expect("eleven");
        let other = ring.topology.neighbours(by)[0];
        ring.cut(ring.link(by, other), by);
        assert!(!ring.is_linked(by, other));
        ring.check_shape();
    }
    // With nobody to stand between them, the ring stays open.
    let mut ring = Network::new(Shape::Ring, 2, 7);
    ring.cut(ring.link(node(0), node(1)), node(1));
    assert!(ring.is_connected(&ring.everyone()) && !ring.is_linked(node(0), node(1)));
    ring.add(node(2), &[]);
    ring.check_shape();
}

#[test]
fn who_lost_the_resident_has_to_return_unless_the_host_or_the_ring_wants_it_so() {
    for shape in [Shape::Random { degree: 3 }, Shape::Mesh, Shape::Star] {
        let mut network = Network::new(shape, 12, 7);
        assert!(!network.topology.has_to_return(node(1)));
        network.cut(network.link(RESIDENT, node(1)), RESIDENT);
        assert!(network.topology.has_to_return(node(1)), "{shape:?}");
        network.cut_for_host(RESIDENT, node(2)).expect("linked");
        assert!(!network.topology.has_to_return(node(2)), "{shape:?}");
        // Once it has returned, it is judged anew.
        network.remove(node(1));
        network.add(node(1), &[]);
        assert!(network.is_linked(node(1), RESIDENT));
    }
    let mut ring = Network::new(Shape::Ring, 12, 7);
    let beside = ring.topology.neighbours(RESIDENT)[0];
    ring.cut(ring.link(RESIDENT, beside), RESIDENT);
    assert!(ring.nodes.iter().all(|node| !ring.topology.has_to_return(*node)));
    let mut two = Network::new(Shape::Ring, 1, 7);
    two.cut(two.link(RESIDENT, node(0)), RESIDENT);
    assert!(two.topology.has_to_return(node(0)), "there is nobody else to be linked with");
}

#[test]
fn a_link_belongs_to_its_ends_and_is_remembered_for_a_while() {
    let mut network = Network::new(Shape::Mesh, 3, 7);
    let id = network.link(node(0), node(1));
    assert_eq!(network.topology.other_end(id, node(2)), OtherEnd::Unknown);
    network.remove(node(1));
    assert_eq!(network.topology.other_end(id, node(0)), OtherEnd::JustCut);
    assert_eq!(network.topology.other_end(LinkId(999), node(0)), OtherEnd::Unknown);
}

/// A node that unlinks everyone but one stays beside that one, and no ring closes over the other side: two strangers who do
/// so cut a class in two.
#[test]
fn nodes_that_want_hardly_anyone_do_not_cut_a_ring_in_two() {
    for seed in 0..20 {
        let mut network = Network::new(Shape::Ring, 12, seed);
        let honest = network.everyone();
        for (stranger, kept) in [(node(100), node(0)), (node(101), node(6))] {
            network.add(stranger, &[]);
            for _ in 0..64 {
                let others = network.topology.neighbours(stranger);
                let Some(other) = others.into_iter().find(|other| *other != kept) else { break };
                network.cut(network.link(stranger, other), stranger);
            }
        }
        assert!(network.is_connected(&honest), "seed {seed}: {:?}", network.topology.links().collect::<Vec<_>>());
    }
}

/// Those who hang on one link beside the ring do not keep it from closing as others come and go.
#[test]
fn a_ring_with_nodes_that_want_hardly_anyone_stays_whole_as_others_come_and_go() {
    for seed in 0..8 {
        let mut network = Network::new(Shape::Ring, 12, seed);
        let strangers = [(node(100), node(0)), (node(101), node(6)), (node(102), node(6))];
        for round in 0..12 {
            for (stranger, kept) in strangers {
                if !network.nodes.contains(&stranger) {
                    network.add(stranger, &[]);
                }
                for _ in 0..64 {
                    let others = network.topology.neighbours(stranger);
                    let Some(other) = others.into_iter().find(|other| *other != kept) else { break };
                    network.cut(network.link(stranger, other), stranger);
                }
            }
            let honest =
                network.everyone().into_iter().filter(|id| strangers.iter().all(|(stranger, _)| stranger != id));
            assert!(network.is_connected(&honest.collect()), "seed {seed}, round {round}");
            network.check();
            network.add(node(200 + round), &[]);
            network.remove(node(if round < 5 { 1 + round } else { 195 + round }));
        }
    }
}

/// A ring closes over whoever leaves, also where those who stood beside it do not want each other.
#[test]
fn a_ring_closes_when_one_leaves_between_two_that_do_not_want_each_other() {
    let mut network = Network::new(Shape::Ring, 12, 1);
    for _ in 0..2 {
        let middle = *network
            .nodes
            .iter()
            .find(|id| {
                let around = network.topology.neighbours(**id);
                !around.contains(&RESIDENT) && around.len() == 2
            })
            .expect("it is a ring of twelve");
        let [before, after] = network.topology.neighbours(middle)[..] else { unreachable!("a ring") };
        // They meet by the host's wish, and one of them does not want the other.
        network.link_for_host(before, after).expect("both are there");
        network.cut(network.link(before, after), before);
        network.remove(middle);
    }
    assert!(network.is_connected(&network.everyone()));
}

/// Anyone can claim to have channels with a node. Links that come of a claim do not stand for those that it was given at
/// random: as these leave it gets others, or it would be left with the claimants.
#[test]
fn claimed_channels_do_not_crowd_out_random_links() {
    let mut network = Network::new(Shape::Random { degree: 8 }, 40, 1);
    let victim = node(39);
    let mut claimants = BTreeSet::new();
    for claimant in (100..200).map(node) {
        network.add(claimant, &[victim]);
        claimants.insert(claimant);
        let around = network.topology.neighbours(victim);
        let honest = around.into_iter().find(|other| *other != RESIDENT && !claimants.contains(other));
        // Whoever honest is beside it leaves one day, and another comes.
        if let Some(honest) = honest.filter(|_| claimants.len() > 16) {
            network.remove(honest);
            network.add(node(1_000 + claimants.len()), &[]);
        }
    }
    let around = network.topology.neighbours(victim).into_iter();
    let honest = around.filter(|other| *other != RESIDENT && !claimants.contains(other)).count();
    assert!(honest > 0, "all {} others that it knows claimed it", network.degree(victim));
}
