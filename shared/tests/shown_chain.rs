//! A node shows its chain to a host that cannot have it: as much as a message has room for, and on from there; and each rule refuses
//! what breaks just that rule.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, World};
use tabchain_shared::consensus::{HeaderError, Params};
use tabchain_shared::mining::share::{JobProof, ShareError};
use tabchain_shared::node::io::{Answer, Command, CommandId};
use tabchain_shared::node::shown_chain::judge;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::block::hash_pair;
use tabchain_shared::primitives::{BlockHash, CompactTarget, Header, Target, Transaction};
use tabchain_shared::wire::switchboard::{MAX_CONTROL_BYTES, NodeControl, ToRelay};
use wasm_bindgen_test::wasm_bindgen_test;

fn shown(world: &mut World, above: Vec<BlockHash>) -> Vec<JobProof> {
    match world.command(ALICE, Command::ShowChain { above }) {
        Some(Answer::Chain { blocks }) => blocks,
        other => panic!("{other:?}"),
    }
}

/// Alice alone has found a hundred and fifty blocks.
fn parted() -> World {
    let mut world = World::connected(2);
    world.cut_all(ALICE);
    world.mine(ALICE, 150);
    world
}

#[wasm_bindgen_test(unsupported = test)]
fn a_chain_is_shown_in_parts_that_a_message_has_room_for() {
    let mut world = parted();
    let genesis = world.tip(BOB);
    let (mut seen, mut above) = (Vec::new(), vec![BlockHash([7; 32]), genesis]);
    loop {
        let blocks = shown(&mut world, above.clone());
        let Some(last) = blocks.last() else { break };
        above = vec![last.header.hash(), genesis];
        let answer = NodeControl::Answer { id: CommandId(u64::MAX), answer: Answer::Chain { blocks: blocks.clone() } };
        assert!(ToRelay::Control(answer).to_bytes().len() <= MAX_CONTROL_BYTES);
        assert!(blocks.len() < 150, "there is more than one message has room for");
        seen.extend(blocks);
    }
    let chain = world.nodes[ALICE].node.chain();
    let expected: Vec<BlockHash> = (1..=150).map(|height| chain.hash_at(height).unwrap()).collect();
    assert_eq!(seen.iter().map(|block| block.header.hash()).collect::<Vec<_>>(), expected);
    assert_eq!(chain.tip(), above[0]);
}

#[wasm_bindgen_test(unsupported = test)]
fn above_blocks_that_it_does_not_have_a_node_shows_all() {
    let mut world = parted();
    let first = shown(&mut world, vec![BlockHash([7; 32])]);
    assert_eq!(first[0].coinbase.height, 1);
    assert_eq!(shown(&mut world, Vec::new()), first);
}

/// A nonce with which the header meets the network's target, or just not.
fn with_work(header: Header, meets: bool) -> Header {
    let target = CompactTarget(0x207f_ffff).to_target().unwrap();
    let is_met = |header: &Header, target: Target| target.is_met_by(&Algorithm::Sha256d.hash(&header.to_array()));
    let headers = (0..1_000).map(|nonce| Header { nonce, ..header });
    headers.into_iter().find(|header| is_met(header, target) == meets).expect("every other one is")
}

/// The block with another header or coinbase, and everything else as the rules want it.
fn changed(block: &JobProof, change: impl FnOnce(&mut JobProof)) -> JobProof {
    let mut block = block.clone();
    change(&mut block);
    let coinbase = Transaction::Coinbase(block.coinbase.clone()).txid().0;
    block.header.merkle_root.0 = block.branch.iter().fold(coinbase, |node, sibling| hash_pair(&node, sibling));
    block.header = with_work(block.header, true);
    block
}

#[wasm_bindgen_test(unsupported = test)]
fn each_rule_refuses_what_breaks_it() {
    let (params, mut world) = (Params::regtest(), parted());
    let blocks = shown(&mut world, Vec::new());
    let now = world.now.seconds();
    let mut ancestors = vec![params.genesis().header];
    for (height, block) in (1..).zip(&blocks[..20]) {
        assert_eq!(judge(block, &params, &ancestors, height, now), Ok(block.header.hash()));
        ancestors.insert(0, block.header);
        ancestors.truncate(11);
    }
    let next = &blocks[20];
    let verdict = |block: &JobProof| judge(block, &params, &ancestors, 21, now);
    assert_eq!(verdict(&changed(next, |_| {})).map(drop), Ok(()), "nothing is wrong with the helper's own blocks");

    let parent = BlockHash([7; 32]);
    let orphan = changed(next, |block| block.header.prev_blockhash = parent);
    assert_eq!(verdict(&orphan), Err(ShareError::UnknownParent(parent)));
    assert_eq!(judge(next, &params, &[], 21, now), Err(ShareError::UnknownParent(next.header.prev_blockhash)));
    let mut stolen = next.clone();
    stolen.coinbase.recipient = world.nodes[BOB].node.address();
    assert!(matches!(verdict(&stolen), Err(ShareError::MerkleBranch { .. })));
    let elsewhere = changed(next, |block| block.coinbase.height = 22);
    assert_eq!(verdict(&elsewhere), Err(ShareError::CoinbaseHeight { found: 22, expected: 21 }));
    let idle = JobProof { header: with_work(next.header, false), ..next.clone() };
    assert!(matches!(verdict(&idle), Err(ShareError::Header(HeaderError::HighHash { .. }))), "{:?}", verdict(&idle));
    let easy = changed(next, |block| block.header.bits = CompactTarget(0x207f_fffe));
    assert!(matches!(verdict(&easy), Err(ShareError::Header(HeaderError::WrongBits { .. }))), "{:?}", verdict(&easy));
    let old = changed(next, |block| block.header.time = ancestors[10].time);
    assert!(matches!(verdict(&old), Err(ShareError::Header(HeaderError::TimeTooOld { .. }))));
    let early = changed(next, |block| block.header.time = now + params.max_future_seconds + 1);
    assert!(matches!(verdict(&early), Err(ShareError::Header(HeaderError::TimeTooNew { .. }))));
}
