//! Long chains without a miner's patience: writes the data folder of a relay that has been running for weeks.
//!
//! Every block is a full one by the rules (work, signatures, dates), so whoever is given the folder believes none of it
//! unchecked. The same [`LongChain`] makes the same bytes on every machine. Meant for networks whose blocks take few hashes:
//! regtest, or a file with an easy limit.

use std::path::Path;
use std::thread::{self, available_parallelism};

use tabchain::DATABASE_FILE;
use tabchain::store::Store;
use tabchain_shared::chain::store::Record;
use tabchain_shared::consensus::Params;
use tabchain_shared::consensus::difficulty::required_bits;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::mining::nonce_space::job_version;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, Header, Memo, NetworkId, SecretKey, Transaction, Transfer, merkle_root,
};

/// Accounts that mine in turn and pay each other. All of them have coins from the height of their number on.
pub const ACCOUNTS: u32 = 64;
/// Blocks made and written together: a few megabytes, so that a chain of any length fits into memory.
const BLOCKS_PER_WRITE: u32 = 1_000;
/// Small enough for an account to pay for ever: what it pays in fees it gets back as a miner.
const AMOUNT_UNITS: u64 = 1_000;
const FEE_UNITS: u64 = 100_000;

/// A chain to make.
#[derive(Debug, Clone)]
pub struct LongChain {
    pub params: Params,
    /// Blocks after genesis.
    pub blocks: u32,
    /// In every block but the first, before which nobody has a coin.
    pub transfers_per_block: u32,
    /// From the block after this height on it is another chain.
    pub forks_after: Option<u32>,
}

impl LongChain {
    /// On regtest, where every second hash makes a block.
    pub fn on_regtest(blocks: u32, transfers_per_block: u32) -> Self {
        Self { params: Params::regtest(), blocks, transfers_per_block, forks_after: None }
    }

    /// Writes the chain where a relay with `--data-dir folder` looks for it, and returns its tip. A million transfers
    /// take half a minute of one core.
    pub fn write(&self, folder: &Path) -> BlockHash {
        let network = self.params.network_id();
        let store = Store::open(&folder.join(DATABASE_FILE), network).expect("a new folder takes a database");
        let keys: Vec<SecretKey> = (0..ACCOUNTS).map(key).collect();
        let addresses: Vec<Address> = keys.iter().map(|key| key.public_key().address()).collect();
        let mut plan =
            Plan { transfers_per_block: self.transfers_per_block, last_payer: 0, next_nonces: [0; ACCOUNTS as usize] };
        let mut tip = self.params.genesis().header;
        let mut before_tip = None;
        let mut height = 0;
        while height < self.blocks {
            let heights = height + 1..=self.blocks.min(height + BLOCKS_PER_WRITE);
            let payments: Vec<Vec<Paid>> = heights.clone().map(|height| plan.payments(height, &addresses)).collect();
            let mut changes = Vec::new();
            for (height_of_block, transfers) in heights.clone().zip(sign(network, &keys, payments)) {
                let miner = addresses[(height_of_block % ACCOUNTS) as usize];
                let block = self.block(height_of_block, &tip, before_tip.as_ref(), miner, transfers);
                changes.push(Record::put_block(height_of_block, height_of_block.into(), &block));
                before_tip = Some(tip);
                tip = block.header;
            }
            height = *heights.end();
            changes.push(Record::put_tip(tip.hash()));
            store.write(&changes).expect("the disk has room");
        }
        tip.hash()
    }

    fn block(
        &self,
        height: u32,
        parent: &Header,
        grandparent: Option<&Header>,
        miner: Address,
        transfers: Vec<Transfer>,
    ) -> Block {
        let params = &self.params;
        let fees = FEE_UNITS * transfers.len() as u64;
        let reward = Amount::from_units(params.subsidy_at(height).units() + fees).expect("no more than there can be");
        let is_other = self.forks_after.is_some_and(|fork| height > fork);
        let tag = Memo::new(if is_other { "other chain" } else { "long chain" }).expect("short");
        let coinbase = Transaction::Coinbase(Coinbase { height, recipient: miner, reward, tag });
        let transactions: Vec<Transaction> =
            std::iter::once(coinbase).chain(transfers.into_iter().map(Transaction::Transfer)).collect();
        let txids: Vec<_> = transactions.iter().map(Transaction::txid).collect();
        let mut header = Header {
            version: job_version(0),
            prev_blockhash: parent.hash(),
            merkle_root: merkle_root(&txids).root,
            // On schedule, so that no network finds its blocks too early or too late.
            time: params.genesis_time + height * params.spacing,
            bits: required_bits(params, parent, grandparent),
            nonce: 0,
        };
        let mut search = NonceSearch::for_bits(params.algorithm, &header).expect("demanded bits are sound");
        header.nonce = search.run(0, u32::MAX).expect("on an easy network one of four thousand million nonces fits");
        Block { header, transactions }
    }
}

/// A payment and which account makes it.
struct Paid {
    account: usize,
    payment: Payment,
}

/// Who pays whom. Every account is the payer in turn.
struct Plan {
    transfers_per_block: u32,
    /// From 1 to the number of accounts.
    last_payer: usize,
    next_nonces: [u64; ACCOUNTS as usize],
}

impl Plan {
    fn payments(&mut self, height: u32, addresses: &[Address]) -> Vec<Paid> {
        // Those that have mined a block below this one: accounts 1, 2, 3 … and at last 0.
        let with_coins = (height - 1).min(ACCOUNTS) as usize;
        if with_coins == 0 {
            return Vec::new();
        }
        let pay = |_| {
            self.last_payer = self.last_payer % with_coins + 1;
            let account = self.last_payer % ACCOUNTS as usize;
            let nonce = self.next_nonces[account];
            self.next_nonces[account] += 1;
            let payment = Payment {
                recipient: addresses[(account + 1) % ACCOUNTS as usize],
                amount: Amount::from_units(AMOUNT_UNITS).expect("little"),
                fee: Amount::from_units(FEE_UNITS).expect("little"),
                nonce,
                memo: Memo::default(),
            };
            Paid { account, payment }
        };
        (0..self.transfers_per_block).map(pay).collect()
    }
}

/// Signs on all cores: next to it the rest takes no time.
fn sign(network: NetworkId, keys: &[SecretKey], blocks: Vec<Vec<Paid>>) -> Vec<Vec<Transfer>> {
    let cores = available_parallelism().map_or(1, usize::from);
    let mut parts: Vec<Vec<Vec<Paid>>> = Vec::new();
    let mut blocks = blocks.into_iter().peekable();
    let length = blocks.len().div_ceil(cores).max(1);
    while blocks.peek().is_some() {
        parts.push(blocks.by_ref().take(length).collect());
    }
    let sign_block = |payments: Vec<Paid>| -> Vec<Transfer> {
        payments.into_iter().map(|paid| Transfer::sign(network, &keys[paid.account], paid.payment)).collect()
    };
    thread::scope(|scope| {
        let running: Vec<_> = parts
            .into_iter()
            .map(|part| scope.spawn(move || part.into_iter().map(sign_block).collect::<Vec<_>>()))
            .collect();
        running.into_iter().flat_map(|thread| thread.join().expect("signing does not fail")).collect()
    })
}

/// The secret key of an account, for whoever wants to pay from one.
pub fn key(account: u32) -> SecretKey {
    let mut seed = [0x4c; 32];
    seed[..4].copy_from_slice(&account.to_le_bytes());
    SecretKey::from_seed(seed)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::chain::Chain;

    use super::*;

    /// The chain by the rules, as a node that starts on the folder judges it.
    fn restored(chain: &LongChain) -> (Chain, BlockHash) {
        let folder = tempfile::tempdir().expect("a data folder");
        let tip = chain.write(folder.path());
        let store = Store::open(&folder.path().join(DATABASE_FILE), chain.params.network_id()).expect("its database");
        let mut restored = Chain::new(chain.params.clone());
        store
            .load(|records| {
                for record in records {
                    if let Record::Block { arrival, block } = record {
                        restored.restore_block(*block, arrival).expect("every rule holds");
                    }
                }
            })
            .expect("what was written can be read");
        restored.activate();
        (restored, tip)
    }

    #[test]
    fn a_node_accepts_every_block_and_every_transfer() {
        let long = LongChain::on_regtest(BLOCKS_PER_WRITE + 200, 3);
        let (chain, tip) = restored(&long);
        assert_eq!((chain.height(), chain.tip()), (1_200, tip));
        let transfers: u64 =
            (0..ACCOUNTS).map(|account| chain.ledger().account(&key(account).public_key().address()).next_nonce).sum();
        assert_eq!(transfers, 1_199 * 3);
    }

    #[test]
    fn a_fork_shares_what_is_below_it() {
        let one = LongChain::on_regtest(50, 1);
        let (one, other) = (restored(&one).0, restored(&LongChain { forks_after: Some(30), ..one.clone() }).0);
        assert_eq!(one.hash_at(30), other.hash_at(30));
        assert_ne!(one.hash_at(31), other.hash_at(31));
    }

    #[test]
    fn the_same_order_makes_the_same_chain() {
        let long = LongChain::on_regtest(70, 2);
        assert_eq!(restored(&long).1, restored(&long).1);
        assert_ne!(restored(&long).1, restored(&LongChain { transfers_per_block: 1, ..long.clone() }).1);
    }
}
