//! A session as a file: the chain, and beside it what a host's panel showed of it. `tabchain verify` judges the chain by every
//! rule and computes anew whatever follows from it; what was measured is said to be believed and not proven.

use serde::{Deserialize, Serialize};

use super::io::Time;
use crate::consensus::Params;
use crate::primitives::{BlockHash, Header, Target};

/// What a session file says that it is.
pub const SESSION_FORMAT: &str = "tabchain-session";
pub const SESSION_VERSION: u32 = 1;

/// The whole file, as one JSON object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session<Peer, Event> {
    /// [`SESSION_FORMAT`]
    pub format: String,
    /// [`SESSION_VERSION`]
    pub version: u32,
    pub saved: Time,
    pub network: Params,
    /// The active chain as [`crate::wire::export`] has it, in hexadecimal digits.
    pub chain: String,
    /// One for each block of the chain, by height.
    pub blocks: Vec<BlockFigure>,
    /// As `/peers` had them.
    pub peers: Vec<Peer>,
    /// As `/events` had them, the oldest first.
    pub events: Vec<Event>,
    pub samples: Vec<Sample>,
    pub arrivals: Vec<Arrival>,
}

/// What charts show of a block, and follows from its header and its parent's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct BlockFigure {
    pub height: u32,
    /// Of the header, in seconds since 1970.
    pub time: u32,
    /// Seconds from the parent's date; absent for the first. Dates may go backwards a little.
    pub interval: Option<i64>,
    /// How many times harder than the network's easiest target.
    pub difficulty: f64,
}

impl BlockFigure {
    /// Figures of headers that follow each other, the first of them at a height.
    pub fn of(from: u32, headers: impl IntoIterator<Item = Header>, easiest: Target) -> Vec<Self> {
        let mut before = None;
        let mut height = from;
        let mut figures = Vec::new();
        for header in headers {
            let interval = before.map(|before: u32| i64::from(header.time) - i64::from(before));
            // Bits that are no target are in no valid chain; here nothing is judged.
            let difficulty = header.bits.to_target().map_or(f64::INFINITY, |target| target.difficulty(easiest));
            figures.push(Self { height, time: header.time, interval, difficulty });
            before = Some(header.time);
            height = height.saturating_add(1);
        }
        figures
    }
}

/// The network at one moment, as a relay knows it
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sample {
    pub at: Time,
    /// The relay's own node and those connected to it.
    pub nodes: usize,
    /// Hashes per second, as the nodes say; the relay's own measured.
    pub claimed: f64,
    /// Hashes per second, as their shares prove; the relay's own measured.
    pub proven: f64,
    /// Of the relay's own node.
    pub height: u32,
    /// Transactions that wait there.
    pub mempool: usize,
    pub mempool_bytes: usize,
    /// All stale blocks that it knows.
    pub stale_blocks: usize,
}

/// A block of somebody else that became the relay's tip
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Arrival {
    pub at: Time,
    pub hash: BlockHash,
    pub height: u32,
    /// Microseconds from the frame that first made its header known there until the block was judged and stored.
    pub took_micros: u64,
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn figures_follow_from_headers() {
        let params = Params::classroom();
        let genesis = params.genesis().header;
        let next = Header { time: genesis.time + 17, bits: params.start_bits, ..genesis };
        let back = Header { time: genesis.time + 15, ..next };
        let figures = BlockFigure::of(0, [genesis, next, back], params.limit_target());
        assert_eq!(figures.iter().map(|figure| figure.height).collect::<Vec<_>>(), [0, 1, 2]);
        assert_eq!(figures.iter().map(|figure| figure.interval).collect::<Vec<_>>(), [None, Some(17), Some(-2)]);
        // 2^25 hashes instead of 2^16.
        assert!((figures[1].difficulty / 512.0 - 1.0).abs() < 0.01, "{}", figures[1].difficulty);
    }
}
