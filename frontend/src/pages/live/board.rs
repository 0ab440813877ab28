//! What the page knows of the network, looked at every second, and the orders that it gives.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::NodeId;

use super::kept::Kept;
use super::limits::HeldLimits;
use super::runs::{Run, ShopRun, TOLD_MILLIS};
use crate::browser;
use crate::operator::{self, MineAction, MineOrder, Nodes, Operator, Outcome, Peer};
use crate::pages::control::nodes::shares::{self, NoPlan};
use crate::text;
use crate::words;

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

/// Limits for a part of the hash rate.
type Limits = Option<(f64, Vec<(NodeId, f64)>)>;

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
            self.take_up(Kept::load(network));
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
        let now = Kept {
            network: before.network,
            run: self.run.get_untracked(),
            shop: self.shop.get_untracked(),
            limits: self.limits.get_value(),
        };
        if now != before {
            now.save();
            self.kept.set_value(Some(now));
        }
    }

    fn is_idle(self) -> bool {
        self.run.with_untracked(|run| run.as_ref().is_none_or(|run| run.is_over))
            && self.shop.with_untracked(|shop| shop.as_ref().is_none_or(|shop| shop.is_over))
    }

    /// When no experiment is on, nodes that were slowed down for one go back to what they kept to before.
    async fn give_back_limits(self, peers: &[Peer]) {
        let is_nothing_due = || !self.is_idle() || self.limits.with_value(HeldLimits::is_empty);
        if self.run.is_disposed() || is_nothing_due() || !self.operator.may_steer() {
            return;
        }
        let before = self.limits.try_update_value(|limits| limits.owed(peers)).unwrap_or_default();
        if before.is_empty() {
            return;
        }
        // Nobody begins another one in between.
        let was_ordering = self.is_ordering.get_untracked();
        self.is_ordering.set(true);
        for (node, limit) in before {
            if let Ok(Some(_)) = self.limit(node, limit).await {
                self.limits.try_update_value(|limits| limits.forget(node));
            }
        }
        if !self.run.is_disposed() {
            self.is_ordering.set(was_ordering);
            self.ordered.set_value(browser::now());
        }
    }

    /// Follows what goes on already: another page gave the order.
    fn find_runs(self, peers: &[Peer]) {
        let is_idle = self.run.with_untracked(|run| run.as_ref().is_none_or(|run| run.is_over));
        let withheld = |peer: &Peer| peer.role.filter(Role::is_withholding);
        if is_idle && let Some((miner, plays)) = peers.iter().find_map(|peer| Some((peer, withheld(peer)?))) {
            self.begin(miner, plays, None);
        }
        let is_idle = self.shop.with_untracked(|shop| shop.as_ref().is_none_or(|shop| shop.is_over));
        let is_attacker = |peer: &&Peer| matches!(peer.role, Some(Role::DoubleSpender { .. }));
        let merchant = peers.iter().find(|peer| matches!(peer.role, Some(Role::Merchant { .. })));
        if is_idle && let (Some(attacker), Some(merchant)) = (peers.iter().find(is_attacker), merchant) {
            self.open(attacker, merchant, None);
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

    /// Has this node withhold its blocks in that way, with a part of the hash rate if one is given, in percent.
    pub fn start(self, miner: NodeId, plays: Role, percent: &str) {
        let limits = self.limits(miner, percent);
        self.carry_out(async move {
            let limits = limits?;
            let enforced = limits.as_ref().map(|(share, _)| *share);
            self.slow_down(limits).await?;
            self.operator.set_role(miner, plays).await?;
            let peers = operator::peers().await?;
            if let Some(miner) = peers.iter().find(|peer| peer.id == miner) {
                self.begin(miner, plays, enforced);
            }
            Ok(())
        });
    }

    /// Opens a shop, and has a node try to rob it, with a part of the hash rate if one is given.
    pub fn start_shop(self, attacker: NodeId, merchant: NodeId, confirmations: u32, percent: &str) {
        let limits = self.limits(attacker, percent);
        let address = self.peers.with_untracked(|peers| {
            peers.iter().find(|peer| peer.id == merchant && peer.id != attacker).and_then(|peer| peer.address)
        });
        self.carry_out(async move {
            let limits = limits?;
            let address = address.ok_or_else(|| text!("experiments-live-two-tabs"))?;
            let enforced = limits.as_ref().map(|(share, _)| *share);
            self.slow_down(limits).await?;
            if confirmations == 0 {
                // So that the payment is there before the block that takes it back.
                self.operator.make_link([attacker, merchant]).await?;
            }
            self.operator.set_role(merchant, Role::Merchant { confirmations }).await?;
            self.operator.set_role(attacker, Role::DoubleSpender { merchant: address, confirmations }).await?;
            let peers = operator::peers().await?;
            let find = |id| peers.iter().find(|peer| peer.id == id);
            if let (Some(attacker), Some(merchant)) = (find(attacker), find(merchant)) {
                let merchant = Peer { role: Some(Role::Merchant { confirmations }), ..merchant.clone() };
                self.open(attacker, &merchant, enforced);
            }
            Ok(())
        });
    }

    /// Gives orders one after the other, and tells why the last was not carried out.
    fn carry_out(self, orders: impl Future<Output = Result<(), String>> + 'static) {
        self.is_ordering.set(true);
        leptos::task::spawn_local(async move {
            let done = orders.await;
            if !self.run.is_disposed() {
                self.is_ordering.set(false);
                self.ordered.set_value(browser::now());
                self.answer.set(done.err().map(|reason| words::sentence(&reason)));
            }
        });
    }

    async fn slow_down(self, limits: Limits) -> Result<(), String> {
        for (node, limit) in limits.map(|(_, limits)| limits).unwrap_or_default() {
            if let Some(refusal) = self.limit(node, Some(HashrateLimit::HashesPerSecond(limit))).await? {
                return Err(refusal);
            }
        }
        Ok(())
    }

    /// Has a node mine with a limit or without. Its refusal in words, if it does not.
    async fn limit(self, node: NodeId, limit: Option<HashrateLimit>) -> Result<Option<String>, String> {
        let (hashrate_limit, machine_share) = match limit {
            None => (None, None),
            Some(HashrateLimit::HashesPerSecond(limit)) => (Some(limit), None),
            Some(HashrateLimit::MachineShare(share)) => (None, Some(share)),
        };
        let (nodes, action) = (Nodes::Some(vec![node]), MineAction::Start);
        let order = MineOrder { nodes, action, blocks: None, hashrate_limit, machine_share };
        let answers = self.operator.mine(&order).await?.answers;
        Ok(answers.into_iter().find_map(|answer| match answer.answer {
            Outcome::Refused { reason } | Outcome::NoAnswer { reason } => {
                Some(text!("experiments-live-refused", name = answer.name, reason = reason))
            }
            Outcome::Done | Outcome::Accepted => None,
        }))
    }

    /// Limits with which the miner has that share. What nodes keep to now is written down, to come back to.
    fn limits(self, miner: NodeId, percent: &str) -> Result<Limits, String> {
        if percent.trim().is_empty() {
            return Ok(None);
        }
        let peers = self.peers.get_untracked();
        let rates: Vec<(NodeId, f64)> =
            peers.iter().filter_map(|peer| peer.proven_hashrate.map(|rate| (peer.id, rate))).collect();
        let share = shares::parse(percent);
        let planned = share.and_then(|share| Ok((share, shares::plan(&rates, miner, share)?)));
        let (share, limits) = planned.map_err(|reason| match reason {
            NoPlan::BadShare => text!("experiments-live-bad-share"),
            NoPlan::NodeRests => text!("experiments-live-node-rests"),
            NoPlan::OthersRest => text!("experiments-live-others-rest"),
        })?;
        self.limits.update_value(|held| {
            for (node, limit) in &limits {
                if let Some(peer) = peers.iter().find(|peer| peer.id == *node) {
                    held.hold(peer, *limit);
                }
            }
        });
        self.keep();
        Ok(Some((share, limits)))
    }

    /// Ends the run: the miner shows what it hides, and is honest again.
    pub fn stop(self) {
        let Some(miner) = self.run.with_untracked(|run| run.as_ref().map(|run| run.miner)) else { return };
        let is_told = self.is_settled();
        self.carry_out(async move {
            self.count_blocks().await?;
            self.operator.set_role(miner, Role::Honest).await?;
            self.run.try_update(|run| run.as_mut().map(Run::end));
            self.after(is_told).await
        });
    }

    /// Closes the shop.
    pub fn stop_shop(self) {
        let ends = self.shop.with_untracked(|shop| shop.as_ref().map(|shop| (shop.attacker, shop.merchant)));
        let Some((attacker, merchant)) = ends else { return };
        let is_told = self.is_settled();
        self.carry_out(async move {
            self.shop.try_update(|shop| shop.as_mut().map(|shop| shop.is_over = true));
            self.operator.set_role(attacker, Role::Honest).await?;
            self.operator.set_role(merchant, Role::Honest).await?;
            self.after(is_told).await
        });
    }

    /// What belongs to an end. Limits that nodes have not told of yet a later look gives back.
    async fn after(self, is_told: bool) -> Result<(), String> {
        if is_told {
            let peers = operator::peers().await?;
            self.give_back_limits(&peers).await;
        }
        if !self.run.is_disposed() {
            self.keep();
        }
        Ok(())
    }
}
