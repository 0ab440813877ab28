//! What the resident proves to the relays that it has joined: each asks for shares under a target of its own, and gets
//! them on its own connection.
//!
//! Miners search under the easiest of the targets, and each relay's collector keeps what meets its own, for which it
//! hashes what is found once more: a few times a second. A relay that asks for more shares than workers tell of
//! (`shared::mining::worker`) makes what is proven to the others too low, never too high. Nothing is proven to this
//! process's own switchboard, whose host can look at the machine.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use tabchain_shared::mining::share::{JobProof, Shares};
use tabchain_shared::mining::share_collector::ShareCollector;
use tabchain_shared::mining::{Job, Solution};
use tabchain_shared::primitives::CompactTarget;

use super::CarrierId;

/// Shares go out together: twice a second, as from a tab.
const INTERVAL: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
pub struct Proofs {
    collectors: HashMap<CarrierId, ShareCollector>,
    /// Of the relay that went last: until the miners have heard of it they find shares for it, which are no blocks.
    gone: ShareCollector,
    due: Option<Instant>,
}

impl Proofs {
    /// A relay asks for shares under `target` from now on. Returns what was found for it under the one before.
    pub fn ask(&mut self, via: CarrierId, target: CompactTarget) -> Vec<Shares> {
        self.collectors.entry(via).or_default().wish(Some(target))
    }

    /// The relay is gone, and what waits for it with it.
    pub fn forget(&mut self, via: CarrierId) {
        if let Some(mut collector) = self.collectors.remove(&via) {
            collector.wish(None);
            self.gone = collector;
        }
    }

    /// What miners should search under, if anybody asks.
    pub fn target(&self) -> Option<CompactTarget> {
        let asked = self.collectors.values().filter_map(ShareCollector::target);
        // A collector takes nothing for a target that is none.
        asked.max_by_key(|bits| bits.to_target().ok())
    }

    /// A job that miners are given, and how it is proven.
    pub fn job(&mut self, job: Job, proof: impl Fn() -> Option<JobProof>) {
        for collector in self.collectors.values_mut() {
            collector.job(job, &proof);
        }
    }

    /// A miner's solution. Returns whether the node must hear of it: it is a block, as far as is known here.
    pub fn found(&mut self, solution: Solution, now: Instant) -> bool {
        let mut is_block = self.gone.found(solution);
        for collector in self.collectors.values_mut() {
            // Those who asked after the job was dealt out do not know it, and say yes.
            is_block &= collector.found(solution);
            if collector.has_shares() {
                self.due.get_or_insert(now + INTERVAL);
            }
        }
        is_block
    }

    /// When there is something to hand in.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What is due to each relay by now.
    pub fn take_due(&mut self, now: Instant) -> Vec<(CarrierId, Shares)> {
        if self.due.is_none_or(|due| now < due) {
            return Vec::new();
        }
        self.due = None;
        let all = self.collectors.iter_mut();
        all.flat_map(|(via, collector)| collector.take().into_iter().map(|shares| (*via, shares))).collect()
    }
}

#[cfg(test)]
mod tests {
    use tabchain_shared::chain::Chain;
    use tabchain_shared::consensus::Params;
    use tabchain_shared::mempool::Mempool;
    use tabchain_shared::mining::block_template::block_template;
    use tabchain_shared::mining::share::share_target;
    use tabchain_shared::pow::Algorithm;
    use tabchain_shared::primitives::{Address, Block, Header, Memo};

    use super::*;

    const NEAR: CarrierId = CarrierId(1);
    const FAR: CarrierId = CarrierId(2);

    fn template() -> Block {
        let chain = Chain::new(Params::regtest());
        block_template(&chain, &Mempool::default(), Address([1; 20]), Memo::default(), 1_800_000_000)
    }

    /// Regtest's blocks are every second hash, so that shares are easier than that.
    fn job(block: &Block) -> Job {
        Job { id: 7, header: block.header, algorithm: Algorithm::Sha256d, limit: None }
    }

    fn met(block: &Block, bits: CompactTarget, nonces: u32) -> Vec<(u32, u32)> {
        let target = bits.to_target().unwrap();
        let is_met = |nonce: &u32| Algorithm::Sha256d.is_met(&Header { nonce: *nonce, ..block.header }, target);
        (0..nonces).filter(is_met).map(|nonce| (block.header.version, nonce)).collect()
    }

    #[test]
    fn each_relay_gets_what_meets_its_own_target_and_miners_search_the_easiest() {
        let block = template();
        let (easy, hard) = (share_target(4.0, 3.0), share_target(4.0, 1.0));
        let mut proofs = Proofs::default();
        assert_eq!(proofs.target(), None);
        for (via, bits) in [(NEAR, hard), (FAR, easy)] {
            assert!(proofs.ask(via, bits).is_empty());
        }
        assert_eq!(proofs.target(), Some(easy));
        proofs.job(job(&block), || JobProof::of(&block));
        let begun = Instant::now();
        let blocks = met(&block, block.header.bits, 60);
        for nonce in 0..60 {
            let is_block = blocks.contains(&(block.header.version, nonce));
            assert_eq!(proofs.found(job(&block).solution(nonce), begun), is_block, "{nonce}");
        }
        let due = proofs.due().expect("something was found");
        assert_eq!(due, begun + INTERVAL);
        assert!(proofs.take_due(begun).is_empty(), "together, and later");
        let mut shares = proofs.take_due(due);
        shares.sort_by_key(|(via, _)| via.0);
        let [(near, for_near), (far, for_far)] = shares.try_into().expect("a message for each");
        assert_eq!((near, for_near.target, for_near.found), (NEAR, hard, met(&block, hard, 60)));
        assert_eq!((far, for_far.target, for_far.found), (FAR, easy, met(&block, easy, 60)));
        assert_eq!(proofs.due(), None);
        proofs.forget(FAR);
        assert_eq!(proofs.target(), Some(hard));
    }

    #[test]
    fn what_was_found_for_a_relay_that_went_is_no_block() {
        let block = template();
        let mut proofs = Proofs::default();
        assert!(proofs.found(job(&block).solution(0), Instant::now()), "nobody asks: any solution is a block");
        proofs.ask(NEAR, share_target(4.0, 4.0));
        proofs.job(job(&block), || JobProof::of(&block));
        proofs.forget(NEAR);
        assert_eq!(proofs.target(), None);
        let blocks = met(&block, block.header.bits, 20);
        for nonce in 0..20 {
            let is_block = blocks.contains(&(block.header.version, nonce));
            assert_eq!(proofs.found(job(&block).solution(nonce), Instant::now()), is_block, "{nonce}");
        }
        assert_eq!(proofs.due(), None, "and nobody is told of it");
    }
}
