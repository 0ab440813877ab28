//! What this relay tells others of its nodes: who has come or left at once, what nodes say of themselves within a budget, so
//! that the bus carries no more of it however many there are; then it is older.

use std::collections::{BTreeSet, HashSet, VecDeque};

use tabchain_shared::primitives::NodeId;

use crate::bus::message::{MAX_CARDS_BYTES, NodeCard, NodeEvent};

/// Of reports that a relay hears from all others, bytes of JSON in a second: each tells its equal part of that. Those of a
/// thousand nodes are told as they come; in a larger network they are older.
pub const REPORT_BYTES_PER_SECOND: usize = 1024 * 1024;

#[derive(Debug, Default)]
pub struct Presence {
    last_event: u64,
    /// Nodes of which others have heard.
    told: HashSet<NodeId>,
    /// Nodes that have come, left, or come again.
    changed: BTreeSet<NodeId>,
    /// Nodes that have reported, the longest waiting first.
    reported: VecDeque<NodeId>,
    waiting: HashSet<NodeId>,
}

impl Presence {
    pub fn last_event(&self) -> u64 {
        self.last_event
    }

    pub fn changed(&mut self, node: NodeId) {
        self.changed.insert(node);
    }

    pub fn reported(&mut self, node: NodeId) {
        if self.waiting.insert(node) {
            self.reported.push_back(node);
        }
    }

    /// The next events, as many as fit into a message; the first one's number is with them. `card`: of a node that is here.
    pub fn next_changes(&mut self, card: impl Fn(NodeId) -> Option<NodeCard>) -> Option<(u64, Vec<NodeEvent>)> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        while bytes < MAX_CARDS_BYTES
            && let Some(node) = self.changed.pop_first()
        {
            match card(node) {
                Some(card) => {
                    bytes += json_bytes(&card);
                    self.told.insert(node);
                    events.push(NodeEvent::Here(card));
                }
                None if self.told.remove(&node) => events.push(NodeEvent::Left(node)),
                // It has come and left, and nobody has heard of it.
                None => {}
            }
        }
        self.number(events)
    }

    /// The next reports, as far as the budget goes.
    pub fn next_reports(
        &mut self,
        budget: &mut usize,
        card: impl Fn(NodeId) -> Option<NodeCard>,
    ) -> Option<(u64, Vec<NodeEvent>)> {
        let (mut events, mut bytes) = (Vec::new(), 0);
        while bytes < MAX_CARDS_BYTES
            && *budget > 0
            && let Some(node) = self.reported.pop_front()
        {
            self.waiting.remove(&node);
            if let Some(card) = card(node).filter(|_| self.told.contains(&node)) {
                let size = json_bytes(&card);
                bytes += size;
                *budget = budget.saturating_sub(size);
                events.push(NodeEvent::Here(card));
            }
        }
        self.number(events)
    }

    fn number(&mut self, events: Vec<NodeEvent>) -> Option<(u64, Vec<NodeEvent>)> {
        if events.is_empty() {
            return None;
        }
        let first = self.last_event + 1;
        self.last_event += events.len() as u64;
        Some((first, events))
    }
}

/// All of these nodes, in parts that fit into a message each. At least one part.
pub fn in_parts(cards: impl Iterator<Item = NodeCard>) -> Vec<Vec<NodeCard>> {
    let (mut parts, mut bytes) = (vec![Vec::new()], 0);
    for card in cards {
        if bytes >= MAX_CARDS_BYTES {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += json_bytes(&card);
        if let Some(part) = parts.last_mut() {
            part.push(card);
        }
    }
    parts
}

fn json_bytes(card: &NodeCard) -> usize {
    serde_json::to_vec(card).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::io::Time;
    use tabchain_shared::node::snapshot::NodeKind;
    use tabchain_shared::primitives::Address;

    use super::*;

    fn node(number: u8) -> NodeId {
        NodeId([number; 8])
    }

    fn card(id: NodeId) -> NodeCard {
        let (name, kind, address, since) = ("ada".into(), NodeKind::Tab, Address([1; 20]), Time(1));
        NodeCard { id, name, kind, address, since, report: None, proven: None }
    }

    #[test]
    fn who_comes_and_goes_is_told_in_numbered_events() {
        let mut presence = Presence::default();
        presence.changed(node(1));
        presence.changed(node(2));
        let (first, events) = presence.next_changes(|id| (id == node(1)).then(|| card(id))).unwrap();
        assert_eq!((first, events), (1, vec![NodeEvent::Here(card(node(1)))]), "nobody has heard of the second");
        assert!(presence.next_changes(|id| Some(card(id))).is_none());
        presence.changed(node(1));
        let (first, events) = presence.next_changes(|_| None).unwrap();
        assert_eq!((first, events), (2, vec![NodeEvent::Left(node(1))]));
        assert_eq!(presence.last_event(), 2);
    }

    #[test]
    fn reports_wait_for_their_turn_and_for_their_budget() {
        let mut presence = Presence::default();
        for number in 1..=3 {
            presence.changed(node(number));
        }
        presence.next_changes(|id| Some(card(id)));
        for number in [3, 1, 3, 9] {
            presence.reported(node(number));
        }
        let mut budget = 1;
        let (_, events) = presence.next_reports(&mut budget, |id| Some(card(id))).unwrap();
        assert_eq!(events, [NodeEvent::Here(card(node(3)))]);
        assert_eq!(budget, 0);
        assert!(presence.next_reports(&mut budget, |id| Some(card(id))).is_none());
        budget = 10_000;
        let (first, events) = presence.next_reports(&mut budget, |id| Some(card(id))).unwrap();
        assert_eq!((first, events), (5, vec![NodeEvent::Here(card(node(1)))]), "nobody has heard of the ninth");
    }

    #[test]
    fn what_does_not_fit_into_one_message_goes_into_more() {
        let cards = || (0..=u8::MAX).cycle().take(4_000).map(|number| card(node(number)));
        let parts = in_parts(cards());
        assert!(parts.len() > 2, "{}", parts.len());
        assert_eq!(parts.iter().map(Vec::len).sum::<usize>(), 4_000);
        assert!(parts.iter().all(|part| serde_json::to_vec(part).unwrap().len() < 2 * MAX_CARDS_BYTES));
        assert_eq!(in_parts(std::iter::empty()).len(), 1, "no nodes are an answer, too");
    }
}
