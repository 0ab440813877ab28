//! Blocks that other nodes follow and the relay's own does not have, because the network is parted: for whoever looks at the tree.
//!
//! The relay's node is a node like any and knows of its own part alone. Its control panel is where a class looks, so when
//! somebody says to follow a block that this node does not have, it is asked for its chain (`shared::node::shown_chain`). What is shown
//! is judged, kept beside the node and never given to it: a look must not heal what the host has parted. It is kept for as long as
//! somebody follows it whom the node cannot follow.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::header_rules::MEDIAN_TIME_SPAN;
use tabchain_shared::mining::share::{JobProof, ShareError};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::shown_chain::judge;
use tabchain_shared::node::tree_view::{TreeBlock, TreeMiner, TreePart};
use tabchain_shared::primitives::{Address, BlockHash, Header, NodeId, Target, Work};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::AppState;
use crate::clock::now;

/// Between two looks. Whoever follows unknown blocks at two of them in a row is asked: with every block somebody is a moment ahead.
const INTERVAL: Duration = Duration::from_secs(1);
/// Nodes that are asked at one look, each for another tip.
const MAX_ASKED: usize = 8;
/// How long an answer may take; the others wait for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Who has been asked in vain so often in a row is asked no more, until it is back among those whom the node can follow.
const MAX_FAILURES: u32 = 6;
/// Blocks that are kept, about 200 bytes each; of the branches with the most work.
const MAX_BLOCKS: usize = 1_000;
/// Blocks of one branch, the newest: no single one takes the place of the others.
const MAX_OF_BRANCH: usize = 250;

/// A block that was shown, and judged as far as that can be.
#[derive(Debug, Clone)]
struct ShownBlock {
    header: Header,
    height: u32,
    /// Of its chain up to it.
    chainwork: Work,
    miner: Address,
    /// Of its miner, as the coinbase has it.
    name: String,
}

type Blocks = HashMap<BlockHash, ShownBlock>;

/// What was shown and is not the node's own.
#[derive(Debug, Default)]
pub struct Elsewhere(Mutex<Blocks>);

/// What of it stands at some heights.
#[derive(Debug)]
pub struct Excerpt {
    /// Lowest first.
    blocks: Vec<(BlockHash, ShownBlock)>,
    /// Where it ends, if there is more.
    next: Option<u32>,
}

impl Elsewhere {
    fn blocks(&self) -> MutexGuard<'_, Blocks> {
        // No code that holds the lock can leave it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands at `limit` heights. To be taken before the node is asked for its own: what it has come to have by then is dropped here.
    pub fn excerpt(&self, from: u32, limit: usize) -> Excerpt {
        let all = self.blocks();
        let end = from.saturating_add(u32::try_from(limit).unwrap_or(u32::MAX));
        let here = all.iter().filter(|(_, block)| (from..end).contains(&block.height));
        let mut blocks: Vec<(BlockHash, ShownBlock)> = here.map(|(hash, block)| (*hash, block.clone())).collect();
        blocks.sort_by_key(|(hash, block)| (block.height, *hash));
        Excerpt { blocks, next: all.values().any(|block| block.height >= end).then_some(end) }
    }

    /// Keeps what leads to these blocks and drops everything else.
    fn retain(&self, followed: &HashSet<BlockHash>) {
        let mut blocks = self.blocks();
        let mut ends: Vec<(Work, BlockHash)> =
            followed.iter().filter_map(|hash| Some((blocks.get(hash)?.chainwork, *hash))).collect();
        ends.sort_unstable_by_key(|end| Reverse(*end));
        let mut kept = HashSet::new();
        for (_, end) in ends {
            let branch: Vec<BlockHash> = path_down(&blocks, end).take(MAX_OF_BRANCH).collect();
            if kept.len() + branch.len() <= MAX_BLOCKS {
                kept.extend(branch);
            }
        }
        blocks.retain(|hash, _| kept.contains(hash));
    }

    /// From a block that was shown downwards, each step twice as far as the one before.
    fn locator(&self, end: BlockHash) -> Vec<BlockHash> {
        let blocks = self.blocks();
        let steps = path_down(&blocks, end).enumerate().filter(|(below, _)| (below + 1).is_power_of_two());
        steps.map(|(_, hash)| hash).collect()
    }
}

impl Excerpt {
    /// Puts it into what the node has told of these heights, behind the node's own blocks of each.
    pub fn add_to(self, part: &mut TreePart) {
        let own: HashSet<BlockHash> = part.blocks.iter().map(|block| block.hash).collect();
        let is_here = |height: u32| part.next.is_none_or(|next| height < next);
        let others: Vec<_> =
            self.blocks.into_iter().filter(|(hash, block)| is_here(block.height) && !own.contains(hash)).collect();
        for (hash, block) in others {
            let number = part.miners.iter().position(|miner| miner.address == block.miner).unwrap_or_else(|| {
                part.miners.push(TreeMiner { address: block.miner, name: block.name });
                part.miners.len() - 1
            });
            part.blocks.push(TreeBlock {
                hash,
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
        part.next = part.next.or(self.next);
    }
}

/// A block that was shown and those below it, as far as they were shown.
fn path_down(blocks: &Blocks, tip: BlockHash) -> impl Iterator<Item = BlockHash> {
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
    #[error("it shows nothing that was not shown before")]
    Nothing,
    #[error("what it shows stands on {0}, which is not known here")]
    Parent(BlockHash),
    #[error("what it shows breaks a rule: {0}")]
    Rule(#[from] ShareError),
}

/// Looks again and again until the relay stops.
pub async fn keep_looking(relay: AppState, stop: CancellationToken) {
    let mut lookout = Lookout { relay, apart: HashMap::new() };
    let mut ticks = interval(INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let looks = async {
        loop {
            ticks.tick().await;
            lookout.look().await;
        }
    };
    // Nothing is lost that a look was about.
    let _: Option<std::convert::Infallible> = stop.run_until_cancelled(looks).await;
}

struct Lookout {
    relay: AppState,
    /// Nodes that follow blocks of which this relay's node has not even the headers.
    apart: HashMap<NodeId, Follower>,
}

/// A node that is elsewhere.
#[derive(Debug, Clone, Default)]
struct Follower {
    /// The last block that it followed or showed of those that are kept.
    seen: Option<BlockHash>,
    /// In a row.
    failures: u32,
    /// Before that it is not asked again.
    rests_until: Option<Instant>,
}

impl Follower {
    fn is_due(&self, at: Instant) -> bool {
        self.failures < MAX_FAILURES && self.rests_until.is_none_or(|until| until <= at)
    }

    fn failed(&mut self, at: Instant) {
        self.failures += 1;
        self.rests_until = Some(at + INTERVAL * 2_u32.pow(self.failures));
    }
}

impl Lookout {
    async fn look(&mut self) {
        let tips = self.relay.switchboard.tips();
        let asked: BTreeSet<BlockHash> = tips.iter().map(|(_, tip)| *tip).collect();
        let ask_node = move |node: &Node| {
            // One that reads its chain back will know these in a moment, and one that has the headers fetches the rest.
            let knows = |hash: &BlockHash| node.is_loading() || node.chain().index().contains(hash);
            (asked.into_iter().filter(knows).collect::<HashSet<_>>(), node.chain().locator())
        };
        // A relay that stops looks no more.
        let Ok((known, locator)) = self.relay.resident.query(ask_node).await else { return };
        let mut before = std::mem::take(&mut self.apart);
        let mut unseen: HashMap<BlockHash, NodeId> = HashMap::new();
        {
            let blocks = self.relay.elsewhere.blocks();
            let at = Instant::now();
            for (node, tip) in tips.into_iter().filter(|(_, tip)| !known.contains(tip)) {
                let known_before = before.remove(&node);
                let was_apart = known_before.is_some();
                let mut follower = known_before.unwrap_or_default();
                if blocks.contains_key(&tip) {
                    follower.seen = Some(tip);
                } else if was_apart && follower.is_due(at) && (follower.seen.is_some() || !unseen.contains_key(&tip)) {
                    // Of several with one tip rather one that goes on where it has ended.
                    unseen.insert(tip, node);
                }
                self.apart.insert(node, follower);
            }
        }
        let asks = unseen.values().take(MAX_ASKED).map(async |node| {
            let seen = self.apart.get(node).and_then(|follower| follower.seen);
            let shown = seen.map(|seen| self.relay.elsewhere.locator(seen)).unwrap_or_default();
            (*node, self.ask(*node, seen, shown.into_iter().chain(locator.iter().copied()).collect()).await)
        });
        for (node, answer) in join_all(asks).await {
            let Some(follower) = self.apart.get_mut(&node) else { continue };
            match answer {
                Ok(last) => *follower = Follower { seen: Some(last), ..Follower::default() },
                Err(reason) => {
                    tracing::debug!(%node, "a chain that this node does not have is not shown: {reason}");
                    follower.failed(Instant::now());
                }
            }
        }
        self.relay.elsewhere.retain(&self.apart.values().filter_map(|follower| follower.seen).collect());
    }

    /// Has a node show its chain above the first of these blocks that is on it; `seen` is the last that it has shown. Answers the last
    /// one now.
    async fn ask(&self, node: NodeId, seen: Option<BlockHash>, above: Vec<BlockHash>) -> Result<BlockHash, Unseen> {
        let (switchboard, command) = (&self.relay.switchboard, Command::ShowChain { above });
        let answer = switchboard.order(node, command.clone()).or_else(|| switchboard.order_away(node, command));
        let answer = timeout(PATIENCE, answer.ok_or(Unseen::Silence)?).await;
        let blocks = match answer.map_err(|_| Unseen::Silence)?.map_err(|_| Unseen::Silence)? {
            Answer::Chain { blocks } => blocks,
            Answer::Refused { reason } => return Err(Unseen::Refused(reason)),
            Answer::Done | Answer::Accepted { .. } => return Err(Unseen::Nothing),
        };
        let last = blocks.last().ok_or(Unseen::Nothing)?.header.hash();
        if Some(last) == seen {
            return Err(Unseen::Nothing);
        }
        let shown = self.judge(blocks).await?;
        self.relay.elsewhere.blocks().extend(shown);
        Ok(last)
    }

    /// Judges those of these blocks that are not kept yet.
    async fn judge(&self, blocks: Vec<JobProof>) -> Result<Vec<(BlockHash, ShownBlock)>, Unseen> {
        let fresh: Vec<JobProof> = {
            let kept = self.relay.elsewhere.blocks();
            blocks.into_iter().skip_while(|block| kept.contains_key(&block.header.hash())).collect()
        };
        let Some(parent) = fresh.first().map(|block| block.header.prev_blockhash) else { return Ok(Vec::new()) };
        let below = self.below(parent).await.ok_or(Unseen::Parent(parent))?;
        let params = self.relay.switchboard.params().clone();
        // A memory-hard proof of work takes its time.
        let judging = move || judge_all(fresh, &params, below);
        tokio::task::spawn_blocking(judging).await.map_err(|_| Unseen::Silence)?
    }

    /// A block that is kept or the node's own, as judging a block on it takes it.
    async fn below(&self, parent: BlockHash) -> Option<Below> {
        let (mut place, mut headers, mut at) = (None, Vec::new(), parent);
        {
            let blocks = self.relay.elsewhere.blocks();
            while let Some(block) = blocks.get(&at).filter(|_| headers.len() < MEDIAN_TIME_SPAN) {
                place.get_or_insert((block.height, block.chainwork));
                headers.push(block.header);
                at = block.header.prev_blockhash;
            }
        }
        let missing = MEDIAN_TIME_SPAN - headers.len();
        let own = self.relay.resident.query(move |node: &Node| {
            let index = node.chain().index();
            let standing = index.standing(&at).filter(|standing| matches!(standing.status, Status::Stored { .. }))?;
            let headers: Vec<Header> = index.ancestors(at).map(|(_, entry)| entry.header).take(missing).collect();
            Some(((standing.height, standing.chainwork), headers))
        });
        match own.await.ok()? {
            Some((own_place, own_headers)) => {
                place.get_or_insert(own_place);
                headers.extend(own_headers);
            }
            None if missing > 0 => return None,
            None => {}
        }
        let (height, chainwork) = place?;
        Some(Below { height, chainwork, headers })
    }
}

/// What is below a block that is judged.
#[derive(Debug)]
struct Below {
    /// Of its parent.
    height: u32,
    chainwork: Work,
    /// The parent's first, eleven or all that there are.
    headers: Vec<Header>,
}

fn judge_all(blocks: Vec<JobProof>, params: &Params, mut below: Below) -> Result<Vec<(BlockHash, ShownBlock)>, Unseen> {
    let mut shown = Vec::new();
    for block in blocks {
        let height = below.height + 1;
        let hash = judge(&block, params, &below.headers, height, now().seconds())?;
        let JobProof { header, coinbase, .. } = block;
        let work = header.bits.to_target().map_or_else(|_| unreachable!("it was judged"), Target::work);
        let chainwork = below.chainwork + work;
        below.headers.insert(0, header);
        below.headers.truncate(MEDIAN_TIME_SPAN);
        (below.height, below.chainwork) = (height, chainwork);
        let (miner, name) = (coinbase.recipient, coinbase.tag.to_string());
        shown.push((hash, ShownBlock { header, height, chainwork, miner, name }));
    }
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A branch of so many blocks above `parent`, the lowest first, each with one unit of work. Nobody judges them here.
    fn branch(parent: BlockHash, below: u32, length: u32, nonce: u32) -> Vec<(BlockHash, ShownBlock)> {
        let genesis = Params::regtest().genesis().header;
        let mut prev_blockhash = parent;
        let mut chainwork = Work::ZERO;
        let block_at = |height| {
            let header = Header { prev_blockhash, nonce, ..genesis };
            prev_blockhash = header.hash();
            chainwork = chainwork + genesis.bits.to_target().expect("a target").work();
            let miner = Address([u8::try_from(nonce).expect("few miners"); 20]);
            (header.hash(), ShownBlock { header, height, chainwork, miner, name: format!("miner {nonce}") })
        };
        (below + 1..=below + length).map(block_at).collect()
    }

    fn hashes(branch: &[(BlockHash, ShownBlock)]) -> Vec<BlockHash> {
        branch.iter().map(|(hash, _)| *hash).collect()
    }

    fn kept(elsewhere: &Elsewhere) -> HashSet<BlockHash> {
        elsewhere.blocks().keys().copied().collect()
    }

    #[test]
    fn a_locator_leads_down_the_highest_first() {
        let elsewhere = Elsewhere::default();
        let shown = branch(BlockHash([9; 32]), 10, 6, 1);
        let all = hashes(&shown);
        assert!(elsewhere.locator(all[5]).is_empty());
        elsewhere.blocks().extend(shown);
        assert_eq!(elsewhere.locator(all[5]), [all[5], all[4], all[2]]);
        assert_eq!(elsewhere.locator(all[0]), [all[0]]);
    }

    #[test]
    fn what_nobody_follows_any_more_is_dropped() {
        let elsewhere = Elsewhere::default();
        let long = branch(BlockHash([9; 32]), 10, 6, 1);
        let lost = branch(long[2].0, 13, 2, 2);
        let (all, gone) = (hashes(&long), hashes(&lost));
        elsewhere.blocks().extend(long.into_iter().chain(lost));
        elsewhere.retain(&HashSet::from([all[4]]));
        assert_eq!(kept(&elsewhere), all[..5].iter().copied().collect(), "{gone:?}");
        elsewhere.retain(&HashSet::from([gone[0]]));
        assert!(kept(&elsewhere).is_empty());
    }

    #[test]
    fn no_branch_crowds_out_those_with_more_work() {
        let elsewhere = Elsewhere::default();
        let longest = u32::try_from(MAX_OF_BRANCH).expect("a few hundred") + 50;
        let branches: Vec<_> = (1..=6).map(|nonce| branch(BlockHash([9; 32]), 0, longest - nonce, nonce)).collect();
        let ends: Vec<BlockHash> = branches.iter().map(|branch| branch[branch.len() - 1].0).collect();
        for branch in &branches {
            elsewhere.blocks().extend(branch.iter().cloned());
        }
        elsewhere.retain(&ends.iter().copied().collect());
        let kept = kept(&elsewhere);
        assert_eq!(kept.len(), MAX_BLOCKS);
        let has = |end: &BlockHash| kept.contains(end);
        assert!(ends[..4].iter().all(has) && !ends[4..].iter().any(has), "the ones with the most work");
        assert!(!kept.contains(&branches[0][0].0) && kept.contains(&branches[0][49].0), "the newest of each");
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
        elsewhere.blocks().extend(shown);
        let node_tells = TreePart {
            tip: all[0],
            height: 2,
            blocks: vec![own],
            miners: vec![TreeMiner { address: Address([1; 20]), name: "ada".into() }],
            left_out: 0,
            next: None,
        };
        let mut part = node_tells.clone();
        elsewhere.excerpt(0, 4).add_to(&mut part);
        let told = part.blocks.iter().map(|block| (block.hash, block.elsewhere));
        // The node has come to have the first meanwhile.
        assert_eq!(told.collect::<Vec<_>>(), [(all[0], false), (all[1], true)]);
        assert_eq!((part.blocks[1].miner, part.miners.len(), part.next), (Some(0), 1, Some(4)));
        let mut rest = TreePart { blocks: Vec::new(), miners: Vec::new(), ..node_tells };
        elsewhere.excerpt(4, 100).add_to(&mut rest);
        assert_eq!(rest.blocks.iter().map(|block| block.hash).collect::<Vec<_>>(), all[2..]);
        assert_eq!((rest.miners[0].name.as_str(), rest.next), ("miner 1", None));
    }

    #[test]
    fn who_is_asked_in_vain_rests_ever_longer_and_is_then_left_alone() {
        let at = Instant::now();
        let mut follower = Follower::default();
        assert!(follower.is_due(at));
        follower.failed(at);
        assert!(!follower.is_due(at + INTERVAL) && follower.is_due(at + INTERVAL * 2));
        follower.failed(at);
        assert!(!follower.is_due(at + INTERVAL * 3) && follower.is_due(at + INTERVAL * 4));
        (3..=MAX_FAILURES).for_each(|_| follower.failed(at));
        assert!(!follower.is_due(at + INTERVAL * 1_000_000));
    }
}
