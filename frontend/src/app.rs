//! The page's frame: the bar on top, and which page is below it.

use leptos::prelude::*;
use leptos_router::components::{A, FlatRoutes, Route, Router};
use leptos_router::path;

use crate::browser;
use crate::explorer::Explorer;
use crate::language::{self, LanguageChoice, WithTexts};
use crate::operator::Operator;
use crate::pages::control::Control;
use crate::pages::my_node::MyNode;
use crate::pages::not_found::NotFound;
use crate::pages::pow_lab::PowLab;
use crate::state::{Clock, NodeState};
use crate::text;

/// The page's program.
pub fn run() {
    std::panic::set_hook(Box::new(|panic| browser::log_error(&panic.to_string())));
    // Before anything is shown: the token must not stay in the address bar.
    let operator = Operator::from_address_bar();
    let path = window().location().pathname().unwrap_or_default();
    wasm_bindgen_futures::spawn_local(async move {
        language::prepare(&path).await;
        leptos::mount::mount_to_body(move || view! { <App operator/> });
    });
}

#[component]
fn App(operator: Operator) -> impl IntoView {
    provide_context(NodeState::new());
    provide_context(Clock::start());
    provide_context(operator);
    view! {
        <Router>
            <header class="bar">
                <a class="brand" href="/" aria-label="Tabchain">
                    <BrandMark/>
                    <span>"Tabchain"</span>
                </a>
                <Navigation/>
                <LanguageChoice/>
            </header>
            <main>{move || {
                language::current();
                view! {
                    <FlatRoutes fallback=NotFound>
                        <Route path=path!("/") view=|| view! { <WithTexts of="/"><MyNode/></WithTexts> }/>
                        <Route path=path!("/control") view=|| view! { <WithTexts of="/control"><Control/></WithTexts> }/>
                        // One route, so that the explorer stays when it leads to another of its pages.
                        <Route path=path!("/explore/*rest") view=Explorer/>
                        <Route path=path!("/lab/pow") view=|| view! { <WithTexts of="/lab"><PowLab/></WithTexts> }/>
                    </FlatRoutes>
                }
            }}</main>
        </Router>
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
                <A href="/lab/pow">{text!("frame-lab")}</A>
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
