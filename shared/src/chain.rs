//! The block tree, the active chain, and the ledger at its tip.
//!
//! Accepting a block *returns* what changed as a [`TipChange`]; nothing here calls back, reads a clock or stores. The
//! active chain is the one with the most chainwork among those whose every block is here and valid; of equals, the one
//! whose tip came first.

pub mod block_index;
pub mod history;
pub mod ledger;
pub mod store;

use std::collections::HashMap;
use std::sync::Arc;

use block_index::{BlockIndex, Entry};
use history::History;
use ledger::{Ledger, Undo};

use crate::consensus::block_rules::check_block;
use crate::consensus::{BlockError, CheckedBlock, HeaderError, Params};
use crate::primitives::{Block, BlockHash, Header, NetworkId, Txid, Work};

/// What became of the active chain. Disconnected blocks come newest first, connected ones oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TipChange {
    pub disconnected: Vec<Arc<CheckedBlock>>,
    pub connected: Vec<Arc<CheckedBlock>>,
    /// Height of the last block that both chains share.
    pub fork_height: u32,
}

impl TipChange {
    pub fn is_reorg(&self) -> bool {
        !self.disconnected.is_empty()
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

#[derive(Debug)]
pub struct Chain {
    params: Params,
    network: NetworkId,
    index: BlockIndex,
    bodies: HashMap<BlockHash, Arc<CheckedBlock>>,
    /// One for each block of the active chain but genesis.
    undo: HashMap<BlockHash, Undo>,
    ledger: Ledger,
    history: History,
    /// Active chain by height; never empty.
    active: Vec<BlockHash>,
}

impl Chain {
    /// Only genesis. `params` have passed [`Params::check`].
    pub fn new(params: Params) -> Self {
        let genesis = params.genesis();
        let network = params.network_id();
        let hash = genesis.hash();
        let body = check_block(&params, network, genesis).expect("genesis keeps the rules on bodies");
        Self {
            network,
            index: BlockIndex::new(*body.header()),
            bodies: HashMap::from([(hash, Arc::new(body))]),
            undo: HashMap::new(),
            ledger: Ledger::default(),
            history: History::default(),
            active: vec![hash],
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
        &self.ledger
    }

    pub fn history(&self) -> &History {
        &self.history
    }

    pub fn index(&self) -> &BlockIndex {
        &self.index
    }

    pub fn tip(&self) -> BlockHash {
        *self.active.last().expect("the active chain holds genesis")
    }

    pub fn tip_entry(&self) -> &Entry {
        self.index.get(&self.tip()).expect("active blocks are indexed")
    }

    pub fn height(&self) -> u32 {
        self.tip_entry().height
    }

    pub fn chainwork(&self) -> Work {
        self.tip_entry().chainwork
    }

    /// The active chain's block at that height.
    pub fn hash_at(&self, height: u32) -> Option<BlockHash> {
        self.active.get(height as usize).copied()
    }

    pub fn is_active(&self, hash: &BlockHash) -> bool {
        self.index.get(hash).is_some_and(|entry| self.hash_at(entry.height) == Some(*hash))
    }

    pub fn body(&self, hash: &BlockHash) -> Option<&Arc<CheckedBlock>> {
        self.bodies.get(hash)
    }

    /// Where a transaction stands on the active chain: its block and its position there.
    pub fn find_transaction(&self, txid: &Txid) -> Option<(&Arc<CheckedBlock>, usize)> {
        let place = self.history.place(txid)?;
        let body = self.body(&self.hash_at(place.height)?)?;
        Some((body, place.position))
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
        let mut locator = Vec::new();
        let mut gap = 1;
        let mut wanted = self.index.get(&tip).map_or(0, |entry| entry.height);
        for (hash, entry) in self.index.ancestors(tip) {
            if entry.height == wanted || entry.height == 0 {
                locator.push(hash);
                if locator.len() >= 10 {
                    gap *= 2;
                }
                wanted = wanted.saturating_sub(gap);
            }
        }
        locator
    }

    /// At most `limit` active headers after the first hash of `locator` that is active (after genesis, if none is).
    pub fn headers_after(&self, locator: &[BlockHash], limit: usize) -> Vec<Header> {
        let known = locator.iter().find(|hash| self.is_active(hash));
        let start = known.and_then(|hash| self.index.get(hash)).map_or(0, |entry| entry.height) as usize;
        self.active
            .iter()
            .skip(start + 1)
            .take(limit)
            .map(|hash| self.index.get(hash).expect("active blocks are indexed").header)
            .collect()
    }

    /// Judges a header and keeps it. `now` is in seconds. `Ok(false)`: it was known.
    pub fn accept_header(&mut self, header: &Header, now: u32) -> Result<bool, AcceptError> {
        self.index.accept(&self.params, header, now)
    }

    /// Judges a block and keeps it, and moves the tip if the block's chain has more work. `now` is in seconds.
    pub fn accept_block(&mut self, block: Block, now: u32) -> Result<Accepted, AcceptError> {
        self.accept(block, now, None)
    }

    /// Judges a block that this node had accepted before it restarted, by every rule but the one on future dates: the
    /// clock may have been set back since.
    pub fn restore_block(&mut self, block: Block, arrival: u64) -> Result<Accepted, AcceptError> {
        self.accept(block, u32::MAX, Some(arrival))
    }

    fn accept(&mut self, block: Block, now: u32, arrival: Option<u64>) -> Result<Accepted, AcceptError> {
        let hash = block.hash();
        self.accept_header(&block.header, now)?;
        if self.bodies.contains_key(&hash) {
            return Ok(Accepted::AlreadyKnown);
        }
        if !self.bodies.contains_key(&block.header.prev_blockhash) {
            return Err(AcceptError::ParentWithoutBody);
        }
        let body = match check_block(&self.params, self.network, block) {
            Ok(body) => body,
            Err(error) => {
                if error.condemns_header() {
                    self.index.condemn(hash);
                }
                return Err(error.into());
            }
        };
        self.bodies.insert(hash, Arc::new(body));
        self.index.body_arrived(hash, arrival);
        // An error is about this block's chain: nothing else changed since the last time.
        Ok(self.activate_best()?.map_or(Accepted::Stale, Accepted::TipChanged))
    }

    /// Moves to the best chain, if it is not the active one. Its first block that breaks a rule is condemned with all that
    /// builds on it, and the tip stays: everything else had less work than the tip before this chain came.
    fn activate_best(&mut self) -> Result<Option<TipChange>, BlockError> {
        let best = self.index.best_candidate();
        if best == self.tip() {
            return Ok(None);
        }
        self.reorganise(best).map(Some).map_err(|(offender, error)| {
            for condemned in self.index.condemn(offender) {
                self.bodies.remove(&condemned);
            }
            error
        })
    }

    /// Makes `target` the tip, or restores the chain as it was and names the offending block.
    fn reorganise(&mut self, target: BlockHash) -> Result<TipChange, (BlockHash, BlockError)> {
        let mut path: Vec<BlockHash> =
            self.index.ancestors(target).map(|(hash, _)| hash).take_while(|hash| !self.is_active(hash)).collect();
        path.reverse();
        let first = path.first().expect("the target is not active");
        let fork_height = self.index.get(first).expect("indexed").height - 1;
        let mut disconnected = Vec::new();
        while self.height() > fork_height {
            disconnected.push(self.disconnect_tip());
        }
        let mut connected = Vec::with_capacity(path.len());
        for hash in path {
            match self.connect(hash) {
                Ok(body) => connected.push(body),
                Err(error) => {
                    while self.height() > fork_height {
                        self.disconnect_tip();
                    }
                    for body in disconnected.iter().rev() {
                        self.connect(body.hash()).expect("what was active connects again");
                    }
                    return Err((hash, error));
                }
            }
        }
        Ok(TipChange { disconnected, connected, fork_height })
    }

    fn connect(&mut self, hash: BlockHash) -> Result<Arc<CheckedBlock>, BlockError> {
        let height = self.height() + 1;
        let body = Arc::clone(self.bodies.get(&hash).expect("candidates have all their bodies"));
        let undo = self.ledger.connect(&self.params, &body, height)?;
        self.undo.insert(hash, undo);
        self.history.connect(&body, height);
        self.active.push(hash);
        Ok(body)
    }

    fn disconnect_tip(&mut self) -> Arc<CheckedBlock> {
        let hash = self.active.pop().expect("only blocks above a fork point are disconnected");
        let undo = self.undo.remove(&hash).expect("every connected block left its undo data");
        self.ledger.disconnect(undo);
        let body = Arc::clone(&self.bodies[&hash]);
        self.history.disconnect(&body);
        body
    }
}
