//! That a mistake would be noticed: a server that makes one with every tenth message is caught at each.

use std::rc::Rc;
use std::time::{Duration, Instant};

use tabchain_shared::node::snapshot::NodeKind;
use tokio::time::timeout;

use super::judge::{Judge, Mistakes};
use super::member::{Member, Publishing};
use super::server::{Kind, Server};

const RECEIVERS: usize = 5;
const MESSAGES: u64 = 55;
/// One in ten.
const FAULTS: u64 = 5 * RECEIVERS as u64;
const PATIENCE: Duration = Duration::from_secs(20);

pub async fn mistakes_are_noticed() {
    let none = Mistakes::default();
    let cases = [
        ("", none),
        // The message that follows the missing one stands out.
        ("drop", Mistakes { sequence: FAULTS, ..none }),
        ("duplicate", Mistakes { sequence: FAULTS, ..none }),
        ("corrupt", Mistakes { content: FAULTS, ..none }),
        ("shorten", Mistakes { length: FAULTS, ..none }),
        // Too early, too late, and the next one.
        ("reorder", Mistakes { sequence: 3 * FAULTS, ..none }),
    ];
    for (fault, expected) in cases {
        let seen = observe(fault).await;
        assert_eq!(seen, expected, "what a server with the fault {fault:?} was seen to do");
    }
    println!("A server that loses, repeats, changes, cuts or swaps one message in ten was caught at each.");
}

async fn observe(fault: &str) -> Mistakes {
    let server = Server::ws(fault);
    let judge = Rc::new(Judge::new(RECEIVERS));
    let connect = async |judge| {
        Member::connect(Kind::Ws, server.address, 0, NodeKind::Tab, None, judge).await.expect("the server takes it")
    };
    let publisher = connect(None).await;
    let mut receivers = Vec::new();
    for _ in 0..RECEIVERS {
        receivers.push(connect(Some(judge.clone())).await);
    }
    for _ in 0..MESSAGES {
        publisher.send_raw(&Publishing::Plain.of(&judge.publish(Instant::now()))).await;
    }
    let last = async {
        while receivers.iter().any(|receiver| receiver.state.borrow().expected() < MESSAGES) {
            judge.progress.notified().await;
        }
    };
    timeout(PATIENCE, last).await.expect("the last message is one that is passed on");
    judge.mistakes()
}
