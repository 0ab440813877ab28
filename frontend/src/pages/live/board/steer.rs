//! The orders of the live experiments: who plays what, with how much of the work, and that nodes go back to what they kept to before.

use leptos::prelude::*;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::role::Role;
use tabchain_shared::primitives::NodeId;

use super::Board;
use crate::browser;
use crate::operator::{self, MineAction, MineOrder, Nodes, Outcome, Peer};
use crate::pages::control::nodes::shares::{self, NoPlan};
use crate::pages::live::limits::HeldLimits;
use crate::pages::live::runs::Run;
use crate::text;
use crate::words;

/// Limits for a part of the hash rate.
type Limits = Option<(f64, Vec<(NodeId, f64)>)>;

impl Board {
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
        let share = shares::parse(percent);
        let planned = share.and_then(|share| Ok((share, shares::plan(&shares::rates(&peers), miner, share)?)));
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

    /// When no experiment is on, nodes that were slowed down for one go back to what they kept to before.
    pub(super) async fn give_back_limits(self, peers: &[Peer]) {
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
}
