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
    bodies: BlockHashMap<Arc<CheckedBlock>>,
    /// Oldest first.
    order: VecDeque<BlockHash>,
    bytes: usize,
    pub limits: RecentLimits,
}

impl OffChain {
    pub fn new(limits: RecentLimits) -> Self {
        Self { bodies: BlockHashMap::default(), order: VecDeque::new(), bytes: 0, limits }
    }

    pub fn get(&self, hash: &BlockHash) -> Option<&Arc<CheckedBlock>> {
        self.bodies.get(hash)
    }

    /// Oldest first.
    pub fn bodies(&self) -> impl Iterator<Item = &Arc<CheckedBlock>> {
        self.order.iter().map(|hash| &self.bodies[hash])
    }

    pub fn insert(&mut self, body: Arc<CheckedBlock>) {
        self.bytes += body.size();
        self.order.push_back(body.hash());
        self.bodies.insert(body.hash(), body);
        while self.limits.are_exceeded(self.order.len(), self.bytes)
            && let Some(oldest) = self.order.front().copied()
        {
            self.remove(&oldest);
        }
    }

    pub fn remove(&mut self, hash: &BlockHash) -> Option<Arc<CheckedBlock>> {
        let body = self.bodies.remove(hash)?;
        self.bytes -= body.size();
        // Mostly the newest: a block comes in here and is connected at once.
        let position = self.order.iter().rposition(|other| other == hash).expect("each body has its place");
        self.order.remove(position);
        Some(body)
    }
}
