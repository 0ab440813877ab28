//! `/lab`: experiments on simulated networks of real nodes, each figure with its confidence band beside what theory says.
//!
//! A worker of its own (`tabchain-lab`) runs them; the page chooses, asks, and shows what it is told. What comes of a run is the
//! same to the byte as on the command line, and can be taken along as a sealed report.

mod file;
mod form;
mod outcome;
mod presets;
mod session;

use leptos::prelude::*;

use crate::app::set_title;
use crate::text;
use file::OpenFile;
use form::Form;
use outcome::Outcome;
use presets::Choice;
use session::{Session, State};

#[component]
pub fn Experiments() -> impl IntoView {
    set_title(&text!("experiments-title"));
    let session = Session::start();
    provide_context(session);
    let is_loading = Memo::new(move |_| session.state.get() == State::Loading);
    let is_told = Memo::new(move |_| session.presets.with(|presets| !presets.is_empty()));
    view! {
        <div class="experiments">
            <div class="lab-head">
                <h1>{text!("experiments-title")}</h1>
                <p class="muted">{text!("experiments-what")}</p>
                <p class="links-on">
                    <a href="/lab/live">{text!("experiments-to-live")}</a>" "
                    <a href="/lab/pow">{text!("experiments-to-pow")}</a>
                </p>
            </div>
            {move || session.is_failed().then(|| view! {
                <p class="notice bad wide" role="alert">{text!("experiments-no-worker")}</p>
            })}
            // The worker knows the experiments: until it has told, nothing is shown that what it tells would move.
            {move || is_loading.get().then(|| view! { <p class="muted wide" role="status">{text!("experiments-loading")}</p> })}
            {move || is_told.get().then(|| view! { <Workbench/> })}
        </div>
    }
}

#[component]
fn Workbench() -> impl IntoView {
    view! {
        <Choice/>
        <section class="card experiment-settings" aria-labelledby="settings-title">
            <h2 id="settings-title">{text!("experiments-settings")}</h2>
            <Form/>
            <Run/>
        </section>
        <Outcome/>
        <OpenFile/>
    }
}

/// Starts and stops, and says how far it is.
#[component]
fn Run() -> impl IntoView {
    let session = expect_context::<Session>();
    let press = move |_| if session.is_running() { session.stop() } else { session.run() };
    let label = move || if session.is_running() { text!("experiments-stop") } else { text!("experiments-run") };
    let progress = move || session.measured.with(|measured| measured.as_ref().map(|it| it.results.progress));
    let said = move || match (session.state.get(), progress()) {
        (State::Running, None) => text!("experiments-begins"),
        (State::Running, Some(progress)) => {
            text!("experiments-progress", done = progress.done, jobs = progress.jobs)
        }
        (State::Stopped, Some(progress)) => text!("experiments-stopped", done = progress.done, jobs = progress.jobs),
        (State::Done, _) => text!("experiments-done"),
        _ => String::new(),
    };
    view! {
        <p class="buttons">
            <button type="button" class="primary" data-test="experiment-run" on:click=press disabled=move || session.is_failed()>
                {label}
            </button>
        </p>
        {move || session.is_running().then(|| view! {
            <progress max=move || progress().map_or(1, |progress| progress.jobs)
                value=move || progress().map_or(0, |progress| progress.done)
                aria-label=text!("experiments-how-far")/>
        })}
        <p class="muted" role="status" data-test="experiment-state" data-value=move || session.state.get().name()>{said}</p>
    }
}
