//! Announcing and fetching: transactions by `inv`, blocks by the headers of a new tip.

use std::collections::BTreeMap;

use super::Node;
use super::config::{MAX_TRANSACTION_REQUESTS, SCORE_INVALID_TRANSACTION, TRANSACTION_TIMEOUT};
use super::io::{PeerId, Time};
use crate::consensus::TxError;
use crate::mempool::MempoolError;
use crate::primitives::{Header, Transfer, Txid};
use crate::wire::message::MAX_INVENTORY;
use crate::wire::{InventoryItem, Message};

/// Transactions that were asked for, of whom and when.
#[derive(Debug, Default)]
pub(super) struct TransactionRequests(BTreeMap<Txid, (PeerId, Time)>);

impl TransactionRequests {
    pub fn peer_gone(&mut self, peer: PeerId) {
        self.0.retain(|_, (asked, _)| *asked != peer);
    }

    pub fn forget_overdue(&mut self, now: Time) {
        self.0.retain(|_, (_, since)| now.millis_since(*since) < TRANSACTION_TIMEOUT);
    }
}

impl Node {
    pub(super) fn inv_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let mut wanted = Vec::new();
        let mut unknown_block = false;
        for item in items {
            if let Some(known) = self.peers.get_mut(&peer) {
                known.learns(*item);
            }
            match item {
                InventoryItem::Transaction(txid) => {
                    let known = self.mempool.contains(txid)
                        || self.requests.0.contains_key(txid)
                        || self.chain.history().place(txid).is_some();
                    if !known && self.requests.0.len() < MAX_TRANSACTION_REQUESTS {
                        self.requests.0.insert(*txid, (peer, self.now));
                        wanted.push(*item);
                    }
                }
                InventoryItem::Block(hash) => unknown_block |= self.chain.index().get(hash).is_none(),
            }
        }
        if !wanted.is_empty() {
            self.send(peer, &Message::GetData(wanted));
        }
        if unknown_block {
            // Headers first: a hash alone proves no work.
            self.send(peer, &Message::GetHeaders(self.chain.header_locator()));
        }
    }

    pub(super) fn get_data_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let mut missing = Vec::new();
        for item in items {
            let message = match item {
                InventoryItem::Transaction(txid) => {
                    self.mempool.get(txid).map(|transfer| Message::Transaction(Box::new(transfer.clone())))
                }
                InventoryItem::Block(hash) => self.body(hash).map(|body| Message::Block(Box::new(body.to_block()))),
            };
            match message {
                Some(message) => {
                    if let Some(known) = self.peers.get_mut(&peer) {
                        known.learns(*item);
                    }
                    self.send(peer, &message);
                }
                None => missing.push(*item),
            }
        }
        if !missing.is_empty() {
            self.send(peer, &Message::NotFound(missing));
        }
    }

    pub(super) fn not_found_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        for item in items {
            match item {
                InventoryItem::Transaction(txid) => {
                    if self.requests.0.get(txid).is_some_and(|(asked, _)| *asked == peer) {
                        self.requests.0.remove(txid);
                    }
                }
                InventoryItem::Block(hash) => self.block_not_found(peer, *hash),
            }
        }
        self.request_blocks();
    }

    pub(super) fn transaction_received(&mut self, peer: PeerId, transfer: Transfer) {
        let txid = transfer.txid();
        self.requests.0.remove(&txid);
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Transaction(txid));
        }
        // No chain makes these right, so whoever passed them on did not check them. Other refusals are what an honest peer
        // with another tip or a fuller pool may well run into.
        if let Err(MempoolError::Invalid(
            error
            @ (TxError::WrongNetwork { .. } | TxError::BadSignature | TxError::ZeroAmount | TxError::CostOverflow),
        )) = self.admit(transfer, None)
        {
            self.penalise(peer, SCORE_INVALID_TRANSACTION, &format!("it sent an invalid transaction: {error}"));
        }
    }

    /// Tells a new peer what waits here, best paid first.
    pub(super) fn offer_mempool(&mut self, peer: PeerId) {
        let txids: Vec<Txid> = self.mempool.by_fee_rate().map(|(txid, _)| *txid).collect();
        for chunk in txids.chunks(MAX_INVENTORY) {
            let items = chunk.iter().copied().map(InventoryItem::Transaction).collect();
            self.send(peer, &Message::Inv(items));
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            for txid in txids {
                known.learns(InventoryItem::Transaction(txid));
            }
        }
    }

    pub(super) fn announce_transactions(&mut self, txids: &[Txid]) {
        for peer in self.ready_peers() {
            let known = self.peers.get_mut(&peer).expect("listed as ready");
            let items = txids.iter().copied().map(InventoryItem::Transaction);
            let items: Vec<InventoryItem> = items.filter(|item| known.learns(*item)).collect();
            for chunk in items.chunks(MAX_INVENTORY) {
                self.send(peer, &Message::Inv(chunk.to_vec()));
            }
        }
    }

    /// Announces a new tip to every peer that does not have it.
    pub(super) fn announce_blocks(&mut self, headers: &[Header]) {
        let Some(tip) = headers.last() else { return };
        let tip = InventoryItem::Block(tip.hash());
        for peer in self.ready_peers() {
            let known = self.peers.get_mut(&peer).expect("listed as ready");
            if known.learns(tip) {
                for header in headers {
                    known.learns(InventoryItem::Block(header.hash()));
                }
                self.send(peer, &Message::Headers(headers.to_vec()));
            }
        }
    }
}
