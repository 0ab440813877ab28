//! Messages between nodes: Bitcoin's names and manners, one byte of type before the payload.

use super::compact_block::{BlockTransactions, BlockTransactionsRequest, CompactBlock};
use crate::primitives::encode::{Decode, DecodeError, Encode, Reader, encode_count, encode_list, encode_text};
use crate::primitives::{Block, BlockHash, Header, NetworkId, PublicKey, Transfer, Txid};

/// Spoken by this build; a peer with another one is refused in words.
pub const PROTOCOL_VERSION: u32 = 2;
/// Largest frame a node sends or reads, bytes (Bitcoin Core's `MAX_PROTOCOL_MESSAGE_LENGTH`).
pub const MAX_FRAME_BYTES: usize = 4_000_000;
/// Headers in one message (Bitcoin Core's `MAX_HEADERS_RESULTS`).
pub const MAX_HEADERS: usize = 2_000;
/// Items in one `inv` or `getdata`: a fiftieth of Bitcoin Core's, in line with blocks a fiftieth as far apart.
pub const MAX_INVENTORY: usize = 1_000;
/// Hashes in a locator (Bitcoin Core's `MAX_LOCATOR_SZ`).
pub const MAX_LOCATOR: usize = 101;
/// Room that a frame begins with: for a header that is announced, a question or a small compact block, without growing.
const USUAL_FRAME_BYTES: usize = 192;
/// Bytes of a node's name.
pub const MAX_NAME_BYTES: usize = 64;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Version(Version),
    Verack,
    Inv(Vec<InventoryItem>),
    GetData(Vec<InventoryItem>),
    /// What was asked for and is not here.
    NotFound(Vec<InventoryItem>),
    /// Asks for the headers after the first locator hash that the other side has on its active chain.
    GetHeaders(Vec<BlockHash>),
    /// An answer to `GetHeaders`, or unasked the header of a new tip.
    Headers(Vec<Header>),
    Block(Box<Block>),
    Transaction(Box<Transfer>),
    Ping(u64),
    Pong(u64),
    /// An answer to `GetData` of a [`InventoryItem::CompactBlock`].
    CompactBlock(Box<CompactBlock>),
    GetBlockTransactions(BlockTransactionsRequest),
    BlockTransactions(BlockTransactions),
}

/// Who speaks, and on which network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    pub protocol: u32,
    pub network: NetworkId,
    /// Names the node ([`PublicKey::node_id`]) and where it wants to be paid. It must be the node that was introduced.
    pub public_key: PublicKey,
    /// A tab, or the resident node of a relay.
    pub is_relay: bool,
    pub name: String,
    pub height: u32,
    pub tip: BlockHash,
    /// Milliseconds since 1970 on the sender's clock.
    pub time: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InventoryItem {
    Transaction(Txid),
    Block(BlockHash),
    /// A block that is asked for in its compact form; only in `GetData`, and in the `NotFound` that answers it.
    CompactBlock(BlockHash),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MessageError {
    #[error("empty frame")]
    Empty,
    /// A newer peer may say more than this build knows: ignored, not punished.
    #[error("unknown message type {0}")]
    UnknownType(u8),
    #[error("malformed {name}: {error}")]
    Malformed { name: &'static str, error: DecodeError },
}

/// Type bytes with the names that logs and errors use.
const TYPES: [(u8, &str); 14] = [
    (0, "version"),
    (1, "verack"),
    (2, "inv"),
    (3, "getdata"),
    (4, "notfound"),
    (5, "getheaders"),
    (6, "headers"),
    (7, "block"),
    (8, "tx"),
    (9, "ping"),
    (10, "pong"),
    (11, "cmpctblock"),
    (12, "getblocktxn"),
    (13, "blocktxn"),
];

/// Frames that stand for a connection rather than for what is said over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lossless {
    /// `version` and `verack`.
    Handshake,
    /// `ping` and `pong`.
    Sign,
}

impl Lossless {
    pub fn of(frame: &[u8]) -> Option<Self> {
        match frame.first() {
            Some(0 | 1) => Some(Self::Handshake),
            Some(9 | 10) => Some(Self::Sign),
            _ => None,
        }
    }
}

impl Message {
    fn type_byte(&self) -> u8 {
        match self {
            Self::Version(_) => 0,
            Self::Verack => 1,
            Self::Inv(_) => 2,
            Self::GetData(_) => 3,
            Self::NotFound(_) => 4,
            Self::GetHeaders(_) => 5,
            Self::Headers(_) => 6,
            Self::Block(_) => 7,
            Self::Transaction(_) => 8,
            Self::Ping(_) => 9,
            Self::Pong(_) => 10,
            Self::CompactBlock(_) => 11,
            Self::GetBlockTransactions(_) => 12,
            Self::BlockTransactions(_) => 13,
        }
    }

    pub fn name(&self) -> &'static str {
        TYPES[usize::from(self.type_byte())].1
    }

    pub fn to_frame(&self) -> Vec<u8> {
        let mut frame = Vec::with_capacity(USUAL_FRAME_BYTES);
        frame.push(self.type_byte());
        match self {
            Self::Version(version) => version.encode(&mut frame),
            Self::Verack => {}
            Self::Inv(items) | Self::GetData(items) | Self::NotFound(items) => encode_list(items, &mut frame),
            Self::GetHeaders(locator) => encode_list(locator, &mut frame),
            Self::Headers(headers) => encode_list(headers, &mut frame),
            Self::Block(block) => block.encode(&mut frame),
            Self::Transaction(transfer) => transfer.encode(&mut frame),
            Self::Ping(nonce) | Self::Pong(nonce) => frame.extend(nonce.to_le_bytes()),
            Self::CompactBlock(compact) => compact.encode(&mut frame),
            Self::GetBlockTransactions(request) => request.encode(&mut frame),
            Self::BlockTransactions(transactions) => transactions.encode(&mut frame),
        }
        frame
    }

    pub fn from_frame(frame: &[u8]) -> Result<Self, MessageError> {
        let (&kind, payload) = frame.split_first().ok_or(MessageError::Empty)?;
        let &(_, name) = TYPES.get(usize::from(kind)).ok_or(MessageError::UnknownType(kind))?;
        let mut reader = Reader::new(payload);
        Self::decode_payload(kind, &mut reader)
            .and_then(|message| reader.finish().map(|()| message))
            .map_err(|error| MessageError::Malformed { name, error })
    }

    fn decode_payload(kind: u8, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match kind {
            0 => Self::Version(Version::decode(reader)?),
            1 => Self::Verack,
            2 => Self::Inv(reader.list(MAX_INVENTORY)?),
            3 => Self::GetData(reader.list(MAX_INVENTORY)?),
            4 => Self::NotFound(reader.list(MAX_INVENTORY)?),
            5 => Self::GetHeaders(reader.list(MAX_LOCATOR)?),
            6 => Self::Headers(reader.list(MAX_HEADERS)?),
            7 => Self::Block(Box::new(Block::decode(reader)?)),
            8 => Self::Transaction(Box::new(Transfer::decode(reader)?)),
            9 => Self::Ping(reader.u64()?),
            10 => Self::Pong(reader.u64()?),
            11 => Self::CompactBlock(Box::new(CompactBlock::decode(reader)?)),
            12 => Self::GetBlockTransactions(BlockTransactionsRequest::decode(reader)?),
            13 => Self::BlockTransactions(BlockTransactions::decode(reader)?),
            other => return Err(DecodeError::Unknown { what: "message type", value: other.into() }),
        })
    }
}

impl Encode for Version {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.protocol.to_le_bytes());
        self.network.encode(out);
        self.public_key.encode(out);
        out.push(self.is_relay.into());
        encode_text(&self.name, out);
        out.extend(self.height.to_le_bytes());
        self.tip.encode(out);
        out.extend(self.time.to_le_bytes());
    }
}

impl Decode for Version {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            protocol: reader.u32()?,
            network: NetworkId::decode(reader)?,
            public_key: PublicKey::decode(reader)?,
            is_relay: match reader.u8()? {
                0 => false,
                1 => true,
                other => return Err(DecodeError::Unknown { what: "node kind", value: other.into() }),
            },
            name: reader.text(MAX_NAME_BYTES)?.into(),
            height: reader.u32()?,
            tip: BlockHash::decode(reader)?,
            time: reader.u64()?,
        })
    }
}

impl Encode for InventoryItem {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Transaction(txid) => {
                encode_count(1, out);
                txid.encode(out);
            }
            Self::Block(hash) => {
                encode_count(2, out);
                hash.encode(out);
            }
            Self::CompactBlock(hash) => {
                encode_count(3, out);
                hash.encode(out);
            }
        }
    }
}

impl Decode for InventoryItem {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match reader.u8()? {
            1 => Ok(Self::Transaction(Txid::decode(reader)?)),
            2 => Ok(Self::Block(BlockHash::decode(reader)?)),
            3 => Ok(Self::CompactBlock(BlockHash::decode(reader)?)),
            other => Err(DecodeError::Unknown { what: "inventory kind", value: other.into() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use crate::consensus::Params;
    use crate::consensus::params::MAX_BLOCK_BYTES;

    /// A block that no node may send would cut the network in two.
    #[wasm_bindgen_test(unsupported = test)]
    fn the_largest_block_of_any_network_fits_a_frame() {
        let type_byte = Message::Verack.to_frame().len();
        assert_eq!(type_byte, 1);
        assert!(MAX_BLOCK_BYTES as usize + type_byte <= MAX_FRAME_BYTES);
        let too_large = Params { max_block_bytes: u32::try_from(MAX_FRAME_BYTES).unwrap(), ..Params::regtest() };
        assert!(too_large.check().is_err());
    }

    fn one_of_each() -> Vec<Message> {
        let genesis = Params::regtest().genesis();
        let hash = genesis.hash();
        let coinbase = genesis.transactions[0].clone();
        let compact = CompactBlock::new(genesis.header, 5, coinbase.clone(), &[coinbase.txid(), Txid([1; 32])]);
        let items = vec![
            InventoryItem::Transaction(Txid([1; 32])),
            InventoryItem::Block(BlockHash([2; 32])),
            InventoryItem::CompactBlock(BlockHash([3; 32])),
        ];
        vec![
            Message::Version(Version {
                protocol: PROTOCOL_VERSION,
                network: NetworkId([1; 4]),
                public_key: PublicKey([2; 32]),
                is_relay: true,
                name: "alice".into(),
                height: 7,
                tip: genesis.hash(),
                time: 1_700_000_000_000,
            }),
            Message::Verack,
            Message::Inv(items.clone()),
            Message::GetData(items.clone()),
            Message::NotFound(items),
            Message::GetHeaders(vec![genesis.hash()]),
            Message::Headers(vec![genesis.header]),
            Message::Block(Box::new(genesis)),
            Message::Ping(1),
            Message::Pong(u64::MAX),
            Message::CompactBlock(Box::new(compact)),
            Message::GetBlockTransactions(BlockTransactionsRequest { block: hash, indices: vec![0, 1, 258] }),
            Message::BlockTransactions(BlockTransactions { block: hash, transactions: vec![coinbase] }),
        ]
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn frames_round_trip() {
        for message in one_of_each() {
            assert_eq!(Message::from_frame(&message.to_frame()), Ok(message));
        }
    }

    /// CASES 1, 3 and 6.
    #[wasm_bindgen_test(unsupported = test)]
    fn bad_frames_are_told_apart() {
        assert_eq!(Message::from_frame(&[]), Err(MessageError::Empty));
        assert_eq!(Message::from_frame(&[200, 1, 2]), Err(MessageError::UnknownType(200)));
        for message in one_of_each() {
            let mut frame = message.to_frame();
            frame.push(0);
            assert!(
                matches!(Message::from_frame(&frame), Err(MessageError::Malformed { .. })),
                "{} with a trailing byte",
                message.name()
            );
        }
    }
}
