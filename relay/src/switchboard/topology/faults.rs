//! What the host has links do to frames. A fault belongs to two nodes, not to one link of theirs: it holds again whenever
//! they are linked anew, until the host takes it away or sets a shape.

use std::collections::{BTreeMap, BTreeSet};

use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::link_fault::LinkFault;

use super::{Changes, LinkError, Pair, Topology};

/// More than a host sets by hand, and few enough to be told to other relays with all that a host can have linked and cut.
pub const MAX_FAULTS: usize = 400;

#[derive(Debug, Default)]
pub(super) struct Faults {
    by_pair: BTreeMap<Pair, LinkFault>,
    /// Of these, those whose ends have given the link up meanwhile.
    given_up: BTreeSet<Pair>,
}

impl Faults {
    pub fn of(&self, a: NodeId, b: NodeId) -> Option<LinkFault> {
        self.by_pair.get(&Pair::new(a, b)).copied()
    }

    /// One of the two does not want the link any more, which may be the fault's doing.
    pub fn gave_up(&mut self, a: NodeId, b: NodeId) {
        let pair = Pair::new(a, b);
        if self.by_pair.contains_key(&pair) {
            self.given_up.insert(pair);
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

impl Topology {
    pub fn fault_of(&self, a: NodeId, b: NodeId) -> Option<LinkFault> {
        self.faults.of(a, b)
    }

    pub fn faults(&self) -> impl Iterator<Item = (Pair, LinkFault)> {
        self.faults.by_pair.iter().map(|(pair, fault)| (*pair, *fault))
    }

    /// The host has the link of two nodes do this, now and whenever there is one. Of an earlier fault they had given the link up
    /// for, they get it again.
    pub fn set_fault(&mut self, a: NodeId, b: NodeId, fault: LinkFault) -> Result<Changes, LinkError> {
        self.check_ends(a, b)?;
        let pair = Pair::new(a, b);
        if self.faults.by_pair.len() >= MAX_FAULTS && !self.faults.by_pair.contains_key(&pair) {
            return Err(LinkError::TooManyFaults);
        }
        self.faults.by_pair.insert(pair, fault);
        Ok(self.forgive(pair))
    }

    /// Takes a fault away; `None`: there is none. If the two gave their link up meanwhile, they get it again.
    pub fn clear_fault(&mut self, a: NodeId, b: NodeId) -> Option<Changes> {
        let pair = Pair::new(a, b);
        self.faults.by_pair.remove(&pair)?;
        Some(self.forgive(pair))
    }

    /// What another relay's host has ordered, all of it. Returns the pairs for which something is different now.
    pub fn obey_faults(&mut self, ordered: &[([NodeId; 2], LinkFault)]) -> (Changes, Vec<Pair>) {
        let ordered: BTreeMap<Pair, LinkFault> =
            ordered.iter().map(|([a, b], fault)| (Pair::new(*a, *b), *fault)).collect();
        let before = std::mem::replace(&mut self.faults.by_pair, ordered);
        let pairs: BTreeSet<Pair> = before.keys().chain(self.faults.by_pair.keys()).copied().collect();
        let is_other = |pair: &Pair| before.get(pair) != self.faults.by_pair.get(pair);
        let different: Vec<Pair> = pairs.into_iter().filter(is_other).collect();
        let mut changes = Changes::default();
        for pair in &different {
            changes.extend(self.forgive(*pair));
        }
        (changes, different)
    }

    fn forgive(&mut self, pair: Pair) -> Changes {
        let mut changes = Changes::default();
        if self.faults.given_up.remove(&pair) {
            let [a, b] = pair.nodes();
            self.table.reconcile(a, b);
            self.link(a, b, &mut changes);
        }
        changes
    }
}
