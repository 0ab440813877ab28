//! A node among peers of every kind. An input is a program in a small language: make blocks and payments, connect, say this
//! or that, answer what the node asks, let time pass, give commands, find nonces, acknowledge writes or fail them,
//! crash and start anew.

mod checks;
mod disk;
mod driver;
mod honest_peer;

use driver::Driver;
use tabchain_shared::chain::store::Record;
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::mining::{HashrateLimit, Solution};
use tabchain_shared::node::io::{Command, Input, PeerId, Time, Timer};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{Amount, Block, BlockHash, Header, Memo, PublicKey, Transaction, Txid};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tabchain_shared::wire::{
    BlockTransactions, BlockTransactionsRequest, CompactBlock, InventoryItem, Message, Version,
};

use crate::chain::recent_limits;
use crate::operands::Operands;
use crate::pool::{PEOPLE, Pool};

/// A minute after genesis, in milliseconds.
const START: Time = Time(1_767_225_660_000);

/// Half of all hashes make a block, and a few transfers fill one.
fn params() -> Params {
    Params { max_block_bytes: 2_000, ..Params::regtest() }
}

fn new_node(mode: u8) -> Node {
    let kind = if mode & 4 == 0 { NodeKind::Tab } else { NodeKind::Relay };
    let mut config = Config::new("fuzz", kind, 7);
    if mode & 8 != 0 {
        config.max_peers = 2;
    }
    config.recent = recent_limits(mode >> 4);
    if mode & 0x40 != 0 {
        config.max_headers_ahead = 3;
    }
    Node::new(config, params(), PEOPLE[0].key.clone(), START)
}

/// The program's first byte says what kind of node it is, how much it remembers, whether its store answers at once, and
/// whether the same inputs are given to a second node, which must do the same.
pub fn run(data: &[u8]) {
    let mut operands = Operands::new(data);
    let mode = operands.byte();
    let mut trial = Trial {
        mode,
        pool: Pool::new(params()),
        driver: Driver::new(new_node(mode), mode & 1 == 0),
        peers: Vec::new(),
        has_started: false,
    };
    while !operands.is_empty() && !trial.pool.is_full() {
        trial.step(&mut operands);
    }
    trial.start();
    if mode & 2 != 0 {
        trial.driver.check_determinism(new_node(mode));
    }
    trial.driver.check_restart(&mut trial.pool, new_node(mode));
    trial.check_convergence();
}

struct Trial {
    mode: u8,
    pool: Pool,
    driver: Driver,
    /// Every peer that ever connected: a frame may come from one that has been dropped a moment ago.
    peers: Vec<(PeerId, PublicKey)>,
    /// What the store held was loaded.
    has_started: bool,
}

impl Trial {
    fn step(&mut self, operands: &mut Operands<'_>) {
        let instruction = operands.byte() % 20;
        match instruction {
            0..=1 => drop(self.pool.make_block(operands, self.driver.now.seconds())),
            2 => self.pool.make_transfer(operands),
            3 if !self.has_started => self.load(operands),
            _ => {
                self.start();
                self.act(instruction, operands);
            }
        }
    }

    /// The node gets what its store holds before anything else happens.
    fn start(&mut self) {
        if !self.has_started {
            self.has_started = true;
            self.driver.load(&mut self.pool);
        }
    }

    fn act(&mut self, instruction: u8, operands: &mut Operands<'_>) {
        match instruction {
            4 => self.connect(operands),
            5 => {
                if let Some((peer, _)) = self.speaker(operands) {
                    self.driver.hang_up(&mut self.pool, peer);
                }
            }
            6..=8 => {
                let Some((peer, key)) = self.speaker(operands) else { return };
                let message = self.message(operands, peer, key);
                self.say(peer, message.to_frame());
            }
            9 => {
                let Some((peer, key)) = self.speaker(operands) else { return };
                let frame = self.message(operands, peer, key).to_frame();
                self.say(peer, spoil(frame, operands));
            }
            10 => {
                let Some((peer, _)) = self.speaker(operands) else { return };
                let length = operands.below(64);
                let frame = operands.bytes(length).to_vec();
                self.say(peer, frame);
            }
            11..=12 => self.answer_requests(operands),
            13 => {
                let timers = [Timer::Ping, Timer::Overdue, Timer::Template, Timer::HeldBlock, Timer::Announce];
                let timer = timers[operands.below(timers.len())];
                self.input(Input::TimerFired(timer));
            }
            14 => {
                let steps = u64::from(operands.byte());
                // From a quarter of a second to a minute at a time, or back.
                self.driver.now = match operands.byte() & 3 {
                    0 => self.driver.now.plus_millis(steps * 250),
                    1 => self.driver.now.plus_millis(steps * 60_000),
                    2 => Time(self.driver.now.0.saturating_sub(steps * 250)),
                    _ => Time(self.driver.now.0.saturating_sub(steps * 60_000)),
                };
            }
            15 => self.command(operands),
            16 => self.find_nonce(operands),
            17 => self.driver.serve_disk(&mut self.pool),
            18 if operands.byte() > 200 => self.driver.disk.fail(),
            18 => self.input(Input::HashrateMeasured(1e6)),
            _ if operands.byte() > 200 => self.driver = self.driver.restarted(&mut self.pool, new_node(self.mode)),
            _ => self.driver.check_views(),
        }
    }

    fn input(&mut self, input: Input) {
        self.driver.input(&mut self.pool, input);
    }

    fn say(&mut self, peer: PeerId, frame: Vec<u8>) {
        self.input(Input::FrameReceived { peer, frame: frame.into() });
    }

    fn speaker(&self, operands: &mut Operands<'_>) -> Option<(PeerId, PublicKey)> {
        (!self.peers.is_empty()).then(|| self.peers[operands.recent(self.peers.len())])
    }

    /// Some blocks and perhaps all payments were stored before the node started.
    fn load(&mut self, operands: &mut Operands<'_>) {
        for _ in 0..operands.below(32) {
            let index = operands.below(self.pool.blocks.len());
            let block = &self.pool.blocks[index];
            if let Some(judged) = self.pool.model.judged.get(&block.hash()).filter(|judged| judged.height > 0) {
                let change = Record::put_block(judged.height, index as u64, block);
                self.driver.disk.write(&change);
            }
        }
        self.driver.had_records = true;
        if operands.flag() {
            for transfer in &self.pool.transfers {
                self.driver.disk.write(&Record::put_mempool(transfer));
            }
        }
        self.start();
    }

    /// One of the people (the first is the node itself) or of some strangers; mostly it shakes hands as it should.
    fn connect(&mut self, operands: &mut Operands<'_>) {
        let who = operands.byte();
        let key = match usize::from(who & 15) {
            person @ 0..4 => PEOPLE[person].public_key,
            _ => PublicKey([who & 15; 32]),
        };
        let peer = PeerId(self.peers.len() as u64 + 1);
        self.peers.push((peer, key));
        self.driver.connect(&mut self.pool, peer, key.node_id(), who & 16 != 0);
        if who & 0x60 == 0 {
            let version = self.version(key, self.best_tip());
            self.say(peer, Message::Version(version).to_frame());
            self.say(peer, Message::Verack.to_frame());
        }
    }

    fn version(&self, public_key: PublicKey, tip: BlockHash) -> Version {
        Version {
            protocol: PROTOCOL_VERSION,
            network: self.pool.model.network(),
            public_key,
            is_relay: false,
            name: "peer".into(),
            height: self.pool.model.judged.get(&tip).map_or(0, |judged| judged.height),
            tip,
            time: self.driver.now.0,
        }
    }

    /// Most work among headers that were made.
    fn best_tip(&self) -> BlockHash {
        let valid = self.pool.model.judged.iter().filter(|(_, judged)| judged.header_is_valid);
        let best = valid.max_by_key(|(hash, judged)| (judged.chainwork, **hash));
        best.map_or(self.pool.model.genesis, |(hash, _)| *hash)
    }

    fn message(&self, operands: &mut Operands<'_>, peer: PeerId, key: PublicKey) -> Message {
        let kind = operands.byte();
        match kind % 14 {
            _ if kind >= 238 => self.compact_message(operands, kind),
            0..=1 => Message::Headers(self.headers_to(operands)),
            2..=3 => Message::Block(Box::new(self.pool.blocks[operands.recent(self.pool.blocks.len())].clone())),
            4 if !self.pool.transfers.is_empty() => {
                let index = operands.recent(self.pool.transfers.len());
                Message::Transaction(Box::new(self.pool.transfers[index].clone()))
            }
            5 => Message::Inv(self.items(operands)),
            6 => Message::GetData(self.items(operands)),
            7 => Message::NotFound(self.items(operands)),
            8 => Message::GetHeaders((0..operands.below(8)).map(|_| self.hash(operands)).collect()),
            9 => Message::Ping(operands.byte().into()),
            10 => Message::Pong(self.driver.last_ping(peer).unwrap_or_else(|| operands.byte().into())),
            11 => {
                let tip = self.hash(operands);
                Message::Version(self.version(key, tip))
            }
            12 => Message::Verack,
            _ => Message::Headers((0..operands.below(8)).map(|_| self.header(operands)).collect()),
        }
    }

    /// A compact block, a question about one, or an answer: right ones, and such as have an id, a position or a transaction
    /// too many, too few, or out of place.
    fn compact_message(&self, operands: &mut Operands<'_>, kind: u8) -> Message {
        let block = &self.pool.blocks[operands.recent(self.pool.blocks.len())];
        let (hash, change) = (block.hash(), operands.byte());
        let indices =
            (0..block.transactions.len() + usize::from(change & 3 == 3)).filter(|at| change >> (at & 7) & 1 == 1);
        match kind % 3 {
            0 => {
                let Message::CompactBlock(mut compact) = compact(block, change.into()) else { return Message::Verack };
                match change & 15 {
                    8 => drop(compact.short_ids.pop()),
                    9 => compact.short_ids.reverse(),
                    10 => compact.prefilled.clear(),
                    11 => compact.short_ids.extend(compact.short_ids.first().copied()),
                    _ => {}
                }
                Message::CompactBlock(compact)
            }
            1 => Message::GetBlockTransactions(BlockTransactionsRequest { block: hash, indices: indices.collect() }),
            _ => {
                let transactions = indices.filter_map(|at| block.transactions.get(at).cloned()).collect();
                Message::BlockTransactions(BlockTransactions { block: hash, transactions })
            }
        }
    }

    /// The last headers of the branch to some block, so many that they may connect to what the node has.
    fn headers_to(&self, operands: &mut Operands<'_>) -> Vec<Header> {
        let branch = self.pool.branch(self.hash(operands));
        let count = operands.below(64) + 1;
        let headers = branch.iter().skip(1).filter_map(|hash| self.pool.find(hash)).map(|block| block.header);
        let headers: Vec<Header> = headers.collect();
        headers[headers.len().saturating_sub(count)..].to_vec()
    }

    fn header(&self, operands: &mut Operands<'_>) -> Header {
        self.pool.blocks[operands.recent(self.pool.blocks.len())].header
    }

    fn hash(&self, operands: &mut Operands<'_>) -> BlockHash {
        self.header(operands).hash()
    }

    fn items(&self, operands: &mut Operands<'_>) -> Vec<InventoryItem> {
        let count = operands.below(16);
        (0..count)
            .map(|_| match operands.byte() {
                255 => InventoryItem::Block(BlockHash([operands.byte(); 32])),
                254 => InventoryItem::Transaction(Txid([operands.byte(); 32])),
                253 => InventoryItem::CompactBlock(self.hash(operands)),
                index if index & 1 == 1 && !self.pool.transfers.is_empty() => {
                    let index = usize::from(index >> 1) % self.pool.transfers.len();
                    InventoryItem::Transaction(self.pool.transfers[index].txid())
                }
                index => {
                    let index = usize::from(index >> 1) % self.pool.blocks.len();
                    InventoryItem::Block(self.pool.blocks[index].hash())
                }
            })
            .collect()
    }

    fn command(&mut self, operands: &mut Operands<'_>) {
        let kind = operands.byte();
        let command = match kind % 6 {
            _ if kind >= 252 => Command::CompareTip { hash: self.hash(operands), height: operands.byte().into() },
            0 => Command::StartMining { blocks: None, limit: None },
            1 => Command::StartMining { blocks: Some(operands.byte().into()), limit: Some(limit(operands.byte())) },
            2 => Command::StopMining,
            3 => Command::Rename { name: String::from_utf8_lossy(operands.bytes(4)).into_owned() },
            4 if !self.pool.transfers.is_empty() => {
                let index = operands.recent(self.pool.transfers.len());
                Command::Submit { transfer: Box::new(self.pool.transfers[index].clone()) }
            }
            _ => Command::Pay {
                recipient: PEOPLE[operands.below(PEOPLE.len())].address,
                amount: Amount::from_units(u64::from(operands.byte()) * 50_000_000).expect("below the maximum"),
                fee: operands.flag().then(|| Amount::from_units(u64::from(operands.byte()) * 100)).flatten(),
                memo: Memo::default(),
            },
        };
        self.driver.command(&mut self.pool, command);
    }

    /// A miner finds a right nonce for the job at hand, or claims any for any job.
    fn find_nonce(&mut self, operands: &mut Operands<'_>) {
        let claim = operands.byte();
        let Some(job) = self.driver.job else { return };
        if claim < 192 {
            let mut search = NonceSearch::for_bits(job.algorithm, &job.header).expect("a node's jobs have a target");
            let nonce = search.run(claim.into(), 1_000).expect("every second hash makes a block");
            self.driver.mine(&mut self.pool, &job, nonce);
        } else {
            let nonce = operands.u32();
            let id = job.id.saturating_sub(u64::from(claim & 15));
            self.input(Input::NonceFound(Solution { job: id, ..job.solution(nonce) }));
        }
    }
}

/// As a node of ours makes it; a block that begins with nothing to prefill, in full.
fn compact(block: &Block, nonce: u64) -> Message {
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    match block.transactions.first() {
        Some(first) => Message::CompactBlock(Box::new(CompactBlock::new(block.header, nonce, first.clone(), &txids))),
        None => Message::Block(Box::new(block.clone())),
    }
}

/// Per second below 128, in 64ths of the machine above; no limit at all at their ends.
fn limit(operand: u8) -> HashrateLimit {
    match operand.checked_sub(128) {
        None => HashrateLimit::HashesPerSecond(f64::from(operand)),
        Some(part) => HashrateLimit::MachineShare(f64::from(part) / 64.0),
    }
}

/// A frame with up to three bytes changed, one more or one fewer.
fn spoil(mut frame: Vec<u8>, operands: &mut Operands<'_>) -> Vec<u8> {
    for _ in 0..=operands.below(3) {
        let at = (usize::from(operands.byte()) << (operands.byte() & 3)) % frame.len().max(1);
        let value = operands.byte();
        match operands.byte() % 4 {
            0 if at < frame.len() => frame[at] = value,
            1 if at < frame.len() => frame[at] ^= 1 << (value & 7),
            2 => frame.insert(at, value),
            _ => frame.truncate(at),
        }
    }
    frame
}
