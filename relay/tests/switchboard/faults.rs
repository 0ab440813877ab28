//! What a host does to links: who is told what, that the relay's own node does it, and that a network in parts heals.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tabchain_shared::primitives::{BlockHash, NodeId};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{
    LinkEnd, LinkId, LinkReport, LinkTransport, NetworkPart, NodeControl, NodeReport, RelayControl, Separation,
};

use crate::client::{Client, TestRelay, found};
use crate::orders::{call, get, report, shown};

pub const SLOW: LinkFault = LinkFault { delay: 2_000, jitter: 0, loss: 0.0, bandwidth: None };

/// The next word on what a link does.
pub async fn fault(client: &mut Client) -> (LinkId, Option<LinkFault>) {
    loop {
        if let RelayControl::LinkFault { link, fault } = client.control().await {
            return (link, fault);
        }
    }
}

pub async fn separation(client: &mut Client) -> Separation {
    loop {
        if let RelayControl::Apart(separation) = client.control().await {
            return separation;
        }
    }
}

async fn heard_but_pings(client: &mut Client, link: LinkId) -> Message {
    loop {
        match client.heard(link).await {
            Message::Ping(_) => {}
            other => return other,
        }
    }
}

/// Waits until the relay's own node shows that it does, or does not, what a fault says to what it sends there.
async fn wait_until_resident_is(relay: &TestRelay, faulty: bool, towards: NodeId) {
    let name = format!("relay-{}", relay.relay.address().port());
    let shows = |node: &Value| {
        let mut links = node["links"].as_array().unwrap().iter();
        links.any(|link| link["node"] == json!(towards) && link["faulty"].as_bool().unwrap_or_default() == faulty)
    };
    found("the relay's node takes up what is ordered", async || shows(&shown(relay, &name, 1).await).then_some(()))
        .await;
}

#[tokio::test]
async fn both_ends_are_told_of_a_fault_and_of_its_end_and_again_of_every_new_link() {
    let relay = TestRelay::start().await;
    let [mut alice, mut bob] = [Client::join(&relay, 1).await, Client::join(&relay, 2).await];
    let (link, _) = bob.link_with(alice.id).await;
    let path = "/links/node-1/node-2/fault";
    let (status, answer) = call(&relay, "PUT", path, json!({ "delay": 2_000 })).await;
    assert_eq!((status, &answer["fault"]["delay"]), (200, &json!(2_000)), "{answer}");
    for client in [&mut alice, &mut bob] {
        assert_eq!(fault(client).await, (link, Some(SLOW)));
    }
    let mut pair = [alice.id, bob.id];
    pair.sort();
    let shown = json!([{ "nodes": pair, "fault": { "delay": 2_000, "jitter": 0, "loss": 0.0 } }]);
    assert_eq!(get(&relay, "/topology").await["faults"], shown);

    let mut bob = Client::join(&relay, 2).await;
    let (again, _) = bob.link_with(alice.id).await;
    assert_ne!(again, link);
    for client in [&mut alice, &mut bob] {
        assert_eq!(fault(client).await, (again, Some(SLOW)), "it belongs to the two, not to one link");
    }
    assert_eq!(call(&relay, "DELETE", path, Value::Null).await.0, 200);
    for client in [&mut alice, &mut bob] {
        assert_eq!(fault(client).await, (again, None));
    }
    let (status, problem) = call(&relay, "DELETE", path, Value::Null).await;
    assert!(status == 404 && problem["detail"].as_str().unwrap().contains("has no fault"), "{problem}");
}

/// Of a link that is so bad that its ends give it up, they get another one when it is mended.
#[tokio::test]
async fn two_that_gave_up_a_bad_link_are_linked_again_when_it_is_mended() {
    let relay = TestRelay::start().await;
    let [mut alice, mut bob] = [Client::join(&relay, 1).await, Client::join(&relay, 2).await];
    let (link, _) = bob.link_with(alice.id).await;
    assert_eq!(call(&relay, "PUT", "/links/node-1/node-2/fault", json!({ "loss": 1 })).await.0, 200);
    bob.say(NodeControl::Unlink { link }).await;
    assert_eq!(alice.link_end().await, (link, LinkEnd::Cut));
    assert_eq!(call(&relay, "DELETE", "/links/node-1/node-2/fault", Value::Null).await.0, 200);
    let (again, _) = alice.link_with(bob.id).await;
    assert_ne!(again, link);
}

#[tokio::test]
async fn the_relays_own_node_delays_what_it_sends() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let (link, _) = alice.link_with(relay.resident()).await;
    alice.meet_resident(link, 1).await;
    let path = format!("/links/node-1/{}/fault", relay.resident());
    assert_eq!(call(&relay, "PUT", &path, json!({ "delay": 300 })).await.0, 200);
    wait_until_resident_is(&relay, true, alice.id).await;
    let asked = Instant::now();
    alice.tell(link, Message::Ping(7)).await;
    while alice.heard(link).await != Message::Pong(7) {}
    assert!(asked.elapsed() >= Duration::from_millis(300), "{:?}", asked.elapsed());

    // What is held back goes at once when the fault is taken away.
    assert_eq!(call(&relay, "PUT", &path, json!({ "delay": 5_000 })).await.0, 200);
    let asked = Instant::now();
    alice.tell(link, Message::Ping(8)).await;
    assert_eq!(call(&relay, "DELETE", &path, Value::Null).await.0, 200);
    while alice.heard(link).await != Message::Pong(8) {}
    assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
}

/// A ping is no loss: the link stands, though nothing else that the relay's node says arrives.
#[tokio::test]
async fn the_relays_own_node_loses_what_it_sends() {
    let relay = TestRelay::start().await;
    let mut alice = Client::join(&relay, 1).await;
    let (link, _) = alice.link_with(relay.resident()).await;
    alice.meet_resident(link, 1).await;
    let path = format!("/links/node-1/{}/fault", relay.resident());
    assert_eq!(call(&relay, "PUT", &path, json!({ "loss": 1 })).await.0, 200);
    wait_until_resident_is(&relay, true, alice.id).await;
    let unknown = Message::GetData(vec![tabchain_shared::wire::InventoryItem::Block(BlockHash([7; 32]))]);
    alice.tell(link, unknown.clone()).await;
    alice.tell(link, Message::Ping(7)).await;
    assert_eq!(heard_but_pings(&mut alice, link).await, Message::Pong(7), "the notfound before it is lost");
    assert_eq!(call(&relay, "DELETE", &path, Value::Null).await.0, 200);
    wait_until_resident_is(&relay, false, alice.id).await;
    alice.tell(link, unknown).await;
    assert!(matches!(heard_but_pings(&mut alice, link).await, Message::NotFound(_)));
}

#[tokio::test]
async fn a_network_in_parts_is_told_so_and_heals() {
    let relay = TestRelay::start().await;
    let mut members = Vec::new();
    for number in 1..=4 {
        members.push(Client::join(&relay, number).await);
    }
    let ids: Vec<NodeId> = members.iter().map(|member| member.id).collect();
    relay.wait_for_connections(4).await;
    let across = |topology: &Value| {
        let part_of = |link: &Value, end: usize| ids[..2].iter().any(|id| link["ends"][end]["node"] == json!(id));
        let links = topology["links"].as_array().unwrap();
        links.iter().filter(|link| part_of(link, 0) != part_of(link, 1)).count()
    };
    assert_eq!(across(&get(&relay, "/topology").await), 6, "two with two and the relay's node");
    let (status, answer) = call(&relay, "PUT", "/partition", json!({ "groups": [["node-1", "node-2"]] })).await;
    assert_eq!((status, &answer["cut"]), (200, &json!(6)), "{answer}");
    for (number, member) in members.iter_mut().enumerate() {
        let part = Some(NetworkPart { number: if number < 2 { 2 } else { 1 }, of: 2 });
        assert_eq!(separation(member).await, Separation { part, cut: Vec::new() });
    }
    let topology = get(&relay, "/topology").await;
    assert_eq!(across(&topology), 0);
    assert_eq!(topology["groups"].as_array().unwrap().len(), 1);
    // One that comes back is in its part, and in no other.
    members[0] = Client::join(&relay, 1).await;
    assert_eq!(separation(&mut members[0]).await.part, Some(NetworkPart { number: 2, of: 2 }));
    relay.wait_for_connections(4).await;
    assert_eq!(across(&get(&relay, "/topology").await), 0);

    let (status, answer) = call(&relay, "DELETE", "/partition", Value::Null).await;
    assert_eq!((status, &answer["groups"]), (200, &json!([])));
    for member in &mut members {
        assert_eq!(separation(member).await, Separation::default());
    }
    assert_eq!(across(&get(&relay, "/topology").await), 6);
}

#[tokio::test]
async fn who_is_cut_off_from_somebody_is_told_from_whom() {
    let relay = TestRelay::start().await;
    let [mut alice, mut bob] = [Client::join(&relay, 1).await, Client::join(&relay, 2).await];
    bob.link_with(alice.id).await;
    assert_eq!(call(&relay, "DELETE", "/links/node-1/node-2", Value::Null).await.0, 200);
    assert_eq!(separation(&mut alice).await.cut, [bob.id]);
    assert_eq!(separation(&mut bob).await.cut, [alice.id]);
    drop(bob);
    assert_eq!(separation(&mut alice).await, Separation::default(), "nobody is cut off from who is not there");
}

#[tokio::test]
async fn links_show_at_which_ends_a_fault_is_in_force() {
    let relay = TestRelay::start().await;
    let [mut alice, mut bob] = [Client::join(&relay, 1).await, Client::join(&relay, 2).await];
    let link = |node, faulty| LinkReport { node, transport: LinkTransport::Webrtc, round_trip: None, faulty };
    let says = |name, follows, link| NodeControl::Report(NodeReport { links: vec![link], ..report(name, follows) });
    alice.say(says("ada", true, link(bob.id, true))).await;
    bob.say(says("bob", false, link(alice.id, false))).await;
    shown(&relay, "ada", 1).await;
    shown(&relay, "bob", 1).await;
    let topology = get(&relay, "/topology").await;
    let ends =
        |link: &Value| [0, 1].map(|end| (link["ends"][end]["name"].clone(), link["ends"][end]["faulty"].clone()));
    let links: Vec<_> = topology["links"].as_array().unwrap().iter().map(ends).collect();
    let mut between: Vec<_> =
        links.into_iter().find(|ends| ends.iter().all(|(name, _)| name == "ada" || name == "bob")).unwrap().into();
    between.sort_by_key(|(name, _)| name.to_string());
    assert_eq!(between, [(json!("ada"), json!(true)), (json!("bob"), json!(false))]);
}

#[tokio::test]
async fn wrong_orders_about_faults_are_answered_in_words() {
    let relay = TestRelay::start().await;
    let _members = [Client::join(&relay, 1).await, Client::join(&relay, 2).await];
    relay.wait_for_connections(2).await;
    let fault = "/links/node-1/node-2/fault";
    let everyone = json!({ "groups": [["node-1", "node-2", relay.resident()]] });
    for (method, path, body, status, words) in [
        ("PUT", fault, json!({}), 400, "use DELETE"),
        ("PUT", fault, json!({ "delay": 5_001 }), 400, "delay"),
        ("PUT", fault, json!({ "delay": -1 }), 400, "delay"),
        ("PUT", fault, json!({ "loss": 1.5 }), 400, "loss"),
        ("PUT", fault, json!({ "bandwidth": 10 }), 400, "cut the link"),
        ("PUT", fault, json!({ "latency": 10 }), 400, "latency"),
        ("PUT", "/links/node-1/nobody/fault", json!({ "delay": 1 }), 404, "nobody"),
        ("PUT", "/links/node-1/node-1/fault", json!({ "delay": 1 }), 400, "itself"),
        ("DELETE", fault, Value::Null, 404, "has no fault"),
        ("PUT", "/partition", json!({ "groups": [] }), 400, "at least one node"),
        ("PUT", "/partition", json!({ "groups": [[]] }), 400, "at least one node"),
        ("PUT", "/partition", json!({ "groups": [["node-1", "node-1"]] }), 409, "node-1 is named twice"),
        ("PUT", "/partition", json!({ "groups": [["nobody"]] }), 404, "nobody"),
        ("PUT", "/partition", everyone, 409, "one part"),
        ("PUT", "/partition", json!({ "parts": [["node-1"]] }), 400, "parts"),
    ] {
        let (answered, problem) = call(&relay, method, path, body.clone()).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(answered, status, "{method} {path} {body}: {problem}");
        assert!(detail.contains(words), "{method} {path} {body}: {detail:?} should contain {words:?}");
    }
}
