//! Reorgs that go deeper than memory: the better chain is replayed, from bodies that a test hands back as a store would.

#[path = "support/workshop.rs"]
mod workshop;

use tabchain_shared::chain::{AcceptError, Accepted, Chain, RecentLimits};
use tabchain_shared::consensus::{BlockError, Params};
use tabchain_shared::primitives::{Block, Transaction};
use wasm_bindgen_test::wasm_bindgen_test;
use workshop::{NOW, alice, block_on, blocks_after, bob, carol, coins, grow, seal};

/// CASES 44: a chain that forks off below what memory can undo is replayed from the store. Until that is done the old tip
/// stays; then the new one is followed, and what the old one had is named, so that its transfers can be fetched.
#[wasm_bindgen_test(unsupported = test)]
fn a_reorg_beyond_memory_is_a_replay() {
    let limits = RecentLimits { blocks: 5, ..RecentLimits::default() };
    let mut chain = Chain::with_limits(Params::regtest(), limits);
    grow(&mut chain, &alice(), 20);
    let old_tip = chain.tip();
    let mut branch = Chain::new(Params::regtest());
    grow(&mut branch, &bob(), 30);
    let better = blocks_after(&branch, 0);
    for block in &better {
        assert_eq!(chain.accept_block(block.clone(), NOW), Ok(Accepted::Stale));
    }
    assert_eq!((chain.tip(), chain.replay_progress()), (old_tip, Some((0, 21))));

    let mut change = None;
    let mut read = Vec::new();
    while let Some((height, hash)) = chain.wanted_bodies(1).pop() {
        assert_eq!(chain.tip(), old_tip, "half a replay changes nothing");
        read.push(hash);
        change = chain.read_back(better[height as usize - 1].clone()).expect("the branch is valid");
    }

    let change = change.expect("the replay has ended");
    assert_eq!(read, better.iter().map(Block::hash).collect::<Vec<_>>(), "once, and what came meanwhile is included");
    assert_eq!((change.fork_height, change.depth(), change.disconnected.len()), (0, 20, 5));
    let left_behind: Vec<u32> = change.left_behind.iter().map(|(height, _)| *height).collect();
    assert_eq!(left_behind, (1..=15).rev().collect::<Vec<_>>());
    assert_eq!((chain.activate(), chain.tip()), (None, branch.tip()));
    assert_eq!(chain.ledger(), branch.ledger());
}

/// Found by fuzzing: a chain within memory's reach overtakes the one that is being replayed and proves invalid. The replay
/// goes on where it was.
#[wasm_bindgen_test(unsupported = test)]
fn an_invalid_rival_does_not_end_a_replay() {
    let limits = RecentLimits { blocks: 5, ..RecentLimits::default() };
    let mut chain = Chain::with_limits(Params::regtest(), limits);
    grow(&mut chain, &alice(), 8);
    let mut branch = Chain::new(Params::regtest());
    grow(&mut branch, &bob(), 10);
    let better = blocks_after(&branch, 0);
    for block in &better {
        chain.accept_block(block.clone(), NOW).unwrap();
    }
    chain.read_back(better[0].clone()).unwrap();
    assert_eq!(chain.replay_progress(), Some((1, 9)));

    let mut greedy = block_on(&chain, chain.tip(), &carol(), vec![]);
    if let Transaction::Coinbase(coinbase) = &mut greedy.transactions[0] {
        coinbase.reward = coins(51);
    }
    let mut rival = seal(chain.params(), greedy);
    for _ in 9..11 {
        assert_eq!(chain.accept_block(rival.clone(), NOW), Ok(Accepted::Stale));
        rival = block_on(&chain, rival.hash(), &carol(), vec![]);
    }
    let result = chain.accept_block(rival, NOW);

    assert!(matches!(result, Err(AcceptError::Invalid(BlockError::CoinbaseTooHigh { .. }))), "{result:?}");
    assert_eq!((chain.activate(), chain.replay_progress()), (None, Some((1, 9))));
    for block in &better[1..] {
        chain.read_back(block.clone()).unwrap();
    }
    assert_eq!(chain.tip(), branch.tip());
}

/// An ordinary fork at the end of the better chain does not throw a replay back to its beginning.
#[wasm_bindgen_test(unsupported = test)]
fn a_fork_at_the_tip_keeps_what_was_replayed() {
    let limits = RecentLimits { blocks: 5, ..RecentLimits::default() };
    let mut chain = Chain::with_limits(Params::regtest(), limits);
    let mut tip = chain.tip();
    grow(&mut chain, &alice(), 20);
    let mut branch = Vec::new();
    for _ in 0..30 {
        let block = block_on(&chain, tip, &bob(), vec![]);
        tip = block.hash();
        branch.push(block.clone());
        chain.accept_block(block, NOW).unwrap();
    }
    for block in &branch[..29] {
        assert_eq!(chain.read_back(block.clone()), Ok(None));
    }
    assert_eq!(chain.replay_progress(), Some((29, 30)));
    let rival = block_on(&chain, branch[27].hash(), &carol(), vec![]);
    chain.accept_block(rival.clone(), NOW).unwrap();
    assert_eq!(chain.replay_progress(), Some((29, 30)), "no better yet");
    let middle = block_on(&chain, rival.hash(), &carol(), vec![]);
    chain.accept_block(middle.clone(), NOW).unwrap();
    let last = block_on(&chain, middle.hash(), &carol(), vec![]);
    chain.accept_block(last.clone(), NOW).unwrap();
    assert_eq!(chain.replay_progress(), Some((28, 31)), "one block is undone");
    for block in [rival, middle] {
        assert_eq!(chain.read_back(block), Ok(None));
    }
    assert!(chain.read_back(last.clone()).unwrap().is_some_and(|change| change.depth() == 20));
    assert_eq!((chain.tip(), chain.activate()), (last.hash(), None));
}

/// A replay whose bodies the store has lost is given up: the old tip stays and grows no more in silence.
#[wasm_bindgen_test(unsupported = test)]
fn a_replay_without_bodies_gets_stuck_and_says_so() {
    let limits = RecentLimits { blocks: 5, ..RecentLimits::default() };
    let mut chain = Chain::with_limits(Params::regtest(), limits);
    grow(&mut chain, &alice(), 8);
    let tip = chain.tip();
    let mut branch = Chain::new(Params::regtest());
    grow(&mut branch, &bob(), 10);
    for block in blocks_after(&branch, 0) {
        chain.accept_block(block, NOW).unwrap();
    }
    assert!(!chain.is_stuck());
    chain.give_up_replay();
    assert!(chain.is_stuck());
    assert_eq!((chain.tip(), chain.replay_progress()), (tip, None));
    // Another body than the one that is wanted changes nothing either.
    assert_eq!(chain.read_back(blocks_after(&branch, 0)[0].clone()), Ok(None));
}

/// Headers that are forgotten give all others new places. A replay goes on where it was, and one that is stuck stays so.
#[wasm_bindgen_test(unsupported = test)]
fn a_replay_outlives_that_headers_are_forgotten() {
    let limits = RecentLimits { blocks: 5, ..RecentLimits::default() };
    let mut chain = Chain::with_limits(Params::regtest(), limits);
    let genesis = chain.tip();
    grow(&mut chain, &alice(), 8);
    let bare = block_on(&chain, genesis, &carol(), vec![]);
    chain.accept_header(&bare.header, NOW).unwrap();
    let mut branch = Chain::new(Params::regtest());
    grow(&mut branch, &bob(), 10);
    let better = blocks_after(&branch, 0);
    for block in &better {
        chain.accept_block(block.clone(), NOW).unwrap();
    }
    for block in &better[..4] {
        chain.read_back(block.clone()).unwrap();
    }
    assert_eq!((chain.index().len(), chain.index().bare()), (1 + 8 + 1 + 10, 1));
    chain.forget_bare_headers();
    assert_eq!((chain.index().len(), chain.index().get(&bare.hash())), (1 + 8 + 10, None));
    assert_eq!(chain.replay_progress(), Some((4, 9)));
    chain.give_up_replay();
    chain.accept_header(&bare.header, NOW).unwrap();
    chain.forget_bare_headers();
    assert_eq!((chain.is_stuck(), chain.activate()), (true, None));

    let mut chain = Chain::with_limits(Params::regtest(), limits);
    grow(&mut chain, &alice(), 8);
    chain.accept_header(&bare.header, NOW).unwrap();
    for block in &better {
        chain.accept_block(block.clone(), NOW).unwrap();
    }
    chain.read_back(better[0].clone()).unwrap();
    chain.forget_bare_headers();
    for block in &better[1..] {
        chain.read_back(block.clone()).unwrap();
    }
    assert_eq!((chain.tip(), chain.ledger()), (branch.tip(), branch.ledger()));
}
