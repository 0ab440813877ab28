//! Feeds one node and carries out what it wants, as the real drivers do, and checks both ends of that bargain.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tabchain_shared::chain::Chain;
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::mining::Job;
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command, CommandId, Event, Input, Output, PeerId, Time};
use tabchain_shared::primitives::{Header, NodeId};
use tabchain_shared::wire::{InventoryItem, Message};

use super::START;
use super::checks::{check_job, check_mempool};
use super::disk::Disk;
use crate::pool::Pool;

/// Outputs of one input, and bytes sent for it: what a stranger may make a node do at once. An answer to `getdata` is the
/// largest, with 16 blocks.
const MAX_OUTPUTS: usize = 300;
const MAX_BYTES_SENT: usize = 200_000;
/// Requests that a peer keeps in mind; it forgets the oldest.
const MAX_REQUESTS: usize = 64;

pub struct Driver {
    node: Node,
    pub now: Time,
    pub job: Option<Job>,
    /// Connected peers, with what each was asked and has not answered.
    peers: BTreeMap<PeerId, VecDeque<Message>>,
    pub disk: Disk,
    disk_is_fast: bool,
    /// The disk held what the program chose when the first node started.
    pub had_records: bool,
    /// The node has got all that the disk held, and weighs chains from now on.
    is_loaded: bool,
    unanswered: BTreeSet<CommandId>,
    commands: u64,
    mined: u64,
    inputs: Vec<(Time, Input)>,
    outputs: Vec<Output>,
}

impl Driver {
    pub fn new(mut node: Node, disk_is_fast: bool) -> Self {
        let outputs = std::iter::from_fn(|| node.poll_output()).collect();
        Self {
            node,
            now: START,
            job: None,
            peers: BTreeMap::new(),
            disk: Disk::default(),
            disk_is_fast,
            had_records: false,
            is_loaded: false,
            unanswered: BTreeSet::new(),
            commands: 0,
            mined: 0,
            inputs: Vec::new(),
            outputs,
        }
    }

    pub fn chain(&self) -> &Chain {
        self.node.chain()
    }

    pub fn connect(&mut self, pool: &mut Pool, peer: PeerId, node: NodeId, we_initiated: bool) {
        self.peers.insert(peer, VecDeque::new());
        self.input(pool, Input::PeerConnected { peer, node, we_initiated });
    }

    pub fn hang_up(&mut self, pool: &mut Pool, peer: PeerId) {
        if self.peers.remove(&peer).is_some() {
            self.input(pool, Input::PeerDisconnected { peer });
        }
    }

    pub fn command(&mut self, pool: &mut Pool, command: Command) {
        self.commands += 1;
        let id = CommandId(self.commands);
        self.unanswered.insert(id);
        self.input(pool, Input::Command { id, command });
    }

    /// A nonce that meets the target of the job at hand makes a block, unless the clock was set back too far for its date, or so
    /// far forward that the node takes itself to have slept.
    pub fn mine(&mut self, pool: &mut Pool, job: &Job, nonce: u32) {
        let (mined, params) = (self.mined, pool.model.params());
        let is_acceptable = job.header.time.saturating_sub(params.max_future_seconds) <= self.now.seconds();
        let header = Header { nonce, ..job.header };
        let is_known = self.node.chain().index().get(&header.hash()).is_some();
        self.input(pool, Input::NonceFound(job.solution(nonce)));
        assert!(
            self.mined > mined || is_known || !is_acceptable || self.node.snapshot().waking.is_some(),
            "the node's own template makes no block"
        );
    }

    /// The node gets what the disk holds.
    pub fn load(&mut self, pool: &mut Pool) {
        self.input(pool, Input::RecordsLoaded(self.disk.records()));
        self.input(pool, Input::AllRecordsLoaded);
    }

    /// The disk does the next thing that it was asked for.
    pub fn serve_disk(&mut self, pool: &mut Pool) {
        if let Some(input) = self.disk.serve() {
            self.input(pool, input);
        }
    }

    /// Gives the node an input, carries out its outputs, and checks that all is well.
    pub fn input(&mut self, pool: &mut Pool, input: Input) {
        learn(pool, &input);
        self.inputs.push((self.now, input.clone()));
        self.node.handle(self.now, input.clone());
        let outputs: Vec<Output> = std::iter::from_fn(|| self.node.poll_output()).collect();
        if *crate::IS_TRACED {
            eprintln!("{} {}", self.now.0, in_words(&input));
            for output in &outputs {
                eprintln!("    {output:?}");
            }
        }
        assert!(outputs.len() <= MAX_OUTPUTS, "{} outputs for {input:?}", outputs.len());
        let mut bytes_sent = 0;
        for output in &outputs {
            if let Output::Send { frame, .. } = output {
                bytes_sent += frame.len();
            }
            self.carry_out(pool, output, &input);
        }
        assert!(bytes_sent <= MAX_BYTES_SENT, "{bytes_sent} bytes for {input:?}");
        self.outputs.extend(outputs);
        self.is_loaded |= matches!(input, Input::AllRecordsLoaded);
        pool.model.check(self.node.chain(), self.is_loaded);
        check_mempool(self.node.mempool(), self.node.chain());
        if let Some(job) = &self.job {
            check_job(job, self.node.chain());
        }
        if self.disk_is_fast {
            self.serve_disk(pool);
        }
    }

    fn carry_out(&mut self, pool: &mut Pool, output: &Output, cause: &Input) {
        match output {
            Output::Send { peer, frame } => {
                let message = Message::from_frame(frame).expect("a node sends sound frames");
                self.check_announcement(&message, cause);
                let requests = self.peers.get_mut(peer).expect("frames go to connected peers");
                requests.push_back(message);
                if requests.len() > MAX_REQUESTS {
                    requests.pop_front();
                }
            }
            Output::Disconnect { peer, .. } => {
                assert!(self.peers.remove(peer).is_some(), "only who is connected is disconnected");
            }
            Output::SetTimer { timer, at } => {
                let fires_again = matches!(cause, Input::TimerFired(fired) if fired == timer);
                assert!(!fires_again || *at > self.now, "{timer:?} fires without end");
            }
            Output::Store { id, changes } => {
                for change in changes {
                    if let Change::Put(key, value) = change
                        && let Ok(Record::Block { block, .. }) = Record::from_bytes(&key.to_bytes(), value)
                        && !pool.blocks.contains(&block)
                    {
                        pool.add(*block);
                    }
                }
                self.disk.ask_to_write(*id, changes.clone());
            }
            Output::Load { id, keys } => self.disk.ask_to_read(*id, keys.clone()),
            Output::Mine(job) => self.job = *job,
            Output::Event(Event::Answer { id, answer }) => {
                assert!(self.unanswered.remove(id), "a command is answered once");
                if let Answer::Accepted { txid } = answer {
                    let item = InventoryItem::Transaction(*txid);
                    assert!(self.disk.may_be_announced(&item), "accepted before it was stored");
                }
            }
            Output::Event(Event::BlockMined(_)) => self.mined += 1,
            Output::Event(Event::TipChanged(_) | Event::Changed | Event::Notice(_)) => {}
        }
    }

    /// What is announced unasked has been stored, as long as anything is.
    fn check_announcement(&self, message: &Message, cause: &Input) {
        let items: Vec<InventoryItem> = match message {
            Message::Inv(items) => items.clone(),
            Message::Headers(headers) if !is_request_for_headers(cause) => {
                headers.iter().map(|header| InventoryItem::Block(header.hash())).collect()
            }
            _ => return,
        };
        assert!(
            items.iter().all(|item| self.disk.may_be_announced(item)),
            "announced before it was stored: {message:?}"
        );
    }

    pub fn next_request(&mut self, peer: PeerId) -> Option<Message> {
        self.peers.get_mut(&peer)?.pop_front()
    }

    pub fn last_ping(&self, peer: PeerId) -> Option<u64> {
        self.peers.get(&peer)?.iter().rev().find_map(|message| match message {
            Message::Ping(nonce) => Some(*nonce),
            _ => None,
        })
    }

    /// What the page and the relay are shown.
    pub fn check_views(&self) {
        let snapshot = self.node.snapshot();
        assert!(snapshot.peers.len() <= self.peers.len());
        assert_eq!(snapshot.tip.hash, self.node.chain().tip());
        assert_eq!(snapshot.mempool_size, self.node.mempool().len());
        serde_json::to_string(&snapshot).expect("plain data");
        serde_json::to_string(&self.node.report(true)).expect("plain data");
    }

    /// What was asked of the disk and not done is lost, and a new node starts with what is there.
    pub fn restarted(&self, pool: &mut Pool, node: Node) -> Self {
        let mut restarted = Self::new(node, self.disk_is_fast);
        restarted.now = self.now;
        restarted.disk = self.disk.copy();
        restarted.had_records = self.had_records;
        restarted.load(pool);
        restarted
    }

    /// When the store has done all it was asked for, a node that starts with what it holds gets to the same tip, and lets
    /// every payment wait that waited.
    pub fn check_restart(&mut self, pool: &mut Pool, node: Node) {
        self.check_views();
        for _ in 0..10_000 {
            self.serve_disk(pool);
        }
        assert!(self.disk.is_idle(), "the node never has enough of its disk");
        let mut restarted = self.restarted(pool, node);
        while !restarted.disk.is_idle() {
            restarted.serve_disk(pool);
        }
        let [before, after] = [self.node.chain(), restarted.node.chain()];
        for driver in [&*self, &restarted] {
            let mut waiting = driver.node.mempool().by_fee_rate();
            let is_on_record = waiting.all(|(txid, _)| driver.disk.holds(Key::Mempool(*txid)));
            assert!(is_on_record || driver.disk.has_failed(), "what waits is on record");
        }
        // What was left out at the first start, such as a block without its parent, may be of use at the second.
        if self.disk.has_failed() || self.had_records || before.is_stuck() {
            return;
        }
        assert_eq!(after.tip(), before.tip(), "a restart keeps the tip");
        let [waited, waits] = [self.node.mempool(), restarted.node.mempool()];
        for (txid, transfer) in waited.by_fee_rate() {
            // One of the same sender may have come back from a stale block in its place, for a better fee.
            let has_rival = || {
                let returned = waits.by_fee_rate().filter(|(txid, _)| !waited.contains(txid));
                returned.map(|(_, other)| other.sender).any(|sender| sender == transfer.sender)
            };
            assert!(waits.contains(txid) || has_rival(), "a restart keeps what waits");
        }
    }

    /// The same inputs give the same outputs.
    pub fn check_determinism(&self, mut node: Node) {
        let mut outputs: Vec<Output> = std::iter::from_fn(|| node.poll_output()).collect();
        for (now, input) in &self.inputs {
            node.handle(*now, input.clone());
            outputs.extend(std::iter::from_fn(|| node.poll_output()));
        }
        let written = |outputs: &[Output]| outputs.iter().map(|output| format!("{output:?}")).collect::<Vec<_>>();
        assert_eq!(written(&outputs), written(&self.outputs));
    }
}

/// The model is told of every header and block that the node may take.
fn learn(pool: &mut Pool, input: &Input) {
    let Input::FrameReceived { frame, .. } = input else { return };
    match Message::from_frame(frame) {
        Ok(Message::Headers(headers)) => headers.iter().for_each(|header| pool.model.learn_header(header)),
        Ok(Message::Block(block)) if !pool.blocks.contains(&block) => pool.add(*block),
        _ => {}
    }
}

/// For a trace: a frame as what it says.
fn in_words(input: &Input) -> String {
    match input {
        Input::FrameReceived { peer, frame } => format!("from {}: {:?}", peer.0, Message::from_frame(frame)),
        other => format!("{other:?}"),
    }
}

fn is_request_for_headers(input: &Input) -> bool {
    let Input::FrameReceived { frame, .. } = input else { return false };
    matches!(Message::from_frame(frame), Ok(Message::GetHeaders(_)))
}
