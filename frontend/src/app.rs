//! The page's frame: the bar on top, and which page is below it.

use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_router::components::{A, FlatRoutes, Route, Router};
use leptos_router::path;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::browser;
use crate::language::{self, LanguageChoice, WithTexts};
use crate::lessons::host::Lessons;
use crate::operator;
use crate::pages::my_node::MyNode;
use crate::pages::not_found::NotFound;
use crate::programs::{self, EXPLORER, LAB, PANEL, Place};
use crate::rest;
use crate::state::{Clock, NodeState};
use crate::text;

/// What is below the bar, in the document.
const CONTENT: &str = "content";

/// The files of texts of a node's page.
const MY_NODE_TEXTS: &[&str] = &["my_node", "wallet", "tree"];

/// What the page itself says beside the lessons: whether this device may mine.
const LESSONS_TEXTS: &[&str] = &["my_node"];

/// The page's program.
pub fn run() {
    std::panic::set_hook(Box::new(|panic| browser::log_error(&panic.to_string())));
    // Before anything is shown: the token must not stay in the address bar.
    operator::take_token();
    let path = window().location().pathname().unwrap_or_default();
    let is_my_node = !programs::owns(&path);
    let texts = if is_my_node { MY_NODE_TEXTS } else { &[] };
    wasm_bindgen_futures::spawn_local(async move {
        language::prepare(texts).await;
        // A node's page is what first links lead to, and begins without it. Another one would call it as it begins, and wait.
        if !is_my_node {
            rest::is_loaded().await;
        }
        if let Some(first_paint) = document().get_element_by_id("first-paint") {
            first_paint.remove();
        }
        leptos::mount::mount_to_body(App);
    });
}

#[component]
fn App() -> impl IntoView {
    provide_context(NodeState::new());
    provide_context(Clock::start());
    view! {
        <Router>
            <SkipLink/>
            <header class="bar">
                <a class="brand" href="/" aria-label="Tabchain">
                    <BrandMark/>
                    <span>"Tabchain"</span>
                </a>
                <Navigation/>
                <LanguageChoice/>
            </header>
            <main id=CONTENT tabindex="-1">{move || {
                language::current();
                view! {
                    <FlatRoutes fallback=NotFound>
                        <Route path=path!("/") view=|| view! { <WithTexts files=MY_NODE_TEXTS><MyNode/></WithTexts> }/>
                        <Route path=path!("/control") view=|| view! { <Place program=&PANEL/> }/>
                        // One route each, so that a program stays when it leads to another of its pages.
                        <Route path=path!("/explore/*rest") view=|| view! { <Place program=&EXPLORER/> }/>
                        <Route path=path!("/learn/*rest") view=|| view! { <WithTexts files=LESSONS_TEXTS><Lessons/></WithTexts> }/>
                        <Route path=path!("/lab/*rest") view=|| view! { <Place program=&LAB/> }/>
                    </FlatRoutes>
                }
            }}</main>
        </Router>
    }
}

/// The first thing that the tab key comes to: past the bar. The focus moves, too, which an address with `#` alone does not do where
/// a router takes the press.
#[component]
fn SkipLink() -> impl IntoView {
    let skip = move |event: MouseEvent| {
        event.prevent_default();
        if let Some(content) = document().get_element_by_id(CONTENT)
            && let Ok(content) = content.dyn_into::<HtmlElement>()
        {
            let _ = content.focus();
        }
    };
    move || {
        language::current();
        view! { <a class="skip" href=format!("#{CONTENT}") data-test="skip" on:click=skip>{text!("frame-skip")}</a> }
    }
}

#[component]
fn Navigation() -> impl IntoView {
    move || {
        language::current();
        view! {
            <nav aria-label=text!("frame-pages")>
                <A href="/" exact=true>{text!("frame-my-node")}</A>
                <A href="/control">{text!("frame-control")}</A>
                <A href="/explore">{text!("frame-explorer")}</A>
                <A href="/learn">{text!("frame-learn")}</A>
                <A href="/lab">{text!("frame-lab")}</A>
            </nav>
        }
    }
}

/// Two linked blocks, as in the favicon.
#[component]
fn BrandMark() -> impl IntoView {
    view! {
        <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
            <path d="M10 16h12" class="brand-link"/>
            <rect x="2" y="10" width="12" height="12" rx="3" class="brand-first"/>
            <rect x="18" y="10" width="12" height="12" rx="3" class="brand-second"/>
        </svg>
    }
}

/// Puts the page's name into the tab's title.
pub fn set_title(name: &str) {
    document().set_title(&format!("{name} · Tabchain"));
}
