//! What the person at the terminal sees: a heading for every step that may take long, and how long it took.

use std::time::{Duration, Instant};

use anyhow::Result;

/// Prints the heading, does the work and prints the elapsed time.
pub fn step<T>(heading: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("\n==> {heading}");
    let start = Instant::now();
    let result = work();
    let end = if result.is_ok() { "done in" } else { "failed after" };
    println!("    {end} {}", in_words(start.elapsed()));
    result
}

/// `0.4 s`, `12.0 s` or `3 min 05 s`.
pub fn in_words(elapsed: Duration) -> String {
    match elapsed.as_secs() {
        0..60 => format!("{:.1} s", elapsed.as_secs_f64()),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_in_words() {
        assert_eq!(in_words(Duration::from_millis(420)), "0.4 s");
        assert_eq!(in_words(Duration::from_secs(185)), "3 min 05 s");
    }
}
