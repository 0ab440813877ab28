//! `/control`: the host's panel, one screen of a projector. The picture is in the middle, what changes it beside it. It watches the
//! network through the relay's REST interface and, opened with the host's link, steers it. It starts no node.

mod about;
mod charts;
mod events;
mod first_steps;
mod join;
mod journal;
mod limit;
mod links;
mod network;
pub mod nodes;
mod session;
mod traffic;
mod transfer;

use leptos::prelude::*;
use tabchain_shared::primitives::BlockHash;

use crate::app::set_title;
use crate::components::block_tree::{Believer, BlockTree, News, Source, Witness};
use crate::components::freeze::{FreezeButton, FrozenSince};
use crate::components::topology::TopologyPicture;
use crate::components::topology::watch::Watch;
use crate::operator::{Operator, Peer};
use crate::text;
use crate::words;
use about::About;
use charts::Charts;
use first_steps::FirstSteps;
use join::Join;
use journal::JournalView;
use links::Links;
use network::Network;
use nodes::Nodes;
use session::SaveSession;
use traffic::{Traffic, TrafficForm};
use transfer::{NewTransaction, Receiver};

/// What is in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Chain,
    Network,
    Charts,
}

/// What is beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Payment,
    Traffic,
    About,
}

#[component]
pub fn Control() -> impl IntoView {
    set_title(&text!("control-title"));
    let network = Network::new();
    let (stage, side) = (RwSignal::new(Stage::Chain), RwSignal::new(Side::Payment));
    provide_context(network);
    provide_context(Receiver::new(move || side.set(Side::Payment)));
    provide_context(Traffic::new(network, expect_context::<Operator>()));
    network.watch();
    network.listen();
    let view = move || match stage.get() {
        Stage::Chain => "chain",
        Stage::Network => "network",
        Stage::Charts => "charts",
    };
    view! {
        <div class="control" data-view=view class:old=move || network.failing.read().is_some()>
            <div class="control-head">
                <h1>{text!("control-title")}</h1>
                <Summary/>
                <SaveSession/>
                <Standing/>
            </div>
            <div class="wide above">
                {move || network.failing.get().map(|(since, reason)| view! {
                    <p class="notice warn" role="status" data-test="control-failing">
                        {text!("control-failing", reason = reason, since = words::time_of_day(since))}
                    </p>
                })}
                <FirstSteps peers=network.peers status=network.status/>
            </div>
            <Join/>
            <Middle stage/>
            <div class="control-side">
                <section class="card side-forms" aria-label=text!("control-side")>
                    <Choice of=side label=text!("control-side") options=[
                        (Side::Payment, text!("control-payment"), "side-payment"),
                        (Side::Traffic, text!("control-traffic"), "side-traffic"),
                        (Side::About, text!("control-about"), "side-about"),
                    ]/>
                    {move || match side.get() {
                        Side::Payment => view! { <NewTransaction/> }.into_any(),
                        Side::Traffic => view! { <TrafficForm/> }.into_any(),
                        Side::About => view! { <About/> }.into_any(),
                    }}
                </section>
                <JournalView/>
            </div>
            <Nodes/>
        </div>
    }
}

/// The picture of the chain stays as it is while another one is looked at.
#[component]
fn Middle(stage: RwSignal<Stage>) -> impl IntoView {
    let network = expect_context::<Network>();
    let freeze = network.freeze;
    let news = Memo::new(move |_| network.status.with(|status| status.as_ref().map(News::of)));
    let own_tip = Memo::new(move |_| {
        network.status.with(|status| status.as_ref().map(|status| (status.tip.hash, status.tip.height)))
    });
    let believers = Memo::new(move |_| {
        let own_tip = own_tip.get();
        network.peers.with(|peers| peers.iter().filter_map(|peer| believer(peer, own_tip)).collect::<Vec<_>>())
    });
    let witnesses = Memo::new(move |_| network.peers.with(|peers| peers.iter().map(witness).collect::<Vec<_>>()));
    view! {
        <section class="card chain stage" aria-labelledby="stage-title">
            <div class="card-head">
                <h2 id="stage-title" class="visually-hidden">{text!("control-stage")}</h2>
                <Choice of=stage label=text!("control-stage") options=[
                    (Stage::Chain, text!("control-stage-chain"), "stage-chain"),
                    (Stage::Network, text!("control-stage-network"), "stage-network"),
                    (Stage::Charts, text!("control-stage-charts"), "stage-charts"),
                ]/>
                <FreezeButton freeze/>
            </div>
            <FrozenSince freeze/>
            <div class="stage-chain" hidden=move || stage.get() != Stage::Chain>
                <BlockTree source=Source::RELAY news believers witnesses freeze/>
            </div>
            <Show when=move || stage.get() == Stage::Network>
                <NetworkStage/>
            </Show>
            <Show when=move || stage.get() == Stage::Charts><Charts/></Show>
        </section>
    }
}

/// The picture of the network, and beside it all that changes it.
#[component]
fn NetworkStage() -> impl IntoView {
    let network = expect_context::<Network>();
    let watch = Watch::start(network.freeze);
    view! {
        <TopologyPicture peers=network.peers selected=network.selected watch told=move |words| network.journal.note(words)>
            <Links watch/>
        </TopologyPicture>
    }
}

/// One of a few, side by side.
#[component]
fn Choice<T: Copy + PartialEq + Send + Sync + 'static>(
    of: RwSignal<T>,
    label: String,
    options: [(T, String, &'static str); 3],
) -> impl IntoView {
    view! {
        <div class="segments" role="group" aria-label=label>
            {options.map(|(value, name, mark)| view! {
                <button type="button" class="quiet" data-test=mark aria-pressed=move || (of.get() == value).to_string()
                    on:click=move |_| of.set(value)>{name}</button>
            })}
        </div>
    }
}

/// A node at whose past one can look.
fn witness(peer: &Peer) -> Witness {
    Witness { name: peer.name.clone(), node: (!peer.resident).then_some(peer.id) }
}

/// A node that has told which tip it follows. Of one that only another relay knows there is no more than what it has shown the node of
/// this one, whose tip that is.
fn believer(peer: &Peer, own_tip: Option<(BlockHash, u32)>) -> Option<Believer> {
    let (name, tip, height) = (peer.name.clone(), peer.tip?, peer.height?);
    match peer.relay {
        Some(_) => Some(Believer { name, tip, height }),
        None => Believer::shown(name, tip, height, own_tip?),
    }
}

/// The network in one line.
#[component]
fn Summary() -> impl IntoView {
    let network = expect_context::<Network>();
    let facts = Memo::new(move |_| {
        network.status.with(|status| {
            status.as_ref().map(|status| {
                (
                    status.network.clone(),
                    status.tip.height,
                    words::difficulty(status.tip.difficulty),
                    words::grouped(status.mempool_size as u64),
                )
            })
        })
    });
    let hashrate =
        move || words::hashrate(network.peers.with(|peers| peers.iter().filter_map(|peer| peer.hashrate).sum()));
    // There before anything is known, so that nothing moves when it is.
    move || {
        let unknown = || "–".to_owned();
        let (name, height, difficulty, waiting) = facts.get().map_or_else(
            || (unknown(), None, unknown(), unknown()),
            |(name, height, difficulty, waiting)| (name, Some(height), difficulty, waiting),
        );
        view! {
            <p class="facts">
                <span>{text!("control-fact-network")}" "<b>{name}</b></span>
                <span data-test=height.map(|_| "control-height") data-value=height.map(|height| height.to_string())>
                    {text!("control-fact-height")}" "<b>{height.map_or_else(unknown, words::grouped)}</b>
                </span>
                <span>{text!("control-fact-difficulty")}" "<b>{difficulty}</b></span>
                <span>{text!("control-fact-waiting")}" "<b>{waiting}</b></span>
                <span>{text!("control-fact-hashrate")}" "<b>{hashrate}</b></span>
            </p>
        }
    }
}

/// Whether this tab steers or only watches.
#[component]
fn Standing() -> impl IntoView {
    let operator = expect_context::<Operator>();
    let failing = expect_context::<Network>().failing;
    let state = move || if operator.may_steer() { "steering" } else { "read-only" };
    view! {
        <p class="standing" data-test="control-state" data-value=state hidden=move || failing.read().is_some()>
            {move || if operator.may_steer() { text!("control-steering") } else { text!("control-watching") }}
        </p>
    }
}
