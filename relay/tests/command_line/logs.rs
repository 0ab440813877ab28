//! What the binary logs, in which form, and what it never logs.

use std::io::{Read, Write};
use std::time::Instant;

use serde_json::Value;

use crate::started::{PATIENCE, Started, directory, failure, tabchain};

/// CASES 101: whatever is asked with a token, right or wrong, in the header or in the address, it stands in no log.
#[cfg(unix)]
#[tokio::test]
async fn tokens_are_never_logged() {
    for format in ["text", "json"] {
        check_no_token_is_logged(format).await;
    }
}

#[cfg(unix)]
async fn check_no_token_is_logged(format: &str) {
    const WRONG: &str = "a-wrong-token-that-somebody-tried";
    let data_dir = directory();
    let mut command = tabchain(data_dir.path());
    command.env("TABCHAIN_OPERATOR_TOKEN", "let-me-steer").env("TABCHAIN_READ_TOKEN", "let-me-read");
    let flags = ["--network", "regtest", "--name", "ada", "--log-format", format, "--log-level", "trace"];
    let mut relay = Started::new(command.args(flags));
    let log = relay.log();
    let join = relay.line("Join:").to_owned();
    for token in ["let-me-steer", "let-me-read", WRONG] {
        for path in ["chain", &format!("chain?token={token}"), "mine", &format!("mine?operator_token={token}"), token] {
            let client = reqwest::Client::new();
            let method = if path.starts_with("mine") { reqwest::Method::POST } else { reqwest::Method::GET };
            client.request(method, format!("{join}{path}")).bearer_auth(token).send().await.unwrap();
        }
    }
    // Something that is logged: a block.
    relay.order("mine", r#"{"nodes": ["ada"], "blocks": 1}"#).await;
    let deadline = Instant::now() + PATIENCE;
    loop {
        let chain = reqwest::Client::new().get(format!("{join}chain")).bearer_auth("let-me-read").send().await.unwrap();
        if chain.json::<Value>().await.unwrap()["length"] == 2 {
            break;
        }
        assert!(Instant::now() < deadline, "a block should be found");
    }
    assert!(relay.line("Readers:").ends_with("#token=let-me-read"));
    assert!(relay.interrupt("-TERM").success());
    let log = log.join().unwrap();
    assert!(log.contains("new tip"), "it logs something: {log}");
    if format == "json" {
        for line in log.lines() {
            let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}"));
            assert!(line["level"].is_string() && line["timestamp"].is_string() && line["target"].is_string(), "{line}");
        }
    }
    for token in ["let-me-steer", "let-me-read", WRONG] {
        assert!(!log.contains(token), "{token} is in the log");
    }
}

/// What a relay logs from its start to its end, with these flags and `RUST_LOG`. In between somebody talks nonsense, which is
/// logged for debugging.
#[cfg(unix)]
fn logged(flags: &[&str], rust_log: &str) -> String {
    let data_dir = directory();
    let mut command = tabchain(data_dir.path());
    let mut relay = Started::new(command.env("RUST_LOG", rust_log).args(["--network", "regtest"]).args(flags));
    let log = relay.log();
    let authority = relay.line("Join:").trim_start_matches("http://").trim_end_matches('/').to_owned();
    let mut stream = std::net::TcpStream::connect(authority).unwrap();
    stream.write_all(b"\0nonsense\r\n\r\n").unwrap();
    // It is cut off when that is logged.
    stream.read_to_end(&mut Vec::new()).unwrap();
    assert!(relay.interrupt("-TERM").success());
    log.join().unwrap()
}

#[cfg(unix)]
#[test]
fn the_level_wins_over_rust_log_and_rust_log_over_the_default() {
    let is_chatty = |log: &str| log.contains("a connection failed");
    assert!(is_chatty(&logged(&[], "debug")));
    assert!(is_chatty(&logged(&["--log-level", "debug"], "error")));
    assert!(!is_chatty(&logged(&["--log-level", "info,tabchain=warn"], "debug")));
    // It may have been set for another program.
    assert!(!is_chatty(&logged(&[], "no=such=level")));
}

/// Also when it ends with an error: whoever collects the log has it.
#[test]
fn json_lines_are_all_there_is() {
    let data_dir = directory();
    let relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
    let error = failure(tabchain(data_dir.path()).args(["--network", "regtest", "--log-format", "json"]));
    let lines: Vec<Value> = error.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let last = lines.last().expect("it says why");
    assert_eq!(last["level"], "ERROR");
    assert!(last["message"].as_str().unwrap().contains("another process uses this data directory"), "{last}");
    drop(relay);
}

#[test]
fn a_level_that_makes_no_sense_is_named() {
    let data_dir = directory();
    let error = failure(tabchain(data_dir.path()).args(["--log-level", "loud=yes=no"]));
    assert!(error.contains("--log-level loud=yes=no") && error.contains("info,tabchain=debug"), "{error}");
}
