//! Making blocks: what goes into the next one ([`block_template`]), and the search for its nonce ([`nonce_search`]). And
//! proving to a host how fast that search is ([`share`]).

pub mod block_template;
pub mod nonce_search;
pub mod seen_shares;
pub mod share;
pub mod share_collector;

use serde::{Deserialize, Serialize};

use crate::pow::Algorithm;
use crate::primitives::Header;

/// Bits of a header's version that miners may change as they like (BIP 320).
pub const ROLLED_VERSION_BITS: u32 = 0x1fff_e000;

/// What a miner needs to know: find a nonce with which the header's hash meets the header's own bits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Names the job to the node that made it.
    pub id: u64,
    pub header: Header,
    pub algorithm: Algorithm,
    /// Hashes per second for all miners of the node together; `None`: as fast as they can.
    pub hashrate_limit: Option<f64>,
}
