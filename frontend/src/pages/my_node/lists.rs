//! What waits to be mined, and who this node is linked to.

use leptos::prelude::*;
use tabchain_shared::node::snapshot::{NodeKind, PeerView, TransactionView};
use tabchain_shared::primitives::Address;

use super::pay::{Names, Recipient};
use crate::components::rows::rows;
use crate::state::{Clock, NodeState};
use crate::text;
use crate::words;

#[component]
pub fn Mempool() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let size = state.snapshot(|snapshot| snapshot.mempool_size);
    let waiting = state.snapshot(|snapshot| snapshot.mempool.clone());
    let count = move || size.get().unwrap_or(0);
    let unlisted = move || count().saturating_sub(waiting.with(|waiting| waiting.as_ref().map_or(0, Vec::len)));
    view! {
        <section class="card mempool" aria-labelledby="mempool-title">
            <div class="card-head">
                <h2 id="mempool-title">{text!("my-node-waiting")}</h2>
                <span class="count" data-test="mempool-size" data-value=move || count().to_string()>
                    {move || words::grouped(count() as u64)}
                </span>
            </div>
            {move || (count() == 0).then(|| view! { <p class="empty">{text!("my-node-none-waits")}</p> })}
            <ul class="rows">
                {rows(
                    move || waiting.get().unwrap_or_default(),
                    |waiting| waiting.txid.to_string(),
                    |waiting| view! { <Waiting waiting/> },
                )}
            </ul>
            {move || (unlisted() > 0).then(|| view! { <p class="empty">{text!("my-node-waiting-more", count = unlisted())}</p> })}
        </section>
    }
}

#[component]
fn Waiting(waiting: TransactionView) -> impl IntoView {
    let state = expect_context::<NodeState>();
    let names = expect_context::<Names>();
    let me = state.snapshot(|snapshot| snapshot.address);
    let called = move |address: Address| {
        if me.get() == Some(address) { text!("my-node-you") } else { names.of(address) }
    };
    view! {
        <li>
            <span class="grow">
                {move || waiting.sender.map(called)}" → "{move || called(waiting.recipient)}
                <span class="muted">{(!waiting.memo.is_empty()).then(|| format!(" “{}”", waiting.memo))}</span>
            </span>
            <span class="amount">{words::coins(waiting.amount)}</span>
            <span class="muted">{text!("my-node-waiting-fee", fee = words::coins(waiting.fee))}</span>
        </li>
    }
}

#[component]
pub fn Peers() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let peers = state.snapshot(|snapshot| snapshot.peers.clone());
    let height = state.snapshot(|snapshot| snapshot.tip.height);
    let direct = state.field(|view| view.direct.clone());
    let count = move || peers.with(|peers| peers.as_ref().map_or(0, Vec::len));
    view! {
        <section class="card peers" aria-labelledby="peers-title">
            <div class="card-head">
                <h2 id="peers-title">{text!("my-node-linked")}</h2>
                <span class="count">{move || words::grouped(count() as u64)}</span>
            </div>
            {move || (count() == 0).then(|| view! { <p class="empty">{text!("my-node-none-linked")}</p> })}
            <ul class="rows">
                {rows(
                    move || peers.get().unwrap_or_default(),
                    |peer| format!("{} {}", peer.peer.0, peer.name),
                    move |peer| {
                        // A row stays while its node does, and with it the keyboard's place in the list.
                        let (id, last) = (peer.peer, peer.clone());
                        let now = Memo::new(move |_| {
                            let find = |peers: &Vec<PeerView>| peers.iter().find(|peer| peer.peer == id).cloned();
                            peers.with(|peers| peers.as_ref().and_then(find)).unwrap_or_else(|| last.clone())
                        });
                        let is_direct = move || {
                            direct.with(|nodes| nodes.as_ref().is_some_and(|nodes| nodes.contains(&peer.node)))
                        };
                        view! { <PeerRow peer=now height is_direct=Signal::derive(is_direct)/> }
                    },
                )}
            </ul>
        </section>
    }
}

#[component]
fn PeerRow(
    peer: Memo<PeerView>,
    #[prop(into)] height: Signal<Option<u32>>,
    /// Linked by a channel from browser to browser, and not by way of the relay.
    is_direct: Signal<bool>,
) -> impl IntoView {
    let clock = expect_context::<Clock>();
    let details = move || {
        let peer = peer.read();
        let shown_for = clock.millis_since(peer.tip_shown);
        let mut details = vec![standing(peer.height, height.get(), shown_for)];
        // To the relay itself there is no other way.
        if peer.kind == NodeKind::Tab {
            details.push(if is_direct.get() { text!("my-node-link-direct") } else { text!("my-node-link-carried") });
        }
        details.extend(peer.round_trip.map(|millis| text!("my-node-round-trip", millis = millis)));
        details.join(" · ")
    };
    let transport = move || if is_direct.get() { "webrtc" } else { "carried" };
    let recipient = expect_context::<Recipient>();
    let pay = move |_| recipient.choose(&peer.read_untracked().name);
    let spoken = move || text!("wallet-send-to-whom", name = peer.read().name.clone());
    let kind = move || match peer.read().kind {
        NodeKind::Tab => text!("my-node-kind-tab"),
        NodeKind::Relay => text!("my-node-kind-relay"),
    };
    view! {
        <li data-test="peer" data-transport=transport>
            <span class="grow">
                <b>{move || peer.read().name.clone()}</b>" "<span class="muted">{kind}</span>
                <span class="muted details">{details}</span>
            </span>
            <button type="button" class="quiet" data-test="send-to" on:click=pay aria-label=spoken>{text!("wallet-send-to")}</button>
        </li>
    }
}

/// A node tells of its tip when it has news. Who got a block from here has none and may well have taken it: so nobody is said to be
/// behind, but what it showed last, and how long ago, milliseconds.
fn standing(theirs: u32, ours: Option<u32>, shown_for: u64) -> String {
    match ours {
        Some(ours) if theirs < ours => {
            text!("my-node-peer-showed", height = theirs, ago = words::ago(shown_for))
        }
        Some(ours) if theirs > ours => text!("my-node-peer-ahead", height = theirs),
        _ => text!("my-node-peer-level"),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn nobody_is_said_to_be_behind_who_may_have_taken_what_was_sent() {
        assert_eq!(standing(7, Some(9), 180_000), "showed block 7 last, 3m ago");
        assert_eq!(standing(9, Some(9), 180_000), "same height");
        assert_eq!(standing(10, Some(9), 0), "ahead, at block 10");
    }
}
