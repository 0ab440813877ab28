//! Strangers' bytes (CASES 4 to 8 and 15): whatever comes, a decoder answers with an error or with a value that encodes to
//! the very bytes it came from. It never panics and never makes room for more than the bytes could fill.

use proptest::prelude::*;
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::consensus::Params;
use tabchain_shared::mining::HashrateLimit;
use tabchain_shared::node::io::{Command, CommandId};
use tabchain_shared::node::role::Role;
use tabchain_shared::node::snapshot::{MiningWait, NodeKind};
use tabchain_shared::primitives::transaction::Payment;
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Coinbase, Decode, DecodeError, Encode, Header, Memo, MerkleRoot, NetworkId,
    NodeId, PublicKey, Reader, SecretKey, Signature, Transaction, Transfer, Txid,
};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::message::{MAX_HEADERS, MAX_INVENTORY, MAX_LOCATOR, PROTOCOL_VERSION};
use tabchain_shared::wire::pieces::{self, Joiner};
use tabchain_shared::wire::signal::{ChannelNumber, Signal};
use tabchain_shared::wire::switchboard::{
    Envelope, FromRelay, IceServer, LinkEnd, LinkId, LinkReport, LinkTransport, MAX_CONTROL_BYTES, NetworkPart,
    NodeControl, NodeReport, RelayControl, Separation, ToRelay, sign_challenge, split_spread, spread,
};
use tabchain_shared::wire::{
    BlockTransactions, BlockTransactionsRequest, CompactBlock, InventoryItem, Message, MessageError, Version,
};
use wasm_bindgen_test::wasm_bindgen_test;

fn alice() -> SecretKey {
    SecretKey::from_seed([1; 32])
}

fn transfer() -> Transfer {
    let payment = Payment {
        recipient: Address([7; 20]),
        amount: Amount::COIN,
        fee: Amount::ZERO,
        nonce: 3,
        memo: Memo::new("für das Brot").unwrap(),
    };
    Transfer::sign(NetworkId([1, 2, 3, 4]), &alice(), payment)
}

fn block() -> Block {
    let mut block = Params::regtest().genesis();
    block.transactions.push(Transaction::Transfer(transfer()));
    block
}

fn messages() -> Vec<Message> {
    let items = vec![InventoryItem::Transaction(Txid([1; 32])), InventoryItem::CompactBlock(BlockHash([2; 32]))];
    vec![
        Message::Version(Version {
            protocol: PROTOCOL_VERSION,
            network: NetworkId([1; 4]),
            public_key: PublicKey([2; 32]),
            is_relay: false,
            name: "Zoë".into(),
            height: 7,
            tip: BlockHash([3; 32]),
            time: 1_700_000_000_000,
        }),
        Message::Verack,
        Message::Inv(items.clone()),
        Message::GetData(items.clone()),
        Message::NotFound(items),
        Message::GetHeaders(vec![BlockHash([4; 32]); 3]),
        Message::Headers(vec![block().header; 2]),
        Message::Block(Box::new(block())),
        Message::Transaction(Box::new(transfer())),
        Message::Ping(1),
        Message::Pong(u64::MAX),
        Message::CompactBlock(Box::new(CompactBlock {
            prefilled: vec![(0, block().transactions[0].clone()), (2, block().transactions[1].clone())],
            ..CompactBlock::new(block().header, 5, block().transactions[0].clone(), &[Txid([1; 32]); 4])
        })),
        Message::GetBlockTransactions(BlockTransactionsRequest { block: BlockHash([5; 32]), indices: vec![0, 7, 300] }),
        Message::BlockTransactions(BlockTransactions { block: BlockHash([5; 32]), transactions: block().transactions }),
    ]
}

fn node_controls() -> Vec<NodeControl> {
    vec![
        NodeControl::Hello {
            network: NetworkId([1; 4]),
            public_key: alice().public_key(),
            signature: sign_challenge(&alice(), NetworkId([1; 4]), &[5; 32]),
            node_kind: NodeKind::Tab,
            name: "alice".into(),
            channels: vec![NodeId([2; 8])],
        },
        NodeControl::Report(NodeReport {
            name: "alice".into(),
            address: Address([7; 20]),
            balance: Amount::COIN,
            height: 7,
            tip: BlockHash([3; 32]),
            hashrate: 1234.5,
            mining: true,
            waits: Some(MiningWait::Clock),
            limit: Some(HashrateLimit::MachineShare(0.25)),
            mempool: 3,
            links: vec![LinkReport {
                node: NodeId([2; 8]),
                transport: LinkTransport::Webrtc,
                round_trip: Some(3),
                faulty: true,
            }],
            follows_host: true,
            tip_from: Some(NodeId([2; 8])),
            role: Role::Honest,
            score: None,
        }),
        NodeControl::Unlink { link: LinkId(3) },
    ]
}

fn turn() -> IceServer {
    let said = |text: &str| Some(text.to_owned());
    IceServer { urls: vec!["turn:turn.example".into()], username: said("ada"), credential: said("secret") }
}

fn relay_controls() -> Vec<RelayControl> {
    vec![
        RelayControl::Welcome { node: NodeId([2; 8]), ice_servers: vec![turn()] },
        RelayControl::Refused { reason: "another network".into() },
        RelayControl::LinkUp { link: LinkId(1), node: NodeId([2; 8]), we_initiate: true },
        RelayControl::LinkDown { link: LinkId(1), reason: LinkEnd::Left },
        RelayControl::LinkFault {
            link: LinkId(1),
            fault: Some(LinkFault { delay: 2_000, jitter: 500, loss: 0.1, bandwidth: Some(10_000) }),
        },
        RelayControl::LinkFault { link: LinkId(1), fault: None },
        RelayControl::Apart(Separation { part: Some(NetworkPart { number: 2, of: 2 }), cut: vec![NodeId([2; 8])] }),
        RelayControl::Order { id: CommandId(1), command: Command::StartMining { blocks: Some(1), limit: None } },
    ]
}

fn signals() -> Vec<Signal> {
    let channel = ChannelNumber(7);
    let sdp = "v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=max-message-size:262144\r\n";
    vec![
        Signal::Offer { channel, sdp: sdp.into() },
        Signal::Candidate { channel, candidate: "candidate:1 1 udp 1 192.0.2.7 9 typ host".into() },
        Signal::Switched { channel },
        Signal::Reset,
    ]
}

/// One way to spoil bytes.
#[derive(Debug, Clone)]
enum Damage {
    Set(prop::sample::Index, u8),
    Flip(prop::sample::Index, u8),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index),
    Truncate(prop::sample::Index),
    /// A count that promises more than there is.
    HugeCount(prop::sample::Index, bool),
}

fn damage() -> impl Strategy<Value = Damage> {
    use prop::sample::Index;
    // Bytes that mean something to a decoder come up more often.
    let byte =
        || prop_oneof![3 => any::<u8>(), 1 => prop::sample::select(vec![0_u8, 1, 0x7f, 0x80, 0xfc, 0xfd, 0xfe, 0xff])];
    prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        (any::<Index>(), 0..8_u8).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (any::<Index>(), byte()).prop_map(|(at, byte)| Damage::Insert(at, byte)),
        any::<Index>().prop_map(Damage::Remove),
        any::<Index>().prop_map(Damage::Truncate),
        (any::<Index>(), any::<bool>()).prop_map(|(at, wide)| Damage::HugeCount(at, wide)),
    ]
}

fn spoil(mut bytes: Vec<u8>, damages: &[Damage]) -> Vec<u8> {
    for damage in damages {
        if bytes.is_empty() {
            break;
        }
        match damage {
            Damage::Set(at, byte) => *at.get_mut(&mut bytes) = *byte,
            Damage::Flip(at, bit) => *at.get_mut(&mut bytes) ^= 1 << bit,
            Damage::Insert(at, byte) => bytes.insert(at.index(bytes.len() + 1), *byte),
            Damage::Remove(at) => drop(bytes.remove(at.index(bytes.len()))),
            Damage::Truncate(at) => bytes.truncate(at.index(bytes.len())),
            Damage::HugeCount(at, wide) => {
                let at = at.index(bytes.len());
                let count: &[u8] = if *wide { &[0xff; 9] } else { &[0xfe, 0xff, 0xff, 0xff, 0x7f] };
                bytes.splice(at..=at, count.iter().copied());
            }
        }
    }
    bytes
}

/// What a decoder makes of bytes encodes to those bytes.
#[track_caller]
fn check<T: Decode + Encode>(bytes: &[u8]) {
    if let Ok(value) = T::from_bytes(bytes) {
        assert_eq!(value.to_bytes(), bytes, "{}", std::any::type_name::<T>());
    }
}

fn check_all(bytes: &[u8]) {
    check::<Header>(bytes);
    check::<Block>(bytes);
    check::<Transaction>(bytes);
    check::<Transfer>(bytes);
    check::<Memo>(bytes);
    check::<Amount>(bytes);
    check::<Address>(bytes);
    check::<PublicKey>(bytes);
    check::<Signature>(bytes);
    check::<BlockHash>(bytes);
    check::<Txid>(bytes);
    check::<MerkleRoot>(bytes);
    check::<NetworkId>(bytes);
    check::<NodeId>(bytes);
    check::<Version>(bytes);
    check::<InventoryItem>(bytes);
    if let Ok(message) = Message::from_frame(bytes) {
        assert_eq!(message.to_frame(), bytes);
    }
    check_record(b"b", bytes);
    check_record(b"m", bytes);
    check_record(b"t", bytes);
    check_envelope::<NodeControl>(bytes);
    check_envelope::<RelayControl>(bytes);
    if let Ok((links, frame)) = split_spread(bytes) {
        assert_eq!(spread(&links.into_iter().collect(), frame), bytes);
    }
    if let Ok(signal) = Signal::from_bytes(bytes) {
        assert_eq!(Signal::from_bytes(&signal.to_bytes()).expect("what we write, we read"), signal);
    }
    if let Ok(Some(frame)) = Joiner::default().join(bytes) {
        assert_eq!(pieces::cut(&frame, bytes.len()).0, bytes);
    }
}

fn check_record(key: &[u8], value: &[u8]) {
    let again = match Record::from_bytes(key, value) {
        Ok(Record::Block { arrival, block }) => Record::put_block(0, arrival, &block),
        Ok(Record::Mempool(transfer)) => Record::put_mempool(&transfer),
        Ok(Record::Tip(tip)) => Record::put_tip(tip),
        Err(_) => return,
    };
    let Change::Put(_, again) = again else { panic!("a record is put") };
    assert_eq!(again, value);
}

/// Carried bytes come back as they were. Control messages are JSON, which may be spaced and ordered in many ways: there,
/// what was read is what is read again.
fn check_envelope<Control>(bytes: &[u8])
where
    Control: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    match Envelope::<Control>::from_bytes(bytes) {
        Ok(carried @ Envelope::Carried { .. }) => assert_eq!(carried.to_bytes(), bytes),
        Ok(control) => {
            let again = Envelope::<Control>::from_bytes(&control.to_bytes()).expect("what we write, we read");
            assert_eq!(again.to_bytes(), control.to_bytes());
        }
        Err(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// CASES 15, on bytes that mean nothing. The first byte is often a type that exists.
    #[wasm_bindgen_test(unsupported = test)]
    fn random_bytes_are_refused_or_encode_again(
        first in prop_oneof![any::<u8>(), 0..12_u8],
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        check_all(&rest);
        check_all(&[&[first], &rest[..]].concat());
    }

    /// CASES 15, on messages that somebody has spoilt: they get further into the decoders.
    #[wasm_bindgen_test(unsupported = test)]
    fn spoilt_messages_are_refused_or_encode_again(
        message in prop::sample::select(messages()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        let frame = spoil(message.to_frame(), &damages);
        check_all(&frame);
        // Without its type byte, as the payload's own type.
        check_all(frame.get(1..).unwrap_or_default());
        // As a block's record, behind its arrival.
        check_record(b"b", &[&[0; 8], frame.get(1..).unwrap_or_default()].concat());
    }

    /// CASES 15 and 12 for control messages.
    #[wasm_bindgen_test(unsupported = test)]
    fn spoilt_control_messages_are_refused_or_read_again(
        to_relay in prop::sample::select(node_controls()),
        from_relay in prop::sample::select(relay_controls()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        check_all(&spoil(ToRelay::Control(to_relay).to_bytes(), &damages));
        check_all(&spoil(FromRelay::Control(from_relay).to_bytes(), &damages));
    }

    /// CASES 15 for a frame that goes to many.
    #[wasm_bindgen_test(unsupported = test)]
    fn spoilt_frames_for_many_are_refused_or_read_again(
        links in prop::collection::btree_set(any::<u32>().prop_map(LinkId), 2..6),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        check_all(&spoil(spread(&links, &Message::Ping(1).to_frame()), &damages));
    }

    /// CASES 15 for what tabs tell each other of their channels.
    #[wasm_bindgen_test(unsupported = test)]
    fn spoilt_signals_are_refused_or_read_again(
        signal in prop::sample::select(signals()),
        damages in prop::collection::vec(damage(), 1..4),
    ) {
        check_all(&spoil(signal.to_bytes(), &damages));
    }

    /// Any value that can be built survives the way over its bytes.
    #[wasm_bindgen_test(unsupported = test)]
    fn transactions_round_trip(
        (network, sender, recipient) in any::<([u8; 4], [u8; 32], [u8; 20])>(),
        (amount, fee) in (0..=Amount::MAX.units(), 0..=Amount::MAX.units()),
        (nonce, height) in any::<(u64, u32)>(),
        memo in "\\PC{0,20}",
        signature in prop::array::uniform32(any::<u8>()),
    ) {
        let recipient = Address(recipient);
        let memo = Memo::new(memo).unwrap();
        let [amount, fee] = [amount, fee].map(|units| Amount::from_units(units).unwrap());
        let transfer = Transfer {
            network: NetworkId(network),
            sender: PublicKey(sender),
            recipient,
            amount,
            fee,
            nonce,
            memo: memo.clone(),
            signature: Signature([signature, signature].concat().try_into().unwrap()),
        };
        prop_assert_eq!(Transfer::from_bytes(&transfer.to_bytes()), Ok(transfer.clone()));
        let coinbase = Transaction::Coinbase(Coinbase { height, recipient, reward: amount, tag: memo });
        prop_assert_eq!(Transaction::from_bytes(&coinbase.to_bytes()), Ok(coinbase.clone()));
        // A coinbase is no transfer.
        prop_assert!(Transfer::from_bytes(&coinbase.to_bytes()).is_err());
        let block = Block { transactions: vec![coinbase, Transaction::Transfer(transfer)], ..block() };
        prop_assert_eq!(Block::from_bytes(&block.to_bytes()), Ok(block));
    }

    /// People's texts: what is shown is read back as the same value, and what is read is shown the same way again.
    #[wasm_bindgen_test(unsupported = test)]
    fn texts_round_trip(units in 0..=Amount::MAX.units(), address in any::<[u8; 20]>(), hash in any::<[u8; 32]>(), junk in ".{0,30}") {
        let amount = Amount::from_units(units).unwrap();
        prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        prop_assert_eq!(Address(address).to_string().parse(), Ok(Address(address)));
        prop_assert_eq!(BlockHash(hash).to_string().parse(), Ok(BlockHash(hash)));
        if let Ok(amount) = junk.parse::<Amount>() {
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
        }
        prop_assert!(junk.parse::<Address>().is_err());
    }

    /// CASES 62: no single mistyped, left out or doubled character leaves an address that reads.
    #[wasm_bindgen_test(unsupported = test)]
    fn a_mistyped_address_is_refused(
        address in any::<[u8; 20]>(),
        at in any::<prop::sample::Index>(),
        typed in prop::char::range('0', 'z'),
    ) {
        let text = Address(address).to_string();
        let at = at.index(text.len());
        let mut mistyped = text.clone();
        mistyped.replace_range(at..=at, &typed.to_string());
        prop_assume!(mistyped != text);
        prop_assert!(mistyped.parse::<Address>().is_err(), "{mistyped}");
        let mut shorter = text.clone();
        shorter.remove(at);
        prop_assert!(shorter.parse::<Address>().is_err(), "{shorter}");
        let mut longer = text.clone();
        longer.insert(at, typed);
        prop_assert!(longer.parse::<Address>().is_err(), "{longer}");
    }
}

/// CASES 4 and 5: a header too short by a byte, and too long by one, alone and in a message.
#[wasm_bindgen_test(unsupported = test)]
fn a_header_takes_80_bytes() {
    let bytes = block().header.to_bytes();
    assert_eq!(bytes.len(), 80);
    assert_eq!(Header::from_bytes(&bytes[..79]), Err(DecodeError::Truncated));
    assert_eq!(Header::from_bytes(&[&bytes[..], &[0]].concat()), Err(DecodeError::TrailingBytes(1)));
    let frame = Message::Headers(vec![block().header]).to_frame();
    let malformed = |error| Err(MessageError::Malformed { name: "headers", error });
    assert_eq!(Message::from_frame(&frame[..frame.len() - 1]), malformed(DecodeError::Truncated));
    assert_eq!(Message::from_frame(&[&frame[..], &[0]].concat()), malformed(DecodeError::TrailingBytes(1)));
}

/// CASES 6.
#[wasm_bindgen_test(unsupported = test)]
fn bytes_after_a_block_are_refused() {
    let bytes = [block().to_bytes(), vec![0]].concat();
    assert_eq!(Block::from_bytes(&bytes), Err(DecodeError::TrailingBytes(1)));
    let frame = [vec![7], bytes].concat();
    assert_eq!(
        Message::from_frame(&frame),
        Err(MessageError::Malformed { name: "block", error: DecodeError::TrailingBytes(1) })
    );
}

/// CASES 7: the count of a block's transactions, in three bytes where one would do.
#[wasm_bindgen_test(unsupported = test)]
fn a_longer_count_is_refused() {
    let mut bytes = block().to_bytes();
    bytes.splice(80..81, [0xfd, 2, 0]);
    assert_eq!(Block::from_bytes(&bytes), Err(DecodeError::NonMinimalCount));
}

/// CASES 8, and each list's own limit: refused by the count alone.
#[wasm_bindgen_test(unsupported = test)]
fn counts_have_limits() {
    let huge = [0xff; 9];
    for kind in 2..=6 {
        let frame = [&[kind], &huge[..]].concat();
        assert!(matches!(
            Message::from_frame(&frame),
            Err(MessageError::Malformed { error: DecodeError::CountTooLarge { count: u64::MAX, .. }, .. })
        ));
    }
    let block = [&block().header.to_bytes()[..], &huge].concat();
    assert!(matches!(Block::from_bytes(&block), Err(DecodeError::CountTooLarge { count: u64::MAX, .. })));

    let item = InventoryItem::Block(BlockHash([1; 32]));
    for (exact, over) in [
        (Message::Inv(vec![item; MAX_INVENTORY]), Message::Inv(vec![item; MAX_INVENTORY + 1])),
        (Message::GetData(vec![item; MAX_INVENTORY]), Message::GetData(vec![item; MAX_INVENTORY + 1])),
        (
            Message::GetHeaders(vec![BlockHash([1; 32]); MAX_LOCATOR]),
            Message::GetHeaders(vec![BlockHash([1; 32]); MAX_LOCATOR + 1]),
        ),
        (
            Message::Headers(vec![self::block().header; MAX_HEADERS]),
            Message::Headers(vec![self::block().header; MAX_HEADERS + 1]),
        ),
    ] {
        assert_eq!(Message::from_frame(&exact.to_frame()), Ok(exact));
        assert!(matches!(
            Message::from_frame(&over.to_frame()),
            Err(MessageError::Malformed { error: DecodeError::CountTooLarge { .. }, .. })
        ));
    }
}

/// One place of a valid transfer's bytes is broken, each time another: what is wrong with it is named.
#[wasm_bindgen_test(unsupported = test)]
fn each_mistake_in_bytes_is_named() {
    let bytes = transfer().to_bytes();
    assert!(Transaction::from_bytes(&bytes).is_ok());
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes.splice(at..at + new.len(), new.iter().copied());
        Transaction::from_bytes(&bytes)
    };
    // Kind 0, version 1, network 2, sender 6, recipient 38, amount 58, fee 66, nonce 74, memo's count 82, memo 83.
    let unknown = |what, value| Err(DecodeError::Unknown { what, value });
    assert_eq!(with(0, &[2]), unknown("transaction kind", 2));
    assert_eq!(with(1, &[0]), unknown("transaction version", 0));
    assert_eq!(with(1, &[2]), unknown("transaction version", 2));
    let above = Amount::MAX.units() + 1;
    for at in [58, 66] {
        assert!(with(at, &Amount::MAX.units().to_le_bytes()).is_ok());
        assert_eq!(with(at, &above.to_le_bytes()), Err(DecodeError::AmountTooLarge));
    }
    assert_eq!(with(82, &[81]), Err(DecodeError::CountTooLarge { count: 81, limit: 80 }));
    assert_eq!(with(82, &[0xfd, 13, 0]), Err(DecodeError::NonMinimalCount));
    assert_eq!(with(83, &[0xff]), Err(DecodeError::NotUtf8));
    assert_eq!(with(82, &[12]), Err(DecodeError::TrailingBytes(1)));
    for length in 0..bytes.len() {
        assert_eq!(Transaction::from_bytes(&bytes[..length]), Err(DecodeError::Truncated), "{length} bytes");
    }
    // A coinbase is a transaction, and no transfer.
    let coinbase = Transaction::Coinbase(Coinbase {
        height: 1,
        recipient: Address([1; 20]),
        reward: Amount::COIN,
        tag: Memo::default(),
    });
    assert_eq!(Transaction::from_bytes(&coinbase.to_bytes()), Ok(coinbase.clone()));
    let expected = DecodeError::Unknown { what: "transfer kind", value: 0 };
    assert_eq!(Transfer::from_bytes(&coinbase.to_bytes()), Err(expected));
}

/// A list that promises its limit and brings nothing ends where its bytes do.
#[wasm_bindgen_test(unsupported = test)]
fn promised_values_that_never_come_are_missed() {
    let bytes = [0xfe, 0xff, 0xff, 0, 0];
    assert!(matches!(Reader::new(&bytes).list::<Txid>(1_000_000), Err(DecodeError::NonMinimalCount)));
    let bytes = [0xfe, 0, 0, 1, 0];
    assert_eq!(Reader::new(&bytes).list::<Txid>(1_000_000), Err(DecodeError::Truncated));
}

/// Text rules: a memo's length in bytes, not in characters; UTF-8 only.
#[wasm_bindgen_test(unsupported = test)]
fn memos_are_short_utf_8() {
    assert!(Memo::new("ü".repeat(40)).is_ok());
    assert!(Memo::new("ü".repeat(41)).is_err());
    assert_eq!(Memo::from_bytes(&[1, 0xff]), Err(DecodeError::NotUtf8));
    assert_eq!(
        Memo::from_bytes(&[&[81], &[b'm'; 81][..]].concat()),
        Err(DecodeError::CountTooLarge { count: 81, limit: 80 })
    );
    assert_eq!(Amount::from_bytes(&(Amount::MAX.units() + 1).to_le_bytes()), Err(DecodeError::AmountTooLarge));
    assert_eq!(Amount::from_bytes(&u64::MAX.to_le_bytes()), Err(DecodeError::AmountTooLarge));
}

/// Keys order as their bytes do, so that blocks are read back with parents before children.
#[wasm_bindgen_test(unsupported = test)]
fn record_keys_order_as_their_bytes() {
    let key = |height, byte| Key::Block { height, hash: BlockHash([byte; 32]) };
    let keys =
        [key(0, 9), key(1, 1), key(1, 2), key(255, 0), key(256, 0), key(u32::MAX, 0), Key::Mempool(Txid([0; 32]))];
    assert!(keys.is_sorted());
    assert!(keys.map(Key::to_bytes).is_sorted());
}

/// A control message within its limit is read, one byte over it is not.
#[wasm_bindgen_test(unsupported = test)]
fn control_messages_have_a_limit() {
    let of_size = |size: usize| {
        let mut bytes = ToRelay::Control(NodeControl::Unlink { link: LinkId(1) }).to_bytes();
        bytes.resize(1 + size, b' ');
        bytes
    };
    assert!(ToRelay::from_bytes(&of_size(MAX_CONTROL_BYTES)).is_ok());
    assert!(ToRelay::from_bytes(&of_size(MAX_CONTROL_BYTES + 1)).is_err());
}
