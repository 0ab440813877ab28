//! Where the picture's blocks come from, beyond the newest: this tab's node, or the relay's.

use tabchain_shared::node::snapshot::BlockView;
use tabchain_shared::node::tree_view::{TreeOverview, TreePart};
use tabchain_shared::primitives::BlockHash;

use crate::bridge::{TreeAnswer, TreeQuestion};
use crate::operator;
use crate::state::NodeState;
use crate::text;

#[derive(Clone, Copy)]
pub enum Source {
    Node(NodeState),
    Relay,
}

impl Source {
    pub async fn part(self, from: u32, limit: usize) -> Result<TreePart, String> {
        match self {
            Self::Relay => operator::tree(from, limit).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Part { from, limit }).await {
                Some(TreeAnswer::Part(part)) => Ok(part),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    pub async fn overview(self, from: u32, to: u32) -> Result<TreeOverview, String> {
        match self {
            Self::Relay => operator::tree_overview(from, to).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Overview { from, to }).await {
                Some(TreeAnswer::Overview(overview)) => Ok(overview),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }

    pub async fn block(self, hash: BlockHash) -> Result<BlockView, String> {
        match self {
            Self::Relay => operator::block(&hash).await,
            Self::Node(node) => match node.ask_tree(TreeQuestion::Block { hash }).await {
                Some(TreeAnswer::Block(view)) => Ok(view),
                _ => Err(text!("tree-no-answer")),
            },
        }
    }
}
