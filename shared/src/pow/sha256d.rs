//! SHA-256d over one header and many nonces.
//!
//! A header is two SHA-256 blocks and only the second holds the nonce, so the state after the first (the *midstate*) is
//! computed once. From there on there are two loops: [`lanes`] hashes several nonces at once, and here the crate `sha2` does
//! one after the other, with the CPU's own instructions for SHA-256 where it has them.

mod lanes;

use sha2::block_api::compress256;

use super::lane::Scan;
use super::{Kernel, Search};
use crate::primitives::{Header, Target, sha256d};

const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

pub(super) struct Sha256d {
    header: Header,
    hashing: Hashing,
}

enum Hashing {
    Crate(Midstate),
    Lanes(lanes::Job, Scan<lanes::Job>),
}

impl Search for Sha256d {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        sha256d(header)
    }

    fn new(header: &Header, kernel: Kernel) -> Self {
        let midstate = Midstate::new(header);
        let hashing = match Scan::of(kernel) {
            Some(scan) => Hashing::Lanes(lanes::Job::new(midstate.state, midstate.tail_words()), scan),
            None => Hashing::Crate(midstate),
        };
        Self { header: *header, hashing }
    }

    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32> {
        match &self.hashing {
            Hashing::Crate(midstate) => midstate.search(target, start, count),
            Hashing::Lanes(job, scan) => scan.search(job, target, start, count, |nonce| {
                let header = Header { nonce, ..self.header };
                target.is_met_by(&sha256d(&header.to_array()))
            }),
        }
    }
}

/// The work on a header that no nonce changes.
struct Midstate {
    state: [u32; 8],
    /// The header's last 16 bytes with SHA-256's padding for 80 bytes.
    tail: [u8; 64],
}

impl Midstate {
    fn new(header: &Header) -> Self {
        let bytes = header.to_array();
        let (head, rest) = bytes.split_first_chunk::<64>().expect("a header has 80 bytes");
        let mut state = INITIAL_STATE;
        compress256(&mut state, &[*head]);
        let mut tail = [0; 64];
        tail[..16].copy_from_slice(rest);
        tail[16] = 0x80;
        tail[56..].copy_from_slice(&(80_u64 * 8).to_be_bytes());
        Self { state, tail }
    }

    /// The tail's first three words, those before the nonce.
    fn tail_words(&self) -> [u32; 3] {
        let (words, _) = self.tail.as_chunks();
        [0, 1, 2].map(|index| u32::from_be_bytes(words[index]))
    }

    /// The first of `count` nonces from `start` on (wrapping) whose hash meets `target`.
    fn search(&self, target: Target, start: u32, count: u32) -> Option<u32> {
        let mut tail = self.tail;
        let mut outer = [0; 64];
        outer[32] = 0x80;
        outer[56..].copy_from_slice(&(32_u64 * 8).to_be_bytes());
        // The hash's last four bytes are the target's highest, so this bound decides all but the closest calls.
        let top = u32::try_from(target.value() >> 224).expect("256 bits less 224 are 32");
        for offset in 0..count {
            let nonce = start.wrapping_add(offset);
            tail[12..16].copy_from_slice(&nonce.to_le_bytes());
            let mut inner = self.state;
            compress256(&mut inner, &[tail]);
            for (bytes, word) in outer.chunks_exact_mut(4).zip(inner) {
                bytes.copy_from_slice(&word.to_be_bytes());
            }
            let mut state = INITIAL_STATE;
            compress256(&mut state, &[outer]);
            if state[7].swap_bytes() <= top && target.is_met_by(&to_bytes(state)) {
                return Some(nonce);
            }
        }
        None
    }
}

fn to_bytes(state: [u32; 8]) -> [u8; 32] {
    let mut hash = [0; 32];
    for (bytes, word) in hash.chunks_exact_mut(4).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    hash
}
