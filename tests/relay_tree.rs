//! `/tree`, `/tree/overview` and `/timeline` through the real router: a long chain with a stale branch, part by part and from afar, and
//! a reorg between two relays, with what each of them believed before and after.

use reqwest::header::{ETAG, IF_NONE_MATCH, LINK};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_tests::eventually;
use tabchain_tests::host::{Host, directory};
use tabchain_tests::long_chain::LongChain;
use tempfile::TempDir;

const BLOCKS: u32 = 620;
/// The stale branch: from here on, so many blocks.
const FORK_HEIGHT: u32 = 498;
const STALE: u32 = 4;
/// Blocks of another part of the network.
const MANY: usize = 100;

fn heights(part: &Value) -> Vec<u64> {
    part["blocks"].as_array().expect("a list").iter().map(|block| block["height"].as_u64().expect("a height")).collect()
}

/// Guests of a host, each with a data folder.
async fn guests(host: &Host, names: &[&str]) -> Vec<(Host, TempDir)> {
    let mut guests = Vec::new();
    for name in names {
        let (data, address) = (directory(), host.url("").parse().expect("an address"));
        let guest = Host::start_with(name, "regtest", &data, |settings| settings.join = vec![address]).await;
        guests.push((guest, data));
    }
    eventually("the guests are here", async || match host.get_json("/peers").await.as_array().unwrap().len() {
        nodes if nodes == names.len() + 1 => Ok(()),
        nodes => Err(format!("{nodes} nodes")),
    })
    .await;
    guests
}

async fn stop(guests: Vec<(Host, TempDir)>) {
    for (guest, _data) in guests {
        guest.relay.stop().await;
    }
}

/// Divides the network, or makes it one again.
async fn divide(host: &Host, groups: &Value) {
    let method = if groups == &json!([]) { Method::DELETE } else { Method::PUT };
    let answer = host.order(method, "/partition", &json!({ "groups": groups })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_tree_is_shown_in_parts_and_from_afar() {
    let data = directory();
    let main = LongChain::on_regtest(BLOCKS, 0);
    LongChain { blocks: FORK_HEIGHT + STALE, forks_after: Some(FORK_HEIGHT), ..main.clone() }.write(data.path());
    let tip = main.write(data.path()).to_string();
    let host = Host::start(&data).await;
    eventually("the chain is read back", async || {
        let height = host.height().await;
        if height == u64::from(BLOCKS) { Ok(()) } else { Err(format!("height {height}")) }
    })
    .await;

    // The part ends at a height that the branch has too: all of it or nothing.
    let first = host.get("/tree?limit=1000").await;
    assert_eq!(first.header(LINK), "</tree?from=500&limit=1000>; rel=\"next\"");
    let part = first.json();
    assert_eq!((&part["tip"], &part["height"], &part["next"]), (&json!(tip), &json!(BLOCKS), &json!(500)));
    assert_eq!(heights(&part), (0..500).chain([499]).collect::<Vec<_>>(), "the stale block comes after the active one");
    let second = host.get_json("/tree?from=500&limit=1000").await;
    assert_eq!(heights(&second).len(), 121 + 3);
    assert!(second["next"].is_null());
    let stale = second["blocks"].as_array().unwrap().iter().filter(|block| block["active"] == false);
    assert_eq!(stale.map(|block| block["height"].as_u64().unwrap()).collect::<Vec<_>>(), [500, 501, 502]);
    assert_eq!(heights(&host.get_json("/tree").await).len(), 100);
    assert_eq!(heights(&host.get_json("/tree?from=4000000000").await).len(), 0);
    let last = host.get_json(&format!("/tree?from={BLOCKS}&limit=1")).await;
    assert_eq!((&last["blocks"][0]["hash"], &last["next"]), (&json!(tip), &Value::Null));
    for path in ["/tree?limit=0", "/tree?from=-1", "/tree?to=1", "/tree/overview?limit=1", "/tree/overview?to=x"] {
        host.get(path).await.assert_problem(400, "", path);
    }

    // By a part of its hash each of them is found, stale ones too; and so are several, if their hashes have that part in common.
    let blocks = [&part, &second].map(|part| part["blocks"].as_array().unwrap().clone()).concat();
    let hashes: Vec<&str> = blocks.iter().map(|block| block["hash"].as_str().unwrap()).collect();
    let loser = blocks.iter().find(|block| block["active"] == false).unwrap()["hash"].as_str().unwrap();
    for (part, whose) in
        [(&tip[..12], &tip[..]), (&tip[56..].to_uppercase(), &tip), (&loser[56..], loser), (loser, loser)]
    {
        let found = host.get_json(&format!("/search?part={part}")).await;
        assert_eq!(found, json!({ "blocks": [whose], "transactions": [], "more": false }), "{part}");
    }
    let has = |part: &str| hashes.iter().filter(|hash| hash.starts_with(part) || hash.ends_with(part)).count();
    let common = hashes.iter().map(|hash| &hash[60..]).find(|part| has(part) > 1).expect("of so many some end alike");
    let found = host.get_json(&format!("/search?part={common}")).await;
    assert_eq!(found["blocks"].as_array().unwrap().len(), has(common));
    let coinbase = host.get_json("/blocks/3").await["transactions"][0]["txid"].as_str().unwrap().to_owned();
    let found = host.get_json(&format!("/search?part={}", &coinbase[..20])).await;
    assert_eq!((&found["blocks"], &found["transactions"]), (&json!([]), &json!([coinbase])));
    for wrong in ["", "?part=", "?part=abc", "?part=xyzw", "?part=abcd&from=1"] {
        host.get(&format!("/search{wrong}")).await.assert_problem(400, "", wrong);
    }

    let answer = host.get("/tree/overview").await;
    let overview = answer.json();
    let blocks = |it: &Value| it["blocks"].as_u64().unwrap();
    let stretches = overview["stretches"].as_array().unwrap();
    assert_eq!((&overview["stretch"], stretches.len()), (&json!(4), 156));
    assert_eq!(stretches.iter().map(blocks).sum::<u64>(), u64::from(BLOCKS) + 1);
    let branch = &overview["branches"][0];
    assert_eq!((&branch["fork_height"], &branch["length"]), (&json!(FORK_HEIGHT), &json!(STALE)));
    assert_eq!((&overview["stale_blocks"], &overview["reorgs"]), (&json!(STALE), &json!([])));
    let part = host.get_json("/tree/overview?from=100&to=199").await;
    assert_eq!((&part["from"], &part["stretch"]), (&json!(100), &json!(1)));
    assert_eq!(part["stretches"].as_array().unwrap().len(), 100);
    let known = [(IF_NONE_MATCH.as_str(), answer.header(ETAG))];
    let unchanged = host.send(Method::GET, "/tree/overview", &known, "").await;
    assert_eq!((unchanged.status, unchanged.body.len()), (StatusCode::NOT_MODIFIED, 0));
    host.relay.stop().await;
}

/// The relay's side has won: what the other side has lost is in its tree all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_have_lost_is_in_the_tree() {
    let (here, there) = (directory(), directory());
    let (host, other) = (Host::start(&here).await, Host::start(&there).await);
    other.mine_a_block().await;
    let beaten = other.get_json("/blocks/1").await["hash"].clone();
    host.mine_a_block().await;
    host.mine_a_block().await;
    let tip = host.get_json("/tree").await["tip"].clone();
    let joined = other.post("/register-with", &json!({ "address": host.url("") })).await;
    assert!(joined.status.is_success(), "{}", joined.text());
    let part = eventually("the lost block is shown", async || {
        let part = host.get_json("/tree").await;
        if heights(&part).len() == 4 { Ok(part) } else { Err(part.to_string()) }
    })
    .await;
    let stale = &part["blocks"][2];
    assert_eq!((&stale["hash"], &stale["active"], &part["tip"]), (&beaten, &json!(false), &tip));
    assert_eq!(host.get_json("/tree/overview").await["branches"][0]["tip"], beaten);
    host.relay.stop().await;
    other.relay.stop().await;
}

/// The network is parted: what the other side follows is told by that side, judged, and shown beside the node's own chain; and once
/// the parts are one again it is the node's own.
#[tokio::test(flavor = "multi_thread")]
async fn what_another_part_of_the_network_follows_is_shown_and_not_taken() {
    let data = directory();
    let host = Host::start(&data).await;
    let guests = guests(&host, &["guest"]).await;
    let (guest, _) = &guests[0];
    divide(&host, &json!([["guest"]])).await;
    host.mine_a_block().await;
    // More than one answer has room for.
    guest.mine("guest", MANY as u64).await;
    let tip = guest.get_json("/tree").await["tip"].clone();
    let part = eventually("the guest's blocks are shown", async || {
        let part = host.get_json("/tree?limit=500").await;
        if heights(&part).len() == 2 + MANY { Ok(part) } else { Err(part.to_string()) }
    })
    .await;
    assert_eq!((&part["height"], &part["blocks"][1]["active"]), (&json!(1), &json!(true)), "the node keeps its chain");
    assert!(part["blocks"][1]["elsewhere"].is_null());
    let shown = &part["blocks"].as_array().unwrap()[2..];
    assert!(shown.iter().all(|block| block["elsewhere"] == true && block["active"] == false));
    assert!(shown.iter().zip(&shown[1..]).all(|(below, above)| above["parent"] == below["hash"]));
    assert_eq!(shown[MANY - 1]["hash"], tip);
    let miner = usize::try_from(shown[0]["miner"].as_u64().unwrap()).unwrap();
    assert_eq!(part["miners"][miner]["name"], "guest");
    let path = format!("/blocks/{}", tip.as_str().unwrap());
    host.get(&path).await.assert_problem(404, "", "a block of others");
    // Parts have their ends there too.
    let first = host.get_json("/tree?limit=10").await;
    assert_eq!((heights(&first).len(), &first["next"]), (11, &json!(10)));
    assert_eq!(heights(&host.get_json("/tree?from=10&limit=500").await), (10..=MANY as u64).collect::<Vec<_>>());

    divide(&host, &json!([])).await;
    eventually("they are the node's own", async || {
        let part = host.get_json("/tree?limit=500").await;
        let own = part["blocks"].as_array().unwrap().iter().filter(|block| block["elsewhere"] != true).count();
        if part["tip"] == tip && own == 2 + MANY { Ok(()) } else { Err(part.to_string()) }
    })
    .await;
    host.relay.stop().await;
    stop(guests).await;
}

/// The network is parted and made one again, and the relay's side has won: at no moment is the branch that lost gone from the tree.
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_that_loses_when_the_parts_are_one_again_never_leaves_the_tree() {
    let data = directory();
    let host = Host::start(&data).await;
    let guests = guests(&host, &["guest"]).await;
    let (guest, _) = &guests[0];
    divide(&host, &json!([["guest"]])).await;
    host.mine("host", 4).await;
    guest.mine("guest", 3).await;
    let lost = guest.get_json("/tree").await["tip"].clone();
    let its = |part: &Value| {
        let blocks = part["blocks"].as_array().unwrap();
        let is_its = |block: &&Value| block["active"] == false;
        blocks
            .iter()
            .filter(is_its)
            .map(|block| (block["hash"].clone(), block["elsewhere"] == true))
            .collect::<Vec<_>>()
    };
    let shown = eventually("the guest's blocks are shown", async || {
        let part = host.get_json("/tree").await;
        if its(&part).len() == 3 { Ok(its(&part)) } else { Err(part.to_string()) }
    })
    .await;
    assert!(shown.iter().all(|(_, elsewhere)| *elsewhere) && shown[2].0 == lost);

    divide(&host, &json!([])).await;
    eventually("they are the node's own", async || {
        let now = its(&host.get_json("/tree").await);
        let hashes = |blocks: &[(Value, bool)]| blocks.iter().map(|(hash, _)| hash.clone()).collect::<Vec<_>>();
        assert_eq!(hashes(&now), hashes(&shown), "what has lost is shown all the time");
        if now.iter().any(|(_, elsewhere)| *elsewhere) { Err(format!("{now:?}")) } else { Ok(()) }
    })
    .await;
    host.relay.stop().await;
    stop(guests).await;
}

/// Whoever alone had the blocks has left: they stay as they were shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_branch_whose_followers_have_left_stays_in_the_tree() {
    let data = directory();
    let host = Host::start(&data).await;
    let mut guests = guests(&host, &["ada", "bob"]).await;
    divide(&host, &json!([["ada"], ["bob"]])).await;
    let wait_for_others = async |blocks: usize| {
        eventually("others' blocks are shown", async || {
            let part = host.get_json("/tree").await;
            let others = part["blocks"].as_array().unwrap().iter().filter(|block| block["elsewhere"] == true);
            if others.count() == blocks { Ok(()) } else { Err(part.to_string()) }
        })
        .await;
    };
    guests[0].0.mine("ada", 2).await;
    wait_for_others(2).await;
    stop(vec![guests.remove(0)]).await;
    eventually("ada has left", async || match host.get_json("/peers").await.as_array().unwrap().len() {
        2 => Ok(()),
        nodes => Err(format!("{nodes} nodes")),
    })
    .await;
    // Bob's are seen at the second look from here.
    guests[0].0.mine("bob", 1).await;
    wait_for_others(3).await;
    stop(guests).await;
    host.relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reorg_leaves_the_lost_block_in_the_tree() {
    let (here, there) = (directory(), directory());
    let (host, other) = (Host::start(&here).await, Host::start(&there).await);
    host.mine_a_block().await;
    let beaten = host.get_json("/blocks/1").await["hash"].clone();
    other.mine_a_block().await;
    other.mine_a_block().await;
    let address = json!({ "address": other.url("") });
    let joined = host.post("/register-with", &address).await;
    assert!(joined.status.is_success(), "{}", joined.text());
    eventually("the better chain is followed", async || {
        let height = host.height().await;
        if height == 2 { Ok(()) } else { Err(format!("height {height}")) }
    })
    .await;

    let part = host.get_json("/tree").await;
    assert_eq!(heights(&part), [0, 1, 1, 2]);
    let stale = &part["blocks"][2];
    assert_eq!((&stale["hash"], &stale["active"]), (&beaten, &json!(false)));
    assert!(stale["received"].is_u64() && part["blocks"][1]["active"] == true);
    let overview = host.get_json("/tree/overview").await;
    assert_eq!(overview["branches"][0]["tip"], beaten);
    let reorg = &overview["reorgs"][0];
    assert_eq!((&reorg["lost_tip"], &reorg["won_tip"]), (&beaten, &part["tip"]));
    assert_eq!((&reorg["fork_height"], &reorg["disconnected"], &reorg["connected"]), (&json!(0), &json!(1), &json!(2)));

    let timeline = host.get_json("/timeline").await;
    let happened: Vec<(&str, u64)> = timeline["happenings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| (it["kind"].as_str().unwrap(), it["height"].as_u64().unwrap()))
        .filter(|(kind, _)| *kind != "headers")
        .collect();
    assert_eq!(happened[..2], [("found", 1), ("tip", 1)]);
    assert_eq!(happened[2..].iter().filter(|(kind, _)| *kind == "arrived").count(), 2);
    let last = timeline["happenings"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["hash"], &last["kind"]), (&part["tip"], &json!("tip")));
    assert_eq!((&timeline["reported"], &timeline["first"]["height"]), (&json!(false), &json!(0)));
    assert_eq!(host.get_json("/timeline?from=4000000000").await["happenings"], json!([]));

    let fork = host.get_json(&format!("/timeline/fork?block={}", beaten.as_str().unwrap())).await;
    assert_eq!((&fork["fork"]["height"], fork["blocks"].as_array().unwrap().len()), (&json!(0), 3));
    assert_eq!((&fork["blocks"][0]["hash"], &fork["blocks"][0]["found_here"]), (&beaten, &json!(true)));
    assert_eq!(fork["tips"].as_array().unwrap().last().unwrap()["hash"], part["tip"]);
    let alone = format!("/timeline/fork?block={}", part["tip"].as_str().unwrap());
    host.get(&alone).await.assert_problem(409, "no other block competes", &alone);
    let nobodys = format!("/timeline/fork?block={}", "00".repeat(32));
    host.get(&nobodys).await.assert_problem(404, "does not have that block", &nobodys);

    // What the other relay has heard of this one's node.
    let id = host.get_json("/peers").await[0]["id"].clone();
    let now = "/timeline/tips?at=18446744073709551615";
    eventually("the other relay hears of the tip", async || {
        let tips = other.get_json(now).await;
        if tips[0]["tip"]["hash"] == part["tip"] { Ok(()) } else { Err(tips.to_string()) }
    })
    .await;
    assert_eq!(other.get_json(now).await[0]["node"], id);
    assert_eq!(other.get_json("/timeline/tips?at=0").await, json!([]));
    let said = other.get_json(&format!("/timeline?node={}", id.as_str().unwrap())).await;
    assert_eq!((&said["node"], &said["reported"]), (&id, &json!(true)));
    assert_eq!(said["happenings"].as_array().unwrap().last().unwrap()["hash"], part["tip"]);
    for (path, status) in [
        ("/timeline?node=0000000000000000", 404),
        ("/timeline?node=host", 400),
        ("/timeline?to=1", 400),
        ("/timeline/tips", 400),
        ("/timeline/tips?at=-1", 400),
        ("/timeline/fork", 400),
        ("/timeline/fork?block=x", 400),
    ] {
        host.get(path).await.assert_problem(status, "", path);
    }
    host.relay.stop().await;
    other.relay.stop().await;
}
