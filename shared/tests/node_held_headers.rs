//! A header dated ahead of the node's clock is held until its time has come, and its chain is then asked of somebody who is
//! still there.

use tabchain_shared::consensus::Params;
use tabchain_shared::lab::settings::lab_params;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::node::{Config, Input, Node, Output, PeerId, Time, Timer};
use tabchain_shared::primitives::{Header, PublicKey, SecretKey};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tabchain_shared::wire::{Message, Version};
use wasm_bindgen_test::wasm_bindgen_test;

const FIRST: PeerId = PeerId(1);
const SECOND: PeerId = PeerId(2);

fn start() -> Time {
    Time(u64::from(lab_params().genesis_time) * 1_000)
}

fn node() -> Node {
    Node::new(Config::new("alice", NodeKind::Tab, 1), lab_params(), SecretKey::from_seed([1; 32]), start())
}

/// A peer arrives and shakes hands.
fn greet(node: &mut Node, peer: PeerId) {
    let params: Params = lab_params();
    let public_key = PublicKey([u8::try_from(peer.0).unwrap(); 32]);
    let version = Version {
        protocol: PROTOCOL_VERSION,
        network: params.network_id(),
        public_key,
        is_relay: false,
        name: "stranger".into(),
        height: 0,
        tip: params.genesis().hash(),
        time: start().0,
    };
    node.handle(start(), Input::PeerConnected { peer, node: public_key.node_id(), we_initiated: false });
    say(node, start(), peer, &Message::Version(version));
    say(node, start(), peer, &Message::Verack);
}

fn say(node: &mut Node, now: Time, peer: PeerId, message: &Message) {
    node.handle(now, Input::FrameReceived { peer, frame: message.to_frame().into() });
}

/// Valid, and acceptable five seconds after the start.
fn early_header() -> Header {
    let params = lab_params();
    let genesis = params.genesis().header;
    let time = params.genesis_time + params.max_future_seconds + 5;
    Header { prev_blockhash: genesis.hash(), time, ..genesis }
}

/// Whom the node asks for headers when the held one's time has come.
fn asked_when_due(node: &mut Node) -> Vec<PeerId> {
    while node.poll_output().is_some() {}
    let now = start().plus_millis(5_000);
    node.handle(now, Input::TimerFired(Timer::HeldBlock));
    assert!(node.chain().index().get(&early_header().hash()).is_some(), "accepted when its time has come");
    let outputs = std::iter::from_fn(|| node.poll_output());
    let asked = outputs.filter_map(|output| match output {
        Output::Send { peer, frame } => {
            matches!(Message::from_frame(&frame), Ok(Message::GetHeaders(_))).then_some(peer)
        }
        _ => None,
    });
    asked.collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn the_peer_that_showed_it_is_asked_for_what_follows() {
    let mut node = node();
    greet(&mut node, FIRST);
    greet(&mut node, SECOND);
    say(&mut node, start(), FIRST, &Message::Headers(vec![early_header()]));
    assert!(node.chain().index().get(&early_header().hash()).is_none(), "it is held, not accepted");
    assert_eq!(asked_when_due(&mut node), [FIRST]);
}

#[wasm_bindgen_test(unsupported = test)]
fn the_last_peer_that_showed_it_counts() {
    let mut node = node();
    greet(&mut node, FIRST);
    say(&mut node, start(), FIRST, &Message::Headers(vec![early_header()]));
    node.handle(start(), Input::PeerDisconnected { peer: FIRST });
    greet(&mut node, SECOND);
    say(&mut node, start(), SECOND, &Message::Headers(vec![early_header()]));
    assert_eq!(asked_when_due(&mut node), [SECOND]);
}

#[wasm_bindgen_test(unsupported = test)]
fn when_that_peer_is_gone_the_others_are_asked() {
    let mut node = node();
    greet(&mut node, FIRST);
    greet(&mut node, SECOND);
    say(&mut node, start(), FIRST, &Message::Headers(vec![early_header()]));
    node.handle(start(), Input::PeerDisconnected { peer: FIRST });
    assert_eq!(asked_when_due(&mut node), [SECOND]);
}
