//! One bounded batch of a nonce search. The caller decides how long a batch is and what to do between two.

use super::Job;
use crate::pow::Algorithm;
use crate::pow::sha256d::Midstate;
use crate::primitives::Target;

/// A job made ready for hashing: everything that no nonce changes is done.
#[derive(Debug, Clone)]
pub struct NonceSearch {
    target: Target,
    kernel: Kernel,
}

#[derive(Debug, Clone)]
enum Kernel {
    Sha256d(Midstate),
    Oracle,
}

impl NonceSearch {
    /// `None` for a job whose bits are no target; a node never makes one.
    pub fn new(job: &Job) -> Option<Self> {
        let target = job.header.bits.to_target().ok()?;
        let kernel = match job.algorithm {
            Algorithm::Sha256d => Kernel::Sha256d(Midstate::new(&job.header)),
            Algorithm::Oracle => Kernel::Oracle,
        };
        Some(Self { target, kernel })
    }

    /// Tries `count` nonces from `start` on (wrapping) and returns the first that meets the target.
    pub fn run(&self, start: u32, count: u32) -> Option<u32> {
        match &self.kernel {
            Kernel::Sha256d(midstate) => midstate.search(self.target, start, count),
            Kernel::Oracle => (count > 0).then_some(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;
    use crate::primitives::{CompactTarget, Header};

    /// The search and the rule that judges it agree on each nonce: none is missed, none is claimed.
    #[wasm_bindgen_test(unsupported = test)]
    fn finds_just_the_nonces_that_the_rule_accepts() {
        let header = Header { bits: CompactTarget(0x2007_ffff), ..Params::regtest().genesis().header };
        let target = header.bits.to_target().unwrap();
        let job = Job { id: 1, header, algorithm: Algorithm::Sha256d, hashrate_limit: None };
        let search = NonceSearch::new(&job).unwrap();
        for nonce in 0..500 {
            let accepted = Algorithm::Sha256d.is_met(&Header { nonce, ..header }, target);
            assert_eq!(search.run(nonce, 1), accepted.then_some(nonce), "nonce {nonce}");
        }
    }
    #[wasm_bindgen_test(unsupported = test)]
    fn the_oracle_takes_the_first_nonce_and_the_rule_agrees() {
        let header = Header { bits: CompactTarget(0x0300_0001), ..Params::regtest().genesis().header };
        let job = Job { id: 1, header, algorithm: Algorithm::Oracle, hashrate_limit: None };
        let search = NonceSearch::new(&job).unwrap();
        assert_eq!(search.run(7, 100), Some(7));
        assert_eq!(search.run(7, 0), None, "no nonce was tried");
        let target = header.bits.to_target().unwrap();
        assert!(Algorithm::Oracle.is_met(&header, target));
        assert!(!Algorithm::Sha256d.is_met(&header, target), "a target that no one meets");
    }
}
