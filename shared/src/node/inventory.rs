//! Hearing of transactions and blocks by `inv`, and giving what is asked for. Announcing is in `announcements.rs`, and whom to ask
//! for transactions in `transaction_requests.rs`.

use std::borrow::Cow;

use tiny_sort::unstable;

use super::Node;
use super::config::{
    MAX_ALL_WAITING_ANNOUNCEMENTS, MAX_BLOCKS_PER_GETDATA, MAX_WAITING_ANNOUNCEMENTS, SCORE_INVALID_TRANSACTION,
    UNKNOWN_BLOCK_INTERVAL,
};
use super::io::PeerId;
use super::peers::Peer;
use crate::consensus::TxError;
use crate::mempool::MempoolError;
use crate::primitives::Transfer;
use crate::wire::{InventoryItem, Message};

impl Node {
    pub(super) fn inv_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let announced = items.iter().filter(|item| matches!(item, InventoryItem::Transaction(_))).count();
        let mut heard = self.heard_announcements(peer, announced);
        let mut names_unknown_block = false;
        for item in items {
            if matches!(item, InventoryItem::Transaction(_)) {
                let Some(rest) = heard.checked_sub(1) else { continue };
                heard = rest;
            }
            let Some(known) = self.peers.get_mut(&peer) else { return };
            known.learns(*item);
            match item {
                InventoryItem::Transaction(txid) => {
                    if known.announced.len() < MAX_WAITING_ANNOUNCEMENTS {
                        known.announced.push_back(*txid);
                    }
                }
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => {
                    names_unknown_block |= !self.chain.index().contains(hash);
                }
            }
        }
        self.ask_for_announced(peer);
        if self.peers.get(&peer).is_some_and(|known| !known.announced.is_empty()) {
            self.bound_announced();
        }
        if names_unknown_block {
            self.ask_for_headers(peer);
        }
    }

    fn bound_announced(&mut self) {
        let all: usize = self.peers.values().map(|known| known.announced.len()).sum();
        let longest = self.peers.values_mut().map(|known| &mut known.announced).max_by_key(|announced| announced.len());
        if let (Some(excess), Some(longest)) = (all.checked_sub(MAX_ALL_WAITING_ANNOUNCEMENTS), longest) {
            longest.truncate(longest.len().saturating_sub(excess));
        }
    }

    /// What peers announced or named, and were not asked for at the time. Part of each look for overdue things.
    pub(super) fn ask_what_waits(&mut self) {
        let waits = |known: &Peer| known.ready && (known.wants_headers || !known.announced.is_empty());
        let peers: Vec<PeerId> = self.peers.iter().filter(|(_, known)| waits(known)).map(|(peer, _)| *peer).collect();
        for peer in peers {
            self.ask_for_more_announced(peer);
            if self.peers[&peer].wants_headers {
                self.ask_for_headers(peer);
            }
        }
    }

    /// A peer has shown the hash of an unknown block, or what builds on one. Headers first: a hash alone proves no work, and a small
    /// message must not be answered by a whole locator each time.
    pub(super) fn ask_for_headers(&mut self, peer: PeerId) {
        let now = self.now;
        let has_to_wait = self.is_out_of_hashing(peer);
        let Some(known) = self.peers.get_mut(&peer) else { return };
        let is_soon = known.asked_for_headers.is_some_and(|at| now.millis_since(at) < UNKNOWN_BLOCK_INTERVAL);
        known.wants_headers = is_soon || has_to_wait;
        if !known.wants_headers {
            known.asked_for_headers = Some(now);
            self.send(peer, Message::GetHeaders(self.chain.header_locator()));
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
        // In an order of their own, each once.
        let mut items = Cow::Borrowed(items);
        if items.len() > 1 {
            let items = items.to_mut();
            unstable::sort(items);
            items.dedup();
        }
        for item in items.iter() {
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
                    self.send(peer, message);
                }
                None => missing.push(*item),
            }
        }
        self.serve_from_store(peer, to_read);
        if !missing.is_empty() {
            self.send(peer, Message::NotFound(missing));
        }
    }

    pub(super) fn not_found_received(&mut self, peer: PeerId, items: &[InventoryItem]) {
        let (mut transactions, mut blocks) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                InventoryItem::Transaction(txid) if self.requests.is_asked(peer, txid) => {
                    transactions.push(*txid);
                }
                InventoryItem::Transaction(_) => {}
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => blocks.push(*hash),
            }
        }
        // In an order of their own, each once.
        unstable::sort(&mut transactions);
        transactions.dedup();
        self.ask_next_announcers(transactions);
        self.ask_for_more_announced(peer);
        self.blocks_withheld(peer, &blocks, false);
        self.request_blocks();
    }

    pub(super) fn transaction_received(&mut self, peer: PeerId, transfer: Transfer) {
        let txid = transfer.txid();
        let request = self.requests.remove(&txid);
        let asked = request.is_some();
        if let Some(request) = request {
            self.ask_for_more_announced(request.asked);
        }
        if !asked && !self.may_send_unasked(peer) {
            return;
        }
        if let Some(known) = self.peers.get_mut(&peer) {
            known.learns(InventoryItem::Transaction(txid));
            if asked {
                known.unanswered = 0;
            }
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
