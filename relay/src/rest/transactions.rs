//! `/transactions/…`: where a transaction is, its Merkle branch, and signed ones coming in.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tabchain_shared::chain::history::Place;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::block::merkle_branch;
use tabchain_shared::primitives::{BlockHash, Decode, Encode, Header, MerkleRoot, Transaction, Transfer, Txid};
use utoipa::ToSchema;

use super::blocks::{octets, unreadable};
use super::caching::FOR_EVER;
use super::{Json, Path, Problem, in_time};
use crate::AppState;
use crate::archive::Found;

/// A transaction, and where it is
#[derive(Serialize, ToSchema)]
#[schema(as = TransactionInPlace)]
pub struct TransactionAnswer {
    #[serde(flatten)]
    view: TransactionView,
    /// Where it stands on the active chain; absent while it waits in the mempool.
    #[serde(flatten)]
    place: Option<PlaceAnswer>,
}

#[derive(Serialize, ToSchema)]
struct PlaceAnswer {
    block: BlockHash,
    /// In the block; the coinbase is at 0.
    position: usize,
    confirmations: u32,
}

/// What convinces someone who has the headers only.
#[derive(Serialize, ToSchema)]
#[schema(as = MerkleProof)]
pub struct ProofAnswer {
    txid: Txid,
    block: BlockHash,
    height: u32,
    position: usize,
    merkle_root: MerkleRoot,
    /// Siblings from the transaction up to the root, in the same notation as txids.
    branch: Vec<MerkleRoot>,
    header: Header,
}

/// The transaction that was taken
#[derive(Serialize, ToSchema)]
pub struct Submitted {
    txid: Txid,
}

/// A transaction, and where it is
#[utoipa::path(get, path = "/transactions/{txid}", tag = "chain",
    params(("txid" = Txid, Path)),
    responses(
        (status = 200, description = "On the active chain, or waiting", body = TransactionAnswer),
        (status = 404, description = "It is neither on the active chain nor waiting"),
    ))]
pub async fn transaction(
    State(relay): State<AppState>,
    Path(txid): Path<String>,
) -> Result<Json<TransactionAnswer>, Problem> {
    let txid = parse(&txid)?;
    let (found, place, confirmations) = match locate(&relay, txid).await? {
        Located::Waiting(view) => return Ok(Json(TransactionAnswer { view, place: None })),
        Located::InBlock { found, place, confirmations } => (found, place, confirmations),
    };
    let (found, body) = read(&relay, found).await?;
    let position = place.position as usize;
    let view = TransactionView::in_block(&body, position, place.height).ok_or_else(|| unknown(&txid))?;
    let place = PlaceAnswer { block: found.hash, position, confirmations };
    Ok(Json(TransactionAnswer { view, place: Some(place) }))
}

/// A transaction's bytes, as on the wire
///
/// They never change: the txid is their hash.
#[utoipa::path(get, path = "/transactions/{txid}/raw", tag = "chain",
    params(("txid" = Txid, Path)),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "It is neither on the active chain nor waiting"),
    ))]
pub async fn raw_transaction(
    State(relay): State<AppState>,
    Path(txid): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let txid = parse(&txid)?;
    let waiting = relay.resident.query(move |node| node.mempool().get(&txid).cloned());
    let bytes = match waiting.await? {
        Some(transfer) => transfer.to_bytes(),
        None => match locate(&relay, txid).await? {
            // It came a moment ago, or is in a block by now.
            Located::Waiting(_) => return Err(unknown(&txid)),
            Located::InBlock { found, place, .. } => {
                let (_, body) = read(&relay, found).await?;
                match (place.position as usize).checked_sub(1) {
                    None => Transaction::Coinbase(body.coinbase().clone()).to_bytes(),
                    Some(position) => body.transfers().get(position).ok_or_else(|| unknown(&txid))?.to_bytes(),
                }
            }
        },
    };
    Ok(([(header::CACHE_CONTROL, FOR_EVER)], octets(bytes)))
}

/// What proves that a transaction is in a block
#[utoipa::path(get, path = "/transactions/{txid}/proof", tag = "chain",
    params(("txid" = Txid, Path)),
    responses(
        (status = 200, description = "Its Merkle branch", body = ProofAnswer),
        (status = 404, description = "It is in no block of the active chain"),
    ))]
pub async fn proof(State(relay): State<AppState>, Path(txid): Path<String>) -> Result<Json<ProofAnswer>, Problem> {
    let txid = parse(&txid)?;
    let Located::InBlock { found, place, .. } = locate(&relay, txid).await? else {
        return Err(Problem::not_found(format!("transaction {txid} is not in a block yet")));
    };
    let (found, body) = read(&relay, found).await?;
    let position = place.position as usize;
    let branch = merkle_branch(body.txids(), position).unwrap_or_default();
    Ok(Json(ProofAnswer {
        txid,
        block: found.hash,
        height: place.height,
        position,
        merkle_root: body.header().merkle_root,
        branch: branch.into_iter().map(MerkleRoot).collect(),
        header: *body.header(),
    }))
}

/// What the node's loop says of a transaction.
enum Located {
    Waiting(TransactionView),
    InBlock { found: Found, place: Place, confirmations: u32 },
}

async fn locate(relay: &AppState, txid: Txid) -> Result<Located, Problem> {
    let located = relay.resident.query(move |node| {
        if let Some(transfer) = node.mempool().get(&txid) {
            return Some(Located::Waiting(TransactionView::of_transfer(txid, transfer, None)));
        }
        let (place, block) = node.chain().find_transaction(&txid)?;
        let confirmations = node.chain().height() - place.height + 1;
        Some(Located::InBlock { found: Found::new(node, block)?, place, confirmations })
    });
    located.await?.ok_or_else(|| unknown(&txid))
}

async fn read(relay: &AppState, found: Found) -> Result<(Found, Arc<CheckedBlock>), Problem> {
    let hash = found.hash;
    relay.archive.body(found).await?.ok_or_else(|| unreadable(&hash.to_string()))
}

/// Hand in a signed transaction
///
/// Its bytes in hexadecimal digits, as JSON or as they are. 201 means that it is stored and on its way.
#[utoipa::path(post, path = "/transactions", tag = "chain",
    request_body(content(
        (Raw = "application/json"),
        (String = "text/plain", example = "0100f9beb4d9"),
    )),
    responses((status = 201, description = "Taken", body = Submitted)))]
pub async fn submit(
    State(relay): State<AppState>,
    RawTransaction(digits): RawTransaction,
) -> Result<(StatusCode, Json<Submitted>), Problem> {
    let bytes = hex::decode(digits.trim()).map_err(|error| {
        Problem::bad_request(format!("a raw transaction is written in hexadecimal digits: {error}"))
    })?;
    let transfer = Transfer::from_bytes(&bytes)
        .map_err(|error| Problem::bad_request(format!("these bytes are no transaction: {error}")))?;
    match relay.resident.order(Command::Submit { transfer: Box::new(transfer) }).await? {
        Answer::Accepted { txid } => Ok((StatusCode::CREATED, Json(Submitted { txid }))),
        Answer::Refused { reason } => Err(match relay.resident.read_only() {
            Some(failure) => Problem::new(StatusCode::INSUFFICIENT_STORAGE, failure.to_string()),
            None => Problem::bad_request(reason),
        }),
        Answer::Done | Answer::Chain { .. } => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the node took it without a txid"))
        }
    }
}

/// A signed transaction
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Raw {
    /// Its bytes in hexadecimal digits.
    #[schema(example = "0100f9beb4d9")]
    raw: String,
}

/// Hexadecimal digits, alone or as [`Raw`].
pub struct RawTransaction(String);

impl FromRequest<AppState> for RawTransaction {
    type Rejection = Problem;

    async fn from_request(request: Request, relay: &AppState) -> Result<Self, Problem> {
        let content_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let essence = content_type.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        match essence.as_deref() {
            Some("application/json") => {
                let Json(Raw { raw }) = Json::from_request(request, relay).await?;
                Ok(Self(raw))
            }
            // The last one is what `curl --data` sends unasked.
            None | Some("text/plain" | "application/x-www-form-urlencoded") => {
                Ok(Self(in_time(String::from_request(request, relay)).await?))
            }
            Some(_) => Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send {\"raw\": \"hexadecimal digits\"} as application/json, or the digits as text/plain",
            )),
        }
    }
}

fn parse(txid: &str) -> Result<Txid, Problem> {
    txid.parse().map_err(|error| Problem::bad_request(format!("this is not a txid: {error}")))
}

fn unknown(txid: &Txid) -> Problem {
    Problem::not_found(format!("transaction {txid} is neither on the active chain nor in the mempool"))
}
