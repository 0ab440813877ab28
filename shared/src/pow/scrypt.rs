//! scrypt (RFC 7914) with Litecoin's parameters: the header is password and salt, and 128 KiB are filled and read back in an
//! order that only the hash itself tells. The crate `scrypt` computes it, four words at a time where the build has SIMD.

use ::scrypt::Params;

use super::{Kernel, Search};
use crate::primitives::{Header, Target};

/// N = 2^10, r = 1, p = 1.
const LOG_N: u8 = 10;
const R: u32 = 1;
const P: u32 = 1;

pub(super) struct Scrypt {
    header: Header,
}

impl Search for Scrypt {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        let params = Params::new(LOG_N, R, P).expect("Litecoin's parameters are within scrypt's bounds");
        let mut hash = [0; 32];
        ::scrypt::scrypt(header, header, &params, &mut hash).expect("scrypt gives up to 2^37 bytes");
        hash
    }

    fn new(header: &Header, _: Kernel) -> Self {
        Self { header: *header }
    }

    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32> {
        (0..count).map(|offset| start.wrapping_add(offset)).find(|nonce| {
            let header = Header { nonce: *nonce, ..self.header };
            target.is_met_by(&Self::hash(&header.to_array()))
        })
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
