//! The operator's calls about links, against nodes that are there: what each is told, and what everyone can read.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tabchain_shared::primitives::NodeId;
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::{
    LinkEnd, LinkId, LinkReport, LinkTransport, NodeControl, NodeReport, RelayControl,
};
use tokio::time::timeout;

use crate::client::{Client, DEADLINE, TestRelay, found, version};
use crate::orders::{call, get, report, shown};

/// A node that keeps account of its links.
struct Member {
    client: Client,
    links: BTreeMap<LinkId, NodeId>,
}

impl Member {
    /// Reads what the relay says until the links are as wanted.
    async fn wait_for_links(&mut self, wanted: impl Fn(&BTreeMap<LinkId, NodeId>) -> bool) {
        while !wanted(&self.links) {
            match self.client.control().await {
                RelayControl::LinkUp { link, node, .. } => assert_eq!(self.links.insert(link, node), None),
                RelayControl::LinkDown { link, .. } => assert!(self.links.remove(&link).is_some()),
                _ => {}
            }
        }
    }

    async fn wait_for_neighbours(&mut self, mut wanted: Vec<NodeId>) {
        wanted.sort();
        let what = format!("{} is linked with {wanted:?}", self.client.id);
        let waiting = self.wait_for_links(|links| {
            let mut nodes: Vec<NodeId> = links.values().copied().collect();
            nodes.sort();
            nodes == wanted
        });
        timeout(DEADLINE, waiting).await.unwrap_or_else(|_| panic!("waited in vain until {what}"));
    }
}

async fn class(relay: &TestRelay, size: u8) -> Vec<Member> {
    let mut members = Vec::new();
    for number in 1..=size {
        members.push(Member { client: Client::join(relay, number).await, links: BTreeMap::new() });
    }
    relay.wait_for_connections(size.into()).await;
    members
}

/// The neighbours of a node, as `/topology` has them.
fn neighbours(topology: &Value, node: NodeId) -> Vec<NodeId> {
    let ends = |link: &Value| [0, 1].map(|end| link["ends"][end]["node"].as_str().unwrap().parse::<NodeId>().unwrap());
    let links = topology["links"].as_array().unwrap().iter().map(ends);
    links.filter_map(|[a, b]| if a == node { Some(b) } else { (b == node).then_some(a) }).collect()
}

/// Everyone has been told exactly what `/topology` shows.
async fn check_all_know(relay: &TestRelay, members: &mut [Member]) -> Value {
    let topology = get(relay, "/topology").await;
    for member in members {
        member.wait_for_neighbours(neighbours(&topology, member.client.id)).await;
    }
    topology
}

#[tokio::test]
async fn the_operator_gives_the_network_another_shape_while_it_runs() {
    let relay = TestRelay::start().await;
    let mut members = class(&relay, 7).await;
    let topology = check_all_know(&relay, &mut members).await;
    assert_eq!((&topology["shape"], &topology["degree"]), (&json!("random"), &json!(8)));
    assert_eq!(topology["links"].as_array().unwrap().len(), 8 * 7 / 2);

    let (status, answer) = call(&relay, "PUT", "/topology", json!({ "shape": "ring" })).await;
    assert_eq!((status, answer), (200, json!({ "shape": "ring", "made": 0, "cut": 28 - 8 })));
    let ring = check_all_know(&relay, &mut members).await;
    assert_eq!((&ring["shape"], &ring["degree"]), (&json!("ring"), &Value::Null));
    for node in members.iter().map(|member| member.client.id).chain([relay.resident()]) {
        assert_eq!(neighbours(&ring, node).len(), 2, "{node}");
    }
    assert_eq!(get(&relay, "/status").await["switchboard"]["topology"], json!({ "shape": "ring" }));

    // Frames go around it, and who is not beside the relay's node stays connected all the same.
    for at in 0..members.len() {
        let (link, other) = members[at].links.iter().map(|(link, node)| (*link, *node)).next().unwrap();
        let Some(neighbour) = members.iter().position(|member| member.client.id == other) else { continue };
        members[at].client.carry(link, b"around").await;
        assert_eq!(members[neighbour].client.frame(link).await, b"around");
    }
    // Who leaves is closed over, who comes is taken in.
    drop(members.remove(3));
    relay.wait_for_connections(6).await;
    check_all_know(&relay, &mut members).await;
    members.push(Member { client: Client::join(&relay, 20).await, links: BTreeMap::new() });
    relay.wait_for_connections(7).await;
    let ring = check_all_know(&relay, &mut members).await;
    assert!(members.iter().all(|member| neighbours(&ring, member.client.id).len() == 2));

    for (order, links) in [
        (json!({ "shape": "star" }), 7),
        (json!({ "shape": "mesh" }), 28),
        (json!({ "shape": "star" }), 7),
        (json!({ "shape": "random", "degree": 2 }), 0),
    ] {
        let (status, answer) = call(&relay, "PUT", "/topology", order).await;
        assert_eq!(status, 200, "{answer}");
        let topology = check_all_know(&relay, &mut members).await;
        let now = topology["links"].as_array().unwrap().len();
        assert!(now == links || topology["degree"] == 2 && (7 + 7..=7 + 14).contains(&now), "{now} links: {answer}");
    }
}

/// A node that is linked with the relay's node by the host's order speaks at once; the resident knows of the link before it
/// hears what comes over it.
#[tokio::test]
async fn the_resident_knows_a_link_before_it_hears_over_it() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    client.link_with(relay.resident()).await;
    for _ in 0..30 {
        let path = format!("/links/node-1/{}", relay.resident());
        assert_eq!(call(&relay, "DELETE", &path, Value::Null).await.0, 200);
        assert_eq!(client.link_end().await.1, LinkEnd::Cut);
        let order = call(&relay, "POST", "/links", json!({ "nodes": ["node-1", relay.resident()] }));
        let speaking = async {
            let (link, speaks_first) = client.link_with(relay.resident()).await;
            assert!(speaks_first);
            client.tell(link, version(1)).await;
            client.heard(link).await
        };
        let ((status, _), answer) = tokio::join!(order, speaking);
        assert_eq!(status, 201);
        assert!(matches!(answer, Message::Version(_)), "{answer:?}");
    }
}

#[tokio::test]
async fn the_operator_cuts_and_makes_single_links() {
    let relay = TestRelay::start().await;
    let mut members = class(&relay, 4).await;
    let [a, b] = [0, 1].map(|member: usize| members[member].client.id);
    check_all_know(&relay, &mut members).await;
    let (link, _) = members[0].links.iter().find(|(_, node)| **node == b).map(|(link, node)| (*link, *node)).unwrap();

    let (status, answer) = call(&relay, "DELETE", "/links/node-1/node-2", Value::Null).await;
    assert_eq!((status, answer), (200, json!({ "nodes": [a, b], "made": 0, "cut": 1 })));
    for member in &mut members[..2] {
        assert_eq!(member.client.link_end().await, (link, LinkEnd::Cut));
        member.links.remove(&link);
    }
    let topology = check_all_know(&relay, &mut members).await;
    let mut pair = [a, b];
    pair.sort();
    assert_eq!(topology["cut"], json!([pair]));
    let (status, problem) = call(&relay, "DELETE", &format!("/links/{a}/{b}"), Value::Null).await;
    assert_eq!((status, problem["detail"].as_str().unwrap().contains("node-1 and node-2 are not linked")), (404, true));
    // Neither a newcomer nor a return makes it again; the host does.
    members.push(Member { client: Client::join(&relay, 5).await, links: BTreeMap::new() });
    members[0] = Member { client: Client::join(&relay, 1).await, links: BTreeMap::new() };
    relay.wait_for_connections(5).await;
    assert!(!neighbours(&check_all_know(&relay, &mut members).await, a).contains(&b));
    let (status, _) = call(&relay, "POST", "/links", json!({ "nodes": ["node-1", b.to_string()] })).await;
    assert_eq!(status, 201);
    let topology = check_all_know(&relay, &mut members).await;
    assert!(neighbours(&topology, a).contains(&b));
    assert_eq!(topology["cut"], json!([]));
    let made_by_host = topology["links"].as_array().unwrap().iter().filter(|link| link["made_by"] == "host").count();
    assert_eq!(made_by_host, 1);
    assert_eq!(call(&relay, "POST", "/links", json!({ "nodes": [b, a] })).await.0, 200, "they are linked");

    // The link with the relay's node is one like any other: its cut sends nobody away.
    let (status, answer) = call(&relay, "DELETE", &format!("/links/{}/{a}", relay.resident()), Value::Null).await;
    assert_eq!(status, 200, "{answer}");
    let topology = check_all_know(&relay, &mut members).await;
    assert!(!neighbours(&topology, a).contains(&relay.resident()));
    found("the relay's node knows", async || {
        let shown = shown(&relay, &relay_name(&relay), 1).await;
        let is_linked = shown["links"].as_array().unwrap().iter().any(|link| link["node"] == json!(a));
        (!is_linked).then_some(())
    })
    .await;
    assert_eq!(relay.relay.state().switchboard.status().connections, 5);
}

fn relay_name(relay: &TestRelay) -> String {
    format!("relay-{}", relay.relay.address().port())
}

#[tokio::test]
async fn links_are_shown_as_both_ends_report_them() {
    let relay = TestRelay::start().await;
    let mut members = class(&relay, 2).await;
    let [a, b] = [0, 1].map(|member: usize| members[member].client.id);
    let links = vec![
        LinkReport { node: b, transport: LinkTransport::Webrtc, round_trip: Some(3), faulty: false },
        LinkReport { node: relay.resident(), transport: LinkTransport::Carried, round_trip: None, faulty: false },
    ];
    members[0].client.say(NodeControl::Report(NodeReport { links, ..report("ada", true) })).await;
    let ada = shown(&relay, "ada", 1).await;
    let expected = json!([
        { "node": b, "transport": "webrtc", "round_trip": 3 },
        { "node": relay.resident(), "transport": "carried", "round_trip": null },
    ]);
    assert_eq!(ada["links"], expected);
    members[1].client.say(NodeControl::Report(report("bob", true))).await;
    shown(&relay, "bob", 1).await;
    let topology = get(&relay, "/topology").await;
    let between = |link: &&Value| [a, b].iter().all(|node| link.to_string().contains(&node.to_string()));
    let link = topology["links"].as_array().unwrap().iter().find(between).unwrap();
    let end = |node: NodeId| link["ends"].as_array().unwrap().iter().find(|end| end["node"] == json!(node)).unwrap();
    assert_eq!(*end(a), json!({ "node": a, "name": "ada", "transport": "webrtc", "round_trip": 3, "faulty": false }));
    assert_eq!(*end(b), json!({ "node": b, "name": "bob", "transport": null, "round_trip": null, "faulty": false }));
    assert_eq!(link["made_by"], "shape");
}

#[tokio::test]
async fn wrong_orders_about_links_are_answered_in_words() {
    let relay = TestRelay::start().await;
    let _members = class(&relay, 2).await;
    for (method, path, body, status, words) in [
        ("PUT", "/topology", json!({}), 400, "shape"),
        ("PUT", "/topology", json!({ "shape": "tree" }), 400, "random, mesh, star or ring"),
        ("PUT", "/topology", json!({ "shape": "ring", "degree": 2 }), 400, "leave it out for ring"),
        ("PUT", "/topology", json!({ "shape": "random", "degree": 0 }), 400, "from 1 to 40"),
        ("PUT", "/topology", json!({ "shape": "random", "degree": 41 }), 400, "mesh"),
        ("PUT", "/topology", json!({ "shape": "mesh", "size": 3 }), 400, "size"),
        ("POST", "/links", json!({ "nodes": ["node-1"] }), 400, "length 2"),
        ("POST", "/links", json!({ "nodes": ["node-1", "nobody"] }), 404, "GET /peers"),
        ("POST", "/links", json!({ "nodes": ["node-1", "node-1"] }), 400, "two different nodes"),
        ("DELETE", "/links/node-1/nobody", Value::Null, 404, "nobody"),
        ("DELETE", "/links/node-1/node-1", Value::Null, 400, "itself"),
    ] {
        let (answered, problem) = call(&relay, method, path, body).await;
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert_eq!(answered, status, "{method} {path}: {problem}");
        assert!(detail.contains(words), "{method} {path}: {detail:?} should contain {words:?}");
    }
}
