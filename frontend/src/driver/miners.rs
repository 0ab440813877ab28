//! The miner workers of this tab: started when there is a job, given their shares of it, replaced when one dies.

use std::collections::VecDeque;

use tabchain_shared::mining::Job;
use tabchain_shared::node::io::Time;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::{Happening, Happenings};
use crate::bridge::{pack, unpack};
use crate::browser;
use crate::miner::{FromMiner, Share, ToMiner};

/// More workers than this help no machine that a browser tab may fill.
pub const MAX_MINERS: u32 = 16;
/// A worker that is asked for fewer hashes a second than this would mostly wait; fewer workers then do it.
const LOWEST_WORKER_HASHRATE: f64 = 2.0;
/// The hash rate is an average over this many seconds at most.
const WINDOW_SECONDS: usize = 5;
/// A worker that died is replaced, but not for ever: a browser without memory for it would be kept busy.
const MAX_REPLACEMENTS: u32 = 20;

#[derive(Debug)]
pub enum MinerEvent {
    Said(FromMiner),
    Died,
}

pub struct Miners {
    count: u32,
    workers: Vec<Option<Miner>>,
    job: Option<Job>,
    happenings: Happenings,
    replacements: u32,
    /// Hashes since the last measurement.
    hashes: u64,
    /// Ends of the last measurements, each with the hashes in it.
    measured: VecDeque<(Time, u64)>,
}

impl Miners {
    pub fn new(happenings: Happenings) -> Self {
        let cores = browser::worker_scope().navigator().hardware_concurrency();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let count = (cores as u32).clamp(1, MAX_MINERS);
        Self {
            count,
            workers: Vec::new(),
            job: None,
            happenings,
            replacements: 0,
            hashes: 0,
            measured: VecDeque::new(),
        }
    }

    pub fn count(&self) -> u32 {
        self.count
    }

    pub fn set_count(&mut self, count: u32) {
        self.count = count.clamp(1, MAX_MINERS);
        self.hand_out();
    }

    /// Replaces the last job; `None`: rest.
    pub fn set_job(&mut self, job: Option<Job>, now: Time) {
        if self.job.is_some() != job.is_some() {
            self.hashes = 0;
            self.measured.clear();
            self.measured.push_back((now, 0));
        }
        self.job = job;
        self.hand_out();
    }

    /// What a miner found, if this was that.
    pub fn handle(&mut self, index: usize, event: MinerEvent) -> Option<(u64, u32)> {
        match event {
            MinerEvent::Said(FromMiner::Ready) => {
                if let Some(Some(miner)) = self.workers.get_mut(index) {
                    miner.ready = true;
                }
                self.hand_out_to(index);
                None
            }
            MinerEvent::Said(FromMiner::Hashed { hashes }) => {
                self.hashes += hashes;
                None
            }
            MinerEvent::Said(FromMiner::Found { job, nonce }) => Some((job, nonce)),
            MinerEvent::Died => {
                browser::log_error("a miner worker died");
                if let Some(miner) = self.workers.get_mut(index) {
                    *miner = None;
                }
                if self.replacements < MAX_REPLACEMENTS {
                    self.replacements += 1;
                    self.hand_out();
                }
                None
            }
        }
    }

    /// Called about once a second: hashes per second, when there is a job.
    pub fn measure(&mut self, now: Time) -> Option<f64> {
        self.job?;
        self.measured.push_back((now, std::mem::take(&mut self.hashes)));
        while self.measured.len() > WINDOW_SECONDS + 1 {
            self.measured.pop_front();
        }
        let (start, _) = *self.measured.front()?;
        let hashes: u64 = self.measured.iter().skip(1).map(|(_, hashes)| hashes).sum();
        #[expect(clippy::cast_precision_loss)]
        let rate = hashes as f64 * 1000.0 / now.millis_since(start).max(1) as f64;
        Some(rate)
    }

    /// How many workers share the job.
    fn active(&self) -> u32 {
        let limit = self.job.and_then(|job| job.hashrate_limit);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        limit.map_or(self.count, |limit| ((limit / LOWEST_WORKER_HASHRATE) as u32).clamp(1, self.count))
    }

    fn hand_out(&mut self) {
        let wanted = if self.job.is_some() { self.active() as usize } else { 0 };
        // Those that are not needed rest; those that were never needed were never started.
        for index in 0..wanted.max(self.workers.len()) {
            if index < wanted {
                if self.workers.len() <= index {
                    self.workers.push(None);
                }
                if self.workers[index].is_none() {
                    self.workers[index] = Miner::start(index, &self.happenings);
                }
            }
            self.hand_out_to(index);
        }
        if self.workers.len() > self.count as usize {
            self.workers.truncate(self.count as usize);
        }
    }

    fn hand_out_to(&self, index: usize) {
        let Some(Some(miner)) = self.workers.get(index) else { return };
        if !miner.ready {
            return;
        }
        let active = self.active();
        let share = self.job.filter(|_| index < active as usize).map(|job| {
            // Each searches its own part of the 2^32 nonces.
            let size = u32::MAX / active;
            let start = u32::try_from(index).expect("at most 16") * size;
            let hashrate_limit = job.hashrate_limit.map(|limit| limit / f64::from(active));
            Share { job, start, size, hashrate_limit }
        });
        let _ = miner.worker.post_message(&pack(&ToMiner { share }));
    }
}

/// One worker; dropping it ends it.
struct Miner {
    worker: Worker,
    ready: bool,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

impl Miner {
    fn start(index: usize, happenings: &Happenings) -> Option<Self> {
        let worker = browser::start_worker("/miner_worker_loader.js").ok()?;
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let happenings = happenings.clone();
            move |event: MessageEvent| {
                if let Some(said) = unpack(&event.data()) {
                    happenings.tell(Happening::Miner(index, MinerEvent::Said(said)));
                }
            }
        });
        let on_error = Closure::<dyn FnMut(JsValue)>::new({
            let happenings = happenings.clone();
            move |_| happenings.tell(Happening::Miner(index, MinerEvent::Died))
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, ready: false, _on_message: on_message, _on_error: on_error })
    }
}

impl Drop for Miner {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}
