//! Bodies of blocks that are not on the active chain: stale ones, and those of a branch that may yet win. Bounded; the
//! oldest leave first, and can be read back from the store.

use std::collections::VecDeque;
use std::sync::Arc;

use super::RecentLimits;
use crate::consensus::CheckedBlock;
use crate::primitives::BlockHash;
use crate::primitives::hash::BlockHashMap;

#[derive(Debug)]
pub(super) struct OffChain {
    /// The one that came last, which mostly is connected at once.
    newest: Option<Arc<CheckedBlock>>,
    /// All others.
    bodies: BlockHashMap<Arc<CheckedBlock>>,
    /// Of these, oldest first.
    order: VecDeque<BlockHash>,
    bytes: usize,
    pub limits: RecentLimits,
}

impl OffChain {
    pub fn new(limits: RecentLimits) -> Self {
        Self { newest: None, bodies: BlockHashMap::default(), order: VecDeque::new(), bytes: 0, limits }
    }

    pub fn get(&self, hash: &BlockHash) -> Option<&Arc<CheckedBlock>> {
        self.newest.as_ref().filter(|newest| newest.hash() == *hash).or_else(|| self.bodies.get(hash))
    }

    /// Oldest first.
    pub fn bodies(&self) -> impl Iterator<Item = &Arc<CheckedBlock>> {
        self.order.iter().map(|hash| &self.bodies[hash]).chain(&self.newest)
    }

    pub fn insert(&mut self, body: Arc<CheckedBlock>) {
        self.bytes += body.size();
        if let Some(before) = self.newest.replace(body) {
            self.order.push_back(before.hash());
            self.bodies.insert(before.hash(), before);
        }
        while self.limits.are_exceeded(self.order.len() + 1, self.bytes)
            && let Some(oldest) = self.order.front().copied()
        {
            self.remove(&oldest);
        }
    }

    pub fn remove(&mut self, hash: &BlockHash) -> Option<Arc<CheckedBlock>> {
        let newest = self.newest.take_if(|newest| newest.hash() == *hash);
        let body = newest.or_else(|| self.remove_older(hash))?;
        self.bytes -= body.size();
        Some(body)
    }

    fn remove_older(&mut self, hash: &BlockHash) -> Option<Arc<CheckedBlock>> {
        let body = self.bodies.remove(hash)?;
        let position = self.order.iter().rposition(|other| other == hash).expect("each body has its place");
        self.order.remove(position);
        Some(body)
    }
}
