//! Many signatures checked at once, with the verdicts that they get one by one.
//!
//! ZIP-215 demands the cofactored equation of both kinds of check, which is what makes them agree: the batch adds up all
//! equations, each times a coefficient that nobody who made a signature could foresee, and a sum of true equations is true.

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng;
use ed25519_zebra::batch::{Item, Verifier};
use sha2::{Digest, Sha256};

use super::{PublicKey, Signature};

/// One alone is cheaper without a batch (by a fifth); two are cheaper with it, a thousand by more than half.
const LEAST_BATCH: usize = 2;

/// Signatures to be judged together, each with its key and message.
#[derive(Default)]
pub struct SignatureBatch {
    items: Vec<Item>,
    /// Everything that was pushed.
    transcript: Sha256,
}

impl SignatureBatch {
    pub fn push(&mut self, key: &PublicKey, signature: &Signature, message: &[u8]) {
        self.transcript.update(key.0);
        self.transcript.update(signature.0);
        // With its length, so that no other list of messages reads the same.
        self.transcript.update((message.len() as u64).to_le_bytes());
        self.transcript.update(message);
        let signature = ed25519_zebra::Signature::from(signature.0);
        self.items.push(Item::from((key.0.into(), signature, message)));
    }

    /// Position of the first signature that is none, counted as they were pushed.
    pub fn first_invalid(self) -> Option<usize> {
        if self.items.len() >= LEAST_BATCH && self.all_valid() {
            return None;
        }
        self.items.into_iter().position(|item| item.verify_single().is_err())
    }

    /// The coefficients follow from the transcript, so that no node needs randomness and all compute alike. That is as
    /// good as chance: they are fixed only after every key, signature and message is, and whoever changes one of these to
    /// make a false sum come out true gets other coefficients. A try succeeds once in 2^128. (Which signature gets which
    /// coefficient is left to the order of the verifier's map; no verdict hangs on it.)
    fn all_valid(&self) -> bool {
        let mut batch = Verifier::new();
        for item in &self.items {
            batch.queue(item.clone());
        }
        let seed = self.transcript.clone().finalize();
        batch.verify(ChaCha20Rng::from_seed(seed.into())).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::primitives::SecretKey;

    /// So many good signatures by three people in turn.
    fn signed(count: u8) -> Vec<(PublicKey, Signature, Vec<u8>)> {
        let keys = [1, 2, 3].map(|byte| SecretKey::from_seed([byte; 32]));
        let sign = |number: u8| {
            let key = &keys[usize::from(number) % keys.len()];
            let message = vec![number; usize::from(number)];
            (key.public_key(), key.sign(&message), message)
        };
        (0..count).map(sign).collect()
    }

    #[track_caller]
    fn check(list: &[(PublicKey, Signature, Vec<u8>)], first_invalid: Option<usize>) {
        let mut batch = SignatureBatch::default();
        for (key, signature, message) in list {
            batch.push(key, signature, message);
        }
        let alone = list.iter().position(|(key, signature, message)| !key.verifies(signature, message));
        assert_eq!(alone, first_invalid);
        assert_eq!(batch.first_invalid(), first_invalid);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_first_that_is_no_signature_is_found() {
        for count in [0, 1, 2, 3, 20] {
            let good = signed(count);
            check(&good, None);
            for position in 0..good.len() {
                let mut bad = good.clone();
                bad[position].1.0[40] ^= 1;
                check(&bad, Some(position));
                // A later one changes nothing.
                bad[good.len() - 1].2.push(0);
                check(&bad, Some(position));
            }
        }
    }

    /// Two errors that a plain sum would cancel: S too large by one here, too small by one there.
    #[wasm_bindgen_test(unsupported = test)]
    fn errors_do_not_cancel() {
        let mut list = signed(8);
        let low = |list: &[(PublicKey, Signature, Vec<u8>)], at: usize| list[at].1.0[32];
        let up = (0..8).find(|at| low(&list, *at) < 0xff).unwrap();
        let down = (0..8).rfind(|at| low(&list, *at) > 0).unwrap();
        assert_ne!(up, down);
        list[up].1.0[32] += 1;
        list[down].1.0[32] -= 1;
        check(&list, Some(up.min(down)));
    }

    /// Keys and messages are bound to their signatures, also when the list holds them all in another order.
    #[wasm_bindgen_test(unsupported = test)]
    fn swapped_parts_are_noticed() {
        let good = signed(6);
        let mut keys = good.clone();
        (keys[2].0, keys[4].0) = (good[4].0, good[2].0);
        check(&keys, Some(2));
        let mut messages = good.clone();
        messages[1].2.clone_from(&good[4].2);
        messages[4].2.clone_from(&good[1].2);
        check(&messages, Some(1));
        let mut signatures = good.clone();
        signatures.swap(0, 5);
        check(&signatures, None);
        (signatures[0].1, signatures[5].1) = (signatures[5].1, signatures[0].1);
        check(&signatures, Some(0));
    }
}
