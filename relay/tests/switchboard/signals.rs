//! Signals between the drivers at a link's two ends: carried like frames, and bounded like them.

use tabchain::socket::{Closing, OutboxBudget};
use tabchain_shared::wire::switchboard::{MAX_SIGNAL_BYTES, RelayControl, ToRelay};

use crate::client::{Client, Hello, TestRelay, version};
use crate::handshake::closed;

#[tokio::test]
async fn signals_are_carried_unread_both_ways() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, _) = bob.link_with(alice.id).await;
    for signal in [vec![], b"{\"kind\":\"unlink\"}".to_vec(), vec![0xff; MAX_SIGNAL_BYTES]] {
        bob.signal(link, &signal).await;
        assert_eq!(alice.signalled().await, (link, signal.clone()));
        alice.signal(link, &signal).await;
        assert_eq!(bob.signalled().await, (link, signal));
    }
}

/// The relay opens no channels; its node never sees who would like one.
#[tokio::test]
async fn the_resident_hears_frames_and_no_signals() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    let (link, _) = client.link_with(relay.resident()).await;
    // As a frame this would begin a second handshake, and end the link.
    for _ in 0..20 {
        client.signal(link, &version(1).to_frame()).await;
    }
    client.meet_resident(link, 1).await;
    assert_eq!(relay.relay.state().switchboard.status().malformed_messages, 0);
}

#[tokio::test]
async fn signals_too_large_or_for_nobody_are_malformed() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, _) = bob.link_with(alice.id).await;
    let large = ToRelay::Signal { link, signal: vec![0; MAX_SIGNAL_BYTES + 1] }.to_bytes();
    let unknown = b"\x02\xff\xff\xff\xffunknown link".to_vec();
    for message in [large, unknown, b"\x02\x01".to_vec()].into_iter().cycle().take(10) {
        bob.send(message).await;
    }
    assert_eq!(bob.closed().await, closed(Closing::MALFORMED));
    // What was on its way when a link ended is no fault.
    alice.link_with(bob.id).await;
    alice.link_down().await;
    for _ in 0..20 {
        alice.signal(link, b"late").await;
    }
    let carol = Client::join(&relay, 3).await;
    alice.link_with(carol.id).await;
    assert_eq!(relay.relay.state().switchboard.status().malformed_messages, 10);
}

/// CASES 73, for signals: who floods another fills that one's queue and no other, and has it to itself no longer.
#[tokio::test]
async fn a_flood_of_signals_ends_with_the_link() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.outbox = OutboxBudget { bytes: 1_000_000, messages: 100 };
    })
    .await;
    let mut flooder = Client::join(&relay, 1).await;
    let silent = Client::join(&relay, 2).await;
    let mut other = Client::join(&relay, 3).await;
    let (to_silent, _) = flooder.link_with(silent.id).await;
    let (to_other, _) = flooder.link_with(other.id).await;
    let signal = vec![7; MAX_SIGNAL_BYTES];
    // More than its queue and the system's buffers for a socket hold.
    for _ in 0..64_000_000 / MAX_SIGNAL_BYTES {
        flooder.signal(to_silent, &signal).await;
    }
    assert_eq!(flooder.link_down().await, to_silent);
    let status = relay.relay.state().switchboard.status();
    assert_eq!((status.slow_readers_cut, status.overdrawn_links_cut, status.malformed_messages), (0, 1, 0));
    flooder.signal(to_other, b"hello").await;
    assert_eq!(other.signalled().await, (to_other, b"hello".to_vec()));
    drop(silent);
}

/// Nodes that come back with channels are linked again, and told of the servers that may help them open more.
#[tokio::test]
async fn who_returns_with_a_channel_is_linked_with_its_partner() {
    let ice_servers = vec!["turn:ada:secret@turn.example".parse::<tabchain::config::ice::IceAddress>().unwrap().into()];
    let relay = TestRelay::start_with(|settings| {
        settings.topology = tabchain::switchboard::topology::Shape::Random { degree: 1 };
        settings.ice_servers = ice_servers.clone();
    })
    .await;
    let mut class = Vec::new();
    for number in 1..=12 {
        let mut client = Client::greet(&relay, Hello::new(number)).await;
        let welcome = RelayControl::Welcome { node: relay.resident(), ice_servers: ice_servers.clone() };
        assert_eq!(client.control().await, welcome);
        class.push(client);
    }
    // With one other each, the last one to come is linked with whom it names.
    let partner = class[11].id;
    let mut back = Client::greet(&relay, Hello { channels: vec![partner], ..Hello::new(13) }).await;
    let (link, speaks_first) = back.link_with(partner).await;
    assert!(speaks_first);
    assert_eq!(class[11].link_with(back.id).await, (link, false));
}
