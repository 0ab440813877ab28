//! What strangers may make this node hash. A header of `scrypt` or `argon2id` takes a fifth of a millisecond to check, and a message
//! of 160 KB holds two thousand; those that prove too little work are dropped, nobody is to blame, and they could come again
//! and again.
//!
//! So each peer has a budget, a token bucket in microseconds of hashing *in vain*: for headers that were not kept. Who has used
//! it up is asked for no headers of unknown blocks and not on in a pre-sync (`low_work.rs`), and what it shows unasked is not looked
//! at, until it has some left again; then it is asked for what was passed over. What is kept costs nothing: it is hashed once, and
//! an honest sync goes on as fast as its headers come.
//!
//! Whoever connects anew begins with a full budget, but the same headers cost nothing a second time, whoever shows them: the node
//! remembers which ones it has hashed. That is never relied on for what is kept, which is hashed again.

use super::Node;
use super::config::{MAX_PROVED_HEADERS, header_check_micros};
use super::io::PeerId;
use crate::consensus::header_rules::check_header;
use crate::consensus::{HeaderError, Params};
use crate::primitives::{BlockHash, Header, Target};

/// Headers whose proof of work was checked of late, by a part of their block hash, each in one of eight places where it can be.
///
/// A network of easy blocks, or a chain that has shown its work, needs few places; so they double when eight are taken that a ninth
/// would need, up to [`MAX_PROVED_HEADERS`].
#[derive(Debug, Default)]
pub(super) struct ProvedHeaders {
    /// Rows of [`ROW`] places; empty before the first.
    places: Vec<Mark>,
    /// Hashes made for the message at hand for which nobody was charged yet.
    hashed: u64,
}

/// The leading bytes of a block hash are as random as any: proof of work leaves its zeros at the other end, if at all. 0 is a free
/// place.
type Mark = u64;
/// A cache line.
const ROW: usize = 8;

impl ProvedHeaders {
    /// As [`check_header`], but hashes only what it has not hashed of late.
    pub fn check(&mut self, params: &Params, header: &Header, hash: &BlockHash) -> Result<Target, HeaderError> {
        let mark = Mark::from_le_bytes(*hash.0.first_chunk().expect("a hash has 32 bytes"));
        if !self.places.is_empty() && self.row(mark).contains(&mark) {
            return Ok(header.bits.to_target()?);
        }
        self.hashed += 1;
        let target = check_header(params, header)?;
        self.keep(mark);
        Ok(target)
    }

    /// What was hashed for an earlier message, whose sender was cut off before it was charged, is not the next one's to pay.
    pub fn message_begins(&mut self) {
        self.hashed = 0;
    }

    /// A header was hashed elsewhere.
    pub fn was_hashed(&mut self) {
        self.hashed += 1;
    }

    /// The places where a header can be. There are some.
    fn row(&mut self, mark: Mark) -> &mut [Mark] {
        let rows = (self.places.len() / ROW) as u64;
        let first = usize::try_from(mark % rows).expect("a place in memory") * ROW;
        &mut self.places[first..first + ROW]
    }

    fn keep(&mut self, mark: Mark) {
        if self.places.is_empty() {
            self.places.resize(ROW, 0);
        }
        while !self.is_placed(mark) && self.places.len() < MAX_PROVED_HEADERS {
            let twice = vec![0; self.places.len() * 2];
            // Two rows are made of each, so that all find a place again.
            for mark in std::mem::replace(&mut self.places, twice) {
                self.is_placed(mark);
            }
        }
        if !self.row(mark).contains(&mark) {
            // One of them has to go, whichever the other bytes say.
            let place = usize::try_from(mark >> 32).expect("a place in memory") % ROW;
            self.row(mark)[place] = mark;
        }
    }

    /// Puts a header where there is room for it.
    fn is_placed(&mut self, mark: Mark) -> bool {
        let free = self.row(mark).iter_mut().find(|place| **place == 0);
        free.map(|place| *place = mark).is_some()
    }
}

impl Node {
    /// Charges a peer for what was hashed since the last time, if that was in vain.
    pub(super) fn charge_hashing(&mut self, peer: PeerId, in_vain: bool) {
        let hashed = std::mem::take(&mut self.proved.hashed);
        if in_vain && let Some(known) = self.peers.get_mut(&peer) {
            known.limits.hashed(hashed.saturating_mul(header_check_micros(self.chain.params().algorithm)), self.now);
        }
    }

    /// Whether a peer has used up what may be hashed for it in vain.
    pub(super) fn is_out_of_hashing(&mut self, peer: PeerId) -> bool {
        let now = self.now;
        self.peers.get_mut(&peer).is_some_and(|known| known.limits.is_out_of_hashing(now))
    }

    /// Whether headers that a peer shows are to be passed over: nobody asked for them, and its budget is used up. They will be asked
    /// for when it is not.
    pub(super) fn passes_over_headers(&mut self, peer: PeerId, hashes: &[BlockHash]) -> bool {
        let Some(known) = self.peers.get_mut(&peer) else { return true };
        let was_asked = known.header_questions > 0;
        known.header_questions = known.header_questions.saturating_sub(1);
        !was_asked && self.passes_over(peer, hashes)
    }

    /// The same for what nobody asks for in this way.
    pub(super) fn passes_over(&mut self, peer: PeerId, hashes: &[BlockHash]) -> bool {
        let are_known = hashes.iter().all(|hash| self.chain.index().contains(hash));
        let passes = !are_known && self.is_out_of_hashing(peer);
        if passes && let Some(known) = self.peers.get_mut(&peer) {
            known.wants_headers = true;
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::mining::nonce_search::NonceSearch;
    use crate::primitives::sha256d;

    /// Only what has met its target is remembered, and only as itself.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_proof_is_hashed_once_and_a_lack_of_proof_each_time() {
        let params = Params::regtest();
        let mut header = params.genesis().header;
        header.time += 1;
        header.nonce = NonceSearch::for_bits(params.algorithm, &header).unwrap().run(0, 1_000).unwrap();
        let mut proved = ProvedHeaders::default();
        for _ in 0..3 {
            assert_eq!(proved.check(&params, &header, &header.hash()).unwrap(), header.bits.to_target().unwrap());
        }
        assert_eq!(proved.hashed, 1);
        let target = header.bits.to_target().unwrap();
        while params.algorithm.is_met(&header, target) {
            header.nonce += 1;
        }
        for _ in 0..2 {
            assert_eq!(proved.check(&params, &header, &header.hash()), Err(HeaderError::HighHash));
        }
        assert_eq!(proved.hashed, 3);
    }

    /// As long as there is room for more, nothing is forgotten; then so much is kept, and no more.
    #[wasm_bindgen_test(unsupported = test)]
    fn places_are_made_as_they_are_needed() {
        let mark = |number: u64| Mark::from_le_bytes(*sha256d(&number.to_le_bytes()).first_chunk().unwrap());
        let mut proved = ProvedHeaders::default();
        for number in 0..1_000 {
            proved.keep(mark(number));
            assert!((0..=number).step_by(97).all(|number| proved.row(mark(number)).contains(&mark(number))));
        }
        assert!((1_024..=8_192).contains(&proved.places.len()), "{} places for a thousand", proved.places.len());
        for number in 0..3 * MAX_PROVED_HEADERS as u64 {
            proved.keep(mark(number));
        }
        assert_eq!(proved.places.len(), MAX_PROVED_HEADERS);
        let kept =
            (0..3 * MAX_PROVED_HEADERS as u64).filter(|number| proved.row(mark(*number)).contains(&mark(*number)));
        assert!(kept.count() > MAX_PROVED_HEADERS / 10 * 9);
        let newest = mark(3 * MAX_PROVED_HEADERS as u64 - 1);
        assert!(proved.row(newest).contains(&newest));
    }
}
