//! The binary as a host meets it: what it prints, how settings win over each other, and how it ends.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

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
