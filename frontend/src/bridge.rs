//! What page and node worker say to each other.
//!
//! Messages cross as bytes, [`packing`] says how, and [`fields`] of what: the code that reads and writes them is part of the first
//! load. Snapshots are the only large ones, and they are sent a few times a second at most.

mod fields;
mod packing;

use std::fmt;

use js_sys::Uint8Array;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::{Answer, Command, CommandId, Time};
use tabchain_shared::node::payments::WalletView;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::node::snapshot::{BlockView, Snapshot};
use tabchain_shared::node::timeline::TimelinePart;
use tabchain_shared::node::tree_view::{TreeOverview, TreePart};
use tabchain_shared::primitives::{Amount, BlockHash, NodeId, Reader, Transfer, Txid};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{IceServer, NetworkPart};
use wasm_bindgen::{JsCast, JsValue};

use crate::driver::{Held, Tenure};
use crate::explore::judge::{Question, Reply};
use crate::terms::{Pause, Surroundings, Terms};
pub use packing::Pack;

#[derive(Debug, Clone, PartialEq)]
pub enum ToWorker {
    /// First message, once the worker is `Ready`.
    Start {
        /// The node that the address bar asks for (`?node=alice`).
        wish: Option<String>,
        /// The node that this tab was before it was reloaded.
        previous: Option<String>,
        /// The slot of an earlier worker of this page, which the page has kept for this one. There is no other to be claimed then.
        held: Option<Held>,
        terms: Terms,
        /// What an earlier worker of this page learned from the relay, or of this tab before it was reloaded: the node then starts
        /// without it.
        network: Option<Box<Params>>,
        /// Otherwise it stays away from the network until it is told to come back.
        online: bool,
    },
    Command {
        id: CommandId,
        command: Command,
    },
    /// Send a payment that waits again, in its own place and with another fee. Answered as a command is.
    Replace {
        id: CommandId,
        txid: Txid,
        fee: Amount,
    },
    /// What does the node know of the tree of blocks?
    Tree {
        id: CommandId,
        question: TreeQuestion,
    },
    /// Off: leave the network and stay away, mining alone if mining is on.
    SetOnline {
        online: bool,
    },
    /// Where relays are, as an earlier worker of this page learned.
    SetRelays {
        addresses: Vec<String>,
    },
    SetFollowsHost {
        follows: bool,
    },
    /// How many miner workers hash at a time.
    SetMiners {
        count: u32,
    },
    /// The person has agreed to mining, no longer does, or wants other pauses.
    SetTerms {
        terms: Terms,
    },
    /// The device looks different now.
    Surroundings(Surroundings),
    /// The person wants to see the words of this node's key.
    ShowPhrase,
    /// Put the key of these words in the place of this node's. Answered as a command is; then the page starts it anew.
    RestoreKey {
        id: CommandId,
        phrase: String,
    },
    /// Answered by `Here`, whatever else the worker is about.
    Knock,
    /// The page can be seen again, or the machine is back on its network: do not wait out a pause before reconnecting.
    Awake,
    /// What became of a channel to another tab. The channel itself is handed over beside these messages.
    Channel(ChannelNews),
    /// The explorer asks what the rules say, with a number of its own. Answered before `Start` alone: by a worker without a node.
    Judge {
        id: u64,
        question: Question,
    },
    /// The page goes away: give the slot back.
    Leave,
}

#[derive(Debug, Clone, PartialEq)]
pub enum FromWorker {
    /// The worker listens. What is posted to it earlier can be lost.
    Ready,
    /// The worker does not hang.
    Here,
    /// This tab is the node of this slot now. Not said of one that the page has kept.
    Started {
        slot: String,
        /// With it the page answers other tabs' claims, too. Absent where tabs cannot hear each other.
        tenure: Option<Tenure>,
        wish_taken: bool,
        /// What other tabs of this browser were then.
        others: Vec<String>,
    },
    /// The node has started on this network; for the worker that takes this one's place.
    Network(Box<Params>),
    View(Box<View>),
    Answer {
        id: CommandId,
        answer: Answer,
    },
    /// Absent: there is no node yet, or no such block.
    Tree {
        id: CommandId,
        answer: Option<TreeAnswer>,
    },
    /// A channel to another tab needs something that only the page has.
    Channel(ChannelOrder),
    Judged {
        id: u64,
        reply: Reply,
    },
    /// The secret key, for the person's eyes.
    Phrase {
        words: String,
    },
    /// The worker has failed and cannot go on; another one can.
    Fatal {
        reason: String,
    },
    /// There is to be no node in this tab any more.
    Ended,
}

/// What the picture of the tree asks of the node, beyond its snapshots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TreeQuestion {
    /// All blocks at so many heights.
    Part { from: u32, limit: usize },
    /// The chain between two heights from afar.
    Overview { from: u32, to: u32 },
    /// What is in a block, however old.
    Block { hash: BlockHash },
    /// What the node came to believe, from a happening's number on.
    Timeline { from: u32 },
    /// What it saw of the fork that a block is part of.
    Fork { block: BlockHash },
    /// All bytes of a block that memory holds, for lessons.
    Body { hash: BlockHash },
    /// A transfer that waits, for lessons.
    Transfer { txid: Txid },
}

#[derive(Debug, Clone, PartialEq)]
pub enum TreeAnswer {
    Part(TreePart),
    Overview(TreeOverview),
    Block(BlockView),
    Timeline(TimelinePart),
    /// As JSON, which the page passes on to the lab; or why there is none.
    Fork(Result<String, String>),
    Body(Vec<u8>),
    Transfer(Box<Transfer>),
}

/// Names one attempt to open a channel to another tab, and the channel that came of it; never used again in a worker's
/// life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(pub u32);

/// What the worker has the page do for a channel: in a worker there is no `RTCPeerConnection`.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelOrder {
    /// Make a connection with a channel, and describe it.
    Offer {
        channel: ChannelId,
        ice_servers: Vec<IceServer>,
    },
    /// Take up what another tab offers, and describe this end.
    Answer {
        channel: ChannelId,
        ice_servers: Vec<IceServer>,
        offer: String,
    },
    /// The other tab has taken up the offer.
    Answered {
        channel: ChannelId,
        answer: String,
    },
    /// The other tab may be reached there.
    Candidate {
        channel: ChannelId,
        candidate: String,
    },
    Close {
        channel: ChannelId,
    },
}

/// When the browser holds less than this for a channel, bytes, it gets more: enough to stay busy until then.
pub const LOW_WATER_BYTES: u32 = 256 << 10;

/// What the page says of a channel that it forwards, beside the number of bytes that have left it.
pub const PORT_OPEN: &str = "open";
pub const PORT_CLOSED: &str = "closed";

/// What the page says of a channel.
#[derive(Debug, Clone, PartialEq)]
pub enum ChannelNews {
    /// The offer, or the answer to one.
    Described { channel: ChannelId, sdp: String },
    /// This tab may be reached there.
    Candidate { channel: ChannelId, candidate: String },
    /// It was closed, or nothing will come of it.
    Ended { channel: ChannelId, reason: String },
}

/// What the page shows: the node, and what only its driver knows.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// Absent until the relay has said which network this is.
    pub snapshot: Option<Snapshot>,
    /// As absent.
    pub wallet: Option<WalletView>,
    pub uplink: UplinkView,
    /// The nodes with which this one talks over a channel, and not by way of the relay.
    pub direct: Vec<NodeId>,
    pub follows_host: bool,
    pub interference: Interference,
    pub part: PartView,
    pub miners: MinersView,
    pub courtesy: CourtesyView,
    pub storage: StorageView,
    /// Milliseconds that this machine's clock is ahead of the relay's.
    pub clock_ahead: i64,
}

/// What the host does to this node's links.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Interference {
    pub faults: Vec<NamedFault>,
    /// Where this node is in a network that the host has divided.
    pub part: Option<NetworkPart>,
    /// Nodes that are there, and with which the host has cut the link.
    pub cut: Vec<NamedNode>,
}

/// The part that the host has this tab play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PartView {
    pub role: Role,
    /// Blocks of this tab that nobody else has seen.
    pub hidden: usize,
    /// Of a double-spender and of a merchant.
    pub score: Option<Score>,
    /// A merchant's sales that wait for confirmations.
    pub waiting: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct NamedFault {
    pub node: NamedNode,
    pub fault: LinkFault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedNode {
    pub node: NodeId,
    /// Absent if it was never a peer of this tab's.
    pub name: Option<String>,
}

/// What is kept in this browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageView {
    /// Chain and key, as they come.
    Saving,
    /// The key and what came before; nothing new.
    Stopped(StorageProblem),
    /// Nothing: all is lost when this tab closes.
    MemoryOnly(StorageProblem),
}

/// Why a browser keeps nothing, or nothing more. In English by its `Display`, for a node's log; the page has its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StorageProblem {
    Silent,
    Full,
    /// The browser gives the page none.
    Refused,
    /// The key that is stored could not be read, and was left untouched.
    KeyUnreadable,
    /// By the browser or its person.
    Cleared,
    /// Another tab is this node now: one that was frozen answers no claim on its slot.
    OpenElsewhere,
    /// As the browser says it.
    Failed(String),
}

impl fmt::Display for StorageProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Silent => f.write_str("this browser's storage does not answer"),
            Self::Full => f.write_str("this browser's storage is full"),
            Self::Refused => f.write_str("this browser gives this page no storage"),
            Self::KeyUnreadable => f.write_str("the key that is stored here could not be read and was left untouched"),
            Self::Cleared => f.write_str("this browser has cleared what this page had saved"),
            Self::OpenElsewhere => f.write_str("this node is open in another tab; close one of them and reload"),
            Self::Failed(error) => write!(f, "this browser's storage failed: {error}"),
        }
    }
}

/// The miner workers of this tab.
#[derive(Debug, Clone, PartialEq)]
pub struct MinersView {
    /// That hash at a time, when there is a job.
    pub count: u32,
    /// Of the machine, as far as the browser tells.
    pub cores: u32,
    /// Hashes per second of each, over the last seconds; none while they rest.
    pub rates: Vec<f64>,
    /// How each took up the newest job it has.
    pub switches: Vec<Switch>,
    /// How they hash, for people; empty until one has started.
    pub kernel: String,
    /// What keeps them from hashing, or from hashing fast.
    pub problem: Option<MinersProblem>,
}

/// Why a tab mines slowly, or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MinersProblem {
    /// The build with SIMD does not start; the plain one hashes.
    PlainInstead,
    /// The browser starts no miner worker.
    Blocked,
    /// Workers have died again and again, and were not all replaced.
    KeepDying,
}

/// A miner worker's way from one job to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Switch {
    /// The job's number.
    pub job: u64,
    /// From when the worker was sent the job until its word was here that it hashes that job alone.
    pub millis: f64,
}

/// Whether miners may hash on this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CourtesyView {
    /// The person has agreed to mining.
    pub agreed: bool,
    /// The number of the host's order that waits for the person's agreement, if one does.
    pub host_asks: Option<u64>,
    /// Why miners have to rest, whether the node wants to mine or not.
    pub pause: Option<Pause>,
}

/// The connection to the relay.
#[derive(Debug, Clone, PartialEq)]
pub struct UplinkView {
    pub state: UplinkState,
    pub since: Time,
    /// What keeps the node from connecting, in words, when more is known than that nobody answers.
    pub problem: Option<String>,
    /// The relay that is tried or connected to, if the page came from another one.
    pub elsewhere: Option<String>,
    /// Where relays are besides the one that the page came from.
    pub others: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UplinkState {
    /// Switched off by the person.
    Offline,
    /// Trying, again and again.
    Connecting,
    Connected,
}

impl UplinkState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
        }
    }
}

/// What every message begins with, so that a program of another version, in whose messages other fields follow, is not misread:
/// the page outlives a relay's upgrade, and loads the lessons from the new one.
const FORMAT: [u8; 4] = fingerprint(include_bytes!("bridge/fields.rs"));

/// FNV-1a, 32 bits.
const fn fingerprint(mut text: &[u8]) -> [u8; 4] {
    let mut hash: u32 = 0x811c_9dc5;
    while let [byte, rest @ ..] = text {
        hash = (hash ^ *byte as u32).wrapping_mul(0x0100_0193);
        text = rest;
    }
    hash.to_le_bytes()
}

/// A message on its way through `postMessage`.
pub fn pack(message: &impl Pack) -> JsValue {
    let mut bytes = FORMAT.to_vec();
    message.pack(&mut bytes);
    Uint8Array::from(bytes.as_slice()).into()
}

/// `None` for what none of our programs sent; a browser extension may post to a page's workers.
pub fn unpack<Message: Pack>(data: &JsValue) -> Option<Message> {
    let bytes = data.dyn_ref::<Uint8Array>()?.to_vec();
    let mut reader = Reader::new(bytes.strip_prefix(&FORMAT)?);
    let message = Message::unpack(&mut reader)?;
    reader.finish().ok()?;
    Some(message)
}
