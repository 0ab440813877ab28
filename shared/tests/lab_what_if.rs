//! What if a block had come earlier: forks that a node recorded, and such as are made by hand, replayed with another arrival. The same
//! bytes natively and on wasm32.

#[path = "support/dialogue.rs"]
mod dialogue;

use dialogue::{ALICE, BOB, World};
use tabchain_shared::consensus::Params;
use tabchain_shared::lab::what_if::{Damage, NoAnswer, Question, WhatIf, what_if};
use tabchain_shared::node::Time;
use tabchain_shared::node::fork_record::{ForkRecord, NoForkRecord, RecordedBlock, RecordedTip};
use tabchain_shared::node::timeline::TipView;
use tabchain_shared::primitives::{Address, BlockHash, CompactTarget, sha256d};
use wasm_bindgen_test::wasm_bindgen_test;

const START: u32 = 1_800_000_000;

fn hash(name: u8) -> BlockHash {
    BlockHash([name; 32])
}

/// Blocks on a fork point at height 40 of a network that retargets: name, parent's name, height, date and arrival in seconds after
/// [`START`].
fn record(blocks: &[(u8, u8, u32, u32, u64)], tips: &[(u64, u8)]) -> ForkRecord {
    let at = |seconds: u64| Time(u64::from(START) * 1_000 + seconds * 1_000);
    ForkRecord {
        params: Params { limit: CompactTarget(0x207f_ffff), ..Params::classroom() },
        fork: TipView { hash: hash(0), height: 40 },
        bits: CompactTarget(0x1e00_7fff),
        dates: (0..11).map(|back| START - 100 + 10 * back).collect(),
        blocks: blocks
            .iter()
            .map(|(name, parent, height, date, arrival)| RecordedBlock {
                hash: hash(*name),
                parent: hash(*parent),
                height: *height,
                time: START + date,
                miner: Address([*name; 20]),
                name: String::new(),
                arrived: at(*arrival),
                found_here: false,
            })
            .collect(),
        tips: tips.iter().map(|(second, name)| RecordedTip { at: at(*second), hash: hash(*name) }).collect(),
    }
}

fn ask(record: &ForkRecord, block: u8, earlier_millis: i64) -> Result<WhatIf, NoAnswer> {
    what_if(&Question { record: record.clone(), block: hash(block), earlier_millis })
}

fn tips(tips: &[RecordedTip]) -> Vec<(u64, u8)> {
    tips.iter().map(|tip| (tip.at.0 / 1_000 - u64::from(START), tip.hash.0[0])).collect()
}

/// Blocks 1 and 2 compete, 1 came first; 3 follows on 2 and wins.
fn tie() -> ForkRecord {
    record(&[(1, 0, 41, 5, 6), (2, 0, 41, 6, 8), (3, 2, 42, 20, 21)], &[(6, 1), (21, 3)])
}

#[wasm_bindgen_test(unsupported = test)]
fn of_two_equal_blocks_the_first_to_come_is_followed() {
    let earlier = ask(&tie(), 2, 2_500).unwrap();
    // Not before its date.
    assert!(earlier.before_its_date && !earlier.waited);
    assert_eq!((tips(&earlier.recorded), tips(&earlier.changed)), (vec![(6, 1), (21, 3)], vec![(5, 2), (21, 3)]));
    assert_eq!(earlier.parts.map(|at| at.0 % 1_000), Some(500), "from its arrival on");
    assert_eq!(earlier.meets, Some(Time(u64::from(START + 21) * 1_000)), "until block 3 settles it either way");
    // In the same moment it comes first.
    assert_eq!(tips(&ask(&tie(), 2, 2_000).unwrap().changed), [(6, 2), (21, 3)]);
    let too_little = ask(&tie(), 2, 1_999).unwrap();
    assert_eq!((too_little.parts, &too_little.changed), (None, &too_little.recorded));
    let later = ask(&tie(), 1, -3_000).unwrap();
    assert_eq!(tips(&later.changed), [(8, 2), (21, 3)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn a_block_waits_for_its_parent() {
    let answer = ask(&tie(), 3, 15_000).unwrap();
    assert!(answer.waited);
    assert_eq!(tips(&answer.changed), [(6, 1), (8, 3)], "block 2 alone does not win, and brings 3 with it");
    assert_eq!(answer.meets, Some(Time(u64::from(START + 21) * 1_000)));
}

#[wasm_bindgen_test(unsupported = test)]
fn work_decides_and_not_length() {
    // Block 2 is dated two minutes later than 1, so what follows on it is easier: half the work.
    let blocks = [(1, 0, 41, 5, 6), (2, 0, 41, 125, 8), (3, 1, 42, 130, 131), (4, 2, 42, 131, 132)];
    let easier = record(&blocks, &[(6, 1), (131, 3)]);
    let answer = ask(&easier, 4, 3_000).unwrap();
    assert_eq!(tips(&answer.changed), [(6, 1), (129, 4), (131, 3)], "the shorter way there was the harder one");
    let never_equal = ask(&easier, 2, 3_000).unwrap();
    assert_eq!(tips(&never_equal.changed), [(5, 2), (131, 3)]);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_node_found_on_another_tip_is_doubtful() {
    let mut record = record(&[(1, 0, 41, 5, 6), (2, 0, 41, 6, 8), (3, 1, 42, 20, 21)], &[(6, 1), (21, 3)]);
    record.blocks[2].found_here = true;
    assert_eq!(ask(&record, 2, 3_000).unwrap().doubtful, [hash(3)]);
    assert!(ask(&record, 2, 1_000).unwrap().doubtful.is_empty());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_record_that_explains_nothing_has_no_answer() {
    let wrong = ForkRecord { tips: vec![], ..tie() };
    assert_eq!(ask(&wrong, 2, 2_000), Err(NoAnswer::NotReproduced));
    assert_eq!(ask(&tie(), 9, 2_000), Err(NoAnswer::Unknown));
    assert_eq!(ask(&tie(), 2, i64::MIN), Err(NoAnswer::TooFar));
    let mut orphan = tie();
    orphan.blocks[2].parent = hash(9);
    assert_eq!(ask(&orphan, 2, 2_000), Err(NoAnswer::Damaged(Damage::Parent)));
    assert_eq!(ask(&ForkRecord { dates: vec![1], ..tie() }, 2, 0), Err(NoAnswer::Damaged(Damage::Date)));
    let mut many = tie();
    many.blocks = vec![many.blocks[0].clone(); 201];
    assert_eq!(ask(&many, 1, 0), Err(NoAnswer::Damaged(Damage::Blocks)));
}

#[wasm_bindgen_test(unsupported = test)]
fn a_real_nodes_record_is_replayed() {
    let mut world = World::connected(2);
    world.pass(1_000);
    world.mine(ALICE, 1);
    world.cut_all(ALICE);
    world.mine(ALICE, 2);
    let lost = world.tip(ALICE);
    world.mine(BOB, 3);
    world.connect(ALICE, BOB);
    let alice = &world.nodes[ALICE].node;
    let record = alice.fork_record(lost).unwrap();
    assert_eq!((record.fork.height, record.blocks.len(), record.dates.len()), (1, 5, 2));
    // Any block of the fork leads to the same record.
    assert_eq!(alice.fork_record(record.blocks[2].hash).as_ref(), Ok(&record));
    assert_eq!(alice.fork_record(record.fork.hash), Err(NoForkRecord::NoFork));
    assert_eq!(alice.fork_record(hash(9)), Err(NoForkRecord::Unknown));

    let first_of_bob = record.blocks[2].hash;
    let late = what_if(&Question { record: record.clone(), block: first_of_bob, earlier_millis: 0 }).unwrap();
    assert_eq!((late.parts, &late.changed), (None, &record.tips));
    let early = what_if(&Question { record: record.clone(), block: first_of_bob, earlier_millis: 60_000 }).unwrap();
    assert!(early.changed[0].hash == first_of_bob && early.before_its_date);
    assert_eq!(early.doubtful, [record.blocks[0].hash, record.blocks[1].hash], "she would have mined on bob's");
    assert_eq!(early.changed.last().map(|tip| tip.hash), Some(world.tip(ALICE)));
}

/// Of the answer's bytes: the same on every machine, and in a page.
#[wasm_bindgen_test(unsupported = test)]
fn an_answer_is_the_same_everywhere() {
    let answer = serde_json::to_vec(&ask(&tie(), 2, 2_500)).unwrap();
    assert_eq!(hex::encode(&sha256d(&answer)[..8]), "775249a0ec4c0cfa");
}
