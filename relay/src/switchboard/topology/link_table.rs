//! Which links there are, seen from both ends, with what each end remembers of those that ended.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use rand::Rng;
use rand::seq::{IndexedRandom, IteratorRandom};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::LinkId;

use super::{NewLink, OtherEnd};

/// Links that ended are remembered for a while: frames for them may be on the way. More than a tab has, and all may end at once.
const REMEMBERED_CUTS: usize = 128;
/// Others that a node is remembered not to want, the oldest forgotten: more than a class has, and few enough to look
/// through. A node that comes again after so many others is at worst cut once more.
const MAX_AVOIDED: usize = 256;
/// Random picks for each node that is looked for, before everyone is looked at.
const PICKS: usize = 4;

/// Two nodes, in no order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair([NodeId; 2]);

impl Pair {
    pub fn new(a: NodeId, b: NodeId) -> Self {
        Self(if a <= b { [a, b] } else { [b, a] })
    }

    pub fn nodes(self) -> [NodeId; 2] {
        self.0
    }

    /// The other one; `None` if `node` is neither.
    pub fn other(self, node: NodeId) -> Option<NodeId> {
        let [a, b] = self.0;
        if node == a {
            Some(b)
        } else if node == b {
            Some(a)
        } else {
            None
        }
    }
}

/// Everyone who is there, the resident included.
#[derive(Debug)]
pub(super) struct LinkTable {
    links: BTreeMap<LinkId, Pair>,
    members: BTreeMap<NodeId, Member>,
    /// All but the resident, in no order, to draw from.
    roll: Vec<NodeId>,
    /// Links that another relay has asked for and answers for.
    foreign: BTreeSet<LinkId>,
    last_link: u32,
}

#[derive(Debug, Default)]
struct Member {
    /// Connected to another relay.
    away: bool,
    links: BTreeMap<NodeId, LinkId>,
    cut: VecDeque<LinkId>,
    /// Others that one of the two did not want to be linked with, oldest first.
    avoided: VecDeque<NodeId>,
    /// On the roll.
    place: usize,
}

impl LinkTable {
    pub fn new(resident: NodeId) -> Self {
        let members = BTreeMap::from([(resident, Member::default())]);
        Self { links: BTreeMap::new(), members, roll: Vec::new(), foreign: BTreeSet::new(), last_link: 0 }
    }

    pub fn insert(&mut self, node: NodeId) {
        self.insert_member(node, false);
    }

    /// A node of another relay.
    pub fn insert_away(&mut self, node: NodeId) {
        self.insert_member(node, true);
    }

    fn insert_member(&mut self, node: NodeId, away: bool) {
        self.members.insert(node, Member { away, place: self.roll.len(), ..Member::default() });
        self.roll.push(node);
    }

    /// Takes a node and its links out; whoever returns is judged anew, and what would be kept of them would only grow.
    /// Returns the links with their other ends.
    pub fn remove(&mut self, node: NodeId) -> Vec<(LinkId, NodeId)> {
        let Some(gone) = self.members.remove(&node) else { return Vec::new() };
        self.roll.swap_remove(gone.place);
        if let Some(moved) = self.roll.get(gone.place).and_then(|moved| self.members.get_mut(moved)) {
            moved.place = gone.place;
        }
        for (other, id) in &gone.links {
            self.links.remove(id);
            self.foreign.remove(id);
            if let Some(other) = self.members.get_mut(other) {
                other.forget(node, *id);
            }
        }
        for other in &gone.avoided {
            if let Some(other) = self.members.get_mut(other) {
                other.avoided.retain(|avoided| *avoided != node);
            }
        }
        gone.links.into_iter().map(|(other, id)| (id, other)).collect()
    }

    pub fn contains(&self, node: NodeId) -> bool {
        self.members.contains_key(&node)
    }

    /// Whether it is connected to another relay.
    pub fn is_away(&self, node: NodeId) -> bool {
        self.members.get(&node).is_some_and(|member| member.away)
    }

    /// The resident included.
    pub fn node_count(&self) -> usize {
        self.members.len()
    }

    /// All but the resident.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> {
        self.roll.iter().copied()
    }

    /// Those on the roll that are connected here.
    pub fn here(&self) -> impl Iterator<Item = NodeId> {
        self.roll.iter().copied().filter(|node| !self.is_away(*node))
    }

    /// Some of those on the roll that fit, at random.
    pub fn draw(&self, count: usize, rng: &mut impl Rng, fits: impl Fn(NodeId) -> bool) -> Vec<NodeId> {
        let mut drawn = Vec::new();
        // In a large network nearly everyone fits, and looking at all would take long.
        for _ in 0..PICKS * count {
            if drawn.len() == count {
                return drawn;
            }
            if let Some(&node) = self.roll.choose(rng)
                && fits(node)
                && !drawn.contains(&node)
            {
                drawn.push(node);
            }
        }
        let rest = self.roll.iter().copied().filter(|node| fits(*node) && !drawn.contains(node));
        let rest = rest.choose_multiple(rng, count - drawn.len());
        drawn.extend(rest);
        drawn
    }

    pub fn between(&self, a: NodeId, b: NodeId) -> Option<LinkId> {
        self.members.get(&a)?.links.get(&b).copied()
    }

    pub fn degree(&self, node: NodeId) -> usize {
        self.members.get(&node).map_or(0, |member| member.links.len())
    }

    pub fn neighbours(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.members.get(&node).into_iter().flat_map(|member| member.links.keys().copied())
    }

    pub fn links(&self) -> &BTreeMap<LinkId, Pair> {
        &self.links
    }

    pub fn other_end(&self, id: LinkId, from: NodeId) -> OtherEnd {
        match self.links.get(&id).and_then(|pair| pair.other(from)) {
            Some(other) => OtherEnd::Node(other),
            None if self.members.get(&from).is_some_and(|member| member.cut.contains(&id)) => OtherEnd::JustCut,
            None => OtherEnd::Unknown,
        }
    }

    /// Links two that are there and not linked.
    pub fn link(&mut self, initiator: NodeId, other: NodeId) -> NewLink {
        let id = self.unused_link();
        self.links.insert(id, Pair::new(initiator, other));
        for (end, opposite) in [(initiator, other), (other, initiator)] {
            if let Some(member) = self.members.get_mut(&end) {
                member.links.insert(opposite, id);
            }
        }
        NewLink { id, initiator, other }
    }

    /// The same for a node of another relay, which answers for the link.
    pub fn link_foreign(&mut self, initiator: NodeId, other: NodeId) -> NewLink {
        let link = self.link(initiator, other);
        self.foreign.insert(link.id);
        link
    }

    /// Whether another relay has asked for it.
    pub fn is_foreign(&self, id: LinkId) -> bool {
        self.foreign.contains(&id)
    }

    pub fn unlink(&mut self, a: NodeId, b: NodeId) -> Option<LinkId> {
        let id = self.between(a, b)?;
        self.links.remove(&id);
        self.foreign.remove(&id);
        for (end, opposite) in [(a, b), (b, a)] {
            if let Some(member) = self.members.get_mut(&end) {
                member.forget(opposite, id);
            }
        }
        Some(id)
    }

    /// Remembers at both ends that one does not want the other.
    pub fn avoid(&mut self, a: NodeId, b: NodeId) {
        for (end, opposite) in [(a, b), (b, a)] {
            if let Some(member) = self.members.get_mut(&end) {
                member.avoid(opposite);
            }
        }
    }

    /// Forgets it, because the host wants the two linked.
    pub fn reconcile(&mut self, a: NodeId, b: NodeId) {
        for (end, opposite) in [(a, b), (b, a)] {
            if let Some(member) = self.members.get_mut(&end) {
                member.avoided.retain(|avoided| *avoided != opposite);
            }
        }
    }

    /// One of the two may have forgotten what the other remembers.
    pub fn avoids(&self, a: NodeId, b: NodeId) -> bool {
        let remembers = |end, opposite| self.members.get(&end).is_some_and(|member| member.avoided.contains(&opposite));
        remembers(a, b) || remembers(b, a)
    }

    /// How many others it does not want, or do not want it.
    pub fn avoided_count(&self, node: NodeId) -> usize {
        self.members.get(&node).map_or(0, |member| member.avoided.len())
    }

    /// Numbers count up. After four billion links they begin again, and pass over those still in use.
    fn unused_link(&mut self) -> LinkId {
        loop {
            self.last_link = self.last_link.wrapping_add(1);
            let id = LinkId(self.last_link);
            if !self.links.contains_key(&id) {
                return id;
            }
        }
    }
}

impl Member {
    fn forget(&mut self, other: NodeId, id: LinkId) {
        self.links.remove(&other);
        if self.cut.len() == REMEMBERED_CUTS {
            self.cut.pop_front();
        }
        self.cut.push_back(id);
    }

    fn avoid(&mut self, other: NodeId) {
        if self.avoided.contains(&other) {
            return;
        }
        if self.avoided.len() == MAX_AVOIDED {
            self.avoided.pop_front();
        }
        self.avoided.push_back(other);
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    const RESIDENT: NodeId = NodeId([0xff; 8]);

    fn node(number: usize) -> NodeId {
        NodeId((number as u64).to_be_bytes())
    }

    fn table(size: usize) -> LinkTable {
        let mut table = LinkTable::new(RESIDENT);
        (0..size).for_each(|number| table.insert(node(number)));
        table
    }

    #[test]
    fn a_node_that_avoids_many_forgets_the_oldest_and_what_one_end_remembers_counts() {
        let mut table = table(MAX_AVOIDED + 2);
        for number in 1..=MAX_AVOIDED + 1 {
            table.avoid(node(0), node(number));
        }
        assert_eq!(table.members[&node(0)].avoided.len(), MAX_AVOIDED);
        assert!(!table.members[&node(0)].avoided.contains(&node(1)));
        assert!(table.avoids(node(0), node(1)), "the other end still knows");
        table.remove(node(1));
        table.insert(node(1));
        assert!(!table.avoids(node(0), node(1)), "who returns is judged anew");
        assert!(table.avoids(node(2), node(0)));
        table.reconcile(node(2), node(0));
        assert!(!table.avoids(node(0), node(2)));
    }

    #[test]
    fn draws_are_of_those_that_fit_and_of_all_of_them() {
        let (mut table, mut rng) = (table(50), StdRng::seed_from_u64(3));
        let even = |node: NodeId| node.0[7].is_multiple_of(2);
        let mut drawn = table.draw(30, &mut rng, even);
        drawn.sort();
        assert_eq!(drawn, (0..50).step_by(2).map(node).collect::<Vec<_>>(), "25 fit, and none comes twice");
        assert_eq!(table.draw(3, &mut rng, |_| true).len(), 3);
        // The roll stays in order when somebody in its middle leaves.
        for number in (0..50).step_by(3) {
            table.remove(node(number));
        }
        assert!(table.roll.iter().enumerate().all(|(place, node)| table.members[node].place == place));
        assert_eq!(table.roll.len(), 33);
    }

    #[test]
    fn a_cut_link_is_remembered_for_a_while() {
        let mut table = table(2);
        let first = table.link(node(0), node(1)).id;
        table.unlink(node(1), node(0));
        assert_eq!(table.other_end(first, node(0)), OtherEnd::JustCut);
        for _ in 0..REMEMBERED_CUTS {
            table.link(node(0), node(1));
            table.unlink(node(0), node(1));
        }
        assert_eq!(table.other_end(first, node(0)), OtherEnd::Unknown);
    }
}
