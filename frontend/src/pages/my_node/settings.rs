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
use crate::text;

#[component]
pub fn Settings() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let follows = state.field(|view| view.follows_host);
    let offline = state.field(|view| view.uplink.state == UplinkState::Offline);
    view! {
        <section class="card settings" aria-labelledby="settings-title">
            <h2 id="settings-title">{text!("my-node-settings")}</h2>
            <Rename/>
            <label class="switch">
                <input type="checkbox" role="switch" data-test="follow-toggle"
                    prop:checked=move || follows.get().unwrap_or(true)
                    on:change=move |event| state.tell(&ToWorker::SetFollowsHost { follows: event_target_checked(&event) })/>
                <span>
                    <b>{text!("my-node-follow")}</b>
                    <span class="muted">{text!("my-node-follow-why")}</span>
                </span>
            </label>
            <label class="switch">
                <input type="checkbox" role="switch" data-test="offline-toggle"
                    prop:checked=move || offline.get().unwrap_or(false)
                    on:change=move |event| state.set_online(!event_target_checked(&event))/>
                <span>
                    <b>{text!("my-node-offline-switch")}</b>
                    <span class="muted">{text!("my-node-offline-why")}</span>
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
                <b>{text!("my-node-pause-hidden")}</b>
                <span class="muted">{text!("my-node-pause-hidden-why")}</span>
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
            text!("my-node-battery-unknown")
        } else {
            text!("my-node-battery-why", percent = (LOW_BATTERY * 100.0).round())
        }
    };
    view! {
        <label class="switch">
            <input type="checkbox" role="switch" data-test="pause-battery" disabled=unknown
                prop:checked=move || terms.read().pause_on_low_battery && !unknown()
                on:change=move |event| change.run(event_target_checked(&event))/>
            <span><b>{text!("my-node-pause-battery")}</b><span class="muted">{words}</span></span>
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
                text!("my-node-agreed")
            } else {
                text!("my-node-not-agreed")
            }}</span>
            <Show when=move || agreed.get()>
                <button type="button" class="quiet" data-test="withdraw" on:click=move |_| state.withdraw_agreement()>
                    {text!("my-node-withdraw")}
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
            return answer.set(text!("my-node-name-length"));
        }
        if name.chars().any(char::is_control) {
            return answer.set(text!("my-node-name-ordinary"));
        }
        state.ask(Command::Rename { name }, move |outcome| {
            answer.set(match outcome {
                Answer::Refused { reason } => text!("my-node-name-refused", reason = reason),
                Answer::Accepted { .. } | Answer::Done | Answer::Chain { .. } => text!("my-node-name-saved"),
            });
        });
    };
    view! {
        <form class="field" on:submit=submit autocomplete="off">
            <label class="label" for="node-name">{text!("my-node-name")}</label>
            <span class="with-button">
                <input id="node-name" type="text" maxlength="32" data-test="name-field" spellcheck="false" bind:value=draft/>
                <button type="submit" data-test="save-name" disabled=move || name.get().is_none_or(|name| draft.read().trim() == name)>{text!("my-node-name-save")}</button>
            </span>
            <span class="answer" role="status">{move || answer.get()}</span>
        </form>
    }
}
