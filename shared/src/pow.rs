//! Proof of work: which hash a network asks for, and whether a header meets its target.

mod kernel;
mod lane;
mod sha256d;

use serde::{Deserialize, Serialize};

pub use kernel::Kernel;

use crate::primitives::{Header, Target};

/// The hash function that a network measures work with. Block hashes are SHA-256d on every network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Algorithm {
    /// SHA-256 twice, as Bitcoin's.
    Sha256d,
    /// Any hash will do: in tests and the lab, simulated time takes the place of hashing. No live network may choose it
    /// (`Params::check` refuses it).
    Oracle,
}

/// An algorithm: its definition, and a fast search that agrees with it.
pub(crate) trait Search {
    /// The hash of a header's 80 bytes, as the algorithm's crate computes it.
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32]
    where
        Self: Sized;

    /// Does the work that no nonce changes, and takes the memory that the search needs.
    fn new(header: &Header, kernel: Kernel) -> Self
    where
        Self: Sized;

    /// The first of `count` nonces from `start` on (wrapping) whose hash meets `target`.
    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32>;
}

impl Algorithm {
    /// What a network that people mine may choose.
    pub const LIVE: [Self; 1] = [Self::Sha256d];

    /// As network files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256d => "sha256d",
            Self::Oracle => "oracle",
        }
    }

    /// The proof-of-work hash of a header's 80 bytes.
    pub fn hash(self, header: &[u8; Header::SIZE]) -> [u8; 32] {
        match self {
            Self::Sha256d => sha256d::Sha256d::hash(header),
            Self::Oracle => Oracle::hash(header),
        }
    }

    pub(crate) fn search(self, header: &Header, kernel: Kernel) -> Box<dyn Search + Send> {
        match self {
            Self::Sha256d => Box::new(sha256d::Sha256d::new(header, kernel)),
            Self::Oracle => Box::new(Oracle),
        }
    }

    pub fn is_met(self, header: &Header, target: Target) -> bool {
        self == Self::Oracle || target.is_met_by(&self.hash(&header.to_array()))
    }
}

/// Every nonce will do.
struct Oracle;

impl Search for Oracle {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        crate::primitives::sha256d(header)
    }

    fn new(_: &Header, _: Kernel) -> Self {
        Self
    }

    fn run(&mut self, _: Target, start: u32, count: u32) -> Option<u32> {
        (count > 0).then_some(start)
    }
}
