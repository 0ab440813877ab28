//! Text that a person wants to take elsewhere. The clipboard interface needs a secure context, which a classroom LAN is
//! not: there, the text is selected, ready for the keyboard or the phone's own menu.

use crate::text;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Clipboard;

#[component]
pub fn Copyable(
    #[prop(into)] text: Signal<String>,
    /// What the text is, for those who cannot see it.
    #[prop(into)]
    label: String,
    data_test: &'static str,
) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let done = RwSignal::new(None::<String>);
    let copy = move |_| {
        leptos::task::spawn_local(async move {
            let copied = write_to_clipboard(&text.get_untracked()).await;
            if !copied && let Some(field) = field.get_untracked() {
                let _ = field.focus();
                field.select();
            }
            // Answers in two words for a moment.
            done.set(Some(if copied { text!("frame-copied") } else { text!("frame-selected") }));
            gloo_timers::future::TimeoutFuture::new(1_600).await;
            done.set(None);
        });
    };
    view! {
        <span class="copyable" data-test=data_test data-value=move || text.get()>
            <input node_ref=field type="text" readonly aria-label=label prop:value=move || text.get() size="12"/>
            <button type="button" on:click=copy>{move || done.get().unwrap_or_else(|| text!("frame-copy"))}</button>
        </span>
    }
}

async fn write_to_clipboard(text: &str) -> bool {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or_default();
    if clipboard.is_undefined() {
        return false;
    }
    wasm_bindgen_futures::JsFuture::from(clipboard.unchecked_into::<Clipboard>().write_text(text)).await.is_ok()
}
