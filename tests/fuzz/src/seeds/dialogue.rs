//! What two honest nodes say to each other: handshake, sync, a payment, new blocks.

use std::collections::VecDeque;

use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::node::io::{Command, CommandId, Input, Output, PeerId, Time, Timer};
use tabchain_shared::node::recording::{DEFAULT_MAX_BYTES, Recorder};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{Amount, Memo};

use crate::pool::PEOPLE;

const NOW: Time = Time(1_767_225_660_000);

struct Dialogue {
    nodes: [Node; 2],
    in_flight: VecDeque<(usize, Input)>,
    frames: Vec<Vec<u8>>,
    /// Of the second node.
    recorder: Recorder,
}

/// All frames, each once.
pub fn frames() -> Vec<Vec<u8>> {
    let mut frames = dialogue().frames;
    frames.sort();
    frames.dedup();
    frames
}

/// The second node's life on record.
pub fn recording() -> Vec<u8> {
    let mut dialogue = dialogue();
    dialogue.recorder.finish(&dialogue.nodes[1], NOW);
    dialogue.recorder.take_bytes()
}

fn dialogue() -> Dialogue {
    let config = |index: usize| Config::new(["alice", "bob"][index], NodeKind::Tab, index as u64);
    let node = |index: usize| Node::new(config(index), Params::regtest(), PEOPLE[index].key.clone(), NOW);
    let recorder = Recorder::new(config(1), Params::regtest(), PEOPLE[1].public_key, NOW, DEFAULT_MAX_BYTES);
    let mut dialogue = Dialogue { nodes: [node(0), node(1)], in_flight: VecDeque::new(), frames: Vec::new(), recorder };
    let mining = Command::StartMining { blocks: Some(3), limit: None };
    dialogue.input(0, Input::Command { id: CommandId(0), command: mining.clone() });
    for (index, other) in [(1, 0), (0, 1)] {
        let node = dialogue.nodes[other].id();
        dialogue.input(index, Input::PeerConnected { peer: PeerId(1), node, we_initiated: index == 0 });
    }
    let recipient = PEOPLE[1].address;
    let payment = Command::Pay { recipient, amount: Amount::COIN, fee: None, memo: Memo::default() };
    dialogue.input(0, Input::Command { id: CommandId(1), command: payment });
    dialogue.input(1, Input::Command { id: CommandId(2), command: mining });
    dialogue.input(0, Input::TimerFired(Timer::Ping));
    dialogue
}

impl Dialogue {
    /// Delivers an input and everything that follows from it.
    fn input(&mut self, index: usize, input: Input) {
        self.in_flight.push_back((index, input));
        while let Some((index, mut input)) = self.in_flight.pop_front() {
            if index == 1 {
                input = self.recorder.record(&self.nodes[1], NOW, input);
            }
            self.nodes[index].handle(NOW, input);
            while let Some(output) = self.nodes[index].poll_output() {
                self.carry_out(index, output);
            }
        }
    }

    fn carry_out(&mut self, index: usize, output: Output) {
        match output {
            Output::Send { frame, .. } => {
                self.frames.push(frame.to_vec());
                self.in_flight.push_back((1 - index, Input::FrameReceived { peer: PeerId(1), frame }));
            }
            Output::Store { id, .. } => self.in_flight.push_back((index, Input::Stored(id))),
            Output::Mine(Some(job)) => {
                let mut search =
                    NonceSearch::for_bits(job.algorithm, &job.header).expect("a node's jobs have a target");
                let nonce = search.run(0, 1_000).expect("every second hash makes a block");
                self.in_flight.push_back((index, Input::NonceFound(job.solution(nonce))));
            }
            Output::Disconnect { reason, .. } => panic!("honest nodes part: {reason}"),
            Output::Load { .. } => panic!("a few blocks are all in memory"),
            Output::SetTimer { .. } | Output::Mine(None) | Output::Event(_) => {}
        }
    }
}
