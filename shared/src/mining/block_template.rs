//! The next block without its nonce: the best paid transfers that fit, and a coinbase for the miner.

use std::collections::BinaryHeap;

use crate::chain::Chain;
use crate::consensus::Params;
use crate::consensus::header_rules::HeaderContext;
use crate::mempool::{FeeRate, Mempool};
use crate::mining::nonce_space::job_version;
use crate::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, Encode, Header, Memo, Transaction, Txid, merkle_root,
};

/// A header, the largest count and the largest coinbase: room that transfers must leave, bytes.
const RESERVED_BYTES: usize = 80 + 9 + 115;

/// The block to search a nonce for, as the first job has it; every job has a version of its own ([`job_version`]).
/// `now` is in seconds; the header is dated so that the rule on the median holds. A tag whose length no block may have
/// gets a space at its end.
pub fn block_template(chain: &Chain, mempool: &Mempool, recipient: Address, tag: Memo, now: u32) -> Block {
    let transfers = select(chain, mempool, transfer_room(chain.params()));
    template_on(chain, chain.tip(), transfers, recipient, tag, now).expect("the tip is indexed")
}

/// The same on any block of the tree, without transfers: which of them are valid there is known of the tip alone. `None`: there is no
/// such block.
pub fn bare_template(chain: &Chain, parent: BlockHash, recipient: Address, tag: Memo, now: u32) -> Option<Block> {
    template_on(chain, parent, Vec::new(), recipient, tag, now)
}

/// From when on, in seconds, a clock accepts what a template on that block leads to: dated as early as the median allows, it may still
/// be further ahead than the network lets anybody date a block. `None`: there is no such block.
pub fn acceptable_from(chain: &Chain, parent: BlockHash) -> Option<u32> {
    let context = chain.index().context(parent)?;
    Some(earliest_date(&context).saturating_sub(chain.params().max_future_seconds))
}

fn earliest_date(context: &HeaderContext) -> u32 {
    context.median_time.saturating_add(1)
}

fn template_on(
    chain: &Chain,
    parent: BlockHash,
    transfers: Vec<Transaction>,
    recipient: Address,
    tag: Memo,
    now: u32,
) -> Option<Block> {
    let height = chain.index().get(&parent)?.height + 1;
    let context = chain.index().context(parent)?;
    let fees = transfers.iter().filter_map(|transaction| match transaction {
        Transaction::Transfer(transfer) => Some(transfer.fee),
        Transaction::Coinbase(_) => None,
    });
    let reward = fees.fold(chain.params().subsidy_at(height), |sum, fee| sum.checked_add(fee).unwrap_or(Amount::MAX));
    let coinbase = Transaction::Coinbase(Coinbase { height, recipient, reward, tag: allowed_tag(tag) });
    let transactions: Vec<Transaction> = std::iter::once(coinbase).chain(transfers).collect();
    let txids: Vec<Txid> = transactions.iter().map(Transaction::txid).collect();
    Some(Block {
        header: Header {
            version: job_version(0),
            prev_blockhash: parent,
            merkle_root: merkle_root(&txids).root,
            time: now.max(earliest_date(&context)),
            bits: context.required_bits(chain.params()),
            nonce: 0,
        },
        transactions,
    })
}

/// Bytes of transfers that a block takes.
pub fn transfer_room(params: &Params) -> usize {
    params.max_block_bytes as usize - RESERVED_BYTES
}

/// See [`Transaction::is_like_merkle_node`]. A space changes nothing that a person sees; a letter less would.
fn allowed_tag(tag: Memo) -> Memo {
    if tag.as_str().len() == Coinbase::AMBIGUOUS_TAG_BYTES {
        return Memo::new(format!("{tag} ")).expect("30 bytes are no long memo");
    }
    tag
}

/// Greedy by fee rate, each sender's transfers in the order of their nonces.
fn select(chain: &Chain, mempool: &Mempool, budget: usize) -> Vec<Transaction> {
    let mut queues: Vec<_> =
        mempool.senders().map(|sender| mempool.minable(sender, chain.ledger()).peekable()).collect();
    let mut heads = BinaryHeap::new();
    let rank = |txid: Txid, transfer: &crate::primitives::Transfer, queue: usize| {
        (FeeRate::new(transfer.fee, transfer.to_bytes().len()), txid, queue)
    };
    for (queue, transfers) in queues.iter_mut().enumerate() {
        if let Some((txid, transfer)) = transfers.peek() {
            heads.push(rank(*txid, transfer, queue));
        }
    }
    let mut selected = Vec::new();
    let mut left = budget;
    while let Some((_, _, queue)) = heads.pop() {
        let (_, transfer) = queues[queue].next().expect("a head in the heap is at its queue's front");
        let Some(rest) = left.checked_sub(transfer.to_bytes().len()) else {
            // It does not fit, so nothing behind it in its queue may come either.
            continue;
        };
        left = rest;
        selected.push(Transaction::Transfer(transfer.clone()));
        if let Some((txid, transfer)) = queues[queue].peek() {
            heads.push(rank(*txid, transfer, queue));
        }
    }
    selected
}
