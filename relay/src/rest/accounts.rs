//! `/accounts/{address}`: what an address holds, and what has become of it.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use serde::Serialize;
use tabchain_shared::chain::history::Place;
use tabchain_shared::consensus::CheckedBlock;
use tabchain_shared::node::snapshot::TransactionView;
use tabchain_shared::primitives::{Address, Amount};
use utoipa::ToSchema;

use super::blocks::unreadable;
use super::{Json, Page, Path, Problem, Query};
use crate::AppState;
use crate::archive::Found;

const DEFAULT_HISTORY: usize = 50;
const MAX_HISTORY: usize = 200;
/// An answer ends early when the blocks that it needs have this many bytes.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// What an address holds
#[derive(Serialize, ToSchema)]
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

/// An address: what it holds, and what has become of it
///
/// An address that nobody has paid yet holds nothing, and is as good as any. At most 200 transactions come at once.
#[utoipa::path(get, path = "/accounts/{address}", tag = "chain",
    params(
        ("address" = Address, Path, description = "bech32m, with the prefix `tab`"),
        Page,
    ),
    responses((status = 200, description = "Balance and history, the newest first", body = AccountAnswer)))]
pub async fn account(
    State(relay): State<AppState>,
    Path(address): Path<String>,
    Query(page): Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let address: Address = address.parse().map_err(|error| Problem::bad_request(format!("{error}")))?;
    let (from, limit) = page.bounds(DEFAULT_HISTORY, MAX_HISTORY)?;
    let answer = relay.resident.query(move |node| {
        let (ledger, mempool) = (node.chain().ledger(), node.mempool());
        let newest_first = node.chain().history().of(&address);
        let transactions = newest_first.len();
        let places: Vec<Place> = newest_first.skip(from).take(limit).collect();
        let end = from.saturating_add(limit);
        let mut blocks: Vec<Found> =
            places.iter().filter_map(|place| Found::new(node, node.chain().hash_at(place.height)?)).collect();
        blocks.dedup_by_key(|found| found.hash);
        let head = AccountAnswer {
            address,
            balance: ledger.account(&address).balance,
            available: mempool.available(&address, ledger),
            next_nonce: mempool.next_nonce(&address, ledger),
            transactions,
            history: Vec::new(),
            next: (end < transactions).then_some(end),
        };
        (head, places, blocks)
    });
    let (mut answer, places, blocks) = answer.await?;
    let bodies = relay.archive.bodies(blocks, MAX_BYTES).await?;
    let bodies: HashMap<u32, Arc<CheckedBlock>> =
        bodies.into_iter().map(|(found, body)| (found.place.height, body)).collect();
    let views = places.iter().map_while(|place| {
        TransactionView::in_block(bodies.get(&place.height)?, place.position as usize, place.height)
    });
    answer.history = views.collect();
    if let Some(place) = places.first().filter(|_| answer.history.is_empty()) {
        return Err(unreadable(&place.height.to_string()));
    }
    if answer.history.len() < places.len() {
        answer.next = Some(from + answer.history.len());
    }
    let next = answer.next.map(|next| next as u64);
    Ok((page.link(&uri, next), Json(answer)))
}
