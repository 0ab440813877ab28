//! Peers: the handshake, pings, and misbehaviour.

use std::collections::VecDeque;

use super::Node;
use super::config::{BAR_DURATION, HANDSHAKE_TIMEOUT, PING_TIMEOUT, SCORE_LIMIT};
use super::download_plan::DownloadPlan;
use super::header_sync::HeaderSync;
use super::io::{Event, Output, PeerId, Time, Timer};
use super::known_inventory::KnownInventory;
use super::low_work::PreSync;
use super::rate_limit::{RateLimits, ServedBytes};
use super::snapshot::NodeKind;
use crate::primitives::encode::encode_count;
use crate::primitives::{BlockHash, Encode, NodeId, Txid};
use crate::wire::message::PROTOCOL_VERSION;
use crate::wire::{InventoryItem, Message, Version};

/// What the node knows of one connection. It lies in memory as it is written: first what almost every frame touches, so that a
/// simulation of thousands of nodes waits for few cache lines.
#[derive(Debug)]
#[repr(C, align(64))]
pub(super) struct Peer {
    known: KnownInventory,
    /// Bytes of the frames that came from it, and of those sent to it.
    pub received_bytes: u64,
    pub sent_bytes: u64,
    pub served: ServedBytes,
    /// Both sides have said version and verack.
    pub ready: bool,
    pub we_initiated: bool,
    /// It has named another one since, or shown headers that were passed over.
    pub wants_headers: bool,
    /// Last header that the peer is known to have: announced in its version or sent since.
    pub height: u32,
    max_known: usize,
    pub tip: BlockHash,
    /// When it last showed its tip. Only shown.
    pub tip_shown: Time,
    /// Times that it was asked for headers and may not have answered.
    pub header_questions: u32,
    pub unconnecting_headers: u32,
    /// A long chain of its that is being weighed.
    pub pre_sync: Option<Box<PreSync>>,
    /// Absent while it is as nothing had been asked for, which is almost always.
    pub header_sync: Option<Box<HeaderSync>>,
    pub plan: DownloadPlan,
    pub stalls: u32,
    pub score: u32,
    pub limits: RateLimits,
    /// When the last of the unconnecting headers was counted.
    pub unconnecting_counted: Option<Time>,
    /// When it was last asked for the headers of a block that it named and that is unknown here.
    pub asked_for_headers: Option<Time>,
    /// Transactions that it announced when too many were on order of it; see `inventory.rs`.
    pub announced: VecDeque<Txid>,
    /// Looks in a row at which it owed transactions for too long.
    pub unanswered: u32,
    /// The last header taken from it, when what follows must wait for bodies.
    pub paused_headers: Option<BlockHash>,
    pub node: NodeId,
    pub connected_at: Time,
    pub version: Option<Box<Version>>,
    pub round_trip: Option<u64>,
    pub ping: Option<(u64, Time)>,
}

impl Peer {
    /// A line of memory each, of those that frames from it touch.
    pub fn read_ahead(&self) -> u64 {
        let plan = u64::from(matches!(self.plan, DownloadPlan::Nothing));
        self.read_ahead_of_announcing() ^ self.tip_shown.0 ^ plan
    }

    /// The same of what is touched when something is announced to it.
    pub fn read_ahead_of_announcing(&self) -> u64 {
        self.known.read_ahead() ^ self.received_bytes
    }

    /// Notes that the peer knows an item; `false` if that was known already.
    pub fn learns(&mut self, item: InventoryItem) -> bool {
        self.known.learns(&item, self.max_known)
    }

    /// Whether it has shown a block, or was shown it, not too long ago.
    pub fn knows_block(&self, hash: &BlockHash) -> bool {
        self.known.has_block(hash)
    }

    pub fn encode_state(&self, out: &mut Vec<u8>) {
        self.node.encode(out);
        out.extend([self.we_initiated, self.version.is_some(), self.ready].map(u8::from));
        out.extend(self.score.to_le_bytes());
        self.tip.encode(out);
        out.extend(self.height.to_le_bytes());
        out.push(self.ping.is_some().into());
        out.extend(self.ping.map_or(0, |(nonce, _)| nonce).to_le_bytes());
        out.extend(self.unconnecting_headers.to_le_bytes());
        match &self.header_sync {
            Some(sync) => sync.encode_state(out),
            None => HeaderSync::default().encode_state(out),
        }
        out.extend([self.pre_sync.is_some(), self.paused_headers.is_some()].map(u8::from));
        out.extend(self.stalls.to_le_bytes());
        encode_count(self.announced.len(), out);
        out.push(self.wants_headers.into());
        out.extend(self.unanswered.to_le_bytes());
    }

    /// Nothing of it is dated later than now.
    pub fn clock_was_set_back(&mut self, now: Time) {
        self.connected_at = self.connected_at.min(now);
        self.tip_shown = self.tip_shown.min(now);
        self.ping = self.ping.map(|(nonce, sent)| (nonce, sent.min(now)));
        self.unconnecting_counted = self.unconnecting_counted.min(Some(now));
        self.asked_for_headers = self.asked_for_headers.min(Some(now));
        if let Some(sync) = &mut self.header_sync {
            sync.clock_was_set_back(now);
        }
        if let Some(pre_sync) = &mut self.pre_sync {
            pre_sync.clock_was_set_back(now);
        }
    }

    pub fn kind(&self) -> Option<NodeKind> {
        self.version.as_ref().map(|version| if version.is_relay { NodeKind::Relay } else { NodeKind::Tab })
    }
}

impl Node {
    pub(super) fn is_ready(&self, peer: PeerId) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.ready)
    }

    pub(super) fn ready_peers(&self) -> Vec<PeerId> {
        self.peers.iter().filter(|(_, peer)| peer.ready).map(|(id, _)| *id).collect()
    }

    pub(super) fn peer_connected(&mut self, peer: PeerId, node: NodeId, we_initiated: bool) {
        if let Err(reason) = self.make_room_for(node, we_initiated) {
            self.outputs.push_back(Output::Disconnect { peer, reason });
            return;
        }
        self.peers.insert(
            peer,
            Peer {
                node,
                we_initiated,
                connected_at: self.now,
                tip_shown: self.now,
                version: None,
                ready: false,
                score: 0,
                tip: self.chain.params().genesis().hash(),
                height: 0,
                round_trip: None,
                ping: None,
                unconnecting_headers: 0,
                unconnecting_counted: None,
                asked_for_headers: None,
                wants_headers: false,
                header_questions: 0,
                announced: VecDeque::new(),
                unanswered: 0,
                header_sync: None,
                pre_sync: None,
                paused_headers: None,
                stalls: 0,
                plan: DownloadPlan::default(),
                received_bytes: 0,
                sent_bytes: 0,
                served: ServedBytes::new(self.now),
                limits: RateLimits::new(self.now),
                known: KnownInventory::default(),
                max_known: self.config.max_known_inventory,
            },
        );
        if we_initiated {
            self.send_version(peer);
        }
        // With others there it runs already; set anew by each newcomer, it might never fire.
        if self.peers.len() == 1 {
            self.set_timer(Timer::Overdue, self.config.overdue_interval);
        }
    }

    /// Decides whether a connection with this node is wanted.
    fn make_room_for(&mut self, node: NodeId, we_initiated: bool) -> Result<(), String> {
        if node == self.id {
            return Err("it is this node itself".into());
        }
        if self.barred.contains(node, self.now) {
            return Err("it misbehaved and is barred for a while".into());
        }
        let rival = self.peers.iter().find(|(_, peer)| peer.node == node);
        if let Some((rival, rival_is_called)) = rival.map(|(id, known)| (*id, known.we_initiated)) {
            // Two nodes that call each other at once would each hang up on the other. Both ends know who made which
            // call, so both keep the one of the node with the lower id. Of two calls by one node the later counts: the
            // earlier must be dead.
            let initiator = |we_initiated: bool| if we_initiated { self.id } else { node };
            if initiator(rival_is_called) < initiator(we_initiated) {
                return Err("there is a link to it already".into());
            }
            self.disconnect(rival, "another link to it takes this one's place".into());
        }
        let max = self.config.max_peers;
        if self.peers.len() >= max { Err(format!("{max} peers are enough")) } else { Ok(()) }
    }

    pub(super) fn peer_gone(&mut self, peer: PeerId) {
        if self.peers.remove(&peer).is_some() {
            self.orders.peer_gone(peer);
            self.read_back.peer_gone(peer);
            self.give_up_transactions_of(peer);
            self.request_blocks();
            // What only this peer claimed to have keeps nobody from mining any more.
            self.resume_mining();
            self.emit(Event::Changed);
        }
    }

    pub(super) fn disconnect(&mut self, peer: PeerId, reason: String) {
        if let Some(known) = self.peers.get(&peer) {
            let name = known.version.as_ref().map_or("a peer", |version| version.name.as_str());
            let notice = format!("disconnected {name}: {reason}");
            self.emit(Event::Notice(notice));
            self.outputs.push_back(Output::Disconnect { peer, reason });
            self.peer_gone(peer);
        }
    }

    /// Adds to a peer's misbehaviour; at [`SCORE_LIMIT`] it is disconnected and barred.
    pub(super) fn penalise(&mut self, peer: PeerId, score: u32, reason: &str) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        known.score = known.score.saturating_add(score);
        if known.score >= SCORE_LIMIT {
            self.barred.bar(known.node, self.now.plus_millis(BAR_DURATION));
            self.disconnect(peer, reason.to_owned());
        }
    }

    fn send_version(&mut self, peer: PeerId) {
        let version = Version {
            protocol: PROTOCOL_VERSION,
            network: self.chain.network(),
            public_key: self.public_key,
            is_relay: self.config.kind == NodeKind::Relay,
            name: self.config.name.clone(),
            height: self.chain.height(),
            tip: self.chain.tip(),
            time: self.now.0,
        };
        self.send(peer, Message::Version(version));
    }

    pub(super) fn version_received(&mut self, peer: PeerId, version: Version) {
        if let Err(reason) = self.judge_version(peer, &version) {
            self.disconnect(peer, reason);
            return;
        }
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if known.version.is_some() {
            self.disconnect(peer, "a second handshake".into());
            return;
        }
        known.version = Some(Box::new(version));
        if !known.we_initiated {
            self.send_version(peer);
        }
        self.send(peer, Message::Verack);
    }

    fn judge_version(&self, peer: PeerId, version: &Version) -> Result<(), String> {
        if version.network != self.chain.network() {
            return Err(format!(
                "it is on another network ({}), this is {} ({})",
                version.network,
                self.chain.params().name,
                self.chain.network()
            ));
        }
        if version.protocol != PROTOCOL_VERSION {
            return Err(format!("it speaks protocol {}, this node speaks {PROTOCOL_VERSION}", version.protocol));
        }
        if self.peers.get(&peer).is_none_or(|known| version.public_key.node_id() != known.node) {
            return Err("it is not the node that was introduced".into());
        }
        Ok(())
    }

    pub(super) fn verack_received(&mut self, peer: PeerId) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        let Some(version) = known.version.as_ref().filter(|_| !known.ready) else {
            self.disconnect(peer, "verack out of turn".into());
            return;
        };
        known.ready = true;
        known.height = version.height;
        known.tip = version.tip;
        known.tip_shown = self.now;
        known.header_sync.get_or_insert_default().is_under_way = true;
        self.send(peer, Message::GetHeaders(self.chain.header_locator()));
        self.ping(peer);
        self.offer_mempool(peer);
        self.emit(Event::Changed);
    }

    pub(super) fn ping_peers(&mut self) {
        for peer in self.ready_peers() {
            if self.peers[&peer].ping.is_none() {
                self.ping(peer);
            }
        }
        self.set_timer(Timer::Ping, self.config.ping_interval);
    }

    pub(super) fn ping(&mut self, peer: PeerId) {
        let nonce = self.draw();
        if let Some(known) = self.peers.get_mut(&peer) {
            known.ping = Some((nonce, self.now));
            self.send(peer, Message::Ping(nonce));
        }
    }

    pub(super) fn ping_received(&mut self, peer: PeerId, nonce: u64) {
        if self.may_ask(peer) {
            self.send(peer, Message::Pong(nonce));
        }
    }

    pub(super) fn pong_received(&mut self, peer: PeerId, nonce: u64) {
        let Some(known) = self.peers.get_mut(&peer) else { return };
        if let Some((_, sent)) = known.ping.take_if(|(expected, _)| *expected == nonce) {
            known.round_trip = Some(self.now.millis_since(sent));
            self.heard_from(peer);
            self.emit(Event::Changed);
        }
    }

    /// Drops what waited too long, and looks again as long as there is something to wait for.
    pub(super) fn check_overdue(&mut self) {
        let now = self.now;
        let overdue: Vec<(PeerId, &str)> = self
            .peers
            .iter()
            .filter_map(|(id, peer)| {
                if !peer.ready && now.millis_since(peer.connected_at) >= HANDSHAKE_TIMEOUT {
                    Some((*id, "it did not finish the handshake"))
                } else if peer.ping.is_some_and(|(_, sent)| now.millis_since(sent) >= PING_TIMEOUT) {
                    Some((*id, "it stopped answering"))
                } else {
                    None
                }
            })
            .collect();
        for (peer, reason) in overdue {
            self.disconnect(peer, reason.into());
        }
        self.check_header_syncs();
        self.check_stalled_blocks();
        self.check_transaction_requests();
        self.ask_what_waits();
        self.keep_watch();
        if !self.peers.is_empty() {
            self.set_timer(Timer::Overdue, self.config.overdue_interval);
        }
    }
}
