//! The WebSocket to the relay: found again for ever, with pauses that grow and are jittered, so that a class does not
//! come back in one moment. Where the network has several relays, a tab whose relay does not answer tries the others in
//! turn (`relays`).

use std::cell::Cell;
use std::rc::Rc;

use gloo_timers::callback::Timeout;
use tabchain_shared::node::io::Time;
use tabchain_shared::wire::switchboard::{FromRelay, NodeControl, ToRelay};
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use super::relays::Relays;
use super::{Happening, Happenings};
use crate::bridge::{UplinkState, UplinkView};
use crate::browser;

const FIRST_PAUSE_MILLIS: u32 = 500;
const LONGEST_PAUSE_MILLIS: u32 = 15_000;
/// A connection that takes longer to open is given up: the network swallows packets.
const OPEN_TIMEOUT_MILLIS: u64 = 10_000;
/// Peers ping each other far more often, so a socket this silent died without a word.
const SILENCE_MILLIS: u64 = 90_000;
/// After a connection that lasted this long the next attempt comes soon. One that ended sooner was welcomed and not wanted,
/// by a relay whose node has barred this one: then the pauses grow.
const LASTING_MILLIS: u64 = 10_000;
/// Bytes that wait to be sent. Above it the relay has stopped reading, and a fresh connection is better than a backlog.
const MAX_BACKLOG_BYTES: u32 = 32 << 20;
/// The relay closes with it when the same node connected again.
pub const REPLACED: u16 = 4001;

#[derive(Debug)]
pub enum SocketEvent {
    Message(FromRelay),
    /// This build cannot read what the relay says.
    Unreadable(String),
    Closed {
        code: u16,
        /// In the relay's words, if it closed the connection.
        reason: String,
    },
    /// The pause before another attempt is over.
    RetryDue,
}

/// The connection, or the attempts to get one.
pub struct Uplink {
    relays: Relays,
    happenings: Happenings,
    wanted: bool,
    welcomed: bool,
    since: Time,
    problem: Option<String>,
    socket: Option<Socket>,
    /// Numbers connections, so that what an earlier one said last is not taken for this one's.
    connection: u32,
    /// Attempts since the last connection that lasted.
    attempts: u32,
    retry: Option<Timeout>,
}

impl Uplink {
    pub fn new(happenings: Happenings) -> Self {
        let location = browser::worker_scope().location();
        Self {
            relays: Relays::new(location.origin()),
            happenings,
            wanted: true,
            welcomed: false,
            since: browser::now(),
            problem: None,
            socket: None,
            connection: 0,
            attempts: 0,
            retry: None,
        }
    }

    pub fn view(&self) -> UplinkView {
        let state = match (self.wanted, self.welcomed) {
            (false, _) => UplinkState::Offline,
            (true, false) => UplinkState::Connecting,
            (true, true) => UplinkState::Connected,
        };
        let elsewhere = self.relays.elsewhere().map(str::to_owned);
        let others = self.relays.others().to_vec();
        UplinkView { state, since: self.since, problem: self.problem.clone(), elsewhere, others }
    }

    /// Where relays are, from one of them or from an earlier worker.
    pub fn learn_relays(&mut self, addresses: &[String]) {
        self.relays.learn(addresses);
    }

    pub fn is_wanted(&self) -> bool {
        self.wanted
    }

    pub fn is_welcomed(&self) -> bool {
        self.welcomed
    }

    pub fn is_current(&self, connection: u32) -> bool {
        connection == self.connection
    }

    /// Ends an earlier connection and tries for a new one.
    pub fn connect(&mut self) {
        self.retry = None;
        self.lose();
        self.socket = Socket::open(&self.relays.websocket(), self.connection, &self.happenings);
        if self.socket.is_none() {
            self.relays.try_next();
            self.pause();
        }
    }

    /// Tries now instead of waiting out a pause.
    pub fn hurry(&mut self) {
        if self.retry.is_some() {
            self.attempts = 0;
            self.connect();
        }
    }

    /// Leaves the network and stays away until told otherwise. Whether that changed anything: links end only then.
    pub fn set_wanted(&mut self, wanted: bool) -> bool {
        if self.wanted == wanted {
            return false;
        }
        self.wanted = wanted;
        self.since = browser::now();
        self.problem = None;
        if wanted {
            self.attempts = 0;
            self.connect();
        } else {
            self.retry = None;
            self.lose();
        }
        true
    }

    pub fn welcome(&mut self) {
        self.welcomed = true;
        self.problem = None;
        self.since = browser::now();
    }

    /// The relay is there and will not have us, for a reason that a person should read. Asked again after a pause.
    pub fn refuse(&mut self, problem: String) {
        self.lose();
        self.problem = Some(problem);
        self.pause();
    }

    /// The relay said what this build cannot read. Before the welcome that is a network with rules of another build; after
    /// it, one frame is lost. Whether the connection ended.
    pub fn cannot_read(&mut self, error: &str) -> bool {
        let ends = !self.welcomed;
        if ends {
            self.refuse(format!(
                "This page does not know the rules of the relay's network: {error}. Reload the page for the host's version."
            ));
        }
        ends
    }

    /// The connection is gone. Why, if the relay has said it.
    pub fn closed(&mut self, reason: &str) {
        self.lose();
        self.problem = (!reason.is_empty()).then(|| format!("The relay closed the connection: {reason}."));
        self.pause();
    }

    /// Asked about once a second: whether a connection never opened, died without a word or is not read any more.
    pub fn is_stuck(&self, now: Time) -> bool {
        let Some(socket) = &self.socket else { return false };
        let patience = if self.welcomed { SILENCE_MILLIS } else { OPEN_TIMEOUT_MILLIS };
        let overdue = now.millis_since(socket.last_heard.get()) > patience;
        let clogged = socket.inner.buffered_amount() > MAX_BACKLOG_BYTES;
        overdue || clogged
    }

    pub fn send_control(&self, control: NodeControl) {
        self.send(&ToRelay::Control(control).to_bytes());
    }

    /// What cannot be sent is lost with its connection, and the closing tells the node.
    pub fn send(&self, bytes: &[u8]) {
        if let Some(socket) = &self.socket
            && socket.inner.ready_state() == WebSocket::OPEN
        {
            let _ = socket.inner.send_with_u8_array(bytes);
        }
    }

    fn lose(&mut self) {
        let was_tried = self.socket.take().is_some();
        self.connection += 1;
        // One that was there may be back in a moment.
        if was_tried && !self.welcomed {
            self.relays.try_next();
        }
        if self.welcomed {
            let now = browser::now();
            if now.millis_since(self.since) >= LASTING_MILLIS {
                self.attempts = 0;
            }
            self.welcomed = false;
            self.since = now;
        }
    }

    fn pause(&mut self) {
        if !self.wanted {
            return;
        }
        // Pauses grow when all have been tried.
        let rounds = self.attempts / u32::try_from(self.relays.count()).unwrap_or(1);
        let longest = (FIRST_PAUSE_MILLIS << rounds.min(10)).min(LONGEST_PAUSE_MILLIS);
        self.attempts += 1;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let pause = (f64::from(longest) * (0.5 + browser::random_fraction() / 2.0)) as u32;
        let (happenings, connection) = (self.happenings.clone(), self.connection);
        self.retry = Some(Timeout::new(pause, move || {
            happenings.tell(Happening::Socket(connection, SocketEvent::RetryDue));
        }));
    }
}

/// One WebSocket; dropping it closes it and silences its events.
struct Socket {
    inner: WebSocket,
    last_heard: Rc<Cell<Time>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_close: Closure<dyn FnMut(CloseEvent)>,
}

impl Socket {
    fn open(url: &str, connection: u32, happenings: &Happenings) -> Option<Self> {
        let inner = WebSocket::new(url).ok()?;
        inner.set_binary_type(BinaryType::Arraybuffer);
        let last_heard = Rc::new(Cell::new(browser::now()));
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let (happenings, last_heard) = (happenings.clone(), last_heard.clone());
            move |event: MessageEvent| {
                last_heard.set(browser::now());
                let bytes = js_sys::Uint8Array::new(&event.data()).to_vec();
                match FromRelay::from_bytes(&bytes) {
                    Ok(message) => happenings.tell(Happening::Socket(connection, SocketEvent::Message(message))),
                    Err(error) => {
                        browser::log_error(&format!("the relay sent something unreadable: {error}"));
                        happenings.tell(Happening::Socket(connection, SocketEvent::Unreadable(error.to_string())));
                    }
                }
            }
        });
        let on_close = Closure::<dyn FnMut(CloseEvent)>::new({
            let happenings = happenings.clone();
            move |event: CloseEvent| {
                happenings.tell(Happening::Socket(
                    connection,
                    SocketEvent::Closed { code: event.code(), reason: event.reason() },
                ));
            }
        });
        inner.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        inner.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Some(Self { inner, last_heard, _on_message: on_message, _on_close: on_close })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.inner.set_onmessage(None);
        self.inner.set_onclose(None);
        // It may be closed already.
        let _ = self.inner.close();
    }
}
