//! Headers, blocks and their Merkle tree: Bitcoin's bytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::encode::{Decode, DecodeError, Encode, Reader};
use super::hash::{BlockHash, MerkleRoot, Txid, sha256d};
use super::target::CompactTarget;
use super::transaction::{Transaction, encode_transactions};

/// Bitcoin's 80-byte header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub version: u32,
    pub prev_blockhash: BlockHash,
    pub merkle_root: MerkleRoot,
    /// Seconds since 1970.
    pub time: u32,
    pub bits: CompactTarget,
    pub nonce: u32,
}

impl Header {
    pub const SIZE: usize = 80;

    pub fn to_array(&self) -> [u8; Self::SIZE] {
        let mut bytes = [0; Self::SIZE];
        bytes[0..4].copy_from_slice(&self.version.to_le_bytes());
        bytes[4..36].copy_from_slice(&self.prev_blockhash.0);
        bytes[36..68].copy_from_slice(&self.merkle_root.0);
        bytes[68..72].copy_from_slice(&self.time.to_le_bytes());
        bytes[72..76].copy_from_slice(&self.bits.0.to_le_bytes());
        bytes[76..80].copy_from_slice(&self.nonce.to_le_bytes());
        bytes
    }

    pub fn hash(&self) -> BlockHash {
        BlockHash(sha256d(&self.to_array()))
    }
}

/// As 160 hexadecimal digits: the header's bytes.
impl Serialize for Header {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(self.to_array()))
    }
}

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut bytes = [0; Self::SIZE];
        hex::decode_to_slice(String::deserialize(deserializer)?, &mut bytes)
            .map_err(|_| serde::de::Error::custom("a header has 160 hexadecimal digits"))?;
        Self::from_bytes(&bytes).map_err(serde::de::Error::custom)
    }
}

impl Encode for Header {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.to_array());
    }
}

impl Decode for Header {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            version: reader.u32()?,
            prev_blockhash: BlockHash::decode(reader)?,
            merkle_root: MerkleRoot::decode(reader)?,
            time: reader.u32()?,
            bits: CompactTarget(reader.u32()?),
            nonce: reader.u32()?,
        })
    }
}

/// A block as it arrives: well formed, not yet judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub header: Header,
    pub transactions: Vec<Transaction>,
}

impl Block {
    /// No block of any network holds more transactions: the smallest takes 34 bytes, the largest block 4 MB.
    pub const MAX_TRANSACTIONS: usize = 120_000;

    pub fn hash(&self) -> BlockHash {
        self.header.hash()
    }
}

impl Encode for Block {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        encode_transactions(&self.transactions, out);
    }
}

impl Decode for Block {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { header: Header::decode(reader)?, transactions: reader.list(Self::MAX_TRANSACTIONS)? })
    }
}

/// What hashing a list of txids pairwise gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MerkleTree {
    pub root: MerkleRoot,
    /// Two equal hashes were paired somewhere: the list can be a longer copy of another one with the same root
    /// (CVE-2012-2459), so the root does not identify it.
    pub mutated: bool,
}

/// Bitcoin's Merkle root: levels of SHA-256d over pairs, the last of an odd level paired with itself.
/// The root of no transactions is zero, as in Bitcoin Core.
pub fn merkle_root(txids: &[Txid]) -> MerkleTree {
    if let [only] = txids {
        return MerkleTree { root: MerkleRoot(only.0), mutated: false };
    }
    let mut level: Vec<[u8; 32]> = txids.iter().map(|txid| txid.0).collect();
    let mut mutated = false;
    while level.len() > 1 {
        mutated |= level.chunks_exact(2).any(|pair| pair[0] == pair[1]);
        level = parents(&level);
    }
    MerkleTree { root: MerkleRoot(level.first().copied().unwrap_or_default()), mutated }
}

/// The siblings that lead from the txid at `position` up to the root. `None` when there is no such position.
pub fn merkle_branch(txids: &[Txid], position: usize) -> Option<Vec<[u8; 32]>> {
    let mut level: Vec<[u8; 32]> = txids.iter().map(|txid| txid.0).collect();
    if position >= level.len() {
        return None;
    }
    let mut position = position;
    let mut branch = Vec::new();
    while level.len() > 1 {
        let sibling = (position ^ 1).min(level.len() - 1);
        branch.push(level[sibling]);
        level = parents(&level);
        position /= 2;
    }
    Some(branch)
}

/// The root that a txid at `position` and its branch lead to.
pub fn merkle_root_from_branch(txid: Txid, position: usize, branch: &[[u8; 32]]) -> MerkleRoot {
    let mut position = position;
    let mut hash = txid.0;
    for sibling in branch {
        hash = if position & 1 == 0 { hash_pair(&hash, sibling) } else { hash_pair(sibling, &hash) };
        position >>= 1;
    }
    MerkleRoot(hash)
}

/// The next level up.
fn parents(level: &[[u8; 32]]) -> Vec<[u8; 32]> {
    level.chunks(2).map(|pair| hash_pair(&pair[0], pair.get(1).unwrap_or(&pair[0]))).collect()
}

/// The node above two others.
pub fn hash_pair(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut both = [0; 64];
    both[..32].copy_from_slice(left);
    both[32..].copy_from_slice(right);
    sha256d(&both)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn txids(count: u8) -> Vec<Txid> {
        (0..count).map(|byte| Txid([byte; 32])).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn every_branch_leads_to_the_root() {
        for count in 1..12 {
            let txids = txids(count);
            let root = merkle_root(&txids).root;
            for (position, txid) in txids.iter().enumerate() {
                let branch = merkle_branch(&txids, position).unwrap();
                assert_eq!(merkle_root_from_branch(*txid, position, &branch), root);
            }
            assert_eq!(merkle_branch(&txids, txids.len()), None);
        }
    }

    /// CASES 25: the last pair repeated has the same root, and is recognised.
    #[wasm_bindgen_test(unsupported = test)]
    fn duplicated_tail_has_the_same_root_and_is_mutated() {
        let honest = txids(6);
        let mut mutated = honest.clone();
        mutated.extend_from_slice(&honest[4..6]);
        assert_eq!(merkle_root(&honest).root, merkle_root(&mutated).root);
        assert!(!merkle_root(&honest).mutated);
        assert!(merkle_root(&mutated).mutated);
    }

    /// CASES 4 and 5.
    #[wasm_bindgen_test(unsupported = test)]
    fn header_takes_80_bytes_exactly() {
        assert_eq!(Header::from_bytes(&[0; 79]), Err(DecodeError::Truncated));
        assert!(Header::from_bytes(&[0; 80]).is_ok());
        assert_eq!(Header::from_bytes(&[0; 81]), Err(DecodeError::TrailingBytes(1)));
    }
}
