//! What stands around every route: headers that keep browsers from doing harm, and who may ask from where.
//!
//! Pages of any origin may read what anyone may read (CORS), never with a browser's credentials, of which there are none. What
//! changes something is taken from our own pages and from programs, which send no `Origin`; a foreign page is refused
//! before anything is looked at, even where its browser would not ask first (a form, or `text/plain`).

use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::Problem;
use crate::server::Encrypted;

/// Headers that a foreign page may send with a reading call.
const READING_HEADERS: &str = "accept, if-none-match, last-event-id";
/// Headers of an answer that a foreign page may see.
const VISIBLE_HEADERS: &str = "etag, link, retry-after";
/// Seconds for which a browser need not ask again.
const PREFLIGHT_SECONDS: &str = "3600";
/// What no page of ours needs; cameras and the like are none of our business.
const PERMISSIONS: &str = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";

/// On every answer.
pub async fn common_headers(request: Request, next: Next) -> Response {
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if is_preflight(&request) { preflight() } else { next.run(request).await };
    let is_unchanged = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    // For answers that are no pages: nothing in them may be run or shown as one. Not on a 304, whose headers replace those of
    // the copy that the browser has: a page or a worker would be forbidden everything.
    if !is_unchanged {
        let strictest = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(strictest);
    }
    if is_read {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(VISIBLE_HEADERS));
    }
    response
}

/// A browser asks whether a foreign page may send what is more than a simple request.
fn is_preflight(request: &Request) -> bool {
    *request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ORIGIN)
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// The same for every path: reading is allowed, steering is not, and no token is taken from there.
fn preflight() -> Response {
    let headers = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(READING_HEADERS)),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static(PREFLIGHT_SECONDS)),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

/// In front of every route: what changes something is not taken from pages of other sites.
pub async fn same_origin(request: Request, next: Next) -> Result<Response, Problem> {
    if !request.method().is_safe() && is_foreign(&request) {
        let detail = "pages of other sites may read from this relay and change nothing on it";
        return Err(Problem::new(StatusCode::FORBIDDEN, detail));
    }
    Ok(next.run(request).await)
}

/// Whether a request was made by a page that another host served. Programs send no `Origin`. An address with a changed port,
/// `null`, and whatever cannot be read are foreign. So is, where this request is known to have come encrypted, a page that did
/// not: anyone on its way could have written it. Elsewhere the scheme says nothing: behind a proxy that is not trusted it is
/// another one here.
pub fn is_foreign(request: &Request) -> bool {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let Some((scheme, authority)) = origin.to_str().ok().and_then(|origin| origin.split_once("://")) else {
        return true;
    };
    let is_encrypted = request.extensions().get::<Encrypted>().is_some();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    (is_encrypted && !scheme.eq_ignore_ascii_case("https"))
        || host.is_none_or(|host| !host.eq_ignore_ascii_case(authority))
}
