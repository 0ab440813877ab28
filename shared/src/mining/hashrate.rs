//! How fast miners are: hashes over a window of the last seconds, which is smooth enough to read and soon right again after
//! a change.

use std::collections::VecDeque;

/// The hash rate is an average over this many milliseconds, or fewer right after a start.
pub const WINDOW_MILLIS: f64 = 5_000.0;

/// Counts the hashes of one worker, or of several.
#[derive(Debug, Clone, Default)]
pub struct HashrateMeter {
    hashes: f64,
    /// Hashes so far, at times of the window, oldest first.
    marks: VecDeque<(f64, f64)>,
}

impl HashrateMeter {
    /// From `now` on, a time in milliseconds on a clock that is never set back.
    pub fn start(now: f64) -> Self {
        Self { hashes: 0.0, marks: VecDeque::from([(now, 0.0)]) }
    }

    #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 hashes, which take a fast machine years")]
    pub fn add(&mut self, hashes: u64) {
        self.hashes += hashes as f64;
    }

    /// Hashes per second. Asked about once a second, which is how finely the window moves.
    pub fn measure(&mut self, now: f64) -> f64 {
        while self.marks.len() > 1 && self.marks[1].0 <= now - WINDOW_MILLIS {
            self.marks.pop_front();
        }
        self.marks.push_back((now, self.hashes));
        let (since, before) = self.marks[0];
        if now > since { (self.hashes - before) * 1000.0 / (now - since) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_rate_is_that_of_the_last_five_seconds() {
        let mut meter = HashrateMeter::start(500.0);
        let mut rates = Vec::new();
        for second in 1..=10_u32 {
            meter.add(if second <= 4 { 100 } else { 1_000 });
            rates.push(meter.measure(500.0 + f64::from(second) * 1000.0));
        }
        assert_eq!(rates, [100.0, 100.0, 100.0, 100.0, 280.0, 460.0, 640.0, 820.0, 1000.0, 1000.0]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_meter_that_has_seen_no_time_shows_nothing() {
        let mut meter = HashrateMeter::start(7.0);
        meter.add(1_000);
        assert!(meter.measure(7.0) < f64::MIN_POSITIVE);
    }
}
