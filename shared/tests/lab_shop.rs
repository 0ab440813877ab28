//! A shop on live links: a double-spender pays a merchant, and takes the payment back if its secret branch wins. Who wins is decided by
//! who finds blocks, here in an order that the test chooses; the merchant judges by its own node's chain.

mod support {
    pub mod dialogue;
}

use support::dialogue::{ALICE, BOB, CAROL, World};
use tabchain_shared::lab::Random;
use tabchain_shared::lab::theory::double_spend::rosenfeld_without_patience;
use tabchain_shared::lab::theory::statistics::wilson;
use tabchain_shared::lab::veil::Veil;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::primitives::Amount;

/// Alice attacks, Bob sells, Carol mines.
struct Shop {
    world: World,
}

impl Shop {
    fn open(confirmations: u32) -> Self {
        let mut world = World::connected(3);
        // What she pays with.
        world.mine(ALICE, 1);
        world.play(BOB, Role::Merchant { confirmations });
        let merchant = world.nodes[BOB].node.address();
        world.play(ALICE, Role::DoubleSpender { merchant, confirmations });
        Self { world }
    }

    fn mine(&mut self, miner: usize) {
        self.world.mine(miner, 1);
    }

    fn hidden(&self) -> usize {
        let alice = &self.world.nodes[ALICE];
        alice.veil.as_ref().map_or(0, |veil| veil.hidden(&alice.node))
    }

    fn attempts(&self) -> Score {
        self.world.nodes[ALICE].veil.as_ref().and_then(Veil::score).unwrap()
    }

    fn sales(&self) -> Score {
        self.world.nodes[BOB].till.as_ref().unwrap().score()
    }

    fn merchant_has(&self) -> Amount {
        let bob = &self.world.nodes[BOB].node;
        bob.chain().ledger().account(&bob.address()).balance
    }
}

#[test]
fn a_delivered_payment_is_taken_back_when_the_secret_branch_wins() {
    let mut shop = Shop::open(1);
    shop.mine(ALICE);
    assert_eq!(shop.hidden(), 1, "a block in secret, and then she pays");
    assert_eq!(shop.world.nodes[CAROL].node.mempool().len(), 1, "the payment alone is seen");
    shop.mine(ALICE);
    assert_eq!((shop.hidden(), shop.sales()), (2, Score::default()), "nothing is delivered yet");
    shop.mine(CAROL);
    assert_eq!(shop.attempts(), Score { trials: 1, successes: 1 });
    assert_eq!(shop.sales(), Score { trials: 1, successes: 1 }, "she waited for the goods");
    assert_eq!((shop.hidden(), shop.merchant_has()), (0, Amount::ZERO));
    assert_eq!(shop.world.tip(BOB), shop.world.tip(ALICE));
}

#[test]
fn the_merchant_counts_what_was_taken_back() {
    let mut shop = Shop::open(1);
    shop.mine(ALICE);
    shop.mine(CAROL);
    assert_eq!(shop.sales(), Score { trials: 1, successes: 0 }, "delivered");
    assert_eq!(shop.merchant_has(), Amount::COIN);
    assert_eq!(shop.hidden(), 1, "as long as the other branch, she goes on");
    shop.mine(ALICE);
    assert_eq!(shop.sales(), Score { trials: 1, successes: 1 });
    assert_eq!((shop.attempts(), shop.merchant_has()), (Score { trials: 1, successes: 1 }, Amount::ZERO));
}

#[test]
fn behind_she_gives_up_and_the_merchant_is_paid() {
    let mut shop = Shop::open(2);
    shop.mine(ALICE);
    shop.mine(CAROL);
    shop.mine(CAROL);
    assert_eq!(shop.attempts(), Score { trials: 1, successes: 0 });
    assert_eq!(shop.sales(), Score { trials: 1, successes: 0 });
    assert_eq!((shop.merchant_has(), shop.hidden()), (Amount::COIN, 0));
    // And tries again.
    shop.mine(ALICE);
    assert_eq!(shop.hidden(), 1);
    shop.mine(ALICE);
    shop.mine(ALICE);
    shop.mine(CAROL);
    assert_eq!(shop.attempts().trials, 1, "one confirmation is not enough");
    shop.mine(CAROL);
    assert_eq!(shop.attempts(), Score { trials: 2, successes: 1 });
    assert_eq!(shop.merchant_has(), Amount::COIN);
}

/// Finney's attack: whoever delivers for a payment that no block holds yet loses it to a block that was found before.
#[test]
fn without_a_confirmation_every_block_of_hers_takes_a_payment_back() {
    let mut shop = Shop::open(0);
    for round in 1..=3 {
        shop.mine(ALICE);
        assert_eq!(shop.sales(), Score { trials: round, successes: round });
        assert_eq!((shop.attempts(), shop.hidden()), (Score { trials: round, successes: round }, 0));
        assert_eq!((shop.merchant_has(), shop.world.tip(BOB)), (Amount::ZERO, shop.world.tip(ALICE)));
        shop.mine(CAROL);
    }
    let theory = rosenfeld_without_patience(0.2, 0, 1);
    assert!((theory - 1.0).abs() < 1e-12, "{theory}");
}

#[test]
fn a_poor_attacker_earns_first_and_mines_honestly_meanwhile() {
    let mut world = World::connected(3);
    let merchant = world.nodes[BOB].node.address();
    world.play(ALICE, Role::DoubleSpender { merchant, confirmations: 1 });
    world.mine(ALICE, 1);
    assert_eq!(world.tip(CAROL), world.tip(ALICE));
    world.mine(ALICE, 1);
    assert_ne!(world.tip(CAROL), world.tip(ALICE));
}

/// With the finders drawn by hash rate the score is Rosenfeld's, for one who gives up when behind; and the two sides agree on it.
#[test]
fn the_score_is_what_theory_says() {
    for (confirmations, q, seed) in [(1, 0.4, 1), (2, 0.35, 2)] {
        let mut shop = Shop::open(confirmations);
        let mut random = Random::new(seed);
        while shop.attempts().trials < 150 {
            shop.mine(if random.chance(q) { ALICE } else { CAROL });
        }
        let (attempts, sales) = (shop.attempts(), shop.sales());
        let band = wilson(attempts.successes.into(), attempts.trials.into(), 0.99);
        let theory = rosenfeld_without_patience(q, confirmations, 1);
        println!("{confirmations} confirmations, q {q}, seed {seed}: {attempts:?}, {band:?}, theory {theory:.4}");
        assert!(band.contains(theory), "{attempts:?}: {band:?} without {theory}");
        assert_eq!(sales.successes, attempts.successes);
    }
}
