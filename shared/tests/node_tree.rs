//! The tree of blocks as a node shows it: stale blocks and whose they are, before and after a reorg and a restart, in parts
//! and from afar.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, World, block_on, nonce_of};
use tabchain_shared::node::io::{Answer, Command, Input};
use tabchain_shared::node::tree_view::{MAX_TREE_HEIGHTS, TreeBlock, TreePart};
use tabchain_shared::primitives::BlockHash;
use tabchain_shared::wire::Message;
use wasm_bindgen_test::wasm_bindgen_test;

fn names(part: &TreePart, blocks: impl Iterator<Item = TreeBlock>) -> Vec<(u32, String, bool)> {
    let name = |block: &TreeBlock| block.miner.map_or_else(String::new, |it| part.miners[it as usize].name.clone());
    blocks.map(|block| (block.height, name(&block), block.active)).collect()
}

fn expected(blocks: &[(u32, &str, bool)]) -> Vec<(u32, String, bool)> {
    blocks.iter().map(|(height, name, active)| (*height, (*name).to_owned(), *active)).collect()
}

/// Alice and bob part at height 1, and alice follows bob's three blocks in the end.
fn reorganised() -> World {
    let mut world = World::connected(2);
    world.mine(ALICE, 1);
    world.cut_all(ALICE);
    world.mine(ALICE, 2);
    world.mine(BOB, 3);
    world.connect(ALICE, BOB);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
    world
}

/// Who wins never gets what has lost, unless somebody asks: then it is beside the chain for who won, too.
#[wasm_bindgen_test(unsupported = test)]
fn what_a_peer_has_lost_can_be_asked_for() {
    let mut world = reorganised();
    let lost: Vec<_> =
        world.nodes[ALICE].node.tree_part(0, 10).blocks.iter().filter(|it| !it.active).copied().collect();
    assert_eq!(world.nodes[BOB].node.tree_overview(0, u32::MAX).stale_blocks, 0);
    let bare = world.nodes[BOB].node.bare_branches();
    assert_eq!(bare.len(), 1);
    let (peer, missing) = &bare[0];
    assert_eq!(*missing, lost.iter().map(|block| block.hash).collect::<Vec<_>>(), "lowest first");
    for hash in missing {
        let body = world.nodes[ALICE].node.chain().body(hash).unwrap().to_block();
        world.says(BOB, *peer, &Message::Block(Box::new(body)));
    }
    let seen = world.nodes[BOB].node.tree_part(0, 10);
    let stale = names(&seen, seen.blocks.iter().filter(|block| !block.active).copied());
    assert_eq!(stale, expected(&[(2, "alice", false), (3, "alice", false)]));
    assert!(world.nodes[BOB].node.bare_branches().is_empty() && seen.tip == world.tip(ALICE));
}

/// A person adds a block where it likes: it is real, it is beside the chain, and two of them in a row win.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_can_be_mined_on_any_other() {
    let mut world = World::connected(2);
    world.mine(ALICE, 3);
    let tip = world.tip(ALICE);
    let below = world.nodes[BOB].node.chain().hash_at(2).unwrap();
    let unknown = Command::MineOn { parent: BlockHash([7; 32]) };
    assert!(matches!(world.command(BOB, unknown), Some(Answer::Refused { .. })));

    let mut parent = below;
    for (height, wins) in [(3, false), (4, true)] {
        assert_eq!(world.command(BOB, Command::MineOn { parent }), Some(Answer::Done));
        let job = world.nodes[BOB].job.unwrap();
        world.input(BOB, Input::NonceFound(job.solution(nonce_of(&job))));
        world.settle();
        world.pass(1_000);
        let node = &world.nodes[BOB].node;
        assert!(world.nodes[BOB].job.is_none() && !node.snapshot().mining.wanted, "one block, and it rests");
        let part = node.tree_part(height, 1);
        let mined = part.blocks.iter().find(|block| block.parent == parent && block.hash != tip).unwrap();
        assert_eq!((mined.height, mined.active), (height, wins));
        parent = mined.hash;
        let alice = &world.nodes[ALICE].node;
        assert!(alice.chain().index().contains(&parent), "others hear of it");
        assert_eq!(alice.block_place(&parent).is_some(), wins, "and take it when it is a tip");
        let missing: Vec<_> = alice.bare_branches().into_iter().map(|(_, missing)| missing).collect();
        assert_eq!(missing, if wins { vec![] } else { vec![vec![parent]] }, "whoever wants to see it can ask for it");
    }
    assert_eq!((world.tip(ALICE), world.tip(BOB)), (parent, parent), "more work is more work, whoever did it where");
    assert_eq!(world.nodes[ALICE].node.snapshot().last_reorg.unwrap().lost_tip, tip);
}

/// What has lost can still be asked for when its peer has gone on and shown another chain since.
#[wasm_bindgen_test(unsupported = test)]
fn what_a_peer_has_lost_can_be_asked_for_later() {
    let mut world = reorganised();
    world.mine(ALICE, 1);
    assert_eq!(world.tip(ALICE), world.tip(BOB));
    let bare = world.nodes[BOB].node.bare_branches();
    assert_eq!(bare.iter().map(|(_, missing)| missing.len()).collect::<Vec<_>>(), [2]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_lost_branch_stays_beside_the_won_one() {
    let world = reorganised();
    let part = world.nodes[ALICE].node.tree_part(0, 10);
    assert_eq!((part.tip, part.height, part.left_out, part.next), (world.tip(ALICE), 4, 0, None));
    let all = expected(&[
        (0, "", true),
        (1, "alice", true),
        (2, "bob", true),
        (2, "alice", false),
        (3, "bob", true),
        (3, "alice", false),
        (4, "bob", true),
    ]);
    assert_eq!(names(&part, part.blocks.iter().copied()), all);
    for block in &part.blocks[1..] {
        assert!(part.blocks.iter().any(|parent| parent.hash == block.parent && parent.height + 1 == block.height));
    }
    assert!(part.blocks[1..].iter().all(|block| block.received.is_some()));

    let overview = world.nodes[ALICE].node.tree_overview(0, u32::MAX);
    assert_eq!((overview.stale_blocks, overview.branches.len()), (2, 1));
    let branch = overview.branches[0];
    assert_eq!((branch.fork_height, branch.length), (1, 2));
    assert_eq!(overview.miners[branch.miner.expect("it is alice's") as usize].name, "alice");
    let reorg = &overview.reorgs[0];
    assert_eq!((reorg.fork_height, reorg.lost_tip, reorg.won_tip), (1, branch.tip, world.tip(BOB)));
    assert!(world.nodes[BOB].node.tree_overview(0, u32::MAX).reorgs.is_empty(), "bob's chain won all along");
}

/// Two branches, of which the lost one grows on and wins: then what had replaced it is what is stale.
#[wasm_bindgen_test(unsupported = test)]
fn a_branch_that_wins_again_is_stale_no_more() {
    let mut world = reorganised();
    let lost: Vec<_> = world.nodes[ALICE].store.clone().into_iter().collect();
    let mut alone = World::new(1);
    alone.nodes[ALICE].store = lost.into_iter().collect();
    alone.restore(ALICE);
    let before = world.nodes[ALICE].node.tree_part(0, 10).blocks;
    let restored = alone.nodes[ALICE].node.tree_part(0, 10).blocks;
    let seen = |blocks: &[TreeBlock]| blocks.iter().map(|block| (block.hash, block.active)).collect::<Vec<_>>();
    assert_eq!(seen(&restored), seen(&before), "a restart forgets no stale block");

    let was_tip = world.tip(ALICE);
    // A stranger makes three blocks more on alice's old branch than it had.
    let tip = before.iter().find(|block| block.height == 3 && !block.active).expect("alice's second").hash;
    let guest = world.guest(ALICE, 90);
    let mut parent = world.nodes[ALICE].node.chain().index().get(&tip).expect("it is known").header;
    for height in 4..=6 {
        let block = block_on(&parent, height, parent.time + 1);
        parent = block.header;
        world.says(ALICE, guest, &Message::Headers(vec![block.header]));
        world.says(ALICE, guest, &Message::Block(Box::new(block)));
    }
    let part = world.nodes[ALICE].node.tree_part(2, 3);
    let active: Vec<_> = part.blocks.iter().map(|block| (block.height, block.active)).collect();
    assert_eq!(active, [(2, true), (2, false), (3, true), (3, false), (4, true), (4, false)]);
    assert_eq!((part.height, part.next), (6, Some(5)));
    let overview = world.nodes[ALICE].node.tree_overview(0, 6);
    assert_eq!((overview.stale_blocks, overview.reorgs.len()), (3, 2));
    assert_eq!((overview.branches[0].tip, overview.branches[0].length), (was_tip, 3));
}

#[wasm_bindgen_test(unsupported = test)]
fn parts_follow_each_other_without_a_hole() {
    let mut world = World::new(1);
    world.mine(ALICE, 700);
    let node = &world.nodes[ALICE].node;
    let first = node.tree_part(0, usize::MAX);
    assert_eq!((first.blocks.len(), first.next), (MAX_TREE_HEIGHTS, Some(500)));
    let second = node.tree_part(500, usize::MAX);
    assert_eq!((second.blocks.len(), second.next), (201, None));
    assert_eq!(second.blocks[0].parent, first.blocks[499].hash);
    let single = node.tree_part(700, 1);
    assert_eq!((single.blocks.len(), single.next), (1, None));
    assert!(node.tree_part(701, 10).blocks.is_empty());
    assert!(node.tree_part(u32::MAX, 10).blocks.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn stretches_count_every_block_once() {
    let mut world = World::new(1);
    world.mine(ALICE, 700);
    let node = &world.nodes[ALICE].node;
    for (from, to, start, stretch, count) in
        [(0, u32::MAX, 0, 4, 176), (0, 0, 0, 1, 1), (10, 19, 10, 1, 10), (101, 700, 100, 4, 151)]
    {
        let overview = node.tree_overview(from, to);
        assert_eq!((overview.from, overview.stretch, overview.stretches.len()), (start, stretch, count), "{from}–{to}");
        let blocks: u32 = overview.stretches.iter().map(|stretch| stretch.blocks).sum();
        assert_eq!(blocks, to.min(700) + 1 - start, "{from}–{to}");
        let mined: u32 = overview.stretches.iter().flat_map(|it| &it.shares).map(|share| share.blocks).sum();
        assert_eq!(mined, blocks - u32::from(start == 0), "nobody mined genesis");
    }
    for (from, to) in [(9, 3), (701, 900), (u32::MAX, u32::MAX)] {
        assert!(node.tree_overview(from, to).stretches.is_empty(), "{from}–{to}");
    }
}
