//! Every call there is, each with its description: `utoipa-axum` takes both from the handler, so that none can be served
//! without being documented.

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::get;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    MAX_BODY_BYTES, accounts, benchmarks, blocks, caching, docs, events, export, faults, guard, mempool,
    method_not_allowed, metrics, network, openapi, operations, peers, roles, search, series, timeline, topology,
    transactions, tree, unread,
};
use crate::metrics::requests;
use crate::operator::{may_read, no_token_in_address};
use crate::request_rate::limit_requests;
use crate::switchboard::door;
use crate::{AppState, web};

/// What whoever may read can ask for, and is answered in one piece.
fn reading() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(blocks::chain))
        .routes(routes!(blocks::block))
        .routes(routes!(blocks::raw_block))
        .routes(routes!(blocks::headers))
        .routes(routes!(blocks::header))
        .routes(routes!(tree::tree))
        .routes(routes!(tree::overview))
        .routes(routes!(search::search))
        .routes(routes!(transactions::transaction))
        .routes(routes!(transactions::raw_transaction))
        .routes(routes!(transactions::proof))
        .routes(routes!(mempool::mempool))
        .routes(routes!(mempool::unconfirmed_transactions))
        .routes(routes!(accounts::account))
        .routes(routes!(peers::peers))
        .routes(routes!(topology::topology))
        .routes(routes!(network::network))
        .routes(routes!(network::status))
        .routes(routes!(metrics::metrics))
        .routes(routes!(series::series))
        .routes(routes!(timeline::timeline))
        .routes(routes!(timeline::tips))
        .routes(routes!(timeline::fork))
        .routes(routes!(benchmarks::pow))
}

/// What whoever may read is sent bit by bit, and never the same again.
fn streams() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(export::export)).routes(routes!(events::events))
}

/// What anyone can have done: it is judged by the chain's rules, or bounded.
fn open() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(transactions::submit))
        .routes(routes!(benchmarks::start_pow))
        .routes(routes!(network::health))
        .routes(routes!(door::connect))
}

/// What the operator's token is needed for.
fn steering() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(topology::set_topology))
        .routes(routes!(topology::make_link))
        .routes(routes!(topology::cut_link))
        .routes(routes!(faults::set_fault, faults::clear_fault))
        .routes(routes!(faults::part, faults::heal))
        .routes(routes!(operations::new_transaction))
        .routes(routes!(operations::mine))
        .routes(routes!(roles::set_role))
        .routes(routes!(operations::register_with))
}

/// The calls and their description.
pub fn described(state: &AppState) -> (Router<AppState>, utoipa::openapi::OpenApi) {
    let reading = reading()
        .layer(from_fn_with_state(state.clone(), caching::tag))
        .layer(from_fn_with_state(state.clone(), unread::hold))
        .merge(streams())
        .layer(from_fn_with_state(state.clone(), may_read));
    let calls = reading.merge(open()).merge(steering()).layer(from_fn(no_token_in_address));
    let (router, description) = calls.split_for_parts();
    (router, openapi::complete(description, state.access.read_token().is_some()))
}

/// Everything that the relay serves.
pub fn router(state: AppState) -> Router {
    let (calls, description) = described(&state);
    let documents = Router::new()
        .route("/openapi.json", openapi::route(&description))
        .route("/docs", get(docs::page))
        .route("/docs/{file}", get(docs::file))
        .layer(from_fn_with_state(state.clone(), caching::tag));
    calls
        .merge(documents)
        .fallback(web::serve)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(axum::extract::DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn(guard::same_origin))
        .layer(from_fn_with_state(state.clone(), limit_requests))
        .layer(from_fn(guard::common_headers))
        .layer(from_fn_with_state(state.clone(), requests::measure))
        .with_state(state)
}
