//! A real NATS server, to be stopped and started again.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A server on this machine alone, which dies with its handle.
#[derive(Debug)]
pub struct NatsServer {
    child: Child,
    port: u16,
    /// Where servers of its cluster reach it.
    route: Option<u16>,
}

impl NatsServer {
    /// On any free port.
    pub fn start() -> Self {
        Self::start_on(-1, &[])
    }

    /// Servers that are one bus.
    pub fn cluster(count: usize) -> Vec<Self> {
        let joined = ["--cluster_name", "tabchain", "--cluster", "nats://127.0.0.1:-1"];
        let first = Self::start_on(-1, &joined);
        let route = first.route.expect("it is part of a cluster").to_string();
        let routes = format!("nats://127.0.0.1:{route}");
        let more = [&joined[..], &["--routes", &routes]].concat();
        let others: Vec<Self> = (1..count).map(|_| Self::start_on(-1, &more)).collect();
        std::iter::once(first).chain(others).collect()
    }

    /// Stops it, as a machine that goes down would.
    pub fn kill(&mut self) {
        // It may be dead already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts another one in the place of one that was killed.
    pub fn restart(&mut self) {
        *self = Self::start_on(i32::from(self.port), &[]);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What `--bus` takes.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    fn start_on(port: i32, more: &[&str]) -> Self {
        let program = std::env::var("NATS_SERVER").expect(
            "these tests need a NATS server: run them with `cargo xtask test bus`, which installs one, or browser",
        );
        let mut command = Command::new(program);
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string()]).args(more);
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the NATS server starts");
        let stderr = child.stderr.take().expect("piped");
        let mut lines = BufReader::new(stderr).lines();
        let wants_route = more.contains(&"--cluster");
        let (mut client, mut route, mut is_ready) = (None, None, false);
        while client.is_none() || !is_ready || (wants_route && route.is_none()) {
            let line = lines.next().and_then(Result::ok).expect("the NATS server says where it listens");
            let port = || line.rsplit(':').next().and_then(|port| port.parse().ok());
            if line.contains("Listening for client connections") {
                client = port();
            } else if line.contains("Listening for route connections") {
                route = port();
            }
            is_ready |= line.contains("Server is ready");
        }
        let port = client.expect("it was waited for");
        // Whatever it says later must have a reader, or the server would wait for one.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, port, route }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
