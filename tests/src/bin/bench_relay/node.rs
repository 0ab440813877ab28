//! A node as the relay sees it, without a chain: it proves its key, shakes hands with the relay's own node, answers that
//! one's pings, and gives what it announced.

use std::collections::HashMap;

use tabchain_shared::consensus::Params;
use tabchain_shared::node::io::Time;
use tabchain_shared::node::snapshot::NodeKind;
use tabchain_shared::primitives::{NodeId, SecretKey, Txid, sha256d};
use tabchain_shared::wire::message::PROTOCOL_VERSION;
use tabchain_shared::wire::switchboard::{
    FromRelay, LinkId, NodeControl, RelayControl, ToRelay, carried, sign_challenge,
};
use tabchain_shared::wire::{InventoryItem, Message, Version};

pub struct BenchNode {
    key: SecretKey,
    kind: NodeKind,
    params: Params,
    pub is_welcome: bool,
    /// The relay's own.
    resident: Option<NodeId>,
    pub links: HashMap<NodeId, LinkId>,
    resident_link: Option<LinkId>,
    /// The handshake with the relay's own node is done.
    pub is_ready: bool,
    /// Frames that it gives to whoever asks.
    pub transactions: HashMap<Txid, Vec<u8>>,
}

pub fn key(number: usize) -> SecretKey {
    SecretKey::from_seed(sha256d(&[b"bench".as_slice(), &number.to_le_bytes()].concat()))
}

impl BenchNode {
    pub fn new(number: usize, kind: NodeKind) -> Self {
        Self {
            key: key(number),
            kind,
            params: Params::regtest(),
            is_welcome: false,
            resident: None,
            links: HashMap::new(),
            resident_link: None,
            is_ready: false,
            transactions: HashMap::new(),
        }
    }

    pub fn id(&self) -> NodeId {
        self.key.public_key().node_id()
    }

    pub fn resident_link(&self) -> Option<LinkId> {
        self.resident_link
    }

    /// What it answers, as messages to the relay.
    pub fn hear(&mut self, message: &[u8]) -> Vec<Vec<u8>> {
        match FromRelay::from_bytes(message).expect("the relay says what it should") {
            FromRelay::Control(control) => self.relay_said(control),
            FromRelay::Carried { link, frame } if Some(link) == self.resident_link => self.resident_said(link, &frame),
            // Other nodes are strangers to it.
            FromRelay::Carried { .. } | FromRelay::Signal { .. } => Vec::new(),
        }
    }

    fn relay_said(&mut self, control: RelayControl) -> Vec<Vec<u8>> {
        match control {
            RelayControl::Challenge { challenge, params, .. } => {
                let network = params.network_id();
                let hello = NodeControl::Hello {
                    network,
                    public_key: self.key.public_key(),
                    signature: sign_challenge(&self.key, network, &challenge),
                    node_kind: self.kind,
                    name: "bench".into(),
                    channels: Vec::new(),
                };
                self.params = params;
                vec![ToRelay::Control(hello).to_bytes()]
            }
            RelayControl::Welcome { node, .. } => {
                self.is_welcome = true;
                self.resident = Some(node);
                Vec::new()
            }
            RelayControl::LinkUp { link, node, we_initiate } => {
                self.links.insert(node, link);
                if Some(node) != self.resident {
                    return Vec::new();
                }
                self.resident_link = Some(link);
                let version = we_initiate.then(|| carried(link, &self.version().to_frame()));
                version.into_iter().collect()
            }
            RelayControl::LinkDown { link, .. } => {
                self.links.retain(|_, known| *known != link);
                Vec::new()
            }
            RelayControl::Refused { reason } => panic!("the relay refuses a node: {reason}"),
            RelayControl::ShareTarget { .. }
            | RelayControl::Order { .. }
            | RelayControl::Relays { .. }
            | RelayControl::LinkFault { .. }
            | RelayControl::Apart(_) => Vec::new(),
        }
    }

    fn resident_said(&mut self, link: LinkId, frame: &[u8]) -> Vec<Vec<u8>> {
        let answers = match Message::from_frame(frame).expect("the relay's node says what it should") {
            Message::Verack => {
                self.is_ready = true;
                vec![Message::Verack.to_frame()]
            }
            Message::Ping(nonce) => vec![Message::Pong(nonce).to_frame()],
            // It knows nothing that the other does not.
            Message::GetHeaders(_) => vec![Message::Headers(Vec::new()).to_frame()],
            Message::GetData(items) => items
                .iter()
                .filter_map(|item| match item {
                    InventoryItem::Transaction(txid) => self.transactions.get(txid).cloned(),
                    InventoryItem::Block(_) | InventoryItem::CompactBlock(_) => None,
                })
                .collect(),
            _ => Vec::new(),
        };
        answers.iter().map(|frame| carried(link, frame)).collect()
    }

    fn version(&self) -> Message {
        Message::Version(Version {
            protocol: PROTOCOL_VERSION,
            network: self.params.network_id(),
            public_key: self.key.public_key(),
            is_relay: self.kind == NodeKind::Relay,
            name: "bench".into(),
            height: 0,
            tip: self.params.genesis().hash(),
            time: Time(0).0,
        })
    }
}
