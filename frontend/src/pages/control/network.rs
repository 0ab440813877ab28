//! What the panel knows of the network. The relay says at `/events` when something has happened; then the panel looks at what that
//! changes. What changes all the time, such as hash rates, is looked at again after a while: the longer, the more nodes there are.

use std::collections::BTreeSet;

use futures_util::future::join;
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::Snapshot;
use tabchain_shared::primitives::NodeId;

use super::journal::Journal;
use crate::browser;
use crate::components::freeze::Freeze;
use crate::operator::{self, Peer};

/// Between two thoughts about whether to look.
const TICK_MILLIS: u32 = 250;
/// The relay's own node is looked at so often while its events come, and while they do not.
const QUIET_MILLIS: u64 = 5_000;
const DEAF_MILLIS: u64 = 1_000;
/// Nodes are looked at every second, and every so many of them add another.
const NODES_A_SECOND: usize = 150;

/// What the panel knows of the network, as of its last look.
#[derive(Clone, Copy)]
pub struct Network {
    /// Tabs by name, then the relays.
    pub peers: RwSignal<Vec<Peer>>,
    pub status: RwSignal<Option<Snapshot>>,
    /// Why the last look failed, and since when they do.
    pub failing: RwSignal<Option<(Time, String)>>,
    pub selected: RwSignal<BTreeSet<NodeId>>,
    pub journal: Journal,
    /// Of all that the panel shows: nothing is looked at meanwhile.
    pub freeze: Freeze,
    /// Whether the relay's events come.
    pub hears: RwSignal<bool>,
    news: RwSignal<News>,
}

/// What an event has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct News {
    pub of_chain: bool,
    pub of_nodes: bool,
}

/// When what was last looked at.
#[derive(Debug, Clone, Copy, Default)]
struct Looked {
    at_chain: Time,
    at_nodes: Time,
}

impl Network {
    pub fn new() -> Self {
        Self {
            peers: RwSignal::new(Vec::new()),
            status: RwSignal::new(None),
            failing: RwSignal::new(None),
            selected: RwSignal::new(BTreeSet::new()),
            journal: Journal::new(),
            freeze: Freeze::new(),
            hears: RwSignal::new(false),
            news: RwSignal::new(News::default()),
        }
    }

    /// Something has happened: the next look is soon.
    pub fn hear(self, news: News) {
        self.news.update_untracked(|all| {
            all.of_chain |= news.of_chain;
            all.of_nodes |= news.of_nodes;
        });
    }

    /// Looks at the network for as long as the panel is open and can be seen.
    pub fn watch(self) {
        leptos::task::spawn_local(async move {
            let mut looked = Looked::default();
            while !self.status.is_disposed() {
                if !document().hidden() && !self.freeze.is_on_now() {
                    self.look_if_due(&mut looked).await;
                }
                TimeoutFuture::new(TICK_MILLIS).await;
            }
        });
    }

    async fn look_if_due(self, looked: &mut Looked) {
        let (now, news) = (browser::now(), self.news.get_untracked());
        let old = if self.hears.get_untracked() { QUIET_MILLIS } else { DEAF_MILLIS };
        let count = self.peers.read_untracked().len();
        let chain_is_due = news.of_chain || now.millis_since(looked.at_chain) >= old;
        let nodes_are_due = news.of_nodes || now.millis_since(looked.at_nodes) >= until_nodes_are_old(count);
        if !chain_is_due && !nodes_are_due {
            return;
        }
        self.news.update_untracked(|all| {
            all.of_chain &= !chain_is_due;
            all.of_nodes &= !nodes_are_due;
        });
        let peers = async { if nodes_are_due { Some(operator::peers().await) } else { None } };
        let status = async { if chain_is_due { Some(operator::status().await) } else { None } };
        let (peers, status) = join(peers, status).await;
        if self.status.is_disposed() {
            return;
        }
        if nodes_are_due {
            looked.at_nodes = now;
        }
        if chain_is_due {
            looked.at_chain = now;
        }
        match (peers.transpose(), status.transpose()) {
            (Ok(peers), Ok(status)) => {
                self.failing.set(None);
                if let Some(peers) = peers {
                    self.show_nodes(peers);
                }
                if let Some(status) = status {
                    self.status.set(Some(status));
                }
            }
            (Err(reason), _) | (_, Err(reason)) => self.failing.update(|failing| {
                let since = failing.take().map_or_else(browser::now, |(since, _)| since);
                *failing = Some((since, reason));
            }),
        }
    }

    /// Who is here, now and not at the next look. Why it failed the next look tells.
    pub async fn look_at_nodes(self) {
        if let Ok(peers) = operator::peers().await
            && !self.peers.is_disposed()
        {
            self.show_nodes(peers);
        }
    }

    fn show_nodes(self, mut peers: Vec<Peer>) {
        peers.sort_by_cached_key(|peer| (peer.resident, peer.name.to_lowercase(), peer.id));
        self.journal.learn_names(&peers);
        if !self.selected.read_untracked().is_empty() {
            self.selected.update(|selected| selected.retain(|id| peers.iter().any(|peer| peer.id == *id)));
        }
        self.peers.set(peers);
    }

    /// What a node is called, if it is here.
    pub fn name_of(self, id: NodeId) -> Option<String> {
        self.peers.with_untracked(|peers| peers.iter().find(|peer| peer.id == id).map(|peer| peer.name.clone()))
    }
}

/// Milliseconds. With five hundred nodes an answer is some hundred kilobytes.
fn until_nodes_are_old(count: usize) -> u64 {
    1_000 * (1 + count / NODES_A_SECOND) as u64
}
