//! `/`: this tab's node. First the one thing to press and how it goes; below it the money, the blocks, and what else the
//! node knows.

mod agreement;
mod compare;
mod interference;
mod lists;
mod mining;
mod notices;
mod pay;
mod recovery;
mod settings;
mod workers;

use leptos::prelude::*;
use tabchain_shared::node::snapshot::{PeerView, Snapshot, SyncView};

use crate::app::set_title;
use crate::bridge::UplinkState;
use crate::components::block_tree::{Believer, BlockTree, News, Source};
use crate::components::copyable::Copyable;
use crate::state::{Clock, NodeState};
use crate::words;
use agreement::{AgreementDialog, Question};
use lists::{Mempool, Peers};
use mining::Mining;
use notices::Notices;
use pay::Pay;
use settings::Settings;

/// Peers introduce themselves faster than this after the relay's welcome.
const PEER_PATIENCE_MILLIS: u64 = 4_000;

#[component]
pub fn MyNode() -> impl IntoView {
    let state = expect_context::<NodeState>();
    state.start();
    let name = node_name(state);
    Effect::new(move |_| set_title(&name.get().unwrap_or_else(|| "My node".to_owned())));
    provide_context(Question::new());
    let recipient = RwSignal::new(String::new());
    let news = state.snapshot(News::of);
    let me = state.snapshot(|snapshot| snapshot.address);
    let believers = state.snapshot(believers);
    let believers = Signal::derive(move || believers.get().unwrap_or_default());
    view! {
        <div class="my-node">
            <h1 class="visually-hidden">"My node"</h1>
            <Notices/>
            <Mining/>
            <section class="card chain" aria-labelledby="chain-title">
                <div class="card-head">
                    <h2 id="chain-title">"Blocks"</h2>
                    <Sync/>
                </div>
                <Show
                    when=move || news.with(Option::is_some)
                    fallback=|| view! {
                        <p class="empty">"The chain appears here as soon as the relay has said which network this is."</p>
                    }
                >
                    <BlockTree source=Source::Node(state) news believers me/>
                </Show>
            </section>
            <Account/>
            <Pay recipient/>
            <Mempool/>
            <Peers recipient/>
            <Settings/>
            <AgreementDialog/>
        </div>
    }
}

/// This node, and its peers as far as they have told. Who was given a block by this node does not tell it that it has taken it:
/// a peer that seems to be some blocks behind on this node's own chain may be anywhere above.
fn believers(snapshot: &Snapshot) -> Vec<Believer> {
    let is_old_news = |peer: &PeerView| {
        let shown = snapshot.blocks.iter().find(|block| block.hash == peer.tip);
        shown.map_or(peer.height < snapshot.tip.height, |block| block.active && block.hash != snapshot.tip.hash)
    };
    let me = Believer { name: "this node".to_owned(), tip: snapshot.tip.hash, height: snapshot.tip.height };
    let peers = snapshot.peers.iter().filter(|peer| !is_old_news(peer));
    let peers = peers.map(|peer| Believer { name: peer.name.clone(), tip: peer.tip, height: peer.height });
    std::iter::once(me).chain(peers).collect()
}

/// The node's name; before there is a node, its slot's.
fn node_name(state: NodeState) -> Memo<Option<String>> {
    let name = state.snapshot(|snapshot| snapshot.name.clone());
    Memo::new(move |_| name.get().or_else(|| state.slot.get()))
}

#[component]
fn Account() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let balance = state.snapshot(|snapshot| snapshot.balance);
    let available = state.snapshot(|snapshot| snapshot.available);
    let address = state.snapshot(|snapshot| snapshot.address.to_string());
    let pending = move || {
        let (balance, available) = (balance.get()?, available.get()?);
        (balance != available).then(|| format!("{} once what waits is mined", words::coins(available)))
    };
    view! {
        <section class="card account" aria-labelledby="account-title">
            <h2 id="account-title">"Balance"</h2>
            <p class="figure" data-test="balance" data-value=move || balance.get().map(|balance| balance.to_string())>
                {move || balance.get().map_or_else(|| "–".to_owned(), words::coins)}
            </p>
            <p class="under-figure" data-test="available">{move || pending().unwrap_or_else(|| "\u{a0}".to_owned())}</p>
            <div class="field">
                <span class="label">"Address"</span>
                <Copyable text=Signal::derive(move || address.get().unwrap_or_default()) label="Address" data_test="address"/>
            </div>
        </section>
    }
}

/// Height, tip, and how far the node has come, in words.
#[component]
fn Sync() -> impl IntoView {
    let state = expect_context::<NodeState>();
    let sync = state.snapshot(|snapshot| snapshot.sync.clone());
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
        None => "Not started".to_owned(),
        Some(SyncView::Restoring { have }) => {
            format!("Reading its own chain back: {} so far", words::counted(have as usize, "block", "blocks"))
        }
        Some(SyncView::Alone) if connected.get() => "Connected, but no other node answers".to_owned(),
        Some(SyncView::Alone) => "No other node here".to_owned(),
        Some(SyncView::WeighingHeaders { have, of }) => {
            format!("Weighing a long chain: {} of {} headers", words::grouped(have), words::grouped(of))
        }
        Some(SyncView::LearningHeaders { have, of }) => {
            format!("Learning headers: {} of {}", words::grouped(have), words::grouped(of))
        }
        Some(SyncView::CatchingUp { have, of }) => {
            format!("Catching up: {} of {} blocks", words::grouped(have), words::grouped(of))
        }
        Some(SyncView::Current) => "Up to date".to_owned(),
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
            <span data-test="tip-height" data-value=move || height().map(|height| height.to_string())>
                "Height "<b>{move || height().map_or_else(|| "–".to_owned(), words::grouped)}</b>
            </span>
            <span class="wide-only" data-test="tip-hash" data-value=move || tip.get().map(|tip| tip.1)
                data-received=move || received.get().flatten().map(|time| time.0.to_string())>
                "Tip "<span class="hash">{move || tip.get().map(|tip| words::short_hash(&tip.1))}</span>
            </span>
            <span class="wide-only">"Difficulty "<b>{move || tip.get().map(|tip| tip.2)}</b></span>
            <span data-test="sync-state" data-value=value role="status">{words}</span>
        </p>
    }
}

fn tip_of(snapshot: &Snapshot) -> (u32, String, String) {
    (snapshot.tip.height, snapshot.tip.hash.to_string(), words::difficulty(snapshot.tip.difficulty))
}
