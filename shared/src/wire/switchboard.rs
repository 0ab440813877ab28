//! Frames between a node and a relay's switchboard.
//!
//! The switchboard introduces nodes to each other (a *link*) and carries what they say unread. A binary WebSocket message
//! is one frame: byte 0 and the link's number before carried bytes, byte 1 before a control message as JSON, or byte 2
//! and the link's number before a signal. Control messages are rare, and JSON keeps them legible in a browser's developer
//! tools. Signals are what the drivers at a link's two ends tell each other to open a channel of their own (WebRTC); the
//! relay carries them unread as well, and the nodes never see them. What a node has to tell several others it says once
//! (`spread`), and each of them gets it as a carried frame.
//!
//! A connection goes: relay `Challenge`, node `Hello`, relay `Welcome` or `Refused`, then links and carried frames.

mod fan_out;
mod reading;
mod spread;

pub use fan_out::{FanOut, Part};
pub use spread::{MAX_SPREAD_LINKS, is_spread, split_spread, spread};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::link_fault::LinkFault;
use super::message::MAX_FRAME_BYTES;
use crate::consensus::Params;
use crate::mining::HashrateLimit;
use crate::mining::share::Shares;
use crate::node::io::{Answer, Command, CommandId, Time};
use crate::node::role::{Role, Score};
use crate::node::snapshot::{MiningWait, NodeKind};
use crate::primitives::encode::DecodeError;
use crate::primitives::{BlockHash, CompactTarget, NetworkId, NodeId, PublicKey, SecretKey, Signature};

const TAG_CARRIED: u8 = 0;
const TAG_CONTROL: u8 = 1;
const TAG_SIGNAL: u8 = 2;

/// Largest WebSocket message on either side, bytes: a frame for as many links as one may be for.
pub const MAX_ENVELOPE_BYTES: usize = spread::MAX_HEAD_BYTES + MAX_FRAME_BYTES;
/// What stands before a carried frame or a signal, bytes: the tag and the link's number.
pub const CARRIED_HEAD_BYTES: usize = 5;
/// Largest control message, bytes.
pub const MAX_CONTROL_BYTES: usize = 16_384;
/// Largest signal, bytes: a session description with all its candidates has a few thousand.
pub const MAX_SIGNAL_BYTES: usize = 16_384;
/// Channels that a node may name in its `Hello`.
pub const MAX_CHANNELS: usize = 64;
/// Addresses of relays that a tab is told and keeps: enough to find one, and few enough to try them all in turn.
pub const MAX_ADDRESSES: usize = 8;
/// Nodes from which a host keeps another one, as far as that is told to it.
pub const MAX_TOLD_CUTS: usize = 32;

/// Names a link at one of its ends. Numbers are given by the relay and not used again on that connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LinkId(pub u32);

#[derive(Debug, Clone, PartialEq)]
pub enum Envelope<Control> {
    Carried {
        link: LinkId,
        frame: Vec<u8>,
    },
    Control(Control),
    /// From the driver at one end of a link to the driver at the other.
    Signal {
        link: LinkId,
        signal: Vec<u8>,
    },
}

pub type FromRelay = Envelope<RelayControl>;
pub type ToRelay = Envelope<NodeControl>;

/// What a relay says to a node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", try_from = "reading::Fields")]
pub enum RelayControl {
    /// First message on a connection: sign these bytes with [`sign_challenge`].
    Challenge {
        #[serde(with = "hex")]
        challenge: [u8; 32],
        params: Params,
        /// The relay's clock, so that a node can tell a person that theirs is wrong.
        time: Time,
    },
    Welcome {
        node: NodeId,
        /// What finds a way between two networks for a channel; the host chooses them, and usually there are none.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ice_servers: Vec<IceServer>,
    },
    /// Where pages of this network are, this relay's own first, as browsers name an origin (`http://192.168.1.20:8000`): when
    /// one relay is gone, its tabs find another there. Said to tabs, anew whenever it changes.
    Relays {
        addresses: Vec<String>,
    },
    /// The connection closes after this. In words for a person.
    Refused {
        reason: String,
    },
    LinkUp {
        link: LinkId,
        node: NodeId,
        we_initiate: bool,
    },
    LinkDown {
        link: LinkId,
        reason: LinkEnd,
    },
    /// What the host has this link do to frames from now on; absent: nothing any more. A new link does nothing.
    LinkFault {
        link: LinkId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fault: Option<LinkFault>,
    },
    /// From whom the host keeps this node, all of it; said when it changes.
    Apart(Separation),
    /// The host wants shares under this target from now on, so that it sees how fast the node hashes. The wish changes with
    /// the node's speed, a few times a minute at most once that is steady.
    ShareTarget {
        bits: CompactTarget,
    },
    /// The host asks. A node that does not follow the host refuses.
    Order {
        id: CommandId,
        command: Command,
    },
}

/// A STUN or TURN server, as a browser's `RTCConfiguration` names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// From whom a host keeps a node: nothing, as long as it does not interfere.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Separation {
    /// Of the network, if it is in parts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<NetworkPart>,
    /// Nodes that are there, and with which the host has cut the link; at most [`MAX_TOLD_CUTS`] of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<NodeId>,
}

/// One of the parts that a host has divided the network into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPart {
    /// From 1 on.
    pub number: usize,
    pub of: usize,
}

/// Why a link is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkEnd {
    /// The host, the topology or the other end wants no link between the two: a channel between them closes, too.
    Cut,
    /// The other end's connection to the relay ended. A channel between the two lives on.
    Left,
}

/// What a node says to a relay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum NodeControl {
    Hello {
        network: NetworkId,
        public_key: PublicKey,
        signature: Signature,
        node_kind: NodeKind,
        name: String,
        /// Nodes with which it still has channels, at most [`MAX_CHANNELS`]: the relay links it with those again first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        channels: Vec<NodeId>,
    },
    /// What the node wants `/peers` to show; sent when it changes, at most a few times a second.
    Report(NodeReport),
    /// Answers an `Order`.
    Answer { id: CommandId, answer: Answer },
    /// What the node's miners found under the host's target; at most a few times a second.
    Shares(Shares),
    /// Cuts a link.
    Unlink { link: LinkId },
}

/// What a node claims of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeReport {
    pub name: String,
    pub address: crate::primitives::Address,
    pub balance: crate::primitives::Amount,
    pub height: u32,
    pub tip: BlockHash,
    /// Hashes per second, measured by the node itself.
    pub hashrate: f64,
    /// Whether mining is switched on there.
    pub mining: bool,
    /// Why its miners rest all the same; absent: they do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waits: Option<MiningWait>,
    /// What its miners keep to; absent: they search as fast as they can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<HashrateLimit>,
    pub mempool: usize,
    /// Nodes it has shaken hands with.
    pub links: Vec<LinkReport>,
    /// Whether it carries out the host's orders.
    pub follows_host: bool,
    /// Which of its peers sent the block that is its tip; absent if it is the node's own, or was there when the node started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tip_from: Option<NodeId>,
    /// The part that the host has it play.
    #[serde(default, skip_serializing_if = "Role::is_honest")]
    pub role: Role,
    /// Of a part that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<Score>,
}

/// A link as the node at one of its ends sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LinkReport {
    /// At the other end.
    pub node: NodeId,
    pub transport: LinkTransport,
    /// Milliseconds for a message there and back, if one was measured.
    pub round_trip: Option<u64>,
    /// The node does to what it sends there what the host's fault says.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub faulty: bool,
}

/// How a link's frames go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LinkTransport {
    /// By way of the relay.
    Carried,
    /// From browser to browser, over a data channel.
    Webrtc,
}

#[derive(Debug, thiserror::Error)]
pub enum EnvelopeError {
    #[error("empty frame")]
    Empty,
    #[error("unknown frame tag {0}")]
    UnknownTag(u8),
    #[error("frame ends before its link number does")]
    Truncated,
    #[error("control message of {0} bytes; {MAX_CONTROL_BYTES} are allowed")]
    ControlTooLarge(usize),
    #[error("signal of {0} bytes; {MAX_SIGNAL_BYTES} are allowed")]
    SignalTooLarge(usize),
    #[error("control message: {0}")]
    Control(#[from] serde_json::Error),
    #[error("links of a frame: {0}")]
    Links(#[from] DecodeError),
    #[error("a frame for {0} links as one for many")]
    TooFewLinks(usize),
    #[error("links that do not rise")]
    UnorderedLinks,
}

impl<Control: Serialize + DeserializeOwned> Envelope<Control> {
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Carried { link, frame } => carried(*link, frame),
            Self::Signal { link, signal } => linked(TAG_SIGNAL, *link, signal),
            Self::Control(control) => {
                let mut bytes = vec![TAG_CONTROL];
                serde_json::to_writer(&mut bytes, control).expect("control messages are plain data");
                bytes
            }
        }
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let (&tag, rest) = bytes.split_first().ok_or(EnvelopeError::Empty)?;
        match tag {
            TAG_CARRIED => {
                let (link, frame) = split_link(rest)?;
                Ok(Self::Carried { link, frame: frame.to_vec() })
            }
            TAG_SIGNAL => {
                let (link, signal) = split_link(rest)?;
                check_signal_length(signal.len())?;
                Ok(Self::Signal { link, signal: signal.to_vec() })
            }
            TAG_CONTROL if rest.len() > MAX_CONTROL_BYTES => Err(EnvelopeError::ControlTooLarge(rest.len())),
            TAG_CONTROL => Ok(Self::Control(serde_json::from_slice(rest)?)),
            other => Err(EnvelopeError::UnknownTag(other)),
        }
    }
}

/// A carried frame's bytes, without an owned envelope.
pub fn carried(link: LinkId, frame: &[u8]) -> Vec<u8> {
    linked(TAG_CARRIED, link, frame)
}

/// What stands before a carried frame, for whoever writes the frame by itself.
pub fn carried_head(link: LinkId) -> [u8; CARRIED_HEAD_BYTES] {
    let [a, b, c, d] = link.0.to_le_bytes();
    [TAG_CARRIED, a, b, c, d]
}

fn linked(tag: u8, link: LinkId, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(CARRIED_HEAD_BYTES + content.len());
    bytes.push(tag);
    bytes.extend(link.0.to_le_bytes());
    bytes.extend(content);
    bytes
}

fn split_link(bytes: &[u8]) -> Result<(LinkId, &[u8]), EnvelopeError> {
    let (link, content) = bytes.split_first_chunk().ok_or(EnvelopeError::Truncated)?;
    Ok((LinkId(u32::from_le_bytes(*link)), content))
}

/// For whoever passes a signal on without reading it.
pub fn check_signal_length(bytes: usize) -> Result<(), EnvelopeError> {
    if bytes > MAX_SIGNAL_BYTES { Err(EnvelopeError::SignalTooLarge(bytes)) } else { Ok(()) }
}

/// Proves to a relay that a node holds its key, so that nobody can take another node's place.
pub fn sign_challenge(key: &SecretKey, network: NetworkId, challenge: &[u8; 32]) -> Signature {
    key.sign(&challenge_bytes(network, challenge))
}

pub fn verify_challenge(
    public_key: &PublicKey,
    network: NetworkId,
    challenge: &[u8; 32],
    signature: &Signature,
) -> bool {
    public_key.verifies(signature, &challenge_bytes(network, challenge))
}

/// The domain keeps a relay from having a transfer signed under the name of a challenge.
fn challenge_bytes(network: NetworkId, challenge: &[u8; 32]) -> Vec<u8> {
    [b"tabchain hello 1:".as_slice(), &network.0, challenge].concat()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn envelopes_round_trip() {
        let carried = ToRelay::Carried { link: LinkId(7), frame: vec![1, 2, 3] };
        assert_eq!(ToRelay::from_bytes(&carried.to_bytes()).unwrap(), carried);
        let order = FromRelay::Control(RelayControl::Order {
            id: CommandId(1),
            command: Command::StartMining { blocks: Some(1), limit: None },
        });
        assert_eq!(FromRelay::from_bytes(&order.to_bytes()).unwrap(), order);
        let challenge = FromRelay::Control(RelayControl::Challenge {
            challenge: [3; 32],
            params: Params::classroom(),
            time: Time(5),
        });
        assert_eq!(FromRelay::from_bytes(&challenge.to_bytes()).unwrap(), challenge);
        let signal = FromRelay::Signal { link: LinkId(0x0403_0201), signal: vec![7; MAX_SIGNAL_BYTES] };
        assert_eq!(signal.to_bytes()[..6], [2, 1, 2, 3, 4, 7]);
        assert_eq!(FromRelay::from_bytes(&signal.to_bytes()).unwrap(), signal);
    }

    /// What an operator or a channel adds is left out where there is none.
    #[wasm_bindgen_test(unsupported = test)]
    fn what_may_be_absent_is_absent_by_default() {
        let plain = b"\x01{\"kind\":\"welcome\",\"node\":\"0202020202020202\"}";
        let welcome = FromRelay::Control(RelayControl::Welcome { node: NodeId([2; 8]), ice_servers: vec![] });
        assert_eq!(FromRelay::from_bytes(plain).unwrap(), welcome);
        assert_eq!(welcome.to_bytes(), plain);
    }

    /// CASES 13, for control messages: deep nesting meets `serde_json`'s recursion limit.
    #[wasm_bindgen_test(unsupported = test)]
    fn bad_envelopes_are_refused() {
        assert!(matches!(ToRelay::from_bytes(&[]), Err(EnvelopeError::Empty)));
        assert!(matches!(ToRelay::from_bytes(&[9]), Err(EnvelopeError::UnknownTag(9))));
        assert!(matches!(ToRelay::from_bytes(&[0, 1, 2, 3]), Err(EnvelopeError::Truncated)));
        assert!(matches!(ToRelay::from_bytes(&[2, 1, 2, 3]), Err(EnvelopeError::Truncated)));
        let long = [vec![2, 1, 0, 0, 0], vec![0; MAX_SIGNAL_BYTES + 1]].concat();
        assert!(matches!(ToRelay::from_bytes(&long), Err(EnvelopeError::SignalTooLarge(_))));
        assert!(matches!(ToRelay::from_bytes(b"\x01{]"), Err(EnvelopeError::Control(_))));
        let huge = [vec![1], vec![b' '; MAX_CONTROL_BYTES + 1]].concat();
        assert!(matches!(ToRelay::from_bytes(&huge), Err(EnvelopeError::ControlTooLarge(_))));
        let deep = [vec![1], vec![b'['; 10_000]].concat();
        assert!(matches!(ToRelay::from_bytes(&deep), Err(EnvelopeError::Control(_))));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_challenge_is_bound_to_key_network_and_bytes() {
        let key = SecretKey::from_seed([1; 32]);
        let network = NetworkId([1; 4]);
        let signature = sign_challenge(&key, network, &[5; 32]);
        assert!(verify_challenge(&key.public_key(), network, &[5; 32], &signature));
        assert!(!verify_challenge(&key.public_key(), network, &[6; 32], &signature));
        assert!(!verify_challenge(&key.public_key(), NetworkId([2; 4]), &[5; 32], &signature));
        let other = SecretKey::from_seed([2; 32]);
        assert!(!verify_challenge(&other.public_key(), network, &[5; 32], &signature));
    }
}
