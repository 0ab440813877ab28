//! For an address that is no page.

use leptos::prelude::*;

use crate::app::set_title;
use crate::text;

#[component]
pub fn NotFound() -> impl IntoView {
    set_title(&text!("frame-not-found"));
    view! {
        <section class="lonely" data-test="no-page">
            <h1>{text!("frame-not-found-title")}</h1>
            <p>{text!("frame-not-found-why")}</p>
            <p><a class="button primary" href="/">{text!("frame-to-my-node")}</a></p>
        </section>
    }
}
