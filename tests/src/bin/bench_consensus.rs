//! The figures of consensus, printed by `cargo xtask bench consensus`: each as a ratio to a limit that the same machine
//! reached in the same run.
//!
//! Batches of what is compared take turns, and the best of each counts: noise only slows, and it slows both.

use std::alloc::System;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cap::Cap;
use ed25519_zebra::batch::Verifier;
use ed25519_zebra::{Signature, VerificationKeyBytes};
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::{
    Block, Encode, Header, MerkleRoot, SecretKey, Transaction, Transfer, Txid, merkle_root, sha256d,
};
use tabchain_tests::verdict;

#[path = "../../../shared/tests/support/workshop.rs"]
mod workshop;

use workshop::{NOW, alice, block_on, extend, grow, pay, units};

/// Counts what is allocated; the limit is never reached.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

const HEADERS: usize = 10_000;
const HEADER_BATCHES: usize = 20;

/// Blocks that are timed; below them are two that give every sender money.
const BLOCKS: usize = 5;
const TRANSFERS: usize = 1_000;
const BLOCK_BATCHES: usize = 8;
/// What connecting a block may take, in the time of what cannot be left out.
const CONNECT_GOAL: f64 = 1.5;
/// How much faster signatures should be checked together.
const BATCH_GOAL: f64 = 1.8;

const LONG_CHAIN: usize = 100_000;
/// Bytes that a header may take in memory.
const HEADER_GOAL: f64 = 300.0;

fn main() {
    // First, while nothing else is in memory.
    memory();
    headers();
    blocks();
}

/// Runs the contestants in turns; the best time of each.
fn best<const N: usize>(batches: usize, mut contestants: [&mut dyn FnMut() -> Duration; N]) -> [Duration; N] {
    let mut best = [Duration::MAX; N];
    for _ in 0..batches {
        for (best, run) in best.iter_mut().zip(&mut contestants) {
            *best = run().min(*best);
        }
    }
    best
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn per_second(count: usize, time: Duration) -> f64 {
    to_f64(count) / time.as_secs_f64()
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
fn to_f64(count: usize) -> f64 {
    count as f64
}

fn ratio(time: Duration, limit: Duration) -> f64 {
    time.as_secs_f64() / limit.as_secs_f64()
}

fn memory() {
    let mut chain = Chain::new(Params::regtest());
    let before = ALLOCATOR.allocated();
    grow(&mut chain, &alice(), LONG_CHAIN);
    let blocks = to_f64(ALLOCATOR.allocated() - before) / to_f64(LONG_CHAIN);
    let headers = active_headers(&chain);
    drop(chain);

    let mut chain = Chain::new(Params::regtest());
    let before = ALLOCATOR.allocated();
    accept(&mut chain, &headers);
    let alone = to_f64(ALLOCATOR.allocated() - before) / to_f64(LONG_CHAIN);

    println!("\nMemory, {LONG_CHAIN} blocks of regtest, allocated");
    println!("  a header without its block               {alone:>10.0} bytes");
    println!(
        "  a header and its empty block, connected  {blocks:>10.0} bytes; goal {HEADER_GOAL} {}",
        verdict(blocks <= HEADER_GOAL)
    );
}

/// The active chain's headers, without genesis.
fn active_headers(chain: &Chain) -> Vec<Header> {
    let hashes = (1..=chain.height()).filter_map(|height| chain.hash_at(height));
    hashes.filter_map(|hash| Some(chain.index().get(&hash)?.header)).collect()
}

fn accept(chain: &mut Chain, headers: &[Header]) {
    for header in headers {
        assert_eq!(chain.accept_header(header, NOW), Ok(true));
    }
}

fn headers() {
    let mut chain = Chain::new(Params::regtest());
    grow(&mut chain, &alice(), HEADERS);
    let headers = active_headers(&chain);
    let [accepted, hashed] = best(
        HEADER_BATCHES,
        [
            &mut || {
                let mut chain = Chain::new(Params::regtest());
                timed(|| accept(&mut chain, &headers))
            },
            &mut || timed(|| headers.iter().map(|header| sha256d(&header.to_array())[0]).fold(0, u8::wrapping_add)),
        ],
    );
    println!("\nHeaders, {HEADERS} of regtest, best of {HEADER_BATCHES}");
    println!("  accepted by the chain                    {:>10.0} a second", per_second(HEADERS, accepted));
    println!("  bare SHA-256d of 80 bytes                {:>10.0} a second", per_second(HEADERS, hashed));
    println!("  one header takes the time of             {:>10.1} bare hashes", ratio(accepted, hashed));
}

fn blocks() {
    let (funding, blocks) = busy_chain();
    let transfers: Vec<&Transfer> = blocks.iter().flat_map(transfers_of).collect();
    let [connected, hashed, single, batched] = best(
        BLOCK_BATCHES,
        [
            &mut || {
                let mut chain = Chain::new(Params::regtest());
                connect(&mut chain, funding.clone());
                let blocks = blocks.clone();
                timed(|| connect(&mut chain, blocks))
            },
            &mut || timed(|| assert!(blocks.iter().all(|block| root_of(block) == block.header.merkle_root))),
            &mut || timed(|| assert!(transfers.iter().all(|transfer| transfer.has_valid_signature()))),
            &mut || timed(|| assert!(blocks.iter().all(batch_is_valid))),
        ],
    );
    let count = BLOCKS * TRANSFERS;
    println!("\nBlocks of {TRANSFERS} transfers by as many senders, best of {BLOCK_BATCHES} batches of {BLOCKS}");
    println!("  judged and connected                     {:>10.1} a second", per_second(BLOCKS, connected));
    println!("  their txids and Merkle roots alone       {:>10.1} a second", per_second(BLOCKS, hashed));
    println!("  their signatures alone, one by one       {:>10.1} a second", per_second(BLOCKS, single));
    println!("  their signatures alone, in one batch     {:>10.1} a second", per_second(BLOCKS, batched));
    let to_single = ratio(connected, hashed + single);
    let to_batch = ratio(connected, hashed + batched);
    println!("  connecting, to hashes and single checks  {to_single:>10.2}");
    println!(
        "  connecting, to hashes and batch checks   {to_batch:>10.2}; goal {CONNECT_GOAL} {}",
        verdict(to_batch <= CONNECT_GOAL)
    );
    println!("\nSignatures, {TRANSFERS} in a batch");
    println!("  checked one by one                       {:>10.0} a second", per_second(count, single));
    println!("  checked in a batch                       {:>10.0} a second", per_second(count, batched));
    let gain = ratio(single, batched);
    println!(
        "  a batch is faster by                     {gain:>10.2}; goal {BATCH_GOAL} {}",
        verdict(gain >= BATCH_GOAL)
    );
}

fn connect(chain: &mut Chain, blocks: Vec<Block>) {
    for block in blocks {
        extend(chain, block);
    }
}

/// Two blocks that give every sender money, and the blocks in which each sender pays once.
fn busy_chain() -> (Vec<Block>, Vec<Block>) {
    let senders: Vec<SecretKey> = (0..TRANSFERS).map(sender).collect();
    let mut chain = Chain::new(Params::regtest());
    let mut made = Vec::new();
    let mut mine = |transfers| {
        let block = block_on(&chain, chain.tip(), &alice(), transfers);
        extend(&mut chain, block.clone());
        made.push(block);
    };
    let network = Params::regtest().network_id();
    mine(vec![]);
    mine((0_u64..).zip(&senders).map(|(nonce, to)| pay(network, &alice(), to, units(1_000), nonce)).collect());
    for nonce in 0..BLOCKS as u64 {
        mine(senders.iter().map(|from| pay(network, from, &alice(), units(1), nonce)).collect());
    }
    let blocks = made.split_off(2);
    (made, blocks)
}

fn sender(number: usize) -> SecretKey {
    SecretKey::from_seed(sha256d(&number.to_le_bytes()))
}

fn transfers_of(block: &Block) -> impl Iterator<Item = &Transfer> {
    block.transactions.iter().filter_map(|transaction| match transaction {
        Transaction::Transfer(transfer) => Some(transfer),
        Transaction::Coinbase(_) => None,
    })
}

fn root_of(block: &Block) -> MerkleRoot {
    let txids: Vec<Txid> =
        block.transactions.iter().map(|transaction| Txid(sha256d(&transaction.to_bytes()))).collect();
    merkle_root(&txids).root
}

/// As the library offers it, so that the figure is the library's and not ours.
fn batch_is_valid(block: &Block) -> bool {
    let mut batch = Verifier::new();
    for transfer in transfers_of(block) {
        let key = VerificationKeyBytes::from(transfer.sender.0);
        batch.queue((key, Signature::from(transfer.signature.0), &transfer.signed_bytes()));
    }
    batch.verify(rand::rng()).is_ok()
}
