//! The only place where the relay reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use tabchain_shared::node::io::Time;

/// Now, in milliseconds since 1970. A clock set before 1970 reads as 1970.
pub fn now() -> Time {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Time(u64::try_from(since_1970.as_millis()).unwrap_or(u64::MAX))
}
