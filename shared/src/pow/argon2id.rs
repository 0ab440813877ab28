//! Argon2id (RFC 9106), which fills its memory so that a chip gains little over a phone: the crate `argon2` with parameters of
//! ours (decision 0003).

use argon2::{Argon2, Block, Params, Version};

use super::{Kernel, Search};
use crate::primitives::{Header, Target};

/// Memory of one hash: as much as scrypt's here, so that the two compare as functions. About every core's first-level cache
/// is smaller, and a newcomer can verify 50 000 headers.
const MEMORY_KIB: u32 = 128;
const PASSES: u32 = 1;
const LANES: u32 = 1;
/// The password is the header; the salt names what it is hashed for.
const SALT: &[u8] = b"Tabchain proof of work";

pub(super) struct Argon2id {
    header: Header,
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl Argon2id {
    fn hash_with(argon2: &Argon2<'_>, memory: &mut [Block], header: &[u8; Header::SIZE]) -> [u8; 32] {
        let mut hash = [0; 32];
        argon2
            .hash_password_into_with_memory(header, SALT, &mut hash, memory)
            .expect("lengths of header, salt and hash, and the memory, are what Argon2 asks for");
        hash
    }
}

impl Search for Argon2id {
    fn hash(header: &[u8; Header::SIZE]) -> [u8; 32] {
        let (argon2, mut memory) = argon2_and_memory();
        Self::hash_with(&argon2, &mut memory, header)
    }

    fn new(header: &Header, _: Kernel) -> Self {
        let (argon2, memory) = argon2_and_memory();
        Self { header: *header, argon2, memory }
    }

    fn run(&mut self, target: Target, start: u32, count: u32) -> Option<u32> {
        (0..count).map(|offset| start.wrapping_add(offset)).find(|nonce| {
            let header = Header { nonce: *nonce, ..self.header }.to_array();
            target.is_met_by(&Self::hash_with(&self.argon2, &mut self.memory, &header))
        })
    }
}

fn argon2_and_memory() -> (Argon2<'static>, Vec<Block>) {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).expect("within Argon2's bounds");
    let memory = vec![Block::default(); params.block_count()];
    (Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params), memory)
}

#[cfg(test)]
mod tests {
    use argon2::{AssociatedData, ParamsBuilder};
    use serde_json::Value;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &[u8]) -> String {
        let mut memory = vec![Block::default(); argon2.params().block_count()];
        let mut tag = [0; 32];
        argon2.hash_password_into_with_memory(password, salt, &mut tag, &mut memory).unwrap();
        hex::encode(tag)
    }

    /// The crate computes what the RFC says, and what the reference implementation does. Other kinds of Argon2 and memories
    /// above 64 MiB are left out.
    #[wasm_bindgen_test(unsupported = test)]
    fn vectors_of_rfc_9106() {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/vectors/hash/argon2_rfc9106.json")).unwrap();
        let number = |row: &Value, name: &str| u32::try_from(row[name].as_u64().unwrap()).unwrap();
        let bytes = |name: &str| hex::decode(file["params"][name].as_str().unwrap()).unwrap();
        let (algorithm, version) = (argon2::Algorithm::Argon2id, Version::V0x13);
        let mut builder = ParamsBuilder::new();
        builder.m_cost(number(&file["params"], "m_cost_kib")).t_cost(number(&file["params"], "t_cost"));
        builder.p_cost(number(&file["params"], "lanes")).data(AssociatedData::new(&bytes("ad")).unwrap());
        let (params, secret) = (builder.build().unwrap(), bytes("secret"));
        let argon2 = Argon2::new_with_secret(&secret, algorithm, version, params).unwrap();
        assert_eq!(hash(&argon2, &bytes("password"), &bytes("salt")), file["tags"]["argon2id"]);

        let rows = file["reference_suite_v19"].as_array().unwrap();
        let ours = rows.iter().filter(|row| row["alg"] == "argon2id" && number(row, "m_kib") <= 65_536);
        assert_eq!((rows.len(), ours.clone().count()), (17, 7), "rows have come or gone");
        for row in ours {
            let params = Params::new(number(row, "m_kib"), number(row, "t"), number(row, "p"), Some(32)).unwrap();
            let text = |name: &str| row[name].as_str().unwrap().as_bytes();
            let argon2 = Argon2::new(algorithm, version, params);
            assert_eq!(hash(&argon2, text("password"), text("salt")), row["tag"]);
        }
    }

    /// Memory that another hash has been in gives the same hash.
    #[wasm_bindgen_test(unsupported = test)]
    fn memory_is_reused() {
        let (argon2, mut memory) = argon2_and_memory();
        Argon2id::hash_with(&argon2, &mut memory, &[1; 80]);
        assert_eq!(Argon2id::hash_with(&argon2, &mut memory, &[2; 80]), Argon2id::hash(&[2; 80]));
        assert_eq!(std::mem::size_of_val(memory.as_slice()), MEMORY_KIB as usize * 1024);
    }
}
