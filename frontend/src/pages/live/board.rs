//! What the page knows of the network, looked at every second, and the orders that it gives.

use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{Address, NodeId};

use super::revenue::Tally;
use crate::browser;
use crate::operator::{self, MineAction, MineOrder, Nodes, Operator, Outcome, Peer};
use crate::pages::control::nodes::shares::{self, NoPlan};
use crate::text;
use crate::words;

const LOOK_MILLIS: u32 = 1_000;
/// Heights of the tree that are asked for at once.
const TREE_HEIGHTS: usize = 500;
/// What nodes prove is over the last minute: until then a new limit is not seen whole.
const PROOF_MILLIS: u64 = 60_000;
/// Nodes have told of their new parts by then.
const TOLD_MILLIS: u64 = 5_000;

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
}

/// How much of all work a node is known to do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Work {
    /// The part of the hash rate that limits were set for.
    pub enforced: Option<f64>,
    since: Time,
    /// Its part of all that is proven, as of the last look.
    proven: Option<f64>,
    /// Of the looks since limits show.
    settled: (f64, u32),
}

impl Work {
    fn from_now(enforced: Option<f64>) -> Self {
        Self { enforced, since: browser::now(), proven: None, settled: (0.0, 0) }
    }

    /// Whether the relay has heard of the parts, if they are played.
    fn is_told(&self) -> bool {
        browser::now().millis_since(self.since) > TOLD_MILLIS
    }

    /// The mean of what was proven, without what is from before. `None`: limits were set a moment ago, and what is proven is still from
    /// before them.
    pub fn share(&self) -> Option<f64> {
        let (sum, looks) = self.settled;
        if looks > 0 { Some(sum / f64::from(looks)) } else { self.proven.filter(|_| self.enforced.is_none()) }
    }

    fn look(&mut self, peers: &[Peer], node: NodeId) {
        let rate = |peer: &Peer| peer.proven_hashrate.unwrap_or(0.0);
        let all: f64 = peers.iter().map(rate).sum();
        let own = peers.iter().find(|peer| peer.id == node).map(rate);
        self.proven = own.filter(|_| all > 0.0).map(|own| own / all);
        if let Some(proven) = self.proven
            && browser::now().millis_since(self.since) > PROOF_MILLIS
        {
            self.settled.0 += proven;
            self.settled.1 += 1;
        }
    }
}

/// A selfish miner's run.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    pub miner: NodeId,
    pub name: String,
    pub plays: Role,
    address: Address,
    pub work: Work,
    pub tally: Tally,
    pub is_over: bool,
}

/// A shop, and who tries to rob it.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopRun {
    attacker: NodeId,
    merchant: NodeId,
    pub names: (String, String),
    pub confirmations: u32,
    pub work: Work,
    /// That have ended, as the attacker counts.
    pub attempts: u32,
    /// As the merchant's own node counts: what it delivered, and what of that was taken back.
    pub sales: Score,
    pub is_over: bool,
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
        let mut peers = operator::peers().await?;
        peers.sort_by_cached_key(|peer| (peer.kind == NodeKind::Relay, peer.name.to_lowercase(), peer.id));
        if self.run.is_disposed() {
            return Ok(());
        }
        // What was ordered a moment ago may not have been told yet.
        let is_settled = browser::now().millis_since(self.ordered.get_value()) > TOLD_MILLIS;
        if is_settled && !self.is_ordering.get_untracked() {
            self.find_runs(&peers);
        }
        self.run.update(|run| {
            if let Some(run) = run.as_mut().filter(|run| !run.is_over) {
                run.work.look(&peers, run.miner);
                // It was closed or reloaded, or its person has taken it out.
                let plays = peers.iter().any(|peer| peer.id == run.miner && peer.role == Some(run.plays));
                run.is_over = !plays && run.work.is_told();
            }
        });
        self.shop.update(|shop| {
            if let Some(shop) = shop.as_mut().filter(|shop| !shop.is_over) {
                shop.look(&peers);
            }
        });
        self.peers.set(peers);
        self.count_blocks().await
    }

    /// Takes up what goes on already: the page was opened anew, or another one gave the order.
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
            let run = run.as_ref().filter(|run| !run.is_over)?;
            Some((run.tally.next(), run.address))
        }) {
            let part = operator::tree(from, TREE_HEIGHTS).await?;
            if self.run.is_disposed() {
                return Ok(());
            }
            let mut is_more = false;
            self.run.update(|run| {
                // Another run may have begun meanwhile.
                if let Some(run) = run.as_mut().filter(|run| run.address == address && run.tally.next() == from) {
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
        let (Some(address), Some(height)) = (miner.address, miner.height) else { return };
        self.run.set(Some(Run {
            miner: miner.id,
            name: miner.name.clone(),
            plays,
            address,
            work: Work::from_now(enforced),
            tally: Tally::above(height),
            is_over: false,
        }));
    }

    fn open(self, attacker: &Peer, merchant: &Peer, enforced: Option<f64>) {
        let Some(Role::Merchant { confirmations }) = merchant.role else { return };
        self.shop.set(Some(ShopRun {
            attacker: attacker.id,
            merchant: merchant.id,
            names: (attacker.name.clone(), merchant.name.clone()),
            confirmations,
            work: Work::from_now(enforced),
            attempts: 0,
            sales: Score::default(),
            is_over: false,
        }));
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
            let order = MineOrder {
                nodes: Nodes::Some(vec![node]),
                action: MineAction::Start,
                blocks: None,
                hashrate_limit: Some(limit),
                machine_share: None,
            };
            for answer in self.operator.mine(&order).await?.answers {
                if let Outcome::Refused { reason } | Outcome::NoAnswer { reason } = answer.answer {
                    return Err(text!("experiments-live-refused", name = answer.name, reason = reason));
                }
            }
        }
        Ok(())
    }

    fn limits(self, miner: NodeId, percent: &str) -> Result<Limits, String> {
        if percent.trim().is_empty() {
            return Ok(None);
        }
        let rates: Vec<(NodeId, f64)> = self.peers.with_untracked(|peers| {
            peers.iter().filter_map(|peer| peer.proven_hashrate.map(|rate| (peer.id, rate))).collect()
        });
        let share = shares::parse(percent);
        let limits = share.and_then(|share| Ok((share, shares::plan(&rates, miner, share)?)));
        limits.map(Some).map_err(|reason| match reason {
            NoPlan::BadShare => text!("experiments-live-bad-share"),
            NoPlan::NodeRests => text!("experiments-live-node-rests"),
            NoPlan::OthersRest => text!("experiments-live-others-rest"),
        })
    }

    /// Ends the run: the miner shows what it hides, and is honest again.
    pub fn stop(self) {
        let Some(miner) = self.run.with_untracked(|run| run.as_ref().map(|run| run.miner)) else { return };
        self.carry_out(async move {
            self.count_blocks().await?;
            self.operator.set_role(miner, Role::Honest).await?;
            self.run.try_update(|run| run.as_mut().map(|run| run.is_over = true));
            Ok(())
        });
    }

    /// Closes the shop.
    pub fn stop_shop(self) {
        let ends = self.shop.with_untracked(|shop| shop.as_ref().map(|shop| (shop.attacker, shop.merchant)));
        let Some((attacker, merchant)) = ends else { return };
        self.carry_out(async move {
            self.shop.try_update(|shop| shop.as_mut().map(|shop| shop.is_over = true));
            self.operator.set_role(attacker, Role::Honest).await?;
            self.operator.set_role(merchant, Role::Honest).await
        });
    }
}

impl ShopRun {
    fn look(&mut self, peers: &[Peer]) {
        self.work.look(peers, self.attacker);
        let find = |id| peers.iter().find(|peer| peer.id == id);
        let (attacker, merchant) = (find(self.attacker), find(self.merchant));
        let attacks = attacker.is_some_and(|peer| matches!(peer.role, Some(Role::DoubleSpender { .. })));
        let sells = merchant.is_some_and(|peer| matches!(peer.role, Some(Role::Merchant { .. })));
        // One was closed or reloaded, or its person has taken it out.
        self.is_over = !(attacks && sells) && self.work.is_told();
        if let (Some(attacker), Some(merchant), true) = (attacker, merchant, attacks && sells) {
            self.attempts = attacker.score.unwrap_or_default().trials;
            self.sales = merchant.score.unwrap_or_default();
        }
    }
}
