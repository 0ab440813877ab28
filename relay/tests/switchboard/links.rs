//! Introductions, carried frames, and what a slow reader does to others: nothing.

use std::collections::HashSet;
use std::time::Duration;

use tabchain::identity::load_or_create_key;
use tabchain::socket::{Closing, OutboxBudget};
use tabchain::switchboard::topology::DEFAULT_DEGREE;
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::{FromRelay, LinkEnd, NodeControl, RelayControl};
use tokio::time::timeout;

use crate::client::{Client, Closed, DEADLINE, Hello, TestRelay, version};

#[tokio::test]
async fn frames_are_carried_unread_both_ways() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, bob_speaks_first) = bob.link_with(alice.id).await;
    assert!(bob_speaks_first, "the newcomer speaks first");
    let (same_link, alice_speaks_first) = alice.link_with(bob.id).await;
    assert_eq!((same_link, alice_speaks_first), (link, false));

    for frame in [vec![], b"not a message of any kind".to_vec(), vec![0xff; 100_000]] {
        bob.carry(link, &frame).await;
        assert_eq!(alice.frame(link).await, frame);
        alice.carry(link, &frame).await;
        assert_eq!(bob.frame(link).await, frame);
    }
}

#[tokio::test]
async fn the_resident_is_linked_with_everyone_and_speaks_when_spoken_to() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    let (link, we_initiate) = client.link_with(relay.resident()).await;
    assert!(we_initiate);
    client.tell(link, version(1)).await;
    let answer = client.heard(link).await;
    assert!(matches!(answer, Message::Version(version) if version.public_key.node_id() == relay.resident()));
}

#[tokio::test]
async fn who_loses_a_peer_is_told() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let bob = Client::join(&relay, 2).await;
    let (link, _) = alice.link_with(bob.id).await;
    drop(bob);
    assert_eq!(alice.link_end().await, (link, LinkEnd::Left), "a channel between the two would live on");
    // What was on its way is no fault: more of it than malformed messages are forgiven.
    for _ in 0..50 {
        alice.carry(link, b"late").await;
    }
    let carol = Client::join(&relay, 3).await;
    alice.link_with(carol.id).await;
}

#[tokio::test]
async fn a_cut_link_is_down_at_the_other_end() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, _) = bob.link_with(alice.id).await;
    bob.say(NodeControl::Unlink { link }).await;
    assert_eq!(alice.link_end().await, (link, LinkEnd::Cut), "a channel between the two would end");
}

/// Nobody makes a link with the resident anew but for a newcomer, so the node has to become one.
#[tokio::test]
async fn who_loses_the_link_with_the_resident_is_sent_to_connect_again() {
    let relay = TestRelay::start().await;
    let unlinked = Closed { code: Closing::UNLINKED.code, reason: Closing::UNLINKED.reason.into_owned() };
    let mut alice = Client::join(&relay, 1).await;
    let (link, _) = alice.link_with(relay.resident()).await;
    alice.say(NodeControl::Unlink { link }).await;
    assert_eq!(alice.closed().await, unlinked);
    let mut alice = Client::join(&relay, 1).await;
    let (link, _) = alice.link_with(relay.resident()).await;
    // Now the resident cuts it: no node begins so.
    alice.carry(link, &Message::Verack.to_frame()).await;
    assert_eq!(alice.closed().await, unlinked);
}

/// Several times the first pause before another attempt: what would go on for ever shows within it.
const QUIET: Duration = Duration::from_millis(1_500);

/// Their nodes are introduced twice and keep one link; the other relay's connection is not to be closed for that.
#[tokio::test]
async fn relays_that_have_joined_each_other_stay_joined() {
    let relays = [TestRelay::start().await, TestRelay::start().await];
    for (one, other) in [(&relays[0], &relays[1]), (&relays[1], &relays[0])] {
        one.relay.state().joins.register(other.url("").parse().unwrap()).await.unwrap();
    }
    let since = || {
        relays.each_ref().map(|relay| {
            let connected = relay.relay.state().switchboard.connected();
            connected.iter().map(|node| (node.id, node.since)).collect::<Vec<_>>()
        })
    };
    // The two may take the links in in another order each, and start once more. Then nothing may change any more.
    let come_to_rest = async {
        loop {
            let before = since();
            let mut look = tokio::time::interval(Duration::from_millis(10));
            let changed = async {
                while since() == before {
                    look.tick().await;
                }
            };
            if timeout(QUIET, changed).await.is_err() && before.iter().all(|connected| connected.len() == 1) {
                return;
            }
        }
    };
    timeout(DEADLINE, come_to_rest).await.expect("two relays that joined each other come to rest");
}

/// Two processes with one identity must not push each other out for ever.
#[tokio::test]
async fn a_relay_whose_identity_another_process_uses_waits_long() {
    let (relay, copied) = (TestRelay::start().await, TestRelay::start().await);
    copied.relay.state().joins.register(relay.url("").parse().unwrap()).await.unwrap();
    let key = load_or_create_key(copied.relay.data_dir()).unwrap();
    let mut impostor = Client::greet(&relay, Hello { key, ..Hello::new(1) }).await;
    impostor.link_with(relay.resident()).await;
    let pushed_out = timeout(QUIET, impostor.closed()).await;
    assert!(pushed_out.is_err(), "the two push each other out: {pushed_out:?}");
    let mut other = Client::join(&relay, 2).await;
    other.link_with(impostor.id).await;
    impostor.link_with(other.id).await;
    assert_eq!(copied.relay.state().joins.status()[0].relay, None);
}

#[tokio::test]
async fn a_class_is_well_connected() {
    let relay = TestRelay::start().await;
    let mut class = Vec::new();
    for number in 0..20 {
        class.push(Client::join(&relay, number).await);
    }
    for client in &mut class[DEFAULT_DEGREE + 1..] {
        let mut linked = HashSet::new();
        while linked.len() < DEFAULT_DEGREE + 1 {
            if let RelayControl::LinkUp { node, .. } = client.control().await {
                linked.insert(node);
            }
        }
        assert!(linked.contains(&relay.resident()) && !linked.contains(&client.id));
    }
}

/// CASES 73.
#[tokio::test]
async fn a_slow_reader_is_cut_and_the_others_do_not_notice() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.outbox = OutboxBudget { bytes: 1_000_000, messages: 1_000 };
    })
    .await;
    let mut senders = Vec::new();
    for number in 1..=3 {
        senders.push(Client::join(&relay, number).await);
    }
    // It connects, and then never reads again.
    let slow = Client::join(&relay, 4).await;
    let mut quick = Client::join(&relay, 5).await;
    let mut links = Vec::new();
    for sender in &mut senders {
        links.push((sender.link_with(slow.id).await.0, sender.link_with(quick.id).await.0));
    }

    // The system's own buffers take some megabytes before the relay's fill up. No sender has most of what waits then.
    let frame = vec![7; 100_000];
    let mut sent = 0;
    while relay.relay.state().switchboard.status().slow_readers_cut == 0 {
        for (sender, (to_slow, to_quick)) in senders.iter_mut().zip(&links) {
            sender.carry(*to_slow, &frame).await;
            sender.carry(*to_quick, &frame).await;
            assert_eq!(quick.frame(*to_quick).await, frame);
        }
        sent += 1;
        assert!(sent < 2_000, "600 MB and nobody was cut");
    }
    for (sender, (to_slow, to_quick)) in senders.iter_mut().zip(links) {
        assert_eq!(sender.link_end().await, (to_slow, LinkEnd::Left));
        sender.carry(to_quick, b"and on").await;
        assert_eq!(quick.frame(to_quick).await, b"and on");
    }
    drop(slow);
}

/// CASES 73, when it is not the reader's fault: nobody has another cut by filling its queue.
#[tokio::test]
async fn who_floods_another_loses_the_link_and_the_other_stays() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.outbox = OutboxBudget { bytes: 1_000_000, messages: 1_000 };
    })
    .await;
    let mut flooder = Client::join(&relay, 1).await;
    let mut other = Client::join(&relay, 2).await;
    let mut victim = Client::join(&relay, 3).await;
    let (flood, _) = flooder.link_with(victim.id).await;
    let (link, _) = other.link_with(victim.id).await;
    // It reads slowly, and others have something to say to it meanwhile.
    let frame = vec![7; 100_000];
    while relay.relay.state().switchboard.status().overdrawn_links_cut == 0 {
        flooder.carry(flood, &frame).await;
    }
    assert_eq!(flooder.link_end().await, (flood, LinkEnd::Cut));
    other.carry(link, b"are you there?").await;
    let (mut frames, mut is_cut) = (0, false);
    loop {
        match victim.receive().await {
            FromRelay::Carried { link: over, frame: came } if over == flood => {
                assert_eq!(came, frame);
                frames += 1;
            }
            FromRelay::Carried { link: over, frame } if over == link => {
                assert_eq!(frame, b"are you there?");
                break;
            }
            FromRelay::Control(RelayControl::LinkDown { link, reason }) => {
                is_cut |= (link, reason) == (flood, LinkEnd::Cut);
            }
            _ => {}
        }
    }
    assert!(is_cut && frames > 0, "{frames}");
    let status = relay.relay.state().switchboard.status();
    assert_eq!((status.slow_readers_cut, status.overdrawn_links_cut), (0, 1));
}

/// The reason reaches a reader that is merely behind.
#[tokio::test]
async fn too_slow_is_said_in_words() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.outbox = OutboxBudget { bytes: 1_000, messages: 1_000 };
    })
    .await;
    let mut sender = Client::join(&relay, 1).await;
    let mut receiver = Client::join(&relay, 2).await;
    let (link, _) = sender.link_with(receiver.id).await;
    sender.carry(link, &[7; 2_000]).await;
    let closed = receiver.closed().await;
    assert_eq!((closed.code, closed.reason), (Closing::TOO_SLOW.code, Closing::TOO_SLOW.reason.into_owned()));
}
