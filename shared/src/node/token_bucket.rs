//! How often a stranger may do what costs something: so many times at once, and so many a minute for as long as it likes.

use super::io::Time;

/// Of a [`TokenBucket`].
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub at_once: u64,
    pub a_minute: u64,
}

impl Allowance {
    pub const fn a_second(tokens: u64, at_once: u64) -> Self {
        Self { at_once, a_minute: tokens * 60 }
    }

    /// Of a full bucket, in drops.
    fn brim(self) -> i64 {
        i64::try_from(self.at_once * DROPS).expect("bursts are limits of ours")
    }
}

/// Drops in a token: at so many tokens a minute, a millisecond brings as many whole drops.
const DROPS: u64 = 60_000;

/// Fills up at a steady rate to a brim; what is done takes out of it, and may leave a debt.
#[derive(Debug, Clone, Copy)]
pub struct TokenBucket {
    allowance: Allowance,
    level: Level,
}

impl TokenBucket {
    pub fn full(allowance: Allowance, now: Time) -> Self {
        Self { allowance, level: Level::full(allowance, now) }
    }

    /// Adds what has come in since the last time, so that what is taken next is not forgiven by it.
    pub fn refill(&mut self, now: Time) {
        self.level.refill(self.allowance, now);
    }

    /// Takes so many, if need be more than there are.
    pub fn take(&mut self, tokens: u64) {
        self.level.take(tokens);
    }

    /// As many as there are, at most `wanted`; they are gone then.
    pub fn take_up_to(&mut self, wanted: usize, now: Time) -> usize {
        self.level.take_up_to(self.allowance, wanted, now)
    }

    /// Takes one; `false` for one too many, which does not put the next one off.
    pub fn takes(&mut self, now: Time) -> bool {
        self.take_up_to(1, now) == 1
    }

    pub fn is_empty(&mut self, now: Time) -> bool {
        self.level.is_empty(self.allowance, now)
    }
}

/// How full a bucket is, where all of its kind have the same allowance, so that each need not keep it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Level {
    drops: i64,
    at: Time,
}

impl Level {
    pub fn full(allowance: Allowance, now: Time) -> Self {
        Self { drops: allowance.brim(), at: now }
    }

    pub fn refill(&mut self, allowance: Allowance, now: Time) {
        // A month is as good as for ever, and cannot overflow.
        let millis = now.millis_since(self.at).min(30 * 86_400_000);
        let drops = i64::try_from(millis.saturating_mul(allowance.a_minute)).unwrap_or(i64::MAX);
        self.drops = self.drops.saturating_add(drops).min(allowance.brim());
        self.at = now;
    }

    pub fn take(&mut self, tokens: u64) {
        self.drops = self.drops.saturating_sub_unsigned(tokens.saturating_mul(DROPS));
    }

    pub fn take_up_to(&mut self, allowance: Allowance, wanted: usize, now: Time) -> usize {
        self.refill(allowance, now);
        let granted = usize::try_from(self.drops / DROPS.cast_signed()).unwrap_or(0).min(wanted);
        self.take(granted as u64);
        granted
    }

    pub fn is_empty(&mut self, allowance: Allowance, now: Time) -> bool {
        self.refill(allowance, now);
        self.drops <= 0
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_bucket_gives_its_burst_and_then_its_rate() {
        let start = Time(1_000_000);
        let mut bucket = TokenBucket::full(Allowance::a_second(100, 500), start);
        assert_eq!(bucket.take_up_to(600, start), 500);
        assert_eq!(bucket.take_up_to(1, start), 0);
        assert_eq!(bucket.take_up_to(600, start.plus_millis(10)), 1);
        assert_eq!(bucket.take_up_to(600, start.plus_millis(2_010)), 200);
        assert_eq!(bucket.take_up_to(600, Time(u64::MAX)), 500);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn less_than_one_a_second_adds_up() {
        let mut bucket = TokenBucket::full(Allowance { at_once: 3, a_minute: 4 }, Time(0));
        let mut taken = |now| (0..100).take_while(|_| bucket.takes(Time(now))).count();
        assert_eq!([taken(0), taken(14_999), taken(15_000), taken(45_000), taken(1_000_000)], [3, 0, 1, 2, 3]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_debt_is_paid_before_anything_else_and_a_clock_set_back_gives_nothing() {
        let start = Time(1_000_000);
        let mut bucket = TokenBucket::full(Allowance::a_second(100, 100), start);
        bucket.take(200);
        assert!(bucket.is_empty(start.plus_millis(1_000)));
        assert!(bucket.is_empty(start));
        assert!(!bucket.is_empty(start.plus_millis(10)));
    }
}
