//! Many native nodes in one process, each on a WebSocket of its own to the same relay: a class without browsers.
//!
//! The driver of a member is as plain as the real ones, and keeps nothing: what is to be stored counts as stored at once.
//! It mines by searching until it finds, which is soon on regtest.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use futures::{SinkExt, StreamExt};
use tabchain_shared::mining::Job;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::node::io::{Answer, Command, CommandId, Event, Input, Output, PeerId, Time, Timer};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Node};
use tabchain_shared::primitives::{BlockHash, NodeId, SecretKey, sha256d};
use tabchain_shared::wire::switchboard::{
    FanOut, FromRelay, LinkId, NodeControl, RelayControl, ToRelay, sign_challenge,
};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::eventually;
use crate::process::RelayProcess;

/// Nobody waits for more; regtest's blocks take two hashes.
const MAX_HASHES: u32 = 1 << 16;

/// Connected members, in the order in which they joined.
pub struct Swarm {
    pub members: Vec<Member>,
    arrivals: mpsc::UnboundedReceiver<Arrival>,
    report: mpsc::UnboundedSender<Arrival>,
}

/// A node, from outside.
pub struct Member {
    pub id: NodeId,
    asks: mpsc::UnboundedSender<Ask>,
    pub traffic: Arc<Traffic>,
}

/// Bytes of WebSocket messages since the member joined.
#[derive(Debug, Default)]
pub struct Traffic(AtomicU64);

impl Traffic {
    pub fn received(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A member's tip has become this block.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    pub member: usize,
    pub block: BlockHash,
    pub at: Instant,
}

type Look = Box<dyn FnOnce(&Node) + Send>;

enum Ask {
    Command(Command, oneshot::Sender<Answer>),
    Look(Look),
    Links(oneshot::Sender<(usize, usize)>),
}

impl Swarm {
    pub fn new() -> Self {
        let (report, arrivals) = mpsc::unbounded_channel();
        Self { members: Vec::new(), arrivals, report }
    }

    /// So many nodes on a relay, each of which has shaken hands with all that it was introduced to: with the relay's own node, at least.
    pub async fn of(count: usize, relay: &RelayProcess) -> Self {
        let mut swarm = Self::new();
        for _ in 0..count {
            swarm.join(relay.port).await;
        }
        eventually("every member has shaken hands", async || {
            for member in &swarm.members {
                let (links, ready) = member.links().await;
                if links == 0 || links != ready {
                    return Err(format!("{ready} of {links} links of {} are ready", member.id));
                }
            }
            Ok(())
        })
        .await;
        swarm
    }

    /// Has one more node join the relay at `127.0.0.1:port`, and waits until it is welcome.
    pub async fn join(&mut self, port: u16) {
        let number = self.members.len();
        let key = SecretKey::from_seed(sha256d(&number.to_le_bytes()));
        let id = key.public_key().node_id();
        let traffic = Arc::new(Traffic::default());
        let (asks, asked) = mpsc::unbounded_channel();
        let (welcome, welcomed) = oneshot::channel();
        let driver = Driver::connect(number, port, key, Arc::clone(&traffic), self.report.clone()).await;
        tokio::spawn(driver.run(asked, welcome));
        welcomed.await.expect("the relay welcomes it");
        self.members.push(Member { id, asks, traffic });
    }

    /// The next time that a member's tip changes.
    pub async fn next_arrival(&mut self) -> Arrival {
        self.arrivals.recv().await.expect("a sender is kept here")
    }

    /// Those that nobody has asked for yet.
    pub fn arrivals_so_far(&mut self) -> Vec<Arrival> {
        std::iter::from_fn(|| self.arrivals.try_recv().ok()).collect()
    }
}

impl Default for Swarm {
    fn default() -> Self {
        Self::new()
    }
}

impl Member {
    /// Gives an order and waits for its answer.
    pub async fn command(&self, command: Command) -> Answer {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Command(command, answer));
        answered.await.expect("the member runs")
    }

    /// What `look` sees of the node.
    pub async fn look<T: Send + 'static>(&self, look: impl FnOnce(&Node) -> T + Send + 'static) -> T {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Look(Box::new(move |node| {
            // Whoever asked waits for it.
            let _ = answer.send(look(node));
        })));
        answered.await.expect("the member runs")
    }

    /// How many links the relay has made, and over how many of them the nodes have shaken hands.
    async fn links(&self) -> (usize, usize) {
        let (answer, answered) = oneshot::channel();
        self.ask(Ask::Links(answer));
        answered.await.expect("the member runs")
    }

    fn ask(&self, ask: Ask) {
        assert!(self.asks.send(ask).is_ok(), "the member runs");
    }
}

struct Driver {
    number: usize,
    key: SecretKey,
    socket: WebSocketStream<TcpStream>,
    /// Absent until the relay has named the network.
    node: Option<Node>,
    peers: HashMap<LinkId, PeerId>,
    links: HashMap<PeerId, LinkId>,
    last_peer: u64,
    timers: BTreeMap<Timer, Time>,
    answers: HashMap<CommandId, oneshot::Sender<Answer>>,
    last_command: u64,
    job: Option<Job>,
    traffic: Arc<Traffic>,
    report: mpsc::UnboundedSender<Arrival>,
}

impl Driver {
    async fn connect(
        number: usize,
        port: u16,
        key: SecretKey,
        traffic: Arc<Traffic>,
        report: mpsc::UnboundedSender<Arrival>,
    ) -> Self {
        let address = format!("127.0.0.1:{port}");
        let stream = TcpStream::connect(&address).await.expect("the relay listens");
        stream.set_nodelay(true).expect("a TCP option");
        let (socket, _) = client_async(format!("ws://{address}/ws"), stream).await.expect("the relay takes it in");
        Self {
            number,
            key,
            socket,
            node: None,
            peers: HashMap::new(),
            links: HashMap::new(),
            last_peer: 0,
            timers: BTreeMap::new(),
            answers: HashMap::new(),
            last_command: 0,
            job: None,
            traffic,
            report,
        }
    }

    async fn run(mut self, mut asked: mpsc::UnboundedReceiver<Ask>, welcome: oneshot::Sender<()>) {
        let mut welcome = Some(welcome);
        loop {
            let due = self.timers.values().min().copied();
            tokio::select! {
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return };
                    if let Message::Binary(bytes) = message {
                        self.traffic.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
                        match FromRelay::from_bytes(&bytes).expect("the relay speaks the protocol") {
                            FromRelay::Carried { link, frame } => {
                                if let Some(&peer) = self.peers.get(&link) {
                                    self.feed(Input::FrameReceived { peer, frame: frame.into() });
                                }
                            }
                            FromRelay::Control(RelayControl::Welcome { .. }) => {
                                if let Some(welcome) = welcome.take() {
                                    // Whoever had it join may have ended.
                                    let _ = welcome.send(());
                                }
                            }
                            FromRelay::Control(control) => self.relay_said(control).await,
                            // Members open no channels.
                            FromRelay::Signal { .. } => {}
                        }
                    }
                }
                ask = asked.recv() => match ask {
                    Some(Ask::Command(command, answer)) => {
                        self.last_command += 1;
                        let id = CommandId(self.last_command);
                        self.answers.insert(id, answer);
                        self.feed(Input::Command { id, command });
                    }
                    Some(Ask::Look(look)) => look(self.node.as_ref().expect("members are asked once they are welcome")),
                    Some(Ask::Links(answer)) => {
                        let ready = self.node.as_ref().map_or(0, |node| node.peer_views().len());
                        // Whoever asked waits for it.
                        let _ = answer.send((self.links.len(), ready));
                    }
                    None => return,
                },
                () = sleep_until(due) => {
                    let now = now();
                    while let Some((&timer, _)) = self.timers.iter().find(|(_, at)| **at <= now) {
                        self.timers.remove(&timer);
                        self.feed(Input::TimerFired(timer));
                    }
                }
            }
            self.carry_out().await;
        }
    }

    async fn relay_said(&mut self, control: RelayControl) {
        match control {
            RelayControl::Challenge { challenge, params, .. } => {
                let network = params.network_id();
                let name = format!("member-{}", self.number);
                let hello = NodeControl::Hello {
                    network,
                    public_key: self.key.public_key(),
                    signature: sign_challenge(&self.key, network, &challenge),
                    node_kind: NodeKind::Tab,
                    name: name.clone(),
                    channels: Vec::new(),
                };
                let config = Config::new(name, NodeKind::Tab, self.number as u64);
                self.node = Some(Node::new(config, params, self.key.clone(), now()));
                self.feed(Input::AllRecordsLoaded);
                self.say(ToRelay::Control(hello).to_bytes()).await;
            }
            RelayControl::LinkUp { link, node, we_initiate } => {
                self.last_peer += 1;
                let peer = PeerId(self.last_peer);
                self.peers.insert(link, peer);
                self.links.insert(peer, link);
                self.feed(Input::PeerConnected { peer, node, we_initiated: we_initiate });
            }
            RelayControl::LinkDown { link, .. } => {
                if let Some(peer) = self.peers.remove(&link) {
                    self.links.remove(&peer);
                    self.feed(Input::PeerDisconnected { peer });
                }
            }
            // Members prove nothing, take no orders and stay where they are.
            RelayControl::ShareTarget { .. }
            | RelayControl::Order { .. }
            | RelayControl::Relays { .. }
            | RelayControl::LinkFault { .. }
            | RelayControl::Apart(_)
            | RelayControl::Welcome { .. } => {}
            RelayControl::Refused { reason } => panic!("the relay refuses a member: {reason}"),
        }
    }

    async fn carry_out(&mut self) {
        let mut sending = FanOut::default();
        loop {
            let Some(output) = self.node.as_mut().and_then(Node::poll_output) else {
                for part in sending.take() {
                    self.say(part.to_message()).await;
                }
                if let Some(job) = self.job.take() {
                    self.mine(job);
                    continue;
                }
                // A socket that fails to send fails to read as well, which ends the member.
                let _ = self.socket.flush().await;
                return;
            };
            match output {
                Output::Send { peer, frame } => {
                    if let Some(&link) = self.links.get(&peer) {
                        sending.add(link, frame.into_bytes());
                    }
                }
                Output::Disconnect { peer, reason } => panic!("a member disconnects {peer:?}: {reason}"),
                Output::SetTimer { timer, at } => {
                    self.timers.insert(timer, at);
                }
                Output::Store { id, .. } => self.feed(Input::Stored(id)),
                // Nothing leaves the memory of so young a node.
                Output::Load { .. } => panic!("a member keeps nothing"),
                Output::Mine(job) => self.job = job,
                Output::Event(Event::Answer { id, answer }) => {
                    if let Some(waiting) = self.answers.remove(&id) {
                        // Whoever asked may have given up.
                        let _ = waiting.send(answer);
                    }
                }
                Output::Event(Event::TipChanged(_)) => {
                    let block = self.node.as_ref().expect("it just spoke").chain().tip();
                    // The bench may have ended.
                    let _ = self.report.send(Arrival { member: self.number, block, at: Instant::now() });
                }
                Output::Event(_) => {}
            }
        }
    }

    fn mine(&mut self, job: Job) {
        let mut search = NonceSearch::for_bits(job.algorithm, &job.header).expect("a job's bits are a target");
        let nonce = search.run(0, MAX_HASHES).expect("a swarm is for networks with easy blocks");
        self.feed(Input::NonceFound(job.solution(nonce)));
    }

    fn feed(&mut self, input: Input) {
        if let Some(node) = &mut self.node {
            node.handle(now(), input);
        }
    }

    async fn say(&mut self, bytes: Vec<u8>) {
        // It goes out with the flush that follows.
        let _ = self.socket.feed(Message::Binary(bytes.into())).await;
    }
}

async fn sleep_until(due: Option<Time>) {
    match due {
        Some(due) => tokio::time::sleep(std::time::Duration::from_millis(due.millis_since(now()))).await,
        None => std::future::pending().await,
    }
}

fn now() -> Time {
    let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    Time(u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX))
}
