//! What waits to be written to one socket, within a budget.
//!
//! Whoever pushes never waits: a reader that cannot keep up fills its own outbox, is cut, and nobody else notices. Nor can one
//! sender have another node cut: if what waits is for the most part its own, its link is what ends.
//!
//! On plain TCP ([`Outbox::write_to`]) whoever pushes also writes, as far as the system takes it at once. So a frame costs no
//! change of tasks, and of several that come together ([`Unflushed`]) one write is made, with nothing copied.

use std::collections::{HashMap, VecDeque};
use std::io::{ErrorKind, IoSlice};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use axum::body::Bytes;
use tabchain_shared::wire::switchboard::LinkId;
use tokio::net::TcpStream;
use tokio::sync::Notify;

use super::frame::Head;
use super::pool::{Held, Pool};
use super::{Closing, Outgoing};
use crate::metrics::traffic::Traffic;

/// How much may wait for one reader.
#[derive(Debug, Clone, Copy)]
pub struct OutboxBudget {
    pub bytes: usize,
    pub messages: usize,
}

impl Default for OutboxBudget {
    /// Bytes: four frames of the largest size, or twice what a node has on order of all its peers. Messages: what a busy
    /// network says in a few seconds; small ones cost more than their bytes.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, messages: 4_096 }
    }
}

/// What others may not take up, one part of the budget in so many: for what the relay itself has to say.
const RESERVED_PART: usize = 8;
/// Messages written at once, each in two parts: the system takes 1 024 parts, and a list of fewer stays on the stack.
pub(super) const MAX_MESSAGES_AT_ONCE: usize = 64;
/// Handed at once to a socket that makes its frames itself: large enough to fill a write, small beside the budget that it escapes.
const MAX_BATCH_BYTES: usize = 256 * 1024;
/// Room that an empty queue keeps, messages. An idle connection keeps no more.
const KEPT_ROOM: usize = 8;
/// Room that it keeps while it is filled again and again: to get it anew for each filling took a tenth of the relay's own time under
/// load. The first filling of a few messages, at the latest the next ping, gives it up.
const KEPT_WHILE_BUSY: usize = 2 * MAX_MESSAGES_AT_ONCE;

#[derive(Debug)]
pub struct Outbox {
    budget: OutboxBudget,
    traffic: Traffic,
    /// Set if whoever pushes may write.
    wire: OnceLock<Arc<TcpStream>>,
    queue: Mutex<Queue>,
    /// There is something to write that nobody else is about to write.
    changed: Notify,
    closed: Notify,
}

#[derive(Debug)]
struct Queue {
    messages: VecDeque<Outgoing>,
    /// The most that waited since the queue was empty last.
    most: usize,
    bytes: usize,
    held: Held,
    /// Of the first message, bytes that are written already.
    begun: usize,
    closing: Option<Closing>,
    is_broken: bool,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Pushed {
    /// It is on its way, or the connection is ending.
    Taken,
    /// It is the first to wait, and whoever pushed it has to [`flush`](Outbox::flush).
    First,
    /// It did not fit, and neither did most of what waited, which came over this link. All of that is given up.
    Overdrawn(LinkId),
}

/// How far a write came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    All,
    /// The system takes no more for now.
    Part,
    /// The connection is dead.
    Broken,
}

impl Outbox {
    pub fn new(budget: OutboxBudget) -> Self {
        Self::within(budget, &Arc::default())
    }

    /// Has its messages count.
    #[must_use]
    pub fn counted(self, traffic: Traffic) -> Self {
        Self { traffic, ..self }
    }

    /// One of many, which may hold only so much together.
    pub fn within(budget: OutboxBudget, pool: &Arc<Pool>) -> Self {
        let queue = Queue {
            messages: VecDeque::new(),
            most: 0,
            bytes: 0,
            held: Held::new(pool),
            begun: 0,
            closing: None,
            is_broken: false,
        };
        let (traffic, wire) = (Traffic::default(), OnceLock::new());
        Self { budget, traffic, wire, queue: Mutex::new(queue), changed: Notify::new(), closed: Notify::new() }
    }

    /// From now on whoever pushes writes to this stream.
    pub(super) fn write_to(&self, wire: Arc<TcpStream>) {
        // It is called once, before anybody else knows the outbox.
        let _ = self.wire.set(wire);
    }

    /// Sends what this side itself says. Beyond the budget the connection is closed instead, and what waits is given up.
    pub fn push(&self, message: impl Into<Bytes>) {
        self.send(Outgoing::message(message));
    }

    pub(super) fn send(&self, message: Outgoing) {
        if self.append(message) == Pushed::First {
            self.flush();
        }
    }

    /// Queues a message without writing it.
    pub fn append(&self, message: Outgoing) -> Pushed {
        let mut queue = self.queue();
        if queue.closing.is_some() || queue.is_broken {
            return Pushed::Taken;
        }
        let link = message.link();
        let budget = self.budget.less_reserve_for(link);
        // What waits to be written with what follows does not make a reader slow.
        let fits = queue.fits(&message, budget)
            || self.wire.get().is_some_and(|wire| queue.write(wire) != Written::Broken && queue.fits(&message, budget));
        if queue.is_broken {
            self.changed.notify_one();
            return Pushed::Taken;
        }
        if !fits {
            if let Some(largest) = link.and_then(|_| queue.give_up_largest(budget)) {
                if link != Some(largest) && queue.fits(&message, budget) {
                    self.count(&message);
                    queue.add(message);
                    self.changed.notify_one();
                }
                return Pushed::Overdrawn(largest);
            }
            drop(queue);
            self.close(Closing::TOO_SLOW);
            return Pushed::Taken;
        }
        self.count(&message);
        queue.add(message);
        if queue.messages.len() > 1 {
            return Pushed::Taken;
        }
        if self.wire.get().is_some() {
            return Pushed::First;
        }
        self.changed.notify_one();
        Pushed::Taken
    }

    fn count(&self, message: &Outgoing) {
        if message.is_data() {
            self.traffic.count(1, message.message_bytes());
        }
    }

    /// Queues for a link frames that others get as well. Of links that are [overdrawn](Pushed::Overdrawn) the caller is told, and
    /// nothing follows over one that ends so. `true`: what waits now is the caller's to [`flush`](Self::flush).
    pub(super) fn append_over(&self, link: LinkId, frames: &[Outgoing], overdrawn: &impl Fn(LinkId, &Self)) -> bool {
        let mut is_first = false;
        for frame in frames {
            match self.append(frame.over(link)) {
                Pushed::Taken => {}
                Pushed::First => is_first = true,
                Pushed::Overdrawn(ended) => {
                    overdrawn(ended, self);
                    if ended == link {
                        break;
                    }
                }
            }
        }
        is_first
    }

    /// Sends them. If nothing waits here they are written from where they are; what the system does not take at once is queued,
    /// and written when it takes more.
    pub(super) fn send_over(&self, link: LinkId, frames: &[Outgoing], overdrawn: &impl Fn(LinkId, &Self)) {
        let written = self.wire.get().map_or(0, |wire| self.write_past(wire, link, frames));
        if self.append_over(link, &frames[written..], overdrawn) {
            self.flush();
        }
    }

    /// Writes past the queue, if that is empty; returns how many of the frames are no longer the caller's.
    fn write_past(&self, wire: &TcpStream, link: LinkId, frames: &[Outgoing]) -> usize {
        let mut queue = self.queue();
        if !queue.messages.is_empty() || queue.closing.is_some() || queue.is_broken {
            return 0;
        }
        let taken = queue.write_past(wire, link, frames);
        if queue.is_broken || !queue.messages.is_empty() {
            self.changed.notify_one();
        }
        self.traffic.count(taken, frames[..taken].iter().map(Outgoing::message_bytes).sum());
        taken
    }

    /// Writes what waits, as far as the system takes it at once; the rest follows when it takes more.
    pub fn flush(&self) {
        if let Some(wire) = self.wire.get()
            && self.queue().write(wire) != Written::All
        {
            self.changed.notify_one();
        }
    }

    /// Has the connection closed. The first reason stands.
    pub fn close(&self, closing: Closing) {
        let mut queue = self.queue();
        queue.closing.get_or_insert(closing);
        queue.clear();
        drop(queue);
        self.closed.notify_one();
    }

    /// Waits until the connection is to be closed. For one waiter.
    pub(super) async fn closed(&self) -> Closing {
        loop {
            if let Some(closing) = self.queue().closing.clone() {
                return closing;
            }
            self.closed.notified().await;
        }
    }

    /// Waits for messages and takes some, in order. For one waiter, on a socket that makes its frames itself.
    pub(super) async fn take_batch(&self) -> Vec<Outgoing> {
        loop {
            let batch = self.queue().take_batch();
            if !batch.is_empty() {
                return batch;
            }
            self.changed.notified().await;
        }
    }

    /// Waits until there is something to write that nobody writes. For one waiter.
    pub(super) async fn left_over(&self) {
        self.changed.notified().await;
    }

    pub(super) fn write_some(&self, wire: &TcpStream) -> Written {
        self.queue().write(wire)
    }

    /// Gives up what waits, but for what is written in part, and has this message be the last.
    pub(super) fn end_with(&self, last: Outgoing) {
        let mut queue = self.queue();
        queue.clear();
        queue.closing.get_or_insert(Closing::STOPPING);
        queue.add(last);
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No code that holds the lock can leave the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl OutboxBudget {
    /// What may wait for it all, so that there is still room for what the relay itself has to say.
    fn less_reserve_for(self, link: Option<LinkId>) -> Self {
        let less = |all: usize| if link.is_some() { all - all / RESERVED_PART } else { all };
        Self { bytes: less(self.bytes), messages: less(self.messages) }
    }
}

impl Queue {
    fn fits(&mut self, message: &Outgoing, budget: OutboxBudget) -> bool {
        let bytes = self.bytes + message.message_bytes();
        bytes <= budget.bytes && self.messages.len() < budget.messages && self.held.resize(bytes)
    }

    fn add(&mut self, message: Outgoing) {
        self.bytes += message.message_bytes();
        self.messages.push_back(message);
        self.most = self.most.max(self.messages.len());
    }

    /// Gives up what came over the link from which more than half of what there is too much of came, messages or bytes, if there
    /// is such a link. Counted only now: a queue that overflows is rare, and either way something ends.
    fn give_up_largest(&mut self, budget: OutboxBudget) -> Option<LinkId> {
        let too_many = self.messages.len() >= budget.messages;
        let mut waiting: HashMap<LinkId, usize> = HashMap::new();
        for message in &self.messages {
            if let Some(link) = message.link() {
                *waiting.entry(link).or_default() += if too_many { 1 } else { message.message_bytes() };
            }
        }
        let all = if too_many { self.messages.len() } else { self.bytes };
        let (link, _) = waiting.into_iter().find(|(_, part)| 2 * part > all)?;
        self.retain(|message| message.link() != Some(link));
        Some(link)
    }

    fn clear(&mut self) {
        self.retain(|_| false);
    }

    /// Keeps what is written in part as well: half a frame would make everything after it unreadable.
    fn retain(&mut self, keep: impl Fn(&Outgoing) -> bool) {
        let mut is_begun = self.begun > 0;
        self.messages.retain(|message| std::mem::take(&mut is_begun) || keep(message));
        self.bytes = self.messages.iter().map(Outgoing::message_bytes).sum();
        self.settle();
    }

    fn write(&mut self, wire: &TcpStream) -> Written {
        while !self.messages.is_empty() {
            let mut parts = [IoSlice::new(&[]); 2 * MAX_MESSAGES_AT_ONCE];
            let mut count = 0;
            let all = self.messages.iter().take(MAX_MESSAGES_AT_ONCE).flat_map(Outgoing::parts);
            for part in all.filter(|part| !part.is_empty()) {
                parts[count] = IoSlice::new(part);
                count += 1;
            }
            let mut parts = &mut parts[..count];
            IoSlice::advance_slices(&mut parts, self.begun);
            match wire.try_write_vectored(parts) {
                Ok(bytes) => self.written(bytes),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Written::Part,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => {
                    self.is_broken = true;
                    self.begun = 0;
                    self.clear();
                    return Written::Broken;
                }
            }
        }
        if self.is_broken { Written::Broken } else { Written::All }
    }

    /// Of frames that are written past this queue, which is empty: what is written of them, and one that is written in part, which is
    /// queued.
    fn write_past(&mut self, wire: &TcpStream, link: LinkId, frames: &[Outgoing]) -> usize {
        let frames = &frames[..frames.len().min(MAX_MESSAGES_AT_ONCE)];
        let mut heads = [Head::default(); MAX_MESSAGES_AT_ONCE];
        let mut parts = [IoSlice::new(&[]); 2 * MAX_MESSAGES_AT_ONCE];
        for ((frame, head), parts) in frames.iter().zip(&mut heads).zip(parts.as_chunks_mut().0) {
            *head = frame.head_over(link);
            *parts = frame.parts_behind(head).map(IoSlice::new);
        }
        let mut bytes = match wire.try_write_vectored(&parts[..2 * frames.len()]) {
            Ok(bytes) => bytes,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => 0,
            Err(_) => {
                self.is_broken = true;
                return frames.len();
            }
        };
        for (number, frame) in frames.iter().enumerate() {
            if bytes < frame.wire_bytes() {
                if bytes == 0 {
                    return number;
                }
                self.begun = bytes;
                self.add(frame.over(link));
                self.held.resize(self.bytes);
                return number + 1;
            }
            bytes -= frame.wire_bytes();
        }
        frames.len()
    }

    fn written(&mut self, bytes: usize) {
        self.begun += bytes;
        while let Some(first) = self.messages.front()
            && first.wire_bytes() <= self.begun
        {
            self.begun -= first.wire_bytes();
            self.bytes -= first.message_bytes();
            self.messages.pop_front();
        }
        self.settle();
    }

    fn take_batch(&mut self) -> Vec<Outgoing> {
        let mut batch = Vec::new();
        let mut taken = 0;
        while taken < MAX_BATCH_BYTES
            && let Some(message) = self.messages.pop_front()
        {
            taken += message.message_bytes();
            batch.push(message);
        }
        self.bytes -= taken;
        self.settle();
        batch
    }

    /// Something left the queue.
    fn settle(&mut self) {
        self.held.resize(self.bytes);
        if self.messages.is_empty() && self.most > 0 {
            let kept = if std::mem::take(&mut self.most) > KEPT_ROOM { KEPT_WHILE_BUSY } else { KEPT_ROOM };
            if self.messages.capacity() > kept {
                self.messages = VecDeque::new();
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
