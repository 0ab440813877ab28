//! A connection that a node made to us, after its upgrade.

use std::sync::Arc;

use axum::body::Bytes;
use futures::SinkExt;
use hyper::upgrade::{Parts, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};
use tokio_util::sync::CancellationToken;

use super::direct::Direct;
use super::pool::Pool;
use super::{Closing, Ended, Listener, Outbox, Patience};

pub enum Accepted {
    /// Plain TCP, out of the HTTP server's hands.
    Direct(Direct),
    /// Whatever else carries it.
    Wrapped(Box<WebSocketStream<TokioIo<Upgraded>>>),
}

impl Accepted {
    /// `outbox`: that of the node, to which nobody has pushed yet.
    pub async fn new(upgraded: Upgraded, outbox: &Outbox, pool: &Arc<Pool>) -> Self {
        match upgraded.downcast::<TokioIo<TcpStream>>() {
            Ok(Parts { io, read_buf, .. }) => {
                let wire = Arc::new(io.into_inner());
                outbox.write_to(Arc::clone(&wire));
                Self::Direct(Direct::new(wire, read_buf, pool))
            }
            Err(upgraded) => {
                let stream = TokioIo::new(upgraded);
                let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(super::limits())).await;
                Self::Wrapped(Box::new(socket))
            }
        }
    }

    /// Says something during the handshake.
    pub async fn say(&mut self, outbox: &Outbox, message: Vec<u8>) -> Result<(), Option<Closing>> {
        match self {
            Self::Direct(_) => {
                outbox.push(message);
                Ok(())
            }
            Self::Wrapped(socket) => socket.send(Message::Binary(message.into())).await.map_err(|_| None),
        }
    }

    /// The next message of the handshake; if there is none, the reason for us to close, unless the other side did.
    pub async fn next_message(&mut self, outbox: &Outbox) -> Result<Bytes, Option<Closing>> {
        match self {
            Self::Direct(direct) => direct.next_message(outbox).await,
            Self::Wrapped(socket) => super::next_message(socket).await,
        }
    }

    /// Runs the connection until it ends.
    pub async fn pump(
        self,
        outbox: &Outbox,
        patience: &Patience,
        stop: &CancellationToken,
        listener: &mut impl Listener,
    ) -> Ended {
        match self {
            Self::Direct(direct) => direct.pump(outbox, patience, stop, listener).await,
            // Seldom, and large.
            Self::Wrapped(socket) => Box::pin(super::pump(*socket, outbox, patience, stop, listener)).await,
        }
    }

    /// Closes in words.
    pub async fn close(self, outbox: &Outbox, closing: &Closing) {
        match self {
            Self::Direct(direct) => direct.close(outbox, closing).await,
            Self::Wrapped(socket) => super::close(*socket, closing).await,
        }
    }
}
