//! How a command is read from JSON: as a relay's control messages are (`wire/switchboard/reading.rs`), and for the same reason.

use serde::Deserialize;

use super::Command;
use crate::mining::HashrateLimit;
use crate::node::role::Role;
use crate::primitives::{Address, Amount, BlockHash, Memo, Transfer};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Pay,
    Submit,
    StartMining,
    StopMining,
    MineOn,
    Rename,
    CompareTip,
    Play,
    ShowChain,
}

#[derive(Deserialize)]
pub(super) struct Fields {
    kind: Kind,
    recipient: Option<Address>,
    amount: Option<Amount>,
    fee: Option<Amount>,
    memo: Option<Memo>,
    transfer: Option<Box<Transfer>>,
    blocks: Option<u32>,
    limit: Option<HashrateLimit>,
    parent: Option<BlockHash>,
    name: Option<String>,
    hash: Option<BlockHash>,
    height: Option<u32>,
    role: Option<Role>,
    above: Option<Vec<BlockHash>>,
}

impl TryFrom<Fields> for Command {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        Ok(match fields.kind {
            Kind::Pay => Self::Pay {
                recipient: fields.recipient.ok_or("recipient is missing")?,
                amount: fields.amount.ok_or("amount is missing")?,
                fee: fields.fee,
                memo: fields.memo.ok_or("memo is missing")?,
            },
            Kind::Submit => Self::Submit { transfer: fields.transfer.ok_or("transfer is missing")? },
            Kind::StartMining => Self::StartMining { blocks: fields.blocks, limit: fields.limit },
            Kind::StopMining => Self::StopMining,
            Kind::MineOn => Self::MineOn { parent: fields.parent.ok_or("parent is missing")? },
            Kind::Rename => Self::Rename { name: fields.name.ok_or("name is missing")? },
            Kind::CompareTip => Self::CompareTip {
                hash: fields.hash.ok_or("hash is missing")?,
                height: fields.height.ok_or("height is missing")?,
            },
            Kind::Play => Self::Play { role: fields.role.ok_or("role is missing")? },
            Kind::ShowChain => Self::ShowChain { above: fields.above.ok_or("above is missing")? },
        })
    }
}
