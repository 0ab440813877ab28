//! `/chain`, `/blocks/…` and `/headers`: what the resident's active chain holds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::snapshot::{BlockView, TransactionView};
use tabchain_shared::primitives::{BlockHash, Encode, MerkleRoot, NetworkId, NodeId, Work};
use tabchain_shared::wire::message::MAX_HEADERS;

use super::{Json, Page, Path, Problem, Query};
use crate::AppState;
use crate::archive::Found;

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

impl BlockAnswer {
    fn new(found: &Found, body: &CheckedBlock, tip_height: u32) -> Self {
        let Found { place, .. } = found;
        let positions = 0..body.txids().len();
        Self {
            version: body.header().version,
            merkle_root: body.header().merkle_root,
            confirmations: if place.active { tip_height - place.height + 1 } else { 0 },
            transactions: positions
                .filter_map(|position| TransactionView::in_block(body, position, place.height))
                .collect(),
            view: BlockView::new(body, *place),
        }
    }
}

pub async fn chain(State(relay): State<AppState>, Query(page): Query<Page>) -> Result<Json<ChainAnswer>, Problem> {
    let (from, limit) = page.bounds(DEFAULT_BLOCKS, MAX_BLOCKS)?;
    let from = u32::try_from(from).unwrap_or(u32::MAX);
    let answer = relay.resident.query(move |node| {
        let chain = node.chain();
        let hashes = (from..=chain.height()).take(limit).filter_map(|height| chain.hash_at(height));
        let blocks: Vec<Found> = hashes.filter_map(|hash| Found::new(node, hash)).collect();
        let tip = Tip { hash: chain.tip(), height: chain.height(), chainwork: chain.chainwork() };
        let head = ChainAnswer {
            network: chain.params().name.clone(),
            network_id: chain.network(),
            length: tip.height + 1,
            next: None,
            tip,
            chain: Vec::new(),
            peers: node.report(true).links.into_iter().map(|link| link.node).collect(),
        };
        (head, blocks)
    });
    let (mut answer, blocks) = answer.await?;
    let wanted = blocks.len();
    let bodies = relay.archive.bodies(blocks, MAX_CHAIN_BYTES).await;
    if wanted > 0 && bodies.is_empty() {
        return Err(unreadable(&from.to_string()));
    }
    let height = answer.tip.height;
    answer.chain = bodies.iter().map(|(found, body)| BlockAnswer::new(found, body, height)).collect();
    answer.next = answer.chain.last().map(|block| block.view.height + 1).filter(|next| *next <= height);
    Ok(Json(answer))
}

pub async fn block(
    State(relay): State<AppState>,
    Path(height_or_hash): Path<String>,
) -> Result<Json<BlockAnswer>, Problem> {
    let (found, body, tip_height) = find(&relay, &height_or_hash).await?;
    Ok(Json(BlockAnswer::new(&found, &body, tip_height)))
}

pub async fn raw_block(State(relay): State<AppState>, Path(height_or_hash): Path<String>) -> Result<Response, Problem> {
    let (_, body, _) = find(&relay, &height_or_hash).await?;
    Ok(octets(body.to_block().to_bytes()))
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

/// The active chain's block at a height, or any block by its hash; with it the height of the tip.
async fn find(relay: &AppState, height_or_hash: &str) -> Result<(Found, Arc<CheckedBlock>, u32), Problem> {
    let missing = || Problem::not_found(format!("this node has no block {height_or_hash}"));
    let hash = height_or_hash.parse::<BlockHash>();
    let height = match &hash {
        Ok(_) => 0,
        Err(_) if !height_or_hash.is_empty() && height_or_hash.bytes().all(|digit| digit.is_ascii_digit()) => {
            height_or_hash.parse().map_err(|_| missing())?
        }
        Err(_) => {
            let how = "name a block by its height or by its hash of 64 hexadecimal digits";
            return Err(Problem::bad_request(how));
        }
    };
    let found = relay.resident.query(move |node| {
        let hash = hash.ok().or_else(|| node.chain().hash_at(height))?;
        Some((Found::new(node, hash)?, node.chain().height()))
    });
    let (found, tip_height) = found.await?.ok_or_else(missing)?;
    let (found, body) = relay.archive.body(found).await.ok_or_else(|| unreadable(height_or_hash))?;
    Ok((found, body, tip_height))
}

/// For a block that was accepted and is in neither memory nor database.
pub fn unreadable(block: &str) -> Problem {
    let what = format!("block {block} could not be read back from this relay's database; its log says more");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, what)
}
