//! Bytes between nodes ([`message`]), between a node and the relay's switchboard ([`switchboard`]), between two tabs
//! that have a channel of their own ([`signal`], [`pieces`]), and of a chain in a file ([`export`]).

pub mod export;
pub mod message;
pub mod pieces;
pub mod signal;
pub mod switchboard;

pub use message::{InventoryItem, Message, MessageError, Version};
