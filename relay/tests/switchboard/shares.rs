//! Shares over a real socket: what is good is counted and shown, what is forged is refused, scored, and in the end the
//! reason to part.

use serde_json::{Value, json};
use tabchain::clock;
use tabchain::socket::Closing;
use tabchain_shared::chain::Chain;
use tabchain_shared::consensus::Params;
use tabchain_shared::mempool::Mempool;
use tabchain_shared::mining::block_template::block_template;
use tabchain_shared::mining::share::{JobProof, Shares};
use tabchain_shared::pow::Algorithm;
use tabchain_shared::primitives::{CompactTarget, Header, Memo, SecretKey, Target};
use tabchain_shared::wire::switchboard::{NodeControl, NodeReport, RelayControl};

use crate::client::{Client, TestRelay, found};
use crate::handshake::closed;
use crate::orders::{get, report, shown};

/// A node that hashes by hand.
struct Miner {
    client: Client,
    name: &'static str,
    proof: JobProof,
    target: CompactTarget,
    next_nonce: u32,
}

impl Miner {
    /// Joins, claims so many hashes a second, and waits for the relay's wish.
    async fn join(relay: &TestRelay, number: u8, name: &'static str, claim: f64) -> Self {
        let mut client = Client::join(relay, number).await;
        client.say(NodeControl::Report(NodeReport { hashrate: claim, ..report(name, true) })).await;
        let target = share_target(&mut client).await;
        Self { client, name, proof: job_for(number, 0), target, next_nonce: 0 }
    }

    /// The next hashes that meet the target, or that do not.
    fn hashes(&mut self, count: usize, met: bool) -> Vec<(u32, u32)> {
        let target = self.target.to_target().unwrap();
        let header = self.proof.header;
        let is_met = |nonce| target.is_met_by(&Algorithm::Sha256d.hash(&Header { nonce, ..header }.to_array()));
        let found: Vec<_> = (self.next_nonce..).filter(|nonce| is_met(*nonce) == met).take(count).collect();
        self.next_nonce = found.last().unwrap() + 1;
        found.into_iter().map(|nonce| (header.version, nonce)).collect()
    }

    async fn hand_in(&mut self, found: Vec<(u32, u32)>) -> Shares {
        let shares = Shares { proof: self.proof.clone(), target: self.target, found, hidden: Vec::new() };
        self.client.say(NodeControl::Shares(shares.clone())).await;
        shares
    }

    async fn proven(&self, relay: &TestRelay) -> Value {
        shown(relay, self.name, 1).await
    }
}

/// Passes over what else the relay says.
async fn share_target(client: &mut Client) -> CompactTarget {
    loop {
        if let RelayControl::ShareTarget { bits } = client.control().await {
            return bits;
        }
    }
}

/// A job on the genesis block, as that node's own would be, `age` seconds old.
fn job_for(number: u8, age: u32) -> JobProof {
    let address = SecretKey::from_seed([number; 32]).public_key().address();
    let chain = Chain::new(Params::regtest());
    let now = clock::now().seconds() - age;
    JobProof::of(&block_template(&chain, &Mempool::default(), address, Memo::default(), now)).unwrap()
}

/// Waits until the relay has judged so many shares, and so many messages were forged.
async fn judged(relay: &TestRelay, counted: u64, uncounted: u64, forged: u64) -> Value {
    found(&format!("{counted} are counted, {uncounted} are not, and {forged} forged"), async || {
        let shares = get(relay, "/status").await["switchboard"]["shares"].clone();
        let judged = [&shares["counted"], &shares["uncounted"], &shares["forged"]];
        (judged == [&json!(counted), &json!(uncounted), &json!(forged)]).then_some(shares)
    })
    .await
}

#[tokio::test]
async fn what_is_proven_is_shown_beside_what_is_claimed() {
    let relay = TestRelay::start().await;
    let mut idle = Client::join(&relay, 2).await;
    idle.say(NodeControl::Report(NodeReport { mining: false, hashrate: 0.0, ..report("idle", true) })).await;
    assert_eq!(shown(&relay, "idle", 1).await["proven_hashrate"], Value::Null);

    let mut ada = Miner::join(&relay, 1, "ada", 640.0).await;
    let work = ada.target.to_target().unwrap().work().to_f64();
    assert!((work - 20.0).abs() <= 1.0, "32 shares a second of {work} hashes each");
    assert_eq!(ada.proven(&relay).await["proven_hashrate"], 0.0, "nothing is proven yet");
    // The first ones start the clock, the others count.
    let first = ada.hashes(5, true);
    ada.hand_in(first).await;
    judged(&relay, 5, 0, 0).await;
    for _ in 0..3 {
        let more = ada.hashes(10, true);
        ada.hand_in(more).await;
    }
    assert_eq!(judged(&relay, 35, 0, 0).await["provers"], 1);
    let peer = ada.proven(&relay).await;
    assert_eq!(peer["proven_shares"], 30);
    assert!(peer["proven_hashrate"].as_f64().unwrap() > 0.0);
    assert_eq!(peer["hashrate"], 640.0, "the claim stays a claim");
}

#[tokio::test]
async fn forgers_are_refused_and_in_the_end_sent_away() {
    let relay = TestRelay::start().await;
    let mut eve = Miner::join(&relay, 1, "eve", 640.0).await;
    let good = eve.hashes(3, true);
    // What comes before a forgery counts, what comes after it is not read.
    let mixed = [good.clone(), eve.hashes(1, false), eve.hashes(3, true)].concat();
    eve.hand_in(mixed).await;
    judged(&relay, 3, 0, 1).await;
    eve.hand_in(good).await;
    judged(&relay, 3, 0, 2).await;
    for forged in 3..=10 {
        let misses = eve.hashes(1, false);
        eve.hand_in(misses).await;
        if forged < 10 {
            judged(&relay, 3, 0, forged).await;
        }
    }
    assert_eq!(eve.client.closed().await, closed(Closing::FORGED_SHARES));
    judged(&relay, 3, 0, 10).await;
    relay.wait_for_connections(0).await;
}

#[tokio::test]
async fn nobody_shows_anothers_work_as_their_own() {
    let relay = TestRelay::start().await;
    let mut ada = Miner::join(&relay, 1, "ada", 640.0).await;
    let found = ada.hashes(20, true);
    let stolen = ada.hand_in(found).await;
    judged(&relay, 20, 0, 0).await;
    let mut eve = Miner::join(&relay, 2, "eve", 640.0).await;
    assert_eq!(eve.target, ada.target);
    eve.client.say(NodeControl::Shares(stolen)).await;
    judged(&relay, 20, 0, 1).await;
    assert_eq!(eve.proven(&relay).await["proven_shares"], 0);
}

#[tokio::test]
async fn shares_do_not_count_again_on_another_connection() {
    let relay = TestRelay::start().await;
    let mut ada = Miner::join(&relay, 1, "ada", 640.0).await;
    let found = ada.hashes(20, true);
    let shares = ada.hand_in(found).await;
    judged(&relay, 20, 0, 0).await;
    drop(ada);
    relay.wait_for_connections(0).await;
    let mut ada = Miner::join(&relay, 1, "ada", 640.0).await;
    ada.client.say(NodeControl::Shares(shares)).await;
    // It may happen to a node that returns, so it is not scored.
    judged(&relay, 20, 20, 0).await;
}

/// What may happen to an honest node costs it no more than the shares.
#[tokio::test]
async fn a_node_that_is_a_moment_behind_is_no_forger() {
    let relay = TestRelay::start().await;
    let mut ada = Miner::join(&relay, 1, "ada", 640.0).await;
    for _ in 0..20 {
        let mut shares =
            Shares { proof: ada.proof.clone(), target: ada.target, found: ada.hashes(1, true), hidden: Vec::new() };
        shares.proof.header.prev_blockhash.0 = [9; 32];
        ada.client.say(NodeControl::Shares(shares)).await;
        let unasked = Shares {
            proof: ada.proof.clone(),
            target: Target::MAX.to_compact(),
            found: vec![(1, 0)],
            hidden: Vec::new(),
        };
        ada.client.say(NodeControl::Shares(unasked)).await;
    }
    judged(&relay, 0, 40, 0).await;
    let found = ada.hashes(2, true);
    ada.hand_in(found).await;
    judged(&relay, 2, 40, 0).await;
}
