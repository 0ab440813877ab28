//! SHA-256d over one header and many nonces.
//!
//! A header is two SHA-256 blocks and only the second holds the nonce, so the state after the first (the *midstate*)
//! is computed once. Of the second hash only the last word is looked at for most nonces: a target below 2^224 needs
//! its 32 highest bits to be zero.

use sha2::block_api::compress256;

use crate::primitives::{Header, Target};

const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The work on a header that no nonce changes.
#[derive(Debug, Clone)]
pub struct Midstate {
    state: [u32; 8],
    /// The header's last 16 bytes with SHA-256's padding for 80 bytes.
    tail: [u8; 64],
}

impl Midstate {
    pub fn new(header: &Header) -> Self {
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

    /// The first of `count` nonces from `start` on (wrapping) whose hash meets `target`.
    pub fn search(&self, target: Target, start: u32, count: u32) -> Option<u32> {
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
