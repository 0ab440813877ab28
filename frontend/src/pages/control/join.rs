//! How others get in: link and QR code, with an early word when the link leads nowhere but here. Who comes by the link for
//! mining need not be asked on their device, and is told there what they agreed to.

use leptos::html::Dialog;
use leptos::prelude::*;

use crate::components::copyable::Copyable;
use crate::components::qr_code::QrCode;
use crate::text;

#[component]
pub fn Join() -> impl IntoView {
    let location = window().location();
    let origin = location.origin().unwrap_or_default();
    let host = location.hostname().unwrap_or_default();
    let is_local = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
    let mines = RwSignal::new(true);
    let link = Memo::new(move |_| if mines.get() { format!("{origin}/?mine") } else { format!("{origin}/") });
    let choice = move |name: String, value: bool, mark: &'static str| {
        view! {
            <button type="button" class="quiet" data-test=mark aria-pressed=move || (mines.get() == value).to_string()
                on:click=move |_| mines.set(value)>{name}</button>
        }
    };
    let large = NodeRef::<Dialog>::new();
    let enlarge = move |_| {
        if let Some(large) = large.get_untracked() {
            // Fails only for one that is open.
            let _ = large.show_modal();
        }
    };
    view! {
        <section class="card join" aria-labelledby="join-title">
            <h2 id="join-title">{text!("control-join")}</h2>
            <div class="segments" role="group" aria-label=text!("control-join-for")>
                {choice(text!("control-join-to-mine"), true, "join-to-mine")}
                {choice(text!("control-join-to-watch"), false, "join-to-watch")}
            </div>
            // A code that leads phones nowhere would only be tried.
            {if is_local {
                view! { <p class="notice warn" data-test="join-local">{text!("control-join-local", flag = "--host 0.0.0.0")}</p> }.into_any()
            } else {
                view! {
                    <div class="qr-frame"><QrCode text=link label=text!("frame-qr")/></div>
                    <button type="button" class="quiet" data-test="join-large" on:click=enlarge>{text!("control-join-large")}</button>
                    <dialog node_ref=large class="big-join" aria-label=text!("control-join") data-test="join-dialog">
                        <QrCode text=link label=text!("frame-qr")/>
                        <p class="link">{link}</p>
                        <form method="dialog"><button>{text!("control-join-close")}</button></form>
                    </dialog>
                }.into_any()
            }}
            <Copyable text=link label=text!("control-join-link") data_test="join-link"/>
            <p class="muted small">{move || if mines.get() {
                text!("control-join-mines")
            } else {
                text!("control-join-asks")
            }}</p>
        </section>
    }
}
