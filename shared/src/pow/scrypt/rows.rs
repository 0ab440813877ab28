//! scrypt's mixing of several memories in turn: a step of Salsa20 waits for the one before, and the other nonces' steps fill
//! the gaps. Sixteen words are four rows of four; kept as diagonals, so that columns and rows of Salsa20 both are operations
//! on whole rows.
#![expect(clippy::inline_always, reason = "what is not inlined lacks the CPU features of its caller")]

use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;

use crate::pow::Kernel;
use crate::pow::lane;
use crate::primitives::Header;

/// Nonces mixed at once. In a browser two are 1.9 times as fast as one, four 3.2 times; more would not fit into registers.
pub(super) const GROUP: usize = 4;
/// scrypt's N: blocks of memory.
const BLOCKS: usize = 1 << super::LOG_N;
/// The word that stands at each place of the four diagonals.
const DIAGONALS: [usize; 16] = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11];

/// 128 bytes, which is a block with r = 1: two of Salsa20's states, four rows each.
type Block = [[u32; 4]; 8];

/// Memory of a group of nonces, and the loop that fills it.
pub(super) struct Mixer {
    memory: Vec<[Block; GROUP]>,
    mix: fn(Mixing<'_>),
}

/// The states of a group, and their memory.
struct Mixing<'a> {
    state: &'a mut [Block; GROUP],
    memory: &'a mut [[Block; GROUP]],
}

impl Mixer {
    /// `None`: this kernel has no rows of four words.
    pub(super) fn of(kernel: Kernel) -> Option<Self> {
        let mix: Option<fn(Mixing<'_>)> = match kernel.or_default() {
            Kernel::Sha2 => None,
            #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
            Kernel::Scalar => None,
            // Wider ones would gain little: the memory is read block by block.
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx | Kernel::Avx2 | Kernel::Avx512 => {
                Some(|mixing| <lane::x86_64::Avx as lane::Lane>::call(mixing))
            }
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Kernel::Simd128 => Some(|mixing| <lane::wasm32::Simd128 as lane::Lane>::call(mixing)),
        };
        mix.map(|mix| Self { memory: vec![[[[0; 4]; 8]; GROUP]; BLOCKS], mix })
    }

    pub(super) fn hashes(&mut self, headers: &[[u8; Header::SIZE]; GROUP]) -> [[u8; 32]; GROUP] {
        let mut state = [[[0; 4]; 8]; GROUP];
        for (state, header) in state.iter_mut().zip(headers) {
            let mut bytes = [0; 128];
            pbkdf2_hmac::<Sha256>(header, header, 1, &mut bytes);
            *state = to_diagonals(&bytes);
        }
        (self.mix)(Mixing { state: &mut state, memory: &mut self.memory });
        let mut hashes = [[0; 32]; GROUP];
        for ((hash, header), state) in hashes.iter_mut().zip(headers).zip(&state) {
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
        let mut rows: [[R; 8]; GROUP] = self.state.map(|block| load(&block));
        for blocks in self.memory.iter_mut() {
            for (rows, block) in rows.iter().zip(blocks) {
                store(rows, block);
            }
            block_mix(&mut rows);
        }
        for _ in 0..BLOCKS {
            for (nonce, rows) in rows.iter_mut().enumerate() {
                // The first word of the second half says which block comes next.
                let next = rows[4].store()[0] as usize % BLOCKS;
                xor(rows, &self.memory[next][nonce]);
            }
            block_mix(&mut rows);
        }
        for (rows, block) in rows.iter().zip(self.state) {
            store(rows, block);
        }
    }
}

#[inline(always)]
fn load<R: lane::Row>(block: &Block) -> [R; 8] {
    let mut rows = [R::load(block[0]); 8];
    for (row, words) in rows.iter_mut().zip(block) {
        *row = R::load(*words);
    }
    rows
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
fn block_mix<R: lane::Row>(group: &mut [[R; 8]; GROUP]) {
    for rows in group.iter_mut() {
        for index in 0..4 {
            rows[index] = rows[index].xor(rows[index + 4]);
        }
    }
    salsa_20_8(group, 0);
    for rows in group.iter_mut() {
        for index in 0..4 {
            rows[index + 4] = rows[index + 4].xor(rows[index]);
        }
    }
    salsa_20_8(group, 4);
}

/// Salsa20 with eight rounds on the four rows from `at` on.
#[inline(always)]
fn salsa_20_8<R: lane::Row>(group: &mut [[R; 8]; GROUP], at: usize) {
    let mut x = [[group[0][at]; 4]; GROUP];
    for (x, rows) in x.iter_mut().zip(group.iter()) {
        x.copy_from_slice(&rows[at..at + 4]);
    }
    for _ in 0..8 {
        // Rotations to the left by 7, 9, 13 and 18.
        step::<R, 25>(&mut x, 1, 0, 3);
        step::<R, 23>(&mut x, 2, 1, 0);
        step::<R, 19>(&mut x, 3, 2, 1);
        step::<R, 14>(&mut x, 0, 3, 2);
        // From columns to rows, and back by the same.
        for x in &mut x {
            *x = [x[0], x[3].turn::<1>(), x[2].turn::<2>(), x[1].turn::<3>()];
        }
    }
    for (rows, x) in group.iter_mut().zip(x) {
        for index in 0..4 {
            rows[at + index] = rows[at + index].add(x[index]);
        }
    }
}

/// The same step for each nonce of the group before the next one.
#[inline(always)]
fn step<R: lane::Row, const ROTR: u32>(x: &mut [[R; 4]; GROUP], to: usize, from: usize, and: usize) {
    for x in x {
        x[to] = x[to].xor(x[from].add(x[and]).rotr::<ROTR>());
    }
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
