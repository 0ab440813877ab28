//! Blocks and headers in any order, on a chain that retargets and remembers a few bodies or many: the tip is the best valid
//! one that has come, its accounts are the model's, a tip change tells the truth, and a restart ends where the chain was.

use std::collections::BTreeMap;

use tabchain_shared::chain::block_index::Status;
use tabchain_shared::chain::{AcceptError, Accepted, Chain, RecentLimits, TipChange};
use tabchain_shared::consensus::{BlockError, HeaderError, Params};
use tabchain_shared::primitives::{Block, BlockHash, CompactTarget, Header, Txid};

use crate::operands::Operands;
use crate::pool::{Pool, has_own_body};

/// A minute after genesis, in seconds.
const START: u32 = 1_767_225_660;

/// Every 16th hash makes a block at first, and work differs by the dates before it. Three transfers fill a block.
fn params() -> Params {
    Params {
        start_bits: CompactTarget(0x200f_ffff),
        half_life: Some(20),
        max_block_bytes: 1_000,
        max_future_seconds: 600,
        ..Params::regtest()
    }
}

/// How many bodies memory holds, as a program says: fewer make replays of chains that fork off below them.
pub fn recent_limits(choice: u8) -> RecentLimits {
    let blocks = [1_000, 1, 2, 4][usize::from(choice & 3)];
    RecentLimits { blocks, ..RecentLimits::default() }
}

struct Trial {
    limits: RecentLimits,
    pool: Pool,
    chain: Chain,
    now: u32,
    active: Vec<BlockHash>,
    /// The bodies that the chain has taken.
    taken: BTreeMap<BlockHash, Block>,
}

/// The program's first byte says how many bodies memory holds, and whether replays get theirs at once.
pub fn run(data: &[u8]) {
    let mut operands = Operands::new(data);
    let mode = operands.byte();
    let limits = recent_limits(mode);
    let pool = Pool::new(params());
    let chain = Chain::with_limits(params(), limits);
    let active = vec![chain.tip()];
    let taken = BTreeMap::from([(chain.tip(), pool.blocks[0].clone())]);
    let mut trial = Trial { limits, pool, chain, now: START, active, taken };
    while !operands.is_empty() && !trial.pool.is_full() {
        trial.step(&mut operands);
        if mode & 4 == 0 {
            trial.read_back(usize::MAX);
        }
    }
    trial.read_back(usize::MAX);
    trial.check_history();
    trial.check_queries();
    trial.check_restart();
}

impl Trial {
    fn step(&mut self, operands: &mut Operands<'_>) {
        let block_count = self.pool.blocks.len();
        match operands.byte() % 10 {
            0..=1 => {
                let made = self.pool.make_block(operands, self.now);
                self.deliver(made);
            }
            2 => drop(self.pool.make_block(operands, self.now)),
            3 => {
                let index = operands.recent(block_count);
                self.deliver(index);
            }
            4 => {
                let header = self.pool.blocks[operands.recent(block_count)].header;
                self.deliver_header(&header);
            }
            5 => {
                let tip = self.pool.blocks[operands.recent(block_count)].hash();
                let headers_only = operands.flag();
                self.deliver_branch(tip, headers_only);
            }
            6 => {
                let change = i64::from(operands.byte().cast_signed()) * 60;
                self.now = u32::try_from(i64::from(self.now) + change).unwrap_or(START);
            }
            7 => {
                let count = operands.below(8);
                self.read_back(count);
            }
            8 => {
                // A body that nobody asked for.
                let block = self.pool.blocks[operands.recent(block_count)].clone();
                if self.chain.wanted_bodies(1).first().is_none_or(|(_, hash)| *hash != block.hash()) {
                    assert_eq!(self.chain.read_back(block), Ok(None));
                }
            }
            _ => match operands.byte() {
                201.. => self.chain.give_up_replay(),
                151.. => self.forget_bare_headers(),
                _ => self.activate(),
            },
        }
    }

    /// The store gives a replay what it wants, a few bodies at a time.
    fn read_back(&mut self, mut count: usize) {
        while let Some((height, hash)) = self.chain.wanted_bodies(1).first().copied().filter(|_| count > 0) {
            count -= 1;
            assert_eq!(self.pool.model.judged[&hash].height, height);
            match self.chain.read_back(self.taken[&hash].clone()) {
                Ok(None) => {}
                Ok(Some(change)) => self.follow(&change),
                Err(error) => assert!(!self.accounts_are_known(&hash), "a valid block is refused: {error}"),
            }
            self.activate();
        }
    }

    fn activate(&mut self) {
        if let Some(change) = self.chain.activate() {
            self.follow(&change);
        }
        self.check();
    }

    fn forget_bare_headers(&mut self) {
        let stored = self.chain.index().len() - self.chain.index().bare();
        self.chain.forget_bare_headers();
        assert_eq!((self.chain.index().len(), self.chain.index().bare()), (stored, 0));
        self.check();
    }

    fn deliver_branch(&mut self, tip: BlockHash, headers_only: bool) {
        for hash in self.pool.branch(tip) {
            let Some(index) = self.pool.blocks.iter().position(|block| block.hash() == hash) else { continue };
            if headers_only {
                let header = self.pool.blocks[index].header;
                self.deliver_header(&header);
            } else {
                self.deliver(index);
            }
        }
    }

    fn deliver_header(&mut self, header: &Header) {
        let known = self.status(&header.hash());
        let parent = self.status(&header.prev_blockhash);
        let result = self.chain.accept_header(header, self.now);
        let acceptable = self.is_acceptable(header);
        match known {
            Some(Status::Invalid) => assert_eq!(result, Err(BlockError::InvalidAncestor.into())),
            Some(_) => assert_eq!(result, Ok(false)),
            None if parent.is_some() && parent != Some(Status::Invalid) && acceptable => assert_eq!(result, Ok(true)),
            None => assert!(result.is_err(), "{header:?} at {}", self.now),
        }
        self.check();
    }

    fn deliver(&mut self, index: usize) {
        let block = self.pool.blocks[index].clone();
        let (hash, header) = (block.hash(), block.header);
        let parent = self.status(&header.prev_blockhash);
        let is_valid = has_own_body(&block) && self.accounts_are_known(&hash);
        let result = self.chain.accept_block(block.clone(), self.now);
        if *crate::IS_TRACED {
            eprintln!("{} {hash} on {}: {result:?}", self.now, header.prev_blockhash);
        }
        match result {
            Ok(Accepted::AlreadyKnown) => assert!(self.taken.contains_key(&hash)),
            Ok(Accepted::Stale) => drop(self.taken.insert(hash, block)),
            Ok(Accepted::TipChanged(change)) => {
                self.taken.insert(hash, block);
                self.follow(&change);
            }
            Err(AcceptError::UnknownParent) => assert_eq!(parent, None),
            Err(AcceptError::ParentWithoutBody) => assert_eq!(parent, Some(Status::HeaderOnly)),
            Err(AcceptError::Invalid(BlockError::Header(HeaderError::TimeTooNew { .. }))) => {
                assert!(!self.is_acceptable(&header));
            }
            Err(AcceptError::Invalid(error)) => {
                assert!(!is_valid, "a valid block is refused: {error}");
                self.activate();
            }
        }
        self.check();
    }

    fn follow(&mut self, change: &TipChange) {
        let left_behind = change.left_behind.iter().map(|(_, hash)| *hash);
        for hash in change.disconnected.iter().map(|body| body.hash()).chain(left_behind) {
            assert_eq!(self.active.pop(), Some(hash), "disconnected newest first");
        }
        assert_eq!(self.active.len(), change.fork_height as usize + 1);
        let heights = change.fork_height + 1..=self.chain.height();
        self.active.extend(heights.map(|height| self.chain.hash_at(height).expect("no holes")));
        let connected: Vec<BlockHash> = change.connected.iter().map(|body| body.hash()).collect();
        assert!(!connected.is_empty() && self.active.ends_with(&connected), "connected oldest first");
    }

    fn status(&self, hash: &BlockHash) -> Option<Status> {
        self.chain.index().get(hash).map(|entry| entry.status)
    }

    /// The header keeps every rule, at this time.
    fn is_acceptable(&self, header: &Header) -> bool {
        let judged = self.pool.model.judged.get(&header.hash());
        let is_early = header.time.saturating_sub(self.pool.model.params().max_future_seconds) > self.now;
        judged.is_some_and(|judged| judged.header_is_valid) && !is_early
    }

    fn accounts_are_known(&self, hash: &BlockHash) -> bool {
        self.pool.model.judged.get(hash).is_some_and(|judged| judged.accounts.is_some())
    }

    fn check(&self) {
        self.pool.model.check(&self.chain, true);
        assert_eq!(self.active.last(), Some(&self.chain.tip()), "every change of the tip was told");
    }

    /// The active chain by height, and where its transactions stand; nothing else is on record.
    fn check_history(&self) {
        let heights = 0..=self.chain.height();
        let active: Vec<BlockHash> = heights.map(|height| self.chain.hash_at(height).expect("no holes")).collect();
        assert_eq!(active, self.active);
        let mut places: BTreeMap<Txid, (u32, u32)> = BTreeMap::new();
        for (height, hash) in (0..).zip(&active).skip(1) {
            for (position, transaction) in (0..).zip(&self.taken[hash].transactions) {
                let before = places.insert(transaction.txid(), (height, position));
                assert_eq!(before, None, "a transaction is on a chain once");
            }
        }
        for transaction in self.pool.blocks.iter().skip(1).flat_map(|block| &block.transactions) {
            let txid = transaction.txid();
            let place = self.chain.history().place(&txid).map(|place| (place.height, place.position));
            assert_eq!(place, places.get(&txid).copied());
        }
        for person in crate::pool::PEOPLE.iter() {
            let of = self.chain.history().of(&person.address).map(|place| (place.height, place.position));
            let of: Vec<(u32, u32)> = of.collect();
            assert!(
                of.is_sorted_by(|newer, older| newer > older)
                    && of.iter().all(|place| places.values().any(|known| known == place))
            );
        }
    }

    fn check_queries(&self) {
        for locator in [self.chain.locator(), self.chain.header_locator()] {
            assert_eq!(locator.last(), Some(&self.pool.model.genesis));
            assert!(locator.len() <= 32);
        }
        for height in [0, self.chain.height() / 2, self.chain.height()] {
            let from = self.chain.hash_at(height).expect("no holes");
            let headers = self.chain.headers_after(&[from], 3);
            let expected = (self.chain.height() - height).min(3);
            assert_eq!(headers.len(), expected as usize);
            assert!(headers.first().is_none_or(|header| header.prev_blockhash == from));
        }
    }

    /// What the chain holds, read back by height, and in no order beyond that.
    fn check_restart(&self) {
        let mut stored: Vec<(u32, BlockHash, u64)> = Vec::new();
        for hash in self.taken.keys() {
            // One that has proved invalid may be forgotten.
            let Some(entry) = self.chain.index().get(hash) else { continue };
            if let Status::Stored { arrival } = entry.status {
                stored.push((entry.height, *hash, arrival));
            }
        }
        stored.sort_unstable();
        let mut restored = Chain::with_limits(params(), self.limits);
        for (_, hash, arrival) in stored {
            let result = restored.restore_block(self.taken[&hash].clone(), arrival);
            assert!(result.is_ok() || !self.accounts_are_known(&hash), "{result:?}");
        }
        restored.activate();
        while let Some((_, hash)) = restored.wanted_bodies(1).first() {
            // An error is about a block that had not been judged before, and ends the replay.
            let _ = restored.read_back(self.taken[hash].clone());
            restored.activate();
        }
        self.pool.model.check(&restored, true);
        if !self.chain.is_stuck() {
            assert_eq!(restored.tip(), self.chain.tip());
            assert_eq!(restored.ledger().state_hash(), self.chain.ledger().state_hash());
        }
    }
}
