//! What a node shows of itself: plain values for the page, for `/status` and for the host's panel. Blocks and transactions as they
//! are shown are in `block_view.rs`.

use std::cmp::Reverse;
use std::fmt;

use serde::{Deserialize, Serialize};
use tiny_sort::stable;

pub use super::block_view::{BlockPlace, BlockView, TransactionView};

use super::Node;
use super::config::MAX_REPORTED_LINKS;
use super::io::{PeerId, Time};
use super::peers::Peer;
use super::role::Role;
use crate::chain::block_index::Standing;
use crate::consensus::CheckedBlock;
use crate::mining::HashrateLimit;
use crate::primitives::{Address, Amount, BlockHash, NetworkId, NodeId, Txid, Work};
use crate::wire::switchboard::{LinkReport, LinkTransport, NodeReport};

/// What [`Alarm::Stuck`] says, and why nothing is paid meanwhile.
pub(super) const STUCK: &str = "The network follows a chain that this node cannot change to: it parted from this node's chain so \
     long ago that old blocks are needed, and they cannot be read back from this device's storage. Start this node anew \
     (reload the page), and it fetches them from its peers.";

/// Everything that a node's own page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Snapshot {
    pub node: NodeId,
    pub name: String,
    pub address: Address,
    pub network: String,
    pub network_id: NetworkId,
    /// Confirmed on the active chain.
    pub balance: Amount,
    /// What is left of the balance when everything that waits in the mempool is mined.
    pub available: Amount,
    pub tip: TipView,
    pub sync: SyncView,
    pub peers: Vec<PeerView>,
    /// The best paid first; at most 50, `mempool_size` counts all.
    pub mempool: Vec<TransactionView>,
    pub mempool_size: usize,
    pub mining: MiningView,
    /// The newest heights with every block known there, stale ones included; newest first, at most 60.
    pub blocks: Vec<BlockView>,
    /// The newest reorg, if there was one since the node started.
    pub last_reorg: Option<ReorgView>,
    /// Milliseconds that the node slept, while it catches up with what it missed; until then its miners rest.
    pub waking: Option<u64>,
    /// When the clock accepts the next block, if the dates of the chain are too far ahead of it for one now; until then miners rest.
    pub next_block_from: Option<Time>,
    /// Blocks of others that wait because they are dated ahead of this node's clock.
    pub held_blocks: usize,
    /// Why nothing is stored, if the node runs in memory only.
    pub memory_only: Option<String>,
    /// What a person has to know and mend, if there is something.
    pub alarm: Option<Alarm>,
    pub stale_tip: Option<StaleTip>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TipView {
    pub hash: BlockHash,
    pub height: u32,
    pub time: u32,
    pub chainwork: Work,
    /// How many times harder than the network's easiest target.
    pub difficulty: f64,
    /// When this node accepted it; absent for a block loaded from the store.
    pub received: Option<Time>,
}

/// What is wrong with what a node hears. In words, by its `Display`; a page has its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Alarm {
    /// The network's chain cannot be changed to, [`crate::chain::Chain::is_stuck`].
    Stuck,
    /// A second source follows this block, and no peer shows it.
    Unshown { hash: BlockHash, height: u32 },
    /// A chain with more work is known, and no peer gives its blocks.
    Withheld,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stuck => f.write_str(STUCK),
            Self::Unshown { hash, height } => write!(
                f,
                "Another source follows block {hash} at height {height}, and none of this node's peers has shown it: they are cut off \
                 from the network, or keep blocks from this node. Connect to another relay, or ask others what their \
                 nodes show."
            ),
            Self::Withheld => f.write_str(
                "A chain with more work than this node's is known, and no peer gives its blocks: they may be gone, or be \
                 kept from this node. Connect to other nodes; until then this node goes on with what it has.",
            ),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum SyncView {
    /// The node has just started and reads its own chain back from its storage; so many blocks of it are here.
    Restoring {
        have: u32,
    },
    /// No peer has shaken hands.
    Alone,
    /// A peer's long chain is heard out, to see whether it is worth keeping: so many headers of those that it claims to have.
    WeighingHeaders {
        have: u32,
        of: u32,
    },
    /// Headers come in: so many of those that a peer claims to have. Blocks come meanwhile.
    LearningHeaders {
        have: u32,
        of: u32,
    },
    /// Headers lead further than the blocks that are here.
    CatchingUp {
        have: u32,
        of: u32,
    },
    Current,
}

impl SyncView {
    /// Whether many blocks are read back or come in, one right after the other.
    pub fn is_catching_up(&self) -> bool {
        match self {
            Self::Restoring { .. } | Self::LearningHeaders { .. } | Self::CatchingUp { .. } => true,
            Self::Alone | Self::WeighingHeaders { .. } | Self::Current => false,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PeerView {
    pub peer: PeerId,
    pub node: NodeId,
    pub address: Address,
    pub name: String,
    pub kind: NodeKind,
    pub height: u32,
    pub tip: BlockHash,
    /// When it last showed that. Who is given a block by this node does not say that it has taken it, and may be anywhere above.
    pub tip_shown: Time,
    /// Milliseconds for a message there and back.
    pub round_trip: Option<u64>,
    pub we_initiated: bool,
    /// Bytes of the frames between this node and the peer since they are connected.
    pub received_bytes: u64,
    pub sent_bytes: u64,
}

/// No block has come for longer than chance allows: the peers keep them back, or nobody mines. In seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StaleTip {
    pub quiet: u64,
    /// All but 6 in a million blocks come within this.
    pub expected_within: u64,
}

impl PeerView {
    /// The node does not know how its frames go: carried, unless a driver knows better.
    pub fn link(&self) -> LinkReport {
        LinkReport { node: self.node, transport: LinkTransport::Carried, round_trip: self.round_trip, faulty: false }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NodeKind {
    /// A browser tab.
    Tab,
    /// The resident node of a relay.
    Relay,
}

/// What the person wants and what really happens are told apart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MiningView {
    pub wanted: bool,
    /// Blocks left to find before mining stops by itself.
    pub blocks_left: Option<u32>,
    pub limit: Option<HashrateLimit>,
    /// Measured hashes per second; 0 when the miners rest.
    pub hashrate: f64,
    /// Blocks this node found since it started.
    pub blocks_found: u32,
    /// Why a node that should mine does not.
    pub waiting_for: Option<String>,
}

/// What a node waits for that should mine and does not
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum MiningWait {
    /// A better chain, which it is fetching.
    Chain,
    /// The network's tip, after it has slept.
    Waking,
    /// The time at which the next block may be dated: the chain's dates are ahead of its clock.
    Clock,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReorgView {
    pub at: Time,
    pub fork_height: u32,
    /// The tip before, and the one after.
    pub lost_tip: BlockHash,
    pub won_tip: BlockHash,
    /// Blocks that left the active chain.
    pub disconnected: usize,
    pub connected: usize,
    /// Transactions that went back to the mempool.
    pub returned: usize,
}

/// Blocks in a snapshot.
const SNAPSHOT_BLOCKS: usize = 60;
/// Waiting transactions in a snapshot.
const SNAPSHOT_MEMPOOL: usize = 50;

impl Node {
    pub fn snapshot(&self) -> Snapshot {
        let chain = &self.chain;
        Snapshot {
            node: self.id,
            name: self.config.name.clone(),
            address: self.address,
            network: chain.params().name.clone(),
            network_id: chain.network(),
            balance: chain.ledger().account(&self.address).balance,
            available: self.mempool.available(&self.address, chain.ledger()),
            tip: self.tip_view(),
            sync: self.sync_view(),
            peers: self.peer_views(),
            mempool: self
                .mempool
                .by_fee_rate()
                .take(SNAPSHOT_MEMPOOL)
                .map(|(txid, transfer)| TransactionView::of_transfer(*txid, transfer, None))
                .collect(),
            mempool_size: self.mempool.len(),
            mining: self.mining_view(),
            blocks: self.recent_blocks(),
            last_reorg: self.reorgs.front().cloned(),
            waking: self.sleep.waking(),
            next_block_from: self.next_block_from(),
            held_blocks: self.held_headers.len(),
            memory_only: self.storage.failed.clone(),
            alarm: self.alarm(),
            stale_tip: self.stale_tip(),
        }
    }

    /// What the node tells a relay of itself.
    pub fn report(&self, follows_host: bool) -> NodeReport {
        let tip = self.chain.tip_entry();
        let mining = self.mining_view();
        NodeReport {
            name: self.config.name.clone(),
            address: self.address,
            balance: self.chain.ledger().account(&self.address).balance,
            height: tip.height,
            tip: self.chain.tip(),
            hashrate: mining.hashrate,
            mining: mining.wanted,
            waits: self.mining_wait(),
            limit: mining.limit,
            mempool: self.mempool.len(),
            links: self.peer_views().iter().map(PeerView::link).take(MAX_REPORTED_LINKS).collect(),
            follows_host,
            tip_from: self.arrivals.get(&self.chain.tip()).and_then(|arrival| arrival.from),
            role: Role::Honest,
            score: None,
        }
    }

    /// Where a block stands whose body has come, whether memory still holds that or not.
    pub fn block_place(&self, hash: &BlockHash) -> Option<BlockPlace> {
        let height = self.stored_height(hash)?;
        let received = self.received_at(hash);
        let wire_bytes = self.block_traffic.get(hash).copied();
        Some(BlockPlace { height, active: self.chain.is_active(hash), received, wire_bytes })
    }

    /// When a block was accepted, if it is remembered.
    pub(super) fn received_at(&self, hash: &BlockHash) -> Option<Time> {
        self.arrivals.get(hash)?.at
    }

    /// `None` for a block that memory does not hold.
    pub fn block_view(&self, hash: &BlockHash) -> Option<BlockView> {
        Some(BlockView::new(self.body(hash)?, self.block_place(hash)?))
    }

    /// A transaction in the mempool or in a block of the active chain that memory holds.
    pub fn transaction_view(&self, txid: &Txid) -> Option<TransactionView> {
        if let Some(transfer) = self.mempool.get(txid) {
            return Some(TransactionView::of_transfer(*txid, transfer, None));
        }
        let (place, block) = self.chain.find_transaction(txid)?;
        TransactionView::in_block(self.body(&block)?, place.position as usize, place.height)
    }

    /// How far the active chain is behind what a connected peer has shown headers for, if it is.
    pub(super) fn catching_up(&self) -> Option<(u32, u32)> {
        if let Some(replay) = self.chain.replay_progress() {
            return Some(replay);
        }
        self.shown_ahead().map(|(_, best)| (self.chain.height(), best.height))
    }

    /// The tip with the most work that a connected peer has shown headers for, if it is better than the active chain's and not
    /// just the next block: a peer's newest is always a moment ahead, and that is not catching up.
    pub(super) fn shown_ahead(&self) -> Option<(BlockHash, Standing)> {
        if !self.chain.has_better_header() {
            // As in most moments, and then no peer can have shown one.
            return None;
        }
        let have = self.chain.height();
        let ready = self.peers.values().filter(|peer| peer.ready);
        let shown = ready.filter_map(|peer| Some((peer.tip, self.better_chain(peer.tip)?)));
        shown.filter(|(_, tip)| tip.height > have + 1).max_by_key(|(_, tip)| tip.chainwork)
    }

    /// Whether a body is still missing on the way to that tip.
    pub(super) fn is_of_better_chain(&self, hash: &BlockHash) -> bool {
        let Some((best, _)) = self.shown_ahead() else { return false };
        self.peers.iter().any(|(id, peer)| peer.tip == best && self.is_planned_by(*id, hash))
    }

    fn tip_view(&self) -> TipView {
        let tip = self.chain.tip_entry();
        let target = tip.header.bits.to_target().expect("a header in the chain has valid bits");
        TipView {
            hash: self.chain.tip(),
            height: tip.height,
            time: tip.header.time,
            chainwork: tip.chainwork,
            difficulty: target.difficulty(self.chain.params().limit_target()),
            received: self.received_at(&self.chain.tip()),
        }
    }

    fn sync_view(&self) -> SyncView {
        if self.is_loading() {
            return SyncView::Restoring { have: self.chain.height() };
        }
        if let Some(view) = self.header_view() {
            return view;
        }
        match self.catching_up() {
            Some((have, of)) => SyncView::CatchingUp { have, of },
            None if self.ready_peers().is_empty() => SyncView::Alone,
            None => SyncView::Current,
        }
    }

    /// How far headers have come that peers still show, if they claim to have many more. What is claimed is believed for this
    /// and nothing else.
    fn header_view(&self) -> Option<SyncView> {
        let index = self.chain.index();
        let best = index.get(&index.best_header()).map_or(0, |entry| entry.height);
        let syncing = self
            .peers
            .values()
            .filter(|peer| peer.ready && peer.header_sync.as_ref().is_some_and(|sync| sync.is_under_way));
        let claimed = |peer: &Peer| peer.version.as_ref().map_or(0, |version| version.height);
        let peer = syncing.max_by_key(|peer| claimed(peer))?;
        let of = claimed(peer);
        match self.weighed_height(peer) {
            Some(have) => Some(SyncView::WeighingHeaders { have, of: of.max(have) }),
            None => (of > best + 1).then_some(SyncView::LearningHeaders { have: best, of }),
        }
    }

    /// Nodes that have shaken hands.
    pub fn peer_views(&self) -> Vec<PeerView> {
        self.peers
            .iter()
            .filter(|(_, peer)| peer.ready)
            .filter_map(|(id, peer)| {
                let version = peer.version.as_ref()?;
                Some(PeerView {
                    peer: *id,
                    node: version.public_key.node_id(),
                    address: version.public_key.address(),
                    name: version.name.clone(),
                    kind: peer.kind()?,
                    height: peer.height,
                    tip: peer.tip,
                    tip_shown: peer.tip_shown,
                    round_trip: peer.round_trip,
                    we_initiated: peer.we_initiated,
                    received_bytes: peer.received_bytes,
                    sent_bytes: peer.sent_bytes,
                })
            })
            .collect()
    }

    fn recent_blocks(&self) -> Vec<BlockView> {
        let index = self.chain.index();
        let height_of = |body: &CheckedBlock| index.get(&body.hash()).map_or(0, |entry| entry.height);
        let mut newest: Vec<(u32, BlockHash)> =
            self.chain.bodies().map(|body| (height_of(body), body.hash())).collect();
        // Stable: of one height the active block comes first, then the others as they came.
        stable::sort_by_key(&mut newest, |(height, _)| Reverse(*height));
        newest.iter().take(SNAPSHOT_BLOCKS).filter_map(|(_, hash)| self.block_view(hash)).collect()
    }
}
