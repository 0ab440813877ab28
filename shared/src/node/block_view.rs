//! Blocks and transactions as pages show them: the fields of their bytes, and where they stand.

use serde::{Deserialize, Serialize};

use super::io::Time;
use crate::consensus::CheckedBlock;
use crate::primitives::{Address, Amount, BlockHash, CompactTarget, Transfer, Txid};

/// What a block's bytes do not say: where it stands in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockPlace {
    pub height: u32,
    /// On the active chain; otherwise the block is stale.
    pub active: bool,
    /// When this node accepted it; absent for blocks loaded from the store.
    pub received: Option<Time>,
    /// Bytes of the messages that brought it here; absent for this node's own blocks, and for older ones.
    pub wire_bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BlockView {
    pub hash: BlockHash,
    pub prev_blockhash: BlockHash,
    pub height: u32,
    pub time: u32,
    pub bits: CompactTarget,
    pub nonce: u32,
    pub miner: Address,
    /// What the miner wrote into the coinbase: its name.
    pub tag: String,
    pub reward: Amount,
    pub size: usize,
    /// Coinbase included.
    pub transaction_count: usize,
    /// On the active chain; otherwise the block is stale.
    pub active: bool,
    /// When this node accepted it; absent for blocks loaded from the store.
    pub received: Option<Time>,
    /// Bytes of the messages that brought it here; absent for this node's own blocks, and for older ones.
    #[serde(default)]
    pub wire_bytes: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TransactionView {
    pub txid: Txid,
    /// Absent for a coinbase.
    pub sender: Option<Address>,
    pub recipient: Address,
    pub amount: Amount,
    pub fee: Amount,
    pub nonce: u64,
    pub memo: String,
    /// Absent while it waits in the mempool.
    pub height: Option<u32>,
}

impl BlockView {
    pub fn new(body: &CheckedBlock, place: BlockPlace) -> Self {
        let header = body.header();
        Self {
            hash: body.hash(),
            prev_blockhash: header.prev_blockhash,
            height: place.height,
            time: header.time,
            bits: header.bits,
            nonce: header.nonce,
            miner: body.coinbase().recipient,
            tag: body.coinbase().tag.to_string(),
            reward: body.coinbase().reward,
            size: body.size(),
            transaction_count: body.txids().len(),
            active: place.active,
            received: place.received,
            wire_bytes: place.wire_bytes,
        }
    }
}

impl TransactionView {
    pub fn of_transfer(txid: Txid, transfer: &Transfer, height: Option<u32>) -> Self {
        Self {
            txid,
            sender: Some(transfer.sender.address()),
            recipient: transfer.recipient,
            amount: transfer.amount,
            fee: transfer.fee,
            nonce: transfer.nonce,
            memo: transfer.memo.to_string(),
            height,
        }
    }

    /// The transaction at a position of a block; the coinbase is at 0.
    pub fn in_block(block: &CheckedBlock, position: usize, height: u32) -> Option<Self> {
        let txid = *block.txids().get(position)?;
        let Some(index) = position.checked_sub(1) else {
            let coinbase = block.coinbase();
            return Some(Self {
                txid,
                sender: None,
                recipient: coinbase.recipient,
                amount: coinbase.reward,
                fee: Amount::ZERO,
                nonce: 0,
                memo: coinbase.tag.to_string(),
                height: Some(height),
            });
        };
        Some(Self::of_transfer(txid, block.transfers().get(index)?, Some(height)))
    }
}
