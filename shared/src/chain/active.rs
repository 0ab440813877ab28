//! The active chain: which header is at which height, the ledger and the history at its tip, and its newest blocks
//! together with what undoes them. Older bodies are in the store and nowhere else.

use std::collections::VecDeque;
use std::sync::Arc;

use super::RecentLimits;
use super::block_index::{Id, Renumbered};
use super::history::History;
use super::ledger::{Ledger, Undo};
use crate::consensus::{BlockError, CheckedBlock, Params};

#[derive(Debug)]
pub(super) struct ActiveChain {
    /// By height; genesis is always there.
    ids: Vec<Id>,
    /// The last of them.
    tip: Id,
    pub ledger: Ledger,
    pub history: History,
    /// The newest blocks, oldest first. Genesis, which nothing undoes, is never among them.
    recent: VecDeque<Recent>,
    recent_bytes: usize,
    pub limits: RecentLimits,
}

#[derive(Debug)]
struct Recent {
    body: Arc<CheckedBlock>,
    undo: Undo,
}

impl ActiveChain {
    /// Only genesis.
    pub fn new(limits: RecentLimits) -> Self {
        Self {
            ids: vec![Id::GENESIS],
            tip: Id::GENESIS,
            ledger: Ledger::default(),
            history: History::default(),
            recent: VecDeque::new(),
            recent_bytes: 0,
            limits,
        }
    }

    pub fn tip(&self) -> Id {
        self.tip
    }

    pub fn height(&self) -> u32 {
        u32::try_from(self.ids.len() - 1).expect("heights are 32 bits")
    }

    pub fn id_at(&self, height: u32) -> Option<Id> {
        self.ids.get(height as usize).copied()
    }

    /// The index has given its headers new places.
    pub fn renumber(&mut self, renumbered: &Renumbered) {
        for id in &mut self.ids {
            *id = renumbered.get(*id).expect("an active block has a body");
        }
        self.tip = *self.ids.last().expect("genesis is always there");
    }

    /// The lowest height that the chain can be taken back to with what memory holds.
    pub fn floor(&self) -> u32 {
        self.height() - u32::try_from(self.recent.len()).expect("fewer than there are blocks")
    }

    pub fn body_at(&self, height: u32) -> Option<&Arc<CheckedBlock>> {
        let position = height.checked_sub(self.floor() + 1)?;
        self.recent.get(position as usize).map(|recent| &recent.body)
    }

    /// Bodies in memory, oldest first.
    pub fn bodies(&self) -> impl DoubleEndedIterator<Item = &Arc<CheckedBlock>> {
        self.recent.iter().map(|recent| &recent.body)
    }

    /// Applies the block after the tip, or refuses it and stays as it was.
    pub fn connect(&mut self, params: &Params, id: Id, body: Arc<CheckedBlock>) -> Result<(), BlockError> {
        let height = self.height() + 1;
        let undo = self.ledger.connect(params, &body, height)?;
        self.history.connect(&body);
        if self.ids.len() == self.ids.capacity() {
            self.ids.reserve_exact(self.ids.len() / 8 + 64);
        }
        self.ids.push(id);
        self.tip = id;
        self.recent_bytes += body.size();
        self.recent.push_back(Recent { body, undo });
        while self.limits.are_exceeded(self.recent.len(), self.recent_bytes)
            && let Some(oldest) = self.recent.pop_front()
        {
            self.recent_bytes -= oldest.body.size();
        }
        Ok(())
    }

    /// Reads where the next block will be added.
    pub fn read_ahead(&self) -> u64 {
        let newest = self.recent.back().map_or(0, |recent| recent.body.size());
        let oldest = self.recent.front().map_or(0, |recent| recent.body.size());
        (newest ^ oldest) as u64 ^ self.ids.last().map_or(0, |id| id.number()) ^ self.history.read_ahead()
    }

    /// Holds the tip's body in the one copy that others hold as well.
    pub fn share_tip(&mut self, body: &Arc<CheckedBlock>) {
        if let Some(tip) = self.recent.back_mut().filter(|tip| tip.body == *body) {
            tip.body = Arc::clone(body);
        }
    }

    /// Undoes the tip, which must be above [`Self::floor`].
    pub fn disconnect_tip(&mut self) -> Arc<CheckedBlock> {
        let Recent { body, undo } = self.recent.pop_back().expect("callers stay above the floor");
        self.recent_bytes -= body.size();
        self.ids.pop();
        self.tip = *self.ids.last().expect("genesis is always there");
        self.ledger.disconnect(undo);
        self.history.disconnect(&body);
        body
    }

    /// Height of the last block that both chains hold.
    pub fn fork_height(&self, other: &Self) -> u32 {
        let shared = self.ids.iter().zip(&other.ids).take_while(|(a, b)| a == b).count();
        u32::try_from(shared - 1).expect("both begin with genesis")
    }
}
