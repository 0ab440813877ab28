//! The bytes of what is recorded, one encoding a value: the start, and the entries after it.

use super::super::Config;
use super::super::config::{MAX_KNOWN_INVENTORY, OVERDUE_INTERVAL, REMEMBERED_BLOCKS, REMEMBERED_HAPPENINGS};
use super::super::io::{Command, CommandId, Input, LoadId, PeerId, StoreId, Time, Timer};
use super::super::role::{KnownTable, Role};
use super::super::snapshot::NodeKind;
use super::{DIGEST_BYTES, Ending, MAX_ENTRY_BYTES};
use crate::chain::RecentLimits;
use crate::chain::store::Record;
use crate::consensus::Params;
use crate::mining::{HashrateLimit, Solution};
use crate::primitives::encode::{encode_count, encode_option, encode_text};
use crate::primitives::{
    Address, Amount, Block, BlockHash, Decode, DecodeError, Encode, Memo, NodeId, PublicKey, Reader, Transfer,
};
use crate::wire::message::MAX_NAME_BYTES;

/// Of a network's parameters as JSON.
const MAX_PARAMS_BYTES: usize = 4_096;

/// What the node was made of.
#[derive(Debug, Clone)]
pub struct Start {
    pub config: Config,
    pub params: Params,
    pub public_key: PublicKey,
    pub time: Time,
}

#[derive(Debug, Clone)]
pub struct Entry {
    pub time: Time,
    pub content: Content,
}

#[derive(Debug, Clone)]
pub enum Content {
    Input(Input),
    Checkpoint(Check),
    /// Always the last entry.
    End(Ending, Check),
}

/// What a replay is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// [`Node::state_hash`](super::Node::state_hash) after the inputs so far.
    pub state: [u8; 32],
    /// SHA-256 of all bytes of the recording before these.
    pub file: [u8; DIGEST_BYTES],
}

impl Encode for Start {
    fn encode(&self, out: &mut Vec<u8>) {
        let Config {
            name,
            kind,
            seed,
            ping_interval,
            // A timer's firing is an input of its own, and only simulations choose another interval.
            overdue_interval: _,
            max_peers,
            recent,
            max_headers_ahead,
            max_pre_sync_headers,
            // Only shown.
            remembered_happenings: _,
            // These as well.
            max_known_inventory: _,
            remembered_blocks: _,
        } = &self.config;
        encode_text(name, out);
        out.push(match kind {
            NodeKind::Tab => 0,
            NodeKind::Relay => 1,
        });
        out.extend(seed.to_le_bytes());
        out.extend(ping_interval.to_le_bytes());
        encode_count(*max_peers, out);
        encode_count(recent.blocks, out);
        encode_count(recent.bytes, out);
        out.extend(max_headers_ahead.to_le_bytes());
        encode_count(*max_pre_sync_headers, out);
        encode_text(&json(&self.params), out);
        self.public_key.encode(out);
        out.extend(self.time.0.to_le_bytes());
    }
}

impl Decode for Start {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let config = Config {
            name: reader.text(MAX_NAME_BYTES)?.into(),
            kind: match reader.u8()? {
                0 => NodeKind::Tab,
                1 => NodeKind::Relay,
                other => return Err(unknown("kind of node", other)),
            },
            seed: reader.u64()?,
            ping_interval: reader.u64()?,
            overdue_interval: OVERDUE_INTERVAL,
            max_peers: reader.count(usize::MAX)?,
            recent: RecentLimits { blocks: reader.count(usize::MAX)?, bytes: reader.count(usize::MAX)? },
            max_headers_ahead: reader.u32()?,
            max_pre_sync_headers: reader.count(usize::MAX)?,
            remembered_happenings: REMEMBERED_HAPPENINGS,
            max_known_inventory: MAX_KNOWN_INVENTORY,
            remembered_blocks: REMEMBERED_BLOCKS,
        };
        let text = reader.text(MAX_PARAMS_BYTES)?;
        let params = serde_json::from_str(text).ok().filter(|params: &Params| params.check().is_ok());
        // JSON can say one thing in many ways; only our own is a recording's.
        let params = params.filter(|params| json(params) == text).ok_or(DecodeError::Unknown {
            what: "network parameters, bytes:",
            value: u32::try_from(text.len()).unwrap_or(u32::MAX),
        })?;
        Ok(Self { config, params, public_key: PublicKey::decode(reader)?, time: Time(reader.u64()?) })
    }
}

fn json(params: &Params) -> String {
    serde_json::to_string(params).expect("parameters are plain data")
}

const CHECKPOINT: u8 = 0x80;
const END: u8 = 0x81;

impl Encode for Entry {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.time.0.to_le_bytes());
        match &self.content {
            Content::Input(input) => input.encode(out),
            Content::Checkpoint(check) => {
                out.push(CHECKPOINT);
                check.encode(out);
            }
            Content::End(ending, check) => {
                out.extend([END, u8::from(*ending == Ending::Limit)]);
                check.encode(out);
            }
        }
    }
}

impl Decode for Entry {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let time = Time(reader.u64()?);
        let content = match reader.u8()? {
            CHECKPOINT => Content::Checkpoint(Check::decode(reader)?),
            END => {
                let ending = if reader.flag()? { Ending::Limit } else { Ending::Stopped };
                Content::End(ending, Check::decode(reader)?)
            }
            kind => Content::Input(decode_input(kind, reader)?),
        };
        Ok(Self { time, content })
    }
}

impl Encode for Check {
    fn encode(&self, out: &mut Vec<u8>) {
        out.extend(self.state);
        out.extend(self.file);
    }
}

impl Decode for Check {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { state: reader.array()?, file: reader.array()? })
    }
}

impl Encode for Input {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::PeerConnected { peer, node, we_initiated } => {
                out.push(0);
                out.extend(peer.0.to_le_bytes());
                node.encode(out);
                out.push((*we_initiated).into());
            }
            Self::PeerDisconnected { peer } => {
                out.push(1);
                out.extend(peer.0.to_le_bytes());
            }
            Self::FrameReceived { peer, frame } => {
                out.push(2);
                out.extend(peer.0.to_le_bytes());
                encode_count(frame.len(), out);
                out.extend_from_slice(frame);
            }
            Self::TimerFired(timer) => out.extend([3, timer_number(*timer)]),
            Self::NonceFound(solution) => {
                out.push(4);
                solution.encode(out);
            }
            Self::HashrateMeasured(hashrate) => {
                out.push(5);
                out.extend(hashrate.to_bits().to_le_bytes());
            }
            Self::Command { id, command } => {
                out.push(6);
                out.extend(id.0.to_le_bytes());
                command.encode(out);
            }
            Self::RecordsLoaded(records) => {
                out.push(7);
                encode_count(records.len(), out);
                for record in records {
                    encode_record(Some(record), out);
                }
            }
            Self::AllRecordsLoaded => out.push(8),
            Self::Loaded { id, records } => {
                out.push(9);
                out.extend(id.0.to_le_bytes());
                encode_count(records.len(), out);
                for record in records {
                    encode_record(record.as_ref(), out);
                }
            }
            Self::Stored(id) => {
                out.push(10);
                out.extend(id.0.to_le_bytes());
            }
            Self::StoreFailed { id, reason } => {
                out.push(11);
                out.extend(id.0.to_le_bytes());
                encode_text(reason, out);
            }
        }
    }
}

impl Decode for Input {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let kind = reader.u8()?;
        decode_input(kind, reader)
    }
}

fn decode_input(kind: u8, reader: &mut Reader<'_>) -> Result<Input, DecodeError> {
    Ok(match kind {
        0 => {
            let (peer, node) = (PeerId(reader.u64()?), NodeId::decode(reader)?);
            Input::PeerConnected { peer, node, we_initiated: reader.flag()? }
        }
        1 => Input::PeerDisconnected { peer: PeerId(reader.u64()?) },
        2 => {
            let peer = PeerId(reader.u64()?);
            let length = reader.count(MAX_ENTRY_BYTES)?;
            Input::FrameReceived { peer, frame: reader.take(length)?.to_vec().into() }
        }
        3 => Input::TimerFired(decode_timer(reader)?),
        4 => Input::NonceFound(Solution::decode(reader)?),
        5 => Input::HashrateMeasured(f64::from_bits(reader.u64()?)),
        6 => Input::Command { id: CommandId(reader.u64()?), command: Command::decode(reader)? },
        7 => Input::RecordsLoaded(decode_records(reader, |record| record.ok_or(unknown("record", NO_RECORD)))?),
        8 => Input::AllRecordsLoaded,
        9 => Input::Loaded { id: LoadId(reader.u64()?), records: decode_records(reader, Ok)? },
        10 => Input::Stored(StoreId(reader.u64()?)),
        11 => Input::StoreFailed { id: StoreId(reader.u64()?), reason: reader.text(MAX_ENTRY_BYTES)?.into() },
        other => return Err(unknown("kind of entry", other)),
    })
}

fn timer_number(timer: Timer) -> u8 {
    match timer {
        Timer::Ping => 0,
        Timer::Overdue => 1,
        Timer::Template => 2,
        Timer::HeldBlock => 3,
        Timer::Announce => 4,
    }
}

fn decode_timer(reader: &mut Reader<'_>) -> Result<Timer, DecodeError> {
    Ok(match reader.u8()? {
        0 => Timer::Ping,
        1 => Timer::Overdue,
        2 => Timer::Template,
        3 => Timer::HeldBlock,
        4 => Timer::Announce,
        other => return Err(unknown("timer", other)),
    })
}

impl Encode for Command {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Pay { recipient, amount, fee, memo } => {
                out.push(0);
                recipient.encode(out);
                amount.encode(out);
                encode_option(*fee, out, |fee, out| fee.encode(out));
                memo.encode(out);
            }
            Self::Submit { transfer } => {
                out.push(1);
                transfer.encode(out);
            }
            Self::StartMining { blocks, limit } => {
                out.push(2);
                encode_option(*blocks, out, |blocks, out| out.extend(blocks.to_le_bytes()));
                encode_option(*limit, out, |limit, out| limit.encode(out));
            }
            Self::StopMining => out.push(3),
            Self::Rename { name } => {
                out.push(4);
                encode_text(name, out);
            }
            Self::CompareTip { hash, height } => {
                out.push(5);
                hash.encode(out);
                out.extend(height.to_le_bytes());
            }
            Self::Play { role } => {
                out.push(6);
                role.encode(out);
            }
            Self::MineOn { parent } => {
                out.push(7);
                parent.encode(out);
            }
            Self::ShowChain { above } => {
                out.push(8);
                encode_count(above.len(), out);
                for hash in above {
                    hash.encode(out);
                }
            }
        }
    }
}

impl Encode for Role {
    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Honest => out.push(0),
            Self::Selfish => out.push(1),
            Self::DoubleSpender { merchant, confirmations } => {
                out.push(2);
                merchant.encode(out);
                out.extend(confirmations.to_le_bytes());
            }
            Self::Merchant { confirmations } => {
                out.push(3);
                out.extend(confirmations.to_le_bytes());
            }
            Self::Withholder { table } => out.extend([4, *table as u8]),
        }
    }
}

impl Decode for Role {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.u8()? {
            0 => Self::Honest,
            1 => Self::Selfish,
            2 => Self::DoubleSpender { merchant: Address::decode(reader)?, confirmations: reader.u32()? },
            3 => Self::Merchant { confirmations: reader.u32()? },
            4 => {
                let number = reader.u8()?;
                let table = KnownTable::ALL.get(usize::from(number)).ok_or_else(|| unknown("table", number))?;
                Self::Withholder { table: *table }
            }
            other => return Err(unknown("role", other)),
        })
    }
}

impl Decode for Command {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match reader.u8()? {
            0 => Self::Pay {
                recipient: Address::decode(reader)?,
                amount: Amount::decode(reader)?,
                fee: reader.option(Amount::decode)?,
                memo: Memo::decode(reader)?,
            },
            1 => Self::Submit { transfer: Box::new(Transfer::decode(reader)?) },
            2 => {
                Self::StartMining { blocks: reader.option(Reader::u32)?, limit: reader.option(HashrateLimit::decode)? }
            }
            3 => Self::StopMining,
            4 => Self::Rename { name: reader.text(MAX_ENTRY_BYTES)?.into() },
            5 => Self::CompareTip { hash: BlockHash::decode(reader)?, height: reader.u32()? },
            6 => Self::Play { role: Role::decode(reader)? },
            7 => Self::MineOn { parent: BlockHash::decode(reader)? },
            8 => {
                let count = reader.count(MAX_ENTRY_BYTES)?;
                // Room is made as hashes arrive, not as the count promises.
                let mut above = Vec::new();
                for _ in 0..count {
                    above.push(BlockHash::decode(reader)?);
                }
                Self::ShowChain { above }
            }
            other => return Err(unknown("command", other)),
        })
    }
}

const NO_RECORD: u8 = 0;

fn encode_record(record: Option<&Record>, out: &mut Vec<u8>) {
    match record {
        None => out.push(NO_RECORD),
        Some(Record::Block { arrival, block }) => {
            out.push(1);
            out.extend(arrival.to_le_bytes());
            block.encode(out);
        }
        Some(Record::Mempool(transfer)) => {
            out.push(2);
            transfer.encode(out);
        }
        Some(Record::Tip(tip)) => {
            out.push(3);
            tip.encode(out);
        }
    }
}

/// Room is made as records arrive, not as the count promises.
fn decode_records<T>(
    reader: &mut Reader<'_>,
    each: impl Fn(Option<Record>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let count = reader.count(MAX_ENTRY_BYTES)?;
    let mut records = Vec::new();
    for _ in 0..count {
        let record = match reader.u8()? {
            NO_RECORD => None,
            1 => Some(Record::Block { arrival: reader.u64()?, block: Box::new(Block::decode(reader)?) }),
            2 => Some(Record::Mempool(Box::new(Transfer::decode(reader)?))),
            3 => Some(Record::Tip(BlockHash::decode(reader)?)),
            other => return Err(unknown("record", other)),
        };
        records.push(each(record)?);
    }
    Ok(records)
}

fn unknown(what: &'static str, value: u8) -> DecodeError {
    DecodeError::Unknown { what, value: value.into() }
}
