//! Making blocks: what goes into the next one ([`block_template`]), which hashes are whose ([`nonce_space`]), the search
//! for a nonce ([`nonce_search`]), the pace at which a worker searches ([`worker`]), and how fast it is ([`hashrate`]).
//!
//! A *job* is a header without its nonce. Each worker gets an *assignment*, its part of a job, and answers with
//! *solutions*. A *share* is no part of anything: it is a hash under an easier target than a block's, by which a node shows
//! how fast it searches ([`share`]).

pub mod block_template;
pub mod hashrate;
pub mod nonce_search;
pub mod nonce_space;
pub mod seen_shares;
pub mod share;
pub mod share_collector;
pub mod worker;

use serde::{Deserialize, Serialize};

use crate::pow::Algorithm;
use crate::primitives::{Decode, DecodeError, Encode, Header, Reader};

/// What miners need to know: find a nonce with which the header's hash meets the header's own bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Names the job to the node that made it.
    pub id: u64,
    pub header: Header,
    pub algorithm: Algorithm,
    /// For all miners of the node together; `None`: as fast as they can.
    pub limit: Option<HashrateLimit>,
}

impl Job {
    /// The job's own header with this nonce.
    pub fn solution(&self, nonce: u32) -> Solution {
        Solution { job: self.id, version: self.header.version, nonce }
    }
}

/// How fast a node may search.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum HashrateLimit {
    /// Of all workers together.
    HashesPerSecond(f64),
    /// Each worker computes for this part of the time, above 0 and at most 1. As one worker a core is the default, this is
    /// a part of the machine's speed.
    MachineShare(f64),
}

/// A limit that no miner could keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    #[error("a hash-rate limit is a number above 0, in hashes per second")]
    HashesPerSecond,
    #[error("a share of the machine is a number above 0 and at most 1: 0.25 is a quarter of its speed")]
    MachineShare,
}

impl HashrateLimit {
    pub fn check(self) -> Result<(), LimitError> {
        match self {
            Self::HashesPerSecond(rate) if rate > 0.0 && rate.is_finite() => Ok(()),
            Self::MachineShare(share) if share > 0.0 && share <= 1.0 => Ok(()),
            Self::HashesPerSecond(_) => Err(LimitError::HashesPerSecond),
            Self::MachineShare(_) => Err(LimitError::MachineShare),
        }
    }
}

/// 0 and the hashes per second, or 1 and the share.
impl Encode for HashrateLimit {
    fn encode(&self, out: &mut Vec<u8>) {
        let (kind, number) = match self {
            Self::HashesPerSecond(rate) => (0, rate),
            Self::MachineShare(share) => (1, share),
        };
        out.push(kind);
        out.extend(number.to_bits().to_le_bytes());
    }
}

impl Decode for HashrateLimit {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let limit = match reader.u8()? {
            0 => Self::HashesPerSecond,
            1 => Self::MachineShare,
            other => return Err(DecodeError::Unknown { what: "kind of limit", value: other.into() }),
        };
        Ok(limit(f64::from_bits(reader.u64()?)))
    }
}

/// A header that meets the target that it was searched with: the job's, with this version and this nonce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    pub job: u64,
    /// Differs from the job's version in [`nonce_space::ROLLED_BITS`] at most.
    pub version: u32,
    pub nonce: u32,
}

impl Encode for Solution {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.job.to_le_bytes());
        out.extend(self.version.to_le_bytes());
        out.extend(self.nonce.to_le_bytes());
    }
}

impl Decode for Solution {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { job: reader.u64()?, version: reader.u32()?, nonce: reader.u32()? })
    }
}
