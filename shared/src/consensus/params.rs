//! Network parameters as data. The genesis block follows from them, and its hash names the network.

use serde::{Deserialize, Serialize};

use crate::pow::Algorithm;
use crate::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, CompactTarget, Header, Memo, NetworkId, Target, Transaction,
    merkle_root,
};

/// The most that a network may allow for [`Params::max_block_bytes`]: a frame has 4 000 000 bytes at most, and one of them says
/// that it holds a block.
pub const MAX_BLOCK_BYTES: u32 = 3_999_999;

/// What tells one network from another. Times are in seconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Params {
    pub name: String,
    pub algorithm: Algorithm,
    /// Intended time between blocks.
    pub spacing: u32,
    /// A schedule that is this far off doubles or halves the target; absent, the target never changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<u32>,
    /// The easiest target that a block may have.
    pub limit: CompactTarget,
    /// Target of the first block after genesis.
    pub start_bits: CompactTarget,
    pub subsidy: Amount,
    /// Blocks between two halvings of the subsidy.
    pub halving_interval: u32,
    pub max_block_bytes: u32,
    /// How far ahead of a node's clock a block may be dated before the node holds it back.
    pub max_future_seconds: u32,
    pub genesis_time: u32,
    pub genesis_message: Memo,
}

/// What is wrong with a network file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    #[error("name: give the network a name of 1 to 32 characters")]
    Name,
    #[error("spacing: must be from 1 to 86400 seconds")]
    Spacing,
    #[error("half_life: must be from 1 to 31536000 seconds; leave it out for a network that never retargets")]
    HalfLife,
    #[error("limit: {0}")]
    Limit(crate::primitives::BitsError),
    #[error("start_bits: {0}")]
    StartBits(crate::primitives::BitsError),
    #[error("start_bits: easier than the limit")]
    StartAboveLimit,
    #[error("halving_interval: must be at least 1")]
    HalvingInterval,
    #[error("subsidy and halving_interval would issue more than 21 000 000 coins")]
    Issuance,
    #[error("max_block_bytes: must be from 1000 to {MAX_BLOCK_BYTES}")]
    BlockBytes,
    #[error("max_future_seconds: must be from 1 to 7200")]
    FutureSeconds,
    /// The genesis coinbase would break [`super::BlockError::LikeMerkleNode`].
    #[error("genesis_message: must not have just 29 bytes; add a character or leave one out")]
    GenesisMessage,
    #[error("algorithm: oracle accepts any hash; only simulations may use it")]
    Oracle,
}

impl Params {
    /// For a class: a block every ten seconds, started at a target that one tab meets in about ten.
    pub fn classroom() -> Self {
        Self {
            name: "classroom".into(),
            algorithm: Algorithm::Sha256d,
            spacing: 10,
            half_life: Some(120),
            // 2^16 hashes: a tenth of a second for one slow phone.
            limit: CompactTarget(0x1f00_ffff),
            // 2^25 hashes: about ten seconds for one worker with a scalar kernel.
            start_bits: CompactTarget(0x1e00_7fff),
            subsidy: Amount::from_units(50 * 100_000_000).expect("50 coins are fewer than 21 million"),
            halving_interval: 210_000,
            max_block_bytes: 1_000_000,
            // Two hours suit ten-minute blocks. Devices in a class are off by minutes, so sixty spacings it is, although a
            // lying date may ease one block by five half-lives (decision 0001).
            max_future_seconds: 600,
            genesis_time: 1_767_225_600,
            genesis_message: Memo::new("Tabchain classroom: every tab a full node").expect("short"),
        }
    }

    /// The classroom's rules with Litecoin's scrypt.
    pub fn scrypt() -> Self {
        Self {
            name: "scrypt".into(),
            algorithm: Algorithm::Scrypt,
            // 2^6 hashes: a tenth of a second for one slow phone.
            limit: CompactTarget(0x2003_ffff),
            // 2^16 hashes: about ten seconds for one worker.
            start_bits: CompactTarget(0x1f00_ffff),
            genesis_message: Memo::new("Tabchain scrypt: Litecoin's work").expect("short"),
            ..Self::classroom()
        }
    }

    /// The classroom's rules with Argon2id.
    pub fn argon2id() -> Self {
        Self {
            name: "argon2id".into(),
            algorithm: Algorithm::Argon2id,
            // 2^8 hashes: a tenth of a second for one slow phone.
            limit: CompactTarget(0x2000_ffff),
            // 2^17 hashes: about ten seconds for one worker.
            start_bits: CompactTarget(0x1e7f_ffff),
            genesis_message: Memo::new("Tabchain argon2id: work that is memory").expect("short"),
            ..Self::classroom()
        }
    }

    /// The classroom's rules with BLAKE3.
    pub fn blake3() -> Self {
        Self {
            name: "blake3".into(),
            algorithm: Algorithm::Blake3,
            // 2^18 hashes: a tenth of a second for one slow phone.
            limit: CompactTarget(0x1f00_3fff),
            // 2^28 hashes: about ten seconds for one worker with a scalar kernel.
            start_bits: CompactTarget(0x1e00_0fff),
            genesis_message: Memo::new("Tabchain blake3: all arithmetic").expect("short"),
            ..Self::classroom()
        }
    }

    /// For tests: half of all hashes make a block, and it stays so.
    pub fn regtest() -> Self {
        Self {
            name: "regtest".into(),
            half_life: None,
            limit: CompactTarget(0x207f_ffff),
            start_bits: CompactTarget(0x207f_ffff),
            halving_interval: 150,
            max_future_seconds: 7200,
            genesis_message: Memo::new("Tabchain regtest").expect("short"),
            ..Self::classroom()
        }
    }

    /// The networks that need no file, by their names.
    pub fn built_in() -> [Self; 5] {
        [Self::classroom(), Self::scrypt(), Self::argon2id(), Self::blake3(), Self::regtest()]
    }

    /// Checks what a person may have written into a network file; every other function relies on it.
    pub fn check(&self) -> Result<(), ParamsError> {
        if self.name.is_empty() || self.name.chars().count() > 32 {
            return Err(ParamsError::Name);
        }
        if !(1..=86_400).contains(&self.spacing) {
            return Err(ParamsError::Spacing);
        }
        if self.half_life.is_some_and(|seconds| !(1..=31_536_000).contains(&seconds)) {
            return Err(ParamsError::HalfLife);
        }
        let limit = self.limit.to_target().map_err(ParamsError::Limit)?;
        let start = self.start_bits.to_target().map_err(ParamsError::StartBits)?;
        if start > limit {
            return Err(ParamsError::StartAboveLimit);
        }
        if self.halving_interval == 0 {
            return Err(ParamsError::HalvingInterval);
        }
        // Halving without end issues at most twice the first period.
        let first_period = u128::from(self.subsidy.units()) * u128::from(self.halving_interval);
        if 2 * first_period > u128::from(Amount::MAX.units()) {
            return Err(ParamsError::Issuance);
        }
        if !(1_000..=MAX_BLOCK_BYTES).contains(&self.max_block_bytes) {
            return Err(ParamsError::BlockBytes);
        }
        if !(1..=7_200).contains(&self.max_future_seconds) {
            return Err(ParamsError::FutureSeconds);
        }
        if self.genesis_message.as_str().len() == Coinbase::AMBIGUOUS_TAG_BYTES {
            return Err(ParamsError::GenesisMessage);
        }
        // Last, so that a simulation's parameters can be held to all the other rules.
        if self.algorithm == Algorithm::Oracle {
            return Err(ParamsError::Oracle);
        }
        Ok(())
    }

    pub fn limit_target(&self) -> Target {
        self.limit.to_target().expect("checked when the network was chosen")
    }

    /// New coins of the block at `height`. Genesis has none.
    pub fn subsidy_at(&self, height: u32) -> Amount {
        if height == 0 {
            return Amount::ZERO;
        }
        let halvings = (height - 1) / self.halving_interval;
        let units = self.subsidy.units().checked_shr(halvings).unwrap_or(0);
        Amount::from_units(units).expect("a halved subsidy is at most the subsidy")
    }

    /// Block 0: nobody mined it, so it owes no proof of work and pays nobody.
    pub fn genesis(&self) -> Block {
        let coinbase = Transaction::Coinbase(Coinbase {
            height: 0,
            recipient: Address([0; 20]),
            reward: Amount::ZERO,
            tag: self.genesis_message.clone(),
        });
        let header = Header {
            version: 1,
            prev_blockhash: BlockHash::default(),
            merkle_root: merkle_root(&[coinbase.txid()]).root,
            time: self.genesis_time,
            bits: self.start_bits,
            // Rules that the block's bytes do not show still make another network.
            nonce: self.rules_digest(),
        };
        Block { header, transactions: vec![coinbase] }
    }

    pub fn network_id(&self) -> NetworkId {
        let hash = self.genesis().hash();
        NetworkId(*hash.0.first_chunk().expect("a hash has 32 bytes"))
    }

    /// Four bytes over all parameters, so that two networks that differ in any of them have different genesis blocks.
    fn rules_digest(&self) -> u32 {
        let json = serde_json::to_vec(self).expect("parameters are plain data");
        let hash = crate::primitives::sha256d(&json);
        u32::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::primitives::BitsError;

    #[wasm_bindgen_test(unsupported = test)]
    fn built_in_networks_are_sound_and_different() {
        let networks = Params::built_in();
        for (index, params) in networks.iter().enumerate() {
            assert_eq!(params.check(), Ok(()));
            for other in &networks[..index] {
                assert_ne!((&params.name, params.network_id()), (&other.name, other.network_id()));
            }
        }
        assert!(Algorithm::LIVE.iter().all(|algorithm| networks.iter().any(|params| params.algorithm == *algorithm)));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn any_changed_parameter_makes_another_network() {
        let changed = Params { spacing: 11, ..Params::classroom() };
        assert_ne!(changed.network_id(), Params::classroom().network_id());
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_mistake_in_a_network_file_is_named() {
        let good = Params::classroom;
        let message = |bytes: usize| Memo::new("m".repeat(bytes)).unwrap();
        let cases = [
            (Params { name: String::new(), ..good() }, ParamsError::Name),
            (Params { name: "n".repeat(33), ..good() }, ParamsError::Name),
            (Params { spacing: 0, ..good() }, ParamsError::Spacing),
            (Params { spacing: 86_401, ..good() }, ParamsError::Spacing),
            (Params { half_life: Some(0), ..good() }, ParamsError::HalfLife),
            (Params { half_life: Some(31_536_001), ..good() }, ParamsError::HalfLife),
            (Params { limit: CompactTarget(0), ..good() }, ParamsError::Limit(BitsError::Zero)),
            (Params { start_bits: CompactTarget(0x1d80_0001), ..good() }, ParamsError::StartBits(BitsError::Negative)),
            (Params { start_bits: CompactTarget(0x1f01_0000), ..good() }, ParamsError::StartAboveLimit),
            (Params { halving_interval: 0, ..good() }, ParamsError::HalvingInterval),
            (Params { halving_interval: 210_001, ..good() }, ParamsError::Issuance),
            (Params { max_block_bytes: 999, ..good() }, ParamsError::BlockBytes),
            (Params { max_block_bytes: MAX_BLOCK_BYTES + 1, ..good() }, ParamsError::BlockBytes),
            (Params { max_future_seconds: 0, ..good() }, ParamsError::FutureSeconds),
            (Params { max_future_seconds: 7_201, ..good() }, ParamsError::FutureSeconds),
            (Params { genesis_message: message(29), ..good() }, ParamsError::GenesisMessage),
            (Params { algorithm: Algorithm::Oracle, ..good() }, ParamsError::Oracle),
        ];
        for (params, error) in cases {
            assert_eq!(params.check(), Err(error));
        }
        // At its bounds, each is allowed.
        for params in [
            Params { name: "ü".repeat(32), spacing: 86_400, half_life: Some(31_536_000), ..good() },
            Params { name: "n".into(), spacing: 1, half_life: Some(1), ..good() },
            Params { limit: CompactTarget(0x2100_ffff), start_bits: CompactTarget(0x2100_ffff), ..good() },
            Params { limit: good().start_bits, half_life: None, ..good() },
            Params { halving_interval: 1, max_block_bytes: 1_000, max_future_seconds: 1, ..good() },
            Params { halving_interval: 210_000, max_block_bytes: MAX_BLOCK_BYTES, max_future_seconds: 7_200, ..good() },
            Params { genesis_message: message(28), ..good() },
            Params { genesis_message: message(30), ..good() },
        ] {
            assert_eq!(params.check(), Ok(()), "{params:?}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn subsidy_halves_and_ends() {
        let params = Params::regtest();
        assert_eq!(params.subsidy_at(0), Amount::ZERO);
        assert_eq!(params.subsidy_at(1).to_string(), "50");
        assert_eq!(params.subsidy_at(150).to_string(), "50");
        assert_eq!(params.subsidy_at(151).to_string(), "25");
        assert_eq!(params.subsidy_at(150 * 64 + 1), Amount::ZERO);
        assert_eq!(params.subsidy_at(u32::MAX), Amount::ZERO);
    }
}
