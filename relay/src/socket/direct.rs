//! The server's end of a WebSocket on plain TCP, without anything between: whoever has something for the node writes it
//! ([`Outbox`]), and the task of the connection reads, pings, and writes what the system did not take at once.

use std::cell::RefCell;
use std::io::{self, ErrorKind};
use std::net::Shutdown;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Bytes;
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::task::coop::consume_budget;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::inbox::{Inbox, Incoming};
use super::outbox::{MAX_MESSAGES_AT_ONCE, Written};
use super::pool::Pool;
use super::{CLOSING_GRACE, Closing, Ended, Listener, Outbox, Outgoing, Patience};

/// Read at once: some dozen messages of a node that says much.
const READ_BYTES: usize = 64 * 1024;
/// Messages after which what follows from them is written, even if there are more to read: as many as go out with one write.
const MESSAGES_IN_A_ROW: usize = MAX_MESSAGES_AT_ONCE;

thread_local! {
    /// Where a read puts its bytes. What came is kept apart until it is used up, and usually that is at once: a connection that
    /// is idle has no buffer.
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BYTES]);
}

#[derive(Debug)]
pub struct Direct {
    wire: Arc<TcpStream>,
    inbox: Inbox,
    /// Came, and is used up to a point.
    chunk: Bytes,
}

impl Direct {
    /// `early`: what came before the stream was ours.
    pub fn new(wire: Arc<TcpStream>, early: Bytes, pool: &Arc<Pool>) -> Self {
        Self { wire, inbox: Inbox::new(pool), chunk: early }
    }

    /// What comes next, if it is there already.
    fn ready(&mut self) -> Result<Option<Incoming>, Ended> {
        loop {
            let mut rest = &self.chunk[..];
            let incoming = self.inbox.next(&mut rest).map_err(Ended::Here)?;
            self.chunk = if rest.is_empty() { Bytes::new() } else { self.chunk.slice_ref(rest) };
            if incoming.is_some() {
                return Ok(incoming);
            }
            match read(&self.wire) {
                Ok(chunk) if chunk.is_empty() => return Err(Ended::There(None)),
                Ok(chunk) => self.chunk = chunk,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(_) => return Err(Ended::There(None)),
            }
        }
    }

    /// The next message, during the handshake.
    pub async fn next_message(&mut self, outbox: &Outbox) -> Result<Bytes, Option<Closing>> {
        loop {
            match self.ready() {
                Ok(Some(Incoming::Message(message))) => return Ok(message),
                Ok(Some(Incoming::Ping(payload))) => outbox.send(Outgoing::pong(payload)),
                Ok(Some(Incoming::Nothing)) => {}
                Ok(Some(Incoming::Close(_))) | Err(Ended::There(_)) => return Err(None),
                Ok(None) => self.wire.readable().await.map_err(|_| None)?,
                Err(Ended::Here(closing)) => return Err(Some(closing)),
            }
            consume_budget().await;
        }
    }

    /// Runs the connection until it ends.
    pub async fn pump(
        mut self,
        outbox: &Outbox,
        patience: &Patience,
        stop: &CancellationToken,
        listener: &mut impl Listener,
    ) -> Ended {
        let wire = Arc::clone(&self.wire);
        let heard = Heard::now();
        let reading = async {
            let mut in_a_row = 0;
            loop {
                let incoming = match self.ready() {
                    Ok(Some(incoming)) if in_a_row < MESSAGES_IN_A_ROW => incoming,
                    Ok(incoming) => {
                        in_a_row = 0;
                        listener.caught_up().await;
                        match incoming {
                            Some(incoming) => incoming,
                            None if self.wire.readable().await.is_err() => return Ended::There(None),
                            None => continue,
                        }
                    }
                    Err(ended) => return ended,
                };
                in_a_row += 1;
                // Pieces of a message that never ends are silence, whatever comes between them.
                if !self.inbox.is_within_message() {
                    heard.again();
                }
                listener.frame_came().await;
                match incoming {
                    Incoming::Message(message) => {
                        if let Err(closing) = listener.message(message).await {
                            return Ended::Here(closing);
                        }
                    }
                    Incoming::Ping(payload) => outbox.send(Outgoing::pong(payload)),
                    Incoming::Nothing => {}
                    Incoming::Close(closing) => return Ended::There(closing),
                }
                consume_budget().await;
            }
        };
        let writing = async {
            loop {
                outbox.left_over().await;
                if write_all(outbox, &wire).await.is_none() {
                    return;
                }
            }
        };
        let ended = tokio::select! {
            closing = outbox.closed() => Ended::Here(closing),
            () = stop.cancelled() => Ended::Here(Closing::STOPPING),
            ended = reading => ended,
            () = writing => Ended::There(None),
            () = keep_alive(outbox, patience, &heard) => Ended::Here(Closing::SILENT),
        };
        // Nobody waits for what this node said until it is gone.
        listener.caught_up().await;
        match &ended {
            Ended::Here(closing) => self.close(outbox, closing).await,
            Ended::There(Some(closing)) => {
                // As RFC 6455 wants it; whether it arrives changes nothing.
                outbox.end_with(Outgoing::close(closing));
                outbox.flush();
            }
            Ended::There(None) => {}
        }
        ended
    }

    /// Says why, and gives the other side a moment to read it: closing a socket with unread bytes in it would reset the
    /// connection and take our last words along.
    pub async fn close(self, outbox: &Outbox, closing: &Closing) {
        outbox.end_with(Outgoing::close(closing));
        let goodbye = async {
            write_all(outbox, &self.wire).await?;
            SockRef::from(&*self.wire).shutdown(Shutdown::Write).ok()?;
            loop {
                self.wire.readable().await.ok()?;
                match SCRATCH.with_borrow_mut(|scratch| self.wire.try_read(scratch)) {
                    Ok(0) => return Some(()),
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return None,
                }
            }
        };
        // Whether it was read in time changes nothing.
        let _ = timeout(CLOSING_GRACE, goodbye).await;
    }
}

fn read(wire: &TcpStream) -> io::Result<Bytes> {
    SCRATCH.with_borrow_mut(|scratch| wire.try_read(scratch).map(|count| Bytes::copy_from_slice(&scratch[..count])))
}

/// Writes until nothing waits; `None`: the connection is dead.
async fn write_all(outbox: &Outbox, wire: &TcpStream) -> Option<()> {
    loop {
        match outbox.write_some(wire) {
            Written::All => return Some(()),
            Written::Part => wire.writable().await.ok()?,
            Written::Broken => return None,
        }
    }
}

/// When something came last. Read by another part of the same task.
struct Heard {
    since: Instant,
    millis: AtomicU64,
}

impl Heard {
    fn now() -> Self {
        Self { since: Instant::now(), millis: AtomicU64::new(0) }
    }

    fn again(&self) {
        let millis = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.millis.store(millis, Ordering::Relaxed);
    }

    fn last(&self) -> Instant {
        self.since + Duration::from_millis(self.millis.load(Ordering::Relaxed))
    }
}

/// Pings, and returns when nothing came for too long. One timer does both, and no message moves it.
async fn keep_alive(outbox: &Outbox, patience: &Patience, heard: &Heard) {
    let mut ping_at = heard.since + patience.ping_every;
    loop {
        sleep_until(ping_at.min(heard.last() + patience.dead_after)).await;
        let now = Instant::now();
        if now >= heard.last() + patience.dead_after {
            return;
        }
        if now >= ping_at {
            outbox.send(Outgoing::ping());
            ping_at = now + patience.ping_every;
        }
    }
}
