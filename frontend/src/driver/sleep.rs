//! A tab that slept, because its browser froze it or its machine was closed. Meanwhile its connection has probably died, and
//! another tab may have become this node. (That the node catches up before it mines is the node's own affair.)

use tabchain_shared::node::io::{Input, Timer};

use super::Driver;
use crate::browser;

/// So long nothing has happened at all, ms. Awake there is a tick each second; where a browser slows a hidden tab's timers
/// to one a minute there are still the pings of peers, each of them every 20 s.
const SLEEP_MILLIS: u64 = 30_000;

impl Driver {
    /// Called before anything is done about a happening.
    pub(super) async fn notice_sleep(&mut self) {
        let now = browser::now();
        let slept = now.millis_since(self.last_happening) > SLEEP_MILLIS;
        self.last_happening = now;
        let Some(slot) = &self.slot else { return };
        if slept && !slot.is_still_ours().await || slot.is_lost() {
            return self.replaced();
        }
        self.last_happening = browser::now();
        if !slept {
            return;
        }
        // The node notices first, and has its miners rest: what is dealt out below must not be work on an old tip.
        self.feed(Input::TimerFired(Timer::Overdue));
        self.carry_out();
        if self.uplink.is_wanted() {
            self.uplink.connect();
            self.connection_lost();
        }
    }
}
