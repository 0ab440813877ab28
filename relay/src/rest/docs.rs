//! `/docs`: a page to read about every call and to try it. It is Swagger UI, embedded in the binary (`build.rs`), because a
//! classroom may have no internet; it reads `/openapi.json`.

use axum::http::{HeaderValue, Uri, header};
use axum::response::{IntoResponse, Response};

use super::{Path, Problem, not_found};

const PAGE: &str = include_str!("docs/page.html");
/// Where the page's own script tells Swagger UI what to show.
const START: &str = include_str!("docs/start.js");

/// Compressed with gzip by `build.rs`, as they are in the package that they come from: every browser takes that.
const BUNDLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui-bundle.js.gz"));
const STYLE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/swagger-ui.css.gz"));

/// Swagger UI sets sizes in style attributes and draws its icons from data.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

pub async fn page() -> Response {
    let head = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    (head, PAGE).into_response()
}

pub async fn file(Path(name): Path<String>, uri: Uri) -> Result<Response, Problem> {
    let (content, kind, compressed) = match name.as_str() {
        "start.js" => (START.as_bytes(), "text/javascript; charset=utf-8", false),
        "swagger-ui-bundle.js" => (BUNDLE, "text/javascript; charset=utf-8", true),
        "swagger-ui.css" => (STYLE, "text/css; charset=utf-8", true),
        _ => return Err(not_found(&uri)),
    };
    let encoding = compressed.then_some([(header::CONTENT_ENCODING, "gzip")]);
    Ok(([(header::CONTENT_TYPE, kind)], encoding, content).into_response())
}
