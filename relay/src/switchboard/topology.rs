//! Who is linked with whom, and who should be: plain data, no sockets.
//!
//! The host gives the network a [`Shape`] (`topology/shape`), which says who is to be linked; single links that the host
//! makes or cuts stand above it (`topology/wishes`), and what two nodes do not want above both. It may divide the network for
//! a while (`topology/partition`), and have links do to frames what bad ones do (`topology/faults`). When somebody comes or
//! leaves, or one end cuts a link, what the shape asks for is repaired; all other links stay as they are. A link has one
//! number, used at both ends, so that a carried frame goes out as it came in (`topology/link_table`). Where several relays
//! carry one network, nodes of the others are members, too (`topology/away`).

mod away;
mod faults;
mod link_table;
mod partition;
mod ring;
mod shape;
mod wishes;

use std::collections::{BTreeSet, HashMap};

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use serde::Serialize;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId};

use faults::Faults;
pub use faults::MAX_FAULTS;
use link_table::LinkTable;
pub use link_table::Pair;
use partition::Partition;
pub use partition::{MAX_GROUPED, MAX_GROUPS};
use ring::Ring;
use shape::Degrees;
pub use shape::{DEFAULT_DEGREE, MAX_DEGREE, MAX_LINKS, MAX_LINKS_OF_RESIDENT, Shape, ShapeError, ShapeName};
pub use wishes::MAX_WISHES;
use wishes::{Wish, Wishes};

#[derive(Debug)]
pub struct Topology {
    resident: NodeId,
    shape: Shape,
    table: LinkTable,
    ring: Ring,
    wishes: Wishes,
    partition: Partition,
    faults: Faults,
    /// With whom each node said to have channels when it came. Anyone can say so.
    claims: HashMap<NodeId, BTreeSet<NodeId>>,
    /// Other relays' own nodes.
    residents: BTreeSet<NodeId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLink {
    pub id: LinkId,
    /// Speaks first.
    pub initiator: NodeId,
    pub other: NodeId,
}

/// A link that is no more, at an end that has to be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CutLink {
    pub id: LinkId,
    pub end: NodeId,
    pub reason: LinkEnd,
}

/// What a change of the topology means for those in it. New links come before old ones go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Changes {
    pub new: Vec<NewLink>,
    pub cut: Vec<CutLink>,
}

impl Changes {
    fn extend(&mut self, later: Self) {
        self.new.extend(later.new);
        self.cut.extend(later.cut);
    }
}

/// Where a frame goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherEnd {
    Node(NodeId),
    /// There was such a link a moment ago.
    JustCut,
    /// There was none; the sender is confused or makes numbers up.
    Unknown,
}

/// Whose wish a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MadeBy {
    Shape,
    Host,
}

/// Why the host's single link cannot be made or cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    #[error("a node is not linked with itself")]
    Itself,
    #[error("{0} is not connected")]
    Absent(NodeId),
    #[error("{0} has {1} links already, as many as such a node keeps; cut one first")]
    Full(NodeId, usize),
    #[error("the two are not linked")]
    NotLinked,
    #[error("{MAX_WISHES} links were made or cut by hand; set the topology anew to begin afresh")]
    TooManyWishes,
    #[error("{MAX_FAULTS} links have a fault; take one away first, or set the topology anew to begin afresh")]
    TooManyFaults,
    #[error("{0} is in two groups")]
    InTwoGroups(NodeId),
    #[error("at most {MAX_GROUPS} groups with {MAX_GROUPED} nodes together can be named; everyone else is one more")]
    TooManyGroups,
    #[error("that is one part with everyone in it; name some of the nodes, and the others are the other part")]
    OnePart,
}

impl Topology {
    pub fn new(resident: NodeId, shape: Shape) -> Self {
        let ring = if shape == Shape::Ring { Ring::of(resident) } else { Ring::default() };
        let (table, wishes, claims) = (LinkTable::new(resident), Wishes::default(), HashMap::new());
        let (partition, faults) = (Partition::default(), Faults::default());
        Self { resident, shape, table, ring, wishes, partition, faults, claims, residents: BTreeSet::new() }
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    pub fn link_count(&self) -> usize {
        self.table.links().len()
    }

    /// Every link, the oldest first.
    pub fn links(&self) -> impl Iterator<Item = (LinkId, Pair, MadeBy)> {
        self.table.links().iter().map(|(id, pair)| {
            let [a, b] = pair.nodes();
            let by_host = self.wishes.of(a, b) == Some(Wish::Linked);
            (*id, *pair, if by_host { MadeBy::Host } else { MadeBy::Shape })
        })
    }

    /// Whether a node is there, here or on another relay.
    pub fn has(&self, node: NodeId) -> bool {
        self.table.contains(node)
    }

    /// Pairs that the host keeps apart, some of them away.
    pub fn kept_apart(&self) -> impl Iterator<Item = Pair> {
        self.wishes.apart()
    }

    pub fn other_end(&self, id: LinkId, from: NodeId) -> OtherEnd {
        self.table.other_end(id, from)
    }

    /// Both ends of a link, if there is one of that number.
    pub fn ends(&self, id: LinkId) -> Option<Pair> {
        self.table.links().get(&id).copied()
    }

    /// Everyone that a node is linked with, the resident included.
    pub fn neighbours(&self, node: NodeId) -> Vec<NodeId> {
        self.table.neighbours(node).collect()
    }

    /// Whether a node that is not linked with the resident has to come again for it: the shape asks for that link, makes it
    /// for newcomers only, and the host did not cut it. In a ring it is no matter as long as there is another link.
    pub fn has_to_return(&self, node: NodeId) -> bool {
        let asked_for = if self.shape == Shape::Ring { self.table.degree(node) == 0 } else { !self.resident_is_full() };
        asked_for
            && self.table.between(node, self.resident).is_none()
            && self.wishes.of(node, self.resident) != Some(Wish::Apart)
            && !self.partition.parts(node, self.resident)
    }

    /// Adds a node that is not there, and introduces it: first to those with which it has channels from before.
    pub fn add(&mut self, node: NodeId, channels: &[NodeId], rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        self.table.insert(node);
        self.claims.insert(node, channels.iter().copied().collect());
        if self.shape == Shape::Ring {
            self.place_in_ring(node, channels, rng, &mut changes);
            let wanted = self.wanted_in_ring();
            for other in wanted.iter().filter_map(|pair| pair.other(node)) {
                self.link(node, other, &mut changes);
            }
            self.settle(&wanted, &mut changes);
        } else {
            if !self.resident_is_full() {
                self.link(node, self.resident, &mut changes);
            }
            if let Some(Degrees { wanted, most }) = self.degrees() {
                for &other in channels {
                    let believed = !self.only_claims(node, other) || self.claimants(other).count() < wanted;
                    if believed && self.degree_among_others(node) < most && self.degree_among_others(other) < most {
                        self.link(node, other, &mut changes);
                    }
                }
            }
            self.fill_up(node, rng, &mut changes);
        }
        for other in self.wishes.linked_with(node) {
            self.link(node, other, &mut changes);
        }
        changes
    }

    /// Takes a node out, and finds new links for those who lost one. Only ends that stay are told.
    pub fn remove(&mut self, node: NodeId, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let lost = self.table.remove(node);
        self.claims.remove(&node);
        self.residents.remove(&node);
        let neighbours = self.ring.remove(node);
        changes.cut.extend(lost.iter().map(|&(id, end)| CutLink { id, end, reason: LinkEnd::Left }));
        if self.shape == Shape::Ring {
            if let Some([before, after]) = neighbours
                && self.table.avoids(before, after)
            {
                self.move_in_ring(before, after, rng, &mut changes);
            }
            self.settle(&self.wanted_in_ring(), &mut changes);
        } else {
            // Nodes of other relays are theirs to fill up.
            for (_, other) in lost {
                if self.shape == Shape::Star && self.is_led_here(other) && !self.resident_is_full() {
                    self.link(other, self.resident, &mut changes);
                }
                self.fill_up(other, rng, &mut changes);
            }
        }
        changes
    }

    /// Cuts a link because the node at one end wants it, and does not link the two again. Only the other end is told.
    pub fn cut(&mut self, id: LinkId, by: NodeId, rng: &mut impl Rng) -> Changes {
        let mut changes = Changes::default();
        let OtherEnd::Node(other) = self.other_end(id, by) else { return changes };
        self.table.unlink(by, other);
        self.table.avoid(by, other);
        self.faults.gave_up(by, other);
        changes.cut.push(CutLink { id, end: other, reason: LinkEnd::Cut });
        if self.shape == Shape::Ring {
            if self.ring.are_neighbours(by, other) {
                self.move_in_ring(by, other, rng, &mut changes);
            }
            self.settle(&self.wanted_in_ring(), &mut changes);
        } else {
            for node in [by, other] {
                self.fill_up(node, rng, &mut changes);
            }
        }
        changes
    }

    /// Gives the network another shape, or the same anew. Single links that the host made or cut, faults and a partition are
    /// forgotten; links that the new shape asks for as well are not touched.
    pub fn set_shape(&mut self, shape: Shape, rng: &mut impl Rng) -> Result<Changes, ShapeError> {
        shape.fits(self.table.node_count())?;
        self.wishes.clear();
        self.faults.clear();
        self.partition = Partition::default();
        Ok(self.reshape(shape, rng))
    }

    /// Takes on a shape, with the wishes that there are.
    fn reshape(&mut self, shape: Shape, rng: &mut impl Rng) -> Changes {
        self.shape = shape;
        let wanted = if shape == Shape::Ring {
            self.ring = Ring::along(&self.table, self.resident, rng);
            self.wanted_in_ring()
        } else {
            self.ring = Ring::default();
            self.wanted_around_resident(rng)
        };
        let mut changes = Changes::default();
        self.settle(&wanted, &mut changes);
        changes
    }

    /// Links two because the host wants it, whatever the shape says and whatever they wanted before. Nothing changes but its
    /// maker if they are linked already. `most`: how many links a node keeps.
    pub fn link_for_host(
        &mut self,
        a: NodeId,
        b: NodeId,
        most: impl Fn(NodeId) -> usize,
    ) -> Result<Changes, LinkError> {
        self.check_ends(a, b)?;
        let linked = self.table.between(a, b).is_some();
        if let Some(full) = [a, b].into_iter().find(|node| self.table.degree(*node) >= most(*node)).filter(|_| !linked)
        {
            return Err(LinkError::Full(full, most(full)));
        }
        if !self.wishes.set(Pair::new(a, b), Wish::Linked) {
            return Err(LinkError::TooManyWishes);
        }
        self.table.reconcile(a, b);
        let mut changes = Changes::default();
        self.link(a, b, &mut changes);
        Ok(changes)
    }

    /// Cuts a link because the host wants it. The two get no other instead: that would undo what the host is about.
    pub fn cut_for_host(&mut self, a: NodeId, b: NodeId) -> Result<Changes, LinkError> {
        self.check_ends(a, b)?;
        // Of two that are both elsewhere only their relays know.
        if self.table.between(a, b).is_none() && !(self.is_away(a) && self.is_away(b)) {
            return Err(LinkError::NotLinked);
        }
        if !self.wishes.set(Pair::new(a, b), Wish::Apart) {
            return Err(LinkError::TooManyWishes);
        }
        let mut changes = Changes::default();
        self.unlink(a, b, &mut changes);
        Ok(changes)
    }

    fn check_ends(&self, a: NodeId, b: NodeId) -> Result<(), LinkError> {
        if a == b {
            return Err(LinkError::Itself);
        }
        [a, b].into_iter().find(|node| !self.table.contains(*node)).map_or(Ok(()), |node| Err(LinkError::Absent(node)))
    }

    /// Its node keeps no more peers, and would disconnect who is introduced to it.
    fn resident_is_full(&self) -> bool {
        self.table.degree(self.resident) >= MAX_LINKS_OF_RESIDENT
    }

    /// Of the shape. Those for whom a star's middle has no room are linked with each other.
    fn degrees(&self) -> Option<Degrees> {
        let full_star = self.shape == Shape::Star && self.resident_is_full();
        if full_star { Shape::default().degrees() } else { self.shape.degrees() }
    }

    /// Links with others than the resident.
    fn degree_among_others(&self, node: NodeId) -> usize {
        self.table.degree(node) - usize::from(self.table.between(node, self.resident).is_some())
    }

    /// Whether one said to have a channel with the other, which did not say so.
    fn only_claims(&self, claimant: NodeId, other: NodeId) -> bool {
        let claims = |a, b| self.claims.get(&a).is_some_and(|claimed| claimed.contains(&b));
        claims(claimant, other) && !claims(other, claimant)
    }

    /// Those linked with a node that only claim a channel with it.
    fn claimants(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        self.table.neighbours(node).filter(move |other| self.only_claims(*other, node))
    }

    fn may_be_linked(&self, a: NodeId, b: NodeId) -> bool {
        a != b
            && self.table.contains(a)
            && self.table.contains(b)
            && (!self.table.avoids(a, b) || self.are_residents(a, b))
            && self.wishes.of(a, b) != Some(Wish::Apart)
            && !self.partition.parts(a, b)
    }

    /// Links two, if nobody has anything against it and they are not both other relays'.
    fn link(&mut self, initiator: NodeId, other: NodeId, changes: &mut Changes) {
        if self.may_be_linked(initiator, other) && self.table.between(initiator, other).is_none() {
            match (self.table.is_away(initiator), self.table.is_away(other)) {
                (true, true) => {}
                // It is this relay that asks for the link.
                (true, false) => changes.new.push(self.table.link(other, initiator)),
                (false, _) => changes.new.push(self.table.link(initiator, other)),
            }
        }
    }

    fn unlink(&mut self, a: NodeId, b: NodeId, changes: &mut Changes) {
        if let Some(id) = self.table.unlink(a, b) {
            changes.cut.extend([a, b].map(|end| CutLink { id, end, reason: LinkEnd::Cut }));
        }
    }

    /// Links a node that has too few with others at random. Who only claims a channel with it is none of these: it is not
    /// counted, nor drawn, or a node could be left with nobody but those who claimed it.
    fn fill_up(&mut self, node: NodeId, rng: &mut impl Rng, changes: &mut Changes) {
        let Some(Degrees { wanted, most }) = self.degrees().filter(|_| self.is_led_here(node)) else { return };
        let degree = self.degree_among_others(node);
        let missing = (wanted + self.claimants(node).count()).min(most).saturating_sub(degree);
        let chosen = self.table.draw(missing, rng, |other| {
            self.table.between(node, other).is_none()
                && self.degree_among_others(other) < most
                && !self.only_claims(node, other)
                && !self.only_claims(other, node)
                && self.may_be_drawn(other)
                && self.may_be_linked(node, other)
        });
        for other in chosen {
            self.link(node, other, changes);
        }
    }

    /// Puts a node between two others: best beside those with which it has channels, and not where the host has cut. Whether
    /// theirs goes is left to the caller's [`Self::settle`], which knows whether the ring stays closed without it.
    fn place_in_ring(&mut self, node: NodeId, channels: &[NodeId], rng: &mut impl Rng, changes: &mut Changes) {
        let channels: BTreeSet<NodeId> = channels.iter().copied().collect();
        let worth = |before: NodeId, after: NodeId| {
            let end = |end| 8 * i32::from(self.may_be_linked(node, end)) + 2 * i32::from(channels.contains(&end));
            let open = self.table.between(before, after).is_none() && before != after;
            let gap = match self.wishes.of(before, after) {
                Some(Wish::Apart) => -4,
                // Between two that do not want each other, the newcomer closes the ring.
                _ if open => 1,
                _ => 0,
            };
            end(before) + end(after) + gap
        };
        let gap = self.ring.best_gap(rng, worth);
        for beside in self.ring.insert(gap, node).into_iter().flatten() {
            self.link(node, beside, changes);
        }
    }

    /// Two that do not want each other would leave the ring open beside each other: the first finds another place, or the
    /// second if that is the resident, which stays where it is.
    fn move_in_ring(&mut self, first: NodeId, second: NodeId, rng: &mut impl Rng, changes: &mut Changes) {
        let mover = if first == self.resident { second } else { first };
        self.ring.remove(mover);
        self.place_in_ring(mover, &[], rng, changes);
    }

    fn wanted_in_ring(&self) -> BTreeSet<Pair> {
        let host_parts = |a, b| self.wishes.of(a, b) == Some(Wish::Apart);
        let may_be_linked = |a, b| self.may_be_linked(a, b);
        let reluctance = |node| self.table.avoided_count(node);
        let mut wanted: BTreeSet<Pair> = self.among_residents().collect();
        // Each part of a network that the host has divided is a ring of its own.
        for part in self.ring.parts(|node| self.partition.group_of(node)) {
            let next_relay = self.next_relay().filter(|_| part.contains(self.resident));
            wanted.extend(part.links(next_relay, may_be_linked, host_parts, reluctance));
        }
        wanted
    }

    /// What a shape other than the ring asks for. Links that are there are taken first.
    fn wanted_around_resident(&self, rng: &mut impl Rng) -> BTreeSet<Pair> {
        let (linked, others): (Vec<NodeId>, Vec<NodeId>) =
            self.table.here().partition(|node| self.table.between(*node, self.resident).is_some());
        let here = linked.len() + others.len();
        let around = linked.into_iter().chain(others).take(MAX_LINKS_OF_RESIDENT);
        let mut wanted: BTreeSet<Pair> = around.map(|node| Pair::new(self.resident, node)).collect();
        let full_star = self.shape == Shape::Star && wanted.len() < here;
        wanted.extend(self.among_residents());
        let degrees = if full_star { Shape::default().degrees() } else { self.shape.degrees() };
        let Some(Degrees { wanted: degree, most }) = degrees else { return wanted };
        let mut degrees: HashMap<NodeId, usize> = HashMap::new();
        let mut nodes: Vec<NodeId> = self.table.here().collect();
        nodes.shuffle(rng);
        for node in nodes {
            let degree_of = |other| degrees.get(&other).copied().unwrap_or(0);
            let missing = degree.saturating_sub(degree_of(node));
            let fits = |other| {
                degree_of(other) < most
                    && !wanted.contains(&Pair::new(node, other))
                    && self.may_be_drawn(other)
                    && self.may_be_linked(node, other)
            };
            let linked = self.table.neighbours(node).filter(|other| *other != self.resident && fits(*other));
            let linked: Vec<NodeId> = linked.collect();
            let mut chosen: Vec<NodeId> = linked.choose_multiple(rng, missing).copied().collect();
            let others = |other| fits(other) && self.table.between(node, other).is_none();
            chosen.extend(self.table.draw(missing - chosen.len(), rng, others));
            for other in chosen {
                wanted.insert(Pair::new(node, other));
                for end in [node, other] {
                    *degrees.entry(end).or_default() += 1;
                }
            }
        }
        wanted
    }

    /// Makes the links that are wanted and not there, and cuts those that are there and neither wanted nor the host's nor
    /// another relay's, which settles those itself.
    fn settle(&mut self, wanted: &BTreeSet<Pair>, changes: &mut Changes) {
        let unwanted: Vec<Pair> = self
            .links()
            .filter(|(id, pair, made_by)| {
                *made_by == MadeBy::Shape && !wanted.contains(pair) && !self.table.is_foreign(*id)
            })
            .map(|(_, pair, _)| pair)
            .collect();
        for [a, b] in wanted.iter().map(|pair| pair.nodes()) {
            self.link(a, b, changes);
        }
        for [a, b] in unwanted.into_iter().map(Pair::nodes) {
            self.unlink(a, b, changes);
        }
    }
}
