//! Nodes that talk to each other on one virtual clock: handshake, sync, announcements, reorgs, stores, bad peers.
//!
//! The driver here is as plain as the real ones: it feeds inputs and carries out outputs. Mining is a search on regtest,
//! where every second hash is a block.

use std::collections::{BTreeMap, VecDeque};

use tabchain_shared::chain::store::{Change, Record};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::Job;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::node::io::{Answer, Command, CommandId, Event, Input, Output, PeerId, StoreId, Time, Timer};
use tabchain_shared::node::snapshot::{NodeKind, SyncView};
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{
    Block, BlockHash, Header, Memo, NetworkId, PublicKey, SecretKey, Transaction, merkle_root,
};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tabchain_shared::wire::{InventoryItem, Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

/// One node with its driver.
struct Driven {
    node: Node,
    timers: BTreeMap<Timer, Time>,
    job: Option<Job>,
    store: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Acknowledged at once unless the test holds writes back.
    held_writes: Option<Vec<StoreId>>,
    answers: BTreeMap<CommandId, Answer>,
    notices: Vec<String>,
    recorded: Vec<(Time, Input)>,
}

/// Where a node's peer leads: to another node, under the number that it has there.
type Links = BTreeMap<(usize, PeerId), (usize, PeerId)>;

struct World {
    now: Time,
    nodes: Vec<Driven>,
    links: Links,
    in_flight: VecDeque<(usize, Input)>,
    next_peer: u64,
    /// Frames to peers that are no nodes: the test plays them.
    to_test: Vec<(PeerId, Message)>,
    disconnected: Vec<(PeerId, String)>,
}

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const START: Time = Time(1_800_000_000_000);

fn node(index: usize, now: Time) -> Node {
    let names = ["alice", "bob", "carol", "dave"];
    let key = SecretKey::from_seed([u8::try_from(index).unwrap() + 1; 32]);
    Node::new(Config::new(names[index], NodeKind::Tab, index as u64), Params::regtest(), key, now)
}

impl World {
    fn new(count: usize) -> Self {
        let mut world = Self {
            now: START,
            nodes: Vec::new(),
            links: Links::new(),
            in_flight: VecDeque::new(),
            next_peer: 1,
            to_test: Vec::new(),
            disconnected: Vec::new(),
        };
        for index in 0..count {
            world.nodes.push(Driven {
                node: node(index, START),
                timers: BTreeMap::new(),
                job: None,
                store: BTreeMap::new(),
                held_writes: None,
                answers: BTreeMap::new(),
                notices: Vec::new(),
                recorded: Vec::new(),
            });
            world.carry_out(index);
        }
        world
    }

    fn connected(count: usize) -> Self {
        let mut world = Self::new(count);
        for a in 0..count {
            for b in 0..a {
                world.connect(a, b);
            }
        }
        world
    }

    fn new_peer(&mut self) -> PeerId {
        self.next_peer += 1;
        PeerId(self.next_peer)
    }

    fn connect(&mut self, from: usize, to: usize) {
        let (there, here) = (self.new_peer(), self.new_peer());
        self.links.insert((from, there), (to, here));
        self.links.insert((to, here), (from, there));
        let (from_id, to_id) = (self.nodes[from].node.id(), self.nodes[to].node.id());
        self.input(to, Input::PeerConnected { peer: here, node: from_id, we_initiated: false });
        self.input(from, Input::PeerConnected { peer: there, node: to_id, we_initiated: true });
        self.settle();
    }

    /// A peer of `node` that the test itself plays: the node of `version(id)`.
    fn stranger(&mut self, node: usize, id: u8) -> PeerId {
        let peer = self.new_peer();
        let stranger = version(id).public_key.node_id();
        self.input(node, Input::PeerConnected { peer, node: stranger, we_initiated: false });
        self.settle();
        peer
    }

    fn says(&mut self, node: usize, peer: PeerId, message: &Message) {
        self.input(node, Input::FrameReceived { peer, frame: message.to_frame() });
        self.settle();
    }

    /// A stranger that has shaken hands.
    fn guest(&mut self, node: usize, id: u8) -> PeerId {
        let peer = self.stranger(node, id);
        self.says(node, peer, &Message::Version(version(id)));
        self.says(node, peer, &Message::Verack);
        self.to_test.clear();
        peer
    }

    fn cut_all(&mut self, node: usize) {
        let ends: Vec<_> = self.links.iter().filter(|((from, _), _)| *from == node).map(|(a, b)| (*a, *b)).collect();
        for ((a, peer_a), (b, peer_b)) in ends {
            self.links.remove(&(a, peer_a));
            self.links.remove(&(b, peer_b));
            self.input(a, Input::PeerDisconnected { peer: peer_a });
            self.input(b, Input::PeerDisconnected { peer: peer_b });
        }
        self.settle();
    }

    fn input(&mut self, index: usize, input: Input) {
        self.nodes[index].recorded.push((self.now, input.clone()));
        self.nodes[index].node.handle(self.now, input);
        self.carry_out(index);
    }

    fn carry_out(&mut self, index: usize) {
        while let Some(output) = self.nodes[index].node.poll_output() {
            let driven = &mut self.nodes[index];
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
    }

    /// Delivers everything that is on its way, without letting time pass.
    fn settle(&mut self) {
        for _ in 0..1_000_000 {
            let Some((index, input)) = self.in_flight.pop_front() else { return };
            self.input(index, input);
        }
        panic!("the nodes never fall silent");
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, millis: u64) {
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

    fn command(&mut self, index: usize, command: Command) -> Option<Answer> {
        let id = CommandId(self.new_peer().0);
        self.input(index, Input::Command { id, command });
        self.settle();
        self.nodes[index].answers.get(&id).cloned()
    }

    fn payment(&self, to: usize, coins: &str) -> Command {
        let recipient = self.nodes[to].node.address();
        Command::Pay { recipient, amount: coins.parse().unwrap(), fee: None, memo: Memo::default() }
    }

    fn pay(&mut self, from: usize, to: usize, coins: &str) -> Answer {
        let payment = self.payment(to, coins);
        self.command(from, payment).expect("answered once stored")
    }

    /// One node mines `count` blocks, a second apart.
    fn mine(&mut self, index: usize, count: u32) {
        let answer = self.command(index, Command::StartMining { blocks: Some(count), hashrate_limit: None });
        assert_eq!(answer, Some(Answer::Done));
        while let Some(job) = self.nodes[index].job {
            let nonce = NonceSearch::new(&job).unwrap().run(0, 1_000).expect("every second hash is a block");
            self.input(index, Input::NonceFound { job: job.id, nonce });
            self.settle();
            self.pass(1_000);
        }
    }

    fn tip(&self, index: usize) -> BlockHash {
        self.nodes[index].node.chain().tip()
    }

    fn height(&self, index: usize) -> u32 {
        self.nodes[index].node.chain().height()
    }

    fn balance(&self, node: usize, of: usize) -> String {
        let address = self.nodes[of].node.address();
        self.nodes[node].node.chain().ledger().account(&address).balance.to_string()
    }

    fn assert_disconnected(&self, peer: PeerId, why: &str) {
        let reason = self.disconnected.iter().find(|(gone, _)| *gone == peer).map(|(_, reason)| reason.as_str());
        assert!(reason.is_some_and(|reason| reason.contains(why)), "{reason:?} does not say {why:?}");
    }
}

fn version(id: u8) -> Version {
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
fn block_on(parent: &Header, height: u32, time: u32) -> Block {
    let params = Params::regtest();
    let mut block = params.genesis();
    if let Transaction::Coinbase(coinbase) = &mut block.transactions[0] {
        coinbase.height = height;
    }
    block.header.prev_blockhash = parent.hash();
    block.header.time = time;
    block.header.merkle_root = merkle_root(&[block.transactions[0].txid()]).root;
    let job = Job { id: 0, header: block.header, algorithm: params.algorithm, hashrate_limit: None };
    block.header.nonce = NonceSearch::new(&job).unwrap().run(0, 100_000).unwrap();
    block
}

fn genesis() -> Header {
    Params::regtest().genesis().header
}

#[wasm_bindgen_test(unsupported = test)]
fn a_mined_block_reaches_every_node() {
    let mut world = World::connected(3);
    world.mine(ALICE, 3);
    assert_eq!(world.height(ALICE), 3);
    for node in [BOB, CAROL] {
        assert_eq!(world.tip(node), world.tip(ALICE));
        assert_eq!(world.balance(node, ALICE), "150");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_block_travels_over_hops() {
    let mut world = World::new(3);
    world.connect(ALICE, BOB);
    world.connect(BOB, CAROL);
    world.mine(ALICE, 2);
    assert_eq!(world.tip(CAROL), world.tip(ALICE));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_catches_up() {
    let mut world = World::new(2);
    world.mine(ALICE, 300);
    world.connect(BOB, ALICE);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    assert_eq!(world.nodes[BOB].node.snapshot().sync, SyncView::Current);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_waits_everywhere_and_is_mined_anywhere() {
    let mut world = World::connected(3);
    world.mine(ALICE, 1);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "12.5") else { panic!("alice has 50 coins") };
    for node in [ALICE, BOB, CAROL] {
        assert!(world.nodes[node].node.mempool().contains(&txid));
    }
    world.mine(CAROL, 1);
    for node in [ALICE, BOB, CAROL] {
        assert!(world.nodes[node].node.mempool().is_empty());
        assert_eq!(world.balance(node, BOB), "12.5");
        assert_eq!(world.balance(node, ALICE), "37.499");
        assert_eq!(world.balance(node, CAROL), "50.001");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_that_cannot_be_paid_is_refused_in_words() {
    let mut world = World::new(2);
    let answer = world.pay(ALICE, BOB, "1");
    assert!(matches!(answer, Answer::Refused { reason } if reason.contains("0 available, 1.001 needed")));
    assert!(world.nodes[ALICE].node.mempool().is_empty());
}

/// A node that was cut off mined alone; back on the network it follows the chain with more work, and what only its own
/// chain held waits again.
#[wasm_bindgen_test(unsupported = test)]
fn a_partition_heals_and_lost_payments_return() {
    let mut world = World::connected(3);
    world.mine(CAROL, 2);
    world.cut_all(CAROL);
    let Answer::Accepted { txid } = world.pay(CAROL, BOB, "7") else { panic!("carol has 100 coins") };
    world.mine(CAROL, 2);
    assert!(world.nodes[CAROL].node.mempool().is_empty());
    world.mine(ALICE, 3);
    assert_ne!(world.tip(CAROL), world.tip(ALICE));

    world.connect(CAROL, BOB);
    for node in [BOB, CAROL] {
        assert_eq!(world.tip(node), world.tip(ALICE));
        assert!(world.nodes[node].node.mempool().contains(&txid), "node {node}");
    }
    let reorg = world.nodes[CAROL].node.snapshot().last_reorg.expect("carol's two blocks were replaced");
    assert_eq!((reorg.fork_height, reorg.disconnected, reorg.connected, reorg.returned), (2, 2, 3, 1));
    world.mine(BOB, 1);
    assert_eq!(world.balance(CAROL, BOB), "57.001");
}

/// CASES 41.
#[wasm_bindgen_test(unsupported = test)]
fn of_equal_chains_the_first_seen_stays() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    world.mine(BOB, 1);
    let (alice, bob) = (world.tip(ALICE), world.tip(BOB));
    world.connect(ALICE, BOB);
    assert_eq!((world.tip(ALICE), world.tip(BOB)), (alice, bob));
}

/// An announced block can always be served, even by a node that crashes right after announcing.
#[wasm_bindgen_test(unsupported = test)]
fn nothing_is_announced_or_acknowledged_before_it_is_stored() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    assert_eq!(world.command(ALICE, payment), None);
    assert!(world.nodes[BOB].node.mempool().is_empty());
    world.mine(ALICE, 1);
    assert_eq!((world.height(ALICE), world.height(BOB)), (2, 1));

    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::Stored(id));
    }
    world.settle();
    assert_eq!(world.height(BOB), 2);
    assert!(world.nodes[ALICE].answers.values().any(|answer| matches!(answer, Answer::Accepted { .. })));
}

/// Found by fuzzing: the greeting offered all that waits, also what was still on its way to the disk.
#[wasm_bindgen_test(unsupported = test)]
fn a_newcomer_is_offered_only_what_is_stored() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.cut_all(ALICE);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    world.command(ALICE, payment);
    world.connect(BOB, ALICE);
    assert!(world.nodes[BOB].node.mempool().is_empty());

    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::Stored(id));
    }
    world.settle();
    assert_eq!(world.nodes[BOB].node.mempool().len(), 1);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_full_disk_is_told_and_the_network_goes_on() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.nodes[ALICE].held_writes = Some(Vec::new());
    let payment = world.payment(BOB, "1");
    world.command(ALICE, payment);
    for id in world.nodes[ALICE].held_writes.take().unwrap() {
        world.input(ALICE, Input::StoreFailed { id, reason: "no space left".into() });
    }
    world.settle();
    let refusal = |answer: &Answer| matches!(answer, Answer::Refused { reason } if reason.contains("no space left"));
    assert!(world.nodes[ALICE].answers.values().any(refusal));
    assert_eq!(world.nodes[ALICE].node.snapshot().memory_only.as_deref(), Some("no space left"));
    world.mine(ALICE, 1);
    assert_eq!(world.tip(BOB), world.tip(ALICE));
}

/// CASES 82, in the small: what a restart finds is what was stored, whatever order equal heights are read in.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_ends_at_the_same_tip_with_the_same_mempool() {
    let mut world = World::new(2);
    world.mine(ALICE, 3);
    world.mine(BOB, 3);
    world.connect(ALICE, BOB);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "1") else { panic!("alice has coins on her own chain") };
    let height = |block: &Block| match &block.transactions[0] {
        Transaction::Coinbase(coinbase) => coinbase.height,
        Transaction::Transfer(_) => panic!("coinbase first"),
    };
    let in_key_order: Vec<Record> =
        world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap()).collect();
    let mut equals_swapped = in_key_order.clone();
    equals_swapped.reverse();
    equals_swapped.sort_by_key(|record| match record {
        Record::Block { block, .. } => height(block),
        Record::Mempool(_) => u32::MAX,
    });
    for records in [in_key_order, equals_swapped] {
        let mut restarted = node(ALICE, world.now);
        restarted.handle(world.now, Input::RecordsLoaded(records));
        restarted.handle(world.now, Input::AllRecordsLoaded);
        assert_eq!(restarted.chain().tip(), world.tip(ALICE));
        assert!(restarted.mempool().contains(&txid));
        assert_eq!(restarted.chain().ledger(), world.nodes[ALICE].node.chain().ledger());
    }
}

/// Found by fuzzing: a stale block that is read back first was the tip when a payment was weighed that cannot be paid on
/// it, and the payment was forgotten.
#[wasm_bindgen_test(unsupported = test)]
fn a_restart_weighs_payments_on_the_tip_that_they_waited_on() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    let guest = world.guest(ALICE, 9);
    let mut rivals = (10..).map(|delay| block_on(&genesis(), 1, genesis().time + delay));
    let stale = rivals.find(|block| block.hash() < world.tip(ALICE)).expect("hashes differ");
    world.says(ALICE, guest, &Message::Block(Box::new(stale.clone())));
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "1") else { panic!("alice has coins on her own chain") };

    let records = world.nodes[ALICE].store.iter().map(|(key, value)| Record::from_bytes(key, value).unwrap());
    let records: Vec<Record> = records.collect();
    assert!(matches!(&records[0], Record::Block { block, .. } if **block == stale), "{records:?}");
    let mut restarted = node(ALICE, world.now);
    restarted.handle(world.now, Input::RecordsLoaded(records));
    restarted.handle(world.now, Input::AllRecordsLoaded);
    assert_eq!(restarted.chain().tip(), world.tip(ALICE));
    assert!(restarted.mempool().contains(&txid));
}

/// Same inputs, same state: what record and replay will stand on.
#[wasm_bindgen_test(unsupported = test)]
fn a_node_is_a_function_of_its_inputs() {
    let mut world = World::connected(2);
    world.mine(ALICE, 2);
    world.pay(ALICE, BOB, "1");
    world.mine(BOB, 1);
    let mut replayed = node(ALICE, START);
    for (now, input) in &world.nodes[ALICE].recorded {
        replayed.handle(*now, input.clone());
    }
    assert_eq!(replayed.snapshot(), world.nodes[ALICE].node.snapshot());
}

#[wasm_bindgen_test(unsupported = test)]
fn mining_stops_after_the_blocks_that_were_asked_for() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let mining = world.nodes[ALICE].node.snapshot().mining;
    assert!(!mining.wanted);
    assert_eq!(mining.blocks_found, 1);
    assert_eq!(world.nodes[ALICE].job, None);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_new_tip_gives_the_miners_a_new_job_at_once() {
    let mut world = World::connected(2);
    world.command(BOB, Command::StartMining { blocks: None, hashrate_limit: Some(5.0) });
    world.mine(ALICE, 1);
    let job = world.nodes[BOB].job.expect("bob goes on mining");
    assert_eq!(job.header.prev_blockhash, world.tip(ALICE));
    assert_eq!(job.hashrate_limit, Some(5.0));
}

/// A nonce for a job whose tip is gone is nobody's fault and does nothing.
#[wasm_bindgen_test(unsupported = test)]
fn a_late_nonce_is_ignored() {
    let mut world = World::connected(2);
    world.command(BOB, Command::StartMining { blocks: None, hashrate_limit: None });
    let old_job = world.nodes[BOB].job.unwrap();
    let nonce = NonceSearch::new(&old_job).unwrap().run(0, 1_000).unwrap();
    world.mine(ALICE, 1);
    world.input(BOB, Input::NonceFound { job: old_job.id, nonce });
    world.settle();
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    assert_eq!(world.nodes[BOB].node.chain().index().len(), 2);
}

/// CASES 14.
#[wasm_bindgen_test(unsupported = test)]
fn another_network_is_refused_in_words() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 9);
    world.says(ALICE, peer, &Message::Version(Version { network: NetworkId([9; 4]), ..version(9) }));
    world.assert_disconnected(peer, "on another network (09090909), this is regtest");
}

/// CASES 63, 64 and 65.
#[wasm_bindgen_test(unsupported = test)]
fn the_handshake_comes_first_once_and_from_another_node() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 1);
    world.says(ALICE, peer, &Message::Ping(1));
    world.assert_disconnected(peer, "ping before the handshake");

    let peer = world.stranger(ALICE, 1);
    world.says(ALICE, peer, &Message::Version(version(1)));
    world.says(ALICE, peer, &Message::Version(version(1)));
    world.assert_disconnected(peer, "a second handshake");

    let (peer, own_id) = (world.new_peer(), world.nodes[ALICE].node.id());
    world.input(ALICE, Input::PeerConnected { peer, node: own_id, we_initiated: true });
    world.assert_disconnected(peer, "this node itself");
}

/// Who claims to be another node is shown the door, and the other one is not made to pay for it.
#[wasm_bindgen_test(unsupported = test)]
fn nobody_speaks_in_anothers_name() {
    let mut world = World::new(2);
    let peer = world.stranger(ALICE, 9);
    let bobs_key = SecretKey::from_seed([2; 32]).public_key();
    world.says(ALICE, peer, &Message::Version(Version { public_key: bobs_key, ..version(9) }));
    world.assert_disconnected(peer, "not the node that was introduced");
    world.connect(BOB, ALICE);
    assert_eq!(world.nodes[ALICE].node.snapshot().peers.len(), 1);
}

/// Two nodes that call each other at the same moment end up with one link, not with none.
#[wasm_bindgen_test(unsupported = test)]
fn crossing_calls_leave_one_link() {
    let mut world = World::new(2);
    let ids = [world.nodes[ALICE].node.id(), world.nodes[BOB].node.id()];
    let [a1, b1, a2, b2] = [(); 4].map(|()| world.new_peer());
    for (a, b) in [(a1, b1), (a2, b2)] {
        world.links.insert((ALICE, a), (BOB, b));
        world.links.insert((BOB, b), (ALICE, a));
    }
    world.input(ALICE, Input::PeerConnected { peer: a1, node: ids[1], we_initiated: true });
    world.input(BOB, Input::PeerConnected { peer: b2, node: ids[0], we_initiated: true });
    world.input(BOB, Input::PeerConnected { peer: b1, node: ids[0], we_initiated: false });
    world.input(ALICE, Input::PeerConnected { peer: a2, node: ids[1], we_initiated: false });
    world.settle();
    for node in [ALICE, BOB] {
        assert_eq!(world.nodes[node].node.snapshot().peers.len(), 1, "{:?}", world.disconnected);
    }
}

/// Headers whose only source is gone keep nobody from mining, nor from a rival block of equal work.
#[wasm_bindgen_test(unsupported = test)]
fn headers_without_a_source_hold_up_nothing() {
    let mut world = World::connected(2);
    let guest = world.guest(ALICE, 90);
    let first = block_on(&genesis(), 1, START.seconds()).header;
    let second = block_on(&first, 2, START.seconds() + 1).header;
    world.says(ALICE, guest, &Message::Headers(vec![first, second]));
    world.command(ALICE, Command::StartMining { blocks: None, hashrate_limit: None });
    assert_eq!(world.nodes[ALICE].job, None);
    assert_eq!(world.nodes[ALICE].node.snapshot().sync, SyncView::CatchingUp { have: 0, of: 2 });
    world.input(ALICE, Input::PeerDisconnected { peer: guest });
    assert!(world.nodes[ALICE].job.is_some());
    world.mine(BOB, 1);
    assert_eq!(world.height(ALICE), 1);
}

/// A peer that shows headers and never delivers is let go, however often it says "not found".
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_always_says_not_found_is_let_go() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let guest = world.guest(ALICE, 90);
    world.says(ALICE, guest, &Message::Headers(vec![block.header]));
    for _ in 0..4 {
        assert!(world.disconnected.is_empty());
        world.says(ALICE, guest, &Message::NotFound(vec![InventoryItem::Block(block.hash())]));
        world.pass(1_500);
    }
    world.assert_disconnected(guest, "did not deliver");
}

/// A small question does not get a huge answer.
#[wasm_bindgen_test(unsupported = test)]
fn a_getdata_is_answered_once_a_block_and_within_a_limit() {
    let mut world = World::new(1);
    world.mine(ALICE, 20);
    let guest = world.guest(ALICE, 90);
    let hashes = (1..=20).map(|height| world.nodes[ALICE].node.chain().hash_at(height).unwrap());
    let mut items: Vec<_> = hashes.map(InventoryItem::Block).collect();
    items.extend(items.clone());
    world.says(ALICE, guest, &Message::GetData(items));
    let blocks = world.to_test.iter().filter(|(_, message)| matches!(message, Message::Block(_))).count();
    let missing = world.to_test.iter().find_map(|(_, message)| match message {
        Message::NotFound(items) => Some(items.len()),
        _ => None,
    });
    assert_eq!((blocks, missing), (16, Some(4)));
}

/// CASES 96: a node whose clock is a day slow waits; it does not ask for the same headers for ever.
#[wasm_bindgen_test(unsupported = test)]
fn a_slow_clock_does_not_ask_in_circles() {
    let mut world = World::new(2);
    world.mine(ALICE, 2_100);
    // Bob's clock shows the time at which alice began, less a day.
    world.now = Time(START.0 - 86_400_000);
    world.connect(BOB, ALICE);
    assert_eq!(world.height(BOB), 0);
    let heard = world.nodes[BOB].recorded.iter();
    let frames = heard.filter(|(_, input)| matches!(input, Input::FrameReceived { .. })).count();
    assert!(frames < 20, "{frames} frames");
}

/// A transaction is asked of the next who announced it when the first is gone, and one peer's many announcements do not
/// shut out another's.
#[wasm_bindgen_test(unsupported = test)]
fn an_announced_transaction_is_not_lost_with_its_first_announcer() {
    let mut world = World::new(1);
    let (first, second) = (world.guest(ALICE, 90), world.guest(ALICE, 91));
    let item = |number: u16| {
        let mut bytes = [7; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        InventoryItem::Transaction(tabchain_shared::primitives::Txid(bytes))
    };
    for thousand in 0..5 {
        let items = (0..1_000).map(|number| item(thousand * 1_000 + number)).collect();
        world.says(ALICE, first, &Message::Inv(items));
    }
    world.to_test.clear();
    world.says(ALICE, second, &Message::Inv(vec![item(0), item(60_000)]));
    assert_eq!(world.to_test, [(second, Message::GetData(vec![item(60_000)]))]);
    world.to_test.clear();
    world.input(ALICE, Input::PeerDisconnected { peer: first });
    assert_eq!(world.to_test, [(second, Message::GetData(vec![item(0)]))]);
}

/// CASES 74.
#[wasm_bindgen_test(unsupported = test)]
fn an_unfinished_handshake_is_closed() {
    let mut world = World::new(1);
    let peer = world.stranger(ALICE, 9);
    world.pass(14_000);
    assert!(world.disconnected.is_empty());
    world.pass(2_000);
    world.assert_disconnected(peer, "did not finish the handshake");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_peer_that_stops_answering_is_let_go() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    world.pass(90_000);
    world.assert_disconnected(peer, "stopped answering");
}

/// CASES 16 and 79: the sender of an invalid block is barred, and stays so when it returns, until the bar expires.
#[wasm_bindgen_test(unsupported = test)]
fn an_invalid_block_costs_its_sender_the_link() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let mut block = block_on(&genesis(), 1, START.seconds());
    let target = block.header.bits.to_target().unwrap();
    while Params::regtest().algorithm.is_met(&block.header, target) {
        block.header.nonce += 1;
    }
    world.says(ALICE, peer, &Message::Block(Box::new(block)));
    world.assert_disconnected(peer, "high-hash");
    assert_eq!(world.height(ALICE), 0);

    let again = world.stranger(ALICE, 9);
    world.assert_disconnected(again, "barred");
    world.pass(11 * 60_000);
    let later = world.guest(ALICE, 9);
    assert!(world.disconnected.iter().all(|(gone, _)| *gone != later));
}

/// CASES 23 and 96: too new is not invalid.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_from_the_future_is_held_and_accepted_in_time() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let block = block_on(&genesis(), 1, START.seconds() + 7_200 + 30);
    world.says(ALICE, peer, &Message::Headers(vec![block.header]));
    assert!(world.nodes[ALICE].notices.iter().any(|notice| notice.contains("ahead of this computer's clock")));
    world.pass(31_000);
    let asked = Message::GetData(vec![InventoryItem::Block(block.hash())]);
    assert!(world.to_test.contains(&(peer, asked)));
    world.says(ALICE, peer, &Message::Block(Box::new(block.clone())));
    assert_eq!(world.tip(ALICE), block.hash());
}

/// CASES 24: a body that does not belong to a header says nothing about the header.
#[wasm_bindgen_test(unsupported = test)]
fn a_wrong_body_does_not_condemn_the_honest_block() {
    let mut world = World::connected(1);
    let honest = block_on(&genesis(), 1, START.seconds());
    let mut wrong = honest.clone();
    wrong.transactions.push(wrong.transactions[0].clone());
    let liar = world.guest(ALICE, 8);
    world.says(ALICE, liar, &Message::Block(Box::new(wrong)));
    world.assert_disconnected(liar, "bad-merkle-root");
    let honest_peer = world.guest(ALICE, 9);
    world.says(ALICE, honest_peer, &Message::Block(Box::new(honest.clone())));
    assert_eq!(world.tip(ALICE), honest.hash());
}

/// CASES 68: a block that one peer announces and withholds is asked of another.
#[wasm_bindgen_test(unsupported = test)]
fn a_withheld_block_is_asked_of_another_peer() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let asked = Message::GetData(vec![InventoryItem::Block(block.hash())]);
    let silent = world.guest(ALICE, 8);
    let helpful = world.guest(ALICE, 9);
    world.says(ALICE, silent, &Message::Headers(vec![block.header]));
    assert!(world.to_test.contains(&(silent, asked.clone())));
    world.says(ALICE, helpful, &Message::Headers(vec![block.header]));
    assert!(!world.to_test.contains(&(helpful, asked.clone())));
    world.pass(6_000);
    assert!(world.to_test.contains(&(helpful, asked)));
}

/// A peer that says "not found" each time is not asked again at once, or two nodes would shout at each other for ever.
#[wasm_bindgen_test(unsupported = test)]
fn an_only_peer_without_the_block_is_asked_again_later() {
    let mut world = World::new(1);
    let block = block_on(&genesis(), 1, START.seconds());
    let items = vec![InventoryItem::Block(block.hash())];
    let peer = world.guest(ALICE, 8);
    world.says(ALICE, peer, &Message::Headers(vec![block.header]));
    let asked =
        |world: &World| world.to_test.iter().filter(|(_, message)| *message == Message::GetData(items.clone())).count();
    assert_eq!(asked(&world), 1);
    world.says(ALICE, peer, &Message::NotFound(items.clone()));
    assert_eq!(asked(&world), 1);
    world.pass(1_500);
    assert_eq!(asked(&world), 2);
}

/// A steady stream of payments does not keep the miners on an old job.
#[wasm_bindgen_test(unsupported = test)]
fn a_job_takes_up_payments_soon_and_is_never_postponed() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    world.command(ALICE, Command::StartMining { blocks: None, hashrate_limit: None });
    let first_job = world.nodes[ALICE].job;
    for _ in 0..4 {
        world.pay(ALICE, BOB, "1");
        world.pass(300);
    }
    assert_ne!(world.nodes[ALICE].job, first_job);
}

/// CASES 66: headers that lead nowhere are asked about a few times, then cost the link.
#[wasm_bindgen_test(unsupported = test)]
fn headers_that_never_connect_cost_the_link() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    let parent = block_on(&genesis(), 1, START.seconds()).header;
    let orphan = block_on(&parent, 2, START.seconds() + 1).header;
    for _ in 0..10 {
        world.says(ALICE, peer, &Message::Headers(vec![orphan]));
    }
    assert!(world.disconnected.is_empty());
    for _ in 0..5 {
        world.says(ALICE, peer, &Message::Headers(vec![orphan]));
    }
    world.assert_disconnected(peer, "do not connect");
}

/// CASES 1, 3 and 4, at a node.
#[wasm_bindgen_test(unsupported = test)]
fn unknown_messages_are_ignored_and_malformed_ones_cost() {
    let mut world = World::new(1);
    let peer = world.guest(ALICE, 9);
    for _ in 0..100 {
        world.input(ALICE, Input::FrameReceived { peer, frame: vec![250, 1] });
        world.input(ALICE, Input::FrameReceived { peer, frame: vec![] });
    }
    assert!(world.disconnected.is_empty());
    let mut short = Message::Headers(vec![genesis()]).to_frame();
    short.pop();
    for _ in 0..5 {
        world.input(ALICE, Input::FrameReceived { peer, frame: short.clone() });
    }
    world.assert_disconnected(peer, "malformed headers");
}

#[wasm_bindgen_test(unsupported = test)]
fn nobody_is_told_or_sent_anything_twice() {
    let mut world = World::connected(3);
    let peer = world.guest(ALICE, 9);
    world.mine(BOB, 1);
    world.mine(CAROL, 1);
    let told = world.to_test.iter().filter(|(to, message)| *to == peer && matches!(message, Message::Headers(_)));
    assert_eq!(told.count(), 2);
    let is_body = |input: &Input| match input {
        Input::FrameReceived { frame, .. } => matches!(Message::from_frame(frame), Ok(Message::Block(_))),
        _ => false,
    };
    assert_eq!(world.nodes[ALICE].recorded.iter().filter(|(_, input)| is_body(input)).count(), 2);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_new_name_is_in_the_next_block() {
    let mut world = World::new(1);
    assert_eq!(world.command(ALICE, Command::Rename { name: " Ada ".into() }), Some(Answer::Done));
    world.mine(ALICE, 1);
    let snapshot = world.nodes[ALICE].node.snapshot();
    assert_eq!((snapshot.name.as_str(), snapshot.blocks[0].tag.as_str()), ("Ada", "Ada"));
    let refused = world.command(ALICE, Command::Rename { name: "x".repeat(65) });
    assert!(matches!(refused, Some(Answer::Refused { .. })));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_that_waits_already_is_refused_in_words() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.pay(ALICE, BOB, "2");
    let transfer = world.nodes[BOB].node.mempool().by_fee_rate().next().unwrap().1.clone();
    let again = world.command(BOB, Command::Submit { transfer: Box::new(transfer) });
    assert!(matches!(again, Some(Answer::Refused { reason }) if reason.contains("already-known")));
}
