//! `/mempool` (also `/unconfirmed-transactions`): what waits, the best paid first.

use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use serde::Serialize;
use tabchain_shared::node::snapshot::TransactionView;
use utoipa::ToSchema;

use super::{Json, Page, Problem, Query};
use crate::AppState;

const DEFAULT_TRANSACTIONS: usize = 100;
const MAX_TRANSACTIONS: usize = 1_000;

/// What waits for a block
#[derive(Serialize, ToSchema)]
pub struct MempoolAnswer {
    /// All that wait.
    size: usize,
    bytes: usize,
    transactions: Vec<TransactionView>,
    /// Position to go on `from`, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

/// Transactions that wait for a block, the best paid first
///
/// At most 1 000 come at once.
#[utoipa::path(get, path = "/mempool", tag = "chain", params(Page),
    responses((status = 200, description = "What waits", body = MempoolAnswer)))]
pub async fn mempool(
    State(relay): State<AppState>,
    Query(page): Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let (from, limit) = page.bounds(DEFAULT_TRANSACTIONS, MAX_TRANSACTIONS)?;
    let answer = relay.resident.query(move |node| {
        let mempool = node.mempool();
        let transactions: Vec<_> = mempool
            .by_fee_rate()
            .skip(from)
            .take(limit)
            .map(|(txid, transfer)| TransactionView::of_transfer(*txid, transfer, None))
            .collect();
        let end = from + transactions.len();
        let next = (end < mempool.len() && !transactions.is_empty()).then_some(end);
        MempoolAnswer { size: mempool.len(), bytes: mempool.bytes(), transactions, next }
    });
    let answer = answer.await?;
    let next = answer.next.map(|next| next as u64);
    Ok((page.link(&uri, next), Json(answer)))
}

/// The same as /mempool, by the coursework's name
#[utoipa::path(get, path = "/unconfirmed-transactions", tag = "chain", params(Page),
    responses((status = 200, description = "What waits", body = MempoolAnswer)))]
pub async fn unconfirmed_transactions(
    relay: State<AppState>,
    page: Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    mempool(relay, page, uri).await
}
