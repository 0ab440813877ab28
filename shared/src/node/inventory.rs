//! Fetching what was announced by `inv`, and giving what is asked for. Announcing is in `announcements.rs`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::Node;
use super::config::{
    MAX_BLOCKS_PER_GETDATA, MAX_OTHER_ANNOUNCERS, MAX_TRANSACTION_REQUESTS, SCORE_INVALID_TRANSACTION,
};
use super::io::{PeerId, Time};
use crate::consensus::TxError;
use crate::mempool::MempoolError;
use crate::primitives::encode::encode_count;
use crate::primitives::{Encode, Transfer, Txid};
use crate::wire::message::MAX_INVENTORY;
use crate::wire::{InventoryItem, Message};

/// Transactions that were asked for.
#[derive(Debug, Default)]
pub(super) struct TransactionRequests(BTreeMap<Txid, TransactionRequest>);

#[derive(Debug)]
struct TransactionRequest {
    asked: PeerId,
    since: Time,
    /// Others that announced it, in turn; at most [`MAX_OTHER_ANNOUNCERS`].
    others: VecDeque<PeerId>,
}

impl TransactionRequests {
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.0.len(), out);
        for (txid, request) in &self.0 {
            txid.encode(out);
            out.extend(request.asked.0.to_le_bytes());
        }
    }

    fn count_of(&self, peer: PeerId) -> usize {
        self.0.values().filter(|request| request.asked == peer).count()
    }
}

impl Node {
    /// For each request that is given up (by its txid, who was asked and when): asks the next announcer, if there is one.
    pub(super) fn ask_next_announcer(&mut self, is_given_up: impl Fn(&Txid, PeerId, Time) -> bool) {
        let mut asked: BTreeMap<PeerId, Vec<InventoryItem>> = BTreeMap::new();
        let (now, peers) = (self.now, &self.peers);
        self.requests.0.retain(|txid, request| {
            if !is_given_up(txid, request.asked, request.since) {
                return true;
            }
            let next = std::iter::from_fn(|| request.others.pop_front()).find(|peer| peers.contains_key(peer));
            let Some(next) = next else { return false };
            (request.asked, request.since) = (next, now);
            asked.entry(next).or_default().push(InventoryItem::Transaction(*txid));
            true
        });
        for (peer, items) in asked {
            for chunk in items.chunks(MAX_INVENTORY) {
                self.send(peer, &Message::GetData(chunk.to_vec()));
            }
        }
    }

    pub(super) fn inv_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let mut wanted = Vec::new();
        let mut unknown_block = false;
        let mut asked = self.requests.count_of(peer);
        let announced = items.iter().filter(|item| matches!(item, InventoryItem::Transaction(_))).count();
        let mut heard = self.heard_announcements(peer, announced);
        for item in items {
            if matches!(item, InventoryItem::Transaction(_)) {
                let Some(rest) = heard.checked_sub(1) else { continue };
                heard = rest;
            }
            if let Some(known) = self.peers.get_mut(&peer) {
                known.learns(*item);
            }
            match item {
                InventoryItem::Transaction(txid) => {
                    if self.mempool.contains(txid) || self.chain.history().place(txid).is_some() {
                        continue;
                    }
                    if let Some(request) = self.requests.0.get_mut(txid) {
                        let known = request.asked == peer || request.others.contains(&peer);
                        if !known && request.others.len() < MAX_OTHER_ANNOUNCERS {
                            request.others.push_back(peer);
                        }
                    } else if asked < MAX_TRANSACTION_REQUESTS {
                        let request = TransactionRequest { asked: peer, since: self.now, others: VecDeque::new() };
                        self.requests.0.insert(*txid, request);
                        asked += 1;
                        wanted.push(*item);
                    }
                }
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => {
                    unknown_block |= self.chain.index().get(hash).is_none();
                }
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
        if !self.may_ask(peer) {
            return;
        }
        let mut missing = Vec::new();
        let mut to_read = Vec::new();
        let reads_left = self.reads_left(peer);
        // One small message must not make this node build gigabytes.
        let mut blocks_left = MAX_BLOCKS_PER_GETDATA;
        let items: BTreeSet<InventoryItem> = items.iter().copied().collect();
        for item in &items {
            let message = match item {
                InventoryItem::Block(_) | InventoryItem::CompactBlock(_) if blocks_left == 0 => None,
                InventoryItem::Transaction(txid) => {
                    self.mempool.get(txid).map(|transfer| Message::Transaction(Box::new(transfer.clone())))
                }
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => {
                    blocks_left -= 1;
                    let body = match item {
                        InventoryItem::CompactBlock(_) => self.compact_or_full(hash),
                        _ => self.body(hash).map(|body| Message::Block(Box::new(body.to_block()))),
                    };
                    if let (None, Some(height)) =
                        (&body, self.stored_height(hash).filter(|_| to_read.len() < reads_left))
                    {
                        to_read.push((height, *hash));
                        continue;
                    }
                    body
                }
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
        self.serve_from_store(peer, to_read);
        if !missing.is_empty() {
            self.send(peer, &Message::NotFound(missing));
        }
    }

    pub(super) fn not_found_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let mut blocks = Vec::new();
        for item in items {
            match item {
                InventoryItem::Transaction(txid) => {
                    self.ask_next_announcer(|other, asked, _| other == txid && asked == peer);
                }
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => blocks.push(*hash),
            }
        }
        self.blocks_withheld(peer, &blocks);
        self.request_blocks();
    }

    pub(super) fn transaction_received(&mut self, peer: PeerId, transfer: Transfer) {
        let txid = transfer.txid();
        let asked = self.requests.0.remove(&txid).is_some();
        if !asked && !self.may_send_unasked(peer) {
            return;
        }
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
}
