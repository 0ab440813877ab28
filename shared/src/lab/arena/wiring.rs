//! Which nodes are linked.

use serde::{Deserialize, Serialize};

use crate::lab::random::Random;

/// Shapes that experiments can choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Topology {
    /// Everybody with everybody.
    Mesh,
    /// Each with the next, the last with the first.
    Ring,
    /// Each with the next.
    Line,
    /// All with the first.
    Star,
    /// Each chooses so many others.
    Random { links: usize },
}

impl Topology {
    /// Pairs of nodes, each once; the first of a pair makes the call.
    pub fn pairs(self, nodes: usize, random: &mut Random) -> Vec<[usize; 2]> {
        match self {
            Self::Mesh => (0..nodes).flat_map(|a| (a + 1..nodes).map(move |b| [a, b])).collect(),
            Self::Line => (1..nodes).map(|b| [b - 1, b]).collect(),
            Self::Ring if nodes > 2 => (0..nodes).map(|a| [a, (a + 1) % nodes]).collect(),
            Self::Ring => Self::Line.pairs(nodes, random),
            Self::Star => (1..nodes).map(|b| [0, b]).collect(),
            Self::Random { links } => chosen(&vec![links; nodes], random),
        }
    }
}

/// Each node calls as many others as it wants to; who is linked to it already is not called again, as in Bitcoin Core's and in
/// `SimBlock`'s tables.
pub fn chosen(wanted: &[usize], random: &mut Random) -> Vec<[usize; 2]> {
    let nodes = wanted.len();
    let mut linked = vec![Vec::new(); nodes];
    let mut pairs = Vec::new();
    let mut candidates: Vec<usize> = (0..nodes).collect();
    for (node, wanted) in wanted.iter().enumerate() {
        random.shuffle(&mut candidates);
        let mut called = 0;
        for other in &candidates {
            if called == *wanted {
                break;
            }
            if *other != node && !linked[node].contains(other) {
                linked[node].push(*other);
                linked[*other].push(node);
                pairs.push([node, *other]);
                called += 1;
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn each_shape_has_its_links() {
        let count = |topology: Topology, nodes| topology.pairs(nodes, &mut Random::new(1)).len();
        assert_eq!(count(Topology::Mesh, 5), 10);
        assert_eq!(count(Topology::Ring, 5), 5);
        assert_eq!((count(Topology::Ring, 2), count(Topology::Line, 5), count(Topology::Star, 5)), (1, 4, 4));
        let pairs = Topology::Random { links: 8 }.pairs(100, &mut Random::new(1));
        assert!((700..=800).contains(&pairs.len()), "the last find all others linked: {}", pairs.len());
        let mut sorted: Vec<[usize; 2]> = pairs.iter().map(|[a, b]| [*a.min(b), *a.max(b)]).collect();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), pairs.len(), "no pair twice");
    }
}
