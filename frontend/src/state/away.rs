//! That the person of this tab has it stay away from the network: kept for as long as the tab, over reloads. The network's rules are
//! kept with it, because a relay is what tells them to a node, and this one asks none.

use serde::{Deserialize, Serialize};
use tabchain_shared::consensus::Params;

use super::{NodeState, session_storage};
use crate::bridge::ToWorker;

const AWAY_KEY: &str = "tabchain-away";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Away {
    /// Absent in a tab that left before it had heard of a network.
    pub network: Option<Params>,
}

impl Away {
    /// `None`: this tab is to look for the network.
    pub fn kept() -> Option<Self> {
        serde_json::from_str(&session_storage()?.get_item(AWAY_KEY).ok()??).ok()
    }

    fn keep(&self) {
        if let Some(storage) = session_storage() {
            let text = serde_json::to_string(self).expect("a network's rules are plain data");
            // A browser that keeps nothing brings the tab back online with a reload.
            let _ = storage.set_item(AWAY_KEY, &text);
        }
    }

    fn forget() {
        if let Some(storage) = session_storage() {
            let _ = storage.remove_item(AWAY_KEY);
        }
    }
}

impl NodeState {
    /// The person has the node leave the network and stay away, or come back.
    pub fn set_online(self, online: bool) {
        if online {
            Away::forget();
        } else {
            Away { network: self.network() }.keep();
        }
        self.tell(&ToWorker::SetOnline { online });
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_networks_rules_come_back_as_they_were() {
        for network in [None, Some(Params::classroom())] {
            let away = Away { network };
            assert_eq!(serde_json::from_str::<Away>(&serde_json::to_string(&away).unwrap()).unwrap(), away);
        }
    }
}
