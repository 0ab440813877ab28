//! BLAKE3 over one header and many nonces.
//!
//! A header is one chunk of two blocks and only the second holds the nonce. It is the fourth of the block's sixteen message
//! words, and the last twelve are zero. So the first block, and in the second the columns of the first round that the nonce
//! does not enter, are done once; of the last round only what leads to the highest word is computed. Hits are confirmed with
//! the crate `blake3`. The function is defined in the paper "BLAKE3" of 2020 by O'Connor, Aumasson, Neves and Wilcox-O'Hearn.

use super::lane::{Group, Lane, Scan};
use super::{Kernel, Search};
use crate::primitives::{Header, Target};

/// SHA-256's initial state, too.
const INITIAL_STATE: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const ROOT: u32 = 8;
/// Bytes of the header in its two blocks.
const BLOCK_BYTES: [u32; 2] = [64, 16];
/// Each round takes the message words in this order of the last round's.
const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
/// The order of the message words in each of the seven rounds.
const ORDER: [[usize; 16]; 7] = {
    let mut order = [[0; 16]; 7];
    let mut i = 0;
    while i < 16 {
        order[0][i] = i;
        i += 1;
    }
    let mut round = 1;
    while round < 7 {
        let mut i = 0;
        while i < 16 {
            order[round][i] = order[round - 1][PERMUTATION[i]];
            i += 1;
        }
        round += 1;
    }
    order
};

pub(super) struct Blake3 {
    header: Header,
    /// `None`: the crate hashes each nonce.
    lanes: Option<(Job, Scan<Job>)>,
}

impl Search for Blake3 {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        *::blake3::hash(header).as_bytes()
    }

    fn new(header: &Header, kernel: Kernel) -> Self {
        Self { header: *header, lanes: Scan::of(kernel).map(|scan| (Job::new(header), scan)) }
    }

    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32> {
        let is_met = |nonce: u32| target.is_met_by(&Self::hash(&Header { nonce, ..self.header }.to_array()));
        match &self.lanes {
            Some((job, scan)) => scan.search(job, target, start, count, is_met),
            None => (0..count).map(|offset| start.wrapping_add(offset)).find(|nonce| is_met(*nonce)),
        }
    }
}

/// The second block of a header as far as no nonce changes it.
struct Job {
    /// The first three message words. The fourth is the nonce, the others are zero.
    words: [u32; 3],
    /// After the columns of the first round, but for the nonce, which enters the second column half way.
    state: [u32; 16],
}

impl Job {
    fn new(header: &Header) -> Self {
        let bytes = header.to_array();
        let (words, _) = bytes.as_chunks();
        let word = |index: usize| u32::from_le_bytes(words[index]);
        let first: [u32; 16] = std::array::from_fn(word);
        let mut state = start(INITIAL_STATE, BLOCK_BYTES[0], CHUNK_START);
        for order in &ORDER {
            for (g, [a, b, c, d]) in QUARTERS.into_iter().enumerate() {
                mix(&mut state, [a, b, c, d], first[order[2 * g]], first[order[2 * g + 1]]);
            }
        }
        let chaining: [u32; 8] = std::array::from_fn(|index| state[index] ^ state[index + 8]);

        let words = [16, 17, 18].map(word);
        let mut state = start(chaining, BLOCK_BYTES[1], CHUNK_END | ROOT);
        mix(&mut state, QUARTERS[0], words[0], words[1]);
        half_mix::<_, 16, 12>(&mut state, QUARTERS[1], words[2]);
        mix(&mut state, QUARTERS[2], 0, 0);
        mix(&mut state, QUARTERS[3], 0, 0);
        Self { words, state }
    }
}

/// Columns, then diagonals.
const QUARTERS: [[usize; 4]; 8] = [
    [0, 4, 8, 12],
    [1, 5, 9, 13],
    [2, 6, 10, 14],
    [3, 7, 11, 15],
    [0, 5, 10, 15],
    [1, 6, 11, 12],
    [2, 7, 8, 13],
    [3, 4, 9, 14],
];

/// The state of a compression of the only chunk, number 0.
fn start(chaining: [u32; 8], block_bytes: u32, flags: u32) -> [u32; 16] {
    let [a, b, c, d, ..] = INITIAL_STATE;
    let mut state = [0; 16];
    state[..8].copy_from_slice(&chaining);
    state[8..].copy_from_slice(&[a, b, c, d, 0, 0, block_bytes, flags]);
    state
}

/// Repeats the body with constants in place of the index: a loop of such bodies the compiler would not unroll.
macro_rules! unrolled {
    ($index:ident in $($value:literal)* => $body:block) => { $({ const $index: usize = $value; $body })* };
}

impl Group for Job {
    #[inline(always)]
    fn highest_words<L: Lane>(&self, nonces: L) -> L {
        let mut v = [L::splat(0); 16];
        unrolled!(I in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 => { v[I] = L::splat(self.state[I]); });
        let m = [L::splat(self.words[0]), L::splat(self.words[1]), L::splat(self.words[2]), nonces];
        half_mix::<L, 8, 7>(&mut v, QUARTERS[1], nonces);
        unrolled!(G in 4 5 6 7 => { mix_known(&mut v, QUARTERS[G], [None, None]); });
        unrolled!(R in 1 2 3 4 5 => {
            unrolled!(G in 0 1 2 3 4 5 6 7 => {
                mix_known(&mut v, QUARTERS[G], [known(&m, ORDER[R][2 * G]), known(&m, ORDER[R][2 * G + 1])]);
            });
        });
        // The last round's second and fourth diagonals enter only lower words.
        unrolled!(G in 0 1 2 3 4 6 => {
            mix_known(&mut v, QUARTERS[G], [known(&m, ORDER[6][2 * G]), known(&m, ORDER[6][2 * G + 1])]);
        });
        v[7].xor(v[15])
    }
}

/// A word of the message, unless it is one of the zeros.
#[inline(always)]
fn known<L: Lane>(message: &[L; 4], index: usize) -> Option<L> {
    if index < 4 { Some(message[index]) } else { None }
}

#[inline(always)]
fn mix_known<L: Lane>(v: &mut [L; 16], quarter: [usize; 4], [x, y]: [Option<L>; 2]) {
    let [a, ..] = quarter;
    if let Some(x) = x {
        v[a] = v[a].add(x);
    }
    half_mix_zero::<L, 16, 12>(v, quarter);
    if let Some(y) = y {
        v[a] = v[a].add(y);
    }
    half_mix_zero::<L, 8, 7>(v, quarter);
}

/// The paper's function G.
#[inline(always)]
fn mix<L: Lane>(v: &mut [L; 16], quarter: [usize; 4], x: L, y: L) {
    half_mix::<L, 16, 12>(v, quarter, x);
    half_mix::<L, 8, 7>(v, quarter, y);
}

#[inline(always)]
fn half_mix<L: Lane, const FIRST: u32, const SECOND: u32>(v: &mut [L; 16], quarter: [usize; 4], word: L) {
    v[quarter[0]] = v[quarter[0]].add(word);
    half_mix_zero::<L, FIRST, SECOND>(v, quarter);
}

/// With a message word of zero.
#[inline(always)]
fn half_mix_zero<L: Lane, const FIRST: u32, const SECOND: u32>(v: &mut [L; 16], [a, b, c, d]: [usize; 4]) {
    v[a] = v[a].add(v[b]);
    v[d] = v[d].xor(v[a]).rotr::<FIRST>();
    v[c] = v[c].add(v[d]);
    v[b] = v[b].xor(v[c]).rotr::<SECOND>();
}
