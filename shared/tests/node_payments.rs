//! What a wallet shows of its node's payments: each state that one can be in, and the way out of those where it is stuck.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, World, key};
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::payments::{PaymentState, PaymentView};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Memo, Transfer, Txid};
use wasm_bindgen_test::wasm_bindgen_test;

/// Alice has 50 coins, and bob knows it.
fn world() -> World {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world
}

fn payments(world: &World, node: usize) -> Vec<PaymentView> {
    world.nodes[node].node.wallet_view().payments
}

fn pay(world: &mut World, coins: &str) -> Txid {
    let Answer::Accepted { txid } = world.pay(ALICE, BOB, coins) else { panic!("alice can pay") };
    txid
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_waits_and_is_confirmed_again_and_again() {
    let mut world = world();
    let txid = pay(&mut world, "5");
    for node in [ALICE, BOB] {
        let [payment] = &payments(&world, node)[..] else { panic!("there is one payment, and no reward") };
        assert_eq!((payment.transaction.txid, &payment.state), (txid, &PaymentState::Waiting { turn: 1 }));
        assert_eq!(payment.fee_to_replace.is_some(), node == ALICE, "who sent it can replace it");
    }
    for confirmations in 1..4 {
        world.mine(BOB, 1);
        for node in [ALICE, BOB] {
            assert_eq!(payments(&world, node)[0].state, PaymentState::Confirmed { confirmations });
            assert_eq!(payments(&world, node)[0].fee_to_replace, None);
        }
    }
}

/// CASES 60: with a smaller one it would be refused.
#[wasm_bindgen_test(unsupported = test)]
fn a_payment_is_replaced_by_one_with_the_fee_that_is_named() {
    let mut world = world();
    let txid = pay(&mut world, "5");
    let needed = payments(&world, ALICE)[0].fee_to_replace.expect("it can be replaced");
    let node = &world.nodes[ALICE].node;
    let too_little = node.sign_replacement(&txid, needed.checked_sub("0.00000001".parse().unwrap()).unwrap());
    let enough = node.sign_replacement(&txid, needed).expect("alice has the key");
    assert!(world.nodes[BOB].node.sign_replacement(&txid, needed).is_none(), "bob has not");
    let answer = world.command(ALICE, Command::Submit { transfer: Box::new(too_little.unwrap()) });
    assert!(matches!(answer, Some(Answer::Refused { reason }) if reason.contains("underpriced-replacement")));
    let new = enough.txid();
    let answer = world.command(ALICE, Command::Submit { transfer: Box::new(enough) });
    assert_eq!(answer, Some(Answer::Accepted { txid: new }));
    // Announcements go out together.
    world.pass(1_000);
    for node in [ALICE, BOB] {
        let [payment] = &payments(&world, node)[..] else { panic!("the old one is gone") };
        assert_eq!((payment.transaction.txid, payment.transaction.fee), (new, needed));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_behind_a_gap_says_which_one_is_missing_and_follows_it() {
    let mut world = world();
    let network = world.nodes[ALICE].node.chain().network();
    let payment = Payment {
        recipient: world.nodes[BOB].node.address(),
        amount: "2".parse().unwrap(),
        fee: "0.01".parse().unwrap(),
        nonce: 1,
        memo: Memo::default(),
    };
    let transfer = Box::new(Transfer::sign(network, &key(ALICE), payment));
    world.command(ALICE, Command::Submit { transfer });
    assert_eq!(payments(&world, ALICE)[0].state, PaymentState::Blocked { missing_nonce: 0 });
    world.mine(BOB, 1);
    assert_eq!(payments(&world, ALICE)[0].state, PaymentState::Blocked { missing_nonce: 0 }, "no block takes it");
    pay(&mut world, "1");
    let states: Vec<_> = payments(&world, ALICE).into_iter().map(|payment| payment.state).collect();
    assert_eq!(states, [PaymentState::Waiting { turn: 1 }, PaymentState::Waiting { turn: 1 }]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_whose_block_lost_waits_again_and_says_so() {
    let mut world = world();
    world.cut_all(ALICE);
    let txid = pay(&mut world, "5");
    world.mine(ALICE, 1);
    assert_eq!(payments(&world, ALICE)[0].state, PaymentState::Confirmed { confirmations: 1 });
    world.mine(BOB, 2);
    world.connect(ALICE, BOB);
    let [payment] = &payments(&world, ALICE)[..] else { panic!("the payment is not lost") };
    assert_eq!(payment.transaction.txid, txid);
    assert_eq!(payment.state, PaymentState::Waiting { turn: 1 });
    assert_eq!(payment.was_in_block, Some(2));
    world.mine(BOB, 1);
    let [payment] = &payments(&world, ALICE)[..] else { panic!("it is mined once") };
    assert_eq!((&payment.state, payment.was_in_block), (&PaymentState::Confirmed { confirmations: 1 }, None));
}

/// The merchant's side of a double spend.
#[wasm_bindgen_test(unsupported = test)]
fn a_payment_that_the_chain_contradicts_stays_in_sight_as_undone() {
    const CAROL: usize = 2;
    let mut world = World::connected(3);
    world.mine(ALICE, 1);
    world.cut_all(CAROL);
    let txid = pay(&mut world, "5");
    world.mine(ALICE, 1);
    assert_eq!(payments(&world, BOB)[0].state, PaymentState::Confirmed { confirmations: 1 });
    let payment = Payment {
        recipient: world.nodes[CAROL].node.address(),
        amount: "6".parse().unwrap(),
        fee: "0.01".parse().unwrap(),
        nonce: 0,
        memo: Memo::default(),
    };
    let network = world.nodes[ALICE].node.chain().network();
    let transfer = Box::new(Transfer::sign(network, &key(ALICE), payment));
    world.command(CAROL, Command::Submit { transfer });
    world.mine(CAROL, 2);
    world.connect(BOB, CAROL);
    for node in [ALICE, BOB] {
        let undone = payments(&world, node).into_iter().find(|payment| payment.transaction.txid == txid).unwrap();
        assert_eq!((undone.state, undone.was_in_block, undone.fee_to_replace), (PaymentState::Undone, Some(2), None));
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_whose_coins_are_gone_stays_in_sight_until_it_is_sent_again() {
    let mut world = world();
    world.cut_all(ALICE);
    world.mine(ALICE, 1);
    let txid = pay(&mut world, "70");
    world.mine(BOB, 2);
    world.connect(ALICE, BOB);
    let [payment] = &payments(&world, ALICE)[..] else { panic!("the payment is told of") };
    assert_eq!((payment.transaction.txid, &payment.state, payment.was_in_block), (txid, &PaymentState::Undone, None));
    // The same again is the same transaction: nothing else has its nonce.
    world.mine(ALICE, 1);
    pay(&mut world, "70");
    let [payment] = &payments(&world, ALICE)[..] else { panic!("one and the same") };
    assert_eq!((payment.transaction.txid, &payment.state), (txid, &PaymentState::Waiting { turn: 1 }));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_payment_that_was_replaced_is_not_undone() {
    let mut world = world();
    let txid = pay(&mut world, "5");
    let needed = payments(&world, ALICE)[0].fee_to_replace.expect("it can be replaced");
    let transfer = world.nodes[ALICE].node.sign_replacement(&txid, needed).expect("alice has the key");
    world.command(ALICE, Command::Submit { transfer: Box::new(transfer) });
    assert_eq!(payments(&world, ALICE).len(), 1);
    // Announcements go out together.
    world.pass(1_000);
    world.mine(BOB, 1);
    assert_eq!(payments(&world, ALICE).len(), 1);
}
