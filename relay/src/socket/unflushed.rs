//! What was read and is not yet written: of all that comes at once, each receiver is written to once.
//!
//! Frames for many that go over the same links, one after the other, stay together as a [`Burst`]: each receiver's are
//! written from where they are, and only what the system does not take goes through its queue. To queue a thousand copies of sixty
//! heads, and take them out again a moment later, was half of the relay's own time under load.

use std::sync::Arc;

use axum::body::Bytes;
use tabchain_shared::wire::switchboard::LinkId;

use super::outbox::{MAX_MESSAGES_AT_ONCE, Pushed};
use super::pool::UNCOUNTED_BYTES;
use super::{Outbox, Outgoing};

/// Written to before others have their turn: each takes the system some microseconds.
const WRITES_IN_A_ROW: usize = 64;

/// What is still in an outbox when this is dropped is written then; a burst has to be flushed or settled before.
#[derive(Debug, Default)]
pub struct Unflushed {
    /// To which something was added.
    outboxes: Vec<Arc<Outbox>>,
    /// Later than all that is in those.
    burst: Burst,
}

/// Frames over the same links, in order, of which no outbox knows yet. Never more than a socket may hold uncounted.
#[derive(Debug, Default)]
struct Burst {
    /// As their sender named them; none while no frame may be added.
    links: Vec<LinkId>,
    ends: Vec<(LinkId, Arc<Outbox>)>,
    frames: Vec<Outgoing>,
    bytes: usize,
}

impl Unflushed {
    /// Adds a message to an outbox, to be written with what follows. A burst is settled before.
    pub fn append(&mut self, outbox: &Arc<Outbox>, message: Outgoing) -> Pushed {
        let pushed = outbox.append(message);
        if pushed == Pushed::First {
            self.outboxes.push(Arc::clone(outbox));
        }
        pushed
    }

    /// Adds a frame to the burst, if that goes over these links and has room.
    pub fn joins_burst(&mut self, links: &[LinkId], frame: &Bytes) -> bool {
        let Burst { links: before, frames, bytes, .. } = &mut self.burst;
        let joins = before == links && frames.len() < MAX_MESSAGES_AT_ONCE && *bytes + frame.len() <= UNCOUNTED_BYTES;
        if joins {
            *bytes += frame.len();
            frames.push(Outgoing::carried(links[0], frame.clone()));
        }
        joins
    }

    /// Begins a burst with a frame for these ends; one of before is settled. `links`: over which the next frame has to go to join.
    pub fn begin_burst(&mut self, links: &[LinkId], ends: Vec<(LinkId, Arc<Outbox>)>, frame: &Bytes) {
        let Some((first, _)) = ends.first() else { return };
        let frames = vec![Outgoing::carried(*first, frame.clone())];
        self.burst = Burst { links: links.to_vec(), ends, frames, bytes: frame.len() };
    }

    /// Gives a burst to its receivers' outboxes, unwritten. Of links that are [overdrawn](Pushed::Overdrawn) the caller is told.
    pub fn settle(&mut self, overdrawn: impl Fn(LinkId, &Outbox)) {
        let Burst { ends, frames, .. } = std::mem::take(&mut self.burst);
        for (link, outbox) in ends {
            for frame in &frames {
                if let Pushed::Overdrawn(link) = self.append(&outbox, frame.over(link)) {
                    overdrawn(link, &outbox);
                }
            }
        }
    }

    /// Writes everything, in several turns if there is much.
    pub async fn flush(&mut self, overdrawn: impl Fn(LinkId, &Outbox)) {
        let Self { outboxes, burst } = self;
        // Nothing joins what is partly gone, if this is given up between two turns.
        burst.links.clear();
        loop {
            for (link, outbox) in last(&mut burst.ends) {
                if let Pushed::Overdrawn(link) = outbox.send_over(link, &burst.frames) {
                    overdrawn(link, &outbox);
                }
            }
            for outbox in last(outboxes) {
                outbox.flush();
            }
            if burst.ends.is_empty() && outboxes.is_empty() {
                burst.frames.clear();
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Writes now, or has a task of its own do it if there are many.
    pub fn flush_aside(mut self) {
        if self.outboxes.len() > WRITES_IN_A_ROW {
            tokio::spawn(async move { self.flush(|_, _| ()).await });
        }
    }
}

impl Drop for Unflushed {
    fn drop(&mut self) {
        for outbox in self.outboxes.drain(..) {
            outbox.flush();
        }
    }
}

/// So many as are written to in a turn.
fn last<T>(waiting: &mut Vec<T>) -> impl Iterator<Item = T> {
    waiting.drain(waiting.len().saturating_sub(WRITES_IN_A_ROW)..)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::executor::block_on;

    use super::super::OutboxBudget;
    use super::*;

    fn outboxes(count: u32, budget: OutboxBudget) -> Vec<(LinkId, Arc<Outbox>)> {
        (1..=count).map(|link| (LinkId(link), Arc::new(Outbox::new(budget)))).collect()
    }

    fn links(ends: &[(LinkId, Arc<Outbox>)]) -> Vec<LinkId> {
        ends.iter().map(|(link, _)| *link).collect()
    }

    fn nobody(link: LinkId, _: &Outbox) {
        panic!("{link:?} is not overdrawn");
    }

    /// All that waits, by its first byte.
    fn waiting(outbox: &Outbox) -> Vec<u8> {
        block_on(outbox.take_batch()).iter().map(|message| message.parts()[1][0]).collect()
    }

    #[test]
    fn a_burst_is_of_the_same_links_and_within_bounds() {
        let ends = outboxes(3, OutboxBudget::default());
        let (all, small) = (links(&ends), Bytes::from_static(b"frame"));
        let mut unflushed = Unflushed::default();
        assert!(!unflushed.joins_burst(&all, &small), "none has begun");
        unflushed.begin_burst(&all, ends.clone(), &small);
        assert!(!unflushed.joins_burst(&all[..2], &small), "it goes elsewhere");
        for _ in 1..MAX_MESSAGES_AT_ONCE {
            assert!(unflushed.joins_burst(&all, &small));
        }
        assert!(!unflushed.joins_burst(&all, &small), "one write takes no more");
        unflushed.settle(nobody);
        assert!(!unflushed.joins_burst(&all, &small), "it is over");
        unflushed.begin_burst(&all, ends.clone(), &vec![0; UNCOUNTED_BYTES - 5].into());
        assert!(unflushed.joins_burst(&all, &small));
        assert!(!unflushed.joins_burst(&all, &small), "it holds all that it may");
        unflushed.begin_burst(&[], ends, &small);
        assert!(!unflushed.joins_burst(&all, &small), "its first frame went elsewhere, too");
    }

    /// Every receiver gets every frame once and in order, also if a flush is given up between two turns.
    #[test]
    fn nothing_is_lost_or_said_twice() {
        let ends = outboxes(100, OutboxBudget::default());
        for turns in 0..4 {
            let mut unflushed = Unflushed::default();
            for (_, outbox) in &ends {
                assert_ne!(unflushed.append(outbox, Outgoing::message(vec![1])), Pushed::Overdrawn(LinkId(0)));
            }
            unflushed.begin_burst(&links(&ends), ends.clone(), &Bytes::from_static(&[2]));
            assert!(unflushed.joins_burst(&links(&ends), &Bytes::from_static(&[3])));
            let mut flushing = Box::pin(unflushed.flush(nobody));
            let ended = (0..turns).any(|_| (&mut flushing).now_or_never().is_some());
            drop(flushing);
            assert_eq!(ended, turns > 1, "{turns} turns");
            assert!(ended || turns == 0 || !unflushed.joins_burst(&links(&ends), &Bytes::from_static(&[4])));
            unflushed.settle(nobody);
            assert!(ends.iter().all(|(_, outbox)| waiting(outbox) == [1, 2, 3]), "{turns} turns");
        }
    }

    /// CASES 73: what is too much for a receiver is found out, whichever way the burst goes.
    #[test]
    fn overdrawn_links_are_told_of() {
        for flush in [false, true] {
            let ends = outboxes(3, OutboxBudget { bytes: 16, messages: 8 });
            let mut unflushed = Unflushed::default();
            unflushed.begin_burst(&links(&ends), ends.clone(), &Bytes::from_static(b"frame"));
            assert!(unflushed.joins_burst(&links(&ends), &Bytes::from_static(b"frame")));
            let overdrawn = std::cell::RefCell::new(Vec::new());
            let note = |link, _: &Outbox| overdrawn.borrow_mut().push(link);
            if flush {
                block_on(unflushed.flush(note));
            } else {
                unflushed.settle(note);
            }
            let mut overdrawn = overdrawn.take();
            overdrawn.sort();
            assert_eq!(overdrawn, links(&ends));
        }
    }
}
