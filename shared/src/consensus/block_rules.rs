//! What makes a block invalid, given that its header is valid.

use std::collections::HashSet;

use super::transaction_rules::{TxError, check_transfers};
use super::{HeaderError, Params};
use crate::primitives::encode::encode_count;
use crate::primitives::{
    Amount, Block, BlockHash, Coinbase, Encode, Header, MerkleRoot, NetworkId, Transaction, Transfer, Txid,
    merkle_root, sha256d,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    #[error("{0}")]
    Header(#[from] HeaderError),
    /// Says nothing of the block that the header means: another body may fit (CVE-2012-2459).
    #[error("mutated: the transactions repeat themselves so that the Merkle root does not show it")]
    Mutated,
    /// As `Mutated`: the header may be honest.
    #[error("bad-merkle-root: the transactions hash to {computed}")]
    MerkleRoot { computed: MerkleRoot },
    /// As `Mutated`: the body may be a level of another block's Merkle tree, where each node is the hash of 64 bytes.
    #[error("like-merkle-node: transaction {position} has 64 bytes, as many as two hashes in the Merkle tree")]
    LikeMerkleNode { position: usize },
    #[error("block-too-large: {size} bytes, {limit} allowed")]
    TooLarge { size: usize, limit: usize },
    #[error("no-coinbase: a block begins with a coinbase")]
    NoCoinbase,
    #[error("coinbase-not-first: transaction {position} is the coinbase")]
    CoinbaseNotFirst { position: usize },
    #[error("second-coinbase: transaction {position} is another coinbase")]
    SecondCoinbase { position: usize },
    #[error("duplicate-transaction: transaction {position} is in the block already")]
    DuplicateTransaction { position: usize },
    #[error("transaction {position}: {error}")]
    Transaction { position: usize, error: TxError },
    #[error("coinbase-height: says {found}, the block is at {expected}")]
    CoinbaseHeight { found: u32, expected: u32 },
    #[error("coinbase-too-high: pays {found}, {allowed} allowed")]
    CoinbaseTooHigh { found: Amount, allowed: Amount },
    #[error("invalid-ancestor: extends a block that breaks a rule")]
    InvalidAncestor,
}

impl BlockError {
    /// Whether the header's hash is invalid for ever. Not so for a body that does not belong to the header, nor for a
    /// date that only has to come.
    pub fn condemns_header(&self) -> bool {
        !matches!(
            self,
            Self::Mutated
                | Self::MerkleRoot { .. }
                | Self::LikeMerkleNode { .. }
                | Self::Header(HeaderError::TimeTooNew { .. })
        )
    }
}

/// A block that passed every context-free rule on its body, with what checking it computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedBlock {
    header: Header,
    hash: BlockHash,
    coinbase: Coinbase,
    transfers: Vec<Transfer>,
    /// Coinbase first.
    txids: Vec<Txid>,
    size: usize,
}

impl CheckedBlock {
    pub fn header(&self) -> &Header {
        &self.header
    }

    pub fn hash(&self) -> BlockHash {
        self.hash
    }

    pub fn coinbase(&self) -> &Coinbase {
        &self.coinbase
    }

    /// All transactions but the coinbase, in order; the first is at position 1 of the block.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers
    }

    pub fn txids(&self) -> &[Txid] {
        &self.txids
    }

    /// Encoded, bytes.
    pub fn size(&self) -> usize {
        self.size
    }

    /// A block that has passed [`check_block`] before and is read back from a store. Its Merkle root vouches that these are
    /// the transactions that were judged, signatures included; `None` if they are not.
    pub fn recall(block: Block) -> Option<Self> {
        let Measured { size, txids, .. } = measure(&block);
        let tree = merkle_root(&txids);
        if tree.root != block.header.merkle_root || tree.mutated {
            return None;
        }
        let (header, hash) = (block.header, block.hash());
        let (coinbase, transfers) = split_coinbase(block.transactions).ok()?;
        Some(Self { header, hash, coinbase, transfers, txids, size })
    }

    pub fn to_block(&self) -> Block {
        let coinbase = Transaction::Coinbase(self.coinbase.clone());
        let transfers = self.transfers.iter().cloned().map(Transaction::Transfer);
        Block { header: self.header, transactions: std::iter::once(coinbase).chain(transfers).collect() }
    }
}

/// As the [`Block`] that it was made of.
impl Encode for CheckedBlock {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        encode_count(1 + self.transfers.len(), out);
        self.coinbase.encode(out);
        for transfer in &self.transfers {
            transfer.encode(out);
        }
    }
}

/// What a body that is its header's was found to have.
#[derive(Debug)]
pub struct Identity {
    /// Encoded, bytes.
    pub size: usize,
    txids: Vec<Txid>,
}

/// What the bytes of a body say, each transaction encoded once for all of it.
struct Measured {
    /// Of the whole block.
    size: usize,
    txids: Vec<Txid>,
    /// The first transaction whose bytes [could be two hashes](Transaction::is_like_merkle_node).
    like_merkle_node: Option<usize>,
}

fn measure(block: &Block) -> Measured {
    let mut bytes = Vec::with_capacity(256);
    encode_count(block.transactions.len(), &mut bytes);
    let mut size = Header::SIZE + bytes.len();
    let mut txids = Vec::with_capacity(block.transactions.len());
    let mut like_merkle_node = None;
    for (position, transaction) in block.transactions.iter().enumerate() {
        bytes.clear();
        transaction.encode(&mut bytes);
        size += bytes.len();
        txids.push(Txid(sha256d(&bytes)));
        if Transaction::are_like_merkle_node(&bytes) {
            like_merkle_node.get_or_insert(position);
        }
    }
    Measured { size, txids, like_merkle_node }
}

/// The first part of [`check_block`]: whether this is the one body that the header means, and not too large. It costs hashes and
/// no signatures, and says nothing of the chain before the block.
pub fn check_identity(params: &Params, block: &Block) -> Result<Identity, BlockError> {
    let Measured { size, txids, like_merkle_node } = measure(block);
    let tree = merkle_root(&txids);
    if tree.root != block.header.merkle_root {
        return Err(BlockError::MerkleRoot { computed: tree.root });
    }
    // A list of transactions that the root does not identify has faults that may not be the block's, so these two rules
    // come before all others.
    if tree.mutated {
        return Err(BlockError::Mutated);
    }
    if let Some(position) = like_merkle_node {
        return Err(BlockError::LikeMerkleNode { position });
    }
    let limit = params.max_block_bytes as usize;
    if size > limit {
        return Err(BlockError::TooLarge { size, limit });
    }
    Ok(Identity { size, txids })
}

/// Context-free rules on the body, cheapest first. The header's own rules are in [`super::header_rules`].
pub fn check_block(params: &Params, network: NetworkId, block: Block) -> Result<CheckedBlock, BlockError> {
    let hash = block.hash();
    check_hashed_block(params, network, block, hash)
}

/// The same where the block's hash is at hand.
pub(crate) fn check_hashed_block(
    params: &Params,
    network: NetworkId,
    block: Block,
    hash: BlockHash,
) -> Result<CheckedBlock, BlockError> {
    let Identity { size, txids } = check_identity(params, &block)?;
    let header = block.header;
    let (coinbase, transfers) = split_coinbase(block.transactions)?;
    if txids.len() > 1 {
        let mut seen = HashSet::with_capacity(txids.len());
        if let Some(position) = txids.iter().position(|txid| !seen.insert(txid)) {
            return Err(BlockError::DuplicateTransaction { position });
        }
    }
    // The coinbase is at position 0.
    check_transfers(&transfers, network)
        .map_err(|(index, error)| BlockError::Transaction { position: index + 1, error })?;
    Ok(CheckedBlock { header, hash, coinbase, transfers, txids, size })
}

/// Takes the coinbase, which must be first and alone.
fn split_coinbase(transactions: Vec<Transaction>) -> Result<(Coinbase, Vec<Transfer>), BlockError> {
    let mut coinbase = None;
    let mut transfers = Vec::with_capacity(transactions.len().saturating_sub(1));
    for (position, transaction) in transactions.into_iter().enumerate() {
        match transaction {
            Transaction::Transfer(transfer) => transfers.push(transfer),
            Transaction::Coinbase(_) if coinbase.is_some() => return Err(BlockError::SecondCoinbase { position }),
            Transaction::Coinbase(_) if position > 0 => return Err(BlockError::CoinbaseNotFirst { position }),
            Transaction::Coinbase(found) => coinbase = Some(found),
        }
    }
    coinbase.map(|coinbase| (coinbase, transfers)).ok_or(BlockError::NoCoinbase)
}

/// Contextual: the coinbase names its height and pays at most subsidy and fees.
pub fn check_coinbase(params: &Params, coinbase: &Coinbase, height: u32, fees: Amount) -> Result<(), BlockError> {
    if coinbase.height != height {
        return Err(BlockError::CoinbaseHeight { found: coinbase.height, expected: height });
    }
    let allowed = params.subsidy_at(height).checked_add(fees).unwrap_or(Amount::MAX);
    if coinbase.reward > allowed {
        return Err(BlockError::CoinbaseTooHigh { found: coinbase.reward, allowed });
    }
    Ok(())
}
