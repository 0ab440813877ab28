//! What makes a block invalid: one test a rule, named after its error. Each takes a valid block, breaks just that rule,
//! and sees the block refused, the chain unmoved, and the valid block accepted afterwards.

#[path = "support/workshop.rs"]
mod workshop;

use tabchain_shared::chain::block_index::Status;
use tabchain_shared::chain::{AcceptError, Accepted, Chain};
use tabchain_shared::consensus::transaction_rules::{self, check_transfer};
use tabchain_shared::consensus::{BlockError, HeaderError, Params, TxError};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, BitsError, Block, BlockHash, Coinbase, CompactTarget, Encode, Header, Memo, NetworkId, SecretKey,
    Signature, Transaction, Transfer, Txid, merkle_root,
};
use wasm_bindgen_test::wasm_bindgen_test;
use workshop::{
    NOW, address, alice, block_dated, block_on, bob, carol, coins, extend, funded_chain, grow, mine, pay, payment,
    seal, units,
};

/// A valid block in which alice pays bob, twice so that there is an order to break.
fn honest_block(chain: &Chain) -> Block {
    let transfers = [0, 1].map(|nonce| pay(chain.network(), &alice(), &bob(), coins(1), nonce));
    block_on(chain, chain.tip(), &carol(), transfers.into())
}

/// Breaks a rule on the body of an honest block whose header then commits to the broken body.
#[track_caller]
fn check(expected: BlockError, break_rule: impl FnOnce(&Chain, &mut Block)) {
    let mut chain = funded_chain();
    let honest = honest_block(&chain);
    let mut broken = honest.clone();
    break_rule(&chain, &mut broken);
    let broken = seal(chain.params(), broken);
    let (tip, state) = (chain.tip(), chain.ledger().state_hash());

    assert_eq!(chain.accept_block(broken.clone(), NOW), Err(expected.into()));

    assert_eq!((chain.tip(), chain.ledger().state_hash()), (tip, state));
    assert!(chain.body(&broken.hash()).is_none(), "an invalid body is not kept");
    // The verdict is final, for the block and for what is built on it (CASES 38).
    assert!(expected.condemns_header());
    let forever = Err(AcceptError::Invalid(BlockError::InvalidAncestor));
    assert_eq!(chain.accept_block(broken.clone(), NOW).map(drop), forever);
    let child =
        mine(chain.params(), Header { prev_blockhash: broken.hash(), time: honest.header.time + 10, ..honest.header });
    assert_eq!(chain.accept_header(&child, NOW).map(drop), forever);
    assert_eq!(chain.index().get(&child.hash()), None);
    extend(&mut chain, honest);
}

/// Breaks a transfer rule: `transfers` follow the coinbase, and the one at `position` is the offender.
#[track_caller]
fn check_transfers(position: usize, error: TxError, transfers: impl FnOnce(NetworkId) -> Vec<Transfer>) {
    check(BlockError::Transaction { position, error }, |chain, block| {
        block.transactions.truncate(1);
        block.transactions.extend(transfers(chain.network()).into_iter().map(Transaction::Transfer));
    });
}

/// Replaces the body of an honest block under its header. That says nothing of the header, so the honest copy that comes
/// later is accepted.
#[track_caller]
fn check_swapped_body(swap: impl FnOnce(&mut Vec<Transaction>), is_expected: impl FnOnce(BlockError) -> bool) {
    let mut chain = funded_chain();
    let honest = honest_block(&chain);
    let mut swapped = honest.clone();
    swap(&mut swapped.transactions);

    let Err(AcceptError::Invalid(error)) = chain.accept_block(swapped, NOW) else { panic!("the body is not its own") };

    assert!(is_expected(error), "{error}");
    assert!(!error.condemns_header());
    assert_eq!(chain.index().get(&honest.hash()).unwrap().status, Status::HeaderOnly);
    extend(&mut chain, honest);
}

/// Breaks a rule on headers. `now` is the clock of the node that judges.
#[track_caller]
fn check_header(chain: &mut Chain, header: Header, now: u32, expected: HeaderError) {
    let headers = chain.index().len();
    assert_eq!(chain.accept_header(&header, now), Err(expected.into()));
    let block = Block { header, ..honest_block(chain) };
    assert_eq!(chain.accept_block(block, now), Err(expected.into()));
    assert_eq!(chain.index().len(), headers, "a bad header takes no room");
}

fn coinbase(block: &mut Block) -> &mut Coinbase {
    match &mut block.transactions[0] {
        Transaction::Coinbase(coinbase) => coinbase,
        Transaction::Transfer(_) => panic!("an honest block begins with its coinbase"),
    }
}

// Headers

/// CASES 16.
#[wasm_bindgen_test(unsupported = test)]
fn high_hash() {
    let mut chain = funded_chain();
    let header = honest_block(&chain).header;
    let target = header.bits.to_target().unwrap();
    let failing = (0..100).map(|nonce| Header { nonce, ..header }).find(|header| !target.is_met_by(&header.hash().0));
    check_header(&mut chain, failing.unwrap(), NOW, HeaderError::HighHash);
    assert_eq!(chain.accept_header(&header, NOW), Ok(true), "with its own nonce it is mined");
}

/// CASES 18, 19 and 20: refused whatever the hash.
#[wasm_bindgen_test(unsupported = test)]
fn bits() {
    let mut chain = funded_chain();
    let header = honest_block(&chain).header;
    for (bits, error) in
        [(0x2080_0001, BitsError::Negative), (0x2300_0001, BitsError::Overflow), (0x2000_0000, BitsError::Zero)]
    {
        let header = Header { bits: CompactTarget(bits), ..header };
        check_header(&mut chain, header, NOW, HeaderError::Bits(error));
    }
    assert_eq!(chain.accept_header(&header, NOW), Ok(true));
}

/// CASES 21.
#[wasm_bindgen_test(unsupported = test)]
fn target_above_limit() {
    let limit = CompactTarget(0x203f_ffff);
    let mut chain = Chain::new(Params { limit, start_bits: limit, ..Params::regtest() });
    let header = block_on(&chain, chain.tip(), &alice(), vec![]).header;
    let easier = mine(chain.params(), Header { bits: CompactTarget(0x2040_0000), ..header });
    check_header(&mut chain, easier, NOW, HeaderError::TargetAboveLimit);
    assert_eq!(chain.accept_header(&header, NOW), Ok(true), "at the limit is allowed");
}

/// CASES 17: within the limit and easier, or harder, than ASERT says.
#[wasm_bindgen_test(unsupported = test)]
fn wrong_bits() {
    let start_bits = CompactTarget(0x200f_ffff);
    let mut chain = Chain::new(Params { start_bits, half_life: Some(120), ..Params::regtest() });
    grow(&mut chain, &alice(), 3);
    let header = block_on(&chain, chain.tip(), &alice(), vec![]).header;
    let required = header.bits;
    for found in [CompactTarget(required.0 + 1), CompactTarget(required.0 - 1), chain.params().limit] {
        let header = mine(chain.params(), Header { bits: found, ..header });
        check_header(&mut chain, header, NOW, HeaderError::WrongBits { found, required });
    }
    assert_eq!(chain.accept_header(&header, NOW), Ok(true));
}

/// CASES 22: at the median of the last eleven, and one second after it.
#[wasm_bindgen_test(unsupported = test)]
fn time_too_old() {
    let mut chain = funded_chain();
    grow(&mut chain, &alice(), 12);
    // Dates rise by ten seconds a block, so the sixth from the tip is the median.
    let median = chain.index().get(&chain.hash_at(chain.height() - 5).unwrap()).unwrap().header.time;
    let header = honest_block(&chain).header;
    for found in [median, median - 1, 0] {
        let header = mine(chain.params(), Header { time: found, ..header });
        check_header(&mut chain, header, NOW, HeaderError::TimeTooOld { found, median });
    }
    let header = mine(chain.params(), Header { time: median + 1, ..header });
    assert_eq!(chain.accept_header(&header, NOW), Ok(true), "older than its parent is allowed");
}

/// The young chain's median is of what there is; of two, the later.
#[wasm_bindgen_test(unsupported = test)]
fn time_too_old_near_genesis() {
    let mut chain = Chain::new(Params::regtest());
    let genesis_time = chain.params().genesis_time;
    let header = block_on(&chain, chain.tip(), &alice(), vec![]).header;
    let at_genesis = mine(chain.params(), Header { time: genesis_time, ..header });
    let expected = HeaderError::TimeTooOld { found: genesis_time, median: genesis_time };
    assert_eq!(chain.accept_header(&at_genesis, NOW), Err(expected.into()));
    grow(&mut chain, &alice(), 1);
    let second = mine(chain.params(), Header { prev_blockhash: chain.tip(), time: genesis_time + 10, ..header });
    let expected = HeaderError::TimeTooOld { found: genesis_time + 10, median: genesis_time + 10 };
    assert_eq!(chain.accept_header(&second, NOW), Err(expected.into()));
    let second = mine(chain.params(), Header { time: genesis_time + 11, ..second });
    assert_eq!(chain.accept_header(&second, NOW), Ok(true));
}

/// CASES 23: held, later accepted, never marked invalid.
#[wasm_bindgen_test(unsupported = test)]
fn time_too_new() {
    let mut chain = funded_chain();
    let found = NOW + chain.params().max_future_seconds;
    let block = block_dated(&chain, chain.tip(), found, &carol(), vec![]);
    check_header(&mut chain, block.header, NOW - 1, HeaderError::TimeTooNew { found, acceptable_from: NOW });
    assert!(!BlockError::from(HeaderError::TimeTooNew { found, acceptable_from: NOW }).condemns_header());
    extend(&mut chain, block);
}

/// A header that is too new and breaks another rule is not held: the other rule is named.
#[wasm_bindgen_test(unsupported = test)]
fn time_too_new_comes_last() {
    let params = Params { start_bits: CompactTarget(0x200f_ffff), half_life: Some(120), ..Params::regtest() };
    let chain = &mut Chain::new(params);
    let block = block_dated(chain, chain.tip(), u32::MAX, &carol(), vec![]);
    let (found, required) = (chain.params().limit, block.header.bits);
    let header = mine(chain.params(), Header { bits: found, ..block.header });
    check_header(chain, header, NOW, HeaderError::WrongBits { found, required });
}

// The body and its header

/// CASES 24.
#[wasm_bindgen_test(unsupported = test)]
fn merkle_root_of_another_body() {
    let is_merkle_root = |error| matches!(error, BlockError::MerkleRoot { .. });
    check_swapped_body(|transactions| drop(transactions.pop()), is_merkle_root);
    check_swapped_body(|transactions| transactions.swap(1, 2), is_merkle_root);
    check_swapped_body(Vec::clear, is_merkle_root);
    // A worthless copy that breaks other rules as well must not condemn the header for those.
    check_swapped_body(|transactions| drop(transactions.remove(0)), is_merkle_root);
}

/// CASES 25 (CVE-2012-2459).
#[wasm_bindgen_test(unsupported = test)]
fn mutated() {
    let repeat_last = |transactions: &mut Vec<Transaction>| transactions.push(transactions[2].clone());
    check_swapped_body(repeat_last, |error| error == BlockError::Mutated);
}

/// A body that the root does not identify for another reason (CVE-2017-12842): its transactions have 64 bytes and could be
/// a level of an honest block's tree. The header is not condemned for it, whatever other rules such a body breaks.
#[wasm_bindgen_test(unsupported = test)]
fn like_merkle_node() {
    let tagged = |length: usize| {
        let chain = funded_chain();
        let mut block = honest_block(&chain);
        coinbase(&mut block).tag = Memo::new("t".repeat(length)).unwrap();
        (chain, block)
    };
    for (length, size) in [(28, 63), (30, 65)] {
        let (mut chain, block) = tagged(length);
        assert_eq!(block.transactions[0].to_bytes().len(), size);
        let block = seal(chain.params(), block);
        extend(&mut chain, block);
    }

    let refused = |mut chain: Chain, block: Block, position: usize| {
        let block = seal(chain.params(), block);
        let error = BlockError::LikeMerkleNode { position };
        assert_eq!(chain.accept_block(block.clone(), NOW), Err(error.into()));
        assert!(!error.condemns_header());
        assert_eq!(chain.index().get(&block.hash()).unwrap().status, Status::HeaderOnly);
    };
    let (chain, alone) = tagged(29);
    refused(chain, alone, 0);
    // Two of them break the rule on second coinbases, and are also the upper level of a tree of four.
    let (chain, mut pair) = tagged(29);
    let mut second = pair.transactions[0].clone();
    if let Transaction::Coinbase(second) = &mut second {
        second.height += 1;
    }
    pair.transactions = vec![pair.transactions[0].clone(), second];
    let level = pair.transactions.iter().flat_map(Encode::to_bytes).collect::<Vec<u8>>();
    let leaves: Vec<Txid> = level.chunks(32).map(|half| Txid(half.try_into().unwrap())).collect();
    assert_eq!(leaves.len(), 4);
    assert_eq!(merkle_root(&leaves).root, seal(chain.params(), pair.clone()).header.merkle_root);
    refused(chain, pair, 0);
    // A later one is named by its place.
    let (chain, mut last) = tagged(0);
    last.transactions.push(tagged(29).1.transactions.remove(0));
    refused(chain, last, 3);
}

/// CASES 31: exactly at the limit is allowed, one byte more is not.
#[wasm_bindgen_test(unsupported = test)]
fn too_large() {
    let limit = 1_000;
    let mut chain = Chain::new(Params { max_block_bytes: 1_000, ..Params::regtest() });
    grow(&mut chain, &alice(), 1);
    // Header 80, count 1, coinbase 35, five transfers of 147: 851 bytes. Memos fill the rest.
    let of_size = |chain: &Chain, size: usize| {
        let memos = size - 851;
        let transfers = (0..5).map(|nonce| {
            let memo = memos.saturating_sub(80 * usize::try_from(nonce).unwrap()).min(80);
            let memo = Memo::new("m".repeat(memo)).unwrap();
            Transfer::sign(chain.network(), &alice(), Payment { memo, ..payment(&bob(), coins(1), nonce) })
        });
        block_on(chain, chain.tip(), &carol(), transfers.collect())
    };
    let over = of_size(&chain, limit + 1);
    assert_eq!(over.to_bytes().len(), 1_001);
    let expected = BlockError::TooLarge { size: 1_001, limit };
    assert_eq!(chain.accept_block(over, NOW), Err(expected.into()));
    let exact = of_size(&chain, limit);
    assert_eq!(exact.to_bytes().len(), 1_000);
    let hash = exact.hash();
    extend(&mut chain, exact);
    assert_eq!(chain.body(&hash).unwrap().size(), limit);
}

// The coinbase

/// CASES 26.
#[wasm_bindgen_test(unsupported = test)]
fn no_coinbase() {
    check(BlockError::NoCoinbase, |_, block| drop(block.transactions.remove(0)));
    check(BlockError::NoCoinbase, |_, block| block.transactions.clear());
}

/// CASES 28.
#[wasm_bindgen_test(unsupported = test)]
fn coinbase_not_first() {
    check(BlockError::CoinbaseNotFirst { position: 1 }, |_, block| block.transactions.swap(0, 1));
}

/// CASES 27.
#[wasm_bindgen_test(unsupported = test)]
fn second_coinbase() {
    check(BlockError::SecondCoinbase { position: 3 }, |_, block| {
        let mut second = block.clone();
        coinbase(&mut second).reward = Amount::ZERO;
        block.transactions.push(second.transactions.remove(0));
    });
}

/// CASES 30.
#[wasm_bindgen_test(unsupported = test)]
fn coinbase_height() {
    for found in [0, 2, 4, u32::MAX] {
        check(BlockError::CoinbaseHeight { found, expected: 3 }, |_, block| coinbase(block).height = found);
    }
}

/// CASES 29: by one unit, with and without fees to collect.
#[wasm_bindgen_test(unsupported = test)]
fn coinbase_too_high() {
    let allowed = coins(50);
    let found = units(allowed.units() + 1);
    check(BlockError::CoinbaseTooHigh { found, allowed }, |_, block| coinbase(block).reward = found);

    let allowed = coins(53);
    let found = units(allowed.units() + 1);
    check(BlockError::CoinbaseTooHigh { found, allowed }, |chain, block| {
        let payment = Payment { fee: coins(3), ..payment(&bob(), coins(1), 0) };
        let transfer = Transfer::sign(chain.network(), &alice(), payment);
        *block = block_on(chain, chain.tip(), &carol(), vec![transfer]);
        assert_eq!(coinbase(block).reward, allowed, "the fee is the miner's");
        coinbase(block).reward = found;
    });
}

/// What a miner leaves is nobody's: it was never issued.
#[wasm_bindgen_test(unsupported = test)]
fn coinbase_may_be_lower() {
    let mut chain = funded_chain();
    let supply = chain.ledger().supply();
    let mut block = honest_block(&chain);
    coinbase(&mut block).reward = units(1);
    let block = seal(chain.params(), block);
    extend(&mut chain, block);
    assert_eq!(chain.ledger().supply().units(), supply.units() + 1);
}

// Transactions

/// CASES 32: a copy that the Merkle tree does not hide. Its neighbours differ, so that nothing reads as mutated.
#[wasm_bindgen_test(unsupported = test)]
fn duplicate_transaction() {
    check(BlockError::DuplicateTransaction { position: 3 }, |_, block| {
        block.transactions.push(block.transactions[1].clone());
    });
}

/// CASES 50: signed for another network, and not merely re-labelled.
#[wasm_bindgen_test(unsupported = test)]
fn wrong_network() {
    let found = Params::classroom().network_id();
    let expected = Params::regtest().network_id();
    check_transfers(1, TxError::WrongNetwork { found, expected }, |_| vec![pay(found, &alice(), &bob(), coins(1), 0)]);
    check_transfers(1, TxError::BadSignature, |network| {
        vec![Transfer { network, ..pay(found, &alice(), &bob(), coins(1), 0) }]
    });
}

/// CASES 54.
#[wasm_bindgen_test(unsupported = test)]
fn zero_amount() {
    check_transfers(1, TxError::ZeroAmount, |network| vec![pay(network, &alice(), &bob(), Amount::ZERO, 0)]);
}

/// CASES 53: each is an amount, their sum is none; nothing wraps.
#[wasm_bindgen_test(unsupported = test)]
fn cost_overflow() {
    for (amount, fee) in [(Amount::MAX, units(1)), (units(1), Amount::MAX), (Amount::MAX, Amount::MAX)] {
        check_transfers(1, TxError::CostOverflow, |network| {
            vec![Transfer::sign(network, &alice(), Payment { fee, ..payment(&bob(), amount, 0) })]
        });
    }
}

/// CASES 35: one among a thousand, by a thousand people or by one; in the batch and alone the verdict is the same.
#[wasm_bindgen_test(unsupported = test)]
fn bad_signature() {
    let by_one = |nonce: u64| (alice(), nonce);
    let by_many = |number: u64| {
        let mut seed = [8; 32];
        seed[..8].copy_from_slice(&number.to_le_bytes());
        (SecretKey::from_seed(seed), 0)
    };
    let signers: [&dyn Fn(u64) -> (SecretKey, u64); 2] = [&by_one, &by_many];
    for signer in signers {
        for position in [1, 700, 1_000] {
            check_transfers(position, TxError::BadSignature, |network| {
                let signed = (0..1_000).map(signer).map(|(key, nonce)| pay(network, &key, &bob(), units(1), nonce));
                let mut transfers: Vec<Transfer> = signed.collect();
                assert_eq!(transaction_rules::check_transfers(&transfers, network), Ok(()));
                transfers[position - 1].signature.0[0] ^= 1;
                let alone = transfers.iter().map(|transfer| check_transfer(transfer, network));
                let offenders: Vec<usize> =
                    (1..).zip(alone).filter(|(_, verdict)| verdict.is_err()).map(|(p, _)| p).collect();
                assert_eq!(offenders, [position]);
                transfers
            });
        }
    }
    // Another's signature, and none.
    for signature in [bob().sign(b"anything"), Signature([0; 64])] {
        check_transfers(1, TxError::BadSignature, |network| {
            vec![Transfer { signature, ..pay(network, &alice(), &bob(), coins(1), 0) }]
        });
    }
}

/// A block cannot make its judges check a thousand signatures before they look at what costs nothing.
#[wasm_bindgen_test(unsupported = test)]
fn cheap_rules_come_before_any_signature() {
    check_transfers(2, TxError::ZeroAmount, |network| {
        let mut unsigned = pay(network, &alice(), &bob(), coins(1), 0);
        unsigned.signature = Signature([0; 64]);
        vec![unsigned, pay(network, &alice(), &bob(), Amount::ZERO, 1)]
    });
}

/// CASES 51 and 59: two spends of one nonce cannot both be mined, in one block or in two.
#[wasm_bindgen_test(unsupported = test)]
fn nonce_used() {
    check_transfers(2, TxError::NonceUsed { found: 0, expected: 1 }, |network| {
        [bob(), carol()].map(|to| pay(network, &alice(), &to, coins(1), 0)).into()
    });

    let mut chain = funded_chain();
    let network = chain.network();
    let first = block_on(&chain, chain.tip(), &carol(), vec![pay(network, &alice(), &bob(), coins(1), 0)]);
    extend(&mut chain, first);
    let second = block_on(&chain, chain.tip(), &carol(), vec![pay(network, &alice(), &carol(), coins(1), 0)]);
    let error = TxError::NonceUsed { found: 0, expected: 1 };
    assert_eq!(chain.accept_block(second, NOW), Err(BlockError::Transaction { position: 1, error }.into()));
}

/// CASES 33.
#[wasm_bindgen_test(unsupported = test)]
fn nonce_gap() {
    check_transfers(1, TxError::NonceGap { found: 1, expected: 0 }, |network| {
        [1, 0].map(|nonce| pay(network, &alice(), &bob(), coins(1), nonce)).into()
    });
    check_transfers(1, TxError::NonceGap { found: u64::MAX, expected: 0 }, |network| {
        vec![pay(network, &alice(), &bob(), coins(1), u64::MAX)]
    });
}

/// CASES 55: short by one unit, by the amount or by the fee; all of it is allowed.
#[wasm_bindgen_test(unsupported = test)]
fn insufficient_balance() {
    let balance = coins(50);
    let cost = units(balance.units() + 1);
    let error = TxError::InsufficientBalance { balance, cost };
    check_transfers(1, error, |network| vec![pay(network, &alice(), &bob(), cost, 0)]);
    check_transfers(1, error, |network| {
        vec![Transfer::sign(network, &alice(), Payment { fee: units(1), ..payment(&bob(), balance, 0) })]
    });

    let mut chain = funded_chain();
    let all = pay(chain.network(), &alice(), &bob(), balance, 0);
    let block = block_on(&chain, chain.tip(), &carol(), vec![all]);
    extend(&mut chain, block);
    let account = chain.ledger().account(&address(&alice()));
    assert_eq!((account.balance, account.next_nonce), (Amount::ZERO, 1));
}

/// CASES 34: transfers see what came before them in the block, and nothing after; the reward comes last of all.
#[wasm_bindgen_test(unsupported = test)]
fn money_moves_in_the_order_of_the_block() {
    let in_order =
        |network| vec![pay(network, &alice(), &carol(), coins(5), 0), pay(network, &carol(), &bob(), coins(5), 0)];
    let error = TxError::InsufficientBalance { balance: Amount::ZERO, cost: coins(5) };
    check_transfers(1, error, |network| in_order(network).into_iter().rev().collect());
    // Carol mines the block, so that its reward would do.
    check_transfers(1, error, |network| vec![pay(network, &carol(), &bob(), coins(5), 0)]);

    let mut chain = funded_chain();
    let block = block_on(&chain, chain.tip(), &carol(), in_order(chain.network()));
    extend(&mut chain, block);
    assert_eq!(chain.ledger().account(&address(&carol())).balance, coins(50));
}

/// CASES 54: to oneself is allowed; only the fee changes hands.
#[wasm_bindgen_test(unsupported = test)]
fn paying_oneself_conserves_money() {
    let mut chain = funded_chain();
    let payment = Payment { fee: coins(1), ..payment(&alice(), coins(49), 0) };
    let transfer = Transfer::sign(chain.network(), &alice(), payment);
    let block = block_on(&chain, chain.tip(), &bob(), vec![transfer]);
    extend(&mut chain, block);
    let balance = |key| chain.ledger().account(&address(&key)).balance;
    assert_eq!((balance(alice()), balance(bob())), (coins(49), coins(101)));
    assert_eq!(chain.ledger().supply(), coins(150));
    assert_eq!(chain.history().of(&address(&alice())).len(), 2, "once, not once as sender and once as recipient");
}

// Ancestors

/// CASES 39: the header was valid and is followed by others; the body is not, so all of them are condemned.
#[wasm_bindgen_test(unsupported = test)]
fn invalid_ancestor() {
    let mut chain = funded_chain();
    let mut broken = honest_block(&chain);
    coinbase(&mut broken).height = 9;
    let broken = seal(chain.params(), broken);
    let mut headers = vec![broken.header];
    for _ in 0..3 {
        let parent = headers.last().unwrap();
        headers.push(mine(chain.params(), Header { prev_blockhash: parent.hash(), time: parent.time + 10, ..*parent }));
    }
    for header in &headers {
        assert_eq!(chain.accept_header(header, NOW), Ok(true));
    }
    assert_eq!(chain.index().best_header(), headers[3].hash());

    assert!(chain.accept_block(broken, NOW).is_err());

    assert_eq!(chain.index().best_header(), chain.tip());
    for header in &headers {
        assert_eq!(chain.index().get(&header.hash()).unwrap().status, Status::Invalid);
        assert_eq!(chain.accept_header(header, NOW), Err(BlockError::InvalidAncestor.into()));
    }
}

/// CASES 37 as far as it concerns the chain: it keeps no block whose parent it lacks, and says which kind of lack it is.
#[wasm_bindgen_test(unsupported = test)]
fn unknown_parent() {
    let mut chain = funded_chain();
    let parent = honest_block(&chain);
    let mut ahead = funded_chain();
    extend(&mut ahead, parent.clone());
    let child = block_on(&ahead, ahead.tip(), &alice(), vec![]);
    let headers = chain.index().len();

    assert_eq!(chain.accept_block(child.clone(), NOW), Err(AcceptError::UnknownParent));
    assert_eq!(chain.index().len(), headers);
    chain.accept_header(&parent.header, NOW).unwrap();
    assert_eq!(chain.accept_block(child.clone(), NOW), Err(AcceptError::ParentWithoutBody));
    extend(&mut chain, parent);
    extend(&mut chain, child.clone());
    assert_eq!(chain.accept_block(child, NOW), Ok(Accepted::AlreadyKnown));
}

/// CASES 40: another genesis has no parent here, and nor has anything built on it.
#[wasm_bindgen_test(unsupported = test)]
fn genesis_replaced() {
    let mut chain = funded_chain();
    let tip = chain.tip();
    let genesis_message = Memo::new("another beginning").unwrap();
    let mut other = Chain::new(Params { genesis_message, ..Params::regtest() });
    // Genesis itself owes no proof of work; this one has it, so that nothing but its place is wrong.
    let genesis = seal(other.params(), other.body(&other.tip()).unwrap().to_block());
    assert_eq!(genesis.header.prev_blockhash, BlockHash::default());
    assert_eq!(chain.accept_block(genesis, NOW), Err(AcceptError::UnknownParent));
    grow(&mut other, &alice(), 1);
    let first = other.body(&other.tip()).unwrap().to_block();
    assert_eq!(chain.accept_block(first, NOW), Err(AcceptError::UnknownParent));
    assert_eq!(chain.tip(), tip);
    let own = chain.body(&chain.hash_at(0).unwrap()).unwrap().to_block();
    assert_eq!(chain.accept_block(own, NOW), Ok(Accepted::AlreadyKnown));
}

/// The block of nobody's network: whatever its bytes say, what is not a block of this one leaves it as it was.
#[wasm_bindgen_test(unsupported = test)]
fn an_empty_block_is_refused() {
    let mut chain = funded_chain();
    let empty = Block {
        header: Header {
            version: 0,
            prev_blockhash: BlockHash::default(),
            merkle_root: merkle_root(&[]).root,
            time: 0,
            bits: CompactTarget(0),
            nonce: 0,
        },
        transactions: vec![],
    };
    assert_eq!(chain.accept_block(empty, NOW), Err(HeaderError::Bits(BitsError::Zero).into()));
    assert_eq!(chain.ledger().account(&Address([0; 20])).balance, Amount::ZERO);
}
