//! The question before a device's first hash: what mining does to it, how much of it mining may take, and when it rests.
//! Asked when the person first presses "Start mining", and when the host orders mining here.

use leptos::html;
use leptos::prelude::*;

use super::settings::{PauseOnLowBattery, PauseWhenHidden};
use crate::driver::MAX_MINERS;
use crate::state::NodeState;
use crate::terms::Terms;
use crate::text;

/// Opens the question.
#[derive(Clone, Copy)]
pub struct Question {
    open: RwSignal<bool>,
    /// How many blocks are mined when the person agrees; absent: until told to stop.
    blocks: Option<u32>,
}

impl Question {
    pub fn new() -> Self {
        Self { open: RwSignal::new(false), blocks: None }
    }

    /// Where "mine one block" is what was pressed.
    pub fn for_one_block() -> Self {
        Self { blocks: Some(1), ..Self::new() }
    }

    pub fn ask(self) {
        self.open.set(true);
    }
}

#[component]
pub fn AgreementDialog() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let Question { open, blocks } = expect_context::<Question>();
    let courtesy = state.courtesy();
    let host_asks = Memo::new(move |_| courtesy.get().and_then(|courtesy| courtesy.host_asks));
    let dialog = NodeRef::<html::Dialog>::new();
    let draft = RwSignal::new(Terms::default());
    // Each order of the host asks anew, also after a "Not now"; one that the host has stopped asks no more.
    Effect::new(move |before: Option<Option<u64>>| {
        let now = host_asks.get();
        if now.is_some() {
            open.set(true);
        } else if before.flatten().is_some() {
            open.set(false);
        }
        now
    });
    // Agreed in another tab: nothing is left to ask.
    Effect::new(move |_| {
        if courtesy.get().is_some_and(|courtesy| courtesy.agreed) {
            open.set(false);
        }
    });
    Effect::new(move |_| {
        let Some(dialog) = dialog.get() else { return };
        if !open.get() {
            dialog.close();
        } else if !dialog.open() {
            draft.set(state.terms.get_untracked());
            // Fails only for a dialog that is shown already.
            let _ = dialog.show_modal();
        }
    });
    // Escape closes it, too. The event comes a moment later, when the dialog may be open again.
    let closed = move |_| {
        if dialog.get_untracked().is_none_or(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    let agree = move |_| {
        open.set(false);
        state.agree_to_mine(draft.get_untracked(), blocks);
    };
    let title = move || {
        if host_asks.get().is_some() { text!("my-node-agree-host-asks") } else { text!("my-node-agree-title") }
    };
    view! {
        <dialog node_ref=dialog class="question" aria-labelledby="agreement-title" data-test="agreement"
            data-value=move || if open.get() { "open" } else { "closed" }
            on:close=closed>
            <h2 id="agreement-title">{title}</h2>
            <ul class="points">
                <li>{text!("my-node-agree-processor")}</li>
                <li>{text!("my-node-agree-coins")}</li>
                <li>{text!("my-node-agree-stop")}</li>
            </ul>
            <MachineShare draft/>
            <PauseWhenHidden terms=draft change=Callback::new(move |on| draft.update(|draft| draft.pause_when_hidden = on))/>
            <PauseOnLowBattery terms=draft
                change=Callback::new(move |on| draft.update(|draft| draft.pause_on_low_battery = on))/>
            <p class="buttons">
                <button type="button" class="primary" data-test="agree" on:click=agree>{text!("my-node-agree-yes")}</button>
                <button type="button" data-test="not-now" on:click=move |_| open.set(false)>{text!("my-node-agree-not-now")}</button>
            </p>
        </dialog>
    }
}

/// How many of this machine's cores mine.
#[component]
fn MachineShare(draft: RwSignal<Terms>) -> impl IntoView {
    let shares = shares_of(window().navigator().hardware_concurrency());
    let all = shares[0].1;
    let chosen = move || draft.read().miners.unwrap_or(all);
    let choices = shares
        .into_iter()
        .map(|(name, count)| {
            view! {
                <label class="choice">
                    <input type="radio" name="machine-share" data-test=format!("share-{count}")
                        prop:checked=move || chosen() == count
                        on:change=move |_| draft.update(|draft| draft.miners = Some(count))/>
                    <span>{name}" "<span class="muted">{text!("my-node-cores", count = count)}</span></span>
                </label>
            }
        })
        .collect_view();
    view! { <fieldset class="choices"><legend class="label">{text!("my-node-share-title")}</legend>{choices}</fieldset> }
}

/// What there is to choose from on a machine with so many cores, without doublets: all of it always comes first.
fn shares_of(cores: f64) -> Vec<(String, u32)> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let all = (cores as u32).clamp(1, MAX_MINERS);
    let mut shares = vec![
        (text!("my-node-share-all"), all),
        (text!("my-node-share-half"), all.div_ceil(2)),
        (text!("my-node-share-little"), 1),
    ];
    shares.dedup_by_key(|(_, count)| *count);
    shares
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_small_machine_has_fewer_shares() {
        let counts = |cores: f64| shares_of(cores).into_iter().map(|(_, count)| count).collect::<Vec<_>>();
        assert_eq!(counts(8.0), [8, 4, 1]);
        assert_eq!(counts(2.0), [2, 1]);
        assert_eq!(counts(1.0), [1]);
        assert_eq!(counts(64.0), [MAX_MINERS, MAX_MINERS / 2, 1]);
        assert_eq!(counts(f64::NAN), [1], "whatever a browser says");
    }
}
