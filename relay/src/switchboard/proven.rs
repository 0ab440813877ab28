//! How fast a node hashes, as far as its shares prove it.
//!
//! Each share stands for the hashes that its target takes on average, so the rate is the work of the shares in a window by
//! the window's length. That is right on average whatever the targets were, because each was chosen before its shares
//! were found; a single reading is off by one part in the square root of the number of shares (standard deviation): by
//! 10 % after 100, by 2.3 % after the 1 920 that a full window holds at 32 a second. Shares on their way make it read low
//! by a few tenths of a percent. Time is the relay's: what a node has saved up and shows later counts when it is shown.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Shares count for so long.
pub const WINDOW: Duration = Duration::from_mins(1);
/// A run's work is divided by so much at least: what was saved up and comes at its beginning proves no rate that was never
/// reached. Until a run is that old, it reads low.
const LEAST_ELAPSED: Duration = Duration::from_secs(10);
/// A run of shares is over when none came for so long, and for as long as ten usually take: by chance that happens once
/// in 22 000 intervals. Nodes hand shares in twice a second.
const LEAST_SILENCE: Duration = Duration::from_secs(5);
const SILENT_INTERVALS: u32 = 10;
/// Shares that come within this are counted as one entry, so that a window has at most 240.
const BUCKET: Duration = Duration::from_millis(250);

#[derive(Debug, Default)]
pub struct ProvenRate {
    run: Option<Run>,
}

/// Shares without a pause.
#[derive(Debug)]
struct Run {
    /// When the first ones came. They only start the clock: how long they took is not known.
    begun: Instant,
    last: Instant,
    buckets: VecDeque<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    begun: Instant,
    shares: u32,
    /// Hashes that the shares took on average.
    work: f64,
}

/// What the shares of a stretch of time come to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reading {
    /// Hashes per second.
    pub hashrate: f64,
    /// How many shares that rests on.
    pub shares: u32,
}

impl ProvenRate {
    /// Shares that came together; `work` is the sum of theirs, in hashes.
    pub fn count(&mut self, now: Instant, shares: u32, work: f64) {
        let Some(run) = self.run.as_mut().filter(|run| !run.is_over(now)) else {
            self.run = Some(Run { begun: now, last: now, buckets: VecDeque::new() });
            return;
        };
        run.last = now;
        match run.buckets.back_mut().filter(|bucket| now < bucket.begun + BUCKET) {
            Some(bucket) => {
                bucket.shares = bucket.shares.saturating_add(shares);
                bucket.work += work;
            }
            None => run.buckets.push_back(Bucket { begun: now, shares, work }),
        }
        while run.buckets.front().is_some_and(|bucket| bucket.begun + WINDOW < now) {
            run.buckets.pop_front();
        }
    }

    /// The node says that it rests.
    pub fn rest(&mut self) {
        self.run = None;
    }

    /// What is proven.
    pub fn reading(&self, now: Instant) -> Reading {
        self.current(now).map(|run| run.reading(now, WINDOW, LEAST_ELAPSED)).unwrap_or_default()
    }

    /// An estimate over the last so long, [`WINDOW`] at most, as good at the beginning of a run as later; who saves shares up
    /// deceives it.
    pub fn estimate(&self, now: Instant, window: Duration) -> Reading {
        self.current(now).map(|run| run.reading(now, window, Duration::ZERO)).unwrap_or_default()
    }

    fn current(&self, now: Instant) -> Option<&Run> {
        self.run.as_ref().filter(|run| !run.is_over(now))
    }
}

impl Run {
    fn reading(&self, now: Instant, window: Duration, least_elapsed: Duration) -> Reading {
        let elapsed = now.saturating_duration_since(self.begun).min(window);
        let counted = self.buckets.iter().filter(|bucket| bucket.begun + elapsed >= now);
        let (shares, work) = counted
            .fold((0_u32, 0.0), |(shares, work), bucket| (shares.saturating_add(bucket.shares), work + bucket.work));
        if shares == 0 {
            return Reading::default();
        }
        Reading { hashrate: work / elapsed.max(least_elapsed).as_secs_f64(), shares }
    }

    fn is_over(&self, now: Instant) -> bool {
        let Reading { shares, .. } = self.reading(self.last, WINDOW, Duration::ZERO);
        let elapsed = self.last.saturating_duration_since(self.begun).min(WINDOW);
        let patience = if shares == 0 { WINDOW } else { elapsed * SILENT_INTERVALS / shares };
        now.saturating_duration_since(self.last) > patience.clamp(LEAST_SILENCE, WINDOW)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    /// A node whose hashes meet the share target by luck alone, and that hands in twice a second. Virtual time.
    struct Simulated {
        rate: ProvenRate,
        now: Instant,
        luck: StdRng,
        next_share: Instant,
    }

    impl Simulated {
        fn new(seed: u64) -> Self {
            let now = Instant::now();
            Self { rate: ProvenRate::default(), now, luck: StdRng::seed_from_u64(seed), next_share: now }
        }

        fn hash_for(&mut self, duration: Duration, hashrate: f64, work: f64) {
            let end = self.now + duration;
            self.next_share = self.now + self.interval(hashrate, work);
            while self.now < end {
                self.now += Duration::from_millis(500);
                let mut shares = 0;
                while self.next_share <= self.now {
                    shares += 1;
                    let interval = self.interval(hashrate, work);
                    self.next_share += interval;
                }
                if shares > 0 {
                    self.rate.count(self.now, shares, f64::from(shares) * work);
                }
            }
        }

        /// Exponentially distributed.
        fn interval(&mut self, hashrate: f64, work: f64) -> Duration {
            Duration::from_secs_f64(-self.luck.random::<f64>().max(1e-9).ln() * work / hashrate)
        }

        fn reading(&self) -> Reading {
            self.rate.reading(self.now)
        }
    }

    /// 1 920 shares are 2.3 % at one standard deviation, so that 10 % is more than four.
    #[test]
    fn a_steady_rate_is_proven_within_a_tenth() {
        for (seed, hashrate) in (0..).zip([3.0, 400.0, 1_600.0, 7.5e6, 1e12]) {
            let mut node = Simulated::new(seed);
            let work = (hashrate / 32.0_f64).max(1.0);
            node.hash_for(Duration::from_mins(2), hashrate, work);
            let Reading { hashrate: proven, shares } = node.reading();
            let expected = hashrate / work * 60.0;
            let tolerance = 4.5 / expected.sqrt();
            assert!((proven / hashrate - 1.0).abs() < tolerance, "{proven} for {hashrate}");
            assert!((f64::from(shares) / expected - 1.0).abs() < tolerance, "{shares} shares");
        }
    }

    /// The average over many runs shows a bias that luck hides in one.
    #[test]
    fn early_readings_are_rough_but_fair() {
        let mut sum = 0.0;
        for seed in 0..200 {
            let mut node = Simulated::new(seed);
            node.hash_for(Duration::from_secs(12), 1000.0, 1000.0 / 32.0);
            sum += node.reading().hashrate / 1000.0;
        }
        let average = sum / 200.0;
        assert!((average - 1.0).abs() < 0.03, "{average} of the rate");
    }

    #[test]
    fn a_change_of_target_changes_nothing_and_a_change_of_rate_shows_within_the_window() {
        let mut node = Simulated::new(7);
        node.hash_for(Duration::from_secs(40), 1000.0, 31.0);
        node.hash_for(Duration::from_secs(40), 1000.0, 500.0);
        assert!((node.reading().hashrate / 1000.0 - 1.0).abs() < 0.25);
        node.hash_for(Duration::from_secs(61), 4000.0, 125.0);
        assert!((node.reading().hashrate / 4000.0 - 1.0).abs() < 0.1);
    }

    #[test]
    fn silence_soon_proves_nothing() {
        let mut node = Simulated::new(3);
        node.hash_for(Duration::from_mins(1), 1000.0, 1000.0 / 32.0);
        let end = node.now;
        assert!(node.rate.reading(end + Duration::from_secs(4)).hashrate > 850.0, "a hiccup");
        assert_eq!(node.rate.reading(end + Duration::from_secs(6)), Reading::default());
        // The pause does not count against the node when it goes on.
        node.now += Duration::from_mins(5);
        node.hash_for(Duration::from_secs(30), 1000.0, 1000.0 / 32.0);
        assert!((node.reading().hashrate / 1000.0 - 1.0).abs() < 0.15, "{:?}", node.reading());
        node.rate.rest();
        assert_eq!(node.reading(), Reading::default());
    }

    #[test]
    fn a_slow_node_is_given_time() {
        let mut node = Simulated::new(4);
        node.hash_for(Duration::from_mins(2), 10.0, 20.0);
        assert!(node.rate.reading(node.now + Duration::from_secs(6)).shares > 10, "two seconds are usual here");
    }

    #[test]
    fn memory_is_bounded() {
        let mut rate = ProvenRate::default();
        let start = Instant::now();
        for millis in 0..300_000 {
            rate.count(start + Duration::from_millis(millis), 1, 1.0);
        }
        assert!(rate.run.unwrap().buckets.len() <= 242);
    }

    /// The first shares only start the clock; what was saved up comes right after them, from a node that does 1 H/s.
    #[test]
    fn who_saves_its_shares_up_proves_no_more_than_it_did() {
        let mut rate = ProvenRate::default();
        let start = Instant::now() + Duration::from_mins(1);
        rate.count(start, 1, 1.0);
        rate.count(start + Duration::from_millis(250), 59, 59.0);
        let highest = (1..=8).map(|half| rate.reading(start + Duration::from_millis(500) * half).hashrate);
        let highest = highest.fold(0.0, f64::max);
        assert!(highest < 10.0, "{highest} H/s is proven by 1 H/s");
    }
}
