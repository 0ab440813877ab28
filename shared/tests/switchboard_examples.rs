//! The examples of `docs/protocol.md` for what a relay and a node say to each other: each is read as what it is said to be, is
//! written again as it stands there, and no kind of message is without one.

use std::collections::BTreeSet;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Deserializer, Value};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::config::MAX_REPORTED_LINKS;
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::MiningWait;
use tabchain_shared::primitives::{NodeId, SecretKey};
use tabchain_shared::wire::Message;
use tabchain_shared::wire::switchboard::{
    LinkId, LinkReport, LinkTransport, NodeControl, NodeReport, RelayControl, ToRelay, split_spread, spread,
    verify_challenge,
};
use wasm_bindgen_test::wasm_bindgen_test;

/// The fenced blocks of the section, as text.
fn blocks() -> Vec<&'static str> {
    let document = include_str!("../../docs/protocol.md");
    let (_, section) = document.split_once("### Examples\n").expect("the section is there");
    let (section, _) = section.split_once("\n### ").expect("another follows");
    let fenced = section.split("```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').expect("the language stands in a line of its own").1).collect()
}

/// Reads a block's values, and returns them with the kinds that they name.
fn read<Control: DeserializeOwned + Serialize>(block: &str) -> (Vec<Control>, BTreeSet<String>) {
    let values = Deserializer::from_str(block).into_iter::<Value>().map(|value| value.expect("JSON"));
    let mut kinds = BTreeSet::new();
    let controls = values.map(|value| {
        kinds.insert(value["kind"].as_str().expect("a kind").to_owned());
        let control: Control = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
        assert_eq!(serde_json::to_value(&control).expect("plain data"), value);
        control
    });
    (controls.collect(), kinds)
}

fn set<const COUNT: usize>(kinds: [&str; COUNT]) -> BTreeSet<String> {
    kinds.map(str::to_owned).into()
}

#[wasm_bindgen_test(unsupported = test)]
fn the_four_kinds_of_websocket_message_are_as_shown() {
    let mut examples: Vec<&str> = blocks()[0].lines().collect();
    let for_many = hex::decode(examples.pop().expect("the last one").replace(' ', "")).expect("hexadecimal digits");
    let (links, frame) = split_spread(&for_many).expect("a message");
    assert_eq!((&links, frame), (&vec![LinkId(7), LinkId(8)], Message::Ping(1).to_frame().as_slice()));
    assert_eq!(spread(&links.into_iter().collect(), frame), for_many);
    let messages: Vec<ToRelay> = examples
        .into_iter()
        .map(|line| {
            let bytes = hex::decode(line.replace(' ', "")).expect("hexadecimal digits");
            let message = ToRelay::from_bytes(&bytes).expect("a message");
            assert_eq!(message.to_bytes(), bytes);
            message
        })
        .collect();
    let link = LinkId(7);
    let shown = [
        ToRelay::Carried { link, frame: Message::Ping(1).to_frame() },
        ToRelay::Control(NodeControl::Unlink { link }),
        ToRelay::Signal { link, signal: b"offer".to_vec() },
    ];
    assert_eq!(messages, shown);
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_relay_says_is_as_shown() {
    let (controls, kinds) = read::<RelayControl>(blocks()[1]);
    let all = [
        "challenge",
        "welcome",
        "relays",
        "refused",
        "link-up",
        "link-down",
        "link-fault",
        "apart",
        "share-target",
        "order",
    ];
    assert_eq!(kinds, set(all));
    assert!(matches!(&controls[0], RelayControl::Challenge { params, .. } if *params == Params::regtest()));
}

#[wasm_bindgen_test(unsupported = test)]
fn what_a_node_says_is_as_shown() {
    let (controls, kinds) = read::<NodeControl>(blocks()[2]);
    assert_eq!(kinds, set(["hello", "report", "answer", "shares", "unlink"]));
    let NodeControl::Hello { network, public_key, signature, .. } = &controls[0] else { panic!("{:?}", controls[0]) };
    assert_eq!((*network, *public_key), (Params::regtest().network_id(), SecretKey::from_seed([1; 32]).public_key()));
    assert!(verify_challenge(public_key, *network, &[7; 32], signature));
}

/// The longest report that a node makes is one that its relay takes: ten that are not end the connection.
#[wasm_bindgen_test(unsupported = test)]
fn the_longest_report_fits_into_a_control_message() {
    let link = LinkReport {
        node: NodeId([0x85; 8]),
        transport: LinkTransport::Carried,
        round_trip: Some(u64::MAX),
        faulty: true,
    };
    let report = NodeReport {
        name: "\"".repeat(64),
        address: SecretKey::from_seed([1; 32]).public_key().address(),
        balance: "12.5".parse().unwrap(),
        height: u32::MAX,
        tip: Params::regtest().genesis().hash(),
        hashrate: f64::MAX,
        mining: true,
        waits: Some(MiningWait::Waking),
        limit: Some(HashrateLimit::HashesPerSecond(f64::MAX)),
        mempool: usize::MAX,
        links: vec![link; MAX_REPORTED_LINKS],
        follows_host: true,
        tip_from: Some(NodeId([0x85; 8])),
        role: Role::Honest,
        score: None,
    };
    let bytes = ToRelay::Control(NodeControl::Report(report)).to_bytes();
    assert!(ToRelay::from_bytes(&bytes).is_ok(), "{} bytes", bytes.len());
}
