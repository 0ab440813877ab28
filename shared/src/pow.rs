//! Proof of work: which hash a network asks for, and whether a header meets its target.

mod kernel;
pub mod sha256d;

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
            Self::Sha256d | Self::Oracle => crate::primitives::sha256d(header),
        }
    }

    pub fn is_met(self, header: &Header, target: Target) -> bool {
        self == Self::Oracle || target.is_met_by(&self.hash(&header.to_array()))
    }
}
