//! Transactions: a [`Transfer`] moves money between accounts, a [`Coinbase`] brings new money to a miner.

use std::fmt;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::encode::{Decode, DecodeError, Encode, Reader, encode_count, encode_text};
use super::hash::{NetworkId, Txid, sha256d};
use super::keys::{Address, PublicKey, SecretKey, Signature};
use super::units::Amount;

/// The one version there is; others are refused, so that a later one can mean something new.
const VERSION: u8 = 1;
const KIND_COINBASE: u8 = 0;
const KIND_TRANSFER: u8 = 1;
/// What a transfer's signature covers begins with this, so that a signature made for another purpose never fits.
const SIGNING_DOMAIN: &[u8] = b"tabchain transfer 1:";

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transaction {
    Coinbase(Coinbase),
    Transfer(Transfer),
}

impl Transaction {
    pub fn txid(&self) -> Txid {
        Txid(sha256d(&self.to_bytes()))
    }

    /// Whether these bytes could be two hashes in a Merkle tree, and their txid the node above them (CVE-2017-12842).
    /// No transfer is so short; a coinbase is if its tag has [`Coinbase::AMBIGUOUS_TAG_BYTES`].
    pub fn is_like_merkle_node(&self) -> bool {
        Self::are_like_merkle_node(&self.to_bytes())
    }

    /// The same for who has the transaction's bytes.
    pub fn are_like_merkle_node(bytes: &[u8]) -> bool {
        bytes.len() == 64
    }
}

impl Encode for Transaction {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Coinbase(coinbase) => coinbase.encode(out),
            Self::Transfer(transfer) => transfer.encode(out),
        }
    }
}

/// As a [`Transaction`], its kind and version included.
impl Encode for Coinbase {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend([KIND_COINBASE, VERSION]);
        out.extend(self.height.to_le_bytes());
        self.recipient.encode(out);
        self.reward.encode(out);
        self.tag.encode(out);
    }
}

impl Decode for Transaction {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = reader.u8()?;
        let version = reader.u8()?;
        if version != VERSION {
            return Err(DecodeError::Unknown { what: "transaction version", value: version.into() });
        }
        match kind {
            KIND_COINBASE => Ok(Self::Coinbase(Coinbase {
                height: reader.u32()?,
                recipient: Address::decode(reader)?,
                reward: Amount::decode(reader)?,
                tag: Memo::decode(reader)?,
            })),
            KIND_TRANSFER => Ok(Self::Transfer(Transfer {
                network: NetworkId::decode(reader)?,
                sender: PublicKey::decode(reader)?,
                recipient: Address::decode(reader)?,
                amount: Amount::decode(reader)?,
                fee: Amount::decode(reader)?,
                nonce: reader.u64()?,
                memo: Memo::decode(reader)?,
                signature: Signature::decode(reader)?,
            })),
            other => Err(DecodeError::Unknown { what: "transaction kind", value: other.into() }),
        }
    }
}

/// First transaction of a block. Its height makes it unique on its chain; the tag is the miner's to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coinbase {
    pub height: u32,
    pub recipient: Address,
    /// Subsidy and fees, at most.
    pub reward: Amount,
    pub tag: Memo,
}

impl Coinbase {
    /// A tag of this length makes 64 bytes of a coinbase: kind, version, height, recipient, reward and the tag's count
    /// take the other 35.
    pub const AMBIGUOUS_TAG_BYTES: usize = 29;
}

/// A signed order to move `amount` to `recipient` and to leave `fee` to the miner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Binds the transfer to one network, so that it cannot be repeated on another.
    pub network: NetworkId,
    pub sender: PublicKey,
    pub recipient: Address,
    pub amount: Amount,
    pub fee: Amount,
    /// Counts the sender's transfers from 0, so that each is applied once and in order.
    pub nonce: u64,
    pub memo: Memo,
    pub signature: Signature,
}

/// What a sender decides about a transfer; signing makes it a [`Transfer`].
#[derive(Debug, Clone)]
pub struct Payment {
    pub recipient: Address,
    pub amount: Amount,
    pub fee: Amount,
    pub nonce: u64,
    pub memo: Memo,
}

impl Transfer {
    /// Of the encoding; each letter of the memo takes one more.
    pub const BYTES_WITHOUT_MEMO: usize = 2 + 4 + 32 + 20 + 8 + 8 + 8 + 1 + 64;

    pub fn sign(network: NetworkId, key: &SecretKey, payment: Payment) -> Self {
        let mut transfer = Self {
            network,
            sender: key.public_key(),
            recipient: payment.recipient,
            amount: payment.amount,
            fee: payment.fee,
            nonce: payment.nonce,
            memo: payment.memo,
            signature: Signature([0; 64]),
        };
        transfer.signature = key.sign(&transfer.signed_bytes());
        transfer
    }

    /// A block's transfers are judged together: [`super::keys::batch`].
    pub fn has_valid_signature(&self) -> bool {
        self.sender.verifies(&self.signature, &self.signed_bytes())
    }

    /// What the signature covers: the domain, then every byte of the encoding before the signature.
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut out = SIGNING_DOMAIN.to_vec();
        self.encode_unsigned(&mut out);
        out
    }

    pub fn txid(&self) -> Txid {
        Txid(sha256d(&self.to_bytes()))
    }

    /// Amount and fee, or `None` above the maximum.
    pub fn cost(&self) -> Option<Amount> {
        self.amount.checked_add(self.fee)
    }

    fn encode_unsigned(&self, out: &mut Vec<u8>) {
        out.extend([KIND_TRANSFER, VERSION]);
        self.network.encode(out);
        self.sender.encode(out);
        self.recipient.encode(out);
        self.amount.encode(out);
        self.fee.encode(out);
        out.extend(self.nonce.to_le_bytes());
        self.memo.encode(out);
    }
}

impl Encode for Transfer {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_unsigned(out);
        self.signature.encode(out);
    }
}

impl Decode for Transfer {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match Transaction::decode(reader)? {
            Transaction::Transfer(transfer) => Ok(transfer),
            Transaction::Coinbase(_) => {
                Err(DecodeError::Unknown { what: "transfer kind", value: KIND_COINBASE.into() })
            }
        }
    }
}

/// As hexadecimal digits: the transfer's bytes, as `POST /transactions` takes them.
impl Serialize for Transfer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for Transfer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

/// A short text for people: at most [`Memo::MAX_BYTES`] bytes of UTF-8. A clone is the same one, as a block and whatever is made of it hold it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memo(Arc<str>);

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a memo holds at most {max} bytes of text; this one has {0}", max = Memo::MAX_BYTES)]
pub struct MemoError(usize);

impl Memo {
    pub const MAX_BYTES: usize = 80;

    pub fn new(text: impl Into<String>) -> Result<Self, MemoError> {
        let text = text.into();
        if text.len() <= Self::MAX_BYTES { Ok(Self(text.into())) } else { Err(MemoError(text.len())) }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Memo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Memo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Memo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Encode for Memo {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_text(&self.0, out);
    }
}

impl Decode for Memo {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.text(Self::MAX_BYTES).map(|text| Self(text.into()))
    }
}

/// Appends a list of transactions as a block holds it.
pub(super) fn encode_transactions(transactions: &[Transaction], out: &mut Vec<u8>) {
    encode_count(transactions.len(), out);
    for transaction in transactions {
        transaction.encode(out);
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn transfer() -> Transfer {
        let alice = SecretKey::from_seed([1; 32]);
        let bob = SecretKey::from_seed([2; 32]).public_key().address();
        Transfer::sign(
            NetworkId([1, 2, 3, 4]),
            &alice,
            Payment {
                recipient: bob,
                amount: Amount::COIN,
                fee: Amount::ZERO,
                nonce: 0,
                memo: Memo::new("for the bread").unwrap(),
            },
        )
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn bytes_round_trip() {
        let transaction = Transaction::Transfer(transfer());
        assert_eq!(Transaction::from_bytes(&transaction.to_bytes()), Ok(transaction));
    }

    /// CASES 58: every changed byte is another transaction, or none, and never a signed one.
    #[wasm_bindgen_test(unsupported = test)]
    fn every_byte_is_covered_by_the_signature() {
        let bytes = transfer().to_bytes();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            if let Ok(Transaction::Transfer(changed)) = Transaction::from_bytes(&changed) {
                assert!(!changed.has_valid_signature(), "byte {position}");
            }
        }
        assert!(transfer().has_valid_signature());
    }
}
