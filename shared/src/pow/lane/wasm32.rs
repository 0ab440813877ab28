//! Four nonces with WebAssembly's 128-bit SIMD.

use core::arch::wasm32::{
    i8x16_shuffle, i32x4_add, i32x4_bitmask, i32x4_eq, u32x4, u32x4_shl, u32x4_shr, u32x4_splat, v128, v128_and,
    v128_or, v128_xor,
};

use super::{Lane, Work};

/// An engine judges all instructions of a module when it loads it, so code that runs has its instructions.
#[derive(Clone, Copy)]
pub(in crate::pow) struct Simd128(v128);

impl Lane for Simd128 {
    const COUNT: u32 = 4;

    #[inline(always)]
    fn call<W: Work<Self>>(work: W) -> W::Output {
        #[inline(never)]
        #[target_feature(enable = "simd128")]
        fn with_features<W: Work<Simd128>>(work: W) -> W::Output {
            work.run()
        }
        with_features(work)
    }

    #[inline(always)]
    fn splat(word: u32) -> Self {
        Self(u32x4_splat(word))
    }

    #[inline(always)]
    fn iota() -> Self {
        Self(u32x4(0, 1, 2, 3))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }

    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(v128_xor(self.0, other.0))
    }

    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(v128_and(self.0, other.0))
    }

    #[inline(always)]
    fn rotr<const BITS: u32>(self) -> Self {
        let v = self.0;
        // Whole bytes move with one shuffle, other widths take two shifts.
        Self(match BITS {
            8 => i8x16_shuffle::<1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12>(v, v),
            16 => i8x16_shuffle::<2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13>(v, v),
            24 => i8x16_shuffle::<3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14>(v, v),
            _ => v128_or(u32x4_shr(v, BITS), u32x4_shl(v, 32 - BITS)),
        })
    }

    #[inline(always)]
    fn shr<const BITS: u32>(self) -> Self {
        Self(u32x4_shr(self.0, BITS))
    }

    #[inline(always)]
    fn zeros(self) -> u32 {
        i32x4_bitmask(i32x4_eq(self.0, u32x4_splat(0))).into()
    }
}
