//! What makes a header invalid.

use tiny_sort::unstable;

use super::difficulty::required_bits;
use super::params::Params;
use crate::primitives::{BitsError, CompactTarget, Header, Target};

/// Header rules. All but [`HeaderError::TimeTooNew`] are final: the header will never be valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HeaderError {
    #[error("bad-bits: {0}")]
    Bits(#[from] BitsError),
    #[error("target-above-limit: the target is easier than the network allows")]
    TargetAboveLimit,
    #[error("high-hash: the hash does not meet the target")]
    HighHash,
    #[error("bad-difficulty: bits are {found}, the rules demand {required}")]
    WrongBits { found: CompactTarget, required: CompactTarget },
    #[error("time-too-old: dated {found}, not after the median {median} of the last eleven")]
    TimeTooOld { found: u32, median: u32 },
    #[error("time-too-new: dated {found}, accepted from {acceptable_from} on")]
    TimeTooNew { found: u32, acceptable_from: u32 },
}

/// How many headers the median time is taken over (Bitcoin's `nMedianTimeSpan`).
pub const MEDIAN_TIME_SPAN: usize = 11;

/// Context-free: the bits are a target within the limit, and the proof of work meets it.
pub fn check_header(params: &Params, header: &Header) -> Result<Target, HeaderError> {
    let target = header.bits.to_target()?;
    if target > params.limit_target() {
        return Err(HeaderError::TargetAboveLimit);
    }
    if !params.algorithm.is_met(header, target) {
        return Err(HeaderError::HighHash);
    }
    Ok(target)
}

/// What judging a header needs of the chain below it.
#[derive(Debug, Clone)]
pub struct HeaderContext {
    pub parent: Header,
    pub grandparent: Option<Header>,
    /// Median time of the last eleven, seconds.
    pub median_time: u32,
}

impl HeaderContext {
    /// `ancestors` yields the parent first; no more than eleven are read.
    pub fn new(ancestors: impl Iterator<Item = Header>) -> Option<Self> {
        let recent: Vec<Header> = ancestors.take(MEDIAN_TIME_SPAN).collect();
        let parent = *recent.first()?;
        Some(Self { parent, grandparent: recent.get(1).copied(), median_time: median_time(&recent) })
    }

    pub fn required_bits(&self, params: &Params) -> CompactTarget {
        required_bits(params, &self.parent, self.grandparent.as_ref())
    }
}

/// Contextual: difficulty and date. `now` is the node's clock in seconds.
pub fn check_header_in_context(
    params: &Params,
    header: &Header,
    context: &HeaderContext,
    now: u32,
) -> Result<(), HeaderError> {
    let required = context.required_bits(params);
    if header.bits != required {
        return Err(HeaderError::WrongBits { found: header.bits, required });
    }
    if header.time <= context.median_time {
        return Err(HeaderError::TimeTooOld { found: header.time, median: context.median_time });
    }
    // Last, because a header that breaks another rule must not be held for later.
    let acceptable_from = header.time.saturating_sub(params.max_future_seconds);
    if acceptable_from > now {
        return Err(HeaderError::TimeTooNew { found: header.time, acceptable_from });
    }
    Ok(())
}

fn median_time(headers: &[Header]) -> u32 {
    let mut times: Vec<u32> = headers.iter().map(|header| header.time).collect();
    median(&mut times)
}

/// Of at least one time; of an even number the later of the two in the middle, as in Bitcoin Core.
pub(crate) fn median(times: &mut [u32]) -> u32 {
    unstable::sort(times);
    times[times.len() / 2]
}
