//! What happened in an arena: who found which block and when, when others heard of it, and what was undone.

use crate::chain::{Chain, TipChange};
use crate::node::Time;
use crate::primitives::hash::BlockHashMap;
use crate::primitives::{BlockHash, Txid};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    pub hash: BlockHash,
    pub miner: usize,
    pub at: Time,
}

/// A tip change that disconnected blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reorg {
    pub node: usize,
    pub at: Time,
    pub depth: usize,
    /// Transfers of the blocks that were disconnected.
    pub transfers: Vec<Txid>,
}

#[derive(Debug)]
pub struct Record {
    shares: Vec<f64>,
    found: Vec<Found>,
    by_hash: BlockHashMap<usize>,
    /// By block, as in `found`: how many others have it as their tip or below, and the sum of their delays by share, ms.
    heard: Vec<(usize, f64)>,
    /// Node and delay, ms, of all blocks as they came, if they are kept.
    delays: Option<Vec<(u32, u32)>>,
    reorgs: Vec<Reorg>,
    /// Links that nodes hung up.
    pub(super) hung_up: Vec<String>,
}

impl Record {
    pub(super) fn new(shares: Vec<f64>) -> Self {
        Self {
            shares,
            found: Vec::new(),
            by_hash: BlockHashMap::default(),
            heard: Vec::new(),
            delays: None,
            reorgs: Vec::new(),
            hung_up: Vec::new(),
        }
    }

    /// In the order in which they were found.
    pub fn found(&self) -> &[Found] {
        &self.found
    }

    pub fn reorgs(&self) -> &[Reorg] {
        &self.reorgs
    }

    /// Why nodes hung up on each other. In an experiment nobody has a reason to.
    pub fn hung_up(&self) -> &[String] {
        &self.hung_up
    }

    pub fn miner_of(&self, hash: &BlockHash) -> Option<usize> {
        self.by_hash.get(hash).map(|number| self.found[*number].miner)
    }

    /// Blocks found that are not on this chain. Those who know it best have the whole network's.
    pub fn stale(&self, chain: &Chain) -> usize {
        self.found.iter().filter(|found| !chain.is_active(&found.hash)).count()
    }

    /// Seconds, of each block that everybody has: the mean time until the others had it, weighted by their hash rates; the
    /// finder's own is nothing.
    pub fn effective_delays(&self) -> impl Iterator<Item = f64> {
        let others = self.shares.len() - 1;
        self.heard.iter().filter(move |(count, _)| *count == others).map(|(_, sum)| sum / 1_000.0)
    }

    /// From now on delays are kept one by one.
    pub(super) fn keep_delays(&mut self) {
        self.delays = Some(Vec::new());
    }

    /// How long blocks took to other nodes, ms, if that is kept.
    pub fn delays(&self) -> impl Iterator<Item = u32> {
        self.delays.iter().flatten().map(|(_, delay)| *delay)
    }

    /// How long blocks took to one node, ms, if that is kept.
    pub fn delays_of(&self, node: usize) -> impl Iterator<Item = u32> {
        self.delays.iter().flatten().filter(move |(of, _)| *of as usize == node).map(|(_, delay)| *delay)
    }

    pub(super) fn was_found(&mut self, hash: BlockHash, miner: usize, at: Time) {
        self.by_hash.insert(hash, self.found.len());
        self.found.push(Found { hash, miner, at });
        self.heard.push((0, 0.0));
    }

    pub(super) fn tip_changed(&mut self, node: usize, change: &TipChange, now: Time) {
        // Who follows a rival learns of a block long before it follows it; so what comes with others, or in their place, is not
        // timed, and such a block has no delay that all nodes are in.
        if let [block] = &change.connected[..]
            && !change.is_reorg()
            && let Some(number) = self.by_hash.get(&block.hash()).copied()
        {
            self.heard(node, number, now);
        }
        if change.is_reorg() {
            let of_blocks = change.disconnected.iter().flat_map(|block| block.txids().iter().skip(1));
            let transfers = of_blocks.copied().collect();
            self.reorgs.push(Reorg { node, at: now, depth: change.depth(), transfers });
        }
    }

    fn heard(&mut self, node: usize, number: usize, now: Time) {
        let found = self.found[number];
        if found.miner == node {
            return;
        }
        let delay = now.millis_since(found.at);
        #[expect(clippy::cast_precision_loss)]
        let millis = delay as f64;
        let heard = &mut self.heard[number];
        *heard = (heard.0 + 1, heard.1 + millis * self.shares[node]);
        if let Some(delays) = &mut self.delays {
            let node = u32::try_from(node).expect("nodes are in memory");
            delays.push((node, u32::try_from(delay).unwrap_or(u32::MAX)));
        }
    }
}
