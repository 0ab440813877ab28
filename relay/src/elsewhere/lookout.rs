//! Who is asked for what it follows, how often, and what becomes of the answer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::{Duration, Instant};

use futures::future::join_all;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::header_rules::MEDIAN_TIME_SPAN;
use tabchain_shared::mining::share::{JobProof, ShareError};
use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::shown_chain::judge;
use tabchain_shared::primitives::{BlockHash, Header, NodeId, Target, Work};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use super::ShownBlock;
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

/// What the relay's own node says to what others follow, and to what is kept.
struct Own {
    height: u32,
    /// Those of the followed blocks that it will come to by itself.
    known: HashSet<BlockHash>,
    /// Those of the kept blocks that it has, or knows to break a rule.
    judged: HashSet<BlockHash>,
}

impl Own {
    fn of(node: &Node, followed: BTreeSet<BlockHash>, kept: Vec<(BlockHash, BlockHash)>) -> Self {
        let index = node.chain().index();
        // One that reads its chain back will know these in a moment, and one that has the headers fetches the rest.
        let known = |hash: &BlockHash| node.is_loading() || index.contains(hash);
        let is_judged = |(hash, parent): &(BlockHash, BlockHash)| {
            let has_it = index.status(hash).is_some_and(|status| matches!(status, Status::Stored { .. }));
            has_it || [hash, parent].into_iter().any(|it| index.status(it) == Some(Status::Invalid))
        };
        let judged = kept.into_iter().filter(is_judged).map(|(hash, _)| hash).collect();
        Self { height: node.chain().height(), known: followed.into_iter().filter(known).collect(), judged }
    }
}

impl Lookout {
    async fn look(&mut self) {
        let tips = self.relay.switchboard.tips();
        let (asked, kept): (BTreeSet<BlockHash>, _) =
            (tips.iter().map(|(_, tip)| *tip).collect(), self.relay.elsewhere.links());
        // A relay that stops looks no more.
        let Ok(own) = self.relay.resident.query(move |node: &Node| Own::of(node, asked, kept)).await else { return };
        let mut before = std::mem::take(&mut self.apart);
        let mut unseen: HashMap<BlockHash, NodeId> = HashMap::new();
        {
            let blocks = self.relay.elsewhere.blocks();
            let at = Instant::now();
            for (node, tip) in tips.into_iter().filter(|(_, tip)| !own.known.contains(tip)) {
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
        if !unseen.is_empty() {
            self.ask_all(unseen.into_values().take(MAX_ASKED).collect()).await;
        }
        let followed = self.apart.values().filter_map(|follower| follower.seen).collect();
        self.relay.elsewhere.settle(&own.judged, &followed, own.height);
    }

    /// Has these nodes show what they follow, all at once.
    async fn ask_all(&mut self, nodes: Vec<NodeId>) {
        let Ok(locator) = self.relay.resident.query(|node: &Node| node.chain().locator()).await else { return };
        let asks = nodes.into_iter().map(async |node| {
            let seen = self.apart.get(&node).and_then(|follower| follower.seen);
            let shown = seen.map(|seen| self.relay.elsewhere.locator(seen)).unwrap_or_default();
            (node, self.ask(node, seen, shown.into_iter().chain(locator.iter().copied()).collect()).await)
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
