//! Shapes of the network as plain data: what each asks for, that the host's links stand above it, and that whoever comes,
//! leaves or cuts, the network stays as it should be.
//!
//! What is held for every shape: both ends know a link, nobody is linked twice with one node or with itself, those told of
//! a change are those whom it concerns. A ring and a mesh are connected again after every departure, the resident left out or
//! not. Random links are that with high probability only; that they are, for degrees from 3 on and without the resident,
//! is tried over many seeds. With the resident every shape is connected as long as nobody cuts a link by hand.

mod by_hand;
mod network;
mod ring;

use std::collections::{BTreeMap, BTreeSet};

use network::{Network, RESIDENT, SHAPES, node};
use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use tabchain::switchboard::topology::{MAX_LINKS, MAX_LINKS_OF_RESIDENT, MadeBy, Pair, Shape, ShapeError};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

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

/// The relay's own node keeps so many peers. Who comes later hangs on others and is not sent to connect again for it.
#[test]
fn the_network_grows_beyond_what_the_resident_keeps() {
    for shape in [Shape::Random { degree: 8 }, Shape::Star] {
        let mut network = Network::new(shape, MAX_LINKS_OF_RESIDENT + 20, 1);
        assert_eq!(network.degree(RESIDENT), MAX_LINKS_OF_RESIDENT, "{shape:?}");
        let last = node(MAX_LINKS_OF_RESIDENT + 19);
        assert!(!network.topology.has_to_return(last), "{shape:?}");
        assert!(network.is_connected(&network.everyone()), "{shape:?}");
        // Whoever it hung on leaves, and there is room for it.
        for other in network.topology.neighbours(last) {
            network.remove(other);
        }
        assert!(network.degree(last) > 0 && network.degree(RESIDENT) < MAX_LINKS_OF_RESIDENT + 1, "{shape:?}");
        assert!(network.is_connected(&network.everyone()), "{shape:?}");
        // A place that is free is for the next one who comes.
        network.remove(node(0));
        network.add(node(5_000), &[]);
        assert!(network.topology.neighbours(node(5_000)).contains(&RESIDENT), "{shape:?}");
        // The same when the host sets a shape.
        network.set_shape(shape);
        assert_eq!(network.degree(RESIDENT), MAX_LINKS_OF_RESIDENT.min(network.everyone().len() - 1), "{shape:?}");
    }
}
