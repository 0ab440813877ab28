//! A file that somebody brings: an experiment to run, or a sealed report to judge by running it again.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, File, HtmlInputElement};

use super::session::{Opened, Session};
use crate::text;

#[component]
pub fn OpenFile() -> impl IntoView {
    let session = expect_context::<Session>();
    let is_over = RwSignal::new(false);
    let choose = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            read(session, file);
        }
        // The same file can be chosen once more.
        input.set_value("");
    };
    let over = move |event: DragEvent| {
        event.prevent_default();
        is_over.set(true);
    };
    let drop = move |event: DragEvent| {
        event.prevent_default();
        is_over.set(false);
        if let Some(file) = event.data_transfer().and_then(|data| data.files()).and_then(|files| files.get(0)) {
            read(session, file);
        }
    };
    view! {
        <section class="card drop-zone" aria-labelledby="open-title" class:over=is_over on:dragover=over
            on:dragleave=move |_| is_over.set(false) on:drop=drop>
            <h2 id="open-title">{text!("experiments-open-title")}</h2>
            <p>{text!("experiments-open-what")}</p>
            <p>
                <label class="button" for="open-file">{text!("experiments-open")}</label>
                <input id="open-file" class="visually-hidden" type="file" accept=".json,.toml" data-test="open-file" on:change=choose/>
            </p>
            <p class="answer" role="status" data-test="opened" data-tone=move || session.opened.with(|opened| tone(opened.as_ref()))
                data-value=move || session.opened.with(|opened| opened.as_ref().map(name))>
                {move || session.opened.with(|opened| opened.as_ref().map(said))}
            </p>
        </section>
    }
}

fn read(session: Session, file: File) {
    leptos::task::spawn_local(async move {
        let text = JsFuture::from(file.text()).await.ok().and_then(|text: JsValue| text.as_string());
        if session.state.is_disposed() {
            return;
        }
        match text {
            Some(text) => session.read(text),
            None => session.opened.set(Some(Opened::Refused { reason: text!("experiments-unreadable") })),
        }
    });
}

fn tone(opened: Option<&Opened>) -> &'static str {
    match opened {
        Some(Opened::Holds { .. } | Opened::Spec { .. }) => "good",
        Some(Opened::Doubtful { .. } | Opened::Refused { .. }) => "bad",
        Some(Opened::Repeating { .. }) | None => "",
    }
}

/// For tests of the page.
fn name(opened: &Opened) -> &'static str {
    match opened {
        Opened::Repeating { .. } => "repeating",
        Opened::Holds { .. } => "holds",
        Opened::Doubtful { .. } => "doubtful",
        Opened::Spec { .. } => "spec",
        Opened::Refused { .. } => "refused",
    }
}

fn said(opened: &Opened) -> String {
    match opened {
        Opened::Repeating { done, jobs } => text!("experiments-repeating", done = *done, jobs = *jobs),
        Opened::Holds { title } => text!("experiments-holds", title = title.as_str()),
        Opened::Doubtful { reason } => text!("experiments-doubtful", reason = reason.as_str()),
        Opened::Spec { title } => text!("experiments-spec", title = title.as_str()),
        Opened::Refused { reason } => text!("experiments-refused", reason = reason.as_str()),
    }
}
