//! Single links that the host has made or cut, against what the shape says. They hold until the host says otherwise or
//! sets a shape anew, also while one of the two nodes is away.

use std::collections::BTreeMap;

use tabchain_shared::primitives::NodeId;

use super::link_table::Pair;

/// More than a host makes by hand; beyond it, setting the shape anew begins afresh.
pub const MAX_WISHES: usize = 10_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Linked,
    Apart,
}

#[derive(Debug, Default)]
pub(super) struct Wishes(BTreeMap<Pair, Wish>);

impl Wishes {
    /// `false`: there are too many already.
    #[must_use]
    pub fn set(&mut self, pair: Pair, wish: Wish) -> bool {
        let fits = self.0.len() < MAX_WISHES || self.0.contains_key(&pair);
        if fits {
            self.0.insert(pair, wish);
        }
        fits
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }

    pub fn of(&self, a: NodeId, b: NodeId) -> Option<Wish> {
        self.0.get(&Pair::new(a, b)).copied()
    }

    /// Those with whom the host wants a node linked.
    pub fn linked_with(&self, node: NodeId) -> Vec<NodeId> {
        self.0.iter().filter(|(_, wish)| **wish == Wish::Linked).filter_map(|(pair, _)| pair.other(node)).collect()
    }

    pub fn linked(&self) -> impl Iterator<Item = Pair> {
        self.0.iter().filter(|(_, wish)| **wish == Wish::Linked).map(|(pair, _)| *pair)
    }

    pub fn apart(&self) -> impl Iterator<Item = Pair> {
        self.0.iter().filter(|(_, wish)| **wish == Wish::Apart).map(|(pair, _)| *pair)
    }
}
