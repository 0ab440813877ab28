//! For an address that is no page.

use leptos::prelude::*;

use crate::app::set_title;

#[component]
pub fn NotFound() -> impl IntoView {
    set_title("Not found");
    view! {
        <section class="lonely" data-test="no-page">
            <h1>"There is no page here"</h1>
            <p>"The address may be mistyped. Everything that there is can be reached from the bar above."</p>
            <p><a class="button primary" href="/">"To my node"</a></p>
        </section>
    }
}
