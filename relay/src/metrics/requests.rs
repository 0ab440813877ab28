//! How long HTTP answers take, by method, route and status.
//!
//! A route is its template (`/blocks/{block}`), never the path that was asked for: strangers choose paths, and each new
//! label would stay in memory for ever. All series together are bounded by what the router knows and answers.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

use crate::AppState;

/// From what is answered from memory to what waits for old blocks or for another node.
const BUCKETS: [f64; 9] = [0.000_5, 0.001, 0.005, 0.025, 0.1, 0.25, 1.0, 5.0, 10.0];
/// What no route owns: files of the web app, its pages, and paths that do not exist.
const OTHER: &str = "other";

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: String,
    status: u16,
}

/// Of all answers.
#[derive(Debug, Clone)]
pub struct Requests(Family<Labels, Histogram, fn() -> Histogram>);

impl Default for Requests {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "From the head of a request to the head of its answer; streams go on after that";
        registry.register_with_unit("http_request_duration", help, Unit::Seconds, self.0.clone());
    }
}

/// Around every route.
pub async fn measure(State(relay): State<AppState>, request: Request, next: Next) -> Response {
    let method = method_label(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or(OTHER, MatchedPath::as_str).to_owned();
    let begun = Instant::now();
    let response = next.run(request).await;
    let labels = Labels { method, route, status: response.status().as_u16() };
    relay.metrics.requests.0.get_or_create(&labels).observe(begun.elapsed().as_secs_f64());
    response
}

/// Methods can be made up, too.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => OTHER,
    }
}
