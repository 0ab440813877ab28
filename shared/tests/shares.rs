//! Shares: valid ones are accepted, and each rule refuses what breaks just that rule. Then a node and its collector, on
//! whose messages the same rules have nothing to say.

mod support {
    pub mod workshop;
}

use support::workshop::*;
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::{HeaderError, Params};
use tabchain_shared::mining::nonce_space::ROLLED_BITS;
use tabchain_shared::mining::seen_shares::SeenShares;
use tabchain_shared::mining::share::{
    JobProof, MAX_HIDDEN, MAX_PARENT_DEPTH, MAX_SHARES_PER_MESSAGE, ShareError, Shares, share_target,
};
use tabchain_shared::mining::share_collector::ShareCollector;
use tabchain_shared::mining::worker::Assignment;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::node::io::{CommandId, Output, Time};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Command, Config, Input, Node};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::block::merkle_branch;
use tabchain_shared::primitives::{
    Block, BlockHash, CompactTarget, Decode, Encode, Header, Memo, Target, Transaction, Txid,
};
use tabchain_shared::wire::switchboard::{MAX_CONTROL_BYTES, NodeControl, ToRelay};
use wasm_bindgen_test::wasm_bindgen_test;

/// A template for alice on the tip of a chain on which she has something to spend, with three transactions in it.
fn template(chain: &Chain) -> Block {
    let payments = (0..2).map(|nonce| pay(chain.network(), &alice(), &bob(), units(5), nonce)).collect();
    block_on(chain, chain.tip(), &alice(), payments)
}

/// Makes the header name the transactions that are there now.
fn reroot(mut proof: JobProof) -> JobProof {
    let mut node = Transaction::Coinbase(proof.coinbase.clone()).txid().0;
    for sibling in &proof.branch {
        node = tabchain_shared::primitives::block::hash_pair(&node, sibling);
    }
    proof.header.merkle_root.0 = node;
    proof
}

/// A nonce with which the job's hash meets the target, and the next one with which it does not.
fn hit_and_miss(header: Header, target: Target) -> (u32, u32) {
    let meets =
        |nonce: &u32| target.is_met_by(&Algorithm::Sha256d.hash(&Header { nonce: *nonce, ..header }.to_array()));
    (
        (0..1_000).find(meets).expect("half of all nonces are hits"),
        (0..1_000).find(|nonce| !meets(nonce)).expect("and half are not"),
    )
}

fn half() -> Target {
    CompactTarget(0x207f_ffff).to_target().unwrap()
}

#[track_caller]
fn check_job(chain: &Chain, proof: &JobProof, expected: Result<(), ShareError>) {
    assert_eq!(proof.check(&[], chain, address(&alice()), NOW).map(drop), expected);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_share_of_ones_own_job_counts() {
    let chain = funded_chain();
    let block = template(&chain);
    let proof = JobProof::of(&block).unwrap();
    assert_eq!(proof.branch.len(), 2, "three transactions are two levels");
    let job = proof.check(&[], &chain, address(&alice()), NOW).unwrap();
    let (hit, _) = hit_and_miss(block.header, half());
    let hash = job.check_share((block.header.version, hit), half()).unwrap();
    assert_eq!(hash, Algorithm::Sha256d.hash(&Header { nonce: hit, ..block.header }.to_array()));
    assert_eq!(job.date(), block.header.time);
    // A block with nothing but a coinbase has no branch.
    let lonely = JobProof::of(&block_on(&chain, chain.tip(), &alice(), vec![])).unwrap();
    assert!(lonely.branch.is_empty());
    check_job(&chain, &lonely, Ok(()));
}

#[wasm_bindgen_test(unsupported = test)]
fn rolled_bits_of_the_version_are_the_miners() {
    let chain = funded_chain();
    let block = template(&chain);
    let job = JobProof::of(&block).unwrap().check(&[], &chain, address(&alice()), NOW).unwrap();
    let rolled = Header { version: block.header.version ^ ROLLED_BITS, ..block.header };
    let (hit, _) = hit_and_miss(rolled, half());
    assert!(job.check_share((rolled.version, hit), half()).is_ok());
    for bit in (0..32).filter(|bit| ROLLED_BITS >> bit & 1 == 0) {
        let version = block.header.version ^ 1 << bit;
        let (hit, _) = hit_and_miss(Header { version, ..block.header }, half());
        assert_eq!(job.check_share((version, hit), half()), Err(ShareError::Version(version)));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_hash_above_the_share_target_is_no_share() {
    let chain = funded_chain();
    let block = template(&chain);
    let job = JobProof::of(&block).unwrap().check(&[], &chain, address(&alice()), NOW).unwrap();
    let (_, miss) = hit_and_miss(block.header, half());
    assert_eq!(job.check_share((block.header.version, miss), half()), Err(ShareError::HighHash));
}

/// What keeps a node from showing another's work as its own.
#[wasm_bindgen_test(unsupported = test)]
fn a_job_that_pays_somebody_else_is_refused() {
    let chain = funded_chain();
    let proof = JobProof::of(&block_on(&chain, chain.tip(), &bob(), vec![])).unwrap();
    check_job(&chain, &proof, Err(ShareError::ForeignCoinbase(address(&bob()))));
    // To write one's own address in makes another coinbase, which the header does not hold.
    let mut stolen = proof;
    stolen.coinbase.recipient = address(&alice());
    let computed = reroot(stolen.clone()).header.merkle_root;
    check_job(&chain, &stolen, Err(ShareError::MerkleBranch { computed }));
}

#[wasm_bindgen_test(unsupported = test)]
fn every_part_of_the_branch_counts() {
    let chain = funded_chain();
    let proof = JobProof::of(&template(&chain)).unwrap();
    let mut changed = Vec::new();
    for level in 0..proof.branch.len() {
        let mut other = proof.clone();
        other.branch[level][7] ^= 1;
        changed.push(other);
    }
    changed.push(JobProof { branch: proof.branch[1..].to_vec(), ..proof.clone() });
    changed.push(JobProof { branch: [proof.branch.clone(), vec![[9; 32]]].concat(), ..proof.clone() });
    for other in changed {
        let computed = reroot(other.clone()).header.merkle_root;
        check_job(&chain, &other, Err(ShareError::MerkleBranch { computed }));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_list_that_repeats_its_beginning_is_refused() {
    let chain = funded_chain();
    let mut proof = JobProof::of(&block_on(&chain, chain.tip(), &alice(), vec![])).unwrap();
    let coinbase: Txid = Transaction::Coinbase(proof.coinbase.clone()).txid();
    proof.branch = merkle_branch(&[coinbase, coinbase], 0).unwrap();
    check_job(&chain, &reroot(proof), Err(ShareError::Mutated));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_coinbase_as_long_as_two_hashes_is_refused() {
    let chain = funded_chain();
    let mut proof = JobProof::of(&template(&chain)).unwrap();
    proof.coinbase.tag = Memo::new("x".repeat(29)).unwrap();
    check_job(&chain, &reroot(proof), Err(ShareError::LikeMerkleNode));
}

#[wasm_bindgen_test(unsupported = test)]
fn an_unknown_or_invalid_parent_is_refused_and_no_forgery() {
    let mut chain = funded_chain();
    let mut proof = JobProof::of(&template(&chain)).unwrap();
    let valid = proof.header.prev_blockhash;
    proof.header.prev_blockhash = BlockHash([7; 32]);
    check_job(&chain, &proof, Err(ShareError::UnknownParent(BlockHash([7; 32]))));

    let mut greedy = block_on(&chain, chain.tip(), &bob(), vec![]);
    if let Some(Transaction::Coinbase(coinbase)) = greedy.transactions.first_mut() {
        coinbase.reward = coins(1_000);
    }
    let greedy = seal(chain.params(), greedy);
    chain.accept_block(greedy.clone(), NOW).unwrap_err();
    proof.header.prev_blockhash = greedy.hash();
    let error = ShareError::UnknownParent(greedy.hash());
    check_job(&chain, &proof, Err(error));
    assert!(!error.is_forgery());
    assert_eq!(chain.tip(), valid);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_parent_is_recent_for_three_blocks() {
    let mut chain = funded_chain();
    let proof = JobProof::of(&template(&chain)).unwrap();
    let height = chain.height() + 1;
    for _ in 0..MAX_PARENT_DEPTH {
        check_job(&chain, &proof, Ok(()));
        grow(&mut chain, &bob(), 1);
    }
    check_job(&chain, &proof, Ok(()));
    grow(&mut chain, &bob(), 1);
    let error = ShareError::StaleParent { height, tip: chain.height() };
    check_job(&chain, &proof, Err(error));
    assert!(!error.is_forgery());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_coinbase_of_another_height_is_refused() {
    let chain = funded_chain();
    let mut proof = JobProof::of(&template(&chain)).unwrap();
    proof.coinbase.height += 1;
    let expected = chain.height() + 1;
    let error = ShareError::CoinbaseHeight { found: expected + 1, expected };
    check_job(&chain, &reroot(proof), Err(error));
}

/// The header's own rules hold for a job: work on a block that would be refused is no work.
#[wasm_bindgen_test(unsupported = test)]
fn the_header_has_the_right_bits_and_date() {
    let chain = funded_chain();
    let proof = JobProof::of(&template(&chain)).unwrap();
    let with = |change: fn(&mut Header)| {
        let mut changed = proof.clone();
        change(&mut changed.header);
        changed.check(&[], &chain, address(&alice()), NOW).map(drop).unwrap_err()
    };
    let bits = with(|header| header.bits = CompactTarget(0x207f_fffe));
    assert!(matches!(bits, ShareError::Header(HeaderError::WrongBits { .. })), "{bits}");
    let old = with(|header| header.time = 1_000_000);
    assert!(matches!(old, ShareError::Header(HeaderError::TimeTooOld { .. })), "{old}");
    let new = with(|header| header.time = NOW + 8_000);
    assert!(matches!(new, ShareError::Header(HeaderError::TimeTooNew { .. })), "{new}");
    assert!(bits.is_forgery() && old.is_forgery());
    assert!(!new.is_forgery(), "a wrong clock is no forgery");
}

#[wasm_bindgen_test(unsupported = test)]
fn what_arrives_is_bounded() {
    let chain = funded_chain();
    let mut proof = JobProof::of(&template(&chain)).unwrap();
    assert_eq!(JobProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
    proof.coinbase.tag = Memo::new("t".repeat(Memo::MAX_BYTES)).unwrap();
    proof.branch = vec![[255; 32]; 17];
    assert_eq!(JobProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()), "the longest");
    let longest = Shares {
        proof: proof.clone(),
        target: half().to_compact(),
        found: vec![(u32::MAX, u32::MAX); MAX_SHARES_PER_MESSAGE],
        hidden: vec![proof.header; MAX_HIDDEN],
    };
    let bytes = ToRelay::Control(NodeControl::Shares(longest.clone())).to_bytes();
    assert!(bytes.len() <= MAX_CONTROL_BYTES * 2 / 3, "{} bytes", bytes.len());
    assert_eq!(ToRelay::from_bytes(&bytes).unwrap(), ToRelay::Control(NodeControl::Shares(longest)));
    proof.branch.push([255; 32]);
    assert!(JobProof::from_bytes(&proof.to_bytes()).is_err());
    let transfer = Transaction::Transfer(pay(chain.network(), &alice(), &bob(), units(1), 0));
    let with_transfer = [proof.header.to_bytes(), transfer.to_bytes(), vec![0]].concat();
    assert!(JobProof::from_bytes(&with_transfer).is_err());
}

/// A node that mines, and the job that it gives its miners.
fn mining_node() -> (Node, Job) {
    let now = Time(u64::from(NOW) * 1000);
    let mut node = Node::new(Config::new("alice", NodeKind::Tab, 1), Params::regtest(), alice(), now);
    node.handle(now, Input::AllRecordsLoaded);
    let command = Command::StartMining { blocks: None, limit: None };
    node.handle(now, Input::Command { id: CommandId(1), command });
    let jobs = std::iter::from_fn(|| node.poll_output()).filter_map(|output| match output {
        Output::Mine(job) => job,
        _ => None,
    });
    let job = jobs.last().expect("a job");
    (node, job)
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_node_collects_is_accepted() {
    let (node, job) = mining_node();
    let mut collector = ShareCollector::default();
    collector.job(job, || panic!("nobody has asked for shares"));
    assert!(collector.found(Solution { job: job.id, version: 1, nonce: 0 }), "any solution is a block");
    assert!(collector.take().is_empty());

    // Half of a network's hashes are blocks and three quarters are shares.
    let target = share_target(4.0, 3.0);
    assert!(collector.wish(Some(target)).is_empty());
    assert_eq!(collector.target(), Some(target));
    collector.job(job, || node.job_proof(job.id));
    for nonce in (0..40).chain(20..60) {
        let header = Header { nonce, ..job.header };
        assert_eq!(collector.found(job.solution(nonce)), half().is_met_by(&job.algorithm.hash(&header.to_array())));
    }
    assert!(collector.found(Solution { job: job.id + 1, version: 1, nonce: 0 }), "the node knows better");
    let [shares] = collector.take().try_into().expect("one job, one message");
    assert!((30..60).contains(&shares.found.len()), "{} of 60 hashes", shares.found.len());
    let proven = shares.proof.check(&[], node.chain(), node.address(), NOW).unwrap();
    let mut seen = SeenShares::default();
    for share in &shares.found {
        let hash = proven.check_share(*share, target.to_target().unwrap()).unwrap();
        seen.insert(proven.date(), &hash).unwrap();
    }
    assert!(collector.take().is_empty(), "what was handed in is not handed in again");
}

#[wasm_bindgen_test(unsupported = test)]
fn a_new_wish_ends_the_old_ones_message() {
    let (node, job) = mining_node();
    let mut collector = ShareCollector::default();
    collector.wish(Some(half().to_compact()));
    collector.job(job, || node.job_proof(job.id));
    let (hit, _) = hit_and_miss(job.header, half());
    collector.found(job.solution(hit));
    let harder = CompactTarget(0x1f00_ffff);
    let [shares] = collector.wish(Some(harder)).try_into().expect("what waited");
    assert_eq!(shares.target, half().to_compact());
    assert_eq!(shares.found, [(job.header.version, hit)]);
    // A miner that has not heard of it yet.
    for nonce in 0..100 {
        collector.found(job.solution(nonce));
    }
    assert!(collector.take().is_empty(), "none of these meets the harder target");
    assert!(collector.wish(None).is_empty());
    assert_eq!(collector.target(), None);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_message_has_its_limit() {
    let (node, job) = mining_node();
    let mut collector = ShareCollector::default();
    collector.wish(Some(Target::MAX.to_compact()));
    collector.job(job, || node.job_proof(job.id));
    for nonce in 0..1_000 {
        collector.found(job.solution(nonce));
    }
    let [shares] = collector.take().try_into().expect("one message");
    assert_eq!(shares.found.len(), MAX_SHARES_PER_MESSAGE);
}

/// Miners search for the easier of two targets, or they would miss blocks.
#[wasm_bindgen_test(unsupported = test)]
fn miners_are_told_of_share_targets_that_are_easier_than_the_block() {
    let (_, job) = mining_node();
    let assigned = |bits| Assignment::of(&job, Some(bits), 0, 1, 0).unwrap().share_target;
    assert_eq!(assigned(Target::MAX.to_compact()), Some(Target::MAX.to_compact()));
    assert_eq!(assigned(job.header.bits), None);
    assert_eq!(assigned(CompactTarget(0x1f00_ffff)), None);
    assert_eq!(assigned(CompactTarget(0)), None, "no target at all");
}
