//! Faults, each at times that chance decides, and payments; and how all of it ends.

use super::{Event, World};
use crate::lab::checker::{Rule, Violation};
use crate::lab::settings::Breakage;
use crate::node::{Command, Input, Node};
use crate::primitives::{Amount, Memo};

/// Parts in which a store is read at the start, at most.
const MAX_PARTS: usize = 3;

impl World {
    /// Plans the first fault of each kind; each plans the next.
    pub(super) fn plan_faults(&mut self) {
        let faults = &self.settings.faults;
        let kinds = [
            (faults.crash_interval, Event::Crash),
            (faults.partition_interval, Event::Divide),
            (faults.cut_interval, Event::Cut),
            (self.settings.payment_interval, Event::Pay),
        ];
        for (interval, event) in kinds {
            self.plan_fault(interval, event);
        }
    }

    fn plan_fault(&mut self, interval: Option<u64>, event: Event) {
        if let Some(interval) = interval.filter(|_| self.stormy) {
            let wait = self.random.wait(interval);
            self.plan_in(wait, event);
        }
    }

    pub(super) fn crash_someone(&mut self) {
        if self.stormy {
            let node = self.random.index(self.machines.len());
            self.crash(node);
            let downtime = self.random.wait(self.settings.faults.downtime);
            self.plan_in(downtime, Event::Restart { node, life: self.machines[node].life });
            self.plan_fault(self.settings.faults.crash_interval, Event::Crash);
        }
    }

    /// A node loses its memory, and of the writes that wait all but the first few. Its peers learn of it, or find out.
    pub fn crash(&mut self, node: usize) {
        let machine = &mut self.machines[node];
        if machine.node.take().is_none() {
            return;
        }
        machine.life += 1;
        machine.search += 1;
        machine.timers.clear();
        let waiting = machine.disk.waiting() as u64;
        let done = self.random.below(waiting + 1);
        machine.disk.crash(usize::try_from(done).expect("a count of writes"));
        self.stats.crashes += 1;
        self.stats.lost_writes += waiting - done;
        if self.settings.breakage == Some(Breakage::LosesRecords) && !machine.disk.is_empty() {
            machine.disk.lose(self.random.index(machine.disk.len()));
        }
        for link in 0..self.links.len() {
            let side = self.links[link].nodes.iter().position(|end| *end == node);
            if let (Some(side), Some(peers)) = (side, self.links[link].peers) {
                let in_silence = self.random.chance(0.5);
                self.close(peers[side], in_silence);
            }
        }
    }

    pub(super) fn restart_due(&mut self, node: usize, life: u64) -> Result<(), Violation> {
        if self.machines[node].life == life { self.restart(node) } else { Ok(()) }
    }

    /// A node that is down starts with what its store holds, which must be what the last durable write left.
    pub fn restart(&mut self, node: usize) -> Result<(), Violation> {
        if self.machines[node].node.is_some() {
            return Ok(());
        }
        self.start(node);
        let machine = &mut self.machines[node];
        let expected = machine.disk.tip();
        let records = machine.disk.load();
        let parts = 1 + self.random.index(MAX_PARTS);
        self.machines[node].restoring = true;
        for part in records.chunks(records.len().div_ceil(parts).max(1)) {
            self.input(node, Input::RecordsLoaded(part.to_vec()))?;
        }
        self.machines[node].restoring = false;
        self.input(node, Input::AllRecordsLoaded)?;
        let Some(chain) = self.machines[node].node.as_ref().map(Node::chain) else { return Ok(()) };
        let (found, is_replaying) = (chain.tip(), chain.replay_progress().is_some());
        self.machines[node].tip = found;
        if let Some(expected) = expected.filter(|expected| !is_replaying && *expected != found) {
            return Err(self.violation(node, Rule::RestartedElsewhere { found, expected }));
        }
        if self.machines[node].mines {
            self.command(node, Command::StartMining { blocks: None, limit: None })?;
        }
        Ok(())
    }

    pub(super) fn divide_at_random(&mut self) {
        if !self.stormy {
            return;
        }
        let sides = (0..self.settings.honest + self.settings.byzantine).map(|_| self.random.chance(0.5)).collect();
        self.divide(sides);
        let duration = self.random.wait(self.settings.faults.partition_duration);
        self.plan_in(duration, Event::Heal);
        self.plan_fault(self.settings.faults.partition_interval, Event::Divide);
    }

    /// From now on only nodes of one side can talk. Their links stand, and carry nothing.
    pub fn divide(&mut self, sides: Vec<bool>) {
        self.stats.partitions += 1;
        self.divided = Some(sides);
    }

    pub fn heal(&mut self) {
        self.divided = None;
    }

    pub(super) fn cut_some_link(&mut self) -> Result<(), Violation> {
        if !self.stormy || self.links.is_empty() {
            return Ok(());
        }
        let link = self.random.index(self.links.len());
        self.stats.cuts += 1;
        self.plan_fault(self.settings.faults.cut_interval, Event::Cut);
        self.cut(link)
    }

    /// Somebody pays somebody else a part of what there is.
    pub(super) fn pay_someone(&mut self) -> Result<(), Violation> {
        if !self.stormy {
            return Ok(());
        }
        self.plan_fault(self.settings.payment_interval, Event::Pay);
        let (from, to) = (self.random.index(self.machines.len()), self.random.index(self.machines.len()));
        let Some(node) = &self.machines[from].node else { return Ok(()) };
        let available = node.mempool().available(&node.address(), node.chain().ledger());
        let amount = Amount::from_units(self.random.below(available.units() / 4)).expect("below a balance");
        let recipient = self.machines[to].key.public_key().address();
        self.command(from, Command::Pay { recipient, amount, fee: None, memo: Memo::default() })
    }

    /// Everyone is up, every link is made again, the byzantine nodes are gone, and nobody mines.
    pub(super) fn end_storm(&mut self) -> Result<(), Violation> {
        self.stormy = false;
        self.heal();
        for link in 0..self.links.len() {
            self.cut(link)?;
        }
        for node in 0..self.machines.len() {
            self.machines[node].mines = false;
            self.restart(node)?;
            self.command(node, Command::StopMining)?;
        }
        Ok(())
    }
}
