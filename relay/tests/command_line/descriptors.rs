//! What becomes of connections where the system gives a process few descriptors.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::started::{PATIENCE, Started, directory, tabchain};

/// The first line of what a connection is answered that asks how the relay does.
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
