//! Runs of the two experiments as the page follows them: who plays, with how much of the work, and what has come of it. They are plain
//! data, kept in the browser, so that a page that was left takes them up again.

use serde::{Deserialize, Serialize};
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::{Role, Score};
use tabchain_shared::primitives::{Address, NodeId};

use super::revenue::Tally;
use crate::browser;
use crate::operator::Peer;

/// What nodes prove is over the last minute: until then a new limit is not seen whole.
const PROOF_MILLIS: u64 = 60_000;
/// Nodes have told of their new parts and limits by then.
pub const TOLD_MILLIS: u64 = 5_000;

/// How much of all work a node is known to do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
    pub fn from_now(enforced: Option<f64>) -> Self {
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub miner: NodeId,
    pub name: String,
    pub plays: Role,
    pub address: Address,
    pub work: Work,
    pub tally: Tally,
    pub is_over: bool,
}

impl Run {
    /// `None`: the node has not told enough of itself.
    pub fn begin(miner: &Peer, plays: Role, enforced: Option<f64>) -> Option<Self> {
        Some(Self {
            miner: miner.id,
            name: miner.name.clone(),
            plays,
            address: miner.address?,
            work: Work::from_now(enforced),
            tally: Tally::above(miner.height?),
            is_over: false,
        })
    }

    pub fn look(&mut self, peers: &[Peer]) {
        self.work.look(peers, self.miner);
        // It was closed or reloaded, or its person has taken it out.
        let plays = peers.iter().any(|peer| peer.id == self.miner && peer.role == Some(self.plays));
        if !plays && self.work.is_told() {
            self.end();
        }
    }

    /// What the chain has from now on is none of the run's.
    pub fn end(&mut self) {
        self.is_over = true;
        self.tally.end();
    }
}

/// A shop, and who tries to rob it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShopRun {
    pub attacker: NodeId,
    pub merchant: NodeId,
    pub names: (String, String),
    pub confirmations: u32,
    pub work: Work,
    /// That have ended, as the attacker counts.
    pub attempts: u32,
    /// As the merchant's own node counts: what it delivered, and what of that was taken back.
    pub sales: Score,
    pub is_over: bool,
}

impl ShopRun {
    pub fn open(attacker: &Peer, merchant: &Peer, confirmations: u32, enforced: Option<f64>) -> Self {
        Self {
            attacker: attacker.id,
            merchant: merchant.id,
            names: (attacker.name.clone(), merchant.name.clone()),
            confirmations,
            work: Work::from_now(enforced),
            attempts: 0,
            sales: Score::default(),
            is_over: false,
        }
    }

    pub fn look(&mut self, peers: &[Peer]) {
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
