//! When recent blocks were accepted and who sent them, for display: bounded by [`Config::remembered_blocks`](super::Config), the
//! oldest out first.

use std::collections::VecDeque;

use super::io::Time;
use crate::primitives::hash::BlockHashMap;
use crate::primitives::{BlockHash, NodeId};

#[derive(Debug, Default)]
pub(super) struct Arrivals {
    known: BlockHashMap<Arrival>,
    order: VecDeque<BlockHash>,
}

#[derive(Debug, Default)]
struct Arrival {
    at: Option<Time>,
    /// Absent for what was found here.
    from: Option<NodeId>,
}

impl Arrivals {
    pub fn time_of(&self, hash: &BlockHash) -> Option<Time> {
        self.known.get(hash)?.at
    }

    pub fn sender_of(&self, hash: &BlockHash) -> Option<NodeId> {
        self.known.get(hash)?.from
    }

    /// Who has sent a block that is about to be accepted.
    pub fn comes_from(&mut self, hash: BlockHash, node: NodeId) {
        self.known.entry(hash).or_default().from = Some(node);
    }

    pub fn came(&mut self, hash: BlockHash, at: Time, limit: usize) {
        self.known.entry(hash).or_default().at = Some(at);
        if self.order.len() >= limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(hash);
    }
}
