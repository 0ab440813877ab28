//! A node's own payments, from the moment they wait until blocks lie on them: what its wallet shows. It is read off the mempool and
//! the blocks in memory at the moment of asking; kept beside them are only those that the mempool has let go of.

use std::collections::{HashMap, HashSet, VecDeque};

use serde::{Deserialize, Serialize};
use tiny_sort::unstable;

use super::Node;
use super::block_view::TransactionView;
use crate::consensus::CheckedBlock;
use crate::mempool::fees::FeeLevels;
use crate::mining::block_template::transfer_room;
use crate::primitives::transaction::Payment;
use crate::primitives::{Amount, Transfer, Txid};

/// Payments in a view, of those that wait and of those that are mined: as many as one sender may have waiting
/// ([`crate::mempool::MAX_PER_SENDER`]).
const MAX_SHOWN: usize = 64;
/// Of a node's newest transactions so many are looked at; most of a miner's are rewards.
const MAX_LOOKED_AT: usize = 400;

/// What a wallet shows beside the balance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WalletView {
    /// This node's payments to others and theirs to it: those that wait in the order of their nonces, then the undone ones, then the
    /// mined ones, newest first. Those of blocks that memory no longer holds are not among them.
    pub payments: Vec<PaymentView>,
    pub fees: FeeLevels,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PaymentView {
    pub transaction: TransactionView,
    pub state: PaymentState,
    /// The height of a block that held it and is stale now.
    pub was_in_block: Option<u32>,
    /// The least fee with which it can be sent again in its own place; absent once it is mined, and for what others sent.
    pub fee_to_replace: Option<Amount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PaymentState {
    /// It is mined in so many blocks, counted from 1, if nothing better paid comes and somebody mines.
    Waiting { turn: usize },
    /// It cannot be mined: the sender's payment with this nonce has to come before it, and is not here.
    Blocked { missing_nonce: u64 },
    /// So many blocks hold it or stand on the one that does.
    Confirmed { confirmations: u32 },
    /// It waits nowhere and no block of the chain holds it: the chain spends its nonce otherwise, its sender's coins are gone with a
    /// stale block, or better paid ones have pushed it out.
    Undone,
}

/// This node's payments that its mempool has let go of, newest first. They are not stored: a node that starts again remembers what
/// waits, and what its blocks hold.
#[derive(Debug, Default)]
pub(super) struct LetGo(VecDeque<Transfer>);

impl Node {
    pub fn wallet_view(&self) -> WalletView {
        let room = transfer_room(self.chain.params());
        let mut payments = self.waiting_payments(room);
        payments.extend(self.undone_payments());
        payments.extend(self.mined_payments().take(MAX_SHOWN));
        WalletView { payments, fees: self.mempool.fee_levels(room) }
    }

    /// A payment that waits, signed anew with another fee: it takes the old one's place. `None` without a secret key, and for
    /// what is not here or not this node's.
    pub fn sign_replacement(&self, txid: &Txid, fee: Amount) -> Option<Transfer> {
        let old = self.mempool.get(txid).filter(|old| old.sender == self.public_key)?;
        let payment =
            Payment { recipient: old.recipient, amount: old.amount, fee, nonce: old.nonce, memo: old.memo.clone() };
        Some(Transfer::sign(self.chain.network(), self.secret_key.as_ref()?, payment))
    }

    fn waiting_payments(&self, room: usize) -> Vec<PaymentView> {
        let others = self
            .mempool
            .iter()
            .filter(|(_, transfer)| transfer.recipient == self.address && transfer.sender != self.public_key);
        let mut others: Vec<_> = others.map(|(txid, transfer)| (*txid, transfer)).collect();
        unstable::sort_by_key(&mut others, |(txid, _)| *txid);
        let waiting = self.mempool.of_sender(&self.address).chain(others).take(MAX_SHOWN);
        let waiting: Vec<(Txid, &Transfer)> = waiting.collect();
        let txids: HashSet<Txid> = waiting.iter().map(|(txid, _)| *txid).collect();
        let turns = self.mempool.turns_of(&txids, room);
        let stale_homes = self.stale_homes(&txids);
        // One's own come in the order of their nonces: none is mined before the one it follows.
        let mut earliest = 1;
        let next_nonce = self.mempool.next_nonce(&self.address, self.chain.ledger());
        let view = |(txid, transfer): (Txid, &Transfer)| {
            let is_own = transfer.sender == self.public_key;
            let mut turn = turns.get(&txid).copied().unwrap_or(1);
            if is_own {
                turn = turn.max(earliest);
                earliest = turn;
            }
            let is_blocked = is_own && transfer.nonce > next_nonce;
            PaymentView {
                transaction: TransactionView::of_transfer(txid, transfer, None),
                state: if is_blocked {
                    PaymentState::Blocked { missing_nonce: next_nonce }
                } else {
                    PaymentState::Waiting { turn }
                },
                was_in_block: stale_homes.get(&txid).copied(),
                fee_to_replace: self.mempool.fee_to_replace(&txid).filter(|_| is_own),
            }
        };
        waiting.into_iter().map(view).collect()
    }

    /// Called with what left the mempool without being mined: of this node's, what has not been replaced is remembered.
    pub(super) fn remember_let_go(&mut self, let_go: Vec<Transfer>) {
        let mut own: Vec<Transfer> = let_go.into_iter().filter(|it| it.sender == self.public_key).collect();
        unstable::sort_by_key(&mut own, |transfer| transfer.nonce);
        for transfer in own {
            let is_replaced = self.mempool.of_sender(&self.address).any(|(_, other)| other.nonce == transfer.nonce);
            if !is_replaced && self.is_undone(&transfer.txid()) {
                self.let_go.0.retain(|known| known != &transfer);
                self.let_go.0.push_front(transfer);
            }
        }
        self.let_go.0.truncate(MAX_SHOWN);
    }

    fn is_undone(&self, txid: &Txid) -> bool {
        self.mempool.get(txid).is_none() && self.chain.history().place(txid).is_none()
    }

    /// Payments of stale blocks in memory, this node's and those to it, and what the mempool has let go of, newest first.
    fn undone_payments(&self) -> Vec<PaymentView> {
        let mut homes: HashMap<Txid, (u32, &Transfer)> = HashMap::new();
        for (height, body) in self.stale_bodies() {
            for (txid, transfer) in body.txids().iter().skip(1).zip(body.transfers()) {
                let is_ours = transfer.sender == self.public_key || transfer.recipient == self.address;
                if is_ours && self.is_undone(txid) {
                    let home = homes.entry(*txid).or_insert((height, transfer));
                    home.0 = home.0.max(height);
                }
            }
        }
        let let_go = self.let_go.0.iter().map(|transfer| (transfer.txid(), transfer));
        let let_go = let_go.filter(|(txid, _)| !homes.contains_key(txid) && self.is_undone(txid));
        let mut undone: Vec<_> = let_go.map(|(txid, transfer)| (txid, None, transfer)).collect();
        let mut stale: Vec<_> =
            homes.iter().map(|(txid, (height, transfer))| (*txid, Some(*height), *transfer)).collect();
        unstable::sort_by_key(&mut stale, |(txid, height, _)| (std::cmp::Reverse(*height), *txid));
        undone.extend(stale);
        undone.truncate(MAX_SHOWN);
        let view = |(txid, was_in_block, transfer)| PaymentView {
            transaction: TransactionView::of_transfer(txid, transfer, None),
            state: PaymentState::Undone,
            was_in_block,
            fee_to_replace: None,
        };
        undone.into_iter().map(view).collect()
    }

    /// Blocks in memory that are not on the active chain, with their heights.
    fn stale_bodies(&self) -> impl Iterator<Item = (u32, &CheckedBlock)> {
        let stale = self.chain.bodies().filter(|body| !self.chain.is_active(&body.hash()));
        stale.filter_map(|body| Some((self.chain.index().get(&body.hash())?.height, &**body)))
    }

    fn mined_payments(&self) -> impl Iterator<Item = PaymentView> {
        let tip = self.chain.height();
        let places = self.chain.history().of(&self.address).take(MAX_LOOKED_AT);
        let transfers = places.filter(|place| place.position > 0);
        transfers.filter_map(move |place| {
            let block = self.body(&self.chain.hash_at(place.height)?)?;
            Some(PaymentView {
                transaction: TransactionView::in_block(block, place.position as usize, place.height)?,
                state: PaymentState::Confirmed { confirmations: tip - place.height + 1 },
                was_in_block: None,
                fee_to_replace: None,
            })
        })
    }

    /// The heights of stale blocks in memory in which transfers were mined; of several the highest.
    fn stale_homes(&self, txids: &HashSet<Txid>) -> HashMap<Txid, u32> {
        let mut homes = HashMap::new();
        if txids.is_empty() {
            return homes;
        }
        for (height, body) in self.stale_bodies() {
            for txid in body.txids().iter().filter(|txid| txids.contains(txid)) {
                let home = homes.entry(*txid).or_insert(height);
                *home = height.max(*home);
            }
        }
        homes
    }
}
