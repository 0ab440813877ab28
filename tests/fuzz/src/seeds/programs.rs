//! Programs for the targets that read bytes as instructions (`chain.rs`, `node.rs`); what the numbers mean stands there and
//! in `pool.rs`.

/// Kinds of faults in a block.
const FAULTS: u8 = 24;
/// From the second person to the third, 0.1 coins a unit, with a fee of 400 units.
const PAYMENT: [u8; 3] = [1 | 2 << 2 | 4 << 4, 9, 4];

/// A block for the second person on the `back`-th last one, ten seconds after it.
fn block(back: u8) -> Vec<u8> {
    vec![0, back, 10, 1]
}

/// A block on the last one, with payments and one fault.
fn faulty(payments: u8, fault: u8, value: u8) -> Vec<u8> {
    let mut block = vec![0, 0, 10, 1 | payments << 2 | 1 << 4];
    block.extend(PAYMENT.repeat(payments.into()));
    block.extend([fault, value]);
    block
}

pub fn of_chain() -> Vec<Vec<u8>> {
    let mut seeds = vec![
        block(0).repeat(12),
        // A fork that overtakes, from the block before the tip, and one from genesis.
        [block(0).repeat(3), block(1), block(0)].concat(),
        [block(0).repeat(3), block(3), block(0).repeat(4)].concat(),
        // Made and not delivered; then headers first; then bodies, the last one first.
        [[2, 0, 10, 1].repeat(4), vec![5, 0, 1], vec![3, 0], vec![5, 0, 0], vec![3, 0]].concat(),
        [[2, 0, 10, 1].repeat(2), vec![4, 1, 4, 0, 3, 0, 3, 1, 3, 0]].concat(),
        // Blocks for three people, who pay each other, with a reorg over it.
        [block(0), vec![0, 0, 10, 2], vec![0, 0, 10, 3 | 3 << 2], PAYMENT.repeat(3), block(1), block(0).repeat(2)]
            .concat(),
        // Dated ahead, and the clock goes on.
        [faulty(0, 10, 20), vec![3, 0, 6, 30, 3, 0], block(0)].concat(),
        // A fork from genesis that memory does not reach is replayed, in parts, and grows meanwhile.
        [block(0).repeat(5), block(5), block(0).repeat(5), vec![7, 2], block(0), vec![7, 3, 9, 0, 7, 7]].concat(),
        // Its bodies are lost.
        [block(0).repeat(5), block(5), block(0).repeat(6), vec![8, 3, 9, 255], block(0)].concat(),
        // Fast and slow blocks.
        [[0, 0, 1, 1].repeat(5), [0, 0, 120, 1].repeat(5), [0, 0, 0xf6, 1].repeat(3)].concat(),
    ];
    for fault in 0..FAULTS {
        for payments in 0..3 {
            seeds.push(
                [block(0).repeat(2), faulty(payments, fault, 1), block(0), block(2), block(0).repeat(2)].concat(),
            );
        }
    }
    // Each with all bodies in memory, with one, and with two while replays wait for theirs.
    seeds.iter().flat_map(|program| [0, 1, 6].map(|mode| [&[mode], &program[..]].concat())).collect()
}

/// Connect a stranger that shakes hands.
const GUEST: [u8; 2] = [4, 5];
/// The last peer names the headers up to the last block, and then answers up to 40 questions.
const SYNC: [u8; 7] = [6, 0, 0, 0, 63, 11, 0];
const ANSWER: [u8; 2] = [39, 0];

pub fn of_node() -> Vec<Vec<u8>> {
    let sync = [&SYNC[..], &ANSWER[..]].concat();
    let mine_for_node = vec![0, 0, 10, 0];
    let start_mining = vec![15, 0];
    let find_nonce = vec![16, 1];
    let pay = vec![15, 5, 1, 3, 0];
    let mut seeds = vec![
        [GUEST.to_vec(), block(0).repeat(5), sync.clone()].concat(),
        // Blocks were there before the peer came.
        [block(0).repeat(20), GUEST.to_vec(), vec![11, 0], ANSWER.to_vec()].concat(),
        // The node mines, pays and mines again; a peer asks for everything.
        [
            start_mining.clone(),
            find_nonce.repeat(2),
            pay.clone(),
            GUEST.to_vec(),
            find_nonce.clone(),
            vec![11, 0],
            ANSWER.to_vec(),
        ]
        .concat(),
        [start_mining.clone(), find_nonce.repeat(4), GUEST.to_vec(), vec![6, 0, 8, 1, 5], vec![6, 0, 6, 4, 0, 2, 4, 6]]
            .concat(),
        // A reorg under a payment that waits.
        [mine_for_node.clone(), GUEST.to_vec(), sync.clone(), pay.clone(), block(1), block(0).repeat(2), sync.clone()]
            .concat(),
        // A block that waits for its time.
        [GUEST.to_vec(), faulty(0, 10, 200), sync.clone(), vec![14, 200, 1, 13, 3], vec![11, 0], ANSWER.to_vec()]
            .concat(),
        // Bodies that do not come, and another peer that has them.
        [
            block(0).repeat(3),
            GUEST.to_vec(),
            vec![4, 6],
            sync.clone(),
            vec![14, 40, 0, 13, 1, 14, 40, 0, 13, 1, 11, 1, 20, 0],
        ]
        .concat(),
        // A payment signed elsewhere comes from a peer and from a person.
        [
            block(0),
            GUEST.to_vec(),
            sync.clone(),
            vec![2, 0, 0],
            PAYMENT.to_vec(),
            vec![6, 0, 5, 1, 1],
            vec![11, 0],
            ANSWER.to_vec(),
        ]
        .concat(),
        [block(0), GUEST.to_vec(), sync.clone(), vec![2, 0, 0], PAYMENT.to_vec(), vec![15, 4, 0], vec![17, 17]]
            .concat(),
        // Writes that fail.
        [start_mining.clone(), find_nonce.clone(), vec![18, 255], pay.clone(), vec![17, 17, 17]].concat(),
        // A crash between two writes.
        [
            start_mining.clone(),
            find_nonce.repeat(3),
            pay.clone(),
            vec![17, 17, 19, 255],
            start_mining.clone(),
            find_nonce.repeat(2),
        ]
        .concat(),
        // Records from the store.
        [block(0).repeat(4), vec![3, 4, 1, 2, 3, 4, 1], GUEST.to_vec(), sync.clone()].concat(),
        // Silence, pings, and a second handshake.
        [GUEST.to_vec(), vec![13, 0, 14, 255, 1, 13, 1], GUEST.to_vec(), vec![6, 0, 10, 6, 0, 12]].concat(),
        // The node itself, and one peer twice.
        vec![4, 0, 4, 5, 4, 21, 4, 5, 5, 0, 5, 1],
    ];
    for fault in 0..FAULTS {
        seeds.push([GUEST.to_vec(), block(0), faulty(1, fault, 1), sync.clone(), block(1), sync.clone()].concat());
    }
    for kind in 0..14 {
        seeds.push(
            [block(0).repeat(2), GUEST.to_vec(), vec![6, 0, kind, 3, 1, 2, 3, 9, 0, kind, 3, 1, 2, 3, 1, 2, 0, 7, 0]]
                .concat(),
        );
    }
    // Each with writes acknowledged at once and later, and with two bodies in memory and a second node that must do the same.
    seeds.iter().flat_map(|program| [0, 1, 34].map(|mode| [&[mode], &program[..]].concat())).collect()
}
