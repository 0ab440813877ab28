//! What waits for a block: who is taken in, who must go, what a new tip changes, and what the next block takes.

#[path = "support/workshop.rs"]
mod workshop;

use std::collections::BTreeMap;

use tabchain_shared::chain::{Accepted, Chain};
use tabchain_shared::consensus::{Params, TxError};
use tabchain_shared::mempool::{MAX_BYTES, MAX_PER_SENDER, MIN_FEE_RATE, Mempool, MempoolError, Update};
use tabchain_shared::mining::block_template::block_template;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Amount, Block, Encode, Memo, NetworkId, PublicKey, SecretKey, Signature, Transaction, Transfer, Txid,
};
use wasm_bindgen_test::wasm_bindgen_test;
use workshop::{
    NOW, address, alice, block_on, bob, carol, coins, extend, funded_chain, grow, pay, payment, seal, units,
};

/// Enough for every transfer here.
const FEE: u64 = 1_000;

/// A transfer that the pool takes in if its place is right.
fn transfer(network: NetworkId, from: &SecretKey, to: &SecretKey, amount: Amount, fee: u64, nonce: u64) -> Transfer {
    Transfer::sign(network, from, Payment { fee: units(fee), ..payment(to, amount, nonce) })
}

/// Alice's and bob's chain with a pool on it. Both own 50 coins.
struct World {
    chain: Chain,
    mempool: Mempool,
}

impl World {
    fn new() -> Self {
        Self { chain: funded_chain(), mempool: Mempool::default() }
    }

    fn admit(&mut self, transfer: &Transfer) -> Result<Vec<Txid>, MempoolError> {
        let removed = self.mempool.admit(transfer.clone(), self.chain.ledger(), self.chain.network())?;
        Ok(removed.iter().map(Transfer::txid).collect())
    }

    /// From alice to bob.
    fn pays(&self, amount: Amount, fee: u64, nonce: u64) -> Transfer {
        transfer(self.chain.network(), &alice(), &bob(), amount, fee, nonce)
    }

    /// Refused, and the pool is as it was.
    #[track_caller]
    fn check_refused(&mut self, transfer: &Transfer, expected: impl Into<MempoolError>) {
        let before = self.contents();
        assert_eq!(self.admit(transfer), Err(expected.into()));
        assert_eq!(self.contents(), before);
    }

    fn contents(&self) -> (Vec<Txid>, usize) {
        (self.mempool.by_fee_rate().map(|(txid, _)| *txid).collect(), self.mempool.bytes())
    }

    /// Accepts a block that becomes the tip, and tells the pool.
    fn extend(&mut self, block: Block) -> Update {
        let change = extend(&mut self.chain, block);
        let update = self.mempool.update(&change, self.chain.ledger());
        self.check_promises();
        update
    }

    fn template(&self) -> Block {
        block_template(&self.chain, &self.mempool, address(&carol()), Memo::default(), NOW)
    }

    /// What the pool promises of its contents: nothing that waits contradicts the tip.
    fn check_promises(&self) {
        let mut bytes = 0;
        let mut costs = BTreeMap::<_, u64>::new();
        for (txid, transfer) in self.mempool.by_fee_rate() {
            let sender = transfer.sender.address();
            assert_eq!(*txid, transfer.txid());
            assert!(transfer.nonce >= self.chain.ledger().account(&sender).next_nonce);
            bytes += transfer.to_bytes().len();
            *costs.entry(sender).or_default() += transfer.cost().unwrap().units();
        }
        assert_eq!(self.mempool.bytes(), bytes);
        assert!(bytes <= MAX_BYTES);
        assert!(self.mempool.senders().eq(costs.keys()));
        for (sender, cost) in costs {
            assert!(cost <= self.chain.ledger().account(&sender).balance.units());
        }
    }
}

fn transfers(block: &Block) -> Vec<Txid> {
    block.transactions[1..].iter().map(Transaction::txid).collect()
}

// Admission

/// CASES 50.
#[wasm_bindgen_test(unsupported = test)]
fn another_networks_transfer_is_refused() {
    let mut world = World::new();
    let found = Params::classroom().network_id();
    let expected = world.chain.network();
    let foreign = transfer(found, &alice(), &bob(), coins(1), FEE, 0);
    world.check_refused(&foreign, TxError::WrongNetwork { found, expected });
}

/// CASES 51.
#[wasm_bindgen_test(unsupported = test)]
fn a_used_nonce_is_refused() {
    let mut world = World::new();
    let first = world.pays(coins(1), FEE, 0);
    world.extend(block_on(&world.chain, world.chain.tip(), &carol(), vec![first.clone()]));
    world.check_refused(&first, TxError::NonceUsed { found: 0, expected: 1 });
    let other = world.pays(coins(2), FEE, 0);
    world.check_refused(&other, TxError::NonceUsed { found: 0, expected: 1 });
}

/// CASES 52: transfers behind a gap wait, up to a cap, and are mined when it is filled.
#[wasm_bindgen_test(unsupported = test)]
fn a_nonce_gap_waits_to_be_filled() {
    let mut world = World::new();
    for nonce in [2, 1, MAX_PER_SENDER - 1] {
        world.admit(&world.pays(coins(1), FEE, nonce)).unwrap();
    }
    for nonce in [MAX_PER_SENDER, u64::MAX] {
        let beyond = world.pays(coins(1), FEE, nonce);
        world.check_refused(&beyond, MempoolError::TooManyWaiting);
    }
    let next = |world: &World| world.mempool.next_nonce(&address(&alice()), world.chain.ledger());
    assert_eq!(next(&world), 0);
    assert_eq!(transfers(&world.template()), []);

    world.admit(&world.pays(coins(1), FEE, 0)).unwrap();

    assert_eq!(next(&world), 3);
    let template = world.template();
    assert_eq!(template.transactions.len(), 4);
    world.extend(seal(world.chain.params(), template));
    assert_eq!((world.mempool.len(), next(&world)), (1, 3));
    // The window has moved with the ledger.
    world.admit(&world.pays(coins(1), FEE, MAX_PER_SENDER + 2)).unwrap();
    let beyond = world.pays(coins(1), FEE, MAX_PER_SENDER + 3);
    world.check_refused(&beyond, MempoolError::TooManyWaiting);
}

/// CASES 53.
#[wasm_bindgen_test(unsupported = test)]
fn amount_and_fee_that_overflow_are_refused() {
    let mut world = World::new();
    let overflow = world.pays(Amount::MAX, FEE, 0);
    world.check_refused(&overflow, TxError::CostOverflow);
    let overflow = world.pays(Amount::MAX, Amount::MAX.units(), 0);
    world.check_refused(&overflow, TxError::CostOverflow);
}

/// CASES 54.
#[wasm_bindgen_test(unsupported = test)]
fn zero_is_refused_and_oneself_may_be_paid() {
    let mut world = World::new();
    let nothing = world.pays(Amount::ZERO, FEE, 0);
    world.check_refused(&nothing, TxError::ZeroAmount);
    let network = world.chain.network();
    world.admit(&transfer(network, &alice(), &alice(), units(coins(50).units() - FEE), FEE, 0)).unwrap();
    world.extend(seal(world.chain.params(), world.template()));
    assert_eq!(world.chain.ledger().account(&address(&alice())).balance.units(), coins(50).units() - FEE);
    assert_eq!(world.chain.ledger().supply(), coins(150));
}

/// CASES 55: alone, and together with what waits already.
#[wasm_bindgen_test(unsupported = test)]
fn short_by_one_is_refused() {
    let mut world = World::new();
    let all = coins(50).units() - FEE;
    let short = world.pays(units(all + 1), FEE, 0);
    world
        .check_refused(&short, TxError::InsufficientBalance { balance: coins(50), cost: units(coins(50).units() + 1) });
    world.admit(&world.pays(units(all - 1_001), FEE, 0)).unwrap();
    assert_eq!(world.mempool.available(&address(&alice()), world.chain.ledger()), units(1_001));
    let short = world.pays(units(2), FEE, 1);
    world.check_refused(&short, TxError::InsufficientBalance { balance: units(1_001), cost: units(1_002) });
    world.admit(&world.pays(units(1), FEE, 1)).unwrap();
    world.check_promises();
}

/// CASES 57: S at or above the group's order has a twin below it; only that is a signature.
#[wasm_bindgen_test(unsupported = test)]
fn a_signature_with_a_large_s_is_refused() {
    let mut world = World::new();
    let honest = world.pays(coins(1), FEE, 0);
    let mut twin = honest.clone();
    add_group_order(&mut twin.signature);
    world.check_refused(&twin, TxError::BadSignature);
    world.admit(&honest).unwrap();
}

/// S + L, where L = 2^252 + 27742317777372353535851937790883648493.
fn add_group_order(signature: &mut Signature) {
    let mut order = [0; 32];
    order[..16].copy_from_slice(&27_742_317_777_372_353_535_851_937_790_883_648_493_u128.to_le_bytes());
    order[31] = 0x10;
    let mut carry = 0;
    for (byte, addend) in signature.0[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
    assert_eq!(carry, 0, "S + L stays below 2^256");
}

/// CASES 56: a key of small order signs everything with R of small order and S zero. ZIP-215 says so, and so every node
/// does; whoever pays to such a key gives the money to anybody.
#[wasm_bindgen_test(unsupported = test)]
fn a_small_order_key_gets_the_same_verdict_everywhere() {
    let mut world = World::new();
    let mut neutral = [0; 32];
    neutral[0] = 1;
    let sender = PublicKey(neutral);
    let mut signature = Signature([0; 64]);
    signature.0[0] = 1;
    let to_anybody = Transfer { recipient: sender.address(), ..world.pays(coins(1), FEE, 0) };
    let to_anybody = Transfer { signature: alice().sign(&to_anybody.signed_bytes()), ..to_anybody };
    world.extend(block_on(&world.chain, world.chain.tip(), &carol(), vec![to_anybody]));
    let taken = Transfer { sender, signature, ..world.pays(units(5_000), FEE, 0) };
    assert!(taken.has_valid_signature());
    world.admit(&taken).unwrap();
    world.extend(seal(world.chain.params(), world.template()));
    assert_eq!(world.chain.ledger().account(&sender.address()).next_nonce, 1);
}

/// A forgery costs the pool nothing, not even the transfer that it would replace.
#[wasm_bindgen_test(unsupported = test)]
fn a_forged_replacement_leaves_the_pool_as_it_was() {
    let mut world = World::new();
    let honest = world.pays(coins(1), FEE, 0);
    world.admit(&honest).unwrap();
    world.check_refused(&honest, MempoolError::AlreadyKnown);
    let forged = Transfer { fee: coins(1), ..honest };
    world.check_refused(&forged, TxError::BadSignature);
}

/// CASES 59 and 60: one nonce, one transfer; a replacement pays the old fee and its own way.
#[wasm_bindgen_test(unsupported = test)]
fn a_replacement_pays_for_itself() {
    let mut world = World::new();
    let first = world.pays(coins(1), FEE, 0);
    world.admit(&first).unwrap();
    let size = first.to_bytes().len() as u64;
    let needed = units(FEE + MIN_FEE_RATE * size);
    for fee in [FEE, FEE + 1, needed.units() - 1] {
        let cheap = world.pays(coins(2), fee, 0);
        world.check_refused(&cheap, MempoolError::UnderpricedReplacement { needed });
    }
    let second = world.pays(coins(2), needed.units(), 0);
    assert_eq!(world.admit(&second), Ok(vec![first.txid()]));
    assert_eq!(world.contents().0, [second.txid()]);
    assert_eq!(transfers(&world.template()), [second.txid()]);
    // What it replaces does not count against the balance.
    let all = world.pays(units(coins(50).units() - 9_000), 9_000, 0);
    assert_eq!(world.admit(&all), Ok(vec![second.txid()]));
    world.check_promises();
}

/// CASES 60.
#[wasm_bindgen_test(unsupported = test)]
fn a_fee_below_the_floor_is_refused() {
    let mut world = World::new();
    let size = world.pays(coins(1), 0, 0).to_bytes().len() as u64;
    let needed = units(size * MIN_FEE_RATE);
    for fee in [0, needed.units() - 1] {
        let cheap = world.pays(coins(1), fee, 0);
        world.check_refused(&cheap, MempoolError::FeeTooLow { needed });
    }
    world.admit(&world.pays(coins(1), needed.units(), 0)).unwrap();
}

/// CASES 61: the worst paid leave for the better paid, with what waited behind them; the cap on bytes holds.
#[wasm_bindgen_test(unsupported = test)]
fn a_full_pool_keeps_the_best_paid() {
    let mut world = World::new();
    let network = world.chain.network();
    let memo = Memo::new("m".repeat(Memo::MAX_BYTES)).unwrap();
    let big = |from: &SecretKey, fee: u64, nonce: u64| {
        let payment = Payment { fee: units(fee), memo: memo.clone(), ..payment(&bob(), units(1), nonce) };
        Transfer::sign(network, from, payment)
    };
    let size = big(&alice(), FEE, 0).to_bytes().len();
    let room = MAX_BYTES / size;
    let per_sender = usize::try_from(MAX_PER_SENDER).unwrap();
    let senders: Vec<SecretKey> = (0..=room / per_sender)
        .map(|number| {
            let mut seed = [9; 32];
            seed[..8].copy_from_slice(&(number as u64).to_le_bytes());
            SecretKey::from_seed(seed)
        })
        .collect();
    for sender in &senders {
        grow(&mut world.chain, sender, 1);
    }
    // Fees rise with the sender's number, so the first sender's are the lowest. It may have one more waiting.
    let fee = |sender: usize| 10_000 + 10 * sender as u64;
    for index in 1..=room {
        let sender = &senders[index / per_sender];
        let nonce = world.mempool.next_nonce(&address(sender), world.chain.ledger());
        world.admit(&big(sender, fee(index / per_sender), nonce)).unwrap();
    }
    assert_eq!((world.mempool.len(), world.mempool.bytes()), (room, room * size));
    world.check_promises();

    // Worse than the worst is refused. So is what pays well and waits behind the worst, which would take it along.
    let worse = big(&alice(), fee(0) - 1, 0);
    world.check_refused(&worse, MempoolError::Full);
    let behind = big(&senders[0], coins(1).units(), MAX_PER_SENDER - 1);
    world.check_refused(&behind, MempoolError::Full);

    let evicted = world.admit(&big(&alice(), coins(1).units(), 0)).unwrap();
    assert_eq!(world.mempool.len(), room + 1 - evicted.len());
    let left = world.mempool.minable(&address(&senders[0]), world.chain.ledger()).count();
    assert_eq!(left, per_sender - 1 - evicted.len(), "no gap is left behind");
    world.check_promises();
}

// The next block

/// Best fee rate first, but never a sender's second before the first; what does not fit is passed over.
#[wasm_bindgen_test(unsupported = test)]
fn the_template_takes_the_best_paid_in_the_order_of_nonces() {
    let mut world = World::new();
    let network = world.chain.network();
    // Alice's second pays best of all and waits for her first, which pays worst.
    let alices = [200, 90_000].into_iter().zip(0..).map(|(fee, nonce)| world.pays(coins(1), fee, nonce));
    let alices: Vec<Transfer> = alices.collect();
    let bobs: Vec<Transfer> = [5_000, 4_000]
        .into_iter()
        .zip(0..)
        .map(|(fee, nonce)| transfer(network, &bob(), &carol(), coins(1), fee, nonce))
        .collect();
    for waiting in alices.iter().chain(&bobs) {
        world.admit(waiting).unwrap();
    }
    let order = [&bobs[0], &bobs[1], &alices[0], &alices[1]].map(Transfer::txid);
    let template = world.template();
    assert_eq!(transfers(&template), order);
    let block = seal(world.chain.params(), template);
    let update = world.extend(block);
    assert_eq!(update.returned, []);
    let mut removed = update.removed;
    let mut expected = order.to_vec();
    removed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(removed, expected);
    assert_eq!(world.chain.ledger().account(&address(&carol())).balance.units(), coins(52).units() + 99_200);
}

/// The budget is the block size less a header, a count and the largest coinbase: the block is always within the limit.
#[wasm_bindgen_test(unsupported = test)]
fn the_template_fits_the_block_size() {
    let params = Params { max_block_bytes: 1_000, ..Params::regtest() };
    let mut chain = Chain::new(params);
    for key in [alice(), bob()] {
        grow(&mut chain, &key, 1);
    }
    let mut world = World { chain, mempool: Mempool::default() };
    let network = world.chain.network();
    // Alice's take 200 bytes each and pay best; bob's take 147.
    let memo = Memo::new("m".repeat(53)).unwrap();
    for nonce in 0..6 {
        let payment = Payment { fee: units(9_000), memo: memo.clone(), ..payment(&bob(), coins(1), nonce) };
        world.admit(&Transfer::sign(network, &alice(), payment)).unwrap();
    }
    for nonce in 0..3 {
        world.admit(&transfer(network, &bob(), &carol(), coins(1), 300, nonce)).unwrap();
    }
    // 1000 less 204 leaves 796: three of alice's, and in what the fourth does not fit one of bob's does.
    for waiting in [5, 1, 0] {
        let tag = Memo::new("t".repeat(Memo::MAX_BYTES)).unwrap();
        let template = block_template(&world.chain, &world.mempool, address(&carol()), tag, NOW);
        assert!(template.to_bytes().len() <= 1_000);
        let block = seal(world.chain.params(), template);
        world.extend(block);
        assert_eq!(world.mempool.len(), waiting);
    }
}

/// Whatever the miner's tag, the coinbase keeps the rule on transactions of 64 bytes: a tag of 29 bytes gets a space.
#[wasm_bindgen_test(unsupported = test)]
fn the_template_is_valid_with_any_tag() {
    let mut world = World::new();
    for length in 0..=Memo::MAX_BYTES {
        let tag = "t".repeat(length);
        let template =
            block_template(&world.chain, &world.mempool, address(&carol()), Memo::new(tag.as_str()).unwrap(), NOW);
        let Transaction::Coinbase(coinbase) = &template.transactions[0] else { panic!("it begins with a coinbase") };
        assert_eq!(coinbase.tag.as_str(), if length == 29 { tag + " " } else { tag });
        world.extend(seal(world.chain.params(), template));
    }
}

/// The template's date suits the chain even where the clock is behind it.
#[wasm_bindgen_test(unsupported = test)]
fn the_template_is_dated_after_the_median() {
    let mut world = World::new();
    let tip_time = world.chain.tip_entry().header.time;
    let template = block_template(&world.chain, &world.mempool, address(&carol()), Memo::default(), 0);
    assert!(template.header.time <= tip_time, "no later than it must be");
    let block = seal(world.chain.params(), template);
    world.extend(block);
}

// A new tip

/// CASES 43: what the losing branch held waits again, in the order of nonces, unless the winning one holds it too.
#[wasm_bindgen_test(unsupported = test)]
fn after_a_reorg_lost_transfers_are_back() {
    let mut world = World::new();
    let network = world.chain.network();
    let alices: Vec<Transfer> = (0..4).map(|nonce| world.pays(coins(1), FEE, nonce)).collect();
    let bobs = transfer(network, &bob(), &carol(), coins(1), FEE, 0);
    for waiting in alices.iter().chain([&bobs]) {
        world.admit(waiting).unwrap();
    }
    // The branch that will win: it has alice's first, and another transfer of bob's.
    let mut rival = funded_chain();
    let bobs_other = transfer(network, &bob(), &alice(), coins(2), FEE, 0);
    let first = block_on(&rival, rival.tip(), &carol(), vec![alices[0].clone(), bobs_other]);
    extend(&mut rival, first.clone());
    let second = block_on(&rival, rival.tip(), &carol(), vec![]);
    extend(&mut rival, second.clone());

    let block = block_on(&world.chain, world.chain.tip(), &bob(), [&alices[..3], std::slice::from_ref(&bobs)].concat());
    let update = world.extend(block);
    assert_eq!((update.removed.len(), world.mempool.len()), (4, 1));

    assert_eq!(world.chain.accept_block(first, NOW), Ok(Accepted::Stale));
    let update = world.extend(second);
    assert_eq!(update.returned, [alices[1].txid(), alices[2].txid()]);
    assert_eq!(update.removed, []);
    let waiting: Vec<Txid> =
        world.mempool.minable(&address(&alice()), world.chain.ledger()).map(|(txid, _)| txid).collect();
    assert_eq!(waiting, [alices[1].txid(), alices[2].txid(), alices[3].txid()]);
    assert!(!world.mempool.contains(&bobs.txid()), "the winning chain has used its nonce");
}

/// Money that came with the losing branch is gone, and so are the transfers that would have spent it: the latest first.
#[wasm_bindgen_test(unsupported = test)]
fn after_a_reorg_what_cannot_be_paid_leaves() {
    let mut world = World::new();
    let network = world.chain.network();
    let mut rival = funded_chain();
    let branch: Vec<Block> = (0..2)
        .map(|_| {
            let block = block_on(&rival, rival.tip(), &bob(), vec![]);
            extend(&mut rival, block.clone());
            block
        })
        .collect();
    // Carol's only money is the reward of the block that will be lost.
    world.extend(block_on(&world.chain, world.chain.tip(), &carol(), vec![]));
    let carols = transfer(network, &carol(), &bob(), coins(1), FEE, 0);
    let alices = [world.pays(coins(40), FEE, 0), world.pays(coins(9), FEE, 1)];
    for waiting in alices.iter().chain([&carols]) {
        world.admit(waiting).unwrap();
    }
    assert_eq!(world.chain.accept_block(branch[0].clone(), NOW), Ok(Accepted::Stale));
    let update = world.extend(branch[1].clone());
    assert_eq!(update.removed, [carols.txid()]);
    assert_eq!(world.mempool.len(), 2);

    // A block in which alice spends otherwise leaves her too poor for what waits: nonce 0 is used, and 9 are not there.
    let spent = transfer(network, &alice(), &bob(), coins(45), FEE, 0);
    let update = world.extend(block_on(&world.chain, world.chain.tip(), &bob(), vec![spent]));
    let mut expected = alices.map(|transfer| transfer.txid()).to_vec();
    expected.sort_unstable();
    assert_eq!(update.removed, expected, "in the same order on every node");
    assert!(world.mempool.is_empty());
}

/// Of a sender's transfers the earlier is the more certain: one that comes back is not refused for what waits behind it.
#[wasm_bindgen_test(unsupported = test)]
fn a_returning_transfer_comes_before_those_behind_it() {
    let mut world = World::new();
    let network = world.chain.network();
    let mut rival = funded_chain();
    let branch: Vec<Block> = (0..2)
        .map(|_| {
            let block = block_on(&rival, rival.tip(), &carol(), vec![]);
            extend(&mut rival, block.clone());
            block
        })
        .collect();
    // With bob's gift alice can pay 30 coins twice, without it once.
    let gift = pay(network, &bob(), &alice(), coins(20), 0);
    let first = world.pays(coins(30), FEE, 0);
    world.extend(block_on(&world.chain, world.chain.tip(), &carol(), vec![gift, first.clone()]));
    let second = world.pays(coins(30), FEE, 1);
    world.admit(&second).unwrap();
    assert_eq!(world.chain.accept_block(branch[0].clone(), NOW), Ok(Accepted::Stale));
    let update = world.extend(branch[1].clone());
    assert_eq!(update, Update { removed: vec![second.txid()], returned: vec![first.txid()], let_go: vec![second] });
}
