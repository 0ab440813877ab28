//! Accounts at the tip of the active chain, and how a block changes them.
//!
//! Order within a block is fixed: transfers one after the other, each seeing what the ones before it did, and the
//! coinbase last, so that no block spends its own reward.

use std::collections::HashMap;

use tiny_sort::unstable;

use crate::consensus::block_rules::check_coinbase;
use crate::consensus::transaction_rules::{Account, check_transfer_in_context};
use crate::consensus::{BlockError, CheckedBlock, Params, TxError};
use crate::primitives::{Address, Amount, sha256d};

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Those that ever held anything.
    accounts: HashMap<Address, Account>,
}

/// An account as it was before it was changed.
type Before = (Address, Account);

/// Accounts as they were before a block, in the order in which the block changed them.
#[derive(Debug, Clone, Default)]
pub struct Undo {
    earlier: Vec<Before>,
    /// Of a block without transfers this is all.
    last: Option<Before>,
}

impl Undo {
    fn push(&mut self, before: Before) {
        self.earlier.extend(self.last.replace(before));
    }

    fn newest_first(self) -> impl Iterator<Item = Before> {
        self.last.into_iter().chain(self.earlier.into_iter().rev())
    }
}

impl Ledger {
    /// An account that never held anything is like a new one.
    pub fn account(&self, address: &Address) -> Account {
        self.accounts.get(address).copied().unwrap_or_default()
    }

    /// In the order of their addresses.
    pub fn accounts(&self) -> impl Iterator<Item = (&Address, &Account)> {
        let mut accounts: Vec<_> = self.accounts.iter().collect();
        unstable::sort_by(&mut accounts, |(one, _), (other, _)| one.cmp(other));
        accounts.into_iter()
    }

    /// All money in circulation.
    pub fn supply(&self) -> Amount {
        let units = self.accounts.values().map(|account| account.balance.units()).sum();
        Amount::from_units(units).expect("issuance is bounded when the network is chosen")
    }

    /// SHA-256d over all accounts in order: equal states have equal hashes on every machine.
    pub fn state_hash(&self) -> [u8; 32] {
        let mut bytes = Vec::with_capacity(self.accounts.len() * 36);
        for (address, account) in self.accounts() {
            bytes.extend(address.0);
            bytes.extend(account.balance.units().to_le_bytes());
            bytes.extend(account.next_nonce.to_le_bytes());
        }
        sha256d(&bytes)
    }

    /// Applies a block, all of it or nothing.
    pub(super) fn connect(&mut self, params: &Params, block: &CheckedBlock, height: u32) -> Result<Undo, BlockError> {
        let mut undo = Undo::default();
        match self.apply(params, block, height, &mut undo) {
            Ok(()) => Ok(undo),
            Err(error) => {
                self.disconnect(undo);
                Err(error)
            }
        }
    }

    pub(super) fn disconnect(&mut self, undo: Undo) {
        for (address, before) in undo.newest_first() {
            if before == Account::default() {
                self.accounts.remove(&address);
            } else {
                self.accounts.insert(address, before);
            }
        }
    }

    fn apply(&mut self, params: &Params, block: &CheckedBlock, height: u32, undo: &mut Undo) -> Result<(), BlockError> {
        let mut fees = Amount::ZERO;
        for (index, transfer) in block.transfers().iter().enumerate() {
            let refuse = |error: TxError| BlockError::Transaction { position: index + 1, error };
            let sender = transfer.sender.address();
            let account = check_transfer_in_context(transfer, self.account(&sender)).map_err(refuse)?;
            self.set(sender, account, undo);
            self.credit(transfer.recipient, transfer.amount, undo);
            fees = fees.checked_add(transfer.fee).expect("fees were in balances, which issuance bounds");
        }
        let coinbase = block.coinbase();
        check_coinbase(params, coinbase, height, fees)?;
        if coinbase.reward > Amount::ZERO {
            self.credit(coinbase.recipient, coinbase.reward, undo);
        }
        Ok(())
    }

    fn credit(&mut self, address: Address, amount: Amount, undo: &mut Undo) {
        let account = self.accounts.entry(address).or_default();
        let before = *account;
        account.balance = before.balance.checked_add(amount).expect("issuance is bounded when the network is chosen");
        undo.push((address, before));
    }

    fn set(&mut self, address: Address, account: Account, undo: &mut Undo) {
        undo.push((address, self.accounts.insert(address, account).unwrap_or_default()));
    }
}
