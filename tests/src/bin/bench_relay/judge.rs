//! What was published, what has arrived, and whether it is the same: sequence, length and content of every delivery.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

pub const MESSAGE_BYTES: usize = 1_024;
/// Sequence number and time.
const HEAD_BYTES: usize = 16;
const CONTENT_BYTES: usize = MESSAGE_BYTES - HEAD_BYTES;
/// Messages have so many different contents.
const CONTENTS: usize = 64;
const LATENCY_STEP: Duration = Duration::from_micros(100);
const LATENCY_STEPS: usize = 100_000;

/// Mistakes of a server.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Mistakes {
    /// Missing, twice, or not in its place.
    pub sequence: u64,
    pub length: u64,
    pub content: u64,
}

pub struct Judge {
    receivers: u32,
    random: Vec<u8>,
    since: Instant,
    published: Cell<u64>,
    /// For each message, how many have not got it yet.
    missing: RefCell<Vec<u32>>,
    complete: Cell<u64>,
    deliveries: Cell<u64>,
    latencies: RefCell<Vec<u32>>,
    mistakes: Cell<Mistakes>,
    /// Another message has reached everyone.
    pub progress: Notify,
}

impl Judge {
    pub fn new(receivers: usize) -> Self {
        // Any bytes without a pattern: a generator of Marsaglia's (xorshift).
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let random = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        });
        Self {
            receivers: u32::try_from(receivers).expect("a few thousand"),
            random: random.take(CONTENT_BYTES + CONTENTS).collect(),
            since: Instant::now(),
            published: Cell::new(0),
            missing: RefCell::default(),
            complete: Cell::new(0),
            deliveries: Cell::new(0),
            latencies: RefCell::new(vec![0; LATENCY_STEPS]),
            mistakes: Cell::default(),
            progress: Notify::new(),
        }
    }

    /// The next message. `due`: when it should go out; what it waits for is part of its latency.
    pub fn publish(&self, due: Instant) -> [u8; MESSAGE_BYTES] {
        let number = self.published.get();
        self.published.set(number + 1);
        self.missing.borrow_mut().push(self.receivers);
        let mut message = [0; MESSAGE_BYTES];
        message[..8].copy_from_slice(&number.to_le_bytes());
        let nanos = u64::try_from(due.saturating_duration_since(self.since).as_nanos()).expect("centuries");
        message[8..HEAD_BYTES].copy_from_slice(&nanos.to_le_bytes());
        message[HEAD_BYTES..].copy_from_slice(self.content(number));
        message
    }

    fn content(&self, number: u64) -> &[u8] {
        let start = usize::try_from(number % CONTENTS as u64).expect("small");
        &self.random[start..start + CONTENT_BYTES]
    }

    /// A message has come. `next`: the one that its receiver expects.
    pub fn delivered(&self, message: &[u8], next: &mut u64, now: Instant) {
        let mut mistakes = self.mistakes.get();
        if message.len() != MESSAGE_BYTES {
            mistakes.length += 1;
            *next += 1;
            return self.mistakes.set(mistakes);
        }
        let number = u64::from_le_bytes(*message.first_chunk().expect("it is long enough"));
        let nanos = u64::from_le_bytes(*message[8..].first_chunk().expect("it is long enough"));
        if number != *next {
            mistakes.sequence += 1;
        }
        *next = number.wrapping_add(1);
        if message[HEAD_BYTES..] != *self.content(number) {
            mistakes.content += 1;
        }
        self.mistakes.set(mistakes);
        self.deliveries.set(self.deliveries.get() + 1);
        let step = (now.saturating_duration_since(self.since).as_nanos()).saturating_sub(nanos.into())
            / LATENCY_STEP.as_nanos();
        let step = usize::try_from(step).unwrap_or(usize::MAX).min(LATENCY_STEPS - 1);
        self.latencies.borrow_mut()[step] += 1;
        let mut missing = self.missing.borrow_mut();
        if let Some(missing) = missing.get_mut(usize::try_from(number).unwrap_or(usize::MAX)) {
            *missing = missing.saturating_sub(1);
            if *missing == 0 {
                self.complete.set(self.complete.get() + 1);
                self.progress.notify_one();
            }
        }
    }

    pub fn published(&self) -> u64 {
        self.published.get()
    }

    /// Published, and not yet with everyone.
    pub fn in_flight(&self) -> u64 {
        self.published.get() - self.complete.get()
    }

    pub fn deliveries(&self) -> u64 {
        self.deliveries.get()
    }

    pub fn mistakes(&self) -> Mistakes {
        self.mistakes.get()
    }

    /// From here on.
    pub fn forget_latencies(&self) {
        self.latencies.borrow_mut().fill(0);
    }

    /// The time within which this share of the deliveries came.
    pub fn latency(&self, share: f64) -> Duration {
        let latencies = self.latencies.borrow();
        let all: u64 = latencies.iter().map(|count| u64::from(*count)).sum();
        #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let wanted = (share * all as f64).ceil() as u64;
        let mut so_far = 0;
        let step = latencies.iter().position(|count| {
            so_far += u64::from(*count);
            so_far >= wanted
        });
        LATENCY_STEP * u32::try_from(step.unwrap_or(0) + 1).expect("few steps")
    }
}
