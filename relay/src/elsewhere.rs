//! Blocks that other nodes follow and the relay's own does not have, because the network is parted: for whoever looks at the tree.
//!
//! The relay's node is a node like any and knows of its own part alone. Its control panel is where a class looks, so when
//! somebody says to follow a block that this node does not have, it is asked for its chain (`shared::node::shown_chain`). What is shown
//! is judged, kept beside the node and never given to it: a look must not heal what the host has parted. As soon as the node has a block
//! itself, it is forgotten here.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::header_rules::MEDIAN_TIME_SPAN;
use tabchain_shared::mining::share::{JobProof, ShareError};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::shown_chain::judge;
use tabchain_shared::node::tree_view::{TreeBlock, TreeMiner, TreePart};
use tabchain_shared::primitives::{Address, BlockHash, Header, NodeId};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::AppState;
use crate::clock::now;
use crate::rest::operations::ORDER_TIMEOUT;

/// Between two looks. Whoever follows an unknown block at two of them in a row is asked: with every block somebody is a moment ahead.
const INTERVAL: Duration = Duration::from_secs(1);
/// Nodes that are asked at one look, each for another tip.
const MAX_ASKED: usize = 8;
/// Blocks that are kept, about 200 bytes each.
const MAX_BLOCKS: usize = 1_000;
/// Ends of what was shown from which a locator leads down, so that a node goes on where it, or another one beside it, has ended.
const MAX_ENDS: usize = 4;

/// A block that was shown, and judged as far as that can be.
#[derive(Debug, Clone)]
struct ShownBlock {
    header: Header,
    height: u32,
    miner: Address,
    /// Of its miner, as the coinbase has it.
    name: String,
}

/// What was shown and is not the node's own.
#[derive(Debug, Default)]
pub struct Elsewhere(Mutex<HashMap<BlockHash, ShownBlock>>);

impl Elsewhere {
    fn blocks(&self) -> MutexGuard<'_, HashMap<BlockHash, ShownBlock>> {
        // No code that holds the lock can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what is kept at these heights into a part of the node's tree, behind the node's own blocks of each height.
    pub fn add_to(&self, part: &mut TreePart, from: u32, limit: usize) {
        let blocks = self.blocks();
        if blocks.is_empty() {
            // As almost always.
            return;
        }
        let end = part.next.unwrap_or_else(|| from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX)));
        let own: HashSet<BlockHash> = part.blocks.iter().map(|block| block.hash).collect();
        let is_here =
            |(hash, block): &(&BlockHash, &ShownBlock)| (from..end).contains(&block.height) && !own.contains(hash);
        let mut here: Vec<(&BlockHash, &ShownBlock)> = blocks.iter().filter(is_here).collect();
        here.sort_by_key(|(hash, block)| (block.height, **hash));
        for (hash, block) in here {
            let number = part.miners.iter().position(|miner| miner.address == block.miner).unwrap_or_else(|| {
                part.miners.push(TreeMiner { address: block.miner, name: block.name.clone() });
                part.miners.len() - 1
            });
            part.blocks.push(TreeBlock {
                hash: *hash,
                parent: block.header.prev_blockhash,
                height: block.height,
                miner: u32::try_from(number).ok(),
                time: block.header.time,
                active: false,
                elsewhere: true,
                received: None,
            });
        }
        // Stable: the node's own stay in front.
        part.blocks.sort_by_key(|block| block.height);
        if part.next.is_none() && blocks.values().any(|block| block.height >= end) {
            part.next = Some(end);
        }
    }

    /// Hashes of what was shown, the highest first: from its ends downwards, each step twice as far as the one before.
    fn locator(&self) -> Vec<BlockHash> {
        let blocks = self.blocks();
        let parents: HashSet<BlockHash> = blocks.values().map(|block| block.header.prev_blockhash).collect();
        let mut ends: Vec<(u32, BlockHash)> = blocks
            .iter()
            .filter(|(hash, _)| !parents.contains(hash))
            .map(|(hash, block)| (block.height, *hash))
            .collect();
        ends.sort_unstable_by_key(|end| Reverse(*end));
        let paths = ends.iter().take(MAX_ENDS).map(|(_, end)| path_down(&blocks, *end).enumerate());
        let steps = paths.flat_map(|path| path.filter(|(below, _)| (below + 1).is_power_of_two()));
        let mut locator: Vec<BlockHash> = steps.map(|(_, hash)| hash).collect();
        locator.sort_unstable_by_key(|hash| (Reverse(blocks.get(hash).map(|block| block.height)), *hash));
        locator.dedup();
        locator
    }

    /// Keeps blocks that follow on each other, if there is room beside those that lead to `tips`.
    fn keep(&self, shown: Vec<(BlockHash, ShownBlock)>, tips: &HashMap<NodeId, BlockHash>) -> bool {
        let mut blocks = self.blocks();
        if blocks.len() + shown.len() > MAX_BLOCKS {
            let followed: HashSet<BlockHash> = tips.values().flat_map(|tip| path_down(&blocks, *tip)).collect();
            let parent = shown.first().map(|(_, block)| block.header.prev_blockhash);
            let below: HashSet<BlockHash> = parent.into_iter().flat_map(|parent| path_down(&blocks, parent)).collect();
            blocks.retain(|hash, _| followed.contains(hash) || below.contains(hash));
        }
        let has_room = blocks.len() + shown.len() <= MAX_BLOCKS;
        if has_room {
            blocks.extend(shown);
        }
        has_room
    }
}

/// A block that was shown and those below it, as far as they were shown.
fn path_down(blocks: &HashMap<BlockHash, ShownBlock>, tip: BlockHash) -> impl Iterator<Item = BlockHash> {
    let hashes = std::iter::successors(Some(tip), |hash| Some(blocks.get(hash)?.header.prev_blockhash));
    hashes.take_while(|hash| blocks.contains_key(hash))
}

/// Why a node has shown nothing, or nothing that counts.
#[derive(Debug, thiserror::Error)]
enum Unseen {
    #[error("it did not answer")]
    Silence,
    #[error("it refuses: {0}")]
    Refused(String),
    #[error("it follows nothing else any more, or has it no longer in memory")]
    Nothing,
    #[error("what it shows stands on {0}, which is not known here")]
    Parent(BlockHash),
    #[error("what it shows breaks a rule: {0}")]
    Rule(#[from] ShareError),
    #[error("there is no room for more blocks that this node does not have")]
    NoRoom,
}

/// Looks again and again until the relay stops.
pub async fn keep_looking(relay: AppState, stop: CancellationToken) {
    let mut lookout = Lookout { relay, apart: HashMap::new(), given_up: HashMap::new() };
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        lookout.look().await;
    }
}

struct Lookout {
    relay: AppState,
    /// Nodes that followed a block that this relay's node did not have, at the last look.
    apart: HashMap<NodeId, BlockHash>,
    /// The tip for which each of them was asked in vain.
    given_up: HashMap<NodeId, BlockHash>,
}

impl Lookout {
    async fn look(&mut self) {
        let tips = self.relay.switchboard.tips();
        let shown: Vec<BlockHash> = self.relay.elsewhere.blocks().keys().copied().collect();
        let asked: BTreeSet<BlockHash> = tips.iter().map(|(_, tip)| *tip).chain(shown).collect();
        let ask_node = move |node: &Node| {
            let index = node.chain().index();
            let knows = |hash: &BlockHash| matches!(index.status(hash), Some(Status::Stored { .. } | Status::Invalid));
            (asked.into_iter().filter(knows).collect::<HashSet<_>>(), node.chain().locator())
        };
        // A relay that stops looks no more.
        let Ok((known, locator)) = self.relay.resident.query(ask_node).await else { return };
        self.relay.elsewhere.blocks().retain(|hash, _| !known.contains(hash));
        let apart: HashMap<NodeId, BlockHash> = tips.into_iter().filter(|(_, tip)| !known.contains(tip)).collect();
        let before = std::mem::replace(&mut self.apart, apart);
        self.given_up.retain(|node, tip| self.apart.get(node) == Some(tip));

        let mut unseen = HashMap::new();
        {
            let blocks = self.relay.elsewhere.blocks();
            for (node, tip) in &self.apart {
                if before.contains_key(node) && !blocks.contains_key(tip) && !self.given_up.contains_key(node) {
                    unseen.insert(*tip, *node);
                }
            }
        }
        let above: Vec<BlockHash> = self.relay.elsewhere.locator().into_iter().chain(locator).collect();
        let asks = unseen.values().take(MAX_ASKED).map(async |node| (*node, self.ask(*node, above.clone()).await));
        for (node, answer) in join_all(asks).await {
            if let Err(reason) = answer {
                tracing::debug!(%node, "a chain that this node does not have is not shown: {reason}");
                self.given_up.extend(self.apart.get(&node).map(|tip| (node, *tip)));
            }
        }
    }

    /// Has a node show its chain above the first of these blocks that is on it.
    async fn ask(&self, node: NodeId, above: Vec<BlockHash>) -> Result<(), Unseen> {
        let (switchboard, command) = (&self.relay.switchboard, Command::ShowChain { above });
        let answer = switchboard.order(node, command.clone()).or_else(|| switchboard.order_away(node, command));
        let answer = timeout(ORDER_TIMEOUT, answer.ok_or(Unseen::Silence)?).await;
        let blocks = match answer.map_err(|_| Unseen::Silence)?.map_err(|_| Unseen::Silence)? {
            Answer::Chain { blocks } => blocks,
            Answer::Refused { reason } => return Err(Unseen::Refused(reason)),
            Answer::Done | Answer::Accepted { .. } => return Err(Unseen::Nothing),
        };
        let shown = self.judge(blocks).await?;
        if self.relay.elsewhere.keep(shown, &self.apart) { Ok(()) } else { Err(Unseen::NoRoom) }
    }

    async fn judge(&self, blocks: Vec<JobProof>) -> Result<Vec<(BlockHash, ShownBlock)>, Unseen> {
        let parent = blocks.first().ok_or(Unseen::Nothing)?.header.prev_blockhash;
        let (parent_height, ancestors) = self.below(parent).await.ok_or(Unseen::Parent(parent))?;
        let params = self.relay.switchboard.params().clone();
        // A memory-hard proof of work takes its time.
        let judging = move || judge_all(blocks, &params, parent_height, ancestors);
        tokio::task::spawn_blocking(judging).await.map_err(|_| Unseen::Silence)?
    }

    /// The height of a block, and the headers from it on downwards that judging a block on it takes.
    async fn below(&self, parent: BlockHash) -> Option<(u32, Vec<Header>)> {
        let (mut height, mut ancestors, mut at) = (None, Vec::new(), parent);
        {
            let blocks = self.relay.elsewhere.blocks();
            while let Some(block) = blocks.get(&at).filter(|_| ancestors.len() < MEDIAN_TIME_SPAN) {
                height.get_or_insert(block.height);
                ancestors.push(block.header);
                at = block.header.prev_blockhash;
            }
        }
        let missing = MEDIAN_TIME_SPAN - ancestors.len();
        let own = self.relay.resident.query(move |node: &Node| {
            let (own_height, headers) = (node.block_place(&at)?.height, node.chain().index().ancestors(at));
            Some((own_height, headers.map(|(_, entry)| entry.header).take(missing).collect::<Vec<_>>()))
        });
        match own.await.ok()? {
            Some((own_height, headers)) => {
                height.get_or_insert(own_height);
                ancestors.extend(headers);
            }
            None if missing > 0 => return None,
            None => {}
        }
        Some((height?, ancestors))
    }
}

fn judge_all(
    blocks: Vec<JobProof>,
    params: &Params,
    parent_height: u32,
    mut ancestors: Vec<Header>,
) -> Result<Vec<(BlockHash, ShownBlock)>, Unseen> {
    let mut shown = Vec::new();
    for (height, block) in (parent_height + 1..).zip(blocks) {
        let hash = judge(&block, params, &ancestors, height, now().seconds())?;
        ancestors.insert(0, block.header);
        ancestors.truncate(MEDIAN_TIME_SPAN);
        let JobProof { header, coinbase, .. } = block;
        shown.push((hash, ShownBlock { header, height, miner: coinbase.recipient, name: coinbase.tag.to_string() }));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A branch of so many blocks above `parent`, the lowest first. They have no work: nobody judges them here.
    fn branch(parent: BlockHash, below: u32, length: u32, nonce: u32) -> Vec<(BlockHash, ShownBlock)> {
        let genesis = Params::regtest().genesis().header;
        let mut prev_blockhash = parent;
        let block_at = |height| {
            let header = Header { prev_blockhash, nonce, ..genesis };
            prev_blockhash = header.hash();
            let miner = Address([u8::try_from(nonce).expect("few miners"); 20]);
            (header.hash(), ShownBlock { header, height, miner, name: format!("miner {nonce}") })
        };
        (below + 1..=below + length).map(block_at).collect()
    }

    fn hashes(branch: &[(BlockHash, ShownBlock)]) -> Vec<BlockHash> {
        branch.iter().map(|(hash, _)| *hash).collect()
    }

    fn follows(tip: BlockHash) -> HashMap<NodeId, BlockHash> {
        HashMap::from([(NodeId([1; 8]), tip)])
    }

    #[test]
    fn a_locator_leads_down_from_each_end_the_highest_first() {
        let elsewhere = Elsewhere::default();
        assert!(elsewhere.locator().is_empty());
        let long = branch(BlockHash([9; 32]), 10, 6, 1);
        let short = branch(long[0].0, 11, 2, 2);
        let (a, b) = (hashes(&long), hashes(&short));
        assert!(elsewhere.keep(long, &HashMap::new()) && elsewhere.keep(short, &HashMap::new()));
        let locator = elsewhere.locator();
        let heights: Vec<u32> = locator.iter().map(|hash| elsewhere.blocks()[hash].height).collect();
        assert_eq!(heights, [16, 15, 13, 13, 12]);
        assert_eq!(BTreeSet::from_iter(locator), BTreeSet::from([a[5], a[4], a[2], b[1], b[0]]));
    }

    #[test]
    fn what_nobody_follows_makes_room() {
        let elsewhere = Elsewhere::default();
        let room = u32::try_from(MAX_BLOCKS).expect("a thousand");
        let followed = branch(BlockHash([9; 32]), 0, room - 5, 1);
        let left = branch(BlockHash([9; 32]), 0, 5, 2);
        let (tip, gone) = (followed[followed.len() - 1].0, left[0].0);
        assert!(elsewhere.keep(followed, &follows(tip)) && elsewhere.keep(left, &follows(tip)));
        let next = branch(tip, room - 5, 3, 3);
        assert!(elsewhere.keep(next.clone(), &follows(tip)));
        assert!(!elsewhere.blocks().contains_key(&gone) && elsewhere.blocks().contains_key(&next[2].0));
        let too_many = branch(next[2].0, room - 2, 3, 4);
        assert!(!elsewhere.keep(too_many, &follows(next[2].0)), "who is followed keeps its place");
        assert_eq!(elsewhere.blocks().len(), MAX_BLOCKS - 2);
    }

    #[test]
    fn a_part_of_the_tree_gets_what_is_at_its_heights() {
        let elsewhere = Elsewhere::default();
        let shown = branch(BlockHash([9; 32]), 1, 4, 1);
        let all = hashes(&shown);
        let own = TreeBlock {
            hash: all[0],
            parent: BlockHash([9; 32]),
            height: 2,
            miner: Some(0),
            time: 0,
            active: true,
            elsewhere: false,
            received: None,
        };
        assert!(elsewhere.keep(shown, &HashMap::new()));
        let node_tells = TreePart {
            tip: all[0],
            height: 2,
            blocks: vec![own],
            miners: vec![TreeMiner { address: Address([1; 20]), name: "ada".into() }],
            left_out: 0,
            next: None,
        };
        let mut part = node_tells.clone();
        elsewhere.add_to(&mut part, 0, 4);
        // The node has come to have the first meanwhile.
        assert_eq!(
            part.blocks.iter().map(|block| (block.hash, block.elsewhere)).collect::<Vec<_>>(),
            [(all[0], false), (all[1], true)]
        );
        assert_eq!((part.blocks[1].miner, part.miners.len(), part.next), (Some(0), 1, Some(4)));
        let mut rest = TreePart { blocks: Vec::new(), miners: Vec::new(), ..node_tells };
        elsewhere.add_to(&mut rest, 4, 100);
        assert_eq!(rest.blocks.iter().map(|block| block.hash).collect::<Vec<_>>(), all[2..]);
        assert_eq!((rest.miners[0].name.as_str(), rest.next), ("miner 1", None));
    }
}
