//! SHA-256d and the hashes it makes, one type a meaning.
//!
//! Bytes are kept in the order that SHA-256 gives them; people read them reversed, as Bitcoin's tools print them.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::encode::encode_as_array;

/// SHA-256 of SHA-256.
pub fn sha256d(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(Sha256::digest(bytes)).into()
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} hexadecimal digits")]
pub struct HexError {
    expected: usize,
}

/// Defines a fixed-size identifier with its hex text form (`$reversed`: shown last byte first) and serde.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $size:literal, reversed: $reversed:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(pub [u8; $size]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut bytes = self.0;
                if $reversed {
                    bytes.reverse();
                }
                f.write_str(&hex::encode(bytes))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = HexError;

            fn from_str(text: &str) -> Result<Self, HexError> {
                let mut bytes = [0; $size];
                hex::decode_to_slice(text, &mut bytes)
                    .map_err(|_| HexError { expected: $size * 2 })?;
                if $reversed {
                    bytes.reverse();
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .parse()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier!(
    /// SHA-256d of a header's 80 bytes.
    BlockHash, 32, reversed: true
);
identifier!(
    /// SHA-256d of all of a transaction's bytes, its signature included.
    Txid, 32, reversed: true
);
identifier!(
    /// Root of the Merkle tree over a block's txids.
    MerkleRoot, 32, reversed: true
);
identifier!(
    /// First four bytes of a network's genesis hash, in hashing order: every transaction and handshake names it.
    NetworkId, 4, reversed: false
);
identifier!(
    /// Names a node: the first eight bytes of the hash of its public key.
    NodeId, 8, reversed: false
);

encode_as_array!(BlockHash, Txid, MerkleRoot, NetworkId, NodeId);

/// A map by block hashes. Nobody chooses these: each takes a proof of work, which leaves the leading bytes as random as any (its zeros
/// are at the other end). So they are their own hash, and no keyed one is made of them.
pub type BlockHashMap<V> = HashMap<BlockHash, V, BuildHasherDefault<LeadingBytes>>;

/// Of a [`BlockHashMap`].
#[derive(Debug, Default)]
pub struct LeadingBytes(u64);

impl Hasher for LeadingBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(leading) = bytes.first_chunk() {
            self.0 = u64::from_le_bytes(*leading);
        }
    }

    /// Of an array its length comes first, and it is always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn hashes_are_read_and_shown_reversed() {
        let text = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f";
        let hash: BlockHash = text.parse().unwrap();
        assert_eq!(hash.0[0], 0x6f);
        assert_eq!(hash.to_string(), text);
        assert!("00".parse::<BlockHash>().is_err());
        assert!("zz".repeat(32).parse::<BlockHash>().is_err());
    }
}
