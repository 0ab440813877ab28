//! Transactions that were announced: who is asked for them, who next, and who can give them up.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, World};
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::Txid;
use tabchain_shared::wire::{InventoryItem, Message};
use wasm_bindgen_test::wasm_bindgen_test;

/// A newcomer in a star has one source: what it cannot ask for at once it asks for later.
#[wasm_bindgen_test(unsupported = test)]
fn what_an_only_peer_announces_beyond_a_thousand_is_asked_for_later() {
    let mut world = World::new(1);
    let guest = world.guest(ALICE, 8);
    let items: Vec<InventoryItem> = (0..1_500_u64)
        .map(|number| {
            let mut txid = [0; 32];
            txid[..8].copy_from_slice(&number.to_le_bytes());
            InventoryItem::Transaction(Txid(txid))
        })
        .collect();
    for chunk in items.chunks(1_000) {
        world.says(ALICE, guest, &Message::Inv(chunk.to_vec()));
    }
    // All that was asked for is dealt with, however that ends.
    world.says(ALICE, guest, &Message::NotFound(items[..1_000].to_vec()));
    world.pass(30_000);
    let orders = world.to_test.iter().filter_map(|(_, message)| match message {
        Message::GetData(items) => Some(items.len()),
        _ => None,
    });
    assert_eq!(orders.sum::<usize>(), 1_500);
}

/// Who was not asked has nothing to give up; who was, is followed by the next announcer.
#[wasm_bindgen_test(unsupported = test)]
fn only_who_was_asked_for_a_transaction_can_give_it_up() {
    let mut world = World::new(1);
    let (first, second) = (world.guest(ALICE, 8), world.guest(ALICE, 9));
    let items = vec![InventoryItem::Transaction(Txid([7; 32]))];
    world.says(ALICE, first, &Message::Inv(items.clone()));
    world.says(ALICE, second, &Message::Inv(items.clone()));
    let orders = |world: &World| -> Vec<PeerId> {
        let sent = world.to_test.iter().filter(|(_, message)| matches!(message, Message::GetData(_)));
        sent.map(|(to, _)| *to).collect()
    };
    world.says(ALICE, second, &Message::NotFound(items.clone()));
    assert_eq!(orders(&world), [first]);
    world.says(ALICE, first, &Message::NotFound(items));
    assert_eq!(orders(&world), [first, second]);
}

/// Who was asked for transactions, and when, in seconds from now on; nobody answers.
fn asked_in_silence(world: &mut World, seconds: u64) -> Vec<(u64, PeerId)> {
    let mut asked = Vec::new();
    for second in 0..=seconds {
        let sent = std::mem::take(&mut world.to_test).into_iter();
        let orders = sent.filter(|(_, message)| matches!(message, Message::GetData(_)));
        asked.extend(orders.map(|(peer, _)| (second, peer)));
        world.pass(1_000);
    }
    asked
}

fn announce(world: &mut World, peer: PeerId, number: u8) {
    world.says(ALICE, peer, &Message::Inv(vec![InventoryItem::Transaction(Txid([number; 32]))]));
}

/// Nine identities that announce first and keep silent hold up a transaction for less than half a minute, and each of them is asked
/// once at most.
#[wasm_bindgen_test(unsupported = test)]
fn nine_silent_announcers_hold_up_a_transaction_for_a_bounded_time() {
    let mut world = World::new(1);
    let silent: Vec<PeerId> = (0..9).map(|id| world.guest(ALICE, 20 + id)).collect();
    let honest = world.guest(ALICE, 60);
    for peer in silent.iter().chain([&honest]) {
        announce(&mut world, *peer, 7);
    }
    let asked = asked_in_silence(&mut world, 60);
    let turn = asked.iter().find(|(_, peer)| *peer == honest).map(|(second, _)| *second);
    assert!(turn.is_some_and(|second| second <= 27), "{asked:?}");
    for peer in &silent {
        assert!(asked.iter().filter(|(_, other)| other == peer).count() <= 1, "{asked:?}");
    }
}

/// And only once: of those who announce the next one, whoever left none unanswered is asked at once.
#[wasm_bindgen_test(unsupported = test)]
fn who_left_an_order_unanswered_holds_up_nobody() {
    let mut world = World::new(1);
    let (silent, honest) = (world.guest(ALICE, 20), world.guest(ALICE, 60));
    for peer in [silent, honest] {
        announce(&mut world, peer, 7);
    }
    assert_eq!(asked_in_silence(&mut world, 0), [(0, silent)]);
    world.pass(2_000);
    assert_eq!(asked_in_silence(&mut world, 0), [(0, honest)]);
    world.says(ALICE, honest, &Message::NotFound(vec![InventoryItem::Transaction(Txid([7; 32]))]));
    for peer in [silent, honest] {
        announce(&mut world, peer, 8);
    }
    assert_eq!(asked_in_silence(&mut world, 0), [(0, silent), (0, honest)]);
}
