//! More than the relay is made for: who gets less then, that nobody else notices, and that it passes. In a process of its own,
//! because its memory is looked at.

#[allow(dead_code, reason = "the tests of the switchboard use the rest of it")]
#[path = "../switchboard/client.rs"]
mod client;
mod overload;
mod restart;

use tokio::sync::{Mutex, MutexGuard};

/// Of the tests of this process, which measure its memory and how long others wait, one runs at a time.
async fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

/// Memory of this process, relay and clients, MiB.
fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("these tests run on Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells it");
    line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a count") / 1_024
}
