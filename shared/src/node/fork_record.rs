//! What a node saw of a fork: every block above the fork point that came to it, when and from whom, and the tip that it followed
//! meanwhile. [`crate::lab::what_if`] replays it with another order of arrivals.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::Node;
use super::io::Time;
use super::timeline::{TipView, What};
use crate::consensus::Params;
use crate::primitives::{Address, BlockHash, CompactTarget};

/// Blocks from one fork point on, that are recorded; what came after them is left out.
pub const MAX_RECORDED_BLOCKS: usize = 200;
/// A fork point is looked for so far below a block.
const MAX_FORK_DEPTH: u32 = 64;
/// Dates below the fork point that decide which dates may follow: the median of the last eleven.
pub const DATES_BELOW: usize = 11;

/// What a node saw of a fork
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ForkRecord {
    pub params: Params,
    /// The last block that all of them share.
    pub fork: TipView,
    /// Of the fork point.
    pub bits: CompactTarget,
    /// Dates of the fork point and up to ten blocks before it, its own last.
    pub dates: Vec<u32>,
    /// In the order in which they came here; at most 200.
    pub blocks: Vec<RecordedBlock>,
    /// Where the tip went among them.
    pub tips: Vec<RecordedTip>,
}

/// A block above a fork point
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedBlock {
    pub hash: BlockHash,
    pub parent: BlockHash,
    pub height: u32,
    /// The date in its header.
    pub time: u32,
    pub miner: Address,
    /// What its miner calls itself; may be empty.
    pub name: String,
    /// When it came here, by this node's clock.
    pub arrived: Time,
    /// This node found it.
    pub found_here: bool,
}

/// A move of the tip
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecordedTip {
    pub at: Time,
    pub hash: BlockHash,
}

/// Why a fork cannot be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoForkRecord {
    #[error("this node does not have that block")]
    Unknown,
    #[error("no other block competes with it: choose one of a fork")]
    NoFork,
    #[error("the fork is more than {MAX_FORK_DEPTH} blocks deep")]
    TooDeep,
    #[error("the fork is from before what this node remembers: choose a later one")]
    Forgotten,
}

impl Node {
    /// What this node saw of the fork that a block is part of.
    ///
    /// # Errors
    /// There is no such fork, or it is too deep or too old.
    pub fn fork_record(&self, block: BlockHash) -> Result<ForkRecord, NoForkRecord> {
        let fork = self.fork_below(block)?;
        let index = self.chain.index();
        let entry = index.get(&fork).ok_or(NoForkRecord::Unknown)?;
        let mut dates: Vec<u32> = index.ancestors(fork).take(DATES_BELOW).map(|(_, entry)| entry.header.time).collect();
        dates.reverse();

        let (mut blocks, mut tips): (Vec<RecordedBlock>, Vec<RecordedTip>) = (Vec::new(), Vec::new());
        let mut known = HashSet::from([fork]);
        for happening in self.timeline.happenings() {
            match happening.what {
                What::Arrived { .. } | What::Found if blocks.len() < MAX_RECORDED_BLOCKS => {
                    let Some(header) = index.get(&happening.hash).map(|entry| entry.header) else { continue };
                    let Some(miner) = self.chain.miner_of(&happening.hash) else { continue };
                    if !known.contains(&header.prev_blockhash) {
                        continue;
                    }
                    known.insert(happening.hash);
                    blocks.push(RecordedBlock {
                        hash: happening.hash,
                        parent: header.prev_blockhash,
                        height: happening.height,
                        time: header.time,
                        miner: miner.address,
                        name: miner.name.to_string(),
                        arrived: happening.at,
                        found_here: happening.what == What::Found,
                    });
                }
                What::Tip { .. } if happening.hash != fork && known.contains(&happening.hash) => {
                    tips.push(RecordedTip { at: happening.at, hash: happening.hash });
                }
                _ => {}
            }
        }
        if !blocks.iter().any(|it| it.hash == block) {
            return Err(NoForkRecord::Forgotten);
        }
        let fork = TipView { hash: fork, height: entry.height };
        Ok(ForkRecord { params: self.chain.params().clone(), fork, bits: entry.header.bits, dates, blocks, tips })
    }

    /// The last block that a block shares with all that compete with it.
    fn fork_below(&self, block: BlockHash) -> Result<BlockHash, NoForkRecord> {
        let entry = self.chain.index().get(&block).ok_or(NoForkRecord::Unknown)?;
        let rivals = self.chain.blocks_at(entry.height);
        if !rivals.iter().any(|it| it.hash == block) {
            return Err(NoForkRecord::Unknown);
        }
        let stale = rivals.iter().filter(|it| !it.active).map(|it| it.hash);
        let forks = stale.map(|hash| {
            let below = self.chain.index().ancestors(hash).take(MAX_FORK_DEPTH as usize + 1);
            below.map(|(hash, entry)| (entry.height, hash)).find(|(_, hash)| self.chain.is_active(hash))
        });
        let mut lowest: Option<(u32, BlockHash)> = None;
        for fork in forks {
            let fork = fork.ok_or(NoForkRecord::TooDeep)?;
            lowest = Some(lowest.map_or(fork, |lowest| lowest.min(fork)));
        }
        lowest.map(|(_, hash)| hash).ok_or(NoForkRecord::NoFork)
    }
}
