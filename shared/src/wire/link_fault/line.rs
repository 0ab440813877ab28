//! One direction of a link: bytes leave one after the other, and what is in order stays so.

/// Times are milliseconds on any clock that does not run backwards.
#[derive(Debug, Clone, Copy, Default)]
pub struct Line {
    /// When the last frame has left the sender.
    busy_until: u64,
    /// When the last frame arrives that is in order.
    last_arrival: u64,
}

impl Line {
    /// When a frame of `size` bytes that is given to the line `now` has left, at so many bytes a second.
    #[must_use]
    pub fn leave(&mut self, now: u64, size: u64, bandwidth: u64) -> u64 {
        self.busy_until = self.would_leave(now, size, bandwidth);
        self.busy_until
    }

    /// The same without giving it.
    #[must_use]
    pub fn would_leave(&self, now: u64, size: u64, bandwidth: u64) -> u64 {
        let millis = size.saturating_mul(1_000) / bandwidth.max(1);
        self.busy_until.max(now).saturating_add(millis)
    }

    /// When a frame arrives that would arrive `at` this time if there were none before it.
    #[must_use]
    pub fn arrive(&mut self, at: u64) -> u64 {
        self.last_arrival = self.last_arrival.max(at);
        self.last_arrival
    }

    /// The sender waits until the last frame has arrived before it gives another.
    pub fn wait_for_arrival(&mut self) {
        self.busy_until = self.last_arrival;
    }
}
