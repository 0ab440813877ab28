//! Where a search begins: real Bitcoin headers and blocks, what two honest nodes say to each other, every kind of text, and
//! programs that use every instruction of their language.

mod dialogue;
mod programs;

use std::path::PathBuf;

use serde::Serialize;
use serde_json::Value;
use tabchain_shared::chain::store::{Change, Record};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::io::{Answer, Command, CommandId, Time};
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, BlockHash, Encode, Memo, NetworkId, NodeId, SecretKey, Transfer, Txid,
};
use tabchain_shared::wire::export::encode_block;
use tabchain_shared::wire::switchboard::{
    FromRelay, IceServer, LinkEnd, LinkId, LinkReport, LinkTransport, NodeControl, NodeReport, RelayControl, ToRelay,
    sign_challenge, spread,
};
use tabchain_shared::wire::{BlockTransactions, BlockTransactionsRequest, Message};

use crate::{bytes, texts};

/// Inputs for the target of that name.
pub fn of(target: &str) -> Vec<Vec<u8>> {
    match target {
        "bytes" => of_bytes(),
        "texts" => of_texts(),
        "chain" => programs::of_chain(),
        "node" => programs::of_node(),
        other => panic!("no target is called {other}"),
    }
}

fn selecting(names: impl IntoIterator<Item = &'static str>, wanted: &str) -> u8 {
    let position = names.into_iter().position(|name| name == wanted).expect("the name is listed");
    u8::try_from(position).expect("lists are short")
}

fn of_bytes() -> Vec<Vec<u8>> {
    let decoder = |wanted: &str| selecting(bytes::DECODERS.iter().map(|(name, _)| *name), wanted);
    let input = |wanted: &str, bytes: &[u8]| [&[decoder(wanted)], bytes].concat();
    let mut seeds = Vec::new();
    for frame in dialogue::frames() {
        seeds.push(input("message", &frame));
        seeds.push(input("to-relay", &spread(&[LinkId(1), LinkId(2)].into(), &frame)));
        seeds.push(input("to-relay", &ToRelay::Carried { link: LinkId(1), frame }.to_bytes()));
    }
    for control in node_controls() {
        seeds.push(input("to-relay", &ToRelay::Control(control).to_bytes()));
    }
    for control in relay_controls() {
        seeds.push(input("from-relay", &FromRelay::Control(control).to_bytes()));
    }
    let recording = dialogue::recording();
    for part in parts(&recording) {
        seeds.push(input("recording-entry", part));
        seeds.push(input("recording-start", part));
    }
    seeds.push(input("recording", &recording[..4_000.min(recording.len())]));
    let headers: Vec<Vec<u8>> = vectors("headers/bitcoin_mainnet_selected.json", "header");
    for header in &headers {
        seeds.push(input("header", header));
        seeds.push(input("message", &[&[6, 1], &header[..]].concat()));
    }
    for block in vectors("blocks/bitcoin_mainnet_0_255_full.json", "block").iter().step_by(60) {
        seeds.push(input("block", block));
        seeds.push(input("message", &[&[7], &block[..]].concat()));
    }
    let block = Params::regtest().genesis();
    let (hash, transactions) = (block.hash(), block.transactions.clone());
    let request = BlockTransactionsRequest { block: hash, indices: vec![0, 2, 300] };
    let answer = BlockTransactions { block: hash, transactions };
    for message in [Message::GetBlockTransactions(request), Message::BlockTransactions(answer)] {
        seeds.push(input("message", &message.to_frame()));
    }
    let mut export = Vec::new();
    for _ in 0..2 {
        encode_block(NetworkId([0; 4]), &block, &mut export);
    }
    seeds.push(input("export", &export));
    let transfer = transfer();
    let Change::Put(key, value) = Record::put_block(1, 2, &block) else { panic!("a block is put") };
    seeds.push(input("block-record", &value));
    seeds.push(input("any-record", &[&key.to_bytes()[..1], &value[..]].concat()));
    seeds.push(input("mempool-record", &transfer.to_bytes()));
    seeds.push(input("block", &block.to_bytes()));
    seeds.push(input("transaction", &block.transactions[0].to_bytes()));
    seeds.push(input("transfer", &transfer.to_bytes()));
    for name in ["version", "inventory-item", "memo", "amount", "address", "key", "hash", "id"] {
        seeds.push(input(name, &[1; 64]));
    }
    seeds
}

fn of_texts() -> Vec<Vec<u8>> {
    fn input(wanted: &str, text: &str) -> Vec<u8> {
        let parser = selecting(texts::PARSERS.iter().map(|(name, _)| *name), wanted);
        [&[parser], text.as_bytes()].concat()
    }
    fn json(wanted: &str, value: &impl Serialize) -> Vec<u8> {
        input(wanted, &serde_json::to_string(value).expect("plain data"))
    }
    let address = SecretKey::from_seed([7; 32]).public_key().address();
    let mut seeds = vec![
        input("amount", "12.5"),
        input("amount", " 21000000.00000000"),
        input("address", &address.to_string()),
        input("block-hash", &BlockHash([3; 32]).to_string()),
        input("txid", &Txid([0xab; 32]).to_string()),
        input("network-id", "01020304"),
        input("node-id", "0102030405060708"),
        input("amount-json", "0.1"),
        input("amount-json", "\"0.1\""),
        input("amount-json", "1e3"),
        json("address-json", &address),
        input("memo", "\"f\\u00fcr \\ud83c\\udf5e\""),
        input("bits", "\"0x1d00ffff\""),
        input("work", "\"0000000000000000000000000000000000000000000000000000000200020002\""),
        json("header", &Params::regtest().genesis().header),
        json("transfer", &transfer()),
        json("public-key", &SecretKey::from_seed([7; 32]).public_key()),
        json("signature", &SecretKey::from_seed([7; 32]).sign(b"text")),
    ];
    for params in [Params::classroom(), Params::regtest()] {
        seeds.push(json("params-json", &params));
        let file = toml::to_string(&params).expect("plain data");
        seeds.push(input("params-toml", &file));
        // Each number at its worst.
        for line in file.lines().filter(|line| line.ends_with(|last: char| last.is_ascii_digit())) {
            let (name, _) = line.split_once('=').expect("a file has a name and a value a line");
            seeds.extend(
                ["0", "4294967295"].map(|worst| input("params-toml", &file.replace(line, &format!("{name}= {worst}")))),
            );
        }
    }
    seeds.extend(commands().iter().map(|command| json("command", command)));
    seeds.extend(answers().iter().map(|answer| json("answer", answer)));
    seeds.extend(node_controls().iter().map(|control| json("node-control", control)));
    seeds.extend(relay_controls().iter().map(|control| json("relay-control", control)));
    seeds.push(json("node-report", &report()));
    seeds
}

fn transfer() -> Transfer {
    let payment = Payment {
        recipient: Address([7; 20]),
        amount: Amount::COIN,
        fee: Amount::ZERO,
        nonce: 3,
        memo: Memo::new("für das Brot").expect("short"),
    };
    Transfer::sign(NetworkId([1, 2, 3, 4]), &SecretKey::from_seed([1; 32]), payment)
}

fn commands() -> Vec<Command> {
    vec![
        Command::Pay {
            recipient: Address([7; 20]),
            amount: Amount::COIN,
            fee: Some(Amount::COIN),
            memo: Memo::default(),
        },
        Command::Submit { transfer: Box::new(transfer()) },
        Command::StartMining { blocks: Some(1), limit: Some(HashrateLimit::HashesPerSecond(1e3)) },
        Command::StopMining,
        Command::Rename { name: "Zoë".into() },
    ]
}

fn answers() -> Vec<Answer> {
    vec![Answer::Accepted { txid: Txid([1; 32]) }, Answer::Done, Answer::Refused { reason: "no".into() }]
}

fn report() -> NodeReport {
    NodeReport {
        name: "alice".into(),
        address: Address([7; 20]),
        balance: Amount::COIN,
        height: 7,
        tip: BlockHash([3; 32]),
        hashrate: 1234.5,
        mining: true,
        waits: None,
        limit: None,
        mempool: 3,
        links: vec![LinkReport {
            node: NodeId([2; 8]),
            transport: LinkTransport::Webrtc,
            round_trip: Some(3),
            faulty: true,
        }],
        follows_host: true,
        tip_from: None,
        role: Role::Honest,
        score: None,
    }
}

fn node_controls() -> Vec<NodeControl> {
    let key = SecretKey::from_seed([1; 32]);
    let hello = NodeControl::Hello {
        network: NetworkId([1; 4]),
        public_key: key.public_key(),
        signature: sign_challenge(&key, NetworkId([1; 4]), &[5; 32]),
        node_kind: NodeKind::Tab,
        name: "alice".into(),
        channels: vec![NodeId([2; 8])],
    };
    let answers = answers().into_iter().map(|answer| NodeControl::Answer { id: CommandId(1), answer });
    [hello, NodeControl::Report(report()), NodeControl::Unlink { link: LinkId(3) }].into_iter().chain(answers).collect()
}

fn relay_controls() -> Vec<RelayControl> {
    let challenge =
        RelayControl::Challenge { challenge: [3; 32], params: Params::classroom(), time: Time(1_767_225_660_000) };
    let turn = IceServer {
        urls: vec!["turn:turn.example".into()],
        username: Some("ada".into()),
        credential: Some("secret".into()),
    };
    let orders = commands().into_iter().map(|command| RelayControl::Order { id: CommandId(1), command });
    [
        challenge,
        RelayControl::Welcome { node: NodeId([2; 8]), ice_servers: vec![turn] },
        RelayControl::Refused { reason: "another network".into() },
        RelayControl::LinkUp { link: LinkId(1), node: NodeId([2; 8]), we_initiate: true },
        RelayControl::LinkDown { link: LinkId(1), reason: LinkEnd::Left },
    ]
    .into_iter()
    .chain(orders)
    .collect()
}

/// The start and the entries of a recording, which stand behind eight bytes of magic and each behind its length.
fn parts(recording: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = &recording[8..];
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (part, next) = behind.split_at(u32::from_le_bytes(*length) as usize);
        parts.push(part);
        rest = next;
    }
    parts
}

/// The hexadecimal strings under a name in a file of published vectors, which is a list of rows.
fn vectors(file: &str, field: &str) -> Vec<Vec<u8>> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../vectors").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let rows: Vec<Value> = serde_json::from_str(&text).expect("vectors are lists of rows");
    rows.iter().map(|row| hex::decode(row[field].as_str().expect("a text")).expect("hexadecimal digits")).collect()
}
