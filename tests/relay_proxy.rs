//! A relay behind a reverse proxy: whose limits a request counts against, and from where a page came.

use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Method, StatusCode};
use tabchain::rest::events::MAX_STREAMS_PER_ADDRESS;
use tabchain_tests::eventually;
use tabchain_tests::host::{Answer, Host, JSON, directory};

const FORWARDED_FOR: &str = "x-forwarded-for";

/// A relay that takes one request a second from an address, and believes connections from these.
async fn host(data_dir: &tempfile::TempDir, trusted: &[&str]) -> Host {
    let trusted = trusted.iter().map(|network| network.parse().expect("a network")).collect();
    Host::start_with("host", "regtest", data_dir, |settings| {
        settings.requests_per_second = 1;
        settings.trusted_proxies = trusted;
    })
    .await
}

async fn ask_as(host: &Host, client: &str) -> Answer {
    host.send(Method::GET, "/network", &[(FORWARDED_FOR, client)], "").await
}

/// Asks for one address until it has had enough.
async fn exhaust(host: &Host, client: &str) {
    eventually("it is too much", async || match ask_as(host, client).await.status {
        StatusCode::TOO_MANY_REQUESTS => Ok(()),
        status => Err(status.to_string()),
    })
    .await;
}

/// The answer to one that is limited as an exhausted address is. Another address could ask ten times; this one gets a request for
/// each second in which a busy machine did not get round to asking.
async fn refusal_as(host: &Host, client: &str) -> Answer {
    for _ in 0..5 {
        let answer = ask_as(host, client).await;
        if answer.status != StatusCode::OK {
            return answer;
        }
    }
    panic!("{client} is not limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_count_for_the_client_and_not_for_the_proxy() {
    let data_dir = directory();
    let host = host(&data_dir, &["127.0.0.0/8"]).await;
    exhaust(&host, "203.0.113.9, 192.0.2.1").await;
    let refused = refusal_as(&host, "192.0.2.1").await;
    refused.assert_problem(429, "192.0.2.1", "the same client, whatever it wrote itself");
    for other in ["192.0.2.2", "2001:db8::1", "192.0.2.1, 192.0.2.3", "127.0.0.9"] {
        assert_eq!(ask_as(&host, other).await.status, StatusCode::OK, "{other}");
    }
    exhaust(&host, "2001:db8:1::1").await;
    refusal_as(&host, "2001:db8:1::2").await.assert_problem(429, "2001:db8:1::", "the same network of 64 bits");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_untrusted_address_counts_as_itself_whatever_it_says() {
    let data_dir = directory();
    let host = host(&data_dir, &["10.0.0.0/8"]).await;
    let mut number = 0;
    let refused = loop {
        number += 1;
        let answer = ask_as(&host, &format!("192.0.2.{number}")).await;
        if answer.status != StatusCode::OK {
            break answer;
        }
        assert!(number < 200, "it should be too much, under whatever name");
    };
    refused.assert_problem(429, "127.0.0.1", "a stranger");
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_and_nodes_count_for_the_client_too() {
    let data_dir = directory();
    let host = Host::start_with("host", "regtest", &data_dir, |settings| {
        settings.trusted_proxies = vec!["127.0.0.1".parse().expect("an address")];
        settings.limits.connections_per_address = 1;
    })
    .await;
    let listen = async |client: &str| {
        let request = host.http.get(host.url("/events")).header(FORWARDED_FOR, client);
        request.send().await.expect("the relay answers")
    };
    // Also beyond four times the nodes of an address: a proxy's connections count only among all.
    let mut streams = Vec::new();
    for _ in 0..MAX_STREAMS_PER_ADDRESS {
        streams.push(listen("192.0.2.1").await);
    }
    assert!(streams.iter().all(|stream| stream.status() == StatusCode::OK));
    assert_eq!(listen("192.0.2.1").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(listen("192.0.2.2").await.status(), StatusCode::OK);

    let connect = async |client: &str| {
        let request = host.http.get(host.url("/ws")).header(FORWARDED_FOR, client);
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let request =
            request.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        request.send().await.expect("the relay answers")
    };
    let node = connect("192.0.2.1").await;
    assert_eq!(node.status(), StatusCode::SWITCHING_PROTOCOLS);
    assert_eq!(connect("192.0.2.1").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(connect("192.0.2.2").await.status(), StatusCode::SWITCHING_PROTOCOLS);
    drop((node, streams));
    host.relay.stop().await;
}

/// CASES 98 and 99, behind a proxy that asks for another host than its clients do.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_held_against_the_host_that_the_client_asked_for() {
    let data_dir = directory();
    let inner = (HOST.as_str(), "10.0.0.5:8000");
    for (trusted, https_page, http_page) in
        [("127.0.0.1", StatusCode::ACCEPTED, 403), ("10.0.0.1", StatusCode::FORBIDDEN, 403)]
    {
        let data_dir = data_dir.path().join(trusted);
        std::fs::create_dir(&data_dir).expect("a folder to write to");
        let folder = tempfile::tempdir_in(&data_dir).expect("a folder to write to");
        let host = host(&folder, &[trusted]).await;
        let post = async |origin: &str| {
            let headers = [
                inner,
                (ORIGIN.as_str(), origin),
                (CONTENT_TYPE.as_str(), JSON),
                ("x-forwarded-host", "relay.example"),
                ("x-forwarded-proto", "https"),
                (FORWARDED_FOR, "192.0.2.1"),
            ];
            host.send(Method::POST, "/benchmarks/pow", &headers, "").await.status
        };
        assert_eq!(post("https://relay.example").await, https_page, "{trusted}");
        assert_eq!(post("http://relay.example").await.as_u16(), http_page, "{trusted}");
        assert_eq!(post("https://evil.example").await, StatusCode::FORBIDDEN, "{trusted}");
        host.relay.stop().await;
    }
}
