//! Roles that a host gives to nodes, so that a class sees what a dishonest miner does and what it earns. A role is public: every
//! page shows who plays what.

use serde::{Deserialize, Serialize};

use crate::primitives::Address;

/// More confirmations than this nobody waits for in a class.
pub const MAX_CONFIRMATIONS: u32 = 20;

/// What a node does with the blocks that it finds, or with payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "plays", rename_all = "kebab-case", try_from = "Fields")]
pub enum Role {
    /// Shows each block at once, as every node does by itself.
    #[default]
    Honest,
    /// Hides its blocks and shows them as algorithm 1 of Eyal & Sirer 2014 has it ("SM1").
    Selfish,
    /// Pays a merchant again and again, and takes each payment back if it can (Rosenfeld 2014).
    DoubleSpender {
        merchant: Address,
        /// That the merchant waits for.
        #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 20))]
        confirmations: u32,
    },
    /// Delivers when a payment has so many confirmations.
    Merchant {
        #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 20))]
        confirmations: u32,
    },
}

/// A role as it is read from JSON, with the fields of all: as a relay's control messages are (`wire/switchboard/reading.rs`), and for the
/// same reason.
#[derive(Deserialize)]
struct Fields {
    plays: Plays,
    merchant: Option<Address>,
    confirmations: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Plays {
    Honest,
    Selfish,
    DoubleSpender,
    Merchant,
}

impl TryFrom<Fields> for Role {
    type Error = &'static str;

    fn try_from(fields: Fields) -> Result<Self, Self::Error> {
        let confirmations = fields.confirmations.ok_or("confirmations are missing");
        Ok(match fields.plays {
            Plays::Honest => Self::Honest,
            Plays::Selfish => Self::Selfish,
            Plays::DoubleSpender => Self::DoubleSpender {
                merchant: fields.merchant.ok_or("merchant is missing")?,
                confirmations: confirmations?,
            },
            Plays::Merchant => Self::Merchant { confirmations: confirmations? },
        })
    }
}

/// A role that nobody can play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("confirmations: {0}; a merchant waits for at least 1 and at most {MAX_CONFIRMATIONS}")]
pub struct RoleError(u32);

/// How often somebody tried something, and how often it came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Score {
    /// A double-spender's attempts that have ended, or a merchant's sales that were delivered.
    pub trials: u32,
    /// Those after which the goods were delivered and the payment was gone.
    pub successes: u32,
}

impl Role {
    pub fn is_honest(&self) -> bool {
        *self == Self::Honest
    }

    pub fn check(&self) -> Result<(), RoleError> {
        match self {
            Self::Honest | Self::Selfish => Ok(()),
            Self::DoubleSpender { confirmations, .. } | Self::Merchant { confirmations } => {
                if (1..=MAX_CONFIRMATIONS).contains(confirmations) { Ok(()) } else { Err(RoleError(*confirmations)) }
            }
        }
    }
}
