//! Bytes between nodes ([`message`]) and between a node and the relay's switchboard ([`switchboard`]).

pub mod message;
pub mod switchboard;

pub use message::{InventoryItem, Message, MessageError, Version};
