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
    /// Hides its blocks and shows them as a table says, except that it gives its branch up as soon as that is the shorter one: a live
    /// node follows the longer chain.
    Withholder { table: KnownTable },
    /// Pays a merchant again and again, and takes each payment back if it can (Rosenfeld 2014).
    DoubleSpender {
        merchant: Address,
        /// That the merchant waits for.
        #[cfg_attr(feature = "openapi", schema(maximum = 20))]
        confirmations: u32,
    },
    /// Delivers when a payment has so many confirmations; with 0, as soon as it sees one.
    Merchant {
        #[cfg_attr(feature = "openapi", schema(maximum = 20))]
        confirmations: u32,
    },
}

/// A role as it is read from JSON, with the fields of all: as a relay's control messages are (`wire/switchboard/reading.rs`), and for the
/// same reason.
#[derive(Deserialize)]
struct Fields {
    plays: Plays,
    table: Option<KnownTable>,
    merchant: Option<Address>,
    confirmations: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Plays {
    Honest,
    Selfish,
    Withholder,
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
            Plays::Withholder => Self::Withholder { table: fields.table.ok_or("table is missing")? },
            Plays::DoubleSpender => Self::DoubleSpender {
                merchant: fields.merchant.ok_or("merchant is missing")?,
                confirmations: confirmations?,
            },
            Plays::Merchant => Self::Merchant { confirmations: confirmations? },
        })
    }
}

/// Tables that come along, by what they are the best answer to (Sapirshtein, Sompolinsky & Zohar 2016): the miner's share of the work,
/// and the share of the others that a match wins over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum KnownTable {
    #[serde(rename = "optimal-0.35-0")]
    Optimal35And0,
    #[serde(rename = "optimal-0.4-0.5")]
    Optimal40And50,
}

impl KnownTable {
    pub const ALL: [Self; 2] = [Self::Optimal35And0, Self::Optimal40And50];

    /// The share of the work and the γ that it is the best answer to.
    pub fn answers(self) -> [f64; 2] {
        match self {
            Self::Optimal35And0 => [0.35, 0.0],
            Self::Optimal40And50 => [0.4, 0.5],
        }
    }

    /// As experiments and orders write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Optimal35And0 => "optimal-0.35-0",
            Self::Optimal40And50 => "optimal-0.4-0.5",
        }
    }
}

/// A role that nobody can play: more confirmations than anybody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("confirmations: {0}; a merchant waits for at most {MAX_CONFIRMATIONS}")]
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

    /// Whether it hides blocks to have more of the chain than its share.
    pub fn is_withholding(&self) -> bool {
        matches!(self, Self::Selfish | Self::Withholder { .. })
    }

    pub fn check(&self) -> Result<(), RoleError> {
        match self {
            Self::Honest | Self::Selfish | Self::Withholder { .. } => Ok(()),
            Self::DoubleSpender { confirmations, .. } | Self::Merchant { confirmations } => {
                if *confirmations <= MAX_CONFIRMATIONS { Ok(()) } else { Err(RoleError(*confirmations)) }
            }
        }
    }
}
