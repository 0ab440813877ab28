//! Where the picture's blocks come from, beyond the newest: this tab's node, or the relay's.

use futures_util::future::{FutureExt, LocalBoxFuture};
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::node::timeline::TimelinePart;
use tabchain_shared::node::tree_view::{TreeOverview, TreePart};
use tabchain_shared::primitives::{BlockHash, NodeId};

use super::Believer;
use crate::bridge::{TreeAnswer, TreeQuestion};
use crate::operator;
use crate::state::NodeState;
use crate::text;

#[derive(Clone, Copy)]
pub enum Source {
    Node(NodeState),
    Relay(&'static dyn Remote),
}

/// A node that is asked over the network. By way of a table of functions: a page that asks none then does without the code that
/// reads the answers, which would be a part of the first load.
pub trait Remote: Sync {
    fn part(&self, from: u32, limit: usize) -> Answer<TreePart>;
    fn overview(&self, from: u32, to: u32) -> Answer<TreeOverview>;
    fn block(&self, hash: BlockHash) -> Answer<BlockView>;
    fn timeline(&self, whose: Option<NodeId>, from: u32) -> Answer<TimelinePart>;
    fn tips_at(&self, time: Time) -> Answer<Vec<Believer>>;
    fn fork(&self, block: BlockHash) -> Answer<String>;
}

type Answer<T> = LocalBoxFuture<'static, Result<T, String>>;

/// The relay's own node.
struct Relay;

impl Remote for Relay {
    fn part(&self, from: u32, limit: usize) -> Answer<TreePart> {
        operator::tree(from, limit).boxed_local()
    }

    fn overview(&self, from: u32, to: u32) -> Answer<TreeOverview> {
        operator::tree_overview(from, to).boxed_local()
    }

    fn block(&self, hash: BlockHash) -> Answer<BlockView> {
        async move { operator::block(&hash).await }.boxed_local()
    }

    fn timeline(&self, whose: Option<NodeId>, from: u32) -> Answer<TimelinePart> {
        operator::timeline(whose, from).boxed_local()
    }

    fn tips_at(&self, time: Time) -> Answer<Vec<Believer>> {
        let said = operator::tips_at(time);
        async move { Ok(said.await?.into_iter().map(Believer::of).collect()) }.boxed_local()
    }

    fn fork(&self, block: BlockHash) -> Answer<String> {
        async move { operator::fork(&block).await }.boxed_local()
    }
}

impl Source {
    pub const RELAY: Self = Self::Relay(&Relay);

    pub async fn part(self, from: u32, limit: usize) -> Result<TreePart, String> {
        match self {
            Self::Relay(relay) => relay.part(from, limit).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Part { from, limit }).await {
                Some(TreeAnswer::Part(part)) => Ok(part),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    pub async fn overview(self, from: u32, to: u32) -> Result<TreeOverview, String> {
        match self {
            Self::Relay(relay) => relay.overview(from, to).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Overview { from, to }).await {
                Some(TreeAnswer::Overview(overview)) => Ok(overview),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    pub async fn block(self, hash: BlockHash) -> Result<BlockView, String> {
        match self {
            Self::Relay(relay) => relay.block(hash).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Block { hash }).await {
                Some(TreeAnswer::Block(view)) => Ok(view),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    /// What a node came to believe; `whose`: another than the source's own, of which its relay has heard.
    pub async fn timeline(self, whose: Option<NodeId>, from: u32) -> Result<TimelinePart, String> {
        match self {
            Self::Relay(relay) => relay.timeline(whose, from).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Timeline { from }).await {
                Some(TreeAnswer::Timeline(part)) => Ok(part),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    /// Who else had said at a moment to follow which tip. A tab hears that of nobody but its peers, and keeps none of it.
    pub async fn tips_at(self, time: Time) -> Vec<Believer> {
        match self {
            Self::Relay(relay) => relay.tips_at(time).await.unwrap_or_default(),
            Self::Node(_) => Vec::new(),
        }
    }

    /// What the source's node saw of a fork, as JSON.
    pub async fn fork(self, block: BlockHash) -> Result<String, String> {
        match self {
            Self::Relay(relay) => relay.fork(block).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Fork { block }).await {
                Some(TreeAnswer::Fork(record)) => record,
                _ => Err(text!("tree-no-answer")),
            },
        }
    }
}
