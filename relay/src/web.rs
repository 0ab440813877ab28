//! The web app, embedded in the binary: pages, programs, and the headers that keep strangers' scripts out.

use std::sync::LazyLock;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rust_embed::{EmbeddedFile, RustEmbed};
use sha2::{Digest, Sha256};

use crate::rest::{caching, method_not_allowed, not_found};

/// What `cargo xtask build` left in `dist/`; beside most files a brotli twin, `.br`.
#[derive(RustEmbed)]
#[folder = "../dist"]
struct Dist;

const INDEX: &str = "index.html";
/// The build puts the content's hash into the names of the page's files (`app-96a4b341efbeb12b.js`): such a name never
/// stands for anything else.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The page itself and the workers keep their names: ask again each time.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// Length of the hash in trunk's names, hexadecimal digits.
const NAME_HASH_DIGITS: usize = 16;

const NOT_BUILT: &str = "<!doctype html><meta charset=utf-8><title>Tabchain</title>\
    <p>This relay was compiled without the web app. Run <code>cargo xtask build</code>, or <code>cargo xtask run</code>, \
    which also starts it. REST works meanwhile: <a href=\"/chain\">/chain</a>, <a href=\"/peers\">/peers</a>.";

/// Whatever no other route owns: a file of the web app, one of its pages, or nothing.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    if !matches!(method, Method::GET | Method::HEAD) {
        // A page or file that exists can only be read.
        let is_there = path.is_empty() || find(path).is_some();
        return if is_there {
            method_not_allowed().await.with_header(header::ALLOW, "GET,HEAD").into_response()
        } else {
            missing(&uri)
        };
    }
    if path.is_empty() {
        return page(&headers);
    }
    if let Some(file) = find(path) {
        return respond(path, file, &headers);
    }
    // The page finds its own way at /control and the like. A program that is missing must not be answered with a page.
    let names_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    if !names_a_file && accepts(&headers, header::ACCEPT, "text/html") { page(&headers) } else { missing(&uri) }
}

fn page(headers: &HeaderMap) -> Response {
    match Dist::get(INDEX) {
        Some(index) => respond(INDEX, index, headers),
        None => (security_headers(), Html(NOT_BUILT)).into_response(),
    }
}

fn missing(uri: &Uri) -> Response {
    not_found(uri).into_response()
}

/// A file by its own name; its compressed twin is not a file of its own.
fn find(path: &str) -> Option<EmbeddedFile> {
    let path = path.trim_start_matches('/');
    if path.rsplit_once('.').is_some_and(|(_, extension)| extension == "br") { None } else { Dist::get(path) }
}

fn respond(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(&file.metadata.sha256_hash()[..16]));
    let etag = HeaderValue::from_str(&etag).expect("hexadecimal digits in quotes");
    let caching = if has_hash(path) { FOR_EVER } else { REVALIDATE };
    let head = [(header::CACHE_CONTROL, caching), (header::ETAG, etag.clone()), (header::VARY, VARY)];
    if caching::is_known(headers, &etag) {
        return (axum::http::StatusCode::NOT_MODIFIED, head).into_response();
    }
    let twin = accepts(headers, header::ACCEPT_ENCODING, "br").then(|| Dist::get(&format!("{path}.br"))).flatten();
    let content_type = HeaderValue::from_str(file.metadata.mimetype()).expect("MIME types are plain ASCII");
    let (content, encoding) = match twin {
        Some(twin) => (twin.data, Some([(header::CONTENT_ENCODING, "br")])),
        None => (file.data, None),
    };
    (security_headers(), head, [(header::CONTENT_TYPE, content_type)], encoding, Body::from(content)).into_response()
}

/// The answer depends on what the browser can decompress.
const VARY: HeaderValue = HeaderValue::from_static("accept-encoding");

/// Whether a list in a header names `wanted`. Weights do not matter here, except that 0 means no.
fn accepts(headers: &HeaderMap, name: header::HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name);
    let mut items = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    items.any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        name.trim().eq_ignore_ascii_case(wanted) && !matches!(weight.trim(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000")
    })
}

/// `…-0123456789abcdef.js`, or `…-0123456789abcdef_bg.wasm`. What wasm-bindgen calls so below `snippets` is a package and not a content.
fn has_hash(path: &str) -> bool {
    !path.starts_with("snippets/")
        && path
            .split(['-', '_', '.', '/'])
            .any(|part| part.len() == NAME_HASH_DIGITS && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

fn security_headers() -> [(header::HeaderName, HeaderValue); 1] {
    static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
        let index = Dist::get(INDEX).map(|index| index.data.into_owned()).unwrap_or_default();
        let policy = content_security_policy(&String::from_utf8_lossy(&index));
        HeaderValue::from_str(&policy).expect("the policy is plain ASCII")
    });
    [(header::CONTENT_SECURITY_POLICY, POLICY.clone())]
}

/// Only our own programs run. What trunk writes into the page itself is allowed by its hash.
fn content_security_policy(index: &str) -> String {
    let sources = |fixed: &str, element| [vec![fixed.to_owned()], inline_hashes(index, element)].concat().join(" ");
    let scripts = sources("'self' 'wasm-unsafe-eval'", "script");
    let styles = sources("'self'", "style");
    // Attributes set a bar's width or a colour; they cannot load or run anything. Older Safari does not count the
    // WebSocket as part of 'self'.
    format!(
        "default-src 'self'; script-src {scripts}; style-src {styles}; \
         style-src-attr 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; worker-src 'self'; \
         object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}

/// Content hashes of a page's inline elements, as a policy names them. Elements that load a file have no content.
fn inline_hashes(page: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element}"), format!("</{element}>"));
    let mut hashes = Vec::new();
    let mut rest = page;
    while let Some(start) = rest.find(&open) {
        rest = &rest[start + open.len()..];
        // `<script>` or `<script type=…>`, but not `<scripture>`.
        let is_element = rest.starts_with(|next: char| next == '>' || next.is_ascii_whitespace());
        let (Some(begin), Some(end)) = (rest.find('>'), rest.find(&close)) else { break };
        if is_element && begin + 1 < end {
            let digest = Sha256::digest(&rest.as_bytes()[begin + 1..end]);
            hashes.push(format!("'sha256-{}'", STANDARD.encode(digest)));
        }
        rest = &rest[end + close.len()..];
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_allows_what_the_page_holds_and_nothing_else() {
        // From the specification of CSP: the hash of `doSomething();`.
        let page = "<script src=\"/a.js\"></script><script type=\"module\">doSomething();</script><p>Hello</p>";
        let hash = STANDARD.encode(Sha256::digest("doSomething();"));
        assert_eq!(inline_hashes(page, "script"), [format!("'sha256-{hash}'")]);
        assert!(
            content_security_policy(page).contains(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';"))
        );
        assert!(!content_security_policy(page).contains("script-src 'unsafe-inline'"));
        assert!(inline_hashes("<scripture>x</scripture> <script>unclosed", "script").is_empty());
    }

    /// Over whatever was built; without a build there is nothing to check.
    #[test]
    fn who_can_decompress_gets_the_compressed_twin_under_the_files_own_type() {
        let brotli = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static("gzip, br"))]);
        for twin in Dist::iter().filter(|path| path.ends_with(".br")) {
            let path = twin.trim_end_matches(".br");
            let answer = |headers| respond(path, find(path).expect("a twin has its file"), headers);
            let (plain, compressed) = (answer(&HeaderMap::new()), answer(&brotli));
            assert_eq!(plain.headers().get(header::CONTENT_ENCODING), None, "{path}");
            assert_eq!(compressed.headers()[header::CONTENT_ENCODING], "br", "{path}");
            assert_eq!(plain.headers()[header::CONTENT_TYPE], compressed.headers()[header::CONTENT_TYPE], "{path}");
            assert!(find(&twin).is_none(), "{twin} is not a file of its own");
        }
    }

    #[test]
    fn only_names_with_a_hash_are_kept_for_ever() {
        let app = ["app-96a4b341efbeb12b.js", "app-96a4b341efbeb12b_bg.wasm", "app-96a4b341efbeb12b_rest.wasm"];
        for name in app.into_iter().chain(["main-ee7a29fa6c6f7812.css"]) {
            assert!(has_hash(name), "{name}");
        }
        let script = "snippets/tabchain-frontend-6442d7a8e32115be/assets/rest.js";
        for name in ["index.html", "node_worker.js", "node_worker_bg.wasm", "miner_worker_loader.js", script] {
            assert!(!has_hash(name), "{name}");
        }
    }

    #[test]
    fn encodings_are_taken_from_the_list() {
        let headers =
            |value: &'static str| HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]);
        for value in ["br", "gzip, deflate, br, zstd", "gzip,BR;q=0.5"] {
            assert!(accepts(&headers(value), header::ACCEPT_ENCODING, "br"), "{value}");
        }
        for value in ["gzip", "br;q=0", "brotli", ""] {
            assert!(!accepts(&headers(value), header::ACCEPT_ENCODING, "br"), "{value}");
        }
    }
}
