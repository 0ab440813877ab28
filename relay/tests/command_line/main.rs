//! The binary as a host meets it: what it prints, how settings win over each other, and how it ends.

mod descriptors;
mod documents;
mod logs;
mod started;
mod stopping;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use started::{PATIENCE, Started, directory, failure, tabchain};

#[tokio::test]
async fn it_prints_what_a_host_needs_and_the_links_work() {
    let data_dir = directory();
    let relay = Started::new(&mut tabchain(data_dir.path()));
    let join = relay.line("Join:");
    assert!(join.starts_with("http://127.0.0.1:") && join.ends_with('/') && !join.ends_with(":0/"), "{join}");
    assert_eq!(relay.line("REST:"), format!("{join}chain"));
    let token = relay.line("Operator:").strip_prefix(&format!("{join}control#token=")).unwrap().to_owned();
    assert_eq!(relay.line("Data:"), data_dir.path().display().to_string());
    assert!(relay.lines[0].contains("network classroom"), "{}", relay.lines[0]);
    assert_eq!(reqwest::get(relay.line("REST:")).await.unwrap().status(), 200);
    let stop = reqwest::Client::new().post(format!("{join}mine")).bearer_auth(&token);
    let stop = stop.header("content-type", "application/json").body("{\"action\": \"stop\"}");
    assert_eq!(stop.send().await.unwrap().status(), 202);
    drop(relay);
    // The operator's bookmark outlives a restart.
    let relay = Started::new(&mut tabchain(data_dir.path()));
    assert!(relay.line("Operator:").ends_with(&token));
}

#[tokio::test]
async fn a_flag_wins_over_the_environment_and_the_environment_over_the_file() {
    let data_dir = directory();
    let file = data_dir.path().join("settings.toml");
    fs::write(&file, "name = \"from-file\"\nnetwork = \"regtest\"\n").unwrap();
    let with_file = || {
        let mut command = tabchain(data_dir.path());
        command.arg("--config").arg(&file);
        command
    };
    let relay = Started::new(&mut with_file());
    assert_eq!(relay.name().await, "from-file");
    assert!(relay.lines[0].contains("regtest"));
    drop(relay);
    assert_eq!(Started::new(with_file().env("TABCHAIN_NAME", "from-environment")).name().await, "from-environment");
    let mut all = with_file();
    all.env("TABCHAIN_NAME", "from-environment").args(["--name", "from-flag"]);
    assert_eq!(Started::new(&mut all).name().await, "from-flag");
    let relay = Started::new(with_file().env("TABCHAIN_OPERATOR_TOKEN", "from-the-environment"));
    assert!(relay.line("Operator:").ends_with("#token=from-the-environment"));
}

#[tokio::test]
async fn who_joins_without_naming_a_network_serves_that_of_the_other() {
    let (one, two) = (directory(), directory());
    let first = Started::new(tabchain(one.path()).args(["--network", "regtest"]));
    let second = Started::new(tabchain(two.path()).args(["--join", first.line("Join:")]));
    assert!(second.lines.iter().any(|line| line.contains("network regtest")), "{:?}", second.lines);
}

#[test]
fn what_cannot_work_ends_in_words() {
    let data_dir = directory();
    let relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
    let error = failure(tabchain(data_dir.path()).args(["--network", "regtest"]));
    assert!(error.contains("another process uses this data directory"), "{error}");
    let port = relay.line("Join:").trim_end_matches('/').rsplit(':').next().unwrap().to_owned();
    let elsewhere = directory();
    let error = failure(tabchain(elsewhere.path()).args(["--port", &port]));
    assert!(error.contains("choose another with --host or --port"), "{error}");
    drop(relay);
    let error = failure(tabchain(data_dir.path()).args(["--network", "classroom"]));
    assert!(error.contains("belongs to network"), "{error}");
    let network = data_dir.path().join("network.toml");
    fs::write(&network, "name = \"mine\"\nspacing = 0\n").unwrap();
    let error = failure(tabchain(data_dir.path()).arg("--network").arg(&network));
    assert!(error.contains("network.toml") && error.contains("missing field"), "{error}");
    let absent = data_dir.path().join("absent.pem");
    let error = failure(tabchain(data_dir.path()).arg("--tls-cert").arg(&absent).arg("--tls-key").arg(&absent));
    assert!(error.contains("reading") && error.contains("absent.pem"), "{error}");
    let error = failure(tabchain(data_dir.path()).args(["--network", "regtest", "--join-ca"]).arg(&network));
    assert!(error.contains("--join-ca") && error.contains("holds no certificate"), "{error}");
}

/// A relay that records into `file`.
fn recorded(data_dir: &Path, file: &Path) -> Command {
    let mut command = tabchain(data_dir);
    command.args(["--network", "regtest", "--name", "ada"]).arg("--record").arg(file);
    command.env("TABCHAIN_OPERATOR_TOKEN", "let-me-steer");
    command
}

/// `tabchain replay FILE --json`: its exit code and its answer.
fn replayed(file: &Path) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabchain"));
    let output = command.arg("replay").arg(file).arg("--json").output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// What a relay recorded is replayed to the chain that it had, and to every state that it passed; so is its second life,
/// which begins with what its store held.
#[cfg(unix)]
#[tokio::test]
async fn a_recorded_relay_is_replayed_to_the_same_state() {
    let data_dir = directory();
    let (first, second) = (data_dir.path().join("first.tabrec"), data_dir.path().join("second.tabrec"));
    let relay = Started::new(&mut recorded(data_dir.path(), &first));
    relay.order("mine", r#"{"nodes": ["ada"], "blocks": 3}"#).await;
    relay.mined(3).await;
    relay.order("new-transaction", r#"{"sender": "ada", "receiver": "ada", "amount": 2}"#).await;
    relay.order("mine", r#"{"nodes": ["ada"], "blocks": 1}"#).await;
    let tip = relay.mined(4).await;
    assert!(relay.interrupt("-TERM").success());
    let (code, again) = replayed(&first);
    assert_eq!((code, &again["valid"], &again["ending"]), (Some(0), &Value::Bool(true), &"stopped".into()));
    assert_eq!((&again["height"], &again["tip"]), (&tip["height"], &tip["hash"]));

    let relay = Started::new(&mut recorded(data_dir.path(), &second));
    relay.order("mine", r#"{"nodes": ["ada"], "blocks": 2}"#).await;
    let tip = relay.mined(6).await;
    // What has reached the file is replayed while the relay still runs, and just so after it was killed.
    let deadline = Instant::now() + PATIENCE;
    while replayed(&second).1["tip"] != tip["hash"] {
        assert!(Instant::now() < deadline, "the recording should come to {tip}");
    }
    drop(relay);
    let (code, again) = replayed(&second);
    assert_eq!((code, &again["ending"], &again["tip"]), (Some(0), &"broken off".into(), &tip["hash"]));

    let mut bytes = fs::read(&first).unwrap();
    let key = fs::read_to_string(data_dir.path().join("node.key")).unwrap();
    let key = hex::decode(key.trim()).unwrap();
    assert!(!bytes.windows(8).any(|window| window == &key[..8]), "no part of the secret key is on the record");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&first, bytes).unwrap();
    let (code, again) = replayed(&first);
    assert_eq!((code, &again["valid"]), (Some(1), &Value::Bool(false)), "{again}");
    assert!(again["error"].is_string(), "{again}");
}

#[test]
fn a_recording_never_overwrites_a_file_and_what_is_none_is_refused() {
    let data_dir = directory();
    let file = data_dir.path().join("letters.txt");
    fs::write(&file, "dear diary").unwrap();
    let error = failure(&mut recorded(data_dir.path(), &file));
    assert!(error.contains("letters.txt") && error.contains("not overwritten"), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "dear diary");
    let (code, again) = replayed(&file);
    assert_eq!(code, Some(1));
    assert!(again["error"].as_str().unwrap().starts_with("not-a-recording: "), "{again}");
    assert_eq!(replayed(&data_dir.path().join("nowhere")).0, Some(2));
}

/// A recording at its limit ends, and the relay does not.
#[cfg(unix)]
#[tokio::test]
async fn a_recording_at_its_limit_ends_and_the_relay_goes_on() {
    let data_dir = directory();
    let file = data_dir.path().join("short.tabrec");
    let relay = Started::new(recorded(data_dir.path(), &file).args(["--record-limit", "0"]));
    relay.order("mine", r#"{"nodes": ["ada"], "blocks": 1}"#).await;
    relay.mined(1).await;
    assert!(relay.interrupt("-TERM").success());
    let (code, again) = replayed(&file);
    assert_eq!((code, &again["ending"], &again["inputs"]), (Some(0), &"limit reached".into(), &0.into()));
}
