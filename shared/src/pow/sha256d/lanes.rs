//! The rounds of SHA-256 (FIPS 180-4) over lanes, with all that a header and SHA-256d let one leave out.
//!
//! *First rounds*: what precedes the nonce is done in [`Job::new`], and most words of both messages are known to be padding.
//! *Last rounds*: the search asks only for the last word of the second hash, which no round after the 61st changes.
//! *Middle*: the rounds between, three times sixteen alike, are one function in the machine code: unrolled, the loop would
//! miss the instruction cache, and that costs a quarter of the speed in a browser.

use super::INITIAL_STATE;
use crate::pow::lane::{Group, Lane, Work};

/// The constants of the 64 rounds.
const K: [[u32; 16]; 4] = [
    [
        0x428a_2f98,
        0x7137_4491,
        0xb5c0_fbcf,
        0xe9b5_dba5,
        0x3956_c25b,
        0x59f1_11f1,
        0x923f_82a4,
        0xab1c_5ed5,
        0xd807_aa98,
        0x1283_5b01,
        0x2431_85be,
        0x550c_7dc3,
        0x72be_5d74,
        0x80de_b1fe,
        0x9bdc_06a7,
        0xc19b_f174,
    ],
    [
        0xe49b_69c1,
        0xefbe_4786,
        0x0fc1_9dc6,
        0x240c_a1cc,
        0x2de9_2c6f,
        0x4a74_84aa,
        0x5cb0_a9dc,
        0x76f9_88da,
        0x983e_5152,
        0xa831_c66d,
        0xb003_27c8,
        0xbf59_7fc7,
        0xc6e0_0bf3,
        0xd5a7_9147,
        0x06ca_6351,
        0x1429_2967,
    ],
    [
        0x27b7_0a85,
        0x2e1b_2138,
        0x4d2c_6dfc,
        0x5338_0d13,
        0x650a_7354,
        0x766a_0abb,
        0x81c2_c92e,
        0x9272_2c85,
        0xa2bf_e8a1,
        0xa81a_664b,
        0xc24b_8b70,
        0xc76c_51a3,
        0xd192_e819,
        0xd699_0624,
        0xf40e_3585,
        0x106a_a070,
    ],
    [
        0x19a4_c116,
        0x1e37_6c08,
        0x2748_774c,
        0x34b0_bcb5,
        0x391c_0cb3,
        0x4ed8_aa4a,
        0x5b9c_ca4f,
        0x682e_6ff3,
        0x748f_82ee,
        0x78a5_636f,
        0x84c8_7814,
        0x8cc7_0208,
        0x90be_fffa,
        0xa450_6ceb,
        0xbef9_a3f7,
        0xc671_78f2,
    ],
];

/// The 1 that ends every message.
const END: u32 = 0x8000_0000;
/// Lengths of the two messages in bits.
const HEADER_BITS: u32 = 80 * 8;
const HASH_BITS: u32 = 32 * 8;

/// The second block of a header as far as no nonce changes it; its message schedule is `w`, and `w[3]` the nonce.
pub(super) struct Job {
    midstate: [u32; 8],
    /// After four rounds, but for the nonce, which the first and the fifth word lack.
    after_4: [u32; 8],
    w16: u32,
    w17: u32,
    /// Without σ0 of the nonce.
    w18: u32,
    /// Without the nonce.
    w19: u32,
    /// What `w[31]` has of `w[15]` and `w[16]`.
    w31: u32,
}

/// Repeats the body with a constant in place of the index: a loop of such bodies the compiler would not unroll.
macro_rules! unrolled {
    ($index:ident in $($value:literal)* => $body:block) => { $({ const $index: usize = $value; $body })* };
}

impl Job {
    /// `w`: the words between the midstate and the nonce.
    pub(super) fn new(midstate: [u32; 8], w: [u32; 3]) -> Self {
        let mut state = midstate;
        for (word, k) in w.into_iter().zip(K[0]) {
            state = round(state, word.add(k));
        }
        let w16 = small_sigma_0(w[1]).add(w[0]);
        let w17 = small_sigma_1(HEADER_BITS).add(small_sigma_0(w[2])).add(w[1]);
        Self {
            midstate,
            after_4: round(state, K[0][3]),
            w16,
            w17,
            w18: small_sigma_1(w16).add(w[2]),
            w19: small_sigma_1(w17).add(small_sigma_0(END)),
            w31: small_sigma_0(w16).add(HEADER_BITS),
        }
    }

    #[inline(always)]
    fn first_hash<L: Lane>(&self, nonce: L) -> [L; 8] {
        let mut state: [L; 8] = splat(&self.after_4);
        state[0] = state[0].add(nonce);
        state[4] = state[4].add(nonce);
        state = round(state, L::splat(K[0][4].wrapping_add(END)));
        unrolled!(I in 5 6 7 8 9 10 11 12 13 14 => { state = round(state, L::splat(K[0][I])); });
        state = round(state, L::splat(K[0][15].wrapping_add(HEADER_BITS)));

        let mut w = [L::splat(0); 16];
        w[0] = L::splat(self.w16);
        w[1] = L::splat(self.w17);
        w[2] = small_sigma_0(nonce).add(L::splat(self.w18));
        w[3] = nonce.add(L::splat(self.w19));
        w[4] = small_sigma_1(w[2]).add(L::splat(END));
        w[5] = small_sigma_1(w[3]);
        w[6] = small_sigma_1(w[4]).add(L::splat(HEADER_BITS));
        unrolled!(I in 7 8 9 10 11 12 13 => { w[I] = small_sigma_1(w[I - 2]).add(w[I - 7]); });
        w[14] = small_sigma_1(w[12]).add(w[7]).add(L::splat(small_sigma_0(HEADER_BITS)));
        w[15] = small_sigma_1(w[13]).add(w[8]).add(L::splat(self.w31));
        unrolled!(I in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 => { state = round(state, w[I].add(L::splat(K[1][I]))); });

        let mut middle = Middle { state, w };
        L::call(MiddleRounds(&mut middle, &K[2]));
        L::call(MiddleRounds(&mut middle, &K[3]));
        let mut hash = middle.state;
        unrolled!(I in 0 1 2 3 4 5 6 7 => { hash[I] = hash[I].add(L::splat(self.midstate[I])); });
        hash
    }
}

/// The last word of the hash of a hash.
#[inline(always)]
fn last_word_of_second_hash<L: Lane>(message: [L; 8]) -> L {
    let mut state: [L; 8] = splat(&INITIAL_STATE);
    unrolled!(I in 0 1 2 3 4 5 6 7 => { state = round(state, message[I].add(L::splat(K[0][I]))); });
    state = round(state, L::splat(K[0][8].wrapping_add(END)));
    unrolled!(I in 9 10 11 12 13 14 => { state = round(state, L::splat(K[0][I])); });
    state = round(state, L::splat(K[0][15].wrapping_add(HASH_BITS)));

    let mut w = [L::splat(0); 16];
    w[0] = small_sigma_0(message[1]).add(message[0]);
    w[1] = small_sigma_0(message[2]).add(message[1]).add(L::splat(small_sigma_1(HASH_BITS)));
    unrolled!(I in 2 3 4 5 => {
        w[I] = small_sigma_1(w[I - 2]).add(small_sigma_0(message[I + 1])).add(message[I]);
    });
    w[6] = small_sigma_1(w[4]).add(small_sigma_0(message[7])).add(message[6]).add(L::splat(HASH_BITS));
    w[7] = small_sigma_1(w[5]).add(message[7]).add(w[0]).add(L::splat(small_sigma_0(END)));
    w[8] = small_sigma_1(w[6]).add(w[1]).add(L::splat(END));
    unrolled!(I in 9 10 11 12 13 => { w[I] = small_sigma_1(w[I - 2]).add(w[I - 7]); });
    w[14] = small_sigma_1(w[12]).add(w[7]).add(L::splat(small_sigma_0(HASH_BITS)));
    w[15] = small_sigma_1(w[13]).add(w[8]).add(small_sigma_0(w[0])).add(L::splat(HASH_BITS));
    unrolled!(I in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 => { state = round(state, w[I].add(L::splat(K[1][I]))); });

    let mut middle = Middle { state, w };
    L::call(MiddleRounds(&mut middle, &K[2]));
    let Middle { mut state, mut w } = middle;
    unrolled!(I in 0 1 2 3 4 5 6 7 8 => {
        w[I] = scheduled::<L, I>(&w);
        state = round(state, w[I].add(L::splat(K[3][I])));
    });
    // The first word of three more rounds and the fifth of a fourth; then it is but moved from place to place.
    unrolled!(I in 9 10 11 12 => {
        w[I] = scheduled::<L, I>(&w);
        state = round_without_first(state, w[I].add(L::splat(K[3][I])));
    });
    state[4].add(L::splat(INITIAL_STATE[7]))
}

/// The working variables between two rounds, and the sixteen words of the schedule before the next.
struct Middle<L> {
    state: [L; 8],
    w: [L; 16],
}

/// Sixteen rounds with nothing to leave out, and their constants.
struct MiddleRounds<'a, L>(&'a mut Middle<L>, &'static [u32; 16]);

impl<L: Lane> Work<L> for MiddleRounds<'_, L> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(middle, k) = self;
        let (mut state, mut w) = (middle.state, middle.w);
        unrolled!(I in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 => {
            w[I] = scheduled::<L, I>(&w);
            state = round(state, w[I].add(L::splat(k[I])));
        });
        *middle = Middle { state, w };
    }
}

impl Group for Job {
    #[inline(always)]
    fn highest_words<L: Lane>(&self, nonces: L) -> L {
        // A header is little endian, SHA-256 reads big endian words; the hash is little endian again.
        last_word_of_second_hash(self.first_hash(nonces.swap_bytes())).swap_bytes()
    }
}

/// The word of the message schedule that takes the place of `w[I]`, sixteen words on.
#[inline(always)]
fn scheduled<L: Lane, const I: usize>(w: &[L; 16]) -> L {
    w[I].add(small_sigma_0(w[(I + 1) % 16])).add(w[(I + 9) % 16]).add(small_sigma_1(w[(I + 14) % 16]))
}

/// `kw`: the round's constant and its word of the schedule.
#[inline(always)]
fn round<L: Lane>(state: [L; 8], kw: L) -> [L; 8] {
    let [a, b, c, ..] = state;
    let [sum, a_, b_, c_, e_, f_, g_, h_] = round_without_first(state, kw);
    let big_sigma_0 = a.rotr::<2>().xor3(a.rotr::<13>(), a.rotr::<22>());
    [sum.add(big_sigma_0.add(a.majority(b, c))), a_, b_, c_, e_, f_, g_, h_]
}

/// A round whose first word lacks Σ0 and the majority.
#[inline(always)]
fn round_without_first<L: Lane>([a, b, c, d, e, f, g, h]: [L; 8], kw: L) -> [L; 8] {
    let big_sigma_1 = e.rotr::<6>().xor3(e.rotr::<11>(), e.rotr::<25>());
    let sum = h.add(kw).add(e.choose(f, g)).add(big_sigma_1);
    [sum, a, b, c, d.add(sum), e, f, g]
}

#[inline(always)]
fn small_sigma_0<L: Lane>(word: L) -> L {
    word.rotr::<7>().xor3(word.rotr::<18>(), word.shr::<3>())
}

#[inline(always)]
fn small_sigma_1<L: Lane>(word: L) -> L {
    word.rotr::<17>().xor3(word.rotr::<19>(), word.shr::<10>())
}

#[inline(always)]
fn splat<L: Lane>(words: &[u32; 8]) -> [L; 8] {
    let [a, b, c, d, e, f, g, h] = *words;
    [L::splat(a), L::splat(b), L::splat(c), L::splat(d), L::splat(e), L::splat(f), L::splat(g), L::splat(h)]
}
