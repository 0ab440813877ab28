//! Compact blocks (BIP 152, low-bandwidth mode): which blocks are asked for in this form, what happens when one comes, and
//! what is answered to those who ask. Who is asked for which block, and when a silent peer is given up on, stays in
//! `block_download.rs`: a compact block on its way is on order like any other.
//!
//! A new tip is announced by its header; whoever lacks the body asks the announcer for the compact form, puts the block
//! together from its mempool and from blocks that its chain may be about to leave, and asks for what is missing with
//! `getblocktxn`. Where that does not give the block that the header means, it is asked for in full, and nobody is to blame:
//! short ids can collide.

use super::block_download::Delivery;
use super::block_orders::Form;
use super::config::{
    MAX_BLOCKTXN_DEPTH, MAX_COMPACT_DEPTH, MAX_COMPACT_REQUESTS, MAX_COMPACT_REQUESTS_PER_PEER, SCORE_INVALID_BLOCK,
};
use super::io::PeerId;
use super::{Node, config};
use crate::chain::block_index::Status;
use crate::consensus::CheckedBlock;
use crate::primitives::{BlockHash, Transaction, Transfer, Txid};
use crate::wire::compact_block::CompactBlockError;
use crate::wire::{BlockTransactions, BlockTransactionsRequest, CompactBlock, InventoryItem, Message};

impl Node {
    /// How to ask for a block: compactly if it is among the newest of the peer's chain, its parent is here, and that was not
    /// tried in vain before. During a sync the mempool knows nothing of the blocks.
    pub(super) fn item_to_ask(&self, peer: PeerId, hash: BlockHash) -> InventoryItem {
        let index = self.chain.index();
        let is_recent = index.place(&hash).is_some_and(|(height, _)| {
            let parent = index.parent_standing(&hash);
            parent.is_some_and(|parent| matches!(parent.status, Status::Stored { .. }))
                && self.peers[&peer].height.saturating_sub(height) < MAX_COMPACT_DEPTH
        });
        let has_room = || {
            let (of_peer, of_all) = self.orders.compact_requests(peer);
            of_peer < MAX_COMPACT_REQUESTS_PER_PEER && of_all < MAX_COMPACT_REQUESTS
        };
        if is_recent && !self.orders.is_wanted_in_full(&hash) && has_room() {
            InventoryItem::CompactBlock(hash)
        } else {
            InventoryItem::Block(hash)
        }
    }

    /// `hash` is its header's.
    pub(super) fn compact_block_received(&mut self, peer: PeerId, hash: BlockHash, compact: CompactBlock) {
        if !self.orders.is_asked(peer, &hash, |form| matches!(form, Form::Compact)) {
            // Unasked, or late: it says no more than its header does.
            self.headers_received(peer, &[compact.header], &[hash]);
            return;
        }
        let most = self.chain.params().max_block_bytes as usize / config::LEAST_TRANSFER_BYTES + 1;
        if compact.transaction_count() > most {
            let reason = "it sent a compact block with more transactions than a block can hold";
            self.penalise(peer, SCORE_INVALID_BLOCK, reason);
            return;
        }
        let left = self.blocks_that_may_be_left(&compact);
        let of_blocks = left.iter().flat_map(|block| transfers_with_txids(block));
        let known = self.mempool.iter().map(|(txid, transfer)| (*txid, transfer)).chain(of_blocks);
        let partial = match compact.reconstruct(known) {
            Ok(partial) => partial,
            Err(CompactBlockError::Collision) => return self.ask_in_full(peer, hash),
            Err(error @ (CompactBlockError::Empty | CompactBlockError::IndexOutside { .. })) => {
                return self.penalise(peer, SCORE_INVALID_BLOCK, &format!("it sent {error}"));
            }
        };
        let indices = partial.missing();
        if indices.is_empty() {
            let block = partial.fill(Vec::new()).expect("nothing is missing");
            self.block_received(peer, hash, block, Delivery::PutTogether);
        } else {
            // A new request, and a new wait; but a peer that leaves it at this has delivered nothing.
            self.orders.ask(peer, hash, self.now, Form::Partial(Box::new(partial)));
            self.send(peer, Message::GetBlockTransactions(BlockTransactionsRequest { block: hash, indices }));
        }
    }

    /// Bodies of the active chain above the parent of a rival to its tip: they hold much of what the mempool had.
    fn blocks_that_may_be_left(&self, compact: &CompactBlock) -> Vec<&CheckedBlock> {
        let parent = self.chain.index().place(&compact.header.prev_blockhash).map_or(u32::MAX, |(height, _)| height);
        let heights = (parent.saturating_add(1)..=self.chain.height()).take(MAX_COMPACT_DEPTH as usize);
        let bodies = heights.filter_map(|height| self.body(&self.chain.hash_at(height)?));
        bodies.map(AsRef::as_ref).collect()
    }

    pub(super) fn block_transactions_received(&mut self, peer: PeerId, answer: BlockTransactions) {
        // What comes late, for a block that has come from elsewhere, is ignored.
        let Some(partial) = self.orders.take_partial(peer, &answer.block) else { return };
        match partial.fill(answer.transactions) {
            None => self.penalise(peer, SCORE_INVALID_BLOCK, "its blocktxn does not hold as many as were asked for"),
            Some(block) => self.block_received(peer, answer.block, block, Delivery::PutTogether),
        }
    }

    /// After the compact form was of no use: the peer shows the block itself.
    pub(super) fn ask_in_full(&mut self, peer: PeerId, hash: BlockHash) {
        self.orders.want_in_full(hash);
        self.orders.ask(peer, hash, self.now, Form::Full);
        self.send(peer, Message::GetData(vec![InventoryItem::Block(hash)]));
    }

    /// A block in the form in which a peer asks for it, if memory holds its body: deep ones in full, for whoever asks for
    /// them lacks their transactions.
    pub(super) fn compact_or_full(&mut self, hash: &BlockHash) -> Option<Message> {
        let nonce = self.draw();
        let body = self.body(hash)?;
        if self.depth(hash) > MAX_COMPACT_DEPTH {
            return Some(Message::Block(Box::new(body.to_block())));
        }
        let coinbase = Transaction::Coinbase(body.coinbase().clone());
        Some(Message::CompactBlock(Box::new(CompactBlock::new(*body.header(), nonce, coinbase, body.txids()))))
    }

    pub(super) fn get_block_transactions_received(&mut self, peer: PeerId, request: &BlockTransactionsRequest) {
        if !self.may_ask(peer) {
            return;
        }
        let hash = request.block;
        let Some(body) = self.body(&hash) else {
            // It has left memory meanwhile, or was never here.
            return self.get_data_received(peer, &[InventoryItem::Block(hash)]);
        };
        if request.indices.iter().any(|index| *index >= body.txids().len()) {
            let reason = "it asked for a transaction beyond the end of a block";
            return self.penalise(peer, SCORE_INVALID_BLOCK, reason);
        }
        if self.depth(&hash) > MAX_BLOCKTXN_DEPTH {
            return self.get_data_received(peer, &[InventoryItem::Block(hash)]);
        }
        let transactions = request.indices.iter().map(|index| transaction_at(body, *index)).collect();
        self.send(peer, Message::BlockTransactions(BlockTransactions { block: hash, transactions }));
    }

    /// How far below the tip a block is; 0 for one as high as the tip, and for an unknown one.
    fn depth(&self, hash: &BlockHash) -> u32 {
        let height = self.chain.index().place(hash).map_or(u32::MAX, |(height, _)| height);
        self.chain.height().saturating_sub(height)
    }
}

fn transfers_with_txids(block: &CheckedBlock) -> impl Iterator<Item = (Txid, &Transfer)> {
    block.txids().iter().skip(1).copied().zip(block.transfers())
}

fn transaction_at(block: &CheckedBlock, index: usize) -> Transaction {
    match index.checked_sub(1) {
        None => Transaction::Coinbase(block.coinbase().clone()),
        Some(transfer) => Transaction::Transfer(block.transfers()[transfer].clone()),
    }
}
