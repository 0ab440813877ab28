//! The rules. Asked "what makes a block invalid?", read the error enums here: one variant a rule.
//!
//! Validity has three levels. *Structural*: the types and their decoding (`primitives`). *Context-free*: needs only the
//! thing itself ([`block_rules::check_block`], [`transaction_rules::check_transfer`], [`header_rules::check_header`]).
//! *Contextual*: needs the chain it extends ([`header_rules::check_header_in_context`] and `chain::ledger`).

pub mod block_rules;
pub mod difficulty;
pub mod header_rules;
pub mod params;
pub mod transaction_rules;

pub use block_rules::{BlockError, CheckedBlock};
pub use header_rules::HeaderError;
pub use params::{Params, ParamsError};
pub use transaction_rules::TxError;
