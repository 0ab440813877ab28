//! What waits to be written to one socket, within a budget.
//!
//! Whoever pushes never waits: a reader that cannot keep up fills its own outbox, is cut, and nobody else notices.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use tokio::sync::Notify;

use super::Closing;
use crate::metrics::traffic::Traffic;

/// How much may wait for one reader.
#[derive(Debug, Clone, Copy)]
pub struct OutboxBudget {
    pub bytes: usize,
    pub messages: usize,
}

impl Default for OutboxBudget {
    /// Bytes: four frames of the largest size, or sixteen full blocks of the built-in networks: what a node may have on
    /// order from one peer. From all its peers together it may have 256 on order, so that a node which catches up over
    /// a slow line while blocks are full may be cut; it returns with what it has got. Messages: what a busy network says
    /// in a few seconds; small ones cost more than their bytes.
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, messages: 4_096 }
    }
}

/// Handed to the socket at once: large enough to fill a write, small beside the budget that it escapes.
const MAX_BATCH_BYTES: usize = 256 * 1024;

#[derive(Debug)]
pub struct Outbox {
    budget: OutboxBudget,
    traffic: Traffic,
    queue: Mutex<Queue>,
    /// A message was pushed, or the closing was decided.
    changed: Notify,
    closed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    messages: VecDeque<Bytes>,
    bytes: usize,
    closing: Option<Closing>,
}

impl Outbox {
    pub fn new(budget: OutboxBudget) -> Self {
        Self {
            budget,
            traffic: Traffic::default(),
            queue: Mutex::default(),
            changed: Notify::new(),
            closed: Notify::new(),
        }
    }

    /// Has its messages count.
    #[must_use]
    pub fn counted(self, traffic: Traffic) -> Self {
        Self { traffic, ..self }
    }

    /// Queues a message. Beyond the budget the connection is closed instead, and what waits is given up.
    pub fn push(&self, message: impl Into<Bytes>) {
        let message = message.into();
        let mut queue = self.queue();
        if queue.closing.is_some() {
            return;
        }
        let bytes = queue.bytes + message.len();
        if bytes > self.budget.bytes || queue.messages.len() >= self.budget.messages {
            drop(queue);
            self.close(Closing::TOO_SLOW);
            return;
        }
        queue.bytes = bytes;
        self.traffic.count(message.len());
        queue.messages.push_back(message);
        drop(queue);
        self.changed.notify_one();
    }

    /// Has the connection closed. The first reason stands.
    pub fn close(&self, closing: Closing) {
        let mut queue = self.queue();
        queue.closing.get_or_insert(closing);
        queue.messages.clear();
        queue.bytes = 0;
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

    /// Waits for messages and takes some, in order. For one waiter.
    pub(super) async fn take_batch(&self) -> Vec<Bytes> {
        loop {
            let batch = self.queue().take_batch();
            if !batch.is_empty() {
                return batch;
            }
            self.changed.notified().await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // No code that holds the lock can leave the queue half changed.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn take_batch(&mut self) -> Vec<Bytes> {
        let mut batch = Vec::new();
        let mut taken = 0;
        while taken < MAX_BATCH_BYTES
            && let Some(message) = self.messages.pop_front()
        {
            taken += message.len();
            batch.push(message);
        }
        self.bytes -= taken;
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: OutboxBudget = OutboxBudget { bytes: 10, messages: 3 };

    #[tokio::test]
    async fn messages_leave_in_order_and_free_their_room() {
        let outbox = Outbox::new(SMALL);
        for _ in 0..3 {
            outbox.push(vec![1; 5]);
            outbox.push(vec![2; 5]);
            assert_eq!(outbox.take_batch().await, [vec![1; 5], vec![2; 5]]);
        }
        assert!(outbox.queue().closing.is_none());
    }

    #[tokio::test]
    async fn too_many_bytes_or_messages_close_the_connection() {
        for message in [vec![0; 4], vec![]] {
            let outbox = Outbox::new(SMALL);
            for _ in 0..4 {
                outbox.push(message.clone());
            }
            assert_eq!(outbox.closed().await, Closing::TOO_SLOW);
            assert!(outbox.queue().messages.is_empty(), "nothing is kept for a reader that is gone");
        }
    }

    #[tokio::test]
    async fn the_first_reason_to_close_stands() {
        let outbox = Outbox::new(SMALL);
        outbox.close(Closing::REPLACED);
        outbox.close(Closing::TOO_SLOW);
        assert_eq!(outbox.closed().await, Closing::REPLACED);
    }
}
