//! Difficulty: ASERT (aserti3-2d), at every block.
//!
//! Source: <https://upgradespecs.bitcoincashnode.org/2020-11-15-asert/>. The target doubles for every half-life that
//! the chain lags behind its schedule, and halves for every half-life that it runs ahead.
//!
//! Live networks anchor at the parent of the last block (`docs/decisions/0001-asert-anchor.md`): the factors multiply up
//! to the fixed-anchor target as long as no limit is met, and a night's pause is forgotten once the limit is reached,
//! where a fixed anchor would owe thousands of blocks.

use ruint::Uint;
use ruint::aliases::U256;

use super::Params;
use crate::primitives::{BlockHash, CompactTarget, Header, Target};

/// The anchor's target and how far the chain is from it.
#[derive(Debug, Clone, Copy)]
pub struct AsertInput {
    pub anchor_target: Target,
    /// Seconds from the anchor's parent to the last block.
    pub time_diff: i64,
    /// Blocks from the anchor to the last block.
    pub height_diff: i64,
    /// Seconds.
    pub spacing: u32,
    /// Seconds.
    pub half_life: u32,
    pub limit: Target,
}

/// Target of the block after the last one.
///
/// Computed in 1024 bits with the exponent bounded, so that it is right for any limit; the reference relies on limits
/// below 2^224. The exponent divides toward zero and is split by an arithmetic shift, as the specification demands.
/// What this rounding adds up to along a chain is in `docs/decisions/0001-asert-anchor.md`.
pub fn next_target(input: &AsertInput) -> Target {
    type Wide = Uint<1024, 16>;

    let ideal = i128::from(input.spacing) * (i128::from(input.height_diff) + 1);
    let Power { factor, shifts } = Power::of(i128::from(input.time_diff) - ideal, input.half_life);
    // Beyond 2^±512 every 256-bit target has long met the limit or the least target.
    if shifts >= 512 {
        return input.limit;
    }
    let least = Target::new(U256::ONE).expect("one is not zero");
    if shifts < -512 {
        return least;
    }
    let product = Wide::from(input.anchor_target.value()) * Wide::from(factor);
    let shift = shifts - 16;
    let distance = usize::try_from(shift.unsigned_abs()).expect("at most 528");
    let shifted = if shift < 0 { product >> distance } else { product << distance };
    if shifted > Wide::from(input.limit.value()) {
        return input.limit;
    }
    Target::new(shifted.to()).unwrap_or(least)
}

/// A power of two as the rule computes it: `factor / 2^16 · 2^shifts`.
struct Power {
    factor: u128,
    shifts: i128,
}

impl Power {
    /// Of `lag / half_life`, both in seconds.
    fn of(lag: i128, half_life: u32) -> Self {
        let exponent = lag * 65_536 / i128::from(half_life);
        // 2^x for x in [0, 1) as a cubic polynomial, in 16-bit fixed point; constants from the specification.
        let fraction = u128::try_from(exponent & 0xffff).expect("sixteen bits are not negative");
        let factor = 65_536
            + ((195_766_423_245_049 * fraction
                + 971_821_376 * fraction * fraction
                + 5_127 * fraction * fraction * fraction
                + (1 << 47))
                >> 48);
        Self { factor, shifts: exponent >> 16 }
    }
}

/// What a lag behind the schedule multiplies the target by, before a limit is met and before nBits cut the target. For estimates
/// only: what `lab::theory` holds against `2^(lag / half_life)`.
pub fn factor_on_target(lag_seconds: i64, half_life: u32) -> f64 {
    let Power { factor, shifts } = Power::of(i128::from(lag_seconds), half_life);
    let factor = u32::try_from(factor).expect("a factor is below 2^18");
    // Beyond, any number is infinite or nothing.
    let shifts = i32::try_from(shifts.clamp(-2_000, 2_000)).expect("it was clamped");
    libm::ldexp(f64::from(factor), shifts - 16)
}

/// Bits that the rules demand of the block after `parent`, whose own parent is `grandparent` (`None` after genesis).
///
/// Blocks 1 and 2 have the start bits: the time since genesis, which nobody mined, tells nothing of the miners.
pub fn required_bits(params: &Params, parent: &Header, grandparent: Option<&Header>) -> CompactTarget {
    let mined = grandparent.filter(|header| header.prev_blockhash != BlockHash::default());
    let (Some(half_life), Some(grandparent)) = (params.half_life, mined) else {
        return params.start_bits;
    };
    next_target(&AsertInput {
        anchor_target: parent.bits.to_target().expect("a header in the chain has valid bits"),
        time_diff: i64::from(parent.time) - i64::from(grandparent.time),
        height_diff: 0,
        spacing: params.spacing,
        half_life,
        limit: params.limit_target(),
    })
    .to_compact()
}
