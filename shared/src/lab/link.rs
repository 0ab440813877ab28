//! One direction of a link: when, and how often, a frame arrives.

use super::random::Random;
use crate::node::Time;
use crate::wire::link_fault::Line;

/// What a link does to frames. Times are in milliseconds, probabilities from 0 to 1 a frame.
#[derive(Debug, Clone)]
pub struct LinkSettings {
    /// On the way, at least.
    pub delay: u64,
    /// Up to so much more, drawn for each frame.
    pub jitter: u64,
    /// Never arrives.
    pub loss: f64,
    /// Arrives twice.
    pub duplication: f64,
    /// Held up so long that frames sent after it arrive before it.
    pub reordering: f64,
    /// Bytes a second; a frame waits for those before it.
    pub bandwidth: u64,
}

/// Longest that a reordered frame is held up, ms.
const MAX_HOLD_UP: u64 = 500;

impl LinkSettings {
    /// A LAN that does what TCP promises.
    pub fn reliable() -> Self {
        Self { delay: 10, jitter: 20, loss: 0.0, duplication: 0.0, reordering: 0.0, bandwidth: 1_000_000 }
    }

    /// What is left of the settings where nothing goes wrong.
    pub fn pace(&self) -> Pace {
        Pace { delay: self.delay, jitter: self.jitter, bandwidth: self.bandwidth }
    }

    /// The same delays and bandwidth with nothing lost, doubled or out of order.
    #[must_use]
    pub fn without_faults(&self) -> Self {
        Self { loss: 0.0, duplication: 0.0, reordering: 0.0, ..self.clone() }
    }
}

/// Of a link without faults: its delay, jitter and bandwidth, as in [`LinkSettings`].
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub delay: u64,
    pub jitter: u64,
    pub bandwidth: u64,
}

/// When a frame arrives.
pub type Arrivals = std::iter::Flatten<std::array::IntoIter<Option<Time>, 2>>;

/// The state of one direction: as of a live link with a fault, and it can do worse.
#[derive(Debug, Clone, Default)]
pub struct Wire(Line);

impl Wire {
    /// When a frame of `size` bytes sent `now` arrives: never, once or twice.
    pub fn carry(&mut self, now: Time, size: usize, settings: &LinkSettings, random: &mut Random) -> Arrivals {
        let left = Time(self.0.leave(now.0, size as u64, settings.bandwidth));
        if random.chance(settings.loss) {
            return [None; 2].into_iter().flatten();
        }
        let copies = if random.chance(settings.duplication) { 2 } else { 1 };
        let mut arrivals = [None; 2];
        for arrival in arrivals.iter_mut().take(copies) {
            let at = left.plus_millis(settings.delay + random.below(settings.jitter + 1));
            *arrival = Some(if random.chance(settings.reordering) {
                at.plus_millis(random.below(MAX_HOLD_UP))
            } else {
                Time(self.0.arrive(at.0))
            });
        }
        arrivals.into_iter().flatten()
    }

    /// The same over a link without faults, on which each frame arrives once and in order.
    pub fn carry_reliably(&mut self, now: Time, size: u64, pace: Pace, random: &mut Random) -> Time {
        let left = self.0.leave(now.0, size, pace.bandwidth);
        let jitter = if pace.jitter == 0 { 0 } else { random.below(pace.jitter + 1) };
        Time(self.0.arrive(left + pace.delay + jitter))
    }

    /// The sender waits until the last frame has arrived before it sends another.
    pub fn wait_for_arrival(&mut self) {
        self.0.wait_for_arrival();
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    /// Sends 1 000 frames of 1 000 bytes at once over a link with one setting changed.
    fn arrivals(settings: &LinkSettings) -> Vec<Vec<Time>> {
        let (mut wire, mut random) = (Wire::default(), Random::new(1));
        (0..1_000).map(|_| wire.carry(Time(0), 1_000, settings, &mut random).collect()).collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_reliable_link_delivers_each_frame_once_in_order_at_its_bandwidth() {
        let arrivals = arrivals(&LinkSettings::reliable()).concat();
        assert_eq!(arrivals.len(), 1_000);
        assert!(arrivals.is_sorted());
        assert!(arrivals[0] >= Time(11), "one millisecond to send, ten on the way");
        assert!((Time(1_010)..=Time(1_030)).contains(&arrivals[999]), "a megabyte takes a second");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_fault_does_what_its_name_says() {
        let reliable = LinkSettings::reliable;
        let lost = arrivals(&LinkSettings { loss: 0.1, ..reliable() });
        let lost = lost.iter().filter(|times| times.is_empty()).count();
        assert!((50..150).contains(&lost), "{lost} of 1 000 lost");
        let doubled = arrivals(&LinkSettings { duplication: 0.1, ..reliable() }).concat().len();
        assert!((1_050..1_150).contains(&doubled), "{doubled} arrivals of 1 000 frames");
        let reordered = arrivals(&LinkSettings { reordering: 0.1, ..reliable() }).concat();
        assert!(!reordered.is_sorted());
        assert_eq!(reordered.len(), 1_000);
    }
}
