//! What a block costs on the wire, in bytes a node, beside the naive flood: everybody sends the whole block over every link.

use std::cell::Cell;

use tabchain_shared::node::Node;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::primitives::{Amount, Encode, Memo};
use tabchain_tests::eventually;
use tabchain_tests::swarm::Swarm;

use crate::propagation::block_from;

/// Of the payments in the block that is measured, and how many each makes.
const SENDERS: usize = 4;
const PAYMENTS: usize = 25;

pub async fn measure(swarm: &mut Swarm) {
    for sender in 0..SENDERS {
        block_from(swarm, sender).await;
    }
    let recipient = swarm.members[SENDERS].look(Node::address).await;
    let amount = Amount::from_units(1_000).expect("small enough");
    let before = settled(swarm).await;
    for number in 0..SENDERS * PAYMENTS {
        let pay = Command::Pay { recipient, amount, fee: None, memo: Memo::default() };
        let answer = swarm.members[number % SENDERS].command(pay).await;
        assert!(matches!(answer, Answer::Accepted { .. }), "{answer:?}");
    }
    for member in &swarm.members {
        eventually("every payment waits everywhere", async || {
            let waiting = member.look(|node| node.mempool().len()).await;
            if waiting == SENDERS * PAYMENTS { Ok(()) } else { Err(format!("{waiting} wait")) }
        })
        .await;
    }
    let with_payments = settled(swarm).await;
    let (block, _) = block_from(swarm, SENDERS).await;
    let with_block = settled(swarm).await;
    let (size, links) = swarm.members[0]
        .look(move |node| {
            let block = node.chain().body(&block).expect("it is the tip").to_block();
            (block.to_bytes().len() as u64, node.peer_views().len() as u64)
        })
        .await;
    let nodes = swarm.members.len() as u64;
    let (payments, block) = ((with_payments - before) / nodes, (with_block - with_payments) / nodes);
    println!("\nBytes received a node, {nodes} nodes, a block of {} payments, {size} bytes", SENDERS * PAYMENTS);
    println!("  for the block, once the payments are known {block:>8}");
    println!(
        "  naive flood: the block over each of {links} links {:>6}; ratio {:.3}",
        size * links,
        ratio(block, size * links)
    );
    println!(
        "  for the block and its payments             {:>8}; to the block's size {:.2}",
        block + payments,
        ratio(block + payments, size)
    );
}

/// Bytes received by all members so far, once nothing more comes.
async fn settled(swarm: &Swarm) -> u64 {
    let last = Cell::new(0);
    eventually("nothing is under way any more", async || {
        let now = swarm.members.iter().map(|member| member.traffic.received()).sum();
        if last.replace(now) == now { Ok(now) } else { Err(format!("{now} bytes")) }
    })
    .await
}

#[expect(clippy::cast_precision_loss)]
fn ratio(value: u64, reference: u64) -> f64 {
    value as f64 / reference as f64
}
