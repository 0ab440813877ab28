//! What a connection costs that says nothing: memory of the server.

use std::time::Duration;

use tabchain_shared::node::snapshot::NodeKind;
use tabchain_tests::verdict;

use super::member::Member;
use super::server::{Kind, Server};

const CONNECTIONS: usize = 10_000;
/// Handshakes at a time.
const AT_ONCE: usize = 64;
/// Until what is said after an entry has been said.
const REST: Duration = Duration::from_secs(5);
const GOAL_KIB: f64 = 10.0;

pub async fn measure() {
    println!("\nServer's memory for each of {CONNECTIONS} idle connections");
    for kind in [Kind::Tabchain, Kind::Nats, Kind::Ws] {
        // Ours in the shape that it has unless the host says otherwise: each with eight others.
        let server = if kind == Kind::Tabchain { Server::relay("random") } else { Server::start(kind) };
        let before = server.resident_kib();
        let mut members = Vec::new();
        while members.len() < CONNECTIONS {
            let numbers = members.len()..members.len() + AT_ONCE.min(CONNECTIONS - members.len());
            members.extend(futures::future::join_all(numbers.map(|number| enter(&server, number))).await);
        }
        tokio::time::sleep(REST).await;
        assert!(members.iter().all(|member| !member.state.borrow().is_closed), "all of them stay");
        let after = server.resident_kib();
        #[expect(clippy::cast_precision_loss)]
        let each = after.saturating_sub(before) as f64 / CONNECTIONS as f64;
        let goal = if kind == Kind::Tabchain {
            format!("; goal {GOAL_KIB} KiB {}", verdict(each <= GOAL_KIB))
        } else {
            String::new()
        };
        println!(
            "  {:<14} {each:>6.1} KiB; the process {before} KiB without them, {after} KiB with them{goal}",
            kind.name()
        );
    }
}

async fn enter(server: &Server, number: usize) -> Member {
    let member = Member::connect(server.kind, server.address, number, NodeKind::Tab, None, None);
    let member = member.await.expect("the server takes it");
    match server.kind {
        Kind::Tabchain => member.until(|state| state.node.is_welcome).await,
        Kind::Nats => {
            member.send(b"CONNECT {\"verbose\":false}\r\nSUB bench 1\r\nPING\r\n").await;
            member.until(|state| state.has_ponged).await;
        }
        Kind::Ws => {}
    }
    member
}
