//! Where several relays carry one network: nodes of the others, and who answers for a link between two relays.
//!
//! Each relay chooses for its own nodes, among all that it knows. A link between two relays is asked for and answered for by
//! one of them; at the other it is *foreign*, taken or refused, and never settled there. So a shape holds for the whole
//! network without anybody who leads:
//!
//! - *random, mesh*: each relay fills up its own nodes, from everyone.
//! - *star*: everyone with their relay's own node, and those with each other.
//! - *ring*: each relay keeps its part in order, and links its end with the beginning of the next relay's, in the order of the
//!   relays' own nodes.
//!
//! In every shape the relays' own nodes are linked with each other, whatever they think of each other: they hold the network
//! together when tabs come and go.

use std::ops::Bound::{Excluded, Unbounded};

use rand::Rng;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

use crate::bus::message::Refusal;

use super::shape::{Degrees, MAX_LINKS, Shape};
use super::wishes::{Wish, Wishes};
use super::{Changes, CutLink, NewLink, Pair, Topology};

impl Topology {
    /// A node of another relay has come. `is_resident`: it is that relay's own.
    pub fn add_away(&mut self, node: NodeId, is_resident: bool) -> Changes {
        let mut changes = Changes::default();
        self.table.insert_away(node);
        if is_resident {
            self.residents.insert(node);
            self.link(self.resident, node, &mut changes);
            if self.shape == Shape::Ring {
                self.settle(&self.wanted_in_ring(), &mut changes);
            }
        }
        for other in self.wishes.linked_with(node) {
            self.link(other, node, &mut changes);
        }
        changes
    }

    /// Another relay asks for a link of its node with one of ours. `firm`: it is not one of many.
    pub fn take(&mut self, initiator: NodeId, ours: NodeId, firm: bool) -> Result<NewLink, Refusal> {
        if !self.table.is_away(initiator) || !self.table.contains(ours) || self.table.is_away(ours) {
            return Err(Refusal::Absent);
        }
        if self.partition.parts(initiator, ours) {
            // Until it is healed; one of the two relays may not have heard of it yet.
            return Err(Refusal::Absent);
        }
        if !self.may_be_linked(initiator, ours) {
            return Err(Refusal::Unwanted);
        }
        let most = match self.degrees() {
            _ if ours == self.resident => usize::MAX,
            _ if firm => MAX_LINKS,
            Some(Degrees { most, .. }) => most,
            None => 0,
        };
        if self.degree_among_others(ours) >= most {
            return Err(Refusal::Full);
        }
        Ok(self.table.link_foreign(initiator, ours))
    }

    /// A link with another relay's node came to nothing before anybody was told of it. `unwanted`: it is not to be tried again.
    pub fn give_up(&mut self, id: LinkId, unwanted: bool) {
        if let Some(pair) = self.table.links().get(&id).copied() {
            let [a, b] = pair.nodes();
            self.table.unlink(a, b);
            if unwanted {
                self.table.avoid(a, b);
            }
        }
    }

    /// A link ended because its relays lost each other, or something on the way between them.
    pub fn lose(&mut self, id: LinkId, reason: LinkEnd) -> Changes {
        let mut changes = Changes::default();
        if let Some(pair) = self.table.links().get(&id).copied() {
            let [a, b] = pair.nodes();
            self.table.unlink(a, b);
            changes.cut.extend([a, b].map(|end| CutLink { id, end, reason }));
        }
        changes
    }

    /// Links that should be there and are not, because they were refused or lost, or because there are nodes now that there were
    /// not before.
    pub fn mend(&mut self, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let mut wanted = match self.shape {
            Shape::Ring => self.wanted_in_ring(),
            Shape::Random { .. } | Shape::Mesh | Shape::Star => self.among_residents().collect(),
        };
        wanted.extend(self.wishes.linked());
        for [a, b] in wanted.into_iter().map(Pair::nodes) {
            self.link(a, b, &mut changes);
        }
        if self.degrees().is_some() {
            for node in self.table.here().collect::<Vec<_>>() {
                self.fill_up(node, rng, &mut changes);
            }
        }
        changes
    }

    /// Links two again that were parted by no wish of anybody's.
    pub fn link_again(&mut self, a: NodeId, b: NodeId) -> Changes {
        let mut changes = Changes::default();
        self.link(a, b, &mut changes);
        changes
    }

    pub fn link_between(&self, a: NodeId, b: NodeId) -> Option<LinkId> {
        self.table.between(a, b)
    }

    pub fn is_away(&self, node: NodeId) -> bool {
        self.table.is_away(node)
    }

    /// Whether it asks for just these two, not for any two.
    pub fn asks_for(&self, a: NodeId, b: NodeId) -> bool {
        self.shape == Shape::Ring || self.are_residents(a, b) || self.wishes.of(a, b) == Some(Wish::Linked)
    }

    pub fn wished_links(&self) -> impl Iterator<Item = Pair> {
        self.wishes.linked()
    }

    /// What the host has ordered at another relay. `reshape`: its shape was set, and is not only the one that there is.
    pub fn obey(
        &mut self,
        shape: Shape,
        reshape: bool,
        linked: &[[NodeId; 2]],
        apart: &[[NodeId; 2]],
        rng: &mut impl Rng,
    ) -> Changes {
        let mut wishes = Wishes::default();
        for (pairs, wish) in [(linked, Wish::Linked), (apart, Wish::Apart)] {
            for [a, b] in pairs {
                // The bus takes no more of them than fit.
                let _ = wishes.set(Pair::new(*a, *b), wish);
            }
        }
        self.wishes = wishes;
        let mut changes = if reshape { self.reshape(shape, rng) } else { Changes::default() };
        for [a, b] in linked.iter().copied() {
            self.table.reconcile(a, b);
            self.link(a, b, &mut changes);
        }
        for [a, b] in apart.iter().copied() {
            self.unlink(a, b, &mut changes);
        }
        changes
    }

    /// Whether it is connected here and not the relay's own: then this relay sees to its links.
    pub(super) fn is_led_here(&self, node: NodeId) -> bool {
        node != self.resident && !self.table.is_away(node)
    }

    pub(super) fn are_residents(&self, a: NodeId, b: NodeId) -> bool {
        let is_resident = |node| node == self.resident || self.residents.contains(&node);
        is_resident(a) && is_resident(b)
    }

    /// Other relays' own nodes have links enough, but in a mesh, where everyone has.
    pub(super) fn may_be_drawn(&self, node: NodeId) -> bool {
        self.shape == Shape::Mesh || !self.residents.contains(&node)
    }

    pub(super) fn among_residents(&self) -> impl Iterator<Item = Pair> {
        self.residents.iter().map(|other| Pair::new(self.resident, *other))
    }

    /// Whose part of the ring follows on ours.
    pub(super) fn next_relay(&self) -> Option<NodeId> {
        let after = (Excluded(self.resident), Unbounded);
        let mut in_order = self.residents.range(after).chain(&self.residents).copied();
        in_order.find(|other| !self.partition.parts(self.resident, *other))
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::super::MadeBy;
    use super::*;

    const RESIDENT: NodeId = NodeId([0x80; 8]);
    const BEFORE: NodeId = NodeId([0x10; 8]);
    const AFTER: NodeId = NodeId([0xf0; 8]);

    fn node(number: u8) -> NodeId {
        NodeId([number; 8])
    }

    fn rng() -> StdRng {
        StdRng::seed_from_u64(1)
    }

    /// With three nodes here, 1 to 3, two of another relay, 11 and 12, and two other relays' own.
    fn network(shape: Shape) -> Topology {
        let mut topology = Topology::new(RESIDENT, shape);
        for other in [AFTER, BEFORE] {
            let changes = topology.add_away(other, true);
            assert!(changes.new.iter().any(|link| (link.initiator, link.other) == (RESIDENT, other)));
        }
        for other in [node(11), node(12)] {
            assert!(topology.add_away(other, false).new.is_empty(), "its own relay sees to its links");
        }
        for number in 1..=3 {
            topology.add(node(number), &[], &mut rng());
        }
        topology
    }

    fn are_linked(topology: &Topology, a: NodeId, b: NodeId) -> bool {
        topology.link_between(a, b).is_some()
    }

    #[test]
    fn shapes_reach_over_the_relays() {
        let random = network(Shape::Random { degree: 4 });
        assert!([1, 2, 3].iter().all(|here| random.neighbours(node(*here)).len() == 5), "four and the relay's own");
        assert!([1, 2, 3].iter().all(|here| !are_linked(&random, node(*here), AFTER)), "whose relays see to them");
        let mesh = network(Shape::Mesh);
        assert!([1, 2, 3].iter().all(|here| mesh.neighbours(node(*here)).len() == 7));
        let star = network(Shape::Star);
        assert!([1, 2, 3].iter().all(|here| star.neighbours(node(*here)) == [RESIDENT]));
        let mut ring = network(Shape::Ring);
        let ends = |ring: &Topology| ring.neighbours(AFTER).len();
        assert_eq!(
            (ends(&ring), ring.neighbours(BEFORE)),
            (2, vec![RESIDENT]),
            "its end is linked with the next relay"
        );
        assert!([1, 2, 3].iter().all(|here| ring.neighbours(node(*here)).len() == 2));
        ring.remove(AFTER, &mut rng());
        assert_eq!(ring.neighbours(BEFORE).len(), 2, "and after the last comes the first");
    }

    #[test]
    fn a_link_that_another_relay_wants_is_taken_or_refused() {
        let mut topology = network(Shape::Random { degree: 1 });
        let mut take = |initiator, ours, firm| topology.take(initiator, ours, firm).map(|link| link.id);
        assert_eq!(take(node(13), node(1), false), Err(Refusal::Absent), "nobody knows the asker");
        assert_eq!(take(node(11), node(4), false), Err(Refusal::Absent));
        assert_eq!(take(node(11), node(12), false), Err(Refusal::Absent), "neither is here");
        for asker in 20..30 {
            topology.add_away(node(asker), false);
        }
        let taken = (20..30).filter(|asker| topology.take(node(*asker), node(1), false).is_ok()).count();
        assert!((1..=3).contains(&taken), "{taken}");
        let asker = (20..30).map(node).find(|asker| !are_linked(&topology, *asker, node(1))).unwrap();
        assert_eq!(topology.take(asker, node(1), false), Err(Refusal::Full));
        let link = topology.take(asker, node(1), true).expect("the host wants just this one").id;
        topology.cut(link, node(1), &mut rng());
        assert_eq!(topology.take(asker, node(1), true), Err(Refusal::Unwanted));
    }

    /// Relays' own nodes hold the network together, whatever one of them thinks of another.
    #[test]
    fn relays_own_nodes_are_linked_again() {
        let mut topology = network(Shape::Star);
        let link = topology.link_between(RESIDENT, AFTER).unwrap();
        topology.cut(link, RESIDENT, &mut rng());
        assert!(!are_linked(&topology, RESIDENT, AFTER));
        assert_eq!(topology.mend(&mut rng()).new.len(), 1);
        topology.cut_for_host(RESIDENT, AFTER).unwrap();
        assert_eq!(topology.mend(&mut rng()).new.len(), 0, "but for the host's cut");
    }

    #[test]
    fn what_another_relay_asked_for_is_settled_there() {
        let mut topology = network(Shape::Random { degree: 2 });
        topology.add_away(node(20), false);
        let foreign = topology.take(node(20), node(1), true).unwrap().id;
        topology.set_shape(Shape::Star, &mut rng()).unwrap();
        let left: Vec<_> = topology.links().filter(|(_, pair, _)| pair.other(RESIDENT).is_none()).collect();
        assert_eq!(left, [(foreign, Pair::new(node(20), node(1)), MadeBy::Shape)]);
        assert_eq!(topology.lose(foreign, LinkEnd::Cut).cut.len(), 2);
    }

    #[test]
    fn another_hosts_orders_are_obeyed_as_our_own() {
        let mut topology = network(Shape::Star);
        let (linked, apart) = ([[node(1), node(11)], [node(11), node(12)]], [[node(2), RESIDENT]]);
        let changes = topology.obey(Shape::Star, false, &linked, &apart, &mut rng());
        assert_eq!((changes.new.len(), changes.cut.len()), (1, 2), "what is elsewhere is left to who is there");
        assert!(topology.asks_for(node(1), node(11)) && !topology.asks_for(node(1), node(12)));
        let link = topology.link_between(node(1), node(11)).unwrap();
        topology.lose(link, LinkEnd::Left);
        assert_eq!(topology.mend(&mut rng()).new.len(), 1);
        topology.obey(Shape::Mesh, true, &[], &[], &mut rng());
        assert!(are_linked(&topology, node(2), RESIDENT) && topology.wished_links().next().is_none());
    }
}
