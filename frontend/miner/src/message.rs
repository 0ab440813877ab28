//! What a miner worker says, as bytes. What it is told is the bytes of an assignment, or none: rest.

use tabchain_shared::mining::Solution;
use tabchain_shared::primitives::{Decode, DecodeError, Encode, Reader};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FromMiner {
    /// The worker listens. It computes so many hashes at once.
    Ready {
        lanes: u32,
    },
    /// Whatever is hashed from here on is for the job of that number.
    Took {
        job: u64,
    },
    /// Since the last time.
    Hashed(u64),
    Found(Solution),
}

impl Encode for FromMiner {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Ready { lanes } => {
                out.push(0);
                out.extend(lanes.to_le_bytes());
            }
            Self::Hashed(hashes) => {
                out.push(1);
                out.extend(hashes.to_le_bytes());
            }
            Self::Found(solution) => {
                out.push(2);
                solution.encode(out);
            }
            Self::Took { job } => {
                out.push(3);
                out.extend(job.to_le_bytes());
            }
        }
    }
}

impl Decode for FromMiner {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.u8()? {
            0 => Self::Ready { lanes: reader.u32()? },
            1 => Self::Hashed(reader.u64()?),
            2 => Self::Found(Solution::decode(reader)?),
            3 => Self::Took { job: reader.u64()? },
            other => return Err(DecodeError::Unknown { what: "word of a miner", value: other.into() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        let found = FromMiner::Found(Solution { job: u64::MAX, version: 0x2000_e000, nonce: 7 });
        for said in [FromMiner::Ready { lanes: 4 }, FromMiner::Took { job: 1 << 33 }, FromMiner::Hashed(1 << 40), found]
        {
            assert_eq!(FromMiner::from_bytes(&said.to_bytes()), Ok(said));
        }
        assert!(FromMiner::from_bytes(&[4]).is_err());
        assert!(FromMiner::from_bytes(&[]).is_err());
    }
}
