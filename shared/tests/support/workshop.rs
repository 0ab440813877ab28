//! What the tests of the chain make blocks with: three people with keys, and a miner who follows every rule until a test
//! breaks one.

// Each test program uses its part of this.
#![allow(dead_code)]

use tabchain_shared::chain::{Accepted, Chain, TipChange};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, Header, Memo, NetworkId, SecretKey, Transaction, Transfer, Txid,
    merkle_root,
};

/// Every node's clock: eleven days after genesis, so that no block made here is from the future.
pub const NOW: u32 = 1_767_225_600 + 1_000_000;

pub fn alice() -> SecretKey {
    SecretKey::from_seed([1; 32])
}

pub fn bob() -> SecretKey {
    SecretKey::from_seed([2; 32])
}

pub fn carol() -> SecretKey {
    SecretKey::from_seed([3; 32])
}

pub fn address(key: &SecretKey) -> Address {
    key.public_key().address()
}

pub fn units(units: u64) -> Amount {
    Amount::from_units(units).unwrap()
}

pub fn coins(coins: u64) -> Amount {
    units(coins * Amount::COIN.units())
}

pub fn payment(to: &SecretKey, amount: Amount, nonce: u64) -> Payment {
    Payment { recipient: address(to), amount, fee: Amount::ZERO, nonce, memo: Memo::default() }
}

/// `amount` from one person to another, without a fee.
pub fn pay(network: NetworkId, from: &SecretKey, to: &SecretKey, amount: Amount, nonce: u64) -> Transfer {
    Transfer::sign(network, from, payment(to, amount, nonce))
}

/// A valid block on `parent`, dated one spacing after it, that pays `recipient` all that the rules allow.
pub fn block_on(chain: &Chain, parent: BlockHash, recipient: &SecretKey, transfers: Vec<Transfer>) -> Block {
    let parent = &chain.index().get(&parent).expect("the parent is indexed").header;
    block_dated(chain, parent.hash(), parent.time + chain.params().spacing, recipient, transfers)
}

/// As [`block_on`], with a date of the test's choice.
pub fn block_dated(
    chain: &Chain,
    parent: BlockHash,
    time: u32,
    recipient: &SecretKey,
    transfers: Vec<Transfer>,
) -> Block {
    let height = chain.index().get(&parent).expect("the parent is indexed").height + 1;
    let fees = transfers.iter().map(|transfer| transfer.fee.units()).sum::<u64>();
    let reward = units(chain.params().subsidy_at(height).units() + fees);
    let coinbase = Coinbase { height, recipient: address(recipient), reward, tag: Memo::default() };
    let transfers = transfers.into_iter().map(Transaction::Transfer);
    let header = Header {
        version: 1,
        prev_blockhash: parent,
        merkle_root: merkle_root(&[]).root,
        time,
        bits: chain.index().required_bits(chain.params(), parent).expect("the parent is indexed"),
        nonce: 0,
    };
    let transactions = std::iter::once(Transaction::Coinbase(coinbase)).chain(transfers).collect();
    seal(chain.params(), Block { header, transactions })
}

/// Makes the header fit the transactions again, and mines it.
pub fn seal(params: &Params, mut block: Block) -> Block {
    let txids: Vec<Txid> = block.transactions.iter().map(Transaction::txid).collect();
    block.header.merkle_root = merkle_root(&txids).root;
    Block { header: mine(params, block.header), ..block }
}

/// The header with the first nonce that meets its bits.
pub fn mine(params: &Params, header: Header) -> Header {
    let nonce = NonceSearch::for_bits(params.algorithm, &header).expect("the bits are a target").run(0, u32::MAX);
    Header { nonce: nonce.expect("the targets here are easy"), ..header }
}

/// Accepts a block that must become the tip.
#[track_caller]
pub fn extend(chain: &mut Chain, block: Block) -> TipChange {
    match chain.accept_block(block, NOW) {
        Ok(Accepted::TipChanged(change)) => change,
        other => panic!("the block should have become the tip: {other:?}"),
    }
}

/// Mines `count` empty blocks for `recipient` on the tip.
pub fn grow(chain: &mut Chain, recipient: &SecretKey, count: usize) {
    for _ in 0..count {
        let block = block_on(chain, chain.tip(), recipient, vec![]);
        extend(chain, block);
    }
}

/// Regtest on which alice and bob have mined one block each: both own 50 coins.
pub fn funded_chain() -> Chain {
    let mut chain = Chain::new(Params::regtest());
    grow(&mut chain, &alice(), 1);
    grow(&mut chain, &bob(), 1);
    chain
}

/// The active chain once more from genesis: what its ledger and history should be.
pub fn replay(chain: &Chain) -> Chain {
    let mut replayed = Chain::new(chain.params().clone());
    for height in 1..=chain.height() {
        let hash = chain.hash_at(height).expect("the active chain has no holes");
        extend(&mut replayed, chain.body(&hash).expect("active bodies are here").to_block());
    }
    replayed
}

/// Ledger and history are those of a replay from genesis, and the supply is what the subsidies issued.
#[track_caller]
pub fn check_state(chain: &Chain) {
    let replayed = replay(chain);
    assert_eq!(chain.tip(), replayed.tip());
    assert_eq!(chain.ledger(), replayed.ledger());
    assert_eq!(chain.ledger().state_hash(), replayed.ledger().state_hash());
    let issued: u64 = (0..=chain.height()).map(|height| chain.params().subsidy_at(height).units()).sum();
    assert_eq!(chain.ledger().supply().units(), issued);
    for key in [alice(), bob(), carol()] {
        let of = |chain: &Chain| chain.history().of(&address(&key)).collect::<Vec<_>>();
        assert_eq!(of(chain), of(&replayed));
    }
    let mut at = 0;
    for height in 1..=chain.height() {
        let body = chain.body(&chain.hash_at(height).unwrap()).unwrap();
        for (position, txid) in (0..).zip(body.txids()) {
            let place = chain.history().place(txid).expect("an active transaction has a place");
            assert_eq!((place.height, place.position), (height, position));
            at += 1;
        }
    }
    assert!(at >= chain.height());
}

/// Blocks of the active chain after `height`, oldest first.
pub fn blocks_after(chain: &Chain, height: u32) -> Vec<Block> {
    let hashes = (height + 1..=chain.height()).map(|height| chain.hash_at(height).unwrap());
    hashes.map(|hash| chain.body(&hash).unwrap().to_block()).collect()
}

/// Makes a block different from its siblings.
pub fn tag(block: &mut Block, number: usize) {
    block.header.version = u32::try_from(number).unwrap();
    if let Some(Transaction::Coinbase(coinbase)) = block.transactions.first_mut() {
        coinbase.tag = Memo::new(format!("block {number}")).unwrap();
    }
}

// The property
