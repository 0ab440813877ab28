//! A ring stays one, whoever returns, leaves, or does not want whom.

use rand::seq::IndexedRandom;
use tabchain::switchboard::topology::Shape;
use tabchain_shared::primitives::NodeId;

use crate::network::{Network, RESIDENT, node};

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
