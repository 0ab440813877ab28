//! A *lane* holds 32-bit words of several nonces at once, so that one loop serves every width: the loops in [`super::sha256d`]
//! and [`super::blake3`] are written over the trait [`Lane`], and compiled once for each type.
//!
//! How this stays fast and sound (the pattern is the crate memchr's): a generic function cannot be compiled for a CPU feature,
//! so everything on the way is inlined into a function that names the feature, which [`Lane::call`] is. The methods of
//! the SIMD types use instructions that the CPU may lack; therefore the trait is private to `pow`, and only a
//! [`super::Kernel`] that the machine has been asked about (`Kernel::or_default`) leads to a loop over such a type.
#![expect(clippy::inline_always, reason = "what is not inlined lacks the CPU features of its caller")]

// Only where it is asked for: a browser without SIMD refuses a whole module for one such instruction.
#[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
pub(super) mod wasm32;
#[cfg(target_arch = "x86_64")]
pub(super) mod x86_64;

use super::Kernel;
use crate::primitives::Target;

/// Words of [`Lane::COUNT`] nonces, operated on alike.
pub(super) trait Lane: Copy {
    const COUNT: u32;

    /// Does the work in a function of its own, compiled for the CPU features of this type.
    fn call<W: Work<Self>>(work: W) -> W::Output;

    fn splat(word: u32) -> Self;
    /// 0, 1, 2 … one a nonce.
    fn iota() -> Self;
    fn add(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn rotr<const BITS: u32>(self) -> Self;
    fn shr<const BITS: u32>(self) -> Self;
    /// A bit for each nonce, the lowest for the first: whether its word is zero.
    fn zeros(self) -> u32;

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        self.xor(b).xor(c)
    }

    /// Bit by bit `yes` where this is 1 and `no` where it is 0.
    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        no.xor(self.and(yes.xor(no)))
    }

    /// Bit by bit what at least two of the three say.
    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        // In SHA-256 the next round asks for b ^ c again as its a ^ b, which the compiler then has already.
        b.xor(self.xor(b).and(b.xor(c)))
    }

    #[inline(always)]
    fn swap_bytes(self) -> Self {
        self.rotr::<8>().and(Self::splat(0xff00_ff00)).xor(self.rotr::<24>().and(Self::splat(0x00ff_00ff)))
    }
}

/// Instead of words of several nonces, four of one.
pub(super) trait Row: Lane {
    fn load(words: [u32; 4]) -> Self;
    fn store(self) -> [u32; 4];
    /// Each place takes the word that stood so many places after it.
    fn turn<const PLACES: usize>(self) -> Self;
}

/// What [`Lane::call`] does. A trait because a closure cannot be told to be inlined always, and would else be compiled
/// without the features, an instruction a call.
pub(super) trait Work<L> {
    type Output;

    /// Must be inlined always.
    fn run(self) -> Self::Output;
}

/// One nonce, on any machine.
impl Lane for u32 {
    const COUNT: u32 = 1;

    #[inline(never)]
    fn call<W: Work<Self>>(work: W) -> W::Output {
        work.run()
    }

    #[inline(always)]
    fn splat(word: u32) -> Self {
        word
    }

    #[inline(always)]
    fn iota() -> Self {
        0
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        self.wrapping_add(other)
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        self ^ other
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        self & other
    }

    #[inline(always)]
    fn rotr<const BITS: u32>(self) -> Self {
        self.rotate_right(BITS)
    }

    #[inline(always)]
    fn shr<const BITS: u32>(self) -> Self {
        self >> BITS
    }

    #[inline(always)]
    fn zeros(self) -> u32 {
        u32::from(self == 0)
    }
}

/// A header made ready for hashing with groups of nonces.
pub(super) trait Group {
    /// The 32 highest bits of each nonce's hash, which is a little endian number.
    fn highest_words<L: Lane>(&self, nonces: L) -> L;
}

/// The loop over groups of nonces, for one job and one lane type.
pub(super) struct Scan<J> {
    lanes: u32,
    scan: fn(Range<'_, J>) -> Option<Candidates>,
}

/// The part of a search that a loop does on its own.
struct Range<'a, J> {
    job: &'a J,
    /// Bits that no highest word of a hash below the target has.
    forbidden: u32,
    start: u32,
    groups: u32,
}

/// The first group of a range with a nonce that is worth a closer look.
struct Candidates {
    group: u32,
    /// A bit for each nonce.
    mask: u32,
}

impl<J: Group> Scan<J> {
    /// `None`: this kernel is no loop over lanes.
    pub(super) fn of(kernel: Kernel) -> Option<Self> {
        Some(match kernel.or_default() {
            Kernel::Sha2 => return None,
            #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
            Kernel::Scalar => Self::over::<u32>(),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx => Self::over::<x86_64::Avx>(),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx2 => Self::over::<x86_64::Avx2>(),
            #[cfg(target_arch = "x86_64")]
            Kernel::Avx512 => Self::over::<x86_64::Avx512>(),
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Kernel::Simd128 => Self::over::<wasm32::Simd128>(),
        })
    }

    fn over<L: Lane>() -> Self {
        Self { lanes: L::COUNT, scan: |range| L::call(range) }
    }

    /// The first of `count` nonces from `start` on (wrapping) that may meet the target by its highest word, and does so by
    /// `is_met`.
    pub(super) fn search(
        &self,
        job: &J,
        target: Target,
        start: u32,
        count: u32,
        is_met: impl Fn(u32) -> bool,
    ) -> Option<u32> {
        let top: u32 = (target.value() >> 224_usize).to();
        let forbidden = u32::MAX.checked_shl(u32::BITS - top.leading_zeros()).unwrap_or(0);
        let (count, lanes) = (u64::from(count), u64::from(self.lanes));
        let mut done = 0;
        while done < count {
            let nonce = |offset: u64| start.wrapping_add(u32::try_from(offset).expect("below `count`"));
            let groups = u32::try_from((count - done).div_ceil(lanes)).expect("at most `count`");
            let candidates = (self.scan)(Range { job, forbidden, start: nonce(done), groups })?;
            done += u64::from(candidates.group) * lanes;
            // The last group may reach beyond `count`.
            let wanted = (0..lanes.min(count - done)).filter(|lane| candidates.mask >> lane & 1 == 1);
            let found = wanted.map(|lane| nonce(done + lane)).find(|nonce| is_met(*nonce));
            if found.is_some() {
                return found;
            }
            done += lanes;
        }
        None
    }
}

impl<L: Lane, J: Group> Work<L> for Range<'_, J> {
    type Output = Option<Candidates>;

    #[inline(always)]
    fn run(self) -> Option<Candidates> {
        let (forbidden, iota) = (L::splat(self.forbidden), L::iota());
        let mut start = self.start;
        for group in 0..self.groups {
            let mask = self.job.highest_words(L::splat(start).add(iota)).and(forbidden).zeros();
            if mask != 0 {
                return Some(Candidates { group, mask });
            }
            start = start.wrapping_add(L::COUNT);
        }
        None
    }
}
