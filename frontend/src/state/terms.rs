//! The person's terms of mining on this device: kept for every tab of this browser and origin, given to the node worker
//! with each change. A browser that keeps nothing for a page forgets them with the page, and the person is asked again.

use leptos::prelude::*;
use tabchain_shared::node::io::Command;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::*;
use web_sys::StorageEvent;

use super::NodeState;
use crate::bridge::{ToWorker, View};
use crate::terms::{Agreement, Terms};

const TERMS_KEY: &str = "tabchain-mining-terms";
/// In the address of the host's link for mining: `/?mine`.
const LINK_FOR_MINING: &str = "mine";

/// What was kept, and the agreement that this page's address gives.
pub fn load() -> Terms {
    let mut terms = kept();
    if opened_to_mine() && terms.agreement == Agreement::None {
        terms.agreement = Agreement::ByLink { read: false };
        keep(&terms);
    }
    terms
}

impl NodeState {
    /// Changes the person's terms, here and in every other tab of this browser.
    pub fn change_terms(self, change: impl FnOnce(&mut Terms)) {
        self.terms.update(change);
        keep(&self.terms.get_untracked());
        self.tell_terms();
    }

    /// The person agrees to mining, and it begins: as the host has ordered, if that is what the person was asked about; otherwise for
    /// so many blocks, or until told to stop.
    pub fn agree_to_mine(self, terms: Terms, blocks: Option<u32>) {
        if let Some(miners) = terms.miners {
            self.tell(&ToWorker::SetMiners { count: miners });
        }
        let asked = |view: &View| view.courtesy.host_asks.is_some();
        let host_asks = self.view.with_untracked(|view| view.as_ref().is_some_and(asked));
        self.change_terms(|kept| *kept = Terms { agreement: Agreement::Asked, ..terms });
        if !host_asks {
            // What came of it shows in the badges.
            self.ask(Command::StartMining { blocks, limit: None }, |_| ());
        }
    }

    pub fn withdraw_agreement(self) {
        self.change_terms(|terms| terms.agreement = Agreement::Withdrawn);
    }

    pub fn set_miners(self, count: u32) {
        self.tell(&ToWorker::SetMiners { count });
        self.change_terms(|terms| terms.miners = Some(count));
    }

    /// Another tab of this browser changed the terms. How many miners hash stays each tab's own.
    pub(super) fn follow_other_tabs(self) {
        let _ = leptos::leptos_dom::helpers::window_event_listener_untyped("storage", move |event| {
            let key = event.unchecked_ref::<StorageEvent>().key();
            // Without a key everything was cleared.
            if key.is_none_or(|key| key == TERMS_KEY) {
                self.terms.set(kept());
                self.tell_terms();
            }
        });
    }

    fn tell_terms(self) {
        let terms = self.terms.get_untracked();
        if !terms.agreement.is_given() {
            // A reload must not agree in the person's place.
            forget_link();
        }
        self.tell(&ToWorker::SetTerms { terms });
    }
}

/// Browsers that keep nothing for a page throw here.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn kept() -> Terms {
    let text = storage().and_then(|storage| storage.get_item(TERMS_KEY).ok().flatten());
    text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn keep(terms: &Terms) {
    if let Some(storage) = storage() {
        let text = serde_json::to_string(terms).expect("terms are plain data");
        let _ = storage.set_item(TERMS_KEY, &text);
    }
}

fn query() -> Option<web_sys::UrlSearchParams> {
    web_sys::UrlSearchParams::new_with_str(&window().location().search().ok()?).ok()
}

fn opened_to_mine() -> bool {
    query().is_some_and(|query| query.has(LINK_FOR_MINING))
}

fn forget_link() {
    let Some(query) = query().filter(|query| query.has(LINK_FOR_MINING)) else { return };
    query.delete(LINK_FOR_MINING);
    let rest = String::from(query.to_string());
    let path = window().location().pathname().unwrap_or_default();
    let address = if rest.is_empty() { path } else { format!("{path}?{rest}") };
    if let Ok(history) = window().history() {
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
}
