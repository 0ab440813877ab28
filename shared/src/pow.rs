//! Proof of work: which hash a network asks for, and whether a header meets its target.

mod argon2id;
mod blake3;
mod kernel;
mod lane;
mod scrypt;
mod sha256d;

use serde::{Deserialize, Serialize};

pub use kernel::Kernel;

use crate::primitives::{Header, Target};

/// The hash function that a network measures work with. Block hashes are SHA-256d on every network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase", try_from = "String")]
pub enum Algorithm {
    /// SHA-256 twice, as Bitcoin's.
    Sha256d,
    /// scrypt with Litecoin's parameters: 128 KiB for each hash.
    Scrypt,
    /// Argon2id with 128 KiB for each hash (decision 0003).
    Argon2id,
    /// BLAKE3, unkeyed: the fastest here, and nothing but arithmetic.
    Blake3,
    /// Any hash will do: in tests and the lab, simulated time takes the place of hashing. No live network may choose it
    /// (`Params::check` refuses it).
    Oracle,
}

/// A network file, or a relay, asks for a hash function that this build has not got.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this build has no proof of work called {0:?}; it has sha256d, scrypt, argon2id and blake3")]
pub struct UnknownAlgorithm(String);

impl TryFrom<String> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        let mut all = Self::LIVE.into_iter().chain([Self::Oracle]);
        all.find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm(name))
    }
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
    pub const LIVE: [Self; 4] = [Self::Sha256d, Self::Scrypt, Self::Argon2id, Self::Blake3];

    /// As network files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256d => "sha256d",
            Self::Scrypt => "scrypt",
            Self::Argon2id => "argon2id",
            Self::Blake3 => "blake3",
            Self::Oracle => "oracle",
        }
    }

    /// The kernels that this machine and this build can run and that differ in it. scrypt has one loop of ours, over four
    /// lanes; Argon2id is the crate's, one hash at a time.
    pub fn kernels(self) -> Vec<Kernel> {
        let differs = |kernel: &Kernel| match self {
            Self::Sha256d | Self::Blake3 => true,
            Self::Scrypt => *kernel == Kernel::Sha2 || kernel.lanes() == 4,
            Self::Argon2id | Self::Oracle => *kernel == Kernel::Sha2,
        };
        Kernel::available().into_iter().filter(differs).collect()
    }

    /// Whether there is more than the crate.
    pub fn has_kernels(self) -> bool {
        match self {
            Self::Sha256d | Self::Scrypt | Self::Blake3 => true,
            Self::Argon2id | Self::Oracle => false,
        }
    }

    /// The proof-of-work hash of a header's 80 bytes.
    pub fn hash(self, header: &[u8; Header::SIZE]) -> [u8; 32] {
        match self {
            Self::Sha256d => sha256d::Sha256d::hash(header),
            Self::Scrypt => scrypt::Scrypt::hash(header),
            Self::Argon2id => argon2id::Argon2id::hash(header),
            Self::Blake3 => blake3::Blake3::hash(header),
            Self::Oracle => Oracle::hash(header),
        }
    }

    pub(crate) fn search(self, header: &Header, kernel: Kernel) -> Box<dyn Search + Send> {
        match self {
            Self::Sha256d => Box::new(sha256d::Sha256d::new(header, kernel)),
            Self::Scrypt => Box::new(scrypt::Scrypt::new(header, kernel)),
            Self::Argon2id => Box::new(argon2id::Argon2id::new(header, kernel)),
            Self::Blake3 => Box::new(blake3::Blake3::new(header, kernel)),
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

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn an_algorithm_is_written_as_its_name() {
        for algorithm in Algorithm::LIVE.into_iter().chain([Algorithm::Oracle]) {
            let json = serde_json::to_string(&algorithm).unwrap();
            assert_eq!(json, format!("{:?}", algorithm.name()));
            assert_eq!(serde_json::from_str::<Algorithm>(&json).unwrap(), algorithm);
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn an_algorithm_has_the_kernels_that_differ() {
        assert_eq!(Algorithm::Sha256d.kernels(), Kernel::available());
        assert_eq!(Algorithm::Argon2id.kernels(), [Kernel::Sha2]);
        for algorithm in Algorithm::LIVE {
            let kernels = algorithm.kernels();
            assert!(kernels.contains(&Kernel::default()), "{algorithm:?} can be searched everywhere");
            assert!(algorithm.has_kernels() || kernels.len() == 1, "{algorithm:?}");
        }
        assert!(Algorithm::Scrypt.kernels().iter().all(|kernel| [1, 4].contains(&kernel.lanes())));
    }

    /// Whoever reads this has a network file to mend, or an old build: every choice is named.
    #[wasm_bindgen_test(unsupported = test)]
    fn an_unknown_algorithm_is_refused_with_the_known_ones() {
        let error = serde_json::from_str::<Algorithm>("\"md5\"").unwrap_err().to_string();
        for name in ["md5"].into_iter().chain(Algorithm::LIVE.map(Algorithm::name)) {
            assert!(error.contains(name), "{error:?} should name {name}");
        }
    }
}
