//! The way to a better chain that forks off below what memory can undo: everything from genesis on is applied anew, beside
//! the active chain, from bodies that are read back from the store. Slow, and as exact as the first time; until it is
//! done, the active chain stays.

use std::sync::Arc;

use super::active::ActiveChain;
use super::block_index::{BlockIndex, Id, Renumbered};
use super::{Chain, RecentLimits, TipChange};
use crate::consensus::{BlockError, CheckedBlock};
use crate::primitives::{Block, BlockHash};

#[derive(Debug)]
pub(super) struct Replay {
    pub chain: ActiveChain,
    /// All that is to be applied, by height, genesis included.
    path: Vec<Id>,
}

impl Replay {
    pub fn new(index: &BlockIndex, target: Id, limits: RecentLimits) -> Self {
        let mut path: Vec<Id> = index.ancestor_ids(target).collect();
        path.reverse();
        Self { chain: ActiveChain::new(limits), path }
    }

    /// The index has given its headers new places. `None` if some on the way are gone, because a block has proved invalid.
    pub fn renumbered(mut self, renumbered: &Renumbered) -> Option<Self> {
        self.path = self.path.into_iter().map(|id| renumbered.get(id)).collect::<Option<_>>()?;
        self.chain.renumber(renumbered);
        Some(self)
    }

    pub fn target(&self) -> Id {
        *self.path.last().expect("genesis is always there")
    }

    /// Height of its end.
    pub fn target_height(&self) -> u32 {
        u32::try_from(self.path.len() - 1).expect("heights are 32 bits")
    }

    /// Leads to `target` instead, and keeps what both ways share. `false` if memory cannot undo what they do not.
    pub fn redirect(&mut self, index: &BlockIndex, target: Id) -> bool {
        let on_path = |id: Id| self.path.get(index.height(id) as usize) == Some(&id);
        let mut branch: Vec<Id> = index.ancestor_ids(target).take_while(|id| !on_path(*id)).collect();
        let fork_height = index.height(target) - u32::try_from(branch.len()).expect("heights are 32 bits");
        if fork_height < self.chain.floor() {
            return false;
        }
        while self.chain.height() > fork_height {
            self.chain.disconnect_tip();
        }
        branch.reverse();
        self.path.truncate(fork_height as usize + 1);
        self.path.extend(branch);
        true
    }

    /// What is applied next; `None` at the end.
    pub fn next(&self) -> Option<Id> {
        self.path.get(self.chain.height() as usize + 1).copied()
    }

    /// Height and hash of the next blocks, at most `limit`.
    pub fn wanted(&self, index: &BlockIndex, limit: usize) -> Vec<(u32, BlockHash)> {
        let next = self.path.iter().skip(self.chain.height() as usize + 1).take(limit);
        next.map(|id| (index.height(*id), index.hash(*id))).collect()
    }
}

impl Chain {
    /// Heights and hashes of the bodies that a replay needs next, lowest first: at most `limit`, none when there is no
    /// replay. Each is answered by [`Self::read_back`], or the replay ends with [`Self::give_up_replay`].
    pub fn wanted_bodies(&self, limit: usize) -> Vec<(u32, BlockHash)> {
        self.replay.as_ref().map_or_else(Vec::new, |replay| replay.wanted(&self.index, limit))
    }

    /// How high a replay has come, and how high it goes.
    pub fn replay_progress(&self) -> Option<(u32, u32)> {
        self.replay.as_ref().map(|replay| (replay.chain.height(), replay.target_height()))
    }

    /// Applies the next body of a replay; another one is ignored. When the replay has caught up with its branch, this one
    /// is the active chain; [`Self::activate`] weighs whatever else came meanwhile. After an error, which condemns the
    /// block, it leads the replay elsewhere or ends it.
    pub fn read_back(&mut self, block: Block) -> Result<Option<TipChange>, BlockError> {
        let Some(replay) = &mut self.replay else { return Ok(None) };
        let Some(id) = replay.next().filter(|id| self.index.hash(*id) == block.hash()) else { return Ok(None) };
        let Some(body) = CheckedBlock::recall(block) else {
            self.give_up_replay();
            return Ok(None);
        };
        if let Err(error) = replay.chain.connect(&self.params, id, Arc::new(body)) {
            self.condemn(id);
            return Err(error);
        }
        let best = self.index.best_candidate();
        if replay.next().is_none() && self.index.builds_on(best, replay.target()) {
            // The branch has grown meanwhile.
            replay.redirect(&self.index, best);
        }
        if replay.next().is_some() {
            return Ok(None);
        }
        Ok(self.replay.take().map(|replay| self.switch_to(replay.chain)))
    }

    /// The store does not have what a replay needs. The better chain is not followed, unless this one is restored anew.
    pub fn give_up_replay(&mut self) {
        if let Some(replay) = self.replay.take() {
            self.stuck_before = Some(replay.target());
        }
    }

    /// Whether there is a better chain that could not be followed, because the store did not have it.
    pub fn is_stuck(&self) -> bool {
        self.stuck_before.is_some()
    }

    /// Begins a replay of the chain to `best`, or leads the one under way there.
    pub(super) fn replay_to(&mut self, best: Id) {
        if self.stuck_before.is_some_and(|target| self.index.builds_on(best, target)) {
            return;
        }
        let leads_there = self
            .replay
            .as_mut()
            .is_some_and(|replay| self.index.builds_on(best, replay.target()) || replay.redirect(&self.index, best));
        if !leads_there {
            self.replay = Some(Replay::new(&self.index, best, self.limits));
        }
    }

    /// Puts a replayed chain in the active one's place.
    pub(super) fn switch_to(&mut self, replayed: ActiveChain) -> TipChange {
        let left = std::mem::replace(&mut self.active, replayed);
        let fork_height = self.active.fork_height(&left);
        let above_fork =
            |body: &&Arc<CheckedBlock>| self.index.get(&body.hash()).is_some_and(|entry| entry.height > fork_height);
        let disconnected = left.bodies().rev().filter(above_fork).cloned().collect();
        let connected = self.active.bodies().filter(above_fork).cloned().collect();
        let forgotten = (fork_height + 1..=left.floor()).rev();
        let ids = forgotten.filter_map(|height| Some((height, left.id_at(height)?)));
        let left_behind = ids.map(|(height, id)| (height, self.index.hash(id))).collect();
        self.switched(disconnected, left_behind, connected, fork_height)
    }
}
