//! Every header that this node believes could matter, as a tree; bodies and ledger are elsewhere.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::AcceptError;
use crate::consensus::header_rules::{HeaderContext, check_header, check_header_in_context};
use crate::consensus::{BlockError, HeaderError, Params};
use crate::primitives::{BlockHash, CompactTarget, Header, Work};

#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// The body is here, and so are all bodies below it. Numbered by arrival: of equal chains the first seen wins.
    Stored { arrival: u64 },
    /// This block or one below it breaks a rule.
    Invalid,
}

#[derive(Debug)]
pub struct BlockIndex {
    entries: HashMap<BlockHash, Entry>,
    /// All hashes at a height, in the order in which their headers came.
    by_height: Vec<Vec<BlockHash>>,
    arrivals: u64,
    /// Most work among headers that are not known to be invalid.
    best_header: BlockHash,
    /// Most work among stored blocks, first seen on a tie.
    best_candidate: BlockHash,
}

impl BlockIndex {
    pub(super) fn new(genesis: Header) -> Self {
        let hash = genesis.hash();
        let chainwork = genesis.bits.to_target().map(crate::primitives::Target::work).unwrap_or_default();
        let entry = Entry { header: genesis, height: 0, chainwork, status: Status::Stored { arrival: 0 } };
        Self {
            entries: HashMap::from([(hash, entry)]),
            by_height: vec![vec![hash]],
            arrivals: 1,
            best_header: hash,
            best_candidate: hash,
        }
    }

    pub fn get(&self, hash: &BlockHash) -> Option<&Entry> {
        self.entries.get(hash)
    }

    /// Headers known, genesis included.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All headers known at a height, active, stale and invalid ones.
    pub fn at_height(&self, height: u32) -> &[BlockHash] {
        self.by_height.get(height as usize).map_or(&[], Vec::as_slice)
    }

    /// The greatest height of any known header.
    pub fn max_height(&self) -> u32 {
        u32::try_from(self.by_height.len() - 1).expect("heights are 32 bits")
    }

    pub fn best_header(&self) -> BlockHash {
        self.best_header
    }

    pub(super) fn best_candidate(&self) -> BlockHash {
        self.best_candidate
    }

    /// `hash` and everything below it, down to genesis. Empty if it is unknown.
    pub fn ancestors(&self, hash: BlockHash) -> impl Iterator<Item = (BlockHash, &Entry)> {
        let mut next = Some(hash);
        std::iter::from_fn(move || {
            let hash = next?;
            let entry = self.entries.get(&hash)?;
            next = (entry.height > 0).then_some(entry.header.prev_blockhash);
            Some((hash, entry))
        })
    }

    /// What judging a child of `parent` needs.
    pub fn context(&self, parent: BlockHash) -> Option<HeaderContext> {
        HeaderContext::new(self.ancestors(parent).map(|(_, entry)| entry.header))
    }

    /// Bits that a child of `parent` must have.
    pub fn required_bits(&self, params: &Params, parent: BlockHash) -> Option<CompactTarget> {
        self.context(parent).map(|context| context.required_bits(params))
    }

    pub(super) fn accept(&mut self, params: &Params, header: &Header, now: u32) -> Result<bool, AcceptError> {
        let hash = header.hash();
        if let Some(entry) = self.entries.get(&hash) {
            return match entry.status {
                Status::Invalid => Err(BlockError::InvalidAncestor.into()),
                Status::HeaderOnly | Status::Stored { .. } => Ok(false),
            };
        }
        // Proof of work first: it is what makes sending headers cost something.
        let target = check_header(params, header)?;
        let parent = self.entries.get(&header.prev_blockhash).ok_or(AcceptError::UnknownParent)?;
        if parent.status == Status::Invalid {
            return Err(BlockError::InvalidAncestor.into());
        }
        let (height, chainwork) = (parent.height + 1, parent.chainwork + target.work());
        let context = self.context(header.prev_blockhash).expect("the parent is indexed");
        check_header_in_context(params, header, &context, now)
            .map_err(|error: HeaderError| AcceptError::from(error))?;
        self.entries.insert(hash, Entry { header: *header, height, chainwork, status: Status::HeaderOnly });
        // A parent's height is indexed, so a new height is the next one.
        if self.by_height.len() <= height as usize {
            self.by_height.push(Vec::new());
        }
        self.by_height[height as usize].push(hash);
        if chainwork > self.entries[&self.best_header].chainwork {
            self.best_header = hash;
        }
        Ok(true)
    }

    /// The body of an accepted header is here, and so are those of its ancestors. `arrival`: as stored earlier, or
    /// `None` for a block that comes only now.
    pub(super) fn body_arrived(&mut self, hash: BlockHash, arrival: Option<u64>) {
        let arrival = arrival.unwrap_or(self.arrivals);
        self.arrivals = self.arrivals.max(arrival.saturating_add(1));
        self.entries.get_mut(&hash).expect("a body's header is accepted first").status = Status::Stored { arrival };
        if self.candidate_rank(&hash) > self.candidate_rank(&self.best_candidate) {
            self.best_candidate = hash;
        }
    }

    /// Most work wins, then the earliest arrival. `None` for what is no candidate.
    fn candidate_rank(&self, hash: &BlockHash) -> Option<(Work, Reverse<u64>)> {
        let entry = &self.entries[hash];
        match entry.status {
            Status::Stored { arrival } => Some((entry.chainwork, Reverse(arrival))),
            Status::HeaderOnly | Status::Invalid => None,
        }
    }

    /// Marks a block and all its descendants invalid, and returns them. Walks all entries: rare, and it costs work.
    pub(super) fn condemn(&mut self, offender: BlockHash) -> Vec<BlockHash> {
        // Parents before children, and of one height the first seen first: the same order on every node.
        let hashes: Vec<BlockHash> = self.by_height.iter().flatten().copied().collect();
        let mut condemned = Vec::new();
        for hash in &hashes {
            let parent = self.entries[hash].header.prev_blockhash;
            let parent_is_invalid = self.entries.get(&parent).is_some_and(|entry| entry.status == Status::Invalid);
            let entry = self.entries.get_mut(hash).expect("just listed");
            if (*hash == offender || parent_is_invalid) && entry.status != Status::Invalid {
                entry.status = Status::Invalid;
                condemned.push(*hash);
            }
        }
        self.best_header = hashes[0];
        for hash in &hashes {
            let entry = &self.entries[hash];
            if entry.status != Status::Invalid && entry.chainwork > self.entries[&self.best_header].chainwork {
                self.best_header = *hash;
            }
        }
        self.best_candidate =
            hashes.into_iter().max_by_key(|hash| self.candidate_rank(hash)).expect("genesis is never invalid");
        condemned
    }
}
