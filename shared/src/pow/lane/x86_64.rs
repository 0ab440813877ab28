//! Lanes of x86-64: 4 nonces with AVX, 8 with AVX2, 16 with AVX-512.
#![expect(unsafe_code, reason = "intrinsics of CPU features; who may come here is said in the parent module")]
// Clippy does not ask this of tests.
#![cfg_attr(not(test), expect(clippy::wildcard_imports, reason = "forty intrinsics, each with its prefix"))]

use core::arch::x86_64::*;

use super::{Lane, Row, Work};

/// The four or eight lanes of SSE2's and AVX2's instructions, which differ in nothing but names.
macro_rules! lane {
    (
        $(#[$doc:meta])* $name:ident($register:ty), $count:literal, features $features:literal, iota $iota:expr, splat $splat:ident, add $add:ident,
        xor $xor:ident, and $and:ident, or $or:ident, shift left $sll:ident, right $srl:ident,
        shuffle $shuffle:ident($bytes:expr), zero $zero:ident, equal $equal:ident, mask $mask:ident($cast:ident)
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(in crate::pow) struct $name($register);

        // SAFETY of every block here: the instructions are there, because a loop over this type only runs on a machine that
        // has been asked for them (see the parent module); memory is not touched.
        impl Lane for $name {
            const COUNT: u32 = $count;

            #[inline(always)]
            fn call<W: Work<Self>>(work: W) -> W::Output {
                #[inline(never)]
                #[target_feature(enable = $features)]
                fn with_features<W: Work<$name>>(work: W) -> W::Output {
                    work.run()
                }
                unsafe { with_features(work) }
            }

            #[inline(always)]
            fn splat(word: u32) -> Self {
                Self(unsafe { $splat(word.cast_signed()) })
            }

            #[inline(always)]
            fn iota() -> Self {
                Self(unsafe { $iota })
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            fn xor(self, other: Self) -> Self {
                Self(unsafe { $xor(self.0, other.0) })
            }

            #[inline(always)]
            fn and(self, other: Self) -> Self {
                Self(unsafe { $and(self.0, other.0) })
            }

            #[inline(always)]
            fn rotr<const BITS: u32>(self) -> Self {
                // Whole bytes move with one shuffle, other widths take two shifts.
                Self(unsafe {
                    match BITS {
                        8 => $shuffle(self.0, $bytes(0x0407_0605_0003_0201, 0x0c0f_0e0d_080b_0a09)),
                        16 => $shuffle(self.0, $bytes(0x0504_0706_0100_0302, 0x0d0c_0f0e_0908_0b0a)),
                        24 => $shuffle(self.0, $bytes(0x0605_0407_0201_0003, 0x0e0d_0c0f_0a09_080b)),
                        _ => {
                            let (right, left) = (count(BITS), count(32 - BITS));
                            $or($srl(self.0, right), $sll(self.0, left))
                        }
                    }
                })
            }

            #[inline(always)]
            fn shr<const BITS: u32>(self) -> Self {
                Self(unsafe { $srl(self.0, count(BITS)) })
            }

            #[inline(always)]
            fn zeros(self) -> u32 {
                unsafe { $mask($cast($equal(self.0, $zero()))) }.cast_unsigned()
            }
        }
    };
}

/// How far to shift. The compiler sees through it to the constant, and takes the instruction for constants.
#[inline(always)]
fn count(bits: u32) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvtsi32_si128(bits.cast_signed()) }
}

#[inline(always)]
fn bytes_128(low: i64, high: i64) -> __m128i {
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_set_epi64x(high, low) }
}

#[inline(always)]
fn bytes_256(low: i64, high: i64) -> __m256i {
    // SAFETY: only the lane of AVX2 comes here.
    unsafe { _mm256_set_epi64x(high, low, high, low) }
}

lane!(
    /// Four nonces: SSE2's and SSSE3's instructions in AVX's encoding with three operands.
    Avx(__m128i), 4, features "avx", iota _mm_set_epi32(3, 2, 1, 0), splat _mm_set1_epi32, add _mm_add_epi32,
    xor _mm_xor_si128, and _mm_and_si128, or _mm_or_si128, shift left _mm_sll_epi32, right _mm_srl_epi32,
    shuffle _mm_shuffle_epi8(bytes_128), zero _mm_setzero_si128, equal _mm_cmpeq_epi32,
    mask _mm_movemask_ps(_mm_castsi128_ps)
);

lane!(
    /// Eight nonces.
    Avx2(__m256i), 8, features "avx2", iota _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), splat _mm256_set1_epi32, add _mm256_add_epi32,
    xor _mm256_xor_si256, and _mm256_and_si256, or _mm256_or_si256, shift left _mm256_sll_epi32, right _mm256_srl_epi32,
    shuffle _mm256_shuffle_epi8(bytes_256), zero _mm256_setzero_si256, equal _mm256_cmpeq_epi32,
    mask _mm256_movemask_ps(_mm256_castsi256_ps)
);

/// Sixteen nonces; rotations, and functions of three words, are one instruction each.
#[derive(Clone, Copy)]
pub(in crate::pow) struct Avx512(__m512i);

/// The third operand of `vpternlogd` is the function's table: what the bits `a << 2 | b << 1 | c` give.
const XOR3: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

// SAFETY of every block here: as in the macro above, with AVX-512F.
impl Lane for Avx512 {
    const COUNT: u32 = 16;

    #[inline(always)]
    fn call<W: Work<Self>>(work: W) -> W::Output {
        #[inline(never)]
        #[target_feature(enable = "avx512f")]
        fn with_features<W: Work<Avx512>>(work: W) -> W::Output {
            work.run()
        }
        unsafe { with_features(work) }
    }

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(unsafe { _mm512_set1_epi32(word.cast_signed()) })
    }

    #[inline(always)]
    fn iota() -> Self {
        Self(unsafe { _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0) })
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(unsafe { _mm512_add_epi32(self.0, other.0) })
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(unsafe { _mm512_xor_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(unsafe { _mm512_and_si512(self.0, other.0) })
    }

    #[inline(always)]
    fn rotr<const BITS: u32>(self) -> Self {
        Self(unsafe { _mm512_rorv_epi32(self.0, _mm512_set1_epi32(BITS.cast_signed())) })
    }

    #[inline(always)]
    fn shr<const BITS: u32>(self) -> Self {
        Self(unsafe { _mm512_srli_epi32::<BITS>(self.0) })
    }

    #[inline(always)]
    fn zeros(self) -> u32 {
        unsafe { _mm512_testn_epi32_mask(self.0, self.0) }.into()
    }

    #[inline(always)]
    fn xor3(self, b: Self, c: Self) -> Self {
        Self(unsafe { _mm512_ternarylogic_epi32::<XOR3>(self.0, b.0, c.0) })
    }

    #[inline(always)]
    fn choose(self, yes: Self, no: Self) -> Self {
        Self(unsafe { _mm512_ternarylogic_epi32::<CHOOSE>(self.0, yes.0, no.0) })
    }

    #[inline(always)]
    fn majority(self, b: Self, c: Self) -> Self {
        Self(unsafe { _mm512_ternarylogic_epi32::<MAJORITY>(self.0, b.0, c.0) })
    }
}

// SAFETY of every block here: SSE2 is part of x86-64.
impl Row for Avx {
    #[inline(always)]
    fn load(words: [u32; 4]) -> Self {
        // SAFETY: 128 bits either way, and any bits are a vector.
        Self(unsafe { core::mem::transmute::<[u32; 4], __m128i>(words) })
    }

    #[inline(always)]
    fn store(self) -> [u32; 4] {
        // SAFETY: 128 bits either way, and any bits are four words.
        unsafe { core::mem::transmute::<__m128i, [u32; 4]>(self.0) }
    }

    #[inline(always)]
    fn turn<const PLACES: usize>(self) -> Self {
        Self(unsafe {
            match PLACES {
                1 => _mm_shuffle_epi32::<0b00_11_10_01>(self.0),
                2 => _mm_shuffle_epi32::<0b01_00_11_10>(self.0),
                _ => _mm_shuffle_epi32::<0b10_01_00_11>(self.0),
            }
        })
    }
}
