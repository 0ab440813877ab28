//! The page's end: where it shows the lessons, what it tells them of its node, and what it does for them. It does for them what
//! its own buttons do and no more.

use leptos::prelude::*;

use super::wire::{ToLessons, ToPage, on_lessons, tell_lessons};
use crate::pages::my_node::agreement::{AgreementDialog, Question};
use crate::programs::{LESSONS, Place};
use crate::state::NodeState;

#[component]
pub fn Lessons() -> impl IntoView {
    let state = expect_context::<NodeState>();
    state.start();
    let question = Question::for_one_block();
    provide_context(question);
    Effect::new(move |_| {
        state.view.track();
        show(state);
    });
    let listening = on_lessons(move |message| match message {
        ToPage::Ready => show(state),
        ToPage::Command { id, command } => {
            state.ask(command, move |answer| tell_lessons(&ToLessons::Answer { id, answer }));
        }
        ToPage::Replace { id, txid, fee } => {
            state.replace(txid, fee, move |answer| tell_lessons(&ToLessons::Answer { id, answer }));
        }
        ToPage::Tree { id, question } => leptos::task::spawn_local(async move {
            let answer = state.ask_tree(question).await;
            tell_lessons(&ToLessons::Tree { id, answer });
        }),
        ToPage::SetOnline { online } => state.set_online(online),
        ToPage::AskToMine => question.ask(),
    });
    on_cleanup(move || listening.remove());
    view! {
        <Place program=&LESSONS/>
        <AgreementDialog/>
    }
}

fn show(state: NodeState) {
    state.view.with_untracked(|view| {
        if let Some(view) = view {
            let network = state.network().map(Box::new);
            tell_lessons(&ToLessons::Shown { view: Box::new(view.clone()), network });
        }
    });
}
