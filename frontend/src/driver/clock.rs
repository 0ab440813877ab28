//! The node's timers, carried out with `setTimeout`. (Its time is [`crate::browser::now`].)

use std::collections::HashMap;

use gloo_timers::callback::Timeout;
use tabchain_shared::node::io::{Time, Timer};

use super::{Happening, Happenings};
use crate::browser;

#[derive(Default)]
pub struct Timers {
    /// Dropping a timeout cancels it.
    running: HashMap<Timer, Timeout>,
}

impl Timers {
    /// Replaces an earlier setting of the same timer.
    pub fn set(&mut self, timer: Timer, at: Time, happenings: Happenings) {
        let fire = move || happenings.tell(Happening::TimerFired(timer));
        self.running.insert(timer, Timeout::new(millis_until(at), fire));
    }
}

/// Lets something happen at most once in `interval` milliseconds, and at the end of an interval in which it was asked
/// for more often.
pub struct Pacer {
    interval: u32,
    last: Time,
    due: Option<Timeout>,
}

impl Pacer {
    pub fn new(interval: u32) -> Self {
        Self { interval, last: Time::default(), due: None }
    }

    /// Asks for it: `happening` comes when it is time.
    pub fn ask(&mut self, happening: Happening, happenings: &Happenings) {
        if self.due.is_none() {
            let happenings = happenings.clone();
            // A clock that was set back puts the last time into the future.
            let delay = millis_until(self.last.plus_millis(self.interval.into())).min(self.interval);
            self.due = Some(Timeout::new(delay, move || happenings.tell(happening)));
        }
    }

    /// It happens now.
    pub fn done(&mut self) {
        self.due = None;
        self.last = browser::now();
    }

    /// From the next time that it is asked for on.
    pub fn set_interval(&mut self, millis: u32) {
        self.interval = millis;
    }
}

/// Zero for what is past; `setTimeout` counts in 31 bits, and a timer that fires early does no harm.
fn millis_until(at: Time) -> u32 {
    u32::try_from(at.millis_since(browser::now())).unwrap_or(u32::MAX).min(1 << 30)
}
