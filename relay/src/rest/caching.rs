//! What a client that asks again need not be sent again: entity tags for every answer that is one piece, and for what can
//! never change a lifetime without end (RFC 9110, section 8.8.3; RFC 9111).

use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::AppState;

/// For what a hash names: other bytes would have another name.
pub const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The same where not everybody may read it: no shared cache may keep it.
const FOR_EVER_PRIVATELY: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
/// For what may have changed a moment later: keep it, and ask each time.
pub const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// Bytes of a hash that stand in an entity tag: nobody meets two answers with the same 128 bits.
const TAG_BYTES: usize = 16;

/// Around what is read in one piece: tags it, and answers 304 to who has it already.
pub async fn tag(State(relay): State<AppState>, mut request: Request, next: Next) -> Response {
    // A HEAD is told what a GET would be; axum leaves the body out.
    if *request.method() == Method::HEAD {
        *request.method_mut() = Method::GET;
    }
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>();
    let mut response = next.run(request).await;
    if relay.access.read_token().is_some() && response.headers().get(header::CACHE_CONTROL) == Some(&FOR_EVER) {
        response.headers_mut().insert(header::CACHE_CONTROL, FOR_EVER_PRIVATELY);
    }
    if response.status() != StatusCode::OK {
        return response;
    }
    let size = response.body().size_hint().exact().expect("it is in one piece");
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, usize::try_from(size).unwrap_or(usize::MAX)).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..TAG_BYTES]));
    let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits in quotes");
    parts.headers.entry(header::CACHE_CONTROL).or_insert(REVALIDATE);
    let matches = matches_any(&known, &etag);
    parts.headers.insert(header::ETAG, etag);
    if matches {
        parts.status = StatusCode::NOT_MODIFIED;
        for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING] {
            parts.headers.remove(name);
        }
        return Response::from_parts(parts, Body::empty());
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether the client's copy is this one: a list of tags, or `*`. Compared weakly, as RFC 9110 says for this header.
pub fn is_known(headers: &HeaderMap, etag: &HeaderValue) -> bool {
    matches_any(&headers.get_all(header::IF_NONE_MATCH).iter().cloned().collect::<Vec<_>>(), etag)
}

fn matches_any(known: &[HeaderValue], etag: &HeaderValue) -> bool {
    let tags = known.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    let mut tags = tags.map(str::trim);
    tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == etag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_found_in_any_list() {
        let etag = HeaderValue::from_static("\"abc\"");
        let known = |value: &'static str| {
            is_known(&HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]), &etag)
        };
        for value in ["\"abc\"", "\"x\", \"abc\"", "W/\"abc\"", "*"] {
            assert!(known(value), "{value}");
        }
        for value in ["", "abc", "\"abcd\"", "\"x\""] {
            assert!(!known(value), "{value}");
        }
        assert!(!is_known(&HeaderMap::new(), &etag));
    }
}
