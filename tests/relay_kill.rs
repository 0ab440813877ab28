//! The short run of `cargo xtask kill`: a relay is killed fifteen times and keeps what it promised.

use tabchain_tests::kill_rounds;

/// CASES 82, with a real process and real kills. Another seed in each run would find more, and `cargo xtask kill` does.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_relay_has_acknowledged_survives_kills() {
    let kept = kill_rounds::run(15, 82, |_| {}).await;
    assert!(kept.payments > 0 && kept.blocks > 0, "nothing was promised: {kept:?}");
}
