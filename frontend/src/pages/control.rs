//! `/control`: the host's panel. It watches the network through the relay's REST interface and, opened with the host's
//! link, steers it. It starts no node.

mod first_steps;
mod join;
mod journal;
mod limit;
mod links;
mod nodes;
mod transfer;

use std::collections::BTreeSet;

use futures_util::future::join;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::Snapshot;
use tabchain_shared::primitives::NodeId;

use crate::app::set_title;
use crate::browser;
use crate::components::block_tree::{Believer, BlockTree, News, Source};
use crate::components::topology::TopologyPicture;
use crate::operator::{self, Operator, Peer};
use crate::words;
use first_steps::FirstSteps;
use join::Join;
use journal::{Journal, JournalView};
use links::Links;
use nodes::Nodes;
use transfer::NewTransaction;

/// Between two looks at the network.
const POLL_MILLIS: u32 = 1_000;

/// What the panel knows of the network, as of its last look.
#[derive(Clone, Copy)]
struct Network {
    peers: RwSignal<Vec<Peer>>,
    status: RwSignal<Option<Snapshot>>,
    /// Why the last look failed, and since when they do.
    failing: RwSignal<Option<(Time, String)>>,
    selected: RwSignal<BTreeSet<NodeId>>,
    journal: Journal,
}

impl Network {
    fn new() -> Self {
        Self {
            peers: RwSignal::new(Vec::new()),
            status: RwSignal::new(None),
            failing: RwSignal::new(None),
            selected: RwSignal::new(BTreeSet::new()),
            journal: Journal::new(),
        }
    }

    /// Looks at the network every second for as long as the panel is open and can be seen.
    fn watch(self) {
        leptos::task::spawn_local(async move {
            while !self.status.is_disposed() {
                if !document().hidden() {
                    let (peers, status) = join(operator::peers(), operator::status()).await;
                    if self.status.is_disposed() {
                        return;
                    }
                    match (peers, status) {
                        (Ok(peers), Ok(status)) => self.update(peers, status),
                        (Err(reason), _) | (_, Err(reason)) => self.failing.update(|failing| {
                            let since = failing.take().map_or_else(browser::now, |(since, _)| since);
                            *failing = Some((since, reason));
                        }),
                    }
                }
                gloo_timers::future::TimeoutFuture::new(POLL_MILLIS).await;
            }
        });
    }

    fn update(self, mut peers: Vec<Peer>, status: Snapshot) {
        // Tabs by name, then the relays.
        peers.sort_by_key(|peer| (peer.resident, peer.name.to_lowercase(), peer.id));
        self.journal.compare(&self.peers.read_untracked(), &peers, self.status.read_untracked().as_ref(), &status);
        self.selected.update(|selected| selected.retain(|id| peers.iter().any(|peer| peer.id == *id)));
        self.failing.set(None);
        self.peers.set(peers);
        self.status.set(Some(status));
    }
}

#[component]
pub fn Control() -> impl IntoView {
    set_title("Control panel");
    let network = Network::new();
    provide_context(network);
    network.watch();
    let news = Memo::new(move |_| network.status.with(|status| status.as_ref().map(News::of)));
    let believers =
        Memo::new(move |_| network.peers.with(|peers| peers.iter().filter_map(believer).collect::<Vec<_>>()));
    view! {
        <div class="control">
            <div class="control-head">
                <h1>"Control panel"</h1>
                <Summary/>
                <Standing/>
            </div>
            {move || network.failing.get().map(|(since, reason)| view! {
                <p class="notice warn wide" role="status">
                    {reason}" What you see is from "{words::time_of_day(since)}". Trying again every second."
                </p>
            })}
            <FirstSteps peers=network.peers status=network.status/>
            <Join/>
            <Nodes/>
            <div class="control-side">
                <NewTransaction/>
                <JournalView/>
            </div>
            <section class="card chain wide" aria-labelledby="chain-title">
                <div class="card-head">
                    <h2 id="chain-title">"The chain, as the relay's node sees it"</h2>
                </div>
                <BlockTree source=Source::Relay news believers/>
            </section>
            <TopologyPicture peers=network.peers selected=network.selected/>
            <Links/>
        </div>
    }
}

/// A node that has told which tip it follows.
fn believer(peer: &Peer) -> Option<Believer> {
    Some(Believer { name: peer.name.clone(), tip: peer.tip?, height: peer.height? })
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
    move || {
        facts.get().map(|(name, height, difficulty, waiting)| {
            let (value, height) = (height.to_string(), words::grouped(height));
            view! {
                <p class="facts">
                    <span>"Network "<b>{name}</b></span>
                    <span data-test="control-height" data-value=value>"Height "<b>{height}</b></span>
                    <span>"Difficulty "<b>{difficulty}</b></span>
                    <span>"Waiting "<b>{waiting}</b></span>
                    <span>"All together "<b>{hashrate}</b></span>
                </p>
            }
        })
    }
}

/// Whether this tab steers or only watches.
#[component]
fn Standing() -> impl IntoView {
    let operator = expect_context::<Operator>();
    let state = move || if operator.may_steer() { "steering" } else { "read-only" };
    view! {
        <p class="standing" data-test="control-state" data-value=state>
            {move || if operator.may_steer() {
                "You are steering"
            } else {
                "Watching only: open the relay's operator link to steer"
            }}
        </p>
    }
}
