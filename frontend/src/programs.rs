//! Pages that few need at once are programs of their own, so that the first page that a person opens does not load them. The page
//! has a place for each ([`Place`]), loads its program once ([`Program`]) and tells it which path to show; the links in it are the
//! page's. A program ([`run`]) keeps its element while another page is shown, and what it loaded.
//!
//! What the page and a program both hold, such as the host's token, is in the browser's storage: nothing else is shared. The
//! lessons act on the tab's node, which the page has: see [`crate::lessons`].

use leptos::prelude::*;
use leptos_router::hooks::use_location;
use wasm_bindgen::prelude::*;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, HtmlScriptElement};

use crate::app::set_title;
use crate::browser;
use crate::language;
use crate::lessons::course::Course;
use crate::operator::Operator;
use crate::pages;
use crate::state::Clock;
use crate::text;

/// A part of the page that is loaded when it is wanted. `index.html` has it built under its name.
#[derive(Debug, PartialEq, Eq)]
pub struct Program {
    /// Of the binary in `src/bin/`, and of the element in which it is shown.
    name: &'static str,
    /// What paths of its pages begin with.
    path: &'static str,
    /// The files of texts that it needs beside the frame's; `index.html` fetches the same.
    texts: &'static [&'static str],
}

pub const EXPLORER: Program = Program { name: "explorer", path: "/explore", texts: &["explore"] };
pub const PANEL: Program = Program { name: "panel", path: "/control", texts: &["control", "network", "tree"] };
pub const LAB: Program = Program { name: "lab", path: "/lab", texts: &["lab", "experiments"] };
pub const LESSONS: Program = Program { name: "lessons", path: "/learn", texts: &["learn"] };

/// Whether what is shown at a path is one of the programs.
pub fn owns(path: &str) -> bool {
    [EXPLORER, PANEL, LAB, LESSONS].iter().any(|program| path.starts_with(program.path))
}

impl Program {
    /// Of the tab until the program says more.
    fn title(&self) -> String {
        match *self {
            EXPLORER => text!("frame-explorer"),
            PANEL => text!("frame-control"),
            LESSONS => text!("frame-learn"),
            _ => text!("frame-lab"),
        }
    }

    fn loader(&self) -> String {
        format!("/{}_loader.js", self.name)
    }

    /// The script that loads it.
    fn script(&self) -> String {
        format!("{}-program", self.name)
    }

    /// The event that tells it which path to show; an empty one if none.
    fn show_event(&self) -> String {
        format!("tabchain-show-{}", self.name)
    }

    /// Loads it, once in the page's life.
    fn load(&'static self, is_failed: RwSignal<bool>) {
        if document().get_element_by_id(&self.script()).is_some() {
            return;
        }
        let script: HtmlScriptElement =
            document().create_element("script").expect("pages have scripts").unchecked_into();
        script.set_id(&self.script());
        script.set_type("module");
        script.set_src(&self.loader());
        let failed = Closure::once_into_js(move || {
            is_failed.try_set(true);
            if let Some(script) = document().get_element_by_id(&self.script()) {
                script.remove();
            }
        });
        script.set_onerror(Some(failed.unchecked_ref()));
        let head = document().head().expect("the page has a head");
        head.append_child(&script).expect("a head takes scripts");
    }

    fn show(&self, path: &str) {
        let details = CustomEventInit::new();
        details.set_detail(&path.into());
        if let Ok(event) = CustomEvent::new_with_event_init_dict(&self.show_event(), &details) {
            let _ = window().dispatch_event(&event);
        }
    }
}

/// Where the page has a program.
#[component]
pub fn Place(program: &'static Program) -> impl IntoView {
    set_title(&program.title());
    let path = use_location().pathname;
    let is_failed = RwSignal::new(false);
    program.load(is_failed);
    Effect::new(move |_| program.show(&path.get()));
    on_cleanup(|| program.show(""));
    view! {
        <div id=program.name>
            <p class="lonely" role="status">
                {move || if is_failed.get() { text!("frame-page-failed") } else { text!("frame-page-loading") }}
            </p>
        </div>
    }
}

/// The explorer's program.
pub fn run_explorer() {
    run(&EXPLORER, pages::explore::page);
}

/// The control panel's.
pub fn run_panel() {
    let operator = Operator::of_this_tab();
    run(&PANEL, move |_| {
        provide_context(operator);
        view! { <pages::control::Control/> }.into_any()
    });
}

/// The lab's.
pub fn run_lab() {
    run(&LAB, pages::lab::page);
}

/// The lessons'.
pub fn run_lessons() {
    let course = Course::begin();
    run(&LESSONS, move |path| {
        provide_context(course);
        pages::learn::page(path)
    });
}

/// A program: shows what `page` makes of each path, in its place.
fn run(program: &'static Program, page: impl Fn(&str) -> AnyView + Send + Sync + 'static) {
    std::panic::set_hook(Box::new(|panic| browser::log_error(&panic.to_string())));
    language::follow_the_page();
    wasm_bindgen_futures::spawn_local(async move {
        language::prepare(program.texts).await;
        start(program, page);
    });
}

fn start(program: &'static Program, page: impl Fn(&str) -> AnyView + Send + Sync + 'static) {
    let path = ArcRwSignal::new(String::new());
    let host: HtmlElement = document().create_element("div").expect("pages have elements").unchecked_into();
    leptos::mount::mount_to(host.clone(), {
        let path = path.clone();
        move || {
            provide_context(Clock::start());
            move || {
                language::current();
                Some(path.get()).filter(|path| !path.is_empty()).map(|path| page(&path))
            }
        }
    })
    .forget();
    let show = move |wanted: String| {
        if let Some(place) = document().get_element_by_id(program.name).filter(|_| !wanted.is_empty()) {
            place.replace_children_with_node_1(&host);
        }
        path.set(wanted);
    };
    // The page has told it before this program was here, if it still shows it.
    if document().get_element_by_id(program.name).is_some() {
        show(window().location().pathname().unwrap_or_default());
    }
    let listener = Closure::<dyn FnMut(CustomEvent)>::new(move |event: CustomEvent| {
        show(event.detail().as_string().unwrap_or_default());
    });
    let _ = window().add_event_listener_with_callback(&program.show_event(), listener.as_ref().unchecked_ref());
    listener.forget();
}
