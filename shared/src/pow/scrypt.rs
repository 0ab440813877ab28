//! scrypt (RFC 7914) with Litecoin's parameters: the header is password and salt, and 128 KiB are filled and read back in an
//! order that only the hash itself tells. The crate `scrypt` defines the hash and is one way to search; where there are lanes
//! of four words, [`rows`] mixes the memories of four nonces at once.

mod rows;

use ::scrypt::Params;

use super::{Kernel, Search};
use crate::primitives::{Header, Target};

/// N = 2^10, r = 1, p = 1.
const LOG_N: u8 = 10;
const R: u32 = 1;
const P: u32 = 1;

pub(super) struct Scrypt {
    header: Header,
    /// `None`: the crate hashes each nonce.
    rows: Option<rows::Mixer>,
}

impl Search for Scrypt {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        let params = Params::new(LOG_N, R, P).expect("Litecoin's parameters are within scrypt's bounds");
        let mut hash = [0; 32];
        ::scrypt::scrypt(header, header, &params, &mut hash).expect("scrypt gives up to 2^37 bytes");
        hash
    }

    fn new(header: &Header, kernel: Kernel) -> Self {
        Self { header: *header, rows: rows::Mixer::of(kernel) }
    }

    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32> {
        let with = |nonce: u32| Header { nonce, ..self.header }.to_array();
        let Some(mixer) = &mut self.rows else {
            let mut nonces = (0..count).map(|offset| start.wrapping_add(offset));
            return nonces.find(|nonce| target.is_met_by(&Self::hash(&with(*nonce))));
        };
        for offset in (0..count).step_by(rows::GROUP) {
            let group: [u32; rows::GROUP] = std::array::from_fn(|place| {
                let place = u32::try_from(place).expect("a handful");
                start.wrapping_add(offset).wrapping_add(place)
            });
            let hashes = mixer.hashes(&group.map(with));
            // The last group may reach beyond `count`.
            let wanted = group.into_iter().zip(hashes).take((count - offset) as usize);
            let mut hits = wanted.filter(|(_, hash)| target.is_met_by(hash)).map(|(nonce, _)| nonce);
            // What a loop of ours finds is confirmed by the definition.
            let hit = hits.find(|nonce| target.is_met_by(&Self::hash(&with(*nonce))));
            if hit.is_some() {
                return hit;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// The crate computes what the RFC says.
    #[wasm_bindgen_test(unsupported = test)]
    fn vectors_of_rfc_7914() {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/hash/scrypt_rfc7914.json")).unwrap();
        let rows = file["cases"].as_array().unwrap();
        assert_eq!(rows.len(), 3, "rows have come or gone");
        for row in rows {
            let number = |name: &str| u32::try_from(row[name].as_u64().unwrap()).unwrap();
            let text = |name: &str| row[name].as_str().unwrap();
            let log_n = u8::try_from(number("n").ilog2()).unwrap();
            let params = Params::new(log_n, number("r"), number("p")).unwrap();
            let mut key = vec![0; row["dk_len"].as_u64().unwrap().try_into().unwrap()];
            ::scrypt::scrypt(text("password").as_bytes(), text("salt").as_bytes(), &params, &mut key).unwrap();
            assert_eq!(hex::encode(key), text("dk"));
        }
    }
}
