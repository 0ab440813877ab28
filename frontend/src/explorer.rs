//! The explorer is a program of its own: the first page that a person opens does not load it. The page has a place for it
//! ([`Explorer`]) and tells it what to show; the links in it are the page's.

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, HtmlScriptElement};

use crate::app::set_title;
use crate::browser;
use crate::language;
use crate::pages::explore;
use crate::state::Clock;
use crate::text;

const LOADER: &str = "/explorer_loader.js";
/// The element of the page in which the explorer is shown, and the script that loads its program.
const PLACE: &str = "explorer";
const SCRIPT: &str = "explorer-program";
/// Tells the explorer which path to show; an empty one if none.
const SHOW: &str = "tabchain-explore";

/// Where the page has the explorer.
#[component]
pub fn Explorer() -> impl IntoView {
    set_title(&text!("frame-explorer"));
    let path = use_location().pathname;
    let is_failed = RwSignal::new(false);
    load(is_failed);
    Effect::new(move |_| show(&path.get()));
    on_cleanup(|| show(""));
    view! {
        <div id=PLACE>
            <p class="lonely" role="status">
                {move || if is_failed.get() {
                    text!("frame-explorer-failed")
                } else {
                    text!("frame-explorer-loading")
                }}
            </p>
        </div>
    }
}

/// Loads the program, once in the page's life.
fn load(is_failed: RwSignal<bool>) {
    if document().get_element_by_id(SCRIPT).is_some() {
        return;
    }
    let script: HtmlScriptElement = document().create_element("script").expect("pages have scripts").unchecked_into();
    script.set_id(SCRIPT);
    script.set_type("module");
    script.set_src(LOADER);
    let failed = Closure::once_into_js(move || {
        is_failed.try_set(true);
        if let Some(script) = document().get_element_by_id(SCRIPT) {
            script.remove();
        }
    });
    script.set_onerror(Some(failed.unchecked_ref()));
    let head = document().head().expect("the page has a head");
    head.append_child(&script).expect("a head takes scripts");
}

fn show(path: &str) {
    let details = CustomEventInit::new();
    details.set_detail(&path.into());
    if let Ok(event) = CustomEvent::new_with_event_init_dict(SHOW, &details) {
        let _ = window().dispatch_event(&event);
    }
}

/// The explorer's program.
pub fn run() {
    std::panic::set_hook(Box::new(|panic| browser::log_error(&panic.to_string())));
    language::follow_the_page();
    wasm_bindgen_futures::spawn_local(async {
        language::prepare("/explore").await;
        start();
    });
}

fn start() {
    let path = ArcRwSignal::new(String::new());
    let host: HtmlElement = document().create_element("div").expect("pages have elements").unchecked_into();
    leptos::mount::mount_to(host.clone(), {
        let path = path.clone();
        move || {
            provide_context(Clock::start());
            move || {
                language::current();
                explore::page(&path.get())
            }
        }
    })
    .forget();
    let show = move |wanted: String| {
        if let Some(place) = document().get_element_by_id(PLACE).filter(|_| !wanted.is_empty()) {
            place.replace_children_with_node_1(&host);
        }
        path.set(wanted);
    };
    // The page has told it before this program was here.
    show(window().location().pathname().unwrap_or_default());
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        show(event.detail().as_string().unwrap_or_default());
    });
    let _ = window().add_event_listener_with_callback(SHOW, listener.as_ref().unchecked_ref());
    listener.forget();
}
