//! The implementations of the hashing loop: the same nonces, found at different speeds.

/// How a search hashes. Which kernel is the fastest, only a measurement on the machine tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// The crate `sha2` from the midstate on: SHA-NI where the CPU has it.
    #[default]
    Sha2,
}

impl Kernel {
    /// What this machine and this build can run.
    pub fn available() -> Vec<Self> {
        vec![Self::Sha2]
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha2 => "sha2",
        }
    }

    /// Nonces hashed at once.
    pub fn lanes(self) -> u32 {
        match self {
            Self::Sha2 => 1,
        }
    }
}
