//! The miner workers of this tab: started when there is a job, given their assignments, replaced when one dies, measured.

pub mod build;

use js_sys::Uint8Array;
use tabchain_miner::message::FromMiner;
use tabchain_shared::mining::hashrate::HashrateMeter;
use tabchain_shared::mining::worker::Assignment;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{CompactTarget, Decode, Encode};
use wasm_bindgen::prelude::*;
use web_sys::{Event, MessageEvent, Worker};

use super::{Happening, Happenings};
use crate::bridge::{MinersProblem, MinersView, Switch};
use crate::browser;
use build::Build;

/// More workers than this help no machine that a browser tab may fill.
pub const MAX_MINERS: u32 = 16;
/// A worker that died is replaced, but not for ever: a browser without memory for it would be kept busy.
const MAX_REPLACEMENTS: u32 = 20;
/// A worker whose program has not come by then does not come. Its script is small, and its tab has loaded larger ones.
const START_MILLIS: f64 = 15_000.0;

/// Something about the worker of that number, told by the one that was started as the `serial`-th.
#[derive(Debug)]
pub struct MinerEvent {
    index: usize,
    serial: u32,
    kind: EventKind,
}

#[derive(Debug)]
enum EventKind {
    Said(FromMiner),
    Died,
}

pub struct Miners {
    count: u32,
    cores: u32,
    build: Build,
    workers: Vec<Option<Miner>>,
    job: Option<Job>,
    /// Workers rest, whatever the job.
    paused: bool,
    share_target: Option<CompactTarget>,
    /// Of dealing the job out; see `shared::mining::nonce_space`.
    round: u8,
    /// Hashes per second of each worker, as last measured.
    rates: Vec<f64>,
    /// That a worker said to compute at once, of algorithms that can be computed so.
    lanes: Option<u32>,
    /// Of the newest job.
    algorithm: Option<Algorithm>,
    happenings: Happenings,
    last_serial: u32,
    replacements: u32,
}

impl Miners {
    /// One worker a core.
    pub fn new(happenings: Happenings) -> Self {
        let cores = browser::worker_scope().navigator().hardware_concurrency();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let cores = (cores as u32).max(1);
        Self {
            count: cores.min(MAX_MINERS),
            cores,
            build: Build::for_this_browser(),
            workers: Vec::new(),
            job: None,
            paused: false,
            share_target: None,
            round: 0,
            rates: Vec::new(),
            lanes: None,
            algorithm: None,
            happenings,
            last_serial: 0,
            replacements: 0,
        }
    }

    pub fn view(&self) -> MinersView {
        let gave_up = (0..self.workers.len()).any(|index| self.is_given_up(index));
        let is_one_by_one = self.algorithm.is_some_and(|algorithm| !algorithm.has_kernels());
        let lanes = self.lanes.map(|lanes| if is_one_by_one { 1 } else { lanes });
        MinersView {
            count: self.count,
            cores: self.cores,
            rates: self.rates.clone(),
            switches: self.workers.iter().flatten().filter_map(|miner| miner.switch).collect(),
            kernel: self.build.kernel(lanes),
            problem: self.build.problem().or(gave_up.then_some(MinersProblem::KeepDying)),
        }
    }

    pub fn set_count(&mut self, count: u32) {
        self.count = count.clamp(1, MAX_MINERS);
        self.workers.truncate(self.count as usize);
        self.rates.clear();
        self.next_round();
        self.hand_out();
    }

    /// Replaces the last job; `None`: rest. With a target for shares, hashes that meet it are solutions, too.
    pub fn set_job(&mut self, job: Option<Job>, share_target: Option<CompactTarget>) {
        if self.job.is_none() && job.is_some() {
            if self.build == Build::Blocked {
                // The person may have unblocked it.
                self.build = Build::for_this_browser();
            }
            self.restart_meters();
        }
        if job.is_none() {
            self.rates.clear();
        }
        self.job = job;
        self.algorithm = job.map_or(self.algorithm, |job| Some(job.algorithm));
        self.share_target = share_target;
        self.round = 0;
        self.hand_out();
    }

    pub fn job(&self) -> Option<Job> {
        self.job
    }

    /// The same job, with another target for shares or without one.
    pub fn set_share_target(&mut self, target: Option<CompactTarget>) {
        self.share_target = target;
        self.next_round();
        self.hand_out();
    }

    /// Has all workers rest although there is a job, or go on with it.
    pub fn set_paused(&mut self, paused: bool) {
        if self.paused == paused {
            return;
        }
        self.paused = paused;
        if paused {
            self.rates.clear();
        } else {
            self.restart_meters();
            self.next_round();
        }
        self.hand_out();
    }

    /// What a miner found, if this was that.
    pub fn handle(&mut self, MinerEvent { index, serial, kind }: MinerEvent) -> Option<Solution> {
        let miner = self.workers.get_mut(index)?.as_mut().filter(|miner| miner.serial == serial)?;
        match kind {
            EventKind::Said(FromMiner::Ready { lanes }) => {
                miner.is_ready = true;
                self.lanes = Some(lanes);
                self.hand_out_to(index);
            }
            EventKind::Said(FromMiner::Took { job }) => miner.took(job),
            EventKind::Said(FromMiner::Hashed(hashes)) => miner.meter.add(hashes),
            EventKind::Said(FromMiner::Found(solution)) => return Some(solution),
            // Where others of this build have started it is no reason to give them all up.
            EventKind::Died if miner.is_ready || self.lanes.is_some() => self.replace(index),
            EventKind::Died => self.does_not_start(),
        }
        None
    }

    /// Called about once a second: hashes per second, when there is a job.
    pub fn measure(&mut self) -> Option<f64> {
        self.job?;
        if self.paused {
            return Some(0.0);
        }
        let now = browser::monotonic_millis();
        let is_late = |miner: &Miner| !miner.is_ready && now - miner.started_at > START_MILLIS;
        if let Some(late) = self.workers.iter().position(|miner| miner.as_ref().is_some_and(is_late)) {
            // Where others of this build have started, one alone is late.
            if self.lanes.is_some() { self.replace(late) } else { self.does_not_start() }
        }
        let rate = |miner: &mut Option<Miner>| miner.as_mut().map_or(0.0, |miner| miner.meter.measure(now));
        self.rates = self.workers.iter_mut().map(rate).collect();
        Some(self.rates.iter().fold(0.0, |sum, rate| sum + rate))
    }

    fn restart_meters(&mut self) {
        let now = browser::monotonic_millis();
        for miner in self.workers.iter_mut().flatten() {
            miner.meter = HashrateMeter::start(now);
        }
    }

    fn replace(&mut self, index: usize) {
        browser::log_error("a miner worker died");
        self.workers[index] = None;
        if self.replacements < MAX_REPLACEMENTS {
            self.replacements += 1;
            // How far it came with its part of the job, nobody knows.
            self.next_round();
            self.start(index);
        }
    }

    /// Whether that worker died when there had been enough replacements.
    fn is_given_up(&self, index: usize) -> bool {
        self.replacements == MAX_REPLACEMENTS && self.workers.get(index).is_some_and(Option::is_none)
    }

    fn does_not_start(&mut self) {
        browser::log_error("a miner worker does not start");
        self.build = self.build.after_failure();
        self.workers.clear();
        self.lanes = None;
        self.next_round();
        self.hand_out();
    }

    /// The job is dealt out once more, and nobody shall repeat what was done.
    fn next_round(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    fn assignment(&self, index: usize) -> Option<Assignment> {
        let worker = u32::try_from(index).expect("at most 16");
        Assignment::of(&self.job.filter(|_| !self.paused)?, self.share_target, worker, self.count, self.round)
    }

    /// Those that are not needed rest; those that were never needed are never started.
    fn hand_out(&mut self) {
        for index in 0..self.count as usize {
            let is_missing = self.workers.get(index).is_none_or(Option::is_none);
            if is_missing && !self.is_given_up(index) && self.assignment(index).is_some() {
                self.start(index);
            }
            self.hand_out_to(index);
        }
    }

    fn hand_out_to(&mut self, index: usize) {
        let assignment = self.assignment(index);
        if let Some(Some(miner)) = self.workers.get_mut(index)
            && miner.is_ready
        {
            miner.send(assignment);
        }
    }

    fn start(&mut self, index: usize) {
        self.last_serial += 1;
        // Another build may start where this one may not even be tried.
        while let Some(loader) = self.build.loader() {
            if let Some(miner) = Miner::start(loader, index, self.last_serial, &self.happenings) {
                while self.workers.len() <= index {
                    self.workers.push(None);
                }
                self.workers[index] = Some(miner);
                return;
            }
            self.build = self.build.after_failure();
        }
    }
}

/// One worker; dropping it ends it.
struct Miner {
    worker: Worker,
    serial: u32,
    started_at: f64,
    is_ready: bool,
    meter: HashrateMeter,
    /// The newest job that it was sent, and when.
    sent: Option<(u64, f64)>,
    /// To the newest job that it took.
    switch: Option<Switch>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(Event)>,
}

impl Miner {
    fn start(loader: &str, index: usize, serial: u32, happenings: &Happenings) -> Option<Self> {
        let worker = browser::start_worker(loader).ok()?;
        let tell = {
            let happenings = happenings.clone();
            move |kind| happenings.tell(Happening::Miner(MinerEvent { index, serial, kind }))
        };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let tell = tell.clone();
            move |event: MessageEvent| {
                let bytes = event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default();
                if let Ok(said) = FromMiner::from_bytes(&bytes) {
                    tell(EventKind::Said(said));
                }
            }
        });
        let on_error = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // Or it would count as this worker's failure, too, and the page would start the whole node anew.
            event.prevent_default();
            tell(EventKind::Died);
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let now = browser::monotonic_millis();
        Some(Self {
            worker,
            serial,
            started_at: now,
            is_ready: false,
            meter: HashrateMeter::start(now),
            sent: None,
            switch: None,
            _on_message: on_message,
            _on_error: on_error,
        })
    }
}

impl Miner {
    /// `None`: rest.
    fn send(&mut self, assignment: Option<Assignment>) {
        match assignment.map(|assignment| assignment.job) {
            None => (self.sent, self.switch) = (None, None),
            // The same job dealt out once more is no switch.
            Some(job) if self.sent.is_some_and(|(last, _)| last == job) => {}
            Some(job) => self.sent = Some((job, browser::monotonic_millis())),
        }
        let bytes = assignment.map(|assignment| assignment.to_bytes()).unwrap_or_default();
        // Fails only for what cannot be cloned, and bytes always can.
        let _ = self.worker.post_message(&Uint8Array::from(bytes.as_slice()));
    }

    fn took(&mut self, job: u64) {
        if let Some((_, at)) = self.sent.filter(|(sent, _)| *sent == job)
            && self.switch.is_none_or(|last| last.job != job)
        {
            self.switch = Some(Switch { job, millis: browser::monotonic_millis() - at });
        }
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
