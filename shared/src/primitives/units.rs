//! Money: [`Amount`], counted in units of which a coin (1 TAB) has a hundred million.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::encode::{Decode, DecodeError, Encode, Reader};

/// A sum of money, never above [`Amount::MAX`]: arithmetic is checked, so no sum of two wraps.
///
/// People and JSON see coins with up to eight decimals, as text (`"12.5"`), so that no reader rounds them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Amount(u64);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    #[error("write an amount as coins, like 2 or 0.25, with at most eight decimals")]
    NotANumber,
    #[error("an amount has at most eight decimals")]
    TooFine,
    #[error("an amount cannot be negative")]
    Negative,
    #[error("no more than 21 000 000 coins can ever exist")]
    TooLarge,
}

impl Amount {
    pub const ZERO: Self = Self(0);
    /// Units in a coin.
    pub const COIN: Self = Self(100_000_000);
    /// Twenty-one million coins: Bitcoin's bound, below 2^53, so that it is exact in every language's numbers.
    pub const MAX: Self = Self(21_000_000 * 100_000_000);

    pub const fn from_units(units: u64) -> Option<Self> {
        if units <= Self::MAX.0 { Some(Self(units)) } else { None }
    }

    pub const fn units(self) -> u64 {
        self.0
    }

    pub const fn checked_add(self, other: Self) -> Option<Self> {
        // Two amounts stay far below 2^64, so this addition cannot wrap.
        Self::from_units(self.0 + other.0)
    }

    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(units) => Some(Self(units)),
            None => None,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (coins, units) = (self.0 / Self::COIN.0, self.0 % Self::COIN.0);
        if units == 0 {
            write!(f, "{coins}")
        } else {
            let decimals = format!("{units:08}");
            write!(f, "{coins}.{}", decimals.trim_end_matches('0'))
        }
    }
}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let text = text.trim();
        if text.starts_with('-') {
            return Err(AmountError::Negative);
        }
        let (coins, decimals) = text.split_once('.').unwrap_or((text, ""));
        if coins.is_empty() && decimals.is_empty()
            || !(coins.bytes().chain(decimals.bytes())).all(|digit| digit.is_ascii_digit())
        {
            return Err(AmountError::NotANumber);
        }
        let decimals = decimals.trim_end_matches('0');
        if decimals.len() > 8 {
            return Err(AmountError::TooFine);
        }
        let digits = format!("0{coins}{decimals:0<8}");
        let units = digits.parse().map_err(|_| AmountError::TooLarge)?;
        Self::from_units(units).ok_or(AmountError::TooLarge)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Text or a JSON number, both in coins.
impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an amount in coins, like \"2.5\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Amount, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E: serde::de::Error>(self, coins: u64) -> Result<Amount, E> {
                self.visit_str(&coins.to_string())
            }

            fn visit_i64<E: serde::de::Error>(self, coins: i64) -> Result<Amount, E> {
                self.visit_str(&coins.to_string())
            }

            fn visit_f64<E: serde::de::Error>(self, coins: f64) -> Result<Amount, E> {
                // Rust prints the shortest decimal that reads back as the same number: what the person typed.
                self.visit_str(&coins.to_string())
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

impl Encode for Amount {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_le_bytes());
    }
}

impl Decode for Amount {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Self::from_units(reader.u64()?).ok_or(DecodeError::AmountTooLarge)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn text_is_exact_both_ways() {
        for (text, units) in [
            ("0", 0),
            ("1", 100_000_000),
            ("0.00000001", 1),
            ("12.5", 1_250_000_000),
            ("21000000", 2_100_000_000_000_000),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!(amount.units(), units);
            assert_eq!(amount.to_string(), text);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn mistakes_are_named() {
        for (text, error) in [
            ("", AmountError::NotANumber),
            (".", AmountError::NotANumber),
            ("five", AmountError::NotANumber),
            ("1e5", AmountError::NotANumber),
            ("-1", AmountError::Negative),
            ("0.000000001", AmountError::TooFine),
            ("21000000.00000001", AmountError::TooLarge),
            ("99999999999999999999999", AmountError::TooLarge),
        ] {
            assert_eq!(text.parse::<Amount>(), Err(error), "{text}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn json_takes_text_and_numbers() {
        for json in ["\"0.1\"", "0.1"] {
            let amount: Amount = serde_json::from_str(json).unwrap();
            assert_eq!(amount.units(), 10_000_000);
        }
        assert_eq!(serde_json::from_str::<Amount>("5").unwrap().units(), 500_000_000);
        assert!(serde_json::from_str::<Amount>("-5").is_err());
    }
}
