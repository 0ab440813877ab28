//! One bounded batch of a nonce search. The caller decides how long a batch is and what to do between two.

use crate::pow::{Algorithm, Kernel, Search};
use crate::primitives::{BitsError, Header, Target};

/// A header made ready for hashing: everything that no nonce changes is done.
pub struct NonceSearch {
    target: Target,
    search: Box<dyn Search + Send>,
}

impl NonceSearch {
    /// The target need not be the header's own: shares are searched at an easier one. A kernel that the machine lacks is
    /// replaced by one that it has.
    pub fn new(algorithm: Algorithm, header: &Header, target: Target, kernel: Kernel) -> Self {
        Self { target, search: algorithm.search(header, kernel) }
    }

    /// Searches what the header's own bits ask for, with the kernel that every build has.
    pub fn for_bits(algorithm: Algorithm, header: &Header) -> Result<Self, BitsError> {
        Ok(Self::new(algorithm, header, header.bits.to_target()?, Kernel::default()))
    }

    /// From the next batch on, this is searched for.
    pub fn set_target(&mut self, target: Target) {
        self.target = target;
    }

    /// Tries `count` nonces from `start` on (wrapping) and returns the first that meets the target.
    pub fn run(&mut self, start: u32, count: u32) -> Option<u32> {
        self.search.run(self.target, start, count)
    }
}

#[cfg(test)]
mod tests;
