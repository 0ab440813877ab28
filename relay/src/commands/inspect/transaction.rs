//! What a transaction says, and whether it keeps the rules that need no chain.

use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::transaction_rules::check_transfer;
use tabchain_shared::primitives::{Encode, Transaction};

use crate::commands::report::{Fields, Report};
use crate::config::network;

/// Rules that need the sender's account, or the height and the fees of the block.
pub(super) const NOT_JUDGED_TRANSFER: [&str; 3] = ["nonce-used", "nonce-gap", "insufficient-balance"];
pub(super) const NOT_JUDGED_COINBASE: [&str; 2] = ["coinbase-height", "coinbase-too-high"];

/// Without `params` a transfer is judged by the network that it names itself.
pub(super) fn report(params: Option<&Params>, transaction: &Transaction) -> Report {
    let mut fields = Fields::default();
    describe(transaction, &mut fields);
    let Transaction::Transfer(transfer) = transaction else {
        fields.add("not_judged", NOT_JUDGED_COINBASE);
        return Report::valid(fields);
    };
    let network = params.map_or(transfer.network, Params::network_id);
    fields.add("network_matches", params.map(|_| transfer.network == network));
    fields.add("signature_valid", transfer.has_valid_signature());
    fields.add("not_judged", NOT_JUDGED_TRANSFER);
    match check_transfer(transfer, network) {
        Ok(()) => Report::valid(fields),
        Err(error) => Report::valid(fields).refuse("", error.to_string()),
    }
}

/// Every field. The nonce is text: it has 64 bits, and not every program's numbers have.
pub(super) fn describe(transaction: &Transaction, fields: &mut Fields) {
    fields.add("kind", if matches!(transaction, Transaction::Coinbase(_)) { "coinbase" } else { "transfer" });
    fields.add("txid", transaction.txid());
    fields.add("size", transaction.to_bytes().len());
    match transaction {
        Transaction::Coinbase(coinbase) => {
            fields.add("height", coinbase.height);
            fields.add("recipient", coinbase.recipient);
            fields.add("reward", coinbase.reward);
            fields.add("tag", &coinbase.tag);
        }
        Transaction::Transfer(transfer) => {
            fields.add("network_id", transfer.network);
            fields.add("network", network::by_id(transfer.network).map(|params| params.name));
            fields.add("sender", transfer.sender.address());
            fields.add("sender_public_key", transfer.sender);
            fields.add("recipient", transfer.recipient);
            fields.add("amount", transfer.amount);
            fields.add("fee", transfer.fee);
            fields.add("nonce", transfer.nonce.to_string());
            fields.add("memo", &transfer.memo);
            fields.add("signature", transfer.signature);
        }
    }
}
