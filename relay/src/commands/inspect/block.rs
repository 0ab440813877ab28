//! What a block holds, and whether header and body keep the rules that need no chain.

use tabchain_shared::consensus::block_rules::check_block;
use tabchain_shared::consensus::{BlockError, Params};
use tabchain_shared::primitives::{Block, Encode, Transaction, Txid, merkle_root};

use super::{header, rule, transaction};
use crate::commands::report::{Fields, Report};

pub(super) fn report(params: &Params, block: &Block) -> Report {
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    let computed = merkle_root(&txids).root;
    let mut fields = header::describe(params, &block.header);
    fields.add("size", block.to_bytes().len());
    fields.add("merkle_root_computed", computed);
    fields.add("merkle_root_matches", computed == block.header.merkle_root);
    fields.add("transaction_count", block.transactions.len());
    fields.add_parts("transactions", block.transactions.iter().enumerate().map(at_position).collect());
    fields.add("not_judged", not_judged());
    let verdict = header::judge(params, &block.header)
        .map_err(BlockError::Header)
        .and_then(|()| check_block(params, params.network_id(), block.clone()));
    match verdict {
        Ok(_) => Report::valid(fields),
        Err(error) => Report::valid(fields).refuse("", rule(&error)),
    }
}

fn at_position((position, transaction): (usize, &Transaction)) -> Fields {
    let mut fields = Fields::default();
    fields.add("position", position);
    transaction::describe(transaction, &mut fields);
    fields
}

fn not_judged() -> Vec<&'static str> {
    [&header::NOT_JUDGED[..], &transaction::NOT_JUDGED_COINBASE, &transaction::NOT_JUDGED_TRANSFER].concat()
}
