//! Tabs that talk to each other directly (WebRTC), in a real Chromium: with the relay killed, without
//! `RTCPeerConnection`, with channels that cannot be transferred, are closed or are full, and with a block of the largest size.

use serde_json::{Value, json};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::Command;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, Coinbase, Encode, Header, Memo, SecretKey, Transaction, Transfer, merkle_root,
};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::pieces::{MAX_PIECE_BYTES, cut};
use tabchain_tests::browser::{Browser, Tab};
use tabchain_tests::class::{Class, wait_for_one_tip};
use tabchain_tests::devtools::DevTools;
use tabchain_tests::eventually;

/// Lets a test see what the page makes and hands over, and speak to its node as the page does.
const WATCHED: &str = "
    window.connections = []; window.transferred = 0;
    const Plain = window.RTCPeerConnection;
    if (Plain) window.RTCPeerConnection = class extends Plain {
      constructor(...settings) { super(...settings); window.connections.push(this); }
    };
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      window.node = this;
      if (message instanceof Uint8Array) window.format = message.slice(0, 4);
      const answer = post.apply(this, arguments);
      if (transfer && transfer[0] instanceof RTCDataChannel) window.transferred += 1;
      return answer;
    };";

/// A browser that has no WebRTC, or whose owner has switched it off.
const WITHOUT_WEBRTC: &str = "delete window.RTCPeerConnection; delete window.webkitRTCPeerConnection;";

/// A browser that keeps data channels on the page where they were made.
const WITHOUT_TRANSFER: &str = "
    window.kept = [];
    const postWhatCan = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (message, transfer) {
      if (transfer && transfer[0] instanceof RTCDataChannel) {
        window.kept.push(transfer[0]);
        throw new DOMException('an RTCDataChannel cannot be transferred', 'DataCloneError');
      }
      return postWhatCan.apply(this, arguments);
    };";

/// A tab for each name, after the script that goes with it. `None` on a machine on which no browser finds an address.
async fn watched_class(tabs: &[(&str, &str)]) -> Option<Class> {
    let probe = Browser::launch().await;
    if !finds_itself(&probe.open("about:blank").await).await {
        println!("SKIPPED: on this machine a browser finds no address of its own for WebRTC, not even 127.0.0.1");
        return None;
    }
    let watched: Vec<_> = tabs.iter().map(|(name, script)| (*name, format!("{script}{WATCHED}"))).collect();
    Some(Class::after(&watched).await)
}

/// Waits until the tabs are linked with each other, and each link is direct unless one of its ends is `carried`.
async fn wait_until_direct(class: &Class, carried: &[&str]) {
    eventually("every two tabs are linked as they can be", async || {
        let peers = class.relay.wait_for_nodes(class.tabs.len() + 1).await;
        let name_of = |id: &Value| peers.iter().find(|peer| peer["id"] == *id).map(|peer| peer["name"].clone());
        let (mut direct, mut wrong) = (0, Vec::new());
        for peer in peers.iter().filter(|peer| peer["kind"] == "tab") {
            for link in peer["links"].as_array().ok_or("no links")? {
                let other = name_of(&link["node"]).ok_or("a link with nobody")?;
                let is_direct = link["transport"] == "webrtc" && link["round_trip"].is_u64();
                let is_carried = link["transport"] == "carried";
                let is_unable = |name: &Value| carried.iter().any(|carried| name == carried);
                let should_be_carried =
                    is_with_relay(&peers, &link["node"]) || is_unable(&other) || is_unable(&peer["name"]);
                direct += usize::from(is_direct);
                if should_be_carried != is_carried || is_direct == is_carried {
                    wrong.push(format!("{} – {other}: {link}", peer["name"]));
                }
            }
        }
        let able = class.tabs.len() - carried.len();
        if wrong.is_empty() && direct == able * (able - 1) {
            Ok(())
        } else {
            Err(format!("{direct} direct; {wrong:?}"))
        }
    })
    .await;
}

fn is_with_relay(peers: &[Value], node: &Value) -> bool {
    peers.iter().any(|peer| peer["id"] == *node && peer["kind"] == "relay")
}

async fn finds_itself(tab: &Tab) -> bool {
    // The promise is looked at again and again: a page that has just been made may not be there yet.
    let script = "(() => { if (window.found === undefined) { window.found = null; \
        const probe = new RTCPeerConnection(); probe.createDataChannel('probe'); \
        probe.onicecandidate = (event) => { \
          if (event.candidate && event.candidate.candidate) window.found = true; \
          else window.found = window.found || false; }; \
        probe.createOffer().then((offer) => probe.setLocalDescription(offer)); } \
        return window.found; })()";
    eventually("the browser has looked for addresses", async || {
        tab.evaluate::<Option<bool>>(script.to_owned()).await?.ok_or_else(|| "it still looks".to_owned())
    })
    .await
}

async fn number(tab: &Tab, expression: &str) -> u64 {
    tab.evaluate(expression.to_owned()).await.expect("a number")
}

/// Has the node of this tab mine some blocks, at a pace for which the page has no field: in the page's own bytes
/// (`frontend/src/bridge/fields.rs`), after the ones that every message begins with.
async fn mine(tab: &Tab, blocks: u32) {
    let limit = Some(HashrateLimit::HashesPerSecond(20.0));
    let mut order = vec![1];
    order.extend_from_slice(&1_000_000_u64.to_le_bytes());
    Command::StartMining { blocks: Some(blocks), limit }.encode(&mut order);
    // What answers this order, and then its first byte: 1 for "done".
    let answer = [&[5], &order[1..9]].concat();
    let script = format!(
        "(() => {{ const format = window.format, answer = [...format, ...{answer:?}]; window.answer = null; \
         window.node.addEventListener('message', ({{ data }}) => {{ \
           if (answer.every((byte, at) => data[at] === byte)) window.answer = data[answer.length]; }}); \
         window.node.postMessage(new Uint8Array([...format, ...{order:?}])); return true; }})()"
    );
    assert!(tab.evaluate::<bool>(script).await.expect("the page is there"));
    let answer = eventually("the node answers", async || {
        tab.evaluate::<Option<u8>>("window.answer".to_owned()).await?.ok_or_else(|| "not yet".to_owned())
    });
    assert_eq!(answer.await, 1, "it mines");
}

async fn pay(from: &Tab, to: &Tab, amount: &str) {
    let address = to.wait_value("address", "the tab has an address", |address| address.starts_with("tab1")).await;
    from.fill("pay-to", &address).await;
    from.fill("pay-amount", amount).await;
    from.click("pay-send").await;
    from.wait_value("pay-answer", "the payment is made", |answer| !answer.is_empty()).await;
}

/// The acceptance test: six tabs mine three blocks, exchange a payment and agree while there is no relay, and nothing
/// of it is lost when it returns.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_goes_on_without_its_relay() {
    let names = ["alice", "bob", "carol", "dave", "erin", "frank"];
    let Some(mut class) = watched_class(&names.map(|name| (name, ""))).await else { return };
    // Who mines once has the program for it: that comes from the relay.
    for miner in ["alice", "bob", "carol"] {
        class.relay.mine_blocks(miner, 1).await;
    }
    wait_until_direct(&class, &[]).await;
    let [alice, bob, carol, ..] = &class.tabs[..] else { panic!("six tabs") };
    let (alice, bob, carol) = (alice.clone(), bob.clone(), carol.clone());
    // Of the browser under test, channels can be transferred. (An attempt that a busy machine did not finish is made again.)
    assert!(number(&alice, "window.transferred").await >= 5);
    let made = number(&alice, "window.connections.length").await;
    alice.screenshot("direct-links").await;
    let height = class.relay.height().await;

    class.kill_relay().await;
    let told =
        alice.wait_value("relay-gone", "the page says what is left", |text| text.contains("5 direct links")).await;
    assert!(told.contains("The relay has been gone since"), "{told}");
    alice.screenshot("without-relay").await;
    pay(&bob, &carol, "7").await;
    let all: Vec<&Tab> = class.tabs.iter().collect();
    for tab in &all {
        tab.wait_value("mempool-size", "the payment reaches every tab", |size| size == "1").await;
    }
    for (miner, blocks) in [(&alice, 2), (&carol, 1)] {
        let before: u64 = miner.value("tip-height").await.expect("a tip").parse().expect("a number");
        mine(miner, blocks).await;
        wait_for_one_tip(&all, before + u64::from(blocks)).await;
    }
    let tip = wait_for_one_tip(&all, height + 3).await;
    for tab in &all {
        tab.wait_value("mempool-size", "another tab has mined the payment", |size| size == "0").await;
    }

    let class = class.with_another_relay();
    class.wait_connected().await;
    class.relay.wait_for_height(height + 3).await;
    assert_eq!(class.relay.tip().await, tip);
    let carols = carol.value("address").await.expect("an address");
    // Two blocks that carol mined, and bob's payment, which alice mined.
    let account = class.relay.get(&format!("/accounts/{carols}")).await;
    assert_eq!(account["balance"], "107", "{account}");
    wait_until_direct(&class, &[]).await;
    assert_eq!(number(&alice, "window.connections.length").await, made, "the channels are the same as before");
    assert_eq!(wait_for_one_tip(&class.tabs.iter().collect::<Vec<_>>(), height + 3).await, tip);
}

/// Browsers differ: one has no WebRTC and stays on the carried path, one cannot transfer channels and its page
/// forwards. Then a channel is closed in mid-life, and comes again; and with the relay gone a block near the size limit
/// goes from page to page.
#[tokio::test(flavor = "multi_thread")]
async fn a_class_of_different_browsers_is_one_network() {
    let tabs = [("alice", ""), ("bob", WITHOUT_TRANSFER), ("carol", WITHOUT_WEBRTC), ("dave", WITHOUT_TRANSFER)];
    let Some(mut class) = watched_class(&tabs).await else { return };
    wait_until_direct(&class, &["carol"]).await;
    let [alice, bob, carol, dave] = &class.tabs[..] else { panic!("four tabs") };
    let (alice, bob, carol, dave) = (alice.clone(), bob.clone(), carol.clone(), dave.clone());
    assert!(number(&alice, "window.transferred").await >= 2);
    assert_eq!(number(&bob, "window.transferred").await, 0);
    assert!(number(&bob, "window.kept.length").await >= 2);
    assert_eq!(number(&carol, "window.connections.length").await, 0);
    for (miner, blocks) in [("carol", 1), ("bob", 2)] {
        class.relay.mine_blocks(miner, blocks).await;
    }
    wait_for_one_tip(&[&alice, &bob, &carol, &dave], 3).await;

    // At either end of a channel, and however it is held.
    for (tab, expected) in [(&alice, "alice"), (&bob, "bob")] {
        let close = "window.connections.map((connection) => connection.close()).length";
        assert!(number(tab, close).await >= 2);
        // What the nodes report may be from before.
        eventually(&format!("{expected} makes new connections"), async || {
            let up = "window.connections.filter((connection) => connection.connectionState === 'connected').length";
            let now = number(tab, up).await;
            if now == 2 { Ok(()) } else { Err(format!("{now} of them are up")) }
        })
        .await;
        wait_until_direct(&class, &["carol"]).await;
        pay(&bob, &dave, "1").await;
        alice.wait_value("mempool-size", "the payment reaches the miner", |size| size == "1").await;
        class.relay.mine_blocks("alice", 1).await;
        alice.wait_value("mempool-size", "the payment is mined", |size| size == "0").await;
    }
    let tip = wait_for_one_tip(&[&alice, &bob, &carol, &dave], 5).await;
    assert_eq!(tip, class.relay.tip().await);
    dave.wait_value("balance", "both payments have come", |coins| coins == "2").await;

    let parent = class.relay.headers().await.pop().expect("a tip");
    eventually("dave's channels are open", async || {
        let open = number(&dave, "window.kept.filter((channel) => channel.readyState === 'open').length").await;
        if open == 2 { Ok(()) } else { Err(format!("{open} are")) }
    })
    .await;
    class.kill_relay().await;
    carol.wait_value("relay-gone", "who has no channel is alone", |text| text.contains("goes on by itself")).await;
    let (rich, large) = large_block(&parent, 5);
    assert!(large.to_bytes().len() > 990_000, "{} bytes", large.to_bytes().len());
    // Said by dave, on his channels, as if his node had found them: both are new to everybody.
    for block in [rich, large.clone()] {
        let frame = Message::Block(Box::new(block)).to_frame();
        let mut pieces = Vec::new();
        let (piece, mut rest) = cut(&frame, MAX_PIECE_BYTES);
        pieces.push(hex::encode(piece));
        while !rest.is_empty() {
            let (piece, left) = cut(rest, MAX_PIECE_BYTES);
            pieces.push(hex::encode(piece));
            rest = left;
        }
        let script = format!(
            "(() => {{ const pieces = {}.map((digits) => \
               Uint8Array.from(digits.match(/../g), (byte) => parseInt(byte, 16))); \
             const open = window.kept.filter((channel) => channel.readyState === 'open'); \
             pieces.forEach((piece) => open[0].send(piece)); return open.length; }})()",
            json!(pieces)
        );
        assert_eq!(number(&dave, &script).await, 2);
    }
    // One tab got it so; the others fetch it from there, dave's node among them.
    let wanted = large.header.hash().to_string();
    for tab in [&alice, &bob, &dave] {
        tab.wait_value("tip-hash", "the large block arrives", |hash| hash == wanted).await;
    }

    let class = class.with_another_relay();
    class.wait_connected().await;
    let block = eventually("the relay has the large block", async || {
        if class.relay.tip().await == wanted { Ok(()) } else { Err(class.relay.tip().await) }
    });
    block.await;
    carol.wait_value("tip-hash", "so has everybody", |hash| hash == wanted).await;
    wait_until_direct(&class, &["carol"]).await;
}

/// In a node's worker: its channels can be made to say that their buffers are full, and tell what is sent meanwhile.
const CLOGGABLE: &str = "(() => {
    self.clogged = false; self.channels = new Set(); self.sent_while_clogged = 0;
    const channel = RTCDataChannel.prototype;
    const plain = Object.getOwnPropertyDescriptor(channel, 'bufferedAmount').get;
    Object.defineProperty(channel, 'bufferedAmount', { get() {
      self.channels.add(this);
      return self.clogged ? 2 << 20 : plain.call(this);
    } });
    const send = channel.send;
    channel.send = function (data) { self.sent_while_clogged += self.clogged ? 1 : 0; return send.call(this, data); };
  })()";
const UNCLOG: &str = "(() => { self.clogged = false;
    self.channels.forEach((channel) => channel.dispatchEvent(new Event('bufferedamountlow')));
    return self.sent_while_clogged; })()";

/// A browser that holds enough for a channel is given no more. What is to go waits in the tab, and nothing of it is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_whose_buffer_is_full_is_given_no_more() {
    let Some(mut class) = watched_class(&[("alice", ""), ("bob", "")]).await else { return };
    class.relay.mine_blocks("alice", 1).await;
    wait_until_direct(&class, &[]).await;
    let [alice, bob] = [0, 1].map(|tab: usize| class.tabs[tab].clone());
    let mut devtools = DevTools::attach(&class.browser, &alice, false).await;
    let node = devtools.worker("node_worker").await;
    class.kill_relay().await;
    let before = wait_for_one_tip(&[&alice, &bob], 1).await;
    devtools.evaluate(&node, CLOGGABLE).await.expect("the script is sound");
    devtools.evaluate(&node, "self.clogged = true").await.expect("the script is sound");
    mine(&alice, 2).await;
    alice.wait_value("tip-height", "alice mines by herself", |height| height == "3").await;
    assert_eq!(bob.value("tip-hash").await.expect("a tip"), before);
    let sent = devtools.evaluate(&node, UNCLOG).await.expect("the script is sound");
    assert_eq!(sent, 0, "messages that the browser had no room for");
    wait_for_one_tip(&[&alice, &bob], 3).await;
}

/// A block that gives a key coins, and one on top of it with as many payments as fit.
fn large_block(parent: &Header, height: u32) -> (Block, Block) {
    let params = Params::regtest();
    let key = SecretKey::from_seed([42; 32]);
    let rich = mine_block(&params, parent, height + 1, key.public_key().address(), Vec::new());
    let memo = Memo::new("m".repeat(80)).expect("80 bytes");
    let payments = (0..4_400).map(|nonce| {
        let payment = Payment {
            recipient: Address([7; 20]),
            amount: Amount::from_units(1).expect("little"),
            fee: Amount::ZERO,
            nonce,
            memo: memo.clone(),
        };
        Transfer::sign(params.network_id(), &key, payment)
    });
    let large = mine_block(&params, &rich.header, height + 2, Address([9; 20]), payments.collect());
    (rich, large)
}

fn mine_block(params: &Params, parent: &Header, height: u32, recipient: Address, transfers: Vec<Transfer>) -> Block {
    let tag = Memo::new("by hand").expect("short");
    let coinbase = Coinbase { height, recipient, reward: params.subsidy_at(height), tag };
    let transactions: Vec<Transaction> = std::iter::once(Transaction::Coinbase(coinbase))
        .chain(transfers.into_iter().map(Transaction::Transfer))
        .collect();
    let txids: Vec<_> = transactions.iter().map(Transaction::txid).collect();
    let mut header = Header {
        version: 0x2000_0000,
        prev_blockhash: parent.hash(),
        merkle_root: merkle_root(&txids).root,
        time: parent.time + 1,
        bits: params.limit,
        nonce: 0,
    };
    let target = params.limit.to_target().expect("a network's limit is a target");
    while !target.is_met_by(&header.hash().0) {
        header.nonce += 1;
    }
    Block { header, transactions }
}
