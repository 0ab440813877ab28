//! What is decided once, if ever: name, host, workers, working offline.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::wire::message::MAX_NAME_BYTES;

use super::node_name;
use super::workers::Workers;
use crate::bridge::{ToWorker, UplinkState};
use crate::state::NodeState;

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
        </section>
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
                <button type="submit" disabled=move || name.get().is_none_or(|name| draft.read().trim() == name)>"Save"</button>
            </span>
            <span class="answer" role="status">{move || answer.get()}</span>
        </form>
    }
}
