//! What scenarios across crates share: a real relay, in this process or one of its own, long chains for it, a real browser with tabs on it, and nodes
//! without either.

pub mod axe;
pub mod browser;
pub mod class;
pub mod devtools;
pub mod exposition;
pub mod host;
pub mod kill_rounds;
pub mod long_chain;
pub mod nats;
pub mod network_file;
pub mod process;
pub mod swarm;
pub mod wiretap;

use std::future::Future;
use std::time::Duration;

/// How long anything may take to come true. Generous, because a loaded machine is slow and not wrong; a test that passes
/// never waits for it.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// Asks again and again until the answer is `Some`; panics with `what` and the last look when patience runs out.
pub async fn eventually<T, F>(what: &str, ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    eventually_within(PATIENCE, what, ask).await
}

/// The same for what takes long on any machine.
pub async fn eventually_within<T, F>(patience: Duration, what: &str, mut ask: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, String>>,
{
    let mut tick = tokio::time::interval(Duration::from_millis(100));
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        tick.tick().await;
        match ask().await {
            Ok(value) => return value,
            Err(seen) => assert!(tokio::time::Instant::now() < deadline, "waited in vain until {what}; last: {seen}"),
        }
    }
}

/// The value that this share of all values does not exceed, for figures; sorts them. Zero if there are none.
pub fn quantile<T: Copy + Default + PartialOrd>(values: &mut [T], share: f64) -> T {
    values.sort_unstable_by(|a, b| a.partial_cmp(b).expect("measured values can be compared"));
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let index = (share * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(index).copied().unwrap_or_default()
}

/// Of a program that measures several things: whether one is wanted, by the word on its command line. Without a word all are; with a
/// wrong one the program ends and says which there are.
pub fn wanted_part(parts: &'static [&'static str]) -> impl Fn(&str) -> bool {
    let chosen = std::env::args().nth(1);
    if let Some(chosen) = chosen.as_ref().filter(|chosen| !parts.contains(&chosen.as_str())) {
        eprintln!("`{chosen}` is not a part of this benchmark; it has {}", parts.join(", "));
        std::process::exit(2);
    }
    move |part| chosen.as_ref().is_none_or(|chosen| chosen == part)
}

/// How a figure did beside its goal, in one word.
pub fn verdict(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}
