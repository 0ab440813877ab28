//! The hashing loop against the definition of the hash: a nonce that it finds is the first that meets the target, and none
//! that it passes over does.

use proptest::prelude::*;
use tabchain_shared::mining::nonce_search::NonceSearch;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{BlockHash, CompactTarget, Decode, Header, Target, sha256d};
use wasm_bindgen_test::wasm_bindgen_test;

/// Any 80 bytes, with bits that decode: from all hashes down to one in 2^16, borders of the highest word among them.
fn header() -> impl Strategy<Value = Header> {
    let bits = prop_oneof![
        Just(0x2100_ffff),
        0x2000_0001..=0x207f_ffff_u32,
        0x1f00_0100..=0x1f7f_ffff_u32,
        Just(0x1f00_ffff),
        // Above one in 2^32: its highest word is zero.
        Just(0x1d00_ffff),
    ];
    (prop::array::uniform32(any::<u8>()), prop::array::uniform32(any::<u8>()), any::<(u64, u64)>(), bits).prop_map(
        |(a, b, (c, d), bits)| {
            let bytes = [&a[..], &b, &c.to_le_bytes(), &d.to_le_bytes()].concat();
            Header { bits: CompactTarget(bits), ..Header::from_bytes(&bytes).expect("80 bytes are a header") }
        },
    )
}

/// The definition: SHA-256 twice over the 80 bytes, as a little endian number, at most the target.
fn is_met(header: Header, nonce: u32, target: Target) -> bool {
    target.is_met_by(&sha256d(&Header { nonce, ..header }.to_array()))
}

fn search(header: Header) -> NonceSearch {
    NonceSearch::for_bits(Algorithm::Sha256d, &header).expect("the bits are a target")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[wasm_bindgen_test(unsupported = test)]
    fn the_search_is_the_definition(header in header(), start in any::<u32>(), count in 0..600_u32) {
        let target = header.bits.to_target().unwrap();
        let expected = (0..count).map(|offset| start.wrapping_add(offset)).find(|nonce| is_met(header, *nonce, target));
        prop_assert_eq!(search(header).run(start, count), expected);
    }
}

/// Past the last nonce comes the first: a batch at the end of the range tries all of its nonces.
#[wasm_bindgen_test(unsupported = test)]
fn nonces_wrap_around() {
    let bits = CompactTarget(0x2003_ffff);
    let header = Header::from_bytes(&[7; 80]).map(|header| Header { bits, ..header }).unwrap();
    let target = bits.to_target().unwrap();
    let start = u32::MAX - 2;
    let first =
        (0..10_000).map(|offset| start.wrapping_add(offset)).find(|nonce| is_met(header, *nonce, target)).unwrap();
    assert_eq!(search(header).run(start, 10_000), Some(first));
}

/// Bitcoin's genesis block: the real thing, from a few nonces before the one that Satoshi found.
#[wasm_bindgen_test(unsupported = test)]
fn bitcoins_genesis_nonce_is_found() {
    let header = Header {
        version: 1,
        prev_blockhash: BlockHash::default(),
        merkle_root: "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b".parse().unwrap(),
        time: 1_231_006_505,
        bits: CompactTarget(0x1d00_ffff),
        nonce: 0,
    };
    let nonce = 2_083_236_893;
    assert_eq!(search(header).run(nonce - 5_000, 20_000), Some(nonce));
    assert_eq!(search(header).run(nonce - 5_000, 5_000), None);
}

/// A target that a hash meets exactly is met; one less is not.
#[wasm_bindgen_test(unsupported = test)]
fn a_hash_equal_to_the_target_meets_it() {
    // The search takes its target from bits, so the closest call it can have is a hash whose top bytes are the mantissa.
    let header = Header::from_bytes(&[1; 80]).unwrap();
    for nonce in 0..2_000 {
        let hash = sha256d(&Header { nonce, ..header }.to_array());
        let target = Target::new(ruint::aliases::U256::from_le_bytes(hash)).unwrap();
        assert!(target.is_met_by(&hash));
        assert!(!Target::new(target.value() - ruint::aliases::U256::ONE).unwrap().is_met_by(&hash));
        // Rounded down to bits, the hash itself is above the target, unless nothing was rounded away.
        let bits = target.to_compact();
        let header = Header { bits, ..header };
        let met = is_met(header, nonce, bits.to_target().unwrap());
        assert_eq!(search(header).run(nonce, 1), met.then_some(nonce));
    }
}
