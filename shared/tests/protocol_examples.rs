//! The examples in `docs/protocol.md`, read from the document itself.
//!
//! A fenced block `message NAME` holds a frame, a field a line: its bytes in hex, and what they say. Each is decoded, encoded
//! again to the same bytes, and compared with the message that is described here, whose lines this file writes by itself,
//! byte by byte, as another implementation would. A fenced block `control to-node` or `control to-relay` holds a control
//! message in JSON, which must be understood, all of it. Whoever adds a message is told by the first test what is missing.

use serde_json::Value;
use tabchain_shared::consensus::Params;
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Encode, Header, Memo, NetworkId, PublicKey, SecretKey, Transaction, Transfer,
    Txid, merkle_root,
};
use tabchain_shared::wire::compact_block::ShortIdKeys;
use tabchain_shared::wire::message::{MAX_NAME_BYTES, PROTOCOL_VERSION};
use tabchain_shared::wire::switchboard::{MAX_CONTROL_BYTES, NodeControl, RelayControl};
use tabchain_shared::wire::{
    BlockTransactions, BlockTransactionsRequest, CompactBlock, InventoryItem, Message, Version,
};
use wasm_bindgen_test::wasm_bindgen_test;

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// Fenced blocks whose first line after the fence begins with `kind`: the rest of that line, and what stands in the block.
fn blocks(kind: &str) -> Vec<(&'static str, &'static str)> {
    let fenced = DOCUMENT.split("\n```").skip(1).step_by(2);
    let blocks = fenced.filter_map(|block| block.split_once('\n'));
    blocks.filter_map(|(first, body)| Some((first.strip_prefix(kind)?.strip_prefix(' ')?, body))).collect()
}

fn alice() -> SecretKey {
    SecretKey::from_seed([1; 32])
}

fn transfer() -> Transfer {
    let fee = Amount::from_units(100_000).unwrap();
    let memo = Memo::new("for the bread").unwrap();
    let payment = Payment { recipient: Address([0xab; 20]), amount: Amount::COIN, fee, nonce: 3, memo };
    Transfer::sign(Params::regtest().network_id(), &alice(), payment)
}

/// A block on regtest's genesis, of a coinbase and a transfer.
fn block() -> Block {
    let mut block = Params::regtest().genesis();
    block.header.prev_blockhash = block.hash();
    if let Transaction::Coinbase(coinbase) = &mut block.transactions[0] {
        coinbase.height = 1;
    }
    block.transactions.push(Transaction::Transfer(transfer()));
    block.header.merkle_root = merkle_root(&txids(&block)).root;
    block
}

fn txids(block: &Block) -> Vec<Txid> {
    block.transactions.iter().map(Transaction::txid).collect()
}

fn examples() -> Vec<Message> {
    let block = block();
    let (hash, genesis) = (block.hash(), Params::regtest().genesis());
    let items = vec![InventoryItem::Transaction(transfer().txid())];
    let wanted = vec![InventoryItem::Block(genesis.hash()), InventoryItem::CompactBlock(hash)];
    let compact = CompactBlock::new(block.header, 5, block.transactions[0].clone(), &txids(&block));
    vec![
        Message::Version(Version {
            protocol: PROTOCOL_VERSION,
            network: Params::regtest().network_id(),
            public_key: alice().public_key(),
            is_relay: false,
            name: "alice".into(),
            height: 1,
            tip: hash,
            time: 1_800_000_000_000,
        }),
        Message::Verack,
        Message::Inv(items),
        Message::GetData(wanted.clone()),
        Message::NotFound(wanted[..1].to_vec()),
        Message::GetHeaders(vec![hash, genesis.hash()]),
        Message::Headers(vec![block.header]),
        Message::Block(Box::new(block.clone())),
        Message::Transaction(Box::new(transfer())),
        Message::Ping(42),
        Message::Pong(42),
        Message::CompactBlock(Box::new(compact)),
        Message::GetBlockTransactions(BlockTransactionsRequest { block: hash, indices: vec![1] }),
        Message::BlockTransactions(BlockTransactions {
            block: hash,
            transactions: vec![block.transactions[1].clone()],
        }),
    ]
}

/// A frame as another implementation would write it: the bytes of each field, with what they say.
#[derive(Default)]
struct Lines(Vec<(Vec<u8>, String)>);

impl Lines {
    fn add(&mut self, bytes: impl Into<Vec<u8>>, words: impl Into<String>) {
        self.0.push((bytes.into(), words.into()));
    }

    fn u32(&mut self, value: u32, name: &str) {
        self.add(value.to_le_bytes(), format!("{name} {value}"));
    }

    fn u64(&mut self, value: u64, name: &str) {
        self.add(value.to_le_bytes(), format!("{name} {value}"));
    }

    /// All counts here are below 253.
    fn count(&mut self, count: usize, what: &str) {
        self.add([u8::try_from(count).unwrap()], format!("{count} {what}"));
    }

    fn text(&mut self, text: &str, name: &str) {
        assert!(text.len() <= MAX_NAME_BYTES);
        self.add([&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat(), format!("{name} \"{text}\""));
    }

    fn hash(&mut self, bytes: [u8; 32], name: &str) {
        self.add(bytes, name);
    }

    fn network(&mut self, network: NetworkId) {
        self.add(network.0, "network id");
    }

    fn key(&mut self, key: PublicKey, name: &str) {
        self.add(key.0, name);
    }

    fn items(&mut self, items: &[InventoryItem]) {
        self.count(items.len(), "items");
        for item in items {
            let (kind, bytes, name) = match item {
                InventoryItem::Transaction(txid) => (1, txid.0, "transaction"),
                InventoryItem::Block(hash) => (2, hash.0, "block"),
                InventoryItem::CompactBlock(hash) => (3, hash.0, "compact block"),
            };
            self.add([kind], format!("kind {kind}: {name}"));
            self.hash(bytes, "its hash");
        }
    }

    fn header(&mut self, header: &Header) {
        self.u32(header.version, "version");
        self.hash(header.prev_blockhash.0, "prev_blockhash");
        self.hash(header.merkle_root.0, "merkle_root");
        self.u32(header.time, "time");
        self.add(header.bits.0.to_le_bytes(), format!("bits {:08x}", header.bits.0));
        self.u32(header.nonce, "nonce");
    }

    fn transaction(&mut self, transaction: &Transaction) {
        match transaction {
            Transaction::Transfer(transfer) => {
                self.add([1], "kind 1: transfer");
                self.transfer(transfer);
            }
            Transaction::Coinbase(coinbase) => {
                self.add([0], "kind 0: coinbase");
                self.add([1], "version 1");
                self.u32(coinbase.height, "height");
                self.add(coinbase.recipient.0, "recipient");
                self.u64(coinbase.reward.units(), "reward, units:");
                self.text(coinbase.tag.as_str(), "tag");
            }
        }
    }

    fn transfer(&mut self, transfer: &Transfer) {
        self.add([1], "version 1");
        self.network(transfer.network);
        self.key(transfer.sender, "sender's public key");
        self.add(transfer.recipient.0, "recipient");
        self.u64(transfer.amount.units(), "amount, units:");
        self.u64(transfer.fee.units(), "fee, units:");
        self.u64(transfer.nonce, "nonce");
        self.text(transfer.memo.as_str(), "memo");
        let (point, scalar) = transfer.signature.0.split_at(32);
        self.add(point, "signature: R");
        self.add(scalar, "and s");
    }

    /// Positions as distances.
    fn positions(&mut self, positions: &[usize]) {
        self.count(positions.len(), "positions");
        let mut next = 0;
        for position in positions {
            self.add([u8::try_from(position - next).unwrap()], format!("position {position}"));
            next = position + 1;
        }
    }

    fn of(message: &Message) -> Self {
        let mut lines = Self::default();
        let kind =
            u8::try_from(examples().iter().position(|example| example.name() == message.name()).unwrap()).unwrap();
        lines.add([kind], format!("type {kind}: {}", message.name()));
        match message {
            Message::Version(version) => {
                lines.u32(version.protocol, "protocol");
                lines.network(version.network);
                lines.key(version.public_key, "public key");
                lines.add([u8::from(version.is_relay)], "no relay");
                lines.text(&version.name, "name");
                lines.u32(version.height, "height");
                lines.hash(version.tip.0, "tip");
                lines.u64(version.time, "time, ms:");
            }
            Message::Verack => {}
            Message::Inv(items) | Message::GetData(items) | Message::NotFound(items) => lines.items(items),
            Message::GetHeaders(locator) => {
                lines.count(locator.len(), "hashes");
                for BlockHash(hash) in locator {
                    lines.hash(*hash, "block hash");
                }
            }
            Message::Headers(headers) => {
                lines.count(headers.len(), "headers");
                for header in headers {
                    lines.header(header);
                }
            }
            Message::Block(block) => {
                lines.header(&block.header);
                lines.count(block.transactions.len(), "transactions");
                for transaction in &block.transactions {
                    lines.transaction(transaction);
                }
            }
            Message::Transaction(transfer) => {
                lines.transaction(&Transaction::Transfer((**transfer).clone()));
            }
            Message::Ping(nonce) | Message::Pong(nonce) => lines.u64(*nonce, "nonce"),
            Message::CompactBlock(compact) => {
                lines.header(&compact.header);
                lines.u64(compact.nonce, "nonce");
                lines.count(compact.short_ids.len(), "short ids");
                for id in &compact.short_ids {
                    lines.add(id.0, "of the transfer");
                }
                lines.count(compact.prefilled.len(), "prefilled transactions");
                let mut next = 0;
                for (position, transaction) in &compact.prefilled {
                    lines.add([u8::try_from(position - next).unwrap()], format!("position {position}"));
                    lines.transaction(transaction);
                    next = position + 1;
                }
            }
            Message::GetBlockTransactions(request) => {
                lines.hash(request.block.0, "block hash");
                lines.positions(&request.indices);
            }
            Message::BlockTransactions(answer) => {
                lines.hash(answer.block.0, "block hash");
                lines.count(answer.transactions.len(), "transactions");
                for transaction in &answer.transactions {
                    lines.transaction(transaction);
                }
            }
        }
        lines
    }

    fn frame(&self) -> Vec<u8> {
        self.0.iter().flat_map(|(bytes, _)| bytes).copied().collect()
    }
}

/// Each line of a block with single spaces.
fn normal(text: &str) -> Vec<String> {
    text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[wasm_bindgen_test(unsupported = test)]
fn every_message_has_an_example_that_says_what_its_bytes_say() {
    let documented = blocks("message");
    for message in examples() {
        let lines = Lines::of(&message);
        assert_eq!(hex::encode(lines.frame()), hex::encode(message.to_frame()), "{}", message.name());
        let words: Vec<String> =
            lines.0.iter().map(|(bytes, words)| format!("{} {words}", hex::encode(bytes))).collect();
        let body = documented.iter().find(|(name, _)| *name == message.name()).map(|(_, body)| *body);
        assert_eq!(
            normal(body.unwrap_or_default()),
            words,
            "in docs/protocol.md there should be:\n```message {}\n{}\n```",
            message.name(),
            words.join("\n")
        );
    }
    let names: Vec<&str> = documented.iter().map(|(name, _)| *name).collect();
    let all: Vec<&str> = examples().iter().map(Message::name).collect();
    assert_eq!(names, all, "one example a message, in their order");
}

/// Nothing but the document is needed here.
#[wasm_bindgen_test(unsupported = test)]
fn the_hex_of_each_example_decodes_and_encodes_to_itself() {
    for (name, body) in blocks("message") {
        let hex: String = body.lines().filter_map(|line| line.split_whitespace().next()).collect();
        let frame = hex::decode(hex).unwrap();
        let message = Message::from_frame(&frame).unwrap();
        assert_eq!(message.name(), name);
        assert_eq!(message.to_frame(), frame);
    }
}

/// The short id, and the keys that it is made with, as the document describes them.
#[wasm_bindgen_test(unsupported = test)]
fn the_documented_short_id_is_the_transfers() {
    let block = block();
    let id = ShortIdKeys::new(&block.header, 5).short_id(&transfer().txid());
    let body = blocks("message").into_iter().find(|(name, _)| *name == "cmpctblock").map(|(_, body)| body);
    assert!(body.is_some_and(|body| body.contains(&format!("{} ", hex::encode(id.0)))));
    assert_eq!(
        block.to_bytes().len(),
        80 + 1 + block.transactions.iter().map(|one| one.to_bytes().len()).sum::<usize>()
    );
}

/// Everything that an example says is understood: nothing of it is lost when it is said again.
#[track_caller]
fn check_control<T: serde::Serialize + serde::de::DeserializeOwned>(json: &str) -> String {
    assert!(json.len() <= MAX_CONTROL_BYTES);
    let said: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let control: T = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
    let understood = serde_json::to_value(&control).unwrap();
    for (key, value) in said.as_object().unwrap() {
        assert_eq!(understood.get(key), Some(value), "{key} in {json}");
    }
    said["kind"].as_str().unwrap().to_owned()
}

#[wasm_bindgen_test(unsupported = test)]
fn documented_control_messages_are_understood() {
    let mut kinds = Vec::new();
    for (to, json) in blocks("control") {
        kinds.push(match to {
            "to-node" => check_control::<RelayControl>(json),
            "to-relay" => check_control::<NodeControl>(json),
            other => panic!("a control message {other}?"),
        });
    }
    for kind in ["hello", "welcome", "link-up", "share-target", "unlink"] {
        assert!(kinds.iter().any(|known| known == kind), "{kind} has no example");
    }
}
