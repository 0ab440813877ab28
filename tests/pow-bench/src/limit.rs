//! What no node can leave out of a block that it takes in: the limit that `cargo xtask bench network` holds a node's first
//! synchronisation against.

use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::keys::batch::SignatureBatch;
use tabchain_shared::primitives::{Block, Transaction, Txid, merkle_root};
use tabchain_shared::wire::export::ExportReader;
use wasm_bindgen::prelude::wasm_bindgen;

/// Decodes blocks of regtest, as `GET /chain/export` sends them, and checks of each its proof of work, its Merkle root and
/// its signatures: no ledger, no index, no storage. The number of blocks, all of which are sound.
#[wasm_bindgen]
pub fn judge_blocks(mut bytes: &[u8]) -> usize {
    let params = Params::regtest();
    let mut reader = ExportReader::new(params.network_id(), params.max_block_bytes);
    let mut count = 0;
    while let Some(block) = reader.next_block(&mut bytes).expect("whoever measures made the file") {
        assert!(is_sound(&block), "block {count} is unsound");
        count += 1;
    }
    count
}

fn is_sound(block: &Block) -> bool {
    let target = block.header.bits.to_target().expect("the bits of a block that somebody mined");
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    let mut signatures = SignatureBatch::default();
    for transaction in &block.transactions {
        if let Transaction::Transfer(transfer) = transaction {
            signatures.push(&transfer.sender, &transfer.signature, &transfer.signed_bytes());
        }
    }
    target.is_met_by(&block.hash().0)
        && merkle_root(&txids).root == block.header.merkle_root
        && signatures.first_invalid().is_none()
}
