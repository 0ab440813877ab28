//! Single links: what the host makes and cuts, what an end cuts, and to whom a link belongs.

use rand::seq::SliceRandom;
use tabchain::switchboard::topology::{LinkError, MAX_LINKS, MadeBy, OtherEnd, Pair, Shape};
use tabchain_shared::wire::switchboard::LinkId;

use crate::network::{Network, RESIDENT, SHAPES, node};

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
    assert_eq!(network.link_for_host(node(500), node(3)), Err(LinkError::Full(node(3), MAX_LINKS)));
    network.cut_for_host(node(3), node(4)).expect("they are linked");
    assert_eq!(network.link_for_host(node(500), node(3)), Ok(1), "there is room now");
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
