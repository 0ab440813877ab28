//! Compact blocks (BIP 152, version 1): a block as its header and six bytes a transaction, for whoever has most of its
//! transactions already. This file owns the bytes, the short ids, and the reconstruction as a pure function; who asks whom
//! for what, and what a wrong answer costs, is in `node/compact_relay.rs`.

use std::collections::HashMap;
use std::hash::Hasher;

use sha2::{Digest, Sha256};
use siphasher::sip::SipHasher24;

use crate::primitives::encode::{Decode, DecodeError, Encode, Reader, encode_count, encode_list};
use crate::primitives::{Block, BlockHash, Header, Transaction, Transfer, Txid};

/// The last six bytes of a transaction's SipHash-2-4, under keys that only this compact block has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortId(pub [u8; 6]);

/// The keys of a compact block's short ids. Whoever makes transactions cannot know them, so cannot make two collide.
#[derive(Debug, Clone, Copy)]
pub struct ShortIdKeys(u64, u64);

impl ShortIdKeys {
    pub fn new(header: &Header, nonce: u64) -> Self {
        let digest: [u8; 32] =
            Sha256::new().chain_update(header.to_array()).chain_update(nonce.to_le_bytes()).finalize().into();
        let key = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| digest[at + byte]));
        Self(key(0), key(8))
    }

    pub fn short_id(self, txid: &Txid) -> ShortId {
        let mut hasher = SipHasher24::new_with_keys(self.0, self.1);
        hasher.write(&txid.0);
        let [low @ .., _, _] = hasher.finish().to_le_bytes();
        ShortId(low)
    }
}

/// The message `cmpctblock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompactBlock {
    pub header: Header,
    /// Drawn anew for each receiver, so that transactions which collide for one do not collide for all.
    pub nonce: u64,
    /// Of the transactions that are not prefilled, in the order of the block.
    pub short_ids: Vec<ShortId>,
    /// Transactions that the receiver cannot have, with their positions in the block, which rise.
    pub prefilled: Vec<(usize, Transaction)>,
}

impl CompactBlock {
    /// With its coinbase prefilled, which is in nobody's mempool. `txids` are the block's, coinbase first.
    pub fn new(header: Header, nonce: u64, coinbase: Transaction, txids: &[Txid]) -> Self {
        let mut short_ids = Vec::new();
        if let [_, others @ ..] = txids
            && !others.is_empty()
        {
            let keys = ShortIdKeys::new(&header, nonce);
            short_ids.extend(others.iter().map(|txid| keys.short_id(txid)));
        }
        Self { header, nonce, short_ids, prefilled: vec![(0, coinbase)] }
    }

    /// How many transactions the block has.
    pub fn transaction_count(&self) -> usize {
        self.short_ids.len() + self.prefilled.len()
    }

    /// Puts the block together from `known` transactions, as far as that goes. Where two of them have one short id neither is
    /// taken, as in Bitcoin Core.
    pub fn reconstruct<'a>(
        self,
        known: impl Iterator<Item = (Txid, &'a Transfer)>,
    ) -> Result<PartialBlock, CompactBlockError> {
        let count = self.transaction_count();
        if count == 0 {
            return Err(CompactBlockError::Empty);
        }
        let mut slots: Vec<Option<Transaction>> = vec![None; count];
        for (index, transaction) in self.prefilled {
            let slot = slots.get_mut(index).ok_or(CompactBlockError::IndexOutside { index, count })?;
            *slot = Some(transaction);
        }
        let empty = slots.iter().enumerate().filter(|(_, slot)| slot.is_none()).map(|(index, _)| index);
        let wanted: HashMap<ShortId, usize> = self.short_ids.iter().copied().zip(empty).collect();
        if wanted.len() < self.short_ids.len() {
            return Err(CompactBlockError::Collision);
        }
        if wanted.is_empty() {
            return Ok(PartialBlock { header: self.header, slots });
        }
        let keys = ShortIdKeys::new(&self.header, self.nonce);
        let mut found: HashMap<usize, Option<(Txid, &Transfer)>> = HashMap::new();
        for (txid, transfer) in known {
            if let Some(index) = wanted.get(&keys.short_id(&txid)) {
                let first = found.entry(*index).or_insert(Some((txid, transfer)));
                first.take_if(|(other, _)| *other != txid);
            }
        }
        for (index, (_, transfer)) in found.into_iter().filter_map(|(index, match_)| Some((index, match_?))) {
            slots[index] = Some(Transaction::Transfer(transfer.clone()));
        }
        Ok(PartialBlock { header: self.header, slots })
    }
}

/// Why a compact block is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CompactBlockError {
    #[error("a compact block without transactions")]
    Empty,
    #[error("a compact block of {count} transactions has one at position {index}")]
    IndexOutside { index: usize, count: usize },
    /// Nobody's fault: it happens to one block of 10 000 transactions in six million.
    #[error("two transactions of a compact block have one short id")]
    Collision,
}

/// A block some of whose transactions are still missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartialBlock {
    header: Header,
    slots: Vec<Option<Transaction>>,
}

impl PartialBlock {
    /// Positions of what is missing, rising.
    pub fn missing(&self) -> Vec<usize> {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.is_none()).map(|(index, _)| index).collect()
    }

    /// Takes the missing transactions in their order. `None` unless there are as many as are missing. Whether they are the block's own is
    /// for its Merkle root to say: some transaction with a right short id may be another one.
    #[must_use]
    pub fn fill(self, transactions: Vec<Transaction>) -> Option<Block> {
        let missing = self.slots.iter().filter(|slot| slot.is_none()).count();
        let mut rest = (transactions.len() == missing).then(|| transactions.into_iter())?;
        let transactions = self.slots.into_iter().map(|slot| slot.or_else(|| rest.next()));
        let transactions = transactions.collect::<Option<Vec<_>>>().expect("there is one for each empty slot");
        Some(Block { header: self.header, transactions })
    }
}

/// The message `getblocktxn`: which transactions of a block are asked for, by rising positions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockTransactionsRequest {
    pub block: BlockHash,
    pub indices: Vec<usize>,
}

/// The message `blocktxn`: those, in that order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockTransactions {
    pub block: BlockHash,
    pub transactions: Vec<Transaction>,
}

/// Each rising position as its distance from the one before it, less one.
struct Differential {
    next: usize,
}

impl Differential {
    fn encode(&mut self, index: usize, out: &mut Vec<u8>) {
        encode_count(index - self.next, out);
        self.next = index + 1;
    }

    fn decode(&mut self, reader: &mut Reader<'_>) -> Result<usize, DecodeError> {
        let index = self.next + reader.count(Block::MAX_TRANSACTIONS)?;
        if index >= Block::MAX_TRANSACTIONS {
            return Err(DecodeError::CountTooLarge { count: index as u64, limit: Block::MAX_TRANSACTIONS as u64 });
        }
        self.next = index + 1;
        Ok(index)
    }
}

impl Encode for ShortId {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.0);
    }
}

impl Decode for ShortId {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().map(Self)
    }
}

impl Encode for CompactBlock {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        out.extend(self.nonce.to_le_bytes());
        encode_list(&self.short_ids, out);
        encode_count(self.prefilled.len(), out);
        let mut differential = Differential { next: 0 };
        for (index, transaction) in &self.prefilled {
            differential.encode(*index, out);
            transaction.encode(out);
        }
    }
}

impl Decode for CompactBlock {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (header, nonce) = (Header::decode(reader)?, reader.u64()?);
        let short_ids = reader.list(Block::MAX_TRANSACTIONS)?;
        let mut prefilled = Vec::new();
        let mut differential = Differential { next: 0 };
        for _ in 0..reader.count(Block::MAX_TRANSACTIONS - short_ids.len())? {
            prefilled.push((differential.decode(reader)?, Transaction::decode(reader)?));
        }
        Ok(Self { header, nonce, short_ids, prefilled })
    }
}

impl Encode for BlockTransactionsRequest {
    fn encode(&self, out: &mut Vec<u8>) {
        self.block.encode(out);
        encode_count(self.indices.len(), out);
        let mut differential = Differential { next: 0 };
        for index in &self.indices {
            differential.encode(*index, out);
        }
    }
}

impl Decode for BlockTransactionsRequest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let block = BlockHash::decode(reader)?;
        let mut indices = Vec::new();
        let mut differential = Differential { next: 0 };
        for _ in 0..reader.count(Block::MAX_TRANSACTIONS)? {
            indices.push(differential.decode(reader)?);
        }
        Ok(Self { block, indices })
    }
}

impl Encode for BlockTransactions {
    fn encode(&self, out: &mut Vec<u8>) {
        self.block.encode(out);
        encode_list(&self.transactions, out);
    }
}

impl Decode for BlockTransactions {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { block: BlockHash::decode(reader)?, transactions: reader.list(Block::MAX_TRANSACTIONS)? })
    }
}
