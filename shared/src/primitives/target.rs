//! The threshold a proof of work must meet: nBits ([`CompactTarget`]), the 256-bit [`Target`], and [`Work`].

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use ruint::aliases::U256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::encode::{Decode, DecodeError, Encode, Reader};

/// nBits as the header carries it: one byte of exponent, 23 bits of mantissa, one sign bit.
///
/// In JSON and network files: eight hexadecimal digits, such as `"1d00ffff"`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompactTarget(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BitsError {
    #[error("bits encode a negative target")]
    Negative,
    #[error("bits encode a target above 256 bits")]
    Overflow,
    #[error("bits encode a target of zero")]
    Zero,
}

impl CompactTarget {
    /// The target 1, which no hash meets in anybody's lifetime: for measuring how fast a search is.
    pub const HARDEST: Self = Self(0x0300_0001);

    /// Decodes as Bitcoin Core's `arith_uint256::SetCompact` and `CheckProofOfWork` do.
    pub fn to_target(self) -> Result<Target, BitsError> {
        let size = self.0 >> 24;
        let mut word = self.0 & 0x007f_ffff;
        if size <= 3 {
            word >>= 8 * (3 - size);
        }
        if word == 0 {
            return Err(BitsError::Zero);
        }
        if self.0 & 0x0080_0000 != 0 {
            return Err(BitsError::Negative);
        }
        if size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32) {
            return Err(BitsError::Overflow);
        }
        let shift = 8 * size.saturating_sub(3) as usize;
        Ok(Target(U256::from(word) << shift))
    }
}

impl fmt::Display for CompactTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

impl fmt::Debug for CompactTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for CompactTarget {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CompactTarget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        u32::from_str_radix(text.trim_start_matches("0x"), 16)
            .map(Self)
            .map_err(|_| serde::de::Error::custom("bits are eight hexadecimal digits, like \"1d00ffff\""))
    }
}

/// A hash, read as a little endian number, must not exceed this. Never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target(U256);

impl Target {
    pub const MAX: Self = Self(U256::MAX);

    /// `None` for zero, which no hash can meet.
    pub fn new(value: U256) -> Option<Self> {
        (!value.is_zero()).then_some(Self(value))
    }

    pub fn value(self) -> U256 {
        self.0
    }

    /// Whether a hash, in the byte order that the hash function gives, meets this target.
    pub fn is_met_by(self, hash: &[u8; 32]) -> bool {
        U256::from_le_bytes(*hash) <= self.0
    }

    /// Rounds down to what nBits can express, as Bitcoin Core's `GetCompact` does.
    pub fn to_compact(self) -> CompactTarget {
        let mut size = self.0.bit_len().div_ceil(8);
        let word: U256 = if size <= 3 { self.0 << (8 * (3 - size)) } else { self.0 >> (8 * (size - 3)) };
        let mut word: u32 = word.to();
        if word & 0x0080_0000 != 0 {
            // The top bit would read as a sign.
            word >>= 8;
            size += 1;
        }
        let size = u32::try_from(size).expect("a 256-bit number has at most 33 bytes");
        CompactTarget(size << 24 | word)
    }

    /// Expected number of hashes until one meets this target: 2^256 / (target + 1).
    pub fn work(self) -> Work {
        match self.0.checked_add(U256::ONE) {
            // 2^256 does not fit, so compute (2^256 − (t + 1)) / (t + 1) + 1, as Bitcoin Core's GetBlockProof does.
            Some(plus_one) => Work(!self.0 / plus_one + U256::ONE),
            None => Work(U256::ONE),
        }
    }

    /// A target that is met so many times more rarely, in whole numbers; `None` for none, and beyond the hardest.
    pub fn divided_by(self, divisor: u32) -> Option<Self> {
        self.0.checked_div(U256::from(divisor)).and_then(Self::new)
    }

    /// How many times harder than `easiest` this target is. For display only.
    pub fn difficulty(self, easiest: Self) -> f64 {
        f64::from(easiest.0) / f64::from(self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Expected hashes of a block, or their sum over a chain (*chainwork*).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Work(U256);

impl Work {
    pub const ZERO: Self = Self(U256::ZERO);

    pub fn value(self) -> U256 {
        self.0
    }

    /// For display and estimates only.
    pub fn to_f64(self) -> f64 {
        f64::from(self.0)
    }
}

impl Add for Work {
    type Output = Self;

    /// Saturates: a sum beyond 2^256 hashes is out of any network's reach, and must still not wrap.
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Work {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

/// As Bitcoin Core prints chainwork: 64 hexadecimal digits.
impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:064x}", self.0)
    }
}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Encode for Work {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes::<32>());
    }
}

impl Decode for Work {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(U256::from_le_bytes(reader.array::<32>()?)))
    }
}

impl Serialize for Work {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Work {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        U256::from_str_radix(&text, 16)
            .map(Self)
            .map_err(|_| serde::de::Error::custom("chainwork is a hexadecimal number"))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_divided_target_takes_as_many_times_the_work() {
        let target = Target::MAX.divided_by(16).unwrap();
        let quarter = target.divided_by(4).unwrap();
        assert_eq!(quarter.work().value(), target.work().value() * U256::from(4));
        assert_eq!(target.divided_by(0), None);
        assert_eq!(CompactTarget::HARDEST.to_target().unwrap().divided_by(2), None);
    }
}
