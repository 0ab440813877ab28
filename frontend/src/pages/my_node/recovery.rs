//! The node's key as words that a person writes down, and the way back from such words to a key.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;
use tabchain_shared::node::io::Answer;

use crate::bridge::ToWorker;
use crate::state::NodeState;

#[component]
pub fn Recovery() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let there_is_a_node = state.snapshot(|_| ());
    let toggle = move |_| {
        if state.phrase.read_untracked().is_some() {
            state.phrase.set(None);
        } else {
            state.tell(&ToWorker::ShowPhrase);
        }
    };
    let shown = Memo::new(move |_| state.phrase.read().is_some());
    view! {
        <div class="field recovery">
            <span class="label">"Recovery phrase"</span>
            <p class="muted">
                "24 words that are this node's key. With them its money can be reached when this browser's data is gone; whoever \
                 reads them can spend it."
            </p>
            <Words/>
            <span class="buttons">
                <button type="button" class="quiet" data-test="show-phrase" on:click=toggle
                    disabled=move || there_is_a_node.get().is_none()>
                    {move || if shown.get() { "Hide the words" } else { "Show the words" }}
                </button>
            </span>
            <Restore/>
        </div>
    }
}

/// Numbered, because their order is part of the key.
#[component]
fn Words() -> impl IntoView {
    let state = expect_context::<NodeState>();
    move || {
        state.phrase.get().map(|phrase| {
            let words = phrase.split(' ').map(|word| view! { <li>{word.to_owned()}</li> }).collect_view();
            view! { <ol class="words" data-test="phrase" data-value=phrase.clone()>{words}</ol> }
        })
    }
}

#[component]
fn Restore() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let draft = RwSignal::new(String::new());
    let answer = RwSignal::new(String::new());
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        state.restore_key(draft.get_untracked(), move |outcome| match outcome {
            Answer::Refused { reason } => answer.set(format!("Not replaced: {reason}.")),
            Answer::Accepted { .. } | Answer::Done => {
                // The node starts anew with its new key.
                let _ = window().location().reload();
            }
        });
    };
    view! {
        <details class="more">
            <summary data-test="restore-open">"Use a key that you have written down"</summary>
            <form on:submit=submit autocomplete="off">
                <p class="notice warn">
                    "This replaces the key of this node. Write its own words down first: without them the money that it has now \
                     is lost for good."
                </p>
                <input type="text" data-test="restore-phrase" aria-label="The 24 words" placeholder="24 words" spellcheck="false"
                    autocapitalize="none" bind:value=draft/>
                <button type="submit" class="quiet" data-test="restore" disabled=move || draft.read().trim().is_empty()>
                    "Replace this node's key"
                </button>
                <span class="answer" role="status" data-test="restore-answer">{move || answer.get()}</span>
            </form>
        </details>
    }
}
