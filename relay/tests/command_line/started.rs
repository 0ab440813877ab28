//! A `tabchain` process with a clean environment, and what it has said.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// For what a relay does within a second on an idle machine.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// The binary with a clean environment, on a free port.
pub fn tabchain(data_dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tabchain"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TABCHAIN_")) {
        command.env_remove(name);
    }
    command.env("TABCHAIN_PORT", "0").arg("--data-dir").arg(data_dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A started relay, killed when dropped, and the lines that it printed for the host.
pub struct Started {
    pub child: Child,
    pub lines: Vec<String>,
}

impl Started {
    /// Reads up to the last line that a relay prints before it serves.
    pub fn new(command: &mut Command) -> Self {
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

    pub fn line(&self, label: &str) -> &str {
        let line = self.lines.iter().find_map(|line| line.strip_prefix(label));
        line.unwrap_or_else(|| panic!("no line {label:?} in {:?}", self.lines)).trim()
    }

    pub async fn name(&self) -> String {
        let peers = reqwest::get(format!("{}peers", self.line("Join:"))).await.unwrap().json::<Value>().await.unwrap();
        peers[0]["name"].as_str().unwrap().to_owned()
    }

    pub async fn order(&self, call: &str, body: &'static str) {
        let request = reqwest::Client::new().post(format!("{}{call}", self.line("Join:"))).bearer_auth("let-me-steer");
        let answer = request.header("content-type", "application/json").body(body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    pub async fn tip(&self) -> Value {
        let chain = reqwest::get(format!("{}chain?limit=1", self.line("Join:"))).await.unwrap();
        chain.json::<Value>().await.unwrap()["tip"].clone()
    }

    /// Asks until the chain is that high; the tip then.
    pub async fn mined(&self, height: u64) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let tip = self.tip().await;
            if tip["height"] == height {
                return tip;
            }
            assert!(Instant::now() < deadline, "{tip} should come to height {height}");
        }
    }

    /// Reads the log to its end, beside whatever the test does.
    pub fn log(&mut self) -> JoinHandle<String> {
        let mut log = self.child.stderr.take().expect("nobody reads it yet");
        std::thread::spawn(move || {
            let mut text = String::new();
            log.read_to_string(&mut text).unwrap();
            text
        })
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    #[cfg(unix)]
    pub fn interrupt(mut self, signal: &str) -> ExitStatus {
        self.signal(signal);
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
pub fn failure(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

pub fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}
