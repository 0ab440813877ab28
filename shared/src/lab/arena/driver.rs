//! Feeds the nodes and carries out what they want done; what goes over links, and for how long.

use std::collections::VecDeque;

use super::{Arena, Connection, Event, RECONNECT_PAUSE};
use crate::chain::store::{Change, Key, Record as Stored};
use crate::node::{Event as NodeEvent, Input, LoadId, Output, PeerId};
use crate::primitives::BlockHash;
use crate::wire::Frame;

/// First bytes of frames that carry bodies (`wire::message`).
const BLOCK: u8 = 7;
const COMPACT_BLOCK: u8 = 11;
const BLOCK_TRANSACTIONS: u8 = 13;

impl Arena {
    /// Feeds a node and carries out what it wants done. A withholding miner's match comes before its node passes on what it is
    /// to match.
    pub(super) fn input(&mut self, machine: usize, input: Input) {
        let holds = self.setting.miners[machine].strategy.withholds() && self.machines[machine].held.is_none();
        if holds {
            self.machines[machine].held = Some(Vec::new());
        }
        self.machines[machine].node.lend_outputs(std::mem::take(&mut self.outputs));
        let (mut next, mut answers) = (Some(input), VecDeque::new());
        while let Some(input) = next {
            self.machines[machine].node.handle(self.now, input);
            while let Some(output) = self.machines[machine].node.poll_output() {
                self.output(machine, output, &mut answers);
            }
            next = answers.pop_front();
        }
        self.outputs = self.machines[machine].node.take_outputs();
        if std::mem::take(&mut self.machines[machine].has_moved) {
            self.tip_moved(machine);
        }
        if holds {
            for (peer, frame) in self.machines[machine].held.take().unwrap_or_default() {
                self.transmit(machine, peer, frame);
            }
        }
    }

    /// What has an answer at once is answered.
    fn output(&mut self, machine: usize, output: Output, answers: &mut VecDeque<Input>) {
        match output {
            Output::Send { peer, frame } => self.send(machine, peer, frame, answers),
            Output::Store { id, changes } => {
                for change in changes {
                    if let Change::Put(Key::Block { hash, .. }, value) = change {
                        self.archive.entry(hash).or_insert(value);
                    }
                }
                answers.push_back(Input::Stored(id));
            }
            Output::Load { id, keys } => answers.push_back(self.load(id, &keys)),
            Output::SetTimer { timer, at } => {
                self.machines[machine].timers[timer as usize] = Some(at);
                self.queue.plan(at.max(self.now), Event::Timer { machine, timer, at });
            }
            Output::Mine(job) => self.machines[machine].job = job,
            Output::Disconnect { peer, reason } => {
                self.record.hung_up.push(reason);
                let link = self.connections[connection_of(peer).0].link;
                self.close(peer);
                self.queue.plan(self.now.plus_millis(RECONNECT_PAUSE), Event::Connect { link });
            }
            Output::Event(NodeEvent::TipChanged(change)) => {
                self.machines[machine].has_moved = true;
                self.record.tip_changed(machine, &change, self.now);
            }
            Output::Event(NodeEvent::BlockMined(hash)) => self.record.was_found(hash, machine, self.now),
            Output::Event(_) => {}
        }
    }

    fn load(&self, id: LoadId, keys: &[Key]) -> Input {
        let read = |key: &Key| match key {
            Key::Block { hash, .. } => Stored::from_bytes(&key.to_bytes(), self.archive.get(hash)?).ok(),
            _ => None,
        };
        Input::Loaded { id, records: keys.iter().map(read).collect() }
    }

    fn tip_moved(&mut self, machine: usize) {
        if self.params.half_life.is_some() {
            let chain = self.machines[machine].node.chain();
            let bits = chain.index().required_bits(&self.params, chain.tip()).expect("the tip is indexed");
            let work = bits.to_target().expect("the rules give valid bits").work().to_f64();
            self.machines[machine].work = work;
            self.work_changed(work);
        }
        self.public_tip_moved(machine);
    }

    pub(super) fn frame_arrived(&mut self, to: PeerId, frame: Frame) {
        let (connection, side) = connection_of(to);
        if !self.connections[connection].is_open {
            return;
        }
        let machine = self.connections[connection].nodes[side];
        if let Some(frame) = self.answer_from_offers(machine, to, frame) {
            self.input(machine, Input::FrameReceived { peer: to, frame });
        }
    }

    /// Sends from this end to the other. What asks for the machine's own secret blocks is answered here, as if the peer had them.
    fn send(&mut self, machine: usize, from: PeerId, frame: Frame, answers: &mut VecDeque<Input>) {
        if self.keeps_silent_about(machine, &frame) {
            return;
        }
        let (known, rest) = self.own_answers(machine, from, frame);
        answers.extend(known);
        let Some(frame) = rest else { return };
        match &mut self.machines[machine].held {
            Some(held) => held.push((from, frame)),
            None => self.transmit(machine, from, frame),
        }
    }

    pub(super) fn transmit(&mut self, machine: usize, from: PeerId, frame: Frame) {
        let (place, side) = connection_of(from);
        let connection = &mut self.connections[place];
        if !connection.is_open {
            return;
        }
        let to = PeerId(from.0 ^ 1);
        let frame = if self.decodes_anew { Frame::from(frame.to_vec()) } else { frame };
        let link = &self.setting.links[connection.link];
        let kind = frame.first().copied().unwrap_or_default();
        let Some(regions) = &self.setting.regions else {
            let charged = match kind {
                BLOCK => self.setting.block_bytes,
                COMPACT_BLOCK => self.setting.compact_bytes,
                _ => None,
            };
            let bytes = charged.unwrap_or(frame.len() as u64);
            let at = connection.wires[side].carry_reliably(self.now, bytes, &link.directions[side], &mut self.random);
            self.queue.plan(at, Event::Frame { to, frame });
            return;
        };
        let receiver = connection.nodes[1 - side];
        if !matches!(kind, BLOCK | COMPACT_BLOCK | BLOCK_TRANSACTIONS) {
            let settings = regions.of_message(machine, receiver, &mut self.random);
            let at = connection.wires[side].carry_reliably(self.now, 0, &settings, &mut self.random);
            self.queue.plan(at, Event::Frame { to, frame });
            return;
        }
        let bytes = regions.block_bytes(machine, receiver);
        let lacks = regions.lacks(machine, receiver, &mut self.random);
        let settings = regions.of_body(machine, receiver, &mut self.random);
        let uplink = &mut self.machines[machine].uplink;
        let at = uplink.carry_reliably(self.now, bytes, &settings, &mut self.random);
        uplink.wait_for_arrival();
        match lacks {
            None => self.queue.plan(at, Event::Frame { to, frame }),
            Some(bytes) => {
                let question = regions.of_message(receiver, machine, &mut self.random).delay;
                self.queue.plan(at.plus_millis(question), Event::Missing { to, frame, bytes });
            }
        }
    }

    /// The transactions that a compact block lacked follow, and with them the block is whole.
    pub(super) fn send_missing(&mut self, to: PeerId, frame: Frame, bytes: u64) {
        let (number, side) = connection_of(to);
        let nodes = self.connections[number].nodes;
        let (sender, receiver) = (nodes[1 - side], nodes[side]);
        let Some(regions) = &self.setting.regions else { return };
        let settings = regions.of_body(sender, receiver, &mut self.random);
        let uplink = &mut self.machines[sender].uplink;
        let at = uplink.carry_reliably(self.now, bytes, &settings, &mut self.random);
        uplink.wait_for_arrival();
        self.queue.plan(at, Event::Frame { to, frame });
    }

    pub(super) fn connect(&mut self, link: usize) {
        let [a, b] = self.setting.links[link].nodes;
        let is_divided = self.sides.as_ref().is_some_and(|sides| sides[a] != sides[b]);
        if self.standing[link].is_some() || is_divided {
            return;
        }
        let number = self.connections.len();
        self.connections.push(Connection { link, nodes: [a, b], wires: Default::default(), is_open: true });
        self.standing[link] = Some(number);
        let ids = [a, b].map(|node| self.machines[node].node.id());
        let [first, second] = [0, 1].map(|side| PeerId(2 * number as u64 + side));
        // Who is called must know of the connection before the caller speaks.
        self.input(b, Input::PeerConnected { peer: second, node: ids[0], we_initiated: false });
        self.input(a, Input::PeerConnected { peer: first, node: ids[1], we_initiated: true });
    }

    /// Both ends learn at once that the link is gone.
    pub(super) fn cut(&mut self, connection: usize) {
        let link = self.connections[connection].link;
        self.connections[connection].is_open = false;
        self.standing[link] = None;
        for (side, node) in self.setting.links[link].nodes.into_iter().enumerate() {
            self.input(node, Input::PeerDisconnected { peer: PeerId(2 * connection as u64 + side as u64) });
        }
    }

    /// One end has hung up, and the other learns of it.
    fn close(&mut self, peer: PeerId) {
        let (number, side) = connection_of(peer);
        let connection = &mut self.connections[number];
        if !connection.is_open {
            return;
        }
        connection.is_open = false;
        let link = connection.link;
        self.standing[link] = None;
        let other = self.setting.links[link].nodes[1 - side];
        self.input(other, Input::PeerDisconnected { peer: PeerId(peer.0 ^ 1) });
    }

    /// The ends of a machine's links that stand, in the order of the links.
    pub(super) fn peers(&self, machine: usize) -> Vec<PeerId> {
        let end = |(link, connection): (usize, &Option<usize>)| {
            let side = self.setting.links[link].nodes.iter().position(|node| *node == machine)?;
            connection.map(|number| PeerId(2 * number as u64 + side as u64))
        };
        self.standing.iter().enumerate().filter_map(end).collect()
    }

    /// Whether any node has stored the block.
    pub fn is_known(&self, hash: &BlockHash) -> bool {
        self.archive.contains_key(hash)
    }
}

/// The connection that an end's number stands for, and which of its two ends it is.
fn connection_of(peer: PeerId) -> (usize, usize) {
    let number = usize::try_from(peer.0 / 2).expect("connections are in memory");
    (number, usize::from(peer.0 % 2 == 1))
}
