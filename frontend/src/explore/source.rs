//! What the explorer asks the relay for. Of blocks it takes the bytes alone: all that is said of them is computed here.

use serde::Deserialize;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::header_rules::MEDIAN_TIME_SPAN;
use tabchain_shared::node::snapshot::{BlockView, TransactionView};
use tabchain_shared::primitives::{Address, Amount, Block, BlockHash, Decode, Header, Txid};

use super::judge::Place;
use crate::operator::{Neighbour, get, get_bytes, neighbours};
use crate::text;

/// Blocks of the active chain as a list shows them.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Blocks {
    /// Of the whole active chain, genesis included.
    pub length: u32,
    pub chain: Vec<BlockView>,
}

/// An account and a part of its history.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Account {
    pub address: Address,
    pub balance: Amount,
    pub available: Amount,
    pub next_nonce: u64,
    pub transactions: usize,
    /// Newest first.
    pub history: Vec<TransactionView>,
    /// Where to go on, if there is more.
    pub next: Option<usize>,
}

/// A block's bytes, which name themselves: whatever was asked for, this is the block with this hash.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub params: Params,
    pub bytes: Vec<u8>,
    pub block: Block,
    pub place: Place,
    /// As the relay says; which chain is the active one takes a whole node to know.
    pub active: bool,
    pub confirmations: u32,
    /// The header above it on the active chain, if there is one.
    pub above: Option<Header>,
}

/// Where the relay says that a transaction is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct TransactionPlace {
    /// Absent while it waits to be mined.
    pub block: Option<BlockHash>,
    pub position: Option<usize>,
}

#[derive(Deserialize)]
struct Network {
    params: Params,
}

#[derive(Deserialize)]
struct Standing {
    hash: BlockHash,
    height: u32,
    active: bool,
    confirmations: u32,
}

/// What the relay's node knows whose hash begins or ends like a part of one.
#[derive(Deserialize)]
struct Matches {
    blocks: Vec<BlockHash>,
    transactions: Vec<Txid>,
    more: bool,
}

/// The page that shows what a person is looking for: a height, a block's hash or a txid or the part of it that pages show, an address,
/// the name of a connected node. The error is told to that person.
pub async fn search(text: &str) -> Result<String, String> {
    let text = text.trim();
    let part = hash_part(text);
    if let Ok(height) = text.replace([' ', '\u{a0}', '\u{202f}', ',', '.'], "").parse::<u32>() {
        // Digits alone may be a part of a hash as well.
        if part.is_none() || height < length().await? {
            return Ok(format!("/explore/block/{height}"));
        }
    }
    if let Ok(address) = text.parse::<Address>() {
        return Ok(format!("/explore/address/{address}"));
    }
    if let Ok(hash) = text.to_lowercase().parse::<BlockHash>() {
        if get::<Standing>(&format!("/blocks/{hash}")).await.is_ok() {
            return Ok(format!("/explore/block/{hash}"));
        }
        let found = get::<TransactionPlace>(&format!("/transactions/{hash}")).await;
        return found
            .map(|_| format!("/explore/transaction/{hash}"))
            .map_err(|_| text!("explore-search-unknown", wanted = text.to_owned()));
    }
    if let Some(address) = address_of(text, &neighbours().await?) {
        return Ok(format!("/explore/address/{address}"));
    }
    let part = part.ok_or_else(|| text!("explore-search-nothing", wanted = text.to_owned()))?;
    let found: Matches = get(&format!("/search?part={part}")).await?;
    match (&found.blocks[..], &found.transactions[..]) {
        ([], []) => Err(text!("explore-search-no-part", wanted = text.to_owned())),
        ([hash], []) => Ok(format!("/explore/block/{hash}")),
        ([], [txid]) => Ok(format!("/explore/transaction/{txid}")),
        (blocks, transactions) => {
            let count = blocks.len() + transactions.len();
            Err(if found.more {
                text!("explore-search-many", wanted = text.to_owned(), count = count)
            } else {
                text!("explore-search-several", wanted = text.to_owned(), count = count)
            })
        }
    }
}

/// Of a node with this name, in whatever case; the first, if several have it.
fn address_of(name: &str, nodes: &[Neighbour]) -> Option<Address> {
    let named = |node: &&Neighbour| node.name.to_lowercase() == name.to_lowercase();
    nodes.iter().filter(named).find_map(|node| node.address)
}

/// What a person has copied of a hash, if it is that: at least four hexadecimal digits, perhaps beside dots.
fn hash_part(text: &str) -> Option<String> {
    let part = text.trim_matches(['.', '…']).to_lowercase();
    let is_part = (4..64).contains(&part.len()) && part.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_part.then_some(part)
}

/// The `count` blocks below `end`, or the newest; the newest last.
pub async fn blocks(end: Option<u32>, count: u32) -> Result<Blocks, String> {
    let end = match end {
        Some(end) => end,
        None => length().await?,
    };
    let from = end.saturating_sub(count);
    get(&format!("/chain?from={from}&limit={}", (end - from).max(1))).await
}

/// Of the active chain, genesis included.
async fn length() -> Result<u32, String> {
    Ok(get::<Blocks>("/chain?limit=1").await?.length)
}

/// A block by its height or hash.
pub async fn block(id: &str) -> Result<Found, String> {
    let params = get::<Network>("/network").await?.params;
    let standing: Standing = get(&format!("/blocks/{id}")).await?;
    // By its hash, since another block may stand at a height by now.
    let bytes = get_bytes(&format!("/blocks/{}/raw", standing.hash)).await?;
    let block = Block::from_bytes(&bytes).map_err(|error| text!("explore-sent-no-block", error = error.to_string()))?;
    if block.hash() != standing.hash || id.parse::<BlockHash>().is_ok_and(|asked| asked != block.hash()) {
        return Err(text!("explore-sent-another-block", hash = block.hash().to_string()));
    }
    let ancestors = ancestors(&block.header, standing.height).await?;
    let above = match standing.height.checked_add(1).filter(|_| standing.active) {
        Some(height) => headers(height, 1).await?.into_iter().next(),
        None => None,
    };
    let Standing { height, active, confirmations, .. } = standing;
    Ok(Found { params, bytes, block, place: Place { height, ancestors }, active, confirmations, above })
}

/// What waits, or where it was mined.
pub async fn transaction_place(txid: Txid) -> Result<TransactionPlace, String> {
    get(&format!("/transactions/{txid}")).await
}

/// The bytes of a transaction that waits to be mined.
pub async fn transaction_bytes(txid: Txid) -> Result<Vec<u8>, String> {
    get_bytes(&format!("/transactions/{txid}/raw")).await
}

pub async fn account(address: Address, from: usize) -> Result<Account, String> {
    get(&format!("/accounts/{address}?from={from}&limit=50")).await
}

/// Headers of the active chain.
pub async fn headers(from: u32, count: u32) -> Result<Vec<Header>, String> {
    let bytes = get_bytes(&format!("/headers?from={from}&limit={count}")).await?;
    let headers = bytes.chunks(Header::SIZE).map(Header::from_bytes).collect::<Result<_, _>>();
    headers.map_err(|error| text!("explore-sent-no-headers", error = error.to_string()))
}

/// The headers below a block, its parent first. Those of a stale branch come one by one, down to the active chain.
async fn ancestors(header: &Header, height: u32) -> Result<Vec<Header>, String> {
    let (mut ancestors, mut below) = (Vec::new(), height);
    let mut wanted = header.prev_blockhash;
    while below > 0 && ancestors.len() < MEDIAN_TIME_SPAN {
        let missing = u32::try_from(MEDIAN_TIME_SPAN - ancestors.len()).expect("eleven at most");
        let from = below.saturating_sub(missing);
        let on_chain = headers(from, below - from).await?;
        if on_chain.last().is_some_and(|last| last.hash() == wanted) {
            ancestors.extend(on_chain.into_iter().rev());
            break;
        }
        let bytes = get_bytes(&format!("/blocks/{wanted}/raw")).await?;
        let parent = bytes.get(..Header::SIZE).and_then(|bytes| Header::from_bytes(bytes).ok());
        let parent = parent.ok_or_else(|| text!("explore-sent-no-parent"))?;
        ancestors.push(parent);
        (wanted, below) = (parent.prev_blockhash, below - 1);
    }
    Ok(ancestors)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_part_of_a_hash_is_known_by_its_digits() {
        assert_eq!(hash_part("…3FA9c1b2").as_deref(), Some("3fa9c1b2"));
        assert_eq!((hash_part("abc"), hash_part("ada lovelace"), hash_part("")), (None, None, None));
    }
}
