//! Bytes between nodes ([`message`], [`compact_block`], [`Frame`]), between a node and the relay's switchboard ([`switchboard`]), between
//! two tabs that have a channel of their own ([`signal`], [`pieces`]), and of a chain in a file ([`export`]); and what a host can
//! have a link do to all of them ([`link_fault`]).

pub mod compact_block;
pub mod export;
mod frame;
pub mod link_fault;
pub mod message;
pub mod pieces;
pub mod signal;
pub mod switchboard;

pub use compact_block::{BlockTransactions, BlockTransactionsRequest, CompactBlock};
pub use frame::Frame;
pub use message::{InventoryItem, Message, MessageError, Version};
