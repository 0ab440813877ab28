//! One WebSocket, whichever end of it we are: reads frames, writes what its [`Outbox`] holds, pings, and closes in words.
//!
//! What the frames mean is for the caller: the switchboard (`switchboard/door`) or a joined relay's client (`join`). Nodes that
//! connect to us over plain TCP are read and written without a layer between (`direct`); for all else tungstenite does it.

mod accepted;
mod direct;
mod frame;
mod inbox;
pub mod outbox;
pub mod pace;
pub mod pool;
mod unflushed;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

pub use accepted::Accepted;
use axum::body::Bytes;
pub use frame::Outgoing;
use futures::{SinkExt, StreamExt};
pub use outbox::{Outbox, OutboxBudget};
use tabchain_shared::wire::switchboard::MAX_ENVELOPE_BYTES;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, interval_at, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error as WebSocketError;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};
use tokio_util::sync::CancellationToken;
pub use unflushed::Unflushed;

/// The other side gets this long to take in why we close; then the connection is dropped.
const CLOSING_GRACE: Duration = Duration::from_secs(1);
/// tungstenite makes this buffer before the first byte arrives. Most messages are small; most connections are idle.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// How long a socket may be silent.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the upgrade to the `Hello`.
    pub handshake: Duration,
    /// Between two pings: often enough to keep the usual proxies from closing an idle connection.
    pub ping_every: Duration,
    /// Without any message, pongs included. Three pings: one lost is no reason.
    pub dead_after: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            ping_every: Duration::from_secs(20),
            dead_after: Duration::from_mins(1),
        }
    }
}

/// Why a connection is closed, as the other side is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    pub code: u16,
    pub reason: Cow<'static, str>,
}

impl Closing {
    pub const STOPPING: Self = Self::fixed(1001, "the relay stops");
    pub const PROTOCOL: Self = Self::fixed(1002, "not WebSocket as RFC 6455 has it");
    pub const NOT_BINARY: Self = Self::fixed(1003, "only binary messages are understood");
    pub const TOO_LARGE: Self = Self::fixed(1009, "the message is too large");
    pub const BUSY: Self = Self::fixed(1013, "the relay holds too much at the moment; connect again later");
    pub const TOO_SLOW: Self = Self::fixed(1008, "too much is waiting to be read");
    pub const MALFORMED: Self = Self::fixed(1008, "too many malformed messages");
    pub const TOO_MANY_UNLINKS: Self = Self::fixed(1008, "too many links cut within a minute");
    pub const FORGED_SHARES: Self = Self::fixed(1008, "too many shares that are none");
    pub const SILENT: Self = Self::fixed(1008, "silent for too long");
    pub const REFUSED: Self = Self::fixed(1008, "refused");
    pub const SECOND_HELLO: Self = Self::fixed(1008, "one hello is enough");
    /// To come again is the remedy: each newcomer is linked with the relay's node.
    pub const UNLINKED: Self = Self::fixed(1008, "the link with the relay's node was cut; connect again");
    /// From the range for applications: a node that reads this must not connect again at once, or two windows with
    /// one identity would push each other out for ever.
    pub const REPLACED: Self = Self::fixed(4001, "the same node connected again");

    const fn fixed(code: u16, reason: &'static str) -> Self {
        Self { code, reason: Cow::Borrowed(reason) }
    }
}

/// Who ended a connection, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// We closed it.
    Here(Closing),
    /// The other side did, with its reason if it gave one.
    There(Option<Closing>),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Here(closing) => f.write_str(&closing.reason),
            // Not our words: without whatever a terminal might obey.
            Self::There(Some(closing)) => write!(f, "closed by the other side: {}", closing.reason.escape_debug()),
            Self::There(None) => f.write_str("the other side is gone"),
        }
    }
}

/// Sizes that no message may exceed; a larger one is refused by its header, before any of it is buffered.
pub fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MAX_ENVELOPE_BYTES))
        .max_frame_size(Some(MAX_ENVELOPE_BYTES))
}

/// Takes what comes over a socket.
pub trait Listener: Send {
    /// Called with each message in turn. It may wait, which makes the other side wait; an error closes the connection.
    fn message(&mut self, message: Bytes) -> impl Future<Output = Result<(), Closing>> + Send;

    /// Called with each frame before it counts, whatever it is: a message, a piece of one, a ping.
    fn frame_came(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Called when nothing more is there at the moment, from time to time if there always is, and at the end.
    fn caught_up(&mut self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Runs a connection until it ends.
pub async fn pump<S>(
    socket: WebSocketStream<S>,
    outbox: &Outbox,
    patience: &Patience,
    stop: &CancellationToken,
    listener: &mut impl Listener,
) -> Ended
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let (mut sink, mut source) = socket.split();
    let reading = async {
        loop {
            let Ok(message) = timeout(patience.dead_after, source.next()).await else {
                return Ended::Here(Closing::SILENT);
            };
            listener.frame_came().await;
            match read(message) {
                Ok(Some(bytes)) => {
                    if let Err(closing) = listener.message(bytes).await {
                        return Ended::Here(closing);
                    }
                    listener.caught_up().await;
                }
                Ok(None) => {}
                Err(ended) => return ended,
            }
        }
    };
    let writing = async {
        let mut pings = interval_at(Instant::now() + patience.ping_every, patience.ping_every);
        loop {
            let batch = tokio::select! {
                batch = outbox.take_batch() => batch.into_iter().map(Outgoing::into_message).collect(),
                _ = pings.tick() => vec![Message::Ping(Bytes::new())],
            };
            // One flush for all: many small messages become one write.
            for message in batch {
                if sink.feed(message).await.is_err() {
                    return;
                }
            }
            if sink.flush().await.is_err() {
                return;
            }
        }
    };
    let ended = tokio::select! {
        closing = outbox.closed() => Ended::Here(closing),
        () = stop.cancelled() => Ended::Here(Closing::STOPPING),
        ended = reading => ended,
        () = writing => Ended::There(None),
    };
    // Nobody waits for what this node said until it is gone.
    listener.caught_up().await;
    if let Ended::Here(closing) = &ended {
        let socket = sink.reunite(source).expect("both are halves of the same socket");
        close(socket, closing).await;
    }
    ended
}

/// What a read gave: a message, nothing to do, or the end.
fn read(message: Option<Result<Message, WebSocketError>>) -> Result<Option<Bytes>, Ended> {
    match message {
        Some(Ok(Message::Binary(bytes))) => Ok(Some(bytes)),
        // tungstenite answers pings itself.
        Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
        Some(Ok(Message::Text(_)) | Err(WebSocketError::Utf8(_))) => Err(Ended::Here(Closing::NOT_BINARY)),
        Some(Err(WebSocketError::Capacity(_))) => Err(Ended::Here(Closing::TOO_LARGE)),
        Some(Ok(Message::Close(frame))) => Err(Ended::There(
            frame.map(|frame| Closing { code: frame.code.into(), reason: frame.reason.as_str().to_owned().into() }),
        )),
        Some(Err(_)) | None => Err(Ended::There(None)),
    }
}

/// The next binary message of a handshake; if there is none, the reason for us to close, unless the other side did.
pub async fn next_message<S>(socket: &mut WebSocketStream<S>) -> Result<Bytes, Option<Closing>>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match read(socket.next().await) {
            Ok(Some(bytes)) => return Ok(bytes),
            Ok(None) => {}
            Err(Ended::Here(closing)) => return Err(Some(closing)),
            Err(Ended::There(_)) => return Err(None),
        }
    }
}

/// Says why, and gives the other side a moment to read it: closing a socket with unread bytes in it would reset the
/// connection and take our last words along.
pub async fn close<S>(mut socket: WebSocketStream<S>, closing: &Closing)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let frame = CloseFrame { code: CloseCode::from(closing.code), reason: closing.reason.as_ref().into() };
    let goodbye = async move {
        socket.send(Message::Close(Some(frame))).await.ok()?;
        let mut stream = socket.into_inner();
        stream.shutdown().await.ok()?;
        // Not within this future: every connection's task would hold it from the beginning.
        let mut discarded = vec![0; READ_BUFFER_BYTES];
        while stream.read(&mut discarded).await.ok()? > 0 {}
        Some(())
    };
    // Whether it was read in time changes nothing.
    let _ = timeout(CLOSING_GRACE, goodbye).await;
}
