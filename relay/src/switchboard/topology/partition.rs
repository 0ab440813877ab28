//! The network in parts that cannot reach each other, until the host heals it.
//!
//! The host names groups of nodes; all others are a group of their own. No link goes from one to another: those that there
//! were are cut and remembered, and what the shape asks for is given within each group. A node that comes meanwhile belongs to
//! the group that its id was named in, else to the others.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use tabchain_shared::primitives::NodeId;

use super::{Changes, LinkError, Pair, Shape, Topology};

/// Groups that a host can name.
pub const MAX_GROUPS: usize = 8;
/// Nodes that it can name in all groups together.
pub const MAX_GROUPED: usize = 1_000;

#[derive(Debug, Default)]
pub(super) struct Partition {
    /// From 1 on, for the nodes that were named. Empty: the network is whole.
    group: BTreeMap<NodeId, usize>,
    /// Links that were cut for it, to be made again.
    parted: BTreeSet<Pair>,
}

impl Partition {
    /// Whether the host keeps two in different parts.
    pub fn parts(&self, a: NodeId, b: NodeId) -> bool {
        self.group_of(a) != self.group_of(b)
    }

    /// 0 for those who were not named.
    pub fn group_of(&self, node: NodeId) -> usize {
        self.group.get(&node).copied().unwrap_or(0)
    }
}

/// A network in parts, numbered from 1 on. The first is that of the nodes that were not named, if there are any.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    partition: &'a Partition,
    /// How many parts were not named: none or one.
    others: usize,
    pub count: usize,
}

impl Parts<'_> {
    pub fn number_of(&self, node: NodeId) -> usize {
        self.partition.group_of(node) + self.others
    }
}

impl Topology {
    /// The groups that the host has named; none: the network is whole.
    pub fn groups(&self) -> Vec<Vec<NodeId>> {
        let count = self.partition.group.values().max().copied().unwrap_or(0);
        let mut groups = vec![Vec::new(); count];
        for (node, group) in &self.partition.group {
            groups[group - 1].push(*node);
        }
        groups
    }

    /// The parts that the network is in; `None`: it is whole.
    pub fn parts(&self) -> Option<Parts<'_>> {
        let groups = self.partition.group.values().max().copied()?;
        let others = usize::from(self.has_ungrouped());
        Some(Parts { partition: &self.partition, others, count: groups + others })
    }

    /// Whether the host keeps a node and the relay's own in different parts.
    pub fn is_kept_from_resident(&self, node: NodeId) -> bool {
        self.partition.parts(node, self.resident)
    }

    fn has_ungrouped(&self) -> bool {
        let is_named = |node| self.partition.group.contains_key(&node);
        !(is_named(self.resident) && self.table.nodes().all(is_named))
    }

    /// Divides the network, or divides it anew.
    pub fn part(&mut self, groups: &[Vec<NodeId>], rng: &mut impl Rng) -> Result<Changes, LinkError> {
        let group = group_of(groups)?;
        let before = std::mem::replace(&mut self.partition.group, group);
        if groups.len() + usize::from(self.has_ungrouped()) < 2 {
            self.partition.group = before;
            return Err(LinkError::OnePart);
        }
        Ok(self.follow_partition(rng))
    }

    /// Makes the network whole again: the links are back that the partition cut.
    pub fn heal(&mut self, rng: &mut impl Rng) -> Changes {
        self.partition.group.clear();
        self.follow_partition(rng)
    }

    /// What another relay's host has ordered.
    pub fn obey_partition(&mut self, groups: &[Vec<NodeId>], rng: &mut impl Rng) -> Changes {
        if self.groups() == groups {
            return Changes::default();
        }
        // Who makes it two parts may not be known here yet. What no host can have ordered is none.
        self.partition.group = group_of(groups).unwrap_or_default();
        self.follow_partition(rng)
    }

    fn follow_partition(&mut self, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let crossing: Vec<Pair> = self.table.links().values().copied().filter(|pair| self.is_parted(*pair)).collect();
        for pair in crossing {
            let [a, b] = pair.nodes();
            self.unlink(a, b, &mut changes);
            self.partition.parted.insert(pair);
        }
        let together: Vec<Pair> = self.partition.parted.iter().copied().filter(|pair| !self.is_parted(*pair)).collect();
        for pair in together {
            self.partition.parted.remove(&pair);
            let [a, b] = pair.nodes();
            // Either may have left, or come again and have its links.
            self.link(a, b, &mut changes);
        }
        if self.shape == Shape::Ring {
            let wanted = self.wanted_in_ring();
            self.settle(&wanted, &mut changes);
        } else {
            for node in self.table.here().collect::<Vec<_>>() {
                if !self.resident_is_full() {
                    self.link(node, self.resident, &mut changes);
                }
                self.fill_up(node, rng, &mut changes);
            }
        }
        changes
    }

    fn is_parted(&self, pair: Pair) -> bool {
        let [a, b] = pair.nodes();
        self.partition.parts(a, b)
    }
}

fn group_of(groups: &[Vec<NodeId>]) -> Result<BTreeMap<NodeId, usize>, LinkError> {
    let mut group: BTreeMap<NodeId, usize> = BTreeMap::new();
    for (number, nodes) in groups.iter().enumerate() {
        for node in nodes {
            if group.insert(*node, number + 1).is_some() {
                return Err(LinkError::InTwoGroups(*node));
            }
        }
    }
    let too_many = groups.len() > MAX_GROUPS || group.len() > MAX_GROUPED;
    if too_many { Err(LinkError::TooManyGroups) } else { Ok(group) }
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

    fn rng() -> StdRng {
        StdRng::seed_from_u64(1)
    }

    fn network(shape: Shape, size: u8) -> Topology {
        let mut topology = Topology::new(RESIDENT, shape);
        for number in 1..=size {
            topology.add(node(number), &[], &mut rng());
        }
        topology
    }

    fn pairs(topology: &Topology) -> BTreeSet<Pair> {
        topology.links().map(|(_, pair, _)| pair).collect()
    }

    /// A node's part and of how many.
    fn part_of(topology: &Topology, node: NodeId) -> Option<(usize, usize)> {
        topology.parts().map(|parts| (parts.number_of(node), parts.count))
    }

    /// Whoever can be reached from a node.
    fn reach(topology: &Topology, from: NodeId) -> BTreeSet<NodeId> {
        let mut reached = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(node) = next.pop() {
            next.extend(topology.neighbours(node).into_iter().filter(|other| reached.insert(*other)));
        }
        reached
    }

    #[test]
    fn parts_are_whole_in_themselves_and_healing_brings_every_link_back() {
        for shape in [Shape::Random { degree: 2 }, Shape::Mesh, Shape::Ring] {
            let mut topology = network(shape, 8);
            let before = pairs(&topology);
            let named: Vec<NodeId> = [1, 4, 6].map(node).to_vec();
            topology.part(std::slice::from_ref(&named), &mut rng()).unwrap();
            assert_eq!(reach(&topology, node(1)), named.iter().copied().collect(), "{shape:?}");
            assert_eq!(reach(&topology, RESIDENT).len(), 6, "{shape:?}");
            assert_eq!(part_of(&topology, node(1)), Some((2, 2)));
            assert_eq!(part_of(&topology, RESIDENT), Some((1, 2)));
            topology.heal(&mut rng());
            assert!(before.is_subset(&pairs(&topology)), "{shape:?}");
            assert_eq!((part_of(&topology, node(1)), topology.groups()), (None, Vec::new()));
            if shape == Shape::Ring {
                assert_eq!(before, pairs(&topology), "a ring has no other links");
            }
        }
    }

    #[test]
    fn who_comes_meanwhile_gets_links_on_its_side_only() {
        let mut topology = network(Shape::Random { degree: 3 }, 6);
        topology.part(&[vec![node(1), node(2)]], &mut rng()).unwrap();
        topology.remove(node(1), &mut rng());
        topology.add(node(1), &[node(3)], &mut rng());
        topology.add(node(7), &[node(2)], &mut rng());
        assert_eq!(topology.neighbours(node(1)), [node(2)]);
        assert!(topology.neighbours(node(7)).contains(&RESIDENT));
        assert!(!topology.neighbours(node(7)).contains(&node(2)));
        assert!(!topology.has_to_return(node(1)), "its link with the relay's node is the host's to give");
        topology.heal(&mut rng());
        assert!(topology.neighbours(node(1)).contains(&RESIDENT));
    }

    #[test]
    fn groups_that_make_no_parts_are_refused() {
        let mut topology = network(Shape::Mesh, 2);
        let mut part = |groups: &[Vec<NodeId>]| topology.part(groups, &mut rng()).map(|changes| changes.cut.len());
        assert_eq!(part(&[vec![node(1)], vec![node(1)]]), Err(LinkError::InTwoGroups(node(1))));
        assert_eq!(part(&[vec![node(1), node(2), RESIDENT]]), Err(LinkError::OnePart));
        assert_eq!(part(&[]), Err(LinkError::OnePart));
        assert_eq!(part(&vec![Vec::new(); 9]), Err(LinkError::TooManyGroups));
        let many: Vec<NodeId> = (0..=MAX_GROUPED as u64).map(|number| NodeId(number.to_be_bytes())).collect();
        assert_eq!(part(&[many]), Err(LinkError::TooManyGroups));
        assert_eq!(part(&[vec![node(1)], vec![node(2), RESIDENT]]), Ok(4), "everyone is named, on two sides");
        assert_eq!(part_of(&topology, node(1)), Some((1, 2)));
    }

    #[test]
    fn in_a_star_those_without_its_middle_are_alone() {
        let mut topology = network(Shape::Star, 3);
        topology.part(&[vec![node(1), node(2)]], &mut rng()).unwrap();
        assert_eq!(pairs(&topology), BTreeSet::from([Pair::new(node(3), RESIDENT)]));
        topology.heal(&mut rng());
        assert_eq!(pairs(&topology).len(), 3);
    }
}
