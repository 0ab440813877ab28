//! Feeds the nodes and carries out what they want done; what goes over links, and for how long.

use std::sync::Arc;

use super::connections::Way;
use super::{Arena, Event, RECONNECT_PAUSE, SHARED_BODIES};
use crate::chain::store::{Change, Key, Record as Stored};
use crate::consensus::CheckedBlock;
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
        let holds = !self.are_honest[machine]
            && self.setting.miners[machine].strategy.withholds()
            && self.machines[machine].held.is_none();
        if holds {
            self.machines[machine].held = Some(Vec::new());
        }
        self.machines[machine].node.swap_outputs(&mut self.outputs);
        let mut answers = Vec::new();
        self.feed(machine, input, &mut answers);
        while !answers.is_empty() {
            for input in std::mem::take(&mut answers) {
                self.feed(machine, input, &mut answers);
            }
        }
        self.machines[machine].node.swap_outputs(&mut self.outputs);
        if std::mem::take(&mut self.machines[machine].has_moved) {
            self.tip_moved(machine);
        }
        if holds {
            for (peer, frame) in self.machines[machine].held.take().unwrap_or_default() {
                self.transmit(machine, peer, frame);
            }
        }
    }

    fn feed(&mut self, machine: usize, input: Input, answers: &mut Vec<Input>) {
        self.machines[machine].node.handle(self.now, input);
        while let Some(output) = self.machines[machine].node.poll_output() {
            self.output(machine, output, answers);
        }
    }

    /// What has an answer at once is answered.
    fn output(&mut self, machine: usize, output: Output, answers: &mut Vec<Input>) {
        match output {
            Output::Send { peer, frame } => self.send(machine, peer, frame, answers),
            Output::Store { id, changes } => {
                for change in changes {
                    if let Change::Put(Key::Block { hash, .. }, value) = change {
                        self.archive.entry(hash).or_insert(value);
                    }
                }
                answers.push(Input::Stored(id));
            }
            Output::Load { id, keys } => answers.push(self.load(id, &keys)),
            Output::SetTimer { timer, at } => {
                self.machines[machine].timers[timer as usize] = Some(at);
                self.queue.plan(at.max(self.now), Event::Timer { machine, timer, at });
            }
            Output::Mine(job) => self.machines[machine].job = job,
            Output::Disconnect { peer, reason } => {
                self.record.hung_up.push(reason);
                let link = self.connections.link(peer);
                self.close(peer);
                self.queue.plan(self.now.plus_millis(RECONNECT_PAUSE), Event::Connect { link });
            }
            Output::Event(NodeEvent::TipChanged(change)) => {
                self.machines[machine].has_moved = true;
                self.record.tip_changed(machine, &change, self.now);
                if let Some(tip) = change.connected.last() {
                    self.share(machine, tip);
                }
            }
            Output::Event(NodeEvent::BlockMined(hash)) => self.record.was_found(hash, machine, self.now),
            Output::Event(_) => {}
        }
    }

    /// A node's new tip has been judged by it, as every node judges every block. From then on it holds the copy that the first one had.
    fn share(&mut self, machine: usize, tip: &Arc<CheckedBlock>) {
        if let Some(shared) = self.bodies.iter().rev().find(|body| body.hash() == tip.hash()) {
            self.machines[machine].node.share_tip(shared);
            return;
        }
        if self.bodies.len() == SHARED_BODIES {
            self.bodies.pop_front();
        }
        self.bodies.push_back(Arc::clone(tip));
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

    pub(super) fn frame_arrived(&mut self, machine: usize, to: PeerId, frame: Frame) {
        if !self.connections.is_open(to) {
            return;
        }
        if self.are_honest[machine] {
            self.input(machine, Input::FrameReceived { peer: to, frame });
        } else if let Some(frame) = self.answer_from_offers(machine, to, frame) {
            self.input(machine, Input::FrameReceived { peer: to, frame });
        }
    }

    /// Sends from this end to the other. What asks for the machine's own secret blocks is answered here, as if the peer had them.
    fn send(&mut self, machine: usize, from: PeerId, frame: Frame, answers: &mut Vec<Input>) {
        if self.are_honest[machine] {
            return self.transmit(machine, from, frame);
        }
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
        let Some(Way { to, receiver, wire, pace }) = self.connections.way(from) else { return };
        let frame = if self.decodes_anew { Frame::from(frame.to_vec()) } else { frame };
        let kind = frame.first().copied().unwrap_or_default();
        let Some(regions) = &self.setting.regions else {
            let charged = match kind {
                BLOCK => self.setting.block_bytes,
                COMPACT_BLOCK => self.setting.compact_bytes,
                _ => None,
            };
            let bytes = charged.unwrap_or(frame.len() as u64);
            let at = wire.carry_reliably(self.now, bytes, pace, &mut self.random);
            self.queue.plan(at, Event::Frame { machine: receiver, to, frame });
            return;
        };
        let to_machine = receiver as usize;
        if !matches!(kind, BLOCK | COMPACT_BLOCK | BLOCK_TRANSACTIONS) {
            let pace = regions.of_message(machine, to_machine, &mut self.random);
            let at = wire.carry_reliably(self.now, 0, pace, &mut self.random);
            self.queue.plan(at, Event::Frame { machine: receiver, to, frame });
            return;
        }
        let bytes = regions.block_bytes(machine, to_machine);
        let lacks = regions.lacks(machine, to_machine, &mut self.random);
        let pace = regions.of_body(machine, to_machine, &mut self.random);
        let uplink = &mut self.machines[machine].uplink;
        let at = uplink.carry_reliably(self.now, bytes, pace, &mut self.random);
        uplink.wait_for_arrival();
        match lacks {
            None => self.queue.plan(at, Event::Frame { machine: receiver, to, frame }),
            Some(bytes) => {
                let question = regions.of_message(to_machine, machine, &mut self.random).delay;
                self.queue.plan(at.plus_millis(question), Event::Missing { to, frame, bytes });
            }
        }
    }

    /// The transactions that a compact block lacked follow, and with them the block is whole.
    pub(super) fn send_missing(&mut self, to: PeerId, frame: Frame, bytes: u64) {
        let sender = self.connections.receiver(to) as usize;
        let machine = self.connections.receiver(self.connections.other(to));
        let Some(regions) = &self.setting.regions else { return };
        let pace = regions.of_body(sender, machine as usize, &mut self.random);
        let uplink = &mut self.machines[sender].uplink;
        let at = uplink.carry_reliably(self.now, bytes, pace, &mut self.random);
        uplink.wait_for_arrival();
        self.queue.plan(at, Event::Frame { machine, to, frame });
    }

    pub(super) fn connect(&mut self, link: usize) {
        let [a, b] = self.setting.links[link].nodes;
        let is_divided = self.sides.as_ref().is_some_and(|sides| sides[a] != sides[b]);
        if self.standing[link].is_some() || is_divided {
            return;
        }
        let ends = self.connections.open(link, &self.setting.links[link]);
        self.standing[link] = Some(ends);
        let ids = [a, b].map(|node| self.machines[node].node.id());
        let [first, second] = ends;
        // Who is called must know of the connection before the caller speaks.
        self.input(b, Input::PeerConnected { peer: second, node: ids[0], we_initiated: false });
        self.input(a, Input::PeerConnected { peer: first, node: ids[1], we_initiated: true });
    }

    /// Both ends learn at once that the link is gone.
    pub(super) fn cut(&mut self, link: usize) {
        let Some(ends) = self.standing[link].take() else { return };
        self.connections.close(ends[0]);
        for (node, peer) in self.setting.links[link].nodes.into_iter().zip(ends) {
            self.input(node, Input::PeerDisconnected { peer });
        }
    }

    /// One end has hung up, and the other learns of it.
    fn close(&mut self, peer: PeerId) {
        if !self.connections.close(peer) {
            return;
        }
        self.standing[self.connections.link(peer)] = None;
        let (other, machine) = (self.connections.other(peer), self.connections.receiver(peer) as usize);
        self.input(machine, Input::PeerDisconnected { peer: other });
    }

    /// The ends of a machine's links that stand, in the order of the links.
    pub(super) fn peers(&self, machine: usize) -> Vec<PeerId> {
        let end = |(link, ends): (usize, &Option<[PeerId; 2]>)| {
            let side = self.setting.links[link].nodes.iter().position(|node| *node == machine)?;
            ends.map(|ends| ends[side])
        };
        self.standing.iter().enumerate().filter_map(end).collect()
    }

    /// Whether any node has stored the block.
    pub fn is_known(&self, hash: &BlockHash) -> bool {
        self.archive.contains_key(hash)
    }
}
