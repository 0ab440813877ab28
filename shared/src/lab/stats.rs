//! What happened in a simulation, counted.

use std::collections::BTreeMap;

use super::byzantine::Misdeed;
use crate::chain::TipChange;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    pub events: u64,
    /// Frames handed to a link.
    pub frames: u64,
    /// Blocks connected, summed over the honest nodes.
    pub connected: u64,
    /// Tip changes that disconnected something, summed over the honest nodes.
    pub reorgs: u64,
    /// Most blocks that one tip change disconnected.
    pub max_depth: usize,
    /// Asked of stores, for peers, replays and blocks left behind by these.
    pub blocks_read_back: u64,
    pub crashes: u64,
    /// Writes that a crash undid.
    pub lost_writes: u64,
    pub partitions: u64,
    /// Links cut, by faults.
    pub cuts: u64,
    /// Payments answered `Accepted`.
    pub payments: u64,
    pub misdeeds: BTreeMap<Misdeed, u64>,
}

impl Stats {
    pub(super) fn tip_changed(&mut self, change: &TipChange) {
        self.connected += change.connected.len() as u64;
        self.reorgs += u64::from(change.is_reorg());
        self.max_depth = self.max_depth.max(change.depth());
    }

    /// Takes in another run's figures.
    pub fn add(&mut self, other: &Self) {
        self.events += other.events;
        self.frames += other.frames;
        self.connected += other.connected;
        self.reorgs += other.reorgs;
        self.max_depth = self.max_depth.max(other.max_depth);
        self.blocks_read_back += other.blocks_read_back;
        self.crashes += other.crashes;
        self.lost_writes += other.lost_writes;
        self.partitions += other.partitions;
        self.cuts += other.cuts;
        self.payments += other.payments;
        for (misdeed, count) in &other.misdeeds {
            *self.misdeeds.entry(*misdeed).or_default() += count;
        }
    }
}
