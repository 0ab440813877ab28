//! Every header that this node believes could matter, as a tree; bodies and ledger are elsewhere.
//!
//! A header is all that memory keeps of an old block, so it is kept small: about 160 bytes with the table that finds it.
//! Headers lie in the order in which they came, parents before children, and name their parent by its place in that order.
//! Those with a body stay for good; all others can be forgotten, and the places are given anew then.

mod recent;

use std::cmp::Reverse;

use hashbrown::HashTable;

use super::AcceptError;
use super::tree::MinerNumber;
use crate::consensus::header_rules::{HeaderContext, check_header, check_header_in_context};
use crate::consensus::{BlockError, HeaderError, Params};
use crate::primitives::{BlockHash, CompactTarget, Header, MerkleRoot, Work};
use recent::{Dates, Recent};

/// What the index knows of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub header: Header,
    pub height: u32,
    /// From genesis up to and including this block.
    pub chainwork: Work,
    pub status: Status,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The header is valid; the body has not come.
    HeaderOnly,
    /// The body has come, and so have all bodies below it. Numbered by arrival: of equal chains the first seen wins.
    Stored { arrival: u64 },
    /// This block or one below it breaks a rule.
    Invalid,
}

/// Of an [`Entry`], all but the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub height: u32,
    pub chainwork: Work,
    pub status: Status,
}

/// A header by its place in the order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u32);

impl Id {
    pub const GENESIS: Self = Self(0);

    pub fn number(self) -> u64 {
        self.0.into()
    }

    fn place(self) -> usize {
        self.0 as usize
    }
}

/// New places by old ones.
pub(super) struct Renumbered(Vec<Option<Id>>);

impl Renumbered {
    /// `None` for what was forgotten.
    pub fn get(&self, old: Id) -> Option<Id> {
        self.0[old.place()]
    }
}

/// An [`Entry`] as it is kept.
#[derive(Debug)]
struct Kept {
    hash: BlockHash,
    merkle_root: MerkleRoot,
    chainwork: Work,
    status: Status,
    version: u32,
    time: u32,
    bits: CompactTarget,
    nonce: u32,
    /// Genesis names itself.
    parent: Id,
    height: u32,
    /// Once its body has come; nobody mined genesis.
    miner: Option<MinerNumber>,
}

#[derive(Debug)]
pub struct BlockIndex {
    /// Never empty: genesis is first.
    kept: Vec<Kept>,
    by_hash: HashTable<Id>,
    /// The last two that came.
    newest: [(BlockHash, Id); 2],
    /// What judges the next header, if that builds on the last one that came.
    recent: Recent,
    arrivals: u64,
    /// How many have the status [`Status::Stored`].
    stored: usize,
    /// Most work among headers that are not known to be invalid.
    best_header: Id,
    /// Most work among stored blocks, first seen on a tie.
    best_candidate: Id,
}

/// The leading bytes, which proof of work leaves as random as any: its zeros are at the other end.
fn table_hash(hash: &BlockHash) -> u64 {
    u64::from_le_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes"))
}

impl BlockIndex {
    pub(super) fn new(genesis: Header) -> Self {
        let chainwork = genesis.bits.to_target().map(crate::primitives::Target::work).unwrap_or_default();
        let mut index = Self {
            kept: Vec::new(),
            by_hash: HashTable::new(),
            newest: [(genesis.hash(), Id::GENESIS); 2],
            recent: Recent::new(Id::GENESIS, genesis.bits, Dates::new(std::iter::once(genesis.time))),
            arrivals: 1,
            stored: 1,
            best_header: Id::GENESIS,
            best_candidate: Id::GENESIS,
        };
        let status = Status::Stored { arrival: 0 };
        index.insert(genesis.hash(), Id::GENESIS, Entry { header: genesis, height: 0, chainwork, status });
        index
    }

    pub(super) fn read_ahead(&self) -> u64 {
        self.kept.len() as u64 ^ u64::from(self.newest[1].1.0) ^ self.arrivals
    }

    /// The same of the header that came last.
    pub(super) fn read_ahead_of_newest(&self) -> u64 {
        let Kept { hash, time, height, .. } = &self.kept[self.newest[0].1.place()];
        table_hash(hash) ^ u64::from(*time) ^ u64::from(*height)
    }

    pub fn get(&self, hash: &BlockHash) -> Option<Entry> {
        self.id(hash).map(|id| self.entry(id))
    }

    pub fn contains(&self, hash: &BlockHash) -> bool {
        self.id(hash).is_some()
    }

    /// Height and status.
    pub fn place(&self, hash: &BlockHash) -> Option<(u32, Status)> {
        self.id(hash).map(|id| &self.kept[id.place()]).map(|kept| (kept.height, kept.status))
    }

    /// What a header's entry says beside the header, for which its parent's would have to be looked at.
    pub fn standing(&self, hash: &BlockHash) -> Option<Standing> {
        self.id(hash).map(|id| self.standing_of(id))
    }

    /// The same of a header's parent; genesis stands for its own.
    pub fn parent_standing(&self, hash: &BlockHash) -> Option<Standing> {
        self.id(hash).map(|id| self.standing_of(self.kept[id.place()].parent))
    }

    pub(super) fn standing_of(&self, id: Id) -> Standing {
        let Kept { height, chainwork, status, .. } = self.kept[id.place()];
        Standing { height, chainwork, status }
    }

    pub fn status(&self, hash: &BlockHash) -> Option<Status> {
        self.id(hash).map(|id| self.kept[id.place()].status)
    }

    /// Headers known, genesis included.
    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Headers without bodies, and those of invalid blocks.
    pub fn bare(&self) -> usize {
        self.kept.len() - self.stored
    }

    /// All that is known, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = BlockHash> {
        self.kept.iter().rev().map(|kept| kept.hash)
    }

    /// Headers whose bodies have not come, the newest first. Looks no further than there are any.
    pub fn without_bodies(&self) -> impl Iterator<Item = BlockHash> {
        let without = self.kept.iter().rev().filter(|kept| !matches!(kept.status, Status::Stored { .. }));
        without.take(self.bare()).filter(|kept| kept.status == Status::HeaderOnly).map(|kept| kept.hash)
    }

    /// Everything that is known, genesis first, parents before children.
    pub fn entries(&self) -> impl Iterator<Item = (BlockHash, Entry)> {
        (0..).map(Id).take(self.kept.len()).map(|id| (self.hash(id), self.entry(id)))
    }

    /// The number that the next body gets: how many have come, unless the store remembers more.
    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    pub fn best_header(&self) -> BlockHash {
        self.hash(self.best_header)
    }

    /// Whether the best header has more work than this one.
    pub(super) fn has_more_work(&self, than: Id) -> bool {
        self.best_header != than && self.kept[self.best_header.place()].chainwork > self.kept[than.place()].chainwork
    }

    pub(super) fn best_candidate(&self) -> Id {
        self.best_candidate
    }

    /// Mostly it is one of the newest that is looked for.
    pub(super) fn id(&self, hash: &BlockHash) -> Option<Id> {
        if let Some((_, id)) = self.newest.iter().find(|(newest, _)| newest == hash) {
            return Some(*id);
        }
        self.by_hash.find(table_hash(hash), |id| self.hash(*id) == *hash).copied()
    }

    /// The hash of a header if it is one of the last two that came: so that it need not be computed.
    pub fn hash_of_newest(&self, header: &Header) -> Option<BlockHash> {
        let is_it = |(_, id): &&(BlockHash, Id)| {
            let kept = &self.kept[id.place()];
            kept.merkle_root == header.merkle_root && self.entry(*id).header == *header
        };
        self.newest.iter().find(is_it).map(|(hash, _)| *hash)
    }

    pub(super) fn hash(&self, id: Id) -> BlockHash {
        self.kept[id.place()].hash
    }

    pub(super) fn height(&self, id: Id) -> u32 {
        self.kept[id.place()].height
    }

    pub(super) fn miner(&self, id: Id) -> Option<MinerNumber> {
        self.kept[id.place()].miner
    }

    pub(super) fn set_miner(&mut self, id: Id, miner: MinerNumber) {
        self.kept[id.place()].miner = Some(miner);
    }

    pub(super) fn entry(&self, id: Id) -> Entry {
        let kept = &self.kept[id.place()];
        let prev_blockhash = if id == Id::GENESIS { BlockHash::default() } else { self.hash(kept.parent) };
        let header = Header {
            version: kept.version,
            prev_blockhash,
            merkle_root: kept.merkle_root,
            time: kept.time,
            bits: kept.bits,
            nonce: kept.nonce,
        };
        Entry { header, height: kept.height, chainwork: kept.chainwork, status: kept.status }
    }

    /// `id` and everything below it, down to genesis.
    pub(super) fn ancestor_ids(&self, id: Id) -> impl Iterator<Item = Id> {
        std::iter::successors(Some(id), |id| (*id != Id::GENESIS).then(|| self.kept[id.place()].parent))
    }

    /// Whether `ancestor` is `id` or below it.
    pub(super) fn builds_on(&self, id: Id, ancestor: Id) -> bool {
        let height = self.height(ancestor);
        self.ancestor_ids(id).find(|id| self.height(*id) <= height) == Some(ancestor)
    }

    /// `hash` and everything below it, down to genesis. Empty if it is unknown.
    pub fn ancestors(&self, hash: BlockHash) -> impl Iterator<Item = (BlockHash, Entry)> {
        let ids = self.id(&hash).into_iter().flat_map(|id| self.ancestor_ids(id));
        ids.map(|id| (self.hash(id), self.entry(id)))
    }

    /// `hash` and everything below it down to the first whose body has come, without that. Empty if it is unknown.
    pub fn missing_below(&self, hash: BlockHash) -> impl Iterator<Item = BlockHash> {
        let ids = self.id(&hash).into_iter().flat_map(|id| self.ancestor_ids(id));
        ids.take_while(|id| self.kept[id.place()].status == Status::HeaderOnly).map(|id| self.hash(id))
    }

    /// What judging a child of `parent` needs.
    pub fn context(&self, parent: BlockHash) -> Option<HeaderContext> {
        self.id(&parent).map(|id| self.context_of(id))
    }

    fn context_of(&self, parent: Id) -> HeaderContext {
        let median_time = self.dates_of(parent).median();
        HeaderContext { parent: self.entry(parent).header, grandparent: self.grandparent(parent), median_time }
    }

    fn grandparent(&self, parent: Id) -> Option<Header> {
        (parent != Id::GENESIS).then(|| self.entry(self.kept[parent.place()].parent).header)
    }

    /// Of the last headers up to this one.
    fn dates_of(&self, id: Id) -> Dates {
        if self.recent.last == id {
            return self.recent.dates;
        }
        Dates::new(self.ancestor_ids(id).map(|id| self.kept[id.place()].time))
    }

    /// Bits that a child of `parent` must have.
    pub fn required_bits(&self, params: &Params, parent: BlockHash) -> Option<CompactTarget> {
        self.context(parent).map(|context| context.required_bits(params))
    }

    /// `hash` is the header's.
    pub(super) fn accept(
        &mut self,
        params: &Params,
        header: &Header,
        hash: BlockHash,
        now: u32,
    ) -> Result<bool, AcceptError> {
        if let Some(known) = self.id(&hash) {
            return match self.kept[known.place()].status {
                Status::Invalid => Err(BlockError::InvalidAncestor.into()),
                Status::HeaderOnly | Status::Stored { .. } => Ok(false),
            };
        }
        // Proof of work first: it is what makes sending headers cost something.
        let target = check_header(params, header)?;
        let parent = self.id(&header.prev_blockhash).ok_or(AcceptError::UnknownParent)?;
        let below = self.entry(parent);
        if below.status == Status::Invalid {
            return Err(BlockError::InvalidAncestor.into());
        }
        let dates = self.dates_of(parent);
        // Where the difficulty is fixed nobody asks for it.
        let grandparent = params.half_life.and_then(|_| self.grandparent(parent));
        let context = HeaderContext { parent: below.header, grandparent, median_time: dates.median() };
        check_header_in_context(params, header, &context, now)
            .map_err(|error: HeaderError| AcceptError::from(error))?;
        let work = if header.bits == self.recent.bits { self.recent.work } else { target.work() };
        let chainwork = below.chainwork + work;
        let entry = Entry { header: *header, height: below.height + 1, chainwork, status: Status::HeaderOnly };
        let id = self.insert(hash, parent, entry);
        self.recent = Recent { last: id, bits: header.bits, work, dates: dates.followed_by(header.time) };
        if chainwork > self.kept[self.best_header.place()].chainwork {
            self.best_header = id;
        }
        Ok(true)
    }

    fn insert(&mut self, hash: BlockHash, parent: Id, entry: Entry) -> Id {
        let id = Id(u32::try_from(self.kept.len()).expect("four billion headers fill no memory of ours"));
        // Room for an eighth more at a time: doubling would leave up to half of the memory empty. And in a short chain for few, for a
        // simulation has thousands of them.
        if self.kept.len() == self.kept.capacity() {
            self.kept.reserve_exact(self.kept.len() / 8 + 16);
        }
        let Entry { header: Header { version, merkle_root, time, bits, nonce, .. }, height, chainwork, status } = entry;
        let miner = None;
        self.kept.push(Kept {
            hash,
            merkle_root,
            chainwork,
            status,
            version,
            time,
            bits,
            nonce,
            parent,
            height,
            miner,
        });
        let kept = &self.kept;
        self.by_hash.insert_unique(table_hash(&hash), id, |id| table_hash(&kept[id.place()].hash));
        self.newest = [(hash, id), self.newest[0]];
        id
    }

    /// The body of an accepted header has come, and so have those of its ancestors. `arrival`: as stored earlier, or
    /// `None` for a block that comes only now.
    pub(super) fn body_arrived(&mut self, id: Id, arrival: Option<u64>) {
        let arrival = arrival.unwrap_or(self.arrivals);
        self.arrivals = self.arrivals.max(arrival.saturating_add(1));
        self.stored += usize::from(!matches!(self.kept[id.place()].status, Status::Stored { .. }));
        self.kept[id.place()].status = Status::Stored { arrival };
        if self.candidate_rank(id) > self.candidate_rank(self.best_candidate) {
            self.best_candidate = id;
        }
    }

    /// Most work wins, then the earliest arrival. `None` for what is no candidate.
    fn candidate_rank(&self, id: Id) -> Option<(Work, Reverse<u64>)> {
        let kept = &self.kept[id.place()];
        match kept.status {
            Status::Stored { arrival } => Some((kept.chainwork, Reverse(arrival))),
            Status::HeaderOnly | Status::Invalid => None,
        }
    }

    /// Forgets all [`Self::bare`] headers.
    pub(super) fn forget_bare(&mut self) -> Renumbered {
        let mut renumbered = Renumbered(vec![None; self.kept.len()]);
        let (all, by_hash) = (std::mem::take(&mut self.kept), &mut self.by_hash);
        by_hash.clear();
        for (old, mut kept) in all.into_iter().enumerate() {
            if !matches!(kept.status, Status::Stored { .. }) {
                continue;
            }
            let id = Id(u32::try_from(self.kept.len()).expect("fewer than before"));
            renumbered.0[old] = Some(id);
            kept.parent = renumbered.get(kept.parent).expect("parents come first, and have bodies where children have");
            let hash = kept.hash;
            self.kept.push(kept);
            let kept = &self.kept;
            by_hash.insert_unique(table_hash(&hash), id, |id| table_hash(&kept[id.place()].hash));
        }
        let last = self.kept.last().expect("genesis is always there");
        let id = Id(u32::try_from(self.kept.len() - 1).expect("fewer than before"));
        self.newest = [(last.hash, id); 2];
        self.by_hash.shrink_to_fit(|id| table_hash(&self.kept[id.place()].hash));
        self.best_candidate = renumbered.get(self.best_candidate).expect("a candidate has a body");
        self.best_header = self.best_candidate;
        let dates = Dates::new(self.ancestor_ids(id).map(|id| self.kept[id.place()].time));
        self.recent = Recent::new(id, last.bits, dates);
        renumbered
    }

    /// Marks a block and all its descendants invalid, and returns them. Walks all headers: rare, and it costs work.
    pub(super) fn condemn(&mut self, offender: Id) -> Vec<BlockHash> {
        let mut condemned = Vec::new();
        (self.best_header, self.best_candidate) = (Id::GENESIS, Id::GENESIS);
        // Parents come before children.
        for id in (0..).map(Id).take(self.kept.len()) {
            let parent = self.kept[id.place()].parent;
            let parent_is_invalid = self.kept[parent.place()].status == Status::Invalid;
            let kept = &mut self.kept[id.place()];
            if (id == offender || parent_is_invalid) && kept.status != Status::Invalid {
                self.stored -= usize::from(matches!(kept.status, Status::Stored { .. }));
                kept.status = Status::Invalid;
                condemned.push(kept.hash);
            }
            if kept.status == Status::Invalid {
                continue;
            }
            if self.kept[id.place()].chainwork > self.kept[self.best_header.place()].chainwork {
                self.best_header = id;
            }
            if self.candidate_rank(id) > self.candidate_rank(self.best_candidate) {
                self.best_candidate = id;
            }
        }
        condemned
    }
}
