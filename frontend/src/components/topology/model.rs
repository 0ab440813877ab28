//! What the picture shows: nodes, links and tips, as the relay tells of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tabchain_shared::node::role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{BlockHash, NodeId};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::LinkTransport;

use crate::components::palette::COLOURS;
use crate::operator::{Link, Peer, ShapeName, Topology};

/// More nodes than this nobody tells apart; the rest is counted.
pub const MAX_DRAWN: usize = 200;

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// By part of the network, and within it in the order in which they stand.
    pub dots: Vec<Dot>,
    pub lines: Vec<Line>,
    /// The one that most nodes follow first.
    pub tips: Vec<Tip>,
    /// Colours of tips that nodes followed a moment ago: a block that is on its way to them has not reached them yet.
    pub past: BTreeMap<BlockHash, usize>,
    /// Nodes that are not drawn.
    pub left_out: usize,
    /// In how many parts the network is, 1 if it is whole.
    pub parts: usize,
    pub is_ring: bool,
}

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    pub id: NodeId,
    pub name: String,
    pub role: Role,
    pub tip: Option<BlockHash>,
    /// Which node gave it its tip, as it says itself.
    pub tip_from: Option<NodeId>,
    pub mining: bool,
    /// From 0 on.
    pub part: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Tab,
    /// The relay's own node, or another relay's of the same network.
    Relay,
    /// A process that has joined as a node.
    Native,
    /// A tab that plays a dishonest part.
    Attacker,
}

impl Role {
    fn is_tab(self) -> bool {
        matches!(self, Self::Tab | Self::Attacker)
    }
}

/// A link, or what is left of one that the host has cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub ends: [NodeId; 2],
    pub way: Way,
    pub fault: Option<LinkFault>,
    /// Which of the ends say that the fault is in force there.
    pub in_force: [bool; 2],
    /// Milliseconds there and back, the mean of what the ends measure.
    pub round_trip: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Carried,
    Webrtc,
    /// Its ends have not told yet, or not the same.
    Opening,
    Cut,
}

impl Way {
    /// In the style sheet.
    pub fn class(self) -> &'static str {
        match self {
            Self::Carried => "carried",
            Self::Webrtc => "webrtc",
            Self::Opening => "opening",
            Self::Cut => "cut",
        }
    }
}

/// A block that some nodes follow.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tip {
    pub hash: BlockHash,
    pub height: u32,
    pub nodes: usize,
    pub colour: usize,
}

/// Two nodes in the order of their ids.
pub fn pair(a: NodeId, b: NodeId) -> [NodeId; 2] {
    if a <= b { [a, b] } else { [b, a] }
}

impl Model {
    pub fn of(peers: &[Peer], topology: &Topology, colours: &mut TipColours) -> Self {
        let parts = Parts::of(peers, topology);
        let relays_first =
            peers.iter().filter(|peer| is_relay(peer)).chain(peers.iter().filter(|peer| !is_relay(peer)));
        let drawn: Vec<&Peer> = relays_first.take(MAX_DRAWN).collect();
        let ids: BTreeSet<NodeId> = drawn.iter().map(|peer| peer.id).collect();
        let is_ring = topology.shape.shape == ShapeName::Ring;
        let mut dots: Vec<Dot> = drawn.iter().map(|peer| Dot::of(peer, parts.number_of(peer.id))).collect();
        let lines = lines(topology, &ids);
        let along = if is_ring { along_links(&dots, &lines) } else { HashMap::new() };
        // Relays stand in the middle; where there is none, everyone is where the ring goes on, else in the order of the names.
        dots.sort_by_cached_key(|dot| {
            (dot.part, along.get(&dot.id).copied().unwrap_or(0), dot.role.is_tab(), dot.name.to_lowercase(), dot.id)
        });
        Self {
            tips: tips(peers, colours),
            past: colours.past.clone(),
            left_out: peers.len() - drawn.len(),
            parts: parts.count,
            is_ring,
            dots,
            lines,
        }
    }

    pub fn dot(&self, id: NodeId) -> Option<&Dot> {
        self.dots.iter().find(|dot| dot.id == id)
    }

    pub fn line(&self, ends: [NodeId; 2]) -> Option<&Line> {
        self.lines.iter().find(|line| line.ends == ends)
    }

    /// `ada – bob`
    pub fn names(&self, ends: [NodeId; 2]) -> [String; 2] {
        ends.map(|id| self.dot(id).map_or_else(|| id.to_string()[..4].to_owned(), |dot| dot.name.clone()))
    }

    pub fn colour_of(&self, tip: Option<BlockHash>) -> Option<usize> {
        let tip = tip?;
        let known = self.tips.iter().find(|known| known.hash == tip).map(|known| known.colour);
        known.or_else(|| self.past.get(&tip).copied())
    }

    /// Nodes that a node is linked with.
    pub fn neighbours(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        let links = self.lines.iter().filter(|line| line.way != Way::Cut);
        links.filter_map(move |line| {
            let [a, b] = line.ends;
            if a == id { Some(b) } else { (b == id).then_some(a) }
        })
    }
}

impl Dot {
    fn of(peer: &Peer, part: usize) -> Self {
        let shape = match peer.kind {
            NodeKind::Tab if matches!(peer.role, Some(role) if role.is_withholding() || matches!(role, role::Role::DoubleSpender { .. })) => {
                Role::Attacker
            }
            NodeKind::Tab => Role::Tab,
            NodeKind::Relay if is_relay(peer) => Role::Relay,
            NodeKind::Relay => Role::Native,
        };
        Self {
            id: peer.id,
            name: peer.name.clone(),
            role: shape,
            tip: peer.tip,
            tip_from: peer.tip_from,
            mining: peer.mining == Some(true),
            part,
        }
    }
}

/// A relay of this network, its own node: one that has joined is a node like others.
fn is_relay(peer: &Peer) -> bool {
    peer.resident || peer.relay == Some(peer.id)
}

/// Who is where in a network that the host has divided.
struct Parts {
    named: HashMap<NodeId, usize>,
    others: usize,
    count: usize,
}

impl Parts {
    fn of(peers: &[Peer], topology: &Topology) -> Self {
        let groups = topology.groups.iter().enumerate();
        let named: HashMap<NodeId, usize> =
            groups.flat_map(|(group, nodes)| nodes.iter().map(move |node| (*node, group))).collect();
        let others = usize::from(peers.iter().any(|peer| !named.contains_key(&peer.id)));
        let count = (topology.groups.len() + others).max(1);
        Self { named, others, count }
    }

    fn number_of(&self, node: NodeId) -> usize {
        self.named.get(&node).map_or(0, |group| group + self.others)
    }
}

fn lines(topology: &Topology, drawn: &BTreeSet<NodeId>) -> Vec<Line> {
    let faults: HashMap<[NodeId; 2], LinkFault> =
        topology.faults.iter().map(|fault| (pair(fault.nodes[0], fault.nodes[1]), fault.fault)).collect();
    let standing = topology.links.iter().map(|link| {
        let mut sides = link.ends.each_ref();
        sides.sort_by_key(|side| side.node);
        let ends = sides.map(|side| side.node);
        let in_force = sides.map(|side| side.faulty);
        Line { ends, way: way(link), fault: faults.get(&ends).copied(), in_force, round_trip: link.round_trip() }
    });
    let cut = topology.cut.iter().map(|[a, b]| Line {
        ends: pair(*a, *b),
        way: Way::Cut,
        fault: None,
        in_force: [false; 2],
        round_trip: None,
    });
    let mut lines: Vec<Line> =
        standing.chain(cut).filter(|line| line.ends.iter().all(|end| drawn.contains(end))).collect();
    lines.sort_by_key(|line| line.ends);
    lines
}

/// The two ends may see a link that is just changing in two ways.
fn way(link: &Link) -> Way {
    match link.ends.each_ref().map(|end| end.transport) {
        [Some(LinkTransport::Webrtc), Some(LinkTransport::Webrtc)] => Way::Webrtc,
        [Some(LinkTransport::Carried), Some(LinkTransport::Carried)] => Way::Carried,
        _ => Way::Opening,
    }
}

/// Where each node of a ring stands: one after the other as they are linked, from the first one on.
fn along_links(dots: &[Dot], lines: &[Line]) -> HashMap<NodeId, usize> {
    let mut linked: HashMap<NodeId, Vec<NodeId>> = HashMap::new();
    for [a, b] in lines.iter().filter(|line| line.way != Way::Cut).map(|line| line.ends) {
        linked.entry(a).or_default().push(b);
        linked.entry(b).or_default().push(a);
    }
    let mut places = HashMap::new();
    for start in dots {
        let mut next = Some(start.id);
        while let Some(node) = next.filter(|node| !places.contains_key(node)) {
            places.insert(node, places.len());
            next = linked.get(&node).into_iter().flatten().copied().find(|other| !places.contains_key(other));
        }
    }
    places
}

fn tips(peers: &[Peer], colours: &mut TipColours) -> Vec<Tip> {
    let mut known: BTreeMap<BlockHash, (u32, usize)> = BTreeMap::new();
    for (tip, height) in peers.iter().filter_map(|peer| Some((peer.tip?, peer.height?))) {
        known.entry(tip).or_insert((height, 0)).1 += 1;
    }
    colours.keep(&known.keys().copied().collect());
    let mut tips: Vec<Tip> = known
        .into_iter()
        .map(|(hash, (height, nodes))| Tip { hash, height, nodes, colour: colours.of(hash) })
        .collect();
    tips.sort_by_key(|tip| (std::cmp::Reverse((tip.nodes, tip.height)), tip.hash));
    tips
}

/// Which tip has which colour and mark: of those that nodes follow at one time, no two have the same while there are eight,
/// and none has that of the one before it.
#[derive(Debug, Clone, Default)]
pub struct TipColours {
    held: BTreeMap<BlockHash, usize>,
    /// Of tips that nobody holds any more, since the last that was left.
    past: BTreeMap<BlockHash, usize>,
}

impl TipColours {
    fn keep(&mut self, tips: &BTreeSet<BlockHash>) {
        let left: BTreeMap<BlockHash, usize> = self.held.extract_if(.., |tip, _| !tips.contains(tip)).collect();
        if !left.is_empty() {
            self.past = left;
        }
    }

    /// By the hash, so that two panels mostly agree; if that is taken, the next that is free.
    fn of(&mut self, tip: BlockHash) -> usize {
        if let Some(colour) = self.held.get(&tip) {
            return *colour;
        }
        let preferred = usize::from(tip.0[0]) % COLOURS;
        let candidates = (0..COLOURS).map(|step| (preferred + step) % COLOURS);
        let count =
            |known: &BTreeMap<BlockHash, usize>, colour| known.values().filter(|known| **known == colour).count();
        let taken = |colour: &usize| (count(&self.held, *colour), count(&self.past, *colour));
        let colour = candidates.min_by_key(taken).unwrap_or(preferred);
        self.held.insert(tip, colour);
        colour
    }
}

#[cfg(test)]
pub mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::operator::{Fault, LinkSide, MadeBy, Shape};

    pub fn id(number: u8) -> NodeId {
        NodeId([number; 8])
    }

    pub fn peer(number: u8, kind: NodeKind, tip: u8) -> Peer {
        Peer {
            id: id(number),
            name: format!("node {number}"),
            kind,
            resident: number == 0,
            relay: Some(id(0)),
            address: None,
            balance: None,
            tip: Some(BlockHash([tip; 32])),
            height: Some(tip.into()),
            tip_from: None,
            hashrate: None,
            proven_hashrate: None,
            proven_shares: None,
            claim_doubted: false,
            mining: None,
            waits: None,
            limit: None,
            links: Vec::new(),
            follows_host: None,
            role: None,
            score: None,
        }
    }

    fn link(a: u8, b: u8, transports: [Option<LinkTransport>; 2]) -> Link {
        let [first, second] = transports;
        let side = |node, transport| LinkSide { node: id(node), transport, round_trip: Some(4), faulty: node == a };
        Link { ends: [side(a, first), side(b, second)], made_by: MadeBy::Shape }
    }

    pub fn topology(shape: ShapeName, links: &[(u8, u8)]) -> Topology {
        let carried = [Some(LinkTransport::Carried); 2];
        Topology {
            shape: Shape { shape, degree: None },
            links: links.iter().map(|(a, b)| link(*a, *b, carried)).collect(),
            cut: Vec::new(),
            groups: Vec::new(),
            faults: Vec::new(),
        }
    }

    pub fn network(size: u8) -> Vec<Peer> {
        (0..size).map(|number| peer(number, if number == 0 { NodeKind::Relay } else { NodeKind::Tab }, 1)).collect()
    }

    #[test]
    fn links_show_their_way_their_fault_and_where_it_is_in_force() {
        let (carried, direct) = (Some(LinkTransport::Carried), Some(LinkTransport::Webrtc));
        let links = vec![link(2, 1, [direct; 2]), link(1, 0, [carried, direct]), link(0, 2, [carried; 2])];
        let fault = LinkFault { delay: 5, ..LinkFault::default() };
        let topology = Topology {
            links,
            cut: vec![[id(3), id(1)]],
            faults: vec![Fault { nodes: [id(1), id(2)], fault }],
            ..topology(ShapeName::Mesh, &[])
        };
        let model = Model::of(&network(4), &topology, &mut TipColours::default());
        let line = |a, b| model.line(pair(id(a), id(b))).unwrap();
        assert_eq!((line(1, 2).way, line(1, 2).fault, line(1, 2).in_force), (Way::Webrtc, Some(fault), [false, true]));
        assert_eq!((line(0, 1).way, line(0, 2).way, line(1, 3).way), (Way::Opening, Way::Carried, Way::Cut));
        assert_eq!(line(0, 2).round_trip, Some(4));
        assert_eq!(model.neighbours(id(1)).collect::<Vec<_>>(), [id(0), id(2)], "not who it is cut off from");
    }

    #[test]
    fn roles_are_told_apart() {
        let mut peers = network(3);
        peers[1].kind = NodeKind::Relay;
        let sister = Peer { relay: Some(id(9)), ..peer(9, NodeKind::Relay, 1) };
        peers.push(sister);
        let model = Model::of(&peers, &topology(ShapeName::Star, &[]), &mut TipColours::default());
        let role = |number| model.dot(id(number)).unwrap().role;
        assert_eq!([0, 1, 2, 9].map(role), [Role::Relay, Role::Native, Role::Tab, Role::Relay]);
    }

    #[test]
    fn a_ring_is_drawn_in_its_own_order() {
        let links = [(0, 3), (3, 1), (1, 4), (4, 2), (2, 0)];
        let model = Model::of(&network(5), &topology(ShapeName::Ring, &links), &mut TipColours::default());
        let order: Vec<NodeId> = model.dots.iter().map(|dot| dot.id).collect();
        assert!((0..5).all(|at| model.line(pair(order[at], order[(at + 1) % 5])).is_some()), "{order:?}");
    }

    #[test]
    fn two_tips_have_two_colours_and_the_larger_crowd_comes_first() {
        let mut peers = network(10);
        for (number, peer) in peers.iter_mut().enumerate() {
            // Of which the hashes ask for one colour.
            let tip = if number < 3 { 8 } else { 16 };
            (peer.tip, peer.height) = (Some(BlockHash([tip; 32])), Some(tip.into()));
        }
        let model = Model::of(&peers, &topology(ShapeName::Mesh, &[]), &mut TipColours::default());
        assert_eq!(model.tips.iter().map(|tip| (tip.height, tip.nodes)).collect::<Vec<_>>(), [(16, 7), (8, 3)]);
        assert_ne!(model.tips[0].colour, model.tips[1].colour);
        assert_eq!(model.colour_of(Some(BlockHash([8; 32]))), Some(model.tips[1].colour));
    }

    #[test]
    fn a_tip_that_all_have_left_keeps_its_colour_for_the_next_picture_and_the_new_one_has_another() {
        let (mut colours, whole) = (TipColours::default(), topology(ShapeName::Mesh, &[]));
        let (before, after) = (BlockHash([1; 32]), BlockHash([9; 32]));
        let first = Model::of(&network(3), &whole, &mut colours).colour_of(Some(before));
        let moved: Vec<Peer> = network(3).into_iter().map(|peer| Peer { tip: Some(after), ..peer }).collect();
        let model = Model::of(&moved, &whole, &mut colours);
        assert_eq!(model.colour_of(Some(before)), first);
        assert_ne!(model.colour_of(Some(after)), first);
    }

    #[test]
    fn beyond_what_can_be_drawn_the_rest_is_counted_and_the_relay_is_not_among_it() {
        let mut peers: Vec<Peer> = network(250);
        peers.reverse();
        let topology = Topology { groups: vec![vec![id(3), id(4)]], ..topology(ShapeName::Mesh, &[(249, 7)]) };
        let model = Model::of(&peers, &topology, &mut TipColours::default());
        assert_eq!((model.dots.len(), model.left_out), (MAX_DRAWN, 50));
        assert!(model.dot(id(0)).is_some() && model.dot(id(7)).is_none() && model.lines.is_empty());
        assert_eq!((model.parts, model.dot(id(0)).unwrap().part), (2, 0));
        assert_eq!(model.tips[0].nodes, 250, "tips are of all of them");
    }
}
