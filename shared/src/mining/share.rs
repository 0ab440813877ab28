//! Shares: how a node proves to a host how fast it hashes.
//!
//! The host names a target that is easier than the block's own, and the node hands in every hash of its jobs that meets
//! it. A hash meets a target by luck alone, so that many of them are as good as a count of all the hashes done. A
//! [`JobProof`] shows whose work it is: a coinbase that pays the node, and the Merkle branch that puts this coinbase
//! into the header that was hashed. Nobody can hand in another node's shares, nor make ones that no work went into.
//!
//! Here are the rules, one [`ShareError`] each; [`super::seen_shares`] holds the one on repetition, and
//! [`super::share_collector`] is the node's side. How a rate follows from shares is for whoever counts them. The idea is
//! that of Bitcoin's mining pools.

use std::collections::VecDeque;

use ruint::aliases::U256;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::nonce_space::is_rolled;
use crate::chain::Chain;
use crate::chain::block_index::Status;
use crate::consensus::HeaderError;
use crate::consensus::block_rules::CheckedBlock;
use crate::consensus::header_rules::{HeaderContext, MEDIAN_TIME_SPAN, check_header, check_header_in_context};
use crate::pow::Algorithm;
use crate::primitives::block::{hash_pair, merkle_branch};
use crate::primitives::encode::encode_count;
use crate::primitives::{
    Address, Block, BlockHash, Coinbase, CompactTarget, Decode, DecodeError, Encode, Header, MerkleRoot, Reader,
    Target, Transaction, Txid,
};

/// Shares in one message: what a node asked for 32 a second finds in eight seconds, so that a rate that has just risen
/// loses little before the host's next wish. With 24 characters each they stay below half of a control message.
pub const MAX_SHARES_PER_MESSAGE: usize = 256;
/// Shares a second that a host asks a node for at most: after a minute its rate is known to 2.3 %.
pub const MAX_SHARES_PER_SECOND: f64 = 32.0;
/// A node may find by luck, or because it became faster, so many times what it was asked for. The rest does not count.
pub const SURPLUS: f64 = 4.0;
/// A job whose parent is more than so many blocks below the tip proves nothing any more. The node may be a moment
/// behind, or on a branch that has just lost.
pub const MAX_PARENT_DEPTH: u32 = 3;
/// Headers that may lead from a block that the host knows to a job's parent. With 160 digits each they are a sixth of a control
/// message.
pub const MAX_HIDDEN: usize = 16;
/// Levels of the highest tree: 2^17 is the first power of two above [`Block::MAX_TRANSACTIONS`].
const MAX_BRANCH: usize = 17;

/// A job, and that its reward goes to the node that works on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobProof {
    /// Its nonce, and those bits of its version that miners roll, are the share's to say.
    pub header: Header,
    pub coinbase: Coinbase,
    /// Leads from the coinbase, at position 0, to the header's Merkle root.
    pub branch: Vec<[u8; 32]>,
}

/// What a node hands in at once: shares of one job, found under one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shares {
    pub proof: JobProof,
    /// The target that the host asked for when these were found.
    pub target: CompactTarget,
    /// Version and nonce of each.
    pub found: Vec<(u32, u32)>,
    /// Of a node that keeps blocks back: the headers from the first that the host does not know up to the job's parent, at most
    /// [`MAX_HIDDEN`]. They show that the job is no older than they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "hidden_headers")]
    pub hidden: Vec<Header>,
}

/// Why a share does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    #[error("foreign-coinbase: the job pays {0}")]
    ForeignCoinbase(Address),
    #[error("like-merkle-node: the coinbase has 64 bytes, as many as two hashes in the Merkle tree")]
    LikeMerkleNode,
    /// The block would be refused (CVE-2012-2459), so no honest node works on it.
    #[error("mutated: the branch pairs a hash with itself")]
    Mutated,
    #[error("bad-merkle-branch: coinbase and branch lead to {computed}")]
    MerkleBranch { computed: MerkleRoot },
    #[error("unknown-parent: {0} is no valid block that is known here")]
    UnknownParent(BlockHash),
    #[error("stale-parent: the job is for height {height}, and the tip is at {tip}")]
    StaleParent { height: u32, tip: u32 },
    #[error("coinbase-height: says {found}, the job is for {expected}")]
    CoinbaseHeight { found: u32, expected: u32 },
    #[error("{0}")]
    Header(#[from] HeaderError),
    #[error("old-job: dated {date}, and only jobs from {earliest} on are counted")]
    OldJob { date: u32, earliest: u32 },
    #[error("bad-version: {0:08x} differs in more than the bits that miners roll")]
    Version(u32),
    #[error("high-hash: the hash does not meet the share target")]
    HighHash,
    #[error("duplicate-share: it was handed in before")]
    Duplicate,
    #[error("too-many-hidden: {0} headers lead to the job, and {MAX_HIDDEN} are allowed")]
    TooManyHidden(usize),
    #[error("hidden-chain: the headers that lead to the job are no chain")]
    HiddenChain,
}

impl ShareError {
    /// Whether no honest node does this. The others happen to those who are a moment behind or whose clock is wrong.
    pub fn is_forgery(&self) -> bool {
        !matches!(
            self,
            Self::UnknownParent(_)
                | Self::StaleParent { .. }
                | Self::OldJob { .. }
                | Self::Header(HeaderError::TimeTooNew { .. })
        )
    }
}

/// A job that passed every rule: hashes of it are the work of the node that was asked about.
#[derive(Debug, Clone, Copy)]
pub struct ProvenJob {
    header: Header,
    algorithm: Algorithm,
}

impl JobProof {
    /// The proof of a template; `None` if it does not begin with a coinbase, as every template does.
    pub fn of(template: &Block) -> Option<Self> {
        let Some(Transaction::Coinbase(coinbase)) = template.transactions.first() else { return None };
        let txids: Vec<Txid> = template.transactions.iter().map(Transaction::txid).collect();
        Some(Self { header: template.header, coinbase: coinbase.clone(), branch: merkle_branch(&txids, 0)? })
    }

    /// Of a block that is mined: its header, and who mined it.
    pub fn of_block(block: &CheckedBlock) -> Option<Self> {
        let branch = merkle_branch(block.txids(), 0)?;
        Some(Self { header: *block.header(), coinbase: block.coinbase().clone(), branch })
    }

    /// Whether this is a job for the next block, or for one just now, that pays `recipient`. `hidden` are the headers that lead to
    /// it from a block of `chain`, lowest first; `now` is in seconds.
    pub fn check(
        &self,
        hidden: &[Header],
        chain: &Chain,
        recipient: Address,
        now: u32,
    ) -> Result<ProvenJob, ShareError> {
        if self.coinbase.recipient != recipient {
            return Err(ShareError::ForeignCoinbase(self.coinbase.recipient));
        }
        self.check_branch()?;
        if hidden.len() > MAX_HIDDEN {
            return Err(ShareError::TooManyHidden(hidden.len()));
        }
        let known = hidden.first().unwrap_or(&self.header).prev_blockhash;
        let Some(below) = chain.index().get(&known).filter(|entry| entry.status != Status::Invalid) else {
            return Err(ShareError::UnknownParent(known));
        };
        let mut ancestors: VecDeque<Header> =
            chain.index().ancestors(known).map(|(_, entry)| entry.header).take(MEDIAN_TIME_SPAN).collect();
        let in_context = |ancestors: &VecDeque<Header>, header: &Header| {
            let context = HeaderContext::new(ancestors.iter().copied()).expect("the known one is there");
            check_header_in_context(chain.params(), header, &context, now)
        };
        let mut parent_hash = known;
        for header in hidden {
            if header.prev_blockhash != parent_hash {
                return Err(ShareError::HiddenChain);
            }
            check_header(chain.params(), header)?;
            in_context(&ancestors, header)?;
            ancestors.push_front(*header);
            parent_hash = header.hash();
        }
        if self.header.prev_blockhash != parent_hash {
            return Err(ShareError::HiddenChain);
        }
        let parent_height = below.height + u32::try_from(hidden.len()).expect("few");
        let (height, tip) = (parent_height + 1, chain.height());
        if parent_height + MAX_PARENT_DEPTH < tip {
            return Err(ShareError::StaleParent { height, tip });
        }
        if self.coinbase.height != height {
            return Err(ShareError::CoinbaseHeight { found: self.coinbase.height, expected: height });
        }
        in_context(&ancestors, &self.header)?;
        Ok(ProvenJob { header: self.header, algorithm: chain.params().algorithm })
    }

    /// Whether the coinbase is the one that the header's Merkle root stands for.
    pub(crate) fn check_branch(&self) -> Result<(), ShareError> {
        let coinbase = Transaction::Coinbase(self.coinbase.clone());
        if coinbase.is_like_merkle_node() {
            return Err(ShareError::LikeMerkleNode);
        }
        let mut node = coinbase.txid().0;
        for sibling in &self.branch {
            // At position 0 only a list that repeats its beginning pairs a hash with itself.
            if node == *sibling {
                return Err(ShareError::Mutated);
            }
            node = hash_pair(&node, sibling);
        }
        let computed = MerkleRoot(node);
        if computed == self.header.merkle_root { Ok(()) } else { Err(ShareError::MerkleBranch { computed }) }
    }
}

impl ProvenJob {
    /// The hash, if it is a share under `target`.
    pub fn check_share(&self, (version, nonce): (u32, u32), target: Target) -> Result<[u8; 32], ShareError> {
        if !is_rolled(version, self.header.version) {
            return Err(ShareError::Version(version));
        }
        let hash = self.algorithm.hash(&Header { version, nonce, ..self.header }.to_array());
        if target.is_met_by(&hash) { Ok(hash) } else { Err(ShareError::HighHash) }
    }

    /// The header's date, seconds since 1970.
    pub fn date(&self) -> u32 {
        self.header.time
    }
}

/// The target that `hashrate` hashes a second meet `shares_per_second` times a second. No target is easier than one that
/// every hash meets. It may be harder than the block's: then only some blocks are shares, and the rate that follows is as
/// fair.
pub fn share_target(hashrate: f64, shares_per_second: f64) -> CompactTarget {
    /// Targets are computed from a whole number of parts of a hash: between one hash a share and two there is much room.
    const PARTS: u32 = 1 << 16;
    let parts = (hashrate / shares_per_second * f64::from(PARTS)).max(f64::from(PARTS));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let parts = U256::from(parts as u128);
    // Neither overflows nor is zero: there are at least PARTS parts, and at most 2^128.
    let target = Target::new(U256::MAX / parts * U256::from(PARTS)).expect("2^256 by 2^128 is more than zero");
    target.to_compact()
}

/// The hashes that one which meets the target takes on average. Unlike [`crate::primitives::Work`], which consensus has in
/// whole hashes, with its fraction: of twelve and a half it would be missed.
pub fn expected_hashes(target: Target) -> f64 {
    2_f64.powi(256) / (f64::from(target.value()) + 1.0)
}

impl Encode for JobProof {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        Transaction::Coinbase(self.coinbase.clone()).encode(out);
        encode_count(self.branch.len(), out);
        out.extend(self.branch.iter().flatten());
    }
}

impl Decode for JobProof {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = Header::decode(reader)?;
        let Transaction::Coinbase(coinbase) = Transaction::decode(reader)? else {
            return Err(DecodeError::Unknown { what: "coinbase kind", value: 1 });
        };
        let levels = reader.count(MAX_BRANCH)?;
        let branch = (0..levels).map(|_| reader.array()).collect::<Result<_, _>>()?;
        Ok(Self { header, coinbase, branch })
    }
}

/// As hexadecimal digits: header, coinbase, and the branch as a count and that many hashes.
impl Serialize for JobProof {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.to_bytes()))
    }
}

impl<'de> Deserialize<'de> for JobProof {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        Self::from_bytes(&bytes).map_err(D::Error::custom)
    }
}

/// As hexadecimal digits, one after the other.
mod hidden_headers {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::{Decode, Header, MAX_HIDDEN, ShareError};

    pub fn serialize<S: Serializer>(headers: &[Header], serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = headers.iter().flat_map(Header::to_array).collect();
        serializer.serialize_str(&hex::encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Header>, D::Error> {
        let bytes = hex::decode(String::deserialize(deserializer)?).map_err(D::Error::custom)?;
        if bytes.len() > MAX_HIDDEN * Header::SIZE {
            return Err(D::Error::custom(ShareError::TooManyHidden(bytes.len() / Header::SIZE)));
        }
        bytes.chunks(Header::SIZE).map(Header::from_bytes).collect::<Result<_, _>>().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_share_target_asks_for_the_work_of_its_interval() {
        for hashrate in [33.0, 400.0, 415.0, 7.5e6, 3.2e12] {
            let target = share_target(hashrate, 32.0).to_target().unwrap();
            let work = expected_hashes(target);
            assert!((work * 32.0 / hashrate - 1.0).abs() < 1e-3, "{hashrate}: {work} hashes a share");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_share_target_is_a_target_for_any_numbers() {
        for (hashrate, rate) in [(2.0, 32.0), (0.0, 32.0), (f64::NAN, 32.0), (-1.0, 1.0), (0.0, 0.0)] {
            assert_eq!(share_target(hashrate, rate), Target::MAX.to_compact(), "{hashrate} at {rate}");
        }
        // Nobody hashes so fast; nothing breaks.
        assert!(share_target(f64::INFINITY, 0.0).to_target().is_ok());
    }
}
