//! What a fee buys: how soon a transfer is mined, as far as what waits here can tell. A miner fills its block with the best paid,
//! so what counts is how many bytes are paid better. Miners elsewhere may have other things waiting.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use super::{MIN_FEE_RATE, Mempool};
use crate::primitives::Txid;

/// Blocks within which "soon" is.
pub const SOON_BLOCKS: usize = 3;

/// Fees for a transfer that is sent now, in units a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeLevels {
    /// Enough for the next block.
    pub next_block: u64,
    /// Enough for one of the next [`SOON_BLOCKS`].
    pub soon: u64,
    /// The least that nodes take in.
    pub cheapest: u64,
    /// In which block from now on the cheapest is mined if nothing better paid comes, counted from 1.
    pub cheapest_block: usize,
}

impl Mempool {
    /// `block_bytes`: what a block holds of transfers.
    pub fn fee_levels(&self, block_bytes: usize) -> FeeLevels {
        let mut ahead = 0;
        let mut enough = [MIN_FEE_RATE; 2];
        for (txid, _) in self.by_fee_rate() {
            let waiting = &self.waiting[txid];
            ahead += waiting.size;
            for (rate, blocks) in enough.iter_mut().zip([1, SOON_BLOCKS]) {
                // Who is to come before the one that fills the block has to pay more than that one.
                if ahead + LARGEST_TRANSFER_BYTES > blocks * block_bytes && *rate == MIN_FEE_RATE {
                    *rate = waiting.fee_rate().units_a_byte() + 1;
                }
            }
        }
        let [next_block, soon] = enough;
        let cheapest_block = block_after(ahead, block_bytes);
        FeeLevels { next_block, soon, cheapest: MIN_FEE_RATE, cheapest_block }
    }

    /// In which block from now on each of these is mined if nothing better paid comes, counted from 1.
    pub fn turns_of(&self, txids: &HashSet<Txid>, block_bytes: usize) -> HashMap<Txid, usize> {
        let mut ahead = 0;
        let mut turns = HashMap::new();
        if txids.is_empty() {
            return turns;
        }
        for (txid, _) in self.by_fee_rate() {
            if txids.contains(txid) {
                turns.insert(*txid, block_after(ahead + self.waiting[txid].size - 1, block_bytes));
            }
            ahead += self.waiting[txid].size;
        }
        turns
    }
}

/// A transfer with the longest memo.
const LARGEST_TRANSFER_BYTES: usize =
    crate::primitives::Transfer::BYTES_WITHOUT_MEMO + crate::primitives::Memo::MAX_BYTES;

fn block_after(bytes: usize, block_bytes: usize) -> usize {
    bytes / block_bytes.max(1) + 1
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::Waiting;
    use super::*;
    use crate::primitives::transaction::Payment;
    use crate::primitives::{Amount, Encode, Memo, NetworkId, SecretKey, Transfer};

    /// A pool with transfers of those fees a byte, one a sender.
    fn pool(rates: impl IntoIterator<Item = u64>) -> (Mempool, Vec<Txid>) {
        let mut pool = Mempool::default();
        let mut txids = Vec::new();
        for (number, rate) in (1..).zip(rates) {
            let key = SecretKey::from_seed([number; 32]);
            let fee = Amount::from_units(rate * Transfer::BYTES_WITHOUT_MEMO as u64).unwrap();
            let payment = Payment {
                recipient: key.public_key().address(),
                amount: Amount::COIN,
                fee,
                nonce: 0,
                memo: Memo::default(),
            };
            let transfer = Transfer::sign(NetworkId([0; 4]), &key, payment);
            assert_eq!(transfer.to_bytes().len(), Transfer::BYTES_WITHOUT_MEMO);
            txids.push(transfer.txid());
            pool.insert(transfer.txid(), Waiting::new(transfer));
        }
        (pool, txids)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn where_there_is_room_the_least_fee_is_enough() {
        let (pool, txids) = pool([7, 3]);
        let block_bytes = 4 * LARGEST_TRANSFER_BYTES;
        let levels = pool.fee_levels(block_bytes);
        assert_eq!(levels, FeeLevels { next_block: 1, soon: 1, cheapest: 1, cheapest_block: 1 });
        assert!(pool.turns_of(&txids.iter().copied().collect(), block_bytes).values().all(|turn| *turn == 1));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn who_wants_to_be_next_pays_more_than_who_would_be() {
        let (pool, txids) = pool([90, 80, 70, 60, 50, 40, 30, 20, 10]);
        // Two in a block.
        let block_bytes = 2 * Transfer::BYTES_WITHOUT_MEMO;
        let levels = pool.fee_levels(block_bytes);
        assert_eq!(levels.next_block, 91, "the longest memo leaves room for none beside it");
        assert_eq!(levels.soon, 51);
        assert_eq!((levels.cheapest, levels.cheapest_block), (1, 5));
        let turns = pool.turns_of(&txids.iter().copied().collect(), block_bytes);
        let turns: Vec<usize> = txids.iter().map(|txid| turns[txid]).collect();
        assert_eq!(turns, [1, 1, 2, 2, 3, 3, 4, 4, 5]);
    }
}
