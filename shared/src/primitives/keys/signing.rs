//! Signing: RFC 8032, 5.1.5 and 5.1.6. `ed25519-zebra` can do it too, and a test holds the two against each other; but it
//! multiplies the base point with the help of a table that makes up thirty kilobytes of what a tab loads first, and hardly
//! compress. Without it a signature takes two or three times as long: a tenth of a millisecond for each payment that a person makes.

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
use sha2::{Digest, Sha512};

#[derive(Clone)]
pub(super) struct SigningKey {
    scalar: Scalar,
    /// What makes the nonces of signatures secret.
    prefix: [u8; 32],
    pub(super) public: [u8; 32],
}

impl SigningKey {
    pub(super) fn from_seed(seed: &[u8; 32]) -> Self {
        let hash: [u8; 64] = Sha512::digest(seed).into();
        let (scalar, prefix) = hash.split_at(32);
        let halves = "a hash has twice 32 bytes";
        let scalar = Scalar::from_bytes_mod_order(clamp_integer(scalar.try_into().expect(halves)));
        Self { scalar, prefix: prefix.try_into().expect(halves), public: times_base_point(&scalar) }
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let nonce = hash_to_scalar([&self.prefix, message, &[]]);
        let commitment = times_base_point(&nonce);
        let challenge = hash_to_scalar([&commitment, &self.public, message]);
        let response = nonce + challenge * self.scalar;
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&commitment);
        signature[32..].copy_from_slice(response.as_bytes());
        signature
    }
}

/// In constant time, as the scalar is secret.
fn times_base_point(scalar: &Scalar) -> [u8; 32] {
    (ED25519_BASEPOINT_POINT * scalar).compress().to_bytes()
}

fn hash_to_scalar(parts: [&[u8]; 3]) -> Scalar {
    let mut hasher = Sha512::new();
    for part in parts {
        hasher.update(part);
    }
    Scalar::from_bytes_mod_order_wide(&hasher.finalize().into())
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn keys_and_signatures_are_those_of_ed25519_zebra() {
        for number in 0..64_u8 {
            let seed: [u8; 32] = Sha512::digest([number]).first_chunk().copied().expect("64 bytes");
            let (ours, theirs) = (SigningKey::from_seed(&seed), ed25519_zebra::SigningKey::from(seed));
            assert_eq!(ours.public, <[u8; 32]>::from(ed25519_zebra::VerificationKeyBytes::from(&theirs)));
            let message = vec![number; usize::from(number) * 7];
            assert_eq!(ours.sign(&message), theirs.sign(&message).to_bytes(), "seed {number}");
        }
    }
}
