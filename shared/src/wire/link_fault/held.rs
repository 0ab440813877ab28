//! Frames that a node holds back on links with a fault, until it is time for them.

use std::collections::VecDeque;

use litemap::LiteMap;

use super::{Line, LinkFault};
use crate::wire::message::Lossless;

/// Longest that a frame may wait for those before it and be sent out itself, ms. What would take longer is lost, as at a
/// router whose queue is full: a link too narrow for a block does not carry it.
pub const MAX_WAIT_MILLIS: u64 = 10_000;
/// Bytes that are held back on one link, beyond which what comes is lost: twice the largest block.
pub const MAX_HELD_BYTES_A_LINK: usize = 8 << 20;
/// The same over all links of a node, which may be a tab on a phone.
pub const MAX_HELD_BYTES: usize = 32 << 20;

/// The links of a node, each under a key of the driver's.
#[derive(Debug)]
pub struct HeldFrames<Key> {
    links: LiteMap<Key, Held>,
    /// Over all links.
    bytes: usize,
}

#[derive(Debug, Default)]
struct Held {
    line: Line,
    /// With the time at which each goes, which rises.
    frames: VecDeque<(u64, Vec<u8>)>,
    bytes: usize,
}

impl<Key> Default for HeldFrames<Key> {
    fn default() -> Self {
        Self { links: LiteMap::new(), bytes: 0 }
    }
}

impl<Key: Ord + Copy> HeldFrames<Key> {
    /// A frame is to go out on a link, `now` in milliseconds. It comes back if it is to go at once; else it is held back, or
    /// lost. `draws` are two numbers by chance from 0 to 1, without 1: for the loss and for the jitter.
    ///
    /// The handshake is not touched, and pings are not lost: they stand for the connection, which is there.
    #[must_use]
    pub fn pass(
        &mut self,
        key: Key,
        now: u64,
        frame: Vec<u8>,
        fault: Option<&LinkFault>,
        draws: [f64; 2],
    ) -> Option<Vec<u8>> {
        let Some(fault) = fault else {
            // What was held back before goes first.
            return if self.is_holding(key) { self.hold(key, now, frame) } else { Some(frame) };
        };
        let lossless = Lossless::of(&frame);
        if lossless == Some(Lossless::Handshake) {
            return if self.is_holding(key) { self.hold(key, now, frame) } else { Some(frame) };
        }
        let held = self.links.entry(key).or_default();
        let bandwidth = fault.bandwidth.map_or(u64::MAX, u64::from);
        let too_much = held.bytes + frame.len() > MAX_HELD_BYTES_A_LINK
            || self.bytes + frame.len() > MAX_HELD_BYTES
            || held.line.would_leave(now, frame.len() as u64, bandwidth) > now.saturating_add(MAX_WAIT_MILLIS);
        if lossless.is_none() && too_much {
            return None;
        }
        // A frame that is lost on the way has left the sender.
        let left = held.line.leave(now, frame.len() as u64, bandwidth);
        if lossless.is_none() && draws[0] < fault.loss {
            return None;
        }
        let at = held.line.arrive(left.saturating_add(fault.on_the_way(draws[1])));
        if at <= now && held.frames.is_empty() {
            return Some(frame);
        }
        self.hold(key, at, frame)
    }

    /// The fault is gone: what is held back goes as soon as it is asked for.
    pub fn release(&mut self, key: Key) {
        if let Some(held) = self.links.get_mut(&key) {
            held.line = Line::default();
            held.frames.iter_mut().for_each(|(at, _)| *at = 0);
            if held.frames.is_empty() {
                self.links.remove(&key);
            }
        }
    }

    /// The link is gone, and what was on it.
    pub fn forget(&mut self, key: Key) {
        if let Some(held) = self.links.remove(&key) {
            self.bytes -= held.bytes;
        }
    }

    /// What is to go by now, the order on each link kept.
    pub fn take_due(&mut self, now: u64) -> Vec<(Key, Vec<u8>)> {
        let mut due = Vec::new();
        for (key, held) in &mut self.links {
            while let Some((_, frame)) = held.frames.pop_front_if(|(at, _)| *at <= now) {
                held.bytes -= frame.len();
                self.bytes -= frame.len();
                due.push((*key, frame));
            }
        }
        due
    }

    /// When to ask for them next; `None` while nothing is held back.
    pub fn next_due(&self) -> Option<u64> {
        self.links.values().filter_map(|held| held.frames.front()).map(|(at, _)| *at).min()
    }

    fn is_holding(&self, key: Key) -> bool {
        self.links.get(&key).is_some_and(|held| !held.frames.is_empty())
    }

    /// Behind what waits there.
    fn hold(&mut self, key: Key, at: u64, frame: Vec<u8>) -> Option<Vec<u8>> {
        let held = self.links.entry(key).or_default();
        let at = held.frames.back().map_or(at, |(last, _)| at.max(*last));
        held.bytes += frame.len();
        self.bytes += frame.len();
        held.frames.push_back((at, frame));
        None
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::wire::Message;

    const NO_CHANCE: [f64; 2] = [0.5, 0.0];

    fn inv() -> Vec<u8> {
        Message::Inv(Vec::new()).to_frame()
    }

    fn due(held: &mut HeldFrames<u8>, now: u64) -> Vec<Vec<u8>> {
        held.take_due(now).into_iter().map(|(_, frame)| frame).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_delayed_frame_goes_when_its_time_has_come_and_none_overtakes_it() {
        let mut held = HeldFrames::default();
        let slow = LinkFault { delay: 2_000, jitter: 100, ..LinkFault::default() };
        assert_eq!(held.pass(1, 10, vec![7, 1], Some(&slow), [0.5, 0.99]), None);
        assert_eq!(held.pass(1, 20, vec![7, 2], Some(&slow), NO_CHANCE), None);
        assert_eq!(held.pass(2, 20, inv(), None, NO_CHANCE), Some(inv()), "another link has no fault");
        assert_eq!(held.next_due(), Some(2_109));
        assert!(due(&mut held, 2_108).is_empty());
        assert_eq!(due(&mut held, 2_109), [vec![7, 1], vec![7, 2]], "the second would have come first");
        assert_eq!(held.next_due(), None);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_fault_that_is_taken_away_lets_all_go_and_in_order() {
        let mut held = HeldFrames::default();
        let slow = LinkFault { delay: 5_000, ..LinkFault::default() };
        assert_eq!(held.pass(1, 0, vec![7, 1], Some(&slow), NO_CHANCE), None);
        held.release(1);
        assert_eq!(held.pass(1, 1, vec![7, 2], None, NO_CHANCE), None, "the first is still here");
        assert_eq!(due(&mut held, 1), [vec![7, 1], vec![7, 2]]);
        assert_eq!(held.pass(1, 2, vec![7, 3], None, NO_CHANCE), Some(vec![7, 3]));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_stands_for_the_connection_is_never_lost() {
        let mut held = HeldFrames::default();
        let black_hole = LinkFault { loss: 1.0, delay: 5, ..LinkFault::default() };
        assert_eq!(held.pass(1, 0, Message::Verack.to_frame(), Some(&black_hole), NO_CHANCE), Some(vec![1]));
        assert_eq!(held.pass(1, 0, inv(), Some(&black_hole), NO_CHANCE), None);
        assert_eq!(held.next_due(), None, "it is lost");
        assert_eq!(held.pass(1, 0, Message::Ping(3).to_frame(), Some(&black_hole), NO_CHANCE), None);
        assert_eq!(due(&mut held, 5), [Message::Ping(3).to_frame()], "late, and there");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn loss_follows_its_draw() {
        let mut held = HeldFrames::default();
        let lossy = LinkFault { loss: 0.25, ..LinkFault::default() };
        let sent = (0..100).filter(|part| {
            let draws = [f64::from(*part) / 100.0, 0.0];
            held.pass(1, 0, inv(), Some(&lossy), draws).is_some()
        });
        assert_eq!(sent.count(), 75);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_narrow_link_sends_one_frame_after_the_other_and_loses_what_would_wait_too_long() {
        let mut held = HeldFrames::default();
        let narrow = LinkFault { bandwidth: Some(1_000), ..LinkFault::default() };
        let frame = |number: u8| [[7, number].as_slice(), &[0; 2_998]].concat();
        for number in 0..5 {
            assert_eq!(held.pass(1, 0, frame(number), Some(&narrow), NO_CHANCE), None);
        }
        assert_eq!((3..=9).map(|second| due(&mut held, second * 1_000).len()).sum::<usize>(), 3);
        assert!(due(&mut held, 100_000).is_empty(), "twelve seconds are too long");
        assert_eq!(held.pass(1, 100_000, vec![7; 10_001], Some(&narrow), NO_CHANCE), None);
        assert_eq!(held.next_due(), None, "not even alone");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_held_back_is_bounded() {
        let mut held = HeldFrames::default();
        let slow = LinkFault { delay: 5_000, ..LinkFault::default() };
        let megabyte = || vec![7; 1 << 20];
        for key in 0..5_u8 {
            for _ in 0..9 {
                assert_eq!(held.pass(key, 0, megabyte(), Some(&slow), NO_CHANCE), None);
            }
        }
        let mut counts = [0; 5];
        held.forget(1);
        assert_eq!(held.bytes, MAX_HELD_BYTES - MAX_HELD_BYTES_A_LINK);
        for (key, _) in held.take_due(5_000) {
            counts[usize::from(key)] += 1;
        }
        assert_eq!(counts, [8, 0, 8, 8, 0]);
        assert_eq!(held.bytes, 0);
    }
}
