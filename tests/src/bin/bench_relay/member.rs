//! A connection to one of the servers, which answers what it has to and hands deliveries to the judge.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;

use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkId, spread};
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::judge::{Judge, MESSAGE_BYTES};
use super::node::BenchNode;
use super::server::Kind;
use super::wire::{self, BINARY, CLOSE, PING, PONG, Splitter};

pub struct Member {
    stream: Rc<TcpStream>,
    pub state: Rc<RefCell<State>>,
    /// Something came that is no delivery.
    pub changed: Rc<Notify>,
}

pub struct State {
    pub node: BenchNode,
    /// Whose frames are deliveries.
    publisher: Option<NodeId>,
    from_publisher: Option<LinkId>,
    /// NATS has answered a PING of ours: it has done what came before.
    pub has_ponged: bool,
    pub is_closed: bool,
    next: u64,
}

impl Member {
    /// `number`: which node it is, with ours. `publisher`: whose frames the judge is given.
    pub async fn connect(
        kind: Kind,
        address: SocketAddr,
        number: usize,
        node_kind: NodeKind,
        publisher: Option<NodeId>,
        judge: Option<Rc<Judge>>,
    ) -> io::Result<Self> {
        let path = match kind {
            Kind::Tabchain => "/ws",
            Kind::Nats => "/",
            Kind::Ws if judge.is_some() => "/read",
            Kind::Ws => "/write",
        };
        let stream = wire::upgrade(address, path).await?;
        let state = State {
            node: BenchNode::new(number, node_kind),
            publisher,
            from_publisher: None,
            has_ponged: false,
            is_closed: false,
            next: 0,
        };
        let member = Self { stream, state: Rc::new(RefCell::new(state)), changed: Rc::new(Notify::new()) };
        let (stream, state, changed) = (member.stream.clone(), member.state.clone(), member.changed.clone());
        tokio::task::spawn_local(attend(kind, stream, state, changed, judge));
        Ok(member)
    }

    pub async fn send(&self, message: &[u8]) {
        self.send_raw(&wire::frame(BINARY, &[message])).await;
    }

    /// Frames that are frames already.
    pub async fn send_raw(&self, frames: &[u8]) {
        // Whoever waits for what follows from it will see that it does not come.
        let _ = wire::write_all(&self.stream, frames).await;
    }

    /// Waits until it is in the wanted state.
    pub async fn until(&self, reached: impl Fn(&State) -> bool) {
        assert!(self.until_or_closed(reached).await, "the server closed a connection");
    }

    /// Waits until it is in the wanted state; `false`: the connection ended before.
    pub async fn until_or_closed(&self, reached: impl Fn(&State) -> bool) -> bool {
        while !reached(&self.state.borrow()) {
            if self.state.borrow().is_closed {
                return false;
            }
            self.changed.notified().await;
        }
        true
    }

    /// Waits until the connection has ended.
    pub async fn ended(&self) {
        while !self.state.borrow().is_closed {
            self.changed.notified().await;
        }
    }
}

/// Reads until the end.
async fn attend(
    kind: Kind,
    stream: Rc<TcpStream>,
    state: Rc<RefCell<State>>,
    changed: Rc<Notify>,
    judge: Option<Rc<Judge>>,
) {
    let (mut frames, mut lines) = (Splitter::default(), Splitter::default());
    loop {
        let mut replies = Vec::new();
        let came = wire::read(&stream, |bytes| {
            let (mut state, now) = (state.borrow_mut(), Instant::now());
            frames.feed(bytes, wire::frame_size, |frame| match wire::open(frame) {
                (PING, payload) => replies.extend(wire::frame(PONG, &[payload])),
                (CLOSE, _) => state.is_closed = true,
                (_, payload) => match kind {
                    Kind::Tabchain => state.relay_said(payload, judge.as_deref(), now, &mut replies),
                    Kind::Nats => lines.feed(payload, nats_size, |item| {
                        state.nats_said(item, judge.as_deref(), now, &mut replies);
                    }),
                    Kind::Ws => {
                        if let Some(judge) = &judge {
                            judge.delivered(payload, &mut state.next, now);
                        }
                    }
                },
            });
            bytes.len()
        });
        let came = came.await.unwrap_or(0);
        if came == 0 || (!replies.is_empty() && wire::write_all(&stream, &replies).await.is_err()) {
            state.borrow_mut().is_closed = true;
        }
        if judge.is_none() || !replies.is_empty() || state.borrow().is_closed || state.borrow().next == 0 {
            changed.notify_one();
        }
        if state.borrow().is_closed {
            return;
        }
    }
}

impl State {
    /// The number of the message that should come next.
    pub fn expected(&self) -> u64 {
        self.next
    }

    pub fn is_subscribed(&self) -> bool {
        self.from_publisher.is_some()
    }

    fn relay_said(&mut self, message: &[u8], judge: Option<&Judge>, now: Instant, replies: &mut Vec<u8>) {
        if let (Some(link), Some(judge), Some([0, number @ ..])) =
            (self.from_publisher, judge, message.first_chunk::<CARRIED_HEAD_BYTES>())
            && u32::from_le_bytes(*number) == link.0
        {
            return judge.delivered(&message[CARRIED_HEAD_BYTES..], &mut self.next, now);
        }
        for answer in self.node.hear(message) {
            replies.extend(wire::frame(BINARY, &[&answer]));
        }
        self.from_publisher = self.publisher.and_then(|publisher| self.node.links.get(&publisher).copied());
    }

    fn nats_said(&mut self, item: &[u8], judge: Option<&Judge>, now: Instant, replies: &mut Vec<u8>) {
        if item.starts_with(b"MSG ") {
            let line = item.iter().position(|byte| *byte == b'\n').expect("it is whole") + 1;
            if let Some(judge) = judge {
                judge.delivered(&item[line..item.len() - 2], &mut self.next, now);
            }
        } else if item.starts_with(b"PING") {
            replies.extend(wire::frame(BINARY, &[b"PONG\r\n"]));
        } else if item.starts_with(b"PONG") {
            self.has_ponged = true;
        } else if item.starts_with(b"-ERR") {
            self.is_closed = true;
        }
    }
}

/// A line, and behind one that announces it, a payload.
fn nats_size(bytes: &[u8]) -> Option<usize> {
    let line = bytes.iter().position(|byte| *byte == b'\n')? + 1;
    if !bytes.starts_with(b"MSG ") {
        return Some(line);
    }
    let text = std::str::from_utf8(&bytes[..line]).expect("NATS writes ASCII");
    let payload: usize = text.trim_end().rsplit(' ').next().and_then(|word| word.parse().ok()).expect("a length");
    Some(line + payload + 2)
}

/// What goes before each message, and after.
pub enum Publishing {
    Plain,
    Nats,
    Links(BTreeSet<LinkId>),
}

impl Publishing {
    /// The bytes that have one message delivered to everyone.
    pub fn of(&self, message: &[u8; MESSAGE_BYTES]) -> Vec<u8> {
        match self {
            Self::Plain => wire::frame(BINARY, &[message]),
            Self::Nats => {
                let line = format!("PUB bench {MESSAGE_BYTES}\r\n");
                wire::frame(BINARY, &[line.as_bytes(), message, b"\r\n"])
            }
            Self::Links(links) => wire::frame(BINARY, &[&spread(links, message)]),
        }
    }
}
