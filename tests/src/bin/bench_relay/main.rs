//! The relay's figures, printed by `cargo xtask bench relay`: how much it passes on, beside what others use for that, what a
//! connection costs, how many payments it checks, and how soon everybody is back after a restart.
//!
//! This program is the generator: every client is in it, and each server is a process of its own, measured by what the
//! system says of it. What is compared is one message of 1 KiB from one connection to 1 000 others:
//!
//! - NATS: a PUB, and 1 000 connections with a SUB, over its WebSocket.
//! - ws: a message to a server of a few lines that sends it to everyone.
//! - Ours knows no subjects. The publisher is a node that the host has linked with 1 000 others, and says one frame for all
//!   of these links. All are nodes in the shape *star*: each has proved its key, and keeps the handshake and the pings of the
//!   relay's own node.
//!
//! Every delivery is checked for its place in the order, its length and its content (`judge`), and the run begins by showing
//! that mistakes are noticed. Generator and server share the machine's cores, so deliveries a second are the pair's; what
//! a server can do alone is in those for each second of its own processor time.

mod fan_out;
mod idle;
mod judge;
mod member;
mod node;
mod proof;
mod reconnect;
mod server;
mod transactions;
mod wire;

use std::process::ExitCode;

use tokio::task::LocalSet;

/// What can be measured alone: its name is the program's argument.
const PARTS: [&str; 4] = ["fan-out", "idle", "transactions", "reconnect"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let chosen = std::env::args().nth(1);
    if let Some(chosen) = chosen.as_ref().filter(|chosen| !PARTS.contains(&chosen.as_str())) {
        eprintln!("`{chosen}` is not a part of this benchmark; it has {}", PARTS.join(", "));
        return ExitCode::from(2);
    }
    server::allow_many_files();
    let is_wanted = |part: &str| chosen.as_ref().is_none_or(|chosen| chosen == part);
    let measuring = async {
        if is_wanted("fan-out") {
            proof::mistakes_are_noticed().await;
            fan_out::measure().await;
        }
        if is_wanted("idle") {
            idle::measure().await;
        }
        if is_wanted("transactions") {
            transactions::measure().await;
        }
        if is_wanted("reconnect") {
            reconnect::measure().await;
        }
    };
    LocalSet::new().run_until(measuring).await;
    ExitCode::SUCCESS
}
