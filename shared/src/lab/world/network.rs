//! Links between nodes: made, cut and made again; and what they carry.

use super::{End, Event, Parties, World};
use crate::lab::checker::Violation;
use crate::lab::link::Wire;
use crate::lab::settings::{Settings, Topology};
use crate::node::{Input, PeerId};

/// A link that is down is tried again after so long, ms, and up to as long again.
const RECONNECT_PAUSE: u64 = 1_000;

/// Two nodes that want to be connected.
#[derive(Debug)]
pub(super) struct Link {
    pub nodes: [usize; 2],
    /// The numbers of the connection at its two ends, while it stands.
    pub peers: Option<[PeerId; 2]>,
    /// By the side that sends.
    wires: [Wire; 2],
    /// An attempt is planned.
    trying: bool,
}

/// Every link of the topology, and one from each byzantine node to each honest one.
pub(super) fn links(settings: &Settings) -> Vec<Link> {
    let honest = settings.honest;
    let pairs = (0..honest).flat_map(|a| (a + 1..honest).map(move |b| [a, b]));
    let pairs = pairs.filter(|[a, b]| settings.topology == Topology::Mesh || b - a == 1);
    let hostile =
        (honest..honest + settings.byzantine).flat_map(|villain| (0..honest).map(move |node| [villain, node]));
    let link = |nodes| Link { nodes, peers: None, wires: Default::default(), trying: false };
    pairs.chain(hostile).map(link).collect()
}

impl World {
    pub(super) fn is_villain(&self, node: usize) -> bool {
        node >= self.machines.len()
    }

    pub(super) fn connect_after(&mut self, link: usize, millis: u64) {
        if !self.links[link].trying {
            self.links[link].trying = true;
            self.plan_in(millis, Event::Connect { link });
        }
    }

    fn reconnect(&mut self, link: usize) {
        let pause = RECONNECT_PAUSE + self.random_below(RECONNECT_PAUSE);
        self.connect_after(link, pause);
    }

    pub(super) fn connect(&mut self, link: usize) -> Result<(), Violation> {
        self.links[link].trying = false;
        let nodes = self.links[link].nodes;
        let is_hostile = self.is_villain(nodes[0]);
        if self.links[link].peers.is_some() || (is_hostile && !self.stormy) {
            return Ok(());
        }
        let is_up = |node: usize| self.is_villain(node) || self.machines[node].node.is_some();
        if !(nodes.into_iter().all(is_up) && self.can_talk(nodes)) {
            self.reconnect(link);
            return Ok(());
        }
        let peers = [PeerId(self.number()), PeerId(self.number())];
        self.links[link].peers = Some(peers);
        self.links[link].wires = Default::default();
        for side in [0, 1] {
            self.ends.insert(peers[side], End { link, side });
            self.parties.insert(peers[side], Parties { here: nodes[side], there: nodes[1 - side] });
        }
        // Who makes the call is chance between honest nodes; byzantine ones always do.
        let caller = if is_hostile { 0 } else { self.random.index(2) };
        let other = 1 - caller;
        let id = if is_hostile {
            self.villain_arrives(peers[caller])
        } else {
            self.machines[nodes[caller]].key.public_key().node_id()
        };
        let delay = self.settings.link.delay;
        self.plan_in(delay, Event::Opened { peer: peers[caller] });
        self.input(nodes[other], Input::PeerConnected { peer: peers[other], node: id, we_initiated: false })
    }

    pub(super) fn opened(&mut self, peer: PeerId) -> Result<(), Violation> {
        if !self.ends.contains_key(&peer) {
            return Ok(());
        }
        let Parties { here, there } = self.parties[&peer];
        if self.is_villain(here) {
            self.villain_opens(peer);
            return Ok(());
        }
        let node = self.machines[there].key.public_key().node_id();
        self.input(here, Input::PeerConnected { peer, node, we_initiated: true })
    }

    /// The end of a node that learns that the other end is gone.
    pub(super) fn closed(&mut self, peer: PeerId) -> Result<(), Violation> {
        let here = self.parties[&peer].here;
        if self.is_villain(here) { Ok(()) } else { self.input(here, Input::PeerDisconnected { peer }) }
    }

    pub(super) fn frame_arrived(&mut self, peer: PeerId, frame: Vec<u8>) -> Result<(), Violation> {
        let here = self.parties[&peer].here;
        if self.is_villain(here) {
            self.villain_hears(peer, &frame);
            return Ok(());
        }
        self.traffic.arrived(here, &frame);
        self.input(here, Input::FrameReceived { peer, frame: frame.into() })
    }

    /// Sends from this end to the other, if the connection stands and the network is not divided between them.
    pub(super) fn send(&mut self, from: PeerId, frame: Vec<u8>) {
        let Some(end) = self.ends.get(&from).copied() else { return };
        let nodes = self.links[end.link].nodes;
        self.stats.frames += 1;
        if !self.can_talk(nodes) {
            return;
        }
        let faultless = self.settings.link.without_faults();
        let settings = if self.stormy { &self.settings.link } else { &faultless };
        let link = &mut self.links[end.link];
        let Some(peers) = link.peers else { return };
        let arrivals = link.wires[end.side].carry(self.now, frame.len(), settings, &mut self.random);
        for at in arrivals {
            self.plan(at, Event::Frame { peer: peers[1 - end.side], frame: frame.clone() });
        }
    }

    /// A node has hung up.
    pub(super) fn hung_up(&mut self, peer: PeerId, reason: String) {
        self.villain_is_cut_off(peer, reason);
        self.close(peer, false);
    }

    /// One end has closed the connection; the other learns of it, unless the end vanished without a word.
    pub(super) fn close(&mut self, peer: PeerId, in_silence: bool) {
        let Some(end) = self.ends.remove(&peer) else { return };
        let Some(peers) = self.links[end.link].peers.take() else { return };
        let other = peers[1 - end.side];
        self.ends.remove(&other);
        self.villains.remove(&peer);
        self.villains.remove(&other);
        if !in_silence {
            let delay = self.settings.link.delay;
            self.plan_in(delay, Event::Closed { peer: other });
        }
        self.reconnect(end.link);
    }

    /// Both ends learn at once that the link is gone.
    pub(super) fn cut(&mut self, link: usize) -> Result<(), Violation> {
        let Some([a, b]) = self.links[link].peers else { return Ok(()) };
        self.close(a, true);
        self.closed(a)?;
        self.closed(b)
    }

    pub(super) fn other_end(&self, peer: PeerId) -> Option<PeerId> {
        let end = self.ends.get(&peer)?;
        self.links[end.link].peers.map(|peers| peers[1 - end.side])
    }

    pub(super) fn can_talk(&self, nodes: [usize; 2]) -> bool {
        self.divided.as_ref().is_none_or(|sides| sides[nodes[0]] == sides[nodes[1]])
    }
}
