//! The order of a ring: who stands beside whom. Whether neighbours are linked is the table's business.

use rand::Rng;
use rand::seq::{IteratorRandom, SliceRandom};
use tabchain_shared::primitives::NodeId;

use super::link_table::{LinkTable, Pair};

/// A cycle; the resident is a member like any. Empty while the network has another shape.
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
        let mut left = table.roll().to_vec();
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

    pub fn len(&self) -> usize {
        self.order.len()
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

    pub fn are_neighbours(&self, a: NodeId, b: NodeId) -> bool {
        self.pairs().any(|pair| pair == Pair::new(a, b))
    }

    /// Those beside each other. Two make one pair; one alone is beside nobody.
    pub fn pairs(&self) -> impl Iterator<Item = Pair> {
        self.order.iter().zip(self.followers()).filter(|(a, b)| a != b).map(|(a, b)| Pair::new(*a, *b))
    }

    fn followers(&self) -> impl Iterator<Item = &NodeId> {
        self.order.iter().cycle().skip(1)
    }
}
