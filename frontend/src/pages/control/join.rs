//! How others get in: link and QR code, with an early word when the link leads nowhere but here.

use leptos::prelude::*;

use crate::components::copyable::Copyable;
use crate::components::qr_code::QrCode;

#[component]
pub fn Join() -> impl IntoView {
    let location = window().location();
    let link = location.origin().unwrap_or_default() + "/";
    let host = location.hostname().unwrap_or_default();
    let is_local = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    view! {
        <section class="card join" aria-labelledby="join-title">
            <h2 id="join-title">"Join"</h2>
            // A code that leads phones nowhere would only be tried.
            {(!is_local).then(|| view! { <div class="qr-frame"><QrCode text=link.clone()/></div> })}
            <Copyable text=link label="Join link" data_test="join-link"/>
            {is_local.then(|| view! {
                <p class="notice warn">
                    "Phones cannot open this link. Start the relay with "<code>"--host 0.0.0.0"</code>
                    " and open this panel by the machine's network address."
                </p>
            })}
        </section>
    }
}
