//! What a person has a node do: pay, mine, take a name; and how payments travel and get into jobs.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, CAROL, World};
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::mining::nonce_space::ROLLED_BITS;
use tabchain_shared::mining::{HashrateLimit, Solution};
use tabchain_shared::node::io::{Answer, Command, Input};
use tabchain_shared::primitives::Header;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_waits_everywhere_and_is_mined_anywhere() {
    let mut world = World::connected(3);
    world.mine(ALICE, 1);
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, "12.5") else { panic!("alice has 50 coins") };
    for node in [ALICE, BOB, CAROL] {
        assert!(world.nodes[node].node.mempool().contains(&txid));
    }
    world.mine(CAROL, 1);
    for node in [ALICE, BOB, CAROL] {
        assert!(world.nodes[node].node.mempool().is_empty());
        assert_eq!(world.balance(node, BOB), "12.5");
        assert_eq!(world.balance(node, ALICE), "37.499");
        assert_eq!(world.balance(node, CAROL), "50.001");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_that_cannot_be_paid_is_refused_in_words() {
    let mut world = World::new(2);
    let answer = world.pay(ALICE, BOB, "1");
    assert!(matches!(answer, Answer::Refused { reason } if reason.contains("0 available, 1.001 needed")));
    assert!(world.nodes[ALICE].node.mempool().is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_transfer_that_waits_already_is_refused_in_words() {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.pay(ALICE, BOB, "2");
    let transfer = world.nodes[BOB].node.mempool().by_fee_rate().next().unwrap().1.clone();
    let again = world.command(BOB, Command::Submit { transfer: Box::new(transfer) });
    assert!(matches!(again, Some(Answer::Refused { reason }) if reason.contains("already-known")));
}

/// A transaction is asked of the next who announced it when the first is gone, and one peer's many announcements do not
/// shut out another's.
#[wasm_bindgen_test(unsupported = test)]
fn an_announced_transaction_is_not_lost_with_its_first_announcer() {
    let mut world = World::new(1);
    let (first, second) = (world.guest(ALICE, 90), world.guest(ALICE, 91));
    let item = |number: u16| {
        let mut bytes = [7; 32];
        bytes[..2].copy_from_slice(&number.to_le_bytes());
        InventoryItem::Transaction(tabchain_shared::primitives::Txid(bytes))
    };
    for thousand in 0..5 {
        let items = (0..1_000).map(|number| item(thousand * 1_000 + number)).collect();
        world.says(ALICE, first, &Message::Inv(items));
    }
    world.to_test.clear();
    world.says(ALICE, second, &Message::Inv(vec![item(0), item(60_000)]));
    assert_eq!(world.to_test, [(second, Message::GetData(vec![item(60_000)]))]);
    world.to_test.clear();
    world.input(ALICE, Input::PeerDisconnected { peer: first });
    assert_eq!(world.to_test, [(second, Message::GetData(vec![item(0)]))]);
}

#[wasm_bindgen_test(unsupported = test)]
fn mining_stops_after_the_blocks_that_were_asked_for() {
    let mut world = World::new(1);
    world.mine(ALICE, 1);
    let mining = world.nodes[ALICE].node.snapshot().mining;
    assert!(!mining.wanted);
    assert_eq!(mining.blocks_found, 1);
    assert_eq!(world.nodes[ALICE].job, None);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_new_tip_gives_the_miners_a_new_job_at_once() {
    let mut world = World::connected(2);
    world.command(BOB, Command::StartMining { blocks: None, limit: Some(HashrateLimit::HashesPerSecond(5.0)) });
    world.mine(ALICE, 1);
    let job = world.nodes[BOB].job.expect("bob goes on mining");
    assert_eq!(job.header.prev_blockhash, world.tip(ALICE));
    assert_eq!(job.limit, Some(HashrateLimit::HashesPerSecond(5.0)));
}

/// A nonce for a job whose tip is gone is nobody's fault and does nothing.
#[wasm_bindgen_test(unsupported = test)]
fn a_late_nonce_is_ignored() {
    let mut world = World::connected(2);
    world.command(BOB, Command::StartMining { blocks: None, limit: None });
    let old_job = world.nodes[BOB].job.unwrap();
    let nonce = NonceSearch::for_bits(old_job.algorithm, &old_job.header).unwrap().run(0, 1_000).unwrap();
    world.mine(ALICE, 1);
    world.input(BOB, Input::NonceFound(old_job.solution(nonce)));
    world.settle();
    assert_eq!(world.tip(BOB), world.tip(ALICE));
    assert_eq!(world.nodes[BOB].node.chain().index().len(), 2);
}

/// Workers roll some bits of the version; the node makes the block with what they found, and with nothing else.
#[wasm_bindgen_test(unsupported = test)]
fn a_solution_has_a_rolled_version_of_its_job() {
    let mut world = World::new(1);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    let job = world.nodes[ALICE].job.unwrap();
    let solve = |version| {
        let header = Header { version, ..job.header };
        let nonce = NonceSearch::for_bits(job.algorithm, &header).unwrap().run(0, 1_000).unwrap();
        Solution { job: job.id, version, nonce }
    };
    world.input(ALICE, Input::NonceFound(solve(job.header.version ^ 1)));
    world.settle();
    assert_eq!((world.height(ALICE), world.nodes[ALICE].job), (0, Some(job)));
    let solution = solve(job.header.version ^ ROLLED_BITS);
    world.input(ALICE, Input::NonceFound(solution));
    world.settle();
    let tip = Header { version: solution.version, nonce: solution.nonce, ..job.header };
    assert_eq!(world.tip(ALICE), tip.hash());
    assert_ne!(world.nodes[ALICE].job.unwrap().header.version, job.header.version, "jobs have versions of their own");
}

/// Miners that go on with nonces that are none, as they do beyond the limit on dates, are told of once.
#[wasm_bindgen_test(unsupported = test)]
fn refused_nonces_are_told_of_once() {
    let mut world = World::new(1);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    let find = |world: &mut World, is_met: bool| {
        let job = world.nodes[ALICE].job.expect("alice mines");
        let target = job.header.bits.to_target().unwrap();
        let meets = |nonce: &u32| job.algorithm.is_met(&Header { nonce: *nonce, ..job.header }, target) == is_met;
        let nonce = (0..1_000).find(meets).expect("every second hash is a block");
        world.input(ALICE, Input::NonceFound(job.solution(nonce)));
        world.settle();
        world.nodes[ALICE].notices.len()
    };
    assert_eq!([false, false, false].map(|is_met| find(&mut world, is_met)), [1, 1, 1]);
    assert_eq!([true, false, false].map(|is_met| find(&mut world, is_met)), [1, 2, 2]);
}

/// A steady stream of payments does not keep the miners on an old job.
#[wasm_bindgen_test(unsupported = test)]
fn a_job_takes_up_payments_soon_and_is_never_postponed() {
    let mut world = World::new(2);
    world.mine(ALICE, 1);
    world.command(ALICE, Command::StartMining { blocks: None, limit: None });
    let first_job = world.nodes[ALICE].job;
    for _ in 0..4 {
        world.pay(ALICE, BOB, "1");
        world.pass(300);
    }
    assert_ne!(world.nodes[ALICE].job, first_job);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_new_name_is_in_the_next_block() {
    let mut world = World::new(1);
    assert_eq!(world.command(ALICE, Command::Rename { name: " Ada ".into() }), Some(Answer::Done));
    world.mine(ALICE, 1);
    let snapshot = world.nodes[ALICE].node.snapshot();
    assert_eq!((snapshot.name.as_str(), snapshot.blocks[0].tag.as_str()), ("Ada", "Ada"));
    let refused = world.command(ALICE, Command::Rename { name: "x".repeat(65) });
    assert!(matches!(refused, Some(Answer::Refused { .. })));
}
