//! CASES 81: a relay that was away meets everyone at once.

use std::time::{Duration, Instant};

use rand::Rng;
use tokio::time::{sleep, timeout};

use crate::client::{Client, DEADLINE, TestRelay, wait};
use crate::{alone, resident_mib};

/// Nodes of one address, as many as a relay takes of a class.
const NODES: u8 = 200;
/// Other relays that have joined it: their pauses are the product's own.
const RELAYS: usize = 4;
/// As a tab pauses before its first attempt, shortened by up to a half at random.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The first three pauses at their longest, and a moment for each of those who come.
const BOUND: Duration = Duration::from_secs(10);
const MORE_MIB: u64 = 64;

/// CASES 81: all are back within a bound, at pauses that are not everybody's, and none of them had to be told twice who is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_is_back_soon_after_a_restart() {
    let _alone = alone().await;
    let relay = TestRelay::start().await;
    let address = relay.relay.address();
    let mut joined = Vec::new();
    for _ in 0..RELAYS {
        let other = TestRelay::start().await;
        let joins = other.relay.state().joins.clone();
        joins.register(address.to_string().parse().unwrap()).await.expect("it is there");
        joined.push(other);
    }
    let mut nodes = Vec::new();
    for number in 0..NODES {
        nodes.push(Client::join(&relay, number).await);
    }
    let all = usize::from(NODES) + RELAYS;
    relay.wait_for_connections(all).await;
    let memory = resident_mib();

    let relay = relay.restart().await;
    let begun = Instant::now();
    let returning = nodes.into_iter().enumerate().map(|(number, mut node)| {
        let number = u8::try_from(number).expect("few");
        async move {
            node.gone().await;
            let mut pause = FIRST_PAUSE;
            loop {
                sleep(pause.mul_f64(rand::rng().random_range(0.5..=1.0))).await;
                if let Some(node) = Client::try_join(address, number).await {
                    return node;
                }
                pause *= 2;
            }
        }
    });
    let back = timeout(DEADLINE, futures::future::join_all(returning)).await.expect("everyone is back");
    relay.wait_for_connections(all).await;
    let (took, more) = (begun.elapsed(), resident_mib().saturating_sub(memory));
    assert!(took <= BOUND, "{took:?}");
    assert!(more <= MORE_MIB, "{more} MiB more");
    assert_eq!(back.len(), usize::from(NODES));
    // They are welcome, and will hear so.
    wait("the other relays know that they are back", || {
        joined.iter().all(|other| other.relay.state().joins.status()[0].relay == Some(relay.resident()))
    })
    .await;
}
