//! How often a stranger may do what costs something: so many times at once, and so many a second for as long as it
//! likes (a token bucket).

use tabchain_shared::node::io::Time;

#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    pub at_once: f64,
    pub a_second: f64,
}

#[derive(Debug)]
pub struct Budget {
    allowance: Allowance,
    /// How many times are left, and when that was so.
    left: f64,
    counted: Time,
}

impl Budget {
    pub fn new(allowance: Allowance, now: Time) -> Self {
        Self { allowance, left: allowance.at_once, counted: now }
    }

    /// Counts one; `false` for one too many, which does not put the next one off.
    pub fn takes(&mut self, now: Time) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "an hour is as good as for ever")]
        let seconds = now.millis_since(self.counted) as f64 / 1_000.0;
        self.counted = now;
        self.left = self.allowance.at_once.min(self.left + seconds * self.allowance.a_second);
        let takes = self.left >= 1.0;
        if takes {
            self.left -= 1.0;
        }
        takes
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn what_is_left_grows_with_time_up_to_what_may_come_at_once() {
        let mut budget = Budget::new(Allowance { at_once: 3.0, a_second: 0.5 }, Time(0));
        let mut taken = |now| (0..100).take_while(|_| budget.takes(Time(now))).count();
        assert_eq!([taken(0), taken(1_999), taken(2_000), taken(6_000), taken(1_000_000)], [3, 0, 1, 2, 3]);
    }
}
