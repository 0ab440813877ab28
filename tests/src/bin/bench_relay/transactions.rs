//! How many payments a second the relay's node checks and stores, from whichever side they come.

use std::path::Path;
use std::time::{Duration, Instant};

use futures::StreamExt;
use tabchain_shared::consensus::Params;
use tabchain_shared::mempool::MAX_PER_SENDER;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{Amount, Encode, Memo, Transfer};
use tabchain_shared::wire::message::MAX_INVENTORY;
use tabchain_shared::wire::switchboard::carried;
use tabchain_shared::wire::{InventoryItem, Message};
use tabchain_tests::long_chain::{ACCOUNTS, LongChain, key};
use tabchain_tests::verdict;

use super::member::Member;
use super::server::{Cpu, Kind, Server};

/// So that every account has coins.
const BLOCKS: u32 = 200;
/// Requests at a time.
const AT_ONCE: usize = 64;
const PEERS: usize = 4;
const GOAL: f64 = 2_000.0;

pub async fn measure() {
    let transfers = transfers();
    println!("\nPayments of {ACCOUNTS} accounts, {} in all, checked and stored", transfers.len());
    print("through POST /transactions", transfers.len(), by_post(&transfers).await);
    print("through peers", transfers.len(), by_peers(&transfers).await);
}

fn print(how: &str, count: usize, (time, cpu): (Duration, Cpu)) {
    #[expect(clippy::cast_precision_loss)]
    let count = count as f64;
    let per_cpu_second = count / cpu.total();
    println!(
        "  {how:<28} {:>6.0} a second; {per_cpu_second:>6.0} for each second of one core; goal {GOAL} {}; the kernel had {:.0} %",
        count / time.as_secs_f64(),
        verdict(per_cpu_second >= GOAL),
        100.0 * cpu.kernel / cpu.total()
    );
}

/// As many of each account as may wait, those with the lowest nonces first.
fn transfers() -> Vec<Transfer> {
    let network = Params::regtest().network_id();
    let units = |units| Amount::from_units(units).expect("little");
    let of_nonce = |nonce| {
        (0..ACCOUNTS).map(move |account| {
            let recipient = key((account + 1) % ACCOUNTS).public_key().address();
            let payment =
                Payment { recipient, amount: units(1_000), fee: units(100_000), nonce, memo: Memo::default() };
            Transfer::sign(network, &key(account), payment)
        })
    };
    (0..MAX_PER_SENDER).flat_map(of_nonce).collect()
}

fn relay_with_coins() -> Server {
    Server::relay_on("star", |folder: &Path| {
        LongChain::on_regtest(BLOCKS, 0).write(folder);
    })
}

async fn by_post(transfers: &[Transfer]) -> (Duration, Cpu) {
    let server = relay_with_coins();
    let client = reqwest::Client::new();
    let url = format!("http://{}/transactions", server.address);
    let (begun, cpu) = (Instant::now(), server.cpu());
    // In waves, so that no account's payment comes before the one with the nonce before it.
    for wave in transfers.chunks(ACCOUNTS as usize) {
        let posts = futures::stream::iter(wave).map(|transfer| {
            let post = client.post(&url).body(hex::encode(transfer.to_bytes()));
            async move { post.send().await.expect("the relay answers").status() }
        });
        let statuses: Vec<_> = posts.buffer_unordered(AT_ONCE).collect().await;
        assert!(statuses.iter().all(|status| *status == reqwest::StatusCode::CREATED), "{statuses:?}");
    }
    (begun.elapsed(), server.cpu().since(cpu))
}

async fn by_peers(transfers: &[Transfer]) -> (Duration, Cpu) {
    let server = relay_with_coins();
    let relay = server.relay.as_ref().expect("it is ours");
    let mut peers = Vec::new();
    for number in 0..PEERS {
        let peer = Member::connect(Kind::Tabchain, server.address, number, NodeKind::Tab, None, None);
        let peer = peer.await.expect("the relay takes it");
        peer.until(|state| state.node.is_ready).await;
        peers.push(peer);
    }
    // An account's all come from one peer, in their order.
    let mut announced = vec![Vec::new(); PEERS];
    for (at, transfer) in transfers.iter().enumerate() {
        let (number, txid) = (at % PEERS, transfer.txid());
        let frame = Message::Transaction(Box::new(transfer.clone())).to_frame();
        peers[number].state.borrow_mut().node.transactions.insert(txid, frame);
        announced[number].push(InventoryItem::Transaction(txid));
    }
    let (begun, cpu) = (Instant::now(), server.cpu());
    for (peer, items) in peers.iter().zip(announced) {
        let link = peer.state.borrow().node.resident_link().expect("it is ready");
        for items in items.chunks(MAX_INVENTORY) {
            peer.send(&carried(link, &Message::Inv(items.to_vec()).to_frame())).await;
        }
    }
    let mut look = tokio::time::interval(Duration::from_millis(50));
    while relay.get("/mempool?limit=1").await["size"].as_u64() != Some(transfers.len() as u64) {
        assert!(begun.elapsed() < Duration::from_mins(1), "{}", relay.get("/status").await);
        look.tick().await;
    }
    relay.wait_until_stored().await;
    (begun.elapsed(), server.cpu().since(cpu))
}
