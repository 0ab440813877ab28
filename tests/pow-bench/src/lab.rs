//! A simulated network to measure: real nodes, each of which makes eight links out, as in Bitcoin; a block every ten minutes, and
//! links of 100 ms. `cargo xtask bench lab` runs it natively and as the page's worker does.

use tabchain_shared::lab::Random;
use tabchain_shared::lab::arena::{Arena, Link, Miner, Setting, Topology};
use tabchain_shared::lab::link::LinkSettings;
use tabchain_shared::lab::strategy::Strategy;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
pub struct Simulation(Arena);

#[wasm_bindgen]
impl Simulation {
    /// Nodes that have shaken hands.
    #[wasm_bindgen(constructor)]
    pub fn new(nodes: u32) -> Self {
        let count = usize::try_from(nodes).expect("nodes are in memory");
        let link = LinkSettings { delay: 100, jitter: 0, ..LinkSettings::reliable() };
        let pairs = Topology::Random { links: 8 }.pairs(count, &mut Random::new(1));
        let setting = Setting {
            interval: 600.0,
            half_life: None,
            miners: vec![Miner { share: 1.0 / f64::from(nodes), strategy: Strategy::Honest }; count],
            links: pairs.into_iter().map(|nodes| Link { nodes, directions: [link.clone(), link.clone()] }).collect(),
            gamma: None,
            block_bytes: None,
            compact_bytes: None,
            regions: None,
        };
        Self(Arena::new(setting, 1))
    }

    /// Goes on until so many blocks have been found in all. How high the first node's chain is then.
    pub fn run(&mut self, blocks: u32) -> u32 {
        let blocks = usize::try_from(blocks).expect("blocks are in memory");
        assert!(self.0.run_until_found(blocks, u64::MAX / 2), "somebody always finds another");
        self.0.node(0).chain().height()
    }
}

impl Simulation {
    pub fn arena(&self) -> &Arena {
        &self.0
    }
}
