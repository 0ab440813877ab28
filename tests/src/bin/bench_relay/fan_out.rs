//! One connection's messages to a thousand others, through each of the servers in turn.

use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::json;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_tests::{quantile, verdict};
use tokio::time::{sleep_until, timeout};

use super::judge::{Judge, Mistakes};
use super::member::{Member, Publishing};
use super::node;
use super::server::{Kind, Server};

const RECEIVERS: usize = 1_000;
const ROUNDS: usize = 3;
/// Messages that are not with everyone yet, in the closed loop.
const IN_FLIGHT: u64 = 64;
const WARM_UP: Duration = Duration::from_secs(1);
const DURATION: Duration = Duration::from_secs(5);
/// For what is still on its way at the end.
const LATE: Duration = Duration::from_secs(20);
/// Handshakes at a time.
const AT_ONCE: usize = 32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Load {
    Closed,
    /// Messages a second, whatever becomes of them.
    Open(u32),
}

/// Nobody is made to take what is beyond it: what waits would fill the machine.
const LOADS: [(Load, &[Kind]); 4] = [
    (Load::Closed, &[Kind::Tabchain, Kind::Nats, Kind::Ws]),
    (Load::Open(50), &[Kind::Tabchain, Kind::Nats, Kind::Ws]),
    (Load::Open(425), &[Kind::Tabchain, Kind::Nats]),
    (Load::Open(1_000), &[Kind::Tabchain]),
];
const KINDS: [Kind; 3] = [Kind::Tabchain, Kind::Nats, Kind::Ws];

#[derive(Debug, Clone, Copy)]
struct Run {
    per_second: f64,
    per_cpu_second: f64,
    /// Of the server's processor time.
    kernel_share: f64,
    p50: f64,
    p99: f64,
    lost: u64,
    mistakes: Mistakes,
}

/// Medians of the rounds, but everything that was lost or wrong.
#[derive(Debug, Default, Clone, Copy)]
struct Figures {
    per_second: f64,
    per_cpu_second: f64,
    kernel_share: f64,
    p50: f64,
    p99: f64,
    lost: u64,
    wrong: u64,
}

pub async fn measure() {
    let mut runs: Vec<(Kind, Load, Run)> = Vec::new();
    for round in 0..ROUNDS {
        // Alternating, and another one first each time.
        for kind in KINDS.iter().cycle().skip(round).take(KINDS.len()) {
            let server = Server::start(*kind);
            for (load, kinds) in LOADS {
                if kinds.contains(kind) {
                    let run = Stage::build(&server).await.run(&server, load).await;
                    eprintln!("round {round}, {}, {load:?}: {run:?}", kind.name());
                    runs.push((*kind, load, run));
                }
            }
        }
    }
    let figures = |kind: Kind, load: Load| {
        let runs = || runs.iter().filter(|(k, l, _)| (*k, *l) == (kind, load)).map(|(_, _, run)| run);
        let median = |value: fn(&Run) -> f64| quantile(&mut runs().map(value).collect::<Vec<_>>(), 0.5);
        Figures {
            per_second: median(|run| run.per_second),
            per_cpu_second: median(|run| run.per_cpu_second),
            kernel_share: median(|run| run.kernel_share),
            p50: median(|run| run.p50),
            p99: median(|run| run.p99),
            lost: runs().map(|run| run.lost).sum(),
            wrong: runs().map(|run| run.mistakes.sequence + run.mistakes.length + run.mistakes.content).sum(),
        }
    };
    println!("\nFan-out of 1 KiB to {RECEIVERS} WebSocket connections, medians of {ROUNDS} alternating runs");
    println!("                              deliveries/s   per server   kernel's     p50      p99    lost,");
    println!("                                             CPU second   share of it  ms       ms     wrong");
    for (load, kinds) in LOADS {
        match load {
            Load::Closed => println!("  closed loop, {IN_FLIGHT} in flight"),
            Load::Open(rate) => println!("  {rate} messages/s"),
        }
        for kind in kinds {
            let Figures { per_second, per_cpu_second, kernel_share, p50, p99, lost, wrong } = figures(*kind, load);
            println!(
                "    {:<24} {:>12.0} {per_cpu_second:>12.0} {:>9.0} % {p50:>8.1} {p99:>8.1} {lost:>4}, {wrong}",
                kind.name(),
                per_second,
                100.0 * kernel_share
            );
        }
    }
    let (ours, theirs) = (|load| figures(Kind::Tabchain, load), |load| figures(Kind::Nats, load));
    println!("  to nats-server");
    let goal = |what: &str, value: f64, goal: f64| {
        println!("    {what:<50} {value:>6.2}; goal {goal} {}", verdict(value >= goal));
    };
    let (mine, other) = (ours(Load::Closed), theirs(Load::Closed));
    goal("closed loop, deliveries/s", mine.per_second / other.per_second, 2.5);
    goal("closed loop, per server CPU second", mine.per_cpu_second / other.per_cpu_second, 3.0);
    let (mine, other) = (ours(Load::Open(50)), theirs(Load::Open(50)));
    goal("50 messages/s, per server CPU second", mine.per_cpu_second / other.per_cpu_second, 1.8);
    let no_worse = |what: &str, mine: f64, other: f64| {
        println!("    {what:<50} {mine:>6.1} ms to {other:.1} ms; goal no worse {}", verdict(mine <= other));
    };
    no_worse("50 messages/s, p99", mine.p99, other.p99);
    let (mine, other) = (ours(Load::Open(425)), theirs(Load::Open(425)));
    no_worse("425 messages/s, p50", mine.p50, other.p50);
    no_worse("425 messages/s, p99", mine.p99, other.p99);
    let most = ours(Load::Open(1_000));
    println!("  of ours alone");
    println!("    1 000 messages/s, p99 {:>8.1} ms; goal 200 ms {}", most.p99, verdict(most.p99 < 200.0));
    let wrong: u64 = LOADS.map(|(load, _)| ours(load)).iter().map(|figures| figures.lost + figures.wrong).sum();
    println!("    lost or wrong at any load {wrong:>4}; goal 0 {}", verdict(wrong == 0));
}

/// A publisher and its receivers, connected.
struct Stage {
    judge: Rc<Judge>,
    publisher: Member,
    publishing: Publishing,
    receivers: Vec<Member>,
}

impl Stage {
    async fn build(server: &Server) -> Self {
        let judge = Rc::new(Judge::new(RECEIVERS));
        let publisher_id = node::key(0).public_key().node_id();
        let connect = async |number, kind, judge| {
            Member::connect(server.kind, server.address, number, kind, Some(publisher_id), judge)
                .await
                .expect("the server takes it")
        };
        let publisher = connect(0, NodeKind::Relay, None).await;
        if server.kind == Kind::Nats {
            publisher.send(b"CONNECT {\"verbose\":false}\r\nPING\r\n").await;
            publisher.until(|state| state.has_ponged).await;
        }
        let mut receivers = Vec::new();
        while receivers.len() < RECEIVERS {
            let numbers = receivers.len() + 1..=RECEIVERS.min(receivers.len() + AT_ONCE);
            let joining = numbers.map(|number| connect(number, NodeKind::Tab, Some(judge.clone())));
            let joined = futures::future::join_all(joining).await;
            for member in &joined {
                match server.kind {
                    Kind::Tabchain => member.until(|state| state.node.is_ready).await,
                    Kind::Nats => {
                        member.send(b"CONNECT {\"verbose\":false}\r\nSUB bench 1\r\nPING\r\n").await;
                        member.until(|state| state.has_ponged).await;
                    }
                    Kind::Ws => {}
                }
            }
            receivers.extend(joined);
        }
        let publishing = match server.kind {
            Kind::Ws => Publishing::Plain,
            Kind::Nats => Publishing::Nats,
            Kind::Tabchain => {
                publisher.until(|state| state.node.is_ready).await;
                Self::link(server, &publisher, &receivers).await;
                let state = publisher.state.borrow();
                let links = receivers.iter().map(|receiver| state.node.links[&receiver.state.borrow().node.id()]);
                Publishing::Links(links.collect())
            }
        };
        Self { judge, publisher, publishing, receivers }
    }

    /// The host links the publisher with everyone.
    async fn link(server: &Server, publisher: &Member, receivers: &[Member]) {
        let relay = server.relay.as_ref().expect("it is ours");
        let a = publisher.state.borrow().node.id();
        for receiver in receivers {
            let b = receiver.state.borrow().node.id();
            let (status, answer) = relay.post("/links", &json!({ "nodes": [a, b] })).await;
            assert!(status.is_success(), "{status}: {answer}");
            receiver.until(super::member::State::is_subscribed).await;
        }
        publisher.until(|state| state.node.links.len() > receivers.len()).await;
    }

    async fn run(self, server: &Server, load: Load) -> Run {
        let Self { judge, publisher, publishing, receivers } = self;
        let begun = Instant::now();
        let publish = async |due| publisher.send_raw(&publishing.of(&judge.publish(due))).await;
        let mut measuring = None;
        let mut next = begun;
        while begun.elapsed() < WARM_UP + DURATION {
            if measuring.is_none() && begun.elapsed() >= WARM_UP {
                judge.forget_latencies();
                measuring = Some((Instant::now(), judge.deliveries(), server.cpu()));
            }
            match load {
                Load::Closed => {
                    if judge.in_flight() < IN_FLIGHT {
                        publish(Instant::now()).await;
                    } else if timeout(LATE, judge.progress.notified()).await.is_err() {
                        break;
                    }
                }
                Load::Open(rate) => {
                    sleep_until(next.into()).await;
                    publish(next).await;
                    next += Duration::from_secs(1) / rate;
                }
            }
        }
        let (since, deliveries, cpu) = measuring.expect("the warm-up is over");
        let (seconds, deliveries) = (since.elapsed().as_secs_f64(), judge.deliveries() - deliveries);
        let cpu = server.cpu().since(cpu);
        let arriving = async {
            while judge.in_flight() > 0 {
                judge.progress.notified().await;
            }
        };
        // What is not there by then is lost, and shown as such.
        let _ = timeout(LATE, arriving).await;
        let expected = judge.published() * RECEIVERS as u64;
        drop(receivers);
        Run {
            per_second: to_f64(deliveries) / seconds,
            per_cpu_second: to_f64(deliveries) / cpu.total(),
            kernel_share: cpu.kernel / cpu.total(),
            p50: judge.latency(0.5).as_secs_f64() * 1_000.0,
            p99: judge.latency(0.99).as_secs_f64() * 1_000.0,
            lost: expected.saturating_sub(judge.deliveries()),
            mistakes: judge.mistakes(),
        }
    }
}

#[expect(clippy::cast_precision_loss)]
fn to_f64(count: u64) -> f64 {
    count as f64
}
