//! The host's orders to nodes, as one value: what they do depends on the limit and on who is selected.

use leptos::prelude::*;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::primitives::NodeId;

use super::shares::{self, NoPlan};
use crate::operator::{All, MineAction, MineOrder, Nodes as OrderedNodes, Operator, Outcome};
use crate::pages::control::network::Network;
use crate::pages::control::{Receiver, limit};
use crate::text;
use crate::words;

#[derive(Clone, Copy)]
pub struct Switches {
    pub network: Network,
    pub operator: Operator,
    pub receiver: Receiver,
    /// As typed in.
    pub limit: RwSignal<String>,
}

impl Switches {
    pub fn order(self, nodes: OrderedNodes, action: MineAction, blocks: Option<u32>) {
        let limit = match limit::parse(&self.limit.read_untracked()) {
            Ok(limit) => limit.filter(|_| action == MineAction::Start),
            Err(reason) => return self.network.journal.note(reason),
        };
        let (hashrate_limit, machine_share) = match limit {
            None => (None, None),
            Some(HashrateLimit::HashesPerSecond(limit)) => (Some(limit), None),
            Some(HashrateLimit::MachineShare(share)) => (None, Some(share)),
        };
        let order = MineOrder { nodes, action, blocks, hashrate_limit, machine_share };
        leptos::task::spawn_local(async move {
            let done = self.carry_out(&order).await;
            if !done.is_empty() {
                let who = who(&done);
                self.network.journal.note(match (order.action, order.blocks) {
                    (MineAction::Start, Some(1)) => text!("control-order-one-block", who = who),
                    (MineAction::Start, _) => text!("control-order-started", who = who),
                    (MineAction::Stop, _) => text!("control-order-stopped", who = who),
                });
            }
        });
    }

    /// Who did so. Those who refused are named in the journal.
    async fn carry_out(self, order: &MineOrder) -> Vec<String> {
        let answers = match self.operator.mine(order).await {
            Ok(answers) => answers.answers,
            Err(reason) => {
                self.network.journal.note(words::sentence(&reason));
                return Vec::new();
            }
        };
        let mut done = Vec::new();
        for answer in answers {
            let name = answer.name;
            match answer.answer {
                Outcome::Done | Outcome::Accepted => done.push(name),
                Outcome::Refused { reason } => {
                    self.network.journal.note(text!("control-order-refused", name = name, reason = reason));
                }
                Outcome::NoAnswer { reason } => self.network.journal.note(words::sentence(&reason)),
            }
        }
        done
    }

    /// The selected nodes, or all when none is.
    pub fn chosen(self) -> OrderedNodes {
        let selected = self.network.selected.read_untracked();
        if selected.is_empty() {
            OrderedNodes::All(All::All)
        } else {
            OrderedNodes::Some(selected.iter().copied().collect())
        }
    }

    /// Slows nodes down until this one has a part of all that is proven.
    pub fn share(self, node: NodeId, percent: &str) {
        let rates = self.network.peers.with_untracked(|peers| shares::rates(peers));
        let name = self.network.name_of(node).unwrap_or_default();
        let limits = match shares::parse(percent).and_then(|share| shares::plan(&rates, node, share)) {
            Ok(limits) => limits,
            Err(reason) => {
                return self.network.journal.note(match reason {
                    NoPlan::BadShare => text!("control-share-bad"),
                    NoPlan::NodeRests => text!("control-share-node-rests", name = name),
                    NoPlan::OthersRest => text!("control-share-others-rest", name = name),
                });
            }
        };
        let percent = percent.trim().trim_end_matches('%').trim_end().to_owned();
        leptos::task::spawn_local(async move {
            let mut slowed = Vec::new();
            for (node, limit) in limits {
                let order = MineOrder {
                    nodes: OrderedNodes::Some(vec![node]),
                    action: MineAction::Start,
                    blocks: None,
                    hashrate_limit: Some(limit),
                    machine_share: None,
                };
                slowed.extend(self.carry_out(&order).await);
            }
            if !slowed.is_empty() {
                let who = who(&slowed);
                self.network.journal.note(text!("control-share-set", name = name, percent = percent, who = who));
            }
        });
    }
}

/// A few by their names, many by their number.
fn who(names: &[String]) -> String {
    if names.len() > 3 { text!("control-nodes-count", count = names.len()) } else { names.join(", ") }
}
