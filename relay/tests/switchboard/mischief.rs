//! What students try first, and a rival fell for: to post a block that nobody mined, to spend the teacher's coins, to pause the
//! class. Each over the ways that a student has: a node's own link, and REST without the host's token.

use serde_json::{Value, json};
use tabchain::identity::load_or_create_key;
use tabchain::socket::Closing;
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::mempool::Mempool;
use tabchain_shared::mining::block_template::block_template;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Address, Amount, Block, Encode, Memo, SecretKey, Transfer};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::ToRelay;

use crate::client::{Client, TestRelay, found};
use crate::handshake::closed;
use crate::orders::{call, get};

const STUDENT: u8 = 7;

/// The next block as a student would like it, with a hash that does not meet the target.
fn unmined() -> Block {
    let chain = Chain::new(Params::regtest());
    let own = SecretKey::from_seed([STUDENT; 32]).public_key().address();
    let time = chain.tip_entry().header.time + 1;
    let mut block = block_template(&chain, &Mempool::default(), own, Memo::default(), time);
    let (algorithm, target) = (Params::regtest().algorithm, Params::regtest().limit_target());
    while algorithm.is_met(&block.header, target) {
        block.header.nonce += 1;
    }
    block
}

async fn height(relay: &TestRelay) -> Value {
    get(relay, "/chain?limit=1").await["tip"]["height"].clone()
}

/// The answer to a call without a token, or with one that is made up.
async fn as_student(relay: &TestRelay, path: &str, body: &Value, token: Option<&str>) -> u16 {
    let request = reqwest::Client::new().post(relay.url(path)).json(body);
    let request = match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_block_that_nobody_mined_costs_its_sender_the_link() {
    let relay = TestRelay::start().await;
    let block = unmined();
    for (number, message) in
        [(STUDENT, Message::Headers(vec![block.header])), (STUDENT + 1, Message::Block(Box::new(block)))]
    {
        let mut student = Client::join(&relay, number).await;
        let (link, _) = student.link_with(relay.resident()).await;
        student.meet_resident(link, number).await;
        // A block that nobody asked for is forgiven a few times before it is even looked at.
        for _ in 0..5 {
            student.try_send(ToRelay::Carried { link, frame: message.to_frame() }.to_bytes().into()).await;
        }
        assert_eq!(student.closed().await, closed(Closing::UNLINKED), "{number}");
        assert_eq!(height(&relay).await, 0);
    }
}

#[tokio::test]
async fn the_teachers_coins_need_the_teachers_key() {
    let relay = TestRelay::start().await;
    let (status, answer) = call(&relay, "POST", "/mine", json!({ "blocks": 1 })).await;
    assert_eq!(status, 202, "{answer}");
    let teacher = found("the relay's node has coins", async || {
        let teacher = get(&relay, "/peers").await[0].clone();
        (teacher["balance"] != "0").then_some(teacher)
    })
    .await;
    let student = SecretKey::from_seed([STUDENT; 32]);
    let network = Params::regtest().network_id();
    let payment = |amount: Amount| Payment {
        recipient: student.public_key().address(),
        amount,
        fee: Amount::from_units(1_000_000).unwrap(),
        nonce: 0,
        memo: Memo::default(),
    };
    // A payment of the teacher's that the student has signed; and one of the student's own with the teacher's name in it.
    let key = load_or_create_key(relay.relay.data_dir()).unwrap().public_key();
    let mut forged = Transfer::sign(network, &student, payment(Amount::COIN));
    forged.sender = key;
    let own = Transfer::sign(network, &student, payment(Amount::COIN));
    for (transfer, rule) in [(forged, "bad-signature"), (own, "insufficient-balance")] {
        let body = json!({ "raw": hex::encode(transfer.to_bytes()) });
        let response = reqwest::Client::new().post(relay.url("/transactions")).json(&body).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 400, "{rule}");
        let problem: Value = response.json().await.unwrap();
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains(rule)), "{rule}: {problem}");
    }
    let to: Address = student.public_key().address();
    let order = json!({ "sender": teacher["id"], "receiver": to, "amount": 1 });
    for token in [None, Some("guessed"), Some("")] {
        assert_eq!(as_student(&relay, "/new-transaction", &order, token).await, 401, "{token:?}");
    }
    assert_eq!(get(&relay, "/peers").await[0]["balance"], teacher["balance"], "nothing was spent");
    assert_eq!(get(&relay, "/status").await["node"]["mempool_size"], 0, "and nothing waits");
}

#[tokio::test]
async fn only_the_host_pauses_the_class() {
    let relay = TestRelay::start().await;
    let (status, answer) = call(&relay, "POST", "/mine", json!({ "hashrate_limit": 5 })).await;
    assert_eq!(status, 202, "{answer}");
    for token in [None, Some("guessed")] {
        for (path, body) in [
            ("/mine", json!({ "action": "stop" })),
            ("/links", json!({ "nodes": ["a", "b"] })),
            ("/register-with", json!({ "address": "http://127.0.0.1:1" })),
        ] {
            assert_eq!(as_student(&relay, path, &body, token).await, 401, "{path} with {token:?}");
        }
    }
    assert_eq!(get(&relay, "/peers").await[0]["mining"], true, "the class goes on");
}
