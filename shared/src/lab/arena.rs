//! The network that experiments run in: real [`Node`]s, links with delays, and miners with strategies, event by event in virtual time.
//!
//! It shares the queue, the link model and the source of chance with [`World`](super::World), which looks for broken invariants and
//! has everything go wrong; here nothing does but what the experiment asks for, disks are as fast as memory, and all that
//! happens is counted. A block is mined in the moment in which it is found: the wait for a nonce has no memory, so that a lottery
//! at the network's rate, which then draws the winner by hash rate, is the same as a search on every machine. The winner's node is
//! told to start mining, gives its job, is given the nonce, and has ended mining.

mod connections;
mod driver;
mod inboxes;
mod lottery;
mod record;
mod strategist;
pub mod wiring;

use std::collections::VecDeque;
use std::sync::Arc;

pub use record::{Found, Record, Reorg};
pub use wiring::Topology;

use super::link::{LinkSettings, Wire};
use super::queue::Queue;
use super::random::Random;
use super::simblock::Regions;
use super::strategy::Strategy;
use crate::chain::RecentLimits;
use crate::consensus::{CheckedBlock, Params};
use crate::node::snapshot::NodeKind;
use crate::node::{Command, CommandId, Config, Input, Node, Output, PeerId, Time, Timer};
use crate::pow::Algorithm;
use crate::primitives::hash::BlockHashMap;
use crate::primitives::{CompactTarget, Memo, SecretKey, Target};
use crate::wire::Frame;
use connections::Connections;
use inboxes::Inboxes;
use lottery::Lottery;
use strategist::Strategist;

/// Nodes shake hands within this, ms, before the first block may be found.
const WARM_UP: u64 = 60_000;
/// Links are cut by nobody but the experiment, so pings have nothing to find out: one a day.
const PING_INTERVAL: u64 = 86_400_000;
/// Nothing is lost on the way, so nothing is overdue: nodes look for it once an hour, and not every second.
const OVERDUE_INTERVAL: u64 = 3_600_000;
/// A link that a node hung up is made again after this, ms.
const RECONNECT_PAUSE: u64 = 1_000;
/// Bodies that each node keeps in memory; older ones are read back from what all share.
const RECENT_BLOCKS: usize = 24;
/// Bodies that nodes are given one copy of, counted from the newest one that any of them had as its tip.
const SHARED_BODIES: usize = 8;
/// Blocks that each node remembers the arrival and the cost of: nobody asks.
const REMEMBERED_BLOCKS: usize = 1;
/// Blocks that each node remembers a peer to know, for there are a hundred thousand links: those that take no memory of their own.
const KNOWN_INVENTORY: usize = 8;

/// A network to simulate.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Mean time between two blocks at the start, seconds.
    pub interval: f64,
    /// Of the difficulty rule, seconds; `None` keeps the difficulty.
    pub half_life: Option<u32>,
    pub miners: Vec<Miner>,
    pub links: Vec<Link>,
    /// The share of the honest hash rate that mines on a withholding miner's branch during a match; `None` leaves it to the links.
    pub gamma: Option<f64>,
    /// Blocks are as good as empty, and take up links as if a full one had so many bytes, and a compact one so many.
    pub block_bytes: Option<u64>,
    pub compact_bytes: Option<u64>,
    /// Delays and bandwidths between regions, in place of those of `links`.
    pub regions: Option<Regions>,
}

#[derive(Debug, Clone)]
pub struct Miner {
    /// Of the network's hash rate; the shares of all add up to 1.
    pub share: f64,
    pub strategy: Strategy,
}

/// A link between two nodes, and how each direction carries: first that from `nodes[0]`.
#[derive(Debug, Clone)]
pub struct Link {
    pub nodes: [usize; 2],
    pub directions: [LinkSettings; 2],
}

/// A simulation under way. Nodes have the numbers of their miners.
#[derive(Debug)]
pub struct Arena {
    setting: Setting,
    params: Params,
    random: Random,
    start: Time,
    now: Time,
    queue: Queue<Event>,
    /// Of the time at hand.
    inboxes: Inboxes,
    machines: Vec<Machine>,
    /// Machines whose nodes speak for themselves, and nobody in their stead.
    are_honest: Vec<bool>,
    connections: Connections,
    /// The ends of each link's connection, while it stands.
    standing: Vec<Option<[PeerId; 2]>>,
    /// The side of each node while the network is divided.
    sides: Option<Vec<bool>>,
    lottery: Lottery,
    /// Every block record that a node has stored, for all of them.
    archive: BlockHashMap<Vec<u8>>,
    /// The newest of these, in the copy that all nodes hold; each has judged its own.
    bodies: VecDeque<Arc<CheckedBlock>>,
    record: Record,
    events: u64,
    /// Whether every receiver of a frame decodes it for itself.
    decodes_anew: bool,
    /// Memory for what nodes want done, warm from the last one.
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
struct Machine {
    node: Node,
    strategist: Strategist,
    /// By [`Timer`].
    timers: [Option<Time>; 5],
    job: Option<crate::mining::Job>,
    /// What the node has to say while its miner's strategy is about to speak.
    held: Option<Vec<(PeerId, Frame)>>,
    /// What bodies wait for that it sends, where regions bound its bandwidth.
    uplink: Wire,
    /// Its tip has changed since the input at hand.
    has_moved: bool,
    /// Expected hashes of the block after its tip.
    work: f64,
}

#[derive(Debug)]
enum Event {
    Frame {
        /// Whose end of the connection it comes to.
        machine: u32,
        to: PeerId,
        frame: Frame,
    },
    /// A compact block lacked transactions, and those are asked for now.
    Missing {
        to: PeerId,
        frame: Frame,
        bytes: u64,
    },
    Timer {
        machine: usize,
        timer: Timer,
        at: Time,
    },
    Connect {
        link: usize,
    },
    /// A nonce is found, unless the lottery has begun anew since.
    Nonce {
        draw: u64,
    },
}

impl Event {
    /// To which it happens, if that is one alone.
    fn machine(&self) -> Option<usize> {
        match self {
            Self::Frame { machine, .. } => Some(*machine as usize),
            Self::Timer { machine, .. } => Some(*machine),
            Self::Missing { .. } | Self::Connect { .. } | Self::Nonce { .. } => None,
        }
    }
}

impl Arena {
    /// Nodes that have shaken hands. The first block is still to be found.
    pub fn new(setting: Setting, seed: u64) -> Self {
        let params = params(&setting);
        let mut random = Random::new(seed);
        let start = Time(u64::from(params.genesis_time) * 1_000);
        let work = start_target().work().to_f64();
        let limits = RecentLimits { blocks: RECENT_BLOCKS, ..RecentLimits::default() };
        let machines = setting.miners.iter().enumerate().map(|(number, miner)| {
            // As a relay it takes the links of a star's hub.
            let config = Config::new(format!("node {number}"), NodeKind::Relay, random.bits());
            let config = Config {
                recent: limits,
                ping_interval: PING_INTERVAL,
                overdue_interval: OVERDUE_INTERVAL,
                remembered_happenings: 0,
                max_known_inventory: KNOWN_INVENTORY,
                remembered_blocks: REMEMBERED_BLOCKS,
                ..config
            };
            let key = SecretKey::from_seed(random.bytes());
            Machine {
                strategist: Strategist::new(miner.strategy.clone(), key.clone(), params.genesis().hash()),
                node: Node::new(config, params.clone(), key, start),
                timers: [None; 5],
                job: None,
                held: None,
                uplink: Wire::default(),
                has_moved: false,
                work,
            }
        });
        let machines: Vec<Machine> = machines.collect();
        let lottery = Lottery::new(setting.miners.iter().map(|miner| miner.share), work / setting.interval);
        let are_honest = setting.miners.iter().map(|miner| miner.strategy == Strategy::Honest).collect();
        let connections = Connections::new(machines.len(), &setting.links);
        let mut arena = Self {
            are_honest,
            standing: vec![None; setting.links.len()],
            record: Record::new(setting.miners.iter().map(|miner| miner.share).collect()),
            setting,
            params,
            random,
            start,
            now: start,
            queue: Queue::default(),
            inboxes: Inboxes::new(machines.len()),
            machines,
            connections,
            sides: None,
            lottery,
            archive: BlockHashMap::default(),
            bodies: VecDeque::new(),
            events: 0,
            decodes_anew: false,
            outputs: VecDeque::new(),
        };
        for link in 0..arena.setting.links.len() {
            arena.connect(link);
        }
        arena.pass(WARM_UP);
        arena.start_lottery();
        arena
    }

    /// Lets time pass, ms.
    pub fn pass(&mut self, millis: u64) {
        let end = self.now.plus_millis(millis);
        while self.step(end) {}
        self.now = end;
    }

    /// Carries out at most so many events, until this many blocks have been found. Returns whether they have.
    pub fn run_until_found(&mut self, blocks: usize, events: u64) -> bool {
        let last = self.events + events;
        while self.record.found().len() < blocks {
            if self.events >= last || !self.step(Time(u64::MAX)) {
                return false;
            }
        }
        true
    }

    /// Nobody finds blocks any more, those who have kept any back publish them, and all of it arrives.
    pub fn settle(&mut self, millis: u64) {
        self.lottery.stop();
        for machine in 0..self.machines.len() {
            self.publish_everything(machine);
        }
        self.pass(millis);
    }

    /// Multiplies the network's hash rate at the start by this.
    pub fn set_hashrate(&mut self, factor: f64) {
        self.lottery.scale(factor);
        self.start_lottery();
    }

    /// From now on only nodes of one side are linked.
    pub fn divide(&mut self, sides: Vec<bool>) {
        for link in 0..self.setting.links.len() {
            let [a, b] = self.setting.links[link].nodes;
            if sides[a] != sides[b] {
                self.cut(link);
            }
        }
        self.sides = Some(sides);
    }

    pub fn heal(&mut self) {
        self.sides = None;
        for link in 0..self.setting.links.len() {
            self.connect(link);
        }
    }

    /// Gives a node a command of its person.
    pub fn command(&mut self, node: usize, command: Command) {
        let id = self.command_id();
        self.input(node, Input::Command { id, command });
    }

    pub fn node(&self, node: usize) -> &Node {
        &self.machines[node].node
    }

    pub fn len(&self) -> usize {
        self.machines.len()
    }

    pub fn links(&self) -> usize {
        self.setting.links.len()
    }

    pub fn is_empty(&self) -> bool {
        self.machines.is_empty()
    }

    pub fn record(&self) -> &Record {
        &self.record
    }

    /// From now on frames are nothing but bytes on their way, and each receiver decodes and hashes what it gets. It takes longer, and
    /// changes nothing.
    pub fn decode_anew(&mut self) {
        self.decodes_anew = true;
    }

    /// From now on the record keeps how long each block took to each node.
    pub fn keep_delays(&mut self) {
        self.record.keep_delays();
    }

    /// Events carried out.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Since the first block could be found, ms.
    pub fn elapsed(&self) -> u64 {
        self.elapsed_at(self.now)
    }

    /// The same of another moment.
    pub fn elapsed_at(&self, time: Time) -> u64 {
        time.millis_since(self.start).saturating_sub(WARM_UP)
    }

    /// How hard the block after a node's tip is, as a multiple of the first one.
    pub fn difficulty(&self, node: usize) -> f64 {
        let start = start_target().work().to_f64();
        self.machines[node].work / start
    }

    fn command_id(&self) -> CommandId {
        CommandId(self.events)
    }

    /// The next event, unless there is none up to `end`.
    fn step(&mut self, end: Time) -> bool {
        let Some(event) = self.next_event(end) else { return false };
        self.events += 1;
        match event {
            Event::Frame { machine, to, frame } => self.frame_arrived(machine as usize, to, frame),
            Event::Missing { to, frame, bytes } => self.send_missing(to, frame, bytes),
            Event::Timer { machine, timer, at } => {
                let set = &mut self.machines[machine].timers[timer as usize];
                if *set == Some(at) {
                    *set = None;
                    self.input(machine, Input::TimerFired(timer));
                }
            }
            Event::Connect { link } => self.connect(link),
            Event::Nonce { draw } => self.nonce_drawn(draw),
        }
        true
    }

    fn next_event(&mut self, end: Time) -> Option<Event> {
        if self.inboxes.begins_turn() {
            self.read_ahead();
        }
        self.inboxes.next().or_else(|| self.next_moment(end))
    }

    /// Reads what the turns after this one need. A thousand nodes fit into no cache, and memory takes as long for fifty reads that do not
    /// wait for each other as for one.
    fn read_ahead(&self) {
        if let Some(turn) = self.inboxes.upcoming(2) {
            let machine = &self.machines[turn.machine];
            std::hint::black_box(machine.has_moved);
            machine.node.read_ahead();
        }
        if let Some(turn) = self.inboxes.upcoming(1) {
            self.machines[turn.machine].node.read_ahead_of_frames(turn.frames());
            self.connections.read_ahead(turn.frames().map(|(end, _)| end));
        }
    }

    /// The first event of the next time at which there is any, if it is not after `end`. What is planned for the same time from now on
    /// comes after all that was.
    fn next_moment(&mut self, end: Time) -> Option<Event> {
        let (at, mut line) = self.queue.take_until(end)?;
        self.now = at;
        self.inboxes.fill(&mut line);
        self.queue.give_back(line);
        self.inboxes.next()
    }
}

/// Of the first block of every arena.
const START_BITS: CompactTarget = CompactTarget(0x1e00_7fff);

/// What a hash has to meet where the difficulty is 1: a block takes 2^25 hashes of an oracle.
pub fn start_target() -> Target {
    START_BITS.to_target().expect("ours is valid")
}

/// The rules of the network that a setting describes.
fn params(setting: &Setting) -> Params {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let spacing = setting.interval.clamp(1.0, 86_400.0) as u32;
    Params {
        name: "lab".into(),
        algorithm: Algorithm::Oracle,
        spacing,
        half_life: setting.half_life,
        limit: CompactTarget(0x207f_ffff),
        start_bits: START_BITS,
        max_future_seconds: 7_200,
        genesis_message: Memo::new("Tabchain lab").expect("short"),
        ..Params::classroom()
    }
}
