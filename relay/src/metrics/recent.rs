//! What was measured lately, for charts: samples of the whole network at equal distances, and how long blocks took to get here.
//! Bounded, and gone with the process: what the chain itself holds (dates, targets) is asked of the chain.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tabchain_shared::node::io::Time;
use tabchain_shared::node::session::{Arrival, Sample};

/// Between two samples. A lesson's charts need no more points, and an hour of them is a small answer.
pub const SAMPLE_INTERVAL: Duration = Duration::from_secs(5);
/// An hour.
pub const MAX_SAMPLES: usize = 720;
/// Blocks of the last hour and more, at one every ten seconds.
pub const MAX_ARRIVALS: usize = 500;

#[derive(Debug, Default)]
pub struct Recent {
    samples: Mutex<VecDeque<Sample>>,
    arrivals: Mutex<VecDeque<Arrival>>,
}

impl Recent {
    /// The oldest make room.
    pub fn sample(&self, sample: Sample) {
        push(&mut held(&self.samples), sample, MAX_SAMPLES);
    }

    pub fn arrived(&self, arrival: Arrival) {
        push(&mut held(&self.arrivals), arrival, MAX_ARRIVALS);
    }

    /// Those after a moment, the oldest first.
    pub fn samples(&self, after: Time) -> Vec<Sample> {
        held(&self.samples).iter().filter(|sample| sample.at > after).copied().collect()
    }

    pub fn arrivals(&self, after: Time) -> Vec<Arrival> {
        held(&self.arrivals).iter().filter(|arrival| arrival.at > after).copied().collect()
    }
}

fn push<T>(ring: &mut VecDeque<T>, entry: T, most: usize) {
    if ring.len() == most {
        ring.pop_front();
    }
    ring.push_back(entry);
}

/// A panic while it was held is a bug that has been reported; figures go on.
fn held<T>(ring: &Mutex<VecDeque<T>>) -> MutexGuard<'_, VecDeque<T>> {
    ring.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tabchain_shared::primitives::BlockHash;

    use super::*;

    #[test]
    fn the_oldest_make_room_and_what_is_known_is_not_sent_again() {
        let recent = Recent::default();
        for at in 0..MAX_SAMPLES as u64 + 5 {
            let sample = Sample {
                at: Time(at),
                nodes: 1,
                claimed: 2.0,
                proven: 1.0,
                height: 0,
                mempool: 0,
                mempool_bytes: 0,
                stale_blocks: 0,
            };
            recent.sample(sample);
            recent.arrived(Arrival { at: Time(at), hash: BlockHash([0; 32]), height: 1, took_micros: at });
        }
        // One at the very moment that is named is known.
        let all = recent.samples(Time(0));
        assert_eq!((all.len(), all[0].at), (MAX_SAMPLES, Time(5)));
        assert_eq!(recent.samples(all[all.len() - 3].at).len(), 2);
        assert_eq!(recent.arrivals(Time(0)).len(), MAX_ARRIVALS);
    }
}
