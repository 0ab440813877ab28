//! The block tree, the active chain, and the ledger at its tip.
//!
//! Accepting a block *returns* what changed as a [`TipChange`]; nothing here calls back, reads a clock or stores. The
//! active chain is the one with the most chainwork among those whose every block has come and is valid; of equals, the
//! one whose tip came first.
//!
//! Memory holds every header, the ledger, and only the newest bodies with what undoes them ([`RecentLimits`]). A reorg
//! within these is immediate. A deeper one is a *replay*: the chain asks for bodies ([`Chain::wanted_bodies`]), takes them
//! one by one ([`Chain::read_back`]), and keeps its tip until the better chain has been applied from genesis on.

mod active;
pub mod block_index;
pub mod history;
pub mod ledger;
mod off_chain;
mod replay;
pub mod store;
pub mod tree;

use std::sync::Arc;

use active::ActiveChain;
use block_index::{BlockIndex, Entry, Id, Status};
use history::{History, Place};
use ledger::Ledger;
use off_chain::OffChain;
use replay::Replay;
use tree::{Miners, StaleBlocks};

use crate::consensus::block_rules::{check_block, check_hashed_block};
use crate::consensus::{BlockError, CheckedBlock, HeaderError, Params};
use crate::primitives::{Block, BlockHash, Header, NetworkId, Txid, Work};

/// While blocks are restored, a chain that is so much higher than the active one takes its place.
const RESTORING_LEAD: u32 = 2;

/// How much of the newest part of the chain is held in memory: so much on the active chain, and as much off it. What
/// exceeds either figure leaves, oldest first, but for the very newest block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentLimits {
    pub blocks: usize,
    /// Encoded; in memory a block takes about twice as much.
    pub bytes: usize,
}

impl Default for RecentLimits {
    /// Almost three hours of a classroom's blocks: what partitions and attacks are made of. Bitcoin Core, when it prunes,
    /// keeps 288 blocks.
    fn default() -> Self {
        Self { blocks: 1_000, bytes: 32 * 1024 * 1024 }
    }
}

impl RecentLimits {
    /// For a node that has no store: what leaves memory would be lost.
    pub const NONE: Self = Self { blocks: usize::MAX, bytes: usize::MAX };

    fn are_exceeded(self, blocks: usize, bytes: usize) -> bool {
        blocks > 1 && (blocks > self.blocks || bytes > self.bytes)
    }
}

/// What became of the active chain. Disconnected blocks come newest first, connected ones oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipChange {
    pub disconnected: Vec<Arc<CheckedBlock>>,
    /// Height and hash of further disconnected blocks, whose bodies have left memory. After a replay only.
    pub left_behind: Vec<(u32, BlockHash)>,
    /// After a replay only the newest of them, as many as memory holds.
    pub connected: Vec<Arc<CheckedBlock>>,
    /// Height of the last block that both chains share.
    pub fork_height: u32,
}

impl TipChange {
    pub fn is_reorg(&self) -> bool {
        self.depth() > 0
    }

    /// How many blocks were disconnected.
    pub fn depth(&self) -> usize {
        self.disconnected.len() + self.left_behind.len()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AcceptError {
    #[error("unknown-parent: the block before this one is not here")]
    UnknownParent,
    /// The header is known and its ancestors' bodies are not all here yet.
    #[error("parent-without-body: the block before this one has not arrived")]
    ParentWithoutBody,
    #[error("{0}")]
    Invalid(#[from] BlockError),
}

impl From<HeaderError> for AcceptError {
    fn from(error: HeaderError) -> Self {
        Self::Invalid(BlockError::Header(error))
    }
}

/// What accepting a valid block did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    AlreadyKnown,
    /// Stored; the active chain stays.
    Stale,
    TipChanged(TipChange),
}

/// It lies in memory as it is written: first what every announcement asks.
#[derive(Debug)]
#[repr(C)]
pub struct Chain {
    index: BlockIndex,
    active: ActiveChain,
    aside: OffChain,
    miners: Miners,
    stale: StaleBlocks,
    limits: RecentLimits,
    replay: Option<Replay>,
    /// A better chain that cannot be followed, because a body on the way to it cannot be had.
    stuck_before: Option<Id>,
    network: NetworkId,
    genesis: Arc<CheckedBlock>,
    params: Params,
}

impl Chain {
    /// Only genesis. `params` have passed [`Params::check`].
    pub fn new(params: Params) -> Self {
        Self::with_limits(params, RecentLimits::default())
    }

    pub fn with_limits(params: Params, limits: RecentLimits) -> Self {
        let genesis = params.genesis();
        let network = params.network_id();
        let body = check_block(&params, network, genesis).expect("genesis keeps the rules on bodies");
        Self {
            network,
            index: BlockIndex::new(*body.header()),
            genesis: Arc::new(body),
            active: ActiveChain::new(limits),
            aside: OffChain::new(limits),
            miners: Miners::default(),
            stale: StaleBlocks::default(),
            limits,
            replay: None,
            stuck_before: None,
            params,
        }
    }

    pub fn params(&self) -> &Params {
        &self.params
    }

    pub fn network(&self) -> NetworkId {
        self.network
    }

    pub fn ledger(&self) -> &Ledger {
        &self.active.ledger
    }

    pub fn history(&self) -> &History {
        &self.active.history
    }

    pub fn index(&self) -> &BlockIndex {
        &self.index
    }

    pub fn tip(&self) -> BlockHash {
        self.index.hash(self.active.tip())
    }

    pub fn tip_entry(&self) -> Entry {
        self.index.entry(self.active.tip())
    }

    pub fn height(&self) -> u32 {
        self.active.height()
    }

    pub fn chainwork(&self) -> Work {
        self.index.standing_of(self.active.tip()).chainwork
    }

    /// Whether a header is known, of a chain that is not known to be invalid, with more work than the tip.
    pub fn has_better_header(&self) -> bool {
        self.index.has_more_work(self.active.tip())
    }

    /// The active chain's block at that height.
    pub fn hash_at(&self, height: u32) -> Option<BlockHash> {
        self.active.id_at(height).map(|id| self.index.hash(id))
    }

    /// The active chain's work up to that height.
    pub fn chainwork_at(&self, height: u32) -> Option<Work> {
        self.active.id_at(height).map(|id| self.index.standing_of(id).chainwork)
    }

    pub fn is_active(&self, hash: &BlockHash) -> bool {
        self.index.id(hash).is_some_and(|id| self.is_active_id(id))
    }

    fn is_active_id(&self, id: Id) -> bool {
        self.active.id_at(self.index.height(id)) == Some(id)
    }

    /// The block, if memory holds it. One with the status [`Status::Stored`] can be had from the store.
    pub fn body(&self, hash: &BlockHash) -> Option<&Arc<CheckedBlock>> {
        let id = self.index.id(hash)?;
        match self.index.height(id) {
            0 => Some(&self.genesis),
            height if self.active.id_at(height) == Some(id) => self.active.body_at(height),
            _ => self.aside.get(hash),
        }
    }

    /// Reads what judging headers touches of this value itself.
    pub(crate) fn read_ahead(&self) -> u64 {
        self.index.read_ahead() ^ u64::from(self.active.height())
    }

    /// Reads the header that came last, and if a block comes, where that will be added.
    pub(crate) fn read_ahead_of_newest(&self, comes_block: bool) -> u64 {
        let of_block = if comes_block { self.active.read_ahead() } else { 0 };
        self.index.read_ahead_of_newest() ^ of_block
    }

    /// Holds the body of its tip in this copy, if it is of the same block: where many nodes lie in one memory, all hold one.
    pub fn share_tip(&mut self, body: &Arc<CheckedBlock>) {
        self.active.share_tip(body);
    }

    /// Every block that memory holds: those of the active chain in order, genesis first if the rest follows on it, then
    /// others as they came.
    pub fn bodies(&self) -> impl Iterator<Item = &Arc<CheckedBlock>> {
        let genesis = (self.active.floor() == 0).then_some(&self.genesis);
        genesis.into_iter().chain(self.active.bodies()).chain(self.aside.bodies())
    }

    /// Where a transaction stands on the active chain, and in which block.
    pub fn find_transaction(&self, txid: &Txid) -> Option<(Place, BlockHash)> {
        let place = self.history().place(txid)?;
        Some((place, self.hash_at(place.height)?))
    }

    /// Hashes of the active chain from the tip down, ever further apart, genesis last (as Bitcoin Core's locator).
    pub fn locator(&self) -> Vec<BlockHash> {
        self.locator_from(self.tip())
    }

    /// A locator that begins at the best header, whose body need not be here.
    pub fn header_locator(&self) -> Vec<BlockHash> {
        self.locator_from(self.index.best_header())
    }

    fn locator_from(&self, tip: BlockHash) -> Vec<BlockHash> {
        let Some(mut at) = self.index.id(&tip) else { return Vec::new() };
        let mut locator = Vec::new();
        let mut gap = 1;
        loop {
            locator.push(self.index.hash(at));
            let height = self.index.height(at);
            if height == 0 {
                return locator;
            }
            if locator.len() >= 10 {
                gap *= 2;
            }
            at = self.ancestor_at(at, height.saturating_sub(gap));
        }
    }

    /// Walks down to the active chain at most; on that, heights lead straight to the block.
    fn ancestor_at(&self, from: Id, height: u32) -> Id {
        let is_there = |id: &Id| self.index.height(*id) == height || self.is_active_id(*id);
        let at = self.index.ancestor_ids(from).find(is_there).expect("genesis is active");
        self.active.id_at(height).filter(|_| self.is_active_id(at)).unwrap_or(at)
    }

    /// At most `limit` active headers after the first hash of `locator` that is active (after genesis, if none is).
    pub fn headers_after(&self, locator: &[BlockHash], limit: usize) -> Vec<Header> {
        let known = locator.iter().find(|hash| self.is_active(hash));
        let start = known.and_then(|hash| self.index.get(hash)).map_or(0, |entry| entry.height);
        let heights = (start + 1..).take(limit);
        heights.map_while(|height| self.active.id_at(height)).map(|id| self.index.entry(id).header).collect()
    }

    /// Judges a header and keeps it. `now` is in seconds. `Ok(false)`: it was known.
    pub fn accept_header(&mut self, header: &Header, now: u32) -> Result<bool, AcceptError> {
        self.accept_hashed_header(header, header.hash(), now)
    }

    /// The same where the header's hash is at hand.
    pub(crate) fn accept_hashed_header(
        &mut self,
        header: &Header,
        hash: BlockHash,
        now: u32,
    ) -> Result<bool, AcceptError> {
        self.index.accept(&self.params, header, hash, now)
    }

    /// Forgets all headers without bodies, and those of invalid blocks; they may come again.
    pub fn forget_bare_headers(&mut self) {
        let renumbered = self.index.forget_bare();
        self.active.renumber(&renumbered);
        self.replay = self.replay.take().and_then(|replay| replay.renumbered(&renumbered));
        self.stuck_before = self.stuck_before.and_then(|target| renumbered.get(target));
    }

    /// Judges a block and keeps it, and moves the tip if the block's chain has more work. `now` is in seconds. After an error,
    /// [`Self::activate`] weighs what the block's chain had outranked.
    pub fn accept_block(&mut self, block: Block, now: u32) -> Result<Accepted, AcceptError> {
        let hash = block.hash();
        self.accept_hashed_block(block, hash, now)
    }

    /// The same where the block's hash is at hand.
    pub(crate) fn accept_hashed_block(
        &mut self,
        block: Block,
        hash: BlockHash,
        now: u32,
    ) -> Result<Accepted, AcceptError> {
        let Some(id) = self.take_in(block, hash, now, None)? else { return Ok(Accepted::AlreadyKnown) };
        loop {
            match self.activate_best() {
                Ok(change) => {
                    self.note_if_stale(id);
                    return Ok(change.map_or(Accepted::Stale, Accepted::TipChanged));
                }
                Err(error) if self.index.entry(id).status == Status::Invalid => return Err(error.into()),
                // Another chain's fault, which had waited to be weighed.
                Err(_) => {}
            }
        }
    }

    /// Judges a block that this node had accepted before it restarted, by every rule but the one on future dates: the
    /// clock may have been set back since. Parents come first, blocks of one height in any order. A block on the tip
    /// extends it. Others wait until their chain leads by two blocks, or for [`Self::activate`] when all is restored: chains
    /// side by side would overtake each other with every block.
    pub fn restore_block(&mut self, block: Block, arrival: u64) -> Result<Accepted, AcceptError> {
        let hash = block.hash();
        let Some(id) = self.take_in(block, hash, u32::MAX, Some(arrival))? else { return Ok(Accepted::AlreadyKnown) };
        let entry = self.index.entry(id);
        if entry.header.prev_blockhash == self.tip() {
            let body = Arc::clone(self.aside.get(&self.index.hash(id)).expect("it has just come"));
            return Ok(Accepted::TipChanged(self.reorganise(vec![body])?));
        }
        self.note_if_stale(id);
        // A stale block came first and led into a dead end, and this chain goes on without it.
        if self.index.height(self.index.best_candidate()) >= self.height() + RESTORING_LEAD {
            return Ok(self.activate().map_or(Accepted::Stale, Accepted::TipChanged));
        }
        Ok(Accepted::Stale)
    }

    /// Moves to the best chain, if it is not the active one and in memory's reach.
    pub fn activate(&mut self) -> Option<TipChange> {
        loop {
            if let Ok(change) = self.activate_best() {
                return change;
            }
        }
    }

    /// Whether a chain with more work is known, whose every block has come, and is not the active one: it is being replayed,
    /// or cannot be followed.
    pub fn is_outdone(&self) -> bool {
        self.index.best_candidate() != self.active.tip()
    }

    /// From now on memory lets nothing go, because nothing else holds it.
    pub fn keep_all(&mut self) {
        self.limits = RecentLimits::NONE;
        self.active.limits = self.limits;
        self.aside.limits = self.limits;
    }

    /// Keeps a sound block whose ancestors are all here. `None`: it was here.
    fn take_in(
        &mut self,
        block: Block,
        hash: BlockHash,
        now: u32,
        arrival: Option<u64>,
    ) -> Result<Option<Id>, AcceptError> {
        self.accept_hashed_header(&block.header, hash, now)?;
        let id = self.index.id(&hash).expect("its header has just been accepted");
        if self.is_stored(&hash) {
            return Ok(None);
        }
        if !self.is_stored(&block.header.prev_blockhash) {
            return Err(AcceptError::ParentWithoutBody);
        }
        let body = match check_hashed_block(&self.params, self.network, block, hash) {
            Ok(body) => body,
            Err(error) => {
                if error.condemns_header() {
                    self.condemn(id);
                }
                return Err(error.into());
            }
        };
        self.index.set_miner(id, self.miners.number(body.coinbase()));
        self.aside.insert(Arc::new(body));
        self.index.body_arrived(id, arrival);
        Ok(Some(id))
    }

    fn is_stored(&self, hash: &BlockHash) -> bool {
        self.index.status(hash).is_some_and(|status| matches!(status, Status::Stored { .. }))
    }

    fn condemn(&mut self, offender: Id) {
        for condemned in self.index.condemn(offender) {
            self.aside.remove(&condemned);
            let height = self.index.get(&condemned).expect("headers stay").height;
            self.stale.remove(height, condemned);
        }
    }

    /// Moves to the best chain, if it is not the active one, or prepares to replay it, if memory does not reach so far.
    fn activate_best(&mut self) -> Result<Option<TipChange>, BlockError> {
        let best = self.index.best_candidate();
        if best == self.active.tip() {
            (self.replay, self.stuck_before) = (None, None);
            return Ok(None);
        }
        let Some(path) = self.path_in_memory(best) else {
            self.replay_to(best);
            // What was replayed already may be all there is to it, when the rest has proved invalid.
            let done = self.replay.take_if(|replay| replay.next().is_none());
            return Ok(done.map(|replay| self.switch_to(replay.chain)));
        };
        let change = self.reorganise(path)?;
        (self.replay, self.stuck_before) = (None, None);
        Ok(Some(change))
    }

    /// The blocks that lead from the active chain to `target`, if the fork is not below what can be undone and all bodies
    /// are in memory.
    fn path_in_memory(&self, target: Id) -> Option<Vec<Arc<CheckedBlock>>> {
        let mut path = Vec::new();
        for id in self.index.ancestor_ids(target).take_while(|id| !self.is_active_id(*id)) {
            if self.index.height(id) <= self.active.floor() {
                return None;
            }
            path.push(Arc::clone(self.aside.get(&self.index.hash(id))?));
        }
        path.reverse();
        Some(path)
    }

    /// Makes the end of `path` the tip. Its first block that breaks a rule is condemned with all that builds on it, and
    /// the chain is as it was.
    fn reorganise(&mut self, path: Vec<Arc<CheckedBlock>>) -> Result<TipChange, BlockError> {
        let first = path.first().expect("the target is not active");
        let fork_height = self.index.height(self.id_of(first)) - 1;
        let disconnected = self.disconnect_to(fork_height);
        for body in &path {
            let id = self.id_of(body);
            if let Err(error) = self.active.connect(&self.params, id, Arc::clone(body)) {
                self.disconnect_to(fork_height);
                for body in disconnected.into_iter().rev() {
                    let id = self.id_of(&body);
                    self.active.connect(&self.params, id, body).expect("what was active connects again");
                }
                self.condemn(id);
                return Err(error);
            }
        }
        Ok(self.switched(disconnected, Vec::new(), path, fork_height))
    }

    fn id_of(&self, body: &CheckedBlock) -> Id {
        self.index.id(&body.hash()).expect("bodies are of indexed headers")
    }

    fn disconnect_to(&mut self, height: u32) -> Vec<Arc<CheckedBlock>> {
        let count = self.height() - height;
        (0..count).map(|_| self.active.disconnect_tip()).collect()
    }

    /// Bodies follow the blocks onto the active chain and off it.
    fn switched(
        &mut self,
        disconnected: Vec<Arc<CheckedBlock>>,
        left_behind: Vec<(u32, BlockHash)>,
        connected: Vec<Arc<CheckedBlock>>,
        fork_height: u32,
    ) -> TipChange {
        for body in &connected {
            self.aside.remove(&body.hash());
        }
        self.note_disconnected(&disconnected, &left_behind);
        for body in disconnected.iter().rev() {
            self.aside.insert(Arc::clone(body));
        }
        TipChange { disconnected, left_behind, connected, fork_height }
    }
}
