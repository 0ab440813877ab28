//! `/accounts/{address}`: what an address holds, and what has become of it.

use axum::extract::State;
use serde::Serialize;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::{Address, Amount};

use super::{Json, Page, Path, Problem, Query};
use crate::AppState;

const DEFAULT_HISTORY: usize = 50;
const MAX_HISTORY: usize = 200;

#[derive(Serialize)]
pub struct AccountAnswer {
    address: Address,
    /// Confirmed on the active chain.
    balance: Amount,
    /// What is left of it when everything that waits is mined.
    available: Amount,
    /// Of the next transaction to sign, those that wait counted.
    next_nonce: u64,
    /// Confirmed transactions in all.
    transactions: usize,
    /// Newest first.
    history: Vec<TransactionView>,
    /// Position to go on `from`, if there is more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<usize>,
}

pub async fn account(
    State(relay): State<AppState>,
    Path(address): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<AccountAnswer>, Problem> {
    let address: Address = address.parse().map_err(|error| Problem::bad_request(format!("{error}")))?;
    let (from, limit) = page.bounds(DEFAULT_HISTORY, MAX_HISTORY)?;
    let answer = relay.resident.query(move |node| {
        let (ledger, mempool) = (node.chain().ledger(), node.mempool());
        let all = node.chain().history().of(&address);
        let history: Vec<_> =
            all.iter().rev().skip(from).take(limit).filter_map(|txid| node.transaction_view(txid)).collect();
        let end = from.saturating_add(limit);
        AccountAnswer {
            address,
            balance: ledger.account(&address).balance,
            available: mempool.available(&address, ledger),
            next_nonce: mempool.next_nonce(&address, ledger),
            transactions: all.len(),
            history,
            next: (end < all.len()).then_some(end),
        }
    });
    Ok(Json(answer.await?))
}
