//! Transactions that were asked for: who is asked first, and who next when that one is silent.
//!
//! A peer announces a transaction once. What exceeds the orders that it may have at a time waits with it, and is asked for when
//! half of them are done: a newcomer's only source may announce a full mempool.
//!
//! Whoever announces a transaction first is asked for it and could keep it back. So the next announcer is asked after the two
//! seconds that a block has (`stalls.rs`), and an answer that comes late is welcome all the same. And a peer that left its last
//! order unanswered holds up nobody: of several announcers the one with the fewest such looks in a row is asked, and takes over
//! at once from one that has more. (Bitcoin Core waits 60 seconds, `GETDATA_TX_INTERVAL`, and prefers peers that it has
//! chosen itself; here the relay has chosen them all.)

use std::collections::{BTreeMap, HashMap, VecDeque};

use litemap::LiteMap;

use super::Node;
use super::config::{MAX_OTHER_ANNOUNCERS, MAX_TRANSACTION_REQUESTS, TRANSACTION_TIMEOUT};
use super::io::{PeerId, Time};
use crate::primitives::encode::encode_count;
use crate::primitives::{Encode, Txid};
use crate::wire::message::MAX_INVENTORY;
use crate::wire::{InventoryItem, Message};

#[derive(Debug, Default)]
pub(super) struct TransactionRequests {
    on_order: BTreeMap<Txid, TransactionRequest>,
    /// How many, by who was asked. No peer is at 0.
    of_peers: HashMap<PeerId, usize>,
}

#[derive(Debug)]
pub(super) struct TransactionRequest {
    pub asked: PeerId,
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

    pub fn remove(&mut self, txid: &Txid) -> Option<TransactionRequest> {
        let request = self.on_order.remove(txid)?;
        let of_peer = self.of_peers.entry(request.asked).or_default();
        *of_peer = of_peer.saturating_sub(1);
        if *of_peer == 0 {
            self.of_peers.remove(&request.asked);
        }
        Some(request)
    }

    pub fn clock_was_set_back(&mut self, now: Time) {
        for request in self.on_order.values_mut() {
            request.since = request.since.min(now);
        }
    }

    pub fn is_asked(&self, peer: PeerId, txid: &Txid) -> bool {
        self.on_order.get(txid).is_some_and(|request| request.asked == peer)
    }
}

impl Node {
    /// Asks the next announcers for what has not come in time. Part of each look for overdue things.
    pub(super) fn check_transaction_requests(&mut self) {
        let patience = self.orders.stall_timeout.millis().min(TRANSACTION_TIMEOUT);
        let (mut overdue, mut silent) = (Vec::new(), Vec::new());
        for (txid, request) in &self.requests.on_order {
            let quiet = self.now.millis_since(request.since);
            let has_next = || request.others.iter().any(|peer| self.peers.contains_key(peer));
            if quiet >= TRANSACTION_TIMEOUT || (quiet >= patience && has_next()) {
                overdue.push(*txid);
                if !silent.contains(&request.asked) {
                    silent.push(request.asked);
                }
            }
        }
        for peer in silent {
            if let Some(known) = self.peers.get_mut(&peer) {
                known.unanswered = known.unanswered.saturating_add(1);
            }
        }
        self.ask_next_announcers(overdue);
    }

    pub(super) fn give_up_transactions_of(&mut self, peer: PeerId) {
        let of_peer = self.requests.on_order.iter().filter(|(_, request)| request.asked == peer);
        let given_up: Vec<Txid> = of_peer.map(|(txid, _)| *txid).collect();
        self.ask_next_announcers(given_up);
    }

    /// Asks for each of these transactions one more that announced it, if there is one.
    pub(super) fn ask_next_announcers(&mut self, given_up: impl IntoIterator<Item = Txid>) {
        let mut asked: LiteMap<PeerId, Vec<InventoryItem>> = LiteMap::new();
        for txid in given_up {
            let Some(TransactionRequest { mut others, .. }) = self.requests.remove(&txid) else { continue };
            others.retain(|peer| self.peers.contains_key(peer));
            let best = (0..others.len()).min_by_key(|position| self.unanswered(others[*position]));
            if let Some(next) = best.and_then(|position| others.remove(position)) {
                self.requests.insert(txid, TransactionRequest { asked: next, since: self.now, others });
                asked.entry(next).or_default().push(InventoryItem::Transaction(txid));
            }
        }
        for (peer, items) in asked {
            for chunk in items.chunks(MAX_INVENTORY) {
                self.send(peer, Message::GetData(chunk.to_vec()));
            }
        }
    }

    fn unanswered(&self, peer: PeerId) -> u32 {
        self.peers.get(&peer).map_or(u32::MAX, |known| known.unanswered)
    }

    /// Orders what a peer has announced, as far as it may have orders.
    pub(super) fn ask_for_announced(&mut self, peer: PeerId) {
        let mut wanted = Vec::new();
        while self.requests.of_peer(peer) < MAX_TRANSACTION_REQUESTS {
            let Some(txid) = self.peers.get_mut(&peer).and_then(|known| known.announced.pop_front()) else { break };
            let is_known = self.mempool.contains(&txid) || self.chain.history().place(&txid).is_some();
            if !is_known && self.takes_order(peer, txid) {
                wanted.push(InventoryItem::Transaction(txid));
            }
        }
        for chunk in wanted.chunks(MAX_INVENTORY) {
            self.send(peer, Message::GetData(chunk.to_vec()));
        }
    }

    /// Whether an announcer is to be asked now; otherwise it is remembered.
    fn takes_order(&mut self, peer: PeerId, txid: Txid) -> bool {
        let mut others = VecDeque::new();
        if let Some(request) = self.requests.on_order.get(&txid) {
            if request.asked == peer || request.others.contains(&peer) {
                return false;
            }
            if self.unanswered(peer) >= self.unanswered(request.asked) {
                self.remember_announcer(peer, txid);
                return false;
            }
            others = self.requests.remove(&txid).map(|request| request.others).unwrap_or_default();
        }
        self.requests.insert(txid, TransactionRequest { asked: peer, since: self.now, others });
        true
    }

    fn remember_announcer(&mut self, peer: PeerId, txid: Txid) {
        let Some(request) = self.requests.on_order.get_mut(&txid) else { return };
        if request.others.len() < MAX_OTHER_ANNOUNCERS {
            request.others.push_back(peer);
            return;
        }
        // Of equals another one each time, or the last of many would always be the one that stays.
        let start = usize::from(txid.0[0]).wrapping_add(usize::try_from(peer.0).unwrap_or(0));
        let positions = (0..MAX_OTHER_ANNOUNCERS).map(|step| start.wrapping_add(step) % MAX_OTHER_ANNOUNCERS);
        let unanswered = |peer: PeerId| self.peers.get(&peer).map_or(u32::MAX, |known| known.unanswered);
        let worst = positions.max_by_key(|position| unanswered(request.others[*position]));
        if let Some(worst) = worst.filter(|worst| unanswered(request.others[*worst]) >= unanswered(peer)) {
            request.others[worst] = peer;
        }
    }

    pub(super) fn ask_for_more_announced(&mut self, peer: PeerId) {
        // Not one by one, for a `getdata` of one costs a frame's overhead.
        if self.requests.of_peer(peer) <= MAX_TRANSACTION_REQUESTS / 2 {
            self.ask_for_announced(peer);
        }
    }
}
