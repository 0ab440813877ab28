//! What the forms of the live experiments have in common: who plays, with how much of the work, and one button that begins and ends; and how
//! they show figures.

use leptos::ev::SubmitEvent;
use leptos::prelude::*;

use super::board::Board;
use crate::text;
use crate::words;

/// A line among what has come of it.
pub fn figure(label: String, test: &'static str, value: impl IntoView) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">{label}</th>
            <td data-test=test>{value}</td>
        </tr>
    }
}

pub fn range(low: f64, high: f64) -> String {
    text!("experiments-live-range", low = words::percent(low), high = words::percent(high))
}

/// The words on the button.
pub struct Labels {
    pub start: String,
    pub stop: String,
}

/// A form whose own fields are the children. The last one is the player's percent of the hash rate.
#[component]
pub fn Orders(
    title: String,
    percent: RwSignal<String>,
    percent_test: &'static str,
    button_test: &'static str,
    labels: Labels,
    is_running: Memo<bool>,
    start: Callback<()>,
    stop: Callback<()>,
    children: Children,
) -> impl IntoView {
    let board = expect_context::<Board>();
    let locked = move || !board.operator.may_steer() || board.is_ordering.get();
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_running.get_untracked() { stop.run(()) } else { start.run(()) }
    };
    view! {
        <form on:submit=submit>
            <fieldset class="orders experiment-fields" disabled=locked>
                <legend class="visually-hidden">{title}</legend>
                {children()}
                <label class="field">
                    <span class="label">{text!("experiments-live-percent")}</span>
                    <input type="text" inputmode="decimal" data-test=percent_test disabled=move || is_running.get()
                        bind:value=percent/>
                </label>
            </fieldset>
            <p class="buttons">
                <button type="submit" class="primary" data-test=button_test disabled=locked>
                    {move || if is_running.get() { labels.stop.clone() } else { labels.start.clone() }}
                </button>
            </p>
        </form>
    }
}
