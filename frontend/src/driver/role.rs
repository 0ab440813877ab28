//! The part that the host has this tab play. The node is as honest as ever; a dishonest part is a veil between it and its links
//! (`shared::lab::veil`), and a merchant looks at its node's chain (`shared::lab::till`). A part ends when the host says so, when this
//! tab's person follows the host no more, and with the worker.

use tabchain_shared::lab::till::Till;
use tabchain_shared::lab::veil::{Said, Veil};
use tabchain_shared::node::io::{Answer, Command, Output};
use tabchain_shared::node::role::Role;
use tabchain_shared::wire::switchboard::NodeReport;

use super::Driver;
use crate::bridge::PartView;

#[derive(Default)]
pub enum Part {
    #[default]
    Honest,
    Veiled(Box<Veil>),
    Merchant(Till),
}

impl Part {
    pub fn veil(&mut self) -> Option<&mut Veil> {
        if let Self::Veiled(veil) = self { Some(veil) } else { None }
    }

    /// Why a tab that plays this part does not do what the host wants of its node. What it keeps back is nobody's to see, and its part
    /// may be over by the next block.
    pub fn refusal(&self, command: &Command) -> Option<Answer> {
        match (self, command) {
            (Self::Veiled(_), Command::ShowChain { .. }) => {
                Some(Answer::Refused { reason: "this tab plays a part and shows what it likes".to_owned() })
            }
            _ => None,
        }
    }
}

impl Driver {
    /// What the node wants done next, as far as it is not to stay hidden.
    pub(super) fn next_output(&mut self) -> Option<Output> {
        let node = &mut self.resident.as_mut()?.node;
        loop {
            let output = node.poll_output()?;
            let passed = match &mut self.part {
                Part::Veiled(veil) => veil.pass(node, output),
                Part::Merchant(till) => {
                    till.saw(&output);
                    Some(output)
                }
                Part::Honest => Some(output),
            };
            if passed.is_some() {
                return passed;
            }
        }
    }

    /// The host's order to play another part.
    pub(super) fn play_for_host(&mut self, role: Role) -> Answer {
        let Some(resident) = &self.resident else {
            return Answer::Refused { reason: "this tab has no node yet".to_owned() };
        };
        if let Err(refusal) = resident.may_order() {
            return refusal;
        }
        if let Err(error) = role.check() {
            return Answer::Refused { reason: error.to_string() };
        }
        self.play(role);
        Answer::Done
    }

    /// Plays another part from now on. What the last one hid is shown.
    pub(super) fn play(&mut self, role: Role) {
        let Some(resident) = &self.resident else { return };
        let node = &resident.node;
        let next = match role {
            Role::Merchant { confirmations } => Part::Merchant(Till::new(confirmations, node)),
            role => Veil::of(role, node).map_or(Part::Honest, |veil| Part::Veiled(Box::new(veil))),
        };
        let last = std::mem::replace(&mut self.part, next);
        let shown = if let Part::Veiled(veil) = last { veil.lift(node) } else { None };
        self.say(shown);
        self.view_changed();
        self.report_changed();
    }

    /// Does what the part demands by what the node knows now. `true`: it has given the node an order.
    pub(super) fn act(&mut self) -> bool {
        let Some(resident) = &mut self.resident else { return false };
        let (said, order, has_changed) = match &mut self.part {
            Part::Honest => return false,
            Part::Veiled(veil) => {
                let said = veil.look(&resident.node);
                let order = veil.order(&resident.node).map(|command| resident.command(command));
                let has_changed = !said.is_empty();
                (said, order, has_changed)
            }
            Part::Merchant(till) => (Vec::new(), None, till.look(&resident.node)),
        };
        self.say(said);
        if has_changed {
            self.report_changed();
            self.view_changed();
        }
        let is_ordered = order.is_some();
        if let Some(input) = order {
            self.feed(input);
        }
        is_ordered
    }

    fn say(&mut self, said: impl IntoIterator<Item = Said>) {
        let Some(resident) = &self.resident else { return };
        let peers: Vec<_> = resident.node.peer_views().iter().map(|peer| peer.peer).collect();
        for Said { to, frame } in said {
            for peer in peers.iter().filter(|peer| to.is_none_or(|to| to == **peer)) {
                self.send(*peer, frame.clone());
            }
        }
    }

    /// What the relay is told of the part, and without what is hidden.
    pub(super) fn cover(&mut self, report: &mut NodeReport) {
        let Some(resident) = &self.resident else { return };
        match &mut self.part {
            Part::Honest => {}
            Part::Veiled(veil) => veil.cover(report, &resident.node),
            Part::Merchant(till) => {
                report.role = Role::Merchant { confirmations: till.confirmations() };
                report.score = Some(till.score());
            }
        }
    }

    /// For this tab's own page.
    pub(super) fn part_view(&self) -> PartView {
        match (&self.part, &self.resident) {
            (Part::Veiled(veil), Some(resident)) => {
                PartView { role: veil.role(), hidden: veil.hidden(&resident.node), score: veil.score(), waiting: 0 }
            }
            (Part::Merchant(till), _) => PartView {
                role: Role::Merchant { confirmations: till.confirmations() },
                hidden: 0,
                score: Some(till.score()),
                waiting: till.waiting(),
            },
            _ => PartView::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::consensus::Params;
    use tabchain_shared::node::io::Time;
    use tabchain_shared::node::snapshot::NodeKind;
    use tabchain_shared::node::{Config, Node};
    use tabchain_shared::primitives::SecretKey;
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn who_hides_blocks_shows_the_host_no_chain_and_obeys_otherwise() {
        let config = Config::new("eve", NodeKind::Tab, 1);
        let node = Node::new(config, Params::regtest(), SecretKey::from_seed([1; 32]), Time(0));
        let ask = Command::ShowChain { above: Vec::new() };
        let selfish = Part::Veiled(Box::new(Veil::of(Role::Selfish, &node).expect("a part with a veil")));
        assert!(matches!(selfish.refusal(&ask), Some(Answer::Refused { .. })));
        assert_eq!(selfish.refusal(&Command::StopMining), None);
        for open in [Part::Honest, Part::Merchant(Till::new(1, &node))] {
            assert_eq!(open.refusal(&ask), None);
        }
    }
}
