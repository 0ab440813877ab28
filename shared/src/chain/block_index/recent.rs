//! What the header that came last, and those below it, say to whoever builds on it: almost always that is the next one to come. Without it,
//! judging a header would read eleven others all over memory.

use super::Id;
use crate::consensus::header_rules::{MEDIAN_TIME_SPAN, median};
use crate::primitives::{CompactTarget, Target, Work};

#[derive(Debug)]
pub(super) struct Recent {
    pub last: Id,
    pub bits: CompactTarget,
    /// What these bits are worth, which takes a division of 256 bits to find.
    pub work: Work,
    pub dates: Dates,
}

impl Recent {
    /// `dates` are those of the last header and below.
    pub fn new(last: Id, bits: CompactTarget, dates: Dates) -> Self {
        Self { last, bits, work: bits.to_target().map(Target::work).unwrap_or_default(), dates }
    }
}

/// When the last eleven headers of a chain are dated, the newest first; there is one at least.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    times: [u32; MEDIAN_TIME_SPAN],
    count: usize,
}

impl Dates {
    pub fn new(newest_first: impl Iterator<Item = u32>) -> Self {
        let mut dates = Self { times: [0; MEDIAN_TIME_SPAN], count: 0 };
        for (place, time) in dates.times.iter_mut().zip(newest_first) {
            *place = time;
            dates.count += 1;
        }
        dates
    }

    /// With a further header.
    #[must_use]
    pub fn followed_by(self, time: u32) -> Self {
        let mut times = [time; MEDIAN_TIME_SPAN];
        times[1..].copy_from_slice(&self.times[..MEDIAN_TIME_SPAN - 1]);
        Self { times, count: MEDIAN_TIME_SPAN.min(self.count + 1) }
    }

    pub fn median(mut self) -> u32 {
        median(&mut self.times[..self.count])
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn one_date_after_the_other_is_as_all_at_once() {
        let times = [9, 3, 14, 1, 5, 92, 65, 35, 8, 97, 93, 23, 84, 62, 64];
        let mut dates = Dates::new(std::iter::once(times[0]));
        for count in 1..times.len() {
            dates = dates.followed_by(times[count]);
            let mut last = times[..=count].to_vec();
            last.drain(..(count + 1).saturating_sub(MEDIAN_TIME_SPAN));
            assert_eq!(dates.median(), Dates::new(last.iter().rev().copied()).median());
            assert_eq!(dates.median(), median(&mut last));
        }
    }
}
