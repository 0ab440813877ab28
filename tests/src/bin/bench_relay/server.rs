//! The servers, each a process of its own, and what the system says of them.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tabchain_tests::process::RelayProcess;
use tempfile::TempDir;

/// For ten thousand connections at either end, and some room.
const MANY_FILES: u64 = 12_000;
const START_TIMEOUT: Duration = Duration::from_secs(20);
/// In what the system counts processor time: a clock tick, the same on every Linux that a program sees.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Tabchain,
    Nats,
    Ws,
}

pub struct Server {
    pub kind: Kind,
    pub address: SocketAddr,
    /// Ours has calls for the host.
    pub relay: Option<RelayProcess>,
    child: Option<Child>,
    data: TempDir,
}

/// Processor time of a process, seconds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cpu {
    pub user: f64,
    pub kernel: f64,
}

/// Both ends of each connection are files; child processes take over what is set here.
pub fn allow_many_files() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_some_and(|current| current < MANY_FILES) {
        let enough = maximum.is_none_or(|maximum| maximum >= MANY_FILES);
        assert!(enough, "ten thousand connections take {MANY_FILES} open files; the system allows {maximum:?}");
        setrlimit(Resource::Nofile, Rlimit { current: Some(MANY_FILES.max(maximum.unwrap_or(MANY_FILES))), maximum })
            .expect("below the maximum anyone may raise it");
    }
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tabchain => "tabchain",
            Self::Nats => "nats-server",
            Self::Ws => "ws",
        }
    }
}

impl Server {
    /// Ours in the shape *star*, all without limits that one address would meet.
    pub fn start(kind: Kind) -> Self {
        match kind {
            Kind::Tabchain => Self::relay("star"),
            Kind::Nats => Self::nats(),
            Kind::Ws => Self::ws(""),
        }
    }

    pub fn relay(shape: &str) -> Self {
        Self::relay_on(shape, |_| {})
    }

    /// `prepare` writes what the relay finds in its data folder.
    pub fn relay_on(shape: &str, prepare: impl FnOnce(&Path)) -> Self {
        let data = tempfile::tempdir().expect("a data folder");
        prepare(data.path());
        let relay = start_relay(data.path(), 0, shape);
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, relay.port));
        Self { kind: Kind::Tabchain, address, relay: Some(relay), child: None, data }
    }

    fn nats() -> Self {
        let data = tempfile::tempdir().expect("a data folder");
        let (client, websocket) = (free_port(), free_port());
        let config = data.path().join("nats.conf");
        let text = format!(
            "listen: \"127.0.0.1:{client}\"\nwebsocket {{ listen: \"127.0.0.1:{websocket}\", no_tls: true, compression: false }}\n"
        );
        fs::File::create(&config).and_then(|mut file| file.write_all(text.as_bytes())).expect("the disk has room");
        let mut command = Command::new(tool("NATS_SERVER"));
        command.arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::null());
        Self::of(Kind::Nats, command.spawn().expect("nats-server starts"), websocket, data)
    }

    /// `fault`: the mistake that it is to make, if any.
    pub fn ws(fault: &str) -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let port = free_port();
        let script =
            [env!("CARGO_MANIFEST_DIR"), "bench-relay", "broadcast.mjs"].iter().collect::<std::path::PathBuf>();
        let mut command = Command::new("node");
        command.arg(script).env("PORT", port.to_string()).env("FAULT", fault).stdout(Stdio::piped());
        command.env("WS_PACKAGES", tool("WS_PACKAGES"));
        let mut child = command.spawn().expect("Node.js starts");
        let stdout = child.stdout.take().expect("piped");
        let ready = BufReader::new(stdout).lines().next();
        assert!(matches!(ready, Some(Ok(_))), "the server of ws says when it is ready");
        Self::of(Kind::Ws, child, port, data)
    }

    fn of(kind: Kind, child: Child, port: u16, data: TempDir) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let begun = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(begun.elapsed() < START_TIMEOUT, "{} does not listen", kind.name());
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { kind, address, relay: None, child: Some(child), data }
    }

    /// Kills the relay and starts it again, on the same port and data.
    pub fn restart(&mut self, shape: &str) {
        self.relay.take().expect("it is a relay").kill();
        self.relay = Some(start_relay(self.data.path(), self.address.port(), shape));
    }

    fn pid(&self) -> u32 {
        let child = self.child.as_ref().map(Child::id);
        child.or(self.relay.as_ref().map(RelayProcess::id)).expect("it is one of the two")
    }

    pub fn cpu(&self) -> Cpu {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid())).expect("it runs, on Linux");
        // The program's name stands in brackets and may hold anything; times are the 12th and 13th word after it.
        let words: Vec<&str> = stat.rsplit_once(')').expect("a name").1.split_whitespace().collect();
        let seconds = |word: &str| word.parse::<f64>().expect("a count") / TICKS_PER_SECOND;
        Cpu { user: seconds(words[11]), kernel: seconds(words[12]) }
    }

    /// Memory that the process has of its own in use, KiB.
    pub fn resident_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("it runs, on Linux");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
        line.trim().trim_end_matches("kB").trim().parse().expect("a count")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Cpu {
    pub fn since(self, before: Self) -> Self {
        Self { user: self.user - before.user, kernel: self.kernel - before.kernel }
    }

    pub fn total(self) -> f64 {
        self.user + self.kernel
    }
}

fn start_relay(data: &Path, port: u16, shape: &str) -> RelayProcess {
    let many = "100000";
    let limits = ["--max-connections", many, "--max-connections-per-address", many];
    let rates = ["--requests-per-second", "0", "--messages-per-second", "0", "--topology", shape];
    RelayProcess::start(data, port, &[&limits[..], &rates].concat())
}

fn tool(variable: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| panic!("`cargo xtask bench relay` sets {variable}"))
}

/// Free a moment ago, and nobody else on this machine is in a hurry for it.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("it is bound").port()
}
