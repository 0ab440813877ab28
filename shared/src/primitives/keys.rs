//! Keys, signatures (Ed25519 under ZIP-215) and addresses (bech32m).
//!
//! ZIP-215 fixes the edge cases that RFC 8032 leaves open, so that every node gives the same verdict on every
//! signature; a platform's own verifier would not. Source: <https://zips.z.cash/zip-0215>.

pub mod batch;
mod signing;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use bech32::{Bech32m, Hrp};
use ed25519_zebra::VerificationKey;
use ripemd::Ripemd160;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::encode::encode_as_array;
use super::hash::{NodeId, sha256d};
use signing::SigningKey;

/// Signs for one account. Its text form must never reach a log, so it has none.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// From 32 bytes of good randomness, which the caller draws.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_seed(&seed))
    }

    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.public)
    }

    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(…)")
    }
}

/// 32 bytes that should be a point on the curve; whether they are shows when a signature is checked.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Whether `signature` is this key's over `message`, by ZIP-215's rules.
    pub fn verifies(&self, signature: &Signature, message: &[u8]) -> bool {
        VerificationKey::try_from(self.0)
            .and_then(|key| key.verify(&ed25519_zebra::Signature::from(signature.0), message))
            .is_ok()
    }

    pub fn address(&self) -> Address {
        Address(Ripemd160::digest(Sha256::digest(self.0)).into())
    }

    pub fn node_id(&self) -> NodeId {
        let hash = sha256d(&self.0);
        NodeId(*hash.first_chunk().expect("a hash has 32 bytes"))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes)
            .map_err(|_| serde::de::Error::custom("a public key has 64 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

/// 64 bytes that claim to be a signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.0))
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; 64];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes)
            .map_err(|_| serde::de::Error::custom("a signature has 128 hexadecimal digits"))?;
        Ok(Self(bytes))
    }
}

/// Where money goes: HASH160 (RIPEMD-160 of SHA-256) of a public key; shown as bech32m with the prefix `tab`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub [u8; 20]);

/// Without the length that an array's own hash begins with. All bytes count: whoever pays to addresses that are nobody's chooses
/// them freely.
impl Hash for Address {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    #[error("this is not an address: some character is mistyped or missing")]
    Checksum,
    #[error("a Tabchain address begins with tab1")]
    Prefix,
    #[error("this address has the wrong length")]
    Length,
}

impl Address {
    const PREFIX: Hrp = Hrp::parse_unchecked("tab");
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_to_fmt::<Bech32m, _>(f, Self::PREFIX, &self.0).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text.trim())
            .map_err(|_| AddressError::Checksum)?;
        if checked.hrp() != Self::PREFIX {
            return Err(AddressError::Prefix);
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        let address = bytes.try_into().map(Self).map_err(|_| AddressError::Length)?;
        // 160 bits are 32 characters of five; the decoder would drop a surplus one, and an address has one text.
        if checked.data_part_ascii_no_checksum().len() != 32 {
            return Err(AddressError::Length);
        }
        Ok(address)
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

encode_as_array!(PublicKey, Signature, Address);

#[cfg(test)]
mod tests {
    use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn address_text_round_trips() {
        let address = SecretKey::from_seed([7; 32]).public_key().address();
        let text = address.to_string();
        assert!(text.starts_with("tab1"));
        assert_eq!(text.parse(), Ok(address));
        assert_eq!(text.to_uppercase().parse(), Ok(address));
    }

    /// CASES 62.
    #[wasm_bindgen_test(unsupported = test)]
    fn mistyped_addresses_are_refused() {
        let address = SecretKey::from_seed([7; 32]).public_key().address();
        let text = address.to_string();
        let typo = text.replacen(&text[10..11], if &text[10..11] == "q" { "p" } else { "q" }, 1);
        let mixed_case = text.replacen("tab1", "tAb1", 1);
        let bech32 = bech32::encode::<bech32::Bech32>(Address::PREFIX, &address.0).unwrap();
        for wrong in [typo, mixed_case, bech32] {
            assert_eq!(wrong.parse::<Address>(), Err(AddressError::Checksum), "{wrong}");
        }
        let bitcoin = bech32::encode::<Bech32m>(Hrp::parse("bc").unwrap(), &address.0).unwrap();
        assert_eq!(bitcoin.parse::<Address>(), Err(AddressError::Prefix));
        let short = bech32::encode::<Bech32m>(Address::PREFIX, &address.0[..19]).unwrap();
        assert_eq!(short.parse::<Address>(), Err(AddressError::Length));
        // One character more than 20 bytes need, under a right checksum.
        let fes = address.0.iter().copied().bytes_to_fes().chain([bech32::Fe32::P]);
        let surplus: String = fes.with_checksum::<Bech32m>(&Address::PREFIX).chars().collect();
        assert_eq!(surplus.parse::<Address>(), Err(AddressError::Length), "{surplus}");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_signature_binds_key_and_message() {
        let alice = SecretKey::from_seed([1; 32]);
        let bob = SecretKey::from_seed([2; 32]);
        let signature = alice.sign(b"pay bob");
        assert!(alice.public_key().verifies(&signature, b"pay bob"));
        assert!(!alice.public_key().verifies(&signature, b"pay eve"));
        assert!(!bob.public_key().verifies(&signature, b"pay bob"));
    }
}
