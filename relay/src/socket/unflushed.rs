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

/// Frames over the same links, in order, of which no outbox knows yet. They are of no more bytes than a socket may hold uncounted,
/// and each is a part of the message that it came in, which a list of links stands before.
#[derive(Debug, Default)]
struct Burst {
    /// As their sender named them; none while no frame may be added.
    links: Vec<LinkId>,
    ends: Vec<(LinkId, Arc<Outbox>)>,
    frames: Vec<Outgoing>,
    bytes: usize,
}

impl Unflushed {
    /// Adds a message to an outbox, to be written with what follows. A burst has to be settled before.
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

    /// Begins a burst with a frame for these ends; one of before has to be settled. `links`: over which the next frame has to go to
    /// join. A frame that is too large for a burst is given to the outboxes at once, each of which has to have room for it.
    pub fn begin_burst(
        &mut self,
        links: &[LinkId],
        ends: Vec<(LinkId, Arc<Outbox>)>,
        frame: &Bytes,
        overdrawn: impl Fn(LinkId, &Outbox),
    ) {
        let Some((first, _)) = ends.first() else { return };
        let frames = vec![Outgoing::carried(*first, frame.clone())];
        self.burst = Burst { links: links.to_vec(), ends, frames, bytes: frame.len() };
        if frame.len() > UNCOUNTED_BYTES {
            self.settle(overdrawn);
        }
    }

    /// Gives a burst to its receivers' outboxes, unwritten. Of links that are [overdrawn](Pushed::Overdrawn) the caller is told.
    pub fn settle(&mut self, overdrawn: impl Fn(LinkId, &Outbox)) {
        let Burst { ends, frames, .. } = std::mem::take(&mut self.burst);
        for (link, outbox) in ends {
            if outbox.append_over(link, &frames, &overdrawn) {
                self.outboxes.push(outbox);
            }
        }
    }

    /// Writes everything, in several turns if there is much.
    pub async fn flush(&mut self, overdrawn: impl Fn(LinkId, &Outbox)) {
        let Self { outboxes, burst } = self;
        // Nothing joins what is partly gone, if this is given up between two turns.
        burst.links.clear();
        loop {
            let turn = burst.ends.len().saturating_sub(WRITES_IN_A_ROW);
            let left = WRITES_IN_A_ROW - (burst.ends.len() - turn);
            for (link, outbox) in burst.ends.drain(turn..) {
                outbox.send_over(link, &burst.frames, &overdrawn);
            }
            for outbox in outboxes.drain(outboxes.len().saturating_sub(left)..) {
                outbox.flush();
            }
            if burst.ends.is_empty() && outboxes.is_empty() {
                // An idle connection keeps no room for the next one.
                *burst = Burst::default();
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

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use futures::executor::block_on;
    use tokio::io::AsyncReadExt;

    use super::super::OutboxBudget;
    use super::super::outbox::tests::pair;
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
        unflushed.begin_burst(&all, ends.clone(), &small, nobody);
        assert!(!unflushed.joins_burst(&all[..2], &small), "it goes elsewhere");
        for _ in 1..MAX_MESSAGES_AT_ONCE {
            assert!(unflushed.joins_burst(&all, &small));
        }
        assert!(!unflushed.joins_burst(&all, &small), "one write takes no more");
        unflushed.settle(nobody);
        assert!(!unflushed.joins_burst(&all, &small), "it is over");
        unflushed.begin_burst(&all, ends.clone(), &vec![0; UNCOUNTED_BYTES - 5].into(), nobody);
        assert!(unflushed.joins_burst(&all, &small));
        assert!(!unflushed.joins_burst(&all, &small), "it holds all that it may");
        unflushed.begin_burst(&[], ends, &small, nobody);
        assert!(!unflushed.joins_burst(&all, &small), "its first frame went elsewhere, too");
    }

    /// A frame for which each outbox has to have room waits nowhere else.
    #[test]
    fn what_is_too_large_for_a_burst_is_with_the_outboxes_at_once() {
        let ends = outboxes(2, OutboxBudget::default());
        let mut unflushed = Unflushed::default();
        unflushed.begin_burst(&links(&ends), ends.clone(), &vec![1; UNCOUNTED_BYTES + 1].into(), nobody);
        assert!(ends.iter().all(|(_, outbox)| waiting(outbox) == [1]));
        assert!(!unflushed.joins_burst(&links(&ends), &Bytes::new()));
        unflushed.begin_burst(&links(&ends), ends.clone(), &vec![2; UNCOUNTED_BYTES].into(), nobody);
        assert!(unflushed.joins_burst(&links(&ends), &Bytes::new()));
    }

    /// Every receiver gets every frame once and in order, also if a flush is given up between two turns.
    #[tokio::test]
    async fn nothing_is_lost_or_said_twice() {
        for turns in 0..5 {
            let (mut ends, mut far) = (outboxes(100, OutboxBudget::default()), Vec::new());
            // Some write themselves.
            for (_, outbox) in ends.iter_mut().step_by(3) {
                let (near, end) = pair().await;
                outbox.write_to(near);
                far.push(end);
            }
            let mut unflushed = Unflushed::default();
            for (number, (_, outbox)) in ends.iter().enumerate() {
                let expected = if number % 3 == 0 { Pushed::First } else { Pushed::Taken };
                assert_eq!(unflushed.append(outbox, Outgoing::message(vec![1])), expected);
            }
            unflushed.begin_burst(&links(&ends), ends.clone(), &Bytes::from_static(&[2]), nobody);
            assert!(unflushed.joins_burst(&links(&ends), &Bytes::from_static(&[3])));
            let mut flushing = Box::pin(unflushed.flush(nobody));
            // A hundred ends take two turns, and of the 34 outboxes that wait the second takes 28.
            let ended = (0..turns).any(|_| (&mut flushing).now_or_never().is_some());
            drop(flushing);
            assert_eq!(ended, turns >= 3, "{turns} turns");
            assert!(turns == 0 || !unflushed.joins_burst(&links(&ends), &Bytes::from_static(&[4])));
            unflushed.settle(nobody);
            drop(unflushed);
            let others = ends.iter().enumerate().filter(|(number, _)| number % 3 != 0);
            assert!(others.into_iter().all(|(_, (_, outbox))| waiting(outbox) == [1, 2, 3]), "{turns} turns");
            for (end, (link, _)) in far.iter_mut().zip(ends.iter().step_by(3)) {
                let carried = |byte| Outgoing::carried(*link, Bytes::from(vec![byte]));
                let expected = [Outgoing::message(vec![1]), carried(2), carried(3)];
                let expected: Vec<u8> = expected.iter().flat_map(|message| message.parts().concat()).collect();
                let mut came = vec![0; expected.len()];
                end.read_exact(&mut came).await.expect("all of it");
                assert_eq!(came, expected, "{turns} turns");
            }
        }
    }

    /// CASES 73: what is too much for a receiver is found out, whichever way the burst goes, and over a link that ends nothing
    /// follows.
    #[test]
    fn overdrawn_links_are_told_of() {
        for flush in [false, true] {
            let ends = outboxes(3, OutboxBudget { bytes: 16, messages: 8 });
            // Over another link came most of what waits for the first of them.
            assert_eq!(ends[0].1.append(Outgoing::passed_on(LinkId(9), vec![8; 9].into())), Pushed::Taken);
            let mut unflushed = Unflushed::default();
            // With a link before each there is room for one in an outbox.
            unflushed.begin_burst(&links(&ends), ends.clone(), &Bytes::from_static(b"1"), nobody);
            for frame in ["2tobig", "3", "4"] {
                assert!(unflushed.joins_burst(&links(&ends), &frame.into()));
            }
            let overdrawn = std::cell::RefCell::new(Vec::new());
            let note = |link, outbox: &Outbox| {
                let place = ends.iter().position(|(_, end)| std::ptr::eq(&raw const **end, outbox));
                overdrawn.borrow_mut().push((place.expect("it is one of them"), link));
            };
            if flush {
                block_on(unflushed.flush(note));
            } else {
                unflushed.settle(note);
            }
            let mut overdrawn = overdrawn.take();
            overdrawn.sort();
            let expected = [(0, LinkId(1)), (0, LinkId(9)), (1, LinkId(2)), (2, LinkId(3))];
            assert_eq!(overdrawn, expected);
            for (_, outbox) in &ends {
                outbox.push(vec![b'.']);
                assert_eq!(waiting(outbox), [b'.'], "all that came over these links is given up");
            }
        }
    }
}
