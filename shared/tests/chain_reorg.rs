//! Which chain is followed, and what following another one does to the ledger: single stories. `chain_model.rs` holds the
//! chain against a model over all stories, `chain_replay.rs` has those that go deeper than memory.

#[path = "support/workshop.rs"]
mod workshop;

use std::collections::BTreeSet;
use std::sync::Arc;

use num_bigint::BigUint;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::chain::{AcceptError, Accepted, Chain, TipChange};
use tabchain_shared::consensus::{BlockError, CheckedBlock, Params, TxError};
use tabchain_shared::mempool::{MAX_PER_SENDER, Mempool};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Block, BlockHash, CompactTarget, Header, SecretKey, Transfer};
use wasm_bindgen_test::wasm_bindgen_test;
use workshop::{
    NOW, address, alice, block_dated, block_on, blocks_after, bob, carol, check_state, coins, extend, funded_chain,
    grow, pay, payment, seal, tag, units,
};

/// Delivers blocks that stay off the active chain, and then one that must move the tip.
#[track_caller]
fn overtake(chain: &mut Chain, mut branch: Vec<Block>) -> TipChange {
    let last = branch.pop().expect("a branch has blocks");
    for block in branch {
        assert_eq!(chain.accept_block(block, NOW), Ok(Accepted::Stale));
    }
    extend(chain, last)
}

/// CASES 41.
#[wasm_bindgen_test(unsupported = test)]
fn of_equal_chains_the_first_seen_stays() {
    let chain = funded_chain();
    let [a, b] = [alice(), bob()].map(|miner| block_on(&chain, chain.tip(), &miner, vec![]));
    for (first, second) in [(&a, &b), (&b, &a)] {
        let mut chain = funded_chain();
        extend(&mut chain, first.clone());
        assert_eq!(chain.accept_block(second.clone(), NOW), Ok(Accepted::Stale));
        assert_eq!(chain.tip(), first.hash());
        // One more block decides, and comes with the block that it builds on.
        let child = block_on(&chain, second.hash(), &carol(), vec![]);
        let change = extend(&mut chain, child.clone());
        let hashes =
            |bodies: &[Arc<CheckedBlock>]| -> Vec<BlockHash> { bodies.iter().map(|body| body.hash()).collect() };
        assert_eq!(hashes(&change.disconnected), [first.hash()]);
        assert_eq!(hashes(&change.connected), [second.hash(), child.hash()]);
        assert_eq!(change.fork_height, 2);
        check_state(&chain);
    }
}

/// A header is no block: what was announced first and arrived later does not win the tie.
#[wasm_bindgen_test(unsupported = test)]
fn first_seen_is_the_first_body() {
    let mut chain = funded_chain();
    let [a, b] = [alice(), bob()].map(|miner| block_on(&chain, chain.tip(), &miner, vec![]));
    chain.accept_header(&a.header, NOW).unwrap();
    extend(&mut chain, b.clone());
    assert_eq!(chain.accept_block(a, NOW), Ok(Accepted::Stale));
    assert_eq!(chain.tip(), b.hash());
}

/// CASES 42: five blocks that were easy to find against three that were not.
#[wasm_bindgen_test(unsupported = test)]
fn a_longer_chain_with_less_work_is_not_followed() {
    let params = Params { start_bits: CompactTarget(0x2000_ffff), half_life: Some(10), ..Params::regtest() };
    let branch = |spacing: u32, count: usize, miner: &SecretKey| {
        let mut chain = Chain::new(params.clone());
        for _ in 0..count {
            let time = chain.tip_entry().header.time + spacing;
            let block = block_dated(&chain, chain.tip(), time, miner, vec![]);
            extend(&mut chain, block);
        }
        chain
    };
    let (short, long) = (branch(1, 3, &alice()), branch(60, 5, &bob()));
    assert!(long.height() > short.height() && long.chainwork() < short.chainwork());

    let mut chain = Chain::new(params.clone());
    for block in blocks_after(&short, 0) {
        extend(&mut chain, block);
    }
    for block in blocks_after(&long, 0) {
        assert_eq!(chain.accept_block(block, NOW), Ok(Accepted::Stale));
    }
    assert_eq!(chain.tip(), short.tip());

    // The other way around, the longer one is left for the shorter.
    let mut chain = Chain::new(params.clone());
    for block in blocks_after(&long, 0) {
        extend(&mut chain, block);
    }
    for block in blocks_after(&short, 0) {
        chain.accept_block(block, NOW).unwrap();
    }
    assert_eq!(chain.tip(), short.tip());
    check_state(&chain);
}

/// CASES 43, within memory's reach. Alice pays bob in each block that is lost, and all of it waits again afterwards.
#[wasm_bindgen_test(unsupported = test)]
fn a_reorg_leaves_the_state_of_a_replay() {
    for depth in [1, 10, 100] {
        let mut chain = funded_chain();
        let mut branch = funded_chain();
        for nonce in 0..depth {
            let fee = units(1_000);
            let payment = payment(&bob(), units(1 + nonce), nonce);
            let transfer = Transfer::sign(chain.network(), &alice(), Payment { fee, ..payment });
            let block = block_on(&chain, chain.tip(), &bob(), vec![transfer]);
            extend(&mut chain, block);
        }
        grow(&mut branch, &carol(), usize::try_from(depth).unwrap() + 1);

        let change = overtake(&mut chain, blocks_after(&branch, 2));

        assert_eq!(change.disconnected.len() as u64, depth);
        assert_eq!(change.connected.len() as u64, depth + 1);
        assert_eq!(chain.ledger(), branch.ledger());
        check_state(&chain);
        let mut mempool = Mempool::default();
        let update = mempool.update(&change, chain.ledger());
        // As many as one sender may have waiting; the rest would have to be sent again.
        assert_eq!(update.returned.len() as u64, depth.min(MAX_PER_SENDER));
        assert_eq!(mempool.minable(&address(&alice()), chain.ledger()).count(), update.returned.len());
        // Back again: the undo data of the second chain is as exact.
        let tip = blocks_after(&chain, 2).len();
        let mut first = funded_chain();
        grow(&mut first, &bob(), tip + 1);
        overtake(&mut chain, blocks_after(&first, 2));
        assert_eq!(chain.ledger(), first.ledger());
        check_state(&chain);
    }
}

/// CASES 46: a stale branch of eight blocks, as Bitcoin's deepest early ones. (Mined here, at targets that move: the vectors
/// hold no headers of a real one.) It stays in the index with its work, linked down to the fork, and whoever
/// followed it finds the way back.
#[wasm_bindgen_test(unsupported = test)]
fn a_stale_branch_of_eight_blocks_keeps_its_work_and_its_links() {
    let params = Params { start_bits: CompactTarget(0x2000_ffff), half_life: Some(40), ..Params::regtest() };
    let mut chain = Chain::new(params.clone());
    let mine = |chain: &mut Chain, spacings: &[u32], miner: &SecretKey| {
        for spacing in spacings {
            let time = chain.tip_entry().header.time + spacing;
            let block = block_dated(chain, chain.tip(), time, miner, vec![]);
            extend(chain, block);
        }
    };
    mine(&mut chain, &[10, 4, 25, 11, 9], &alice());
    let common = blocks_after(&chain, 0);
    let fork = chain.tip();
    let mut winner = Chain::new(params);
    for block in &common {
        extend(&mut winner, block.clone());
    }
    mine(&mut chain, &[10, 12, 7, 30, 3, 9, 15, 10], &alice());
    mine(&mut winner, &[9, 5, 12, 8, 10, 6, 11, 9], &bob());
    let stale = blocks_after(&chain, 5);
    assert!(winner.chainwork() > chain.chainwork());

    let mut changes = Vec::new();
    for block in blocks_after(&winner, 5) {
        if let Ok(Accepted::TipChanged(change)) = chain.accept_block(block, NOW) {
            changes.push(change);
        }
    }

    assert_eq!(chain.tip(), winner.tip());
    let first = &changes[0];
    assert_eq!(first.fork_height, 5);
    let lost: Vec<BlockHash> = first.disconnected.iter().rev().map(|body| body.hash()).collect();
    let hashes: Vec<BlockHash> = stale.iter().map(Block::hash).collect();
    assert_eq!(lost, hashes);
    assert!(changes[1..].iter().all(|change| !change.is_reorg()));
    check_state(&chain);
    // 2^256 / (target + 1) a block, summed from genesis on, with numbers that are not the chain's.
    let genesis = chain.body(&chain.hash_at(0).unwrap()).unwrap().to_block();
    let mut chainwork = BigUint::ZERO;
    let mut below = BlockHash::default();
    let mut works = BTreeSet::new();
    for (block, height) in [&genesis].into_iter().chain(&common).chain(&stale).zip(0..) {
        let target = BigUint::from_bytes_be(&hex::decode(block.header.bits.to_target().unwrap().to_string()).unwrap());
        let work = (BigUint::from(1_u8) << 256) / (target + 1_u8);
        chainwork += &work;
        works.insert(work);
        let entry = chain.index().get(&block.hash()).unwrap();
        assert_eq!(entry.chainwork.to_string(), format!("{:0>64}", chainwork.to_str_radix(16)));
        assert_eq!((entry.header.prev_blockhash, entry.height), (below, height));
        assert!(matches!(entry.status, Status::Stored { .. }));
        assert_eq!(chain.is_active(&block.hash()), height <= 5);
        below = block.hash();
    }
    assert!(works.len() > 8, "the blocks' work differs");
    // A node that still stands on the stale tip is led from the fork on.
    let locator: Vec<BlockHash> = hashes.iter().rev().copied().chain([fork]).collect();
    let expected: Vec<Header> = blocks_after(&winner, 5).iter().map(|block| block.header).collect();
    assert_eq!(chain.headers_after(&locator, 2_000), expected);
}

/// CASES 39 and 45: the third block of the better branch breaks a rule that only its own chain shows. What was before is
/// restored to the bit, the culprit and its descendants are condemned, and its valid ancestors stay in the race.
#[wasm_bindgen_test(unsupported = test)]
fn a_reorg_that_fails_half_way_restores_the_tip() {
    let mut chain = funded_chain();
    let network = chain.network();
    let paying = block_on(&chain, chain.tip(), &carol(), vec![pay(network, &alice(), &bob(), coins(7), 0)]);
    extend(&mut chain, paying);
    grow(&mut chain, &alice(), 2);

    // Built on headers alone, because a chain would not take the third block.
    let mut forge = funded_chain();
    let mut branch = Vec::new();
    let mut parent = forge.tip();
    for (number, amount) in [1, 2, 1_000, 3].into_iter().enumerate() {
        let transfer = pay(network, &bob(), &carol(), coins(amount), number as u64);
        let block = block_on(&forge, parent, &bob(), vec![transfer]);
        forge.accept_header(&block.header, NOW).unwrap();
        parent = block.hash();
        branch.push(block);
    }
    let before = (chain.tip(), chain.ledger().clone(), chain.chainwork());

    for block in &branch[..3] {
        assert_eq!(chain.accept_block(block.clone(), NOW), Ok(Accepted::Stale), "not judged before it could win");
    }
    let Err(AcceptError::Invalid(error)) = chain.accept_block(branch[3].clone(), NOW) else {
        panic!("the branch is invalid");
    };

    assert!(matches!(error, BlockError::Transaction { position: 1, error: TxError::InsufficientBalance { .. } }));
    assert_eq!((chain.tip(), chain.ledger().clone(), chain.chainwork()), before);
    check_state(&chain);
    for (block, is_valid) in branch.iter().zip([true, true, false, false]) {
        let status = chain.index().get(&block.hash()).unwrap().status;
        assert_eq!(status != Status::Invalid, is_valid);
        assert_eq!(chain.body(&block.hash()).is_some(), is_valid);
    }
    // A better continuation of the valid part is followed.
    let mut parent = branch[1].hash();
    let mut rest = Vec::new();
    for _ in 0..2 {
        let block = block_on(&forge, parent, &alice(), vec![]);
        forge.accept_header(&block.header, NOW).unwrap();
        parent = block.hash();
        rest.push(block);
    }
    let change = overtake(&mut chain, rest);
    assert_eq!((change.disconnected.len(), change.connected.len(), change.fork_height), (3, 4, 2));
    check_state(&chain);
}

/// CASES 38: nothing of the child is looked at, not even whether its body could be valid.
#[wasm_bindgen_test(unsupported = test)]
fn the_child_of_an_invalid_block_is_invalid() {
    let mut chain = funded_chain();
    let mut broken = block_on(&chain, chain.tip(), &alice(), vec![]);
    broken.transactions.clear();
    let broken = seal(chain.params(), broken);
    let mut forge = funded_chain();
    forge.accept_header(&broken.header, NOW).unwrap();
    let child = block_on(&forge, broken.hash(), &alice(), vec![]);
    assert_eq!(chain.accept_block(broken, NOW), Err(BlockError::NoCoinbase.into()));
    assert_eq!(chain.accept_block(child, NOW), Err(BlockError::InvalidAncestor.into()));
}

/// Of equal header chains that remain when one is condemned, every node prefers the same: the one seen first.
#[wasm_bindgen_test(unsupported = test)]
fn the_best_header_after_a_condemnation_is_the_first_seen() {
    for _ in 0..20 {
        let mut chain = funded_chain();
        let rivals: Vec<Block> = (0..5).map(|number| tagged(&chain, number)).collect();
        for block in &rivals {
            chain.accept_header(&block.header, NOW).unwrap();
        }
        let mut broken = block_on(&chain, rivals[4].hash(), &alice(), vec![]);
        broken.transactions.clear();
        let broken = seal(chain.params(), broken);
        chain.accept_header(&broken.header, NOW).unwrap();
        assert_eq!(chain.index().best_header(), broken.hash());
        extend(&mut chain, rivals[4].clone());
        assert_eq!(chain.accept_block(broken, NOW), Err(BlockError::NoCoinbase.into()));
        assert_eq!(chain.index().best_header(), rivals[0].hash());
    }
}

fn tagged(chain: &Chain, number: usize) -> Block {
    let mut block = block_on(chain, chain.tip(), &alice(), vec![]);
    tag(&mut block, number);
    seal(chain.params(), block)
}
