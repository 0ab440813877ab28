//! Transfers that wait for a block: who may wait, who must go, and what a new tip changes.
//!
//! What waits never contradicts the tip: a sender's transfers have nonces that the ledger still expects, and together
//! they cost no more than the sender's confirmed balance.

pub mod fees;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use tiny_sort::unstable;

use crate::chain::TipChange;
use crate::chain::ledger::Ledger;
use crate::consensus::TxError;
use crate::consensus::transaction_rules::check_transfer;
use crate::primitives::{Address, Amount, Encode, NetworkId, Transfer, Txid};

/// Lowest fee that is taken in, units a byte: what it costs to fill the pool with rubbish. Bitcoin Core's default.
pub const MIN_FEE_RATE: u64 = 1;
/// Transfers that one sender may have waiting, gaps in their nonces included (Bitcoin Core's ancestor limit is 25; a
/// classroom's traffic generator wants more). Beyond it, refused.
pub const MAX_PER_SENDER: u64 = 64;
/// Encoded bytes of all that waits; beyond it the worst paid leave. About 20 000 transfers.
pub const MAX_BYTES: usize = 5_000_000;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MempoolError {
    #[error("already-known: this transaction waits already")]
    AlreadyKnown,
    #[error("{0}")]
    Invalid(#[from] TxError),
    #[error("fee-too-low: this transaction needs a fee of at least {needed}")]
    FeeTooLow { needed: Amount },
    #[error("underpriced-replacement: another transaction has this nonce; a fee of at least {needed} replaces it")]
    UnderpricedReplacement { needed: Amount },
    #[error("too-many-waiting: the sender has {MAX_PER_SENDER} nonces waiting; try again after the next block")]
    TooManyWaiting,
    #[error("mempool-full: only transactions with a higher fee are taken now")]
    Full,
}

#[derive(Debug)]
struct Waiting {
    transfer: Transfer,
    size: usize,
}

impl Waiting {
    fn new(transfer: Transfer) -> Self {
        Self { size: transfer.to_bytes().len(), transfer }
    }

    fn fee_rate(&self) -> FeeRate {
        FeeRate::new(self.transfer.fee, self.size)
    }

    /// What another of so many bytes has to pay at least to take this one's place: it pays for its own way around the network
    /// (BIP 125's rule 4).
    fn fee_to_replace_by(&self, size: usize) -> Amount {
        self.transfer.fee.checked_add(least_fee(size)).unwrap_or(Amount::MAX)
    }
}

/// What nodes ask at least to take in a transfer of so many bytes.
fn least_fee(size: usize) -> Amount {
    Amount::from_units(MIN_FEE_RATE * size as u64).unwrap_or(Amount::MAX)
}

/// Fee a byte, in 2^-20 units: fine enough to order by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FeeRate(u128);

impl FeeRate {
    pub fn new(fee: Amount, size: usize) -> Self {
        Self((u128::from(fee.units()) << 20) / size.max(1) as u128)
    }

    /// Whole units a byte, rounded down.
    pub fn units_a_byte(self) -> u64 {
        u64::try_from(self.0 >> 20).expect("no rate is above the largest amount")
    }
}

#[derive(Debug, Default)]
pub struct Mempool {
    waiting: HashMap<Txid, Waiting>,
    by_sender: BTreeMap<Address, BTreeMap<u64, Txid>>,
    bytes: usize,
}

/// What a new tip did to the mempool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Update {
    /// Mined, or contradicted by the new tip.
    pub removed: Vec<Txid>,
    /// Back from disconnected blocks.
    pub returned: Vec<Txid>,
    /// What was removed without being mined.
    pub let_go: Vec<Transfer>,
}

impl Mempool {
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Encoded bytes of all that waits.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn get(&self, txid: &Txid) -> Option<&Transfer> {
        self.waiting.get(txid).map(|waiting| &waiting.transfer)
    }

    /// The least fee with which the same transfer takes the place of this one.
    pub fn fee_to_replace(&self, txid: &Txid) -> Option<Amount> {
        self.waiting.get(txid).map(|waiting| waiting.fee_to_replace_by(waiting.size))
    }

    pub fn contains(&self, txid: &Txid) -> bool {
        self.waiting.contains_key(txid)
    }

    /// All that waits, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Txid, &Transfer)> {
        self.waiting.iter().map(|(txid, waiting)| (txid, &waiting.transfer))
    }

    /// All that waits, the best paid first; of equals by txid, so that the order is the same everywhere.
    pub fn by_fee_rate(&self) -> impl Iterator<Item = (&Txid, &Transfer)> {
        let mut all: Vec<_> = self.waiting.iter().collect();
        unstable::sort_by(&mut all, |(a_id, a), (b_id, b)| b.fee_rate().cmp(&a.fee_rate()).then(a_id.cmp(b_id)));
        all.into_iter().map(|(txid, waiting)| (txid, &waiting.transfer))
    }

    /// One sender's transfers in the order of their nonces, from the ledger's next nonce up to the first gap.
    pub fn minable<'a>(&'a self, sender: &Address, ledger: &Ledger) -> impl Iterator<Item = (Txid, &'a Transfer)> {
        let next = ledger.account(sender).next_nonce;
        self.by_sender
            .get(sender)
            .into_iter()
            .flatten()
            .zip(next..)
            .take_while(|((nonce, _), expected)| *nonce == expected)
            .map(|((_, txid), _)| (*txid, &self.waiting[txid].transfer))
    }

    /// All that one sender has waiting, in the order of their nonces, those after a gap included.
    pub fn of_sender(&self, sender: &Address) -> impl Iterator<Item = (Txid, &Transfer)> {
        let txids = self.by_sender.get(sender).into_iter().flat_map(BTreeMap::values);
        txids.map(|txid| (*txid, &self.waiting[txid].transfer))
    }

    pub fn senders(&self) -> impl Iterator<Item = &Address> {
        self.by_sender.keys()
    }

    /// The nonce that a sender's next transfer should have.
    pub fn next_nonce(&self, sender: &Address, ledger: &Ledger) -> u64 {
        ledger.account(sender).next_nonce + self.minable(sender, ledger).count() as u64
    }

    /// What a sender can still spend: its balance without all that waits of its own.
    pub fn available(&self, sender: &Address, ledger: &Ledger) -> Amount {
        ledger.account(sender).balance.checked_sub(self.cost_of(sender)).unwrap_or(Amount::ZERO)
    }

    /// Admits a transfer, and returns those that it replaced or pushed out.
    pub fn admit(
        &mut self,
        transfer: Transfer,
        ledger: &Ledger,
        network: NetworkId,
    ) -> Result<Vec<Transfer>, MempoolError> {
        let txid = transfer.txid();
        if self.contains(&txid) {
            return Err(MempoolError::AlreadyKnown);
        }
        let waiting = Waiting::new(transfer);
        self.check_place(&waiting, ledger)?;
        self.check_balance(&waiting.transfer, ledger)?;
        // The signature is the costly part, so it comes when everything else is right.
        check_transfer(&waiting.transfer, network)?;
        self.place(txid, waiting)
    }

    /// Fits the pool to a new tip: mined and contradicted transfers leave, those of disconnected blocks come back.
    pub fn update(&mut self, change: &TipChange, ledger: &Ledger) -> Update {
        let mut update = Update::default();
        // What has left, with the transfer unless it is mined; and of what came back that which was not here before.
        let mut left: BTreeMap<Txid, Option<Transfer>> = BTreeMap::new();
        let mut new = BTreeSet::new();
        for txid in change.connected.iter().flat_map(|block| block.txids()) {
            if self.remove(txid).is_some() {
                left.insert(*txid, None);
            }
        }
        for block in change.disconnected.iter().rev() {
            for (transfer, txid) in block.transfers().iter().zip(block.txids().iter().skip(1)) {
                // One that the new chain holds or contradicts is refused here, and that is right. Its signature was
                // checked with its block, and whether it can be paid is asked below of all of its sender's together.
                let waiting = Waiting::new(transfer.clone());
                if self.contains(txid) || self.check_place(&waiting, ledger).is_err() {
                    continue;
                }
                if let Ok(replaced) = self.place(*txid, waiting) {
                    update.returned.push(*txid);
                    if !left.contains_key(txid) {
                        new.insert(*txid);
                    }
                    left.extend(replaced.into_iter().map(|other| (other.txid(), Some(other))));
                }
            }
        }
        let senders: Vec<Address> = self.by_sender.keys().copied().collect();
        for sender in senders {
            let contradicted = self.drop_contradicted(&sender, ledger).into_iter();
            left.extend(contradicted.map(|(txid, other)| (txid, Some(other.transfer))));
        }
        update.returned.retain(|txid| self.contains(txid));
        left.retain(|txid, _| !self.contains(txid) && !new.contains(txid));
        update.removed = left.keys().copied().collect();
        update.let_go = left.into_values().flatten().collect();
        update
    }

    /// Whether the pool has a place for a transfer: its fee, its nonce, and the one that has this nonce already.
    fn check_place(&self, waiting: &Waiting, ledger: &Ledger) -> Result<(), MempoolError> {
        let transfer = &waiting.transfer;
        let sender = transfer.sender.address();
        let account = ledger.account(&sender);
        if transfer.nonce < account.next_nonce {
            return Err(TxError::NonceUsed { found: transfer.nonce, expected: account.next_nonce }.into());
        }
        if transfer.nonce - account.next_nonce >= MAX_PER_SENDER {
            return Err(MempoolError::TooManyWaiting);
        }
        if let Some(rival) = self.at_nonce(&sender, transfer.nonce) {
            let needed = self.waiting[&rival].fee_to_replace_by(waiting.size);
            if transfer.fee < needed {
                return Err(MempoolError::UnderpricedReplacement { needed });
            }
        }
        // After the other one's fee, which asks for more.
        let floor = least_fee(waiting.size);
        if transfer.fee < floor {
            return Err(MempoolError::FeeTooLow { needed: floor });
        }
        Ok(())
    }

    /// Whether the sender can pay for a transfer and for all others that wait.
    fn check_balance(&self, transfer: &Transfer, ledger: &Ledger) -> Result<(), TxError> {
        let cost = transfer.cost().ok_or(TxError::CostOverflow)?;
        let sender = transfer.sender.address();
        let mut others = self.cost_of(&sender);
        if let Some(rival) = self.at_nonce(&sender, transfer.nonce) {
            let rival = self.waiting[&rival].transfer.cost().unwrap_or(Amount::MAX);
            others = others.checked_sub(rival).unwrap_or(Amount::ZERO);
        }
        let balance = ledger.account(&sender).balance.checked_sub(others).unwrap_or(Amount::ZERO);
        if balance < cost {
            return Err(TxError::InsufficientBalance { balance, cost });
        }
        Ok(())
    }

    /// Takes a transfer in, in the place of the one with its nonce, and makes room. Returns those that had to go; if it
    /// would be among them, the pool stays as it was.
    fn place(&mut self, txid: Txid, waiting: Waiting) -> Result<Vec<Transfer>, MempoolError> {
        let mut removed = Vec::new();
        if let Some(replaced) = self.at_nonce(&waiting.transfer.sender.address(), waiting.transfer.nonce) {
            removed.extend(self.remove(&replaced));
        }
        self.insert(txid, waiting);
        while self.bytes > MAX_BYTES {
            removed.extend(self.evict_worst());
        }
        if !self.contains(&txid) {
            for (other, waiting) in removed.into_iter().filter(|(other, _)| *other != txid) {
                self.insert(other, waiting);
            }
            return Err(MempoolError::Full);
        }
        Ok(removed.into_iter().map(|(_, waiting)| waiting.transfer).collect())
    }

    fn at_nonce(&self, sender: &Address, nonce: u64) -> Option<Txid> {
        self.by_sender.get(sender)?.get(&nonce).copied()
    }

    /// Amounts and fees of all that a sender has waiting.
    fn cost_of(&self, sender: &Address) -> Amount {
        let txids = self.by_sender.get(sender).into_iter().flat_map(BTreeMap::values);
        txids
            .filter_map(|txid| self.waiting[txid].transfer.cost())
            .fold(Amount::ZERO, |sum, cost| sum.checked_add(cost).unwrap_or(Amount::MAX))
    }

    fn insert(&mut self, txid: Txid, waiting: Waiting) {
        self.bytes += waiting.size;
        let sender = waiting.transfer.sender.address();
        self.by_sender.entry(sender).or_default().insert(waiting.transfer.nonce, txid);
        self.waiting.insert(txid, waiting);
    }

    fn remove(&mut self, txid: &Txid) -> Option<(Txid, Waiting)> {
        let waiting = self.waiting.remove(txid)?;
        self.bytes -= waiting.size;
        let sender = waiting.transfer.sender.address();
        if let Some(nonces) = self.by_sender.get_mut(&sender) {
            nonces.remove(&waiting.transfer.nonce);
            if nonces.is_empty() {
                self.by_sender.remove(&sender);
            }
        }
        Some((*txid, waiting))
    }

    /// Removes the worst paid transfer with those of the same sender that need it to be mined first.
    fn evict_worst(&mut self) -> Vec<(Txid, Waiting)> {
        let worst = self.waiting.iter().min_by_key(|(txid, waiting)| (waiting.fee_rate(), **txid));
        let Some((_, worst)) = worst else { return Vec::new() };
        let (sender, nonce) = (worst.transfer.sender.address(), worst.transfer.nonce);
        let evicted: Vec<Txid> = self.by_sender[&sender].range(nonce..).map(|(_, txid)| *txid).collect();
        evicted.iter().filter_map(|txid| self.remove(txid)).collect()
    }

    /// Drops a sender's transfers with used nonces, then the last ones until the rest can be paid.
    fn drop_contradicted(&mut self, sender: &Address, ledger: &Ledger) -> Vec<(Txid, Waiting)> {
        let account = ledger.account(sender);
        let Some(nonces) = self.by_sender.get(sender) else { return Vec::new() };
        let used: Vec<Txid> = nonces.range(..account.next_nonce).map(|(_, txid)| *txid).collect();
        let mut dropped: Vec<_> = used.iter().filter_map(|txid| self.remove(txid)).collect();
        while self.cost_of(sender) > account.balance {
            let last = self.by_sender[sender].last_key_value().map(|(_, txid)| *txid);
            dropped.extend(self.remove(&last.expect("a cost above nothing has a transfer")));
        }
        dropped
    }
}
