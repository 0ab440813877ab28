//! scrypt's mixing of two memories in turn: a step of Salsa20 waits for the one before, and the other nonce's steps fill the
//! gaps. Sixteen words are four rows of four; kept as diagonals, so that columns and rows of Salsa20 both are operations on
//! whole rows.
#![expect(clippy::inline_always, reason = "what is not inlined lacks the CPU features of its caller")]
#![expect(clippy::many_single_char_names, reason = "the names of the specification")]

use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use crate::pow::Kernel;
use crate::pow::lane;
use crate::primitives::Header;

/// Nonces mixed at once.
const PAIR: usize = 2;
/// scrypt's N: blocks of memory.
const BLOCKS: usize = 1 << super::LOG_N;
/// The word that stands at each place of the four diagonals.
const DIAGONALS: [usize; 16] = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11];

/// 128 bytes, which is a block with r = 1: two of Salsa20's states, four rows each.
type Block = [[u32; 4]; 8];

/// Memory of two nonces, and the loop that fills it.
pub(super) struct Mixer {
    memory: Vec<[Block; PAIR]>,
    mix: fn(Mixing<'_>),
}

/// The state of two nonces, and their memory.
struct Mixing<'a> {
    state: &'a mut [Block; PAIR],
    memory: &'a mut [[Block; PAIR]],
}

impl Mixer {
    /// `None`: this kernel has no rows of four words.
    pub(super) fn of(kernel: Kernel) -> Option<Self> {
        let mix: Option<fn(Mixing<'_>)> = match kernel.or_scalar() {
            Kernel::Sha2 | Kernel::Scalar => None,
            // Wider ones would gain little: the memory is read block by block.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx | Kernel::Avx2 | Kernel::Avx512 => {
                Some(|mixing| <lane::x86_64::Avx as lane::Lane>::call(mixing))
            }
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Kernel::Simd128 => Some(|mixing| <lane::wasm32::Simd128 as lane::Lane>::call(mixing)),
        };
        mix.map(|mix| Self { memory: vec![[[[0; 4]; 8]; PAIR]; BLOCKS], mix })
    }

    pub(super) fn hashes(&mut self, headers: [[u8; Header::SIZE]; PAIR]) -> [[u8; 32]; PAIR] {
        let mut state = headers.map(|header| {
            let mut bytes = [0; 128];
            pbkdf2_hmac::<Sha256>(&header, &header, 1, &mut bytes);
            to_diagonals(&bytes)
        });
        (self.mix)(Mixing { state: &mut state, memory: &mut self.memory });
        let mut hashes = [[0; 32]; PAIR];
        for ((hash, header), state) in hashes.iter_mut().zip(&headers).zip(&state) {
            pbkdf2_hmac::<Sha256>(header, &from_diagonals(state), 1, hash);
        }
        hashes
    }
}

impl<R: lane::Row> lane::Work<R> for Mixing<'_> {
    type Output = ();

    /// The RFC's `scryptROMix`.
    #[inline(always)]
    fn run(self) {
        let [mut one, mut two] = [load(&self.state[0]), load::<R>(&self.state[1])];
        for blocks in self.memory.iter_mut() {
            store(&one, &mut blocks[0]);
            store(&two, &mut blocks[1]);
            block_mix(&mut one, &mut two);
        }
        for _ in 0..BLOCKS {
            // The first word of the second half says which block comes next.
            let [first, second] = [one[4].store()[0] as usize % BLOCKS, two[4].store()[0] as usize % BLOCKS];
            xor(&mut one, &self.memory[first][0]);
            xor(&mut two, &self.memory[second][1]);
            block_mix(&mut one, &mut two);
        }
        store(&one, &mut self.state[0]);
        store(&two, &mut self.state[1]);
    }
}

#[inline(always)]
fn load<R: lane::Row>(block: &Block) -> [R; 8] {
    let [a, b, c, d, e, f, g, h] = *block;
    [R::load(a), R::load(b), R::load(c), R::load(d), R::load(e), R::load(f), R::load(g), R::load(h)]
}

#[inline(always)]
fn store<R: lane::Row>(rows: &[R; 8], block: &mut Block) {
    for index in 0..8 {
        block[index] = rows[index].store();
    }
}

#[inline(always)]
fn xor<R: lane::Row>(rows: &mut [R; 8], block: &Block) {
    for index in 0..8 {
        rows[index] = rows[index].xor(R::load(block[index]));
    }
}

/// The RFC's `scryptBlockMix` with r = 1.
#[inline(always)]
fn block_mix<R: lane::Row>(one: &mut [R; 8], two: &mut [R; 8]) {
    for index in 0..4 {
        one[index] = one[index].xor(one[index + 4]);
        two[index] = two[index].xor(two[index + 4]);
    }
    salsa_20_8(one, two, 0);
    for index in 0..4 {
        one[index + 4] = one[index + 4].xor(one[index]);
        two[index + 4] = two[index + 4].xor(two[index]);
    }
    salsa_20_8(one, two, 4);
}

/// Salsa20 with eight rounds on the four rows from `at` on.
#[inline(always)]
fn salsa_20_8<R: lane::Row>(one: &mut [R; 8], two: &mut [R; 8], at: usize) {
    let mut x = [one[at], one[at + 1], one[at + 2], one[at + 3]];
    let mut y = [two[at], two[at + 1], two[at + 2], two[at + 3]];
    for _ in 0..8 {
        // Rotations to the left by 7, 9, 13 and 18.
        step::<R, 25>(&mut x, &mut y, 1, 0, 3);
        step::<R, 23>(&mut x, &mut y, 2, 1, 0);
        step::<R, 19>(&mut x, &mut y, 3, 2, 1);
        step::<R, 14>(&mut x, &mut y, 0, 3, 2);
        // From columns to rows, and back by the same.
        x = [x[0], x[3].turn::<1>(), x[2].turn::<2>(), x[1].turn::<3>()];
        y = [y[0], y[3].turn::<1>(), y[2].turn::<2>(), y[1].turn::<3>()];
    }
    for index in 0..4 {
        one[at + index] = one[at + index].add(x[index]);
        two[at + index] = two[at + index].add(y[index]);
    }
}

#[inline(always)]
fn step<R: lane::Row, const ROTR: u32>(x: &mut [R; 4], y: &mut [R; 4], to: usize, from: usize, and: usize) {
    x[to] = x[to].xor(x[from].add(x[and]).rotr::<ROTR>());
    y[to] = y[to].xor(y[from].add(y[and]).rotr::<ROTR>());
}

fn to_diagonals(bytes: &[u8; 128]) -> Block {
    let (words, _) = bytes.as_chunks();
    std::array::from_fn(|row| {
        std::array::from_fn(|place| u32::from_le_bytes(words[row / 4 * 16 + DIAGONALS[row % 4 * 4 + place]]))
    })
}

fn from_diagonals(block: &Block) -> [u8; 128] {
    let mut bytes = [0; 128];
    for (index, word) in block.as_flattened().iter().enumerate() {
        let at = 4 * (index / 16 * 16 + DIAGONALS[index % 16]);
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}
