//! What the page keeps in the browser while it is away, left, or loaded again: its runs, and the limits to take back.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tabchain_shared::primitives::NetworkId;

use super::limits::HeldLimits;
use super::runs::{Run, ShopRun};

const KEY: &str = "tabchain-live";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The same address may show another network tomorrow.
    pub network: NetworkId,
    pub run: Option<Run>,
    pub shop: Option<ShopRun>,
    pub limits: HeldLimits,
}

impl Kept {
    pub fn nothing(network: NetworkId) -> Self {
        Self { network, run: None, shop: None, limits: HeldLimits::default() }
    }

    /// What a page of this browser has kept of this network.
    pub fn load(network: NetworkId) -> Option<Self> {
        Self::read(&storage()?.get_item(KEY).ok()??, network)
    }

    fn read(text: &str, network: NetworkId) -> Option<Self> {
        let kept: Option<Self> = serde_json::from_str(text).ok();
        kept.filter(|kept| kept.network == network)
    }

    /// A browser that keeps nothing for a page does without.
    pub fn save(&self) {
        if let Some(storage) = storage() {
            let _ = storage.set_item(KEY, &serde_json::to_string(self).expect("plain data"));
        }
    }
}

/// Browsers that keep nothing for a page throw here.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::role::Role;
    use tabchain_shared::primitives::{Address, NodeId};
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::pages::live::revenue::Tally;
    use crate::pages::live::runs::Work;

    #[test]
    fn a_run_is_taken_up_again_on_its_network() {
        let network = NetworkId([1; 4]);
        let run = Run {
            miner: NodeId([7; 8]),
            name: "eve".to_owned(),
            plays: Role::Selfish,
            address: Address([7; 20]),
            work: Work::from_now(Some(0.4)),
            tally: Tally::above(12),
            is_over: false,
        };
        let kept = Kept { run: Some(run), ..Kept::nothing(network) };
        let text = serde_json::to_string(&kept).expect("plain data");
        assert_eq!(Kept::read(&text, network), Some(kept));
        assert_eq!((Kept::read(&text, NetworkId([2; 4])), Kept::read("{", network)), (None, None));
    }
}
