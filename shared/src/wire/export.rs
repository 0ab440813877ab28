//! A chain as a file: what `GET /chain/export` sends and `tabchain verify` reads.
//!
//! The format is that of Bitcoin Core's `blk*.dat`: for each block the network id (4 bytes), its length (`u32`), and its
//! raw bytes. Genesis comes first, then one block a height. The file carries no header, checksum or count: the blocks
//! themselves prove all there is to prove.

use crate::primitives::{Block, Decode, DecodeError, Encode, NetworkId};

/// What stands before each block, bytes: the network id and the length.
pub const PREFIX_BYTES: usize = 8;
const ID_BYTES: usize = 4;

/// Why bytes are not an exported chain. `offset` is where the block in question begins in the file, its prefix included.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExportError {
    #[error("wrong-magic: at byte {offset} a block of network {expected} or the end of the file should come")]
    WrongMagic { offset: u64, expected: NetworkId },
    #[error("bad-length: the block at byte {offset} claims {length} bytes, the network allows {limit}")]
    TooLong { offset: u64, length: u32, limit: u32 },
    #[error("truncated: the file ends at byte {end}, within the block that begins at byte {offset}")]
    Truncated { offset: u64, end: u64 },
    #[error("undecodable: the block at byte {offset}: {error}")]
    Undecodable { offset: u64, error: DecodeError },
}

/// Appends a block as the file holds it.
pub fn encode_block(network: NetworkId, block: &Block, out: &mut Vec<u8>) {
    let start = out.len();
    network.encode(out);
    out.extend([0; PREFIX_BYTES - ID_BYTES]);
    block.encode(out);
    let length = u32::try_from(out.len() - start - PREFIX_BYTES).expect("a block has at most 4 MB");
    out[start + ID_BYTES..start + PREFIX_BYTES].copy_from_slice(&length.to_le_bytes());
}

/// The network that a file claims to be of, from its first bytes. `None` if they are fewer than four.
pub fn claimed_network(file: &[u8]) -> Option<NetworkId> {
    file.first_chunk().map(|id| NetworkId(*id))
}

/// Reads a file that comes in pieces of any size. Holds one block at most, and never makes room for more than the
/// network's largest. After an error there is nothing more to read.
#[derive(Debug)]
pub struct ExportReader {
    network: NetworkId,
    max_block_bytes: u32,
    /// Where the block under way begins.
    offset: u64,
    /// What has come of it, prefix included.
    pending: Vec<u8>,
}

impl ExportReader {
    /// `max_block_bytes` is the network's.
    pub fn new(network: NetworkId, max_block_bytes: u32) -> Self {
        Self { network, max_block_bytes, offset: 0, pending: Vec::new() }
    }

    /// Where the next block begins in the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes from `input` what belongs to the next block, and returns the block when it is complete. `None`: `input` is
    /// used up.
    pub fn next_block(&mut self, input: &mut &[u8]) -> Result<Option<Block>, ExportError> {
        self.take(input, PREFIX_BYTES);
        // As soon as one byte is wrong, so that a few bytes of rubbish are not called an incomplete block.
        let id = &self.pending[..self.pending.len().min(ID_BYTES)];
        if !self.network.0.starts_with(id) {
            return Err(ExportError::WrongMagic { offset: self.offset, expected: self.network });
        }
        let Some(length) = self.length() else { return Ok(None) };
        if length > self.max_block_bytes {
            return Err(ExportError::TooLong { offset: self.offset, length, limit: self.max_block_bytes });
        }
        let size = PREFIX_BYTES + length as usize;
        self.take(input, size);
        if self.pending.len() < size {
            return Ok(None);
        }
        let block = Block::from_bytes(&self.pending[PREFIX_BYTES..])
            .map_err(|error| ExportError::Undecodable { offset: self.offset, error })?;
        self.offset += size as u64;
        self.pending.clear();
        Ok(Some(block))
    }

    /// To be asked when the file has ended: it must not end within a block.
    pub fn finish(&self) -> Result<(), ExportError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        Err(ExportError::Truncated { offset: self.offset, end: self.offset + self.pending.len() as u64 })
    }

    /// Moves bytes from `input` until `size` of the block are here, or `input` is used up.
    fn take(&mut self, input: &mut &[u8], size: usize) {
        let missing = size.saturating_sub(self.pending.len());
        // Exactly, because growing by doubling would pass the largest block.
        self.pending.reserve_exact(missing);
        let (taken, rest) = input.split_at(missing.min(input.len()));
        self.pending.extend_from_slice(taken);
        *input = rest;
    }

    fn length(&self) -> Option<u32> {
        self.pending.get(ID_BYTES..)?.first_chunk().map(|length| u32::from_le_bytes(*length))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::primitives::{
        Address, Amount, BlockHash, Coinbase, CompactTarget, Header, Memo, MerkleRoot, Transaction,
    };

    const NETWORK: NetworkId = NetworkId([0xfa, 0xbf, 0xb5, 0xda]);
    const LIMIT: u32 = 1_000;

    fn block(height: u32) -> Block {
        let coinbase = Coinbase { height, recipient: Address([1; 20]), reward: Amount::COIN, tag: Memo::default() };
        let header = Header {
            version: 1,
            prev_blockhash: BlockHash([2; 32]),
            merkle_root: MerkleRoot([3; 32]),
            time: height,
            bits: CompactTarget(0x207f_ffff),
            nonce: 0,
        };
        Block { header, transactions: vec![Transaction::Coinbase(coinbase)] }
    }

    fn file(blocks: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        for height in 0..blocks {
            encode_block(NETWORK, &block(height), &mut bytes);
        }
        bytes
    }

    /// Reads bytes that come in pieces of `piece`.
    fn read(bytes: &[u8], piece: usize) -> Result<Vec<Block>, ExportError> {
        let mut reader = ExportReader::new(NETWORK, LIMIT);
        let mut blocks = Vec::new();
        for mut input in bytes.chunks(piece) {
            while let Some(block) = reader.next_block(&mut input)? {
                blocks.push(block);
            }
            assert!(input.is_empty(), "without a block all that came is used");
            assert!(reader.pending.capacity() <= PREFIX_BYTES + LIMIT as usize);
        }
        reader.finish()?;
        assert_eq!(reader.offset(), bytes.len() as u64);
        Ok(blocks)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn pieces_of_any_size_give_the_same_blocks() {
        let bytes = file(5);
        for piece in (1..200).chain([bytes.len()]) {
            assert_eq!(read(&bytes, piece), Ok((0..5).map(block).collect()), "pieces of {piece}");
        }
        assert_eq!(claimed_network(&bytes), Some(NETWORK));
        assert_eq!(claimed_network(&bytes[..3]), None);
    }

    /// Every place where a file can be cut is an error that says where, but between two blocks.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_cut_file_is_truncated_or_shorter() {
        let bytes = file(3);
        let size = bytes.len() / 3;
        for end in 0..bytes.len() {
            let expected = match (end / size, end % size) {
                (whole, 0) => Ok((0..).take(whole).map(block).collect()),
                (whole, _) => Err(ExportError::Truncated { offset: (whole * size) as u64, end: end as u64 }),
            };
            assert_eq!(read(&bytes[..end], 64), expected, "cut at {end}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn rubbish_is_named_with_its_place() {
        let whole = file(2);
        let offset = whole.len() as u64;
        let with = |tail: &[u8]| read(&[&whole, tail].concat(), 50);
        let wrong_magic = Err(ExportError::WrongMagic { offset, expected: NETWORK });
        // One byte is enough, and so is a good beginning of an id that goes wrong.
        assert_eq!(with(b"\n"), wrong_magic);
        assert_eq!(with(&[0; 100]), wrong_magic);
        assert_eq!(with(&[0xfa, 0xbf, 0]), wrong_magic);
        assert_eq!(with(&[0xfa, 0xbf]), Err(ExportError::Truncated { offset, end: offset + 2 }));
    }

    /// A length is refused before any room is made for it, and one that does not fit the block is seen.
    #[wasm_bindgen_test(unsupported = test)]
    fn lengths_lie_in_vain() {
        let claim = |length: u32| {
            let mut bytes = file(1);
            bytes[4..8].copy_from_slice(&length.to_le_bytes());
            read(&bytes, 7)
        };
        for length in [LIMIT + 1, u32::MAX] {
            assert_eq!(claim(length), Err(ExportError::TooLong { offset: 0, length, limit: LIMIT }));
        }
        let real = u32::try_from(file(1).len() - PREFIX_BYTES).unwrap();
        for length in [0, 79, real - 1] {
            let error = DecodeError::Truncated;
            assert_eq!(claim(length), Err(ExportError::Undecodable { offset: 0, error }), "{length}");
        }
        let end = file(1).len() as u64;
        assert_eq!(claim(real + 1), Err(ExportError::Truncated { offset: 0, end }));
        let mut longer = [file(1), vec![0]].concat();
        longer[4..8].copy_from_slice(&(real + 1).to_le_bytes());
        let error = DecodeError::TrailingBytes(1);
        assert_eq!(read(&longer, 64), Err(ExportError::Undecodable { offset: 0, error }));
    }
}
