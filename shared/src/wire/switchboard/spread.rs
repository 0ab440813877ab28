//! One frame for several links: what a node tells many others leaves it once, and its relay passes it to each.
//!
//! Byte 3, a count, so many link numbers, and the frame. The numbers rise, so that none is named twice, and there are at
//! least two: a frame for one link is a carried frame. Only nodes say it; at the other ends carried frames arrive.

use std::collections::BTreeSet;

use super::{EnvelopeError, LinkId};
use crate::primitives::encode::{Reader, encode_count};

const TAG_SPREAD: u8 = 3;
const LEAST_LINKS: usize = 2;
/// Links that one frame may be for: the peers of a node that has as many as there can be.
pub const MAX_SPREAD_LINKS: usize = 2_000;
/// What may stand before the frame: tag, count and links.
pub(super) const MAX_HEAD_BYTES: usize = 1 + 3 + 4 * MAX_SPREAD_LINKS;

/// The message that has a frame passed to these links, of which there are two or more.
pub fn spread(links: &BTreeSet<LinkId>, frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(MAX_HEAD_BYTES.min(4 * (links.len() + 1)) + frame.len());
    bytes.push(TAG_SPREAD);
    encode_count(links.len(), &mut bytes);
    bytes.extend(links.iter().flat_map(|link| link.0.to_le_bytes()));
    bytes.extend(frame);
    bytes
}

/// Whether a message is such a one, sound or not.
pub fn is_spread(message: &[u8]) -> bool {
    message.first() == Some(&TAG_SPREAD)
}

/// The links and the frame of such a message.
pub fn split_spread(message: &[u8]) -> Result<(Vec<LinkId>, &[u8]), EnvelopeError> {
    let (&tag, rest) = message.split_first().ok_or(EnvelopeError::Empty)?;
    if tag != TAG_SPREAD {
        return Err(EnvelopeError::UnknownTag(tag));
    }
    let mut reader = Reader::new(rest);
    let count = reader.count(MAX_SPREAD_LINKS)?;
    if count < LEAST_LINKS {
        return Err(EnvelopeError::TooFewLinks(count));
    }
    // All of them are there before room for any is made.
    let numbers = reader.take(4 * count)?;
    let (numbers, _) = numbers.as_chunks();
    let links: Vec<LinkId> = numbers.iter().map(|number| LinkId(u32::from_le_bytes(*number))).collect();
    if !links.is_sorted_by(|a, b| a < b) {
        return Err(EnvelopeError::UnorderedLinks);
    }
    Ok((links, reader.rest()))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::wire::switchboard::{FromRelay, ToRelay};

    fn links(numbers: &[u32]) -> BTreeSet<LinkId> {
        numbers.iter().copied().map(LinkId).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_frame_for_many_round_trips() {
        for numbers in [vec![0, u32::MAX], (7..7 + u32::try_from(MAX_SPREAD_LINKS).unwrap()).collect()] {
            let links = links(&numbers);
            let bytes = spread(&links, b"frame");
            assert!(bytes.len() <= MAX_HEAD_BYTES + 5);
            let (read, frame) = split_spread(&bytes).unwrap();
            assert_eq!((read, frame), (links.into_iter().collect(), b"frame".as_slice()));
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_not_written_so_is_refused() {
        let split = |bytes: &[u8]| split_spread(bytes).unwrap_err();
        assert!(matches!(split(&[]), EnvelopeError::Empty));
        assert!(matches!(split(&[0, 1, 0, 0, 0]), EnvelopeError::UnknownTag(0)));
        assert!(matches!(split(&[3]), EnvelopeError::Links(_)), "no count");
        assert!(matches!(split(&[3, 0]), EnvelopeError::TooFewLinks(0)));
        assert!(matches!(split(&[3, 1, 7, 0, 0, 0]), EnvelopeError::TooFewLinks(1)));
        assert!(matches!(split(&[3, 2, 7, 0, 0, 0, 8, 0, 0]), EnvelopeError::Links(_)), "half a link");
        assert!(matches!(split(&[3, 2, 7, 0, 0, 0, 7, 0, 0, 0]), EnvelopeError::UnorderedLinks), "twice the same");
        assert!(matches!(split(&[3, 2, 8, 0, 0, 0, 7, 0, 0, 0]), EnvelopeError::UnorderedLinks));
        assert!(matches!(split(&[3, 0xfd, 2, 0, 7, 0, 0, 0, 8, 0, 0, 0]), EnvelopeError::Links(_)), "a longer count");
        // CASES 8: by its count alone.
        assert!(matches!(split(&[3, 0xfd, 0xd1, 0x07]), EnvelopeError::Links(_)), "2 001 links");
    }

    /// Only nodes say it, and never as one of the messages that both sides know.
    #[wasm_bindgen_test(unsupported = test)]
    fn no_envelope_begins_so() {
        let bytes = spread(&links(&[7, 8]), b"frame");
        assert!(is_spread(&bytes));
        assert!(matches!(ToRelay::from_bytes(&bytes), Err(EnvelopeError::UnknownTag(3))));
        assert!(matches!(FromRelay::from_bytes(&bytes), Err(EnvelopeError::UnknownTag(3))));
    }
}
