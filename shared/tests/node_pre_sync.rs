//! Long chains that are weighed before their headers are kept: heard out twice, in bounded memory, for a bounded time.

#[path = "support/dialogue.rs"]
mod dialogue;
#[path = "support/headers.rs"]
mod headers;

use dialogue::{ALICE, BOB, START, World, config, genesis, node, node_with};
use headers::{asked, established, headers_on, known_headers, show};
use tabchain_shared::node::Config;
use tabchain_shared::node::config::{MAX_FULL_PRE_SYNCS, PRE_SYNC_TIMEOUT};
use tabchain_shared::node::io::PeerId;
use tabchain_shared::primitives::Header;
use tabchain_shared::wire::message::MAX_HEADERS;
use wasm_bindgen_test::wasm_bindgen_test;

/// Who shows a chain with enough work gets it stored, the second time.
#[wasm_bindgen_test(unsupported = test)]
fn a_chain_is_stored_after_it_was_weighed() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let chain = headers_on(&genesis(), 2_250, 1);
    let (first, rest) = chain.split_at(MAX_HEADERS);
    show(&mut world, peer, first);
    assert_eq!(asked(&mut world, peer), [first[MAX_HEADERS - 1].hash()]);
    show(&mut world, peer, rest);
    assert_eq!(known_headers(&world, ALICE), before);
    assert_eq!(asked(&mut world, peer), [genesis().hash()]);
    show(&mut world, peer, first);
    assert_eq!(asked(&mut world, peer), [first[MAX_HEADERS - 1].hash()]);
    show(&mut world, peer, rest);
    assert_eq!(known_headers(&world, ALICE), before + 2_250);
}

/// A reorg at the peer's end while its chain is weighed is no lie: its new chain is weighed from the fork point on.
#[wasm_bindgen_test(unsupported = test)]
fn a_peer_may_change_its_chain_while_it_is_weighed() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let (old, new) = (headers_on(&genesis(), MAX_HEADERS, 1), headers_on(&genesis(), 2_250, 2));
    show(&mut world, peer, &old);
    for _ in ["weighed", "stored"] {
        show(&mut world, peer, &new);
    }
    assert_eq!(known_headers(&world, ALICE), before + 2_250);
    assert_eq!(world.disconnected, []);
}

#[wasm_bindgen_test(unsupported = test)]
fn nobody_shows_one_chain_and_has_another_stored() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let chain = headers_on(&genesis(), 2_250, 1);
    let other = headers_on(&chain[MAX_HEADERS - 101], 100, 2);
    show(&mut world, peer, &chain);
    // All but the last hundred are what they were.
    let mut forged = chain[..MAX_HEADERS - 100].to_vec();
    forged.extend(other);
    show(&mut world, peer, &forged);
    world.assert_disconnected(peer, "two different chains");
    assert_eq!(known_headers(&world, ALICE), before);
}

/// A pre-sync costs a byte a header, and there is an end to it.
#[wasm_bindgen_test(unsupported = test)]
fn a_pre_sync_ends_when_the_chain_is_too_long() {
    let mut world = established(Config { max_pre_sync_headers: 4_000, ..config(ALICE) });
    world.mine(ALICE, 4_000);
    let peer = world.guest(ALICE, 90);
    let chain = headers_on(&genesis(), 6_000, 1);
    let messages: Vec<&[Header]> = chain.chunks(MAX_HEADERS).collect();
    show(&mut world, peer, messages[0]);
    assert_eq!(asked(&mut world, peer).len(), 1);
    show(&mut world, peer, messages[1]);
    assert_eq!(asked(&mut world, peer), []);
    assert_eq!(world.disconnected, []);
}

/// CASES 47. Hundreds that begin to show the same old chain again and again are heard, each of them, and so is the one with a
/// better.
#[wasm_bindgen_test(unsupported = test)]
fn strangers_cannot_keep_a_better_chain_away() {
    let alice = node_with(ALICE, Config { max_peers: 300, ..config(ALICE) }, START);
    let mut world = World::of(vec![alice, node(BOB, START)]);
    world.mine(ALICE, 2_300);
    world.mine(BOB, 2_400);
    let flood = headers_on(&genesis(), MAX_HEADERS, 1);
    let guests: Vec<PeerId> = (50..=255).map(|id| world.guest(ALICE, id)).collect();
    for _ in 0..2 {
        for peer in &guests {
            show(&mut world, *peer, &flood);
        }
        world.pass(10_000);
    }
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
    assert_eq!(world.disconnected, []);
}

/// All that is kept of weighed chains has a bound. The longest gives way, of equals the one that has come no further for
/// longer; nobody is punished, and who shows little is never disturbed.
#[wasm_bindgen_test(unsupported = test)]
fn the_longest_pre_sync_gives_way() {
    let mut world = established(Config { max_pre_sync_headers: 3 * MAX_HEADERS, ..config(ALICE) });
    world.mine(ALICE, 4_000);
    let chain = headers_on(&genesis(), 3 * MAX_HEADERS, 1);
    let messages: Vec<&[Header]> = chain.chunks(MAX_HEADERS).collect();
    let end_of = |message: usize| messages[message].last().unwrap().hash();
    let room = 3 * MAX_FULL_PRE_SYNCS;

    let greedy = world.guest(ALICE, 60);
    show(&mut world, greedy, &chain[..2 * MAX_HEADERS]);
    let guests: Vec<PeerId> = (0..room - 1).map(|n| world.guest(ALICE, 61 + u8::try_from(n).unwrap())).collect();
    for peer in &guests {
        show(&mut world, *peer, messages[0]);
        assert_eq!(asked(&mut world, *peer), [end_of(0)]);
    }
    // The last of them was one too many. What the longest shows next is taken for news.
    let tip = world.tip(ALICE);
    show(&mut world, greedy, messages[2]);
    assert_eq!(asked(&mut world, greedy), [tip]);

    let [early, late, last] = [guests[0], guests[1], guests[2]];
    show(&mut world, early, messages[1]);
    assert_eq!(asked(&mut world, early), [end_of(1)]);
    world.pass(1_000);
    show(&mut world, late, messages[1]);
    assert_eq!(asked(&mut world, late), [end_of(1)]);
    show(&mut world, early, messages[2]);
    assert_eq!(asked(&mut world, early), [tip]);
    // It may begin again. The next to grow equals the longest in everything: the later link ends, and is not asked on.
    show(&mut world, greedy, messages[0]);
    assert_eq!(asked(&mut world, greedy), [end_of(0)]);
    show(&mut world, last, messages[1]);
    assert_eq!(asked(&mut world, last), []);
    assert_eq!(world.disconnected, []);
}

/// A silent peer is not waited for, and neither is one that only ever begins again.
#[wasm_bindgen_test(unsupported = test)]
fn a_pre_sync_ends_when_it_comes_no_further() {
    let mut world = established(config(ALICE));
    world.mine(ALICE, 2_200);
    let chain = headers_on(&genesis(), 4_400, 1);
    let messages: Vec<&[Header]> = chain.chunks(MAX_HEADERS).collect();
    let [silent, stubborn, slow] = [90, 91, 92].map(|id| world.guest(ALICE, id));
    for peer in [silent, stubborn, slow] {
        show(&mut world, peer, messages[0]);
    }
    world.pass(PRE_SYNC_TIMEOUT - 5_000);
    show(&mut world, stubborn, messages[0]);
    show(&mut world, slow, messages[1]);
    world.pass(6_000);
    world.to_test.clear();
    let (anew, on) = (world.tip(ALICE), genesis().hash());
    for (peer, next, expected) in [(silent, 1, anew), (stubborn, 1, anew), (slow, 2, on)] {
        show(&mut world, peer, messages[next]);
        assert_eq!(asked(&mut world, peer), [expected]);
    }
    assert_eq!(world.disconnected, []);
}

/// A long chain with less work than ours is heard out at each of its blocks, and that is all.
#[wasm_bindgen_test(unsupported = test)]
fn a_long_minority_is_heard_out_in_peace() {
    let mut world = established(config(ALICE));
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let minority = headers_on(&genesis(), MAX_HEADERS + 100, 1);
    let tip = world.tip(ALICE);
    for length in MAX_HEADERS + 80..=MAX_HEADERS + 100 {
        show(&mut world, peer, &minority[length - 1..length]);
        assert_eq!(asked(&mut world, peer), [tip]);
        show(&mut world, peer, &minority[..MAX_HEADERS]);
        assert_eq!(asked(&mut world, peer), [minority[MAX_HEADERS - 1].hash()]);
        show(&mut world, peer, &minority[MAX_HEADERS..length]);
        world.pass(1_000);
        world.to_test.clear();
    }
    assert_eq!(known_headers(&world, ALICE), before);
    assert_eq!(world.disconnected, []);
}

/// Such a distance does not hold up a chain that was weighed: it is stored whole, and only what follows it waits for bodies.
#[wasm_bindgen_test(unsupported = test)]
fn a_weighed_chain_is_stored_however_far_it_leads() {
    let mut world = established(Config { max_headers_ahead: 100, ..config(ALICE) });
    let before = known_headers(&world, ALICE);
    let peer = world.guest(ALICE, 90);
    let chain = headers_on(&genesis(), 3_001, 1);
    for _ in ["weighed", "stored"] {
        show(&mut world, peer, &chain[..3_000]);
    }
    assert_eq!(known_headers(&world, ALICE), before + 3_000);
    show(&mut world, peer, &chain[3_000..]);
    assert_eq!(known_headers(&world, ALICE), before + 3_000);
    assert_eq!(world.disconnected, []);
}
