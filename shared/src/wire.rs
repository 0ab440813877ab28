//! Bytes between nodes ([`message`]), between a node and the relay's switchboard ([`switchboard`]), and of a chain in a
//! file ([`export`]).

pub mod export;
pub mod message;
pub mod switchboard;

pub use message::{InventoryItem, Message, MessageError, Version};
