//! `/benchmarks/pow`: how fast the relay's machine hashes, for the lab's page. Whoever may read may also start a run; what
//! that costs is bounded in `benchmark.rs`.

use axum::extract::State;
use axum::http::StatusCode;

use super::Json;
use crate::AppState;
use crate::benchmark::Report;

pub async fn pow(State(relay): State<AppState>) -> Json<Report> {
    Json(relay.benchmark.report())
}

/// 202: a run is under way, begun by this call or an earlier one. 200: the last one is a moment old and is the answer.
pub async fn start_pow(State(relay): State<AppState>) -> (StatusCode, Json<Report>) {
    let (is_running, report) = relay.benchmark.start();
    (if is_running { StatusCode::ACCEPTED } else { StatusCode::OK }, Json(report))
}
