//! The things a chain is made of, and their bytes: hashes, amounts, targets, keys, transactions, blocks.
//!
//! Types here carry the structural level of validity: what decodes is well formed (an [`Amount`] is at most the
//! maximum, a [`Memo`] is short UTF-8). Whether it is *allowed* is asked in `consensus`.

pub mod block;
pub mod encode;
pub mod hash;
pub mod keys;
#[cfg(feature = "openapi")]
mod schema;
pub mod target;
pub mod transaction;
pub mod units;

pub use block::{Block, Header, MerkleTree, merkle_root};
pub use encode::{Decode, DecodeError, Encode, Reader};
pub use hash::{BlockHash, MerkleRoot, NetworkId, NodeId, Txid, sha256d};
pub use keys::{Address, AddressError, PublicKey, SecretKey, Signature};
pub use target::{BitsError, CompactTarget, Target, Work};
pub use transaction::{Coinbase, Memo, MemoError, Transaction, Transfer};
pub use units::{Amount, AmountError};
