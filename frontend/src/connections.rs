//! The page's part in channels to other tabs: `RTCPeerConnection`, which workers do not have. The node worker says what
//! is wanted ([`ChannelOrder`]) and gets the data channel itself, transferred; a browser that cannot transfer it has
//! the page forward (`forward`). Nothing is decided here but that a connection is lost.
//!
//! W3C WebRTC, and RFC 8829 (JSEP) for the order of the steps.

mod connection;
mod forward;

use std::collections::HashMap;

use web_sys::Worker;

use crate::bridge::{ChannelId, ChannelNews, ChannelOrder, ToWorker, pack};
use connection::{Connection, Role};

/// The connections of one node worker. Dropping them closes them.
pub struct Connections {
    to_worker: ToNode,
    open: HashMap<ChannelId, Connection>,
}

/// The way to the worker.
#[derive(Clone)]
struct ToNode(Worker);

impl ToNode {
    fn tell(&self, news: ChannelNews) {
        // Fails only for what cannot be cloned, and bytes always can.
        let _ = self.0.post_message(&pack(&ToWorker::Channel(news)));
    }
}

impl Connections {
    pub fn new(worker: Worker) -> Self {
        Self { to_worker: ToNode(worker), open: HashMap::new() }
    }

    /// The page goes away: the other ends need not wait to find out.
    pub fn close_all(&mut self) {
        self.open.clear();
    }

    pub fn carry_out(&mut self, order: ChannelOrder) {
        match order {
            ChannelOrder::Offer { channel, ice_servers } => {
                self.open.insert(channel, Connection::start(channel, &ice_servers, Role::Offer, &self.to_worker));
            }
            ChannelOrder::Answer { channel, ice_servers, offer } => {
                let role = Role::Answer { offer };
                self.open.insert(channel, Connection::start(channel, &ice_servers, role, &self.to_worker));
            }
            ChannelOrder::Answered { channel, answer } => {
                if let Some(connection) = self.open.get(&channel) {
                    connection.answered(answer);
                }
            }
            ChannelOrder::Candidate { channel, candidate } => {
                if let Some(connection) = self.open.get(&channel) {
                    connection.reachable_at(candidate);
                }
            }
            ChannelOrder::Close { channel } => drop(self.open.remove(&channel)),
        }
    }
}
