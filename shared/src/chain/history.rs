//! Where each transaction of the active chain stands, and which ones touch an address.

use std::collections::HashMap;

use crate::consensus::CheckedBlock;
use crate::primitives::{Address, Txid};

/// A transaction's place on the active chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub height: u32,
    /// In its block; the coinbase is at 0.
    pub position: u32,
}

#[derive(Debug, Default)]
pub struct History {
    places: HashMap<Txid, Place>,
    /// Oldest first.
    by_address: HashMap<Address, Vec<Place>>,
}

impl History {
    pub fn place(&self, txid: &Txid) -> Option<Place> {
        self.places.get(txid).copied()
    }

    /// Transactions that paid or were paid by an address, oldest first.
    pub fn of(&self, address: &Address) -> &[Place] {
        self.by_address.get(address).map_or(&[], Vec::as_slice)
    }

    pub(super) fn connect(&mut self, block: &CheckedBlock, height: u32) {
        for (position, (txid, addresses)) in (0..).zip(touched(block)) {
            let place = Place { height, position };
            self.places.insert(txid, place);
            for address in addresses {
                self.by_address.entry(address).or_default().push(place);
            }
        }
    }

    /// Undoes the last `connect`.
    pub(super) fn disconnect(&mut self, block: &CheckedBlock) {
        for (txid, addresses) in touched(block) {
            self.places.remove(&txid);
            for address in addresses {
                if let Some(places) = self.by_address.get_mut(&address) {
                    // This block's are the newest, so they are at the end.
                    places.pop();
                    if places.is_empty() {
                        self.by_address.remove(&address);
                    }
                }
            }
        }
    }
}

/// Each transaction of a block with the one or two addresses that it touches.
fn touched(block: &CheckedBlock) -> impl Iterator<Item = (Txid, Vec<Address>)> + '_ {
    let coinbase = vec![block.coinbase().recipient];
    let transfers = block.transfers().iter().map(|transfer| {
        let sender = transfer.sender.address();
        if sender == transfer.recipient { vec![sender] } else { vec![sender, transfer.recipient] }
    });
    block.txids().iter().copied().zip(std::iter::once(coinbase).chain(transfers))
}
