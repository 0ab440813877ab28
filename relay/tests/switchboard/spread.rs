//! A frame that a node says once, for several others: each gets it as if it had been sent to it alone.

use std::collections::BTreeSet;

use tabchain::socket::{Closing, OutboxBudget};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::{FromRelay, LinkEnd, LinkId, NodeControl, RelayControl, ToRelay, spread};
use tokio_tungstenite::tungstenite::Message as Frame;

use crate::client::{Client, TestRelay, version};
use crate::handshake::closed;

/// A node, others that it is linked with, and those links; the last one is the resident's.
async fn among(relay: &TestRelay, others: u8) -> (Client, Vec<Client>, Vec<LinkId>) {
    let mut node = Client::join(relay, 1).await;
    let (resident, _) = node.link_with(relay.resident()).await;
    let (mut all, mut links) = (Vec::new(), Vec::new());
    for number in 2..2 + others {
        let mut other = Client::join(relay, number).await;
        links.push(other.link_with(node.id).await.0);
        all.push(other);
    }
    links.push(resident);
    (node, all, links)
}

fn to(links: &[LinkId], frame: &[u8]) -> Vec<u8> {
    spread(&links.iter().copied().collect::<BTreeSet<_>>(), frame)
}

#[tokio::test]
async fn each_link_gets_the_frame_and_in_its_place() {
    let relay = TestRelay::start().await;
    let (mut node, mut others, links) = among(&relay, 5).await;
    for round in 0..10_u8 {
        node.carry(links[0], &[round, 0]).await;
        node.send(to(&links[..5], &[round, 1])).await;
        node.carry(links[0], &[round, 2]).await;
        for (other, link) in others.iter_mut().zip(&links).skip(1) {
            assert_eq!(other.frame(*link).await, [round, 1]);
        }
        for step in 0..3 {
            assert_eq!(others[0].frame(links[0]).await, [round, step]);
        }
    }
    let status = relay.relay.state().switchboard.status();
    assert_eq!(status.frames_carried, 70, "the resident has said nothing, as others speak first");
}

/// However the relay puts together what it reads at once: all that one node says to another stays in order, up to the end of their
/// link, which is told last.
#[tokio::test]
async fn what_comes_at_once_arrives_in_its_order() {
    let relay = TestRelay::start().await;
    let (mut node, mut others, links) = among(&relay, 5).await;
    // More than are put together, and of sizes that do not fit together.
    for round in 0..100_u8 {
        node.send(to(&links[..5], &vec![round; 700 * usize::from(round)])).await;
    }
    let carried = |frame: &[u8]| ToRelay::Carried { link: links[0], frame: frame.to_vec() }.to_bytes();
    let together = vec![
        to(&links[..5], b"all 1"),
        to(&links[..5], b"all 2"),
        to(&links[..2], b"two"),
        carried(b"one"),
        to(&links[..5], b"all 3"),
        ToRelay::Control(NodeControl::Unlink { link: links[0] }).to_bytes(),
        to(&links[..5], b"all but one"),
    ];
    node.send_together(together.into_iter().map(|bytes| Frame::Binary(bytes.into())).collect()).await;
    for (number, (other, link)) in others.iter_mut().zip(&links).enumerate() {
        for round in 0..100_u8 {
            assert_eq!(other.frame(*link).await, vec![round; 700 * usize::from(round)]);
        }
        let expected: &[&[u8]] = match number {
            0 => &[b"all 1", b"all 2", b"two", b"one", b"all 3"],
            1 => &[b"all 1", b"all 2", b"two", b"all 3", b"all but one"],
            _ => &[b"all 1", b"all 2", b"all 3", b"all but one"],
        };
        for frame in expected {
            assert_eq!(other.frame(*link).await, *frame, "{number}");
        }
    }
    assert_eq!(others[0].link_down().await, links[0]);
    assert_eq!(relay.relay.state().switchboard.status().frames_carried, 500 + 5 + 5 + 2 + 1 + 5 + 4);
}

/// What a node said before it went is still passed on, also if its goodbye came along.
#[tokio::test]
async fn last_words_arrive() {
    let relay = TestRelay::start().await;
    let (mut node, mut others, links) = among(&relay, 3).await;
    let words = (0..20).map(|round| Frame::Binary(to(&links[..3], &[round]).into()));
    node.send_together(words.chain([Frame::Close(None)]).collect()).await;
    for (other, link) in others.iter_mut().zip(&links) {
        for round in 0..20 {
            assert_eq!(other.frame(*link).await, [round]);
        }
        assert_eq!(other.link_down().await, *link);
    }
}

/// CASES 73, for what goes to many: whoever floods one of them loses that link, over which nothing follows its end, and the others
/// get everything.
#[tokio::test]
async fn who_floods_one_of_many_loses_that_link() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.outbox = OutboxBudget { bytes: 1_000_000, messages: 1_000 };
        settings.limits.messages_per_second = 0;
    })
    .await;
    let (mut node, mut others, links) = among(&relay, 2).await;
    let mut quick = others.pop().expect("two");
    let mut slow = others.pop().expect("one more");
    let frame = |round: u32| round.to_le_bytes().repeat(250);
    let status = || relay.relay.state().switchboard.status();
    let mut sent = 0;
    while status().overdrawn_links_cut == 0 {
        let burst = (sent..sent + 20).map(|round| Frame::Binary(to(&links[..2], &frame(round)).into()));
        node.send_together(burst.collect()).await;
        for round in sent..sent + 20 {
            assert_eq!(quick.frame(links[1]).await, frame(round));
        }
        sent += 20;
        assert!(sent < 100_000, "100 MB and no link was cut");
    }
    assert_eq!(node.link_end().await, (links[0], LinkEnd::Cut));
    let mut came = 0;
    loop {
        match slow.receive().await {
            FromRelay::Carried { link, frame: what } if link == links[0] => {
                assert_eq!(what, frame(came), "without a hole");
                came += 1;
            }
            FromRelay::Control(RelayControl::LinkDown { link, reason }) if link == links[0] => {
                assert_eq!(reason, LinkEnd::Cut);
                break;
            }
            _ => {}
        }
    }
    assert!(came > 0 && came < sent);
    node.send(to(&links[..2], b"and on")).await;
    assert_eq!(quick.frame(links[1]).await, b"and on");
    assert_eq!((status().overdrawn_links_cut, status().slow_readers_cut, status().malformed_messages), (1, 0, 0));
}

/// The resident is a receiver like any other.
#[tokio::test]
async fn the_resident_hears_it_too() {
    let relay = TestRelay::start().await;
    let (mut node, mut others, links) = among(&relay, 1).await;
    let resident = links[1];
    let version = version(1);
    node.send(to(&links, &version.to_frame())).await;
    assert!(matches!(node.heard(resident).await, Message::Version(_)));
    assert_eq!(others[0].heard(links[0]).await, version);
}

/// CASES 1, for what goes to many: each link that there never was counts, and the others are served.
#[tokio::test]
async fn an_unknown_link_is_malformed_and_a_late_one_is_not() {
    let relay = TestRelay::start().await;
    let (mut node, mut others, links) = among(&relay, 3).await;
    others[0].say(NodeControl::Unlink { link: links[0] }).await;
    assert_eq!(node.link_down().await, links[0]);
    let unknown = LinkId(u32::MAX);
    node.send(to(&[links[0], links[1], links[2], unknown], b"hello")).await;
    assert_eq!(others[1].frame(links[1]).await, b"hello");
    assert_eq!(others[2].frame(links[2]).await, b"hello");
    assert_eq!(relay.relay.state().switchboard.status().malformed_messages, 1);
    // Somebody else's link is as unknown as one that is not.
    let foreign = links[1];
    others[2].send(to(&[foreign, links[2]], b"forged")).await;
    assert_eq!(node.frame(links[2]).await, b"forged");
    assert_eq!(relay.relay.state().switchboard.status().malformed_messages, 2);
    // Nine more unknown links and two messages that are none.
    let many: Vec<LinkId> = (0..8).map(|back| LinkId(u32::MAX - back)).collect();
    node.send(to(&many, b"")).await;
    node.send(vec![3, 1, 7, 0, 0, 0]).await;
    assert_eq!(node.closed().await, closed(Closing::MALFORMED));
}
