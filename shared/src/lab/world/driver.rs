//! A node's driver, as plain as the real ones: it feeds inputs and carries out outputs. Beside it the checker looks on.

use super::{Event, World};
use crate::chain::store::{Change, Key};
use crate::lab::checker::{Violation, check_announcement, check_answer, check_disconnect};
use crate::lab::settings::Breakage;
use crate::mining::nonce_space::job_version;
use crate::mining::{Job, Solution};
use crate::node::{Answer, Event as NodeEvent, Input, LoadId, Output, StoreId, Time, Timer};
use crate::wire::Message;

impl World {
    /// What the node's clock says.
    pub(super) fn local_time(&self, node: usize) -> Time {
        Time(self.now.0.saturating_add_signed(self.machines[node].skew))
    }

    /// Feeds a node, unless it is down, and carries out what it wants done.
    pub(super) fn input(&mut self, node: usize, input: Input) -> Result<(), Violation> {
        // An answer to `getheaders` shows the active chain as it is; only what is sent unasked must be stored before.
        let asked = matches!(&input, Input::FrameReceived { frame, .. }
            if matches!(frame.message(), Ok(Message::GetHeaders(_))));
        let local = self.local_time(node);
        let Some(running) = &mut self.machines[node].node else { return Ok(()) };
        running.handle(local, input);
        while let Some(output) = self.machines[node].node.as_mut().and_then(crate::node::Node::poll_output) {
            self.output(node, output, asked)?;
        }
        match &self.machines[node].node {
            Some(_) if self.machines[node].restoring => Ok(()),
            Some(running) => self.checker.check_state(running).map_err(|rule| self.violation(node, rule)),
            None => Ok(()),
        }
    }

    fn output(&mut self, node: usize, output: Output, asked: bool) -> Result<(), Violation> {
        match output {
            Output::Send { peer, frame } => {
                let machine = &self.machines[node];
                if let Some(running) = &machine.node {
                    check_announcement(&frame, asked, running.chain(), &machine.disk)
                        .map_err(|rule| self.violation(node, rule))?;
                }
                self.send(peer, frame.into_bytes());
            }
            Output::Disconnect { peer, reason } => {
                let other = self.parties[&peer].there;
                if !self.is_villain(other) {
                    check_disconnect(other, &reason).map_err(|rule| self.violation(node, rule))?;
                }
                self.hung_up(peer, reason);
            }
            Output::SetTimer { timer, at } => {
                let skew = self.machines[node].skew;
                let due = Time(at.0.saturating_add_signed(-skew)).max(self.now);
                self.machines[node].timers.insert(timer, due);
                self.plan(due, Event::Timer { node, timer, at: due });
            }
            Output::Store { id, changes } => self.store(node, id, changes),
            Output::Load { id, keys } => {
                let delay = self.random_below(self.settings.store_delay + 1);
                let machine = &mut self.machines[node];
                // After all writes that were given before.
                machine.last_commit = machine.last_commit.max(self.now.plus_millis(delay));
                let (at, life) = (machine.last_commit, machine.life);
                self.plan(at, Event::Read { node, life, id, keys });
            }
            Output::Mine(job) => self.mine(node, job),
            Output::Event(event) => self.node_event(node, event)?,
        }
        Ok(())
    }

    fn store(&mut self, node: usize, id: StoreId, changes: Vec<Change>) {
        self.checker.saw_write(&changes);
        let delay = self.random_below(self.settings.store_delay + 1);
        let machine = &mut self.machines[node];
        let is_replaying = machine.node.as_ref().is_some_and(|node| node.chain().replay_progress().is_some());
        machine.disk.submit(id, changes, (!is_replaying).then_some(machine.tip));
        // One after the other, as they were given.
        machine.last_commit = machine.last_commit.max(self.now.plus_millis(delay));
        let (at, life) = (machine.last_commit, machine.life);
        self.plan(at, Event::Commit { node, life });
        if self.settings.breakage == Some(Breakage::AcknowledgesEarly) {
            self.plan_in(0, Event::Acknowledge { node, life, id });
        }
    }

    pub(super) fn read(&mut self, node: usize, life: u64, id: LoadId, keys: &[Key]) -> Result<(), Violation> {
        if self.machines[node].life != life {
            return Ok(());
        }
        let records = self.machines[node].disk.read(keys);
        self.stats.blocks_read_back += keys.len() as u64;
        self.input(node, Input::Loaded { id, records })
    }

    pub(super) fn acknowledge(&mut self, node: usize, life: u64, id: StoreId) -> Result<(), Violation> {
        if self.machines[node].life == life { self.input(node, Input::Stored(id)) } else { Ok(()) }
    }

    pub(super) fn commit(&mut self, node: usize, life: u64) -> Result<(), Violation> {
        let machine = &mut self.machines[node];
        if machine.life != life {
            return Ok(());
        }
        let id = machine.disk.commit().expect("one commit is planned for each write of this life");
        self.input(node, Input::Stored(id))
    }

    /// The wait for a nonce has no memory, so a new job on the same tip loses nothing of the search for the old one.
    fn mine(&mut self, node: usize, job: Option<Job>) {
        let machine = &mut self.machines[node];
        machine.search += 1;
        let (search, hashrate) = (machine.search, machine.hashrate);
        let Some(job) = job else { return };
        let target = job.header.bits.to_target().expect("a node mines on valid bits");
        let mean = target.work().to_f64() / hashrate * 1_000.0;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let millis = self.random.exponential(mean) as u64;
        self.plan_in(millis, Event::Nonce { node, search, job: job.id });
    }

    pub(super) fn nonce_found(&mut self, node: usize, search: u64, job: u64) -> Result<(), Violation> {
        if self.machines[node].search != search {
            return Ok(());
        }
        let nonce = u32::from_le_bytes(self.random.bytes());
        self.input(node, Input::NonceFound(Solution { job, version: job_version(job), nonce }))
    }

    pub(super) fn timer_due(&mut self, node: usize, timer: Timer, at: Time) -> Result<(), Violation> {
        let timers = &mut self.machines[node].timers;
        if timers.get(&timer) != Some(&at) {
            return Ok(());
        }
        timers.remove(&timer);
        self.input(node, Input::TimerFired(timer))
    }

    fn node_event(&mut self, node: usize, event: NodeEvent) -> Result<(), Violation> {
        let machine = &mut self.machines[node];
        match event {
            NodeEvent::Answer { answer, .. } => {
                check_answer(&answer, &machine.disk).map_err(|rule| self.violation(node, rule))?;
                self.stats.payments += u64::from(matches!(answer, Answer::Accepted { .. }));
            }
            NodeEvent::TipChanged(change) => {
                if let Some(tip) = change.connected.last() {
                    machine.tip = tip.hash();
                }
                self.stats.tip_changed(&change);
            }
            NodeEvent::BlockMined(_) => machine.blocks_found += 1,
            NodeEvent::Changed | NodeEvent::Notice(_) => {}
        }
        Ok(())
    }
}
