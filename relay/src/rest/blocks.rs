//! `/chain`, `/blocks/…` and `/headers/…`: what the resident's active chain holds.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Node;
use tabchain_shared::node::snapshot::{BlockView, TransactionView};
use tabchain_shared::primitives::{BlockHash, CompactTarget, Encode, Header, MerkleRoot, NetworkId, NodeId, Work};
use tabchain_shared::wire::message::MAX_HEADERS;
use utoipa::ToSchema;

use super::caching::{FOR_EVER, REVALIDATE};
use super::{Json, Page, Path, Problem, Query};
use crate::AppState;
use crate::archive::Found;

/// Blocks in an answer of `/chain`.
const DEFAULT_BLOCKS: usize = 100;
const MAX_BLOCKS: usize = 500;
/// `/chain` ends early when its blocks have this many bytes: as JSON they are about three times as large.
const MAX_CHAIN_BYTES: usize = 4 * 1024 * 1024;

/// A part of the active chain
#[derive(Serialize, ToSchema)]
#[schema(as = Chain)]
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

#[derive(Serialize, ToSchema)]
struct Tip {
    hash: BlockHash,
    height: u32,
    chainwork: Work,
}

/// A block with its transactions
#[derive(Serialize, ToSchema)]
#[schema(as = Block)]
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

/// The active chain, from a height on
///
/// At most 500 blocks come at once, or 4 MiB of them.
#[utoipa::path(get, path = "/chain", tag = "chain", params(Page),
    responses((status = 200, description = "Blocks with their transactions, the oldest first", body = ChainAnswer)))]
pub async fn chain(
    State(relay): State<AppState>,
    Query(page): Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
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
    let bodies = relay.archive.bodies(blocks, MAX_CHAIN_BYTES).await?;
    if wanted > 0 && bodies.is_empty() {
        return Err(unreadable(&from.to_string()));
    }
    let height = answer.tip.height;
    answer.chain = bodies.iter().map(|(found, body)| BlockAnswer::new(found, body, height)).collect();
    answer.next = answer.chain.last().map(|block| block.view.height + 1).filter(|next| *next <= height);
    Ok((page.link(&uri, answer.next), Json(answer)))
}

/// A block, by height or hash
///
/// By a hash also a stale one.
#[utoipa::path(get, path = "/blocks/{block}", tag = "chain",
    params(("block" = String, Path, description = "A height on the active chain, or a hash", pattern = "^([0-9]{1,9}|[0-9a-f]{64})$", example = "0")),
    responses(
        (status = 200, description = "The block with its transactions", body = BlockAnswer),
        (status = 404, description = "There is no such block"),
    ))]
pub async fn block(
    State(relay): State<AppState>,
    Path(height_or_hash): Path<String>,
) -> Result<Json<BlockAnswer>, Problem> {
    let (found, body, tip_height) = find(&relay, &height_or_hash).await?;
    Ok(Json(BlockAnswer::new(&found, &body, tip_height)))
}

/// A block's bytes, as on the wire
///
/// Under a hash they never change.
#[utoipa::path(get, path = "/blocks/{block}/raw", tag = "chain",
    params(("block" = String, Path, description = "A height on the active chain, or a hash", pattern = "^([0-9]{1,9}|[0-9a-f]{64})$", example = "0")),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "There is no such block"),
    ))]
pub async fn raw_block(State(relay): State<AppState>, Path(height_or_hash): Path<String>) -> Result<Response, Problem> {
    let (_, body, _) = find(&relay, &height_or_hash).await?;
    Ok((lasting(&height_or_hash), octets(body.to_block().to_bytes())).into_response())
}

/// Headers of the active chain, from a height on
///
/// 80 bytes each, one after the other; as JSON for who accepts that and not bytes. At most 2 000 come at once.
#[utoipa::path(get, path = "/headers", tag = "chain", params(Page),
    responses((status = 200, description = "Headers, the oldest first", content(
        (Vec<u8> = "application/octet-stream"),
        (Vec<HeaderAnswer> = "application/json"),
    ))))]
pub async fn headers(
    State(relay): State<AppState>,
    Query(page): Query<Page>,
    uri: Uri,
    head: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let (from, limit) = page.bounds(MAX_HEADERS, MAX_HEADERS)?;
    let headers = relay.resident.query(move |node| {
        let chain = node.chain();
        let heights = (from..from.saturating_add(limit)).map_while(|height| u32::try_from(height).ok());
        let found = heights.map_while(|height| Some((height, chain.index().get(&chain.hash_at(height)?)?.header)));
        (found.collect::<Vec<_>>(), chain.height())
    });
    let (headers, tip_height) = headers.await?;
    let next = headers.last().map(|(height, _)| height + 1).filter(|next| *next <= tip_height);
    let answer = if wants_json(&head) {
        let entries = headers.iter().map(|(height, header)| HeaderAnswer::new(*height, header));
        Json(entries.collect::<Vec<_>>()).into_response()
    } else {
        octets(headers.iter().flat_map(|(_, header)| header.to_array()).collect())
    };
    Ok((page.link(&uri, next), [(header::VARY, "accept")], answer))
}

/// A header, by height or hash
///
/// As JSON, or its 80 bytes for who accepts bytes and not JSON. Under a hash it never changes.
#[utoipa::path(get, path = "/headers/{block}", tag = "chain",
    params(("block" = String, Path, description = "A height on the active chain, or a hash", pattern = "^([0-9]{1,9}|[0-9a-f]{64})$", example = "0")),
    responses(
        (status = 200, description = "The header", content(
            (HeaderAnswer = "application/json"),
            (Vec<u8> = "application/octet-stream"),
        )),
        (status = 404, description = "There is no such block"),
    ))]
pub async fn header(
    State(relay): State<AppState>,
    Path(height_or_hash): Path<String>,
    head: HeaderMap,
) -> Result<impl IntoResponse, Problem> {
    let named = Named::parse(&height_or_hash)?;
    let found = relay.resident.query(move |node| {
        let entry = node.chain().index().get(&named.hash(node)?)?;
        Some((entry.height, entry.header))
    });
    let (height, found) = found.await?.ok_or_else(|| missing(&height_or_hash))?;
    let answer = if wants_octets(&head) {
        octets(found.to_array().to_vec())
    } else {
        Json(HeaderAnswer::new(height, &found)).into_response()
    };
    Ok((lasting(&height_or_hash), [(header::VARY, "accept")], answer))
}

/// A header, in words and as its bytes
#[derive(Serialize, ToSchema)]
#[schema(as = BlockHeader)]
pub struct HeaderAnswer {
    hash: BlockHash,
    height: u32,
    version: u32,
    prev_blockhash: BlockHash,
    merkle_root: MerkleRoot,
    time: u32,
    bits: CompactTarget,
    nonce: u32,
    /// All of it.
    raw: Header,
}

impl HeaderAnswer {
    fn new(height: u32, header: &Header) -> Self {
        let Header { version, prev_blockhash, merkle_root, time, bits, nonce } = *header;
        Self { hash: header.hash(), height, version, prev_blockhash, merkle_root, time, bits, nonce, raw: *header }
    }
}

fn wants_json(head: &HeaderMap) -> bool {
    accepts(head, "application/json") && !accepts(head, "application/octet-stream")
}

fn wants_octets(head: &HeaderMap) -> bool {
    accepts(head, "application/octet-stream") && !accepts(head, "application/json")
}

fn accepts(head: &HeaderMap, kind: &str) -> bool {
    let values = head.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let mut kinds = values.flat_map(|value| value.split(','));
    kinds.any(|item| item.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(kind))
}

pub(super) fn octets(bytes: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/octet-stream")], bytes).into_response()
}

/// How long a copy of what was asked for under that name is good: a hash names the same for ever, a height after a reorg
/// another block.
fn lasting(height_or_hash: &str) -> [(header::HeaderName, HeaderValue); 1] {
    let is_hash = height_or_hash.parse::<BlockHash>().is_ok();
    [(header::CACHE_CONTROL, if is_hash { FOR_EVER } else { REVALIDATE })]
}

/// A block as it is named in an address.
#[derive(Debug, Clone, Copy)]
enum Named {
    ByHash(BlockHash),
    /// On the active chain.
    AtHeight(u32),
}

impl Named {
    fn parse(text: &str) -> Result<Self, Problem> {
        if let Ok(hash) = text.parse() {
            return Ok(Self::ByHash(hash));
        }
        if text.is_empty() || !text.bytes().all(|digit| digit.is_ascii_digit()) {
            let how = "name a block by its height or by its hash of 64 hexadecimal digits";
            return Err(Problem::bad_request(how));
        }
        // A height too large for a number is too large for the chain.
        text.parse().map(Self::AtHeight).map_err(|_| missing(text))
    }

    fn hash(self, node: &Node) -> Option<BlockHash> {
        match self {
            Self::ByHash(hash) => Some(hash),
            Self::AtHeight(height) => node.chain().hash_at(height),
        }
    }
}

fn missing(height_or_hash: &str) -> Problem {
    Problem::not_found(format!("this node has no block {height_or_hash}"))
}

/// The active chain's block at a height, or any block by its hash; with it the height of the tip.
async fn find(relay: &AppState, height_or_hash: &str) -> Result<(Found, Arc<CheckedBlock>, u32), Problem> {
    let named = Named::parse(height_or_hash)?;
    let found = relay.resident.query(move |node| Some((Found::new(node, named.hash(node)?)?, node.chain().height())));
    let (found, tip_height) = found.await?.ok_or_else(|| missing(height_or_hash))?;
    let (found, body) = relay.archive.body(found).await?.ok_or_else(|| unreadable(height_or_hash))?;
    Ok((found, body, tip_height))
}

/// For a block that was accepted and is in neither memory nor database.
pub fn unreadable(block: &str) -> Problem {
    let what = format!("block {block} could not be read back from this relay's database; its log says more");
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, what)
}
