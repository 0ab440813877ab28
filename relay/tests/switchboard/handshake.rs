//! Who may come in, and how those who may not are told.

use std::time::Duration;

use tabchain::config::Settings;
use tabchain::socket::Closing;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::Node;
use tabchain_shared::primitives::{NodeId, SecretKey};
use tabchain_shared::wire::switchboard::{MAX_CHANNELS, NodeControl, RelayControl};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;

use crate::client::{Client, Closed, DEADLINE, Hello, TestRelay, found};

pub fn closed(closing: Closing) -> Closed {
    Closed { code: closing.code, reason: closing.reason.into_owned() }
}

/// CASES 14 and 63, at the relay.
#[tokio::test]
async fn a_refused_node_is_told_why() {
    let relay = TestRelay::start().await;
    let cases = [
        (Hello { network: Params::classroom().network_id(), ..Hello::new(1) }, "serves the network regtest"),
        (Hello { signed: Some([0; 32]), ..Hello::new(1) }, "does not prove"),
        (Hello { name: "n".repeat(65), ..Hello::new(1) }, "1 to 64 bytes"),
        (Hello { name: " ".into(), ..Hello::new(1) }, "1 to 64 bytes"),
        (Hello { name: "red\x1b[31m".into(), ..Hello::new(1) }, "no control characters"),
        (Hello { channels: vec![NodeId([7; 8]); MAX_CHANNELS + 1], ..Hello::new(1) }, "at most 64 channels"),
    ];
    for (hello, words) in cases {
        let mut client = Client::greet(&relay, hello).await;
        let RelayControl::Refused { reason } = client.control().await else { panic!("not refused") };
        assert!(reason.contains(words), "{reason:?} should contain {words:?}");
        assert_eq!(client.closed().await, closed(Closing::REFUSED));
    }
    for nonsense in [vec![], b"\x01{}".to_vec(), b"\x00\x01\x00\x00\x00frame".to_vec(), vec![7; 100]] {
        let mut client = Client::dial(&relay).await;
        client.control().await;
        client.send(nonsense).await;
        let RelayControl::Refused { reason } = client.control().await else { panic!("not refused") };
        assert!(reason.contains("must be a Hello"), "{reason}");
    }
    assert_eq!(relay.relay.state().switchboard.status().connections, 0);
}

/// CASES 74: nothing is kept for who says nothing, and its place is another's.
#[tokio::test]
async fn who_says_nothing_is_sent_away() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.patience.handshake = Duration::from_millis(100);
        settings.limits.connections_per_address = 1;
    })
    .await;
    for _ in 0..3 {
        let mut silent = found("a place is free", async || Client::try_dial(relay.relay.address()).await).await;
        assert_eq!(silent.closed().await, closed(Closing::SILENT));
    }
    assert_eq!(relay.relay.state().switchboard.status().connections, 0);
}

#[tokio::test]
async fn a_node_that_falls_silent_is_cut_and_one_that_answers_pings_is_not() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.patience.ping_every = Duration::from_millis(100);
        settings.limits.patience.dead_after = Duration::from_millis(700);
    })
    .await;
    let mut lively = Client::join(&relay, 1).await;
    // It answers whenever there is something to answer, from its first moment on.
    let answering = tokio::spawn(async move {
        let (link, _) = lively.link_with(SecretKey::from_seed([2; 32]).public_key().node_id()).await;
        assert_eq!(lively.link_down().await, link);
        lively
    });
    // It never reads, so it never answers a ping.
    let _silent = Client::join(&relay, 2).await;
    let _lively = answering.await.unwrap();
    relay.wait_for_connections(1).await;
}

#[tokio::test]
async fn the_newer_connection_of_a_node_replaces_the_older() {
    let relay = TestRelay::start().await;
    let mut older = Client::join(&relay, 1).await;
    let mut newer = Client::join(&relay, 1).await;
    assert_eq!(older.closed().await, closed(Closing::REPLACED));
    newer.link_with(relay.resident()).await;
    relay.wait_for_connections(1).await;
    // The end of the older one does not take the newer one's links along.
    let mut other = Client::join(&relay, 2).await;
    other.link_with(newer.id).await;
}

#[tokio::test]
async fn cutting_a_link_of_others_is_malformed() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, _) = bob.link_with(alice.id).await;
    let mut eve = Client::join(&relay, 3).await;
    for _ in 0..10 {
        eve.say(NodeControl::Unlink { link }).await;
    }
    assert_eq!(eve.closed().await, closed(Closing::MALFORMED));
    alice.link_with(bob.id).await;
    alice.carry(link, b"still linked").await;
    assert_eq!(bob.frame(link).await, b"still linked");
}

/// The status of a refused upgrade; 101 if it was not refused.
async fn upgrade(relay: &TestRelay, origin: Option<&str>) -> u16 {
    let address = relay.relay.address();
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
    }
    match client_async(request, TcpStream::connect(address).await.unwrap()).await {
        Ok((_, response)) => response.status().as_u16(),
        Err(Error::Http(response)) => {
            let content_type = response.headers()["content-type"].to_str().unwrap();
            assert_eq!(content_type, "application/problem+json");
            response.status().as_u16()
        }
        Err(other) => panic!("{other}"),
    }
}

/// CASES 98 and 99, for the WebSocket alone.
#[tokio::test]
async fn pages_of_other_sites_may_not_connect() {
    let relay = TestRelay::start().await;
    let own = format!("http://{}", relay.relay.address());
    assert_eq!(upgrade(&relay, None).await, 101);
    assert_eq!(upgrade(&relay, Some(&own)).await, 101);
    for foreign in ["http://evil.example", "null", "http://127.0.0.1:1", &format!("{own}.evil.example")] {
        assert_eq!(upgrade(&relay, Some(foreign)).await, 403, "{foreign}");
    }
}

/// CASES 75: whoever is too many is told so before there is a WebSocket.
#[tokio::test]
async fn one_address_cannot_take_all_places() {
    let patiently = |settings: &mut Settings| settings.limits.patience.handshake = Duration::from_hours(1);
    let relay = TestRelay::start_with(patiently).await;
    let mut sockets = Vec::new();
    let mut refused = 0;
    for _ in 0..1_000 {
        let address = relay.relay.address();
        match client_async(format!("ws://{address}/ws"), TcpStream::connect(address).await.unwrap()).await {
            Ok((socket, _)) => sockets.push(socket),
            Err(Error::Http(response)) if response.status() == 429 => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((sockets.len(), refused), (256, 744));
    // A host with a larger class behind one address says so.
    let relay = TestRelay::start_with(|settings| {
        patiently(settings);
        settings.limits.connections_per_address = 300;
    })
    .await;
    let mut class = Vec::new();
    for _ in 0..300 {
        class.push(Client::dial(&relay).await);
    }
    assert_eq!(upgrade(&relay, None).await, 429);
}

#[tokio::test]
async fn a_place_is_free_again_when_its_connection_ends() {
    let relay = TestRelay::start_with(|settings| settings.limits.connections_per_address = 2).await;
    let first = Client::join(&relay, 1).await;
    let _second = Client::join(&relay, 2).await;
    assert_eq!(upgrade(&relay, None).await, 429);
    drop(first);
    // The place is given back a moment after the node has left.
    found("a place is free", async || Client::try_dial(relay.relay.address()).await).await;
}

#[tokio::test]
async fn a_relay_whose_own_node_has_crashed_says_so() {
    let relay = TestRelay::start().await;
    let state = relay.relay.state();
    assert!(timeout(Duration::from_millis(50), relay.relay.failed()).await.is_err(), "nothing has failed yet");
    let asked = state.resident.query(|_: &Node| panic!("a bug that this test plays")).await;
    assert!(asked.is_err());
    timeout(DEADLINE, relay.relay.failed()).await.expect("the crash is noticed");
    timeout(DEADLINE, relay.relay.stop()).await.expect("it stops all the same");
}

#[tokio::test]
async fn a_stopping_relay_says_so() {
    let relay = TestRelay::start().await;
    let mut member = Client::join(&relay, 1).await;
    let mut stranger = Client::dial(&relay).await;
    let stopping = tokio::spawn(relay.relay.stop());
    assert_eq!(member.closed().await, closed(Closing::STOPPING));
    assert_eq!(stranger.closed().await, closed(Closing::STOPPING));
    stopping.await.unwrap();
}
