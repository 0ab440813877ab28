//! This device's half of a run: one miner worker, the program and the messages that mine, is given each algorithm in turn
//! with a target that no hash meets, and tells how many hashes it has done.

use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use leptos::prelude::*;
use tabchain_miner::message::FromMiner;
use tabchain_shared::mining::Job;
use tabchain_shared::mining::worker::Assignment;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{BlockHash, CompactTarget, Decode, Encode, Header, MerkleRoot};
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, Worker};

use super::figures::{Figure, Place};
use super::{Lab, Progress};
use crate::browser;
use crate::driver::Build;
use crate::text;

/// A worker finds the size of its batches in a few of them; what it hashes before is not counted.
const WARM_UP_MILLIS: f64 = 300.0;
const MEASURED_MILLIS: f64 = 2_000.0;
/// Without a word from the worker for so long, no more is expected: it reports after every batch that takes longer than a
/// fraction of a second.
const PATIENCE_MILLIS: u32 = 15_000;

/// Ends early, and without a word, when the run is not wanted any more.
pub async fn measure(lab: Lab, run: u32) -> Result<(), String> {
    let mut build = Build::for_this_browser();
    let Some((mut worker, lanes)) = start(&mut build).await else {
        return Err(text!("lab-no-worker"));
    };
    for (index, algorithm) in Algorithm::LIVE.into_iter().enumerate() {
        if !lab.is_current(run) {
            return Ok(());
        }
        lab.device.set(Progress::Running(algorithm));
        worker.search(algorithm);
        // Kernels make no difference to Argon2id.
        let kernel = build.kernel(Some(if algorithm.has_kernels() { lanes } else { 1 }));
        let mut meter = Meter::default();
        while !meter.is_done() {
            let hashes = match worker.next_word().await {
                Some(FromMiner::Hashed(hashes)) => hashes,
                Some(FromMiner::Ready { .. } | FromMiner::Took { .. } | FromMiner::Found(_)) => continue,
                None => return Err(text!("lab-worker-stopped")),
            };
            if !lab.is_current(run) {
                return Ok(());
            }
            meter.add(hashes, page_millis());
            if let Some(hashrate) = meter.hashrate() {
                let figure = Figure { hashrate, kernel: kernel.clone(), done: meter.is_done() };
                lab.show(index, Place::Device, figure);
            }
        }
    }
    Ok(())
}

/// The fastest build that starts, and how many hashes it computes at once.
async fn start(build: &mut Build) -> Option<(MinerWorker, u32)> {
    while let Some(loader) = build.loader() {
        if let Some(mut worker) = MinerWorker::start(loader)
            && let Some(FromMiner::Ready { lanes }) = worker.next_word().await
        {
            return Some((worker, lanes));
        }
        *build = build.after_failure();
    }
    None
}

/// Milliseconds on the page's own clock that is never set back.
fn page_millis() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Hashes per second after the warm-up, from the worker's reports.
#[derive(Debug, Default)]
struct Meter {
    first: Option<f64>,
    /// End of the report with which counting begins.
    begin: Option<f64>,
    end: f64,
    hashes: u64,
}

impl Meter {
    fn add(&mut self, hashes: u64, now: f64) {
        let first = *self.first.get_or_insert(now);
        if self.begin.is_some() {
            self.hashes += hashes;
            self.end = now;
        } else if now - first >= WARM_UP_MILLIS {
            self.begin = Some(now);
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a rate for display")]
    fn hashrate(&self) -> Option<f64> {
        let millis = self.end - self.begin?;
        (millis > 0.0).then(|| self.hashes as f64 * 1000.0 / millis)
    }

    fn is_done(&self) -> bool {
        self.begin.is_some_and(|begin| self.end - begin >= MEASURED_MILLIS)
    }
}

/// A miner worker of the lab's own; dropping it ends it.
struct MinerWorker {
    worker: Worker,
    said: UnboundedReceiver<Option<FromMiner>>,
    last_job: u64,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(JsValue)>,
}

impl MinerWorker {
    fn start(loader: &str) -> Option<Self> {
        let worker = browser::start_worker(loader).ok()?;
        let (sender, said) = unbounded();
        let tell = |sender: &UnboundedSender<_>, word| {
            // The receiver lives as long as the worker.
            let _ = sender.unbounded_send(word);
        };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new({
            let sender = sender.clone();
            move |event: MessageEvent| {
                let bytes = event.data().dyn_ref::<Uint8Array>().map(Uint8Array::to_vec).unwrap_or_default();
                if let Ok(word) = FromMiner::from_bytes(&bytes) {
                    tell(&sender, Some(word));
                }
            }
        });
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |_| tell(&sender, None));
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { worker, said, last_job: 0, _on_message: on_message, _on_error: on_error })
    }

    /// Has it search for what it will never find.
    fn search(&mut self, algorithm: Algorithm) {
        self.last_job += 1;
        let header = Header {
            version: 1,
            prev_blockhash: BlockHash::default(),
            merkle_root: MerkleRoot::default(),
            time: 0,
            bits: CompactTarget::HARDEST,
            nonce: 0,
        };
        let job = Job { id: self.last_job, header, algorithm, limit: None };
        let assignment = Assignment::of(&job, None, 0, 1, 0).expect("one worker has its part of every job");
        // Fails only for what cannot be cloned, and bytes always can.
        let _ = self.worker.post_message(&Uint8Array::from(assignment.to_bytes().as_slice()));
    }

    /// `None` when it has died, or says nothing for too long.
    async fn next_word(&mut self) -> Option<FromMiner> {
        match select(self.said.next(), TimeoutFuture::new(PATIENCE_MILLIS)).await {
            Either::Left((word, _)) => word.flatten(),
            Either::Right(_) => None,
        }
    }
}

impl Drop for MinerWorker {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn the_warm_up_is_not_counted_and_then_two_seconds_are() {
        let mut meter = Meter::default();
        for (at, hashes) in [(100.0, 5), (250.0, 10), (400.0, 900)] {
            meter.add(hashes, at);
            assert_eq!(meter.hashrate(), None, "at {at} ms");
        }
        meter.add(200, 600.0);
        assert_eq!(meter.hashrate(), Some(1000.0));
        assert!(!meter.is_done());
        meter.add(1800, 2_400.0);
        assert_eq!(meter.hashrate(), Some(1000.0));
        assert!(meter.is_done());
    }

    /// A hash that takes seconds is measured by what it took, not by when its report was hoped for.
    #[test]
    fn a_slow_algorithm_has_a_figure_after_one_report_that_counts() {
        let mut meter = Meter::default();
        meter.add(1, 0.0);
        meter.add(1, 5_000.0);
        assert!(!meter.is_done());
        meter.add(1, 10_000.0);
        assert_eq!((meter.hashrate(), meter.is_done()), (Some(0.2), true));
    }
}
