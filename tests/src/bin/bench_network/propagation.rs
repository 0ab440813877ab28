//! How long a block takes from its finder to everybody.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Duration;

use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::primitives::{BlockHash, NodeId};
use tabchain_tests::swarm::Swarm;
use tabchain_tests::{quantile, verdict};

const BLOCKS: usize = 50;
/// What 95 % may take, in the time of one hop for each hop that the farthest of them is away; and at all.
const HOPS_GOAL: f64 = 3.0;
const GOAL: Duration = Duration::from_millis(300);

/// From the finder to the only other node.
pub async fn one_hop(pair: &mut Swarm) -> Duration {
    let mut delays = Vec::new();
    for number in 0..BLOCKS {
        delays.extend(block_from(pair, number % 2).await.1.into_values());
    }
    quantile(&mut delays, 0.5)
}

pub async fn measure(swarm: &mut Swarm, hop: Duration) {
    let links = links(swarm).await;
    let (mut delays, mut distances, mut first_hop) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..BLOCKS {
        // Another finder each time, spread over the network.
        let finder = number * 37 % swarm.members.len();
        let away = distances_from(swarm.members[finder].id, &links);
        for (member, delay) in block_from(swarm, finder).await.1 {
            let distance = away[&swarm.members[member].id];
            delays.push(delay);
            distances.push(distance);
            if distance == 1 {
                first_hop.push(delay);
            }
        }
    }
    let hops = f64::from(quantile(&mut distances, 0.95));
    let (p50, p95) = (quantile(&mut delays, 0.5), quantile(&mut delays, 0.95));
    let first_hop = quantile(&mut first_hop, 0.5);
    let in_hops = |hop: Duration| p95.as_secs_f64() / hop.as_secs_f64() / hops;
    let degrees: usize = links.values().map(HashSet::len).sum();
    println!("\nPropagation of {BLOCKS} blocks over {} nodes through one relay", swarm.members.len());
    println!("  links a node, the relay's own included   {:>8.1}", to_f64(degrees) / to_f64(swarm.members.len()));
    println!("  one hop, two nodes alone, p50            {:>8.1} ms", millis(hop));
    println!("  one hop, to the finder's neighbours, p50 {:>8.1} ms", millis(first_hop));
    println!("  hops from the finder, p95                {hops:>8.0}");
    println!("  from the finder to a node, p50           {:>8.1} ms", millis(p50));
    println!(
        "  from the finder to a node, p95           {:>8.1} ms; goal {} ms {}",
        millis(p95),
        GOAL.as_millis(),
        verdict(p95 < GOAL)
    );
    // All nodes share this machine's cores, so that a hop among many takes longer than one between two.
    for (what, hop) in
        [("among all, p95 to the time of its hops ", first_hop), ("alone, p95 to the time of its hops     ", hop)]
    {
        let ratio = in_hops(hop);
        println!("  {what}  {ratio:>8.2}; goal {HOPS_GOAL} {}", verdict(ratio <= HOPS_GOAL));
    }
}

/// Has a member find a block and waits until all have it: by member, how much later than the finder.
pub async fn block_from(swarm: &mut Swarm, finder: usize) -> (BlockHash, HashMap<usize, Duration>) {
    let before = swarm.members[finder].look(|node| node.chain().tip()).await;
    let mine = Command::StartMining { blocks: Some(1), limit: None };
    assert_eq!(swarm.members[finder].command(mine).await, Answer::Done);
    let found = loop {
        let arrival = swarm.next_arrival().await;
        if arrival.member == finder && arrival.block != before {
            break arrival;
        }
    };
    let mut delays = HashMap::new();
    while delays.len() < swarm.members.len() - 1 {
        let arrival = swarm.next_arrival().await;
        if arrival.block == found.block {
            delays.insert(arrival.member, arrival.at.saturating_duration_since(found.at));
        }
    }
    (found.block, delays)
}

/// Who is linked with whom, as the members see it.
async fn links(swarm: &Swarm) -> HashMap<NodeId, HashSet<NodeId>> {
    let mut links: HashMap<NodeId, HashSet<NodeId>> = HashMap::new();
    for member in &swarm.members {
        let id = member.id;
        for other in member.look(|node| node.peer_views().into_iter().map(|peer| peer.node).collect::<Vec<_>>()).await {
            links.entry(id).or_default().insert(other);
            links.entry(other).or_default().insert(id);
        }
    }
    links
}

fn distances_from(start: NodeId, links: &HashMap<NodeId, HashSet<NodeId>>) -> HashMap<NodeId, u32> {
    let mut distances = HashMap::from([(start, 0)]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        let distance = distances[&node] + 1;
        for &next in links.get(&node).into_iter().flatten() {
            distances.entry(next).or_insert_with(|| {
                queue.push_back(next);
                distance
            });
        }
    }
    distances
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts here are far below 2^53")]
fn to_f64(count: usize) -> f64 {
    count as f64
}
