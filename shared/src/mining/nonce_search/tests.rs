//! The hashing loops against the definition of the hash, for each algorithm and each kernel: a nonce that a search
//! finds is the first that meets the target, and none that it passes over does. Here and not beside the crate, because
//! only its own tests are built with every kernel on wasm32.

use proptest::prelude::*;
use ruint::aliases::U256;
use serde_json::Value;
use wasm_bindgen_test::wasm_bindgen_test;

use super::NonceSearch;
use crate::pow::{Algorithm, Kernel};
use crate::primitives::{CompactTarget, Decode, Header, Target};

/// Any 80 bytes are a header.
fn header() -> impl Strategy<Value = Header> {
    (prop::array::uniform32(any::<u8>()), prop::array::uniform32(any::<u8>()), any::<(u64, u64)>()).prop_map(
        |(a, b, (c, d))| {
            let bytes = [&a[..], &b, &c.to_le_bytes(), &d.to_le_bytes()].concat();
            Header::from_bytes(&bytes).expect("80 bytes are a header")
        },
    )
}

/// From all hashes down to one in 2^16, and none: borders of the highest word among them.
fn target() -> impl Strategy<Value = Target> {
    let bits = prop_oneof![
        Just(0x2100_ffff),
        0x2000_0001..=0x207f_ffff_u32,
        0x1f00_0100..=0x1f7f_ffff_u32,
        Just(0x1f00_ffff),
        // Above one in 2^32: its highest word is zero.
        Just(0x1d00_ffff),
    ];
    bits.prop_map(|bits| CompactTarget(bits).to_target().expect("none is zero, negative or too large"))
}

/// Where a search may begin: anywhere, and often so near the end that nonces wrap around.
fn start() -> impl Strategy<Value = u32> {
    prop_oneof![any::<u32>(), u32::MAX - 40..=u32::MAX]
}

/// The definition: the hash of the 80 bytes, as a little endian number, at most the target.
fn first_hit(algorithm: Algorithm, header: Header, target: Target, start: u32, count: u32) -> Option<u32> {
    let mut nonces = (0..count).map(|offset| start.wrapping_add(offset));
    nonces.find(|nonce| algorithm.is_met(&Header { nonce: *nonce, ..header }, target))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(300))]

    #[wasm_bindgen_test(unsupported = test)]
    fn each_kernel_finds_what_the_definition_of_sha256d_says(
        header in header(), target in target(), start in start(), count in 0..600_u32,
    ) {
        let expected = first_hit(Algorithm::Sha256d, header, target, start, count);
        for kernel in Kernel::available() {
            let mut search = NonceSearch::new(Algorithm::Sha256d, &header, target, kernel);
            prop_assert_eq!(search.run(start, count), expected, "{:?}", kernel);
            // A search is used for one batch after another, of any length.
            prop_assert_eq!(search.run(start, count / 3), expected.filter(|nonce| nonce.wrapping_sub(start) < count / 3));
        }
    }
}

proptest! {
    #![proptest_config(config(100))]

    #[wasm_bindgen_test(unsupported = test)]
    fn each_kernel_finds_what_the_definition_of_blake3_says(
        header in header(), target in target(), start in start(), count in 0..600_u32,
    ) {
        let expected = first_hit(Algorithm::Blake3, header, target, start, count);
        for kernel in Kernel::available() {
            let mut search = NonceSearch::new(Algorithm::Blake3, &header, target, kernel);
            prop_assert_eq!(search.run(start, count), expected, "{:?}", kernel);
        }
    }
}

proptest! {
    #![proptest_config(config(12))]

    /// Each hash takes as long as thousands of the others.
    #[wasm_bindgen_test(unsupported = test)]
    fn searches_in_memory_find_what_the_definition_says(
        header in header(), bits in 0x2010_0000..=0x207f_ffff_u32, start in start(), count in 0..12_u32,
    ) {
        let target = CompactTarget(bits).to_target().unwrap();
        for algorithm in [Algorithm::Scrypt, Algorithm::Argon2id] {
            let expected = first_hit(algorithm, header, target, start, count);
            for kernel in Kernel::available() {
                let mut search = NonceSearch::new(algorithm, &header, target, kernel);
                prop_assert_eq!(search.run(start, count), expected, "{:?} {:?}", algorithm, kernel);
                // Once more, in memory that is not new.
                prop_assert_eq!(search.run(start, count), expected, "{:?} {:?}", algorithm, kernel);
            }
        }
    }
}

/// A hit is one nonce of a group; each place in a group is found, and passed over when it is past the end.
#[wasm_bindgen_test(unsupported = test)]
fn every_lane_of_a_group_is_looked_at() {
    let header = Header::from_bytes(&[7; 80]).unwrap();
    let target = CompactTarget(0x2000_ffff).to_target().unwrap();
    for algorithm in [Algorithm::Sha256d, Algorithm::Blake3] {
        let hit = first_hit(algorithm, header, target, 5_000, 5_000).expect("one in 256 is one");
        for kernel in Kernel::available() {
            let mut search = NonceSearch::new(algorithm, &header, target, kernel);
            let first = (0..hit).rev().find(|nonce| first_hit(algorithm, header, target, *nonce, 1).is_some());
            let clear = hit - first.map_or(0, |nonce| nonce + 1);
            for before in 0..clear.min(40) {
                assert_eq!(search.run(hit - before, before + 1), Some(hit), "{kernel:?}, {before} before");
                assert_eq!(search.run(hit - before, before), None, "{kernel:?}, {before} before");
            }
        }
    }
}

/// A target that a hash meets exactly is met; one less is not.
#[wasm_bindgen_test(unsupported = test)]
fn a_hash_equal_to_the_target_meets_it() {
    let header = Header::from_bytes(&[1; 80]).unwrap();
    for nonce in 0..200 {
        let hash = Algorithm::Sha256d.hash(&Header { nonce, ..header }.to_array());
        let target = Target::new(U256::from_le_bytes(hash)).unwrap();
        let below = Target::new(target.value() - U256::ONE).unwrap();
        for kernel in Kernel::available() {
            let search = |target| NonceSearch::new(Algorithm::Sha256d, &header, target, kernel).run(nonce, 1);
            assert_eq!(search(target), Some(nonce), "{kernel:?}");
            assert_eq!(search(below), None, "{kernel:?}");
        }
    }
}

/// Bitcoin's own headers: from a few nonces before the one that was found, with the header's own bits.
#[wasm_bindgen_test(unsupported = test)]
fn each_kernel_finds_the_nonces_of_real_bitcoin_headers() {
    macro_rules! vectors {
        ($name:literal) => {
            include_str!(concat!("../../../../tests/vectors/headers/", $name, ".json"))
        };
    }
    let files =
        [vectors!("bitcoin_mainnet_0_255"), vectors!("bitcoin_mainnet_2016"), vectors!("bitcoin_mainnet_selected")];
    let mut count = 0;
    for row in files.iter().flat_map(|file| serde_json::from_str::<Vec<Value>>(file).unwrap()) {
        let header: Header = serde_json::from_value(row["header"].clone()).unwrap();
        let target = header.bits.to_target().unwrap();
        let before = count % 67;
        count += 1;
        let start = header.nonce.wrapping_sub(before);
        for kernel in Kernel::available() {
            let mut search = NonceSearch::new(Algorithm::Sha256d, &Header { nonce: 0, ..header }, target, kernel);
            assert_eq!(search.run(start, 100), Some(header.nonce), "{kernel:?}: {row}");
            assert_eq!(search.run(start, before), None, "{kernel:?}: {row}");
        }
    }
    assert_eq!(count, 256 + 218 + 6, "rows have come or gone");
}

#[wasm_bindgen_test(unsupported = test)]
fn the_oracle_takes_the_first_nonce_and_the_rule_agrees() {
    let header = Header { bits: CompactTarget(0x0300_0001), ..Header::from_bytes(&[0; 80]).unwrap() };
    let mut search = NonceSearch::for_bits(Algorithm::Oracle, &header).unwrap();
    assert_eq!(search.run(7, 100), Some(7));
    assert_eq!(search.run(7, 0), None, "no nonce was tried");
    let target = header.bits.to_target().unwrap();
    assert!(Algorithm::Oracle.is_met(&header, target));
    assert!(!Algorithm::Sha256d.is_met(&header, target), "a target that no one meets");
}

/// Kernels are told apart by their names, and all that a machine offers it can run.
#[wasm_bindgen_test(unsupported = test)]
fn kernels_have_names_and_widths() {
    let kernels = Kernel::available();
    assert_eq!(kernels[..2], [Kernel::Sha2, Kernel::Scalar], "on every machine");
    let names: std::collections::BTreeSet<&str> = kernels.iter().map(|kernel| kernel.name()).collect();
    assert_eq!(names.len(), kernels.len());
    assert!(kernels.iter().all(|kernel| kernel.lanes().is_power_of_two()));
    #[cfg(target_arch = "wasm32")]
    assert_eq!(kernels.last().map(|kernel| (kernel.name(), kernel.lanes())), Some(("simd128", 4)));
}
