//! How the binary ends: in good order, after a time for load balancers, or at once.
#![cfg(unix)]

use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::StatusCode;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::started::{PATIENCE, Started, directory, tabchain};

/// Whoever has to be cut off is cut off within nine seconds; the rest is for a busy machine.
const BOUND: Duration = Duration::from_secs(30);

#[test]
fn it_stops_in_good_order() {
    for signal in ["-INT", "-TERM"] {
        let data_dir = directory();
        let relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
        assert!(relay.interrupt(signal).success(), "{signal}");
    }
}

/// `tabchain | head`: what it has to say at the end has no reader any more.
#[test]
fn it_stops_in_good_order_although_nobody_reads_what_it_prints() {
    let data_dir = directory();
    let mut relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
    drop(relay.child.stdout.take());
    let log = relay.log();
    assert!(relay.interrupt("-TERM").success(), "{}", log.join().unwrap());
}

/// A node's connection and a listener's, as they are told of the end.
struct Witnesses {
    node: tokio_tungstenite::WebSocketStream<TcpStream>,
    listener: reqwest::Response,
}

impl Witnesses {
    async fn of(relay: &Started) -> Self {
        let join = relay.line("Join:");
        let authority = join.trim_start_matches("http://").trim_end_matches('/');
        let stream = TcpStream::connect(authority).await.unwrap();
        let (mut node, _) = tokio_tungstenite::client_async(format!("ws://{authority}/ws"), stream).await.unwrap();
        node.next().await.expect("a challenge").unwrap();
        let listener = reqwest::get(format!("{join}events")).await.unwrap();
        assert_eq!(listener.status(), StatusCode::OK);
        Self { node, listener }
    }

    /// The node is told 1001, the stream ends as streams do.
    async fn told_of_the_end(mut self) {
        let last = loop {
            let message = self.node.next().await.expect("words before the end").expect("no reset");
            if let Message::Close(words) = message {
                break words.expect("a reason");
            }
        };
        assert_eq!((u16::from(last.code), last.reason.as_str()), (1001, "the relay stops"));
        while self.listener.chunk().await.expect("the end of the stream, and no error").is_some() {}
    }
}

async fn health(relay: &Started) -> (StatusCode, String) {
    let answer = reqwest::get(format!("{}health", relay.line("Join:"))).await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

/// Waits until `/health` sends clients elsewhere.
async fn draining(relay: &Started) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (status, said) = health(relay).await;
        if status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(said.contains("stopping"), "{said}");
            return;
        }
        assert!(Instant::now() < deadline, "it should be stopping: {said}");
    }
}

#[tokio::test]
async fn who_is_connected_is_told_of_the_end() {
    let data_dir = directory();
    let mut relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest"]));
    let witnesses = Witnesses::of(&relay).await;
    let begun = Instant::now();
    relay.signal("-TERM");
    witnesses.told_of_the_end().await;
    assert!(relay.child.wait().unwrap().success());
    assert!(begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_load_balancer_has_time_to_send_clients_elsewhere() {
    let data_dir = directory();
    let mut relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest", "--drain", "2"]));
    let witnesses = Witnesses::of(&relay).await;
    let begun = Instant::now();
    relay.signal("-TERM");
    witnesses.told_of_the_end().await;
    assert!(relay.child.wait().unwrap().success());
    assert!(begun.elapsed() > Duration::from_secs(2) && begun.elapsed() < BOUND, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn who_comes_while_it_drains_is_served_and_a_second_signal_ends_at_once() {
    let data_dir = directory();
    let mut relay = Started::new(tabchain(data_dir.path()).args(["--network", "regtest", "--drain", "3600"]));
    assert_eq!(health(&relay).await.0, StatusCode::OK);
    relay.signal("-TERM");
    draining(&relay).await;
    let _late = Witnesses::of(&relay).await;
    let chain = reqwest::get(format!("{}chain", relay.line("Join:"))).await.unwrap();
    assert_eq!(chain.status(), StatusCode::OK);
    relay.signal("-INT");
    assert_eq!(relay.child.wait().unwrap().code(), Some(130));
}
