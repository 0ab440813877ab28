//! Nodes that talk to each other on one virtual clock, and strangers that a test plays itself.
//!
//! The driver here is as plain as the real ones: it feeds inputs and carries out outputs. Mining is a search on regtest,
//! where every second hash is a block.

// Each test program uses its part of this.
#![allow(dead_code)]

use std::collections::{BTreeMap, VecDeque};

use tabchain_shared::chain::store::{Change, Record};
use tabchain_shared::consensus::Params;
use tabchain_shared::lab::till::Till;
use tabchain_shared::lab::veil::{Said, Veil};
use tabchain_shared::mining::Job;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::node::io::{Answer, Command, CommandId, Event, Input, Output, PeerId, StoreId, Time, Timer};
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{
    Block, BlockHash, Header, Memo, PublicKey, SecretKey, Transaction, Transfer, Txid, merkle_root,
};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tabchain_shared::wire::{Message, Version};

/// One node with its driver.
pub struct Driven {
    pub node: Node,
    pub timers: BTreeMap<Timer, Time>,
    pub job: Option<Job>,
    pub store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Acknowledged at once unless the test holds writes back.
    pub held_writes: Option<Vec<StoreId>>,
    /// Refuses every write from now on.
    pub disk_is_full: bool,
    pub answers: BTreeMap<CommandId, Answer>,
    pub notices: Vec<String>,
    pub recorded: Vec<(Time, Input)>,
    /// Between the node and its links, if it plays a dishonest role.
    pub veil: Option<Veil>,
    /// If it plays a merchant.
    pub till: Option<Till>,
}

/// Where a node's peer leads: to another node, under the number that it has there.
pub type Links = BTreeMap<(usize, PeerId), (usize, PeerId)>;

pub struct World {
    pub now: Time,
    pub nodes: Vec<Driven>,
    pub links: Links,
    pub in_flight: VecDeque<(usize, Input)>,
    pub next_peer: u64,
    /// Frames to peers that are no nodes: the test plays them.
    pub to_test: Vec<(PeerId, Message)>,
    pub disconnected: Vec<(PeerId, String)>,
}

pub const ALICE: usize = 0;
pub const BOB: usize = 1;
pub const CAROL: usize = 2;
pub const START: Time = Time(1_800_000_000_000);

pub fn config(index: usize) -> Config {
    let names = ["alice", "bob", "carol", "dave"];
    Config::new(names[index], NodeKind::Tab, index as u64)
}

pub fn node(index: usize, now: Time) -> Node {
    node_with(index, config(index), now)
}

pub fn node_with(index: usize, config: Config, now: Time) -> Node {
    Node::new(config, Params::regtest(), key(index), now)
}

pub fn key(index: usize) -> SecretKey {
    SecretKey::from_seed([u8::try_from(index).unwrap() + 1; 32])
}

impl World {
    pub fn new(count: usize) -> Self {
        Self::of((0..count).map(|index| node(index, START)).collect())
    }

    pub fn of(nodes: Vec<Node>) -> Self {
        let mut world = Self {
            now: START,
            nodes: Vec::new(),
            links: Links::new(),
            in_flight: VecDeque::new(),
            next_peer: 1,
            to_test: Vec::new(),
            disconnected: Vec::new(),
        };
        for (index, node) in nodes.into_iter().enumerate() {
            world.nodes.push(Driven {
                node,
                timers: BTreeMap::new(),
                job: None,
                store: BTreeMap::new(),
                held_writes: None,
                disk_is_full: false,
                answers: BTreeMap::new(),
                notices: Vec::new(),
                recorded: Vec::new(),
                veil: None,
                till: None,
            });
            world.carry_out(index);
        }
        world
    }

    pub fn connected(count: usize) -> Self {
        let mut world = Self::new(count);
        for a in 0..count {
            for b in 0..a {
                world.connect(a, b);
            }
        }
        world
    }

    /// Gives a new node what its store holds; of one height the block first that came first.
    pub fn restore(&mut self, index: usize) {
        let mut store: Vec<_> = self.nodes[index].store.iter().collect();
        let height_and_arrival = |key: &[u8], value: &[u8]| {
            let arrival = value.first_chunk().map(|arrival| u64::from_le_bytes(*arrival));
            (key[..key.len().min(5)].to_vec(), arrival)
        };
        store.sort_by_key(|(key, value)| height_and_arrival(key, value));
        let records = store.iter().filter_map(|(key, value)| Record::from_bytes(key, value).ok()).collect();
        self.input(index, Input::RecordsLoaded(records));
        self.input(index, Input::AllRecordsLoaded);
    }

    pub fn new_peer(&mut self) -> PeerId {
        self.next_peer += 1;
        PeerId(self.next_peer)
    }

    pub fn connect(&mut self, from: usize, to: usize) {
        self.call(from, to);
        self.settle();
    }

    /// Makes a link; what the nodes say to each other over it is on its way.
    pub fn call(&mut self, from: usize, to: usize) {
        let (there, here) = (self.new_peer(), self.new_peer());
        self.links.insert((from, there), (to, here));
        self.links.insert((to, here), (from, there));
        let (from_id, to_id) = (self.nodes[from].node.id(), self.nodes[to].node.id());
        self.input(to, Input::PeerConnected { peer: here, node: from_id, we_initiated: false });
        self.input(from, Input::PeerConnected { peer: there, node: to_id, we_initiated: true });
    }

    /// A peer of `node` that the test itself plays: the node of `version(id)`.
    pub fn stranger(&mut self, node: usize, id: u8) -> PeerId {
        let peer = self.new_peer();
        let stranger = version(id).public_key.node_id();
        self.input(node, Input::PeerConnected { peer, node: stranger, we_initiated: false });
        self.settle();
        peer
    }

    pub fn says(&mut self, node: usize, peer: PeerId, message: &Message) {
        self.input(node, Input::FrameReceived { peer, frame: message.to_frame().into() });
        self.settle();
    }

    /// A stranger that has shaken hands.
    pub fn guest(&mut self, node: usize, id: u8) -> PeerId {
        let peer = self.stranger(node, id);
        let network = self.nodes[node].node.chain().network();
        self.says(node, peer, &Message::Version(Version { network, ..version(id) }));
        self.says(node, peer, &Message::Verack);
        self.to_test.clear();
        peer
    }

    pub fn cut_all(&mut self, node: usize) {
        let ends: Vec<_> = self.links.iter().filter(|((from, _), _)| *from == node).map(|(a, b)| (*a, *b)).collect();
        for ((a, peer_a), (b, peer_b)) in ends {
            self.links.remove(&(a, peer_a));
            self.links.remove(&(b, peer_b));
            self.input(a, Input::PeerDisconnected { peer: peer_a });
            self.input(b, Input::PeerDisconnected { peer: peer_b });
        }
        self.settle();
    }

    pub fn input(&mut self, index: usize, input: Input) {
        self.nodes[index].recorded.push((self.now, input.clone()));
        if let (Some(veil), Input::FrameReceived { peer, frame }) = (&mut self.nodes[index].veil, &input)
            && !veil.heard(*peer, frame)
        {
            return self.carry_out(index);
        }
        self.nodes[index].node.handle(self.now, input);
        self.carry_out(index);
    }

    pub fn carry_out(&mut self, index: usize) {
        while let Some(output) = self.nodes[index].node.poll_output() {
            let driven = &mut self.nodes[index];
            let output = match &mut driven.veil {
                Some(veil) => veil.pass(&driven.node, output),
                None => Some(output),
            };
            let Some(output) = output else { continue };
            if let Some(till) = &mut driven.till {
                till.saw(&output);
            }
            match output {
                Output::Send { peer, frame } => match self.links.get(&(index, peer)) {
                    Some((to, peer)) => {
                        self.in_flight.push_back((*to, Input::FrameReceived { peer: *peer, frame }));
                    }
                    None => self.to_test.push((peer, Message::from_frame(&frame).expect("nodes send sound frames"))),
                },
                Output::Disconnect { peer, reason } => {
                    if let Some((other, there)) = self.links.remove(&(index, peer)) {
                        self.links.remove(&(other, there));
                        self.in_flight.push_back((other, Input::PeerDisconnected { peer: there }));
                    }
                    self.disconnected.push((peer, reason));
                }
                Output::SetTimer { timer, at } => {
                    driven.timers.insert(timer, at);
                }
                Output::Store { id, .. } if driven.disk_is_full => {
                    self.in_flight.push_back((index, Input::StoreFailed { id, reason: "the disk is full".into() }));
                }
                Output::Store { id, changes } => {
                    for change in changes {
                        match change {
                            Change::Put(key, value) => driven.store.insert(key.to_bytes(), value),
                            Change::Delete(key) => driven.store.remove(&key.to_bytes()),
                        };
                    }
                    match &mut driven.held_writes {
                        Some(held) => held.push(id),
                        None => self.in_flight.push_back((index, Input::Stored(id))),
                    }
                }
                Output::Load { id, keys } => {
                    let records = keys.iter().map(|key| {
                        let value = driven.store.get(&key.to_bytes())?;
                        Record::from_bytes(&key.to_bytes(), value).ok()
                    });
                    self.in_flight.push_back((index, Input::Loaded { id, records: records.collect() }));
                }
                Output::Mine(job) => driven.job = job,
                Output::Event(Event::Answer { id, answer }) => {
                    driven.answers.insert(id, answer);
                }
                Output::Event(Event::Notice(notice)) => driven.notices.push(notice),
                Output::Event(Event::TipChanged(_) | Event::Changed | Event::BlockMined(_)) => {}
            }
        }
        let driven = &mut self.nodes[index];
        if let Some(till) = &mut driven.till {
            till.look(&driven.node);
        }
        let Some(veil) = &mut driven.veil else { return };
        let said = veil.look(&driven.node);
        let order = veil.order(&driven.node);
        self.say(index, said);
        if let Some(command) = order {
            let id = CommandId(self.new_peer().0);
            self.input(index, Input::Command { id, command });
        }
    }

    /// Puts a veil over a node, or lifts it.
    pub fn play(&mut self, index: usize, role: Role) {
        let driven = &mut self.nodes[index];
        let shown = driven.veil.take().and_then(|veil| veil.lift(&driven.node));
        driven.veil = Veil::of(role, &driven.node);
        driven.till = match role {
            Role::Merchant { confirmations } => Some(Till::new(confirmations, &driven.node)),
            _ => None,
        };
        self.say(index, shown);
        self.carry_out(index);
        self.settle();
    }

    fn say(&mut self, index: usize, said: impl IntoIterator<Item = Said>) {
        let peers: Vec<PeerId> = self.nodes[index].node.peer_views().iter().map(|peer| peer.peer).collect();
        for Said { to, frame } in said {
            for peer in peers.iter().filter(|peer| to.is_none_or(|to| to == **peer)) {
                if let Some((to, peer)) = self.links.get(&(index, *peer)) {
                    self.in_flight.push_back((*to, Input::FrameReceived { peer: *peer, frame: frame.clone().into() }));
                }
            }
        }
    }

    /// Delivers everything that is on its way, without letting time pass.
    pub fn settle(&mut self) {
        for _ in 0..1_000_000 {
            let Some((index, input)) = self.in_flight.pop_front() else { return };
            self.input(index, input);
        }
        panic!("the nodes never fall silent");
    }

    /// Lets time pass, timer by timer.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now.plus_millis(millis);
        loop {
            let next = self
                .nodes
                .iter()
                .enumerate()
                .flat_map(|(index, driven)| driven.timers.iter().map(move |(timer, at)| (*at, index, *timer)))
                .filter(|(at, _, _)| *at <= end)
                .min();
            let Some((at, index, timer)) = next else { break };
            self.now = self.now.max(at);
            self.nodes[index].timers.remove(&timer);
            self.input(index, Input::TimerFired(timer));
            self.settle();
        }
        self.now = end;
    }

    pub fn command(&mut self, index: usize, command: Command) -> Option<Answer> {
        let id = CommandId(self.new_peer().0);
        self.input(index, Input::Command { id, command });
        self.settle();
        self.nodes[index].answers.get(&id).cloned()
    }

    pub fn payment(&self, to: usize, coins: &str) -> Command {
        let recipient = self.nodes[to].node.address();
        Command::Pay { recipient, amount: coins.parse().unwrap(), fee: None, memo: Memo::default() }
    }

    pub fn pay(&mut self, from: usize, to: usize, coins: &str) -> Answer {
        let payment = self.payment(to, coins);
        self.command(from, payment).expect("answered once stored")
    }

    /// One node mines `count` blocks, a second apart.
    pub fn mine(&mut self, index: usize, count: u32) {
        let answer = self.command(index, Command::StartMining { blocks: Some(count), limit: None });
        assert_eq!(answer, Some(Answer::Done));
        while let Some(job) = self.nodes[index].job {
            self.input(index, Input::NonceFound(job.solution(nonce_of(&job))));
            self.settle();
            self.pass(1_000);
        }
    }

    pub fn tip(&self, index: usize) -> BlockHash {
        self.nodes[index].node.chain().tip()
    }

    pub fn height(&self, index: usize) -> u32 {
        self.nodes[index].node.chain().height()
    }

    pub fn balance(&self, node: usize, of: usize) -> String {
        let address = self.nodes[of].node.address();
        self.nodes[node].node.chain().ledger().account(&address).balance.to_string()
    }

    pub fn assert_disconnected(&self, peer: PeerId, why: &str) {
        let reason = self.disconnected.iter().find(|(gone, _)| *gone == peer).map(|(_, reason)| reason.as_str());
        assert!(reason.is_some_and(|reason| reason.contains(why)), "{reason:?} does not say {why:?}");
    }
}

/// What a miner finds for a job.
pub fn nonce_of(job: &Job) -> u32 {
    let mut search = NonceSearch::for_bits(job.algorithm, &job.header).unwrap();
    search.run(0, 1_000).expect("every second hash is a block")
}

pub fn version(id: u8) -> Version {
    let params = Params::regtest();
    Version {
        protocol: PROTOCOL_VERSION,
        network: params.network_id(),
        public_key: PublicKey([id; 32]),
        is_relay: false,
        name: "stranger".into(),
        height: 0,
        tip: params.genesis().hash(),
        time: START.0,
    }
}

/// A block on `parent` that pays nobody, with a nonce that meets the target.
pub fn block_on(parent: &Header, height: u32, time: u32) -> Block {
    block_with(parent, height, time, &[])
}

/// As [`block_on`], with transfers.
pub fn block_with(parent: &Header, height: u32, time: u32, transfers: &[Transfer]) -> Block {
    let params = Params::regtest();
    let mut block = params.genesis();
    if let Transaction::Coinbase(coinbase) = &mut block.transactions[0] {
        coinbase.height = height;
    }
    block.header.prev_blockhash = parent.hash();
    block.header.time = time;
    block.transactions.extend(transfers.iter().cloned().map(Transaction::Transfer));
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    block.header.merkle_root = merkle_root(&txids).root;
    block.header.nonce = NonceSearch::for_bits(params.algorithm, &block.header).unwrap().run(0, 100_000).unwrap();
    block
}

pub fn genesis() -> Header {
    Params::regtest().genesis().header
}
