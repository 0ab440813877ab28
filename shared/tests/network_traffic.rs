//! What blocks cost on the wire, in the simulated world: no node receives a body twice, and a network of compact blocks
//! carries a fraction of what a flood of full ones would.

use tabchain_shared::lab::traffic::Bodies;
use tabchain_shared::lab::world::World;
use tabchain_shared::lab::{LinkSettings, Settings, Topology};
use wasm_bindgen_test::wasm_bindgen_test;

/// Messages that a block comes with: its announcement, what is asked, what is answered.
const BLOCK_MESSAGES: [&str; 6] = ["headers", "getdata", "cmpctblock", "getblocktxn", "blocktxn", "block"];

/// Eight nodes that pay each other while they mine; everybody behaves, and everything arrives.
fn busy(topology: Topology, link: LinkSettings) -> World {
    let settings = Settings { honest: 8, topology, link, payment_interval: Some(700), ..Settings::quiet() };
    let mut world = World::new(3, settings);
    world.pass(600_000).unwrap();
    world
}

/// Every block came to each node at most once: as short ids and what these lacked, or in full.
fn check_no_body_came_twice(world: &World) {
    let bodies = &world.traffic().bodies;
    assert!(bodies.len() > 100, "{}", bodies.len());
    for ((node, block), Bodies { full, compact, transactions, .. }) in bodies {
        assert!(
            full + compact == 1 && *transactions <= 1,
            "node {node}, block {block}: {:?}",
            bodies[&(*node, *block)]
        );
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn no_node_of_a_mesh_receives_a_body_twice() {
    let world = busy(Topology::Mesh, LinkSettings::reliable());
    check_no_body_came_twice(&world);
    let full: u64 = world.traffic().bodies.values().map(|bodies| bodies.full).sum();
    assert!(full * 20 < world.traffic().bodies.len() as u64, "{full} blocks came in full");
}

/// Slow links let several blocks travel at once, and let nodes learn of blocks from those who have not got them yet.
#[wasm_bindgen_test(unsupported = test)]
fn no_node_behind_slow_links_receives_a_body_twice() {
    let link = LinkSettings { delay: 200, jitter: 100, bandwidth: 50_000, ..LinkSettings::reliable() };
    check_no_body_came_twice(&busy(Topology::Line, link.clone()));
    check_no_body_came_twice(&busy(Topology::Mesh, link));
}

/// In a flood each node sends each block to every peer but the one that brought it: in a mesh of n nodes (n - 1)² times.
#[wasm_bindgen_test(unsupported = test)]
fn a_block_costs_a_fraction_of_the_naive_flood() {
    let world = busy(Topology::Mesh, LinkSettings::reliable());
    let chain = world.node(0).unwrap().chain();
    let sizes: usize =
        (1..=chain.height()).filter_map(|height| chain.body(&chain.hash_at(height)?)).map(|body| body.size()).sum();
    let blocks = u64::from(chain.height());
    let mean = sizes as u64 / blocks;
    let flood = mean * 7 * 7 / 8;
    let ours = world.traffic().bytes_of(&BLOCK_MESSAGES) / blocks / 8;
    assert!(mean > 1_000, "blocks of {mean} bytes");
    assert!(ours * 6 < flood, "{ours} bytes a block and node; the flood takes {flood}");
}
