//! The binary as a host meets it: what it prints, how settings win over each other, and how it ends.

use std::fs;
#[cfg(unix)]
use std::io::Write;
use std::io::{BufRead, BufReader, Read};
#[cfg(unix)]
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// For what a relay does within a second on an idle machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// The binary with a clean environment, on a free port.
fn tabchain(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabchain"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TABCHAIN_")) {
        command.env_remove(name);
    }
    command.env("TABCHAIN_PORT", "0").arg("--data-dir").arg(data_dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A started relay, killed when dropped, and the lines that it printed for the host.
struct Started {
    child: Child,
    lines: Vec<String>,
}

impl Started {
    /// Reads up to the last line that a relay prints before it serves.
    fn new(command: &mut Command) -> Self {
        let mut started = Self { child: command.spawn().unwrap(), lines: Vec::new() };
        for line in BufReader::new(started.child.stdout.as_mut().unwrap()).lines() {
            started.lines.push(line.unwrap());
            if started.lines.last().is_some_and(|line| line.contains("Ctrl-C")) {
                return started;
            }
        }
        let mut error = String::new();
        started.child.stderr.as_mut().unwrap().read_to_string(&mut error).unwrap();
        panic!("it ended: {error}");
    }

    fn line(&self, label: &str) -> &str {
        let line = self.lines.iter().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("no line {label:?} in {:?}", self.lines)).trim()
    }

    async fn name(&self) -> String {
        let peers = reqwest::get(format!("{}peers", self.line("Join:"))).await.unwrap().json::<Value>().await.unwrap();
        peers[0]["name"].as_str().unwrap().to_owned()
    }

    #[cfg(unix)]
    fn interrupt(mut self, signal: &str) -> ExitStatus {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        self.child.wait().unwrap()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a relay that cannot start says.
fn failure(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

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
}

#[cfg(unix)]
#[test]
fn it_stops_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        let data_dir = directory();
        let relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
        assert!(relay.interrupt(signal).success(), "{signal}");
    }
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

impl Started {
    async fn order(&self, call: &str, body: &'static str) {
        let request = reqwest::Client::new().post(format!("{}{call}", self.line("Join:"))).bearer_auth("let-me-steer");
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn tip(&self) -> Value {
        let chain = reqwest::get(format!("{}chain?limit=1", self.line("Join:"))).await.unwrap();
        chain.json::<Value>().await.unwrap()["tip"].clone()
    }

    /// Asks until the chain is that high; the tip then.
    async fn mined(&self, height: u64) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let tip = self.tip().await;
            if tip["height"] == height {
                return tip;
            }
            assert!(Instant::now() < deadline, "{tip} should come to height {height}");
        }
    }
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

/// CASES 101: whatever is asked with a token, right or wrong, in the header or in the address, it stands in no log.
#[cfg(unix)]
#[tokio::test]
async fn tokens_are_never_logged() {
    const WRONG: &str = "a-wrong-token-that-somebody-tried";
    let data_dir = directory();
    let mut command = tabchain(data_dir.path());
    command.env("TABCHAIN_OPERATOR_TOKEN", "let-me-steer").env("TABCHAIN_READ_TOKEN", "let-me-read");
    let flags = ["--network", "regtest", "--name", "ada"];
    let mut relay = Started::new(command.env("RUST_LOG", "trace").args(flags));
    let mut log = relay.child.stderr.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        log.read_to_string(&mut text).unwrap();
        text
    });
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
    let log = reading.join().unwrap();
    assert!(log.contains("new tip"), "it logs something: {log}");
    for token in ["let-me-steer", "let-me-read", WRONG] {
        assert!(!log.contains(token), "{token} is in the log");
    }
}

/// The first line of what a connection is answered that asks how the relay does.
#[cfg(unix)]
fn health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    // A relay without a place for it may have hung up already.
    let _ = stream.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).unwrap();
    line.trim().to_owned()
}

/// Where the system gives a process few descriptors, strangers' connections leave room for what the relay itself needs; where it
/// would give more, it is asked for them.
#[cfg(unix)]
#[tokio::test]
async fn connections_leave_descriptors_for_the_relay_itself() {
    const OK: &str = "HTTP/1.1 200 OK";
    for (limits, held, expected) in [
        ("ulimit -Sn 96 && ulimit -Hn 96", 32, "HTTP/1.1 503 Service Unavailable"),
        ("ulimit -Sn 96 && ulimit -Hn 4096", 200, OK),
    ] {
        let data_dir = directory();
        let program = tabchain(data_dir.path());
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{limits} && exec \"$0\" \"$@\" --network regtest --name ada --port 0")]);
        command.arg(program.get_program()).args(program.get_args());
        command.env_clear().env("TABCHAIN_OPERATOR_TOKEN", "let-me-steer");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let relay = Started::new(&mut command);
        let address = relay.line("Join:").trim_start_matches("http://").trim_end_matches('/').to_owned();
        let strangers: Vec<_> = (0..held).map(|_| TcpStream::connect(&address).unwrap()).collect();
        assert_eq!(health(&address), expected, "{limits}");
        drop(strangers);
        let deadline = Instant::now() + PATIENCE;
        while health(&address) != OK {
            assert!(Instant::now() < deadline, "there is room again");
        }
        relay.order("mine", r#"{"nodes": ["ada"], "blocks": 1}"#).await;
        relay.mined(1).await;
    }
}
