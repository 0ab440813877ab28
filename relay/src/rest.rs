//! The REST interface: JSON out, problem+json for every error. One file a resource; all routes are listed in `lib.rs`.

pub mod accounts;
pub mod benchmarks;
pub mod blocks;
pub mod export;
pub mod mempool;
pub mod network;
pub mod operations;
pub mod peers;
mod problem;
pub mod topology;
pub mod transactions;

use axum::extract::{FromRequest, FromRequestParts};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

pub use problem::Problem;

/// Largest request body, bytes. The largest that means something is a transaction in hexadecimal digits, 1 KiB; the
/// rest is room for a long list of nodes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// `axum::Json` whose rejections are problems.
#[derive(Debug, FromRequest)]
#[from_request(via(axum::Json), rejection(Problem))]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// `axum::extract::Query` whose rejections are problems.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// `axum::extract::Path` whose rejections are problems.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// Which part of a long answer is wanted: `?from=&limit=`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    #[serde(default)]
    from: u32,
    limit: Option<usize>,
}

impl Page {
    /// Where to begin, and how many at most. A limit above `cap` means `cap`: `next` leads on.
    fn bounds(self, default: usize, cap: usize) -> Result<(usize, usize), Problem> {
        match self.limit {
            Some(0) => Err(Problem::bad_request("limit: ask for at least 1")),
            limit => Ok((self.from as usize, limit.unwrap_or(default).min(cap))),
        }
    }
}

/// For API paths that do not exist.
pub fn not_found(uri: &Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
}

/// For known paths with another method.
pub async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method; the header Allow names it")
}
