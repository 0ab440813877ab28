//! What other relays have told of themselves and of their nodes: plain data. Time comes from the caller.
//!
//! Each relay numbers its events. Who has missed one asks for all nodes, and takes no more events of that relay until it has
//! them; so whatever the bus loses, doubles or reorders, what is known here is what that relay said at some moment, or nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::{Duration, Instant};

use tabchain_shared::node::io::Time;
use tabchain_shared::primitives::NodeId;

use crate::bus::address::PageAddress;
use crate::bus::message::{Epoch, NodeCard, NodeEvent};

/// A relay of which nothing was heard for so long is gone, and with it its nodes: five beats, of which some may get lost.
pub const DEAD_AFTER: Duration = Duration::from_secs(5);
/// All nodes are asked for again when they have not come, or not all of them.
const ASK_AGAIN: Duration = Duration::from_secs(2);
/// Relays of one network. Each has a link with each of the others.
pub const MAX_RELAYS: usize = 1_024;
/// Processes that are known to be gone: what the bus delivers late does not bring them back.
const REMEMBERED_GONE: usize = 64;
/// Addresses of pages whose tabs may come, also after their relay is gone.
const MAX_ADDRESSES: usize = 1_024;

#[derive(Debug, Default)]
pub struct Roster {
    relays: BTreeMap<Epoch, OtherRelay>,
    /// For each node the relays that say to have it, the one that took it in last at the end.
    holders: HashMap<NodeId, BTreeSet<(Time, Epoch)>>,
    gone: VecDeque<Epoch>,
    addresses: BTreeSet<PageAddress>,
}

#[derive(Debug)]
struct OtherRelay {
    resident: NodeId,
    address: Option<PageAddress>,
    heard: Instant,
    /// The last event that is taken in; none until all nodes have come.
    known: Option<u64>,
    asked: Option<Instant>,
    arriving: Option<Arriving>,
    nodes: HashMap<NodeId, NodeCard>,
}

/// Parts of all nodes of a relay.
#[derive(Debug)]
struct Arriving {
    last_event: u64,
    parts: BTreeMap<u16, Vec<NodeCard>>,
    count: u16,
}

/// Nodes of which something has changed.
pub type Touched = Vec<NodeId>;

impl Roster {
    /// A relay says that it is there. An earlier process of it, which has the same node, is gone.
    pub fn beat(
        &mut self,
        from: Epoch,
        resident: NodeId,
        address: Option<PageAddress>,
        last_event: u64,
        now: Instant,
    ) -> Touched {
        if self.gone.contains(&from) {
            return Touched::new();
        }
        let earlier = self.relays.iter().find(|(epoch, relay)| **epoch != from && relay.resident == resident);
        let touched = earlier.map(|(epoch, _)| *epoch).map(|earlier| self.remove(earlier)).unwrap_or_default();
        if self.relays.len() >= MAX_RELAYS && !self.relays.contains_key(&from) {
            return touched;
        }
        self.learn_addresses(address.clone());
        let relay = self.relays.entry(from).or_insert_with(|| OtherRelay {
            resident,
            address: None,
            heard: now,
            known: None,
            asked: None,
            arriving: None,
            nodes: HashMap::new(),
        });
        relay.address = address;
        relay.heard = now;
        // An old beat that comes late says less than what is known, and is no matter.
        if relay.known.is_some_and(|known| known < last_event) {
            relay.known = None;
        }
        touched
    }

    pub fn happened(&mut self, from: Epoch, first: u64, events: Vec<NodeEvent>) -> Touched {
        let Some(relay) = self.relays.get_mut(&from) else { return Touched::new() };
        let Some(known) = relay.known else { return Touched::new() };
        if first > known.saturating_add(1) {
            relay.known = None;
            return Touched::new();
        }
        let mut touched = Touched::new();
        for (index, event) in events.into_iter().enumerate() {
            let number = first.saturating_add(index as u64);
            let Some(relay) = self.relays.get_mut(&from) else { break };
            if relay.known.is_some_and(|known| number <= known) {
                continue;
            }
            relay.known = Some(number);
            match event {
                NodeEvent::Here(card) => {
                    touched.push(card.id);
                    self.put(from, card);
                }
                NodeEvent::Left(node) => {
                    touched.push(node);
                    self.take_away(from, node);
                }
            }
        }
        touched
    }

    /// A part of all nodes of a relay; with the last one they replace what was known of it.
    pub fn part(&mut self, from: Epoch, last_event: u64, (part, parts): (u16, u16), cards: Vec<NodeCard>) -> Touched {
        let Some(relay) = self.relays.get_mut(&from).filter(|relay| relay.known.is_none()) else {
            return Touched::new();
        };
        let arriving =
            relay.arriving.take().filter(|arriving| (arriving.last_event, arriving.count) == (last_event, parts));
        let mut arriving = arriving.unwrap_or(Arriving { last_event, parts: BTreeMap::new(), count: parts });
        arriving.parts.insert(part, cards);
        if arriving.parts.len() < usize::from(parts) {
            relay.arriving = Some(arriving);
            return Touched::new();
        }
        relay.known = Some(last_event);
        relay.asked = None;
        let mut touched: Touched = relay.nodes.keys().copied().collect();
        for node in touched.clone() {
            self.take_away(from, node);
        }
        for card in arriving.parts.into_values().flatten() {
            touched.push(card.id);
            self.put(from, card);
        }
        touched
    }

    pub fn learn_addresses(&mut self, addresses: impl IntoIterator<Item = PageAddress>) {
        for address in addresses {
            if self.addresses.len() < MAX_ADDRESSES {
                self.addresses.insert(address);
            }
        }
    }

    /// Relays whose nodes are not all known and that have not just been asked. Counts them as asked.
    pub fn take_unknown(&mut self, now: Instant) -> Vec<Epoch> {
        let due = |relay: &OtherRelay| {
            relay.known.is_none() && relay.asked.is_none_or(|asked| now.duration_since(asked) >= ASK_AGAIN)
        };
        let due = self.relays.iter_mut().filter(|(_, relay)| due(relay));
        due.map(|(epoch, relay)| {
            relay.asked = Some(now);
            *epoch
        })
        .collect()
    }

    /// Relays that were silent for too long.
    pub fn silent(&self, now: Instant) -> Vec<Epoch> {
        let silent = self.relays.iter().filter(|(_, relay)| now.duration_since(relay.heard) > DEAD_AFTER);
        silent.map(|(epoch, _)| *epoch).collect()
    }

    /// A relay is silent: all that it told is forgotten. It may be heard again.
    pub fn forget(&mut self, relay: Epoch) -> Touched {
        let Some(gone) = self.relays.remove(&relay) else { return Touched::new() };
        for (node, card) in &gone.nodes {
            self.let_go(*node, (card.since, relay));
        }
        gone.nodes.into_keys().collect()
    }

    /// A relay's process has ended: what the bus still delivers of it counts for nothing.
    pub fn remove(&mut self, relay: Epoch) -> Touched {
        if self.gone.len() == REMEMBERED_GONE {
            self.gone.pop_front();
        }
        self.gone.push_back(relay);
        self.forget(relay)
    }

    pub fn knows(&self, relay: Epoch) -> bool {
        self.relays.contains_key(&relay)
    }

    pub fn relay_count(&self) -> usize {
        self.relays.len()
    }

    /// Which relay has a node, as far as others say, and since when.
    pub fn holder(&self, node: NodeId) -> Option<(Time, Epoch)> {
        self.holders.get(&node)?.last().copied()
    }

    pub fn card(&self, node: NodeId) -> Option<&NodeCard> {
        let (_, relay) = self.holder(node)?;
        self.relays.get(&relay)?.nodes.get(&node)
    }

    pub fn resident_of(&self, relay: Epoch) -> Option<NodeId> {
        self.relays.get(&relay).map(|relay| relay.resident)
    }

    pub fn is_resident(&self, node: NodeId) -> bool {
        self.relays.values().any(|relay| relay.resident == node)
    }

    /// Every node that some other relay has, with the relay's own node.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &NodeCard)> {
        let of_relay = |(epoch, relay): (&Epoch, &'_ OtherRelay)| (*epoch, relay.resident);
        self.relays.iter().flat_map(move |(epoch, relay)| {
            let (epoch, resident) = of_relay((epoch, relay));
            let held = relay.nodes.values().filter(move |card| self.holder(card.id) == Some((card.since, epoch)));
            held.map(move |card| (resident, card))
        })
    }

    /// Where browsers reach the relays that are there.
    pub fn addresses_here(&self) -> impl Iterator<Item = &PageAddress> {
        self.relays.values().filter_map(|relay| relay.address.as_ref())
    }

    /// Where browsers ever reached one.
    pub fn addresses(&self) -> &BTreeSet<PageAddress> {
        &self.addresses
    }

    fn put(&mut self, relay: Epoch, card: NodeCard) {
        let (node, since) = (card.id, card.since);
        let Some(nodes) = self.relays.get_mut(&relay).map(|relay| &mut relay.nodes) else { return };
        if let Some(before) = nodes.insert(node, card) {
            self.let_go(node, (before.since, relay));
        }
        self.holders.entry(node).or_default().insert((since, relay));
    }

    fn take_away(&mut self, relay: Epoch, node: NodeId) {
        if let Some(card) = self.relays.get_mut(&relay).and_then(|relay| relay.nodes.remove(&node)) {
            self.let_go(node, (card.since, relay));
        }
    }

    fn let_go(&mut self, node: NodeId, holder: (Time, Epoch)) {
        if let Some(holders) = self.holders.get_mut(&node) {
            holders.remove(&holder);
            if holders.is_empty() {
                self.holders.remove(&node);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::node::snapshot::NodeKind;
    use tabchain_shared::primitives::SecretKey;

    use super::*;

    const RELAY: Epoch = Epoch(1);
    const OTHER: Epoch = Epoch(2);

    fn card(number: u8, since: u64) -> NodeCard {
        let key = SecretKey::from_seed([number; 32]).public_key();
        NodeCard {
            id: key.node_id(),
            name: format!("node-{number}"),
            kind: NodeKind::Tab,
            address: key.address(),
            since: Time(since),
            report: None,
            proven: None,
        }
    }

    /// A relay with one node, its own, as of event 1.
    fn roster(now: Instant) -> Roster {
        let mut roster = Roster::default();
        roster.beat(RELAY, card(1, 0).id, None, 1, now);
        assert_eq!(roster.take_unknown(now), [RELAY]);
        assert_eq!(roster.part(RELAY, 1, (0, 1), vec![card(1, 0)]), [card(1, 0).id]);
        roster
    }

    fn here(number: u8) -> Vec<NodeEvent> {
        vec![NodeEvent::Here(card(number, 1))]
    }

    fn names(roster: &Roster) -> BTreeSet<String> {
        roster.nodes().map(|(_, card)| card.name.clone()).collect()
    }

    #[test]
    fn events_count_once_and_in_their_order() {
        let now = Instant::now();
        let mut roster = roster(now);
        assert_eq!(roster.happened(RELAY, 2, here(2)), [card(2, 1).id]);
        assert!(roster.happened(RELAY, 2, here(2)).is_empty(), "it came twice");
        let left = vec![NodeEvent::Left(card(2, 1).id), NodeEvent::Here(card(3, 1))];
        assert_eq!(roster.happened(RELAY, 2, [here(2), left].concat()).len(), 2, "the first of three is known");
        assert_eq!(names(&roster), ["node-1", "node-3"].map(str::to_owned).into());
        assert!(roster.happened(OTHER, 1, here(4)).is_empty(), "nobody knows that relay");
    }

    /// CASES 88: after a loss nothing more is believed until all nodes have come, in whatever order their parts do.
    #[test]
    fn who_has_missed_an_event_asks_for_all_nodes() {
        let now = Instant::now();
        let mut roster = roster(now);
        assert!(roster.happened(RELAY, 3, here(3)).is_empty(), "the second is missing");
        assert!(roster.happened(RELAY, 2, here(2)).is_empty(), "too late");
        assert_eq!(roster.take_unknown(now), [RELAY]);
        assert!(roster.take_unknown(now).is_empty(), "asked already");
        assert_eq!(roster.take_unknown(now + ASK_AGAIN), [RELAY], "the answer was lost");
        assert!(roster.part(RELAY, 3, (1, 2), vec![card(3, 1)]).is_empty());
        assert!(roster.part(RELAY, 4, (1, 2), vec![card(4, 1)]).is_empty(), "of another answer");
        assert!(roster.part(RELAY, 4, (1, 2), vec![card(4, 1)]).is_empty(), "it came twice");
        roster.part(RELAY, 4, (0, 2), vec![card(1, 0)]);
        assert_eq!(names(&roster), ["node-1", "node-4"].map(str::to_owned).into());
        assert!(roster.take_unknown(now + 2 * ASK_AGAIN).is_empty());
        // A beat tells of the last event of all.
        roster.beat(RELAY, card(1, 0).id, None, 5, now);
        assert_eq!(roster.take_unknown(now), [RELAY]);
    }

    #[test]
    fn a_beat_that_comes_late_is_no_loss() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.happened(RELAY, 2, here(2));
        roster.beat(RELAY, card(1, 0).id, None, 1, now);
        assert!(roster.take_unknown(now).is_empty());
    }

    #[test]
    fn a_silent_relay_is_gone_and_its_next_process_takes_its_place_at_once() {
        let now = Instant::now();
        let mut roster = roster(now);
        assert!(roster.silent(now + DEAD_AFTER).is_empty());
        assert_eq!(roster.silent(now + DEAD_AFTER + Duration::from_millis(1)), [RELAY]);
        assert_eq!(roster.beat(OTHER, card(1, 0).id, None, 0, now), [card(1, 0).id], "the same relay, started anew");
        assert_eq!(roster.relay_count(), 1);
        roster.beat(RELAY, card(1, 0).id, None, 1, now);
        assert!(!roster.knows(RELAY), "what the bus delivers late of the earlier one does not bring it back");
    }

    #[test]
    fn a_node_is_where_it_was_taken_in_last() {
        let now = Instant::now();
        let mut roster = roster(now);
        roster.beat(OTHER, card(9, 0).id, None, 1, now);
        roster.part(OTHER, 1, (0, 1), vec![card(9, 0), card(2, 5)]);
        roster.happened(RELAY, 2, vec![NodeEvent::Here(card(2, 4))]);
        assert_eq!(roster.holder(card(2, 0).id), Some((Time(5), OTHER)));
        roster.happened(RELAY, 3, vec![NodeEvent::Here(card(2, 5))]);
        assert_eq!(
            roster.holder(card(2, 0).id),
            Some((Time(5), OTHER)),
            "of two at once one is chosen everywhere alike"
        );
        assert_eq!(roster.nodes().count(), 3, "it is listed once");
        roster.forget(OTHER);
        assert_eq!(roster.holder(card(2, 0).id), Some((Time(5), RELAY)));
    }

    #[test]
    fn relays_and_addresses_have_limits() {
        let now = Instant::now();
        let mut roster = Roster::default();
        for number in 0..=MAX_RELAYS as u64 {
            roster.beat(Epoch(number), NodeId(number.to_be_bytes()), None, 0, now);
        }
        assert_eq!(roster.relay_count(), MAX_RELAYS);
        roster.learn_addresses((0..=MAX_ADDRESSES).map(|port| format!("http://a:{}", port + 1).parse().unwrap()));
        assert_eq!(roster.addresses().len(), MAX_ADDRESSES);
    }
}
