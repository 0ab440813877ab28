//! `/chain`, `/blocks/…` and `/headers`: what the resident's active chain holds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Node;
use tabchain_shared::node::snapshot::{BlockView, TransactionView};
use tabchain_shared::primitives::{BlockHash, Encode, MerkleRoot, NetworkId, NodeId, Work};
use tabchain_shared::wire::message::MAX_HEADERS;

use super::{Json, Page, Path, Problem, Query};
use crate::AppState;

/// Blocks in an answer of `/chain`.
const DEFAULT_BLOCKS: usize = 100;
const MAX_BLOCKS: usize = 500;
/// `/chain` ends early when its blocks have this many bytes: as JSON they are about three times as large.
const MAX_CHAIN_BYTES: usize = 4 * 1024 * 1024;

#[derive(Serialize)]
pub struct ChainAnswer {
    network: String,
    network_id: NetworkId,
    /// Blocks of the active chain, genesis included.
    length: u32,
    tip: Tip,
    chain: Vec<BlockAnswer>,
    /// Nodes that the resident is linked with.
    peers: Vec<NodeId>,
    /// Height to go on `from`, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
}

#[derive(Serialize)]
struct Tip {
    hash: BlockHash,
    height: u32,
    chainwork: Work,
}

#[derive(Serialize)]
pub struct BlockAnswer {
    #[serde(flatten)]
    view: BlockView,
    version: u32,
    merkle_root: MerkleRoot,
    /// Blocks from this one to the tip; 0 for a stale block.
    confirmations: u32,
    transactions: Vec<TransactionView>,
}

/// A block as the node's loop hands it out; the answer is made outside, where it holds nobody up.
struct Found {
    view: BlockView,
    body: Arc<CheckedBlock>,
    tip_height: u32,
}

impl Found {
    fn new(node: &Node, hash: &BlockHash) -> Option<Self> {
        let body = Arc::clone(node.chain().body(hash)?);
        Some(Self { view: node.block_view(hash)?, body, tip_height: node.chain().height() })
    }

    fn into_answer(self) -> BlockAnswer {
        let Self { view, body, tip_height } = self;
        let transactions = (0..body.txids().len())
            .filter_map(|position| TransactionView::in_block(&body, position, view.height))
            .collect();
        BlockAnswer {
            version: body.header().version,
            merkle_root: body.header().merkle_root,
            confirmations: if view.active { tip_height - view.height + 1 } else { 0 },
            transactions,
            view,
        }
    }
}

pub async fn chain(State(relay): State<AppState>, Query(page): Query<Page>) -> Result<Json<ChainAnswer>, Problem> {
    let (from, limit) = page.bounds(DEFAULT_BLOCKS, MAX_BLOCKS)?;
    let from = u32::try_from(from).unwrap_or(u32::MAX);
    let answer = relay.resident.query(move |node| {
        let chain = node.chain();
        let mut blocks = Vec::new();
        let mut bytes = 0;
        let mut next = from;
        while blocks.len() < limit
            && bytes < MAX_CHAIN_BYTES
            && let Some(found) = chain.hash_at(next).and_then(|hash| Found::new(node, &hash))
        {
            bytes += found.body.size();
            blocks.push(found);
            next += 1;
        }
        let tip = Tip { hash: chain.tip(), height: chain.height(), chainwork: chain.chainwork() };
        let head = ChainAnswer {
            network: chain.params().name.clone(),
            network_id: chain.network(),
            length: tip.height + 1,
            next: (next <= tip.height).then_some(next),
            tip,
            chain: Vec::new(),
            peers: node.report(true).links,
        };
        (head, blocks)
    });
    let (head, blocks) = answer.await?;
    Ok(Json(ChainAnswer { chain: blocks.into_iter().map(Found::into_answer).collect(), ..head }))
}

pub async fn block(
    State(relay): State<AppState>,
    Path(height_or_hash): Path<String>,
) -> Result<Json<BlockAnswer>, Problem> {
    Ok(Json(find(&relay, &height_or_hash).await?.into_answer()))
}

pub async fn raw_block(State(relay): State<AppState>, Path(height_or_hash): Path<String>) -> Result<Response, Problem> {
    let found = find(&relay, &height_or_hash).await?;
    Ok(octets(found.body.to_block().to_bytes()))
}

/// 80 bytes a header, one after the other.
pub async fn headers(State(relay): State<AppState>, Query(page): Query<Page>) -> Result<Response, Problem> {
    let (from, limit) = page.bounds(MAX_HEADERS, MAX_HEADERS)?;
    let headers = relay.resident.query(move |node| {
        let chain = node.chain();
        let heights = (from..from.saturating_add(limit)).map_while(|height| u32::try_from(height).ok());
        let hashes = heights.map_while(|height| chain.hash_at(height));
        hashes.filter_map(|hash| Some(chain.index().get(&hash)?.header.to_array())).collect::<Vec<_>>()
    });
    Ok(octets(headers.await?.concat()))
}

fn octets(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// The active chain's block at a height, or any block by its hash.
async fn find(relay: &AppState, height_or_hash: &str) -> Result<Found, Problem> {
    let missing = || Problem::not_found(format!("this node has no block {height_or_hash}"));
    if let Ok(hash) = height_or_hash.parse::<BlockHash>() {
        return relay.resident.query(move |node| Found::new(node, &hash)).await?.ok_or_else(missing);
    }
    if height_or_hash.is_empty() || !height_or_hash.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(Problem::bad_request("name a block by its height or by its hash of 64 hexadecimal digits"));
    }
    let height: u32 = height_or_hash.parse().map_err(|_| missing())?;
    let found = relay.resident.query(move |node| Found::new(node, &node.chain().hash_at(height)?));
    found.await?.ok_or_else(missing)
}
