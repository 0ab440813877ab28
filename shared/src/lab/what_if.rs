//! What if a block had come earlier, or later? A node's record of a fork is replayed with that one arrival changed, and the real
//! rules say which tip it would have followed.
//!
//! The blocks are made anew in a lab's chain that goes on where the fork began: same parents, same dates, so the same targets to the
//! bit, and no payments. [`Chain`] then takes them in the order of their arrivals: most work wins, and of equals the first. Before
//! that the record is replayed as it was. If that does not give the tips which the node followed, there is no answer.
//!
//! What stays as it was are the blocks themselves: nobody knows what would have been found on another tip. Blocks that this very node
//! found on a tip that it would not have had are named.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::chain::{AcceptError, Accepted, Chain};
use crate::consensus::Params;
use crate::node::Time;
use crate::node::fork_record::{DATES_BELOW, ForkRecord, MAX_RECORDED_BLOCKS, RecordedBlock, RecordedTip};
use crate::pow::Algorithm;
use crate::primitives::{Address, Block, BlockHash, Coinbase, Header, Memo, Transaction, merkle_root};

/// The furthest that an arrival can be moved, ms: an hour.
pub const MAX_SHIFT_MILLIS: i64 = 3_600_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    pub record: ForkRecord,
    pub block: BlockHash,
    /// How much earlier it comes; negative: later.
    pub earlier_millis: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhatIf {
    /// When the block would have come: if its parent came later, with that.
    pub arrives: Time,
    /// Its parent was not here at the moment asked for, and it had to wait.
    pub waited: bool,
    /// It would have come before the date in its header: it had hardly been found.
    pub before_its_date: bool,
    /// The tips that the node followed.
    pub recorded: Vec<RecordedTip>,
    /// Those that it would have followed.
    pub changed: Vec<RecordedTip>,
    /// From when on they are others.
    pub parts: Option<Time>,
    /// Since when they are the same again; absent if they are not at the end.
    pub meets: Option<Time>,
    /// Blocks that this node found on a tip that it would not have had then.
    pub doubtful: Vec<BlockHash>,
    /// When the last block of the record came.
    pub end: Time,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum NoAnswer {
    #[error("the block is not in the record")]
    Unknown,
    #[error("an arrival can be moved by an hour at most")]
    TooFar,
    #[error("the record is damaged: {0}")]
    Damaged(Damage),
    #[error("replayed as it was, the record does not give the tips that the node followed: it had not seen everything")]
    NotReproduced,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Damage {
    #[error("it has more than {MAX_RECORDED_BLOCKS} blocks")]
    Blocks,
    #[error("its parameters are no network's")]
    Params,
    #[error("a block's parent is not in it")]
    Parent,
    #[error("a date breaks the rules")]
    Date,
}

/// What would have happened.
///
/// # Errors
/// The record is no node's, or does not explain what the node did.
pub fn what_if(question: &Question) -> Result<WhatIf, NoAnswer> {
    let Question { record, block, earlier_millis } = question;
    if earlier_millis.unsigned_abs() > MAX_SHIFT_MILLIS.unsigned_abs() {
        return Err(NoAnswer::TooFar);
    }
    let place = record.blocks.iter().position(|it| it.hash == *block).ok_or(NoAnswer::Unknown)?;
    let lab = Lab::new(record).map_err(NoAnswer::Damaged)?;
    let as_it_was: Vec<(Time, usize)> = record.blocks.iter().map(|it| it.arrived).zip(0..).collect();
    let before = lab.replay(as_it_was.clone()).map_err(NoAnswer::Damaged)?;
    if before.tips != record.tips {
        return Err(NoAnswer::NotReproduced);
    }

    let asked = Time(record.blocks[place].arrived.0.saturating_add_signed(-earlier_millis));
    let mut arrivals = as_it_was;
    let moved = arrivals.remove(place);
    // Of those that come in the same moment it is the first if it comes earlier, the last if later.
    let behind = arrivals.partition_point(|(at, _)| if *earlier_millis < 0 { *at <= asked } else { *at < asked });
    arrivals.insert(behind, (asked, moved.1));
    let after = lab.replay(arrivals).map_err(NoAnswer::Damaged)?;

    let (parts, meets) = difference(&before.tips, &after.tips, record.fork.hash);
    let arrives = after.arrived[place].ok_or(NoAnswer::Damaged(Damage::Parent))?;
    let is_doubtful = |(block, tip): (&RecordedBlock, &Option<BlockHash>)| {
        block.found_here && tip.is_some_and(|tip| tip != block.parent)
    };
    let doubtful = record.blocks.iter().zip(&after.tip_before).filter(|it| is_doubtful(*it));
    Ok(WhatIf {
        arrives,
        waited: arrives > asked,
        before_its_date: arrives.seconds() < record.blocks[place].time,
        doubtful: doubtful.map(|(block, _)| block.hash).filter(|hash| hash != block).collect(),
        recorded: before.tips,
        changed: after.tips,
        parts,
        meets,
        end: record.blocks.iter().map(|it| it.arrived).max().unwrap_or(asked).max(asked),
    })
}

/// When two histories of tips first differ, and since when they do not any more. Both begin at the fork point.
fn difference(one: &[RecordedTip], other: &[RecordedTip], fork: BlockHash) -> (Option<Time>, Option<Time>) {
    let tip_at =
        |tips: &[RecordedTip], time: Time| tips.iter().rev().find(|tip| tip.at <= time).map_or(fork, |tip| tip.hash);
    let mut moments: Vec<Time> = one.iter().chain(other).map(|tip| tip.at).collect();
    moments.sort_unstable();
    moments.dedup();
    let differs = |time: &&Time| tip_at(one, **time) != tip_at(other, **time);
    let parts = moments.iter().find(differs).copied();
    let last = moments.iter().rposition(|time| differs(&time));
    (parts, last.and_then(|last| moments.get(last + 1)).copied())
}

/// The record's blocks, made anew.
struct Lab {
    params: Params,
    /// What leads to the fork point, which is the last of them; none if that is genesis.
    below: Vec<Block>,
    blocks: Vec<Block>,
    /// From the lab's blocks to the record's.
    names: HashMap<BlockHash, BlockHash>,
}

struct Replay {
    tips: Vec<RecordedTip>,
    /// By the place of each block in the record, when it was taken in.
    arrived: Vec<Option<Time>>,
    /// The tip in that moment.
    tip_before: Vec<Option<BlockHash>>,
}

impl Lab {
    fn new(record: &ForkRecord) -> Result<Self, Damage> {
        if record.blocks.len() > MAX_RECORDED_BLOCKS {
            return Err(Damage::Blocks);
        }
        record.params.check().map_err(|_| Damage::Params)?;
        let (params, dates) = foundation(record)?;
        let mut lab = Self { params, below: Vec::new(), blocks: Vec::new(), names: HashMap::new() };
        // Targets follow from the blocks below, so that it takes a chain to make them.
        let mut chain = Chain::new(lab.params.clone());
        for date in dates {
            let block = lab.block_on(&chain, chain.tip(), date, None)?;
            accept(&mut chain, block.clone())?;
            lab.below.push(block);
        }
        lab.names.insert(chain.tip(), record.fork.hash);
        let mut anew: HashMap<BlockHash, BlockHash> = HashMap::from([(record.fork.hash, chain.tip())]);
        for recorded in &record.blocks {
            let parent = *anew.get(&recorded.parent).ok_or(Damage::Parent)?;
            let block = lab.block_on(&chain, parent, recorded.time, Some(recorded))?;
            accept(&mut chain, block.clone())?;
            anew.insert(recorded.hash, block.hash());
            lab.names.insert(block.hash(), recorded.hash);
            lab.blocks.push(block);
        }
        Ok(lab)
    }

    /// A block with nothing in it. The rules of its chain say which target it has.
    fn block_on(
        &self,
        chain: &Chain,
        parent: BlockHash,
        time: u32,
        recorded: Option<&RecordedBlock>,
    ) -> Result<Block, Damage> {
        let entry = chain.index().get(&parent).ok_or(Damage::Parent)?;
        let bits = chain.index().required_bits(&self.params, parent).ok_or(Damage::Parent)?;
        let height = entry.height + 1;
        let coinbase = Coinbase {
            height,
            recipient: recorded.map_or(Address([0; 20]), |it| it.miner),
            reward: self.params.subsidy_at(height),
            tag: Memo::default(),
        };
        let transaction = Transaction::Coinbase(coinbase);
        let root = merkle_root(&[transaction.txid()]).root;
        // One miner may have found two on one parent within a second.
        let nonce = u32::try_from(self.blocks.len()).map_err(|_| Damage::Blocks)?;
        let header = Header { version: 1, prev_blockhash: parent, merkle_root: root, time, bits, nonce };
        Ok(Block { header, transactions: vec![transaction] })
    }

    /// Lets the blocks come in this order. One whose parent is not here waits for it.
    fn replay(&self, arrivals: Vec<(Time, usize)>) -> Result<Replay, Damage> {
        let mut chain = Chain::new(self.params.clone());
        for block in &self.below {
            accept(&mut chain, block.clone())?;
        }
        let count = self.blocks.len();
        let mut replay = Replay { tips: Vec::new(), arrived: vec![None; count], tip_before: vec![None; count] };
        let mut waiting: Vec<usize> = Vec::new();
        for (at, place) in arrivals {
            waiting.push(place);
            // Whatever can follow on what has just come does so in the same moment.
            while let Some(next) = waiting.iter().position(|it| self.has_parent(&chain, *it)) {
                self.take_in(&mut chain, waiting.remove(next), at, &mut replay)?;
            }
        }
        Ok(replay)
    }

    fn has_parent(&self, chain: &Chain, place: usize) -> bool {
        chain.index().get(&self.blocks[place].header.prev_blockhash).is_some()
    }

    fn take_in(&self, chain: &mut Chain, place: usize, at: Time, replay: &mut Replay) -> Result<(), Damage> {
        replay.tip_before[place] = self.names.get(&chain.tip()).copied();
        replay.arrived[place] = Some(at);
        if let Accepted::TipChanged(_) = accept(chain, self.blocks[place].clone())? {
            let hash = *self.names.get(&chain.tip()).ok_or(Damage::Parent)?;
            replay.tips.push(RecordedTip { at, hash });
        }
        Ok(())
    }
}

/// A date was judged when the block first came, and its own clock is not in the record.
fn accept(chain: &mut Chain, block: Block) -> Result<Accepted, Damage> {
    chain.accept_block(block, u32::MAX).map_err(|error| match error {
        AcceptError::Invalid(_) => Damage::Date,
        AcceptError::UnknownParent | AcceptError::ParentWithoutBody => Damage::Parent,
    })
}

/// The rules of a chain that leads to the fork point, and the dates of its blocks after genesis. A low fork point has the chain that
/// it had; a higher one gets ten blocks at equal distances below its parent, which keep the target, so that what comes after has
/// the targets that it had: those follow from the fork point's and from the dates since its parent's.
fn foundation(record: &ForkRecord) -> Result<(Params, Vec<u32>), Damage> {
    let params = Params { algorithm: Algorithm::Oracle, ..record.params.clone() };
    let height = record.fork.height as usize;
    if height < DATES_BELOW {
        if record.dates.len() != height + 1 || record.dates[0] != params.genesis_time {
            return Err(Damage::Date);
        }
        return Ok((params, record.dates[1..].to_vec()));
    }
    let [.., parent, fork] = record.dates[..] else { return Err(Damage::Date) };
    let lowest = 10 * u64::from(params.spacing);
    let genesis_time = u64::from(parent).checked_sub(lowest).and_then(|time| u32::try_from(time).ok());
    let genesis_time = genesis_time.ok_or(Damage::Date)?;
    let below = (1..=10).map(|number| genesis_time + number * params.spacing);
    let dates = below.chain([fork]).collect();
    Ok((Params { genesis_time, start_bits: record.bits, ..params }, dates))
}
