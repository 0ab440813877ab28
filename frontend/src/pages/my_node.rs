//! `/`: this tab's node. First the one thing to press and how it goes; below it the money, the blocks, and what else the
//! node knows.

pub mod agreement;
mod compare;
mod interference;
mod lists;
mod mining;
mod notices;
mod pay;
mod payments;
mod recovery;
mod replaced;
mod settings;
mod workers;

use leptos::prelude::*;
use tabchain_shared::node::snapshot::{Snapshot, SyncView};

use crate::app::set_title;
use crate::bridge::UplinkState;
use crate::components::block_tree::{Believer, BlockTree, News, Source, Witness};
use crate::components::copyable::Copyable;
use crate::components::qr_code::QrCode;
use crate::rest::Behind;
use crate::state::{Clock, NodeState};
use crate::text;
use crate::words;
use agreement::{AgreementDialog, Question};
use lists::{Mempool, Peers};
use mining::Mining;
use notices::Notices;
use pay::{LINK_TO_PAY, Pay, WhoIsHere};
use payments::Payments;
use settings::Settings;

/// Peers introduce themselves faster than this after the relay's welcome.
const PEER_PATIENCE_MILLIS: u64 = 4_000;

#[component]
pub fn MyNode() -> impl IntoView {
    let state = expect_context::<NodeState>();
    state.start();
    let name = node_name(state);
    Effect::new(move |_| set_title(&name.get().unwrap_or_else(|| text!("frame-my-node"))));
    provide_context(Question::new());
    WhoIsHere::provide(state);
    view! {
        <div class="my-node">
            <h1 class="visually-hidden">{text!("frame-my-node")}</h1>
            <Notices/>
            <Mining/>
            <Behind><BehindTheFirstLook/></Behind>
        </div>
    }
}

/// Nobody needs it to mine.
#[component]
fn BehindTheFirstLook() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let news = state.snapshot(News::of);
    let me = state.snapshot(|snapshot| snapshot.address);
    let believers = state.snapshot(believers);
    let believers = Signal::derive(move || believers.get().unwrap_or_default());
    let witnesses = Signal::derive(|| vec![Witness { name: text!("my-node-this-node"), node: None }]);
    view! {
            <section class="card chain" aria-labelledby="chain-title">
                <div class="card-head">
                    <h2 id="chain-title">{text!("my-node-blocks")}</h2>
                    <Sync/>
                </div>
                <BlockTree source=Source::Node(state) news believers me witnesses/>
            </section>
            <Account/>
            <Pay/>
            <Payments/>
            <Mempool/>
            <Peers/>
            <Settings/>
            <AgreementDialog/>
    }
}

/// This node, and its peers as far as they have told.
fn believers(snapshot: &Snapshot) -> Vec<Believer> {
    let own = (snapshot.tip.hash, snapshot.tip.height);
    let me = Believer { name: text!("my-node-this-node"), tip: own.0, height: own.1 };
    let peers = snapshot.peers.iter().filter_map(|peer| Believer::shown(peer.name.clone(), peer.tip, peer.height, own));
    std::iter::once(me).chain(peers).collect()
}

/// The node's name; nothing before there is a node.
fn node_name(state: NodeState) -> Memo<Option<String>> {
    state.snapshot(|snapshot| snapshot.name.clone())
}

#[component]
fn Account() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let balance = state.snapshot(|snapshot| snapshot.balance);
    let available = state.snapshot(|snapshot| snapshot.available);
    let address = state.snapshot(|snapshot| snapshot.address.to_string());
    let pending = move || {
        let (balance, available) = (balance.get()?, available.get()?);
        (balance != available).then(|| text!("my-node-once-mined", coins = words::coins(available)))
    };
    let origin = window().location().origin().unwrap_or_default();
    let link_to_pay = Signal::derive(move || format!("{origin}/?{LINK_TO_PAY}={}", address.get().unwrap_or_default()));
    view! {
        <section class="card account" aria-labelledby="account-title">
            <h2 id="account-title">{text!("my-node-balance")}</h2>
            <p class="figure" data-test="balance" data-value=move || balance.get().map(|balance| balance.to_string())>
                {move || balance.get().map_or_else(|| "–".to_owned(), words::coins)}
            </p>
            <p class="under-figure" data-test="available">{move || pending().unwrap_or_else(|| "\u{a0}".to_owned())}</p>
            <OtherTabs/>
            <div class="field">
                <span class="label">{text!("my-node-address")}</span>
                <Copyable text=Signal::derive(move || address.get().unwrap_or_default()) label=text!("my-node-address") data_test="address"/>
            </div>
            <details class="more">
                <summary data-test="qr-open">{text!("wallet-qr")}</summary>
                <p class="muted">{text!("wallet-qr-why")}</p>
                <div class="qr-frame"><QrCode text=link_to_pay label=text!("wallet-qr-label")/></div>
            </details>
        </section>
    }
}

/// Two tabs are two nodes: who looks for the money of one in the other is told where it is.
#[component]
fn OtherTabs() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let others = state.other_slots;
    move || {
        (!others.read().is_empty()).then(|| {
            let names = others.get();
            let links = names.iter().map(|name| {
                let address = js_sys::encode_uri_component(name);
                view! { <li><a href=format!("/?node={address}") target="_blank" rel="noopener">{name.clone()}</a></li> }
            });
            view! {
                <details class="more" data-test="other-tabs" data-value=names.join(" ")>
                    <summary>{text!("wallet-other-tabs", count = names.len())}</summary>
                    <p class="muted">{text!("wallet-other-tabs-why")}</p>
                    <ul class="rows">{links.collect_view()}</ul>
                </details>
            }
        })
    }
}

/// Height, tip, and how far the node has come, in words.
#[component]
fn Sync() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let sync = state.snapshot(|snapshot| snapshot.sync.clone());
    let network = state.snapshot(|snapshot| snapshot.network.clone());
    let tip = state.snapshot(tip_of);
    // For measuring: when the tip came, in milliseconds since 1970.
    let received = state.snapshot(|snapshot| snapshot.tip.received);
    let clock = expect_context::<Clock>();
    let uplink = state.field(|view| view.uplink.clone());
    let connected = Memo::new(move |_| {
        uplink.get().is_some_and(|uplink| {
            uplink.state == UplinkState::Connected && clock.millis_since(uplink.since) > PEER_PATIENCE_MILLIS
        })
    });
    let height = move || tip.get().map(|tip| tip.0);
    let words = move || match sync.get() {
        None => text!("my-node-not-started"),
        Some(SyncView::Restoring { have }) => {
            text!("my-node-reading-back", count = have)
        }
        Some(SyncView::Alone) if connected.get() => text!("my-node-no-answer"),
        Some(SyncView::Alone) => text!("my-node-alone"),
        Some(SyncView::WeighingHeaders { have, of }) => {
            text!("my-node-weighing", have = have, of = of)
        }
        Some(SyncView::LearningHeaders { have, of }) => {
            text!("my-node-learning-headers", have = have, of = of)
        }
        Some(SyncView::CatchingUp { have, of }) => {
            text!("my-node-catching-up", have = have, of = of)
        }
        Some(SyncView::Current) => text!("my-node-current"),
    };
    let value = move || match sync.get() {
        None | Some(SyncView::Alone) => "alone",
        Some(SyncView::WeighingHeaders { .. }) => "weighing-headers",
        Some(SyncView::LearningHeaders { .. }) => "learning-headers",
        Some(SyncView::Restoring { .. }) => "restoring",
        Some(SyncView::CatchingUp { .. }) => "catching-up",
        Some(SyncView::Current) => "current",
    };
    view! {
        <p class="facts">
            <span class="wide-only">{text!("my-node-network")}" "<b>{move || network.get()}</b></span>
            <span data-test="tip-height" data-value=move || height().map(|height| height.to_string())>
                {text!("my-node-height")}" "<b>{move || height().map_or_else(|| "–".to_owned(), words::grouped)}</b>
            </span>
            <span class="wide-only" data-test="tip-hash" data-value=move || tip.get().map(|tip| tip.1)
                data-received=move || received.get().flatten().map(|time| time.0.to_string())>
                {text!("my-node-tip")}" "<span class="hash">{move || tip.get().map(|tip| words::short_hash(&tip.1))}</span>
            </span>
            <span class="wide-only">{text!("my-node-difficulty")}" "<b>{move || tip.get().map(|tip| tip.2)}</b></span>
            <span data-test="sync-state" data-value=value role="status">{words}</span>
        </p>
    }
}

fn tip_of(snapshot: &Snapshot) -> (u32, String, String) {
    (snapshot.tip.height, snapshot.tip.hash.to_string(), words::difficulty(snapshot.tip.difficulty))
}
