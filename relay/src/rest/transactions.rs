//! `/transactions/…`: where a transaction is, its Merkle branch, and signed ones coming in.

use std::sync::Arc;

use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use tabchain_shared::chain::history::Place;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::block::merkle_branch;
use tabchain_shared::primitives::{BlockHash, Decode, Header, MerkleRoot, Transfer, Txid};

use super::blocks::unreadable;
use super::{Json, Path, Problem};
use crate::AppState;
use crate::archive::Found;

#[derive(Serialize)]
pub struct TransactionAnswer {
    #[serde(flatten)]
    view: TransactionView,
    /// Where it stands on the active chain; absent while it waits in the mempool.
    #[serde(flatten)]
    place: Option<PlaceAnswer>,
}

#[derive(Serialize)]
struct PlaceAnswer {
    block: BlockHash,
    /// In the block; the coinbase is at 0.
    position: usize,
    confirmations: u32,
}

/// What convinces someone who has the headers only.
#[derive(Serialize)]
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

#[derive(Serialize)]
pub struct Submitted {
    txid: Txid,
}

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
    relay.archive.body(found).await.ok_or_else(|| unreadable(&hash.to_string()))
}

/// Takes a transaction that was signed elsewhere. 201 means that it is stored and on its way.
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
        Answer::Refused { reason } => Err(Problem::bad_request(reason)),
        Answer::Done => Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the node took it without a txid")),
    }
}

/// Hexadecimal digits, alone or as `{"raw": …}`.
pub struct RawTransaction(String);

impl FromRequest<AppState> for RawTransaction {
    type Rejection = Problem;

    async fn from_request(request: Request, relay: &AppState) -> Result<Self, Problem> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Wrapped {
            raw: String,
        }
        let content_type = request.headers().get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default());
        let essence = content_type.map(|value| value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        match essence.as_deref() {
            Some("application/json") => {
                let Json(Wrapped { raw }) = Json::from_request(request, relay).await?;
                Ok(Self(raw))
            }
            // The last one is what `curl --data` sends unasked.
            None | Some("text/plain" | "application/x-www-form-urlencoded") => {
                Ok(Self(String::from_request(request, relay).await?))
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
