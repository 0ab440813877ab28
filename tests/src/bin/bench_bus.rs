//! The figures of several relays, printed by `cargo xtask bench bus`: what a carried frame costs each process on its way, within
//! one relay and from relay to relay over a NATS server, and how many bytes relays tell each other of their nodes. From these
//! docs/scale-out.md estimates what a large network takes.
//!
//! All processes share this one machine; their time is their own, as the kernel counts it.

use std::time::{Duration, Instant};

use futures::{SinkExt, StreamExt};
use tabchain::bus::message::{Carried, Epoch, NodeCard, Packet, PolicyVersion, Said};
use tabchain_shared::node::io::Time;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{Amount, BlockHash, NodeId, SecretKey};
use tabchain_shared::wire::switchboard::{
    FromRelay, LinkId, LinkReport, LinkTransport, NodeControl, NodeReport, RelayControl, ToRelay, carried,
    sign_challenge,
};
use tabchain_tests::eventually;
use tabchain_tests::nats::NatsServer;
use tabchain_tests::process::RelayProcess;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Frames of a measurement: seconds, and less than a node's handshake may take, which these clients never make.
const FRAMES: usize = 50_000;
/// A frame with a transaction, and one with a block of some.
const SIZES: [usize; 2] = [200, 1_024];
/// The receiver says how far it is after so many, and the sender is never further ahead than four times that.
const STEP: usize = 256;
/// Clock ticks that the kernel counts in a second on every Linux of today.
const TICKS_PER_SECOND: f64 = 100.0;

#[tokio::main]
async fn main() {
    presence();
    println!("\nA carried frame, and the time that each process spends on it");
    println!("  {:<14} {:>6} {:>10} {:>12} {:>12} {:>12}", "", "bytes", "frames/s", "1st relay", "2nd relay", "NATS");
    for size in SIZES {
        let data = tempfile::tempdir().expect("a data folder");
        let relay = RelayProcess::start(data.path(), 0, &[]);
        let (rate, spent) = measure(&relay, &relay, &[relay.pid()], size).await;
        println!("  {:<14} {size:>6} {rate:>10.0} {:>9.1} µs {:>12} {:>12}", "within a relay", spent[0], "", "");

        let nats = NatsServer::start();
        let data = [tempfile::tempdir(), tempfile::tempdir()].map(|data| data.expect("a data folder"));
        let relays = data.each_ref().map(|data| RelayProcess::start(data.path(), 0, &["--bus", &nats.url()]));
        for relay in &relays {
            relay.wait_for_nodes(2).await;
        }
        let pids = [relays[0].pid(), relays[1].pid(), nats.pid()];
        let (rate, spent) = measure(&relays[0], &relays[1], &pids, size).await;
        println!(
            "  {:<14} {size:>6} {rate:>10.0} {:>9.1} µs {:>9.1} µs {:>9.1} µs",
            "over the bus", spent[0], spent[1], spent[2]
        );
    }
}

/// What relays tell each other of themselves, in bytes.
fn presence() {
    let epoch = Epoch(u64::MAX);
    let author = epoch;
    let beat = Said::Beat {
        resident: NodeId([0xff; 8]),
        address: "http://192.168.100.200:8000".parse().ok(),
        last_event: 1_000_000,
        policy: PolicyVersion { count: 1, author },
    };
    let key = SecretKey::from_seed([1; 32]).public_key();
    let link =
        LinkReport { node: NodeId([0xff; 8]), transport: LinkTransport::Webrtc, round_trip: Some(12), faulty: false };
    let report = NodeReport {
        name: "a-usual-name".into(),
        address: key.address(),
        balance: Amount::COIN,
        height: 100_000,
        tip: BlockHash([0xff; 32]),
        hashrate: 6_543_210.5,
        mining: true,
        waits: None,
        limit: None,
        mempool: 123,
        links: vec![link; 9],
        follows_host: true,
        tip_from: None,
        role: Role::Honest,
        score: None,
    };
    let card = NodeCard {
        id: key.node_id(),
        name: "a-usual-name".into(),
        kind: NodeKind::Tab,
        address: key.address(),
        since: Time(1_800_000_000_000),
        report: Some(report),
        proven: None,
    };
    let card = serde_json::to_vec(&card).expect("plain data").len();
    let overhead = Packet::parts(epoch, 0, LinkId(1), Carried::Frame, &[]).map(|part| part.len()).sum::<usize>();
    println!("Bytes that relays tell each other");
    println!("  {:<44} {:>6}", "a beat, each second", Packet::said(epoch, &beat).len());
    println!("  {:<44} {card:>6}", "a node with nine links, whenever it reports");
    println!("  {:<44} {overhead:>6}", "before a carried frame");
}

/// Frames a second from a client of one relay to a client of the other, and microseconds a frame that each process spent.
async fn measure(from: &RelayProcess, to: &RelayProcess, pids: &[u32], size: usize) -> (f64, Vec<f64>) {
    let mut sender = Client::join(from, 1).await;
    eventually("the sender is known at the other relay", async || {
        let peers = to.get("/peers").await;
        let known = peers.as_array().expect("a list").iter().any(|peer| peer["name"] == "client-1");
        if known { Ok(()) } else { Err(peers.to_string()) }
    })
    .await;
    let mut receiver = Client::join(to, 2).await;
    let back = receiver.link_with(sender.id).await;
    let there = sender.link_with(receiver.id).await;
    let before: Vec<f64> = pids.iter().map(|pid| seconds_of(*pid)).collect();
    let start = Instant::now();
    let receiving = async {
        for number in 1..=FRAMES {
            assert_eq!(receiver.frame(back).await.len(), size, "whole");
            if number.is_multiple_of(STEP) {
                receiver.carry(back, b"so far").await;
            }
        }
        receiver
    };
    let sending = async {
        let frame = vec![7; size];
        for number in 0..FRAMES {
            if number >= 4 * STEP && number.is_multiple_of(STEP) {
                sender.frame(there).await;
            }
            sender.carry(there, &frame).await;
        }
        sender
    };
    // Both stay connected until the end.
    let _clients = tokio::join!(receiving, sending);
    let elapsed = start.elapsed();
    #[expect(clippy::cast_precision_loss)]
    let frames = FRAMES as f64;
    let spent = pids.iter().zip(before).map(|(pid, before)| (seconds_of(*pid) - before) * 1e6 / frames).collect();
    (frames / elapsed.as_secs_f64(), spent)
}

/// Of a process, in its own code and in the kernel for it.
fn seconds_of(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("these figures are for Linux");
    // The name of the program may hold spaces; after it come numbers, these two as the 12th and 13th.
    let (_, numbers) = stat.rsplit_once(')').expect("a name in parentheses");
    let ticks = numbers.split_whitespace().skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("a number"));
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// A node without a node in it.
struct Client {
    id: NodeId,
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    async fn join(relay: &RelayProcess, number: u8) -> Self {
        let address = format!("127.0.0.1:{}", relay.port);
        let stream = TcpStream::connect(&address).await.expect("the relay listens");
        stream.set_nodelay(true).expect("a TCP option");
        let (socket, _) = client_async(format!("ws://{address}/ws"), stream).await.expect("the relay takes it in");
        let key = SecretKey::from_seed([number; 32]);
        let mut client = Self { id: key.public_key().node_id(), socket };
        let RelayControl::Challenge { challenge, params, .. } = client.control().await else { panic!("no challenge") };
        let network = params.network_id();
        let hello = NodeControl::Hello {
            network,
            public_key: key.public_key(),
            signature: sign_challenge(&key, network, &challenge),
            node_kind: NodeKind::Tab,
            name: format!("client-{number}"),
            channels: Vec::new(),
        };
        client.send(ToRelay::Control(hello).to_bytes()).await;
        assert!(matches!(client.control().await, RelayControl::Welcome { .. }));
        client
    }

    async fn link_with(&mut self, wanted: NodeId) -> LinkId {
        loop {
            if let RelayControl::LinkUp { link, node, .. } = self.control().await
                && node == wanted
            {
                return link;
            }
        }
    }

    async fn carry(&mut self, link: LinkId, frame: &[u8]) {
        self.send(carried(link, frame)).await;
    }

    async fn send(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::Binary(bytes.into())).await.expect("the relay reads");
    }

    async fn control(&mut self) -> RelayControl {
        loop {
            if let FromRelay::Control(control) = self.receive().await {
                return control;
            }
        }
    }

    async fn frame(&mut self, wanted: LinkId) -> Vec<u8> {
        loop {
            if let FromRelay::Carried { link, frame } = self.receive().await
                && link == wanted
            {
                return frame;
            }
        }
    }

    async fn receive(&mut self) -> FromRelay {
        let patience = Duration::from_secs(10);
        loop {
            match tokio::time::timeout(patience, self.socket.next()).await.expect("something comes in time") {
                Some(Ok(Message::Binary(bytes))) => {
                    return FromRelay::from_bytes(&bytes).expect("the relay speaks the protocol");
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("the relay closed: {other:?}"),
            }
        }
    }
}
