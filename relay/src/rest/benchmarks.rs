//! `/benchmarks/pow`: how fast the relay's machine hashes, for the lab's page. Whoever may read may also start a run; what
//! that costs is bounded in `benchmark.rs`.

use axum::extract::State;
use axum::http::StatusCode;

use super::Json;
use crate::AppState;
use crate::benchmark::Report;

/// How fast the relay's machine hashes
#[utoipa::path(get, path = "/benchmarks/pow", tag = "network",
    responses((status = 200, description = "The last run, or the one that is under way", body = Report)))]
pub async fn pow(State(relay): State<AppState>) -> Json<Report> {
    Json(relay.benchmark.report())
}

/// Have the relay's machine measured
///
/// 202: a run is under way, begun by this call or an earlier one. 200: the last one is a moment old and is the answer.
#[utoipa::path(post, path = "/benchmarks/pow", tag = "network",
    responses(
        (status = 200, description = "The last run is a moment old", body = Report),
        (status = 202, description = "A run is under way", body = Report),
    ))]
pub async fn start_pow(State(relay): State<AppState>) -> (StatusCode, Json<Report>) {
    let (is_running, report) = relay.benchmark.start();
    (if is_running { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(report))
}
