//! A miner worker: searches its share of a job, in batches short enough that a new job is taken at once, and never
//! faster than it may.

use futures_channel::mpsc::{UnboundedReceiver, unbounded};
use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use serde::{Deserialize, Serialize};
use tabchain_shared::mining::Job;
use tabchain_shared::mining::nonce_search::NonceSearch;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::MessageChannel;

use crate::browser;

/// A new job waits for a batch to end; the design allows 50 ms.
const BATCH_MILLIS: f64 = 20.0;
/// Hashes done are told this often.
const REPORT_MILLIS: f64 = 200.0;
/// Hashes that a limited miner may catch up on after its timer came late.
const CATCH_UP_MILLIS: f64 = 250.0;

/// What to search from now on; `None`: rest.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ToMiner {
    pub share: Option<Share>,
}

/// One worker's part of a job.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Share {
    pub job: Job,
    /// First nonce, and how many from there on.
    pub start: u32,
    pub size: u32,
    /// Hashes per second for this worker.
    pub hashrate_limit: Option<f64>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum FromMiner {
    /// The worker listens.
    Ready,
    /// Since the last time.
    Hashed {
        hashes: u64,
    },
    Found {
        job: u64,
        nonce: u32,
    },
}

/// The program of a miner worker.
pub fn run() {
    let (sender, orders) = unbounded();
    browser::on_message_from_parent(move |order: ToMiner| {
        // The receiver lives as long as the worker.
        let _ = sender.unbounded_send(order);
    });
    browser::post_to_parent(&FromMiner::Ready);
    wasm_bindgen_futures::spawn_local(mine(orders));
}

async fn mine(mut orders: UnboundedReceiver<ToMiner>) {
    let gap = Gap::new();
    let mut batch = Batch::default();
    let mut pace = Pace::default();
    let mut report = Report::default();
    let mut search: Option<Search> = None;
    loop {
        let Some(work) = &mut search else {
            report.flush();
            let Some(order) = orders.next().await else { return };
            search = order.share.and_then(Search::new);
            continue;
        };
        let limit = work.share.hashrate_limit;
        if let Some(newer) = order_within(pace.pause(limit), &mut orders, &gap).await {
            search = newer.share.and_then(Search::new);
            continue;
        }
        let count = batch.count(limit).min(work.left);
        let begun = browser::monotonic_millis();
        let (hashes, found) = work.run(count);
        batch.learn(hashes, browser::monotonic_millis() - begun);
        pace.spend(hashes, limit);
        report.add(hashes);
        if let Some(nonce) = found {
            browser::post_to_parent(&FromMiner::Found { job: work.share.job.id, nonce });
        }
        // The node makes a new job soon, after the block that was found or from its next template.
        if found.is_some() || work.left == 0 {
            search = None;
        }
    }
}

/// Waits that many milliseconds for an order; 0 still lets one in that has come.
async fn order_within(millis: u32, orders: &mut UnboundedReceiver<ToMiner>, gap: &Gap) -> Option<ToMiner> {
    if millis == 0 {
        gap.pass().await;
        return orders.try_recv().ok();
    }
    match select(orders.next(), TimeoutFuture::new(millis)).await {
        Either::Left((order, _)) => order,
        Either::Right(_) => None,
    }
}

struct Search {
    share: Share,
    nonces: NonceSearch,
    next: u32,
    left: u32,
}

impl Search {
    fn new(share: Share) -> Option<Self> {
        let nonces = NonceSearch::for_bits(share.job.algorithm, &share.job.header).ok()?;
        Some(Self { share, nonces, next: share.start, left: share.size })
    }

    /// Tries the next `count` nonces, up to the first that meets the target. Returns the hashes that this took.
    fn run(&mut self, count: u32) -> (u32, Option<u32>) {
        let found = self.nonces.run(self.next, count);
        let hashes = found.map_or(count, |nonce| nonce.wrapping_sub(self.next) + 1);
        self.next = self.next.wrapping_add(hashes);
        self.left -= hashes;
        (hashes, found)
    }
}

/// How many hashes take about [`BATCH_MILLIS`] on this machine.
struct Batch {
    usual: f64,
}

impl Default for Batch {
    fn default() -> Self {
        // A slow algorithm's first batch must not take seconds; a fast one's grows in a few steps.
        Self { usual: 64.0 }
    }
}

impl Batch {
    fn count(&self, hashrate_limit: Option<f64>) -> u32 {
        let limited = hashrate_limit.map_or(f64::INFINITY, |limit| limit * BATCH_MILLIS / 1000.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let count = self.usual.min(limited).max(1.0) as u32;
        count
    }

    fn learn(&mut self, count: u32, millis: f64) {
        // A small batch, cut short by a limit, says little about a large one.
        if f64::from(count) >= self.usual / 2.0 {
            let factor = (BATCH_MILLIS / millis.max(0.1)).clamp(0.25, 4.0);
            self.usual = (self.usual * factor).clamp(1.0, 1e9);
        }
    }
}

/// Keeps a limited miner at its hash rate, over all jobs together: a new job is no reason for an extra hash.
#[derive(Default)]
struct Pace {
    /// When the hashes done so far are paid for.
    paid_at: f64,
}

impl Pace {
    /// Whole milliseconds until the next hash.
    fn pause(&mut self, hashrate_limit: Option<f64>) -> u32 {
        let now = browser::monotonic_millis();
        // The debt of one batch at most: an earlier, lower limit is not waited out.
        let debt = hashrate_limit.map_or(0.0, |limit| BATCH_MILLIS.max(1000.0 / limit));
        self.paid_at = self.paid_at.clamp(now - CATCH_UP_MILLIS, now + debt);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let millis = (self.paid_at - now).max(0.0).ceil() as u32;
        millis
    }

    fn spend(&mut self, hashes: u32, hashrate_limit: Option<f64>) {
        if let Some(limit) = hashrate_limit {
            self.paid_at += f64::from(hashes) * 1000.0 / limit;
        }
    }
}

#[derive(Default)]
struct Report {
    hashes: u64,
    last: f64,
}

impl Report {
    fn add(&mut self, hashes: u32) {
        self.hashes += u64::from(hashes);
        if browser::monotonic_millis() - self.last >= REPORT_MILLIS {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.hashes > 0 {
            browser::post_to_parent(&FromMiner::Hashed { hashes: self.hashes });
            self.hashes = 0;
        }
        self.last = browser::monotonic_millis();
    }
}

/// Gives the event loop a turn. `setTimeout` would wait four milliseconds each time; a message to oneself does not.
struct Gap(MessageChannel);

impl Gap {
    fn new() -> Self {
        Self(MessageChannel::new().expect("every browser with workers has MessageChannel"))
    }

    async fn pass(&self) {
        let turn = js_sys::Promise::new(&mut |resolve, _| {
            self.0.port1().set_onmessage(Some(&resolve));
        });
        if self.0.port2().post_message(&JsValue::NULL).is_ok() {
            // The promise above is only ever resolved.
            let _ = JsFuture::from(turn).await;
        }
    }
}
