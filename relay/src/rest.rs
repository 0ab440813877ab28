//! The REST interface: JSON out, problem+json for every error, described for programs at `/openapi.json` and for people at
//! `/docs`. One file a resource; all routes are listed in `routes`.

pub mod accounts;
pub mod benchmarks;
pub mod blocks;
pub mod caching;
pub mod docs;
pub mod events;
pub mod export;
pub mod faults;
pub mod guard;
pub mod mempool;
pub mod metrics;
pub mod network;
pub mod openapi;
pub mod operations;
mod page;
pub mod peers;
pub mod problem;
pub mod roles;
pub mod routes;
pub mod search;
pub mod series;
pub mod timeline;
pub mod topology;
pub mod transactions;
pub mod tree;
pub mod unread;

use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

pub use page::Page;
pub use problem::Problem;

/// Largest request body, bytes. The largest that means something is a transaction in hexadecimal digits, 1 KiB; the
/// rest is room for a long list of nodes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;
/// A body must be complete within this time.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// `axum::Json` whose rejections are problems, and which does not wait for ever.
#[derive(Debug)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let axum::Json(value) = in_time(axum::Json::from_request(request, state)).await?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A body that is read by `reading`, or a problem if that fails or takes too long.
async fn in_time<T, E: Into<Problem>>(reading: impl Future<Output = Result<T, E>>) -> Result<T, Problem> {
    if let Ok(read) = timeout(BODY_TIMEOUT, reading).await {
        return read.map_err(Into::into);
    }
    let detail = format!("the body of the request did not arrive within {} s", BODY_TIMEOUT.as_secs());
    Err(Problem::new(StatusCode::REQUEST_TIMEOUT, detail))
}

/// `axum::extract::Query` whose rejections are problems.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Query), rejection(Problem))]
pub struct Query<T>(pub T);

/// `axum::extract::Path` whose rejections are problems.
#[derive(Debug, FromRequestParts)]
#[from_request(via(axum::extract::Path), rejection(Problem))]
pub struct Path<T>(pub T);

/// For API paths that do not exist.
pub fn not_found(uri: &Uri) -> Problem {
    Problem::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
}

/// For known paths with another method.
pub async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "this address takes another method; the header Allow names it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_come_is_not_waited_for() {
        let never = std::future::pending::<Result<(), Problem>>();
        let problem = in_time(never).await.expect_err("it never comes");
        assert_eq!(problem.into_response().status(), StatusCode::REQUEST_TIMEOUT);
    }
}
