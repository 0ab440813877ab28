//! The chain held against a slow, obvious model: trees of blocks, some invalid, that arrive in any order, at chains that
//! remember all of them or only a few.

#[path = "support/workshop.rs"]
mod workshop;

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use tabchain_shared::chain::block_index::Status;
use tabchain_shared::chain::{AcceptError, Accepted, Chain, RecentLimits, TipChange};
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::{Address, Amount, Block, BlockHash, CompactTarget, Transaction, Work};
use wasm_bindgen_test::wasm_bindgen_test;
use workshop::{NOW, address, alice, block_dated, bob, carol, check_state, coins, pay, seal, tag};

/// What a generated block is like.
#[derive(Debug, Clone)]
struct Plan {
    /// Reduced to one of the blocks before it; 0 is genesis.
    parent: usize,
    /// After its parent, seconds: decides how much work the next block is.
    delay: u32,
    miner: usize,
    /// Sender, recipient, coins. Left out where the sender cannot pay.
    payments: Vec<(usize, usize, u64)>,
    fault: Option<Fault>,
    /// Blocks arrive in the order of these, and are restored in the order of the second.
    priority: (u16, u16),
}

#[derive(Debug, Clone, Copy)]
enum Fault {
    // Context-free: seen as soon as the body comes.
    NoCoinbase,
    BadSignature,
    // Contextual: seen only when the block's chain has the most work.
    CoinbaseTooHigh,
    CoinbaseHeight,
    NonceGap,
    InsufficientBalance,
}

fn plan() -> impl Strategy<Value = Plan> {
    let fault = prop_oneof![
        Just(Fault::NoCoinbase),
        Just(Fault::BadSignature),
        Just(Fault::CoinbaseTooHigh),
        Just(Fault::CoinbaseHeight),
        Just(Fault::NonceGap),
        Just(Fault::InsufficientBalance),
    ];
    (
        // Mostly the block just before, so that there are chains and not only bushes.
        prop_oneof![2 => Just(usize::MAX), 3 => any::<usize>()],
        1..40_u32,
        0..3_usize,
        prop::collection::vec((0..3_usize, 0..3_usize, 1..60_u64), 0..3),
        prop_oneof![5 => Just(None), 1 => fault.prop_map(Some)],
        any::<(u16, u16)>(),
    )
        .prop_map(|(parent, delay, miner, payments, fault, priority)| Plan {
            parent,
            delay,
            miner,
            payments,
            fault,
            priority,
        })
}

/// Balance in units, and next nonce.
type State = BTreeMap<Address, (u64, u64)>;

/// A block of the model, which knows from the start whether it is valid and what its chain's accounts are.
struct Modelled {
    block: Block,
    parent: usize,
    chainwork: Work,
    /// So are its ancestors.
    is_valid: bool,
    state: State,
    plan: Plan,
}

struct Tree {
    params: Params,
    /// Genesis first, parents before children.
    blocks: Vec<Modelled>,
}

impl Tree {
    /// Every second to every thousandth hash makes a block, by the dates before it, so that work differs.
    fn params() -> Params {
        Params { start_bits: CompactTarget(0x200f_ffff), half_life: Some(20), ..Params::regtest() }
    }

    fn grow(plans: Vec<Plan>) -> Self {
        let params = Self::params();
        // Takes headers only, so that blocks can be built on invalid ones.
        let mut forge = Chain::new(params.clone());
        let genesis = forge.body(&forge.tip()).unwrap().to_block();
        let plan = Plan { parent: 0, delay: 0, miner: 0, payments: vec![], fault: None, priority: (0, 0) };
        let mut blocks = vec![Modelled {
            block: genesis,
            parent: 0,
            chainwork: forge.chainwork(),
            is_valid: true,
            state: State::new(),
            plan,
        }];
        for plan in plans {
            let parent = if plan.parent == usize::MAX { blocks.len() - 1 } else { plan.parent % blocks.len() };
            let modelled = Self::block(&forge, &blocks, parent, plan);
            forge.accept_header(&modelled.block.header, NOW).expect("faults are in bodies");
            blocks.push(modelled);
        }
        Self { params, blocks }
    }

    fn block(forge: &Chain, blocks: &[Modelled], parent: usize, plan: Plan) -> Modelled {
        let people = [alice(), bob(), carol()];
        let below = &blocks[parent];
        let mut state = below.state.clone();
        let mut transfers = Vec::new();
        for (from, to, amount) in &plan.payments {
            let (from, to) = (&people[*from], &people[*to]);
            let amount = coins(*amount).units();
            let (balance, nonce) = state.get(&address(from)).copied().unwrap_or_default();
            if balance >= amount {
                state.insert(address(from), (balance - amount, nonce + 1));
                state.entry(address(to)).or_default().0 += amount;
                transfers.push(pay(forge.network(), from, to, Amount::from_units(amount).unwrap(), nonce));
            }
        }
        let miner = &people[plan.miner];
        let (balance, nonce) = state.get(&address(miner)).copied().unwrap_or_default();
        match plan.fault {
            Some(Fault::NonceGap) => transfers.push(pay(forge.network(), miner, &people[0], coins(1), nonce + 1)),
            Some(Fault::InsufficientBalance) => {
                let amount = Amount::from_units(balance + 1).unwrap();
                transfers.push(pay(forge.network(), miner, &people[0], amount, nonce));
            }
            Some(Fault::BadSignature) => {
                let mut forged = pay(forge.network(), miner, &people[0], coins(1), nonce);
                forged.amount = coins(2);
                transfers.push(forged);
            }
            _ => {}
        }
        let parent_header = below.block.header;
        let time = parent_header.time + plan.delay;
        let mut block = block_dated(forge, parent_header.hash(), time, miner, transfers);
        tag(&mut block, blocks.len());
        if let Transaction::Coinbase(coinbase) = &mut block.transactions[0] {
            state.entry(coinbase.recipient).or_default().0 += coinbase.reward.units();
            match plan.fault {
                Some(Fault::CoinbaseTooHigh) => coinbase.reward = coins(51),
                Some(Fault::CoinbaseHeight) => coinbase.height += 1,
                Some(Fault::NoCoinbase) => drop(block.transactions.remove(0)),
                _ => {}
            }
        }
        let block = seal(forge.params(), block);
        Modelled {
            chainwork: below.chainwork + block.header.bits.to_target().unwrap().work(),
            is_valid: below.is_valid && plan.fault.is_none(),
            block,
            parent,
            state,
            plan,
        }
    }

    /// All blocks but genesis, in one of the orders that the plans ask for.
    fn order(&self, priority: impl Fn(&Plan) -> u16) -> Vec<usize> {
        let mut order: Vec<usize> = (1..self.blocks.len()).collect();
        order.sort_by_key(|index| priority(&self.blocks[*index].plan));
        order
    }

    /// Most work among those that are valid and have come; of equals, the one that came first.
    fn best(&self, came: &[usize]) -> usize {
        let mut best = 0;
        for index in came {
            let block = &self.blocks[*index];
            if block.is_valid && block.chainwork > self.blocks[best].chainwork {
                best = *index;
            }
        }
        best
    }
}

/// Delivers blocks in an order, those without a parent again whenever another one has come, and checks after each.
fn deliver(
    tree: &Tree,
    order: &[usize],
    mut accept: impl FnMut(usize) -> Result<Accepted, AcceptError>,
    mut check: impl FnMut(&[usize], Result<Accepted, AcceptError>),
) {
    let mut came = vec![0];
    let mut waiting = Vec::new();
    for index in order {
        waiting.push(*index);
        let mut position = 0;
        while position < waiting.len() {
            let index = waiting[position];
            let parent = tree.blocks[index].parent;
            let has_parent = came.contains(&parent);
            let result = accept(index);
            let lacks_parent = matches!(result, Err(AcceptError::UnknownParent | AcceptError::ParentWithoutBody));
            // What stands on an invalid block is refused for this or that reason, by what is known of its ancestors.
            if tree.blocks[parent].is_valid {
                assert_eq!(lacks_parent, !has_parent, "block {index}: {result:?}");
            }
            if lacks_parent && !has_parent {
                position += 1;
                continue;
            }
            assert!(result.is_ok() || !tree.blocks[index].is_valid, "block {index}: {result:?}");
            waiting.remove(position);
            position = 0;
            came.push(index);
            check(&came, result);
        }
    }
    assert_eq!(waiting, Vec::<usize>::new());
    assert_eq!(came.len(), tree.blocks.len());
}

/// Lets the chain finish a replay, with bodies from a store that has them all, and returns how the tip moved.
fn finish_replay(chain: &mut Chain, tree: &Tree) -> Vec<TipChange> {
    let mut changes = Vec::new();
    loop {
        let wanted = chain.wanted_bodies(3);
        if wanted.is_empty() {
            return changes;
        }
        for (height, hash) in wanted {
            let stored = tree.blocks.iter().map(|modelled| &modelled.block).find(|block| block.hash() == hash);
            assert_eq!(chain.index().get(&hash).map(|entry| entry.height), Some(height));
            let outcome = chain.read_back(stored.expect("only what has come is asked for").clone());
            let is_over = outcome.is_err();
            changes.extend(outcome.unwrap_or_default());
            changes.extend(chain.activate());
            if is_over {
                break;
            }
        }
    }
}

/// The accounts of a ledger as the model keeps them.
fn state_of(chain: &Chain) -> State {
    chain.ledger().accounts().map(|(a, account)| (*a, (account.balance.units(), account.next_nonce))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// CASES 39, 41, 42, 43, 44 and 45, over all orders of arrival, and whether memory holds all blocks or only one to
    /// three of them: the tip is the model's, the accounts are the model's and those of a replay, the supply is what was
    /// issued, a tip change tells the truth. A restart in any order ends at the same tip.
    #[wasm_bindgen_test(unsupported = test)]
    fn the_chain_is_the_models(
        plans in prop::collection::vec(plan(), 1..=12),
        headers_first in any::<bool>(),
        blocks in prop_oneof![Just(1_000), 1_usize..4],
    ) {
        let tree = Tree::grow(plans);
        let limits = RecentLimits { blocks, ..RecentLimits::default() };
        let mut chain = Chain::with_limits(tree.params.clone(), limits);
        if headers_first {
            for modelled in &tree.blocks[1..] {
                prop_assert_eq!(chain.accept_header(&modelled.block.header, NOW), Ok(true));
            }
        }
        let chain = RefCell::new(chain);
        let mut active = vec![tree.blocks[0].block.hash()];
        deliver(
            &tree,
            &tree.order(|plan| plan.priority.0),
            |index| chain.borrow_mut().accept_block(tree.blocks[index].block.clone(), NOW),
            |came, result| {
                let mut chain = chain.borrow_mut();
                let mut changes = Vec::new();
                if let Ok(Accepted::TipChanged(change)) = result {
                    changes.push(change);
                }
                changes.extend(finish_replay(&mut chain, &tree));
                let best = &tree.blocks[tree.best(came)];
                assert_eq!(chain.tip(), best.block.hash());
                assert_eq!(chain.chainwork(), best.chainwork);
                assert_eq!(state_of(&chain), best.state);
                let indexed: Vec<BlockHash> = (0..=chain.height()).map(|height| chain.hash_at(height).unwrap()).collect();
                for change in &changes {
                    let left_behind = change.left_behind.iter().map(|(_, hash)| *hash);
                    for hash in change.disconnected.iter().map(|body| body.hash()).chain(left_behind) {
                        assert_eq!(active.pop(), Some(hash));
                    }
                    assert_eq!(active.len(), change.fork_height as usize + 1);
                    // A replay connects more than memory holds.
                    let first = change.connected.first().expect("a new tip is connected").hash();
                    let unseen = chain.index().get(&first).unwrap().height as usize - active.len();
                    assert!(unseen == 0 || change.connected.len() == blocks);
                    active.extend_from_slice(&indexed[active.len()..active.len() + unseen]);
                    active.extend(change.connected.iter().map(|body| body.hash()));
                }
                assert_eq!(&indexed, &active);
                if changes.iter().any(TipChange::is_reorg) && blocks >= tree.blocks.len() {
                    check_state(&chain);
                }
            },
        );
        let chain = chain.into_inner();
        if blocks >= tree.blocks.len() {
            check_state(&chain);
        }
        prop_assert!(chain.bodies().count() <= 2 * blocks + 1, "genesis, and as many off the chain as on it");

        // What a node would have on disk: the blocks that it holds, with the order in which they came.
        let arrivals: BTreeMap<usize, u64> = tree.blocks.iter().enumerate().skip(1).filter_map(|(index, modelled)| {
            match chain.index().get(&modelled.block.hash())?.status {
                Status::Stored { arrival } => Some((index, arrival)),
                Status::HeaderOnly | Status::Invalid => None,
            }
        }).collect();
        let mut restored = Chain::with_limits(tree.params.clone(), limits);
        let mut waiting: Vec<usize> = tree.order(|plan| plan.priority.1);
        waiting.retain(|index| arrivals.contains_key(index));
        let mut count = usize::MAX;
        while waiting.len() < count {
            count = waiting.len();
            waiting.retain(|index| {
                let result = restored.restore_block(tree.blocks[*index].block.clone(), arrivals[index]);
                matches!(result, Err(AcceptError::UnknownParent | AcceptError::ParentWithoutBody))
            });
        }
        restored.activate();
        finish_replay(&mut restored, &tree);
        // A stale block that nothing had judged can turn out invalid in another order, and its descendants with it.
        prop_assert!(waiting.iter().all(|index| !tree.blocks[*index].is_valid));
        prop_assert_eq!(restored.tip(), chain.tip());
        prop_assert_eq!(restored.ledger(), chain.ledger());
        // New blocks are later than all restored ones: a rival of the tip does not take its place.
        let tip = chain.tip_entry();
        if tip.height > 0 {
            let mut rival = block_dated(&restored, tip.header.prev_blockhash, tip.header.time, &alice(), vec![]);
            tag(&mut rival, 99);
            let rival = seal(&tree.params, rival);
            prop_assert_eq!(restored.accept_block(rival, NOW), Ok(Accepted::Stale));
        }
    }
}
