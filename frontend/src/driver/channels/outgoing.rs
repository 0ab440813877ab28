//! Frames that wait until a channel takes them, and the one that is being cut into pieces.

use std::collections::VecDeque;

use tabchain_shared::node::config::MAX_BYTES_ON_ORDER;
use tabchain_shared::wire::message::MAX_FRAME_BYTES;
use tabchain_shared::wire::pieces;

/// Bytes of frames that may wait: all blocks that a node has on order at once, and one more frame. A peer for which more
/// waits does not read, and is cut.
pub const MAX_WAITING_BYTES: usize = MAX_BYTES_ON_ORDER + MAX_FRAME_BYTES;

#[derive(Default)]
pub struct Outgoing {
    frames: VecDeque<Vec<u8>>,
    /// Bytes of the first frame that are gone.
    sent: usize,
    /// Of all frames.
    bytes: usize,
}

impl Outgoing {
    /// `false` for one too many, which is not kept.
    pub fn push(&mut self, frame: Vec<u8>) -> bool {
        let fits = self.bytes + frame.len() <= MAX_WAITING_BYTES;
        if fits && !frame.is_empty() {
            self.bytes += frame.len();
            self.frames.push_back(frame);
        }
        fits
    }

    /// Of the frames that wait.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn next_piece(&mut self, max_bytes: usize) -> Option<Vec<u8>> {
        let frame = self.frames.front()?;
        let (piece, rest) = pieces::cut(&frame[self.sent..], max_bytes);
        self.sent = frame.len() - rest.len();
        if rest.is_empty() {
            self.bytes -= frame.len();
            self.sent = 0;
            self.frames.pop_front();
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::wire::pieces::Joiner;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn frames_leave_in_pieces_and_in_order() {
        let frames = [vec![1; 5_000], vec![2], vec![3; 1_023], vec![4; 1_024]];
        let mut outgoing = Outgoing::default();
        assert!(frames.iter().all(|frame| outgoing.push(frame.clone())));
        let mut joiner = Joiner::default();
        let mut received = Vec::new();
        while let Some(piece) = outgoing.next_piece(1_024) {
            assert!(piece.len() <= 1_024);
            received.extend(joiner.join(&piece).unwrap());
        }
        assert_eq!(received, frames);
        assert_eq!(outgoing.bytes, 0);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut outgoing = Outgoing::default();
        let megabyte = vec![0; 1 << 20];
        assert_eq!((0..100).take_while(|_| outgoing.push(megabyte.clone())).count(), 11);
        // Room comes with the whole frame only, for its last piece is the one that frees it.
        while outgoing.next_piece(65_536).is_some_and(|piece| piece[0] == 1) {
            assert!(!outgoing.push(megabyte.clone()));
        }
        assert!(outgoing.push(megabyte));
    }
}
