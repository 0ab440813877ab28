//! What moves: nodes on their way to where they stand, and blocks on their way along links.
//!
//! A block is drawn on a link when a node says that it has a new tip and from whom it got that. Which ways it took is therefore
//! known; at which moment is not, for the relay is asked once a second. So the picture shows the ways one after the other, each
//! when the block is there, at a pace of its own. Values without a clock; times are milliseconds.

use std::collections::BTreeMap;

use tabchain_shared::primitives::{BlockHash, NodeId};

use super::layout::{Layout, Point};
use super::model::{Model, Way, pair};

/// From one place to another.
const GLIDE: f64 = 450.0;
/// Along a link.
const HOP: f64 = 550.0;
/// A node that found its tip itself shines for so long.
const SHINE: f64 = 900.0;
/// A chain of ways longer than this is shown at once from there on.
const MAX_HOPS: usize = 12;

#[derive(Debug, Default)]
pub struct Motion {
    moving: BTreeMap<NodeId, Glide>,
    packets: Vec<Packet>,
    /// Nodes that found a block themselves, and since when they shine.
    finds: Vec<(NodeId, f64)>,
    /// What each node is shown to follow: what it says, once the block has reached it in the picture.
    shown: BTreeMap<NodeId, Option<BlockHash>>,
    /// What nodes said at last.
    told: BTreeMap<NodeId, Option<BlockHash>>,
    /// The person wants nothing to move.
    pub still: bool,
}

#[derive(Debug, Clone, Copy)]
struct Glide {
    from: Point,
    to: Point,
    since: f64,
}

/// A block on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Packet {
    pub from: NodeId,
    pub to: NodeId,
    pub tip: BlockHash,
    since: f64,
}

impl Packet {
    /// From 0 to 1; `None`: not yet, or no more.
    pub fn progress(&self, now: f64) -> Option<f64> {
        let part = (now - self.since) / HOP;
        (0.0..1.0).contains(&part).then(|| eased(part))
    }
}

impl Motion {
    /// Nodes take their places.
    pub fn place(&mut self, layout: &Layout, now: f64) {
        let glides = layout.places.iter().map(|(id, to)| {
            let glide = match self.moving.get(id) {
                Some(glide) if glide.to == *to => *glide,
                Some(_) => Glide { from: self.at(*id, now), to: *to, since: now },
                // Who has just come does so in its place.
                None => Glide { from: *to, to: *to, since: now },
            };
            (*id, glide)
        });
        self.moving = glides.collect();
    }

    /// Nodes have told of new tips.
    pub fn hear(&mut self, model: &Model, now: f64) {
        self.told.retain(|id, _| model.dot(*id).is_some());
        self.shown.retain(|id, _| model.dot(*id).is_some());
        let fresh: BTreeMap<NodeId, (BlockHash, Option<NodeId>)> = model
            .dots
            .iter()
            .filter(|dot| self.told.get(&dot.id).is_some_and(|told| *told != dot.tip))
            .filter_map(|dot| Some((dot.id, (dot.tip?, dot.tip_from))))
            .collect();
        for dot in &model.dots {
            self.told.insert(dot.id, dot.tip);
            let Some((tip, from)) = fresh.get(&dot.id) else {
                // It has just come, or says nothing new.
                let is_on_its_way = self.packets.iter().any(|packet| packet.to == dot.id);
                if !is_on_its_way {
                    self.shown.insert(dot.id, dot.tip);
                }
                continue;
            };
            self.packets.retain(|packet| packet.to != dot.id);
            let Some(from) = from else {
                self.finds.push((dot.id, now));
                self.shown.insert(dot.id, Some(*tip));
                continue;
            };
            let is_link = model.line(pair(*from, dot.id)).is_some_and(|line| line.way != Way::Cut);
            if !is_link {
                // The link is gone already: nothing is drawn that nobody can follow.
                self.shown.insert(dot.id, Some(*tip));
                continue;
            }
            #[expect(clippy::cast_precision_loss, reason = "a few hops")]
            let before = hops_before(dot.id, *tip, &fresh) as f64;
            self.packets.push(Packet { from: *from, to: dot.id, tip: *tip, since: now + HOP * before });
        }
        self.tick(now);
    }

    /// What has come to its end by now. Whether there is more to come.
    pub fn tick(&mut self, now: f64) -> bool {
        let hop = if self.still { 0.0 } else { HOP };
        self.packets.retain(|packet| {
            let is_there = self.still || now >= packet.since + hop;
            if is_there {
                self.shown.insert(packet.to, Some(packet.tip));
            }
            !is_there
        });
        let still = self.still;
        self.finds.retain(|(_, since)| !still && now < since + SHINE);
        let gliding =
            !self.still && self.moving.values().any(|glide| glide.from != glide.to && now < glide.since + GLIDE);
        gliding || !self.packets.is_empty() || !self.finds.is_empty()
    }

    /// Where a node is now.
    pub fn at(&self, id: NodeId, now: f64) -> Point {
        self.moving.get(&id).map_or(Point { x: 0.0, y: 0.0 }, |Glide { from, to, since }| {
            if self.still { *to } else { from.towards(*to, eased(((now - since) / GLIDE).clamp(0.0, 1.0))) }
        })
    }

    pub fn packets(&self) -> &[Packet] {
        &self.packets
    }

    /// What a node is shown to follow.
    pub fn shown_tip(&self, id: NodeId) -> Option<BlockHash> {
        self.shown.get(&id).copied().flatten()
    }

    pub fn shines(&self, id: NodeId) -> bool {
        self.finds.iter().any(|(node, _)| *node == id)
    }
}

/// How many nodes the block has to reach in this picture before it can leave for this one.
fn hops_before(node: NodeId, tip: BlockHash, fresh: &BTreeMap<NodeId, (BlockHash, Option<NodeId>)>) -> usize {
    let mut hops = 0;
    let mut at = fresh.get(&node).and_then(|(_, from)| *from);
    while let Some(from) = at
        && hops < MAX_HOPS
        && let Some((_, before)) = fresh.get(&from).filter(|(its, from)| *its == tip && from.is_some())
    {
        hops += 1;
        at = *before;
    }
    hops
}

/// Slow at both ends.
fn eased(part: f64) -> f64 {
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::snapshot::NodeKind;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::super::layout::Size;
    use super::super::model::TipColours;
    use super::super::model::tests::{id, network, peer, topology};
    use super::*;
    use crate::operator::{Peer, ShapeName};

    /// A line of nodes, the relay's first.
    fn line(peers: &[Peer]) -> Model {
        let links = [(0, 1), (1, 2), (2, 3)];
        Model::of(peers, &topology(ShapeName::Mesh, &links), &mut TipColours::default())
    }

    fn tip(number: u8) -> BlockHash {
        BlockHash([number; 32])
    }

    /// Node 1 has found a block, and the others tell from whom they got it.
    fn found_by_node_1() -> Model {
        let from = |number: u8, from: Option<u8>| Peer { tip_from: from.map(id), ..peer(number, NodeKind::Tab, 2) };
        line(&[from(0, Some(1)), from(1, None), from(2, Some(1)), from(3, Some(2))])
    }

    #[test]
    fn a_block_travels_from_who_found_it_to_everyone_on_the_ways_that_it_took() {
        let mut motion = Motion::default();
        motion.hear(&line(&network(4)), 0.0);
        assert!(motion.packets().is_empty(), "what a node had before nobody has sent");
        motion.hear(&found_by_node_1(), 1_000.0);
        let ways: Vec<_> = motion.packets().iter().map(|packet| (packet.from, packet.to)).collect();
        assert_eq!(ways.len(), 3);
        assert!(ways.contains(&(id(1), id(0))) && ways.contains(&(id(1), id(2))) && ways.contains(&(id(2), id(3))));
        assert!(motion.shines(id(1)));
        assert_eq!([0, 1, 2, 3].map(|node| motion.shown_tip(id(node))), [1, 2, 1, 1].map(|number| Some(tip(number))));
        assert!(motion.tick(1_000.0 + HOP), "the last one waits until the block is at node 2");
        assert_eq!([2, 3].map(|node| motion.shown_tip(id(node))), [2, 1].map(|number| Some(tip(number))));
        motion.tick(1_000.0 + 2.0 * HOP);
        assert_eq!(motion.shown_tip(id(3)), Some(tip(2)));
        assert!(!motion.tick(1_000.0 + 2.0 * HOP + SHINE));
    }

    #[test]
    fn nothing_is_drawn_of_which_nobody_has_told() {
        let mut motion = Motion::default();
        motion.hear(&line(&network(4)), 0.0);
        // Of a node that is no neighbour any more.
        let peers: Vec<Peer> =
            (0..4).map(|number| Peer { tip_from: Some(id(3)), ..peer(number, NodeKind::Tab, 2) }).collect();
        motion.hear(&line(&peers[..3]), 10.0);
        assert!(motion.packets().is_empty());
        assert_eq!(motion.shown_tip(id(0)), Some(tip(2)));
    }

    #[test]
    fn for_whom_nothing_is_to_move_everything_is_there_at_once() {
        let mut motion = Motion { still: true, ..Motion::default() };
        motion.hear(&line(&network(4)), 0.0);
        motion.hear(&found_by_node_1(), 1_000.0);
        assert!(motion.packets().is_empty());
        assert_eq!(motion.shown_tip(id(3)), Some(tip(2)));
        assert!(!motion.tick(1_000.0));
    }

    #[test]
    fn nodes_glide_to_new_places_and_newcomers_stand_in_theirs() {
        let (small, large) = (Size { width: 400.0, height: 400.0 }, Size { width: 800.0, height: 400.0 });
        let mut motion = Motion::default();
        let layout = |count: usize, size| Layout::of(&line(&network(4)[..count]), size);
        motion.place(&layout(3, small), 0.0);
        assert!(!motion.tick(0.0));
        let before = motion.at(id(0), 0.0);
        motion.place(&layout(4, large), 1_000.0);
        assert_eq!(motion.at(id(0), 1_000.0), before);
        assert_eq!(motion.at(id(0), 1_000.0 + GLIDE), Point { x: 400.0, y: 200.0 });
        assert_eq!(motion.at(id(3), 1_000.0), motion.at(id(3), 2_000.0));
    }
}
