//! Where each transaction of the active chain stands, and which ones touch an address: for people, and so that a transaction
//! that was mined is not ordered once more. No rule of consensus reads it.
//!
//! A tab looks up what it has verified itself, so all of history stays in memory, and small: about 20 bytes a transaction and
//! one or two for each address that it touches. Transactions are numbered in the order of the chain; a number and the number of
//! each block's first transaction give the place.

mod number_list;
mod txid_index;

use std::collections::HashMap;

use crate::consensus::CheckedBlock;
use crate::primitives::{Address, Txid};
use number_list::{NewestFirst, NumberList};
use txid_index::TxidIndex;

/// A transaction's place on the active chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub height: u32,
    /// In its block; the coinbase is at 0.
    pub position: u32,
}

#[derive(Debug, Default)]
pub struct History {
    txids: TxidIndex,
    /// The number of each block's coinbase, from height 1 on: genesis moves nothing.
    first_numbers: Vec<u32>,
    by_address: HashMap<Address, NumberList>,
}

impl History {
    pub fn place(&self, txid: &Txid) -> Option<Place> {
        self.txids.find(txid).map(|number| self.place_of(number))
    }

    /// Transactions that paid or were paid by an address, newest first.
    pub fn of(&self, address: &Address) -> NewestPlacesFirst<'_> {
        let numbers = self.by_address.get(address).map(NumberList::newest_first).unwrap_or_default();
        NewestPlacesFirst { history: self, numbers }
    }

    /// Reads where the next block's transactions will be added.
    pub(super) fn read_ahead(&self) -> u64 {
        u64::from(self.first_numbers.last().copied().unwrap_or_default()) ^ self.txids.read_ahead()
    }

    fn place_of(&self, number: u32) -> Place {
        let height = self.first_numbers.partition_point(|first| *first <= number);
        let first = self.first_numbers[height - 1];
        Place { height: u32::try_from(height).expect("heights are 32 bits"), position: number - first }
    }

    /// Takes up the block after the last.
    pub(super) fn connect(&mut self, block: &CheckedBlock) {
        self.first_numbers.push(self.txids.len());
        for (txid, addresses) in touched(block) {
            let number = self.txids.push(&txid);
            for address in addresses {
                self.by_address.entry(address).or_default().push(number);
            }
        }
    }

    /// Undoes the last `connect`.
    pub(super) fn disconnect(&mut self, block: &CheckedBlock) {
        self.first_numbers.pop();
        for (_, addresses) in touched(block) {
            for address in addresses {
                if let Some(numbers) = self.by_address.get_mut(&address) {
                    // This block's are the newest, so they are at the end.
                    numbers.pop();
                    if numbers.is_empty() {
                        self.by_address.remove(&address);
                    }
                }
            }
        }
        for txid in block.txids().iter().rev() {
            self.txids.pop(txid);
        }
    }
}

/// The places of an address. What is skipped is not looked for: of a busy address that would take a millisecond for fifty thousand.
#[derive(Debug)]
pub struct NewestPlacesFirst<'a> {
    history: &'a History,
    numbers: NewestFirst<'a>,
}

impl Iterator for NewestPlacesFirst<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        self.nth(0)
    }

    fn nth(&mut self, skipped: usize) -> Option<Place> {
        self.numbers.nth(skipped).map(|number| self.history.place_of(number))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.numbers.size_hint()
    }
}

impl ExactSizeIterator for NewestPlacesFirst<'_> {}

/// Each transaction of a block with the one or two addresses that it touches.
fn touched(block: &CheckedBlock) -> impl Iterator<Item = (Txid, impl Iterator<Item = Address> + use<>)> + '_ {
    let coinbase = [Some(block.coinbase().recipient), None];
    let transfers = block.transfers().iter().map(|transfer| {
        let sender = transfer.sender.address();
        [Some(sender), Some(transfer.recipient).filter(|recipient| *recipient != sender)]
    });
    let touched = std::iter::once(coinbase).chain(transfers).map(|both| both.into_iter().flatten());
    block.txids().iter().copied().zip(touched)
}
