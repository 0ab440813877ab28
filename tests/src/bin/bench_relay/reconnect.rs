//! CASES 81 as a figure: a relay with 5 000 nodes is killed and started again, and all of them come back at once, while the
//! network finds blocks.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tabchain_shared::node::io::{Answer, Command};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_tests::swarm::Swarm;
use tabchain_tests::{quantile, verdict};
use tokio::time::sleep;

use super::member::Member;
use super::server::{Kind, Server};

const CLIENTS: usize = 5_000;
const AT_ONCE: usize = 64;
/// First and longest pause between two attempts, as a tab's.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
const BLOCKS: u32 = 20;
const GOAL: Duration = Duration::from_secs(10);

pub async fn measure() {
    let mut server = Server::relay("random");
    let mut members = Vec::new();
    while members.len() < CLIENTS {
        let numbers = members.len()..members.len() + AT_ONCE.min(CLIENTS - members.len());
        members.extend(futures::future::join_all(numbers.map(|number| enter(server.address, number))).await);
    }
    let members: Vec<Member> = members.into_iter().map(|member| member.expect("the relay takes it")).collect();
    let waiting: Vec<_> = members
        .into_iter()
        .enumerate()
        .map(|(number, member)| tokio::task::spawn_local(come_back(server.address, number, member)))
        .collect();
    server.restart("random");
    let (begun, cpu) = (Instant::now(), server.cpu());
    let relay = server.relay.as_ref().expect("it is ours");
    let finding = async {
        let mut swarm = Swarm::new();
        swarm.join(relay.port).await;
        for _ in 0..BLOCKS {
            let mine = Command::StartMining { blocks: Some(1), limit: None };
            assert_eq!(swarm.members[0].command(mine).await, Answer::Done);
            swarm.next_arrival().await;
        }
        relay.wait_for_height(BLOCKS.into()).await;
        swarm
    };
    let (_swarm, times) = tokio::join!(finding, futures::future::join_all(waiting));
    let (mut times, members): (Vec<Duration>, Vec<Member>) =
        times.into_iter().map(|time| time.expect("it does not panic")).map(|(at, member)| (at - begun, member)).unzip();
    let (p50, last) = (quantile(&mut times, 0.5), quantile(&mut times, 1.0));
    let cpu = server.cpu().since(cpu);
    assert!(members.iter().all(|member| !member.state.borrow().is_closed), "all of them stay");
    println!("\n{CLIENTS} nodes come back after a restart, from when the relay listens again");
    println!("  half of them are back after {:>6.1} s", p50.as_secs_f64());
    println!(
        "  all of them are back after  {:>6.1} s; goal {} s {}",
        last.as_secs_f64(),
        GOAL.as_secs(),
        verdict(last <= GOAL)
    );
    println!("  blocks that a node found meanwhile {BLOCKS}, all of them on the relay's chain");
    println!(
        "  the relay's processor time {:>6.1} s, the kernel's share {:.0} %",
        cpu.total(),
        100.0 * cpu.kernel / cpu.total()
    );
}

async fn enter(address: SocketAddr, number: usize) -> io::Result<Member> {
    let member = Member::connect(Kind::Tabchain, address, number, NodeKind::Tab, None, None).await?;
    let welcomed = member.until_or_closed(|state| state.node.is_welcome).await;
    if welcomed { Ok(member) } else { Err(io::ErrorKind::ConnectionReset.into()) }
}

/// Waits for the end, and then tries as a tab does: at growing intervals, each shortened by up to a half at random.
async fn come_back(address: SocketAddr, number: usize, member: Member) -> (Instant, Member) {
    member.ended().await;
    let mut pause = FIRST_PAUSE;
    loop {
        sleep(pause.mul_f64(rand::random_range(0.5..=1.0))).await;
        if let Ok(member) = enter(address, number).await {
            return (Instant::now(), member);
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
