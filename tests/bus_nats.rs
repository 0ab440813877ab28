//! Relays in one process, and a real NATS server between them: one network while it is there, several while it is not.
//!
//! `cargo xtask test bus` installs the server and names it in `NATS_SERVER`.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tabchain_tests::eventually;
use tabchain_tests::host::{Host, directory};
use tabchain_tests::nats::NatsServer;
use tabchain_tests::swarm::Swarm;
use tempfile::TempDir;

struct Network {
    nats: Vec<NatsServer>,
    hosts: Vec<Host>,
    data: Vec<TempDir>,
}

impl Network {
    /// Relays of these names, all of which know each other.
    async fn of(names: &[&str]) -> Self {
        Self::on(vec![NatsServer::start()], names).await
    }

    async fn on(nats: Vec<NatsServer>, names: &[&str]) -> Self {
        let mut network = Self { nats, hosts: Vec::new(), data: Vec::new() };
        for name in names {
            let data = directory();
            let bus = network.nats.iter().map(|server| server.url().parse().expect("an address")).collect();
            let host = Host::start_with(name, "regtest", &data, |settings| settings.bus = bus).await;
            network.hosts.push(host);
            network.data.push(data);
        }
        network.wait_for_nodes(names.len()).await;
        network
    }

    /// Waits until each relay lists so many nodes.
    async fn wait_for_nodes(&self, count: usize) {
        for host in &self.hosts {
            wait_for_nodes(host, count).await;
        }
    }

    /// Waits until all relays have one tip, at this height.
    async fn wait_for_height(&self, height: u64) -> Value {
        eventually(&format!("all relays are at height {height}"), async || {
            let mut tips = Vec::new();
            for host in &self.hosts {
                tips.push(host.get_json("/chain?limit=1").await["tip"].clone());
            }
            let alike = tips.iter().all(|tip| *tip == tips[0] && tip["height"] == height);
            if alike { Ok(tips[0]["hash"].clone()) } else { Err(format!("{tips:?}")) }
        })
        .await
    }
}

async fn wait_for_nodes(host: &Host, count: usize) {
    eventually(&format!("{count} nodes are in /peers"), async || {
        let peers = host.get_json("/peers").await;
        let names: Vec<_> = peers.as_array().expect("a list").iter().map(|peer| peer["name"].clone()).collect();
        if names.len() == count { Ok(()) } else { Err(format!("{names:?}")) }
    })
    .await;
}

/// Has the host of one relay order that a node, of whichever relay, mines so many blocks.
async fn mine(host: &Host, node: &str, blocks: u32) {
    let answer = host.post("/mine", &json!({ "nodes": [node], "blocks": blocks, "hashrate_limit": 100 })).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    assert_eq!(answer.json()["answers"][0]["answer"]["kind"], "done", "{}", answer.text());
}

async fn pay(host: &Host, sender: &str, receiver: &str, amount: &str) -> String {
    let payment = json!({ "sender": sender, "receiver": receiver, "amount": amount });
    let answer = host.post("/new-transaction", &payment).await;
    assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text());
    answer.json()["txid"].as_str().expect("a txid").to_owned()
}

async fn wait_for_mempool(host: &Host, txids: &[&str]) {
    eventually("the mempool holds these", async || {
        let mempool = host.get_json("/mempool").await;
        let waiting = mempool["transactions"].as_array().expect("a list").iter();
        let waiting: Vec<_> = waiting.map(|waiting| waiting["txid"].as_str().expect("a txid").to_owned()).collect();
        if waiting == txids { Ok(()) } else { Err(format!("{waiting:?}")) }
    })
    .await;
}

async fn wait_until_confirmed(host: &Host, txid: &str) {
    eventually("the payment is in the newest block", async || {
        let found = host.get_json(&format!("/transactions/{txid}")).await;
        if found["confirmations"] == 1 { Ok(()) } else { Err(found.to_string()) }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bus_makes_three_relays_one_network() {
    let network = Network::of(&["first", "second", "third"]).await;
    let [first, second, third] = &network.hosts[..] else { unreachable!("three were started") };
    let mut swarm = Swarm::new();
    for host in [first, second, third, first, second, third] {
        swarm.join(host.relay.address().port()).await;
    }
    network.wait_for_nodes(9).await;

    // A host orders nodes of any relay.
    mine(first, "third", 1).await;
    network.wait_for_height(1).await;
    let txid = pay(second, "third", "first", "5").await;
    for host in [first, second, third] {
        wait_for_mempool(host, &[&txid]).await;
    }
    mine(third, "second", 1).await;
    let tip = network.wait_for_height(2).await;
    for host in [first, second, third] {
        wait_until_confirmed(host, &txid).await;
    }
    for member in &swarm.members {
        eventually("every node has that tip", async || {
            let theirs = member.look(|node| node.chain().tip().to_string()).await;
            if tip == *theirs { Ok(()) } else { Err(theirs) }
        })
        .await;
    }
    // Each relay shows all links, its own and those of which both ends are elsewhere.
    for host in [first, second, third] {
        eventually("links between relays are shown", async || {
            let topology = host.get_json("/topology").await;
            let links = topology["links"].as_array().expect("a list");
            let ends = |link: &Value| [link["ends"][0]["name"].clone(), link["ends"][1]["name"].clone()];
            let residents = ["first", "second", "third"];
            let among = links.iter().filter(|link| ends(link).iter().all(|name| residents.iter().any(|r| name == *r)));
            let count = among.count();
            if count == 3 { Ok(()) } else { Err(format!("{count} among the relays' own nodes: {topology}")) }
        })
        .await;
    }
}

/// CASES 87: NATS down. Each relay goes on alone with its own nodes; when NATS is back, headers sync heals the network.
#[tokio::test(flavor = "multi_thread")]
async fn bus_down_leaves_each_relay_alone_and_heals() {
    let mut network = Network::of(&["first", "second"]).await;
    mine(&network.hosts[0], "first", 1).await;
    network.wait_for_height(1).await;
    network.nats[0].kill();
    network.wait_for_nodes(1).await;
    let status = network.hosts[0].get_json("/status").await;
    assert_eq!(status["switchboard"]["bus"]["connected"], false, "{status}");
    mine(&network.hosts[0], "first", 1).await;
    mine(&network.hosts[1], "second", 3).await;
    for (host, height) in network.hosts.iter().zip([2, 4]) {
        eventually("each mines on alone", async || {
            let now = host.height().await;
            if now == height { Ok(()) } else { Err(format!("height {now}")) }
        })
        .await;
    }
    network.nats[0].restart();
    network.wait_for_nodes(2).await;
    network.wait_for_height(4).await;
}

/// A relay needs no bus to start, and joins the others when there is one.
#[tokio::test(flavor = "multi_thread")]
async fn bus_that_comes_later_is_joined() {
    let mut nats = NatsServer::start();
    nats.kill();
    let data = [directory(), directory()];
    let mut hosts = Vec::new();
    for (name, data) in ["first", "second"].into_iter().zip(&data) {
        let bus = nats.url().parse().expect("an address");
        hosts.push(Host::start_with(name, "regtest", data, |settings| settings.bus = vec![bus]).await);
    }
    mine(&hosts[1], "second", 1).await;
    nats.restart();
    for host in &hosts {
        wait_for_nodes(host, 2).await;
    }
    eventually("what was mined alone is everybody's", async || {
        let height = hosts[0].height().await;
        if height == 1 { Ok(()) } else { Err(format!("height {height}")) }
    })
    .await;
}

/// CASES 89: relays parted, then joined. One tip, and the payments of the losing side wait again and are mined.
#[tokio::test(flavor = "multi_thread")]
async fn bus_partition_ends_in_one_tip_and_returns_the_losing_payments() {
    let mut network = Network::of(&["first", "second"]).await;
    mine(&network.hosts[0], "first", 1).await;
    network.wait_for_height(1).await;
    network.nats[0].kill();
    network.wait_for_nodes(1).await;

    let txid = pay(&network.hosts[0], "first", "first", "5").await;
    mine(&network.hosts[0], "first", 1).await;
    wait_until_confirmed(&network.hosts[0], &txid).await;
    mine(&network.hosts[1], "second", 3).await;
    eventually("the other side has more work", async || {
        let height = network.hosts[1].height().await;
        if height == 4 { Ok(()) } else { Err(format!("height {height}")) }
    })
    .await;

    network.nats[0].restart();
    network.wait_for_nodes(2).await;
    network.wait_for_height(4).await;
    for host in &network.hosts {
        wait_for_mempool(host, &[&txid]).await;
    }
    mine(&network.hosts[0], "second", 1).await;
    network.wait_for_height(5).await;
    for host in &network.hosts {
        wait_until_confirmed(host, &txid).await;
    }
}

/// A host sees what a part of the network follows that is on another relay.
#[tokio::test(flavor = "multi_thread")]
async fn bus_shows_what_a_part_on_another_relay_follows() {
    let network = Network::of(&["first", "second"]).await;
    let host = &network.hosts[0];
    let parted = host.order(Method::PUT, "/partition", &json!({ "groups": [["second"]] })).await;
    assert_eq!(parted.status, StatusCode::OK, "{}", parted.text());
    mine(host, "second", 2).await;
    eventually("the second relay's blocks are shown", async || {
        let part = host.get_json("/tree").await;
        let others = part["blocks"].as_array().unwrap().iter().filter(|block| block["elsewhere"] == true).count();
        if others == 2 && part["height"] == 0 { Ok(()) } else { Err(part.to_string()) }
    })
    .await;
}

/// Any server of a cluster may go: its relays find another one.
#[tokio::test(flavor = "multi_thread")]
async fn bus_of_several_servers_outlives_one() {
    let mut network = Network::on(NatsServer::cluster(3), &["first", "second", "third"]).await;
    mine(&network.hosts[0], "third", 1).await;
    network.wait_for_height(1).await;
    for height in 2..4 {
        network.nats.pop();
        // Some relay was on it, or none: in the end all are on one that is left.
        eventually("all relays are on the bus", async || {
            for host in &network.hosts {
                let bus = host.get_json("/status").await["switchboard"]["bus"].clone();
                if bus["connected"] != true || bus["relays"] != 2 {
                    return Err(bus.to_string());
                }
            }
            Ok(())
        })
        .await;
        network.wait_for_nodes(3).await;
        mine(&network.hosts[0], "third", 1).await;
        network.wait_for_height(height).await;
    }
}
