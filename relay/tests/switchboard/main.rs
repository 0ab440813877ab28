//! The switchboard as nodes meet it: a real relay on loopback, and clients that speak the wire by hand.

mod bus;
#[allow(dead_code, reason = "the tests of overload use the rest of it")]
mod client;
mod faults;
mod handshake;
mod hostile;
mod links;
mod messages;
mod mischief;
mod orders;
mod shares;
mod signals;
mod spread;
mod topology;
mod wire;
