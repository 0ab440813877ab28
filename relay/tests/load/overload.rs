//! CASES 80: ten times the load that a node is allowed.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tabchain::socket::OutboxBudget;
use tabchain::switchboard::topology::Shape;
use tabchain_shared::wire::switchboard::{FromRelay, LinkId, ToRelay, spread};
use tokio::time::{MissedTickBehavior, interval};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, DEADLINE, TestRelay};
use crate::{alone, resident_mib};

/// What one node may have carried in a second here.
const RATE: u32 = 500;
/// At once, before the rate counts: five seconds of it.
const BURST: u32 = 5 * RATE;
const FLOODERS: u8 = 4;
/// Sent by each of them as fast as it can: the burst, and what takes ten times as long at the rate as it takes to send.
const FLOOD: u32 = BURST + 2 * RATE;
const FRAME_BYTES: usize = 1_024;
/// Between two questions of those who are not part of it.
const QUESTION_EVERY: Duration = Duration::from_millis(10);
/// For a question and its answer, whatever else goes on.
const P99: Duration = Duration::from_millis(250);
/// The flood's frames as they wait for their reader, and what the test itself takes.
const MORE_MIB: u64 = 64;

struct Pair {
    asker: Client,
    answerer: Client,
    link: LinkId,
}

impl Pair {
    /// How long a question and its answer take.
    async fn ask(&mut self, number: u32) -> Duration {
        let begun = Instant::now();
        self.asker.carry(self.link, &number.to_le_bytes()).await;
        assert_eq!(self.answerer.frame(self.link).await, number.to_le_bytes());
        self.answerer.carry(self.link, &number.to_be_bytes()).await;
        assert_eq!(self.asker.frame(self.link).await, number.to_be_bytes());
        begun.elapsed()
    }

    /// Asks until told to stop; the time that 99 of a hundred questions did not exceed.
    async fn ask_while(&mut self, goes_on: impl Fn() -> bool) -> Duration {
        let mut times = Vec::new();
        let mut tick = interval(QUESTION_EVERY);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while times.len() < 50 || goes_on() {
            tick.tick().await;
            times.push(self.ask(u32::try_from(times.len()).expect("few")).await);
        }
        times.sort();
        times[times.len() * 99 / 100]
    }
}

/// CASES 80: what exceeds a node's rate waits with it, at its own end of the connection. A reader is never given more at
/// once than its budget, others are answered as before, and then all of it has arrived: nothing that was taken is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_the_load_waits_with_whoever_brings_it() {
    let _alone = alone().await;
    let relay = TestRelay::start_with(|settings| {
        settings.limits.messages_per_second = RATE;
        settings.limits.outbox = OutboxBudget { bytes: 64 * 1024 * 1024, messages: 100_000 };
    })
    .await;
    let mut asker = Client::join(&relay, 1).await;
    let answerer = Client::join(&relay, 2).await;
    let (link, _) = asker.link_with(answerer.id).await;
    let mut pair = Pair { asker, answerer, link };
    let mut reader = Client::join(&relay, 3).await;
    let mut flooders = Vec::new();
    for number in 0..FLOODERS {
        let mut flooder = Client::join(&relay, 10 + number).await;
        let (link, _) = flooder.link_with(reader.id).await;
        flooders.push((flooder, link));
    }
    let quiet = pair.ask_while(|| false).await;
    let memory = resident_mib();

    let begun = Instant::now();
    let floods: Vec<_> = flooders
        .into_iter()
        .map(|(mut flooder, link)| {
            tokio::spawn(async move {
                let frame = ToRelay::Carried { link, frame: vec![7; FRAME_BYTES] }.to_bytes();
                for _ in 0..FLOOD {
                    flooder.try_send(Message::binary(frame.clone())).await;
                }
                flooder
            })
        })
        .collect();
    let reading = tokio::spawn(async move {
        for _ in 0..u32::from(FLOODERS) * FLOOD {
            loop {
                if let FromRelay::Carried { frame, .. } = reader.receive().await
                    && frame.len() == FRAME_BYTES
                {
                    break;
                }
            }
        }
        (Instant::now(), reader)
    });
    let busy = pair.ask_while(|| !reading.is_finished()).await;
    let more = resident_mib().saturating_sub(memory);
    let (arrived, _reader) = reading.await.expect("everything arrives");
    let took = arrived - begun;
    let mut senders = Vec::new();
    for flood in floods {
        senders.push(flood.await.expect("nobody is cut for it"));
    }
    let after = pair.ask_while(|| false).await;

    let least = Duration::from_secs((FLOOD - BURST).into()) / RATE;
    assert!(took >= least, "{FLOOD} messages of each were taken in {took:?}, at {RATE} a second");
    assert!(busy <= P99, "99 of 100 questions took up to {busy:?} meanwhile, {quiet:?} before");
    assert!(after <= P99, "99 of 100 questions took up to {after:?} afterwards, {quiet:?} before");
    assert!(more <= MORE_MIB, "{more} MiB more");
    let status = relay.relay.state().switchboard.status();
    assert_eq!((status.slow_readers_cut, status.overdrawn_links_cut, status.malformed_messages), (0, 0, 0));
}

/// CASES 73 and 80: none of fifty that take nothing makes the relay hold more than it holds for all of them together.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_slow_readers_are_cut_and_their_memory_is_free_again() {
    const READERS: u8 = 50;
    let _alone = alone().await;
    let relay = TestRelay::start_with(|settings| {
        settings.topology = Shape::Mesh;
        settings.limits.outbox = OutboxBudget { bytes: 1_000_000, messages: 1_000 };
        settings.limits.messages_per_second = 0;
    })
    .await;
    let mut senders = Vec::new();
    for number in 0..3 {
        senders.push(Client::join(&relay, number).await);
    }
    let mut readers = Vec::new();
    let mut links = vec![BTreeSet::new(); senders.len()];
    for number in 0..READERS {
        let reader = Client::join(&relay, 100 + number).await;
        for (sender, links) in senders.iter_mut().zip(&mut links) {
            links.insert(sender.link_with(reader.id).await.0);
        }
        readers.push(reader);
    }
    // One that reads, by which the senders keep in step: none of them has most of what waits.
    let mut quick = Client::join(&relay, 99).await;
    for (sender, links) in senders.iter_mut().zip(&mut links) {
        links.insert(sender.link_with(quick.id).await.0);
    }
    let memory = resident_mib();
    let cut = || relay.relay.state().switchboard.status().slow_readers_cut;
    let mut most = 0;
    let begun = Instant::now();
    let frame = vec![7; 50_000];
    while cut() < READERS.into() {
        for (sender, links) in senders.iter_mut().zip(&links) {
            sender.send(spread(links, &frame)).await;
            let last = *links.last().expect("the link with the one that reads");
            assert_eq!(quick.frame(last).await.len(), 50_000);
        }
        most = most.max(resident_mib().saturating_sub(memory));
        // Each has a moment to read why.
        assert!(begun.elapsed() < DEADLINE, "{:?}", relay.relay.state().switchboard.status());
    }
    // What is for many is one piece of memory, however many it waits for.
    assert!(most <= MORE_MIB, "{most} MiB more");
    drop(readers);
    relay.wait_for_connections(senders.len() + 1).await;
}
