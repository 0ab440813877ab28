//! The implementations of the hashing loop: the same nonces, found at different speeds.

/// How a search hashes. Which kernel is the fastest, only a measurement on the machine tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kernel {
    /// The algorithm's crate; for SHA-256d `sha2` from the midstate on, with SHA-NI where the CPU has it.
    #[default]
    Sha2,
    /// Our loop, one nonce at a time. Where a browser has SIMD it would only make the miner larger.
    #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
    Scalar,
    /// Our loop with WebAssembly's SIMD. Builds without it have no trace of it, since browsers without it refuse a module
    /// for one such instruction; tests run where there is SIMD.
    #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
    Simd128,
    #[cfg(target_arch = "x86_64")]
    Avx,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Kernel {
    const ALL: &[Self] = &[
        Self::Sha2,
        #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
        Self::Scalar,
        #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
        Self::Simd128,
        #[cfg(target_arch = "x86_64")]
        Self::Avx,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// What this machine and this build can run.
    pub fn available() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|kernel| kernel.is_available()).collect()
    }

    fn is_available(self) -> bool {
        match self {
            Self::Sha2 => true,
            #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
            Self::Scalar => true,
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Self::Simd128 => true,
            #[cfg(target_arch = "x86_64")]
            Self::Avx => std::arch::is_x86_feature_detected!("avx"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => std::arch::is_x86_feature_detected!("avx2"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => std::arch::is_x86_feature_detected!("avx512f"),
        }
    }

    /// This, or what every machine has: no CPU is given an instruction that it lacks.
    pub(super) fn or_default(self) -> Self {
        if self.is_available() { self } else { Self::default() }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Sha2 => "sha2",
            #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
            Self::Scalar => "scalar",
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Self::Simd128 => "simd128",
            #[cfg(target_arch = "x86_64")]
            Self::Avx => "avx",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        }
    }

    /// Nonces hashed at once.
    pub fn lanes(self) -> u32 {
        match self {
            Self::Sha2 => 1,
            #[cfg(any(not(all(target_arch = "wasm32", target_feature = "simd128")), test))]
            Self::Scalar => 1,
            #[cfg(all(target_arch = "wasm32", any(target_feature = "simd128", test)))]
            Self::Simd128 => 4,
            #[cfg(target_arch = "x86_64")]
            Self::Avx => 4,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
        }
    }
}
