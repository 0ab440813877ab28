//! Which bodies are missing on the way to a peer's tip, and which of them come next.
//!
//! Headers may lead bodies by tens of thousands of blocks, and every peer may show a chain of its own; so a plan holds only the
//! lowest [`MAX_PLANNED_BLOCKS`] hashes, 32 KB, and is made anew from the index when it runs low: a walk down from the tip, once in
//! hundreds of blocks.

use std::collections::{HashSet, VecDeque};

use super::Node;
use super::config::{DOWNLOAD_WINDOW, MAX_PLANNED_BLOCKS};
use super::io::PeerId;
use crate::chain::block_index::{BlockIndex, Status};
use crate::primitives::BlockHash;

/// Of one peer. There are as many as links, and almost all are empty: those are small.
#[derive(Debug, Default)]
pub(super) struct DownloadPlan(Option<Box<Path>>);

#[derive(Debug)]
struct Path {
    to: BlockHash,
    /// The lowest. Mostly it is the only one, and takes no memory of its own.
    next: Option<BlockHash>,
    /// Those above it, lowest first.
    others: VecDeque<BlockHash>,
    /// More are missing above these.
    goes_on: bool,
}

impl Path {
    fn new(index: &BlockIndex, to: BlockHash) -> Self {
        let mut path = Self { to, next: None, others: VecDeque::new(), goes_on: false };
        // Down from the tip, so that each is below those before it.
        for hash in index.missing_below(to) {
            if let Some(above) = path.next.replace(hash) {
                path.others.push_front(above);
            }
            if path.len() > MAX_PLANNED_BLOCKS {
                path.others.pop_back();
                path.goes_on = true;
            }
        }
        path
    }

    fn len(&self) -> usize {
        usize::from(self.next.is_some()) + self.others.len()
    }
}

impl DownloadPlan {
    fn new(index: &BlockIndex, to: Option<BlockHash>) -> Self {
        Self(to.map(|to| Box::new(Path::new(index, to))))
    }

    /// Forgets what has arrived.
    fn catch_up(&mut self, index: &BlockIndex) {
        let Some(path) = &mut self.0 else { return };
        let has_arrived = |hash: &BlockHash| index.status(hash).is_none_or(|status| status != Status::HeaderOnly);
        while path.next.as_ref().is_some_and(has_arrived) {
            path.next = path.others.pop_front();
        }
    }

    fn runs_low(&self) -> bool {
        self.0.as_ref().is_some_and(|path| path.goes_on && path.len() < DOWNLOAD_WINDOW)
    }

    pub fn to(&self) -> Option<BlockHash> {
        self.0.as_ref().map(|path| path.to)
    }

    /// Those that may be asked for now, lowest first. Whoever waits for a body waits for the first of them.
    pub fn window(&self) -> impl Iterator<Item = &BlockHash> {
        self.0.iter().flat_map(|path| path.next.iter().chain(&path.others)).take(DOWNLOAD_WINDOW)
    }
}

impl Node {
    /// Brings a peer's plan up to date with its tip and with what has arrived.
    pub(super) fn plan_download(&mut self, peer: PeerId) {
        let tip = self.peers[&peer].tip;
        let to = self.better_chain(tip).map(|_| tip);
        let index = self.chain.index();
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.plan.catch_up(index);
        if known.plan.to() != to || known.plan.runs_low() {
            known.plan = DownloadPlan::new(index, to);
            self.has_plans |= to.is_some();
        }
    }

    /// Whether a peer that has shaken hands could be asked for this block next.
    pub(super) fn is_planned_by(&self, peer: PeerId, hash: &BlockHash) -> bool {
        let known = self.peers.get(&peer).filter(|known| known.ready);
        known.is_some_and(|known| known.plan.window().any(|planned| planned == hash))
    }

    /// All that could be asked for next.
    pub(super) fn planned_blocks(&self) -> HashSet<BlockHash> {
        self.peers.values().flat_map(|peer| peer.plan.window()).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::chain::Chain;
    use crate::consensus::Params;
    use crate::mining::nonce_search::NonceSearch;
    use crate::primitives::Header;

    /// However far headers lead, a plan holds so many; and they are the lowest ones.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_plan_holds_the_lowest_blocks_only() {
        let params = Params::regtest();
        let mut chain = Chain::new(params.clone());
        let mut hashes = Vec::new();
        let mut parent = params.genesis().header;
        for _ in 0..2 * MAX_PLANNED_BLOCKS + 10 {
            let mut header = Header { prev_blockhash: parent.hash(), time: parent.time + 1, ..parent };
            header.nonce = NonceSearch::for_bits(params.algorithm, &header).unwrap().run(0, 1_000).unwrap();
            chain.accept_header(&header, u32::MAX).unwrap();
            hashes.push(header.hash());
            parent = header;
        }
        for (length, expected) in
            [(10, 10), (MAX_PLANNED_BLOCKS, MAX_PLANNED_BLOCKS), (hashes.len(), MAX_PLANNED_BLOCKS)]
        {
            let plan = DownloadPlan::new(chain.index(), Some(hashes[length - 1]));
            let path = plan.0.unwrap();
            assert!(path.next.iter().chain(&path.others).eq(&hashes[..expected]));
            assert_eq!(path.goes_on, length > expected);
        }
    }
}
