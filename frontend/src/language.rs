//! The language of the page: which one it is, its texts, and how it writes numbers and dates.
//!
//! Texts are files of Project Fluent under `frontend/locales`, a folder for each language and a file for each group of pages.
//! A tab fetches those of its language only (docs/decisions/0007-texts.md). The page's own script in `index.html` has chosen
//! the language and begun to fetch before any program is here; `<html lang>` says which.
//!
//! A change of language shows the page below the bar anew, as when the person had left it and come back. So whatever asks for
//! a text gets a plain `String` and need not listen for changes.

mod choice;
mod figures;
mod texts;

use js_sys::JsString;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Event, HtmlSelectElement};

pub use choice::Language;
pub use figures::{Fraction, ago, ahead, day_and_time, decimal_separator, duration, moment, number, time_of_day};
pub use texts::{Value, text};

/// Texts that every page needs: the frame, units, states.
const FRAME: &str = "frame";
/// Tells the page's other programs of a new language.
const CHANGED: &str = "tabchain-language";

thread_local! {
    static CHOSEN: ArcRwSignal<Language> = ArcRwSignal::new(Language::of_document());
}

/// The text of a key, with its arguments: `text!("frame-title", name = name)`. The key is a literal, so that a test can look
/// each one up in every language.
#[macro_export]
macro_rules! text {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::language::text($key, &[$((stringify!($name), $crate::language::Value::from($value))),*])
    };
}

fn chosen() -> ArcRwSignal<Language> {
    CHOSEN.with(Clone::clone)
}

/// The language of what is shown. A closure that asks for it runs again when it changes.
pub fn current() -> Language {
    chosen().get()
}

/// A text in capital letters. The browser knows all of Unicode's; a table of our own would be loaded with the page.
pub fn upper_case(text: &str) -> String {
    JsString::from(text).to_upper_case().into()
}

/// Fetches what a program needs before it shows anything: the frame's texts and these files.
pub async fn prepare(files: &[&'static str]) {
    texts::load(&[&[FRAME], files].concat()).await;
}

/// Shows everything in the document's new language from now on.
async fn change() {
    texts::load(&[]).await;
    figures::forget();
    chosen().set(Language::of_document());
}

/// A program beside the page's own takes on the language that the person chooses there.
pub fn follow_the_page() {
    let listener = Closure::<dyn FnMut(Event)>::new(|_| leptos::task::spawn_local(change()));
    let _ = window().add_event_listener_with_callback(CHANGED, listener.as_ref().unchecked_ref());
    // It lives as long as the page.
    listener.forget();
}

/// Where a page begins that the person may come to from another one: it is shown once its texts are here.
#[component]
pub fn WithTexts(
    /// Beside the frame's.
    files: &'static [&'static str],
    children: ChildrenFn,
) -> impl IntoView {
    let is_here = RwSignal::new(texts::has(files));
    if !is_here.get_untracked() {
        leptos::task::spawn_local(async move {
            prepare(files).await;
            is_here.try_set(true);
        });
    }
    view! { <Show when=move || is_here.get()>{children()}</Show> }
}

fn current_untracked() -> Language {
    chosen().get_untracked()
}

/// The choice of a language, each by its own name for itself.
#[component]
pub fn LanguageChoice() -> impl IntoView {
    let choose = move |event: Event| {
        let select: HtmlSelectElement = event_target(&event);
        let Some(language) = Language::by_tag(&select.value()) else { return };
        leptos::task::spawn_local(async move {
            language.keep();
            change().await;
            if let Ok(event) = Event::new(CHANGED) {
                let _ = window().dispatch_event(&event);
            }
        });
    };
    let options = Language::ALL.map(|language| {
        let is_current = move || current() == language;
        view! { <option value=language.tag() lang=language.tag() selected=is_current>{language.name()}</option> }
    });
    view! {
        <select class="language" data-test="language" on:change=choose
            aria-label=move || { current(); text!("frame-language") }>
            {options}
        </select>
    }
}
