//! Relays on one bus: their nodes are one network, whatever the bus does to what goes over it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use tabchain::bus::message::MAX_PART_BYTES;
use tabchain::socket::Closing;
use tabchain::switchboard::topology::Shape;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::{Command, Node};
use tabchain_shared::primitives::{BlockHash, NodeId};
use tabchain_shared::wire::switchboard::{LinkEnd, LinkId, NodeControl, RelayControl, spread};
use tokio::net::TcpStream;
use tokio::time::{Instant, interval};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Client, Closed, DEADLINE, TestRelay, wait};
use crate::faults::{SLOW, fault, separation};
use crate::orders::{call, get, report, shown};
use crate::wire::{Faults, Wire, wait_for};

async fn two_relays(seed: u64) -> (Wire, [TestRelay; 2]) {
    let (wire, relays) = (Wire::new(seed), [TestRelay::start().await, TestRelay::start().await]);
    wire.join(relays.each_ref()).await;
    (wire, relays)
}

/// Waits until a relay has heard of a node on another one.
async fn wait_for_node(relay: &TestRelay, node: NodeId) {
    let is_known = || relay.relay.state().switchboard.nodes_away().iter().any(|away| away.card.id == node);
    wait("the node is known on the other relay", is_known).await;
}

/// A node on each relay, and the link of the two at each end: the second has asked for it.
async fn ada_and_bob(relays: &[TestRelay; 2]) -> [(Client, LinkId); 2] {
    let mut ada = Client::join(&relays[0], 1).await;
    wait_for_node(&relays[1], ada.id).await;
    let mut bob = Client::join(&relays[1], 2).await;
    let (bobs, bob_speaks_first) = bob.link_with(ada.id).await;
    let (adas, ada_speaks_first) = ada.link_with(bob.id).await;
    assert_eq!((bob_speaks_first, ada_speaks_first), (true, false), "the newcomer speaks first");
    [(ada, adas), (bob, bobs)]
}

/// CASES 88: what nodes on two relays say to each other comes once, whole and in order, also when the bus doubles all of it.
#[tokio::test]
async fn bus_carries_frames_and_signals_between_relays() {
    let (wire, relays) = two_relays(1).await;
    let [(mut ada, adas), (mut bob, bobs)] = ada_and_bob(&relays).await;
    for doubled in [0.0, 1.0] {
        wire.set_faults(Faults { doubled, ..Faults::default() });
        let frames: Vec<Vec<u8>> = (0..100_u8).map(|number| vec![number; usize::from(number)]).collect();
        for frame in &frames {
            ada.carry(adas, frame).await;
            bob.carry(bobs, frame).await;
        }
        for frame in frames {
            assert_eq!(bob.frame(bobs).await, frame);
            assert_eq!(ada.frame(adas).await, frame);
        }
        let block: Vec<u8> = (0..=u8::MAX).cycle().take(3 * MAX_PART_BYTES + 1).collect();
        bob.carry(bobs, &block).await;
        bob.signal(bobs, b"offer").await;
        assert_eq!(ada.frame(adas).await, block);
        assert_eq!(ada.signalled().await, (adas, b"offer".to_vec()));
    }
}

/// What a node says once for several others reaches those of another relay as well, once and in its place.
#[tokio::test]
async fn bus_carries_what_is_for_nodes_here_and_there() {
    let (wire, relays) = two_relays(6).await;
    let [(mut ada, adas), (mut bob, bobs)] = ada_and_bob(&relays).await;
    let mut carol = Client::join(&relays[0], 3).await;
    let (carols, _) = carol.link_with(ada.id).await;
    for doubled in [0.0, 1.0] {
        wire.set_faults(Faults { doubled, ..Faults::default() });
        for round in 0..20_u8 {
            ada.carry(adas, &[round, 0]).await;
            ada.send(spread(&BTreeSet::from([adas, carols]), &[round, 1])).await;
            ada.carry(adas, &[round, 2]).await;
        }
        for round in 0..20_u8 {
            for step in 0..3 {
                assert_eq!(bob.frame(bobs).await, [round, step]);
            }
            assert_eq!(carol.frame(carols).await, [round, 1]);
        }
    }
}

/// CASES 88: no node sees what comes after something that was lost. The link ends as one whose other end has left, so that a
/// channel of the two lives on, and is made again.
#[tokio::test]
async fn bus_that_loses_a_frame_costs_the_link_which_is_made_again() {
    let (wire, relays) = two_relays(2).await;
    let [(mut ada, adas), (mut bob, bobs)] = ada_and_bob(&relays).await;
    wire.lose_next_part();
    ada.carry(adas, b"lost").await;
    ada.carry(adas, b"and what follows").await;
    assert_eq!(bob.link_end().await, (bobs, LinkEnd::Left));
    assert_eq!(ada.link_end().await, (adas, LinkEnd::Left));
    let ((bobs, _), (adas, _)) = (bob.link_with(ada.id).await, ada.link_with(bob.id).await);
    ada.carry(adas, b"hello again").await;
    assert_eq!(bob.frame(bobs).await, b"hello again");
}

#[tokio::test]
async fn bus_takes_a_cut_and_a_departure_to_the_other_end() {
    let (_wire, relays) = two_relays(3).await;
    let [(ada, _), (mut bob, bobs)] = ada_and_bob(&relays).await;
    drop(ada);
    assert_eq!(bob.link_end().await, (bobs, LinkEnd::Left));
    let [(mut ada, adas), (mut bob, bobs)] = {
        drop(bob);
        relays[1].wait_for_connections(0).await;
        ada_and_bob(&relays).await
    };
    ada.say(NodeControl::Unlink { link: adas }).await;
    assert_eq!(bob.link_end().await, (bobs, LinkEnd::Cut));
    ada.carry(adas, b"late").await;
    // Nobody is asked again who did not want it.
    let carol = Client::join(&relays[0], 3).await;
    let (with_carol, _) = ada.link_with(carol.id).await;
    ada.carry(with_carol, b"hello").await;
    let topology = relays[0].relay.state().switchboard.topology();
    assert!(topology.links.iter().all(|(pair, _)| pair.other(bob.id) != Some(ada.id)));
}

/// What one relay's host has a link do, and how it divides the network, holds on the other relay, and so does the end of it.
#[tokio::test]
async fn bus_takes_faults_and_a_partition_to_the_other_relay() {
    let (_wire, relays) = two_relays(5).await;
    let [(mut ada, adas), (mut bob, bobs)] = ada_and_bob(&relays).await;
    call(&relays[0], "PUT", "/links/node-1/node-2/fault", json!({ "delay": 2_000 })).await;
    assert_eq!(fault(&mut ada).await, (adas, Some(SLOW)));
    assert_eq!(fault(&mut bob).await, (bobs, Some(SLOW)));
    let (status, answer) = call(&relays[1], "PUT", "/partition", json!({ "groups": [["node-1"]] })).await;
    assert_eq!(status, 200, "{answer}");
    // Each has lost its link with the other relay's node or its own, too.
    while ada.link_down().await != adas {}
    while bob.link_down().await != bobs {}
    assert_eq!(separation(&mut ada).await.part.map(|part| (part.number, part.of)), Some((2, 2)));
    wait("the first relay has heard of it", || relays[0].relay.state().switchboard.topology().groups == [[ada.id]])
        .await;
    call(&relays[0], "DELETE", "/partition", Value::Null).await;
    let ((adas, _), (bobs, _)) = (ada.link_with(bob.id).await, bob.link_with(ada.id).await);
    assert_eq!(fault(&mut ada).await, (adas, Some(SLOW)), "of every new link");
    assert_eq!(fault(&mut bob).await, (bobs, Some(SLOW)));
}

/// Two relays have one node: its page has moved, and the newer connection stays.
#[tokio::test]
async fn bus_replaces_a_node_that_has_moved() {
    let (_wire, relays) = two_relays(4).await;
    let mut old = Client::join(&relays[0], 1).await;
    wait_for_node(&relays[1], old.id).await;
    let mut new = Client::join(&relays[1], 1).await;
    let replaced = Closed { code: Closing::REPLACED.code, reason: Closing::REPLACED.reason.into_owned() };
    assert_eq!(old.closed().await, replaced);
    wait_for_node(&relays[0], new.id).await;
    // And back again.
    let _back = Client::join(&relays[0], 1).await;
    assert_eq!(new.closed().await, replaced);
    wait_for_node(&relays[1], old.id).await;
}

#[tokio::test]
async fn bus_shows_everybody_everywhere_and_takes_orders_there() {
    let (wire, relays) = two_relays(5).await;
    let mut ada = Client::join(&relays[0], 1).await;
    ada.say(NodeControl::Report(report("ada", true))).await;
    let seen = shown(&relays[1], "ada", 1).await;
    assert_eq!((&seen["transport"], &seen["hashrate"]), (&json!("bus"), &json!(1234.5)));
    assert_eq!(seen["relay"], json!(relays[0].resident()));
    // Each order is carried out once, however often it comes.
    wire.set_faults(Faults { doubled: 1.0, ..Faults::default() });
    let url = relays[1].url("/mine");
    let ordered = tokio::spawn(async move {
        let request = reqwest::Client::new().post(url).bearer_auth(crate::client::TOKEN);
        request.json(&json!({ "nodes": ["ada"], "blocks": 1 })).send().await.unwrap().json::<Value>().await.unwrap()
    });
    let orders = AtomicUsize::new(0);
    loop {
        match ada.control().await {
            RelayControl::Order { id, command } => {
                assert_eq!(command, Command::StartMining { blocks: Some(1), limit: None });
                assert_eq!(orders.fetch_add(1, Ordering::Relaxed), 0, "once");
                ada.say(NodeControl::Answer { id, answer: Answer::Done }).await;
                // What follows shows that no second order is on its way.
                call(&relays[1], "POST", "/links", json!({ "nodes": ["ada", relays[1].resident()] })).await;
            }
            RelayControl::LinkUp { node, .. } if node == relays[1].resident() => break,
            _ => {}
        }
    }
    let answer = ordered.await.unwrap();
    assert_eq!(answer["answers"][0]["answer"]["kind"], "done", "{answer}");
    assert_eq!(orders.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn bus_tells_tabs_where_else_to_go_and_lets_their_pages_in() {
    let (wire, relays) = (Wire::new(6), [TestRelay::start().await, TestRelay::start().await]);
    wire.attach(&relays[0], Some("http://first.example:8000"));
    let mut ada = Client::join(&relays[0], 1).await;
    wire.attach(&relays[1], Some("https://second.example"));
    let both =
        RelayControl::Relays { addresses: vec!["http://first.example:8000".into(), "https://second.example".into()] };
    let told = loop {
        if let told @ RelayControl::Relays { .. } = ada.control().await {
            break told;
        }
    };
    assert_eq!(told, both);
    wait_for(&relays[0], 1).await;
    let mut bob = Client::join(&relays[0], 2).await;
    assert_eq!(bob.control().await, both, "right after the welcome");

    let from = async |origin: &'static str| {
        let address = relays[0].relay.address();
        let mut request = format!("ws://{address}/ws").into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        let stream = TcpStream::connect(address).await.unwrap();
        client_async(request, stream).await.is_ok()
    };
    assert!(from("https://second.example").await);
    for foreign in ["http://second.example", "https://second.example:8000", "https://evil-second.example", "null"] {
        assert!(!from(foreign).await, "{foreign}");
    }
}

/// Every link that the relays know of, as pairs.
fn all_links(relays: &[TestRelay]) -> BTreeSet<[NodeId; 2]> {
    let topologies = relays.iter().map(|relay| relay.relay.state().switchboard.topology());
    topologies.flat_map(|topology| topology.links.into_iter().map(|(pair, _)| pair.nodes())).collect()
}

/// A shape that one relay's host orders is the whole network's; and so are single links.
#[tokio::test]
async fn bus_gives_the_whole_network_the_shape_that_one_host_orders() {
    let relays = [TestRelay::start().await, TestRelay::start().await, TestRelay::start().await];
    let wire = Wire::new(7);
    wire.join(relays.each_ref()).await;
    let mut clients = Vec::new();
    for number in 0..9 {
        clients.push(Client::join(&relays[usize::from(number % 3)], number + 1).await);
    }
    let residents: BTreeSet<NodeId> = relays.iter().map(TestRelay::resident).collect();
    let everyone: BTreeSet<NodeId> = residents.iter().copied().chain(clients.iter().map(|client| client.id)).collect();
    for relay in &relays {
        wait("everybody is known", || relay.relay.state().switchboard.nodes_away().len() == 8).await;
    }
    let among_residents = |pair: &[NodeId; 2]| pair.iter().all(|node| residents.contains(node));

    call(&relays[1], "PUT", "/topology", json!({ "shape": "ring" })).await;
    wait("the network is one ring, and the relays' own nodes are linked", || {
        let links = all_links(&relays);
        let ring: Vec<_> = links.iter().filter(|pair| !among_residents(pair)).collect();
        let mut degrees: BTreeMap<NodeId, usize> = BTreeMap::new();
        for node in ring.iter().copied().flatten() {
            *degrees.entry(*node).or_default() += 1;
        }
        links.iter().filter(|pair| among_residents(pair)).count() == 3
            && everyone.iter().all(|node| degrees.get(node) == Some(&2))
            && reached(&links, *everyone.first().unwrap()) == everyone
    })
    .await;

    call(&relays[2], "PUT", "/topology", json!({ "shape": "mesh" })).await;
    wait("everyone is linked with everyone", || all_links(&relays).len() == 12 * 11 / 2).await;

    call(&relays[0], "PUT", "/topology", json!({ "shape": "star" })).await;
    wait("everyone is linked with their relay's own node", || all_links(&relays).len() == 9 + 3).await;
    assert!(relays.iter().all(|relay| relay.relay.state().switchboard.topology().shape == Shape::Star));

    // The third relay's host links nodes of the two others, and the first one's parts them again.
    let [ada, bob] = [clients[0].id, clients[1].id];
    let wanted = json!({ "nodes": [ada, bob] });
    let (status, _) = call(&relays[2], "POST", "/links", wanted).await;
    assert_eq!(status, 201);
    let pair = if ada < bob { [ada, bob] } else { [bob, ada] };
    wait("the two are linked", || all_links(&relays).contains(&pair)).await;
    let listed = get(&relays[0], "/topology").await;
    let links = listed["links"].as_array().unwrap();
    let of_host: Vec<_> = links.iter().filter(|link| link["made_by"] == "host").collect();
    assert_eq!(of_host.len(), 1, "{listed}");
    call(&relays[0], "DELETE", &format!("/links/{ada}/{bob}"), Value::Null).await;
    wait("the two are apart", || !all_links(&relays).contains(&pair)).await;
}

/// What a host ordered before its relay was on a bus is news to the relays that it meets there, also after a restart; and where both had
/// ordered something, one of the two holds for both.
#[tokio::test]
async fn bus_tells_of_orders_that_were_given_before_there_was_one() {
    for other_shape in [None, Some("star")] {
        let [one, other] = [TestRelay::start().await, TestRelay::start().await];
        call(&one, "PUT", "/topology", json!({ "shape": "ring" })).await;
        if let Some(shape) = other_shape {
            call(&other, "PUT", "/topology", json!({ "shape": shape })).await;
        }
        let relays = [one.restart().await, other];
        let wire = Wire::new(8);
        wire.join(relays.each_ref()).await;
        let shapes = || relays.each_ref().map(|relay| relay.relay.state().switchboard.topology().shape);
        wait("both relays have one shape", || {
            let [one, other] = shapes();
            one == other && (one == Shape::Ring || other_shape.is_some())
        })
        .await;
    }
}

fn reached(links: &BTreeSet<[NodeId; 2]>, from: NodeId) -> BTreeSet<NodeId> {
    let mut reached = BTreeSet::from([from]);
    loop {
        let next: BTreeSet<NodeId> = links
            .iter()
            .filter(|pair| pair.iter().any(|node| reached.contains(node)))
            .flatten()
            .copied()
            .filter(|node| !reached.contains(node))
            .collect();
        if next.is_empty() {
            return reached;
        }
        reached.extend(next);
    }
}

/// CASES 87: a relay that hears nothing of the others goes on alone, its links with them end in bounded time, and it is one of
/// them again as soon as it can be.
#[tokio::test]
async fn bus_that_is_gone_leaves_each_relay_alone_until_it_is_back() {
    let (wire, relays) = (Wire::new(8), [TestRelay::start().await, TestRelay::start().await]);
    let [first, _] = wire.join(relays.each_ref()).await;
    let [(mut ada, adas), (mut bob, bobs)] = ada_and_bob(&relays).await;
    wire.cut_off(first);
    assert_eq!(ada.link_end().await, (adas, LinkEnd::Left));
    assert_eq!(bob.link_end().await, (bobs, LinkEnd::Left));
    for relay in &relays {
        wait_for(relay, 0).await;
        assert_eq!(get(relay, "/peers").await.as_array().unwrap().len(), 2);
    }
    let carol = Client::join(&relays[0], 3).await;
    let (with_carol, _) = ada.link_with(carol.id).await;
    ada.carry(with_carol, b"alone").await;
    wire.mend();
    for relay in &relays {
        wait_for(relay, 1).await;
    }
    let ((adas, _), (bobs, _)) = (ada.link_with(bob.id).await, bob.link_with(ada.id).await);
    ada.carry(adas, b"together").await;
    assert_eq!(bob.frame(bobs).await, b"together");
}

/// What the relays' own nodes have: height, tip, and how many payments wait.
async fn states(relays: &[TestRelay]) -> Vec<(u32, BlockHash, usize)> {
    let mut states = Vec::new();
    for relay in relays {
        let seen = |node: &Node| (node.chain().height(), node.chain().tip(), node.report(true).mempool);
        states.push(relay.relay.state().resident.query(seen).await.unwrap());
    }
    states
}

/// Waits until what the relays' own nodes have is as wanted. What the bus has lost may be missed only when they ping each other
/// the next time.
async fn wait_for_states(relays: &[TestRelay], what: &str, wanted: impl Fn(&[(u32, BlockHash, usize)]) -> bool) {
    let mut look = interval(Duration::from_millis(20));
    let deadline = Instant::now() + 3 * DEADLINE;
    loop {
        let states = states(relays).await;
        if wanted(&states) {
            return;
        }
        assert!(Instant::now() < deadline, "waited in vain until {what}: {states:?}");
        look.tick().await;
    }
}

async fn mine(relay: &TestRelay, blocks: u32) {
    let order = json!({ "nodes": [relay.resident()], "blocks": blocks, "hashrate_limit": 20 });
    assert_eq!(call(relay, "POST", "/mine", order).await.0, 202);
}

/// CASES 88: whatever the bus loses, doubles and reorders while relays mine and pay over it, once it stops they agree.
#[tokio::test]
async fn bus_with_faults_ends_in_the_same_state() {
    for seed in 0..3 {
        let relays = [TestRelay::start().await, TestRelay::start().await, TestRelay::start().await];
        let wire = Wire::new(seed);
        wire.join(relays.each_ref()).await;
        // Coins for each, whatever becomes of later blocks.
        for (relay, height) in relays.iter().zip(1..) {
            mine(relay, 1).await;
            wait_for_states(&relays, "all have the block", |states| states.iter().all(|state| state.0 == height)).await;
        }
        wire.set_faults(Faults { lost: 0.05, doubled: 0.1, delayed: 0.1 });
        for relay in &relays {
            mine(relay, 6).await;
            let payment = json!({ "sender": relay.resident(), "receiver": relays[0].resident(), "amount": "1" });
            let (status, answer) = call(relay, "POST", "/new-transaction", payment).await;
            assert_eq!(status, 202, "{answer}");
        }
        for relay in &relays {
            let resident = &relay.relay.state().resident;
            let mut changes = resident.changes();
            while resident.query(|node| node.report(true).mining).await.unwrap() {
                changes.changed().await.unwrap();
            }
        }
        wire.set_faults(Faults::default());
        // Of two chains alike each keeps its own, until one grows.
        let as_high = |states: &[(u32, BlockHash, usize)]| states.iter().all(|state| state.0 == states[0].0);
        wait_for_states(&relays, "they are as high", as_high).await;
        let height = states(&relays).await[0].0;
        mine(&relays[0], 1).await;
        let alike = |height| {
            move |states: &[(u32, BlockHash, usize)]| {
                states.iter().all(|state| state == &states[0] && state.0 == height)
            }
        };
        wait_for_states(&relays, &format!("they agree (seed {seed})"), alike(height + 1)).await;
        // What still waits is known to all, and so one more block holds it.
        mine(&relays[1], 1).await;
        wait_for_states(&relays, &format!("they agree once more (seed {seed})"), alike(height + 2)).await;
        assert_eq!(states(&relays).await[0].2, 0, "nothing waits");
    }
}
