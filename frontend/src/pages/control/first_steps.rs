//! What a host does first, until that was read: three steps, each ticked when the network shows that it has happened.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::Snapshot;

use crate::operator::{Operator, Peer};
use crate::text;

/// Where this browser keeps that its host needs the steps no more.
const READ_KEY: &str = "tabchain-first-steps-read";

/// What has happened, as far as the network shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Done {
    joined: bool,
    mines: bool,
    paid: bool,
}

impl Done {
    fn of(peers: &[Peer], status: Option<&Snapshot>) -> Self {
        let pays = |status: &Snapshot| {
            // A block holds its coinbase and payments.
            status.mempool_size > 0 || status.blocks.iter().any(|block| block.transaction_count > 1)
        };
        Self {
            joined: peers.iter().any(|peer| !peer.resident),
            mines: peers.iter().any(|peer| peer.mining == Some(true)) || status.is_some_and(|it| it.tip.height > 0),
            paid: status.is_some_and(pays),
        }
    }
}

#[component]
pub fn FirstSteps(peers: RwSignal<Vec<Peer>>, status: RwSignal<Option<Snapshot>>) -> impl IntoView {
    let operator = expect_context::<Operator>();
    let is_read = RwSignal::new(is_read());
    // There from the first moment on, so that nothing moves when the network has told of itself.
    let is_shown = Memo::new(move |_| operator.may_steer() && !is_read.get());
    // What has happened stays ticked: a class may go home.
    let done = Memo::new(move |before: Option<&Done>| {
        let before = before.copied().unwrap_or_default();
        let now = status.with(|status| peers.with(|peers| Done::of(peers, status.as_ref())));
        Done { joined: before.joined || now.joined, mines: before.mines || now.mines, paid: before.paid || now.paid }
    });
    let close = move |_| {
        is_read.set(true);
        keep_as_read();
    };
    let step = move |name: &'static str, title: String, how: String, is_done: fn(Done) -> bool| {
        let is_done = move || is_done(done.get());
        view! {
            <li data-test=format!("first-step-{name}") data-value=move || is_done().to_string() class:done=is_done>
                <span class="visually-hidden">{move || is_done().then(|| text!("control-step-done"))}" "</span>
                <b>{title}</b>
                <span class="muted">{how}</span>
            </li>
        }
    };
    move || {
        is_shown.get().then(|| {
            view! {
                <section class="card first-steps" aria-labelledby="first-steps-title" data-test="first-steps">
                    <div class="card-head">
                        <h2 id="first-steps-title">{text!("control-steps")}</h2>
                        <button type="button" class="quiet" data-test="first-steps-close" on:click=close>
                            {text!("control-steps-close")}
                        </button>
                    </div>
                    <ol>
                        {step("share", text!("control-step-share"), text!("control-step-share-how"), |done| done.joined)}
                        {step("mine", text!("control-step-mine"), text!("control-step-mine-how"), |done| done.mines)}
                        {step("pay", text!("control-step-pay"), text!("control-step-pay-how"), |done| done.paid)}
                    </ol>
                </section>
            }
        })
    }
}

/// Browsers that keep nothing for a page throw here.
fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

fn is_read() -> bool {
    storage().is_some_and(|storage| storage.get_item(READ_KEY).is_ok_and(|kept| kept.is_some()))
}

fn keep_as_read() {
    if let Some(storage) = storage() {
        let _ = storage.set_item(READ_KEY, "yes");
    }
}
