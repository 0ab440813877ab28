//! The REST interface through the real router, with a real resident node on a temporary directory: each route's good
//! answer, each wrong argument, and who may steer.

use reqwest::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_shared::consensus::Params;
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::block::merkle_root_from_branch;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, Block, Decode, Encode, Header, Memo, MerkleRoot, SecretKey, Transfer, Txid};
use tabchain_tests::host::{Host, JSON, TOKEN, directory};
use tabchain_tests::{PATIENCE, eventually};

/// One relay with a small history, and everything that can be read from it.
#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    host.mine_a_block().await;
    let alice = SecretKey::from_seed([1; 32]);
    let alice_address = alice.public_key().address().to_string();
    let txid = host.pay(&alice_address, "7.5").await;

    let chain = host.get_json("/chain").await;
    assert_eq!((&chain["network"], &chain["length"]), (&json!("regtest"), &json!(3)));
    let blocks = chain["chain"].as_array().unwrap();
    assert_eq!(blocks.len(), 3);
    assert_eq!(blocks[2]["hash"], chain["tip"]["hash"]);
    assert_eq!(blocks[2]["transactions"][1]["txid"], txid.as_str());
    assert_eq!((&blocks[0]["confirmations"], &blocks[2]["confirmations"]), (&json!(3), &json!(1)));
    assert!(chain["tip"]["chainwork"].is_string() && chain["peers"].is_array() && chain["next"].is_null());
    let part = host.get_json("/chain?from=1&limit=1").await;
    assert_eq!((&part["chain"][0], &part["next"]), (&blocks[1], &json!(2)));
    let beyond = host.get_json("/chain?from=4000000000").await;
    assert_eq!((&beyond["chain"], &beyond["next"]), (&json!([]), &Value::Null));

    let tip = chain["tip"]["hash"].as_str().unwrap();
    assert_eq!(host.get_json("/blocks/2").await, blocks[2]);
    assert_eq!(host.get_json(&format!("/blocks/{tip}")).await, blocks[2]);
    let raw = host.get(&format!("/blocks/{tip}/raw")).await;
    assert_eq!(raw.header(CONTENT_TYPE), "application/octet-stream");
    let block = Block::from_bytes(&raw.body).expect("a block's bytes");
    assert_eq!(block.hash().to_string(), tip);
    let headers = host.get("/headers?from=1").await;
    assert_eq!(headers.body.len(), 2 * Header::SIZE);
    assert_eq!(headers.body[Header::SIZE..], block.header.to_array());

    let transaction = host.get_json(&format!("/transactions/{txid}")).await;
    assert_eq!((&transaction["amount"], &transaction["block"]), (&json!("7.5"), &json!(tip)));
    assert_eq!((&transaction["position"], &transaction["confirmations"]), (&json!(1), &json!(1)));
    let proof = host.get_json(&format!("/transactions/{txid}/proof")).await;
    let branch: Vec<[u8; 32]> = proof["branch"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hash| hash.as_str().unwrap().parse::<MerkleRoot>().expect("a hash").0)
        .collect();
    let root = merkle_root_from_branch(txid.parse::<Txid>().unwrap(), 1, &branch);
    assert_eq!(root, block.header.merkle_root);
    assert_eq!(proof["merkle_root"], root.to_string());

    let account = host.get_json(&format!("/accounts/{alice_address}")).await;
    assert_eq!((&account["balance"], &account["next_nonce"]), (&json!("7.5"), &json!(0)));
    assert_eq!(account["history"][0]["txid"], txid.as_str());
    let resident = host.get_json("/peers").await[0]["address"].as_str().unwrap().to_owned();
    let page = host.get_json(&format!("/accounts/{resident}?from=1&limit=1")).await;
    assert_eq!((page["history"].as_array().unwrap().len(), &page["next"]), (1, &json!(2)));

    assert_eq!(host.get_json("/network").await["network_id"], Params::regtest().network_id().to_string());
    let status = host.get_json("/status").await;
    assert_eq!((&status["node"]["tip"]["hash"], &status["switchboard"]["connections"]), (&json!(tip), &json!(0)));
    assert_eq!(host.get_json("/health").await["status"], "ok");
    let topology = json!({ "shape": "random", "degree": 8, "links": [], "cut": [], "groups": [], "faults": [] });
    assert_eq!(host.get_json("/topology").await, topology);
    let peers = host.get_json("/peers").await;
    assert_eq!(peers.as_array().unwrap().len(), 1);
    for (field, value) in [
        ("name", json!("host")),
        ("kind", json!("relay")),
        ("resident", json!(true)),
        ("transport", json!("in-process")),
        ("height", json!(2)),
        ("follows_host", json!(true)),
    ] {
        assert_eq!(peers[0][field], value, "{field}");
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_signed_elsewhere_is_judged_and_taken() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    host.mine_a_block().await;
    let alice = SecretKey::from_seed([1; 32]);
    host.pay(&alice.public_key().address().to_string(), "10").await;
    let sign = |coins: u64, nonce: u64| {
        let payment = Payment {
            recipient: SecretKey::from_seed([2; 32]).public_key().address(),
            amount: Amount::from_units(coins * Amount::COIN.units()).unwrap(),
            fee: Amount::from_units(100_000).unwrap(),
            nonce,
            memo: Memo::new("signed elsewhere").unwrap(),
        };
        Transfer::sign(Params::regtest().network_id(), &alice, payment)
    };
    let post = async |content_type: Option<&str>, body: &str| {
        let headers: Vec<_> = content_type.map(|value| (CONTENT_TYPE.as_str(), value)).into_iter().collect();
        host.send(Method::POST, "/transactions", &headers, body).await
    };
    let hex = |transfer: &Transfer| hex::encode(transfer.to_bytes());

    let mut forged = sign(1, 0);
    forged.amount = Amount::COIN.checked_add(Amount::COIN).unwrap();
    for (transfer, rule) in [(&sign(11, 0), "insufficient-balance"), (&forged, "bad-signature")] {
        post(Some("text/plain"), &hex(transfer)).await.assert_problem(400, rule, rule);
    }
    for (content_type, body, status, words) in [
        (Some(JSON), "{\"raw\":", 400, "JSON"),
        (Some(JSON), "{\"rew\": \"00\"}", 400, "rew"),
        (Some("image/png"), "00", 415, "application/json"),
        (None, "not hexadecimal", 400, "hexadecimal"),
        (None, "00ff", 400, "no transaction"),
        (None, "", 400, "no transaction"),
        (None, "0".repeat(70_000).as_str(), 413, ""),
    ] {
        post(content_type, body).await.assert_problem(status, words, words);
    }

    let first = sign(1, 0);
    let answer = post(Some(JSON), &json!({ "raw": hex(&first) }).to_string()).await;
    assert_eq!((answer.status, &answer.json()["txid"]), (StatusCode::CREATED, &json!(first.txid().to_string())));
    assert_eq!(post(Some("text/plain"), &hex(&sign(2, 1))).await.status, StatusCode::CREATED);

    for path in ["/mempool", "/unconfirmed-transactions"] {
        let mempool = host.get_json(path).await;
        assert_eq!((&mempool["size"], mempool["transactions"].as_array().unwrap().len()), (&json!(2), 2));
    }
    let part = host.get_json("/mempool?limit=1").await;
    assert_eq!((part["transactions"].as_array().unwrap().len(), &part["next"]), (1, &json!(1)));
    let waiting = host.get_json(&format!("/transactions/{}", first.txid())).await;
    assert!(waiting["height"].is_null() && waiting["block"].is_null());
    let proof = host.get(&format!("/transactions/{}/proof", first.txid())).await;
    proof.assert_problem(404, "not in a block yet", "proof of a waiting transaction");

    host.mine_a_block().await;
    assert_eq!(host.get_json("/mempool").await["size"], 0);
    assert_eq!(host.get_json(&format!("/transactions/{}", first.txid())).await["height"], 3);
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_questions_are_answered_in_words() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let unknown = "ab".repeat(32);
    for (path, status, words) in [
        ("/chain?from=-1".into(), 400, "from"),
        ("/chain?from=x".into(), 400, "from"),
        ("/chain?limit=0".into(), 400, "at least 1"),
        ("/chain?form=1".into(), 400, "form"),
        ("/headers?limit=many".into(), 400, "limit"),
        ("/mempool?from=99999999999".into(), 400, "from"),
        ("/blocks/1".into(), 404, "no block 1"),
        ("/blocks/99999999999".into(), 404, "no block"),
        ("/blocks/tip".into(), 400, "height"),
        ("/blocks/-1".into(), 400, "height"),
        (format!("/blocks/{unknown}"), 404, "no block"),
        (format!("/blocks/{unknown}/raw"), 404, "no block"),
        (format!("/transactions/{unknown}"), 404, "neither"),
        (format!("/transactions/{unknown}/proof"), 404, "neither"),
        ("/transactions/xyz".into(), 400, "not a txid"),
        ("/transactions/%ff".into(), 400, ""),
        ("/accounts/tab1xyz".into(), 400, "address"),
        ("/no/such/thing".into(), 404, "nothing at"),
        ("/chain/extra".into(), 404, "nothing at"),
        ("/ws".into(), 400, "WebSocket"),
        ("/headers/tip".into(), 400, "height"),
        (format!("/headers/{unknown}"), 404, "no block"),
        (format!("/transactions/{unknown}/raw"), 404, "neither"),
        ("/peers?limit=0".into(), 400, "at least 1"),
        ("/openapi.yaml".into(), 404, "nothing at"),
        ("/docs/../secret".into(), 404, "nothing at"),
        ("/docs/swagger-ui.css.map".into(), 404, "nothing at"),
    ] {
        host.send(Method::GET, &path, &[(ACCEPT.as_str(), JSON)], "").await.assert_problem(status, words, &path);
    }
    for (method, path, allow) in
        [(Method::POST, "/chain", "GET,HEAD"), (Method::GET, "/mine", "POST"), (Method::DELETE, "/peers", "GET,HEAD")]
    {
        let answer = host.send(method, path, &[], "").await;
        answer.assert_problem(405, "method", path);
        assert_eq!(answer.header(ALLOW), allow);
    }
    host.relay.stop().await;
}

/// CASES 101, but for the logs, which are read in `relay/tests/command_line.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn only_the_operator_steers() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    for (method, path) in [
        (Method::POST, "/new-transaction"),
        (Method::POST, "/mine"),
        (Method::POST, "/register-with"),
        (Method::PUT, "/topology"),
        (Method::POST, "/links"),
        (Method::DELETE, "/links/a/b"),
        (Method::PUT, "/links/a/b/fault"),
        (Method::DELETE, "/links/a/b/fault"),
        (Method::PUT, "/partition"),
        (Method::DELETE, "/partition"),
    ] {
        for (authorization, path) in [
            (None, path.to_owned()),
            (Some("Bearer wrong-token".to_owned()), path.to_owned()),
            (Some("Bearer".to_owned()), path.to_owned()),
            (Some(format!("Basic {TOKEN}")), path.to_owned()),
            (Some(format!("Bearer {TOKEN}x")), path.to_owned()),
            (None, format!("{path}?token={TOKEN}")),
            // Whoever puts it there has told others, even if it is in the right place, too.
            (Some(format!("Bearer {TOKEN}")), format!("{path}?token={TOKEN}")),
            (Some(format!("Bearer {TOKEN}")), format!("{path}?a=b&Access_Token=x")),
        ] {
            let mut headers = vec![(CONTENT_TYPE.as_str(), JSON)];
            headers.extend(authorization.as_deref().map(|value| (AUTHORIZATION.as_str(), value)));
            // Not even whether the body is right is told.
            let answer = host.send(method.clone(), &path, &headers, "nonsense").await;
            answer.assert_problem(401, "operator token", &path);
            assert!(answer.header("www-authenticate").starts_with("Bearer"));
        }
    }
    // Not even where none is needed.
    for (method, path) in [(Method::POST, "/transactions"), (Method::GET, "/health"), (Method::GET, "/chain")] {
        let answer = host.send(method, &format!("{path}?token={TOKEN}"), &[], "00").await;
        answer.assert_problem(401, "no place", path);
    }
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_orders_are_answered_in_words() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let address = SecretKey::from_seed([1; 32]).public_key().address().to_string();
    for (path, body, status, words) in [
        ("/mine", json!({ "nodes": [] }), 400, "at least one node"),
        ("/mine", json!({ "nodes": "some" }), 400, "nodes"),
        ("/mine", json!({ "nodes": ["nobody"] }), 404, "nobody"),
        ("/mine", json!({ "blocks": 0 }), 400, "blocks"),
        ("/mine", json!({ "blocks": -1 }), 400, "blocks"),
        ("/mine", json!({ "hashrate_limit": 0 }), 400, "hashrate_limit"),
        ("/mine", json!({ "hashrate_limit": "fast" }), 400, "hashrate_limit"),
        ("/mine", json!({ "machine_share": 0 }), 400, "machine_share"),
        ("/mine", json!({ "machine_share": 1.01 }), 400, "machine_share"),
        ("/mine", json!({ "machine_share": 0.5, "hashrate_limit": 20 }), 400, "hashrate_limit or machine_share"),
        ("/mine", json!({ "action": "stop", "machine_share": 0.5 }), 400, "start"),
        ("/mine", json!({ "action": "pause" }), 400, "pause"),
        ("/mine", json!({ "action": "stop", "blocks": 1 }), 400, "start"),
        ("/mine", json!({ "node": "host" }), 400, "node"),
        ("/mine", json!([1]), 400, ""),
        ("/new-transaction", json!({}), 400, "sender"),
        ("/new-transaction", json!({ "sender": "host", "receiver": "tab1oops", "amount": 1 }), 404, "tab1oops"),
        ("/new-transaction", json!({ "sender": "nobody", "receiver": address, "amount": 1 }), 404, "nobody"),
        ("/new-transaction", json!({ "sender": address, "receiver": address, "amount": 1 }), 404, "no connected node"),
        ("/new-transaction", json!({ "sender": "host", "receiver": address, "amount": -1 }), 400, "negative"),
        ("/new-transaction", json!({ "sender": "host", "receiver": address, "amount": "much" }), 400, "coins"),
        ("/new-transaction", json!({ "sender": "host", "receiver": address, "amount": 1 }), 422, "host refuses"),
        (
            "/new-transaction",
            json!({ "sender": "host", "receiver": address, "amount": 1, "memo": "m".repeat(81) }),
            400,
            "80 bytes",
        ),
        ("/register-with", json!({}), 400, "address"),
        ("/register-with", json!({ "address": "ftp://somewhere" }), 400, "http://"),
        ("/register-with", json!({ "address": "https://somewhere/control" }), 400, "without a path"),
    ] {
        host.post(path, &body).await.assert_problem(status, words, &format!("{path} {body}"));
    }
    let bearer = format!("Bearer {TOKEN}");
    let mut headers = vec![(AUTHORIZATION.as_str(), bearer.as_str())];
    host.send(Method::POST, "/mine", &headers, "{}").await.assert_problem(
        415,
        "Content-Type: application/json",
        "no content type",
    );
    headers.push((CONTENT_TYPE.as_str(), JSON));
    host.send(Method::POST, "/mine", &headers, "{\"nodes\":").await.assert_problem(400, "no JSON", "broken JSON");
    host.send(Method::POST, "/mine", &headers, " ".repeat(70_000)).await.assert_problem(413, "", "a huge body");
    host.relay.stop().await;
}

/// CASES 12 and 13: in JSON, bytes that are no text and nesting without end are mistakes like any other.
#[tokio::test(flavor = "multi_thread")]
async fn json_that_is_meant_to_hurt_is_a_bad_request() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let bearer = format!("Bearer {TOKEN}");
    let headers = [(AUTHORIZATION.as_str(), bearer.as_str()), (CONTENT_TYPE.as_str(), JSON)];
    let not_utf8 = b"{\"nodes\":[\"\xff\xfe\"]}".to_vec();
    let deep = |prefix: &str| [prefix, &"[".repeat(10_000), &"]".repeat(10_000)].concat().into_bytes();
    for path in ["/mine", "/new-transaction", "/register-with"] {
        for (body, what) in [
            (not_utf8.clone(), "not UTF-8"),
            (deep(""), "deep"),
            ([deep("{\"nodes\":"), b"}".to_vec()].concat(), "deep in a field"),
            ([deep("{\"address\":"), b"}".to_vec()].concat(), "deep in another"),
            (deep("{\"x\":"), "deep in a field that there is not, and never closed"),
            (b"{\"a\":".repeat(8_000), "deep objects"),
        ] {
            host.send(Method::POST, path, &headers, body).await.assert_problem(400, "", &format!("{path}: {what}"));
        }
    }
    // The same call in order is taken, so the relay is well.
    host.mine_a_block().await;
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_are_joined_or_refused_in_words() {
    let (one, two, three) = (directory(), directory(), directory());
    let host = Host::start(&one).await;
    let other = Host::start_as("other", "regtest", &two).await;
    let foreign = Host::start_as("foreign", "classroom", &three).await;
    // Listens, and hangs up on whoever comes.
    let deaf = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let deaf_address = deaf.local_addr().unwrap().to_string();
    tokio::spawn(async move { while deaf.accept().await.is_ok() {} });

    let register = async |address: &str| host.post("/register-with", &json!({ "node_address": address })).await;
    register(&host.url("")).await.assert_problem(409, "cannot join itself", "itself");
    register(&foreign.url("")).await.assert_problem(409, "serves the network classroom", "another network");
    register(&deaf_address).await.assert_problem(502, "not as a Tabchain relay", "no relay");

    let answer = register(&other.url("/")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["relay"], other.relay.state().resident.id().to_string());
    assert_eq!(register(&other.url("")).await.status, StatusCode::OK, "again is no harm");
    eventually("both know each other", async || {
        let (here, there) = (host.get_json("/peers").await, other.get_json("/peers").await);
        let transports = [&here[1]["transport"], &there[1]["transport"]];
        if transports == ["joined", "relay"] { Ok(()) } else { Err(format!("{transports:?}")) }
    })
    .await;
    assert_eq!(host.get_json("/status").await["joined"].as_array().unwrap().len(), 1, "only what succeeded is kept");

    // After a restart it is joined again, and what it mines arrives there.
    host.relay.stop().await;
    let host = Host::start(&one).await;
    host.mine_a_block().await;
    eventually("the block arrives", async || {
        let height = other.height().await;
        if height == 1 { Ok(()) } else { Err(format!("height {height}")) }
    })
    .await;
    // A node on another relay takes orders only there.
    let id = other.relay.state().resident.id().to_string();
    eventually("the other node is linked", async || {
        let peers = host.get_json("/peers").await;
        if peers.as_array().unwrap().len() == 2 { Ok(()) } else { Err(peers.to_string()) }
    })
    .await;
    host.post("/mine", &json!({ "nodes": [id] })).await.assert_problem(409, "another relay", "not ours");
    // Stopping must not wait for anything that cannot end.
    for relay in [host.relay, other.relay, foreign.relay] {
        tokio::time::timeout(PATIENCE, relay.stop()).await.expect("it stops in time");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_restart() {
    let (data_dir, guests_dir) = (directory(), directory());
    let host = Host::start(&data_dir).await;
    let address = host.url("").parse().unwrap();
    let guest = Host::start_with("guest", "regtest", &guests_dir, |settings| settings.join = vec![address]).await;
    eventually("the guest is here", async || match host.get_json("/peers").await.as_array().unwrap().len() {
        2 => Ok(()),
        nodes => Err(format!("{nodes} nodes")),
    })
    .await;
    let order = async |method: Method, path: &str, body: &Value| {
        let answer = host.order(method, path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    };
    order(Method::PUT, "/topology", &json!({ "shape": "ring" })).await;
    order(Method::PUT, "/links/host/guest/fault", &json!({ "delay": 40 })).await;
    order(Method::DELETE, "/links/host/guest", &json!(null)).await;
    order(Method::PUT, "/partition", &json!({ "groups": [["guest"]] })).await;
    let ordered = async |host: &Host| {
        let topology = host.get_json("/topology").await;
        ["shape", "cut", "groups", "faults"].map(|what| topology[what].clone())
    };
    let before = ordered(&host).await;
    assert!(before[1..].iter().all(|orders| orders.as_array().is_some_and(|orders| orders.len() == 1)), "{before:?}");
    host.mine_a_block().await;
    let receiver = SecretKey::from_seed([3; 32]).public_key().address();
    let body = json!({ "sender": "host", "receiver": receiver.to_string(), "amount": "1", "memo": "kept" });
    let txid = host.post("/new-transaction", &body).await.json()["txid"].clone();
    let (id, chain) = (host.relay.state().resident.id(), host.get_json("/chain").await);
    host.relay.stop().await;

    let host = Host::start(&data_dir).await;
    assert_eq!(host.relay.state().resident.id(), id);
    assert_eq!(host.get_json("/chain").await["tip"], chain["tip"]);
    assert_eq!(host.get_json("/mempool").await["transactions"][0]["txid"], txid);
    assert_eq!(ordered(&host).await, before, "what the host ordered holds");
    host.relay.stop().await;
    guest.relay.stop().await;
}

/// It is the same whose host has ordered it: a relay's own, or that of one which it has joined.
#[tokio::test(flavor = "multi_thread")]
async fn a_relay_goes_on_mining_after_a_restart_until_it_is_told_to_stop() {
    let (data_dir, guests_dir) = (directory(), directory());
    let start = async || {
        let host = Host::start(&data_dir).await;
        let address = host.url("").parse().unwrap();
        let guest = Host::start_with("guest", "regtest", &guests_dir, |settings| settings.join = vec![address]).await;
        eventually("the guest takes orders", async || {
            let peers = host.get_json("/peers").await;
            let is_guest = |peer: &Value| peer["name"] == "guest" && peer["follows_host"] == true;
            if peers.as_array().is_some_and(|peers| peers.iter().any(is_guest)) {
                Ok(())
            } else {
                Err(peers.to_string())
            }
        })
        .await;
        [host, guest]
    };
    for (order, wanted) in [
        (json!({ "nodes": ["host", "guest"], "hashrate_limit": 1 }), true),
        (json!({ "nodes": ["host", "guest"], "action": "stop" }), false),
    ] {
        let [host, guest] = start().await;
        let answers = host.post("/mine", &order).await.json();
        let done = answers["answers"].as_array().unwrap().iter().all(|answer| answer["answer"]["kind"] == "done");
        assert!(done, "{answers}");
        for relay in [host.relay, guest.relay] {
            relay.stop().await;
        }
        for relay in start().await {
            let mining = relay.get_json("/status").await["node"]["mining"].clone();
            assert_eq!(mining["wanted"], wanted, "{mining}");
            assert_eq!(mining["limit"] == json!({ "hashes-per-second": 1.0 }), wanted, "with the limit: {mining}");
            relay.relay.stop().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_relays_machine_is_measured_for_whoever_asks_but_once_at_a_time() {
    const PATH: &str = "/benchmarks/pow";
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let idle = host.get_json(PATH).await;
    assert_eq!((&idle["state"], &idle["figures"]), (&json!("idle"), &json!([])));

    let first = host.send(Method::POST, PATH, &[], "").await;
    assert_eq!((first.status, &first.json()["state"]), (StatusCode::ACCEPTED, &json!("running")));
    let second = host.send(Method::POST, PATH, &[], "").await;
    assert_eq!(second.status, StatusCode::ACCEPTED, "it joins the run");
    let done = eventually("the run is over", async || {
        let report = host.get_json(PATH).await;
        if report["state"] == "done" { Ok(report) } else { Err(report.to_string()) }
    })
    .await;
    let figures = done["figures"].as_array().expect("figures");
    let measured: Vec<&str> = figures.iter().filter_map(|figure| figure["algorithm"].as_str()).collect();
    assert_eq!(measured, Algorithm::LIVE.map(Algorithm::name), "every algorithm, once");
    for figure in figures {
        assert!(figure["hashrate"].as_f64().is_some_and(|rate| rate > 0.0), "{figure}");
        assert!(figure["kernel"].is_string() && figure["lanes"].as_u64() > Some(0), "{figure}");
    }

    // A moment later the answer is the same: strangers cannot keep the machine busy.
    let again = host.send(Method::POST, PATH, &[], "").await;
    assert_eq!((again.status, again.json()), (StatusCode::OK, done));
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_programs_are_served_with_care() {
    let data_dir = directory();
    let host = Host::start(&data_dir).await;
    let html = [(ACCEPT.as_str(), "text/html,application/xhtml+xml,*/*;q=0.8")];
    for path in ["/", "/control", "/lab", "/lab/live", "/lab/pow", "/explore/blocks", "/learn/hash"] {
        let page = host.send(Method::GET, path, &html, "").await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.header(CONTENT_TYPE).starts_with("text/html"), "{path}");
        assert!(page.text().contains("Tabchain"), "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && policy.contains("'wasm-unsafe-eval'"), "{policy}");
        assert!(!policy.contains("script-src 'unsafe-inline'"), "{policy}");
    }
    // A missing program must not be answered with a page that pretends to be one.
    for path in ["/app-0123456789abcdef.js", "/node_worker_bg.wasm.map", "/index.html.br"] {
        host.send(Method::GET, path, &html, "").await.assert_problem(404, "nothing at", path);
    }
    let chain = host.get("/chain").await;
    assert_eq!(chain.header("access-control-allow-origin"), "*");
    assert_eq!(chain.header("access-control-allow-credentials"), "");
    assert_eq!(chain.header("x-content-type-options"), "nosniff");
    assert_eq!(chain.header("referrer-policy"), "no-referrer");
    let steering = host.post("/mine", &json!({ "action": "stop" })).await;
    assert_eq!(steering.header("access-control-allow-origin"), "");
    host.relay.stop().await;
}
