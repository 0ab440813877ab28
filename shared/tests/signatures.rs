//! Batch and single checks of signatures agree, on the edge cases of Ed25519 as well: small orders, points that are not
//! canonical, S above the group's order. The vectors' own verdicts are held in `tests/consensus_vectors.rs`.

use proptest::prelude::*;
use serde_json::Value;
use tabchain_shared::primitives::keys::batch::SignatureBatch;
use tabchain_shared::primitives::{PublicKey, SecretKey, Signature};
use wasm_bindgen_test::wasm_bindgen_test;

/// A key, a signature, a message.
type Claim = (PublicKey, Signature, Vec<u8>);

fn bytes(row: &Value) -> Vec<u8> {
    hex::decode(row.as_str().unwrap()).unwrap()
}

fn claim(key: &Value, signature: &Value, message: Vec<u8>) -> Claim {
    (PublicKey(bytes(key).try_into().unwrap()), Signature(bytes(signature).try_into().unwrap()), message)
}

/// All pairs of small-order keys and points, over ZIP-215's message.
fn small_order() -> Vec<Claim> {
    let rows: Value =
        serde_json::from_str(include_str!("../../tests/vectors/ed25519/zip215_small_order_196.json")).unwrap();
    rows.as_array().unwrap().iter().map(|row| claim(&row["vk_bytes"], &row["sig_bytes"], b"Zcash".into())).collect()
}

fn speccheck() -> Vec<Claim> {
    let rows: Value =
        serde_json::from_str(include_str!("../../tests/vectors/ed25519/speccheck_12_cases.json")).unwrap();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| claim(&row["pub_key"], &row["signature"], bytes(&row["message"])))
        .collect()
}

/// So many ordinary signatures by a few people.
fn ordinary(count: u8) -> Vec<Claim> {
    let sign = |number: u8| {
        let key = SecretKey::from_seed([number % 5; 32]);
        let message = vec![number; usize::from(number) * 3];
        (key.public_key(), key.sign(&message), message)
    };
    (0..count).map(sign).collect()
}

fn is_valid((key, signature, message): &Claim) -> bool {
    key.verifies(signature, message)
}

/// The batch's verdict is that of its members; returns it.
#[track_caller]
fn check(claims: &[Claim]) -> Option<usize> {
    let mut batch = SignatureBatch::default();
    for (key, signature, message) in claims {
        batch.push(key, signature, message);
    }
    let found = batch.first_invalid();
    assert_eq!(found, claims.iter().position(|claim| !is_valid(claim)));
    found
}

/// CASES 35 and 56: what is valid alone is valid in company, all at once and each between two others.
#[wasm_bindgen_test(unsupported = test)]
fn a_batch_of_edge_cases_is_valid_where_each_is() {
    let edges = [small_order(), speccheck()].concat();
    assert_eq!(edges.len(), 208);
    let (valid, invalid): (Vec<Claim>, Vec<Claim>) = edges.into_iter().partition(is_valid);
    assert_eq!((valid.len(), invalid.len()), (205, 3));
    assert_eq!(check(&valid), None);
    let good = ordinary(2);
    for edge in &valid {
        assert_eq!(check(&[good[0].clone(), edge.clone(), good[1].clone()]), None);
        // Twice the same, so that two terms of one key are added up.
        assert_eq!(check(&[edge.clone(), edge.clone()]), None);
    }
    for edge in &invalid {
        assert_eq!(check(&[good[0].clone(), edge.clone(), good[1].clone()]), Some(1));
        let mut all = valid.clone();
        all.insert(100, edge.clone());
        assert_eq!(check(&all), Some(100));
    }
}

/// How a claim may be spoilt: not at all, or one bit of it.
fn spoilt(claim: Claim, damage: Option<(usize, u8)>) -> Claim {
    let (mut key, mut signature, message) = claim;
    match damage {
        Some((at, bit)) if at < 32 => key.0[at] ^= 1 << bit,
        Some((at, bit)) => signature.0[at - 32] ^= 1 << bit,
        None => {}
    }
    (key, signature, message)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// CASES 35: any mixture of edge cases and ordinary signatures, few or none of them spoilt.
    #[wasm_bindgen_test(unsupported = test)]
    fn batch_and_single_always_agree(
        claims in prop::collection::vec(
            (
                prop::sample::select([small_order(), speccheck(), ordinary(60), ordinary(60)].concat()),
                prop_oneof![30 => Just(None), 1 => (0..96_usize, 0..8_u8).prop_map(Some)],
            ),
            0..30,
        ),
    ) {
        let claims: Vec<Claim> = claims.into_iter().map(|(claim, damage)| spoilt(claim, damage)).collect();
        check(&claims);
    }
}
