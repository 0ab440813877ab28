//! What relays of one network say to each other over the bus, byte for byte.
//!
//! A message is byte 0 and a part of a carried frame or signal, or byte 1 and JSON, as in a WebSocket of the switchboard; then
//! comes the [`Epoch`] of the process that says it. Other relays are trusted (SECURITY.md), and yet what they send never
//! panics and is never larger than [`MAX_MESSAGE_BYTES`].

use std::collections::BTreeSet;
use std::fmt;

use axum::body::Bytes;
use serde::{Deserialize, Serialize};
use tabchain_shared::node::Command;
use tabchain_shared::node::io::{Answer, CommandId, Time};
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{Address, NodeId};
use tabchain_shared::wire::link_fault::LinkFault;
use tabchain_shared::wire::switchboard::{CARRIED_HEAD_BYTES, LinkEnd, LinkId, NodeReport};

use super::address::PageAddress;
use crate::switchboard::is_sound_name;
use crate::switchboard::shares::Proven;
use crate::switchboard::topology::{MAX_FAULTS, MAX_GROUPED, MAX_GROUPS, MAX_WISHES, Shape};

/// Half of what a NATS server takes unless told otherwise (`max_payload`, 1 MiB), and room for the most links that a host can
/// have made and cut.
pub const MAX_MESSAGE_BYTES: usize = 512 * 1024;
/// Of a frame in one message: small enough that others get their turn between two parts of a large block.
pub const MAX_PART_BYTES: usize = 256 * 1024;
/// Of the nodes in one message, as JSON. The longest report has 16 KiB.
pub const MAX_CARDS_BYTES: usize = 128 * 1024;

const TAG_PART: u8 = 0;
const TAG_SAID: u8 = 1;
/// Tag and epoch.
const HEAD_BYTES: usize = 9;
/// And of a part: its number, whether more follows.
const PART_HEAD_BYTES: usize = HEAD_BYTES + 9;

/// A relay's process, drawn at random when it starts: after a restart it is another one, and nothing that was said to the
/// earlier one is meant for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u64);

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// For whom a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    Everyone,
    One(Epoch),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Packet {
    pub from: Epoch,
    pub content: Content,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    Part(Part),
    Said(Box<Said>),
}

/// What a link carries; the byte that stands for it on a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    Frame = 0,
    Signal = 2,
}

impl Carried {
    /// Of what came over a WebSocket, for one link.
    pub fn of(envelope: &[u8]) -> Self {
        if envelope.first() == Some(&(Self::Signal as u8)) { Self::Signal } else { Self::Frame }
    }
}

/// Of a frame or a signal on a link between two relays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Counts all parts on this link in this direction, from 0. A gap ends the link.
    pub number: u64,
    /// More of the same frame follows.
    pub more: bool,
    /// The link's number at the receiver.
    pub link: LinkId,
    /// As it goes out over the receiver's WebSocket: kind, link, and this part of the frame.
    pub envelope: Bytes,
}

/// Everything but frames.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Said {
    /// I am here: to everyone, every second. Whoever hears none for a while takes the relay and its nodes for gone.
    Beat {
        resident: NodeId,
        /// Where browsers reach it.
        address: Option<PageAddress>,
        /// Number of its last event, so that one who has missed some can tell.
        last_event: u64,
        policy: PolicyVersion,
    },
    /// I stop.
    Goodbye,
    /// To everyone: what became of my nodes. The first event has this number, the next ones follow.
    Happened {
        first: u64,
        events: Vec<NodeEvent>,
    },
    /// Tell me all your nodes.
    AskRoster,
    /// All my nodes as of this event, in parts.
    Roster {
        last_event: u64,
        part: u16,
        parts: u16,
        nodes: Vec<NodeCard>,
        /// Of pages that others have advertised, also of relays that are gone: their tabs may come.
        addresses: BTreeSet<PageAddress>,
    },
    AskPolicy,
    /// What the host wants of the network, all of it.
    Policy(Policy),
    /// My node would like a link with yours. The number is mine.
    Offer {
        link: LinkId,
        initiator: NodeId,
        /// When I took the initiator in: tells that the receiver knows this connection of it.
        since: Time,
        other: NodeId,
        /// The host, the shape or the network's cohesion asks for just this one.
        firm: bool,
    },
    /// The link that you offered stands.
    Accept {
        link: LinkId,
        mine: LinkId,
    },
    Refuse {
        link: LinkId,
        reason: Refusal,
    },
    /// The link that one of us offered under this number has ended.
    Unlink {
        offered_by: Epoch,
        link: LinkId,
        reason: LinkEnd,
    },
    /// You sent something on this link, by my number, and I know of no such link with you.
    NoSuchLink {
        link: LinkId,
    },
    /// From a host: for a node of yours.
    Order {
        id: CommandId,
        node: NodeId,
        command: Command,
    },
    /// Absent: there is no such node, or it has left without an answer.
    Answer {
        id: CommandId,
        node: NodeId,
        answer: Option<Answer>,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "few are of the small kind")]
pub enum NodeEvent {
    /// It has come, or says something new of itself.
    Here(NodeCard),
    Left(NodeId),
}

/// A node, as its relay tells others of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeCard {
    pub id: NodeId,
    pub name: String,
    pub kind: NodeKind,
    pub address: Address,
    /// When its relay took it in; later than every relay did that it knew to have it. Of two relays that have one node, that
    /// with the later one keeps it.
    pub since: Time,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<NodeReport>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proven: Option<Proven>,
}

/// Tells which of two policies is the newer one: the count of the host's orders, and of two at once whose it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyVersion {
    pub count: u64,
    pub author: Epoch,
}

impl PolicyVersion {
    /// What a relay was started with.
    pub const INITIAL: Self = Self { count: 0, author: Epoch(0) };
}

/// The host's wishes for the whole network: shape, single links, parts and faults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    pub version: PolicyVersion,
    /// The version that gave the shape: setting the same shape anew is an order, too.
    pub shaped: PolicyVersion,
    pub shape: Shape,
    pub linked: Vec<[NodeId; 2]>,
    pub apart: Vec<[NodeId; 2]>,
    /// Parts that the network is in, besides that of everyone else; none while it is whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Vec<NodeId>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<([NodeId; 2], LinkFault)>,
}

/// Why a link is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// One of the two is not known here, or not yet.
    Absent,
    /// It has as many links as the shape gives it.
    Full,
    /// One of the two does not want the other, or the host keeps them apart.
    Unwanted,
}

#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    #[error("{0} bytes; {MAX_MESSAGE_BYTES} are allowed")]
    TooLarge(usize),
    #[error("ends too early")]
    Truncated,
    #[error("unknown kind {0}")]
    UnknownKind(u8),
    #[error("a part that is neither of a frame nor of a signal")]
    NotCarried,
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("a node whose name or report makes no sense")]
    UnsoundNode,
    #[error("a policy that no host can have ordered")]
    UnsoundPolicy,
    #[error("part {part} of {parts}")]
    UnsoundParts { part: u16, parts: u16 },
}

impl Packet {
    pub fn said(from: Epoch, said: &Said) -> Bytes {
        let mut bytes = head(TAG_SAID, from, 256);
        serde_json::to_writer(&mut bytes, said).expect("what relays say is plain data");
        bytes.into()
    }

    /// The parts of a frame or signal, for a link that has the number `theirs` there.
    pub fn parts(
        from: Epoch,
        first_number: u64,
        theirs: LinkId,
        kind: Carried,
        frame: &[u8],
    ) -> impl Iterator<Item = Bytes> {
        let count = part_count(frame);
        (0..count).zip(first_number..).map(move |(index, number)| {
            let start = index * MAX_PART_BYTES;
            let content = &frame[start..frame.len().min(start + MAX_PART_BYTES)];
            let mut bytes = head(TAG_PART, from, PART_HEAD_BYTES + CARRIED_HEAD_BYTES + content.len());
            bytes.extend(number.to_le_bytes());
            bytes.push(u8::from(index + 1 < count));
            bytes.push(kind as u8);
            bytes.extend(theirs.0.to_le_bytes());
            bytes.extend(content);
            bytes.into()
        })
    }

    /// What is carried stays where it is: it goes on to a WebSocket without being copied.
    pub fn read(bytes: &Bytes) -> Result<Self, MessageError> {
        if bytes.len() > MAX_MESSAGE_BYTES {
            return Err(MessageError::TooLarge(bytes.len()));
        }
        let (&tag, rest) = bytes.split_first().ok_or(MessageError::Truncated)?;
        let (epoch, rest) = rest.split_first_chunk().ok_or(MessageError::Truncated)?;
        let content = match tag {
            TAG_PART => Content::Part(Part::read(bytes, rest)?),
            TAG_SAID => {
                let said: Box<Said> = serde_json::from_slice(rest)?;
                said.check()?;
                Content::Said(said)
            }
            other => return Err(MessageError::UnknownKind(other)),
        };
        Ok(Self { from: Epoch(u64::from_le_bytes(*epoch)), content })
    }
}

/// Messages that a frame takes. An empty one takes one, too.
pub fn part_count(frame: &[u8]) -> usize {
    frame.len().div_ceil(MAX_PART_BYTES).max(1)
}

fn head(tag: u8, from: Epoch, capacity: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(capacity);
    bytes.push(tag);
    bytes.extend(from.0.to_le_bytes());
    bytes
}

impl Part {
    fn read(whole: &Bytes, rest: &[u8]) -> Result<Self, MessageError> {
        let (number, rest) = rest.split_first_chunk().ok_or(MessageError::Truncated)?;
        let (&more, rest) = rest.split_first().ok_or(MessageError::Truncated)?;
        let (&kind, rest) = rest.split_first().ok_or(MessageError::Truncated)?;
        let link = rest.first_chunk().ok_or(MessageError::Truncated)?;
        if more > 1 || !matches!(kind, 0 | 2) {
            return Err(MessageError::NotCarried);
        }
        Ok(Self {
            number: u64::from_le_bytes(*number),
            more: more == 1,
            link: LinkId(u32::from_le_bytes(*link)),
            envelope: whole.slice(PART_HEAD_BYTES..),
        })
    }

    pub fn is_signal(&self) -> bool {
        Carried::of(&self.envelope) == Carried::Signal
    }
}

impl Said {
    /// What JSON cannot say.
    fn check(&self) -> Result<(), MessageError> {
        let sound = match self {
            Self::Happened { events, .. } => events.iter().all(|event| match event {
                NodeEvent::Here(card) => card.is_sound(),
                NodeEvent::Left(_) => true,
            }),
            Self::Roster { part, parts, nodes, .. } => {
                if part >= parts {
                    return Err(MessageError::UnsoundParts { part: *part, parts: *parts });
                }
                nodes.iter().all(NodeCard::is_sound)
            }
            Self::Policy(policy) => {
                return if policy.is_sound() { Ok(()) } else { Err(MessageError::UnsoundPolicy) };
            }
            _ => true,
        };
        if sound { Ok(()) } else { Err(MessageError::UnsoundNode) }
    }
}

impl Policy {
    /// Whether a host can have ordered it: another relay says so, or a file.
    pub fn is_sound(&self) -> bool {
        self.shape.is_sound()
            && self.linked.len() + self.apart.len() <= MAX_WISHES
            && self.groups.len() <= MAX_GROUPS
            && self.groups.iter().map(Vec::len).sum::<usize>() <= MAX_GROUPED
            && self.faults.len() <= MAX_FAULTS
            && self.faults.iter().all(|(_, fault)| fault.check().is_ok())
    }
}

impl NodeCard {
    fn is_sound(&self) -> bool {
        is_sound_name(&self.name) && self.report.as_ref().is_none_or(|report| is_sound_name(&report.name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tabchain_shared::primitives::SecretKey;

    use super::*;

    fn card() -> NodeCard {
        let key = SecretKey::from_seed([1; 32]).public_key();
        NodeCard {
            id: key.node_id(),
            name: "ada".into(),
            kind: NodeKind::Tab,
            address: key.address(),
            since: Time(7),
            report: None,
            proven: None,
        }
    }

    fn read(bytes: &Bytes) -> Packet {
        Packet::read(bytes).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn what_relays_say_comes_back() {
        let (from, node) = (Epoch(u64::MAX), card().id);
        let version = PolicyVersion { count: 3, author: from };
        for said in [
            Said::Beat { resident: node, address: None, last_event: 9, policy: version },
            Said::Goodbye,
            Said::Happened { first: 4, events: vec![NodeEvent::Here(card()), NodeEvent::Left(node)] },
            Said::Policy(Policy {
                version,
                shaped: PolicyVersion::INITIAL,
                shape: Shape::Random { degree: 3 },
                linked: vec![[node; 2]],
                apart: vec![],
                groups: vec![vec![node]],
                faults: vec![([node; 2], LinkFault { loss: 0.5, ..LinkFault::default() })],
            }),
            Said::Offer { link: LinkId(1), initiator: node, since: Time(2), other: node, firm: true },
            Said::Unlink { offered_by: from, link: LinkId(1), reason: LinkEnd::Left },
            Said::Order { id: CommandId(1), node, command: Command::StopMining },
            Said::Answer { id: CommandId(1), node, answer: Some(Answer::Done) },
        ] {
            assert_eq!(read(&Packet::said(from, &said)), Packet { from, content: Content::Said(Box::new(said)) });
        }
    }

    #[test]
    fn all_that_a_host_can_wish_for_fits_into_a_message() {
        let pair = [NodeId([0xff; 8]); 2];
        let version = PolicyVersion { count: u64::MAX, author: Epoch(u64::MAX) };
        let (linked, apart) = (vec![pair; MAX_WISHES], Vec::new());
        let groups = vec![vec![pair[0]; MAX_GROUPED / MAX_GROUPS]; MAX_GROUPS];
        let worst = LinkFault { delay: 5_000, jitter: 5_000, loss: 0.123_456_789_012_345, bandwidth: Some(u32::MAX) };
        let faults = vec![(pair, worst); MAX_FAULTS];
        let policy = Policy { version, shaped: version, shape: Shape::default(), linked, apart, groups, faults };
        let bytes = Packet::said(Epoch(u64::MAX), &Said::Policy(policy));
        assert!(Packet::read(&bytes).is_ok(), "{} bytes", bytes.len());
    }

    #[test]
    fn frames_come_apart_and_go_on_under_the_receivers_number() {
        let frame: Vec<u8> = (0..=u8::MAX).cycle().take(2 * MAX_PART_BYTES + 1).collect();
        let parts: Vec<Part> = Packet::parts(Epoch(1), 5, LinkId(9), Carried::Frame, &frame)
            .map(|bytes| match read(&bytes).content {
                Content::Part(part) => part,
                Content::Said(said) => panic!("{said:?}"),
            })
            .collect();
        assert_eq!(
            parts.iter().map(|part| (part.number, part.more)).collect::<Vec<_>>(),
            [(5, true), (6, true), (7, false)]
        );
        assert!(parts.iter().all(|part| part.link == LinkId(9) && part.envelope[..5] == [0, 9, 0, 0, 0]));
        let whole: Vec<u8> = parts.iter().flat_map(|part| part.envelope[5..].to_vec()).collect();
        assert_eq!(whole, frame);
        let empty: Vec<Bytes> = Packet::parts(Epoch(1), 0, LinkId(9), Carried::Signal, &[]).collect();
        assert_eq!(empty.len(), 1);
        assert!(matches!(read(&empty[0]).content, Content::Part(part) if part.is_signal() && !part.more));
    }

    /// Each breaks one rule of the decoder.
    #[test]
    fn what_is_no_message_is_refused() {
        let said = |text: &str| Packet::read(&[&[1; 9], text.as_bytes()].concat().into());
        assert!(matches!(Packet::read(&Bytes::new()), Err(MessageError::Truncated)));
        assert!(matches!(Packet::read(&vec![1; 8].into()), Err(MessageError::Truncated)));
        assert!(matches!(Packet::read(&vec![7; 9].into()), Err(MessageError::UnknownKind(7))));
        assert!(matches!(Packet::read(&vec![0; MAX_MESSAGE_BYTES + 1].into()), Err(MessageError::TooLarge(_))));
        for length in HEAD_BYTES..PART_HEAD_BYTES + CARRIED_HEAD_BYTES {
            assert!(matches!(Packet::read(&vec![0; length].into()), Err(MessageError::Truncated)), "{length}");
        }
        let part = |more, kind| [vec![0; HEAD_BYTES + 8], vec![more, kind, 0, 0, 0, 0]].concat();
        assert!(Packet::read(&part(1, 2).into()).is_ok());
        assert!(matches!(Packet::read(&part(2, 0).into()), Err(MessageError::NotCarried)));
        assert!(matches!(Packet::read(&part(0, 1).into()), Err(MessageError::NotCarried)));
        assert!(matches!(said("{\"kind\":\"shout\"}"), Err(MessageError::Json(_))));
        assert!(matches!(said(&"[".repeat(10_000)), Err(MessageError::Json(_))));
        let parts = "{\"kind\":\"roster\",\"last_event\":1,\"part\":1,\"parts\":1,\"nodes\":[],\"addresses\":[]}";
        assert!(matches!(said(parts), Err(MessageError::UnsoundParts { .. })));
        let nameless =
            Said::Happened { first: 1, events: vec![NodeEvent::Here(NodeCard { name: "\n".into(), ..card() })] };
        assert!(matches!(Packet::read(&Packet::said(Epoch(1), &nameless)), Err(MessageError::UnsoundNode)));
        let version = PolicyVersion::INITIAL;
        let shape = Shape::default();
        let (linked, apart, groups, faults) = (vec![], vec![], vec![], vec![]);
        let sound = Policy { version, shaped: version, shape, linked, apart, groups, faults };
        let wild = Policy { shape: Shape::Random { degree: 1_000_000 }, ..sound.clone() };
        let split = Policy { groups: vec![vec![]; MAX_GROUPS + 1], ..sound.clone() };
        let endless = LinkFault { delay: u32::MAX, ..LinkFault::default() };
        let bent = Policy { faults: vec![([NodeId([1; 8]); 2], endless)], ..sound };
        for policy in [wild, split, bent] {
            let bytes = Packet::said(Epoch(1), &Said::Policy(policy));
            assert!(matches!(Packet::read(&bytes), Err(MessageError::UnsoundPolicy)));
        }
    }

    proptest! {
        /// CASES 15, for the bus: whatever it delivers, reading it ends.
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), tag in 0_u8..3) {
            let _ = Packet::read(&[vec![tag], bytes].concat().into());
        }
    }
}
