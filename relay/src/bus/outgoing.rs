//! What waits to go out over the bus, within a budget.
//!
//! The switchboard never waits while it holds its state, so pushing does not either; a node whose frames go to another relay
//! waits for room after each, and so makes its own connection wait and nobody else's.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use tokio::sync::Notify;

use super::message::Destination;

/// Who can wait does so beyond this; the rest is for those who cannot: the relay's own node, and what relays tell each
/// other.
const COMFORTABLE: Budget = Budget { bytes: 8 * 1024 * 1024, messages: 8_192 };
/// Beyond this nothing more is taken, and the link on which something was lost ends: more than a second's worth of a gigabit
/// would not come up to date again.
const MOST: Budget = Budget { bytes: 64 * 1024 * 1024, messages: 65_536 };

#[derive(Debug, Clone, Copy)]
struct Budget {
    bytes: usize,
    messages: usize,
}

#[derive(Debug, Default)]
pub struct Outgoing {
    queue: Mutex<Queue>,
    changed: Notify,
    has_room: Notify,
    is_connected: AtomicBool,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<(Destination, Bytes)>,
    bytes: usize,
}

impl Queue {
    fn fits(&self, budget: Budget) -> bool {
        self.bytes <= budget.bytes && self.messages.len() <= budget.messages
    }
}

impl Outgoing {
    /// Whether the bus is there, as whoever carries it says.
    pub fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::Relaxed)
    }

    pub fn set_connected(&self, is_connected: bool) {
        self.is_connected.store(is_connected, Ordering::Relaxed);
    }

    /// `false`: it is lost.
    #[must_use]
    pub fn push(&self, to: Destination, message: Bytes) -> bool {
        let mut queue = self.queue();
        let fits = queue.fits(MOST);
        if fits {
            queue.bytes += message.len();
            queue.messages.push_back((to, message));
        }
        drop(queue);
        self.changed.notify_one();
        fits
    }

    /// Waits until there is room for those who can wait.
    pub async fn room(&self) {
        loop {
            let room = self.has_room.notified();
            tokio::pin!(room);
            // From here on it is woken, also by what happens before it waits.
            room.as_mut().enable();
            if self.queue().fits(COMFORTABLE) {
                return;
            }
            room.await;
        }
    }

    /// Waits for the next message. For one waiter.
    pub async fn next(&self) -> (Destination, Bytes) {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.changed.notified().await;
        }
    }

    /// The next message, if there is one.
    pub fn take(&self) -> Option<(Destination, Bytes)> {
        let mut queue = self.queue();
        let (to, message) = queue.messages.pop_front()?;
        queue.bytes -= message.len();
        if queue.fits(COMFORTABLE) {
            self.has_room.notify_waiters();
        }
        Some((to, message))
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No code that holds the lock can leave the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn kibibytes(count: usize) -> Bytes {
        vec![0; count * 1024].into()
    }

    #[tokio::test]
    async fn who_can_wait_waits_and_who_cannot_is_told_when_it_is_too_much() {
        let outgoing = Outgoing::default();
        while outgoing.room().now_or_never().is_some() {
            assert!(outgoing.push(Destination::Everyone, kibibytes(512)));
        }
        let room = outgoing.room();
        tokio::pin!(room);
        assert!(room.as_mut().now_or_never().is_none());
        let mut more = 0;
        while outgoing.push(Destination::Everyone, kibibytes(512)) {
            more += 1;
        }
        assert!(more > 100, "{more} more fit");
        while outgoing.queue().bytes > COMFORTABLE.bytes {
            outgoing.next().await;
        }
        room.await;
    }

    #[tokio::test]
    async fn many_small_messages_are_too_much_as_well() {
        let outgoing = Outgoing::default();
        let taken = (0..=MOST.messages + 1).filter(|_| outgoing.push(Destination::Everyone, Bytes::new())).count();
        assert_eq!(taken, MOST.messages + 1);
        assert!(outgoing.room().now_or_never().is_none());
    }
}
