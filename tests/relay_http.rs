//! The relay as strangers meet it over HTTP: what browsers and caches are told, who is kept away, and what happens to those who
//! ask too much, too slowly or for what there is not.

use std::time::Duration;

use reqwest::header::{
    ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HOST, IF_NONE_MATCH, LINK, ORIGIN,
    RETRY_AFTER,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain::operator::{Token, TokenSource};
use tabchain::rest::unread::MAX_UNREAD_PER_ADDRESS;
use tabchain_shared::primitives::{Decode, Encode, Header, Transaction};
use tabchain_tests::eventually;
use tabchain_tests::host::{Host, JSON, TOKEN, directory};
use tabchain_tests::long_chain::LongChain;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::block_in_place;

/// Every call of the design's table, and what came since.
const CALLS: [&str; 41] = [
    "delete /links/{a}/{b}",
    "delete /links/{a}/{b}/fault",
    "delete /partition",
    "get /accounts/{address}",
    "get /benchmarks/pow",
    "get /blocks/{block}",
    "get /blocks/{block}/raw",
    "get /chain",
    "get /chain/export",
    "get /events",
    "get /headers",
    "get /headers/{block}",
    "get /health",
    "get /mempool",
    "get /metrics",
    "get /network",
    "get /peers",
    "get /search",
    "get /series",
    "get /status",
    "get /timeline",
    "get /timeline/fork",
    "get /timeline/tips",
    "get /topology",
    "get /transactions/{txid}",
    "get /transactions/{txid}/proof",
    "get /transactions/{txid}/raw",
    "get /tree",
    "get /tree/overview",
    "get /unconfirmed-transactions",
    "get /ws",
    "post /benchmarks/pow",
    "post /links",
    "post /mine",
    "post /new-transaction",
    "post /register-with",
    "post /transactions",
    "put /links/{a}/{b}/fault",
    "put /partition",
    "put /peers/{node}/role",
    "put /topology",
];

/// What a raw connection is answered, to its end.
async fn raw(host: &Host, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(host.relay.address()).await.expect("the relay listens");
    // It may hang up before everything is written.
    let _ = stream.write_all(request).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_and_the_router_agree() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let description = host.get_json("/openapi.json").await;
    let mut described = Vec::new();
    for (path, operations) in description["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            described.push(format!("{method} {path}"));
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(!summary.is_empty() && !summary.contains('`'), "{method} {path} says what it does: {summary}");
            let steers = operation["tags"][0] == "operator";
            assert_eq!(operation["security"].is_array(), steers, "{method} {path} is locked");
            for (status, response) in operation["responses"].as_object().expect("responses") {
                let content = response["content"].as_object();
                let is_problem = content.is_some_and(|content| content.contains_key("application/problem+json"));
                assert_eq!(is_problem, status.as_str() >= "400", "{method} {path} {status}");
            }
            let Ok(name) = method.to_uppercase().parse::<Method>() else { panic!("{method} is a method") };
            if path == "/events" {
                continue;
            }
            // With nonsense in its place of a name: whatever it is, not "there is nothing at" and not "another method".
            let concrete = path.replace(['{', '}'], "~");
            let answer = host.send(name, &concrete, &[], "").await;
            assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
            assert!(!answer.text().contains("nothing at"), "{method} {path}: {}", answer.text());
            let declared = operation["responses"].get(answer.status.as_str());
            assert!(
                declared.is_some(),
                "{method} {path} answers {}, which its description does not say",
                answer.status
            );
        }
    }
    described.sort();
    assert_eq!(described, CALLS);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_for_trying_calls_comes_from_the_relay_alone() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let page = host.get("/docs").await;
    assert!(page.header(CONTENT_TYPE).starts_with("text/html"), "{}", page.header(CONTENT_TYPE));
    assert!(!page.text().contains("://"), "nothing from elsewhere: {}", page.text());
    assert!(page.header("content-security-policy").contains("script-src 'self';"));
    for file in ["/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/start.js"] {
        assert!(page.text().contains(file) || file == "/docs/start.js", "{file}");
        let answer = host.get(file).await;
        assert_eq!((answer.status, answer.header(CACHE_CONTROL)), (StatusCode::OK, "no-cache"), "{file}");
        let again = host.send(Method::GET, file, &[(IF_NONE_MATCH.as_str(), answer.header(ETAG))], "").await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{file}");
    }
    assert_eq!(host.get("/docs/swagger-ui.css").await.body[..2], [0x1f, 0x8b], "gzip");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_change_is_kept_and_the_rest_is_asked_for_again() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    host.mine_a_block().await;
    let block = host.get_json("/blocks/1").await;
    let (hash, coinbase) = (block["hash"].as_str().unwrap(), block["transactions"][0]["txid"].as_str().unwrap());
    let unchanged = async |path: &str, etag: &str| {
        host.send(Method::GET, path, &[(IF_NONE_MATCH.as_str(), etag)], "").await.status == StatusCode::NOT_MODIFIED
    };
    for (path, for_ever) in [
        (format!("/blocks/{hash}/raw"), true),
        (format!("/headers/{hash}"), true),
        (format!("/transactions/{coinbase}/raw"), true),
        ("/blocks/1/raw".into(), false),
        ("/headers/1".into(), false),
        (format!("/blocks/{hash}"), false),
        ("/chain".into(), false),
        ("/headers".into(), false),
        ("/network".into(), false),
        ("/openapi.json".into(), false),
        ("/docs".into(), false),
        ("/docs/start.js".into(), false),
    ] {
        let answer = host.get(&path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header(CACHE_CONTROL).contains("immutable"), for_ever, "{path}");
        let etag = answer.header(ETAG);
        assert!(etag.starts_with('"') && etag.ends_with('"'), "{path} has a strong tag: {etag}");
        let head = host.send(Method::HEAD, &path, &[], "").await;
        assert!(head.status == StatusCode::OK && head.body.is_empty(), "{path}");
        for name in [ETAG, CACHE_CONTROL, CONTENT_TYPE, CONTENT_LENGTH] {
            assert_eq!(head.header(&name), answer.header(&name), "HEAD {path}: {name}");
        }
        assert!(unchanged(&path, etag).await, "{path}");
        assert!(!unchanged(&path, "\"another\"").await, "{path}");
    }
    // The raw bytes are what was hashed.
    let raw = host.get(&format!("/transactions/{coinbase}/raw")).await;
    assert_eq!(Transaction::from_bytes(&raw.body).expect("a transaction").txid().to_string(), coinbase);
    // A new block changes what shows the tip, and nothing that a hash names.
    let (chain, by_hash) = (host.get("/chain").await, host.get(&format!("/headers/{hash}")).await);
    host.mine_a_block().await;
    assert!(!unchanged("/chain", chain.header(ETAG)).await);
    assert!(unchanged(&format!("/headers/{hash}"), by_hash.header(ETAG)).await);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_method_is_told_which_one_the_address_takes() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    for (path, allow) in [
        ("/", "GET,HEAD"),
        ("/index.html", "GET,HEAD"),
        ("/openapi.json", "GET,HEAD"),
        ("/docs", "GET,HEAD"),
        ("/chain", "GET,HEAD"),
        ("/events", "GET,HEAD"),
        ("/links/a/b", "DELETE"),
        ("/topology", "GET,HEAD,PUT"),
    ] {
        let answer = host.send(Method::PATCH, path, &[], "").await;
        answer.assert_problem(405, "another method", path);
        assert_eq!(answer.header(ALLOW), allow, "{path}");
    }
    host.send(Method::PATCH, "/nothing.js", &[], "").await.assert_problem(404, "nothing at", "nothing");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_come_as_bytes_or_as_json() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    host.mine_a_block().await;
    let ask = async |path: &str, accept: &str| host.send(Method::GET, path, &[(ACCEPT.as_str(), accept)], "").await;
    let bytes = ask("/headers/1", "application/octet-stream").await;
    let header = Header::from_bytes(&bytes.body).expect("80 bytes");
    let json = ask("/headers", JSON).await.json();
    assert_eq!(
        (json[1]["hash"].as_str(), json[1]["height"].as_u64()),
        (Some(header.hash().to_string().as_str()), Some(1))
    );
    assert_eq!(json[1]["raw"], hex::encode(header.to_bytes()));
    assert_eq!(ask("/headers/1", "*/*").await.json(), json[1]);
    assert_eq!(ask("/headers", "*/*").await.body.len(), 2 * Header::SIZE);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_lead_through_long_answers() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    for _ in 0..3 {
        host.mine_a_block().await;
    }
    let resident = host.get_json("/peers").await[0]["address"].as_str().unwrap().to_owned();
    for (first, parts) in [
        ("/chain?limit=2".to_owned(), 2),
        ("/headers?limit=3".into(), 2),
        (format!("/accounts/{resident}?limit=1"), 3),
        ("/peers?limit=1".into(), 1),
        ("/mempool?limit=1".into(), 1),
    ] {
        let (mut path, mut seen) = (first.clone(), 0);
        loop {
            let answer = host.get(&path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            seen += 1;
            let link = answer.header(LINK).to_owned();
            let Some(next) = link.strip_prefix('<').and_then(|link| link.strip_suffix(">; rel=\"next\"")) else {
                assert_eq!(link, "", "{path}");
                break;
            };
            path = next.to_owned();
        }
        assert_eq!(seen, parts, "{first}");
    }
    host.relay.stop().await;
}

/// CASES 98 and 99: only the page that this relay served may open its WebSocket, or change anything by REST.
#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_sites_are_refused_before_anything_happens() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let own = host.relay.address().to_string();
    let upgrade = |origin: String| {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {own}\r\nOrigin: {origin}\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        let host = &host;
        async move { raw(host, request.as_bytes()).await }
    };
    for origin in [
        "http://evil.example".to_owned(),
        format!("http://evil-{own}"),
        format!("http://{own}.evil.example"),
        format!("http://{own}@evil.example"),
        "http://127.0.0.1".into(),
        "null".into(),
        String::new(),
    ] {
        let answer = upgrade(origin.clone()).await;
        assert!(answer.starts_with("HTTP/1.1 403"), "{origin:?}: {answer}");
        for (method, path) in [
            (Method::POST, "/mine"),
            (Method::POST, "/transactions"),
            (Method::POST, "/benchmarks/pow"),
            (Method::PUT, "/topology"),
        ] {
            let bearer = format!("Bearer {TOKEN}");
            let headers = [
                (ORIGIN.as_str(), origin.as_str()),
                (AUTHORIZATION.as_str(), bearer.as_str()),
                (CONTENT_TYPE.as_str(), JSON),
            ];
            let answer = host.send(method, path, &headers, "{}").await;
            answer.assert_problem(403, "other sites", &format!("{path} from {origin:?}"));
        }
    }
    assert!(host.get_json("/status").await["switchboard"]["connections"] == 0);
    // Its own page may, under whatever name it reached the relay.
    let headers = [(ORIGIN.as_str(), "http://classroom.test:8000"), (HOST.as_str(), "classroom.test:8000")];
    assert_eq!(host.send(Method::POST, "/benchmarks/pow", &headers, "").await.status, StatusCode::ACCEPTED);
    host.relay.stop().await;
}

/// CASES 100: whoever asks, reading is allowed without credentials and nothing else; a simple content type is no way in.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_pages_may_read_and_never_with_credentials() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let foreign = (ORIGIN.as_str(), "http://evil.example");
    for path in ["/chain", "/peers", "/", "/no/such/thing", "/health"] {
        let answer = host.send(Method::GET, path, &[foreign], "").await;
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
    for (path, method) in [("/mine", "POST"), ("/chain", "GET"), ("/links/a/b", "DELETE"), ("/", "PUT")] {
        let headers = [foreign, ("access-control-request-method", method)];
        let answer = host.send(Method::OPTIONS, path, &headers, "").await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-methods"), "GET, HEAD", "{path}");
        assert!(!answer.header("access-control-allow-headers").contains("authorization"), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
    let bearer = format!("Bearer {TOKEN}");
    for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"] {
        for path in ["/mine", "/new-transaction", "/register-with", "/links"] {
            let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (CONTENT_TYPE.as_str(), kind)];
            host.send(Method::POST, path, &headers, "{}").await.assert_problem(415, "application/json", path);
        }
    }
    host.relay.stop().await;
}

/// CASES 102.
#[tokio::test(flavor = "multi_thread")]
async fn crooked_addresses_and_huge_heads_lead_nowhere() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    for target in [
        "/../../etc/passwd",
        "/docs/../../Cargo.toml",
        "/docs/..%2f..%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/index.html/../../../etc/passwd",
        "/blocks/-1",
        "/blocks/%00",
        "/chain?from=-1",
        "/chain?limit=99999999999999999999999999",
        "/chain?limit=-1",
        "/headers?from=1e9",
        "/%ff%fe",
        "/accounts/%ff",
    ] {
        let answer =
            raw(&host, format!("GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).await;
        let status = answer.split(' ').nth(1).unwrap_or_default();
        assert!(matches!(status, "400" | "404"), "{target}: {answer}");
        assert!(answer.contains("application/problem+json"), "{target}: {answer}");
    }
    for head in [
        format!("GET /chain HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "a".repeat(9_000)),
        format!("GET /chain?{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(9_000)),
        format!("GET /chain HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: a\r\n".repeat(700)),
    ] {
        let answer = raw(&host, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 431") || answer.starts_with("HTTP/1.1 414"), "{answer}");
    }
    // What browsers send at most is taken.
    let head = format!("GET /chain HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: {}\r\n\r\n", "a".repeat(7_000));
    assert!(raw(&host, head.as_bytes()).await.starts_with("HTTP/1.1 200"));
    assert_eq!(host.get_json("/health").await["status"], "ok");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_never_ends_a_head_is_cut_and_others_are_served() {
    let data_dir = directory();
    let host =
        // Whoever does not dawdle is not cut, on a busy machine either.
        Host::start_with("host", "regtest", &data_dir, |settings| settings.head_timeout = Duration::from_secs(2)).await;
    let dawdling = ["", "GET /chain HT", "GET /chain HTTP/1.1\r\nHost: x\r\nX-Slow: "].map(async |beginning| {
        let answer = raw(&host, beginning.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    });
    // Nor is a connection kept for a second request that never comes.
    let once = async {
        let answer = raw(&host, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    };
    futures::join!(futures::future::join_all(dawdling), once);
    assert_eq!(host.get_json("/health").await["status"], "ok");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_have_a_limit_in_all_and_places_come_back() {
    let data_dir = directory();
    let host = Host::start_with("host", "regtest", &data_dir, |settings| settings.max_connections = 2).await;
    let connect = || async { TcpStream::connect(host.relay.address()).await.expect("the relay listens") };
    let held = [connect().await, connect().await];
    // Connections are taken in the order in which they come.
    let answer = raw(&host, b"").await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("\r\nRetry-After: 5\r\n"), "{answer:?}");
    let (start, body) = answer.split_once("\r\n\r\n").expect("a head");
    assert!(start.contains("Content-Type: application/problem+json"), "{start}");
    assert_eq!(serde_json::from_str::<Value>(body).expect("the whole problem")["status"], 503);
    drop(held);
    eventually("places are free again", async || {
        let answer = raw(&host, b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        if answer.starts_with("HTTP/1.1 200") { Ok(()) } else { Err(answer) }
    })
    .await;
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_answers_that_nobody_reads_have_a_limit() {
    let data_dir = directory();
    LongChain::on_regtest(60, 600).write(data_dir.path());
    let host = Host::start(&data_dir).await;
    let length = host.get("/chain").await.body.len();
    // More than the system keeps of it.
    assert!(length > 6 * 1024 * 1024, "{length} bytes");
    let mut unread = Vec::new();
    loop {
        let mut stream = TcpStream::connect(host.relay.address()).await.expect("the relay listens");
        stream.write_all(b"GET /chain HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("it reads");
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.expect("it answers");
        match &start {
            b"HTTP/1.1 200" => unread.push(stream),
            b"HTTP/1.1 503" => break,
            other => panic!("{}", String::from_utf8_lossy(other)),
        }
        assert!(unread.len() * length <= MAX_UNREAD_PER_ADDRESS, "{} answers wait", unread.len());
    }
    host.get("/chain").await.assert_problem(503, "waits to be read", "one more");
    assert_eq!(host.get_json("/health").await["status"], "ok");
    drop(unread);
    eventually("there is room again", async || {
        let answer = host.get("/chain").await;
        if answer.status == StatusCode::OK { Ok(()) } else { Err(answer.text()) }
    })
    .await;
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_too_often_waits_and_the_operator_does_not() {
    let data_dir = directory();
    let host = Host::start_with("host", "regtest", &data_dir, |settings| settings.requests_per_second = 1).await;
    // A wrong token buys nothing. However slow the machine, there comes a second with more than one request in it.
    for headers in [vec![], vec![(AUTHORIZATION.as_str(), "Bearer wrong-token")]] {
        let refused = eventually("it is too much", async || {
            let answer = host.send(Method::GET, "/network", &headers, "").await;
            if answer.status == StatusCode::OK { Err("one more".to_owned()) } else { Ok(answer) }
        })
        .await;
        refused.assert_problem(429, "--requests-per-second", "too often");
        assert!(refused.header(RETRY_AFTER).parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    }
    let bearer = format!("Bearer {TOKEN}");
    for _ in 0..30 {
        let answer = host.send(Method::GET, "/network", &[(AUTHORIZATION.as_str(), bearer.as_str())], "").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_read_token_set_reading_needs_it_and_it_steers_nothing() {
    const READ: &str = "a-token-for-readers";
    let data_dir = directory();
    let host = Host::start_with("host", "regtest", &data_dir, |settings| {
        settings.read_token = Some(TokenSource::Given(Token::new(READ).expect("a sound token")));
    })
    .await;
    let ask = async |method: Method, path: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (CONTENT_TYPE.as_str(), JSON)];
        host.send(method, path, &headers, "{\"action\": \"stop\"}").await
    };
    for path in ["/chain", "/peers", "/blocks/0/raw", "/events", "/status", "/chain/export", "/metrics"] {
        host.get(path).await.assert_problem(401, "read token", path);
        ask(Method::GET, path, "a-wrong-token").await.assert_problem(401, "read token", path);
        host.get(&format!("{path}?token={READ}")).await.assert_problem(401, "no place", path);
    }
    for token in [READ, TOKEN] {
        assert_eq!(ask(Method::GET, "/chain", token).await.status, StatusCode::OK);
    }
    let genesis = host.relay.params().genesis().hash();
    let raw = ask(Method::GET, &format!("/blocks/{genesis}/raw"), READ).await;
    assert_eq!(raw.header(CACHE_CONTROL), "private, max-age=31536000, immutable", "no shared cache keeps it");
    ask(Method::POST, "/mine", READ).await.assert_problem(403, "may read and not steer", "a reader");
    assert_eq!(ask(Method::POST, "/mine", TOKEN).await.status, StatusCode::ACCEPTED);
    let description = host.get_json("/openapi.json").await;
    for path in ["/chain", "/events"] {
        assert!(description["paths"][path]["get"]["security"][0]["reader"].is_array(), "{path} is locked");
    }
    assert!(description["paths"]["/health"]["get"]["security"].is_null());
    // The page and whatever watches over services need none.
    for path in ["/health", "/openapi.json", "/docs"] {
        assert_eq!(host.get(path).await.status, StatusCode::OK, "{path}");
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_changed_while_the_relay_runs() {
    let data_dir = directory();
    let file = data_dir.path().join("host.token");
    std::fs::write(&file, "the-old-token").unwrap();
    let source = TokenSource::File(file.clone());
    let host = Host::start_with("host", "regtest", &data_dir, |settings| settings.operator_token = Some(source)).await;
    let stop = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (CONTENT_TYPE.as_str(), JSON)];
        host.send(Method::POST, "/mine", &headers, "{\"action\": \"stop\"}").await.status
    };
    assert_eq!(stop("the-old-token").await, StatusCode::ACCEPTED);
    std::fs::write(&file, "the-new-token\n").unwrap();
    eventually("the new token counts", async || match stop("the-new-token").await {
        StatusCode::ACCEPTED => Ok(()),
        status => Err(status.to_string()),
    })
    .await;
    assert_eq!(stop("the-old-token").await, StatusCode::UNAUTHORIZED);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn health_is_no_better_than_the_node() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let (release, held) = std::sync::mpsc::channel::<()>();
    let resident = host.relay.state().resident.clone();
    // The node's loop hangs until it is let go, and nothing else with it: what its thread still had to do goes to another one.
    let hang = move || held.recv().is_err();
    let hanging = tokio::spawn(async move { resident.query(move |_| block_in_place(hang)).await });
    eventually("it is noticed", async || {
        let answer = host.get("/health").await;
        if answer.status == StatusCode::OK {
            return Err("it is well".to_owned());
        }
        answer.assert_problem(503, "too busy", "health");
        Ok(())
    })
    .await;
    drop(release);
    assert!(hanging.await.unwrap().unwrap(), "it was let go by the end of the channel");
    assert_eq!(host.get_json("/health").await["status"], "ok");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_what_keeps_browsers_from_harm() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    for path in ["/", "/chain", "/no/such/thing", "/docs", "/openapi.json"] {
        let answer = host.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && policy.starts_with("default-src '"), "{path}: {policy}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
    }
    // A 304's headers replace those of the browser's copy: no stricter policy may come with it.
    let page = host.get("/").await;
    let again = host.send(Method::GET, "/", &[(IF_NONE_MATCH.as_str(), page.header(ETAG))], "").await;
    assert_eq!((again.status, again.header("content-security-policy")), (StatusCode::NOT_MODIFIED, ""));
    let order: Value = json!({ "action": "stop" });
    assert_eq!(host.post("/mine", &order).await.header("access-control-allow-origin"), "");
    host.relay.stop().await;
}
