//! Outboxes to which something was added and not yet written: of all that comes at once, each receiver is written to once.

use std::sync::Arc;

use super::outbox::Pushed;
use super::{Outbox, Outgoing};

/// Written to before others have their turn: each takes the system some microseconds.
const WRITES_IN_A_ROW: usize = 64;

/// Whatever is still in here when it is dropped is written then.
#[derive(Debug, Default)]
pub struct Unflushed(Vec<Arc<Outbox>>);

impl Unflushed {
    /// Adds a message to an outbox, to be written with what follows.
    pub fn append(&mut self, outbox: &Arc<Outbox>, message: Outgoing) -> Pushed {
        let pushed = outbox.append(message);
        if pushed == Pushed::First {
            self.0.push(Arc::clone(outbox));
        }
        pushed
    }

    /// Writes, in several turns if there are many.
    pub async fn flush(&mut self) {
        loop {
            for outbox in self.0.drain(self.0.len().saturating_sub(WRITES_IN_A_ROW)..) {
                outbox.flush();
            }
            if self.0.is_empty() {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Writes now, or has a task of its own do it if there are many.
    pub fn flush_aside(mut self) {
        if self.0.len() > WRITES_IN_A_ROW {
            tokio::spawn(async move { self.flush().await });
        }
    }
}

impl Drop for Unflushed {
    fn drop(&mut self) {
        for outbox in self.0.drain(..) {
            outbox.flush();
        }
    }
}
