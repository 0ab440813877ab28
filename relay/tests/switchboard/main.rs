//! The switchboard as nodes meet it: a real relay on loopback, and clients that speak the wire by hand.

mod bus;
mod client;
mod handshake;
mod hostile;
mod links;
mod messages;
mod orders;
mod shares;
mod signals;
mod topology;
mod wire;
