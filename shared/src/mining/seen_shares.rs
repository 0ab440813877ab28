//! Which shares of a node were counted, so that none counts twice.
//!
//! Memory is bounded by the jobs' dates, which only go forward: when it is full, the shares of the oldest date are
//! forgotten, and jobs of that date or before count no more. The same horizon is all that has to be remembered of a
//! node that has left, so that it cannot return to have its shares counted again.

use std::collections::{BTreeMap, HashSet};

use super::share::ShareError;

/// Shares remembered: those of four minutes at 32 a second, some 150 KiB. A node dates its jobs anew every few seconds
/// (`TEMPLATE_INTERVAL`), unless its clock is behind the chain's dates: then its jobs take the earliest date allowed,
/// and it may have to wait for the next block to be counted again.
pub const MAX_SEEN: usize = 8_192;

#[derive(Debug, Clone, Default)]
pub struct SeenShares {
    /// Jobs of an earlier date are not counted, seconds.
    earliest: u32,
    /// By date of the job, the first eight bytes of each hash: they are its low end, which no target touches.
    by_date: BTreeMap<u32, HashSet<u64>>,
    count: usize,
}

impl SeenShares {
    /// For a node whose jobs before that date were counted earlier.
    pub fn from_horizon(earliest: u32) -> Self {
        Self { earliest, ..Self::default() }
    }

    /// Jobs of this date or later were never counted.
    pub fn horizon(&self) -> u32 {
        self.by_date.last_key_value().map_or(self.earliest, |(date, _)| date.saturating_add(1))
    }

    /// Whether shares of a job of that date can be counted.
    pub fn check_date(&self, date: u32) -> Result<(), ShareError> {
        if date < self.earliest { Err(ShareError::OldJob { date, earliest: self.earliest }) } else { Ok(()) }
    }

    /// Remembers a share, or refuses one that was there before.
    pub fn insert(&mut self, date: u32, hash: &[u8; 32]) -> Result<(), ShareError> {
        self.check_date(date)?;
        let low_end = u64::from_le_bytes(*hash.first_chunk().expect("a hash has 32 bytes"));
        if !self.by_date.entry(date).or_default().insert(low_end) {
            return Err(ShareError::Duplicate);
        }
        self.count += 1;
        while self.count > MAX_SEEN
            && let Some((date, forgotten)) = self.by_date.pop_first()
        {
            self.count -= forgotten.len();
            self.earliest = date.saturating_add(1);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn hash(number: usize) -> [u8; 32] {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&(number as u64).to_le_bytes());
        hash
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_share_counts_once_whatever_comes_between() {
        let mut seen = SeenShares::default();
        assert_eq!(seen.insert(100, &hash(1)), Ok(()));
        assert_eq!(seen.insert(105, &hash(2)), Ok(()));
        assert_eq!(seen.insert(100, &hash(3)), Ok(()), "an older job that is still being worked on");
        for (date, number) in [(100, 1), (105, 2), (100, 3)] {
            assert_eq!(seen.insert(date, &hash(number)), Err(ShareError::Duplicate));
        }
    }

    /// What is forgotten is refused by its date, so that it does not count again either.
    #[wasm_bindgen_test(unsupported = test)]
    fn memory_is_bounded_and_what_left_it_stays_counted() {
        let mut seen = SeenShares::default();
        for number in 0..3 * MAX_SEEN {
            let date = u32::try_from(number / 100).unwrap();
            assert_eq!(seen.insert(date, &hash(number)), Ok(()));
            assert!(seen.by_date.values().map(HashSet::len).sum::<usize>() <= MAX_SEEN);
        }
        for number in (0..3 * MAX_SEEN).step_by(7) {
            let date = u32::try_from(number / 100).unwrap();
            let again = seen.insert(date, &hash(number)).unwrap_err();
            assert!(matches!(again, ShareError::Duplicate | ShareError::OldJob { .. }), "{again}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_single_date_does_not_escape_the_bound() {
        let mut seen = SeenShares::default();
        for number in 0..=MAX_SEEN {
            assert_eq!(seen.insert(9, &hash(number)), Ok(()));
        }
        assert_eq!(seen.insert(9, &hash(0)), Err(ShareError::OldJob { date: 9, earliest: 10 }));
        assert_eq!(seen.insert(10, &hash(0)), Ok(()));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn who_returns_is_counted_from_the_horizon_on() {
        let mut seen = SeenShares::default();
        assert_eq!(seen.horizon(), 0);
        seen.insert(100, &hash(1)).unwrap();
        let mut later = SeenShares::from_horizon(seen.horizon());
        assert_eq!(later.horizon(), 101);
        assert_eq!(later.insert(100, &hash(1)), Err(ShareError::OldJob { date: 100, earliest: 101 }));
        assert_eq!(later.insert(101, &hash(2)), Ok(()));
    }
}
