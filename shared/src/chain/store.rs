//! What a node keeps on disk: records under ordered keys, and nothing that can be computed from them.
//!
//! A block's record holds its body in wire bytes; its key begins with its height, so that reading in key order gives
//! parents before children. A record that fails to decode counts as absent: peers have the block.

use crate::primitives::{Block, BlockHash, Decode, DecodeError, Encode, Reader, Transfer, Txid};

/// Names a record. Bytes order as the keys do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    Block {
        height: u32,
        hash: BlockHash,
    },
    /// A transfer that waits in the mempool.
    Mempool(Txid),
    /// The tip whose chain's transfers are all accounted for. Not the node's tip while transfers of blocks that a replay
    /// has left behind are still to return: a crash must not lose them.
    Tip,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Put(Key, Vec<u8>),
    Delete(Key),
}

impl Change {
    /// Bytes that are to be written, but for the key.
    pub fn size(&self) -> usize {
        match self {
            Self::Put(_, value) => value.len(),
            Self::Delete(_) => 0,
        }
    }
}

/// A record as read back, key and value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// `arrival` orders blocks as they came, so that a tie between chains is decided as before the restart.
    Block {
        arrival: u64,
        block: Box<Block>,
    },
    Mempool(Box<Transfer>),
    Tip(BlockHash),
}

/// Room that a block's record begins with: for one without transfers, without growing.
const SMALL_RECORD_BYTES: usize = 192;

const TAG_BLOCK: u8 = b'b';
const TAG_MEMPOOL: u8 = b'm';
const TAG_TIP: u8 = b't';

impl Key {
    pub fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Block { height, hash } => {
                let mut bytes = vec![TAG_BLOCK];
                bytes.extend(height.to_be_bytes());
                bytes.extend(hash.0);
                bytes
            }
            Self::Mempool(txid) => {
                let mut bytes = vec![TAG_MEMPOOL];
                bytes.extend(txid.0);
                bytes
            }
            Self::Tip => vec![TAG_TIP],
        }
    }
}

impl Record {
    pub fn put_block(height: u32, arrival: u64, block: &Block) -> Change {
        Self::put_hashed_block(height, arrival, block.hash(), block)
    }

    /// The same where the block's hash is at hand; `block` is encoded as a [`Block`].
    pub(crate) fn put_hashed_block(height: u32, arrival: u64, hash: BlockHash, block: &impl Encode) -> Change {
        let mut value = Vec::with_capacity(SMALL_RECORD_BYTES);
        value.extend(arrival.to_le_bytes());
        block.encode(&mut value);
        Change::Put(Key::Block { height, hash }, value)
    }

    pub fn put_mempool(transfer: &Transfer) -> Change {
        Change::Put(Key::Mempool(transfer.txid()), transfer.to_bytes())
    }

    pub fn put_tip(tip: BlockHash) -> Change {
        Change::Put(Key::Tip, tip.to_bytes())
    }

    /// Reads a record back from the bytes of its key and value.
    pub fn from_bytes(key: &[u8], value: &[u8]) -> Result<Self, DecodeError> {
        match key.first() {
            Some(&TAG_BLOCK) => {
                let mut reader = Reader::new(value);
                let arrival = reader.u64()?;
                let block = Box::new(Block::decode(&mut reader)?);
                reader.finish()?;
                Ok(Self::Block { arrival, block })
            }
            Some(&TAG_TIP) => Ok(Self::Tip(BlockHash::from_bytes(value)?)),
            Some(&TAG_MEMPOOL) => Ok(Self::Mempool(Box::new(Transfer::from_bytes(value)?))),
            other => {
                Err(DecodeError::Unknown { what: "record kind", value: other.copied().unwrap_or_default().into() })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;

    #[wasm_bindgen_test(unsupported = test)]
    fn block_records_round_trip_and_order_by_height() {
        let block = Params::regtest().genesis();
        let Change::Put(low, value) = Record::put_block(1, 9, &block) else { panic!("a block is put") };
        let Change::Put(high, _) = Record::put_block(256, 2, &block) else { panic!("a block is put") };
        assert!(low.to_bytes() < high.to_bytes());
        let record = Record::from_bytes(&low.to_bytes(), &value).unwrap();
        assert_eq!(record, Record::Block { arrival: 9, block: Box::new(block) });
        assert!(Record::from_bytes(&low.to_bytes(), &value[..40]).is_err());
        assert!(Record::from_bytes(b"", &value).is_err());
    }
}
