//! `/tree` and `/tree/overview`: every block that the resident knows, stale ones included, for pictures; and in a parted network
//! what others follow.

use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use serde::Deserialize;
use tabchain_shared::node::tree_view::{MAX_TREE_HEIGHTS, TreeOverview, TreePart};
use utoipa::IntoParams;

use super::{Json, Page, Problem, Query};
use crate::AppState;

const DEFAULT_HEIGHTS: usize = 100;

/// All blocks from a height on, stale ones included
///
/// `limit` counts heights: at most 500 come at once, and no more than 2 000 blocks. Besides these, at most 1 000 that other parts of the
/// network follow, or have followed, and this relay's node does not have (`elsewhere`), as far as nodes there have shown them.
#[utoipa::path(get, path = "/tree", tag = "chain", params(Page),
    responses((status = 200, description = "Blocks, the lowest first", body = TreePart)))]
pub async fn tree(
    State(relay): State<AppState>,
    Query(page): Query<Page>,
    uri: Uri,
) -> Result<impl IntoResponse, Problem> {
    let (from, limit) = page.bounds(DEFAULT_HEIGHTS, MAX_TREE_HEIGHTS)?;
    let from = u32::try_from(from).unwrap_or(u32::MAX);
    let others = relay.elsewhere.excerpt(from, limit);
    let mut part = relay.resident.query(move |node| node.tree_part(from, limit)).await?;
    others.add_to(&mut part);
    Ok((page.link(&uri, part.next), Json(part)))
}

/// Which heights are looked at.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Span {
    /// The lowest; the answer may begin a little below it.
    #[serde(default)]
    #[param(minimum = 0, maximum = 4_294_967_295_u64, default = 0)]
    from: u32,
    /// The highest; without it the tip's.
    #[param(minimum = 0, maximum = 4_294_967_295_u64)]
    to: Option<u32>,
}

/// The chain from afar: who mined how much, and every fork
///
/// The active chain in at most 256 stretches of equal length, and of the whole tree the stale branches and the newest reorgs.
#[utoipa::path(get, path = "/tree/overview", tag = "chain", params(Span),
    responses((status = 200, description = "Stretches, the lowest first", body = TreeOverview)))]
pub async fn overview(
    State(relay): State<AppState>,
    Query(Span { from, to }): Query<Span>,
) -> Result<Json<TreeOverview>, Problem> {
    let to = to.unwrap_or(u32::MAX);
    Ok(Json(relay.resident.query(move |node| node.tree_overview(from, to)).await?))
}
