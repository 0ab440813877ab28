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

/// Of one peer. There are as many as links, so it is small while little is missing.
#[derive(Debug, Default)]
pub(super) enum DownloadPlan {
    #[default]
    Nothing,
    /// The peer's tip is all.
    Tip(BlockHash),
    Path(Box<Path>),
}

#[derive(Debug)]
pub(super) struct Path {
    to: BlockHash,
    /// Lowest first.
    next: VecDeque<BlockHash>,
    /// More are missing above these.
    goes_on: bool,
}

impl DownloadPlan {
    fn new(index: &BlockIndex, to: BlockHash) -> Self {
        let mut missing = index.missing_below(to).peekable();
        if missing.next_if_eq(&to).is_some() && missing.peek().is_none() {
            return Self::Tip(to);
        }
        let mut path = Path { to, next: VecDeque::new(), goes_on: false };
        // Down from the tip, so that each is below those before it.
        for hash in index.missing_below(to) {
            path.next.push_front(hash);
            if path.next.len() > MAX_PLANNED_BLOCKS {
                path.next.pop_back();
                path.goes_on = true;
            }
        }
        Self::Path(Box::new(path))
    }

    /// Forgets what has arrived.
    fn catch_up(&mut self, index: &BlockIndex) {
        let has_arrived = |hash: &mut BlockHash| index.status(hash).is_none_or(|status| status != Status::HeaderOnly);
        match self {
            Self::Nothing => {}
            // Its chain may not be followed yet.
            Self::Tip(to) => {
                if has_arrived(to) {
                    *self = Self::Path(Box::new(Path { to: *to, next: VecDeque::new(), goes_on: false }));
                }
            }
            Self::Path(path) => while path.next.pop_front_if(has_arrived).is_some() {},
        }
    }

    fn runs_low(&self) -> bool {
        matches!(self, Self::Path(path) if path.goes_on && path.next.len() < DOWNLOAD_WINDOW)
    }

    pub fn to(&self) -> Option<BlockHash> {
        match self {
            Self::Nothing => None,
            Self::Tip(to) => Some(*to),
            Self::Path(path) => Some(path.to),
        }
    }

    /// Those that may be asked for now, lowest first. Whoever waits for a body waits for the first of them.
    pub fn window(&self) -> impl Iterator<Item = &BlockHash> {
        let (tip, path) = match self {
            Self::Nothing => (None, None),
            Self::Tip(tip) => (Some(tip), None),
            Self::Path(path) => (None, Some(&path.next)),
        };
        tip.into_iter().chain(path.into_iter().flatten()).take(DOWNLOAD_WINDOW)
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
            known.plan = to.map(|to| DownloadPlan::new(index, to)).unwrap_or_default();
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
            let DownloadPlan::Path(path) = DownloadPlan::new(chain.index(), hashes[length - 1]) else {
                panic!("more than one is missing");
            };
            assert!(path.next.iter().eq(&hashes[..expected]));
            assert_eq!(path.goes_on, length > expected);
        }
    }
}
