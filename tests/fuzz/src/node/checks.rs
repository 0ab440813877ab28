//! What holds in a node after every input, beyond what holds in its chain.

use std::collections::BTreeMap;

use tabchain_shared::chain::Chain;
use tabchain_shared::mempool::{MAX_BYTES, MAX_PER_SENDER, MIN_FEE_RATE, Mempool};
use tabchain_shared::mining::Job;
use tabchain_shared::primitives::{Address, Encode, Transfer};

/// What waits never contradicts the tip.
pub fn check_mempool(mempool: &Mempool, chain: &Chain) {
    let mut by_sender: BTreeMap<Address, BTreeMap<u64, &Transfer>> = BTreeMap::new();
    let mut bytes = 0;
    for (txid, transfer) in mempool.by_fee_rate() {
        assert_eq!(*txid, transfer.txid());
        assert_eq!(transfer.network, chain.network());
        assert!(chain.history().place(txid).is_none(), "a mined transfer waits");
        let size = transfer.to_bytes().len();
        assert!(transfer.fee.units() >= MIN_FEE_RATE * size as u64);
        bytes += size;
        let rival = by_sender.entry(transfer.sender.address()).or_default().insert(transfer.nonce, transfer);
        assert!(rival.is_none(), "two transfers wait with one nonce");
    }
    assert_eq!(bytes, mempool.bytes());
    assert!(bytes <= MAX_BYTES);
    assert!(mempool.senders().eq(by_sender.keys()));
    for (sender, transfers) in by_sender {
        let account = chain.ledger().account(&sender);
        let allowed = account.next_nonce..account.next_nonce + MAX_PER_SENDER;
        assert!(transfers.keys().all(|nonce| allowed.contains(nonce)), "a nonce is used or too far ahead");
        let cost: u64 = transfers.values().map(|transfer| transfer.amount.units() + transfer.fee.units()).sum();
        assert!(cost <= account.balance.units(), "more waits than can be paid");
    }
}

/// Miners work on the tip, at its difficulty.
pub fn check_job(job: &Job, chain: &Chain) {
    assert_eq!(job.header.prev_blockhash, chain.tip(), "miners work on an old tip");
    assert_eq!(Some(job.header.bits), chain.index().required_bits(chain.params(), chain.tip()));
}
