//! The host's orders to connected nodes, and what those nodes say of themselves.

use serde_json::{Value, json};
use tabchain_shared::node::Command;
use tabchain_shared::node::io::Answer;
use tabchain_shared::node::role::Role;
use tabchain_shared::primitives::{Address, Amount, BlockHash, SecretKey, Txid};
use tabchain_shared::wire::switchboard::{NodeControl, NodeReport, RelayControl};

use crate::client::{Client, TOKEN, TestRelay, found};

pub fn report(name: &str, follows_host: bool) -> NodeReport {
    NodeReport {
        name: name.into(),
        // Not its own: the relay must not believe it.
        address: Address([9; 20]),
        balance: Amount::COIN,
        height: 3,
        tip: BlockHash([3; 32]),
        hashrate: 1234.5,
        mining: true,
        waits: None,
        limit: None,
        mempool: 2,
        links: vec![],
        follows_host,
        tip_from: None,
        role: Role::Honest,
        score: None,
    }
}

pub async fn get(relay: &TestRelay, path: &str) -> Value {
    reqwest::get(relay.url(path)).await.unwrap().json().await.unwrap()
}

/// A call of the operator's; `Null` is no body.
pub async fn call(relay: &TestRelay, method: &str, path: &str, body: Value) -> (u16, Value) {
    let request = reqwest::Client::new().request(method.parse().unwrap(), relay.url(path)).bearer_auth(TOKEN);
    let request = if body.is_null() { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn post(relay: &TestRelay, path: &str, body: Value) -> (u16, Value) {
    call(relay, "POST", path, body).await
}

/// Waits until so many nodes of that name are shown: the relay has taken in what they said. Returns the first.
pub async fn shown(relay: &TestRelay, name: &str, count: usize) -> Value {
    found(&format!("{count} nodes called {name} are shown"), async || {
        let peers = get(relay, "/peers").await;
        let named: Vec<_> = peers.as_array().unwrap().iter().filter(|peer| peer["name"] == name).collect();
        (named.len() == count).then(|| named[0].clone())
    })
    .await
}

async fn order(client: &mut Client) -> (tabchain_shared::node::CommandId, Command) {
    loop {
        if let RelayControl::Order { id, command } = client.control().await {
            return (id, command);
        }
    }
}

#[tokio::test]
async fn a_report_is_shown_but_a_foreign_address_is_not_believed() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    let silent = shown(&relay, "node-1", 1).await;
    assert_eq!((&silent["height"], &silent["transport"]), (&Value::Null, &json!("relay")));
    client.say(NodeControl::Report(report("ada", true))).await;
    let peer = shown(&relay, "ada", 1).await;
    let own = SecretKey::from_seed([1; 32]).public_key().address();
    assert_eq!(peer["address"], own.to_string());
    assert_eq!(peer["id"], client.id.to_string());
    for (field, value) in [
        ("kind", json!("tab")),
        ("resident", json!(false)),
        ("height", json!(3)),
        ("hashrate", json!(1234.5)),
        ("mining", json!(true)),
        ("mempool", json!(2)),
        ("balance", json!("1")),
        ("follows_host", json!(true)),
    ] {
        assert_eq!(peer[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_payment_is_ordered_and_its_answer_passed_on() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    client.say(NodeControl::Report(report("ada", true))).await;
    shown(&relay, "ada", 1).await;
    let receiver = Address([5; 20]);
    let txid = Txid([6; 32]);
    let node = async {
        let (id, command) = order(&mut client).await;
        let Command::Pay { recipient, amount, .. } = command else { panic!("{command:?}") };
        assert_eq!((recipient, amount.to_string()), (receiver, "2.5".into()));
        client.say(NodeControl::Answer { id, answer: Answer::Accepted { txid } }).await;
        let (id, _) = order(&mut client).await;
        client.say(NodeControl::Answer { id, answer: Answer::Refused { reason: "not enough money".into() } }).await;
        // The third order is never answered: the node leaves instead.
        order(&mut client).await;
        drop(client);
    };
    let host = async {
        let body = json!({ "sender": "ada", "receiver": receiver.to_string(), "amount": "2.5" });
        assert_eq!(post(&relay, "/new-transaction", body.clone()).await, (202, json!({ "txid": txid.to_string() })));
        let (status, problem) = post(&relay, "/new-transaction", body.clone()).await;
        assert_eq!((status, &problem["detail"]), (422, &json!("ada refuses: not enough money")));
        let (status, problem) = post(&relay, "/new-transaction", body).await;
        assert_eq!((status, &problem["detail"]), (504, &json!("ada has left")));
    };
    tokio::join!(node, host);
}

#[tokio::test]
async fn all_means_all_that_follow() {
    let relay = TestRelay::start().await;
    let mut follower = Client::join(&relay, 1).await;
    follower.say(NodeControl::Report(report("follower", true))).await;
    let mut loner = Client::join(&relay, 2).await;
    loner.say(NodeControl::Report(report("loner", false))).await;
    shown(&relay, "follower", 1).await;
    shown(&relay, "loner", 1).await;
    let node = async {
        let (id, command) = order(&mut follower).await;
        assert_eq!(command, Command::StopMining);
        // An answer to an order that was not given to this node counts for nothing.
        loner.say(NodeControl::Answer { id, answer: Answer::Refused { reason: "from a stranger".into() } }).await;
        follower.say(NodeControl::Answer { id, answer: Answer::Done }).await;
    };
    let host = post(&relay, "/mine", json!({ "action": "stop" }));
    let ((), (status, answer)) = tokio::join!(node, host);
    assert_eq!(status, 202);
    let answers = answer["answers"].as_array().unwrap();
    let names: Vec<_> = answers.iter().map(|answer| answer["name"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 2);
    assert!(names.contains(&"follower") && !names.contains(&"loner"), "{answer}");
    assert!(answers.iter().all(|answer| answer["answer"]["kind"] == "done"), "{answer}");
}

/// A role is an order like others, and everybody sees what came of it.
#[tokio::test]
async fn a_role_is_given_and_shown() {
    let relay = TestRelay::start().await;
    let mut client = Client::join(&relay, 1).await;
    client.say(NodeControl::Report(report("ada", true))).await;
    assert_eq!(shown(&relay, "ada", 1).await["role"], json!({ "plays": "honest" }));
    let selfish = json!({ "plays": "selfish" });
    let node = async {
        let (id, command) = order(&mut client).await;
        assert_eq!(command, Command::Play { role: Role::Selfish });
        client.say(NodeControl::Answer { id, answer: Answer::Done }).await;
        client.say(NodeControl::Report(NodeReport { role: Role::Selfish, ..report("eve", true) })).await;
        let (id, _) = order(&mut client).await;
        client.say(NodeControl::Answer { id, answer: Answer::Refused { reason: "not today".into() } }).await;
    };
    let host = async {
        let (status, answer) = call(&relay, "PUT", "/peers/ada/role", selfish.clone()).await;
        assert_eq!((status, &answer["role"], &answer["name"]), (200, &selfish, &json!("ada")));
        assert_eq!(shown(&relay, "eve", 1).await["role"], selfish);
        let (status, problem) = call(&relay, "PUT", "/peers/eve/role", selfish.clone()).await;
        assert_eq!((status, &problem["detail"]), (422, &json!("eve refuses: not today")));
        // The relay's own node stays honest, and a part that nobody knows is none.
        let own = format!("/peers/{}/role", get(&relay, "/peers").await[0]["id"].as_str().unwrap());
        let (status, problem) = call(&relay, "PUT", &own, selfish.clone()).await;
        assert_eq!(status, 422, "{problem}");
        assert_eq!(call(&relay, "PUT", &own, json!({ "plays": "honest" })).await.0, 200);
        let impatient = json!({ "plays": "merchant", "confirmations": 21 });
        assert_eq!(call(&relay, "PUT", "/peers/eve/role", impatient).await.0, 400);
        assert_eq!(call(&relay, "PUT", "/peers/eve/role", json!({ "plays": "chess" })).await.0, 400);
        assert_eq!(call(&relay, "PUT", "/peers/nobody/role", selfish.clone()).await.0, 404);
    };
    tokio::join!(node, host);
}

#[tokio::test]
async fn a_name_that_two_nodes_bear_is_not_guessed() {
    let relay = TestRelay::start().await;
    let mut first = Client::join(&relay, 1).await;
    let mut second = Client::join(&relay, 2).await;
    first.say(NodeControl::Report(report("twin", true))).await;
    second.say(NodeControl::Report(report("twin", true))).await;
    shown(&relay, "twin", 2).await;
    let (status, problem) = post(&relay, "/mine", json!({ "nodes": ["twin"], "action": "stop" })).await;
    assert_eq!(status, 409, "{problem}");
    // By its id each is meant alone.
    let node = async {
        let (id, _) = order(&mut second).await;
        second.say(NodeControl::Answer { id, answer: Answer::Done }).await;
    };
    let id = id_of(2);
    let host = post(&relay, "/mine", json!({ "nodes": [id], "action": "stop" }));
    let ((), (status, answer)) = tokio::join!(node, host);
    assert_eq!((status, &answer["answers"][0]["node"]), (202, &json!(id)));
}

fn id_of(number: u8) -> String {
    SecretKey::from_seed([number; 32]).public_key().node_id().to_string()
}
