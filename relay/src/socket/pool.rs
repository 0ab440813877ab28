//! What all strangers' sockets together may make this process hold: messages that have begun, and what waits to be read.
//!
//! Each may hold so much of what is *left*: a queue's threshold shrinks as others grow (dynamic thresholds, as in switches with
//! shared memory: Choudhury and Hahne, 1998). So the sum stays below the limit however many there are, one that is alone
//! has plenty, and when many are slow at once each has less and none has nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// For all sockets, bytes. Half of what the smallest machine that serves ten thousand tabs should have.
pub const MAX_HELD_BYTES: usize = 1 << 30;
/// Of what is left, one socket may take one part in so many: the largest budget of one (`OutboxBudget`) as long as three
/// quarters are left.
const PART_OF_WHAT_IS_LEFT: usize = 48;
/// What each may hold besides, uncounted, of a message that has begun, of what waits for it, and of what it said a moment ago for many:
/// so much is a moment's traffic.
pub const UNCOUNTED_BYTES: usize = 64 * 1024;

#[derive(Debug)]
pub struct Pool {
    limit: usize,
    held: AtomicUsize,
}

impl Pool {
    pub fn new(limit: usize) -> Self {
        Self { limit, held: AtomicUsize::new(0) }
    }

    pub fn held_bytes(&self) -> usize {
        self.held.load(Ordering::Relaxed)
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new(MAX_HELD_BYTES)
    }
}

/// One socket's part of the pool, given back when dropped.
#[derive(Debug)]
pub struct Held {
    pool: Arc<Pool>,
    counted: usize,
}

impl Held {
    pub fn new(pool: &Arc<Pool>) -> Self {
        Self { pool: Arc::clone(pool), counted: 0 }
    }

    /// Holds so many bytes from now on. `false`: that is more than there is for one now, and nothing changes.
    pub fn resize(&mut self, bytes: usize) -> bool {
        let counted = bytes.saturating_sub(UNCOUNTED_BYTES);
        if counted > self.counted {
            let more = counted - self.counted;
            let before = self.pool.held.fetch_add(more, Ordering::Relaxed);
            let left = self.pool.limit.saturating_sub(before);
            if counted > left / PART_OF_WHAT_IS_LEFT {
                self.pool.held.fetch_sub(more, Ordering::Relaxed);
                return false;
            }
        } else if counted < self.counted {
            self.pool.held.fetch_sub(self.counted - counted, Ordering::Relaxed);
        }
        self.counted = counted;
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.resize(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fills one socket's part in steps, and answers what it came to.
    fn fill(held: &mut Held) -> usize {
        let mut bytes = 0;
        while held.resize(bytes + 1_000) {
            bytes += 1_000;
        }
        bytes
    }

    #[test]
    fn many_that_take_all_they_can_stay_below_the_limit_and_each_has_something() {
        let pool = Arc::new(Pool::new(100_000_000));
        let mut all: Vec<Held> = (0..2_000).map(|_| Held::new(&pool)).collect();
        let amounts: Vec<usize> = all.iter_mut().map(fill).collect();
        assert!(amounts[0] > 2_000_000 && amounts[0] < 2_100_000 + UNCOUNTED_BYTES, "{}", amounts[0]);
        assert!(amounts.iter().all(|amount| *amount >= UNCOUNTED_BYTES - 1_000));
        assert!(pool.held_bytes() < 100_000_000);
        drop(all);
        assert_eq!(pool.held_bytes(), 0);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let pool = Arc::new(Pool::new(1_000_000));
        let mut held = Held::new(&pool);
        assert!(held.resize(UNCOUNTED_BYTES) && pool.held_bytes() == 0);
        assert!(held.resize(UNCOUNTED_BYTES + 20_000));
        assert!(!held.resize(UNCOUNTED_BYTES + 30_000));
        assert_eq!(pool.held_bytes(), 20_000);
        assert!(held.resize(UNCOUNTED_BYTES + 1) && pool.held_bytes() == 1);
    }
}
