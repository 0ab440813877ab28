//! Strangers' bytes: a decoder answers with an error or with a value that encodes to the very bytes it came from, and the
//! room that it makes on the way is bounded by the bytes that came.

use std::fmt::Debug;

use peak_alloc::PeakAlloc;
use serde::{Serialize, de::DeserializeOwned};
use tabchain_shared::chain::store::{Change, Key, Record};
use tabchain_shared::node::recording::entry::{Entry, Start};
use tabchain_shared::node::recording::reader::{Part, RecordingReader};
use tabchain_shared::primitives::{
    Address, Amount, Block, BlockHash, Decode, Encode, Header, Memo, NetworkId, NodeId, PublicKey, Signature,
    Transaction, Transfer, Txid,
};
use tabchain_shared::wire::export::{ExportReader, encode_block};
use tabchain_shared::wire::switchboard::{Envelope, NodeControl, RelayControl, split_spread, spread};
use tabchain_shared::wire::{InventoryItem, Message, Version};

use crate::operands::Operands;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Bytes of memory a byte of input may take: a list's first room is for one value a byte, and the largest value in a list
/// is a transaction.
const MEMORY_A_BYTE: usize = 2 * size_of::<Transaction>();
/// What any input may take: error texts, and the first room of a buffer.
const MEMORY_AT_LEAST: usize = 16_384;

/// Reads the rest of an input.
pub type Decoder = fn(&[u8]);

/// What the first byte of an input selects.
pub const DECODERS: [(&str, Decoder); 22] = [
    ("message", message),
    ("to-relay", to_relay),
    ("from-relay", envelope::<RelayControl>),
    ("block-record", |bytes| record(b"b", bytes)),
    ("mempool-record", |bytes| record(b"m", bytes)),
    ("block", value::<Block>),
    ("header", value::<Header>),
    ("transaction", value::<Transaction>),
    ("transfer", value::<Transfer>),
    ("version", value::<Version>),
    ("inventory-item", value::<InventoryItem>),
    ("memo", value::<Memo>),
    ("amount", |bytes| {
        value::<Amount>(bytes);
        assert!(Amount::from_bytes(bytes).unwrap_or_default() <= Amount::MAX, "more than can exist");
    }),
    ("address", value::<Address>),
    ("key", |bytes| {
        value::<PublicKey>(bytes);
        value::<Signature>(bytes);
    }),
    ("hash", |bytes| {
        value::<BlockHash>(bytes);
        value::<Txid>(bytes);
    }),
    ("id", |bytes| {
        value::<NetworkId>(bytes);
        value::<NodeId>(bytes);
    }),
    ("export", export),
    ("recording", recording),
    ("recording-start", value::<Start>),
    ("recording-entry", value::<Entry>),
    ("any-record", |bytes| record(bytes.get(..1).unwrap_or_default(), bytes.get(1..).unwrap_or_default())),
];

pub fn run(data: &[u8]) {
    let mut operands = Operands::new(data);
    let (_, decode) = DECODERS[operands.below(DECODERS.len())];
    decode(operands.rest());
}

/// Runs a decoder within its memory.
fn bounded<T>(bytes: &[u8], decode: impl FnOnce() -> T) -> T {
    let before = HEAP.current_usage();
    HEAP.reset_peak_usage();
    let decoded = decode();
    let used = HEAP.peak_usage().saturating_sub(before);
    let allowed = MEMORY_AT_LEAST + MEMORY_A_BYTE * bytes.len();
    assert!(used <= allowed, "{} bytes of input took {used} bytes of memory, {allowed} are allowed", bytes.len());
    decoded
}

fn value<T: Decode + Encode>(bytes: &[u8]) {
    if let Ok(value) = bounded(bytes, || T::from_bytes(bytes)) {
        assert_eq!(value.to_bytes(), bytes, "{}", std::any::type_name::<T>());
    }
}

fn message(frame: &[u8]) {
    if let Ok(message) = bounded(frame, || Message::from_frame(frame)) {
        assert_eq!(message.to_frame(), frame, "{}", message.name());
    }
}

fn record(key: &[u8], value: &[u8]) {
    match bounded(value, || Record::from_bytes(key, value)) {
        Ok(Record::Block { arrival, block }) => {
            assert_eq!(Record::put_block(0, arrival, &block), Change::Put(put_key(&block), value.to_vec()));
        }
        Ok(Record::Mempool(transfer)) => {
            let Change::Put(_, again) = Record::put_mempool(&transfer) else { panic!("a transfer is put") };
            assert_eq!(again, value);
        }
        Ok(Record::Tip(tip)) => assert_eq!(Record::put_tip(tip), Change::Put(Key::Tip, value.to_vec())),
        Err(_) => {}
    }
}

fn put_key(block: &Block) -> Key {
    Key::Block { height: 0, hash: block.hash() }
}

/// An exported chain, in pieces of seven bytes: what was read of it is what it began with.
fn export(bytes: &[u8]) {
    const MAX_BLOCK_BYTES: u32 = 2_000;
    let network = NetworkId([0; 4]);
    let mut reader = ExportReader::new(network, MAX_BLOCK_BYTES);
    let mut again = Vec::new();
    let mut pieces = bytes.chunks(7);
    let mut piece: &[u8] = &[];
    loop {
        match bounded(bytes, || reader.next_block(&mut piece)) {
            Ok(Some(block)) => encode_block(network, &block, &mut again),
            Ok(None) => match pieces.next() {
                Some(next) => piece = next,
                None => break,
            },
            Err(_) => break,
        }
    }
    assert_eq!(reader.offset(), again.len() as u64);
    assert!(bytes.starts_with(&again));
}

/// A recording, in pieces of seven bytes.
fn recording(bytes: &[u8]) {
    let mut reader = RecordingReader::new();
    for mut piece in bytes.chunks(7) {
        loop {
            match bounded(bytes, || reader.next_part(&mut piece)) {
                Ok(Some(Part::Start(_) | Part::Entry(_))) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
}

/// What a node says: one of the messages that both sides know, or a frame for many.
fn to_relay(bytes: &[u8]) {
    envelope::<NodeControl>(bytes);
    if let Ok((links, frame)) = bounded(bytes, || split_spread(bytes)) {
        assert_eq!(spread(&links.into_iter().collect(), frame), bytes);
    }
}

/// Carried bytes come back as they were. Control messages are JSON, which may be spaced and ordered in many ways: there,
/// what was read is what is read again.
fn envelope<Control: Serialize + DeserializeOwned + PartialEq + Debug>(bytes: &[u8]) {
    match bounded(bytes, || Envelope::<Control>::from_bytes(bytes)) {
        Ok(carried @ Envelope::Carried { .. }) => assert_eq!(carried.to_bytes(), bytes),
        Ok(control) => {
            let again = Envelope::<Control>::from_bytes(&control.to_bytes()).expect("what we write, we read");
            assert_eq!(again, control);
        }
        Err(_) => {}
    }
}
