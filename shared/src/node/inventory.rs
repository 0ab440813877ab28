//! Fetching what was announced by `inv`, and giving what is asked for. Announcing is in `announcements.rs`.
//!
//! A peer announces a transaction once. What exceeds the orders that it may have at a time waits with it, and is asked for when
//! half of them are done: a newcomer's only source may announce a full mempool.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use super::Node;
use super::config::{
    MAX_ALL_WAITING_ANNOUNCEMENTS, MAX_BLOCKS_PER_GETDATA, MAX_OTHER_ANNOUNCERS, MAX_TRANSACTION_REQUESTS,
    MAX_WAITING_ANNOUNCEMENTS, SCORE_INVALID_TRANSACTION, UNKNOWN_BLOCK_INTERVAL,
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
pub(super) struct TransactionRequests {
    on_order: BTreeMap<Txid, TransactionRequest>,
    /// How many, by who was asked. No peer is at 0.
    of_peers: HashMap<PeerId, usize>,
}

#[derive(Debug)]
struct TransactionRequest {
    asked: PeerId,
    since: Time,
    /// Others that announced it, in turn; at most [`MAX_OTHER_ANNOUNCERS`].
    others: VecDeque<PeerId>,
}

impl TransactionRequests {
    pub fn encode_state(&self, out: &mut Vec<u8>) {
        encode_count(self.on_order.len(), out);
        for (txid, request) in &self.on_order {
            txid.encode(out);
            out.extend(request.asked.0.to_le_bytes());
        }
    }

    fn of_peer(&self, peer: PeerId) -> usize {
        self.of_peers.get(&peer).copied().unwrap_or(0)
    }

    fn insert(&mut self, txid: Txid, request: TransactionRequest) {
        *self.of_peers.entry(request.asked).or_default() += 1;
        self.on_order.insert(txid, request);
    }

    fn remove(&mut self, txid: &Txid) -> Option<TransactionRequest> {
        let request = self.on_order.remove(txid)?;
        let of_peer = self.of_peers.entry(request.asked).or_default();
        *of_peer = of_peer.saturating_sub(1);
        if *of_peer == 0 {
            self.of_peers.remove(&request.asked);
        }
        Some(request)
    }

    fn is_asked(&self, peer: PeerId, txid: &Txid) -> bool {
        self.on_order.get(txid).is_some_and(|request| request.asked == peer)
    }
}

impl Node {
    /// Gives up requests, by their txid, who was asked and when.
    pub(super) fn give_up_transactions(&mut self, is_given_up: impl Fn(&Txid, PeerId, Time) -> bool) {
        let on_order = self.requests.on_order.iter();
        let given_up = on_order.filter(|(txid, request)| is_given_up(txid, request.asked, request.since));
        let given_up: Vec<Txid> = given_up.map(|(txid, _)| *txid).collect();
        self.ask_next_announcers(given_up);
    }

    /// Asks for each of these transactions the next that announced it, if there is one.
    fn ask_next_announcers(&mut self, given_up: impl IntoIterator<Item = Txid>) {
        let mut asked: BTreeMap<PeerId, Vec<InventoryItem>> = BTreeMap::new();
        for txid in given_up {
            let Some(TransactionRequest { mut others, .. }) = self.requests.remove(&txid) else { continue };
            let next = std::iter::from_fn(|| others.pop_front()).find(|peer| self.peers.contains_key(peer));
            if let Some(next) = next {
                self.requests.insert(txid, TransactionRequest { asked: next, since: self.now, others });
                asked.entry(next).or_default().push(InventoryItem::Transaction(txid));
            }
        }
        for (peer, items) in asked {
            for chunk in items.chunks(MAX_INVENTORY) {
                self.send(peer, &Message::GetData(chunk.to_vec()));
            }
        }
    }

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
                    names_unknown_block |= self.chain.index().get(hash).is_none();
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

    /// Orders what a peer has announced, as far as it may have orders.
    fn ask_for_announced(&mut self, peer: PeerId) {
        let mut wanted = Vec::new();
        while self.requests.of_peer(peer) < MAX_TRANSACTION_REQUESTS {
            let Some(txid) = self.peers.get_mut(&peer).and_then(|known| known.announced.pop_front()) else { break };
            if self.mempool.contains(&txid) || self.chain.history().place(&txid).is_some() {
                continue;
            }
            if let Some(request) = self.requests.on_order.get_mut(&txid) {
                let known = request.asked == peer || request.others.contains(&peer);
                if !known && request.others.len() < MAX_OTHER_ANNOUNCERS {
                    request.others.push_back(peer);
                }
            } else {
                let request = TransactionRequest { asked: peer, since: self.now, others: VecDeque::new() };
                self.requests.insert(txid, request);
                wanted.push(InventoryItem::Transaction(txid));
            }
        }
        for chunk in wanted.chunks(MAX_INVENTORY) {
            self.send(peer, &Message::GetData(chunk.to_vec()));
        }
    }

    fn ask_for_more_announced(&mut self, peer: PeerId) {
        // Not one by one, for a `getdata` of one costs a frame's overhead.
        if self.requests.of_peer(peer) <= MAX_TRANSACTION_REQUESTS / 2 {
            self.ask_for_announced(peer);
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
        for peer in self.ready_peers() {
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
        let Some(known) = self.peers.get_mut(&peer) else { return };
        let is_soon = known.asked_for_headers.is_some_and(|at| now.millis_since(at) < UNKNOWN_BLOCK_INTERVAL);
        known.wants_headers = is_soon;
        if !is_soon {
            known.asked_for_headers = Some(now);
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
        let (mut transactions, mut blocks) = (BTreeSet::new(), Vec::new());
        for item in items {
            match item {
                InventoryItem::Transaction(txid) if self.requests.is_asked(peer, txid) => {
                    transactions.insert(*txid);
                }
                InventoryItem::Transaction(_) => {}
                InventoryItem::Block(hash) | InventoryItem::CompactBlock(hash) => blocks.push(*hash),
            }
        }
        self.ask_next_announcers(transactions);
        self.ask_for_more_announced(peer);
        self.blocks_withheld(peer, &blocks);
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
