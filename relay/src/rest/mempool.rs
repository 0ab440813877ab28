//! `/mempool` (also `/unconfirmed-transactions`): what waits, the best paid first.

use axum::extract::State;
use serde::Serialize;
use tabchain_shared::node::snapshot::TransactionView;

use super::{Json, Page, Problem, Query};
use crate::AppState;

const DEFAULT_TRANSACTIONS: usize = 100;
const MAX_TRANSACTIONS: usize = 1_000;

#[derive(Serialize)]
pub struct MempoolAnswer {
    /// All that wait.
    size: usize,
    bytes: usize,
    transactions: Vec<TransactionView>,
    /// Position to go on `from`, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

pub async fn mempool(State(relay): State<AppState>, Query(page): Query<Page>) -> Result<Json<MempoolAnswer>, Problem> {
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
    Ok(Json(answer.await?))
}
