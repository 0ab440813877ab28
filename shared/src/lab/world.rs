//! The simulated world: one queue of events, the machines that nodes run on, and how long the storm lasts.
//!
//! Time moves from event to event. This file holds the run; a node's driver, the links, the faults and the byzantine nodes are beside it, one a file.

mod driver;
mod network;
mod storm;
mod villain;

use std::collections::{BTreeMap, VecDeque};

use sha2::{Digest, Sha256};

use super::checker::{Checker, REPLAY_INTERVAL, Rule, Violation};
use super::disk::Disk;
use super::queue::Queue;
use super::random::Random;
use super::settings::Settings;
use super::stats::Stats;
use super::traffic::Traffic;
use crate::chain::store::Key;
use crate::node::snapshot::NodeKind;
use crate::node::{Command, CommandId, Config, Input, LoadId, Node, PeerId, StoreId, Time, Timer};
use crate::primitives::{BlockHash, SecretKey};
use network::Link;
use villain::Villain;

/// Within this after faults stop, ms, every honest node has heard of every other's best chain and has its blocks: links
/// are made again at once, headers and bodies come within seconds, an overdue block is asked of another peer after five,
/// and a block dated ahead of a slow clock is held for no longer than clocks differ.
pub const REACH: u64 = 60_000;
/// Chains of equal work may still stand side by side. The next block settles that, and reaches everyone within this, ms.
pub const SPREAD: u64 = 15_000;
/// That next block is found within this, ms: sixty times its expected wait.
const PATIENCE: u64 = 600_000;

/// A simulation under way. Nodes `0..honest` are honest, those after them byzantine.
#[derive(Debug)]
pub struct World {
    seed: u64,
    settings: Settings,
    random: Random,
    start: Time,
    now: Time,
    events: Queue<Event>,
    machines: Vec<Machine>,
    links: Vec<Link>,
    /// Which end of which link a connection's number stands for, while it stands.
    ends: BTreeMap<PeerId, End>,
    /// Between whom a connection was, for good.
    parties: BTreeMap<PeerId, Parties>,
    /// The side of each node while the network is divided.
    divided: Option<Vec<bool>>,
    stormy: bool,
    villains: BTreeMap<PeerId, Villain>,
    /// Misdeeds still to come, before all are shuffled again.
    deck: Vec<super::Misdeed>,
    /// What became of each misdeed that was carried through: the reason if the victim hung up.
    fates: Vec<(super::Misdeed, Option<String>)>,
    checker: Checker,
    stats: Stats,
    traffic: Traffic,
    next_number: u64,
    /// Over every event: two runs are the same if this is.
    history: Sha256,
    trace: VecDeque<String>,
}

/// What an honest node runs on.
#[derive(Debug)]
struct Machine {
    key: SecretKey,
    /// `None` while it is down.
    node: Option<Node>,
    disk: Disk,
    /// Counts starts; events meant for an earlier life are void.
    life: u64,
    /// Its clock is ahead by so many milliseconds, or behind.
    skew: i64,
    /// Hashes a second.
    hashrate: f64,
    mines: bool,
    /// Counts jobs; a nonce for an earlier one is not searched any more.
    search: u64,
    timers: BTreeMap<Timer, Time>,
    /// By the tip changes that the node has told of.
    tip: BlockHash,
    last_commit: Time,
    /// Its node is being given what its store holds, and weighs chains when it has all of it.
    restoring: bool,
    blocks_found: u64,
}

#[derive(Debug, Clone, Copy)]
struct End {
    link: usize,
    /// 0 or 1: which of the link's two nodes.
    side: usize,
}

/// The node that a number was given to, and the one that it stands for.
#[derive(Debug, Clone, Copy)]
struct Parties {
    here: usize,
    there: usize,
}

#[derive(Debug)]
enum Event {
    Connect {
        link: usize,
    },
    /// The connection that a node has asked for stands.
    Opened {
        peer: PeerId,
    },
    /// The other end is gone.
    Closed {
        peer: PeerId,
    },
    Frame {
        peer: PeerId,
        frame: Vec<u8>,
    },
    Timer {
        node: usize,
        timer: Timer,
        at: Time,
    },
    Commit {
        node: usize,
        life: u64,
    },
    Read {
        node: usize,
        life: u64,
        id: LoadId,
        keys: Vec<Key>,
    },
    /// Only of a broken driver: the write may still wait.
    Acknowledge {
        node: usize,
        life: u64,
        id: StoreId,
    },
    Nonce {
        node: usize,
        search: u64,
        job: u64,
    },
    Restart {
        node: usize,
        life: u64,
    },
    Misdeed {
        peer: PeerId,
    },
    /// A misdeed goes on.
    Say {
        peer: PeerId,
        frame: Vec<u8>,
    },
    Leave {
        peer: PeerId,
    },
    Crash,
    Divide,
    Heal,
    Cut,
    Pay,
}

impl World {
    pub fn new(seed: u64, settings: Settings) -> Self {
        let mut random = Random::new(seed);
        let start = Time(u64::from(settings.params.genesis_time) * 1_000);
        let genesis = settings.params.genesis().hash();
        let mut shares: Vec<f64> = (0..settings.honest).map(|_| random.exponential(1.0)).collect();
        let sum: f64 = shares.iter().sum();
        for share in &mut shares {
            *share *= settings.hashrate / sum;
        }
        let machines = shares.into_iter().map(|hashrate| Machine {
            key: SecretKey::from_seed(random.bytes()),
            node: None,
            disk: Disk::new(genesis),
            life: 0,
            skew: i64::try_from(random.below(2 * settings.skew + 1)).expect("skews are short")
                - i64::try_from(settings.skew).expect("skews are short"),
            hashrate,
            mines: true,
            search: 0,
            timers: BTreeMap::new(),
            tip: genesis,
            last_commit: Time::default(),
            restoring: false,
            blocks_found: 0,
        });
        let machines = machines.collect();
        let mut world = Self {
            seed,
            random,
            start,
            now: start,
            events: Queue::default(),
            machines,
            links: network::links(&settings),
            ends: BTreeMap::new(),
            parties: BTreeMap::new(),
            divided: None,
            stormy: true,
            villains: BTreeMap::new(),
            deck: Vec::new(),
            fates: Vec::new(),
            checker: Checker::new(settings.params.clone()),
            stats: Stats::default(),
            traffic: Traffic::default(),
            next_number: 0,
            history: Sha256::new(),
            trace: VecDeque::new(),
            settings,
        };
        world.begin();
        world
    }

    /// The whole story: the storm, the calm after it, and the last checks.
    pub fn run(&mut self) -> Result<(), Violation> {
        self.pass(self.settings.storm)?;
        self.calm()
    }

    /// Lets time pass, event by event.
    pub fn pass(&mut self, millis: u64) -> Result<(), Violation> {
        let end = self.now.plus_millis(millis);
        while self.step_until(end)? {}
        self.now = end;
        Ok(())
    }

    /// Ends all faults. Within [`REACH`] everyone has heard of every chain; then one more block is found, and within
    /// [`SPREAD`] all honest nodes have one tip. Checks that, and everything else.
    pub fn calm(&mut self) -> Result<(), Violation> {
        self.end_storm()?;
        self.pass(REACH)?;
        self.machines[0].hashrate = self.settings.hashrate;
        let found = self.machines[0].blocks_found;
        self.command(0, Command::StartMining { blocks: Some(1), limit: None })?;
        let end = self.now.plus_millis(PATIENCE);
        while self.machines[0].blocks_found == found && self.step_until(end)? {}
        self.pass(SPREAD)?;
        let tips: Vec<BlockHash> = self.nodes().map(|node| node.chain().tip()).collect();
        let settled = self.machines[0].blocks_found > found && tips.iter().all(|tip| *tip == tips[0]);
        if !settled {
            return Err(self.violation(0, Rule::NoConvergence { tips }));
        }
        self.check_replays()
    }

    /// Over the whole history and the state at its end: what each honest node knows and stores.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut hasher = self.history.clone();
        for machine in &self.machines {
            for (key, value) in machine.disk.bytes() {
                hasher.update(key);
                hasher.update(value);
            }
            if let Some(node) = &machine.node {
                hasher.update(node.chain().tip().0);
                hasher.update(node.chain().ledger().state_hash());
                for (txid, _) in node.mempool().by_fee_rate() {
                    hasher.update(txid.0);
                }
            }
        }
        hasher.finalize().into()
    }

    pub fn stats(&self) -> &Stats {
        &self.stats
    }

    pub fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// The last events in words, oldest first; as many as [`Settings::trace`] asks for.
    pub fn trace(&self) -> impl Iterator<Item = &str> {
        self.trace.iter().map(String::as_str)
    }

    /// What became of each misdeed after which the byzantine node left or was hung up on, with the victim's reason.
    pub fn fates(&self) -> &[(super::Misdeed, Option<String>)] {
        &self.fates
    }

    /// An honest node, unless it is down.
    pub fn node(&self, node: usize) -> Option<&Node> {
        self.machines[node].node.as_ref()
    }

    /// The honest nodes that are up.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.machines.iter().filter_map(|machine| machine.node.as_ref())
    }

    /// Sets an honest node's clock ahead by `millis`, or back.
    pub fn set_skew(&mut self, node: usize, millis: i64) {
        self.machines[node].skew = millis;
    }

    /// Gives a node a command of its person.
    pub fn command(&mut self, node: usize, command: Command) -> Result<(), Violation> {
        let id = CommandId(self.number());
        self.input(node, Input::Command { id, command })
    }

    /// Carries out the next event, unless there is none before `end`.
    fn step_until(&mut self, end: Time) -> Result<bool, Violation> {
        let Some((at, event)) = self.events.pop_until(end) else { return Ok(false) };
        self.now = at;
        self.stats.events += 1;
        self.record(&event);
        self.carry_out(event)?;
        if self.stats.events.is_multiple_of(REPLAY_INTERVAL) {
            self.check_replays()?;
        }
        Ok(true)
    }

    fn carry_out(&mut self, event: Event) -> Result<(), Violation> {
        match event {
            Event::Connect { link } => self.connect(link)?,
            Event::Opened { peer } => self.opened(peer)?,
            Event::Closed { peer } => self.closed(peer)?,
            Event::Frame { peer, frame } => self.frame_arrived(peer, frame)?,
            Event::Timer { node, timer, at } => self.timer_due(node, timer, at)?,
            Event::Commit { node, life } => self.commit(node, life)?,
            Event::Read { node, life, id, keys } => self.read(node, life, id, &keys)?,
            Event::Acknowledge { node, life, id } => self.acknowledge(node, life, id)?,
            Event::Nonce { node, search, job } => self.nonce_found(node, search, job)?,
            Event::Restart { node, life } => self.restart_due(node, life)?,
            Event::Misdeed { peer } => self.commit_misdeed(peer),
            Event::Say { peer, frame } => self.send(peer, frame),
            Event::Leave { peer } => self.leave(peer),
            Event::Crash => self.crash_someone(),
            Event::Divide => self.divide_at_random(),
            Event::Heal => self.heal(),
            Event::Cut => self.cut_some_link()?,
            Event::Pay => self.pay_someone()?,
        }
        Ok(())
    }

    /// All nodes start, all links are made, and the first faults are planned.
    fn begin(&mut self) {
        for node in 0..self.machines.len() {
            self.start(node);
        }
        for link in 0..self.links.len() {
            let wait = self.random_below(1_000);
            self.connect_after(link, wait);
        }
        for node in 0..self.machines.len() {
            self.command(node, Command::StartMining { blocks: None, limit: None })
                .expect("a node that has not heard anything breaks no rule");
        }
        self.plan_faults();
    }

    fn plan(&mut self, at: Time, event: Event) {
        self.events.plan(at, event);
    }

    fn plan_in(&mut self, millis: u64, event: Event) {
        self.plan(self.now.plus_millis(millis), event);
    }

    fn number(&mut self) -> u64 {
        self.next_number += 1;
        self.next_number
    }

    fn random_below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    fn violation(&self, node: usize, rule: Rule) -> Violation {
        let time = Time(self.now.millis_since(self.start));
        Violation { seed: self.seed, event: self.stats.events, time, node, rule }
    }

    fn check_replays(&self) -> Result<(), Violation> {
        let machines = self.machines.iter().enumerate();
        let nodes = machines.filter_map(|(index, machine)| Some((index, machine.node.as_ref()?)));
        self.checker.check_replays(nodes).map_err(|(node, rule)| self.violation(node, rule))
    }

    /// Takes an event into the history, and into the trace if one is kept.
    fn record(&mut self, event: &Event) {
        self.history.update(self.now.0.to_le_bytes());
        if let Event::Frame { peer, frame } = event {
            self.history.update(peer.0.to_le_bytes());
            self.history.update(frame);
        }
        if self.settings.trace > 0 {
            if self.trace.len() == self.settings.trace {
                self.trace.pop_front();
            }
            let millis = self.now.millis_since(self.start);
            self.trace.push_back(format!("{:>7} {millis:>8} ms  {}", self.stats.events, self.in_words(event)));
        }
    }

    fn in_words(&self, event: &Event) -> String {
        let who = |peer: &PeerId| {
            let Parties { here, there } = self.parties[peer];
            format!("node {here} from node {there} (peer {})", peer.0)
        };
        match event {
            Event::Frame { peer, frame } => {
                let name = crate::wire::Message::from_frame(frame).map_or("rubbish", |message| message.name());
                format!("{name} of {} bytes to {}", frame.len(), who(peer))
            }
            Event::Opened { peer } | Event::Closed { peer } | Event::Misdeed { peer } | Event::Leave { peer } => {
                format!("{event:?}: to {}", who(peer))
            }
            Event::Say { peer, .. } => format!("a misdeed of {} goes on", who(peer)),
            Event::Connect { link } => format!("connect nodes {:?}", self.links[*link].nodes),
            other => format!("{other:?}"),
        }
    }

    fn start(&mut self, node: usize) {
        let local = self.local_time(node);
        let machine = &mut self.machines[node];
        let config = Config::new(format!("node {node}"), NodeKind::Tab, self.random.bits());
        let config = Config { recent: self.settings.recent, ..config };
        machine.node = Some(Node::new(config, self.settings.params.clone(), machine.key.clone(), local));
    }
}
