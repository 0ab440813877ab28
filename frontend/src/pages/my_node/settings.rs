//! What is decided once, if ever: name, host, working offline, and how mining treats this device.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::wire::message::MAX_NAME_BYTES;

use super::compare::CompareTips;
use super::node_name;
use super::recovery::Recovery;
use super::workers::Workers;
use crate::bridge::{ToWorker, UplinkState};
use crate::state::NodeState;
use crate::terms::{LOW_BATTERY, Terms};

#[component]
pub fn Settings() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let follows = state.field(|view| view.follows_host);
    let offline = state.field(|view| view.uplink.state == UplinkState::Offline);
    view! {
        <section class="card settings" aria-labelledby="settings-title">
            <h2 id="settings-title">"Settings"</h2>
            <Rename/>
            <label class="switch">
                <input type="checkbox" role="switch" data-test="follow-toggle"
                    prop:checked=move || follows.get().unwrap_or(true)
                    on:change=move |event| state.tell(&ToWorker::SetFollowsHost { follows: event_target_checked(&event) })/>
                <span>
                    <b>"Follow the host"</b>
                    <span class="muted">"The host's panel may start and stop mining here, and send this node's money."</span>
                </span>
            </label>
            <label class="switch">
                <input type="checkbox" role="switch" data-test="offline-toggle"
                    prop:checked=move || offline.get().unwrap_or(false)
                    on:change=move |event| state.tell(&ToWorker::SetOnline { online: !event_target_checked(&event) })/>
                <span>
                    <b>"Work offline"</b>
                    <span class="muted">"Leave the network and go on alone, to see what a split does to a chain."</span>
                </span>
            </label>
            <Workers/>
            <PauseWhenHidden terms=state.terms
                change=Callback::new(move |on| state.change_terms(|terms| terms.pause_when_hidden = on))/>
            <PauseOnLowBattery terms=state.terms
                change=Callback::new(move |on| state.change_terms(|terms| terms.pause_on_low_battery = on))/>
            <AgreementState/>
            <CompareTips/>
            <Recovery/>
        </section>
    }
}

#[component]
pub fn PauseWhenHidden(terms: RwSignal<Terms>, change: Callback<bool>) -> impl IntoView {
    view! {
        <label class="switch">
            <input type="checkbox" role="switch" data-test="pause-hidden"
                prop:checked=move || terms.read().pause_when_hidden
                on:change=move |event| change.run(event_target_checked(&event))/>
            <span>
                <b>"Pause when hidden"</b>
                <span class="muted">"Miners rest while another tab or window covers this one."</span>
            </span>
        </label>
    }
}

#[component]
pub fn PauseOnLowBattery(terms: RwSignal<Terms>, change: Callback<bool>) -> impl IntoView {
    let state = expect_context::<NodeState>();
    let unknown = move || state.battery.get().is_none();
    let words = move || {
        if unknown() {
            "This browser does not tell pages about its battery.".to_owned()
        } else {
            format!("Miners rest at {:.0} % and below, unless it is charging.", LOW_BATTERY * 100.0)
        }
    };
    view! {
        <label class="switch">
            <input type="checkbox" role="switch" data-test="pause-battery" disabled=unknown
                prop:checked=move || terms.read().pause_on_low_battery && !unknown()
                on:change=move |event| change.run(event_target_checked(&event))/>
            <span><b>"Pause on low battery"</b><span class="muted">{words}</span></span>
        </label>
    }
}

/// Whether this browser's person has agreed to mining, and the way back.
#[component]
fn AgreementState() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let agreed = Memo::new(move |_| state.terms.read().agreement.is_given());
    view! {
        <p class="agreed" data-test="agreed" data-value=move || agreed.get().to_string()>
            <span class="muted">{move || if agreed.get() {
                "You agreed to mining on this device."
            } else {
                "Nothing mines here before you have agreed to it."
            }}</span>
            <Show when=move || agreed.get()>
                <button type="button" class="quiet" data-test="withdraw" on:click=move |_| state.withdraw_agreement()>
                    "Withdraw"
                </button>
            </Show>
        </p>
    }
}

#[component]
fn Rename() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let name = node_name(state);
    let draft = RwSignal::new(String::new());
    let answer = RwSignal::new(String::new());
    // A name that arrives replaces the draft; typing does not change the name until it is saved.
    Effect::new(move |_| draft.set(name.get().unwrap_or_default()));
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        let name = draft.get_untracked().trim().to_owned();
        if name.is_empty() || name.len() > MAX_NAME_BYTES {
            return answer.set("A name has 1 to 64 characters.".to_owned());
        }
        if name.chars().any(char::is_control) {
            return answer.set("A name is one line of ordinary characters.".to_owned());
        }
        state.ask(Command::Rename { name }, move |outcome| {
            answer.set(match outcome {
                Answer::Refused { reason } => format!("Not renamed: {reason}."),
                Answer::Accepted { .. } | Answer::Done => "Saved.".to_owned(),
            });
        });
    };
    view! {
        <form class="field" on:submit=submit autocomplete="off">
            <label class="label" for="node-name">"Name"</label>
            <span class="with-button">
                <input id="node-name" type="text" maxlength="32" data-test="name-field" spellcheck="false" bind:value=draft/>
                <button type="submit" data-test="save-name" disabled=move || name.get().is_none_or(|name| draft.read().trim() == name)>"Save"</button>
            </span>
            <span class="answer" role="status">{move || answer.get()}</span>
        </form>
    }
}
