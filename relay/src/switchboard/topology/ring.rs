//! The order of a ring: who stands beside whom. Whether neighbours are linked is the table's business.

use std::collections::{BTreeMap, BTreeSet};

use rand::Rng;
use rand::seq::{IteratorRandom, SliceRandom};
use tabchain_shared::primitives::NodeId;

use super::link_table::{LinkTable, Pair};

/// A cycle; the resident is a member like any, and the first to be counted. Empty while the network has another shape.
#[derive(Debug, Default)]
pub(super) struct Ring {
    order: Vec<NodeId>,
}

impl Ring {
    /// The resident alone.
    pub fn of(resident: NodeId) -> Self {
        Self { order: vec![resident] }
    }

    /// Everyone of the table, along links that are there, so that as few as possible change.
    pub fn along(table: &LinkTable, resident: NodeId, rng: &mut impl Rng) -> Self {
        let mut left: Vec<NodeId> = table.here().collect();
        left.shuffle(rng);
        let mut order = vec![resident];
        let mut last = resident;
        while !left.is_empty() {
            let fits = |node: &NodeId| !table.avoids(last, *node);
            let linked = |node: &NodeId| fits(node) && table.between(last, *node).is_some();
            let next = left.iter().position(linked).or_else(|| left.iter().position(fits)).unwrap_or(0);
            last = left.swap_remove(next);
            order.push(last);
        }
        Self { order }
    }

    /// The place of the two neighbours-to-be that are worth most to a newcomer, at random among the best.
    pub fn best_gap(&self, rng: &mut impl Rng, worth: impl Fn(NodeId, NodeId) -> i32) -> usize {
        let worths: Vec<i32> = self.order.iter().zip(self.followers()).map(|(a, b)| worth(*a, *b)).collect();
        let best = worths.iter().max();
        (0..worths.len()).filter(|at| worths.get(*at) == best).choose(rng).unwrap_or(0)
    }

    /// Returns those between whom the node now stands.
    pub fn insert(&mut self, gap: usize, node: NodeId) -> Option<[NodeId; 2]> {
        let (before, after) = self.order.iter().zip(self.followers()).nth(gap)?;
        let neighbours = [*before, *after];
        self.order.insert(gap + 1, node);
        Some(neighbours)
    }

    /// Takes a node out. Returns those between whom it stood.
    pub fn remove(&mut self, node: NodeId) -> Option<[NodeId; 2]> {
        let at = self.order.iter().position(|member| *member == node)?;
        self.order.remove(at);
        let len = self.order.len();
        if len == 0 { None } else { Some([self.order[(at + len - 1) % len], self.order[at % len]]) }
    }

    pub fn contains(&self, node: NodeId) -> bool {
        self.order.contains(&node)
    }

    /// A ring of each group, in the same order.
    pub fn parts(&self, group_of: impl Fn(NodeId) -> usize) -> impl Iterator<Item = Self> {
        let mut parts: BTreeMap<usize, Self> = BTreeMap::new();
        for node in &self.order {
            parts.entry(group_of(*node)).or_default().order.push(*node);
        }
        parts.into_values()
    }

    pub fn are_neighbours(&self, a: NodeId, b: NodeId) -> bool {
        self.pairs().any(|pair| pair == Pair::new(a, b))
    }

    /// Those beside each other. Two make one pair; one alone is beside nobody.
    fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.order.iter().zip(self.followers()).filter(|(a, b)| a != b).map(|(a, b)| Pair::new(*a, *b))
    }

    /// The links of the ring: of those beside each other, and past whoever cannot be linked with both sides. Of two that may
    /// not be linked it passes by the more reluctant, which then hangs on one link: somebody who wants nobody must not open
    /// the ring for others. Only where the host keeps two apart it stays open. The last is linked with whoever is `beyond`,
    /// who begins the next relay's part of the ring; if there is no other relay, with the first.
    pub fn links(
        &self,
        beyond: Option<NodeId>,
        may_be_linked: impl Fn(NodeId, NodeId) -> bool,
        host_parts: impl Fn(NodeId, NodeId) -> bool,
        reluctance: impl Fn(NodeId) -> usize,
    ) -> BTreeSet<Pair> {
        let mut links = BTreeSet::new();
        let mut path: Vec<NodeId> = Vec::new();
        let mut passed_by = Vec::new();
        for (at, &node) in self.order.iter().enumerate() {
            while let [_, .., last] = path[..]
                && !may_be_linked(last, node)
                && !host_parts(last, node)
                && reluctance(last) > reluctance(node)
            {
                path.pop();
            }
            match path.last() {
                Some(&last) if may_be_linked(last, node) => {
                    links.insert(Pair::new(last, node));
                    path.push(node);
                }
                Some(&last) if !host_parts(last, node) => passed_by.push(at),
                _ => path.push(node),
            }
        }
        let end = beyond.or_else(|| if path.len() > 1 { path.first().copied() } else { None });
        while let (Some(end), Some(&last)) = (end, path.last())
            && end != last
            && !host_parts(end, last)
        {
            if may_be_linked(end, last) {
                links.insert(Pair::new(end, last));
                break;
            }
            path.pop();
        }
        let len = self.order.len();
        let mut left: BTreeSet<NodeId> = passed_by.iter().map(|at| self.order[*at]).collect();
        for at in passed_by {
            let node = self.order[at];
            let beside = [self.order[(at + len - 1) % len], self.order[(at + 1) % len]];
            let hold =
                beside.iter().chain(&self.order).find(|other| !left.contains(other) && may_be_linked(node, **other));
            if let Some(hold) = hold {
                links.insert(Pair::new(node, *hold));
                left.remove(&node);
            }
        }
        links
    }

    fn followers(&self) -> impl Iterator<Item = &NodeId> {
        self.order.iter().cycle().skip(1)
    }
}
