//! What the page knows of the network, looked at every second; and the orders that it gives (`steer`).

mod steer;

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;

use super::kept::Kept;
use super::limits::HeldLimits;
use super::runs::{Run, ShopRun, TOLD_MILLIS};
use crate::browser;
use crate::operator::{self, Operator, Peer};

const LOOK_MILLIS: u32 = 1_000;
/// Heights of the tree that are asked for at once.
const TREE_HEIGHTS: usize = 500;

#[derive(Clone, Copy)]
pub struct Board {
    pub operator: Operator,
    /// Tabs by name, then the relays.
    pub peers: RwSignal<Vec<Peer>>,
    /// Why the last look failed.
    pub failing: RwSignal<Option<String>>,
    /// The selfish miner that is watched, or was.
    pub run: RwSignal<Option<Run>>,
    /// The shop that is open, or was.
    pub shop: RwSignal<Option<ShopRun>>,
    /// Why the last order was not carried out.
    pub answer: RwSignal<Option<String>>,
    pub is_ordering: RwSignal<bool>,
    /// When the last order was carried out.
    ordered: StoredValue<Time>,
    /// Of nodes that were slowed down for an experiment.
    limits: StoredValue<HeldLimits>,
    /// As of the last time; `None` until the network is known.
    kept: StoredValue<Option<Kept>>,
}

impl Board {
    pub fn new(operator: Operator) -> Self {
        Self {
            operator,
            peers: RwSignal::new(Vec::new()),
            failing: RwSignal::new(None),
            run: RwSignal::new(None),
            shop: RwSignal::new(None),
            answer: RwSignal::new(None),
            is_ordering: RwSignal::new(false),
            ordered: StoredValue::new(Time::default()),
            limits: StoredValue::new(HeldLimits::default()),
            kept: StoredValue::new(None),
        }
    }

    /// Looks at the network for as long as the page is open and can be seen.
    pub fn watch(self) {
        leptos::task::spawn_local(async move {
            while !self.run.is_disposed() {
                if !document().hidden() {
                    let looked = self.look().await;
                    if self.run.is_disposed() {
                        return;
                    }
                    self.failing.set(looked.err());
                }
                TimeoutFuture::new(LOOK_MILLIS).await;
            }
        });
    }

    async fn look(self) -> Result<(), String> {
        if self.kept.with_value(Option::is_none) {
            let network = operator::params().await?.network_id();
            if self.run.is_disposed() {
                return Ok(());
            }
            self.take_up(Kept::load(network).unwrap_or_else(|| Kept::nothing(network)));
        }
        let mut peers = operator::peers().await?;
        peers.sort_by_cached_key(|peer| (peer.kind == NodeKind::Relay, peer.name.to_lowercase(), peer.id));
        if self.run.is_disposed() {
            return Ok(());
        }
        self.run.update(|run| {
            if let Some(run) = run.as_mut().filter(|run| !run.is_over) {
                run.look(&peers);
            }
        });
        self.shop.update(|shop| {
            if let Some(shop) = shop.as_mut().filter(|shop| !shop.is_over) {
                shop.look(&peers);
            }
        });
        // What was ordered a moment ago may not have been told yet.
        if self.is_settled() && !self.is_ordering.get_untracked() {
            self.find_runs(&peers);
            self.give_back_limits(&peers).await;
            if self.run.is_disposed() {
                return Ok(());
            }
        }
        self.peers.set(peers);
        self.count_blocks().await?;
        if !self.run.is_disposed() {
            self.keep();
        }
        Ok(())
    }

    fn is_settled(self) -> bool {
        browser::now().millis_since(self.ordered.get_value()) > TOLD_MILLIS
    }

    /// Goes on with what was followed before the page was left.
    fn take_up(self, kept: Kept) {
        self.run.set(kept.run.clone());
        self.shop.set(kept.shop.clone());
        self.limits.set_value(kept.limits.clone());
        self.kept.set_value(Some(kept));
    }

    /// Writes down what another look has changed.
    fn keep(self) {
        let Some(before) = self.kept.get_value() else { return };
        let mut now = Kept {
            network: before.network,
            run: self.run.get_untracked(),
            shop: self.shop.get_untracked(),
            limits: self.limits.get_value(),
        };
        if now == before {
            return;
        }
        // Another tab of this browser may have slowed nodes down.
        if now.limits == before.limits
            && let Some(kept) = Kept::load(now.network)
        {
            now.limits = kept.limits;
            self.limits.set_value(now.limits.clone());
        }
        now.save();
        self.kept.set_value(Some(now));
    }

    fn is_idle(self) -> bool {
        self.run.with_untracked(|run| run.as_ref().is_none_or(|run| run.is_over))
            && self.shop.with_untracked(|shop| shop.as_ref().is_none_or(|shop| shop.is_over))
    }

    /// Follows what goes on already: another page gave the order. If that is one of this browser, it has counted since then.
    fn find_runs(self, peers: &[Peer]) {
        let kept = self.kept.get_value().and_then(|kept| Kept::load(kept.network));
        let is_idle = self.run.with_untracked(|run| run.as_ref().is_none_or(|run| run.is_over));
        let withheld = |peer: &Peer| peer.role.filter(Role::is_withholding);
        if is_idle && let Some((miner, plays)) = peers.iter().find_map(|peer| Some((peer, withheld(peer)?))) {
            let is_it = |run: &Run| !run.is_over && run.miner == miner.id && run.plays == plays;
            match kept.as_ref().and_then(|kept| kept.run.clone()).filter(is_it) {
                Some(run) => self.run.set(Some(run)),
                None => self.begin(miner, plays, None),
            }
        }
        let is_idle = self.shop.with_untracked(|shop| shop.as_ref().is_none_or(|shop| shop.is_over));
        let is_attacker = |peer: &&Peer| matches!(peer.role, Some(Role::DoubleSpender { .. }));
        let merchant = peers.iter().find(|peer| matches!(peer.role, Some(Role::Merchant { .. })));
        if is_idle && let (Some(attacker), Some(merchant)) = (peers.iter().find(is_attacker), merchant) {
            let is_it = |shop: &ShopRun| !shop.is_over && shop.attacker == attacker.id && shop.merchant == merchant.id;
            match kept.and_then(|kept| kept.shop).filter(is_it) {
                Some(shop) => self.shop.set(Some(shop)),
                None => self.open(attacker, merchant, None),
            }
        }
    }

    async fn count_blocks(self) -> Result<(), String> {
        while let Some((from, address)) = self.run.with_untracked(|run| {
            let run = run.as_ref()?;
            Some((run.tally.next()?, run.address))
        }) {
            let part = operator::tree(from, TREE_HEIGHTS).await?;
            if self.run.is_disposed() {
                return Ok(());
            }
            let mut is_more = false;
            self.run.update(|run| {
                // The relay has begun anew, and the chain that was counted is no more.
                run.take_if(|run| run.tally.is_above(part.height));
                // Another run may have begun meanwhile.
                if let Some(run) = run.as_mut().filter(|run| run.address == address && run.tally.next() == Some(from)) {
                    is_more = run.tally.absorb(&part, address);
                }
            });
            if !is_more {
                break;
            }
        }
        Ok(())
    }

    fn begin(self, miner: &Peer, plays: Role, enforced: Option<f64>) {
        if let Some(run) = Run::begin(miner, plays, enforced) {
            self.run.set(Some(run));
        }
    }

    fn open(self, attacker: &Peer, merchant: &Peer, enforced: Option<f64>) {
        if let Some(Role::Merchant { confirmations }) = merchant.role {
            self.shop.set(Some(ShopRun::open(attacker, merchant, confirmations, enforced)));
        }
    }

    /// Tabs, of which one can play.
    pub fn players(self) -> Vec<(NodeId, String)> {
        self.peers.with(|peers| {
            let tabs: Vec<Peer> = peers.iter().filter(|peer| peer.kind == NodeKind::Tab).cloned().collect();
            crate::pages::control::nodes::labels(&tabs)
        })
    }

    /// The player that was chosen, while it is there; until then, the one at that place.
    pub fn chosen(self, wanted: RwSignal<String>, place: usize) -> Memo<Option<NodeId>> {
        Memo::new(move |_| {
            let (players, wanted) = (self.players(), wanted.read());
            players.iter().find(|(id, _)| id.to_string() == *wanted).or(players.get(place)).map(|(id, _)| *id)
        })
    }
}
