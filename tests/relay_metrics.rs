//! `/metrics` of a real relay: sound by Prometheus' rules, moved by what happens, bounded whatever strangers ask for, and what
//! the board in `docs/grafana` shows.

#![expect(clippy::float_cmp, reason = "what is counted is whole")]

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::header::{CONTENT_TYPE, HOST, ORIGIN};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tabchain_shared::node::Command;
use tabchain_tests::eventually;
use tabchain_tests::exposition::Exposition;
use tabchain_tests::host::{Host, directory};
use tabchain_tests::swarm::Swarm;

async fn metrics(host: &Host) -> Exposition {
    let answer = host.get("/metrics").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header(CONTENT_TYPE), "text/plain; version=0.0.4; charset=utf-8");
    Exposition::parse(&answer.text())
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_move_with_what_happens() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let before = metrics(&host).await;
    assert_eq!(before.sum("tabchain_build_info", &format!("version=\"{}\"", env!("CARGO_PKG_VERSION"))), 1.0);
    assert_eq!((before.value("tabchain_tip_height"), before.value("tabchain_nodes")), (0.0, 0.0));

    let mut swarm = Swarm::new();
    for _ in 0..2 {
        swarm.join(host.relay.address().port()).await;
    }
    swarm.members[0].command(Command::StartMining { blocks: Some(1), limit: None }).await;
    eventually("the block has come", async || match host.height().await {
        1 => Ok(()),
        height => Err(format!("height {height}")),
    })
    .await;
    host.mine_a_block().await;
    host.pay("host", "1").await;
    let after = eventually("all is stored", async || {
        let now = metrics(&host).await;
        let stored = now.value("tabchain_blocks_connected_total");
        if stored == 3.0 { Ok(now) } else { Err(format!("{stored} blocks")) }
    })
    .await;

    for (name, at_least) in [
        ("tabchain_tip_height", 3.0),
        ("tabchain_best_header_height", 3.0),
        ("tabchain_nodes", 2.0),
        ("tabchain_links", 2.0),
        ("tabchain_connections", 3.0),
        ("tabchain_connections_accepted_total", 3.0),
        ("tabchain_frames_received_total", 4.0),
        ("tabchain_frames_received_bytes_total", 100.0),
        ("tabchain_frames_sent_total", 4.0),
        ("tabchain_frames_sent_bytes_total", 100.0),
        ("tabchain_frames_carried_total", 4.0),
        ("tabchain_frames_carried_bytes_total", 100.0),
        ("tabchain_transactions_accepted_total", 1.0),
        ("tabchain_database_writes_total", 3.0),
        ("tabchain_database_commit_seconds_count", 1.0),
        ("tabchain_http_request_duration_seconds_count", 3.0),
    ] {
        assert!(after.value(name) >= at_least, "{name}: {}", after.value(name));
    }
    // Of the three blocks one has travelled; the others were mined here.
    assert_eq!(after.value("tabchain_block_propagation_seconds_count"), 1.0);
    for name in [
        "tabchain_malformed_messages_total",
        "tabchain_slow_readers_cut_total",
        "tabchain_connections_refused_total",
        "tabchain_reorg_depth_blocks_count",
        "tabchain_database_failures_total",
        "tabchain_database_read_only",
        "tabchain_mempool_transactions",
        "tabchain_draining",
    ] {
        assert_eq!(after.value(name), 0.0, "{name}");
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_counted_by_reason() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let foreign = [[(ORIGIN.as_str(), "http://evil.example")].as_slice(), &upgrade].concat();
    assert_eq!(host.send(Method::GET, "/ws", &foreign, "").await.status, StatusCode::FORBIDDEN);
    let now = metrics(&host).await;
    assert_eq!(now.sum("tabchain_connections_refused_total", "reason=\"foreign_page\""), 1.0);
    assert_eq!(now.value("tabchain_connections_refused_total"), 1.0);
    host.relay.stop().await;
}

/// Strangers choose paths, methods and names, and none of them gets into a label.
#[tokio::test(flavor = "multi_thread")]
async fn labels_are_templates_and_never_what_was_asked_for() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let made_up = Method::from_bytes(b"BREW").expect("a method");
    for number in 0..50 {
        for path in [format!("/blocks/{number}"), format!("/no/such/{number}"), format!("/accounts/\"}}\\{number}")] {
            host.get(&path).await;
            host.send(made_up.clone(), &path, &[(HOST.as_str(), "x\"} 1")], "").await;
        }
    }
    let now = metrics(&host).await;
    let labels: BTreeSet<&str> =
        now.series("tabchain_http_request_duration_seconds_count").map(|(labels, _)| labels).collect();
    assert!(labels.len() <= 10, "{labels:?}");
    assert!(labels.iter().any(|labels| labels.contains("route=\"/blocks/{block}\"")), "{labels:?}");
    assert!(labels.iter().any(|labels| labels.contains("method=\"other\"")), "{labels:?}");
    assert!(labels.iter().all(|labels| !labels.contains("BREW")), "{labels:?}");
    host.relay.stop().await;
}

/// Names as Prometheus advises: whose they are in front, base units and `_total` at the end.
#[tokio::test(flavor = "multi_thread")]
async fn names_follow_the_conventions() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let now = metrics(&host).await;
    for (name, kind) in &now.families {
        assert!(name.starts_with("tabchain_") || name.starts_with("process_"), "{name}");
        let wrong = ["_ms", "_millis", "_milliseconds", "_kb", "_mib", "_minutes", "_percent"];
        assert!(wrong.iter().all(|unit| !name.contains(unit)), "{name}");
        assert!(kind != "histogram" || name.ends_with("_seconds") || name.ends_with("_blocks"), "{name}");
    }
    #[cfg(target_os = "linux")]
    for name in
        ["process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds", "process_open_fds"]
    {
        assert!(now.value(name) > 0.0, "{name}");
    }
    host.relay.stop().await;
}

/// Names of metrics in a query of `PromQL`.
fn names_in(query: &str) -> Vec<String> {
    let words = query.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("tabchain_") || word.starts_with("process_")).map(str::to_owned).collect()
}

/// Every query below this value, with the title that it stands under.
fn queries<'a>(board: &'a Value, found: &mut Vec<&'a str>) {
    match board {
        Value::Object(fields) => {
            found.extend(fields.get("expr").and_then(Value::as_str));
            fields.values().for_each(|field| queries(field, found));
        }
        Value::Array(items) => items.iter().for_each(|item| queries(item, found)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_board_and_its_page_show_what_there_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let read = |path: &str| std::fs::read_to_string(root.join(path)).expect(path);
    let board: Value = serde_json::from_str(&read("docs/grafana/tabchain.json")).expect("JSON");
    let mut asked = Vec::new();
    queries(&board, &mut asked);
    assert!(asked.len() > 15, "{asked:?}");
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    host.mine_a_block().await;
    let now = metrics(&host).await;
    for query in asked {
        let names = names_in(query);
        assert!(!names.is_empty(), "{query}");
        for name in names {
            assert!(now.has(&name), "{query} asks for {name}, which /metrics does not have");
        }
    }
    // Whoever reads a name finds what it means.
    let page = read("docs/operations.md");
    for name in now.families.keys().filter(|name| name.starts_with("tabchain_")) {
        assert!(page.contains(&format!("`{name}`")), "docs/operations.md does not explain {name}");
    }
    host.relay.stop().await;
}
