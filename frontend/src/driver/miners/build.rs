//! Which build of the miner a tab runs, and what its person is told of it: with WebAssembly SIMD where the browser has that,
//! without where it does not or where that build does not start, and none where the browser lets no worker start.

use js_sys::{Uint8Array, WebAssembly};

use crate::bridge::MinersProblem;

/// A module with one function that uses SIMD: `(func (result v128) i32.const 0 i8x16.splat i8x16.popcnt)`.
const SIMD_MODULE: [u8; 31] =
    [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    Simd,
    /// The browser has no SIMD.
    Plain,
    /// It has, but the build with it does not start.
    PlainInstead,
    /// No build starts.
    Blocked,
}

impl Build {
    pub fn for_this_browser() -> Self {
        Self::choose(has_simd())
    }

    fn choose(has_simd: bool) -> Self {
        if has_simd { Self::Simd } else { Self::Plain }
    }

    /// The script to start a worker from.
    pub fn loader(self) -> Option<&'static str> {
        match self {
            Self::Simd => Some("/miner_worker_simd_loader.js"),
            Self::Plain | Self::PlainInstead => Some("/miner_worker_loader.js"),
            Self::Blocked => None,
        }
    }

    /// What to try when a worker of this build does not start.
    #[must_use]
    pub fn after_failure(self) -> Self {
        match self {
            Self::Simd => Self::PlainInstead,
            Self::Plain | Self::PlainInstead | Self::Blocked => Self::Blocked,
        }
    }

    /// How its workers hash, once one has said how many hashes it computes at once.
    pub fn kernel(self, lanes: Option<u32>) -> String {
        let lanes = match lanes {
            None => return String::new(),
            Some(1) => "1 lane".to_owned(),
            Some(lanes) => format!("{lanes} lanes"),
        };
        match self {
            Self::Simd => format!("{lanes} (SIMD)"),
            Self::Plain => format!("{lanes} (this browser has no WebAssembly SIMD)"),
            Self::PlainInstead | Self::Blocked => lanes,
        }
    }

    /// What its person has to know.
    pub fn problem(self) -> Option<MinersProblem> {
        match self {
            Self::Simd | Self::Plain => None,
            Self::PlainInstead => Some(MinersProblem::PlainInstead),
            Self::Blocked => Some(MinersProblem::Blocked),
        }
    }
}

fn has_simd() -> bool {
    WebAssembly::validate(&Uint8Array::from(SIMD_MODULE.as_slice())).unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn every_failure_leads_to_a_simpler_build_and_is_said() {
        let builds: Vec<Build> =
            std::iter::successors(Some(Build::choose(true)), |build| build.loader().map(|_| build.after_failure()))
                .collect();
        assert_eq!(builds, [Build::Simd, Build::PlainInstead, Build::Blocked]);
        assert_eq!(Build::Simd.problem(), None);
        assert_eq!(Build::PlainInstead.problem(), Some(MinersProblem::PlainInstead));
        assert_eq!(Build::Blocked.problem(), Some(MinersProblem::Blocked));
    }

    #[test]
    fn a_browser_without_simd_gets_the_plain_miner_and_says_why() {
        let build = Build::choose(false);
        assert_eq!((build, build.problem(), build.after_failure()), (Build::Plain, None, Build::Blocked));
        assert_ne!(build.loader(), Build::Simd.loader());
        assert_eq!(build.kernel(Some(1)), "1 lane (this browser has no WebAssembly SIMD)");
        assert_eq!(Build::Simd.kernel(Some(4)), "4 lanes (SIMD)");
        assert_eq!(Build::Simd.kernel(None), "");
    }

    /// What runs these tests has SIMD, as every browser since 2023; the probe is a valid module there and nothing else is.
    #[test]
    fn simd_is_found_where_it_is() {
        assert!(has_simd());
        assert_eq!(WebAssembly::validate(&Uint8Array::from(&SIMD_MODULE[..30])), Ok(false));
    }
}
