//! How a relay's control message is read: with the fields of all kinds, of which its kind says which there must be. serde's own reader
//! of enums that are told apart by a field keeps all that it meets until it has met that field, and has two readers for each kind: five
//! times the code, which every tab loads.

use serde::Deserialize;

use super::{IceServer, LinkEnd, LinkId, NetworkPart, RelayControl, Separation};
use crate::consensus::Params;
use crate::node::io::{Command, CommandId, Time};
use crate::primitives::{CompactTarget, NodeId};
use crate::wire::link_fault::LinkFault;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Challenge,
    Welcome,
    Relays,
    Refused,
    LinkUp,
    LinkDown,
    LinkFault,
    Apart,
    ShareTarget,
    Order,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    kind: Kind,
    challenge: Option<String>,
    params: Option<Params>,
    time: Option<Time>,
    node: Option<NodeId>,
    #[serde(default)]
    ice_servers: Vec<IceServer>,
    addresses: Option<Vec<String>>,
    reason: Option<String>,
    link: Option<LinkId>,
    we_initiate: Option<bool>,
    fault: Option<LinkFault>,
    part: Option<NetworkPart>,
    #[serde(default)]
    cut: Vec<NodeId>,
    bits: Option<CompactTarget>,
    id: Option<CommandId>,
    command: Option<Command>,
}

impl TryFrom<Fields> for RelayControl {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let link = fields.link.ok_or("link is missing");
        Ok(match fields.kind {
            Kind::Challenge => {
                let mut challenge = [0; 32];
                let digits = fields.challenge.ok_or("challenge is missing")?;
                hex::decode_to_slice(digits, &mut challenge).map_err(|_| "challenge has 64 hexadecimal digits")?;
                let params = fields.params.ok_or("params are missing")?;
                Self::Challenge { challenge, params, time: fields.time.ok_or("time is missing")? }
            }
            Kind::Welcome => {
                Self::Welcome { node: fields.node.ok_or("node is missing")?, ice_servers: fields.ice_servers }
            }
            Kind::Relays => Self::Relays { addresses: fields.addresses.ok_or("addresses are missing")? },
            Kind::Refused => Self::Refused { reason: fields.reason.ok_or("reason is missing")? },
            Kind::LinkUp => Self::LinkUp {
                link: link?,
                node: fields.node.ok_or("node is missing")?,
                we_initiate: fields.we_initiate.ok_or("we_initiate is missing")?,
            },
            Kind::LinkDown => Self::LinkDown {
                link: link?,
                reason: match fields.reason.as_deref() {
                    Some("cut") => LinkEnd::Cut,
                    Some("left") => LinkEnd::Left,
                    _ => return Err("reason is cut or left"),
                },
            },
            Kind::LinkFault => Self::LinkFault { link: link?, fault: fields.fault },
            Kind::Apart => Self::Apart(Separation { part: fields.part, cut: fields.cut }),
            Kind::ShareTarget => Self::ShareTarget { bits: fields.bits.ok_or("bits are missing")? },
            Kind::Order => Self::Order {
                id: fields.id.ok_or("id is missing")?,
                command: fields.command.ok_or("command is missing")?,
            },
        })
    }
}
