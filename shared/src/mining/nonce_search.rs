//! One bounded batch of a nonce search. The caller decides how long a batch is and what to do between two.

use crate::pow::sha256d::Midstate;
use crate::pow::{Algorithm, Kernel};
use crate::primitives::{BitsError, Header, Target};

/// A header made ready for hashing: everything that no nonce changes is done.
#[derive(Debug, Clone)]
pub struct NonceSearch {
    target: Target,
    hashing: Hashing,
}

#[derive(Debug, Clone)]
enum Hashing {
    Sha256d(Midstate),
    Oracle,
}

impl NonceSearch {
    /// The target need not be the header's own: shares are searched at an easier one.
    pub fn new(algorithm: Algorithm, header: &Header, target: Target, kernel: Kernel) -> Self {
        let hashing = match (algorithm, kernel) {
            (Algorithm::Sha256d, Kernel::Sha2) => Hashing::Sha256d(Midstate::new(header)),
            (Algorithm::Oracle, _) => Hashing::Oracle,
        };
        Self { target, hashing }
    }

    /// Searches what the header's own bits ask for, with the kernel that every build has.
    pub fn for_bits(algorithm: Algorithm, header: &Header) -> Result<Self, BitsError> {
        Ok(Self::new(algorithm, header, header.bits.to_target()?, Kernel::default()))
    }

    /// Tries `count` nonces from `start` on (wrapping) and returns the first that meets the target.
    pub fn run(&mut self, start: u32, count: u32) -> Option<u32> {
        match &self.hashing {
            Hashing::Sha256d(midstate) => midstate.search(self.target, start, count),
            Hashing::Oracle => (count > 0).then_some(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;
    use crate::primitives::CompactTarget;

    /// The search and the rule that judges it agree on each nonce: none is missed, none is claimed.
    #[wasm_bindgen_test(unsupported = test)]
    fn finds_just_the_nonces_that_the_rule_accepts() {
        let header = Header { bits: CompactTarget(0x2007_ffff), ..Params::regtest().genesis().header };
        let target = header.bits.to_target().unwrap();
        let mut search = NonceSearch::for_bits(Algorithm::Sha256d, &header).unwrap();
        for nonce in 0..500 {
            let accepted = Algorithm::Sha256d.is_met(&Header { nonce, ..header }, target);
            assert_eq!(search.run(nonce, 1), accepted.then_some(nonce), "nonce {nonce}");
        }
    }
    #[wasm_bindgen_test(unsupported = test)]
    fn the_oracle_takes_the_first_nonce_and_the_rule_agrees() {
        let header = Header { bits: CompactTarget(0x0300_0001), ..Params::regtest().genesis().header };
        let mut search = NonceSearch::for_bits(Algorithm::Oracle, &header).unwrap();
        assert_eq!(search.run(7, 100), Some(7));
        assert_eq!(search.run(7, 0), None, "no nonce was tried");
        let target = header.bits.to_target().unwrap();
        assert!(Algorithm::Oracle.is_met(&header, target));
        assert!(!Algorithm::Sha256d.is_met(&header, target), "a target that no one meets");
    }
}
