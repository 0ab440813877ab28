//! Messages that are too large, in pieces, compressed, or mean nothing: what the relay holds of them, and when it has enough.

use std::time::Duration;

use tabchain::socket::Closing;
use tabchain_shared::wire::switchboard::MAX_ENVELOPE_BYTES;
use tokio::net::TcpStream;
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

use crate::client::{Client, TestRelay};
use crate::handshake::closed;

/// CASES 2 and 9.
#[tokio::test]
async fn text_and_oversize_messages_close_the_connection() {
    let relay = TestRelay::start().await;
    let cases = [
        (Message::text("hello?"), Closing::NOT_BINARY),
        (Message::binary(vec![0; MAX_ENVELOPE_BYTES + 1]), Closing::TOO_LARGE),
    ];
    for (message, closing) in cases {
        let mut client = Client::join(&relay, 1).await;
        client.try_send(message.clone()).await;
        assert_eq!(client.closed().await, closed(closing.clone()));
        // The same before the handshake.
        let mut client = Client::dial(&relay).await;
        client.try_send(message).await;
        assert_eq!(client.closed().await, closed(closing));
    }
}

/// CASES 1, at the relay.
#[tokio::test]
async fn a_few_malformed_messages_are_forgiven_and_many_are_not() {
    let relay = TestRelay::start().await;
    let malformed: [&[u8]; 5] = [b"", b"\x00\x01", b"\x00\xff\xff\xff\xffunknown link", b"\x01{}", b"\x09"];
    let mut client = Client::join(&relay, 1).await;
    for message in malformed {
        client.send(message.to_vec()).await;
    }
    // Still there: it is introduced to a newcomer.
    let other = Client::join(&relay, 2).await;
    client.link_with(other.id).await;
    for message in malformed {
        client.send(message.to_vec()).await;
    }
    assert_eq!(client.closed().await, closed(Closing::MALFORMED));
    assert_eq!(relay.relay.state().switchboard.status().malformed_messages, 10);
}

/// CASES 9: the frame's head says how much would come; nothing of it has to.
#[tokio::test]
async fn an_oversize_frame_is_refused_by_its_head() {
    let relay = TestRelay::start().await;
    for size in [MAX_ENVELOPE_BYTES as u64 + 1, 1 << 40, i64::MAX.unsigned_abs()] {
        let mut client = Client::join(&relay, 1).await;
        // FIN and binary; masked, with a length of eight bytes; the mask.
        let head = [&[0x82, 0xff][..], &size.to_be_bytes(), &[0; 4]].concat();
        client.try_send_raw(&head).await;
        assert_eq!(client.closed().await, closed(Closing::TOO_LARGE), "{size}");
    }
}

/// A message in pieces: the first carries the kind, the last one ends it.
fn piece(bytes: &[u8], is_first: bool, is_last: bool) -> Message {
    let kind = if is_first { Data::Binary } else { Data::Continue };
    Message::Frame(Frame::message(bytes.to_vec(), OpCode::Data(kind), is_last))
}

/// CASES 10: many pieces make one message, of the size that any message may have.
#[tokio::test]
async fn ten_thousand_fragments_are_one_message() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let mut bob = Client::join(&relay, 2).await;
    let (link, _) = bob.link_with(alice.id).await;
    let frame = vec![7; 10_000];
    let carried = tabchain_shared::wire::switchboard::ToRelay::Carried { link, frame: frame.clone() }.to_bytes();
    for (at, byte) in carried.iter().enumerate() {
        alice.try_send(piece(&[*byte], at == 0, at + 1 == carried.len())).await;
    }
    assert_eq!(bob.frame(link).await, frame);

    // Pieces that together exceed the limit: no more of them is held than one message may have.
    let chunk = vec![0; MAX_ENVELOPE_BYTES / 10_000 + 1];
    for at in 0..=10_001 {
        alice.try_send(piece(&chunk, at == 0, false)).await;
    }
    assert_eq!(alice.closed().await, closed(Closing::TOO_LARGE));
    assert_eq!(bob.link_down().await, link);
}

/// CASES 10: pieces without end and without size are silence.
#[tokio::test]
async fn fragments_that_never_end_are_silence() {
    let relay = TestRelay::start_with(|settings| {
        settings.limits.patience.ping_every = Duration::from_hours(1);
        settings.limits.patience.dead_after = Duration::from_millis(500);
    })
    .await;
    let mut client = Client::join(&relay, 1).await;
    for at in 0..10_000 {
        client.try_send(piece(&[], at == 0, false)).await;
    }
    assert_eq!(client.closed().await, closed(Closing::SILENT));
}

/// CASES 11: nobody is promised that anything would be inflated, and nothing is.
#[tokio::test]
async fn compression_is_not_spoken() {
    let relay = TestRelay::start().await;
    let address = relay.relay.address();
    let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-extensions", HeaderValue::from_static("permessage-deflate"));
    let stream = TcpStream::connect(address).await.unwrap();
    let (_socket, response) = client_async(request, stream).await.unwrap();
    assert_eq!(response.headers().get("sec-websocket-extensions"), None);

    // FIN, RSV1 (compressed) and binary; masked, four bytes: what deflate makes of many zeros begins so.
    let mut client = Client::join(&relay, 1).await;
    client.try_send_raw(&[0xc2, 0x84, 0, 0, 0, 0, 0xed, 0xc1, 0x01, 0x01]).await;
    relay.wait_for_connections(0).await;
    // Over REST a compressed body is bytes like any other.
    let post = reqwest::Client::new().post(relay.url("/transactions")).header("content-encoding", "gzip");
    let answer = post.body(vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).send().await.unwrap();
    assert!(answer.status().is_client_error(), "{}", answer.status());
}
