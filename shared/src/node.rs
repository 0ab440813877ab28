//! A full node as a value: inputs go in with [`Node::handle`], outputs come out of [`Node::poll_output`] until `None`.
//!
//! It owns chain, mempool, mining jobs and what it knows of its peers. It never reads a clock, draws no randomness but
//! from its seed, and does no I/O; so the same inputs give the same outputs in a tab, in the relay and in a simulation.
//! This file dispatches; behaviour is beside it, one concern a file.

pub mod announcements;
mod arrivals;
pub mod barred;
pub mod block_download;
pub mod block_orders;
pub mod block_view;
pub mod compact_relay;
pub mod config;
pub mod download_plan;
pub mod fork_record;
pub mod hashing;
pub mod header_sync;
pub mod inventory;
pub mod io;
mod known_inventory;
pub mod low_work;
pub mod mining_control;
pub mod payments;
mod peer_table;
pub mod peers;
pub mod rate_limit;
pub mod read_back;
pub mod recording;
pub mod role;
pub mod session;
pub mod shown_chain;
pub mod sleep;
pub mod snapshot;
pub mod stalls;
pub mod state_hash;
pub mod storage;
pub mod timeline;
pub mod token_bucket;
pub mod traffic;
pub mod transaction_requests;
pub mod tree_view;
pub mod wallet;
pub mod watch;

use std::collections::VecDeque;
use std::sync::Arc;

use announcements::Announcements;
use arrivals::{Arrival, OfBlocks};
use barred::Barred;
use block_download::Delivery;
use block_orders::BlockOrders;
use hashing::ProvedHeaders;
use header_sync::HeldHeaders;
use mining_control::MiningControl;
use payments::LetGo;
use peer_table::PeerTable;
use peers::Peer;
use read_back::ReadBack;
use sleep::Sleep;
use snapshot::ReorgView;
use storage::Storage;
use timeline::Timeline;
use transaction_requests::TransactionRequests;
use watch::Watch;

pub use config::Config;
pub use io::{Answer, Command, CommandId, Event, Input, LoadId, Output, PeerId, StoreId, Time, Timer};

use crate::chain::store::Change;
use crate::chain::{Accepted, Chain, TipChange};
use crate::consensus::{CheckedBlock, Params};
use crate::mempool::Mempool;
use crate::primitives::hash::sha256d;
use crate::primitives::{Address, BlockHash, Header, NodeId, PublicKey, SecretKey};
use crate::wire::{Frame, Message, MessageError};

/// Peers that are read ahead of a body's announcement: they have more lines than a core can wait for at a time.
const MAX_READ_AHEAD: usize = 32;

/// It lies in memory as it is written: first what every frame touches, so that a simulation of thousands of nodes waits for few
/// cache lines.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct Node {
    /// The time of the input at hand.
    now: Time,
    sleep: Sleep,
    peers: PeerTable,
    /// Whether any of them may have a plan for its download, and whether any may wait for another's headers.
    has_plans: bool,
    has_followers: bool,
    /// Of the frame at hand.
    frame_bytes: usize,
    /// Bytes that brought recent blocks here.
    block_traffic: OfBlocks<u64>,
    proved: ProvedHeaders,
    /// What brought the newest header, to be passed on as it came.
    news: Option<Frame>,
    outputs: VecDeque<Output>,
    chain: Chain,
    orders: BlockOrders,
    storage: Storage,
    arrivals: OfBlocks<Arrival>,
    mining: MiningControl,
    mempool: Mempool,
    requests: TransactionRequests,
    announcements: Announcements,
    watch: Watch,
    read_back: ReadBack,
    held_headers: HeldHeaders,
    barred: Barred,
    /// Newest first.
    reorgs: VecDeque<ReorgView>,
    timeline: Timeline,
    let_go: LetGo,
    /// Numbers drawn from the seed so far.
    draws: u64,
    config: Config,
    public_key: PublicKey,
    /// Absent in a node that replays another one's life.
    secret_key: Option<SecretKey>,
    id: NodeId,
    address: Address,
}

impl Node {
    /// A node that knows genesis only and has no peers. `params` have passed [`Params::check`].
    pub fn new(config: Config, params: Params, key: SecretKey, now: Time) -> Self {
        let mut node = Self::without_secret_key(config, params, key.public_key(), now);
        node.secret_key = Some(key);
        node
    }

    /// The same node where its secret key is not: it can do all but sign.
    pub fn without_secret_key(config: Config, params: Params, public_key: PublicKey, now: Time) -> Self {
        let chain = Chain::with_limits(params, config.recent);
        let mut node = Self {
            id: public_key.node_id(),
            address: public_key.address(),
            public_key,
            secret_key: None,
            now,
            timeline: Timeline::new(chain.tip(), now),
            chain,
            draws: 0,
            mempool: Mempool::default(),
            peers: PeerTable::default(),
            has_plans: false,
            has_followers: false,
            barred: Barred::default(),
            held_headers: HeldHeaders::default(),
            proved: ProvedHeaders::default(),
            news: None,
            orders: BlockOrders::default(),
            requests: TransactionRequests::default(),
            announcements: Announcements::default(),
            watch: Watch::default(),
            mining: MiningControl::default(),
            storage: Storage::default(),
            read_back: ReadBack::default(),
            sleep: Sleep::default(),
            arrivals: OfBlocks::new(config.remembered_blocks),
            block_traffic: OfBlocks::new(config.remembered_blocks),
            reorgs: VecDeque::new(),
            let_go: LetGo::default(),
            frame_bytes: 0,
            outputs: VecDeque::new(),
            config,
        };
        node.set_timer(Timer::Ping, node.config.ping_interval);
        node
    }

    pub fn handle(&mut self, now: Time, input: Input) {
        self.now = now;
        self.notice_sleep();
        match input {
            Input::PeerConnected { peer, node, we_initiated } => self.peer_connected(peer, node, we_initiated),
            Input::PeerDisconnected { peer } => self.peer_gone(peer),
            Input::FrameReceived { peer, frame } => self.frame_received(peer, frame),
            Input::TimerFired(Timer::Ping) => self.ping_peers(),
            Input::TimerFired(Timer::Overdue) => self.check_overdue(),
            Input::TimerFired(Timer::Template) => self.renew_job(),
            Input::TimerFired(Timer::HeldBlock) => self.retry_held_headers(),
            Input::TimerFired(Timer::Announce) => self.announce_batch(),
            Input::NonceFound(solution) => self.nonce_found(solution),
            Input::HashrateMeasured(hashrate) => self.hashrate_measured(hashrate),
            Input::Command { id, command } => self.command(id, command),
            Input::RecordsLoaded(records) => self.records_loaded(records),
            Input::AllRecordsLoaded => self.all_records_loaded(),
            Input::Loaded { id, records } => self.loaded(id, records),
            Input::Stored(id) => self.stored(id),
            Input::StoreFailed { id, reason } => self.store_failed(id, reason),
        }
        self.finish_waking();
    }

    /// What the node wants done. Call after every `handle` until it returns `None`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Exchanges the memory that outputs are gathered in, for whoever runs thousands of nodes one after the other, unless there is
    /// anything in it. `other` is empty.
    pub fn swap_outputs(&mut self, other: &mut VecDeque<Output>) {
        if self.outputs.is_empty() {
            std::mem::swap(&mut self.outputs, other);
        }
    }

    /// For whoever runs thousands of nodes: [`Chain::share_tip`].
    pub fn share_tip(&mut self, body: &Arc<CheckedBlock>) {
        self.chain.share_tip(body);
    }

    /// Reads what every frame needs of this node, and nothing that is found by way of other memory. Changes nothing: for whoever runs
    /// thousands of nodes, shortly before it is this one's turn.
    pub fn read_ahead(&self) {
        let counts = self.frame_bytes ^ self.peers.len() ^ self.outputs.len();
        let read = self.now.0 ^ counts as u64 ^ self.draws ^ self.chain.read_ahead();
        std::hint::black_box((read, self.storage.is_behind()));
    }

    /// The same of what these frames need, once the rest is there. A body that comes is announced to every peer.
    pub fn read_ahead_of_frames<'a>(&self, frames: impl Iterator<Item = (PeerId, &'a Frame)> + Clone) {
        let is_body = |frame: &Frame| matches!(frame.message(), Ok(Message::Block(_) | Message::CompactBlock(_)));
        let brings_body = frames.clone().any(|(_, frame)| is_body(frame));
        let senders = frames.filter_map(|(peer, _)| self.peers.get(&peer)).map(Peer::read_ahead);
        let all = self.peers.values().take(if brings_body { MAX_READ_AHEAD } else { 0 });
        let of_peers = senders.chain(all.map(Peer::read_ahead_of_announcing)).fold(0, |read, of_peer| read ^ of_peer);
        let of_chain = self.chain.read_ahead_of_newest(brings_body);
        std::hint::black_box(of_peers ^ of_chain);
    }

    pub fn id(&self) -> NodeId {
        self.id
    }

    pub fn name(&self) -> &str {
        &self.config.name
    }

    pub fn address(&self) -> Address {
        self.address
    }

    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    pub fn mempool(&self) -> &Mempool {
        &self.mempool
    }

    fn frame_received(&mut self, peer: PeerId, frame: Frame) {
        // If it is unknown, it was dropped while this frame was on its way.
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.received_bytes += frame.len() as u64;
        self.frame_bytes = frame.len();
        self.proved.message_begins();
        let is_ready = known.ready;
        let message = match frame.message() {
            Ok(message) => message,
            Err(MessageError::Empty | MessageError::UnknownType(_)) => return,
            Err(error @ MessageError::Malformed { .. }) => {
                return self.penalise(peer, config::SCORE_MALFORMED, &error.to_string());
            }
        };
        // Of a stranger nothing is hashed.
        let known = |header: &Header| self.chain.index().hash_of_newest(header);
        let hashes = if is_ready { frame.block_hashes_known_by(known) } else { &[] };
        if is_ready {
            self.count_received(message, hashes);
        }
        match message {
            Message::Version(version) => self.version_received(peer, version.clone()),
            Message::Verack => self.verack_received(peer),
            other if !is_ready => self.disconnect(peer, format!("{} before the handshake", other.name())),
            Message::Inv(items) => self.inv_received(peer, items),
            Message::GetData(items) => self.get_data_received(peer, items),
            Message::NotFound(items) => self.not_found_received(peer, items),
            Message::GetHeaders(locator) => self.get_headers_received(peer, locator),
            Message::Headers(headers) => match hashes {
                [hash] if self.shows_known_header(peer, *hash) => {}
                [_] => {
                    self.headers_received(peer, headers, hashes);
                    self.news = Some(frame);
                }
                _ => self.headers_received(peer, headers, hashes),
            },
            Message::Ping(nonce) => self.ping_received(peer, *nonce),
            Message::Pong(nonce) => self.pong_received(peer, *nonce),
            Message::GetBlockTransactions(request) => self.get_block_transactions_received(peer, request),
            Message::Block(_) | Message::Transaction(_) | Message::CompactBlock(_) | Message::BlockTransactions(_) => {
                self.transactions_received(peer, frame);
            }
        }
    }

    /// What holds transactions is taken out of its frame, because they are kept.
    fn transactions_received(&mut self, peer: PeerId, frame: Frame) {
        let hash = frame.block_hashes().first().copied().unwrap_or_default();
        match frame.into_message() {
            Ok(Message::Block(block)) => self.block_received(peer, hash, *block, Delivery::InFull),
            Ok(Message::Transaction(transfer)) => self.transaction_received(peer, *transfer),
            Ok(Message::CompactBlock(compact)) => self.compact_block_received(peer, hash, *compact),
            Ok(Message::BlockTransactions(answer)) => self.block_transactions_received(peer, answer),
            Ok(_) | Err(_) => {}
        }
    }

    /// What follows from a block that the chain has accepted, wherever it came from (`is_own`: it was found here): store it with whatever it changed
    /// in the mempool, and only then announce it.
    fn block_accepted(&mut self, hash: BlockHash, accepted: Accepted, is_own: bool) {
        self.arrivals.entry(&hash).at = Some(self.now);
        self.block_became_known(hash, is_own);
        // Mostly the tip's record is all that follows.
        let mut changes = Vec::with_capacity(2);
        changes.push(self.block_record(&hash));
        let effects = match accepted {
            Accepted::TipChanged(change) => self.tip_changed(change, is_own, &mut changes),
            Accepted::Stale if is_own => vec![storage::Effect::AnnounceOwn(self.branch_announcement(hash))],
            Accepted::Stale | Accepted::AlreadyKnown => Vec::new(),
        };
        self.store_then(changes, effects);
        // It may lead to a better chain that memory does not reach.
        self.continue_reading();
        self.emit(Event::Changed);
    }

    /// Lets mempool and miners follow the tip. Adds what is to be stored to `changes`, and returns what to do after that.
    fn tip_changed(&mut self, change: TipChange, is_own: bool, changes: &mut Vec<Change>) -> Vec<storage::Effect> {
        // What waited before the start goes before what returns from blocks that were the tip only on the way back.
        self.finish_restoring();
        self.tip_became(change.depth(), change.fork_height);
        let mut update = self.mempool.update(&change, self.chain.ledger());
        self.remember_let_go(std::mem::take(&mut update.let_go));
        changes.extend(storage::mempool_changes(&self.mempool, &update));
        if change.is_reorg() {
            self.remember_reorg(&change, update.returned.len());
            self.return_transfers_of(&change.left_behind);
        }
        changes.extend(self.tip_record());
        // Miners must not waste work on the old tip while the disk is busy.
        self.renew_job();
        let frame = self.announcement(&change);
        let effects = vec![
            if is_own { storage::Effect::AnnounceOwn(frame) } else { storage::Effect::AnnounceTip(frame) },
            // Peers that followed the winning chain all along never had what only the losing one held.
            storage::Effect::AnnounceTransactions(update.returned),
        ];
        self.emit(Event::TipChanged(change));
        effects
    }

    /// The frame that brought the new tip's header, if that says all: then the bytes need not be made and hashed anew.
    fn announcement(&self, change: &TipChange) -> Frame {
        if let ([block], Some(news)) = (&change.connected[..], &self.news)
            && news.block_hashes() == [block.hash()]
        {
            return news.clone();
        }
        // A peer that lacks more than the last few asks for the rest itself.
        let newest = change.connected.iter().rev().take(config::MAX_ANNOUNCED_HEADERS);
        let mut headers: Vec<_> = newest.map(|block| *CheckedBlock::header(block)).collect();
        headers.reverse();
        Message::Headers(headers).into()
    }

    /// The header of a block beside the chain, after those below it down to the chain.
    fn branch_announcement(&self, hash: BlockHash) -> Frame {
        let branch = self.chain.index().ancestors(hash).take_while(|(hash, _)| !self.chain.is_active(hash));
        let mut headers: Vec<_> = branch.take(config::MAX_ANNOUNCED_HEADERS).map(|(_, entry)| entry.header).collect();
        headers.reverse();
        Message::Headers(headers).into()
    }

    fn body(&self, hash: &BlockHash) -> Option<&Arc<CheckedBlock>> {
        self.chain.body(hash)
    }

    /// A number that no peer can foresee, whichever ones it has seen; the same inputs give the same ones.
    fn draw(&mut self) -> u64 {
        self.draws += 1;
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.config.seed.to_le_bytes());
        bytes[8..].copy_from_slice(&self.draws.to_le_bytes());
        let digest = sha256d(&bytes);
        u64::from_le_bytes(*digest.first_chunk().expect("a digest has 32 bytes"))
    }

    fn emit(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn set_timer(&mut self, timer: Timer, millis: u64) {
        self.outputs.push_back(Output::SetTimer { timer, at: self.now.plus_millis(millis) });
    }
}
