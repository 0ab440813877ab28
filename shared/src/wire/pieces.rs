//! Frames on a data channel: cut into pieces, because a channel takes messages of bounded size only, and put together.
//!
//! A message on the channel is one piece: a byte that says whether it is the frame's last (0) or more follows (1), and
//! a part of the frame. The channel keeps their order and loses none, so nothing more is needed.

use super::message::MAX_FRAME_BYTES;

/// Largest piece with its byte. Every browser takes it: RFC 8841's size for who says nothing, and a size at which a
/// small frame does not wait long behind a large one.
pub const MAX_PIECE_BYTES: usize = 65_536;
/// Who takes no larger messages than this gets no channel; it would be all headers.
pub const MIN_PIECE_BYTES: usize = 1_024;

const LAST: u8 = 0;
const MORE: u8 = 1;

/// The first piece of what is left of a frame, at most `max_bytes` with its byte, and what is left then.
pub fn cut(rest: &[u8], max_bytes: usize) -> (Vec<u8>, &[u8]) {
    let (part, rest) = rest.split_at(rest.len().min(max_bytes.max(MIN_PIECE_BYTES) - 1));
    let mut piece = Vec::with_capacity(1 + part.len());
    piece.push(if rest.is_empty() { LAST } else { MORE });
    piece.extend(part);
    (piece, rest)
}

/// Why pieces are no frame. Whoever sends them breaks the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PieceError {
    #[error("a piece without content")]
    Empty,
    #[error("a piece that is neither last nor followed by more, but {0}")]
    UnknownKind(u8),
    #[error("a frame of more than {MAX_FRAME_BYTES} bytes")]
    TooLarge,
}

/// Puts frames together. Holds one at most, and no more of it than a frame may have.
#[derive(Debug, Default)]
pub struct Joiner {
    begun: Vec<u8>,
}

impl Joiner {
    /// Bytes of the frame that has begun.
    pub fn held_bytes(&self) -> usize {
        self.begun.len()
    }

    /// Takes the next piece; a frame comes back with its last. After an error there is nothing more to join.
    pub fn join(&mut self, piece: &[u8]) -> Result<Option<Vec<u8>>, PieceError> {
        let (&kind, part) = piece.split_first().ok_or(PieceError::Empty)?;
        if part.is_empty() {
            return Err(PieceError::Empty);
        }
        if self.begun.len() + part.len() > MAX_FRAME_BYTES {
            return Err(PieceError::TooLarge);
        }
        self.begun.extend(part);
        match kind {
            LAST => Ok(Some(std::mem::take(&mut self.begun))),
            MORE => Ok(None),
            other => Err(PieceError::UnknownKind(other)),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn pieces(frame: &[u8], max_bytes: usize) -> Vec<Vec<u8>> {
        let (piece, mut rest) = cut(frame, max_bytes);
        let mut pieces = vec![piece];
        while !rest.is_empty() {
            let (piece, left) = cut(rest, max_bytes);
            pieces.push(piece);
            rest = left;
        }
        pieces
    }

    /// The bytes stand in docs/protocol.md, too.
    #[wasm_bindgen_test(unsupported = test)]
    fn pieces_are_cut_as_documented() {
        assert_eq!(pieces(&[1], MAX_PIECE_BYTES), [[0, 1]]);
        let frame = vec![7; 1_500];
        let [first, second] = &pieces(&frame, 1_024)[..] else { panic!("two pieces") };
        assert_eq!((first.len(), &first[..3]), (1_024, &[1, 7, 7][..]));
        assert_eq!((second.len(), &second[..3]), (478, &[0, 7, 7][..]));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn frames_of_every_length_come_together_again() {
        let mut joiner = Joiner::default();
        for length in [1, 2, 1_022, 1_023, 1_024, 2_046, 65_535, 65_536, 200_000, MAX_FRAME_BYTES] {
            let frame: Vec<u8> = (0..length).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
            for max_bytes in [1_024, MAX_PIECE_BYTES] {
                let mut received = Vec::new();
                for piece in pieces(&frame, max_bytes) {
                    assert!(piece.len() <= max_bytes);
                    received.extend(joiner.join(&piece).unwrap());
                }
                assert!(received == [&frame[..]], "{length} bytes in pieces of {max_bytes}");
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn pieces_that_are_no_frame_are_refused() {
        let join = |piece: &[u8]| Joiner::default().join(piece);
        assert_eq!(join(&[]), Err(PieceError::Empty));
        assert_eq!(join(&[LAST]), Err(PieceError::Empty));
        // Without this, nothing would ever end it.
        assert_eq!(join(&[MORE]), Err(PieceError::Empty));
        assert_eq!(join(&[2, 1]), Err(PieceError::UnknownKind(2)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_frame_that_grows_too_large_is_refused_before_it_is_held() {
        let mut joiner = Joiner::default();
        let piece = [vec![MORE], vec![0; MAX_PIECE_BYTES - 1]].concat();
        let error = (0..).find_map(|_| joiner.join(&piece).err()).unwrap();
        assert_eq!(error, PieceError::TooLarge);
        assert!(joiner.begun.len() <= MAX_FRAME_BYTES);
    }
}
