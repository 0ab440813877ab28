//! Nodes and relays that do not keep to the rules, over real sockets: what each meets, and that it ends there.

use futures::{SinkExt, StreamExt};
use tabchain::join::{JoinError, RegisterError};
use tabchain::socket::Closing;
use tabchain::switchboard::door::MAX_UNLINKS;
use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::{FromRelay, LinkId, NodeControl, RelayControl, ToRelay};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::client::{Client, DEADLINE, Hello, TestRelay, version};
use crate::handshake::closed;

/// CASES 64, at the relay: nobody becomes somebody else in the middle of a connection.
#[tokio::test]
async fn a_second_hello_closes_the_connection() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    let Hello { key, network, name, .. } = Hello::new(2);
    let signature = key.sign(b"whatever");
    let hello = NodeControl::Hello {
        network,
        public_key: key.public_key(),
        signature,
        node_kind: NodeKind::Tab,
        name,
        channels: vec![],
    };
    client.say(hello).await;
    assert_eq!(client.closed().await, closed(Closing::SECOND_HELLO));
    relay.wait_for_connections(0).await;
}

/// Each cut has the relay find other links, and in a ring others lose theirs.
#[tokio::test]
async fn who_cuts_links_all_the_time_is_closed() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut eve = Client::join(&relay, 2).await;
    let (link, _) = eve.link_with(alice.id).await;
    // One that has just ended is no malformed message. Besides it there is the resident's.
    for _ in 0..MAX_UNLINKS + 2 {
        eve.say(NodeControl::Unlink { link }).await;
    }
    assert_eq!(alice.link_down().await, link);
    eve.say(NodeControl::Unlink { link }).await;
    assert_eq!(eve.closed().await, closed(Closing::TOO_MANY_UNLINKS));
    relay.wait_for_connections(1).await;
}

/// CASES 63 and 64, at the relay's node: it cuts the link with who speaks out of turn, and that is all.
#[tokio::test]
async fn a_node_that_speaks_out_of_turn_loses_its_link_with_the_resident() {
    let relay = TestRelay::start().await;
    let mut witness = Client::join(&relay, 9).await;
    for (number, first, second) in
        [(1, Message::Ping(7), Message::Ping(8)), (2, version(2), version(2)), (3, Message::Verack, Message::Verack)]
    {
        let mut client = Client::join(&relay, number).await;
        let (link, _) = client.link_with(relay.resident()).await;
        client.tell(link, first).await;
        client.try_send(ToRelay::Carried { link, frame: second.to_frame() }.to_bytes().into()).await;
        assert_eq!(client.closed().await, closed(Closing::UNLINKED), "{number}");
    }
    let (link, _) = witness.link_with(relay.resident()).await;
    witness.meet_resident(link, 9).await;
}

/// CASES 79: the resident bars who misbehaves, and has no word for it when it returns. The relay closes its connection each
/// time, so that it can be linked anew once the bar is over; whoever else is there does not notice.
#[tokio::test]
async fn a_barred_node_is_refused_when_it_returns() {
    let relay = TestRelay::start().await;
    let mut eve = Client::join(&relay, 1).await;
    let (link, _) = eve.link_with(relay.resident()).await;
    eve.meet_resident(link, 1).await;
    // Five times 20 points for what does not decode.
    let frame = Message::Ping(7).to_frame()[..3].to_vec();
    for _ in 0..5 {
        eve.try_send(ToRelay::Carried { link, frame: frame.clone() }.to_bytes().into()).await;
    }
    assert_eq!(eve.closed().await, closed(Closing::UNLINKED));
    for _ in 0..3 {
        let mut eve = Client::join(&relay, 1).await;
        let (link, _) = eve.link_with(relay.resident()).await;
        eve.try_send(ToRelay::Carried { link, frame: version(1).to_frame() }.to_bytes().into()).await;
        let mut answers = 0;
        let end = loop {
            match eve.next().await {
                Ok(FromRelay::Carried { link: on, .. }) if on == link => answers += 1,
                Ok(_) => {}
                Err(end) => break end,
            }
        };
        assert_eq!((end, answers), (closed(Closing::UNLINKED), 0));
    }
    let mut other = Client::join(&relay, 2).await;
    let (link, _) = other.link_with(relay.resident()).await;
    other.meet_resident(link, 2).await;
}

/// CASES 65: the way back to oneself is found by whose key it is, not by the address.
#[tokio::test]
async fn a_relay_that_joins_itself_by_a_detour_is_told_so() {
    let relay = TestRelay::start().await;
    let target = relay.relay.address();
    let detour = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = detour.local_addr().unwrap();
    let forwarding = tokio::spawn(async move {
        let (mut near, _) = detour.accept().await.unwrap();
        let mut far = TcpStream::connect(target).await.unwrap();
        // Whichever side ends it.
        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
    });
    let joined = relay.relay.state().joins.register(address.to_string().parse().unwrap()).await;
    let Err(RegisterError::Join(JoinError::Refused { reason, .. })) = joined else { panic!("{joined:?}") };
    assert!(reason.contains("cannot join itself"), "{reason}");
    forwarding.await.unwrap();
    assert_eq!(relay.relay.state().switchboard.status().connections, 0);
}

/// The next control message of a node that has joined a relay played here; frames are an error.
async fn said(socket: &mut WebSocketStream<TcpStream>) -> NodeControl {
    loop {
        let message = timeout(DEADLINE, socket.next()).await.expect("in time").expect("not the end").unwrap();
        if message.is_binary() {
            match ToRelay::from_bytes(&message.into_data()).unwrap() {
                ToRelay::Control(NodeControl::Report(_)) => {}
                ToRelay::Control(control) => return control,
                other => panic!("it speaks to itself: {other:?}"),
            }
        }
    }
}

/// CASES 65: a relay that lies introduces a node to itself, which cuts that link without a word.
#[tokio::test]
async fn a_node_that_is_introduced_to_itself_cuts_the_link() {
    let relay = TestRelay::start().await;
    let liar = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = liar.local_addr().unwrap();
    let lying = async {
        let mut socket = accept_async(liar.accept().await.unwrap().0).await.unwrap();
        let challenge = RelayControl::Challenge { challenge: [7; 32], params: Params::regtest(), time: Time(0) };
        socket.send(FromRelay::Control(challenge).to_bytes().into()).await.unwrap();
        let NodeControl::Hello { public_key, .. } = said(&mut socket).await else { panic!("no hello") };
        let node = public_key.node_id();
        assert_eq!(node, relay.resident());
        for control in [
            RelayControl::Welcome { node: NodeId([9; 8]), ice_servers: vec![] },
            RelayControl::LinkUp { link: LinkId(1), node, we_initiate: true },
            RelayControl::LinkUp { link: LinkId(2), node, we_initiate: false },
        ] {
            socket.send(FromRelay::Control(control).to_bytes().into()).await.unwrap();
        }
        [said(&mut socket).await, said(&mut socket).await]
    };
    let joining = relay.relay.state().joins.register(address.to_string().parse().unwrap());
    let (cut, joined) = tokio::join!(lying, joining);
    joined.unwrap();
    assert_eq!(cut, [1, 2].map(|link| NodeControl::Unlink { link: LinkId(link) }));
}
