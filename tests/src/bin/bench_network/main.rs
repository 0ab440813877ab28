//! The figures of the network, printed by `cargo xtask bench network`: how fast a block travels, what it costs on the way,
//! and how long a newcomer and a sleeper take to catch up.
//!
//! A real relay process, and all nodes on this one machine: its cores are shared by everybody.

mod cold_sync;
mod propagation;
mod resume;
mod traffic;

use tabchain_tests::process::RelayProcess;
use tabchain_tests::swarm::Swarm;

/// Nodes of the large network.
const NODES: usize = 200;

/// What can be measured alone: its name is the program's argument. (What blocks cost on the wire is counted on the way
/// through the same nodes.)
const PARTS: [&str; 3] = ["propagation", "resume", "cold-sync"];

#[tokio::main]
async fn main() {
    let is_wanted = tabchain_tests::wanted_part(&PARTS);
    if is_wanted("propagation") {
        blocks_through_a_swarm().await;
    }
    if is_wanted("resume") {
        resume::measure().await;
    }
    if is_wanted("cold-sync") {
        cold_sync::measure().await;
    }
}

async fn blocks_through_a_swarm() {
    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "regtest"]);
    let mut pair = Swarm::of(2, &relay).await;
    let hop = propagation::one_hop(&mut pair).await;
    drop((pair, relay));

    let data = tempfile::tempdir().expect("a data folder");
    let relay = RelayProcess::start(data.path(), 0, &["--network", "regtest"]);
    let mut swarm = Swarm::of(NODES, &relay).await;
    propagation::measure(&mut swarm, hop).await;
    traffic::measure(&mut swarm).await;
}
