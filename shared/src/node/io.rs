//! What goes into a node and what comes out of it. Drivers feed [`Input`]s and carry out [`Output`]s; nothing else.

mod reading;

use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::chain::TipChange;
use crate::chain::store::{Change, Key, Record};
use crate::mining::share::JobProof;
use crate::mining::{HashrateLimit, Job, Solution};
use crate::primitives::{Address, Amount, BlockHash, Memo, NodeId, Transfer, Txid};
use crate::wire::Frame;

/// Milliseconds since 1970, as the driver's clock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct Time(pub u64);

impl Time {
    /// For headers. Saturates in the year 2106.
    pub fn seconds(self) -> u32 {
        u32::try_from(self.0 / 1000).unwrap_or(u32::MAX)
    }

    #[must_use]
    pub fn plus_millis(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// Milliseconds since `earlier`; zero if the clock was set back.
    pub fn millis_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A connection to another node, numbered by the driver; a number is never used twice in a node's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct PeerId(pub u64);

/// Pairs a command with its answer; numbered by whoever gives the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub u64);

/// Pairs a write with its acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreId(pub u64);

/// Pairs a reading of records with what was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoadId(pub u64);

#[derive(Debug, Clone)]
pub enum Input {
    /// A connection stands. Whoever opened it speaks first (`we_initiated`).
    PeerConnected {
        peer: PeerId,
        /// It has proved to the relay that it is this one.
        node: NodeId,
        we_initiated: bool,
    },
    PeerDisconnected {
        peer: PeerId,
    },
    FrameReceived {
        peer: PeerId,
        frame: Frame,
    },
    /// A timer set with [`Output::SetTimer`] ran out. One that comes early or twice does no harm.
    TimerFired(Timer),
    /// A miner found a block for a job.
    NonceFound(Solution),
    /// Measured by the miners over the last second or so, in hashes per second.
    HashrateMeasured(f64),
    Command {
        id: CommandId,
        command: Command,
    },
    /// What the store held at the start, in the order of its keys, in as many parts as the driver likes.
    RecordsLoaded(Vec<Record>),
    /// That was all.
    AllRecordsLoaded,
    /// The answer to [`Output::Load`]: a record for each key, in the order of the keys, `None` where there is none.
    Loaded {
        id: LoadId,
        records: Vec<Option<Record>>,
    },
    /// The changes of [`Output::Store`] are durable.
    Stored(StoreId),
    /// They are not, and the driver has given up storing: the node goes on in memory and says so.
    StoreFailed {
        id: StoreId,
        reason: String,
    },
}

#[derive(Debug, Clone)]
pub enum Output {
    Send {
        peer: PeerId,
        frame: Frame,
    },
    /// Close the connection. The node has forgotten the peer already; no `PeerDisconnected` is owed.
    Disconnect {
        peer: PeerId,
        reason: String,
    },
    /// Fire this timer at that time. Replaces an earlier setting of the same timer.
    SetTimer {
        timer: Timer,
        at: Time,
    },
    /// Make these changes durable, all or none, and answer `Stored` or `StoreFailed`.
    Store {
        id: StoreId,
        changes: Vec<Change>,
    },
    /// Read these records, as they are after all earlier changes, and answer `Loaded`.
    Load {
        id: LoadId,
        keys: Vec<Key>,
    },
    /// Search for this job's nonce instead of the last one's; `None`: rest.
    Mine(Option<Job>),
    Event(Event),
}

/// Every timer there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// Measures round trips, and finds connections that died silently.
    Ping,
    /// Finds handshakes and downloads that are overdue.
    Overdue,
    /// Renews the mining job, so that it holds recent transactions and a recent date.
    Template,
    /// A block dated in the future becomes acceptable.
    HeldBlock,
    /// Announces the transactions that have come since the last time.
    Announce,
}

/// What a person (or the host, on a node that follows it) asks of the node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "reading::Fields")]
pub enum Command {
    /// Sign with the node's key and send. Without `fee`, the usual one.
    Pay {
        recipient: Address,
        amount: Amount,
        fee: Option<Amount>,
        memo: Memo,
    },
    /// Accept a transfer signed elsewhere.
    Submit {
        transfer: Box<Transfer>,
    },
    /// Start mining: until told to stop, or until `blocks` were found.
    StartMining {
        blocks: Option<u32>,
        limit: Option<HashrateLimit>,
    },
    StopMining,
    /// Mine one block on this one, wherever in the tree it stands, and then rest. What waits to be mined is valid on the tip: a block
    /// elsewhere holds none of it.
    MineOn {
        parent: BlockHash,
    },
    /// What the node calls itself from now on.
    Rename {
        name: String,
    },
    /// A source outside of the network of peers (another relay, another person's page) follows this block. If the peers do not
    /// show it, the node raises an alarm.
    CompareTip {
        hash: BlockHash,
        height: u32,
    },
    /// Play a part from now on. It is the driver that plays it (`lab::veil`); a node whose driver plays none refuses.
    Play {
        role: Role,
    },
    /// Tell which blocks the node follows above the first of these that is on its chain, or from the first block on: a host's picture
    /// shows them when its own node, in another part of the network, cannot have them. Answered with [`Answer::Chain`].
    ShowChain {
        above: Vec<BlockHash>,
    },
}

impl Command {
    /// Whether a node that follows the host takes this as the host's order. Its name, what is signed elsewhere, and blocks beside its
    /// chain are its own person's business.
    pub fn may_be_ordered(&self) -> bool {
        match self {
            Self::Pay { .. }
            | Self::StartMining { .. }
            | Self::StopMining
            | Self::Play { .. }
            | Self::ShowChain { .. } => true,
            Self::Submit { .. } | Self::Rename { .. } | Self::CompareTip { .. } | Self::MineOn { .. } => false,
        }
    }

    /// Whether it changes nothing: a node that does not follow the host answers as well.
    pub fn only_asks(&self) -> bool {
        matches!(self, Self::ShowChain { .. })
    }
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Answer {
    /// The transaction is in the mempool, stored, and on its way to the peers.
    Accepted {
        txid: Txid,
    },
    Done,
    /// In the person's words, with what to do.
    Refused {
        reason: String,
    },
    /// Blocks of the node's chain that follow on each other, the lowest first: each as its header, its coinbase and the Merkle branch
    /// between them, in hexadecimal digits. As many as one message has room for.
    Chain {
        #[cfg_attr(feature = "openapi", schema(value_type = Vec<String>))]
        blocks: Vec<JobProof>,
    },
}

#[derive(Debug, Clone)]
pub enum Event {
    Answer {
        id: CommandId,
        answer: Answer,
    },
    TipChanged(TipChange),
    /// Something else that a snapshot shows has changed: peers, mempool, mining, sync.
    Changed,
    BlockMined(BlockHash),
    /// For the log: a sentence.
    Notice(String),
}
