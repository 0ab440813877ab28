//! Several relay processes as one network: what joins a switchboard with those of other relays.
//!
//! | file | what it owns |
//! | --- | --- |
//! | `message` | what relays say to each other, byte for byte |
//! | `outgoing` | what waits to go out |
//! | `address` | where the bus is, and where browsers reach a relay |
//!
//! The bus may lose, double and reorder messages and may be gone for a while.

pub mod address;
pub mod message;
pub mod outgoing;
