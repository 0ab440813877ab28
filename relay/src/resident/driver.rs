//! The loop that owns the resident node: feeds it inputs, carries out its outputs, decides nothing.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tabchain_shared::mining::hashrate::HashrateMeter;
use tabchain_shared::mining::share::Shares;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command, CommandId, Event, Input, Output, PeerId, Time, Timer};
use tabchain_shared::primitives::{CompactTarget, NodeId};
use tabchain_shared::wire::switchboard::{FanOut, LinkId};
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::branches::Branches;
use super::faults::Faults;
use super::first_seen::Before;
use super::news::News;
use super::proofs::Proofs;
use super::recording::Recording;
use super::{Carrier, CarrierId, ReadOnly, Request, Resident};
use crate::clock::now;
use crate::events::Events;
use crate::metrics::Metrics;
use crate::miner::Miner;
use crate::socket::Unflushed;
use crate::store::{Store, StoreError, StoreThread};

/// Writes under way, beyond which no further requests are taken: a slow disk slows the network down instead of filling
/// memory with what it has not written yet.
const MAX_UNFINISHED_WRITES: usize = 64;
/// Longest sleep, when no timer is set; also bounds what is added to an instant.
const MAX_SLEEP: Duration = Duration::from_hours(1);
/// How often the miners' speed is measured.
const HASHRATE_INTERVAL: Duration = Duration::from_secs(1);

/// Where a peer is reached, and who it is.
struct Route {
    via: CarrierId,
    link: LinkId,
    node: NodeId,
}

pub struct Driver {
    node: Node,
    recording: Option<Recording>,
    requests: mpsc::Receiver<Request>,
    changes: watch::Sender<()>,
    carriers: HashMap<CarrierId, Carrier>,
    peers: HashMap<PeerId, Route>,
    links: HashMap<(CarrierId, LinkId), PeerId>,
    last_peer: u64,
    faults: Faults,
    branches: Branches,
    /// By the clock that only goes forward: one that is set back must not hold them up.
    timers: HashMap<Timer, Instant>,
    answers: HashMap<CommandId, oneshot::Sender<Answer>>,
    last_command: u64,
    store: StoreThread,
    /// From the store.
    written: mpsc::UnboundedReceiver<Input>,
    /// Written here alone, shown in `/status`.
    unfinished_writes: Arc<AtomicUsize>,
    /// Written here alone, when the store fails.
    read_only: Arc<OnceLock<ReadOnly>>,
    news: News,
    metrics: Arc<Metrics>,
    miner: Miner,
    proofs: Proofs,
    started: Instant,
    /// The miners' speed and when it was last measured, while they have a job.
    measured: Option<(HashrateMeter, Instant)>,
}

impl Driver {
    /// Loads what the store holds into the node. `requests` is what [`Resident::channel`] gave.
    pub(crate) fn new(
        mut node: Node,
        mut recording: Option<Recording>,
        resident: &Resident,
        requests: mpsc::Receiver<Request>,
        store: Store,
        mining_workers: usize,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let mut loaded = 0;
        store.load(|records| {
            loaded += records.len();
            feed(&mut node, recording.as_mut(), now(), Input::RecordsLoaded(records));
            // Nothing waits for the node yet, so it can wait for the disk.
            if let Some(recording) = &mut recording {
                recording.flush();
            }
        })?;
        feed(&mut node, recording.as_mut(), now(), Input::AllRecordsLoaded);
        if loaded > 0 {
            tracing::info!(records = loaded, height = node.chain().height(), "chain loaded");
        }
        let (acknowledge, written) = mpsc::unbounded_channel();
        // Bounded by the number of unfinished writes, and of reads, which the node bounds. After the loop's end nobody
        // needs to know.
        let store = StoreThread::start(store, metrics.database.clone(), move |input| drop(acknowledge.send(input)));
        let finder = resident.requests.clone();
        let miner = Miner::new(mining_workers, move |solution| {
            // A loop that has ended needs no nonce.
            let _ = finder.blocking_send(Request::NonceFound(solution));
        });
        Ok(Self {
            node,
            recording,
            requests,
            changes: resident.changes.clone(),
            carriers: HashMap::new(),
            peers: HashMap::new(),
            links: HashMap::new(),
            last_peer: 0,
            faults: Faults::new(resident.faulty_links.clone()),
            branches: Branches::default(),
            timers: HashMap::new(),
            answers: HashMap::new(),
            last_command: 0,
            store,
            written,
            unfinished_writes: Arc::clone(&resident.unfinished_writes),
            read_only: Arc::clone(&resident.read_only),
            news: News::new(Events::default(), Arc::clone(&metrics)),
            metrics,
            miner,
            proofs: Proofs::default(),
            started: Instant::now(),
            measured: None,
        })
    }

    /// Where everybody can hear what becomes of the chain and the mempool.
    #[must_use]
    pub fn with_events(self, events: Events) -> Self {
        Self { news: News::new(events, Arc::clone(&self.metrics)), ..self }
    }

    /// Runs until stopped; what was given to be stored is stored when it returns.
    pub async fn run(mut self, stop: CancellationToken) {
        self.carry_out_outputs();
        loop {
            let next_timer = self.until_next_timer();
            tokio::select! {
                () = stop.cancelled() => break,
                input = self.written.recv() => {
                    // The store's thread is gone, and whoever runs this loop will see it end.
                    let Some(input) = input else { break };
                    self.take_from_store(input);
                }
                Some(request) = self.requests.recv(), if self.may_take_requests() => {
                    self.take(request);
                }
                () = tokio::time::sleep(next_timer) => self.fire_timers(),
            }
            self.measure_hashrate();
            self.hand_in_what_is_due();
            self.carry_out_outputs();
            self.ask_for_branches();
        }
        // Miners that are about to report a nonce must find the channel closed, not full.
        let Self { requests, miner, store, node, recording, .. } = self;
        let write_rest = recording.map(|recording| recording.finish(&node, now()));
        drop(requests);
        let rest = tokio::task::spawn_blocking(move || {
            drop(miner);
            store.finish();
            if let Some(write_rest) = write_rest {
                write_rest();
            }
        });
        if rest.await.is_err() {
            tracing::error!("the thread of the store or of the recording ended with a panic");
        }
    }

    /// The one way into the node.
    fn feed(&mut self, now: Time, input: Input) {
        feed(&mut self.node, self.recording.as_mut(), now, input);
    }

    fn take_from_store(&mut self, input: Input) {
        if matches!(input, Input::Stored(_) | Input::StoreFailed { .. }) {
            self.unfinished_writes.fetch_sub(1, Ordering::Relaxed);
            self.news.answered();
        }
        let failure = match &input {
            Input::StoreFailed { reason, .. } => Some(ReadOnly(reason.clone())),
            _ => None,
        };
        self.feed(now(), input);
        if let Some(failure) = failure
            && self.read_only.set(failure).is_ok()
        {
            // What it mined would be lost with the process.
            self.last_command += 1;
            self.feed(now(), Input::Command { id: CommandId(self.last_command), command: Command::StopMining });
        }
    }

    fn may_take_requests(&self) -> bool {
        self.unfinished_writes.load(Ordering::Relaxed) < MAX_UNFINISHED_WRITES
    }

    fn take(&mut self, request: Request) {
        let now = now();
        match request {
            Request::CarrierUp { via, carrier } => {
                self.carriers.insert(via, carrier);
            }
            Request::CarrierDown { via } => {
                self.carriers.remove(&via);
                let links: Vec<LinkId> =
                    self.links.keys().filter(|(id, _)| *id == via).map(|(_, link)| *link).collect();
                for link in links {
                    self.link_down(now, via, link);
                }
                self.proofs.forget(via);
                self.search_for_shares();
            }
            Request::LinkUp { via, link, node, we_initiate } => {
                self.last_peer += 1;
                let peer = PeerId(self.last_peer);
                self.peers.insert(peer, Route { via, link, node });
                self.links.insert((via, link), peer);
                self.feed(now, Input::PeerConnected { peer, node, we_initiated: we_initiate });
            }
            Request::LinkDown { via, link } => self.link_down(now, via, link),
            Request::LinkFault { via, link, fault } => {
                if let Some(peer) = self.links.get(&(via, link))
                    && let Some(route) = self.peers.get(peer)
                {
                    self.faults.set(*peer, route.node, fault);
                    self.changes.send_replace(());
                }
            }
            Request::Frame { via, link, frame } => {
                if let Some(&peer) = self.links.get(&(via, link)) {
                    let before = Before::of(&self.node);
                    self.feed(now, Input::FrameReceived { peer, frame: frame.into() });
                    self.news.frame_taken(before, &self.node);
                }
            }
            Request::Order { command, answer } => {
                if let Some(reason) = self.read_only.get().filter(|_| needs_saving(&command)) {
                    // Who asked may have given up.
                    let _ = answer.send(Answer::Refused { reason: reason.to_string() });
                    return;
                }
                self.last_command += 1;
                let id = CommandId(self.last_command);
                self.answers.insert(id, answer);
                self.feed(now, Input::Command { id, command });
            }
            Request::ShareTarget { via, bits } => self.prove_under(via, bits),
            Request::Query(ask) => ask(&self.node),
            Request::NonceFound(solution) => self.solution_found(now, solution),
        }
    }

    fn prove_under(&mut self, via: CarrierId, bits: CompactTarget) {
        for shares in self.proofs.ask(via, bits) {
            self.hand_in(via, shares);
        }
        if let Some(job) = self.miner.job() {
            self.proofs.job(job, || self.node.job_proof(job.id));
        }
        self.search_for_shares();
    }

    /// Has the miners search under what is asked for now.
    fn search_for_shares(&mut self) {
        self.miner.set_share_target(self.proofs.target());
    }

    fn solution_found(&mut self, now: Time, solution: Solution) {
        if self.proofs.found(solution, Instant::now()) {
            self.feed(now, Input::NonceFound(solution));
        }
    }

    fn hand_in_what_is_due(&mut self) {
        for (via, shares) in self.proofs.take_due(Instant::now()) {
            self.hand_in(via, shares);
        }
    }

    fn hand_in(&self, via: CarrierId, shares: Shares) {
        if let Some(carrier) = self.carriers.get(&via) {
            carrier.hand_in(shares);
        }
    }

    fn link_down(&mut self, now: Time, via: CarrierId, link: LinkId) {
        if let Some(peer) = self.links.remove(&(via, link)) {
            self.faults.forget(peer);
            let ended = self.peers.remove(&peer);
            self.feed(now, Input::PeerDisconnected { peer });
            if let Some(ended) = ended {
                self.let_return(ended.node);
            }
        }
    }

    /// A link with a node ended. If it is still connected to our switchboard without any link to us, it may come again.
    /// Of two links to one node, such as between relays that have joined each other, one is cut, and nothing is wrong.
    fn let_return(&self, node: NodeId) {
        if let Some(Carrier::Switchboard(switchboard)) = self.carriers.get(&CarrierId::SWITCHBOARD)
            && self.peers.values().all(|peer| peer.node != node)
        {
            switchboard.close_if_unlinked(node);
        }
    }

    fn until_next_timer(&self) -> Duration {
        let now = Instant::now();
        let due = self.timers.values().copied().chain(self.proofs.due()).chain(self.faults.due());
        let due = due.chain(self.branches.due(&self.node)).min();
        let due = due.map_or(MAX_SLEEP, |at| at.saturating_duration_since(now));
        let measuring = if self.measured.is_some() { HASHRATE_INTERVAL } else { MAX_SLEEP };
        due.min(measuring).min(MAX_SLEEP)
    }

    fn fire_timers(&mut self) {
        let instant = Instant::now();
        let due: Vec<Timer> = self.timers.iter().filter(|(_, at)| **at <= instant).map(|(timer, _)| *timer).collect();
        for timer in due {
            self.timers.remove(&timer);
            self.feed(now(), Input::TimerFired(timer));
        }
    }

    fn measure_hashrate(&mut self) {
        if let Some((meter, last)) = &mut self.measured
            && last.elapsed() >= HASHRATE_INTERVAL
        {
            *last = Instant::now();
            meter.add(self.miner.take_hash_count());
            let hashrate = meter.measure(millis(self.started));
            self.feed(now(), Input::HashrateMeasured(hashrate));
        }
    }

    fn carry_out_outputs(&mut self) {
        let mut sending = HashMap::new();
        for (peer, frame) in self.faults.take_due() {
            self.gather(&mut sending, peer, frame);
        }
        while let Some(output) = self.node.poll_output() {
            match output {
                Output::Send { peer, frame } => {
                    if let Some(frame) = self.faults.pass(peer, frame.into_bytes()) {
                        self.gather(&mut sending, peer, frame);
                    }
                }
                Output::Disconnect { peer, reason } => {
                    self.send(&mut sending);
                    self.faults.forget(peer);
                    tracing::info!(peer = peer.0, "link cut: {reason}");
                    if let Some((carrier, link)) = self.route(peer) {
                        carrier.unlink(link);
                    }
                    if let Some(Route { via, link, node }) = self.peers.remove(&peer) {
                        self.links.remove(&(via, link));
                        self.let_return(node);
                    }
                }
                Output::SetTimer { timer, at } => {
                    let pause = Duration::from_millis(at.millis_since(now())).min(MAX_SLEEP);
                    self.timers.insert(timer, Instant::now() + pause);
                }
                Output::Store { id, changes } => {
                    self.unfinished_writes.fetch_add(1, Ordering::Relaxed);
                    self.news.given(&self.node, &changes);
                    self.store.write(id, changes);
                }
                Output::Load { id, keys } => self.store.load(id, keys),
                Output::Mine(job) => self.mine(job),
                Output::Event(event) => self.report(event),
            }
        }
        self.send(&mut sending);
        self.news.settle();
    }

    fn ask_for_branches(&mut self) {
        let mut sending = HashMap::new();
        for (peer, frame) in self.branches.ask(&self.node, Instant::now()) {
            if let Some(frame) = self.faults.pass(peer, frame) {
                self.gather(&mut sending, peer, frame);
            }
        }
        self.send(&mut sending);
    }

    fn gather(&self, sending: &mut HashMap<CarrierId, FanOut>, peer: PeerId, frame: Vec<u8>) {
        if let Some(Route { via, link, .. }) = self.peers.get(&peer) {
            sending.entry(*via).or_default().add(*link, frame);
        }
    }

    /// Sends what was gathered: each receiver is written to once, whatever it gets.
    fn send(&self, sending: &mut HashMap<CarrierId, FanOut>) {
        let mut unflushed = Unflushed::default();
        for (via, mut fan_out) in sending.drain() {
            if let Some(carrier) = self.carriers.get(&via) {
                fan_out.take().into_iter().for_each(|part| carrier.send(part, &mut unflushed));
            }
        }
        unflushed.flush_aside();
    }

    fn route(&self, peer: PeerId) -> Option<(&Carrier, LinkId)> {
        let Route { via, link, .. } = self.peers.get(&peer)?;
        Some((self.carriers.get(via)?, *link))
    }

    fn mine(&mut self, job: Option<Job>) {
        match job {
            Some(_) if self.measured.is_none() => {
                self.miner.take_hash_count();
                self.measured = Some((HashrateMeter::start(millis(self.started)), Instant::now()));
            }
            Some(_) => {}
            None => self.measured = None,
        }
        if let Some(job) = job {
            self.proofs.job(job, || self.node.job_proof(job.id));
        }
        self.miner.set_job(job, self.proofs.target());
    }

    fn report(&mut self, event: Event) {
        match event {
            Event::Answer { id, answer } => {
                if let Some(waiting) = self.answers.remove(&id) {
                    // Who asked may have given up.
                    let _ = waiting.send(answer);
                }
            }
            Event::TipChanged(change) => {
                self.news.tip_changed(&change);
                // Of this change, and not the chain's: blocks that come together have been judged together.
                let newest = change.connected.last().expect("a new tip is a block that was connected");
                let (height, tip) = (newest.coinbase().height, newest.hash());
                if change.is_reorg() {
                    tracing::info!(height, %tip, "reorg: {} blocks disconnected", change.depth());
                } else {
                    tracing::info!(height, %tip, "new tip");
                }
                self.changes.send_replace(());
            }
            Event::Changed => {
                self.changes.send_replace(());
            }
            Event::BlockMined(hash) => tracing::info!(%hash, "block mined here"),
            Event::Notice(notice) => tracing::warn!("{notice}"),
        }
    }
}

/// Whether a command means that something is to be kept.
fn needs_saving(command: &Command) -> bool {
    match command {
        Command::Pay { .. } | Command::Submit { .. } | Command::StartMining { .. } | Command::MineOn { .. } => true,
        Command::StopMining
        | Command::Rename { .. }
        | Command::CompareTip { .. }
        | Command::Play { .. }
        | Command::ShowChain { .. } => false,
    }
}

/// For what measures spans of time.
fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// Gives an input to the node, by way of its recording if there is one.
fn feed(node: &mut Node, recording: Option<&mut Recording>, now: Time, input: Input) {
    let input = match recording {
        Some(recording) => recording.record(node, now, input),
        None => input,
    };
    node.handle(now, input);
}
